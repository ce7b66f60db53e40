//! Copies: static files of site and theme, and public files beside pages.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{AssetIndex, Audience, PageIndex, Site};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::{Body, RenderContext, Rendered};
use crate::site::source::{Asset, FileFacts};

/// The output of a file that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Copy {
    /// By place in [`Site::statics`].
    Static(usize),
    /// By place in [`Site::assets`].
    Beside(AssetIndex),
}

/// All of them.
pub fn all(site: &Site, _: &SiteConfig) -> Vec<(String, Copy)> {
    let statics = site.statics.iter().enumerate();
    let statics = statics.map(|(index, it)| (it.path.to_string(), Copy::Static(index)));
    let assets = site.assets.iter().enumerate();
    let public = assets.filter(|(_, it)| it.audience == Audience::Everyone);
    let public = public.map(|(index, it)| {
        let index = AssetIndex(index as u32);
        (it.file.clone(), Copy::Beside(index))
    });
    statics.chain(public).collect()
}

impl Copy {
    fn asset(self, site: &Site) -> &Asset {
        match self {
            Copy::Static(index) => &site.statics[index],
            Copy::Beside(index) => &site[index].asset,
        }
    }

    fn facts(self, known: &Sources) -> FileFacts {
        match self {
            Copy::Static(index) => known.files.statics[index],
            Copy::Beside(index) => known.files.assets[index.0 as usize],
        }
    }
}

impl Kind for Copy {
    /// Whether compressed copies lie beside it depends on the settings.
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        builder
            .of(Ingredient::Text)
            .name(|| self.asset(known.site).origin.to_string())
            .bytes(&self.facts(known).hash)
            .of(Ingredient::Settings)
            .name(|| "precompress".into())
            .flag(known.config.precompress)
    }

    fn render<'a>(&self, context: &RenderContext<'a>, _: &str) -> Result<Rendered<'a>, BuildError> {
        let content = &self.asset(context.site).content;
        Ok(Rendered::whole(Body::Copy(content)))
    }

    fn origin<'s>(&self, site: &'s Site) -> Option<&'s str> {
        Some(&self.asset(site).origin)
    }

    /// Copied files may have changed with the text of pages.
    fn shows_text_of(&self, _: &Site, _: &SiteConfig, _: &[PageIndex]) -> bool {
        true
    }
}
