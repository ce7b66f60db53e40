//! schema.org data for search engines, safe inside `<script>`.

use crate::site::model::SectionIndex;
use crate::site::render::view::{LinkView, SiteView};
use crate::site::render::{RenderContext, breadcrumbs};
use serde_json::{Value, json};

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
pub fn breadcrumbs_of(context: &RenderContext, index: SectionIndex) -> String {
    let mut list = crumb_list(context, breadcrumbs(context, Some(index)).iter());
    if let Some(list) = list.as_object_mut() {
        list.insert("@context".into(), json!("https://schema.org"));
    }
    in_script(&list)
}

/// Places one below the other, from home down.
pub fn crumb_list<'a>(
    context: &RenderContext,
    crumbs: impl Iterator<Item = &'a LinkView>,
) -> Value {
    let items = crumbs.enumerate().map(|(index, crumb)| {
        json!({
            "@type": "ListItem",
            "position": index + 1,
            "name": crumb.title,
            "item": context.absolute(&crumb.url),
        })
    });
    json!({"@type": "BreadcrumbList", "itemListElement": items.collect::<Value>()})
}

/// JSON that cannot end the `<script>` it stands in, nor start a comment there.
pub fn in_script(value: &Value) -> String {
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
