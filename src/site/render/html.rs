//! The two kinds of HTML, and how a fragment's holes are filled.
//!
//! What `publish` writes under `public/` is made of [`PublicHtml`]; what it writes as a part of the vault is made of
//! [`GatedHtml`]. No function turns the second into the first.

use crate::ids::{Access, PartNumber};
use crate::site::parse::{Fragment, GatedFragment, PublicFragment};

/// Text that anyone may read: HTML, feeds, sitemaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHtml(String);

impl PublicHtml {
    /// What a template, a feed writer or a public fragment gave.
    pub fn new(html: String) -> Self {
        PublicHtml(html)
    }

    /// A fragment with its addresses; `href` answers for an index into the document's links.
    pub fn fill<'a>(fragment: &PublicFragment, href: impl Fn(u32) -> &'a str) -> Self {
        PublicHtml(filled(&fragment.0, href))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given away.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// HTML behind the paywall. Deliberately no Display, no From, no Deref, no way into [`PublicHtml`].
pub struct GatedHtml(String);

impl GatedHtml {
    /// A part as the edge puts it in place: its HTML with addresses, inside its own `<section>`.
    pub fn fill<'a>(
        fragment: &GatedFragment,
        number: PartNumber,
        access: &Access,
        href: impl Fn(u32) -> &'a str,
    ) -> Self {
        let html = filled(&fragment.0, href);
        GatedHtml(format!(
            "<section class=\"part\" data-part=\"{number}\" data-access=\"{access}\">\n{html}</section>"
        ))
    }

    /// The bytes of a file of the vault; for `publish::vault` alone.
    pub fn into_vault_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

impl std::fmt::Debug for GatedHtml {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatedHtml(..)")
    }
}

fn filled<'a>(fragment: &Fragment, href: impl Fn(u32) -> &'a str) -> String {
    let mut html = String::with_capacity(fragment.html.len() + fragment.holes.len() * 32);
    let mut from = 0;
    for hole in &fragment.holes {
        let at = hole.at as usize;
        html.push_str(&fragment.html[from..at]);
        escape_into(&mut html, href(hole.link));
        from = at;
    }
    html.push_str(&fragment.html[from..]);
    html
}

/// Adds text to HTML or XML, safe between tags and between double quotes.
pub fn escape_into(html: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        html.push_str(&text[from..at]);
        html.push_str(entity);
        from = at + 1;
    }
    html.push_str(&text[from..]);
}

/// [`escape_into`] a new text.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape_into(&mut html, text);
    html
}

/// Without the control characters that XML 1.0 and readers of feeds refuse; tab and line ends stay.
pub fn without_controls(text: &str) -> String {
    let is_refused = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().filter(|c| !is_refused(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::parse::Hole;

    #[test]
    fn holes_are_filled_and_escaped() {
        let fragment = PublicFragment(Fragment {
            html: "<a href=\"\">x</a><img src=\"\">".into(),
            holes: vec![Hole { at: 9, link: 1 }, Hole { at: 26, link: 0 }],
        });
        let hrefs = ["/p.png", "/a?b=\"&c"];
        let html = PublicHtml::fill(&fragment, |link| hrefs[link as usize]);
        assert_eq!(
            html.as_str(),
            "<a href=\"/a?b=&quot;&amp;c\">x</a><img src=\"/p.png\">"
        );
    }

    #[test]
    fn control_characters_leave() {
        assert_eq!(
            without_controls("a\u{0}\u{8}\tb\n\u{85}c\u{FFFF}"),
            "a\tb\nc"
        );
    }
}
