//! Tags, categories, authors, series and the site's own: which terms there are, and which pages each has.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::address::{file_of, href, segment};
use crate::site::model::claims::Claims;
use crate::site::model::identity::Role;
use crate::site::model::places::{Placed, prefixes};
use crate::site::model::{PageIndex, Taxonomy, TaxonomyIndex, Term, TermIndex};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The groups of a site, and the terms of each page.
#[derive(Default)]
pub struct Groups {
    /// By language, then in the order of the settings.
    pub taxonomies: Vec<Taxonomy>,
    /// By taxonomy, then by slug.
    pub terms: Vec<Term>,
    /// Terms of every page.
    pub by_page: Vec<Vec<TermIndex>>,
}

/// Every term of a taxonomy in a language, before anything has an address.
struct Found<'p> {
    /// By folded slug.
    terms: BTreeMap<String, Named<'p>>,
    /// Folded slug of every spelling that has one.
    spellings: HashMap<&'p str, String>,
}

struct Named<'p> {
    title: &'p str,
    slug: String,
    first: &'p Arc<str>,
}

/// Groups all pages; `newest` is the order in which terms list theirs. Spellings that differ in letter case alone
/// are one term, titled as the first page by id has it.
pub fn assemble(
    placed: &[Placed],
    newest: &[PageIndex],
    config: &SiteConfig,
    claims: &mut Claims,
    findings: &mut Vec<Diagnostic>,
) -> Groups {
    let mut groups = Groups {
        by_page: vec![Vec::new(); placed.len()],
        ..Groups::default()
    };
    let prefixes = prefixes(config);
    for (language, prefix) in prefixes.iter().enumerate() {
        for settings in &config.taxonomies {
            let name = settings.name.as_str();
            let found = find(placed, name, language, findings);
            if found.terms.is_empty() {
                continue;
            }
            let path = format!("{prefix}{name}/");
            let index = TaxonomyIndex(groups.taxonomies.len() as u32);
            let owner: Arc<str> = format!("the list of `{name}`").into();
            if let Err(finding) = claims.claim(&path, &owner) {
                findings.push(finding.about_generated("site.toml"));
            }
            let mut taxonomy = Taxonomy {
                name: name.to_owned(),
                language,
                file: file_of(&path),
                url: href(config.base_url.path(), &path),
                feed: settings.feed,
                terms: Vec::with_capacity(found.terms.len()),
                path,
            };
            let mut places: HashMap<&str, TermIndex> = HashMap::new();
            for (folded, term) in &found.terms {
                let path = format!("{}{}/", taxonomy.path, term.slug);
                let owner: Arc<str> = format!("the page of `{}` in `{name}`", term.title).into();
                if let Err(finding) = claims.claim(&path, &owner) {
                    let finding = finding.about_generated(term.first);
                    findings.push(finding.in_head(name, term.title));
                    continue;
                }
                let place = TermIndex(groups.terms.len() as u32);
                places.insert(folded, place);
                taxonomy.terms.push(place);
                groups.terms.push(Term {
                    taxonomy: index,
                    title: term.title.to_owned(),
                    slug: term.slug.clone(),
                    file: file_of(&path),
                    url: href(config.base_url.path(), &path),
                    pages: Vec::new(),
                    path,
                });
            }
            groups.taxonomies.push(taxonomy);
            let spellings = found.spellings.iter();
            let places: HashMap<&str, TermIndex> = spellings
                .filter_map(|(spelt, folded)| Some((*spelt, *places.get(folded.as_str())?)))
                .collect();
            groups.fill(placed, newest, (name, language), &places);
        }
    }
    groups
}

/// What pages of a language say under a name, in the order of their ids; folded slugs in order.
fn terms_of<'p>(page: &'p Placed, name: &str, language: usize) -> &'p [String] {
    let is_meant = page.named.language == language && matches!(page.named.role, Role::Page { .. });
    let terms = if is_meant {
        page.named.document.front.terms.get(name)
    } else {
        None
    };
    terms.map_or(&[], Vec::as_slice)
}

/// Every term of a taxonomy in a language, without pages yet, by folded slug.
fn find<'p>(
    placed: &'p [Placed],
    name: &str,
    language: usize,
    findings: &mut Vec<Diagnostic>,
) -> Found<'p> {
    let mut found = Found {
        terms: BTreeMap::new(),
        spellings: HashMap::new(),
    };
    let mut empty: HashMap<&str, ()> = HashMap::new();
    for page in placed {
        for spelt in terms_of(page, name, language) {
            let path = &page.named.document.path;
            if found.spellings.contains_key(spelt.as_str()) || empty.contains_key(spelt.as_str()) {
                continue;
            }
            let slug = segment(spelt);
            if slug.is_empty() {
                empty.insert(spelt, ());
                findings.push(Diagnostic::empty_term(path, name, spelt));
                continue;
            }
            let folded = slug.to_lowercase();
            found.spellings.insert(spelt, folded.clone());
            match found.terms.get(&folded) {
                None => {
                    let term = Named {
                        title: spelt.trim(),
                        slug,
                        first: path,
                    };
                    found.terms.insert(folded, term);
                }
                Some(term) if term.title != spelt.trim() => {
                    findings.push(Diagnostic::term_spelling(
                        path,
                        (name, spelt),
                        term.title,
                        term.first,
                    ));
                }
                Some(_) => {}
            }
        }
    }
    found
}

impl Groups {
    /// Gives the terms of one taxonomy their pages, and pages their terms in the order of their front matter;
    /// `places` are those of all spellings.
    fn fill(
        &mut self,
        placed: &[Placed],
        newest: &[PageIndex],
        (name, language): (&str, usize),
        places: &HashMap<&str, TermIndex>,
    ) {
        for index in newest {
            for spelt in terms_of(&placed[index.0 as usize], name, language) {
                let Some(place) = places.get(spelt.as_str()) else {
                    continue;
                };
                let term = &mut self.terms[place.0 as usize];
                // A page that names a term twice, in two spellings perhaps, is listed once.
                if term.pages.last() != Some(index) {
                    term.pages.push(*index);
                    self.by_page[index.0 as usize].push(*place);
                }
            }
        }
        if name == "series" {
            for place in places.values() {
                self.terms[place.0 as usize].pages.sort_by_key(|it| {
                    let front = &placed[it.0 as usize].named.document.front;
                    (
                        front.series_part.unwrap_or(i64::MAX),
                        front.date.is_none(),
                        front.date,
                        *it,
                    )
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes, day, page};
    use crate::site::parse::Document;

    fn terms(document: &mut Document, name: &str, terms: &[&str]) {
        document
            .front
            .terms
            .insert(name.into(), terms.iter().map(|it| (*it).into()).collect());
    }

    #[test]
    fn terms_gather_pages_newest_first() {
        let (site, findings) =
            TestSite::new("[[languages]]\ncode = \"zh\"\n[taxonomies]\ntopics = { feed = true }")
                .page("a.md", |it| {
                    it.front.date = day("2020-01-01");
                    terms(it, "tags", &["Rust", "C++", "中文 标签"]);
                    terms(it, "topics", &["x"]);
                })
                .page("b.md", |it| {
                    it.front.date = day("2021-01-01");
                    terms(it, "tags", &["c++", "rust", "RUST", " "]);
                })
                .page("c.zh.md", |it| terms(it, "tags", &["rust"]))
                .build();
        let mut found = codes(&findings);
        found.sort_unstable();
        let expected = [
            ("empty-term", "b.md"),
            ("term-spelling", "b.md"),
            ("term-spelling", "b.md"),
            ("term-spelling", "b.md"),
        ];
        assert_eq!(found, expected);
        let shown: Vec<_> = site
            .terms
            .iter()
            .map(|term| {
                let pages: Vec<_> = term.pages.iter().map(|it| site[*it].id.as_str()).collect();
                (term.path.as_str(), term.title.as_str(), pages.join(" "))
            })
            .collect();
        let expected = [
            ("/tags/c++/", "C++", "b a"),
            ("/tags/rust/", "Rust", "b a"),
            ("/tags/中文-标签/", "中文 标签", "a"),
            ("/topics/x/", "x", "a"),
            ("/zh/tags/rust/", "rust", "c.zh"),
        ];
        assert_eq!(
            shown,
            expected.map(|(path, title, pages)| (path, title, pages.to_owned()))
        );
        let titles: Vec<_> = page(&site, "a.md")
            .terms
            .iter()
            .map(|it| site[*it].title.as_str())
            .collect();
        assert_eq!(titles, ["Rust", "C++", "中文 标签", "x"]);
        assert!(
            site.taxonomies
                .iter()
                .any(|it| it.name == "topics" && it.feed)
        );
    }

    #[test]
    fn a_series_has_its_own_order() {
        let part = |it: &mut Document, part, date: &str| {
            terms(it, "series", &["S"]);
            it.front.series_part = part;
            it.front.date = day(date);
        };
        let site = TestSite::new("")
            .page("late.md", |it| part(it, None, "2022-01-01"))
            .page("early.md", |it| part(it, None, "2020-01-01"))
            .page("two.md", |it| part(it, Some(2), "2019-01-01"))
            .page("one.md", |it| part(it, Some(1), "2023-01-01"))
            .clean();
        let ids: Vec<_> = site.terms[0]
            .pages
            .iter()
            .map(|it| site[*it].id.as_str())
            .collect();
        assert_eq!(ids, ["one", "two", "early", "late"]);
    }

    #[test]
    fn a_page_in_the_place_of_a_list_is_an_error() {
        let (_, findings) = TestSite::new("")
            .pages(&["tags/rust.md", "tags/_index.md"])
            .page("a.md", |it| terms(it, "tags", &["rust"]))
            .build();
        assert_eq!(
            codes(&findings),
            [("address-taken", "a.md"), ("address-taken", "site.toml")]
        );
    }
}
