//! The last step to a comment's HTML: a short list of tags, attributes and schemes.
//!
//! Entry point: [`clean`]. It would be enough for safety; the steps before it make sure that nothing a
//! member typed vanishes.

use crate::edge::comments::markdown::rewrite::is_language;
use ammonia::Builder;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// HTML that is safe under any page.
pub fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// An address of the web or of mail, or one of this site: without a colon before its first `/`, `?` or `#`,
/// since what a browser of tomorrow reads as a scheme is nobody's guess.
fn is_harmless(address: &str) -> bool {
    let has_scheme = |scheme: &str| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let start = address.split(['/', '?', '#']).next().unwrap_or_default();
    !start.contains(':')
        || ["http://", "https://", "mailto:"]
            .into_iter()
            .any(has_scheme)
}

/// What may be in a comment. Built once: it holds tables.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "h4",
            "h5",
            "h6",
            "span",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("code", HashSet::from(["class"])),
            ("ol", HashSet::from(["start"])),
            ("span", HashSet::from(["class"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow ugc noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => value
                .strip_prefix("language-")
                .filter(|word| is_language(word))
                .map(|_| Cow::Borrowed(value)),
            ("span", "class") => {
                matches!(value, "math" | "math display").then_some(Cow::Borrowed(value))
            }
            ("a", "href") => is_harmless(value).then_some(Cow::Borrowed(value)),
            ("ol", "start") => value.parse::<u32>().ok().map(|_| Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});
