//! The way from home to a page or section.

use crate::site::model::SectionIndex;
use crate::site::render::RenderContext;
use crate::site::render::view::LinkView;

/// Sections from home down to `from`.
pub fn breadcrumbs(context: &RenderContext, from: Option<SectionIndex>) -> Vec<LinkView> {
    let site = context.site;
    let mut crumbs: Vec<LinkView> = std::iter::successors(from, |it| site[*it].parent)
        .map(|it| LinkView {
            title: site[it].title.clone(),
            url: site[it].url.clone(),
        })
        .collect();
    crumbs.reverse();
    crumbs
}
