//! Whether readers see a page: by its own draft flag and dates, and by those of the sections above it.
//!
//! A section whose own page is a draft, not yet published or expired hides what is below it. So does one of which that
//! cannot be told.

use crate::clock::Timestamp;
use crate::config::Language;
use crate::diag::Diagnostic;
use crate::site::model::PageState;
use crate::site::model::address::nfc;
use crate::site::model::identity::{Named, Role, language_folder};
use crate::site::parse::{Doubt, FrontMatter};
use crate::site::source::is_index;
use rapidhash::RapidHashMap as HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// A draft is a draft whatever its dates say.
pub fn state(front: &FrontMatter, now: Timestamp) -> PageState {
    let is_later = |at: Option<Timestamp>| at.is_some_and(|at| at > now);
    if front.draft {
        PageState::Draft
    } else if front.expires_at.is_some_and(|at| at <= now) {
        PageState::Expired
    } else if is_later(front.publish_at) || (front.publish_at.is_none() && is_later(front.date)) {
        PageState::Scheduled
    } else {
        PageState::Live
    }
}

/// What is known of the state of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This is its state.
    Sure(PageState),
    /// An error in its front matter leaves it open.
    Unsure,
}

/// Own pages of sections that are not live, by folder, with those of the same folder in other languages.
pub struct Sections<'n> {
    by_folder: HashMap<Cow<'n, str>, Vec<Own<'n>>>,
}

/// The own page of a section.
struct Own<'n> {
    path: &'n str,
    /// `None` where it could not be read; then it counts for all languages.
    language: Option<usize>,
    /// It lies in the folder of its language, and counts for no other one.
    is_apart: bool,
    standing: Standing,
}

impl<'n> Sections<'n> {
    /// Those among all documents. A section without one is in doubt if a file that could not be read, or is in a format
    /// that is not read, has the name of its page. Such a file at the top of `content/` does not hide the site.
    pub fn of(
        (named, unread): (&'n [Named], &'n [Arc<str>]),
        languages: &[Language],
        now: Timestamp,
    ) -> Self {
        let mut by_folder: HashMap<Cow<'_, str>, Vec<Own<'_>>> = HashMap::default();
        for named in named {
            let Role::Section(folder) = &named.role else {
                continue;
            };
            let standing = match named.document.doubt {
                Some(Doubt::When) => Standing::Unsure,
                _ => Standing::Sure(state(&named.document.front, now)),
            };
            by_folder.entry(folder.into()).or_default().push(Own {
                path: &named.document.path,
                language: Some(named.language),
                is_apart: !named.root.is_empty(),
                standing,
            });
        }
        for path in unread.iter().filter(|it| is_index(it)) {
            let below = path.strip_prefix("content/").unwrap_or(path);
            let Some((folder, _)) = below.rsplit_once('/') else {
                continue;
            };
            let own = language_folder(folder, languages);
            let (language, folder) = own.map_or((None, folder), |it| (Some(it.0), it.1));
            let all = by_folder.entry(nfc(folder)).or_default();
            if all
                .iter()
                .all(|it| language.is_some() && it.language != language)
            {
                all.push(Own {
                    path,
                    language,
                    is_apart: language.is_some(),
                    standing: Standing::Unsure,
                });
            }
        }
        let is_live = |it: &Own<'_>| it.standing == Standing::Sure(PageState::Live);
        by_folder.retain(|_, own| !own.iter().all(is_live));
        Sections { by_folder }
    }

    /// The standings of the sections above a page, nearest first; live ones may be missing.
    pub fn above(&self, named: &Named) -> impl Iterator<Item = Standing> + Clone {
        self.own_above(named).map(|it| it.standing)
    }

    /// The page of a section in the language of the page below, or else in the first one.
    fn own_above(&self, named: &Named) -> impl Iterator<Item = &Own<'n>> + Clone {
        let language = named.language;
        let first = match &named.role {
            _ if self.by_folder.is_empty() => None,
            Role::Page { section, .. } => Some(section.as_str()),
            Role::Section(folder) => above(folder),
        };
        let folders = std::iter::successors(first, |it| above(it));
        let own = folders.filter_map(|it| self.by_folder.get(it));
        own.flat_map(move |it| {
            let is_own = move |it: &&Own<'_>| it.language == Some(language);
            let has_own = it.iter().any(|it| is_own(&it));
            it.iter()
                .filter(move |it| is_own(it) || (!has_own && !it.is_apart && it.counts_for_all()))
        })
    }

    /// A finding for each page of a folder that is not called as one, and hides pages because it is not live.
    pub fn report_hiding(
        &self,
        all: &[Named],
        hides: impl Fn(Standing) -> bool,
        findings: &mut Vec<Diagnostic>,
    ) {
        let mut n_hidden: HashMap<&str, usize> = HashMap::default();
        let is_named = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
            name.starts_with("_index.")
        };
        for named in all {
            let hiding = self.own_above(named).filter(|it| {
                it.standing != Standing::Unsure && hides(it.standing) && !is_named(it.path)
            });
            for own in hiding {
                *n_hidden.entry(own.path).or_default() += 1;
            }
        }
        let hiding = n_hidden.into_iter();
        findings.extend(hiding.map(|(path, n_pages)| Diagnostic::section_hides(path, n_pages)));
    }

    /// A finding for each section that hides pages because its own state cannot be told.
    pub fn report_doubts(&self, all: &[Named], findings: &mut Vec<Diagnostic>) {
        let mut n_hidden: HashMap<&str, usize> = HashMap::default();
        for named in all {
            let unsure = self
                .own_above(named)
                .filter(|it| it.standing == Standing::Unsure);
            for own in unsure {
                *n_hidden.entry(own.path).or_default() += 1;
            }
        }
        let hidden = n_hidden.into_iter();
        findings.extend(hidden.map(|(path, n_pages)| Diagnostic::section_in_doubt(path, n_pages)));
    }
}

impl Own<'_> {
    /// Whether it counts for languages that have no page of the section: it is the original's, or nobody can tell.
    fn counts_for_all(&self) -> bool {
        self.language.is_none_or(|it| it == 0)
    }
}

/// The folder above; `None` above the root.
fn above(folder: &str) -> Option<&str> {
    (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(above, _)| above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::{NOW, TestSite, codes, day, document};

    #[test]
    fn a_page_has_its_time() {
        let now = Timestamp::parse(NOW).unwrap();
        for (draft, date, publish, expires, expected) in [
            (false, "", "", "", PageState::Live),
            (true, "2030-01-01", "", "2020-01-01", PageState::Draft),
            (false, "2026-05-31", "", "", PageState::Live),
            (false, "2026-06-02", "", "", PageState::Scheduled),
            (false, "2026-06-02", "2026-05-01", "", PageState::Live),
            (false, "2026-05-01", "2026-06-02", "", PageState::Scheduled),
            (false, "", "2026-06-01", "", PageState::Live),
            (false, "", "", "2026-06-01", PageState::Expired),
            (false, "", "", "2026-06-02", PageState::Live),
        ] {
            let document = document("a.md", |it| {
                it.front.draft = draft;
                it.front.date = day(date);
                it.front.publish_at = day(publish);
                it.front.expires_at = day(expires);
            });
            assert_eq!(
                state(&document.front, now),
                expected,
                "{date} {publish} {expires}"
            );
        }
    }

    /// The pages of a course of two lessons in two languages, one of them deep below.
    fn course(edit: impl FnOnce(TestSite) -> TestSite) -> TestSite {
        let site = TestSite::new("[[languages]]\ncode = \"zh\"").pages(&[
            "a.md",
            "course/one.md",
            "course/one.zh.md",
            "course/deep/_index.md",
            "course/deep/two.md",
        ]);
        edit(site).assets(&["course/data.csv", "a.csv"])
    }

    fn shown(site: TestSite) -> String {
        let (site, _) = site.build();
        let pages = site.pages.iter().map(|it| it.id.as_str());
        let files = site.assets.iter().map(|it| it.path.as_str());
        pages.chain(files).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_hidden_section_hides_what_is_below_it() {
        let all =
            "a course course/deep course/deep/two course/one course/one.zh /a.csv /course/data.csv";
        let own = "course/_index.md";
        assert_eq!(shown(course(|it| it.page(own, |_| {}))), all);
        assert_eq!(
            shown(course(|it| it.page(own, |it| it.front.draft = true))),
            "a /a.csv"
        );
        let later = |it: TestSite| it.page(own, |it| it.front.publish_at = day("2999-01-01"));
        assert_eq!(shown(course(later)), "a /a.csv");
        let past = |it: TestSite| it.page(own, |it| it.front.expires_at = day("2000-01-01"));
        assert_eq!(shown(course(past)), "a /a.csv");
        // Each language has its own section, where it has one.
        let zh = |it: TestSite| {
            it.page("course/_index.zh.md", |_| {})
                .page(own, |it| it.front.draft = true)
        };
        assert_eq!(shown(course(zh)), "a course.zh course/one.zh /a.csv");
        let mut seen = course(|it| it.page(own, |it| it.front.draft = true));
        seen.options.drafts = true;
        let (site, _) = seen.build();
        let two = crate::site::model::testing::page(&site, "course/deep/two.md");
        assert_eq!(two.state, PageState::Draft);
    }

    /// Every name of a section's page in letters of any case.
    #[test]
    fn the_page_of_a_section_is_known_in_any_letter_case() {
        for name in [
            "_index", "_Index", "_INDEX", "index", "Index", "INDEX", "readme", "Readme", "README",
        ] {
            for ending in ["md", "MD", "markdown"] {
                let own = format!("course/{name}.{ending}");
                let site = course(|it| it.page(&own, |it| it.front.draft = true));
                assert_eq!(shown(site), "a /a.csv", "{own}");
            }
        }
    }

    /// What a page hides that is not called the page of its folder is told.
    #[test]
    fn a_page_that_hides_others_says_so() {
        let draft = |it: &mut crate::site::parse::Document| it.front.draft = true;
        for (own, is_told) in [
            ("b/index.md", true),
            ("b/README.md", true),
            ("b.md", true),
            ("b/_index.md", false),
            ("b/_INDEX.md", false),
        ] {
            let site = TestSite::new("").page(own, draft).pages(&["b/p.md"]);
            let (site, findings) = site.build();
            assert_eq!(site.pages.len(), 0, "{own}");
            let told = codes(&findings);
            assert_eq!(told, &[("section-hides", own)][..usize::from(is_told)]);
        }
        let mut shown = TestSite::new("").page("b.md", draft).pages(&["b/p.md"]);
        shown.options.drafts = true;
        assert_eq!(shown.build().1, []);
        // The section in another language hides its own pages alone.
        let other = TestSite::new("[[languages]]\ncode = \"zh\"").page("s/_index.zh.md", draft);
        let (site, findings) = other.pages(&["s/a.md", "s/a.zh.md"]).build();
        let ids: Vec<_> = site.pages.iter().map(|it| it.id.as_str()).collect();
        assert_eq!((ids, findings.len()), (vec!["s/a"], 0));
    }

    /// A page of a section in a format that is not read, or that is no text: nobody knows whether it is a draft.
    #[test]
    fn a_section_whose_page_is_not_read_hides_too_and_says_so() {
        for name in [
            "_index", "_Index", "_INDEX", "index", "INDEX", "readme", "README",
        ] {
            for ending in [
                "html", "mdx", "org", "txt", "rst", "md.bak", "md.orig", "zh.html", "HTML",
            ] {
                let path = format!("course/{name}.{ending}");
                let refused = course(|it| it.refused(&path));
                let (site, findings) = refused.build();
                assert_eq!(site.pages.len(), 1, "{path}");
                let path = format!("content/{path}");
                let found = findings.iter().map(|it| (it.code, it.path.as_str()));
                assert_eq!(
                    found.collect::<Vec<_>>(),
                    [("section-in-doubt", path.as_str())]
                );
                // The page of the section says it, where there is one.
                let both = course(|it| it.refused(&path).page("course/_index.md", |_| {}));
                assert_eq!(both.build().0.pages.len(), 6, "{path}");
            }
        }
        assert_eq!(
            shown(course(|it| it.unread("course/_index.md"))),
            "a /a.csv"
        );
        for path in ["course/data.html", "_index.html", "other/_index.html"] {
            let site = course(|it| it.refused(path)).build().0;
            assert_eq!(site.pages.len(), 5, "{path}");
        }
    }

    #[test]
    fn a_section_whose_state_cannot_be_told_hides_too_and_says_so() {
        for (doubt, n_pages) in [(None, 5), (Some(Doubt::Who), 5), (Some(Doubt::When), 1)] {
            let site = course(|it| {
                it.page("course/_index.md", |it| {
                    it.is_faulty = true;
                    it.doubt = doubt;
                })
            });
            let (site, findings) = site.build();
            assert_eq!(site.pages.len(), n_pages, "{doubt:?}");
            let told = codes(&findings).contains(&("section-in-doubt", "course/_index.md"));
            assert_eq!(told, n_pages == 1);
        }
    }
}
