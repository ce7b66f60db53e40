//! Parser events of a comment -> events that are written: raw HTML becomes text, images become links,
//! headings shrink, text is cleaned once it is decoded, bare addresses become links.
//!
//! Entry points: [`Rewriting::take`] for each event, [`Rewriting::finish`] at the end.

use crate::edge::hygiene::Cleaner;
use crate::markdown::han::{is_inline, without_breaks};
use crate::markdown::{address, autolink};
use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd,
};
use std::borrow::Cow;

/// Longer names of a language are none.
const MAX_LANGUAGE_CHARS: usize = 24;

/// Events on their way from the parser to the writer.
#[derive(Default)]
pub struct Rewriting<'a> {
    events: Vec<Event<'a>>,
    text: String,
    /// How each open element ends; `None` where its start was left out.
    ends: Vec<Option<End>>,
    /// Cleans the running text of a block, across its inline elements.
    cleaner: Cleaner,
    in_code: bool,
    n_links: usize,
}

enum End {
    Tag(TagEnd),
    Code,
}

impl<'a> Rewriting<'a> {
    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.ends.len()
    }

    /// The next event of the parser.
    pub fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(_) => self.close(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::Code(code) => {
                let code = self.cleaner.take(&code);
                self.text.push_str(&code);
                self.events.push(Event::Code(code.into()));
            }
            Event::SoftBreak | Event::HardBreak => {
                self.cleaner.take("\n");
                self.text.push('\n');
                self.events.push(event);
            }
            Event::TaskListMarker(is_done) => self.say(if is_done { "☑ " } else { "☐ " }),
            Event::Rule => self.events.push(Event::Rule),
            Event::InlineMath(math) => self.math("math", &math),
            Event::DisplayMath(math) => self.math("math display", &math),
            // Footnotes are not switched on.
            Event::FootnoteReference(_) => {}
        }
    }

    /// The events to write, and the text that a reader sees.
    pub fn finish(self) -> (Vec<Event<'a>>, String) {
        (without_breaks(self.events), self.text)
    }

    fn open(&mut self, tag: Tag<'a>) {
        if !is_inline(&tag.to_end()) {
            self.cleaner = Cleaner::default();
        }
        let tag = match tag {
            Tag::CodeBlock(kind) => {
                self.in_code = true;
                self.events.push(Event::Html(opening_of_code(&kind).into()));
                self.ends.push(Some(End::Code));
                return;
            }
            Tag::Image { dest_url, .. } => self.link(&dest_url, ""),
            Tag::Link {
                dest_url,
                link_type: LinkType::Email,
                ..
            } => self.link(&dest_url, "mailto:"),
            Tag::Link { dest_url, .. } => self.link(&dest_url, ""),
            Tag::Heading { level, .. } => Some(Tag::Heading {
                level: shrunk(level),
                id: None,
                classes: vec![],
                attrs: vec![],
            }),
            Tag::HtmlBlock => Some(Tag::Paragraph),
            // Alignment is written as style attributes, which are not allowed.
            Tag::Table(columns) => Some(Tag::Table(vec![Alignment::None; columns.len()])),
            other => Some(other),
        };
        let Some(tag) = tag else {
            self.ends.push(None);
            return;
        };
        self.n_links += usize::from(matches!(tag, Tag::Link { .. }));
        self.ends.push(Some(End::Tag(tag.to_end())));
        self.events.push(Event::Start(tag));
    }

    /// A link to an address as it was decoded; none inside of another, and none without an address.
    fn link(&self, address: &str, scheme: &str) -> Option<Tag<'a>> {
        let address = Cleaner::default().take(address);
        (self.n_links == 0 && !address.is_empty()).then(|| link_to(&address, scheme))
    }

    fn close(&mut self) {
        let Some(Some(end)) = self.ends.pop() else {
            return;
        };
        match end {
            End::Code => {
                self.in_code = false;
                self.events.push(Event::Html("</code></pre>\n".into()));
            }
            End::Tag(tag) => {
                if tag == TagEnd::Link {
                    self.n_links -= 1;
                } else if !is_inline(&tag) {
                    self.cleaner = Cleaner::default();
                    self.text.push('\n');
                }
                self.events.push(Event::End(tag));
            }
        }
    }

    /// Mathematics as it is written.
    fn math(&mut self, class: &str, math: &str) {
        let math = self.cleaner.take(math);
        self.text.push_str(&math);
        let open = format!("<span class=\"{class}\">");
        self.events.push(Event::InlineHtml(open.into()));
        self.push_text(&math);
        self.events.push(Event::InlineHtml("</span>".into()));
    }

    fn say(&mut self, text: &str) {
        let text = self.cleaner.take(text);
        self.text.push_str(&text);
        if self.in_code || self.n_links > 0 {
            self.events.push(Event::Text(text.into()));
            return;
        }
        let mut copied = 0;
        for found in autolink::find(&text) {
            // Of the schemes that are found, `ftp:` is not allowed here.
            if text[found.range.clone()].starts_with(['f', 'F']) && found.scheme.is_empty() {
                continue;
            }
            let shown = &text[found.range.clone()];
            let link = link_to(shown, found.scheme);
            let end = Event::End(link.to_end());
            self.push_text(&text[copied..found.range.start]);
            self.events.push(Event::Start(link));
            self.push_text(shown);
            self.events.push(end);
            copied = found.range.end;
        }
        self.push_text(&text[copied..]);
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.events.push(Event::Text(text.to_owned().into()));
        }
    }
}

/// A host without an ASCII form leads nowhere: such a link has no address.
fn link_to<'a>(address: &str, scheme: &str) -> Tag<'a> {
    let address = format!("{scheme}{address}");
    let address = address::with_ascii_host(&address).map(Cow::into_owned);
    Tag::Link {
        link_type: LinkType::Inline,
        dest_url: CowStr::from(address.unwrap_or_default()),
        title: "".into(),
        id: "".into(),
    }
}

/// A page has one title and its comments one heading, so the largest of a comment is `h4`.
fn shrunk(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H4,
        HeadingLevel::H2 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// XSS-06: the class of a fence is its first word, when that is the name of a language.
fn opening_of_code(kind: &CodeBlockKind) -> String {
    let word = match kind {
        CodeBlockKind::Fenced(info) => info
            .split([' ', '\t', ',', '{'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        CodeBlockKind::Indented => String::new(),
    };
    if is_language(&word) {
        format!("<pre><code class=\"language-{word}\">")
    } else {
        "<pre><code>".into()
    }
}

/// Whether a class may name this language.
pub fn is_language(word: &str) -> bool {
    (1..=MAX_LANGUAGE_CHARS).contains(&word.len())
        && word.bytes().all(|it| {
            it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'+' | b'#' | b'-')
        })
}
