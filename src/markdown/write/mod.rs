//! Events -> HTML and plain text, as a [`Profile`] says.
//!
//! [`Writer`] goes through the events once. Each feature of Markdown is a file here, with a table of cases at its end.
//! What a text alone does not tell (where addresses lead, which anchors headings have) is asked of a [`Host`].

mod blocks;
mod footnotes;
mod headings;
mod links;
mod pictures;
mod quotes;
mod tables;
#[cfg(test)]
mod testing;
mod text;

use crate::markdown::events::Body;
use crate::markdown::fragment::{Fragment, Heading, LinkKind, Word, WordHole};
use crate::markdown::profile::{Html, Look, Pictures, Profile};
pub use footnotes::Notes;
pub use headings::Shape;
use links::OpenLink;
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;
use tables::Table;

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads<'a> {
    /// To a place that is filled in later: the index of the link.
    Hole(u32),
    /// To the address that is written.
    To(Cow<'a, str>),
    /// To the page itself.
    Here,
    /// To the top of the page, for an address that must not be written.
    Top,
    /// To nothing: there is no link.
    Nowhere,
}

/// What a reader comes across, for those who measure prose.
#[derive(Clone, Copy, Debug)]
pub enum Reading<'a> {
    /// Running text.
    Text(&'a str),
    /// Code or mathematics in running text.
    Code,
    /// An address that is shown begins or ends.
    Address(bool),
    /// A table begins or ends.
    Table(bool),
    /// A heading begins or ends.
    Heading(bool),
    /// An image, with text for those who do not see it or without.
    Image(bool),
    /// A paragraph, item or heading ends.
    EndOfBlock,
}

/// What a writer asks about a text, and what it reports.
pub trait Host: Sized {
    /// What becomes of the heading that begins with the event at `at`; `None` if it is not shown.
    fn heading(&mut self, at: usize, level: u8) -> Option<Shape>;

    /// Where the address of a link or picture leads. `at` is its byte in the file.
    fn address<'a>(&mut self, address: &'a str, kind: LinkKind, at: usize) -> Leads<'a>;

    /// Whether the text may use the definition of a link or footnote at a byte of the file.
    fn may_use(&self, _definition: usize) -> bool {
        true
    }

    /// Whether footnotes have their marks.
    fn has_footnotes(&self) -> bool {
        true
    }

    /// An address that is written as it stands.
    fn mention(&mut self, _address: &str) {}

    /// What a reader comes across.
    fn read(&mut self, _what: Reading<'_>) {}

    /// A quote that begins as an alert of a kind that does not exist. `at` is its byte in the file.
    fn unknown_alert(&mut self, _at: usize, _kind: &str) {}

    /// Writes raw HTML within a line, for a profile with [`Html::Host`]. `at` is its byte in the file.
    fn html(_writer: &mut Writer<'_, '_, Self>, _html: &str, _at: usize) {}

    /// Writes the block of raw HTML that begins with the event at `at`, for a profile with [`Html::Host`].
    fn html_block(_writer: &mut Writer<'_, '_, Self>, _at: usize) {}

    /// Writes the wiki link or embed that begins with the event at `at`, for a profile that reads them. Returns the event
    /// behind it.
    fn wiki(writer: &mut Writer<'_, '_, Self>, at: usize) -> usize {
        writer.body.span(at).end
    }
}

/// What a writer makes.
#[derive(Default)]
pub struct Written {
    /// HTML with holes.
    pub fragment: Fragment,
    /// Plain text, a line a block.
    pub text: String,
    /// Headings that a table of contents lists, in order.
    pub headings: Vec<Heading>,
    /// The first paragraph's plain text.
    pub lead: Option<String>,
}

/// Writes one fragment.
pub struct Writer<'w, 'b, H> {
    /// The text.
    pub body: &'w Body<'b>,
    /// How it is written.
    pub profile: &'w Profile,
    /// Who is asked.
    pub host: H,
    /// What was written so far.
    pub out: Written,
    notes: &'w mut Notes,
    /// Links around, the innermost last.
    links: Vec<OpenLink>,
    /// What ends the quotes and alerts around.
    quotes: Vec<&'static str>,
    /// The tables around.
    tables: Vec<Table>,
    /// The running text of a task, which names its box.
    in_task: bool,
    /// Blocks around.
    depth: usize,
    /// Last character of the running text, for line breaks between Han.
    last: Option<char>,
    /// Length of plain text where the paragraph began.
    paragraph_at: usize,
    /// Bytes of code that may still be highlighted.
    n_highlighted_left: usize,
}

impl<'w, 'b, H: Host> Writer<'w, 'b, H> {
    /// Begins a fragment.
    pub fn new(body: &'w Body<'b>, profile: &'w Profile, notes: &'w mut Notes, host: H) -> Self {
        Writer {
            body,
            profile,
            host,
            out: Written::default(),
            notes,
            links: Vec::new(),
            quotes: Vec::new(),
            tables: Vec::new(),
            in_task: false,
            depth: 0,
            last: None,
            paragraph_at: 0,
            n_highlighted_left: profile.highlighting.max_bytes,
        }
    }

    /// Writes events.
    pub fn events(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            at = self.event(at);
        }
    }

    /// Writes the event at `at`, and those that belong to it; returns the next.
    fn event(&mut self, at: usize) -> usize {
        let body = self.body;
        let (event, bytes) = &body.events[at];
        self.end_task_before(event);
        match event {
            Event::Start(tag) => return self.start(at, tag, bytes),
            Event::End(tag) => self.end(tag),
            Event::Text(piece) => self.text(piece),
            Event::Code(piece) => self.code_span(piece),
            Event::InlineHtml(piece) | Event::Html(piece) => match self.profile.html {
                Html::Host => H::html(self, piece, bytes.start),
                Html::Text => self.text(piece),
            },
            Event::SoftBreak => self.soft_break(at),
            Event::HardBreak => self.hard_break(),
            Event::Rule => self.line("<hr>\n"),
            Event::FootnoteReference(label) => self.footnote(label),
            Event::TaskListMarker(is_done) => self.task(*is_done),
            Event::InlineMath(piece) => self.math("math", piece),
            Event::DisplayMath(piece) => self.math("math display", piece),
        }
        at + 1
    }

    fn start(&mut self, at: usize, tag: &Tag<'_>, bytes: &Range<usize>) -> usize {
        let body = self.body;
        match tag {
            Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => return body.span(at).end,
            Tag::Heading { level, .. } => return self.heading(at, *level as u8),
            Tag::CodeBlock(kind) => return self.code_block(at, kind),
            Tag::HtmlBlock if self.profile.html == Html::Host => {
                H::html_block(self, at);
                return body.span(at).end;
            }
            Tag::Link {
                link_type: LinkType::WikiLink { .. },
                ..
            }
            | Tag::Image {
                link_type: LinkType::WikiLink { .. },
                ..
            } => return H::wiki(self, at),
            Tag::Image {
                dest_url, title, ..
            } if self.profile.pictures == Pictures::Shown => {
                return self.picture(at, dest_url, title, bytes.start);
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            }
            | Tag::Image {
                link_type,
                dest_url,
                title,
                ..
            } => self.link(at, *link_type, dest_url, title, bytes.start),
            Tag::Paragraph | Tag::HtmlBlock => {
                if let Some(end) = self.figure(at) {
                    return end;
                }
                self.begin_paragraph();
            }
            Tag::BlockQuote(_) => return self.quote(at, bytes.start),
            Tag::List(first) => self.begin_list(*first),
            Tag::Item => self.begin_item(at),
            Tag::DefinitionList => self.line("<dl>\n"),
            Tag::DefinitionListTitle => self.line("<dt>"),
            Tag::DefinitionListDefinition => self.line("<dd>"),
            Tag::Table(alignments) => self.begin_table(alignments),
            Tag::TableHead => self.begin_table_head(),
            Tag::TableRow => self.begin_table_row(),
            Tag::TableCell => self.begin_table_cell(),
            Tag::Emphasis => self.html("<em>"),
            Tag::Strong => self.html("<strong>"),
            Tag::Strikethrough => self.html("<del>"),
            Tag::Superscript => self.html("<sup>"),
            Tag::Subscript => self.html("<sub>"),
        }
        self.depth += 1;
        at + 1
    }

    fn end(&mut self, tag: &TagEnd) {
        self.depth = self.depth.saturating_sub(1);
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_paragraph(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::BlockQuote(_) => {
                let end = self.quotes.pop().unwrap_or_default();
                self.line(end);
            }
            TagEnd::List(true) => self.line("</ol>\n"),
            TagEnd::List(false) => self.line("</ul>\n"),
            TagEnd::Item => self.end_block("</li>\n"),
            TagEnd::DefinitionList => self.line("</dl>\n"),
            TagEnd::DefinitionListTitle => self.end_block("</dt>\n"),
            TagEnd::DefinitionListDefinition => self.end_block("</dd>\n"),
            TagEnd::Table => self.end_table(),
            TagEnd::TableHead => self.end_table_head(),
            TagEnd::TableRow => self.end_block("</tr>\n"),
            TagEnd::TableCell => self.end_table_cell(),
            TagEnd::Emphasis => self.html("</em>"),
            TagEnd::Strong => self.html("</strong>"),
            TagEnd::Strikethrough => self.html("</del>"),
            TagEnd::Superscript => self.html("</sup>"),
            TagEnd::Subscript => self.html("</sub>"),
            TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Whether blocks get what a page has room for.
    fn is_page(&self) -> bool {
        self.profile.look == Look::Page
    }

    /// Adds HTML.
    pub fn html(&mut self, html: &str) {
        self.out.fragment.html.push_str(html);
    }

    /// Begins a new line of HTML where the last one is not empty.
    pub fn new_line(&mut self) {
        let html = &mut self.out.fragment.html;
        if !html.is_empty() && !html.ends_with('\n') {
            html.push('\n');
        }
    }

    /// Adds HTML in a line of its own.
    pub fn line(&mut self, html: &str) {
        self.new_line();
        self.html(html);
    }

    /// Leaves a hole for a word at a byte of the HTML.
    fn word(&mut self, at: usize, word: Word) {
        let at = at as u32;
        self.out.fragment.words.push(WordHole { at, word });
    }

    /// What follows stands in running text of its own, for line breaks between Han.
    pub fn forget_last(&mut self) {
        self.last = None;
    }

    fn end_block(&mut self, html: &str) {
        self.html(html);
        self.end_text();
    }

    /// Ends a line of plain text and a block of prose.
    fn end_text(&mut self) {
        let text = &mut self.out.text;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        self.host.read(Reading::EndOfBlock);
        self.last = None;
    }
}
