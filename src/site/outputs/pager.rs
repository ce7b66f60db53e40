//! A list in pages of a fixed number of cards each, as sections, home and terms have it.

use crate::config::SiteConfig;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{PageIndex, n_pagers, pager_path};
use crate::site::outputs::Sources;
use crate::site::render::RenderContext;
use crate::site::render::head::pager_url;
use crate::site::render::view::SharedCard;
use serde::Serialize;

/// One page of a list. Name: `pager`, beside `section`, `term` and the home page.
#[derive(Clone, Debug, Serialize)]
pub struct PagerView {
    /// Pages shown, in order.
    pub pages: Vec<SharedCard>,
    /// From 1.
    pub current: usize,
    /// How many there are.
    pub n_pagers: usize,
    /// Newer pages.
    pub previous_url: Option<String>,
    /// Older pages.
    pub next_url: Option<String>,
}

/// The numbers of the pages of a list, each with its file; `list` is the path of the list.
pub fn files(
    list: &str,
    n_pages: usize,
    config: &SiteConfig,
) -> impl Iterator<Item = (String, usize)> {
    (1..=n_pagers(n_pages, config)).map(move |pager| {
        let path = pager_path(list, pager);
        (format!("{}index.html", path.trim_start_matches('/')), pager)
    })
}

/// What [`pager_view`] is made from.
pub fn pager_sources(
    known: &Sources,
    builder: FingerprintBuilder,
    pages: &[PageIndex],
    pager: usize,
) -> FingerprintBuilder {
    let by = known.config.paginate_by.max(1);
    let shown = pages.iter().skip((pager - 1) * by).take(by);
    builder
        .of(Ingredient::Pages)
        .number(pager as u64)
        .number(n_pagers(pages.len(), known.config) as u64)
        .all(shown, |builder, it| known.card(builder, *it))
}

/// One page of a list; `first` is the address of the first one.
pub fn pager_view(
    context: &RenderContext,
    pages: &[PageIndex],
    first: &str,
    current: usize,
) -> PagerView {
    let by = context.config.paginate_by.max(1);
    let n_pagers = n_pagers(pages.len(), context.config);
    let from = ((current - 1) * by).min(pages.len());
    let to = (from + by).min(pages.len());
    PagerView {
        pages: context.all_shared(&pages[from..to]),
        current,
        n_pagers,
        previous_url: (current > 1).then(|| pager_url(first, current - 1)),
        next_url: (current < n_pagers).then(|| pager_url(first, current + 1)),
    }
}
