//! One page of a term's list.

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{FeedOf, Site, Standpoint, TermIndex};
use crate::site::outputs::pager::{self, pager_sources, pager_view};
use crate::site::outputs::{Kind, Sources};
use crate::site::render::head::{self, pager_url, titled_page};
use crate::site::render::view::FeedView;
use crate::site::render::{RenderContext, Rendered, feeds};
use serde::Serialize;

/// The output of one page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    term: TermIndex,
    /// From 1.
    pager: usize,
}

/// All of them.
pub fn all(site: &Site, config: &SiteConfig) -> Vec<(String, Term)> {
    let mut all = Vec::new();
    for (index, own) in site.terms.iter().enumerate() {
        let term = TermIndex(index as u32);
        let files = pager::files(&own.path, own.pages.len(), config);
        all.extend(files.map(|(file, pager)| (file, Term { term, pager })));
    }
    all
}

impl Kind for Term {
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let (site, index) = (known.site, self.term);
        let taxonomy = &site[site[index].taxonomy];
        let builder = known
            .start(builder, "term", taxonomy.language)
            .of(Ingredient::Pages)
            .text(&taxonomy.url);
        let builder = known
            .term(builder, index)
            .flag(site.has_feed(FeedOf::Term(index)));
        let builder = known.counterparts(builder, Standpoint::Term(index));
        let builder = known.templates(builder, [Some("term.html")]);
        pager_sources(known, builder, &site[index].pages, self.pager)
    }

    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError> {
        let Term { term: index, pager } = *self;
        let term = &context.site[index];
        let taxonomy = &context.site[term.taxonomy];
        let language = &context.languages[taxonomy.language];
        let view = TermView {
            taxonomy: taxonomy.name.clone(),
            taxonomy_url: taxonomy.url.clone(),
            title: term.title.clone(),
            url: term.url.clone(),
            feeds: match taxonomy.feed && context.site.has_feed(FeedOf::Term(index)) {
                true => feeds(context.config, &term.title, &context.absolute(&term.url)),
                false => Vec::new(),
            },
        };
        let title = titled_page(&term.title, pager, language);
        let mut values = language.values();
        let mut head = head::plain(context, language, title, "", &pager_url(&term.url, pager));
        head.languages = head::languages(context, taxonomy.language, Standpoint::Term(index));
        values.insert("head", &head);
        values.insert("term", &view);
        values.insert("pager", &pager_view(context, &term.pages, &term.url, pager));
        context.render("term.html", &values, file)
    }
}

/// One term. Name: `term`, in `term.html`.
#[derive(Clone, Debug, Serialize)]
pub struct TermView {
    /// Key of its taxonomy.
    pub taxonomy: String,
    /// Address of its taxonomy.
    pub taxonomy_url: String,
    /// Shown text.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Its own feeds.
    pub feeds: Vec<FeedView>,
}
