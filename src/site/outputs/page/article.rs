//! schema.org data of a page, from public facts alone.
//!
//! Paywall markup after the search engines' own guide: `isAccessibleForFree: false` with a `hasPart` that says by a
//! CSS selector which part of the page is not free. It states neither the gated text nor its length.

use crate::site::model::PageIndex;
use crate::site::outputs::page::PageView;
use crate::site::render::RenderContext;
use crate::site::render::json_ld::{crumb_list, in_script};
use crate::site::render::view::LinkView;
use serde_json::{Map, Value, json};

/// An article with its place in the site.
pub fn article(context: &RenderContext, index: PageIndex, view: &PageView) -> String {
    let front = &context.site[index].document.front;
    let site = &context.language_of(index).view;
    let mut article = Map::new();
    let mut set = |key: &str, value: Value| article.insert(key.into(), value);
    set("@type", json!("BlogPosting"));
    set("@id", json!(view.absolute_url));
    set("mainEntityOfPage", json!(view.absolute_url));
    set("headline", json!(view.title));
    set("inLanguage", json!(view.language));
    if !view.description.is_empty() {
        set("description", json!(view.description));
    }
    if let Some(at) = front.date {
        set("datePublished", json!(context.iso(at)));
    }
    if let Some(at) = front.updated.or(front.date) {
        set("dateModified", json!(context.iso(at)));
    }
    if let Some(cover) = &view.cover {
        set("image", json!([cover.absolute_url]));
    }
    if !view.authors.is_empty() {
        let authors = view.authors.iter().map(
            |it| json!({"@type": "Person", "name": it.title, "url": context.absolute(&it.url)}),
        );
        set("author", authors.collect());
    }
    if !view.tags.is_empty() {
        set(
            "keywords",
            view.tags.iter().map(|it| json!(it.title)).collect(),
        );
    }
    set(
        "publisher",
        json!({"@type": "Organization", "name": site.title, "url": site.base_url}),
    );
    set("isAccessibleForFree", json!(!view.has_gated_parts));
    if view.has_gated_parts {
        set(
            "hasPart",
            json!({
                "@type": "WebPageElement",
                "isAccessibleForFree": false,
                "cssSelector": ".paywall",
            }),
        );
    }
    let here = LinkView {
        title: view.title.clone(),
        url: view.url.clone(),
    };
    let crumbs = crumb_list(context, view.breadcrumbs.iter().chain([&here]));
    in_script(
        &json!({"@context": "https://schema.org", "@graph": [Value::Object(article), crumbs]}),
    )
}
