//! A feed as Atom, RSS and JSON.

use crate::clock::Timestamp;
use crate::site::outputs::feed::{Entry, FeedContent};
use crate::site::render::RenderContext;
use crate::site::render::html::without_controls;
use serde::Serialize;

/// When any page of the feed last changed; 1970 for an empty feed, so that the same input makes the same bytes.
fn last_change(feed: &FeedContent) -> Timestamp {
    let times = feed.entries.iter().filter_map(|it| it.updated);
    times.max().unwrap_or(Timestamp::from_millis(0))
}

/// RFC 4287.
pub fn atom(context: &RenderContext, feed: &FeedContent) -> String {
    use atom_syndication as atom;
    let time = |at: Timestamp| {
        context
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

/// RSS 2.0.
pub fn rss(context: &RenderContext, feed: &FeedContent) -> String {
    let time =
        |at: Timestamp| jiff::fmt::rfc2822::to_string(&at.in_zone(&context.config.timezone)).ok();
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

/// JSON Feed 1.1.
pub fn json(context: &RenderContext, feed: &FeedContent) -> String {
    let items = feed.entries.iter().map(|entry| JsonItem {
        id: &entry.url,
        url: &entry.url,
        title: &entry.card.title,
        content_html: entry.content.as_deref(),
        content_text: entry.content.is_none().then_some(entry.summary.as_str()),
        summary: &entry.summary,
        image: entry.card.cover.as_ref().map(|it| it.absolute_url.as_str()),
        date_published: entry.published.map(|at| context.iso(at)),
        date_modified: entry.updated.map(|at| context.iso(at)),
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
fn authors<'a>(feed: &'a FeedContent, entry: &'a Entry) -> impl Iterator<Item = String> + 'a {
    let own = entry
        .card
        .authors
        .iter()
        .map(|it| without_controls(&it.title));
    let site = entry.card.authors.is_empty().then(|| feed.title.clone());
    own.chain(site)
}
