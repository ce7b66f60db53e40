//! Fingerprints: what each output depends on, hashed once a page, a term and a language and then combined.
//!
//! Whoever adds a field to a view adds what it is made of here. Too much in a fingerprint costs time, too little
//! leaves an old file in place.

use crate::config::SiteConfig;
use crate::site::model::{Destination, Page, PageIndex, PageState, SectionIndex, Site, TermIndex};
use crate::site::plan::{
    CopiedFiles, FeedOf, Fingerprint, OutputKind, Sitemap, feed_list, indexed, n_pagers,
    section_list,
};
use crate::site::source::{PictureSize, Theme};
use rayon::prelude::*;

/// Raised whenever the same input makes other bytes.
const RENDER_VERSION: u64 = 2;

/// What fingerprints are combined from; of no use with another site than the one it was made from.
#[derive(Clone, Debug)]
pub struct Shared {
    /// By language: settings, interface texts, all templates, menu, versions of static files.
    common: Vec<Fingerprint>,
    /// By page: what a list shows of it.
    cards: Vec<Fingerprint>,
    /// By term: what a page shows of it.
    terms: Vec<Fingerprint>,
}

impl Shared {
    /// Hashes what outputs share.
    pub fn new(site: &Site, config: &SiteConfig, theme: &Theme, files: &CopiedFiles) -> Self {
        let whole = Print::new()
            .number(RENDER_VERSION)
            .text(env!("CARGO_PKG_VERSION"))
            .text(&format!("{config:?}"))
            .text(&format!("{:?}", theme.extra))
            .all(theme.templates.iter(), |print, (name, it)| {
                print.text(name).text(&it.text)
            })
            .all(
                site.statics.iter().zip(&files.statics),
                |print, (it, facts)| print.text(&it.path).bytes(&facts.hash),
            )
            .done();
        let common = (0..site.languages.len())
            .map(|language| common(site, config, theme, language, &whole))
            .collect();
        let terms: Vec<Fingerprint> = site
            .terms
            .iter()
            .map(|it| {
                Print::new()
                    .text(&it.title)
                    .text(&it.url)
                    .number(it.pages.len() as u64)
                    .done()
            })
            .collect();
        let cards = site
            .pages
            .par_iter()
            .map(|page| card((site, files), page, &terms))
            .collect();
        Shared {
            common,
            cards,
            terms,
        }
    }

    /// Hashes the cards of these pages anew; whether any is other than it was.
    pub fn renew(&mut self, site: &Site, files: &CopiedFiles, pages: &[PageIndex]) -> bool {
        pages.iter().fold(false, |is_other, index| {
            let card = card((site, files), &site[*index], &self.terms);
            let before = std::mem::replace(&mut self.cards[index.0 as usize], card);
            is_other || before != card
        })
    }
}

/// A site with all that its fingerprints are combined from.
pub struct Prints<'a> {
    /// What outputs show.
    pub site: &'a Site,
    /// How they show it.
    pub config: &'a SiteConfig,
    /// What was found in files that are copied.
    pub files: &'a CopiedFiles,
    /// The rest.
    pub shared: &'a Shared,
}

impl Prints<'_> {
    /// The fingerprint of one output.
    pub fn of(&self, kind: OutputKind) -> Fingerprint {
        let site = self.site;
        match kind {
            OutputKind::Page(index) => self
                .page(self.start("page", site[index].language), index)
                .done(),
            OutputKind::Section(index, pager) => self.section(index, pager),
            OutputKind::Taxonomy(index) => {
                let taxonomy = &site[index];
                self.start("taxonomy", taxonomy.language)
                    .text(&taxonomy.url)
                    .all(taxonomy.terms.iter(), |print, it| {
                        print.bytes(&self.shared.terms[it.0 as usize])
                    })
                    .done()
            }
            OutputKind::Term(index, pager) => self
                .term("term", index)
                .pager(&site[index].pages, pager, self)
                .done(),
            OutputKind::Feed(FeedOf::Language(language), format) => self
                .start(format.file(), language)
                .feed(&site.languages[language].newest, self)
                .done(),
            OutputKind::Feed(FeedOf::Term(index), format) => self
                .term(format.file(), index)
                .feed(&site[index].pages, self)
                .done(),
            OutputKind::Sitemap(part) => self.sitemap(part),
            OutputKind::Robots => self.start("robots", 0).done(),
            OutputKind::NotFound(language) => self.start("404", language).done(),
            OutputKind::Redirect(index) => {
                let redirect = &site.redirects[index];
                let page = &site[redirect.to];
                self.start("redirect", page.language)
                    .text(&page.url)
                    .text(&page.document.front.title)
                    .done()
            }
            OutputKind::Members(index, language) => {
                self.start("members", language).number(index as u64).done()
            }
            OutputKind::Static(index) => self.copy(&self.files.statics[index].hash),
            OutputKind::Asset(index) => self.copy(&self.files.assets[index.0 as usize].hash),
        }
    }

    /// Of a file that is copied: what lies beside it depends on the settings.
    fn copy(&self, hash: &Fingerprint) -> Fingerprint {
        Print::new()
            .bytes(hash)
            .number(u64::from(self.config.precompress))
            .done()
    }

    fn start(&self, what: &str, language: usize) -> Print {
        Print::new().text(what).bytes(&self.shared.common[language])
    }

    fn page(&self, print: Print, index: PageIndex) -> Print {
        let site = self.site;
        let page = &site[index];
        let series = page
            .terms
            .iter()
            .filter(|it| site[site[**it].taxonomy].name == "series");
        self.translations(print, index)
            .bytes(&page.document.hash)
            .links(page, self.files)
            .all(page.previous.iter(), |print, it| {
                print.bytes(&self.shared.cards[it.0 as usize])
            })
            .all(page.next.iter(), |print, it| {
                print.bytes(&self.shared.cards[it.0 as usize])
            })
            .all(page.related.iter(), |print, it| {
                print.bytes(&self.shared.cards[it.0 as usize])
            })
            .all(series.flat_map(|it| &site[*it].pages), |print, it| {
                print.bytes(&self.shared.cards[it.0 as usize])
            })
            .all(above(site, page.section), |print, it| {
                print.text(&site[it].title).text(&site[it].url)
            })
    }

    fn section(&self, index: SectionIndex, pager: usize) -> Fingerprint {
        let site = self.site;
        let section = &site[index];
        let mut print = self
            .start("section", section.language)
            .text(&section.title)
            .text(&section.url)
            .all(section.sections.iter(), |print, it| {
                print.text(&site[*it].title).text(&site[*it].url)
            })
            .all(above(site, section.parent), |print, it| {
                print.text(&site[it].title).text(&site[it].url)
            });
        if let Some(page) = section.page {
            print = self.page(print, page);
        }
        print.pager(section_list(site, index), pager, self).done()
    }

    fn term(&self, what: &str, index: TermIndex) -> Print {
        let site = self.site;
        let taxonomy = &site[site[index].taxonomy];
        self.start(what, taxonomy.language)
            .text(&taxonomy.url)
            .bytes(&self.shared.terms[index.0 as usize])
    }

    /// A page as others see it, with what it is in other languages.
    fn translations(&self, print: Print, page: PageIndex) -> Print {
        let site = self.site;
        let others = site[page].translations.iter();
        let others = others.flat_map(|it| &site.translations[*it as usize]);
        print
            .bytes(&self.shared.cards[page.0 as usize])
            .all(others, |print, it| {
                print
                    .number(site[*it].language as u64)
                    .bytes(&self.shared.cards[it.0 as usize])
            })
    }

    fn sitemap(&self, part: Sitemap) -> Fingerprint {
        let site = self.site;
        let print = self.start("sitemap", 0).text(&format!("{part:?}"));
        print
            .all(indexed(site).into_iter(), |print, kind| match kind {
                OutputKind::Page(page) => self.translations(print, page),
                OutputKind::Section(section, _) => {
                    let print = print.text(&site[section].url);
                    match site[section].page {
                        Some(page) => self.translations(print, page),
                        None => print,
                    }
                }
                OutputKind::Taxonomy(taxonomy) => print.text(&site[taxonomy].url),
                OutputKind::Term(term, _) => print.text(&site[term].url),
                _ => print,
            })
            .done()
    }
}

fn common(
    site: &Site,
    config: &SiteConfig,
    theme: &Theme,
    language: usize,
    whole: &Fingerprint,
) -> Fingerprint {
    let texts = theme.texts.get(&config.languages[language].code);
    let own = &site.languages[language];
    let taxonomies = site.taxonomies.iter().filter(|it| it.language == language);
    Print::new()
        .bytes(whole)
        .number(language as u64)
        .all(
            texts.iter().flat_map(|it| it.iter()),
            |print, (key, text)| print.text(key).text(text),
        )
        .all(own.menu.iter(), |print, it| {
            print.text(&it.title).text(&it.url)
        })
        .all(own.home.iter(), |print, it| print.text(&site[*it].url))
        .all(taxonomies, |print, it| print.text(&it.name).text(&it.url))
        .done()
}

/// What a list shows of a page; less than the page, so that an edit of a body leaves most lists fresh.
fn card((site, files): (&Site, &CopiedFiles), page: &Page, terms: &[Fingerprint]) -> Fingerprint {
    let document = &page.document;
    let front = &document.front;
    let time =
        |time: Option<crate::clock::Timestamp>| time.map_or(i64::MIN, |it| it.as_millis()) as u64;
    let cover = front.cover.as_ref();
    let state = match page.state {
        PageState::Live => 0,
        PageState::Draft => 1,
        PageState::Scheduled => 2,
        PageState::Expired => 3,
    };
    Print::new()
        .text(page.id.as_str())
        .text(&page.url)
        .number(state)
        .text(&front.title)
        .number(time(front.date))
        .number(time(front.updated))
        .maybe(front.description.as_deref())
        .maybe(front.summary.as_deref())
        .text(&front.access.to_string())
        .number(u64::from(front.noindex))
        .text(&document.lead)
        .maybe(document.summary.as_deref())
        .number(u64::from(document.public_counts.reading_minutes()))
        .number(document.gates.len() as u64)
        .all(cover.into_iter(), |print, it| {
            let link = it.link as usize;
            let target = &page.links[link];
            print
                .text(&target.href)
                .text(&it.alt)
                .number(u64::from(target.to == Destination::Nowhere))
                .size(files.size(page, link))
        })
        .all(page.terms.iter(), |print, it| {
            print
                .text(&site[site[*it].taxonomy].name)
                .bytes(&terms[it.0 as usize])
        })
        .done()
}

/// Sections above a page, nearest first.
fn above(site: &Site, from: Option<SectionIndex>) -> impl Iterator<Item = SectionIndex> + '_ {
    std::iter::successors(from, |it| site[*it].parent)
}

/// A hash in the making. Every piece carries its length, so that no two runs of pieces look the same. The pieces are
/// small and many, and hashing them together is cheaper than one by one.
struct Print(Vec<u8>);

impl Print {
    fn new() -> Self {
        Print(Vec::with_capacity(1024))
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0
            .extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Nothing is not the same as an empty text.
    fn maybe(self, text: Option<&str>) -> Self {
        self.all(text.into_iter(), Print::text)
    }

    fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn all<T>(self, items: impl Iterator<Item = T>, add: impl Fn(Print, T) -> Print) -> Self {
        let mut n_items = 0;
        let print = items.fold(self, |print, item| {
            n_items += 1;
            add(print, item)
        });
        print.number(n_items)
    }

    /// Where the links of a page lead, and how large the pictures are that it shows, gated ones too.
    fn links(self, page: &Page, files: &CopiedFiles) -> Self {
        self.all(page.links.iter().enumerate(), |print, (link, it)| {
            print.text(&it.href).size(files.size(page, link))
        })
    }

    fn size(self, size: Option<PictureSize>) -> Self {
        self.all(size.into_iter(), |print, it| {
            print.number(it.width.into()).number(it.height.into())
        })
    }

    fn pager(self, pages: &[PageIndex], pager: usize, prints: &Prints) -> Self {
        let by = prints.config.paginate_by.max(1);
        let shown = pages.iter().skip((pager - 1) * by).take(by);
        self.number(pager as u64)
            .number(n_pagers(pages.len(), prints.config) as u64)
            .all(shown, |print, it| {
                print.bytes(&prints.shared.cards[it.0 as usize])
            })
    }

    /// Feeds may carry whole bodies, and leave out pages that are not live: more than the limit is hashed for that.
    fn feed(self, pages: &[PageIndex], prints: &Prints) -> Self {
        let site = prints.site;
        let shown = feed_list(site, pages, prints.config);
        self.all(shown, |print, it| {
            print
                .bytes(&site[*it].document.hash)
                .bytes(&prints.shared.cards[it.0 as usize])
                .links(&site[*it], prints.files)
        })
    }

    fn done(self) -> Fingerprint {
        *blake3::hash(&self.0).as_bytes()
    }
}
