//! Tags, categories, authors, series and the site's own: which terms there are, and which pages each has.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::address::{file_of, href, segment};
use crate::site::model::claims::Claims;
use crate::site::model::identity::Role;
use crate::site::model::places::{Placed, prefixes};
use crate::site::model::{PageIndex, Taxonomy, TaxonomyIndex, Term, TermIndex};
use std::collections::{BTreeMap, HashMap};
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

/// A term while its pages are being found.
struct Found<'p> {
    title: &'p str,
    slug: String,
    first: &'p Arc<str>,
    pages: Vec<PageIndex>,
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
            let mut found = find(placed, name, language, findings);
            fill(&mut found, placed, newest, name, language);
            if found.is_empty() {
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
                terms: Vec::with_capacity(found.len()),
                path,
            };
            for term in found.into_values() {
                let path = format!("{}{}/", taxonomy.path, term.slug);
                let owner: Arc<str> = format!("the page of `{}` in `{name}`", term.title).into();
                if let Err(finding) = claims.claim(&path, &owner) {
                    let finding = finding.about_generated(term.first);
                    findings.push(finding.in_head(name, term.title));
                    continue;
                }
                let place = TermIndex(groups.terms.len() as u32);
                for page in &term.pages {
                    groups.by_page[page.0 as usize].push(place);
                }
                taxonomy.terms.push(place);
                groups.terms.push(Term {
                    taxonomy: index,
                    title: term.title.to_owned(),
                    slug: term.slug,
                    file: file_of(&path),
                    url: href(config.base_url.path(), &path),
                    pages: term.pages,
                    path,
                });
            }
            groups.taxonomies.push(taxonomy);
        }
    }
    groups.sort_as_written(placed);
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
) -> BTreeMap<String, Found<'p>> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut seen: HashMap<&str, ()> = HashMap::new();
    for page in placed {
        for spelt in terms_of(page, name, language) {
            let path = &page.named.document.path;
            if seen.insert(spelt, ()).is_some() {
                continue;
            }
            let slug = segment(spelt);
            if slug.is_empty() {
                findings.push(Diagnostic::empty_term(path, name, spelt));
                continue;
            }
            match found.get(&slug.to_lowercase()) {
                None => {
                    let term = Found {
                        title: spelt.trim(),
                        slug: slug.clone(),
                        first: path,
                        pages: Vec::new(),
                    };
                    found.insert(slug.to_lowercase(), term);
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

fn fill(
    found: &mut BTreeMap<String, Found>,
    placed: &[Placed],
    newest: &[PageIndex],
    name: &str,
    language: usize,
) {
    if found.is_empty() {
        return;
    }
    for index in newest {
        for spelt in terms_of(&placed[index.0 as usize], name, language) {
            let term = found.get_mut(&segment(spelt).to_lowercase());
            // A page that names a term twice, in two spellings perhaps, is listed once.
            if let Some(term) = term.filter(|it| it.pages.last() != Some(index)) {
                term.pages.push(*index);
            }
        }
    }
    if name == "series" {
        for term in found.values_mut() {
            term.pages.sort_by_key(|it| {
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

impl Groups {
    /// Puts the terms of each page into the order of the settings, then of its front matter.
    fn sort_as_written(&mut self, placed: &[Placed]) {
        for (page, terms) in placed.iter().zip(&mut self.by_page) {
            terms.sort_by_cached_key(|it| {
                let term = &self.terms[it.0 as usize];
                let taxonomy = &self.taxonomies[term.taxonomy.0 as usize];
                let written = terms_of(page, &taxonomy.name, taxonomy.language);
                let slug = term.slug.to_lowercase();
                let place = written
                    .iter()
                    .position(|it| segment(it).to_lowercase() == slug);
                (term.taxonomy, place)
            });
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
