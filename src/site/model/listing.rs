//! Lists of pages: their feeds, how many addresses they take, and which have none.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::claims::Claims;
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
