//! What all kinds of outputs are rendered with: views that several share, templates, bodies, heads.
//!
//! Entry point: [`RenderContext`], which any number of threads may use at once. The kinds themselves stand in
//! `outputs`.

mod body;
mod breadcrumbs;
mod cards;
mod context;
mod engine;
pub mod head;
pub mod html;
pub mod json_ld;
mod parts;
mod sidebar;
mod template_tags;
mod template_words;
pub mod view;
mod words;

pub use body::PageBody;
pub use breadcrumbs::breadcrumbs;
pub use cards::{badge, card_sources, summary, terms};
pub use context::{
    LanguageContext, RenderContext, feeds, language_sources, term_sources, text_sources,
};
pub use engine::Engine;
pub use sidebar::sidebar_sources;

use crate::ids::{Access, PartNumber};
use crate::site::render::html::{GatedHtml, PublicHtml};
use crate::site::source::AssetContent;

/// What a file of `public/` is made of. There is no way to hold gated text here.
#[derive(Debug)]
pub enum Body<'a> {
    /// Rendered text.
    Text(PublicHtml),
    /// The bytes of a file that is copied.
    Copy(&'a AssetContent),
}

/// One output, ready to be written, with the gated parts of its page beside it.
#[derive(Debug)]
pub struct Rendered<'a> {
    /// For `public/`.
    pub body: Body<'a>,
    /// For the vault, in order.
    pub parts: Vec<RenderedPart>,
    /// Names the public text of a page with gated parts; see [`PageEntry::version`](crate::manifest::PageEntry::version).
    pub version: Option<String>,
}

impl<'a> Rendered<'a> {
    /// An output without gated parts.
    pub fn whole(body: Body<'a>) -> Self {
        Rendered {
            body,
            parts: Vec::new(),
            version: None,
        }
    }

    /// Public text without gated parts.
    pub fn text(text: String) -> Self {
        Rendered::whole(Body::Text(PublicHtml::new(text)))
    }
}

/// One gated part of a page.
#[derive(Debug)]
pub struct RenderedPart {
    /// From 1.
    pub number: PartNumber,
    /// Who may read it.
    pub access: Access,
    /// What the edge puts in place.
    pub html: GatedHtml,
    /// Byte range of its paywall in the public text.
    pub range: std::ops::Range<usize>,
}
