//! Atom, RSS and JSON feeds. Public text only; what is gated is a line with a link to the page.

use crate::clock::Timestamp;
use crate::escape;
use crate::ids::Access;
use crate::site::error::BuildError;
use crate::site::model::{FeedFormat, Page, PageIndex};
use crate::site::parse::Part;
use crate::site::plan::{FeedOf, feed_list, feed_pages};
use crate::site::render::html::{Filling, PublicHtml, Shown, without_controls};
use crate::site::render::scene::{LanguageScene, Scene};
use crate::site::render::view::CardView;
use serde::Serialize;

/// What all three formats say.
struct Feed<'a> {
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

/// The newest public pages of a language or term.
pub fn feed(scene: &Scene, of: FeedOf, format: FeedFormat) -> Result<PublicHtml, BuildError> {
    let site = scene.site;
    let pages = feed_pages(site, of);
    let (language, title, url) = match of {
        FeedOf::Language(index) => {
            let language = &scene.languages[index];
            let view = &language.view;
            (language, view.title.clone(), &view.home_url)
        }
        FeedOf::Term(index) => {
            let term = &site[index];
            let language = &scene.languages[site[term.taxonomy].language];
            let title = format!("{} · {}", term.title, language.view.title);
            (language, title, &term.url)
        }
    };
    let home = scene.absolute(url);
    let feed = Feed {
        title: without_controls(&title),
        description: &language.view.description,
        language: &language.code,
        own: format!("{home}{}", format.file()),
        home,
        entries: feed_list(site, pages, scene.config)
            .map(|it| entry(scene, language, *it))
            .collect::<Result<_, _>>()?,
    };
    Ok(PublicHtml::new(match format {
        FeedFormat::Atom => atom(scene, &feed),
        FeedFormat::Rss => rss(scene, &feed),
        FeedFormat::Json => json(scene, &feed),
    }))
}

fn entry<'a>(
    scene: &'a Scene,
    language: &LanguageScene,
    index: PageIndex,
) -> Result<Entry<'a>, BuildError> {
    let page = &scene.site[index];
    let card = scene.card(index);
    let front = &page.document.front;
    let url = scene.absolute(&page.url);
    let content = match scene.config.feeds.full_text {
        true => Some(content(scene, language, page, &url)?),
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
    scene: &Scene,
    language: &LanguageScene,
    page: &Page,
    url: &str,
) -> Result<String, BuildError> {
    let hrefs: Vec<String> = page
        .links
        .iter()
        .map(|it| absolute(scene, &it.href, url))
        .collect();
    let line = |access: &Access| {
        let (url, text) = (escape::xml(url), escape::xml(&gated(language, access)));
        format!("<p><a href=\"{url}\">{text}</a></p>\n")
    };
    let mut html = String::new();
    let mut gate_before = None;
    for part in &scene.bodies.of(&page.document)?.parts {
        match part {
            Part::Public { html: fragment, .. } => {
                let filling = |link: u32| Filling {
                    href: hrefs.get(link as usize).map_or("", String::as_str),
                    size: scene.files.size(page, link as usize),
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
fn gated(language: &LanguageScene, access: &Access) -> String {
    let english = "This part is for {who}: read it on the site.";
    said(language, access, ("feed_gated", english))
}

/// The same behind a summary.
fn partly(language: &LanguageScene, access: &Access) -> String {
    said(language, access, ("for_some", "Partly for {who}"))
}

/// A text that names those who may read, in three forms.
fn said(language: &LanguageScene, access: &Access, (key, english): (&str, &str)) -> String {
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

fn absolute(scene: &Scene, href: &str, page: &str) -> String {
    match href.starts_with('#') {
        true => format!("{page}{href}"),
        false => scene.absolute(href),
    }
}

/// When any page of the feed last changed; 1970 for an empty feed, so that the same input makes the same bytes.
fn last_change(feed: &Feed) -> Timestamp {
    let times = feed.entries.iter().filter_map(|it| it.updated);
    times.max().unwrap_or(Timestamp::from_millis(0))
}

fn atom(scene: &Scene, feed: &Feed) -> String {
    use atom_syndication as atom;
    let time = |at: Timestamp| {
        scene
            .iso(at)
            .parse::<atom::FixedDateTime>()
            .unwrap_or_default()
    };
    let link = |rel: &str, href: &str, mime_type: Option<&str>| atom::Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: mime_type.map(str::to_owned),
        ..atom::Link::default()
    };
    let entries = feed.entries.iter().map(|entry| atom::Entry {
        title: atom::Text::plain(without_controls(&entry.card.title)),
        id: entry.url.clone(),
        updated: time(entry.updated.unwrap_or(Timestamp::from_millis(0))),
        published: entry.published.map(time),
        authors: authors(feed, entry)
            .map(|name| atom::Person {
                name,
                ..atom::Person::default()
            })
            .collect(),
        categories: entry
            .card
            .tags
            .iter()
            .map(|it| atom::Category {
                term: without_controls(&it.title),
                ..atom::Category::default()
            })
            .collect(),
        links: vec![link("alternate", &entry.url, None)],
        summary: (!entry.summary.is_empty()).then(|| atom::Text::plain(entry.summary.clone())),
        content: entry.content.as_ref().map(|html| atom::Content {
            value: Some(html.clone()),
            content_type: Some("html".into()),
            ..atom::Content::default()
        }),
        ..atom::Entry::default()
    });
    let document = atom::Feed {
        title: atom::Text::plain(feed.title.clone()),
        id: feed.home.clone(),
        updated: time(last_change(feed)),
        links: vec![
            link("self", &feed.own, Some("application/atom+xml")),
            link("alternate", &feed.home, Some("text/html")),
        ],
        subtitle: (!feed.description.is_empty())
            .then(|| atom::Text::plain(without_controls(feed.description))),
        generator: Some(atom::Generator {
            value: "Lyceum".into(),
            ..atom::Generator::default()
        }),
        lang: Some(feed.language.to_owned()),
        entries: entries.collect(),
        ..atom::Feed::default()
    };
    format!("{}\n", document.to_string())
}

fn rss(scene: &Scene, feed: &Feed) -> String {
    let time =
        |at: Timestamp| jiff::fmt::rfc2822::to_string(&at.in_zone(&scene.config.timezone)).ok();
    let items = feed.entries.iter().map(|entry| rss::Item {
        title: Some(without_controls(&entry.card.title)),
        link: Some(entry.url.clone()),
        description: Some(entry.summary.clone()),
        content: entry.content.clone(),
        guid: Some(rss::Guid {
            value: entry.url.clone(),
            permalink: true,
        }),
        pub_date: entry.published.and_then(time),
        categories: entry
            .card
            .tags
            .iter()
            .map(|it| rss::Category {
                name: without_controls(&it.title),
                domain: None,
            })
            .collect(),
        ..rss::Item::default()
    });
    let channel = rss::Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: match feed.description {
            "" => feed.title.clone(),
            own => without_controls(own),
        },
        language: Some(feed.language.to_owned()),
        last_build_date: time(last_change(feed)),
        generator: Some("Lyceum".into()),
        namespaces: [(
            "content".to_owned(),
            "http://purl.org/rss/1.0/modules/content/".to_owned(),
        )]
        .into(),
        items: items.collect(),
        ..rss::Channel::default()
    };
    format!("{channel}\n")
}

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    language: &'a str,
    items: Vec<JsonItem<'a>>,
}

#[derive(Serialize)]
struct JsonItem<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    /// The format wants a content where there is no HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<JsonAuthor>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    language: &'a str,
}

#[derive(Serialize)]
struct JsonAuthor {
    name: String,
}

fn json(scene: &Scene, feed: &Feed) -> String {
    let items = feed.entries.iter().map(|entry| JsonItem {
        id: &entry.url,
        url: &entry.url,
        title: &entry.card.title,
        content_html: entry.content.as_deref(),
        content_text: entry.content.is_none().then_some(entry.summary.as_str()),
        summary: &entry.summary,
        image: entry.card.cover.as_ref().map(|it| it.absolute_url.as_str()),
        date_published: entry.published.map(|at| scene.iso(at)),
        date_modified: entry.updated.map(|at| scene.iso(at)),
        authors: entry
            .card
            .authors
            .iter()
            .map(|it| JsonAuthor {
                name: it.title.clone(),
            })
            .collect(),
        tags: entry.card.tags.iter().map(|it| it.title.as_str()).collect(),
        language: &entry.card.language,
    });
    let document = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: &feed.own,
        description: feed.description,
        language: feed.language,
        items: items.collect(),
    };
    // Strings and lists of strings always serialise.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    format!("{text}\n")
}

/// Atom wants at least one author: the site's name where the page names none.
fn authors<'a>(feed: &'a Feed, entry: &'a Entry) -> impl Iterator<Item = String> + 'a {
    let own = entry
        .card
        .authors
        .iter()
        .map(|it| without_controls(&it.title));
    let site = entry.card.authors.is_empty().then(|| feed.title.clone());
    own.chain(site)
}
