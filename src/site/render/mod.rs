//! Outputs -> bytes: views, templates, feeds, sitemap.
//!
//! Entry point: [`Renderer::render`], which any number of threads may call at once. What all outputs share (cards,
//! the site as each language sees it, parsed templates) is made once in [`Renderer::new`].

mod breadcrumbs;
mod cards;
mod engine;
mod feeds;
mod head;
pub mod html;
mod json_ld;
mod lists;
mod pages;
mod parts;
mod scene;
mod sitemap;
mod template_tags;
mod template_words;
mod view;
mod words;

use crate::config::SiteConfig;
use crate::ids::{Access, PartNumber};
use crate::site::cache::Bodies;
use crate::site::error::BuildError;
use crate::site::model::Site;
use crate::site::plan::{CopiedFiles, Output, OutputKind, Sitemap};
pub use crate::site::render::engine::Engine;
use crate::site::render::html::{GatedHtml, PublicHtml};
use crate::site::render::scene::Scene;
use crate::site::source::{AssetContent, Theme};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that turns an output into its bytes; made once a build.
pub struct Renderer<'a> {
    scene: Scene<'a>,
    engine: Arc<Engine>,
}

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

impl<'a> Renderer<'a> {
    /// Makes what outputs share. Text is read as it is rendered.
    pub fn new(
        (site, theme, files): (&'a Site, &Theme, &'a CopiedFiles),
        config: &'a SiteConfig,
        bodies: Bodies<'a>,
        engine: Arc<Engine>,
    ) -> Self {
        Renderer {
            scene: Scene::new(site, config, theme, files, bodies),
            engine,
        }
    }

    /// The bytes of one output. Fails where a template does.
    pub fn render(&self, output: &Output) -> Result<Rendered<'a>, BuildError> {
        let (scene, engine) = (&self.scene, &*self.engine);
        let site = scene.site;
        let text = match output.kind {
            OutputKind::Page(page) => return pages::page(scene, engine, output, page),
            OutputKind::Section(section, pager) => {
                return lists::section(scene, engine, output, section, pager);
            }
            OutputKind::Taxonomy(taxonomy) => lists::taxonomy(scene, engine, output, taxonomy)?,
            OutputKind::Term(term, pager) => lists::term(scene, engine, output, term, pager)?,
            OutputKind::Feed(of, format) => feeds::feed(scene, of, format)?,
            OutputKind::Sitemap(Sitemap::Index(n_runs)) => sitemap::index(scene, n_runs),
            OutputKind::Sitemap(Sitemap::Whole) => sitemap::run(scene, 1),
            OutputKind::Sitemap(Sitemap::Run(run)) => sitemap::run(scene, run),
            OutputKind::Robots => sitemap::robots(scene),
            OutputKind::NotFound(language) => lists::not_found(scene, engine, output, language)?,
            OutputKind::Redirect(index) => {
                lists::redirect(scene, engine, output, site.redirects[index].to)?
            }
            OutputKind::Members(index, language) => {
                lists::members(scene, engine, output, index, language)?
            }
            OutputKind::Static(index) => return Ok(copy(&site.statics[index].content)),
            OutputKind::Asset(index) => return Ok(copy(&site[index].asset.content)),
        };
        Ok(Rendered {
            body: Body::Text(text),
            parts: Vec::new(),
            version: None,
        })
    }

    /// By language: what stands in the place of a part that cannot be read; see
    /// [`Manifest::unavailable`](crate::manifest::Manifest::unavailable).
    pub fn unavailable(&self) -> Result<BTreeMap<String, String>, BuildError> {
        let languages = self.scene.languages.iter();
        let html = languages.map(|language| {
            let (template, context) = ("unavailable.html", language.context());
            let html = self.engine.render(template, &context, "the manifest")?;
            Ok((language.code.clone(), html.trim().to_owned()))
        });
        html.collect()
    }
}

fn copy(content: &AssetContent) -> Rendered<'_> {
    Rendered {
        body: Body::Copy(content),
        parts: Vec::new(),
        version: None,
    }
}
