//! All documents -> a [`Site`]: sections, taxonomies, translations, addresses, links. Complete, then read-only.
//!
//! Entry point: [`Site::assemble`]. Lists hold indexes, documents are shared, so a site is cheap enough to be
//! assembled anew at every edit. Nothing here reads the disk or knows a template.
//!
//! Addresses in fields called `path` begin with `/`, lie below the base URL and are not percent-encoded; those
//! called `file` are the same place as a file of `public/`, without a leading `/`; those called `href` or `url`
//! are ready for an attribute but for HTML escaping: base path in front, percent-encoded.

use crate::clock::Timestamp;
use crate::ids::{Access, PageId};
use crate::manifest::Unsettled;
use crate::site::parse::Document;
use crate::site::source::{Asset, SourceTree, Texts, Theme};
use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::Arc;

mod address;
mod assemble;
mod assets;
mod claims;
mod copied;
mod counterparts;
mod forgotten;
mod gates;
mod identity;
mod links;
mod listing;
mod made;
mod menu;
mod placed;
mod places;
mod redirects;
mod related;
mod sections;
mod segment;
mod selection;
pub mod sidebar;
mod standing;
mod taxonomies;
mod templates;
#[cfg(test)]
mod testing;
mod translations;
mod uses;
mod viewpoint;
mod wiki;

pub use copied::CopiedFiles;
pub use counterparts::{Counterpart, Standpoint};
pub use gates::strictness;
pub use identity::ids;
pub use listing::{FeedFormat, FeedOf, n_pagers, pager_path};
pub use made::{SITEMAP_LIMIT, language_folder, sitemap_file};
pub use selection::Hidden;
pub use standing::state;

/// Every page of the site that is built, and how they hang together.
#[derive(Clone, Debug)]
pub struct Site {
    /// Ascending by id; home and section pages with a file of their own are among them.
    pub pages: Vec<Page>,
    /// Ascending by folder, then by language; home has the empty folder.
    pub sections: Vec<Section>,
    /// One for each language of the settings, in their order.
    pub languages: Vec<LanguageSite>,
    /// By language, then in the order of the settings; only those with terms.
    pub taxonomies: Vec<Taxonomy>,
    /// By taxonomy, then by slug.
    pub terms: Vec<Term>,
    /// Pages that are translations of each other, at least two each, in the order of the languages.
    pub translations: Vec<Vec<PageIndex>>,
    /// Former addresses, ascending by path.
    pub redirects: Vec<Redirect>,
    /// Former page ids and what they are now called, for comments and scores.
    pub renamed: BTreeMap<PageId, PageId>,
    /// What is left open because pages have errors, for the same.
    pub unsettled: Unsettled,
    /// Files beside pages that are published or kept in the vault, ascending by path.
    pub assets: Vec<SiteAsset>,
    /// `static/` of site and theme, ascending by path; each is copied to its path in `public/`.
    pub statics: Vec<Asset>,
    /// Documents that are no pages, by the path of their file, and why.
    pub hidden: Vec<(Arc<str>, Hidden)>,
}

impl Site {
    /// The page that a document is the text of; `None` for one that is not built.
    pub fn page_of(&self, document: &Arc<Document>) -> Option<PageIndex> {
        let mut pages = self.pages.iter();
        let place = pages.position(|it| Arc::ptr_eq(&it.document, document))?;
        Some(PageIndex(place as u32))
    }

    /// Whether a page has an address below this one.
    pub fn has_pages_below(&self, path: &str) -> bool {
        self.pages.iter().any(|it| it.path.starts_with(path))
    }

    /// Templates that pages name.
    pub fn named_templates(&self) -> Vec<&str> {
        let named = self.pages.iter();
        let named = named.filter_map(|it| it.document.front.template.as_deref());
        let mut named: Vec<&str> = named.collect();
        named.sort_unstable();
        named.dedup();
        named
    }
}

/// Place of a page in [`Site::pages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageIndex(pub u32);

/// Place of a section in [`Site::sections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SectionIndex(pub u32);

/// Place of a term in [`Site::terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermIndex(pub u32);

/// Place of a taxonomy in [`Site::taxonomies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxonomyIndex(pub u32);

/// Place of an asset in [`Site::assets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetIndex(pub u32);

impl Index<PageIndex> for Site {
    type Output = Page;
    fn index(&self, index: PageIndex) -> &Page {
        &self.pages[index.0 as usize]
    }
}

impl Index<SectionIndex> for Site {
    type Output = Section;
    fn index(&self, index: SectionIndex) -> &Section {
        &self.sections[index.0 as usize]
    }
}

impl Index<TermIndex> for Site {
    type Output = Term;
    fn index(&self, index: TermIndex) -> &Term {
        &self.terms[index.0 as usize]
    }
}

impl Index<TaxonomyIndex> for Site {
    type Output = Taxonomy;
    fn index(&self, index: TaxonomyIndex) -> &Taxonomy {
        &self.taxonomies[index.0 as usize]
    }
}

impl Index<AssetIndex> for Site {
    type Output = SiteAsset;
    fn index(&self, index: AssetIndex) -> &SiteAsset {
        &self.assets[index.0 as usize]
    }
}

/// One Markdown file with its address and its neighbours.
#[derive(Clone, Debug)]
pub struct Page {
    /// Permanent name.
    pub id: PageId,
    /// What is in the file; title, dates and access stand in its front matter.
    pub document: Arc<Document>,
    /// Index into the languages of the settings.
    pub language: usize,
    /// Its address, such as `/guides/start/`.
    pub path: String,
    /// Its file, such as `guides/start/index.html`.
    pub file: String,
    /// The address as an `href`.
    pub url: String,
    /// A page of its own, or the page of a section or home.
    pub kind: PageKind,
    /// The section whose list shows it: for a section's own page the one above, `None` for home.
    pub section: Option<SectionIndex>,
    /// Whether readers get to see it, or previews alone.
    pub state: PageState,
    /// The neighbour before it in reading order within its section (older, or lower weight, or earlier title).
    pub previous: Option<PageIndex>,
    /// The neighbour after it in reading order within its section.
    pub next: Option<PageIndex>,
    /// Its terms in all taxonomies, in the order of the settings, then of its front matter.
    pub terms: Vec<TermIndex>,
    /// Group in [`Site::translations`].
    pub translations: Option<u32>,
    /// Public pages of the same language with rare terms in common, best first, at most [`RELATED_PAGES`].
    pub related: Vec<PageIndex>,
    /// One for each of [`Document::links`], in the same order.
    pub links: Vec<Target>,
}

/// At most so many related pages are kept for a page.
pub const RELATED_PAGES: usize = 5;

/// What a Markdown file is the page of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// A page with its own text: an article.
    Page,
    /// A section's own page; home is the topmost section of its language.
    Section(SectionIndex),
}

/// Whether readers get to see a page. All but `Live` are built for previews alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageState {
    /// Published.
    Live,
    /// `draft: true`.
    Draft,
    /// Its date or `publish_at` is still to come.
    Scheduled,
    /// Its `expires_at` has passed.
    Expired,
}

/// Where an address in a body leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What stands in the attribute, with fragment; still to be escaped for HTML. As the author wrote it where
    /// it leads outside or nowhere.
    pub href: String,
    /// What it is.
    pub to: Destination,
}

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A page.
    Page(PageIndex),
    /// A section, with or without a page of its own.
    Section(SectionIndex),
    /// A taxonomy's list or another page that the build makes.
    Generated,
    /// A file beside a page.
    Asset(AssetIndex),
    /// Index into [`Site::statics`].
    Static(u32),
    /// Another host, or a scheme such as `mailto:`.
    External,
    /// A page or file that is not published; a finding has said so. Nothing of it is shown, its name included.
    Withheld,
    /// Dead; a finding has said so.
    Nowhere,
}

impl Destination {
    /// Whether nothing lies there for readers.
    pub fn is_dead(self) -> bool {
        matches!(self, Destination::Withheld | Destination::Nowhere)
    }
}

/// A folder of content in one language, with its own list.
#[derive(Clone, Debug)]
pub struct Section {
    /// Below `content/`, such as `guides/basics`; empty for home.
    pub folder: String,
    /// Index into the languages of the settings.
    pub language: usize,
    /// Page id of its own page, whether or not it has one.
    pub id: PageId,
    /// From its own page, else the folder's name; the site's title for home.
    pub title: String,
    /// Its address, such as `/guides/`.
    pub path: String,
    /// Its file, such as `guides/index.html`.
    pub file: String,
    /// The address as an `href`.
    pub url: String,
    /// Whether its list is an output. False if something else has its address; a finding has said so.
    pub is_listed: bool,
    /// Its `_index.md`, where there is one.
    pub page: Option<PageIndex>,
    /// The section above; `None` for home.
    pub parent: Option<SectionIndex>,
    /// Sections directly below, by weight, then title.
    pub sections: Vec<SectionIndex>,
    /// Pages directly in it, in the section's order: newest first (then by weight and title), by weight, or by title.
    pub pages: Vec<PageIndex>,
}

/// What belongs to one language of the site.
#[derive(Clone, Debug)]
pub struct LanguageSite {
    /// Its home, even where the language has no page yet; `None` where its address belongs to something else.
    pub home: Option<SectionIndex>,
    /// Its dated pages of [`PageKind::Page`], newest first; where none has a date, all by id. What feeds and the home
    /// list show.
    pub newest: Vec<PageIndex>,
    /// The main menu, resolved; sections directly below home where the settings name none.
    pub menu: Vec<MenuLink>,
    /// Addresses that the foot of every page names, resolved.
    pub footer: FooterLinks,
}

/// Addresses of the footer; `None` where the settings name none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FooterLinks {
    /// Where readers write.
    pub contact: Option<String>,
    /// Terms of use.
    pub terms: Option<String>,
    /// How data is used.
    pub privacy: Option<String>,
    /// Who publishes the site.
    pub imprint: Option<String>,
}

/// One link of the main menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuLink {
    /// In the language of the menu.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// A way of grouping pages, in one language.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    /// Its key in front matter, such as `tags`.
    pub name: String,
    /// Index into the languages of the settings.
    pub language: usize,
    /// Address of its list, such as `/tags/`.
    pub path: String,
    /// Its file.
    pub file: String,
    /// The address as an `href`.
    pub url: String,
    /// Whether each of its terms has its own feeds.
    pub feed: bool,
    /// Its terms, by slug; a run of [`Site::terms`].
    pub terms: Vec<TermIndex>,
}

/// One group of a taxonomy.
#[derive(Clone, Debug)]
pub struct Term {
    /// Its taxonomy.
    pub taxonomy: TaxonomyIndex,
    /// As the first page (by id) spelt it.
    pub title: String,
    /// Last segment of its address.
    pub slug: String,
    /// Its address, such as `/tags/rust/`.
    pub path: String,
    /// Its file.
    pub file: String,
    /// The address as an `href`.
    pub url: String,
    /// Newest first; a series in its own order: by part, then oldest first.
    pub pages: Vec<PageIndex>,
}

/// A former address of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The former address, such as `/old/start/` or `/2013/start.html`.
    pub path: String,
    /// Its file.
    pub file: String,
    /// Where the page is now.
    pub to: PageIndex,
}

/// A file beside pages.
#[derive(Clone, Debug)]
pub struct SiteAsset {
    /// Its content and where it comes from.
    pub asset: Asset,
    /// Its address, such as `/guides/start/plan.pdf`.
    pub path: String,
    /// Its file in `public/`, where it is public.
    pub file: String,
    /// The address as an `href`.
    pub url: String,
    /// Who may have it.
    pub audience: Audience,
}

/// Who may have an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anyone: a copy lies in `public/`.
    Everyone,
    /// Whoever may read a part with one of these accesses; it lies in the vault alone. Ascending.
    Readers(Vec<Access>),
}

/// What a site is made of beside its documents.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// Files that are copied.
    pub tree: &'a SourceTree,
    /// Templates.
    pub theme: &'a Theme,
    /// Names in files that are copied; empty where the site has no gated parts.
    pub texts: &'a Texts,
}

/// What to build and how to judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssembleOptions {
    /// What counts as the present for scheduled and expired pages.
    pub now: Timestamp,
    /// Build drafts too.
    pub drafts: bool,
    /// Build pages whose time has not come.
    pub future: bool,
    /// Build pages whose time has passed.
    pub expired: bool,
    /// What a dead link or anchor weighs: a warning in `build`, an error in `check`.
    pub dead_links: crate::diag::Severity,
}
