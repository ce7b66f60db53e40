//! The newest public pages of a language or term for feed readers, as Atom, RSS and JSON. Public text only; what is
//! gated is a line with a link to the page.

mod formats;

use crate::clock::Timestamp;
use crate::config::SiteConfig;
use crate::escape;
use crate::ids::Access;
use crate::site::error::BuildError;
use crate::site::fingerprint::{FingerprintBuilder, Ingredient};
use crate::site::model::{self, FeedFormat, FeedOf, PageIndex, Site, TermIndex, language_folder};
use crate::site::outputs::{Kind, Sources};
use crate::site::parse::Part;
use crate::site::render::html::{Filling, PublicHtml, Shown, without_controls};
use crate::site::render::view::CardView;
use crate::site::render::{LanguageContext, RenderContext, Rendered};

/// The output of one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Feed {
    of: FeedOf,
    format: FeedFormat,
}

/// All of them.
pub fn all(site: &Site, config: &SiteConfig) -> Vec<(String, Feed)> {
    let languages = 0..config.languages.len();
    let of_languages = languages.map(|it| {
        (
            FeedOf::Language(it),
            language_folder(config, it).to_string(),
        )
    });
    let terms = site.terms.iter().enumerate();
    let terms = terms.filter(|(_, it)| site[it.taxonomy].feed);
    let of_terms = terms.map(|(index, it)| {
        let folder = it.file.trim_end_matches("index.html");
        (FeedOf::Term(TermIndex(index as u32)), folder.to_owned())
    });
    let lists = of_languages.chain(of_terms);
    let lists = lists.filter(|(of, _)| site.has_feed(*of));
    lists
        .flat_map(|(of, folder)| {
            let formats = FeedFormat::wanted(config);
            formats.map(move |format| (format!("{folder}{}", format.file()), Feed { of, format }))
        })
        .collect()
}

impl Kind for Feed {
    /// Entries may carry whole bodies.
    fn sources(&self, known: &Sources, builder: FingerprintBuilder) -> FingerprintBuilder {
        let site = known.site;
        let what = self.format.file();
        let builder = match self.of {
            FeedOf::Language(language) => known.start(builder, what, language),
            FeedOf::Term(index) => {
                let taxonomy = &site[site[index].taxonomy];
                let builder = known.start(builder, what, taxonomy.language);
                known.term(builder.of(Ingredient::Pages), index)
            }
        };
        let entries = site.entries(self.of, known.config.feeds.limit);
        builder.of(Ingredient::Pages).all(entries, |builder, it| {
            known
                .card(builder, it)
                .bytes(&site[it].document.hash)
                .links(&site[it], known.files)
                .of(Ingredient::Pages)
        })
    }

    fn render<'a>(&self, context: &RenderContext<'a>, _: &str) -> Result<Rendered<'a>, BuildError> {
        let view = view(context, *self)?;
        Ok(Rendered::text(match self.format {
            FeedFormat::Atom => formats::atom(context, &view),
            FeedFormat::Rss => formats::rss(context, &view),
            FeedFormat::Json => formats::json(context, &view),
        }))
    }

    fn shows_text_of(&self, site: &Site, config: &SiteConfig, pages: &[PageIndex]) -> bool {
        let mut entries = site.entries(self.of, config.feeds.limit);
        entries.any(|it| pages.contains(&it))
    }
}

/// What all three formats say.
struct FeedContent<'a> {
    title: String,
    description: &'a str,
    language: &'a str,
    /// Absolute address of the list that the feed belongs to.
    home: String,
    /// Absolute address of the feed itself.
    own: String,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    card: &'a CardView,
    url: String,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    summary: String,
    /// Public HTML with absolute addresses; `None` where feeds carry summaries.
    content: Option<String>,
}

fn view<'a>(context: &'a RenderContext, feed: Feed) -> Result<FeedContent<'a>, BuildError> {
    let site = context.site;
    let (language, title, url) = match feed.of {
        FeedOf::Language(index) => {
            let language = &context.languages[index];
            let view = &language.view;
            (language, view.title.clone(), &view.home_url)
        }
        FeedOf::Term(index) => {
            let term = &site[index];
            let language = &context.languages[site[term.taxonomy].language];
            let title = format!("{} · {}", term.title, language.view.title);
            (language, title, &term.url)
        }
    };
    let home = context.absolute(url);
    let entries = site.entries(feed.of, context.config.feeds.limit);
    let entries = entries.map(|it| entry(context, language, it));
    Ok(FeedContent {
        title: without_controls(&title),
        description: &language.view.description,
        language: &language.code,
        own: format!("{home}{}", feed.format.file()),
        home,
        entries: entries.collect::<Result<_, _>>()?,
    })
}

fn entry<'a>(
    context: &'a RenderContext,
    language: &LanguageContext,
    index: PageIndex,
) -> Result<Entry<'a>, BuildError> {
    let page = &context.site[index];
    let card = context.card(index);
    let front = &page.document.front;
    let url = context.absolute(&page.url);
    let content = match context.config.feeds.full_text {
        true => Some(content(context, language, page, &url)?),
        false => None,
    };
    let is_summary = content.is_none() && card.has_gated_parts;
    let hint = is_summary
        .then(|| Access::parse(&card.parts_access))
        .flatten();
    let hint = hint.map(|it| partly(language, &it));
    let pieces = [Some(card.summary.as_str()), hint.as_deref()];
    let pieces = pieces.into_iter().flatten().filter(|it| !it.is_empty());
    let summary = without_controls(&pieces.collect::<Vec<_>>().join(" · "));
    Ok(Entry {
        card,
        published: front.date,
        updated: front.updated.or(front.date),
        summary,
        content,
        url,
    })
}

/// Public parts, and one line for each run of gated ones.
fn content(
    context: &RenderContext,
    language: &LanguageContext,
    page: &model::Page,
    url: &str,
) -> Result<String, BuildError> {
    let hrefs: Vec<String> = page
        .links
        .iter()
        .map(|it| absolute(context, &it.href, url))
        .collect();
    let line = |access: &Access| {
        let (url, text) = (escape::xml(url), escape::xml(&gated(language, access)));
        format!("<p><a href=\"{url}\">{text}</a></p>\n")
    };
    let mut html = String::new();
    let mut gate_before = None;
    for part in &context.bodies.of(&page.document)?.parts {
        match part {
            Part::Public { html: fragment, .. } => {
                let filling = |link: u32| Filling {
                    href: hrefs.get(link as usize).map_or("", String::as_str),
                    size: context.files.size(page, link as usize),
                    shown: Shown::of(page.links.get(link as usize)),
                };
                let filled = PublicHtml::fill(fragment, filling, |word| language.word(word));
                html.push_str(filled.as_str());
                gate_before = None;
            }
            Part::Gated { access, .. } => {
                if gate_before != Some(access) {
                    html.push_str(&line(access));
                }
                gate_before = Some(access);
            }
        }
    }
    Ok(without_controls(&html))
}

/// What stands in the place of gated parts: for whom they are.
fn gated(language: &LanguageContext, access: &Access) -> String {
    let english = "This part is for {who}: read it on the site.";
    said(language, access, ("feed_gated", english))
}

/// The same behind a summary.
fn partly(language: &LanguageContext, access: &Access) -> String {
    said(language, access, ("for_some", "Partly for {who}"))
}

/// A text that names those who may read, in three forms.
fn said(language: &LanguageContext, access: &Access, (key, english): (&str, &str)) -> String {
    let text = |ending: &str, who: &str| {
        let key = format!("{key}{ending}");
        language.text(&key, &english.replace("{who}", who))
    };
    match access {
        Access::Public | Access::Members => text("", "members"),
        Access::Paid => text("_paid", "subscribers"),
        Access::Tier(id) => {
            let mut tiers = language.view.tiers.iter();
            let name = tiers.find(|it| it.id == id.as_str()).map(|it| &it.name);
            text("_tier", "{tier}").replace("{tier}", name.map_or("", String::as_str))
        }
    }
}

fn absolute(context: &RenderContext, href: &str, page: &str) -> String {
    match href.starts_with('#') {
        true => format!("{page}{href}"),
        false => context.absolute(href),
    }
}
