//! `Site` -> every file that `public/` must have, each with the fingerprint of all it depends on.
//!
//! Entry point: [`outputs`]. What an output depends on is known here, before anything is rendered: a template gets
//! its views and nothing else, and the views are made of what `prints` hashes.

mod prints;

use crate::config::{SignUp, SiteConfig};
use crate::routes::MEMBERS_PAGES;
use crate::site::cache::Fingerprint;
use crate::site::model::{
    AssetIndex, Audience, Destination, FeedFormat, Page, PageIndex, PageKind, PageState,
    SITEMAP_LIMIT, SectionIndex, Site, TaxonomyIndex, TermIndex, language_folder, n_pagers,
    pager_path, sitemap_file,
};
use crate::site::parse::LinkKind;
use crate::site::source::{Asset, Facts, FileFacts, PictureSize, Theme};
pub use prints::Prints;
use prints::Shared;
use rayon::prelude::*;
use std::sync::Arc;

/// One file of `public/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Below `public/`, without a leading `/`.
    pub file: Arc<str>,
    /// What it shows.
    pub kind: OutputKind,
    /// What it depends on.
    pub fingerprint: Fingerprint,
}

/// What an output shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputKind {
    /// A page of its own.
    Page(PageIndex),
    /// One page of a section's list, from 1; home is a section too.
    Section(SectionIndex, usize),
    /// All terms of a taxonomy.
    Taxonomy(TaxonomyIndex),
    /// One page of a term's list, from 1.
    Term(TermIndex, usize),
    /// Newest pages for feed readers.
    Feed(FeedOf, FeedFormat),
    /// A run of [`Site`]'s addresses for search engines.
    Sitemap(Sitemap),
    /// What robots may read.
    Robots,
    /// What readers get who ask for what is not there, by language.
    NotFound(usize),
    /// Where a page used to be: index into the redirects.
    Redirect(usize),
    /// A page of the members' area, by place in [`MEMBERS_PAGES`] and language.
    Members(usize, usize),
    /// A copy of a static file: index into the statics.
    Static(usize),
    /// A copy of a public file beside a page.
    Asset(AssetIndex),
}

/// Whose pages a feed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedOf {
    /// All of one language.
    Language(usize),
    /// One term's.
    Term(TermIndex),
}

/// A file of the sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// All addresses, where one file may hold them.
    Whole,
    /// The list of so many runs.
    Index(usize),
    /// A run, from 1.
    Run(usize),
}

/// What was found in the files that are copied, in the order of the site's lists.
#[derive(Clone, Debug, Default)]
pub struct CopiedFiles {
    /// Of [`Site::statics`].
    pub statics: Vec<FileFacts>,
    /// Of [`Site::assets`], gated ones too.
    pub assets: Vec<FileFacts>,
}

impl CopiedFiles {
    /// Of all of them.
    pub fn of(site: &Site, facts: &Facts) -> Self {
        let of = |asset: &Asset| facts[&asset.origin];
        CopiedFiles {
            statics: site.statics.iter().map(of).collect(),
            assets: site.assets.iter().map(|it| of(&it.asset)).collect(),
        }
    }

    /// How large the picture is that a link of a page shows: `link` is its place in the page's list. `None` for a link
    /// that shows none, for a picture of another site, and for one that does not tell.
    pub fn size(&self, page: &Page, link: usize) -> Option<PictureSize> {
        let kind = page.document.links.get(link)?.kind;
        if !matches!(kind, LinkKind::Image | LinkKind::Embed) {
            return None;
        }
        match page.links.get(link)?.to {
            Destination::Asset(index) => self.assets[index.0 as usize].size,
            Destination::Static(index) => self.statics[index as usize].size,
            _ => None,
        }
    }
}

/// Every file the site must have, with all that their fingerprints are made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Ascending by file.
    pub outputs: Vec<Output>,
    shared: Shared,
}

/// The plan of a site.
pub fn outputs(site: &Site, config: &SiteConfig, theme: &Theme, files: &CopiedFiles) -> Plan {
    let mut kinds = Vec::with_capacity(site.pages.len() * 2);
    pages(site, &mut kinds);
    lists(site, config, &mut kinds);
    copies(site, &mut kinds);
    made_by_the_build(site, config, &mut kinds);
    let kinds = without_doubles(kinds);
    let shared = Shared::new(site, config, theme, files);
    let prints = shared.prints(site, config, files);
    let outputs = kinds
        .into_par_iter()
        .map(|(file, kind)| Output {
            fingerprint: prints.of(kind),
            file: file.into(),
            kind,
        })
        .collect();
    Plan { outputs, shared }
}

impl Plan {
    /// What the fingerprints of a site's outputs are made of.
    pub fn prints<'a>(
        &'a self,
        site: &'a Site,
        config: &'a SiteConfig,
        files: &'a CopiedFiles,
    ) -> Prints<'a> {
        self.shared.prints(site, config, files)
    }

    /// The plan of the same site when nothing but the text of some pages, and copied files, are other than they were.
    pub fn renew(
        &mut self,
        site: &Site,
        config: &SiteConfig,
        files: &CopiedFiles,
        changed: &[PageIndex],
    ) {
        let is_seen_elsewhere = self.shared.renew(site, files, changed);
        let prints = self.shared.prints(site, config, files);
        let is_touched = |page: Option<PageIndex>| page.is_some_and(|it| changed.contains(&it));
        self.outputs.par_iter_mut().for_each(|output| {
            let is_stale = is_seen_elsewhere
                || match output.kind {
                    OutputKind::Page(page) => is_touched(Some(page)),
                    OutputKind::Section(section, _) => is_touched(site[section].page),
                    OutputKind::Feed(of, _) => {
                        feed_list(site, feed_pages(site, of), config).any(|it| changed.contains(it))
                    }
                    OutputKind::Static(_) | OutputKind::Asset(_) => true,
                    _ => false,
                };
            if is_stale {
                output.fingerprint = prints.of(output.kind);
            }
        });
    }
}

/// All pages that a feed could show, newest first.
pub fn feed_pages(site: &Site, of: FeedOf) -> &[PageIndex] {
    match of {
        FeedOf::Language(language) => &site.languages[language].newest,
        FeedOf::Term(term) => &site[term].pages,
    }
}

/// Those that it shows.
pub fn feed_list<'p>(
    site: &'p Site,
    pages: &'p [PageIndex],
    config: &SiteConfig,
) -> impl Iterator<Item = &'p PageIndex> {
    let shown = pages.iter().filter(|it| is_entry(&site[**it]));
    shown.take(config.feeds.limit)
}

type Kinds = Vec<(String, OutputKind)>;

fn pages(site: &Site, kinds: &mut Kinds) {
    for (index, page) in site.pages.iter().enumerate() {
        if page.kind == PageKind::Page {
            kinds.push((page.file.clone(), OutputKind::Page(PageIndex(index as u32))));
        }
    }
}

fn lists(site: &Site, config: &SiteConfig, kinds: &mut Kinds) {
    for (index, section) in site.sections.iter().enumerate() {
        let index = SectionIndex(index as u32);
        if !section.is_listed {
            continue;
        }
        let n_pages = section_list(site, index).len();
        for pager in 1..=n_pagers(n_pages, config) {
            let file = pager_file(&section.path, pager);
            kinds.push((file, OutputKind::Section(index, pager)));
        }
    }
    for (index, taxonomy) in site.taxonomies.iter().enumerate() {
        let index = TaxonomyIndex(index as u32);
        kinds.push((taxonomy.file.clone(), OutputKind::Taxonomy(index)));
    }
    for (index, term) in site.terms.iter().enumerate() {
        let index = TermIndex(index as u32);
        for pager in 1..=n_pagers(term.pages.len(), config) {
            let file = pager_file(&term.path, pager);
            kinds.push((file, OutputKind::Term(index, pager)));
        }
    }
}

fn copies(site: &Site, kinds: &mut Kinds) {
    for (index, redirect) in site.redirects.iter().enumerate() {
        kinds.push((redirect.file.clone(), OutputKind::Redirect(index)));
    }
    for (index, asset) in site.statics.iter().enumerate() {
        kinds.push((asset.path.to_string(), OutputKind::Static(index)));
    }
    for (index, asset) in site.assets.iter().enumerate() {
        if asset.audience == Audience::Everyone {
            let index = AssetIndex(index as u32);
            kinds.push((asset.file.clone(), OutputKind::Asset(index)));
        }
    }
}

fn made_by_the_build(site: &Site, config: &SiteConfig, kinds: &mut Kinds) {
    for language in 0..config.languages.len() {
        let prefix = language_folder(config, language);
        kinds.push((format!("{prefix}404.html"), OutputKind::NotFound(language)));
        for (index, name) in MEMBERS_PAGES.iter().enumerate() {
            let file = format!("{prefix}members/{name}/index.html");
            kinds.push((file, OutputKind::Members(index, language)));
        }
        let of = FeedOf::Language(language);
        for format in FeedFormat::wanted(config).filter(|_| has_feed(site, of)) {
            kinds.push((
                format!("{prefix}{}", format.file()),
                OutputKind::Feed(of, format),
            ));
        }
    }
    for (index, term) in site.terms.iter().enumerate() {
        if !site[term.taxonomy].feed {
            continue;
        }
        let of = FeedOf::Term(TermIndex(index as u32));
        for format in FeedFormat::wanted(config).filter(|_| has_feed(site, of)) {
            let folder = term.file.trim_end_matches("index.html");
            kinds.push((
                format!("{folder}{}", format.file()),
                OutputKind::Feed(of, format),
            ));
        }
    }
    kinds.push(("robots.txt".into(), OutputKind::Robots));
    sitemaps(site, kinds);
}

fn sitemaps(site: &Site, kinds: &mut Kinds) {
    let n_runs = indexed(site).len().div_ceil(SITEMAP_LIMIT);
    if n_runs <= 1 {
        kinds.push(("sitemap.xml".into(), OutputKind::Sitemap(Sitemap::Whole)));
        return;
    }
    kinds.push((
        "sitemap.xml".into(),
        OutputKind::Sitemap(Sitemap::Index(n_runs)),
    ));
    for run in 1..=n_runs {
        kinds.push((sitemap_file(run), OutputKind::Sitemap(Sitemap::Run(run))));
    }
}

/// Pages that a section's list shows: home shows all of its language.
pub fn section_list(site: &Site, index: SectionIndex) -> &[PageIndex] {
    let section = &site[index];
    if section.parent.is_none() {
        &site.languages[section.language].newest
    } else {
        &section.pages
    }
}

/// What a sitemap names: lists first, then pages, without those kept out of search engines.
pub fn indexed(site: &Site) -> Vec<OutputKind> {
    let is_hidden = |page: PageIndex| !is_indexed(&site[page]);
    let sections = (0..site.sections.len() as u32)
        .map(SectionIndex)
        .filter(|index| site[*index].is_listed && !site[*index].page.is_some_and(is_hidden))
        .map(|index| OutputKind::Section(index, 1));
    let taxonomies =
        (0..site.taxonomies.len() as u32).map(|it| OutputKind::Taxonomy(TaxonomyIndex(it)));
    let terms = (0..site.terms.len() as u32).map(|it| OutputKind::Term(TermIndex(it), 1));
    let pages = (0..site.pages.len() as u32)
        .map(PageIndex)
        .filter(|index| site[*index].kind == PageKind::Page && !is_hidden(*index))
        .map(OutputKind::Page);
    sections
        .chain(taxonomies)
        .chain(terms)
        .chain(pages)
        .collect()
}

/// Whether members have anything to do here. Without, nothing of the site leads to their pages.
pub fn has_accounts(site: &Site, config: &SiteConfig) -> bool {
    let has_gates = || site.pages.iter().any(|it| !it.document.gates.is_empty());
    config.edge.members.sign_up != SignUp::Closed
        || config.edge.comments.enabled
        || !config.tiers.is_empty()
        || has_gates()
}

/// Whether a list has a page that its feeds could name. A list without one has no feeds.
pub fn has_feed(site: &Site, of: FeedOf) -> bool {
    feed_pages(site, of).iter().any(|it| is_entry(&site[*it]))
}

/// Whether feeds name a page: readers of feeds sort by date, so a page without one is in none.
fn is_entry(page: &Page) -> bool {
    is_indexed(page) && page.document.front.date.is_some()
}

/// Whether sitemaps name a page: live, and not kept out of search engines.
fn is_indexed(page: &Page) -> bool {
    page.state == PageState::Live && !page.document.front.noindex
}

fn pager_file(list: &str, pager: usize) -> String {
    let path = pager_path(list, pager);
    format!("{}index.html", path.trim_start_matches('/'))
}

/// Ascending by file, one output for each. A static file stands in for what the build would make; nothing else can have
/// the same file, for each has its address to itself.
fn without_doubles(kinds: Kinds) -> Kinds {
    let mut kinds = kinds;
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    kinds.dedup_by(|later, first| later.0 == first.0);
    kinds
}
