//! One layer of a theme: a folder on disk with `templates/`, `static/`, `i18n/` and `theme.toml`, or the default
//! theme inside the binary. Layers are read whole and know nothing of each other.

use crate::config::{Publish, language};
use crate::diag::{Diagnostic, SourceFile, text};
use crate::site::source::names::Folder;
use crate::site::source::script;
use crate::site::source::walk::{self, Found, Seen};
use crate::site::source::{Asset, AssetContent, Stamp, Template};
use rust_embed::RustEmbed;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// The default theme as it was when the program was built; read from the source tree in debug builds.
#[derive(RustEmbed)]
#[folder = "themes/default"]
struct DefaultTheme;

/// How the origin of a file of the binary begins.
const EMBEDDED: &str = "(default theme)";

/// What one folder says.
#[derive(Debug, Default)]
pub struct Layer {
    /// Name of the theme; empty for the site itself.
    pub name: String,
    /// By name below `templates/`.
    pub templates: BTreeMap<String, Template>,
    /// By path below `static/`.
    pub statics: BTreeMap<String, Asset>,
    /// Interface texts by language tag, then by key.
    pub texts: BTreeMap<String, BTreeMap<String, String>>,
    /// Keys of texts with their file and place; of folders on disk alone.
    pub text_places: Vec<(String, String, (u32, u32))>,
    /// There is a `theme.toml`.
    pub has_head: bool,
    /// `extends` of `theme.toml`.
    pub extends: Option<String>,
    /// `[extra]` of `theme.toml`.
    pub extra: Map<String, Value>,
}

/// The layer in a folder: empty for the site's own, else such as `themes/paper`.
pub fn on_disk(root: &Path, folder: &str, publish: &Publish, seen: &mut Seen) -> Layer {
    let inside = |name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let mut layer = Layer {
        name: folder.rsplit('/').next().unwrap_or_default().to_owned(),
        ..Layer::default()
    };
    for (kind, place) in [
        ("templates", Folder::Theme),
        ("i18n", Folder::Theme),
        ("static", Folder::Static),
    ] {
        let top = inside(kind);
        for found in walk::files(root, (&top, place), publish, seen) {
            let name = found.path[top.len() + 1..].to_owned();
            if kind == "static" {
                let content = AssetContent::Disk(found.disk, found.stamp);
                layer.add_static(name, found.path.to_string(), content);
                continue;
            }
            match found.text() {
                Ok(file) => layer.add_text(kind, &name, file, &mut seen.findings),
                Err(why) => seen.note(why),
            }
        }
    }
    if !folder.is_empty() {
        layer.read_head(root, inside("theme.toml"), seen);
    }
    layer
}

/// The default theme of the binary.
pub fn embedded(findings: &mut Vec<Diagnostic>) -> Layer {
    let mut layer = Layer {
        name: "default".into(),
        ..Layer::default()
    };
    let mut names: Vec<_> = DefaultTheme::iter().collect();
    names.sort_unstable();
    for name in names {
        let Some(file) = DefaultTheme::get(&name) else {
            continue;
        };
        let origin = format!("{EMBEDDED}/{name}");
        let (kind, rest) = name.split_once('/').unwrap_or(("", &name));
        if kind == "static" {
            let bytes = static_bytes(rest, &file.data);
            layer.add_static(rest.to_owned(), origin, AssetContent::Embedded(bytes));
            continue;
        }
        if !matches!(kind, "templates" | "i18n") && name != "theme.toml" {
            continue;
        }
        match text::utf8(&origin, file.data.into_owned()) {
            Ok(text) => {
                let file = SourceFile::new(origin, text);
                match kind {
                    "" => layer.add_head(&file, findings),
                    _ => layer.add_text(kind, rest, file, findings),
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    layer
}

/// A static file of the binary as it goes out.
fn static_bytes(name: &str, bytes: &[u8]) -> Arc<[u8]> {
    match std::str::from_utf8(bytes) {
        Ok(script) if name.ends_with(".js") => script::lean(script).into_bytes().into(),
        _ => bytes.into(),
    }
}

impl Layer {
    /// Whether it has nothing that makes a theme.
    pub fn is_empty(&self) -> bool {
        !self.has_head
            && self.templates.is_empty()
            && self.statics.is_empty()
            && self.texts.is_empty()
    }

    /// Reads `theme.toml`, where there is one.
    fn read_head(&mut self, root: &Path, path: String, seen: &mut Seen) {
        let head = Found {
            disk: root.join(&path),
            path: path.into(),
            stamp: Stamp::default(),
        };
        match head.disk.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => match head.text() {
                Ok(file) => {
                    let mut found = Vec::new();
                    self.add_head(&file, &mut found);
                    // Of a head that is no TOML it is not known which theme it extends.
                    let is_unread = |it: &Diagnostic| it.code == "settings-syntax";
                    let (unread, findings): (Vec<_>, Vec<_>) =
                        found.into_iter().partition(is_unread);
                    seen.unread.extend(unread);
                    seen.findings.extend(findings);
                }
                Err(why) => seen.note(why),
            },
            Ok(metadata) if metadata.is_symlink() => {
                seen.unread.push(Diagnostic::symbolic_link(&head.path));
            }
            Ok(_) => {
                let why = "it is no file";
                seen.unread
                    .push(Diagnostic::unreadable_file(&head.path, why));
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => return,
            Err(cause) => {
                let finding = Diagnostic::unreadable_file(&head.path, &cause.to_string());
                seen.unread.push(finding);
            }
        }
        self.has_head = true;
    }

    fn add_static(&mut self, path: String, origin: String, content: AssetContent) {
        let asset = Asset {
            path: path.as_str().into(),
            origin: origin.into(),
            content,
            is_suspect: false,
        };
        self.statics.insert(path, asset);
    }

    fn add_text(
        &mut self,
        kind: &str,
        name: &str,
        file: SourceFile,
        findings: &mut Vec<Diagnostic>,
    ) {
        if kind == "templates" {
            let template = Template {
                origin: file.path,
                text: file.text,
            };
            self.templates.insert(name.to_owned(), template);
            return;
        }
        match name.strip_suffix(".toml").and_then(language::canonical) {
            Some(code) => self.add_texts(code, &file, findings),
            None => findings.push(Diagnostic::odd_texts_file(&file.path)),
        }
    }

    fn add_texts(&mut self, code: String, file: &SourceFile, findings: &mut Vec<Diagnostic>) {
        let texts = self.texts.entry(code).or_default();
        for (key, value, at) in entries(file, findings) {
            match value {
                Value::String(text) => {
                    if !file.path.starts_with(EMBEDDED) {
                        let place = file.line_column(at.start);
                        let path = file.path.to_string();
                        self.text_places.push((key.clone(), path, place));
                    }
                    texts.insert(key, text);
                }
                _ => findings.push(Diagnostic::text_is_no_text(file, at, &key)),
            }
        }
    }

    fn add_head(&mut self, file: &SourceFile, findings: &mut Vec<Diagnostic>) {
        for (key, value, at) in entries(file, findings) {
            match (key.as_str(), value) {
                ("extra", Value::Object(extra)) => self.extra = extra,
                ("extends", Value::String(parent)) => self.extends = Some(parent),
                ("extra" | "extends", _) => {
                    findings.push(Diagnostic::wrong_theme_type(file, at, &key))
                }
                (key, _) if ABOUT_KEYS.contains(&key) => {}
                (key, _) => {
                    let known: Vec<&str> = ["extends", "extra"]
                        .iter()
                        .chain(&ABOUT_KEYS)
                        .copied()
                        .collect();
                    findings.push(Diagnostic::unknown_setting(
                        file,
                        at,
                        ("", key),
                        &known,
                        None,
                    ));
                }
            }
        }
    }
}

/// Keys of `theme.toml` that tell people about the theme and do nothing.
const ABOUT_KEYS: [&str; 7] = [
    "name",
    "description",
    "version",
    "license",
    "authors",
    "homepage",
    "min_version",
];

/// Topmost keys of a TOML file with their values and places; a file that is no TOML is a finding and has none.
fn entries(
    file: &SourceFile,
    findings: &mut Vec<Diagnostic>,
) -> Vec<(String, Value, std::ops::Range<usize>)> {
    match toml::de::DeTable::parse(&file.text) {
        Ok(table) => table
            .get_ref()
            .iter()
            .map(|(key, value)| {
                (
                    key.get_ref().to_string(),
                    crate::config::free_value(value.get_ref()),
                    key.span(),
                )
            })
            .collect(),
        Err(fault) => {
            let at = fault.span().unwrap_or(0..0);
            findings.push(Diagnostic::settings_syntax(file, at, fault.message()));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gzip::gzip;

    fn script(name: &str) -> String {
        let file = DefaultTheme::get(&format!("static/{name}")).unwrap();
        String::from_utf8(file.data.into_owned()).unwrap()
    }

    /// What [`script::lean`] asks of scripts.
    #[test]
    fn scripts_of_the_default_theme_can_be_made_lean() {
        let scripts = DefaultTheme::iter();
        let scripts = scripts.filter_map(|it| it.strip_prefix("static/").map(str::to_owned));
        for name in scripts.filter(|it| it.ends_with(".js")) {
            for line in script(&name).lines().map(str::trim) {
                let is_comment = ["//", "*", "/*"].iter().any(|it| line.starts_with(it));
                let is_even = line.matches('`').count() % 2 == 0;
                assert!(is_comment || is_even, "{name}: {line}");
            }
        }
    }

    #[test]
    fn scripts_of_an_article_are_small() {
        let every = ["theme.js", "api.js", "page.js"];
        let article = ["engagement.js", "comments.js"];
        for (page, more, limit) in [
            ("a list", &["cards.js"][..], 4_100),
            ("an article for a visitor", &article, 8_500),
            (
                "an article in Chinese",
                &[&article[..], &["words.js"]].concat(),
                9_500,
            ),
            (
                "a gated article for a member",
                &[&article[..], &["parts.js"]].concat(),
                10_000,
            ),
            (
                "the conversation for a member",
                &[&article[..], &["compose.js"]].concat(),
                10_500,
            ),
        ] {
            let scripts = every.iter().chain(more);
            let size = |name: &&str| gzip(script::lean(&script(name)).as_bytes()).unwrap().len();
            let sizes: Vec<usize> = scripts.map(size).collect();
            assert!(sizes.iter().sum::<usize>() <= limit, "{page}: {sizes:?}");
        }
    }
}
