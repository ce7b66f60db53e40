//! All terms of a taxonomy, by title.

use crate::collation::Collation;
use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{Site, Standpoint, TaxonomyIndex};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head::{self, titled};
use crate::site::render::view::TermRefView;
use crate::site::render::{RenderContext, Rendered};
use serde::Serialize;

/// The output of a taxonomy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Taxonomy(TaxonomyIndex);

/// All of them.
pub fn all(site: &Site, _: &SiteConfig) -> Vec<(String, Taxonomy)> {
    let all = site.taxonomies.iter().enumerate();
    all.map(|(index, it)| (it.file.clone(), Taxonomy(TaxonomyIndex(index as u32))))
        .collect()
}

impl Kind for Taxonomy {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let taxonomy = &known.site[self.0];
        let builder = known.start(builder, "taxonomy", taxonomy.language);
        let builder = known.counterparts(builder, Standpoint::Taxonomy(self.0));
        known
            .templates(builder, [Some("taxonomy.html")])
            .of(Ingredient::Pages)
            .text(&taxonomy.url)
            .all(taxonomy.terms.iter(), |builder, it| {
                known.term(builder, *it)
            })
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let index = self.0;
        let taxonomy = &context.site[index];
        let language = &context.languages[taxonomy.language];
        let mut terms: Vec<_> = taxonomy
            .terms
            .iter()
            .map(|it| context.terms[it.0 as usize].clone())
            .collect();
        let collation = Collation::of(&language.code);
        terms.sort_by(|a, b| collation.compare(&a.title, &b.title));
        let title = titled(&language.taxonomy_title(&taxonomy.name), language);
        let view = TaxonomyView {
            name: taxonomy.name.clone(),
            url: taxonomy.url.clone(),
            terms,
        };
        let mut values = language.values();
        let mut head = head::plain(context, language, title, "", &taxonomy.url);
        head.languages = head::languages(context, taxonomy.language, Standpoint::Taxonomy(index));
        values.insert("head", &head);
        values.insert("taxonomy", &view);
        context.render("taxonomy.html", &values, file)
    }
}

/// All terms of a taxonomy. Name: `taxonomy`, in `taxonomy.html`.
#[derive(Clone, Debug, Serialize)]
pub struct TaxonomyView {
    /// Its key, such as `tags`.
    pub name: String,
    /// Its address.
    pub url: String,
    /// By title.
    pub terms: Vec<TermRefView>,
}
