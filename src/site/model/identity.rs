//! What a content path says of its page: folder, name, language, and whether it is the page of a folder.
//!
//! Entry point: [`identify`]. Only paths and the `language` and `id` of front matter are looked at, for all files
//! alike, so that a file with a fault does not change what its neighbours are.

use crate::config::{Language, SiteConfig, language};
use crate::diag::Diagnostic;
use crate::site::model::address::nfc;
use crate::site::parse::Document;
use crate::site::source::INDEXES;
use rapidhash::{RapidHashMap as HashMap, RapidHashSet as HashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A document with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// The document.
    pub document: Arc<Document>,
    /// Its path below `content/`, in composed Unicode.
    pub path: String,
    /// The folder that a link in it starts from.
    pub folder: String,
    /// The folder of its language, below which its section lies; empty where its folder is no language's.
    pub root: String,
    /// File name without extension and language; for a bundle the folder's name; empty for home.
    pub name: String,
    /// Index into the languages of the settings.
    pub language: usize,
    /// What it is in its folder.
    pub role: Role,
    /// Page id as text.
    pub id: String,
    /// What it shares with its translations.
    pub key: String,
    /// What it would share with them, if the site had the language that its name ends with.
    pub stranger: Option<String>,
    /// Where it lies, as far as people take names of one text in several languages for the same: without language, letter
    /// case and the date before a name.
    pub place: String,
}

impl Named {
    /// What all languages of its text share, those that the site does not have included.
    pub fn text(&self) -> &str {
        self.stranger.as_ref().unwrap_or(&self.key)
    }
}

/// What a file is in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A page of the section in this folder. A bundle's section is the folder above it.
    Page {
        /// Folder of its section.
        section: String,
        /// The folder whose other files it owns, where it is a bundle.
        bundle: Option<String>,
    },
    /// The own page of the section in this folder.
    Section(String),
}

/// The page ids of all documents, in their order.
pub fn ids(documents: &[Arc<Document>], config: &SiteConfig) -> Vec<String> {
    let named = identify(documents, config, &mut Vec::new());
    named.into_iter().map(|it| it.id).collect()
}

/// Names all documents, in their order.
pub fn identify(
    documents: &[Arc<Document>],
    config: &SiteConfig,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Named> {
    let split: Vec<Split> = documents
        .iter()
        .map(|it| split(it, &config.languages))
        .collect();
    let folders = folders(&split);
    let plain: HashSet<(&str, &str)> = split
        .iter()
        .map(|it| (it.section.as_str(), it.name.as_str()))
        .collect();
    let without: HashMap<&str, Option<String>> = split
        .iter()
        .map(|it| (it.section.as_str(), without_language(it)))
        .collect();
    let of_folder = |it: &Split| {
        let section = without[it.section.as_str()].as_deref()?;
        Some(place_of(section, text_name(&it.name)))
    };
    let mut n_texts: HashMap<String, usize> = HashMap::default();
    for it in &split {
        let place = of_folder(it);
        let place = place.unwrap_or_else(|| place_of(&it.section, text_name(plain_name(it))));
        *n_texts.entry(place).or_default() += 1;
    }
    let mut strangers: BTreeMap<&str, &str> = BTreeMap::new();
    let mut named = Vec::with_capacity(documents.len());
    for (document, split) in documents.iter().zip(&split) {
        let has_plain = |base: &str| plain.contains(&(split.section.as_str(), base));
        let is_known = |(base, suffix): &(&str, &str)| {
            language::is_common(suffix) || (language::is_known(suffix) && has_plain(base))
        };
        // `p.cn.md` beside `p.md` is meant as a translation, whatever languages are called.
        let stranger = split
            .name
            .rsplit_once('.')
            .filter(|it| is_known(it) || (language::is_like_code(it.1) && has_plain(it.0)));
        if let Some((_, suffix)) = stranger.filter(is_known) {
            findings.push(Diagnostic::unknown_language(
                &document.path,
                suffix,
                &codes(config),
            ));
        }
        let named_of = name(document, split, &folders, config, findings);
        let base = stranger
            .map(|(base, _)| base)
            .filter(|base| has_plain(base))
            .or_else(|| spelt_otherwise(&split.name, config).filter(|it| has_plain(it)));
        // Two suffixes of languages that the site does not have are two languages of one text, without a page in its own.
        let base = base.or_else(|| {
            let base = plain_name(split);
            let place = place_of(&split.section, text_name(base));
            (base != split.name && n_texts[&place] > 1).then_some(base)
        });
        let place = place_of(&split.section, base.unwrap_or(&split.name));
        let base = base.map(|base| joined(&split.section, base));
        // `g/zh/a.md` beside `g/a.md` or `g/fr/a.md` is one of its languages, whatever the site's are.
        let below_language = of_folder(split).filter(|it| n_texts[it] > 1);
        let place = below_language.clone().unwrap_or(place);
        // `zh/p.md` beside `p.md` is meant as a translation too, where the site has no language `zh`.
        let (first, below) = split
            .section
            .split_once('/')
            .unwrap_or((&split.section, ""));
        let in_folder = (language::is_known(first) || language::is_mistaken(first))
            && split.root.is_empty()
            && plain.contains(&(below, split.name.as_str()));
        if in_folder && language::is_common(first) {
            strangers.entry(first).or_insert(&document.path);
        }
        named.push(Named {
            place,
            stranger: base
                .or_else(|| in_folder.then(|| text_of(below, &split.name)))
                .or(below_language),
            ..named_of
        });
    }
    findings.extend(
        strangers
            .into_iter()
            .map(|(folder, path)| Diagnostic::unknown_language(path, folder, &codes(config))),
    );
    named
}

/// A section without the first folder that is called like a language; `None` where none is.
fn without_language(split: &Split) -> Option<String> {
    let steps = || split.section.split('/');
    let is_language = |it: &str| language::is_known(it) || language::is_mistaken(it);
    let at = steps().position(is_language)?;
    let before = steps().take(at).chain(steps().skip(at + 1));
    Some(before.collect::<Vec<_>>().join("/"))
}

/// The name of a page without the suffix of a language in wide use that the site does not have.
fn plain_name(split: &Split) -> &str {
    let suffix = split.name.rsplit_once('.');
    let suffix = suffix.filter(|(_, it)| language::is_common(it));
    suffix.map_or(&split.name, |(base, _)| base)
}

/// The name that a page has among the texts of its folder: none for that of the folder itself.
fn text_name(name: &str) -> &str {
    index_name(name).map_or(name, |_| "")
}

/// What all languages of a page share, by its section and name.
fn text_of(section: &str, name: &str) -> String {
    match index_name(name) {
        Some(_) => section.to_owned(),
        None => joined(section, name),
    }
}

/// The language whose folder a path below `content/` begins with, and the path below that: `zh/guides/a.md` is
/// `guides/a.md` in the site's `zh-CN`. A site in one language has no such folders.
pub fn language_folder<'p>(path: &'p str, languages: &[Language]) -> Option<(usize, &'p str)> {
    let (first, below) = path.split_once('/').unwrap_or((path, ""));
    let tag = language::canonical(first).filter(|_| languages.len() > 1)?;
    let is_shorter = |it: &Language| {
        let rest = it.code.strip_prefix(tag.as_str());
        rest.is_some_and(|rest| rest.starts_with('-'))
            || language::script(&it.code) == language::script(&tag)
    };
    let exact = languages.iter().position(|it| it.code == tag);
    let found = exact.or_else(|| languages.iter().position(is_shorter))?;
    Some((found, below))
}

/// The name before a language in other words than `.zh`: `c_zh`, `c-zh-CN`, `c.chinese`, `c（中文）`.
fn spelt_otherwise<'n>(name: &'n str, config: &SiteConfig) -> Option<&'n str> {
    const NAMES: &str = "chinese english japanese korean german french spanish russian italian portuguese zhongwen \
        中文 汉语 英文 英语 日文 日本語 简体 繁体 中文版 英文版 chs cht cn en zh";
    let name = name.trim_end_matches([')', '）', ']']);
    let mut marks = name.match_indices(['_', '-', '.', ' ', '(', '（', '[']);
    let (at, suffix) = marks.find_map(|(at, mark)| {
        let suffix = name[at + mark.len()..].to_lowercase();
        let is_named = NAMES.split_whitespace().any(|it| it == suffix);
        let code = suffix.replace('_', "-");
        let is_code = |it: &Language| {
            let own = it.code.to_lowercase();
            own == code || own.split('-').next() == Some(&code)
        };
        (is_named || config.languages.iter().any(is_code)).then_some((at, suffix))
    })?;
    (!suffix.is_empty() && at > 0).then(|| name[..at].trim_end())
}

/// The place of a page in a folder: letter case and the date before its name do not count.
pub fn place_of(folder: &str, name: &str) -> String {
    let is_date = |it: &str| {
        let bytes = it.as_bytes();
        it.len() > 11
            && it.is_char_boundary(11)
            && bytes[..11].iter().enumerate().all(|(at, byte)| match at {
                4 | 7 | 10 => matches!(byte, b'-' | b'_'),
                _ => byte.is_ascii_digit(),
            })
    };
    let name = if is_date(name) { &name[11..] } else { name };
    joined(folder, name).to_lowercase()
}

fn codes(config: &SiteConfig) -> String {
    let codes: Vec<&str> = config.languages.iter().map(|it| it.code.as_str()).collect();
    codes.join(", ")
}

/// A path in its pieces.
struct Split {
    path: String,
    folder: String,
    /// The folder of its language; empty where its folder is no language's.
    root: String,
    /// The folder without that.
    section: String,
    name: String,
    language: Option<usize>,
}

fn split(document: &Document, languages: &[Language]) -> Split {
    let path = nfc(document
        .path
        .strip_prefix("content/")
        .unwrap_or(&document.path))
    .into_owned();
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let suffix = stem.rsplit_once('.').filter(|(name, _)| !name.is_empty());
    let found = suffix.and_then(|(name, tag)| Some((name, find_language(tag, languages)?)));
    let (name, suffix) = found.map_or((stem, None), |(name, language)| (name, Some(language)));
    // What the head or the name says counts more than the folder.
    let said = document.front.language.as_deref();
    let said = said
        .and_then(|tag| find_language(tag, languages))
        .or(suffix);
    let own = language_folder(folder, languages).filter(|it| said.is_none_or(|said| it.0 == said));
    let (root, section) = match own {
        Some((_, below)) => (
            folder[..folder.len() - below.len()].trim_end_matches('/'),
            below,
        ),
        None => ("", folder),
    };
    Split {
        folder: folder.to_owned(),
        root: root.to_owned(),
        section: section.to_owned(),
        name: name.to_owned(),
        language: suffix.or(own.map(|it| it.0)),
        path: path.clone(),
    }
}

/// The language of the site that a tag means: itself, else one that says more or less of the same.
pub fn find_language(tag: &str, languages: &[Language]) -> Option<usize> {
    let tag = language::canonical(tag)?;
    let is_kin = |it: &Language| {
        let kin = |long: &str, short: &str| {
            long.strip_prefix(short)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        kin(&it.code, &tag)
            || kin(&tag, &it.code)
            || language::script(&it.code) == language::script(&tag)
    };
    let exact = languages.iter().position(|it| it.code == tag);
    exact.or_else(|| languages.iter().position(is_kin))
}

/// What is known of a folder, in all languages alike.
#[derive(Default)]
struct Folder<'s> {
    /// Which file name is its page in one of them.
    index: Option<&'static str>,
    /// It has pages besides.
    has_others: bool,
    /// A page beside the folder that bears its name, where nothing in the folder is its page.
    twin: Option<&'s str>,
}

/// Folders by their path below those of languages, and the name of the page of each folder as it lies.
struct Folders<'s> {
    all: BTreeMap<&'s str, Folder<'s>>,
    indexes: HashMap<&'s str, &'static str>,
}

fn folders(split: &[Split]) -> Folders<'_> {
    let mut folders: BTreeMap<&str, Folder> = BTreeMap::new();
    folders.insert(
        "",
        Folder {
            has_others: true,
            ..Folder::default()
        },
    );
    let mut indexes: HashMap<&str, &'static str> = HashMap::default();
    let rank = |name| INDEXES.iter().position(|it| *it == name);
    for page in split {
        let index = index_name(&page.name);
        let folder = folders.entry(&page.section).or_default();
        match index {
            Some(index) => {
                folder.index = folder.index.or(Some(index));
                let own = indexes.entry(&page.folder).or_insert(index);
                if rank(index) < rank(*own) {
                    *own = index;
                }
            }
            None => folder.has_others = true,
        }
        let mut below = page.section.as_str();
        while let Some((above, _)) = below.rsplit_once('/') {
            let folder = folders.entry(above).or_default();
            if std::mem::replace(&mut folder.has_others, true) {
                break;
            }
            below = above;
        }
    }
    // A README beside an index is a page like others, and makes the index the page of a section.
    for page in split {
        let folder = folders.entry(&page.section).or_default();
        let own = indexes.get(page.folder.as_str());
        folder.has_others |= index_name(&page.name).is_some_and(|it| own != Some(&it));
    }
    let twins: HashMap<String, &str> = split
        .iter()
        .filter(|it| index_name(&it.name).is_none())
        .map(|it| (joined(&it.section, &it.name), it.name.as_str()))
        .collect();
    for (path, folder) in &mut folders {
        if folder.index.is_none() {
            folder.twin = twins.get(*path).copied();
        }
    }
    Folders {
        all: folders,
        indexes,
    }
}

fn index_name(name: &str) -> Option<&'static str> {
    INDEXES.into_iter().find(|it| name.eq_ignore_ascii_case(it))
}

/// Two steps of a path, either of which may be empty.
pub fn joined(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

fn name(
    document: &Arc<Document>,
    split: &Split,
    folders: &Folders,
    config: &SiteConfig,
    findings: &mut Vec<Diagnostic>,
) -> Named {
    let own = &folders.all[split.section.as_str()];
    let own_index = folders.indexes.get(split.folder.as_str()).copied();
    let is_index = index_name(&split.name).is_some_and(|it| own_index == Some(it));
    // An `index.md` beside an `_index.md` claims the folder's address too, and is told that it is taken.
    let stands_for_folder = is_index || split.name.eq_ignore_ascii_case("index");
    let path = joined(
        &split.section,
        if stands_for_folder { "" } else { &split.name },
    );
    let is_twin = !is_index
        && folders
            .all
            .get(path.as_str())
            .is_some_and(|it| it.twin == Some(&split.name));
    let is_section = is_twin || (is_index && (own.has_others || own_index == Some("_index")));
    let (above, last) = path.rsplit_once('/').unwrap_or(("", &path));
    let role = if is_section {
        Role::Section(path.clone())
    } else {
        let bundle = is_index.then(|| split.folder.clone());
        Role::Page {
            section: above.to_owned(),
            bundle,
        }
    };
    let said = document.front.language.as_deref();
    let language = said.and_then(|tag| {
        let found = find_language(tag, &config.languages);
        if found.is_none() {
            findings.push(Diagnostic::unknown_language(
                &document.path,
                tag,
                &codes(config),
            ));
        }
        found
    });
    let language = language.or(split.language).unwrap_or(0);
    let suffix = if language == 0 {
        String::new()
    } else {
        format!(".{}", config.languages[language].code)
    };
    let (id, key) = match &document.front.id {
        Some(id) => {
            let key = id.strip_suffix(&suffix).unwrap_or(id).to_owned();
            (format!("{key}{suffix}"), key)
        }
        None if split.language.is_some() => (format!("{path}{suffix}"), path.clone()),
        None => (path.clone(), path.clone()),
    };
    Named {
        document: document.clone(),
        path: split.path.clone(),
        folder: split.folder.clone(),
        root: split.root.clone(),
        name: last.to_owned(),
        language,
        role,
        id,
        key,
        stranger: None,
        place: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::{TestSite, document};

    /// Path, then role and id of each file of a site in English and Chinese.
    fn check(rows: &[(&str, &str, &str)]) {
        let documents: Vec<_> = rows
            .iter()
            .map(|it| Arc::new(document(it.0, |_| {})))
            .collect();
        let config = TestSite::settings("[[languages]]\ncode = \"zh-Hans\"");
        let named = identify(&documents, &config, &mut Vec::new());
        for (named, (path, role, id)) in named.iter().zip(rows) {
            let shown = match &named.role {
                Role::Section(folder) => format!("section {folder}"),
                Role::Page {
                    section,
                    bundle: None,
                } => format!("page of {section}"),
                Role::Page {
                    section,
                    bundle: Some(_),
                } => format!("bundle of {section}"),
            };
            assert_eq!((shown.as_str(), named.id.as_str()), (*role, *id), "{path}");
        }
    }

    #[test]
    fn folders_and_their_pages() {
        check(&[("index.md", "section ", "")]);
        check(&[("README.md", "section ", ""), ("a.md", "page of ", "a")]);
        check(&[
            ("_index.md", "section ", ""),
            ("README.md", "page of ", "README"),
        ]);
        check(&[
            ("a/index.md", "bundle of ", "a"),
            ("a/index.zh.md", "bundle of ", "a.zh-Hans"),
        ]);
        check(&[
            ("a/index.md", "section a", "a"),
            ("a/b.md", "page of a", "a/b"),
        ]);
        check(&[("a/README.md", "bundle of ", "a")]);
        check(&[
            ("a/index.md", "section a", "a"),
            ("a/b/c.md", "page of a/b", "a/b/c"),
        ]);
        check(&[("a/_index.md", "section a", "a")]);
        check(&[("a.md", "section a", "a"), ("a/b.md", "page of a", "a/b")]);
        check(&[("a.md", "page of ", "a"), ("a/index.md", "bundle of ", "a")]);
        check(&[
            ("x/a.zh.md", "page of x", "x/a.zh-Hans"),
            ("x/a.v2.md", "page of x", "x/a.v2"),
        ]);
        check(&[
            ("x/a.zh-CN.md", "page of x", "x/a.zh-Hans"),
            ("x/a.zh_tw.md", "page of x", "x/a.zh_tw"),
        ]);
        check(&[("zhi/a.md", "page of zhi", "zhi/a")]);
    }

    #[test]
    fn a_folder_of_a_language_is_left_out_of_the_section() {
        check(&[("zh/a.md", "page of ", "a.zh-Hans")]);
        check(&[("zh_CN/a/b.md", "page of a", "a/b.zh-Hans")]);
        check(&[("zh-TW/a.md", "page of zh-TW", "zh-TW/a")]);
        check(&[
            ("en/a.md", "page of ", "a"),
            ("en/x/index.md", "bundle of ", "x"),
        ]);
        check(&[
            ("zh/_index.md", "section ", ".zh-Hans"),
            ("zh/a.zh.md", "page of ", "a.zh-Hans"),
            ("zh/b.en.md", "page of zh", "zh/b"),
        ]);
        check(&[
            ("a/_index.md", "section a", "a"),
            ("zh/a/index.md", "section a", "a.zh-Hans"),
            ("zh/a/b.md", "page of a", "a/b.zh-Hans"),
        ]);
        check(&[
            ("a/index.md", "section a", "a"),
            ("a/b.md", "page of a", "a/b"),
            ("zh/a/index.md", "section a", "a.zh-Hans"),
        ]);
        check(&[("guides/zh/a.md", "page of guides/zh", "guides/zh/a")]);
    }

    #[test]
    fn front_matter_names_language_and_id() {
        let config = TestSite::settings("[[languages]]\ncode = \"zh\"");
        for (path, language, id, expected) in [
            ("a-cn.md", Some("zh_CN"), None, ("a-cn", "a-cn", 1)),
            ("a-cn.md", Some("zh"), Some("a"), ("a.zh", "a", 1)),
            ("a.zh.md", None, Some("b"), ("b.zh", "b", 1)),
            ("a.zh.md", None, Some("b.zh"), ("b.zh", "b", 1)),
            ("a.md", Some("fr"), None, ("a", "a", 0)),
        ] {
            let document = document(path, |it| {
                it.front.language = language.map(Into::into);
                it.front.id = id.map(Into::into);
            });
            let mut findings = Vec::new();
            let named = identify(&[Arc::new(document)], &config, &mut findings);
            assert_eq!(
                (
                    named[0].id.as_str(),
                    named[0].key.as_str(),
                    named[0].language
                ),
                expected
            );
            assert_eq!(findings.len(), usize::from(language == Some("fr")));
        }
    }
}
