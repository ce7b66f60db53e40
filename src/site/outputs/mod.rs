//! Kinds of outputs: every file of `public/` is one of them.
//!
//! A kind is one file with a line in [`kinds`]: which outputs there are (`all`), what each is made from
//! ([`Kind::sources`]), its view, and its bytes ([`Kind::render`]). Whoever adds a field to a view adds what it is made
//! from in the same file; a test changes each field of each view.

mod copy;
mod feed;
mod members;
mod not_found;
mod page;
mod pager;
mod redirect;
mod robots;
mod section;
mod sitemap;
mod sources;
mod taxonomy;
mod templates;
mod term;

pub use sources::{SharedHashes, Sources};

use crate::config::SiteConfig;
use crate::site::error::BuildError;
use crate::site::fingerprint::{Fingerprint, FingerprintBuilder, Ingredient};
use crate::site::model::{PageIndex, Site};
use crate::site::render::{RenderContext, Rendered};
use std::sync::Arc;

/// One file of `public/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Below `public/`, without a leading `/`.
    pub file: Arc<str>,
    /// What it shows.
    pub kind: OutputKind,
    /// Hash of everything it is made from.
    pub fingerprint: Fingerprint,
}

impl Output {
    /// The bytes of the output. Fails where a template does.
    pub fn render<'a>(&self, context: &RenderContext<'a>) -> Result<Rendered<'a>, BuildError> {
        self.kind.as_kind().render(context, &self.file)
    }
}

/// An output of one kind.
trait Kind {
    /// Adds everything that [`Kind::render`] shows.
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder;

    /// Its bytes; `file` is its path, for errors.
    fn render<'a>(
        &self,
        context: &RenderContext<'a>,
        file: &str,
    ) -> Result<Rendered<'a>, BuildError>;

    /// The content page that has the output as its file.
    fn page(&self, _site: &Site) -> Option<PageIndex> {
        None
    }

    /// The page that is left out if the template of the output fails; `None` if the theme is at fault.
    fn page_at_fault(&self, _site: &Site) -> Option<PageIndex> {
        None
    }

    /// The source file that an author would name to ask for the output.
    fn origin<'s>(&self, site: &'s Site) -> Option<&'s str> {
        let page = self.page(site)?;
        Some(&site[page].document.path)
    }

    /// Whether the output shows the text of one of these pages, or a file that may have changed with it.
    fn shows_text_of(&self, _site: &Site, _config: &SiteConfig, _pages: &[PageIndex]) -> bool {
        false
    }
}

/// Writes the enum of all kinds, and what goes through all of them.
macro_rules! kinds {
    ($($(#[$doc:meta])* $module:ident::$kind:ident,)*) => {
        /// What an output shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum OutputKind {
            $($(#[$doc])* $kind($module::$kind),)*
        }

        impl OutputKind {
            fn as_kind(&self) -> &dyn Kind {
                match self {
                    $(OutputKind::$kind(it) => it,)*
                }
            }
        }

        /// Every output that a site could have, with its file.
        fn candidates(site: &Site, config: &SiteConfig) -> Vec<(String, OutputKind)> {
            let mut all = Vec::with_capacity(site.pages.len() * 2);
            $({
                let own = $module::all(site, config).into_iter();
                all.extend(own.map(|(file, it)| (file, OutputKind::$kind(it))));
            })*
            all
        }
    };
}

// Where two have the same file, the kind that stands first has it: a static file replaces what the build would make.
kinds! {
    /// A page of its own.
    page::Page,
    /// One page of a section's list.
    section::Section,
    /// All terms of a taxonomy.
    taxonomy::Taxonomy,
    /// One page of a term's list.
    term::Term,
    /// The former address of a page.
    redirect::Redirect,
    /// A copy of a static file or of a public file beside a page.
    copy::Copy,
    /// The answer for addresses that do not exist.
    not_found::NotFound,
    /// A page of the members' area.
    members::Members,
    /// Newest pages for feed readers.
    feed::Feed,
    /// What robots may read.
    robots::Robots,
    /// Addresses for search engines.
    sitemap::Sitemap,
}

/// Every file that a site must have, ascending, one output for each.
pub fn all(site: &Site, config: &SiteConfig) -> Vec<(String, OutputKind)> {
    let mut all = candidates(site, config);
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.dedup_by(|later, first| later.0 == first.0);
    all
}

impl OutputKind {
    /// The fingerprint of an output.
    pub fn fingerprint(&self, known: &Sources) -> Fingerprint {
        let builder = FingerprintBuilder::empty();
        self.as_kind().sources(known, builder).fingerprint()
    }

    /// Names of everything that an output is made from.
    pub fn sources(&self, known: &Sources) -> Vec<(Ingredient, String)> {
        let builder = FingerprintBuilder::with_names();
        self.as_kind().sources(known, builder).names()
    }

    /// Whether the output is the page of a content file.
    pub fn is_page(&self) -> bool {
        matches!(self, OutputKind::Page(_))
    }

    /// The content page that has the output as its file; `None` for everything else.
    pub fn page(&self, site: &Site) -> Option<PageIndex> {
        self.as_kind().page(site)
    }

    /// The page that is left out if the template of the output fails; `None` if the theme is at fault.
    pub fn page_at_fault(&self, site: &Site) -> Option<PageIndex> {
        self.as_kind().page_at_fault(site)
    }

    /// The source file that an author would name to ask for the output.
    pub fn origin<'s>(&self, site: &'s Site) -> Option<&'s str> {
        self.as_kind().origin(site)
    }

    /// Whether the output shows the text of one of these pages, or a file that may have changed with it.
    pub fn shows_text_of(&self, site: &Site, config: &SiteConfig, pages: &[PageIndex]) -> bool {
        self.as_kind().shows_text_of(site, config, pages)
    }
}
