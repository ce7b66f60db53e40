//! A member's comment: headings below those of the page, pictures as links, code with its colours.

use crate::markdown::address;
use crate::markdown::code::{LETTERS, is_language};
use crate::markdown::fragment::LinkKind;
use crate::markdown::profile::Profile;
use crate::markdown::safe::{Events, written};
use crate::markdown::write::{Host, Leads, Shape};
use ammonia::Builder;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Clean HTML of a comment, and the text that a reader sees; `rewrite` may change the events before they are written.
/// `None` if the text has more events or is nested deeper than the profile allows. Linear in the text.
pub fn comment(
    markdown: &str,
    profile: &Profile,
    rewrite: impl FnOnce(&mut Events<'_>),
) -> Option<(String, String)> {
    let written = written(markdown, profile, Member, rewrite)?;
    let html = CLEANER.clean(&written.fragment.html).to_string();
    Some((html, written.text))
}

/// What a comment tells about itself.
struct Member;

impl Host for Member {
    /// A page has one title and its comments one heading, so the largest of a comment is `h4`.
    fn heading(&mut self, _: usize, level: u8) -> Option<Shape> {
        Some(Shape {
            level: (level + 3).min(6),
            id: None,
            is_listed: false,
        })
    }

    /// An empty address leads nowhere, and so does a host without an ASCII form.
    fn address<'a>(&mut self, address: &'a str, _: LinkKind, _: usize) -> Leads<'a> {
        match address::with_ascii_host(address) {
            Some(address) if !address.is_empty() => Leads::To(address),
            _ => Leads::Nowhere,
        }
    }
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
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow ugc noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => value
                .strip_prefix("language-")
                .filter(|word| is_language(word))
                .map(|_| Cow::Borrowed(value)),
            ("span", "class") => {
                let is_known = matches!(value, "math" | "math display") || LETTERS.contains(&value);
                is_known.then_some(Cow::Borrowed(value))
            }
            ("a", "href") => is_harmless(value).then_some(Cow::Borrowed(value)),
            ("ol", "start") => value.parse::<u32>().ok().map(|_| Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});
