//! Where each page and section lies: slugs, whole paths, permalink patterns, language prefixes.
//!
//! Entry points: [`Folders::new`] for sections, [`place`] for pages. An address depends on its own page and the
//! sections above it alone.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::PageState;
use crate::site::model::address::{nfc, segment};
use crate::site::model::claims::Claims;
use crate::site::model::identity::{Named, Role};
use crate::site::model::selection::Hidden;
use rapidhash::RapidHashMap as HashMap;
use std::collections::BTreeMap;

/// A page with its address.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What it is called.
    pub named: Named,
    /// Whether readers see it.
    pub state: PageState,
    /// Its address.
    pub path: String,
}

/// Addresses of folders by language. A folder's own page may give it another segment or a whole path, which then
/// holds for all below it.
pub struct Folders<'f> {
    own: HashMap<(&'f str, usize), &'f Named>,
    prefixes: Vec<String>,
}

impl<'f> Folders<'f> {
    /// Looks for the own pages of folders. One that is left out for an error still says where its folder lies.
    pub fn new(
        chosen: &'f [(Named, PageState)],
        hidden: &'f [(Named, Hidden)],
        config: &SiteConfig,
    ) -> Self {
        let chosen = chosen.iter().map(|(named, _)| named);
        let hidden = hidden.iter().map(|(named, _)| named);
        let own = hidden.chain(chosen).filter_map(|named| match &named.role {
            Role::Section(folder) => Some(((folder.as_str(), named.language), named)),
            Role::Page { .. } => None,
        });
        Folders {
            own: own.collect(),
            prefixes: prefixes(config),
        }
    }

    /// The address of a folder, with `/` at both ends.
    pub fn path(&self, folder: &str, language: usize) -> String {
        let front = self
            .own
            .get(&(folder, language))
            .map(|it| &it.document.front);
        if let Some(path) = front.and_then(|it| it.path.as_ref()) {
            return nfc(path).into_owned();
        }
        if folder.is_empty() {
            return self.prefixes[language].clone();
        }
        let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let slug = front
            .and_then(|it| it.slug.clone())
            .unwrap_or_else(|| segment(name));
        format!("{}{slug}/", self.path(above, language))
    }
}

/// `/` for the default language, `/code/` for the others.
pub fn prefixes(config: &SiteConfig) -> Vec<String> {
    let prefix = |(index, language): (usize, &crate::config::Language)| match index {
        0 => "/".to_owned(),
        _ => format!("/{}/", language.code),
    };
    config.languages.iter().enumerate().map(prefix).collect()
}

/// Gives every page its address; those that get none are hidden, with a finding.
pub fn place(
    chosen: Vec<(Named, PageState)>,
    config: &SiteConfig,
    claims: &mut Claims,
    hidden: &mut Vec<(Named, Hidden)>,
    findings: &mut Vec<Diagnostic>,
) -> (Vec<Placed>, BTreeMap<(String, usize), String>) {
    let folders = Folders::new(&chosen, hidden, config);
    let mut sections: BTreeMap<(String, usize), String> = BTreeMap::new();
    for language in 0..config.languages.len() {
        section_path(&mut sections, &folders, "", language);
    }
    let mut paths = Vec::with_capacity(chosen.len());
    for (named, _) in &chosen {
        let (folder, is_own) = match &named.role {
            Role::Section(folder) => (folder, true),
            Role::Page { section, .. } => (section, false),
        };
        let base = section_path(&mut sections, &folders, folder, named.language);
        paths.push(if is_own {
            Ok(base)
        } else {
            page_path(named, folder, base, config, &folders.prefixes)
        });
    }
    let mut placed = Vec::with_capacity(chosen.len());
    for ((named, state), path) in chosen.into_iter().zip(paths) {
        let path = path.and_then(|path| claims.claim(&path, &named.document.path).map(|()| path));
        match path {
            Ok(path) => placed.push(Placed { named, state, path }),
            Err(finding) => {
                let is_undated = finding.code == "undated-permalink";
                let field = origin(&named, config).filter(|_| !is_undated);
                findings.push(match field {
                    Some(field) => finding.in_head(field, ""),
                    None => *finding,
                });
                hidden.push((named, Hidden::Homeless));
            }
        }
    }
    (placed, sections)
}

/// The field of front matter that a page's address comes from; `None` where that is the file's name.
fn origin(named: &Named, config: &SiteConfig) -> Option<&'static str> {
    let front = &named.document.front;
    let by_title = || {
        let (Role::Page { section, .. } | Role::Section(section)) = &named.role;
        pattern(section, config).is_some_and(|it| it.contains(":title"))
    };
    match (&front.path, &front.slug) {
        (Some(_), _) => Some("path"),
        (None, Some(_)) => Some("slug"),
        (None, None) => by_title().then_some("title"),
    }
}

/// The address of a section, kept with those of all sections above it.
fn section_path(
    sections: &mut BTreeMap<(String, usize), String>,
    folders: &Folders,
    folder: &str,
    language: usize,
) -> String {
    let key = (folder.to_owned(), language);
    if let Some(path) = sections.get(&key) {
        return path.clone();
    }
    if !folder.is_empty() {
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        section_path(sections, folders, above, language);
    }
    let path = folders.path(folder, language);
    sections.insert(key, path.clone());
    path
}

fn page_path(
    named: &Named,
    folder: &str,
    base: String,
    config: &SiteConfig,
    prefixes: &[String],
) -> Result<String, Box<Diagnostic>> {
    let front = &named.document.front;
    if let Some(path) = &front.path {
        return Ok(nfc(path).into_owned());
    }
    let slug = front.slug.clone().unwrap_or_else(|| segment(&named.name));
    if slug.is_empty() {
        return Err(Box::new(Diagnostic::empty_slug(&named.document.path)));
    }
    match pattern(folder, config) {
        None => Ok(format!("{base}{slug}/")),
        Some(pattern) => {
            let path = fill(pattern, named, folder, &slug, config)?;
            Ok(format!(
                "{}{}",
                prefixes[named.language],
                path.trim_start_matches('/')
            ))
        }
    }
}

/// The pattern of the nearest section above that has one.
fn pattern<'c>(folder: &str, config: &'c SiteConfig) -> Option<&'c str> {
    let mut folder = folder;
    loop {
        if let Some(pattern) = config.permalinks.get(folder) {
            return Some(pattern);
        }
        folder = match folder.rsplit_once('/') {
            Some((above, _)) => above,
            None if folder.is_empty() => return None,
            None => "",
        };
    }
}

/// A permalink with its words filled in. `:slug` is without the date that a file name may begin with.
fn fill(
    pattern: &str,
    named: &Named,
    folder: &str,
    slug: &str,
    config: &SiteConfig,
) -> Result<String, Box<Diagnostic>> {
    let date = named
        .document
        .front
        .date
        .map(|it| it.in_zone(&config.timezone));
    let undated = || Box::new(Diagnostic::undated_permalink(&named.document.path, pattern));
    let mut path = String::new();
    for (index, piece) in pattern.split(':').enumerate() {
        if index == 0 {
            path.push_str(piece);
            continue;
        }
        let end = piece
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        let (word, rest) = piece.split_at(end);
        match word {
            "year" => path.push_str(&format!("{:04}", date.as_ref().ok_or_else(undated)?.year())),
            "month" => path.push_str(&format!(
                "{:02}",
                date.as_ref().ok_or_else(undated)?.month()
            )),
            "day" => path.push_str(&format!("{:02}", date.as_ref().ok_or_else(undated)?.day())),
            "title" => path.push_str(&segment(&named.document.front.title)),
            "filename" => path.push_str(&segment(&named.name)),
            "section" => path.push_str(&segment(folder.rsplit('/').next().unwrap_or_default())),
            "sections" => {
                let steps: Vec<String> = folder.split('/').map(segment).collect();
                path.push_str(&steps.join("/"));
            }
            _ => path.push_str(without_date(slug)),
        }
        path.push_str(rest);
    }
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.ends_with(".html"));
    let path = path.replace("//", "/");
    Ok(if is_file || path.ends_with('/') {
        path
    } else {
        format!("{path}/")
    })
}

fn without_date(slug: &str) -> &str {
    let bytes = slug.as_bytes();
    let is_date = bytes.len() > 11
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && matches!(bytes[10], b'-' | b'_');
    if is_date { &slug[11..] } else { slug }
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes, day, page};
    use crate::site::parse::Document;

    fn check(settings: &str, path: &str, edit: impl FnOnce(&mut Document), expected: &str) {
        let site = TestSite::new(settings).page(path, edit).clean();
        let page = page(&site, path);
        let file = expected.trim_start_matches('/').to_owned();
        let file = if expected.ends_with('/') {
            file + "index.html"
        } else {
            file
        };
        assert_eq!(
            (page.path.as_str(), page.file.as_str()),
            (expected, file.as_str()),
            "{path}"
        );
    }

    #[test]
    fn addresses_follow_folders_and_names() {
        let zh = "[[languages]]\ncode = \"zh\"\n";
        let dated = "[permalinks]\nblog = \"/:year/:month/:slug/\"\n\"blog/old\" = \"/:sections/:title.html\"\n";
        check("", "a.md", |_| {}, "/a/");
        check("", "_index.md", |_| {}, "/");
        check("", "Guides/Start Here.md", |_| {}, "/guides/start-here/");
        check("", "指南/（一）.md", |_| {}, "/指南/（一）/");
        check("", "x/50% #1.md", |_| {}, "/x/50%-#1/");
        check("", "a/b/index.md", |_| {}, "/a/b/");
        check("", "a/b.md", |it| it.front.slug = Some("c".into()), "/a/c/");
        check(
            "",
            "a/b/index.md",
            |it| it.front.slug = Some("c".into()),
            "/a/c/",
        );
        check(
            "",
            "a/b.md",
            |it| it.front.path = Some("/x/y/".into()),
            "/x/y/",
        );
        check(zh, "a/b.zh.md", |_| {}, "/zh/a/b/");
        check(zh, "_index.zh.md", |_| {}, "/zh/");
        check(zh, "zh/a.md", |_| {}, "/zh/a/");
        check(
            dated,
            "blog/2026-02-03-post.md",
            |it| it.front.date = day("2026-02-03"),
            "/2026/02/post/",
        );
        check(
            dated,
            "blog/deep/b.md",
            |it| it.front.date = day("2026-02-03"),
            "/2026/02/b/",
        );
        check(
            dated,
            "blog/old/b.md",
            |it| it.front.title = "Old One".into(),
            "/blog/old/old-one.html",
        );
        check(dated, "other/b.md", |_| {}, "/other/b/");
    }

    #[test]
    fn a_section_takes_its_pages_along() {
        let site = TestSite::new("")
            .page("a/_index.md", |it| it.front.slug = Some("x".into()))
            .pages(&["a/b.md", "a/c/d.md"])
            .page("e/_index.md", |it| it.front.path = Some("/far/off/".into()))
            .pages(&["e/f.md"])
            .page("g/_index.md", |it| {
                it.is_faulty = true;
                it.front.slug = Some("y".into());
            })
            .pages(&["g/h.md"])
            .clean();
        for (file, path) in [
            ("a/_index.md", "/x/"),
            ("a/b.md", "/x/b/"),
            ("a/c/d.md", "/x/c/d/"),
            ("e/_index.md", "/far/off/"),
            ("e/f.md", "/far/off/f/"),
            ("g/h.md", "/y/h/"),
        ] {
            assert_eq!(page(&site, file).path, path);
        }
    }

    #[test]
    fn two_pages_at_one_address_are_an_error_naming_both() {
        for (one, two) in [
            ("a.md", "A.md"),
            ("x/a b.md", "x/a-b.md"),
            ("a/_index.md", "a/index.md"),
            ("é.md", "e\u{301}.md"),
        ] {
            let (site, findings) = TestSite::new("").pages(&[one, two]).build();
            assert_eq!(findings.len(), 1, "{one} {two} {findings:?}");
            let finding = &findings[0];
            let names = format!("{} {} {}", finding.path, finding.message, finding.help);
            assert!(names.contains(one) && names.contains(two), "{names}");
            assert_eq!(site.pages.len(), 1);
        }
    }

    #[test]
    fn addresses_that_cannot_be_had() {
        let (_, findings) = TestSite::new("[permalinks]\nblog = \"/:year/:slug/\"")
            .pages(&["api/a.md", "blog/undated.md", "members.md"])
            .page("b.md", |it| it.front.path = Some("/../b/".into()))
            .build();
        let expected = [
            ("reserved-address", "api/a.md"),
            ("unsafe-address", "b.md"),
            ("undated-permalink", "blog/undated.md"),
            ("reserved-address", "members.md"),
        ];
        assert_eq!(codes(&findings), expected);
    }
}
