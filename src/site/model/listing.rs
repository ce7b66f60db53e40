//! Lists of pages: their feeds, how many addresses they take, and which have none.

use crate::config::{SignUp, SiteConfig};
use crate::diag::Diagnostic;
use crate::site::model::claims::Claims;
use crate::site::model::{Page, PageIndex, PageKind, PageState, SectionIndex, Site, TermIndex};
use rapidhash::RapidHashSet as HashSet;
use std::sync::Arc;

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedFormat {
    /// RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl FeedFormat {
    /// Those that the settings ask for.
    pub fn wanted(config: &SiteConfig) -> impl Iterator<Item = FeedFormat> + use<> {
        let feeds = &config.feeds;
        [
            (FeedFormat::Atom, feeds.atom),
            (FeedFormat::Rss, feeds.rss),
            (FeedFormat::Json, feeds.json),
        ]
        .into_iter()
        .filter_map(|(format, is_wanted)| is_wanted.then_some(format))
    }

    /// Its file beside the list it belongs to.
    pub fn file(self) -> &'static str {
        match self {
            FeedFormat::Atom => "atom.xml",
            FeedFormat::Rss => "rss.xml",
            FeedFormat::Json => "feed.json",
        }
    }
}

/// Whose pages a feed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedOf {
    /// All of one language.
    Language(usize),
    /// One term's.
    Term(TermIndex),
}

impl Page {
    /// Whether sitemaps name the page: live, and not kept out of search engines.
    pub fn is_indexed(&self) -> bool {
        self.state == PageState::Live && !self.document.front.noindex
    }

    /// Whether members may comment on it.
    pub fn has_comments(&self, config: &SiteConfig) -> bool {
        let front = &self.document.front;
        self.kind == PageKind::Page && front.comments.unwrap_or(config.edge.comments.enabled)
    }

    /// Whether feeds name the page. Readers of feeds sort by date, so a page without one is in none.
    fn is_entry(&self) -> bool {
        self.is_indexed() && self.document.front.date.is_some()
    }
}

impl Site {
    /// Pages that a section's list shows: home shows all of its language.
    pub fn listed(&self, index: SectionIndex) -> &[PageIndex] {
        let section = &self[index];
        match section.parent {
            None => &self.languages[section.language].newest,
            Some(_) => &section.pages,
        }
    }

    /// Pages that a feed shows, newest first.
    pub fn entries(&self, of: FeedOf, limit: usize) -> impl Iterator<Item = PageIndex> + '_ {
        let pages = match of {
            FeedOf::Language(language) => &self.languages[language].newest,
            FeedOf::Term(term) => &self[term].pages,
        };
        let entries = pages.iter().copied().filter(|it| self[*it].is_entry());
        entries.take(limit)
    }

    /// Whether a list has a page that its feeds could name. A list without one has no feeds.
    pub fn has_feed(&self, of: FeedOf) -> bool {
        self.entries(of, 1).next().is_some()
    }

    /// Whether members have anything to do here. Without, nothing of the site leads to their pages.
    pub fn has_accounts(&self, config: &SiteConfig) -> bool {
        let has_gates = || self.pages.iter().any(|it| !it.document.gates.is_empty());
        config.edge.members.sign_up != SignUp::Closed
            || config.edge.comments.enabled
            || !config.tiers.is_empty()
            || has_gates()
    }
}

/// How many pages a list of so many takes; an empty list has one.
pub fn n_pagers(n_pages: usize, config: &SiteConfig) -> usize {
    n_pages.div_ceil(config.paginate_by.max(1)).max(1)
}

/// Address of one page of a list, from 1.
pub fn pager_path(list: &str, pager: usize) -> String {
    match pager {
        1 => list.to_owned(),
        _ => format!("{list}page/{pager}/"),
    }
}

/// Folders and languages whose list has no address of its own.
pub type Unlisted = HashSet<(String, usize)>;

/// Takes the addresses of the second and later pages of a list.
pub fn claim_pagers(
    list: &str,
    n_pages: usize,
    owner: &Arc<str>,
    (config, claims): (&SiteConfig, &mut Claims),
) -> Result<(), Box<Diagnostic>> {
    let mut pagers = 2..=n_pagers(n_pages, config);
    pagers.try_for_each(|pager| claims.claim(&pager_path(list, pager), owner))
}
