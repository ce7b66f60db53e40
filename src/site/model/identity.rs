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
    let loose: Vec<(String, String)> = split
        .iter()
        .map(|it| loose(&it.section, &it.name, &config.languages))
        .collect();
    let marked = marked_places(&loose);
    let mut strangers: BTreeMap<&str, &str> = BTreeMap::new();
    let mut named = Vec::with_capacity(documents.len());
    for ((document, split), loose) in documents.iter().zip(&split).zip(&loose) {
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
            .or_else(|| {
                let marked = spelt_otherwise(&split.name, &config.languages);
                marked.map(|it| it.0).filter(|it| has_plain(it))
            });
        // Two suffixes of languages that the site does not have are two languages of one text, without a page in its own.
        let base = base.or_else(|| {
            let base = plain_name(split);
            let place = place_of(&split.section, text_name(base));
            (base != split.name && n_texts[&place] > 1).then_some(base)
        });
        let place = place_of(&split.section, text_name(base.unwrap_or(&split.name)));
        let base = base.map(|base| text_of(&split.section, base));
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
        let stranger = base
            .or_else(|| in_folder.then(|| text_of(below, &split.name)))
            .or(below_language);
        let is_marked = stranger.is_none()
            && !loose.1.is_empty()
            && marked.get(loose.0.as_str()) == Some(&None);
        let (place, stranger) = match is_marked {
            true => (loose.0.clone(), Some(loose.0.clone())),
            false => (place, stranger),
        };
        named.push(Named {
            place,
            stranger,
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

/// What people call languages in names, by their codes.
const SPELT: [(&str, &str); 10] = [
    (
        "zh",
        "zh cn chs cht chinese zhongwen 中文 汉语 简体 繁体 中文版",
    ),
    ("en", "en english 英文 英语 英文版"),
    ("ja", "japanese 日文 日本語"),
    ("ko", "korean"),
    ("de", "german"),
    ("fr", "french"),
    ("es", "spanish"),
    ("ru", "russian"),
    ("it", "italian"),
    ("pt", "portuguese"),
];

/// What is longer is no language.
const LONGEST_SPELT: usize = 16;

/// The code of a language in a name: one of the site's, or what people call it.
fn spelt_language(word: &str, languages: &[Language]) -> Option<String> {
    if word.len() > LONGEST_SPELT {
        return None;
    }
    // What follows a language is a region or a script: `zh-notes` is a name.
    let is_code = |it: &str| it.len() == 2 || ["hans", "hant"].contains(&&*it.to_lowercase());
    let own = find_language(word, languages)
        .filter(|_| word.split(['-', '_']).skip(1).all(is_code))
        .map(|it| languages[it].code.as_str());
    let code = word.to_lowercase();
    let called = || {
        let mut spelt = SPELT.iter();
        let found = spelt.find(|(_, words)| words.split_whitespace().any(|it| it == code));
        found.map(|it| it.0)
    };
    own.or_else(called).map(str::to_owned)
}

const MARKS: [char; 8] = ['_', '-', '.', ' ', '(', '（', '[', '@'];

/// The name before a language in other words than `.zh`, and the language: `c_zh`, `c-zh-CN`, `c.chinese`, `c（中文）`.
fn spelt_otherwise<'n>(name: &'n str, languages: &[Language]) -> Option<(&'n str, String)> {
    let name = name.trim_end_matches([')', '）', ']']);
    let mut marks = name.match_indices(MARKS);
    marks.find_map(|(at, mark)| {
        let found = spelt_language(&name[at + mark.len()..], languages)?;
        (at > 0).then(|| (name[..at].trim_end(), found))
    })
}

/// The name behind the code of a language, and the language: `zh_c`, `zh-CN-c`. A word such as `chinese` is part of a name.
fn spelt_before<'n>(name: &'n str, languages: &[Language]) -> Option<(&'n str, String)> {
    let marks: Vec<(usize, &str)> = name.match_indices(['_', '-', '.', ' ']).collect();
    marks.into_iter().rev().find_map(|(at, mark)| {
        let is_word = name[..at].len() > 3 && !name[..at].contains(['_', '-']);
        let rest = &name[at + mark.len()..];
        let found = spelt_language(&name[..at], languages).filter(|_| !is_word)?;
        (!rest.is_empty()).then_some((rest, found))
    })
}

/// The language of a name that is nearly that of the page of a folder in it: `_index_zh`, `README（中文）`.
pub fn nearly_index(name: &str, languages: &[Language]) -> Option<usize> {
    let is_begun = |index: &str| {
        name.get(..index.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(index))
    };
    if !INDEXES.into_iter().any(is_begun) {
        return None;
    }
    let (base, tag) = spelt_otherwise(name, languages)?;
    index_name(base).and_then(|_| find_language(&tag, languages))
}

/// Folders in which tools keep one folder for each language.
const OF_LANGUAGES: [&str; 7] = [
    "i18n",
    "l10n",
    "lang",
    "languages",
    "locale",
    "locales",
    "translations",
];

/// The place of a page without all that marks a language in its path, and these marks: `docs-zh/a`, `zh_a`,
/// `i18n/zh/docs/a`.
fn loose(section: &str, name: &str, languages: &[Language]) -> (String, String) {
    let is_language = |it: &str| language::is_known(it) || language::is_mistaken(it);
    let mut tags = String::new();
    let mut marked = |name: &str| {
        let found = spelt_otherwise(name, languages).or_else(|| spelt_before(name, languages));
        match found {
            Some((base, tag)) => {
                tags.push_str(&tag);
                base.to_owned()
            }
            None => name.to_owned(),
        }
    };
    let name = marked(name);
    let mut steps: Vec<&str> = section.split('/').collect();
    let folder = steps.iter().position(|it| is_language(it));
    if let Some(at) = folder {
        let tag = steps.remove(at);
        if at > 0 && OF_LANGUAGES.contains(&steps[at - 1]) {
            steps.remove(at - 1);
        }
        let folder = joined_steps(steps.into_iter().map(str::to_owned));
        tags.push_str(tag);
        return (place_of(&folder, text_name(&name)), tags);
    }
    let folder = joined_steps(steps.into_iter().map(marked));
    (place_of(&folder, text_name(&name)), tags)
}

fn joined_steps(steps: impl Iterator<Item = String>) -> String {
    steps.collect::<Vec<_>>().join("/")
}

/// Places with the mark of a language that all pages there have; `None` where they differ.
fn marked_places(loose: &[(String, String)]) -> HashMap<&str, Option<&str>> {
    let mut places: HashMap<&str, Option<&str>> = HashMap::default();
    for (place, tags) in loose {
        let known = places.entry(place).or_insert(Some(tags));
        if *known != Some(tags.as_str()) {
            *known = None;
        }
    }
    places
}

/// The place of a page in a folder: letter case, space and `_`, and the date before its name do not count.
pub fn place_of(folder: &str, name: &str) -> String {
    let mut place = String::with_capacity(folder.len() + name.len() + 1);
    for c in joined(folder, undated(name)).chars() {
        if c.is_whitespace() || matches!(c, '_' | '-') {
            if !place.ends_with('-') {
                place.push('-');
            }
        } else {
            place.extend(c.to_lowercase());
        }
    }
    place
}

/// A name without the date that it begins with: `2026-01-02-a`, `2026.1.2 a`, `20260102-a`.
fn undated(name: &str) -> &str {
    let is_mark = |c: char| matches!(c, '-' | '_' | '.' | ' ');
    let is_number = |it: &str, n_digits: &[usize]| {
        n_digits.contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_digit())
    };
    let steps: Vec<&str> = name.splitn(4, is_mark).collect();
    let whole: Vec<&str> = name.splitn(2, is_mark).collect();
    match (steps.as_slice(), whole.as_slice()) {
        ([year, month, day, rest], _)
            if is_number(year, &[4])
                && is_number(month, &[1, 2])
                && is_number(day, &[1, 2])
                && !rest.is_empty() =>
        {
            rest
        }
        (_, [date, rest]) if is_number(date, &[8]) && !rest.is_empty() => rest,
        _ => name,
    }
}

/// The language of a file that is none of the site's.
const OTHER: usize = usize::MAX;

/// Where a file that is no document would be, and in which language: the place that its name says with all endings, as in
/// `a.zh.md.bak`, or with the last ones only.
pub fn places_of_file(path: &str, languages: &[Language]) -> Vec<(String, usize)> {
    let path = nfc(path.strip_prefix("content/").unwrap_or(path));
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let own = language_folder(folder, languages);
    let section = own.map_or(folder, |it| it.1);
    let place = |stem: &str, said: Option<usize>| {
        let (place, tags) = loose(section, stem, languages);
        let marked = || find_language(&tags, languages).unwrap_or(OTHER);
        let marked = (!tags.is_empty()).then(marked);
        let language = said.or(own.map(|it| it.0)).or(marked);
        (place, language.unwrap_or(0))
    };
    let mut stem = file.rsplit_once('.').map_or(file, |it| it.0);
    let mut places = vec![place(stem, None)];
    while let Some((shorter, ending)) = stem.rsplit_once('.').filter(|it| !it.0.is_empty()) {
        let spelt = || find_language(&spelt_language(ending, languages)?, languages);
        let other = || language::is_common(ending).then_some(OTHER);
        let said = find_language(ending, languages)
            .or_else(spelt)
            .or_else(other);
        if said.is_some() {
            return vec![place(shorter, said)];
        }
        places.push(place(shorter, None));
        stem = shorter;
    }
    places
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
    /// What the head says, or else the path.
    own_language: usize,
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
        own_language: said.or(own.map(|it| it.0)).unwrap_or(0),
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
    /// Its page is an `_index` in one of them.
    is_section: bool,
    /// A page beside the folder that bears its name, where nothing in the folder is its page.
    twin: Option<&'s str>,
}

/// Folders by their path below those of languages, and the name of the page of each folder as it lies, by language.
struct Folders<'s> {
    all: BTreeMap<&'s str, Folder<'s>>,
    indexes: HashMap<(&'s str, usize), &'static str>,
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
    let mut indexes: HashMap<(&str, usize), &'static str> = HashMap::default();
    let rank = |name| INDEXES.iter().position(|it| *it == name);
    for page in split {
        let index = index_name(&page.name);
        let folder = folders.entry(&page.section).or_default();
        match index {
            Some(index) => {
                folder.index = folder.index.or(Some(index));
                folder.is_section |= index == "_index";
                let own = indexes
                    .entry((&page.folder, page.own_language))
                    .or_insert(index);
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
        let own = indexes.get(&(page.folder.as_str(), page.own_language));
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
    let own_index = folders
        .indexes
        .get(&(split.folder.as_str(), split.own_language))
        .copied();
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
    let is_section = is_twin || (is_index && (own.has_others || own.is_section));
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
