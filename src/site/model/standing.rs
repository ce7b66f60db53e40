//! Whether readers see a page: by its own draft flag and dates, and by those of the sections above it.
//!
//! A section whose own page is a draft, not yet published or expired hides what is below it. So does one of which that
//! cannot be told.

use crate::clock::Timestamp;
use crate::config::Language;
use crate::diag::Diagnostic;
use crate::site::model::PageState;
use crate::site::model::address::nfc;
use crate::site::model::identity::{Named, Role, find_language, language_folder, nearly_index};
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
    /// Its name is only nearly that of a section's page.
    is_near: bool,
    standing: Standing,
}

impl<'n> Sections<'n> {
    /// Those among all documents. A section without one in some language is in doubt there if a file that could not be
    /// read, or is in a format that is not read, has the name of its page; so is the site without a home page. A page with
    /// nearly that name, such as `_index_zh.md`, counts where there is no other.
    pub fn of(
        (named, unread): (&'n [Named], &'n [Arc<str>]),
        languages: &[Language],
        now: Timestamp,
    ) -> Self {
        let mut by_folder: HashMap<Cow<'_, str>, Vec<Own<'_>>> = HashMap::default();
        let own = |named: &'n Named, language, is_near| Own {
            path: &named.document.path,
            language: Some(language),
            is_apart: !named.root.is_empty(),
            is_near,
            standing: match named.document.doubt {
                Some(Doubt::When) => Standing::Unsure,
                _ => Standing::Sure(state(&named.document.front, now)),
            },
        };
        for named in named {
            if let Role::Section(folder) = &named.role {
                let all = by_folder.entry(folder.into()).or_default();
                all.push(own(named, named.language, false));
            }
        }
        for path in unread {
            let below = path.strip_prefix("content/").unwrap_or(path);
            let (folder, name) = below.rsplit_once('/').unwrap_or(("", below));
            let Some(said) = language_of_index(name, languages) else {
                continue;
            };
            let apart = language_folder(folder, languages);
            let folder = apart.map_or(folder, |it| it.1);
            let language = said.or(apart.map(|it| it.0)).unwrap_or(0);
            let all = by_folder.entry(nfc(folder)).or_default();
            if all.iter().any(|it| it.language == Some(language)) {
                continue;
            }
            let is_known = !all.is_empty() || apart.is_some() || !is_index(name);
            all.push(Own {
                path,
                language: is_known.then_some(language),
                is_apart: apart.is_some(),
                is_near: false,
                standing: Standing::Unsure,
            });
        }
        for named in named {
            let Role::Page {
                section,
                bundle: None,
            } = &named.role
            else {
                continue;
            };
            let Some(language) = nearly_index(&named.name, languages) else {
                continue;
            };
            let all = by_folder.entry(section.into()).or_default();
            if all.iter().all(|it| it.language != Some(language)) {
                all.push(own(named, language, true));
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
        let is_named = |it: &Own<'_>| {
            let name = it.path.rsplit('/').next().unwrap_or(it.path);
            !it.is_near && name.to_lowercase().starts_with("_index.")
        };
        for named in all {
            let hiding = self.own_above(named).filter(|it| {
                it.standing != Standing::Unsure && hides(it.standing) && !is_named(it)
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

/// The language that the name of a file says, if it is that of a section's page, or nearly: `_index.zh.html`,
/// `_index_zh.mdx`. `Some(None)` where it says none.
fn language_of_index(name: &str, languages: &[Language]) -> Option<Option<usize>> {
    let (stem, endings) = name.split_once('.').unwrap_or((name, ""));
    if !is_index(name) {
        return nearly_index(stem, languages).map(Some);
    }
    let spelt = |it: &str| nearly_index(&format!("{stem}.{it}"), languages);
    let mut endings = endings.split('.');
    Some(endings.find_map(|it| find_language(it, languages).or_else(|| spelt(it))))
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
        for path in ["course/data.html", "other/_index.html"] {
            let site = course(|it| it.refused(path)).build().0;
            assert_eq!(site.pages.len(), 5, "{path}");
        }
    }

    /// The same at the top of `content/`: there it is the page of the whole site, or of a language.
    #[test]
    fn a_home_page_that_is_not_read_hides_the_site() {
        let pages = ["a.md", "a.zh.md", "s/b.md", "zh/c.md"];
        let site = || TestSite::new("[[languages]]\ncode = \"zh\"").pages(&pages);
        for (path, shown) in [
            ("_index.html", 0),
            ("_index.md.bak", 0),
            ("index.html", 0),
            ("INDEX.mdx", 0),
            ("README.txt", 0),
            ("_index.md", 0),
            ("_index.zh.html", 0),
            ("zh/_index.html", 2),
            ("_index_zh.mdx", 2),
            ("s/_index.html", 3),
            ("x.html", 4),
        ] {
            for site in [site().refused(path), site().unread(path)] {
                let (site, findings) = site.build();
                assert_eq!(site.pages.len(), shown, "{path}");
                let found = findings.iter().filter(|it| it.code == "section-in-doubt");
                let found: Vec<&str> = found.map(|it| it.path.as_str()).collect();
                let path = format!("content/{path}");
                let wanted = [path.as_str()];
                assert_eq!(found, wanted[..usize::from(shown < 4)], "{path}");
            }
        }
        // A page of the same language says it; one of another language does not, and is a translation in doubt.
        for (own, unread, shown) in [
            ("_index.md", "_index.html", 5),
            ("_index.md", "_index.zh.html", 2),
            ("_index.zh.md", "_index.html", 2),
            ("_index.zh.md", "_index.zh.html", 5),
            ("README.md", "_index.md.bak", 5),
        ] {
            let site = site().pages(&[own]).refused(unread);
            assert_eq!(site.build().0.pages.len(), shown, "{own} {unread}");
        }
    }

    /// A page that is called nearly as that of a folder in one language.
    #[test]
    fn a_page_with_nearly_the_name_hides_its_language() {
        let draft = |it: &mut crate::site::parse::Document| it.front.draft = true;
        let site = || {
            let zh = TestSite::new("[[languages]]\ncode = \"zh\"");
            zh.pages(&["a.md", "s/b.md", "s/b.zh.md", "s/t/c.zh.md"])
        };
        for (name, hides) in [
            ("_index_zh", true),
            ("_index-zh-CN", true),
            ("_index.cn", true),
            ("_index（中文）", true),
            ("index_zh", true),
            ("README_chinese", true),
            ("readme-zh", true),
            ("_index_fr", false),
            ("indexes_zh", false),
            ("index-of-zh", false),
        ] {
            let near = format!("s/{name}.md");
            let (built, findings) = site().page(&near, draft).build();
            let shown = built.pages.iter().filter(|it| it.language == 1).count();
            assert_eq!(
                (shown == 0, built.pages.len() - shown),
                (hides, 2),
                "{near}"
            );
            let told = codes(&findings).contains(&("section-hides", near.as_str()));
            assert_eq!(told, hides, "{near}");
            let both = site().page(&near, draft).pages(&["s/_index.zh.md"]);
            let shown = both.build().0.pages.len();
            assert_eq!(shown, 5, "{near}");
            let doubt = site().page(&near, |it| {
                it.is_faulty = true;
                it.doubt = Some(Doubt::When);
            });
            let (_, findings) = doubt.build();
            let told = codes(&findings).contains(&("section-in-doubt", near.as_str()));
            assert_eq!(told, hides, "{near}");
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
