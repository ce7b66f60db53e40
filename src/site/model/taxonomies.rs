//! Tags, categories, authors, series and the site's own: which terms there are, and which pages each has.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::address::{file_of, href};
use crate::site::model::claims::Claims;
use crate::site::model::identity::{self, Role};
use crate::site::model::listing::{FeedFormat, claim_pagers};
use crate::site::model::placed::{Placed, WantedPage, prefixes};
use crate::site::model::segment::segment;
use crate::site::model::{PageIndex, Taxonomy, TaxonomyIndex, Term, TermIndex};
use crate::site::parse::text;
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

/// Every term of the site, before it is known which pages there are.
pub struct Terms(Vec<Found>);

/// The terms of a taxonomy in a language.
struct Found {
    name: String,
    language: usize,
    feed: bool,
    /// Address of its list.
    path: String,
    /// By folded slug.
    terms: BTreeMap<String, Named>,
    /// What became of every spelling.
    spellings: HashMap<String, Spelling>,
}

struct Named {
    title: String,
    slug: String,
    /// The file that spells it so, the first of all.
    first: Arc<str>,
    /// Pages that could be in its list, at most.
    n_pages: usize,
}

/// What a page's word for a term comes to.
enum Spelling {
    /// The term with this folded slug.
    Term(String),
    /// Nothing of it can stand in an address; a finding has said so.
    Empty,
    /// A term that cannot have an address; the finding is about no page yet.
    Refused(Box<Diagnostic>),
}

impl Terms {
    /// Gathers the terms of all pages. Spellings that differ in letter case alone are one term, titled as the first page
    /// by id has it.
    pub fn find(
        wanted: &[WantedPage],
        config: &SiteConfig,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut pages: Vec<&identity::Named> = wanted.iter().map(|it| &it.named).collect();
        pages.sort_by(|a, b| a.id.cmp(&b.id));
        let mut all = Vec::new();
        for (language, prefix) in prefixes(config).iter().enumerate() {
            for settings in &config.taxonomies {
                let mut found = Found {
                    name: settings.name.clone(),
                    language,
                    feed: settings.feed,
                    path: format!("{prefix}{}/", settings.name),
                    terms: BTreeMap::new(),
                    spellings: HashMap::new(),
                };
                for page in &pages {
                    found.read(page, findings);
                }
                if !found.spellings.is_empty() {
                    all.push(found);
                }
            }
        }
        Terms(all)
    }

    /// How many there are.
    pub fn n_terms(&self) -> usize {
        self.0.iter().map(|it| it.terms.len()).sum()
    }

    /// Takes the addresses of all lists and feeds. A taxonomy that cannot have its address is left out, with a finding;
    /// a term that cannot is refused to the pages that have it.
    pub fn claim(&mut self, config: &SiteConfig, claims: &mut Claims) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        self.0.retain_mut(|found| {
            if found.terms.is_empty() {
                return false;
            }
            let owner: Arc<str> = format!("the list of `{}`", found.name).into();
            if let Err(finding) = claims.claim(&found.path, &owner) {
                findings.push(finding.about_generated("site.toml"));
                return false;
            }
            found.claim_terms(config, claims);
            true
        });
        findings
    }

    /// Why a page cannot be built for a term that it has; `None` if all its terms have an address.
    pub fn refusal(&self, page: &identity::Named) -> Option<Diagnostic> {
        self.0.iter().find_map(|found| {
            let mut spelt = terms_of(page, &found.name, found.language).iter();
            spelt.find_map(|spelt| match found.spellings.get(spelt) {
                Some(Spelling::Refused(finding)) => {
                    let finding = finding.clone().about_generated(&page.document.path);
                    Some(finding.in_head(&found.name, spelt))
                }
                _ => None,
            })
        })
    }
}

impl Found {
    /// Notes the terms of a page.
    fn read(&mut self, page: &identity::Named, findings: &mut Vec<Diagnostic>) {
        for spelt in terms_of(page, &self.name, self.language) {
            if !self.spellings.contains_key(spelt) {
                let (spelling, finding) = self.judge(&page.document.path, spelt);
                findings.extend(finding);
                self.spellings.insert(spelt.clone(), spelling);
            }
            if let Some(Spelling::Term(folded)) = self.spellings.get(spelt)
                && let Some(term) = self.terms.get_mut(folded)
            {
                term.n_pages += 1;
            }
        }
    }

    /// What a new spelling comes to.
    fn judge(&mut self, path: &Arc<str>, spelt: &str) -> (Spelling, Option<Diagnostic>) {
        let slug = segment(spelt);
        if slug.is_empty() {
            let finding = Diagnostic::empty_term(path, &self.name, spelt);
            return (Spelling::Empty, Some(finding));
        }
        let (folded, title) = (slug.to_lowercase(), spelt.trim());
        let Some(term) = self.terms.get(&folded) else {
            let term = Named {
                title: title.to_owned(),
                slug,
                first: path.clone(),
                n_pages: 0,
            };
            self.terms.insert(folded.clone(), term);
            return (Spelling::Term(folded), None);
        };
        let (shown, first) = (&term.title, &term.first);
        let named = (self.name.as_str(), spelt);
        let finding = if shown == title {
            None
        } else if text::slug(title).to_lowercase() == text::slug(shown).to_lowercase() {
            Some(Diagnostic::term_spelling(path, named, shown, first))
        } else {
            let shown = (shown.as_str(), term.slug.as_str());
            Some(Diagnostic::term_taken(path, named, shown, first))
        };
        (Spelling::Term(folded), finding)
    }

    /// Takes the addresses of its terms, their further pages and their feeds.
    fn claim_terms(&mut self, config: &SiteConfig, claims: &mut Claims) {
        let mut refused: HashMap<String, Box<Diagnostic>> = HashMap::new();
        for (folded, term) in &self.terms {
            let path = format!("{}{}/", self.path, term.slug);
            let owner: Arc<str> = format!("the page of `{}` in `{}`", term.title, self.name).into();
            let pagers = (config, &mut *claims);
            let claimed = pagers.1.claim(&path, &owner);
            let claimed = claimed.and_then(|()| claim_pagers(&path, term.n_pages, &owner, pagers));
            if let Err(finding) = claimed {
                refused.insert(folded.clone(), finding);
                continue;
            }
            for format in FeedFormat::wanted(config).filter(|_| self.feed) {
                // Nothing else lies below the page of a term.
                let _ = claims.claim_made(&format!("{path}{}", format.file()), &owner);
            }
        }
        self.terms.retain(|folded, _| !refused.contains_key(folded));
        for spelling in self.spellings.values_mut() {
            if let Spelling::Term(folded) = spelling
                && let Some(finding) = refused.get(folded)
            {
                *spelling = Spelling::Refused(finding.clone());
            }
        }
    }
}

/// Groups all pages; `newest` is the order in which terms list theirs.
pub fn assemble(
    placed: &[Placed],
    newest: &[PageIndex],
    terms: Terms,
    config: &SiteConfig,
) -> Groups {
    let mut groups = Groups {
        by_page: vec![Vec::new(); placed.len()],
        ..Groups::default()
    };
    for found in terms.0 {
        groups.fill(placed, newest, &found, config);
    }
    groups
}

/// What a page of a language says under a name.
fn terms_of<'p>(page: &'p identity::Named, name: &str, language: usize) -> &'p [String] {
    let is_meant = page.language == language && matches!(page.role, Role::Page { .. });
    let terms = if is_meant {
        page.document.front.terms.get(name)
    } else {
        None
    };
    terms.map_or(&[], Vec::as_slice)
}

impl Groups {
    /// Adds the terms of one taxonomy that have pages, and gives pages their terms in the order of their front matter.
    fn fill(
        &mut self,
        placed: &[Placed],
        newest: &[PageIndex],
        found: &Found,
        config: &SiteConfig,
    ) {
        let words = |page: &PageIndex| {
            let spelt = terms_of(&placed[page.0 as usize].named, &found.name, found.language);
            spelt.iter().filter_map(|it| match found.spellings.get(it) {
                Some(Spelling::Term(folded)) => Some(folded.as_str()),
                _ => None,
            })
        };
        let mut lists: HashMap<&str, Vec<PageIndex>> = HashMap::new();
        for page in newest {
            for word in words(page) {
                let list = lists.entry(word).or_default();
                // A page that names a term twice, in two spellings perhaps, is listed once.
                if list.last() != Some(page) {
                    list.push(*page);
                }
            }
        }
        if lists.is_empty() {
            return;
        }
        let index = TaxonomyIndex(self.taxonomies.len() as u32);
        let mut taxonomy = Taxonomy {
            name: found.name.clone(),
            language: found.language,
            file: file_of(&found.path),
            url: href(config.base_url.path(), &found.path),
            feed: found.feed,
            terms: Vec::with_capacity(lists.len()),
            path: found.path.clone(),
        };
        let mut places: HashMap<&str, TermIndex> = HashMap::new();
        for (folded, term) in &found.terms {
            let Some(mut pages) = lists.remove(folded.as_str()) else {
                continue;
            };
            if found.name == "series" {
                sort_series(&mut pages, placed);
            }
            let place = TermIndex(self.terms.len() as u32);
            places.insert(folded, place);
            taxonomy.terms.push(place);
            let path = format!("{}{}/", found.path, term.slug);
            self.terms.push(Term {
                taxonomy: index,
                title: term.title.clone(),
                slug: term.slug.clone(),
                file: file_of(&path),
                url: href(config.base_url.path(), &path),
                pages,
                path,
            });
        }
        self.taxonomies.push(taxonomy);
        for page in newest {
            for word in words(page) {
                let own = &mut self.by_page[page.0 as usize];
                own.extend(places.get(word).filter(|it| !own.contains(it)).copied());
            }
        }
    }
}

/// By part, then oldest first.
fn sort_series(pages: &mut [PageIndex], placed: &[Placed]) {
    pages.sort_by_key(|it| {
        let front = &placed[it.0 as usize].named.document.front;
        (
            front.series_part.unwrap_or(i64::MAX),
            front.date.is_none(),
            front.date,
            *it,
        )
    });
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
        let (site, findings) = TestSite::new("")
            .pages(&["tags/rust.md", "tags/_index.md"])
            .page("a.md", |it| terms(it, "tags", &["rust"]))
            .build();
        assert_eq!(
            codes(&findings),
            [
                ("address-taken", "tags/_index.md"),
                ("address-taken", "tags/rust.md")
            ]
        );
        assert_eq!((site.pages.len(), site.terms.len()), (1, 1));
    }

    #[test]
    fn terms_that_are_apart_stay_apart() {
        let names = ["c", "C++", "C#", ".NET", "net", "a:b", "50%", "why?"];
        let site = TestSite::new("")
            .page("a.md", |it| terms(it, "tags", &names))
            .page("b.md", |it| terms(it, "tags", &["c#", "WHY?"]));
        let (site, findings) = site.build();
        assert!(
            findings.iter().all(|it| it.code == "term-spelling"),
            "{findings:?}"
        );
        let slugs: Vec<&str> = site.terms.iter().map(|it| it.slug.as_str()).collect();
        let expected = ["50", "a-b", "c", "c++", "c-sharp", "dot-net", "net", "why"];
        assert_eq!(slugs, expected);
    }

    /// The first page with the second of two terms at one address is told of both.
    #[test]
    fn two_terms_at_one_address_share_a_list_with_a_warning() {
        for (one, two) in [
            ("why", "why?"),
            ("a-b", "a:b"),
            ("index-html", "index.html"),
            ("con-", "con"),
        ] {
            let (site, findings) = TestSite::new("")
                .page("a.md", |it| terms(it, "tags", &[one]))
                .page("b.md", |it| terms(it, "tags", &["x", two]))
                .page("c.md", |it| terms(it, "tags", &[two]))
                .build();
            assert_eq!(codes(&findings), [("term-taken", "b.md")], "{two}");
            let text = &findings[0].message;
            assert!(
                text.contains(one) && text.contains(two) && text.contains("a.md"),
                "{text}"
            );
            let lists: Vec<usize> = site.terms.iter().map(|it| it.pages.len()).collect();
            assert_eq!((site.pages.len(), lists), (3, vec![3, 1]), "{two}");
        }
        let long = "长".repeat(90);
        let (site, findings) = TestSite::new("")
            .page("a.md", |it| terms(it, "tags", &[&long]))
            .page("b.md", |it| terms(it, "tags", &["x"]))
            .build();
        assert_eq!(codes(&findings), [("long-address", "a.md")]);
        assert_eq!((site.pages.len(), site.terms.len()), (1, 1));
    }
}
