//! The tree of a handbook, which stands beside every page of it.

use crate::site::fingerprint::{FingerprintBuilder, Hash};
use crate::site::model::{SectionIndex, Site, sidebar};
use crate::site::render::RenderContext;
use crate::site::render::view::{SharedTree, SidebarView, TreeView};

impl RenderContext<'_> {
    /// The handbook that a page or section in `section` belongs to.
    pub fn sidebar(&self, section: Option<SectionIndex>) -> Option<SidebarView> {
        let root = sidebar::root(self.site, section)?;
        let view = || SidebarView {
            title: self.site[root].title.clone(),
            url: self.site[root].url.clone(),
            entries: SharedTree::new(&tree_views(&sidebar::tree(self.site, root))),
        };
        Some(self.sidebars[root.0 as usize].get_or_init(view).clone())
    }
}

fn tree_views(leaves: &[sidebar::Leaf]) -> Vec<TreeView> {
    let view = |leaf: &sidebar::Leaf| TreeView {
        title: leaf.title.to_owned(),
        url: leaf.url.to_owned(),
        children: tree_views(&leaf.children),
    };
    leaves.iter().map(view).collect()
}

/// What the tree below a section is made from; `None` if the section is not the root of one.
pub fn sidebar_sources(site: &Site, section: SectionIndex) -> Option<Hash> {
    let root = sidebar::root(site, Some(section)).filter(|it| *it == section)?;
    let tree = format!("{:?}", sidebar::tree(site, root));
    let section = &site[root];
    let builder = FingerprintBuilder::empty().text(&section.title);
    Some(builder.text(&section.url).text(&tree).hash())
}
