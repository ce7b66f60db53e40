//! Fingerprints: what each output depends on, hashed once a page, a term and a language and then combined.
//!
//! Whoever adds a field to a view adds what it is made of here. Too much in a fingerprint costs time, too little
//! leaves an old file in place. What is hashed can be told as well, for `build --why`.

mod print;
mod templates;

use crate::config::SiteConfig;
use crate::routes::MEMBERS_PAGES;
use crate::site::cache::{Fingerprint, Ingredient};
use crate::site::model::{
    Page, PageIndex, PageState, SectionIndex, Site, Standpoint, TermIndex, n_pagers, sidebar,
};
use crate::site::plan::{
    CopiedFiles, FeedOf, OutputKind, Sitemap, feed_list, has_accounts, has_feed, indexed,
    section_list,
};
use crate::site::source::Theme;
use print::{Hash, Print};
use rayon::prelude::*;
use templates::Templates;

/// Raised whenever the same input makes other bytes.
const RENDER_VERSION: u64 = 8;

/// What fingerprints are combined from; of no use with another site than the one it was made from.
#[derive(Clone, Debug)]
pub struct Shared {
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
    words: Hash,
    /// Menu, home page, taxonomies.
    frame: Hash,
}

impl Shared {
    /// Hashes what outputs share.
    pub fn new(site: &Site, config: &SiteConfig, theme: &Theme, files: &CopiedFiles) -> Self {
        let settings = Print::new()
            .number(RENDER_VERSION)
            .text(env!("CARGO_PKG_VERSION"))
            .text(&format!("{config:?}"))
            .text(&format!("{:?}", theme.extra))
            .hash();
        let languages = 0..site.languages.len();
        let terms: Vec<Hash> = site
            .terms
            .iter()
            .map(|it| {
                Print::new()
                    .text(&it.title)
                    .text(&it.url)
                    .number(it.pages.len() as u64)
                    .hash()
            })
            .collect();
        let cards = site
            .pages
            .par_iter()
            .map(|page| card((site, files), page, &terms))
            .collect();
        Shared {
            settings,
            languages: languages
                .map(|it| language(site, config, theme, it))
                .collect(),
            templates: Templates::new(theme, site, files),
            cards,
            terms,
            sidebars: (0..site.sections.len() as u32)
                .map(|index| sidebar(site, SectionIndex(index)))
                .collect(),
        }
    }

    /// What fingerprints are made of, with the site that this was made from.
    pub fn prints<'a>(
        &'a self,
        site: &'a Site,
        config: &'a SiteConfig,
        files: &'a CopiedFiles,
    ) -> Prints<'a> {
        Prints {
            site,
            config,
            files,
            shared: self,
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
    site: &'a Site,
    /// How they show it.
    config: &'a SiteConfig,
    /// What was found in files that are copied.
    files: &'a CopiedFiles,
    /// The rest.
    shared: &'a Shared,
}

impl Prints<'_> {
    /// The fingerprint of one output.
    pub fn of(&self, kind: OutputKind) -> Fingerprint {
        self.print(Print::new(), kind).fingerprint()
    }

    /// Everything that the fingerprint of one output is made of, by name.
    pub fn told(&self, kind: OutputKind) -> Vec<(Ingredient, String)> {
        self.print(Print::telling(), kind).told()
    }

    fn print(&self, print: Print, kind: OutputKind) -> Print {
        let site = self.site;
        match kind {
            OutputKind::Page(index) => {
                let page = &site[index];
                let templates = [page.document.front.template.as_deref(), Some("page.html")];
                let print = self.start(print, "page", page.language);
                let print = self.counterparts(print, Standpoint::Page(index));
                self.page(self.templates(print, templates), index)
            }
            OutputKind::Section(index, pager) => self.section(print, index, pager),
            OutputKind::Taxonomy(index) => {
                let taxonomy = &site[index];
                let print = self.start(print, "taxonomy", taxonomy.language);
                let print = self.counterparts(print, Standpoint::Taxonomy(index));
                self.templates(print, [Some("taxonomy.html")])
                    .of(Ingredient::Pages)
                    .text(&taxonomy.url)
                    .all(taxonomy.terms.iter(), |print, it| {
                        self.shown_term(print, *it)
                    })
            }
            OutputKind::Term(index, pager) => {
                let print = self.term(print, "term", index);
                let print = print.number(u64::from(has_feed(site, FeedOf::Term(index))));
                let print = self.counterparts(print, Standpoint::Term(index));
                let print = self.templates(print, [Some("term.html")]);
                self.pager(print, &site[index].pages, pager)
            }
            OutputKind::Feed(FeedOf::Language(language), format) => {
                let print = self.start(print, format.file(), language);
                self.feed(print, &site.languages[language].newest)
            }
            OutputKind::Feed(FeedOf::Term(index), format) => {
                let print = self.term(print, format.file(), index);
                self.feed(print, &site[index].pages)
            }
            OutputKind::Sitemap(part) => self.sitemap(print, part),
            OutputKind::Robots => {
                let folders = ["/api/", "/admin/"].into_iter();
                let print = self.start(print, "robots", 0);
                folders.fold(print, |print, folder| {
                    print.number(u64::from(site.has_pages_below(folder)))
                })
            }
            OutputKind::NotFound(language) => {
                let print = self.start(print, "404", language);
                let print = self.counterparts(print, Standpoint::Nowhere(language));
                self.templates(print, [Some("404.html")])
            }
            OutputKind::Redirect(index) => {
                let redirect = &site.redirects[index];
                let page = &site[redirect.to];
                let print = self.start(print, "redirect", page.language);
                self.templates(print, [Some("redirect.html")])
                    .of(Ingredient::Pages)
                    .name(|| page.document.path.to_string())
                    .text(&page.url)
                    .text(&page.document.front.title)
            }
            OutputKind::Members(index, language) => {
                let template = format!("members/{}.html", MEMBERS_PAGES[index]);
                let print = self.start(print, "members", language).number(index as u64);
                self.templates(print, [Some(template.as_str())])
            }
            OutputKind::Static(index) => {
                let hash = &self.files.statics[index].hash;
                self.copy(print, &site.statics[index].origin, hash)
            }
            OutputKind::Asset(index) => {
                let hash = &self.files.assets[index.0 as usize].hash;
                self.copy(print, &site[index].asset.origin, hash)
            }
        }
    }

    /// Of a file that is copied: what lies beside it depends on the settings.
    fn copy(&self, print: Print, origin: &str, hash: &Hash) -> Print {
        print
            .of(Ingredient::Text)
            .name(|| origin.to_owned())
            .bytes(hash)
            .of(Ingredient::Settings)
            .name(|| "precompress".into())
            .number(u64::from(self.config.precompress))
    }

    fn start(&self, print: Print, what: &str, language: usize) -> Print {
        let own = &self.shared.languages[language];
        let code = || self.config.languages[language].code.clone();
        print
            .of(Ingredient::Settings)
            .text(what)
            .number(language as u64)
            .name(|| "site.toml".into())
            .bytes(&self.shared.settings)
            .of(Ingredient::Words)
            .name(code)
            .bytes(&own.words)
            .of(Ingredient::Sections)
            .name(|| format!("menu and taxonomies of {}", code()))
            .bytes(&own.frame)
    }

    /// What these templates reach; a page may name one that is not there.
    fn templates<'n>(
        &self,
        print: Print,
        names: impl IntoIterator<Item = Option<&'n str>>,
    ) -> Print {
        let names = names.into_iter().flatten();
        names.fold(print, |print, name| self.shared.templates.add(print, name))
    }

    fn page(&self, print: Print, index: PageIndex) -> Print {
        let site = self.site;
        let page = &site[index];
        let series = page
            .terms
            .iter()
            .filter(|it| site[site[**it].taxonomy].name == "series");
        let paywall = (!page.document.gates.is_empty()).then_some("paywall.html");
        let print = self.templates(print, [paywall]);
        self.translations(print, index)
            .all(page.previous.iter(), |print, it| self.card(print, *it))
            .all(page.next.iter(), |print, it| self.card(print, *it))
            .all(page.related.iter(), |print, it| self.card(print, *it))
            .all(series.flat_map(|it| &site[*it].pages), |print, it| {
                self.card(print, *it)
            })
            .of(Ingredient::Text)
            .name(|| page.document.path.to_string())
            .bytes(&page.document.hash)
            .links(page, self.files)
            .of(Ingredient::Sections)
            .all(above(site, page.section), |print, it| {
                self.shown_section(print, it)
            })
            .all(self.sidebar(page.section).iter(), |print, it| {
                print.bytes(it)
            })
    }

    /// The tree that stands beside what lies in a section.
    fn sidebar(&self, section: Option<SectionIndex>) -> Option<Hash> {
        let root = sidebar::root(self.site, section)?;
        self.shared.sidebars[root.0 as usize]
    }

    fn section(&self, print: Print, index: SectionIndex, pager: usize) -> Print {
        let site = self.site;
        let section = &site[index];
        let own = section.page.map(|it| &site[it].document.front);
        let usual = match section.parent {
            None => "home.html",
            Some(_) => "section.html",
        };
        let named = own.and_then(|it| it.template.as_deref());
        let print = self.start(print, "section", section.language);
        let print = self.counterparts(print, Standpoint::Section(index));
        let mut print = self
            .templates(print, [named, Some(usual)])
            .of(Ingredient::Sections)
            .text(&section.title)
            .text(&section.url)
            .all(section.sections.iter(), |print, it| {
                self.shown_section(print, *it)
            })
            .all(above(site, section.parent), |print, it| {
                self.shown_section(print, it)
            })
            .all(self.sidebar(Some(index)).iter(), |print, it| {
                print.bytes(it)
            });
        if let Some(page) = section.page {
            print = self.page(print, page);
        }
        self.pager(print, section_list(site, index), pager)
    }

    fn term(&self, print: Print, what: &str, index: TermIndex) -> Print {
        let taxonomy = &self.site[self.site[index].taxonomy];
        let print = self
            .start(print, what, taxonomy.language)
            .of(Ingredient::Pages)
            .text(&taxonomy.url);
        self.shown_term(print, index)
    }

    fn shown_term(&self, print: Print, term: TermIndex) -> Print {
        print
            .name(|| self.site[term].url.clone())
            .bytes(&self.shared.terms[term.0 as usize])
    }

    fn shown_section(&self, print: Print, section: SectionIndex) -> Print {
        let section = &self.site[section];
        print
            .name(|| section.url.clone())
            .text(&section.title)
            .text(&section.url)
    }

    /// A page as lists show it.
    fn card(&self, print: Print, page: PageIndex) -> Print {
        print
            .name(|| self.site[page].document.path.to_string())
            .bytes(&self.shared.cards[page.0 as usize])
    }

    /// A page as others see it, with what it is in other languages.
    fn translations(&self, print: Print, page: PageIndex) -> Print {
        let site = self.site;
        let others = site[page].translations.iter();
        let others = others.flat_map(|it| &site.translations[*it as usize]);
        let print = self.card(print.of(Ingredient::Pages), page);
        print.all(others, |print, it| {
            self.card(print.number(site[*it].language as u64), *it)
        })
    }

    /// Where the switch of languages leads.
    fn counterparts(&self, print: Print, of: Standpoint) -> Print {
        let print = print.of(Ingredient::Sections);
        print.all(self.site.counterparts(of), |print, it| {
            print
                .name(|| it.url.to_owned())
                .number(it.language as u64)
                .number(u64::from(it.is_same))
                .text(it.url)
        })
    }

    fn pager(&self, print: Print, pages: &[PageIndex], pager: usize) -> Print {
        let by = self.config.paginate_by.max(1);
        let shown = pages.iter().skip((pager - 1) * by).take(by);
        print
            .of(Ingredient::Pages)
            .number(pager as u64)
            .number(n_pagers(pages.len(), self.config) as u64)
            .all(shown, |print, it| self.card(print, *it))
    }

    /// Feeds may carry whole bodies, and leave out pages that are not live: more than the limit is hashed for that.
    fn feed(&self, print: Print, pages: &[PageIndex]) -> Print {
        let site = self.site;
        let shown = feed_list(site, pages, self.config);
        print.of(Ingredient::Pages).all(shown, |print, it| {
            self.card(print, *it)
                .bytes(&site[*it].document.hash)
                .links(&site[*it], self.files)
                .of(Ingredient::Pages)
        })
    }

    fn sitemap(&self, print: Print, part: Sitemap) -> Print {
        let site = self.site;
        let print = self.start(print, "sitemap", 0);
        let print = print.of(Ingredient::Pages).text(&format!("{part:?}"));
        print.all(indexed(site).into_iter(), |print, kind| match kind {
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
    }
}

fn language(site: &Site, config: &SiteConfig, theme: &Theme, language: usize) -> Language {
    let texts = theme.texts.get(&config.languages[language].code);
    let own = &site.languages[language];
    let taxonomies = site.taxonomies.iter().filter(|it| it.language == language);
    let words = Print::new().all(
        texts.iter().flat_map(|it| it.iter()),
        |print, (key, text)| print.text(key).text(text),
    );
    let frame = Print::new()
        .all(own.menu.iter(), |print, it| {
            print.text(&it.title).text(&it.url)
        })
        .text(&format!("{:?}", own.footer))
        .all(own.home.iter(), |print, it| print.text(&site[*it].url))
        .number(u64::from(has_accounts(site, config)))
        .number(u64::from(has_feed(site, FeedOf::Language(language))))
        .all(taxonomies, |print, it| print.text(&it.name).text(&it.url));
    Language {
        words: words.hash(),
        frame: frame.hash(),
    }
}

/// The tree of a section that is the root of one.
fn sidebar(site: &Site, section: SectionIndex) -> Option<Hash> {
    let root = sidebar::root(site, Some(section)).filter(|it| *it == section)?;
    let tree = format!("{:?}", sidebar::tree(site, root));
    Some(Print::new().text(&tree).hash())
}

/// What a list shows of a page; less than the page, so that an edit of a body leaves most lists fresh.
fn card((site, files): (&Site, &CopiedFiles), page: &Page, terms: &[Hash]) -> Hash {
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
        .number(u64::from(
            document
                .public_counts
                .with(document.gated_counts)
                .reading_minutes(),
        ))
        .number(document.gates.len() as u64)
        .all(document.gates.iter(), |print, it| {
            print.text(&it.access.to_string())
        })
        .all(cover.into_iter(), |print, it| {
            let link = it.link as usize;
            let target = &page.links[link];
            print
                .text(&target.href)
                .text(&it.alt)
                .number(u64::from(target.to.is_dead()))
                .size(files.size(page, link))
        })
        .all(page.terms.iter(), |print, it| {
            print
                .text(&site[site[*it].taxonomy].name)
                .bytes(&terms[it.0 as usize])
        })
        .hash()
}

/// Sections above a page, nearest first.
fn above(site: &Site, from: Option<SectionIndex>) -> impl Iterator<Item = SectionIndex> + '_ {
    std::iter::successors(from, |it| site[*it].parent)
}
