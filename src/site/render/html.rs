//! The two kinds of HTML, and how a fragment's holes are filled.
//!
//! What `publish` writes under `public/` is made of [`PublicHtml`]; what it writes as a part of the vault is made of
//! [`GatedHtml`]. No function turns the second into the first.

use crate::escape;
use crate::ids::{Access, PartNumber};
use crate::markdown::wiki;
use crate::site::model::{Destination, Target};
use crate::site::parse::{Fragment, GatedFragment, Hole, PublicFragment, WikiRun, Word, WordHole};
use crate::site::source::PictureSize;
use std::borrow::Cow;
use std::fmt::Write;

/// What goes into a hole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filling<'a> {
    /// The address, not yet escaped.
    pub href: &'a str,
    /// How large the picture is that lies there, where it is one that is shown and tells.
    pub size: Option<PictureSize>,
    /// What is shown of a link.
    pub shown: Shown,
}

/// What is shown of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// A link.
    #[default]
    Link,
    /// Its text alone, for it leads to what is not published; a wiki link without one, as it is written.
    Text,
    /// The author's address; a wiki link, as it is written. Nothing of the site lies there.
    Source,
}

impl Shown {
    /// Of a link of a page; of one that it does not have, a link.
    pub fn of(target: Option<&Target>) -> Self {
        match target.map(|it| it.to) {
            Some(Destination::Withheld) => Shown::Text,
            Some(Destination::Nowhere) => Shown::Source,
            _ => Shown::Link,
        }
    }
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

/// What an opened part says of itself, in the page's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEdges {
    /// Above its text.
    pub begins: String,
    /// Below its text.
    pub ends: String,
}

/// HTML behind the paywall. Deliberately no Display, no From, no Deref, no way into [`PublicHtml`].
pub struct GatedHtml(String);

impl GatedHtml {
    /// A part as the edge puts it in place: its HTML with its holes filled, inside its own `<section>`.
    pub fn fill<'a>(
        fragment: &GatedFragment,
        (number, access): (PartNumber, &Access),
        edges: &PartEdges,
        filling: impl Fn(u32) -> Filling<'a>,
        say: impl Fn(Word) -> &'a str,
    ) -> Self {
        let html = filled(&fragment.0, filling, say);
        let (begins, ends) = (escape::xml(&edges.begins), escape::xml(&edges.ends));
        GatedHtml(format!(
            "<section class=\"part\" data-part=\"{number}\" data-access=\"{access}\" aria-label=\"{begins}\">\n\
             <p class=\"part-edge\">{begins}</p>\n{html}<p class=\"part-edge\">{ends}</p>\n</section>"
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

/// What stands before the address of a link.
const HREF: &str = " href=\"";

fn filled<'a>(
    fragment: &Fragment,
    filling: impl Fn(u32) -> Filling<'a>,
    say: impl Fn(Word) -> &'a str,
) -> String {
    let fragment = &*without_dead(fragment, |link| filling(link).shown);
    let n_holes = fragment.holes.len() + fragment.words.len();
    let mut html = String::with_capacity(fragment.html.len() + n_holes * 32);
    let mut from = 0;
    let mut words = fragment.words.iter().peekable();
    let mut put = |to: usize, text: &str, size: Option<(u32, Option<u32>)>, n_left_out: usize| {
        while let Some(hole) = words.next_if(|it| it.at as usize <= to) {
            html.push_str(&fragment.html[from..hole.at as usize]);
            escape::push_xml(&mut html, say(hole.word));
            from = hole.at as usize;
        }
        html.push_str(&fragment.html[from..to]);
        escape::push_xml(&mut html, text);
        // The quote that closes the address in the fragment closes the last of these.
        if let Some((width, height)) = size {
            let _ = write!(html, "\" width=\"{width}");
            if let Some(height) = height {
                let _ = write!(html, "\" height=\"{height}");
            }
        }
        from = to + n_left_out;
    };
    let mut wiki = fragment.wiki.iter().peekable();
    for hole in &fragment.holes {
        let Filling { href, size, shown } = filling(hole.link);
        if shown == Shown::Text && fragment.html[..hole.at as usize].ends_with(HREF) {
            // Up to before the attribute, and on behind its closing quote.
            put(hole.at as usize - HREF.len(), "", None, HREF.len() + 1);
            continue;
        }
        while wiki.next_if(|it| it.end <= hole.at).is_some() {}
        let run = wiki.peek().filter(|it| it.start <= hole.at);
        put(
            hole.at as usize,
            href,
            shown_size(run.and_then(|it| it.size), size),
            0,
        );
    }
    put(fragment.html.len(), "", None, 0);
    html
}

/// Width and height of a picture: what its author asks for, the height as the picture has it where that is not said.
fn shown_size(
    asked: Option<(u32, Option<u32>)>,
    own: Option<PictureSize>,
) -> Option<(u32, Option<u32>)> {
    let of_width = |width: u32, own: PictureSize| {
        let height = u64::from(width) * u64::from(own.height) / u64::from(own.width.max(1));
        u32::try_from(height.max(1)).ok()
    };
    match (asked, own) {
        (Some((width, None)), Some(own)) => Some((width, of_width(width, own))),
        (Some(asked), _) => Some(asked),
        (None, own) => own.map(|it| (it.width, Some(it.height))),
    }
}

/// A fragment with those wiki links as they were written whose targets are dead, and those as their text whose targets are
/// not published.
fn without_dead(fragment: &Fragment, shown: impl Fn(u32) -> Shown) -> Cow<'_, Fragment> {
    if fragment.wiki.iter().all(|it| shown(it.link) == Shown::Link) {
        return Cow::Borrowed(fragment);
    }
    let mut out = Fragment::default();
    let (mut holes, mut words) = (
        fragment.holes.iter().peekable(),
        fragment.words.iter().peekable(),
    );
    let mut from = 0;
    let mut copy = |out: &mut Fragment, to: usize| {
        let moved = |at: u32, out: &Fragment| (at as usize - from + out.html.len()) as u32;
        while let Some(hole) = holes.next_if(|it| (it.at as usize) < to) {
            let at = moved(hole.at, out);
            out.holes.push(Hole { at, ..*hole });
        }
        while let Some(word) = words.next_if(|it| (it.at as usize) < to) {
            let at = moved(word.at, out);
            out.words.push(WordHole { at, ..*word });
        }
        out.html.push_str(&fragment.html[from..to]);
        from = to;
    };
    for run in &fragment.wiki {
        let (start, end) = (run.start as usize, run.end as usize);
        copy(&mut out, start);
        let n_before = out.html.len();
        let n_holes = out.holes.len();
        copy(&mut out, end);
        let text = own_text(&run.source).filter(|_| shown(run.link) == Shown::Text);
        let is_link = out.html[n_before..].starts_with("<a ");
        if shown(run.link) != Shown::Link && !(is_link && text.is_some()) {
            out.html.truncate(n_before);
            out.holes.truncate(n_holes);
            escape::push_xml(&mut out.html, text.unwrap_or(&run.source));
        } else {
            let start = n_before as u32;
            let end = out.html.len() as u32;
            out.wiki.push(WikiRun {
                start,
                end,
                ..run.clone()
            });
        }
    }
    copy(&mut out, fragment.html.len());
    // What stands at the very end.
    out.words.extend(words.map(|it| WordHole {
        at: out.html.len() as u32,
        ..*it
    }));
    Cow::Owned(out)
}

/// The text that the author gave a wiki link or an embed; of an embed without its size.
fn own_text(source: &str) -> Option<&str> {
    let inside = source.strip_suffix("]]")?;
    let said = inside.split_once('|')?.1.trim();
    let said = match source.starts_with('!') {
        true => wiki::sized(said).0,
        false => said,
    };
    Some(said).filter(|it| !it.is_empty())
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

    #[test]
    fn holes_are_filled_and_escaped() {
        let fragment = PublicFragment(Fragment {
            html: "<a href=\"\">x</a><img src=\"\" alt=\"\">".into(),
            holes: vec![Hole { at: 9, link: 1 }, Hole { at: 26, link: 0 }],
            words: Vec::new(),
            wiki: Vec::new(),
        });
        let size = PictureSize {
            width: 40,
            height: 30,
        };
        let fillings = [("/p.png", Some(size)), ("/a?b=\"&c", None)];
        let filling = |link: u32| {
            let (href, size) = fillings[link as usize];
            Filling {
                href,
                size,
                shown: Shown::Link,
            }
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
            wiki: Vec::new(),
        });
        let say = |word| match word {
            Word::Code => "\"代码",
            Word::Table | Word::Alert(_) => "table",
        };
        let filling = |_| Filling {
            href: "/x",
            ..Filling::default()
        };
        let html = PublicHtml::fill(&fragment, filling, say);
        assert_eq!(
            html.as_str(),
            "<pre a=\"&quot;代码\"><a href=\"/x\"></a></pre><p a=\"table\">"
        );
    }

    #[test]
    fn a_dead_wiki_link_is_shown_as_written() {
        let run = |start, end, link, source: &str, size| WikiRun {
            start,
            end,
            link,
            source: source.into(),
            size,
        };
        let fragment = PublicFragment(Fragment {
            html: "<a href=\"\">a</a>-<a href=\"\">b</a>-<img src=\"\"><p a=\"\">".into(),
            holes: vec![
                Hole { at: 9, link: 0 },
                Hole { at: 26, link: 1 },
                Hole { at: 44, link: 2 },
            ],
            words: vec![WordHole {
                at: 52,
                word: Word::Table,
            }],
            wiki: vec![
                run(0, 16, 0, "[[<a>]]", None),
                run(17, 33, 1, "[[b]]", None),
                run(34, 46, 2, "![[c]]", Some((20, None))),
            ],
        });
        let shown = |dead: &[u32]| {
            let size = PictureSize {
                width: 40,
                height: 30,
            };
            let filling = |link: u32| Filling {
                href: "/x",
                size: (link == 2).then_some(size),
                shown: [Shown::Link, Shown::Source][usize::from(dead.contains(&link))],
            };
            PublicHtml::fill(&fragment, filling, |_| "t").into_string()
        };
        let (a, b) = ("<a href=\"/x\">a</a>", "<a href=\"/x\">b</a>");
        let c = "<img src=\"/x\" width=\"20\" height=\"15\">";
        let end = "<p a=\"t\">";
        assert_eq!(shown(&[]), format!("{a}-{b}-{c}{end}"));
        assert_eq!(shown(&[0]), format!("[[&lt;a&gt;]]-{b}-{c}{end}"));
        assert_eq!(shown(&[1]), format!("{a}-[[b]]-{c}{end}"));
        assert_eq!(
            shown(&[0, 1, 2]),
            format!("[[&lt;a&gt;]]-[[b]]-![[c]]{end}")
        );
    }

    #[test]
    fn of_a_link_to_what_is_not_published_the_text_alone_is_shown() {
        for (html, source, expected) in [
            (
                "<a href=\"\">a <em>b</em></a>",
                Some("[[X|a *b*]]"),
                "<a>a <em>b</em></a>",
            ),
            ("<a href=\"\">X</a>", Some("[[X]]"), "[[X]]"),
            ("<img src=\"\" alt=\"a\">", Some("![[x.svg|a|300]]"), "a"),
            ("<img src=\"\" alt=\"x\">", Some("![[x.svg]]"), "![[x.svg]]"),
            (
                "<a href=\"\" title=\"t\">a</a>",
                None,
                "<a title=\"t\">a</a>",
            ),
            (
                "<img src=\"\" alt=\"a\">",
                None,
                "<img src=\"x.md\" alt=\"a\">",
            ),
        ] {
            let at = html.find("=\"\"").unwrap() as u32 + 2;
            let run = source.map(|source| WikiRun {
                start: 0,
                end: html.len() as u32,
                link: 0,
                source: source.into(),
                size: None,
            });
            let fragment = PublicFragment(Fragment {
                html: html.into(),
                holes: vec![Hole { at, link: 0 }],
                words: Vec::new(),
                wiki: run.into_iter().collect(),
            });
            let filling = |_| Filling {
                href: "x.md",
                size: None,
                shown: Shown::Text,
            };
            assert_eq!(
                PublicHtml::fill(&fragment, filling, |_| "").as_str(),
                expected
            );
        }
    }

    #[test]
    fn control_characters_leave() {
        assert_eq!(
            without_controls("a\u{0}\u{8}\tb\n\u{85}c\u{FFFF}"),
            "a\tb\nc"
        );
    }
}
