//! schema.org data for search engines, from public facts alone, safe inside `<script>`.
//!
//! Paywall markup after the search engines' own guide: `isAccessibleForFree: false` with a `hasPart` that says by a
//! CSS selector which part of the page is not free. Neither the gated text nor its length is told.

use crate::site::model::{PageIndex, SectionIndex};
use crate::site::render::breadcrumbs::breadcrumbs;
use crate::site::render::scene::Scene;
use crate::site::render::view::{LinkView, PageView, SiteView};
use serde_json::{Map, Value, json};

/// An article with its place in the site.
pub fn article(scene: &Scene, index: PageIndex, view: &PageView) -> String {
    let front = &scene.site[index].document.front;
    let site = &scene.language_of(index).view;
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
        set("datePublished", json!(scene.iso(at)));
    }
    if let Some(at) = front.updated.or(front.date) {
        set("dateModified", json!(scene.iso(at)));
    }
    if let Some(cover) = &view.cover {
        set("image", json!([cover.absolute_url]));
    }
    if !view.authors.is_empty() {
        let authors = view
            .authors
            .iter()
            .map(|it| json!({"@type": "Person", "name": it.title, "url": scene.absolute(&it.url)}));
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
    let crumbs = crumb_list(scene, view.breadcrumbs.iter().chain([&here]));
    in_script(
        &json!({"@context": "https://schema.org", "@graph": [Value::Object(article), crumbs]}),
    )
}

/// The site itself, for home.
pub fn website(site: &SiteView) -> String {
    in_script(&json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": site.title,
        "description": site.description,
        "url": site.base_url,
        "inLanguage": site.language,
    }))
}

/// The place of a section in the site.
pub fn breadcrumbs_of(scene: &Scene, index: SectionIndex) -> String {
    let mut list = crumb_list(scene, breadcrumbs(scene, Some(index)).iter());
    if let Some(list) = list.as_object_mut() {
        list.insert("@context".into(), json!("https://schema.org"));
    }
    in_script(&list)
}

fn crumb_list<'a>(scene: &Scene, crumbs: impl Iterator<Item = &'a LinkView>) -> Value {
    let items = crumbs.enumerate().map(|(index, crumb)| {
        json!({
            "@type": "ListItem",
            "position": index + 1,
            "name": crumb.title,
            "item": scene.absolute(&crumb.url),
        })
    });
    json!({"@type": "BreadcrumbList", "itemListElement": items.collect::<Value>()})
}

/// JSON that cannot end the `<script>` it stands in, nor start a comment there.
fn in_script(value: &Value) -> String {
    let json = value.to_string();
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XSS-09
    #[test]
    fn json_cannot_leave_its_script() {
        let value = json!({"headline": "</script><!-- \u{2028}\u{2029} & \" 文"});
        let safe = in_script(&value);
        assert!(
            !safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']),
            "{safe}"
        );
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
    }
}
