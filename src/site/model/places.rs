//! Where each page and section lies: slugs, whole paths, permalink patterns, language prefixes.
//!
//! Entry points: [`Wanted::new`], then, when the build has what it needs for itself, [`place`]. An address depends on
//! its own page and the sections above it alone.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::segments::fault;
use crate::site::model::PageState;
use crate::site::model::address::nfc;
use crate::site::model::claims::Claims;
use crate::site::model::identity::{Named, Role};
use crate::site::model::placed::{Placed, WantedPage, prefixes};
use crate::site::model::segment::segment;
use crate::site::model::selection::{Chosen, Hidden, LeftOut};
use crate::site::parse::text::slug;
use rapidhash::RapidHashMap as HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What all pages would have, before anyone is refused.
pub struct Wanted {
    /// In the order of their files.
    pub pages: Vec<WantedPage>,
    /// The address of every folder and language that may be a section.
    pub sections: BTreeMap<(String, usize), String>,
    /// Own pages of sections, by place in `pages`.
    own: HashMap<(String, usize), usize>,
}

impl Wanted {
    /// The addresses that follow from heads, names and settings.
    pub fn new(chosen: Chosen, hidden: &LeftOut, config: &SiteConfig) -> Self {
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
        let pages = chosen.into_iter().zip(paths);
        let pages = pages.map(|((named, state), path)| WantedPage { named, state, path });
        let pages: Vec<WantedPage> = pages.collect();
        let own = pages.iter().enumerate().filter_map(|(place, page)| {
            let Role::Section(folder) = &page.named.role else {
                return None;
            };
            Some(((folder.clone(), page.named.language), place))
        });
        Wanted {
            own: own.collect(),
            pages,
            sections,
        }
    }

    /// The own page of a section.
    pub fn own_page(&self, section: &(String, usize)) -> Option<&WantedPage> {
        self.own.get(section).map(|it| &self.pages[*it])
    }

    /// Pages that the list of home could show: those with a date, or all where none has one.
    pub fn n_newest(&self, language: usize) -> usize {
        let is_listed = |it: &&WantedPage| {
            it.named.language == language && matches!(it.named.role, Role::Page { .. })
        };
        let pages = || self.pages.iter().filter(is_listed);
        let is_dated = |it: &&WantedPage| it.named.document.front.date.is_some();
        match pages().filter(is_dated).count() {
            0 => pages().count(),
            n_dated => n_dated,
        }
    }

    /// Whether no section of another language lies where the home of this one belongs, such as a folder of its name.
    pub fn has_home(&self, language: usize) -> bool {
        let Some(home) = self.sections.get(&(String::new(), language)) else {
            return false;
        };
        let mut others = self.sections.iter().filter(|(it, _)| it.1 != language);
        !others.any(|(_, path)| path.eq_ignore_ascii_case(home))
    }

    /// A section whose list cannot have its address: its own page is told, and not wanted any more. Without one, the
    /// finding is returned.
    pub fn refuse_section(
        &mut self,
        section: &(String, usize),
        finding: Box<Diagnostic>,
    ) -> Option<Diagnostic> {
        let Some(own) = self.own.get(section) else {
            return Some(*finding);
        };
        self.pages[*own].path = Err(finding);
        None
    }

    /// Warnings about folders whose names are not in addresses, since some hosts refuse them; one for each.
    pub fn changed_folders(&self) -> Vec<Diagnostic> {
        let is_named = |section: &(String, usize)| {
            let front = self.own_page(section).map(|it| &it.named.document.front);
            front.is_none_or(|it| it.slug.is_none() && it.path.is_none())
        };
        let named = self.sections.keys().filter(|it| is_named(it));
        let folders: BTreeSet<&str> = named.map(|it| it.0.as_str()).collect();
        let findings = folders.into_iter().filter_map(|folder| {
            let name = folder.rsplit('/').next()?;
            let help = " in its `_index.md`, or rename the folder";
            changed(&format!("content/{folder}"), ("name", name), help)
        });
        findings.collect()
    }

    /// Pages that `refusal` has a finding for are not wanted any more.
    pub fn refuse(&mut self, refusal: impl Fn(&Named) -> Option<Diagnostic>) {
        for page in &mut self.pages {
            if let Some(finding) = refusal(&page.named) {
                page.path = page.path.clone().and(Err(Box::new(finding)));
            }
        }
    }
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
        Folders::of(hidden.chain(chosen), config)
    }

    fn of(all: impl Iterator<Item = &'f Named>, config: &SiteConfig) -> Self {
        let own = all.filter_map(|named| match &named.role {
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
        let slug = front.and_then(|it| it.slug.as_deref());
        let segment = folder_segment(slug.unwrap_or(name));
        format!("{}{segment}/", self.path(above, language))
    }
}

/// The address that each document would have below its language, letter case apart: what two languages of one text have
/// in common. `None` where it has none.
pub fn below_languages(all: &[Named], config: &SiteConfig) -> Vec<Option<String>> {
    let folders = Folders::of(all.iter(), config);
    let mut sections = BTreeMap::new();
    let below = |named: &Named| {
        let (Role::Section(folder)
        | Role::Page {
            section: folder, ..
        }) = &named.role;
        let base = section_path(&mut sections, &folders, folder, named.language);
        let path = match named.role {
            Role::Section(_) => base,
            Role::Page { .. } => page_path(named, folder, base, config, &folders.prefixes).ok()?,
        };
        let prefix = &folders.prefixes[named.language];
        Some(
            path.strip_prefix(prefix.trim_end_matches('/'))
                .unwrap_or(&path)
                .to_lowercase(),
        )
    };
    all.iter().map(below).collect()
}

/// The segment of a folder: `-` if nothing of its name can be kept.
fn folder_segment(name: &str) -> String {
    match segment(name) {
        made if made.is_empty() => "-".into(),
        made => made,
    }
}

/// Finds the address of every page; those without one are hidden, with a finding. The own pages of sections have the
/// address of their list already.
pub fn place(
    wanted: Vec<WantedPage>,
    config: &SiteConfig,
    claims: &mut Claims,
    hidden: &mut LeftOut,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Placed> {
    let mut placed = Vec::with_capacity(wanted.len());
    for WantedPage { named, state, path } in wanted {
        let is_own = matches!(named.role, Role::Section(_));
        let path = path.and_then(|path| {
            if !is_own {
                claims.claim(&path, &named.document.path)?;
            }
            Ok(path)
        });
        match path {
            Ok(path) => {
                findings.extend(doubt(&named, &path, config));
                placed.push(Placed {
                    named,
                    state,
                    path,
                    unlanguaged: None,
                });
            }
            Err(finding) => {
                let is_placed = finding.head.is_some() || finding.code == "undated-permalink";
                let field = origin(&named, config).filter(|_| !is_placed);
                findings.push(match field {
                    Some(field) => finding.in_head(field, ""),
                    None => *finding,
                });
                hidden.push((named, Hidden::AddressConflict));
            }
        }
    }
    placed
}

/// A warning about an address that the author wrote and that some host refuses, or about a slug or a file's name that
/// is not in the address for this reason.
fn doubt(named: &Named, path: &str, config: &SiteConfig) -> Option<Diagnostic> {
    let front = &named.document.front;
    let source = &named.document.path;
    if front.path.is_some() {
        let fault = path.split('/').find_map(fault)?;
        let finding = Diagnostic::doubtful_address(source, path, &fault.to_string());
        return Some(finding.in_head("path", ""));
    }
    if let Some(slug) = front.slug.as_deref() {
        let finding = changed(source, ("slug", slug), "")?;
        return Some(finding.in_head("slug", ""));
    }
    let Role::Page { section, .. } = &named.role else {
        return None;
    };
    let is_named = |pattern: &str| [":slug", ":filename"].iter().any(|it| pattern.contains(it));
    if !pattern(section, config).is_none_or(is_named) {
        return None;
    }
    let help = ", or rename the file; the edge redirects from the former address, for other hosts keep it in `aliases`";
    changed(source, ("name", &named.name), help)
}

/// A warning about a slug or name that is not safe on every host.
fn changed(source: &str, (what, name): (&str, &str), help: &str) -> Option<Diagnostic> {
    let fault = fault(&slug(name))?.to_string();
    let made = folder_segment(name);
    Some(Diagnostic::slug_changed(
        source,
        (what, name),
        (&made, &fault),
        help,
    ))
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
    let slug = segment(front.slug.as_deref().unwrap_or(&named.name));
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
        let (site, findings) = TestSite::new("[permalinks]\nblog = \"/:year/:slug/\"")
            .pages(&[
                "api/a.md",
                "api/comments.md",
                "blog/undated.md",
                "members.md",
            ])
            .page("b.md", |it| it.front.path = Some("/../b/".into()))
            .page("c.md", |it| it.front.slug = Some("???".into()))
            .page("d.md", |it| it.front.path = Some("/.d/".into()))
            .build();
        let expected = [
            ("reserved-address", "api/comments.md"),
            ("unsafe-address", "b.md"),
            ("undated-permalink", "blog/undated.md"),
            ("empty-slug", "c.md"),
            ("hidden-address", "d.md"),
        ];
        assert_eq!(codes(&findings), expected);
        assert_eq!(site.pages.len(), 2);
    }

    /// A page at an address of the build is told so once, by its own file, and everything else is there.
    #[test]
    fn pages_take_no_address_from_the_build() {
        let settings = "paginate_by = 1\nprecompress = true\n[[languages]]\ncode = \"zh\"";
        let terms = |it: &mut Document| {
            it.front.terms.insert("tags".into(), vec!["rust".into()]);
        };
        for path in [
            "/",
            "/atom.xml",
            "/Atom.XML",
            "/rss.xml",
            "/feed.json",
            "/robots.txt",
            "/sitemap.xml",
            "/404.html",
            "/404.html/x",
            "/zh/",
            "/zh/atom.xml",
            "/zh/404.html",
            "/members/join",
            "/MEMBERS/Sign-In",
            "/zh/members/account",
            "/members/sign-out",
            "/theme.css",
            "/Theme.css/x",
            "/theme.css.gz",
            "/page/2",
            "/fruit",
            "/fruit/page/2",
            "/tags",
            "/tags/rust",
            "/tags/rust/page/2",
            "/tags/rust/atom.xml",
        ] {
            for ending in ["/", "/below/"] {
                let site = TestSite::new(settings)
                    .page("a.md", terms)
                    .page("b.md", terms)
                    .pages(&["fruit/pear.md", "fruit/plum.md"])
                    .statics(&["theme.css"])
                    .page("z.md", |it| {
                        it.front.path = Some(format!("{}{ending}", path.trim_end_matches('/')))
                    })
                    .build();
                let (site, findings) = site;
                // Below a list there is room; below a file there is none.
                let is_free = ending == "/below/" && !path.contains('.');
                let found = codes(&findings);
                assert_eq!(
                    site.pages.len(),
                    4 + usize::from(is_free),
                    "{path} {found:?}"
                );
                assert_eq!(
                    found.len(),
                    usize::from(!is_free),
                    "{path}{ending} {found:?}"
                );
                let code = found.first().map_or("address-taken", |it| it.0);
                assert!(
                    ["address-taken", "file-and-folder", "reserved-address"].contains(&code),
                    "{path}{ending} {found:?}"
                );
                assert!(found.iter().all(|it| it.1 == "z.md"), "{path} {found:?}");
                assert!(site.sections.iter().all(|it| it.is_listed), "{path}");
            }
        }
    }

    #[test]
    fn the_page_of_a_list_comes_before_others_at_its_address() {
        let (site, findings) = TestSite::new("")
            .page("all.md", |it| it.front.path = Some("/fruit/".into()))
            .page("home.md", |it| it.front.path = Some("/".into()))
            .pages(&[
                "fruit/_index.md",
                "fruit/pear.md",
                "tags/_index.md",
                "tags/x.md",
            ])
            .page("a.md", |it| {
                it.front.terms.insert("tags".into(), vec!["t".into()]);
            })
            .build();
        let expected = [
            ("address-taken", "all.md"),
            ("address-taken", "home.md"),
            ("address-taken", "tags/_index.md"),
        ];
        assert_eq!(codes(&findings), expected);
        assert!(
            findings[1].help.contains("`content/_index.md`"),
            "{findings:?}"
        );
        let listed = site
            .sections
            .iter()
            .map(|it| (it.path.as_str(), it.is_listed));
        let expected = [("/", true), ("/fruit/", true), ("/tags/", false)];
        assert_eq!(listed.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_slug_that_hosts_refuse_is_changed_and_told() {
        let (site, findings) = TestSite::new("")
            .page("a.md", |it| it.front.slug = Some("a?b#c".into()))
            .page("b.md", |it| it.front.slug = Some(".env".into()))
            .page("c.md", |it| it.front.path = Some("/c|d/".into()))
            .pages(&["con.md", "e?.md", "f:g/h.md", "f:g/i.md"])
            .page("j:k/_index.md", |it| it.front.slug = Some("j".into()))
            .page("l*.md", |it| it.front.slug = Some("l".into()))
            .build();
        let expected = [
            ("slug-changed", "a.md"),
            ("slug-changed", "b.md"),
            ("doubtful-address", "c.md"),
            ("slug-changed", "con.md"),
            ("slug-changed", "e?.md"),
            ("slug-changed", "f:g"),
        ];
        assert_eq!(codes(&findings), expected);
        assert_eq!(findings[0].help, "write `slug: a-b-c`");
        let paths: Vec<&str> = site.pages.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/a-b-c/",
                "/dot-env/",
                "/c|d/",
                "/con-/",
                "/e/",
                "/f-g/h/",
                "/f-g/i/",
                "/j/",
                "/l/",
            ]
        );
    }
}
