//! Scripts that import each other: an import of a script of the theme gets the address that pages know it by, with its version.
//!
//! A browser runs a module once for each address. Without the version it would load the same script twice, and keep an old
//! one. A version says what a file's bytes are, so a script is finished after those that it imports; a circle of imports has
//! no such order, and its scripts stay as they are.

use crate::diag::Diagnostic;
use crate::site::error::BuildError;
use crate::site::source::Asset;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Longer scripts are made by programs, and import nothing of a theme.
const MAX_BYTES: u64 = 256 << 10;

/// The version of a file in its address, of the BLAKE3 of its bytes.
pub fn version(hash: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(&hash[..5])
}

/// Puts versions into the imports of all scripts among `statics`, which ascend by path. `of_themes` says whether a theme has
/// a file at a path; imports of other files stay as they are. Returns a finding for each circle.
pub fn link(
    statics: &mut [Asset],
    of_themes: impl Fn(&str) -> bool,
) -> Result<Vec<Diagnostic>, BuildError> {
    let mut waiting: BTreeMap<usize, Script> = BTreeMap::new();
    for (index, asset) in statics.iter().enumerate() {
        if let Some(script) = Script::read(asset, statics, &of_themes)? {
            waiting.insert(index, script);
        }
    }
    loop {
        let is_ready = |script: &Script| {
            script
                .imports
                .iter()
                .all(|(_, it)| !waiting.contains_key(it))
        };
        let ready: Vec<usize> = waiting
            .iter()
            .filter(|(_, script)| is_ready(script))
            .map(|(index, _)| *index)
            .collect();
        if ready.is_empty() {
            break;
        }
        for index in ready {
            if let Some(script) = waiting.remove(&index) {
                let text = script.linked(statics)?;
                statics[index].content = statics[index].content.replaced(text.into());
            }
        }
    }
    Ok(circles(&waiting, statics))
}

/// One finding for all scripts that wait for each other, at the first of them.
fn circles(waiting: &BTreeMap<usize, Script>, statics: &[Asset]) -> Vec<Diagnostic> {
    let names: BTreeSet<&str> = waiting.keys().map(|it| &*statics[*it].path).collect();
    let first = waiting.keys().next().map(|it| &*statics[*it].origin);
    let names: Vec<&str> = names.into_iter().collect();
    first
        .map(|origin| Diagnostic::imports_in_a_circle(origin, &names))
        .into_iter()
        .collect()
}

/// A script that imports some of a theme.
struct Script {
    text: String,
    /// Where the name of an imported file ends, and its place in the list.
    imports: Vec<(usize, usize)>,
}

impl Script {
    fn read(
        asset: &Asset,
        statics: &[Asset],
        of_themes: &impl Fn(&str) -> bool,
    ) -> Result<Option<Self>, BuildError> {
        let is_script = asset.path.ends_with(".js") || asset.path.ends_with(".mjs");
        if !is_script || asset.content.n_bytes() > MAX_BYTES {
            return Ok(None);
        }
        let bytes = asset.content.read()?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(None);
        };
        let place = |name: &str| {
            let path = resolved(&asset.path, name).filter(|it| of_themes(it))?;
            statics.binary_search_by(|it| (*it.path).cmp(&path)).ok()
        };
        let imports: Vec<_> = imports(text)
            .filter_map(|it| Some((it.end, place(&text[it])?)))
            .collect();
        Ok((!imports.is_empty()).then(|| Script {
            text: text.to_owned(),
            imports,
        }))
    }

    /// Its text, with the versions of what it imports.
    fn linked(&self, statics: &[Asset]) -> Result<String, BuildError> {
        let mut text = String::with_capacity(self.text.len() + 16 * self.imports.len());
        let mut from = 0;
        for (end, index) in &self.imports {
            let hash = blake3::hash(&statics[*index].content.read()?);
            text.push_str(&self.text[from..*end]);
            text.push_str("?v=");
            text.push_str(&version(hash.as_bytes()));
            from = *end;
        }
        text.push_str(&self.text[from..]);
        Ok(text)
    }
}

/// Names of files between quotes that follow `from`, `import` or `import(`, and begin with `./` or `../`.
fn imports(text: &str) -> impl Iterator<Item = Range<usize>> {
    let opening = text.match_indices(['"', '\'']);
    opening.filter_map(|(at, quote)| {
        let before = text[..at].trim_end();
        let before = before.strip_suffix('(').unwrap_or(before).trim_end();
        let is_in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let word = before.rsplit(|c| !is_in_word(c)).next();
        let name = &text[at + 1..];
        let is_name = name.starts_with("./") || name.starts_with("../");
        let end = name.find([quote.chars().next()?, '\n'])?;
        (matches!(word, Some("from" | "import")) && is_name).then(|| at + 1..at + 1 + end)
    })
}

/// The path that a name means in a script at `path`; `None` where it leads out of the site.
fn resolved(path: &str, name: &str) -> Option<String> {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for piece in name.split('/') {
        match piece {
            "." => {}
            ".." => drop(folders.pop()?),
            piece => folders.push(piece),
        }
    }
    Some(folders.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::source::AssetContent;
    use std::sync::Arc;

    fn script(path: &str, text: &str) -> Asset {
        Asset {
            path: path.into(),
            origin: format!("static/{path}").into(),
            content: AssetContent::Embedded(Arc::from(text.as_bytes())),
            is_suspect: false,
        }
    }

    fn text(asset: &Asset) -> String {
        String::from_utf8(asset.content.read().unwrap().into_owned()).unwrap()
    }

    fn version_of(asset: &Asset) -> String {
        version(blake3::hash(&asset.content.read().unwrap()).as_bytes())
    }

    #[test]
    fn imports_are_found() {
        for (text, names) in [
            ("import { a } from \"./a.js\";", &["./a.js"][..]),
            (
                "import './a.js';import b from \"../b.js\"",
                &["./a.js", "../b.js"],
            ),
            ("export * from './x/a.js'", &["./x/a.js"]),
            ("const a = await import( './a.js' );", &["./a.js"]),
            ("if (x) import(\"./a.js\")", &["./a.js"]),
            ("import a from \"library\"; import b from '/b.js'", &[]),
            (
                "const a = \"./a.js\"; reimport('./a.js'); $from './a.js'",
                &[],
            ),
            ("import(\"./a.js", &[]),
            ("say('– \"./a.js\"')–\"./a.js\"", &[]),
        ] {
            let found: Vec<_> = imports(text).map(|it| &text[it]).collect();
            assert_eq!(found, names, "{text}");
        }
    }

    #[test]
    fn names_are_resolved_from_the_folder_of_the_script() {
        for (path, name, expected) in [
            ("page.js", "./api.js", Some("api.js")),
            ("polls/page.js", "../api.js", Some("api.js")),
            ("polls/page.js", "./x/api.js", Some("polls/x/api.js")),
            ("page.js", "../api.js", None),
        ] {
            assert_eq!(resolved(path, name).as_deref(), expected, "{path} {name}");
        }
    }

    #[test]
    fn an_import_names_the_bytes_that_are_published() {
        let mut statics = [
            script("api.js", "1"),
            script("own.js", "import './helper.js'"),
            script("page.js", "import \"./api.js\""),
            script(
                "parts.js",
                "import './page.js'\nimport './api.js'\nimport './gone.js'",
            ),
        ];
        let of_themes = |path: &str| path != "helper.js";
        assert_eq!(link(&mut statics, of_themes).unwrap(), []);
        let [api, page] = [0, 2].map(|it| version_of(&statics[it]));
        for (place, expected) in [
            (0, "1".to_owned()),
            (1, "import './helper.js'".to_owned()),
            (2, format!("import \"./api.js?v={api}\"")),
            (
                3,
                format!(
                    "import './page.js?v={page}'\nimport './api.js?v={api}'\nimport './gone.js'"
                ),
            ),
        ] {
            assert_eq!(text(&statics[place]), expected);
        }
    }

    #[test]
    fn a_circle_is_a_finding() {
        let mut statics = [
            script("a.js", "import './b.js'"),
            script("b.js", "import './a.js'"),
            script("c.js", "import './c.js'"),
            script("d.js", "1"),
        ];
        let findings = link(&mut statics, |_| true).unwrap();
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].message.contains("`a.js`, `b.js`, `c.js`"),
            "{findings:?}"
        );
        assert_eq!(text(&statics[0]), "import './b.js'");
    }
}
