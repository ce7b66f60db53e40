//! Folders -> sections with their pages in order, and the neighbours of each page.

use crate::collation::Collation;
use crate::config::SiteConfig;
use crate::ids::PageId;
use crate::site::model::address::{file_of, href};
use crate::site::model::identity::{Named, Role};
use crate::site::model::listing::Unlisted;
use crate::site::model::placed::Placed;
use crate::site::model::{PageIndex, Section, SectionIndex};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Pages by the folder and language of their section. Folders above those are there as well, without pages of theirs.
pub fn held<'p>(
    pages: impl Iterator<Item = &'p Named>,
) -> HashMap<(&'p str, usize), Vec<PageIndex>> {
    let mut held: HashMap<(&str, usize), Vec<PageIndex>> = HashMap::new();
    for (index, named) in pages.enumerate() {
        let language = named.language;
        let mut folder = match &named.role {
            Role::Section(folder) => {
                held.entry((folder, language)).or_default();
                folder.as_str()
            }
            Role::Page { section, .. } => {
                let pages = held.entry((section, language)).or_default();
                pages.push(PageIndex(index as u32));
                section.as_str()
            }
        };
        while !folder.is_empty() {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            held.entry((folder, language)).or_default();
        }
    }
    held
}

/// Sections that hold a page, directly or below, and the homes of these languages. `paths` has the address of every
/// folder and language that may be one; the lists of those in `unlisted` have none.
pub fn assemble(
    placed: &[Placed],
    (paths, unlisted): (&BTreeMap<(String, usize), String>, &Unlisted),
    homes: &[usize],
    config: &SiteConfig,
) -> Vec<Section> {
    let mut held = held(placed.iter().map(|it| &it.named));
    for language in homes {
        held.entry(("", *language)).or_default();
    }
    let mut own: HashMap<(&str, usize), PageIndex> = HashMap::new();
    for (index, page) in placed.iter().enumerate() {
        if let Role::Section(folder) = &page.named.role {
            own.insert((folder, page.named.language), PageIndex(index as u32));
        }
    }
    let languages = config.languages.iter();
    let collations: Vec<Collation> = languages.map(|it| Collation::of(&it.code)).collect();
    let mut sections: Vec<Section> = paths
        .iter()
        .filter_map(|(key, path)| {
            let (folder, language) = (key.0.clone(), key.1);
            let page = own.get(&(folder.as_str(), language)).copied();
            let mut pages = held.remove(&(key.0.as_str(), language))?;
            let own = page.map(|it| &placed[it.0 as usize]);
            let sort_by = own.and_then(|it| it.named.document.front.sort_by.as_deref());
            sort(&mut pages, placed, sort_by, &collations[key.1]);
            let id = match own {
                Some(own) => own.named.id.clone(),
                None if language == 0 => folder.clone(),
                None => format!("{folder}.{}", config.languages[language].code),
            };
            Some(Section {
                title: title(&folder, language, own, config),
                file: file_of(path),
                url: href(config.base_url.path(), path),
                id: PageId::new(id),
                path: path.clone(),
                is_listed: !unlisted.contains(key),
                parent: None,
                sections: Vec::new(),
                folder,
                language,
                page,
                pages,
            })
        })
        .collect();
    hang_together(&mut sections, placed, &collations);
    sections
}

/// Finds the section above each, and puts those below each in order.
fn hang_together(sections: &mut [Section], placed: &[Placed], collations: &[Collation]) {
    let places: HashMap<(String, usize), SectionIndex> = sections
        .iter()
        .enumerate()
        .map(|(index, it)| ((it.folder.clone(), it.language), SectionIndex(index as u32)))
        .collect();
    for index in 0..sections.len() {
        let section = &sections[index];
        if section.folder.is_empty() {
            continue;
        }
        let above = section
            .folder
            .rsplit_once('/')
            .map_or("", |(above, _)| above);
        if let Some(parent) = places.get(&(above.to_owned(), section.language)) {
            sections[index].parent = Some(*parent);
            sections[parent.0 as usize]
                .sections
                .push(SectionIndex(index as u32));
        }
    }
    for index in 0..sections.len() {
        let mut below = std::mem::take(&mut sections[index].sections);
        let collation = &collations[sections[index].language];
        let weight = |it: &Section| {
            let page = it.page.map(|it| &placed[it.0 as usize]);
            page.and_then(|it| it.named.document.front.weight)
                .unwrap_or(i64::MAX)
        };
        below.sort_by(|a, b| {
            let (a, b) = (&sections[a.0 as usize], &sections[b.0 as usize]);
            let by_title = || collation.compare(&a.title, &b.title);
            let order = weight(a).cmp(&weight(b)).then_with(by_title);
            order.then_with(|| a.folder.cmp(&b.folder))
        });
        sections[index].sections = below;
    }
}

fn title(folder: &str, language: usize, page: Option<&Placed>, config: &SiteConfig) -> String {
    if let Some(page) = page {
        return page.named.document.front.title.clone();
    }
    if folder.is_empty() {
        return config.languages[language].title.clone();
    }
    let name = folder
        .rsplit('/')
        .next()
        .unwrap_or(folder)
        .replace(['-', '_'], " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Newest first with undated pages behind, by weight, or by title. What is equal is in the order of its weights,
/// titles and ids.
fn sort(pages: &mut [PageIndex], placed: &[Placed], sort_by: Option<&str>, collation: &Collation) {
    let front = |index: &PageIndex| &placed[index.0 as usize].named.document.front;
    let key = |index: &PageIndex| {
        let front = front(index);
        let date = sort_by
            .is_none_or(|it| it == "date")
            .then_some(Reverse(front.date));
        let weight = (sort_by != Some("title")).then(|| front.weight.unwrap_or(i64::MAX));
        (date, weight)
    };
    pages.sort_by(|a, b| {
        let by_title = || collation.compare(&front(a).title, &front(b).title);
        key(a).cmp(&key(b)).then_with(by_title).then(a.cmp(b))
    });
}

/// The pages before and after each one in the reading order of its section: dated ones from old to new, then the
/// others as they are listed; or simply as they are listed.
pub fn neighbours(
    sections: &[Section],
    placed: &[Placed],
) -> Vec<(Option<PageIndex>, Option<PageIndex>)> {
    let mut neighbours = vec![(None, None); placed.len()];
    for section in sections {
        let sort_by = section.page.and_then(|it| {
            placed[it.0 as usize]
                .named
                .document
                .front
                .sort_by
                .as_deref()
        });
        let mut order = section.pages.clone();
        if sort_by.is_none_or(|it| it == "date") {
            let is_dated =
                |it: &PageIndex| placed[it.0 as usize].named.document.front.date.is_some();
            let n_dated = order.iter().take_while(|it| is_dated(it)).count();
            order[..n_dated].reverse();
        }
        for pair in order.windows(2) {
            neighbours[pair[0].0 as usize].1 = Some(pair[1]);
            neighbours[pair[1].0 as usize].0 = Some(pair[0]);
        }
    }
    neighbours
}

/// All pages from new to old, undated ones last by id. Lists that are filled in this order need no sorting.
pub fn newest_first(placed: &[Placed]) -> Vec<PageIndex> {
    let mut pages: Vec<PageIndex> = (0..placed.len() as u32).map(PageIndex).collect();
    pages.sort_by_key(|it| {
        (
            Reverse(placed[it.0 as usize].named.document.front.date),
            *it,
        )
    });
    pages
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, day, page};
    use crate::site::model::{PageIndex, PageKind, Site};

    fn names(site: &Site, pages: &[PageIndex]) -> String {
        let names: Vec<_> = pages.iter().map(|it| site[*it].id.as_str()).collect();
        names.join(" ")
    }

    #[test]
    fn sections_follow_folders_in_every_language() {
        let site = TestSite::new("[[languages]]\ncode = \"zh\"\ntitle = \"站\"")
            .pages(&[
                "a/b/c.md",
                "a/d.zh.md",
                "a/_index.md",
                "e.md",
                "f/_index.md",
            ])
            .clean();
        let shown: Vec<_> = site
            .sections
            .iter()
            .map(|it| {
                (
                    it.path.as_str(),
                    it.title.as_str(),
                    it.id.as_str(),
                    it.pages.len(),
                    it.sections.len(),
                )
            })
            .collect();
        let expected = [
            ("/", "T", "", 1, 2),
            ("/zh/", "站", ".zh", 0, 1),
            ("/a/", "a/_index.md", "a", 0, 1),
            ("/zh/a/", "A", "a.zh", 1, 0),
            ("/a/b/", "B", "a/b", 1, 0),
            ("/f/", "f/_index.md", "f", 0, 0),
        ];
        assert_eq!(shown, expected);
        let own = page(&site, "a/_index.md");
        assert!(matches!(own.kind, PageKind::Section(it) if site[it].folder == "a"));
        assert_eq!(own.section.map(|it| site[it].folder.as_str()), Some(""));
        assert_eq!(
            page(&site, "a/b/c.md")
                .section
                .map(|it| site[it].folder.as_str()),
            Some("a/b")
        );
    }

    #[test]
    fn pages_are_listed_and_read_in_order() {
        for (sort_by, listed, read) in [
            (None, "new old heavy light", "old new heavy light"),
            (Some("date"), "new old heavy light", "old new heavy light"),
            (Some("weight"), "heavy old light new", "heavy old light new"),
            (Some("title"), "heavy light new old", "heavy light new old"),
        ] {
            let site = TestSite::new("")
                .page("_index.md", |it| it.front.sort_by = sort_by.map(Into::into))
                .page("old.md", |it| {
                    it.front.date = day("2020-01-01");
                    it.front.weight = Some(2);
                })
                .page("new.md", |it| it.front.date = day("2021-01-01"))
                .page("heavy.md", |it| it.front.weight = Some(1))
                .page("light.md", |it| it.front.title = "HEAVYS".into())
                .clean();
            let section = &site.sections[0];
            let expected_weight = if sort_by == Some("weight") {
                "heavy old light new"
            } else {
                listed
            };
            assert_eq!(names(&site, &section.pages), expected_weight, "{sort_by:?}");
            let mut next = section
                .pages
                .iter()
                .copied()
                .find(|it| site[*it].previous.is_none());
            let mut order = Vec::new();
            while let Some(index) = next {
                order.push(index);
                next = site[index].next;
                assert!(next.is_none_or(|it| site[it].previous == Some(index)));
            }
            assert_eq!(names(&site, &order), read, "{sort_by:?}");
        }
    }

    #[test]
    fn an_empty_site_has_a_home() {
        let zh = "[[languages]]\ncode = \"zh\"";
        let homes = |site: &crate::site::model::Site| -> Vec<Option<String>> {
            let path = |it: &crate::site::model::LanguageSite| Some(site[it.home?].path.clone());
            site.languages.iter().map(path).collect()
        };
        let both = [Some("/".into()), Some("/zh/".into())];
        assert_eq!(homes(&TestSite::new(zh).clean()), both);
        assert_eq!(homes(&TestSite::new(zh).pages(&["zh/a.md"]).clean()), both);
        // A section that has a language's address keeps it.
        let site = TestSite::new(zh)
            .page("x/_index.md", |it| it.front.slug = Some("zh".into()))
            .clean();
        assert_eq!(homes(&site), [Some("/".into()), None]);
    }
}
