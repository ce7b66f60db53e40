//! The two kinds of HTML, and how a fragment's holes are filled.
//!
//! What `publish` writes under `public/` is made of [`PublicHtml`]; what it writes as a part of the vault is made of
//! [`GatedHtml`]. No function turns the second into the first.

use crate::ids::{Access, PartNumber};
use crate::site::parse::{Fragment, GatedFragment, PublicFragment, Word};
use crate::site::source::PictureSize;
use std::fmt::Write;

/// What goes into a hole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filling<'a> {
    /// The address, not yet escaped.
    pub href: &'a str,
    /// How large the picture is that lies there, where it is one that is shown and tells.
    pub size: Option<PictureSize>,
}

/// Text that anyone may read: HTML, feeds, sitemaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHtml(String);

impl PublicHtml {
    /// What a template, a feed writer or a public fragment gave.
    pub fn new(html: String) -> Self {
        PublicHtml(html)
    }

    /// A fragment with its holes filled; `filling` answers for an index into the document's links, `say` for words.
    pub fn fill<'a>(
        fragment: &PublicFragment,
        filling: impl Fn(u32) -> Filling<'a>,
        say: impl Fn(Word) -> &'a str,
    ) -> Self {
        PublicHtml(filled(&fragment.0, filling, say))
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
    /// A part as the edge puts it in place: its HTML with its holes filled, inside its own `<section>`.
    pub fn fill<'a>(
        fragment: &GatedFragment,
        number: PartNumber,
        access: &Access,
        filling: impl Fn(u32) -> Filling<'a>,
        say: impl Fn(Word) -> &'a str,
    ) -> Self {
        let html = filled(&fragment.0, filling, say);
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

fn filled<'a>(
    fragment: &Fragment,
    filling: impl Fn(u32) -> Filling<'a>,
    say: impl Fn(Word) -> &'a str,
) -> String {
    let n_holes = fragment.holes.len() + fragment.words.len();
    let mut html = String::with_capacity(fragment.html.len() + n_holes * 32);
    let mut from = 0;
    let mut words = fragment.words.iter().peekable();
    let mut put = |to: usize, text: &str, size: Option<PictureSize>| {
        while let Some(hole) = words.next_if(|it| it.at as usize <= to) {
            html.push_str(&fragment.html[from..hole.at as usize]);
            escape_into(&mut html, say(hole.word));
            from = hole.at as usize;
        }
        html.push_str(&fragment.html[from..to]);
        escape_into(&mut html, text);
        if let Some(PictureSize { width, height }) = size {
            // The quote that closes the address in the fragment closes the height.
            let _ = write!(html, "\" width=\"{width}\" height=\"{height}");
        }
        from = to;
    };
    for hole in &fragment.holes {
        let Filling { href, size } = filling(hole.link);
        put(hole.at as usize, href, size);
    }
    put(fragment.html.len(), "", None);
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
    use crate::site::parse::{Hole, WordHole};

    #[test]
    fn holes_are_filled_and_escaped() {
        let fragment = PublicFragment(Fragment {
            html: "<a href=\"\">x</a><img src=\"\" alt=\"\">".into(),
            holes: vec![Hole { at: 9, link: 1 }, Hole { at: 26, link: 0 }],
            words: Vec::new(),
        });
        let size = PictureSize {
            width: 40,
            height: 30,
        };
        let fillings = [("/p.png", Some(size)), ("/a?b=\"&c", None)];
        let filling = |link: u32| {
            let (href, size) = fillings[link as usize];
            Filling { href, size }
        };
        let html = PublicHtml::fill(&fragment, filling, |_| "");
        assert_eq!(
            html.as_str(),
            "<a href=\"/a?b=&quot;&amp;c\">x</a><img src=\"/p.png\" width=\"40\" height=\"30\" alt=\"\">"
        );
    }

    #[test]
    fn words_are_said_between_addresses() {
        let word = |at, word| WordHole { at, word };
        let fragment = PublicFragment(Fragment {
            html: "<pre a=\"\"><a href=\"\"></a></pre><p a=\"\">".into(),
            holes: vec![Hole { at: 19, link: 0 }],
            words: vec![word(8, Word::Code), word(37, Word::Table)],
        });
        let say = |word| match word {
            Word::Code => "\"代码",
            Word::Table | Word::Alert(_) => "table",
        };
        let filling = |_| Filling {
            href: "/x",
            size: None,
        };
        let html = PublicHtml::fill(&fragment, filling, say);
        assert_eq!(
            html.as_str(),
            "<pre a=\"&quot;代码\"><a href=\"/x\"></a></pre><p a=\"table\">"
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
