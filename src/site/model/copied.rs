//! What was found in the files that are copied.

use crate::site::model::{Destination, Page, Site};
use crate::site::parse::LinkKind;
use crate::site::source::{Asset, Facts, FileFacts, PictureSize};

/// What was found in the files that are copied, in the order of the site's lists.
#[derive(Clone, Debug, Default)]
pub struct CopiedFiles {
    /// Of [`Site::statics`].
    pub statics: Vec<FileFacts>,
    /// Of [`Site::assets`], gated ones too.
    pub assets: Vec<FileFacts>,
}

impl CopiedFiles {
    /// Of all of them.
    pub fn of(site: &Site, facts: &Facts) -> Self {
        let of = |asset: &Asset| facts[&asset.origin];
        CopiedFiles {
            statics: site.statics.iter().map(of).collect(),
            assets: site.assets.iter().map(|it| of(&it.asset)).collect(),
        }
    }

    /// Size of the picture that a link of a page shows; `link` is its place in the page's list. `None` for a link that
    /// shows none, for a picture of another site, and for a file that does not state it.
    pub fn size(&self, page: &Page, link: usize) -> Option<PictureSize> {
        let kind = page.document.links.get(link)?.kind;
        if !matches!(kind, LinkKind::Image | LinkKind::Embed) {
            return None;
        }
        match page.links.get(link)?.to {
            Destination::Asset(index) => self.assets[index.0 as usize].size,
            Destination::Static(index) => self.statics[index as usize].size,
            _ => None,
        }
    }
}
