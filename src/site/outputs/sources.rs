//! What fingerprints are made from: what outputs share is hashed once a page, a term, a section and a language, and then
//! combined by each kind.
//!
//! Too many pieces in a fingerprint cost time, too few leave an old file in place.

use crate::config::SiteConfig;
use crate::site::fingerprint::{FingerprintBuilder, Hash, Ingredient};
use crate::site::model::{
    CopiedFiles, PageIndex, SectionIndex, Site, Standpoint, TermIndex, sidebar,
};
use crate::site::outputs::templates::Templates;
use crate::site::render::{
    card_sources, language_sources, sidebar_sources, term_sources, text_sources,
};
use crate::site::source::Theme;
use rayon::prelude::*;

/// Raised whenever the same input makes other bytes.
const RENDER_VERSION: u64 = 9;

/// Hashes of what the outputs of a site share. Of no use with another site than the one they were made from.
#[derive(Clone, Debug)]
pub struct SharedHashes {
    /// All that `site.toml` and the theme set.
    settings: Hash,
    /// By language.
    languages: Vec<Language>,
    /// What each template reaches.
    templates: Templates,
    /// By page: what a list shows of it.
    cards: Vec<Hash>,
    /// By term: what a page shows of it.
    terms: Vec<Hash>,
    /// By section: its tree, where it has one.
    sidebars: Vec<Option<Hash>>,
}

/// What every template sees of its language.
#[derive(Clone, Debug)]
struct Language {
    /// Interface texts.
    texts: Hash,
    /// Menu, home page, taxonomies.
    site: Hash,
}

impl SharedHashes {
    /// Hashes what outputs share.
    pub fn new(site: &Site, config: &SiteConfig, theme: &Theme, files: &CopiedFiles) -> Self {
        let settings = FingerprintBuilder::empty()
            .number(RENDER_VERSION)
            .text(env!("CARGO_PKG_VERSION"))
            .text(&format!("{config:?}"))
            .text(&format!("{:?}", theme.extra))
            .hash();
        let language = |it| Language {
            texts: text_sources(config, theme, it),
            site: language_sources(site, config, it),
        };
        let languages = (0..site.languages.len()).map(language);
        let terms: Vec<Hash> = site.terms.iter().map(term_sources).collect();
        let pages = site.pages.par_iter();
        let cards = pages.map(|page| card_sources((site, files), page, &terms));
        let sections = (0..site.sections.len() as u32).map(SectionIndex);
        SharedHashes {
            settings,
            languages: languages.collect(),
            templates: Templates::new(theme, site, files),
            cards: cards.collect(),
            sidebars: sections.map(|it| sidebar_sources(site, it)).collect(),
            terms,
        }
    }

    /// Hashes the cards of these pages anew; whether any has changed.
    pub fn renew(&mut self, site: &Site, files: &CopiedFiles, pages: &[PageIndex]) -> bool {
        pages.iter().fold(false, |has_changed, index| {
            let card = card_sources((site, files), &site[*index], &self.terms);
            let before = std::mem::replace(&mut self.cards[index.0 as usize], card);
            has_changed || before != card
        })
    }
}

/// A site with the hashes of what its outputs share. Each function adds what an output is made from to its fingerprint.
pub struct Sources<'a> {
    /// What outputs show.
    pub site: &'a Site,
    /// How they show it.
    pub config: &'a SiteConfig,
    /// What was found in files that are copied.
    pub files: &'a CopiedFiles,
    /// What they share.
    pub shared: &'a SharedHashes,
}

impl<'a> Sources<'a> {
    /// What every output with text is made from: settings, interface texts, and the site as its language sees it. `what` names
    /// the kind.
    pub fn start(
        &self,
        builder: FingerprintBuilder,
        what: &str,
        language: usize,
    ) -> FingerprintBuilder {
        let own = &self.shared.languages[language];
        let code = || self.config.languages[language].code.clone();
        builder
            .of(Ingredient::Settings)
            .text(what)
            .number(language as u64)
            .name(|| "site.toml".into())
            .bytes(&self.shared.settings)
            .of(Ingredient::Words)
            .name(code)
            .bytes(&own.texts)
            .of(Ingredient::Sections)
            .name(|| format!("menu and taxonomies of {}", code()))
            .bytes(&own.site)
    }

    /// What these templates reach; a page may name one that is not there.
    pub fn templates<'n>(
        &self,
        builder: FingerprintBuilder,
        names: impl IntoIterator<Item = Option<&'n str>>,
    ) -> FingerprintBuilder {
        let names = names.into_iter().flatten();
        names.fold(builder, |builder, name| {
            self.shared.templates.add(builder, name)
        })
    }

    /// The tree that stands beside what lies in a section.
    pub fn sidebar(&self, section: Option<SectionIndex>) -> Option<Hash> {
        let root = sidebar::root(self.site, section)?;
        self.shared.sidebars[root.0 as usize]
    }

    /// A term as pages and lists show it.
    pub fn term(&self, builder: FingerprintBuilder, term: TermIndex) -> FingerprintBuilder {
        builder
            .name(|| self.site[term].url.clone())
            .bytes(&self.shared.terms[term.0 as usize])
    }

    /// A section as breadcrumbs and lists show it.
    pub fn shown_section(
        &self,
        builder: FingerprintBuilder,
        section: SectionIndex,
    ) -> FingerprintBuilder {
        let section = &self.site[section];
        builder
            .name(|| section.url.clone())
            .text(&section.title)
            .text(&section.url)
    }

    /// Sections above, nearest first.
    pub fn above(&self, from: Option<SectionIndex>) -> impl Iterator<Item = SectionIndex> + 'a {
        let site = self.site;
        std::iter::successors(from, |it| site[*it].parent)
    }

    /// A page as lists show it.
    pub fn card(&self, builder: FingerprintBuilder, page: PageIndex) -> FingerprintBuilder {
        builder
            .name(|| self.site[page].document.path.to_string())
            .bytes(&self.shared.cards[page.0 as usize])
    }

    /// A page as others see it, with what it is in other languages.
    pub fn translations(&self, builder: FingerprintBuilder, page: PageIndex) -> FingerprintBuilder {
        let site = self.site;
        let others = site[page].translations.iter();
        let others = others.flat_map(|it| &site.translations[*it as usize]);
        let builder = self.card(builder.of(Ingredient::Pages), page);
        builder.all(others, |builder, it| {
            self.card(builder.number(site[*it].language as u64), *it)
        })
    }

    /// Where the switch of languages leads.
    pub fn counterparts(&self, builder: FingerprintBuilder, of: Standpoint) -> FingerprintBuilder {
        let builder = builder.of(Ingredient::Sections);
        builder.all(self.site.counterparts(of), |builder, it| {
            builder
                .name(|| it.url.to_owned())
                .number(it.language as u64)
                .flag(it.is_same)
                .text(it.url)
        })
    }
}
