//! Events of one run -> HTML with holes, plain text and prose.
//!
//! One [`Renderer`] makes one fragment. What it must not know, gated definitions above all, it is not given.

mod wiki;

use crate::diag::{Diagnostic, SourceFile};
use crate::markdown::{address, alerts, autolink};
use crate::site::parse::definitions::Definitions;
use crate::site::parse::findings::Findings;
use crate::site::parse::footnotes::Notes;
use crate::site::parse::headings::{Headings, Plan};
use crate::site::parse::links::{self, Address, Links};
use crate::site::parse::markdown::Body;
use crate::site::parse::paywall::Layout;
use crate::site::parse::prose::Prose;
use crate::site::parse::{
    AlertKind, Fragment, Heading, Hole, LinkKind, ParseSettings, Word, WordHole,
};
use crate::site::parse::{code, html, markdown, raw_html, text};
use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, CowStr, Event, LinkType, Tag, TagEnd,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// What all renderers of a document share.
pub struct Shared<'s, 'b, 'f> {
    /// The events.
    pub body: &'s Body<'b>,
    /// How they are cut.
    pub layout: &'s Layout,
    /// Who may use which definition.
    pub definitions: &'s Definitions,
    /// Levels and anchors.
    pub headings: &'s Headings,
    /// Settings of the site.
    pub settings: &'s ParseSettings,
    /// Lines and columns.
    pub file: &'s SourceFile,
    /// Addresses so far.
    pub links: Links,
    /// Findings so far.
    pub findings: &'s mut Findings<'f>,
    /// Ids of raw HTML so far.
    pub anchors: Vec<std::sync::Arc<str>>,
    /// Bytes of the file at which a tag of raw HTML begins that is shown as text.
    pub shown_tags: &'s BTreeSet<usize>,
}

/// What a renderer makes.
#[derive(Default)]
pub struct Rendered {
    /// HTML with holes.
    pub fragment: Fragment,
    /// Plain text, a line a block.
    pub text: String,
    /// What may be paths of files, in places that are no links.
    pub mentions: Vec<String>,
    /// Top-level headings, in order.
    pub headings: Vec<Heading>,
    /// The first paragraph's plain text.
    pub lead: Option<String>,
}

/// Makes one fragment.
pub struct Renderer<'r, 's, 'b, 'f> {
    shared: &'r mut Shared<'s, 'b, 'f>,
    notes: &'r mut Notes,
    prose: &'r mut Prose,
    run: usize,
    is_gated: bool,
    /// A summary is shown in lists: no ids, no footnotes, nothing counted.
    is_summary: bool,
    out: Rendered,
    /// Inside links, where no other link may begin.
    n_links: usize,
    /// The link at hand shows its own address, which is no prose.
    is_address: bool,
    /// What ends the quotes and alerts around.
    quotes: Vec<&'static str>,
    /// Alignments of the tables around.
    alignments: Vec<Vec<Alignment>>,
    column: usize,
    in_head: bool,
    /// The running text of a task, which names its box.
    in_task: bool,
    /// The paragraph at hand is at the top level.
    depth: usize,
    /// Last character of the running text, for line breaks between Han.
    last: Option<char>,
    /// Length of plain text where the paragraph began.
    paragraph_at: usize,
}

impl<'r, 's, 'b, 'f> Renderer<'r, 's, 'b, 'f> {
    /// Begins a fragment of a run.
    pub fn new(
        shared: &'r mut Shared<'s, 'b, 'f>,
        notes: &'r mut Notes,
        prose: &'r mut Prose,
        run: usize,
    ) -> Self {
        let is_gated = shared.layout.runs[run].access.is_gated();
        Renderer {
            shared,
            notes,
            prose,
            run,
            is_gated,
            is_summary: false,
            out: Rendered::default(),
            n_links: 0,
            is_address: false,
            quotes: Vec::new(),
            alignments: Vec::new(),
            column: 0,
            in_head: false,
            in_task: false,
            depth: 0,
            last: None,
            paragraph_at: 0,
        }
    }

    /// The same for lists of pages.
    pub fn for_summary(mut self) -> Self {
        self.is_summary = true;
        self
    }

    /// What was made.
    pub fn finish(self) -> Rendered {
        self.out
    }

    /// Renders events.
    pub fn events(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            at = self.event(at);
        }
    }

    /// Renders the event at `at`, and those that belong to it; gives the next.
    fn event(&mut self, at: usize) -> usize {
        let body = self.shared.body;
        let (event, bytes) = &body.events[at];
        if self.in_task && ends_running_text(event) {
            self.in_task = false;
            self.html().push_str("</label>");
        }
        match event {
            Event::Start(tag) => return self.start(at, tag, bytes),
            Event::End(tag) => self.end(tag),
            Event::Text(piece) => self.text(piece, bytes),
            Event::Code(piece) => {
                self.html().push_str("<code>");
                html::push_code(&mut self.out.fragment.html, piece);
                self.html().push_str("</code>");
                self.out.text.push_str(piece);
                self.prose.code();
                self.last = piece.chars().next_back();
            }
            Event::InlineHtml(piece) => self.raw(piece, bytes.start),
            Event::SoftBreak => self.soft_break(at),
            Event::HardBreak => {
                self.html().push_str("<br>\n");
                self.out.text.push('\n');
                self.prose.text(" ");
                self.last = None;
            }
            Event::Rule => self.line("<hr>\n"),
            Event::FootnoteReference(label) => self.footnote(label),
            Event::TaskListMarker(is_done) => {
                let checked = if *is_done { " checked=\"\"" } else { "" };
                let html = format!("<label><input type=\"checkbox\" disabled=\"\"{checked}> ");
                self.html().push_str(&html);
                self.in_task = true;
            }
            Event::Html(piece) => self.raw(piece, bytes.start),
            Event::InlineMath(piece) => self.math("math", piece),
            Event::DisplayMath(piece) => self.math("math display", piece),
        }
        at + 1
    }

    fn start(&mut self, at: usize, tag: &Tag<'_>, bytes: &Range<usize>) -> usize {
        let body = self.shared.body;
        match tag {
            Tag::FootnoteDefinition(_) => return body.span(at).end,
            Tag::Heading { .. } => return self.heading(at),
            Tag::CodeBlock(kind) => return self.code(at, kind),
            Tag::HtmlBlock => {
                let span = body.span(at);
                if self.shared.layout.summary_end != Some(at) {
                    let html = body.text(span.clone());
                    self.new_line();
                    let is_formula = is_formula(&html);
                    if is_formula {
                        self.html().push_str("<div class=\"formula\">\n");
                    }
                    self.raw(&html, bytes.start);
                    if is_formula {
                        self.line("</div>\n");
                    }
                }
                return span.end;
            }
            Tag::Link {
                link_type: LinkType::WikiLink { .. },
                dest_url,
                ..
            } => return self.wiki_link(at, dest_url, bytes),
            Tag::Image {
                link_type: LinkType::WikiLink { has_pothole },
                dest_url,
                ..
            } => return self.embed(at, dest_url, *has_pothole, bytes),
            Tag::Image {
                link_type,
                dest_url,
                title,
                ..
            } => {
                let span = body.span(at);
                self.image(at, *link_type, dest_url, title, &span, bytes);
                return span.end;
            }
            Tag::Paragraph => {
                if let Some(end) = self.figure(at) {
                    return end;
                }
                self.begin_paragraph();
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => self.link(at, *link_type, dest_url, title, bytes),
            Tag::BlockQuote(_) => return self.quote(at, bytes),
            Tag::List(Some(1)) => self.line("<ol>\n"),
            Tag::List(Some(first)) => self.line(&format!("<ol start=\"{first}\">\n")),
            Tag::List(None) => self.line("<ul>\n"),
            Tag::Item => {
                self.new_line();
                let is_task = matches!(
                    body.events.get(at + 1).map(|it| &it.0),
                    Some(Event::TaskListMarker(_))
                ) || matches!(
                    body.events.get(at + 2).map(|it| &it.0),
                    Some(Event::TaskListMarker(_))
                );
                self.html().push_str(if is_task {
                    "<li class=\"task\">"
                } else {
                    "<li>"
                });
                self.last = None;
            }
            Tag::DefinitionList => self.line("<dl>\n"),
            Tag::DefinitionListTitle => self.line("<dt>"),
            Tag::DefinitionListDefinition => self.line("<dd>"),
            Tag::Table(alignments) => {
                self.alignments.push(alignments.clone());
                self.prose.table(true);
                self.line("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"");
                let word_at = self.html().len();
                self.word(word_at, Word::Table);
                self.html().push_str("\"><table>\n");
            }
            Tag::TableHead => {
                self.in_head = true;
                self.column = 0;
                self.html().push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.html().push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.html().push_str("<em>"),
            Tag::Strong => self.html().push_str("<strong>"),
            Tag::Strikethrough => self.html().push_str("<del>"),
            Tag::Superscript => self.html().push_str("<sup>"),
            Tag::Subscript => self.html().push_str("<sub>"),
            Tag::MetadataBlock(_) => return body.span(at).end,
        }
        self.depth += 1;
        at + 1
    }

    fn end(&mut self, tag: &TagEnd) {
        self.depth = self.depth.saturating_sub(1);
        match tag {
            TagEnd::Paragraph => {
                self.html().push_str("</p>\n");
                self.end_paragraph();
            }
            TagEnd::Link => {
                self.n_links = self.n_links.saturating_sub(1);
                if std::mem::take(&mut self.is_address) {
                    self.prose.skip(false);
                }
                self.html().push_str("</a>");
            }
            TagEnd::BlockQuote(_) => {
                let end = self.quotes.pop().unwrap_or_default();
                self.line(end);
            }
            TagEnd::List(true) => self.line("</ol>\n"),
            TagEnd::List(false) => self.line("</ul>\n"),
            TagEnd::Item => {
                self.html().push_str("</li>\n");
                self.end_text();
            }
            TagEnd::DefinitionList => self.line("</dl>\n"),
            TagEnd::DefinitionListTitle => {
                self.html().push_str("</dt>\n");
                self.end_text();
            }
            TagEnd::DefinitionListDefinition => {
                self.html().push_str("</dd>\n");
                self.end_text();
            }
            TagEnd::Table => {
                self.alignments.pop();
                self.prose.table(false);
                self.html().push_str("</tbody></table></div>\n");
                self.end_text();
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.html().push_str("</tr></thead><tbody>\n");
                self.end_text();
            }
            TagEnd::TableRow => {
                self.html().push_str("</tr>\n");
                self.end_text();
            }
            TagEnd::TableCell => {
                let html = if self.in_head { "</th>" } else { "</td>" };
                self.html().push_str(html);
                self.out.text.push(' ');
                self.prose.end_block();
                self.column += 1;
            }
            TagEnd::Emphasis => self.html().push_str("</em>"),
            TagEnd::Strong => self.html().push_str("</strong>"),
            TagEnd::Strikethrough => self.html().push_str("</del>"),
            TagEnd::Superscript => self.html().push_str("</sup>"),
            TagEnd::Subscript => self.html().push_str("</sub>"),
            TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Image
            | TagEnd::FootnoteDefinition
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Begins a quote or an alert; gives the event at which its text begins.
    fn quote(&mut self, at: usize, bytes: &Range<usize>) -> usize {
        let body = self.shared.body;
        self.depth += 1;
        let alert = match alerts::find(&body.events, at) {
            Some(Ok(alert)) => alert,
            other => {
                if let Some(Err(alerts::Unknown(kind))) = other {
                    let (file, at) = (self.shared.file, bytes.start);
                    let findings = &mut self.shared.findings;
                    findings.push(|| Diagnostic::unknown_alert(file, at..at, kind));
                }
                self.line("<blockquote>\n");
                self.quotes.push("</blockquote>\n");
                return at + 1;
            }
        };
        let (class, word) = self::alert(alert.kind);
        let (begin, title, end) = match alert.fold {
            None => ("div", "p", "</div>\n"),
            Some(_) => ("details", "summary", "</details>\n"),
        };
        let open = match alert.fold {
            Some(true) => " open=\"\"",
            _ => "",
        };
        self.line(&format!(
            "<{begin} class=\"alert alert-{class}\"{open}><{title} class=\"alert-title\">"
        ));
        self.quotes.push(end);
        match &alert.title {
            None => {
                let at = self.html().len();
                self.word(at, Word::Alert(word));
            }
            Some(place) => {
                if let (Event::Text(text), bytes) = &body.events[place.event] {
                    self.text(&text[place.skip..], bytes);
                }
                self.events(place.event + 1..place.end);
                self.end_text();
            }
        }
        self.html().push_str(&format!("</{title}>\n"));
        if alert.is_in_paragraph {
            self.begin_paragraph();
            self.depth += 1;
        }
        alert.content
    }

    fn begin_paragraph(&mut self) {
        self.line("<p>");
        self.paragraph_at = self.out.text.len();
        self.last = None;
    }

    fn html(&mut self) -> &mut String {
        &mut self.out.fragment.html
    }

    /// Begins a new line of HTML where the last one is not empty.
    fn new_line(&mut self) {
        let html = self.html();
        if !html.is_empty() && !html.ends_with('\n') {
            html.push('\n');
        }
    }

    fn line(&mut self, html: &str) {
        self.new_line();
        self.html().push_str(html);
    }

    /// Leaves a hole for a word at a byte of the HTML.
    fn word(&mut self, at: usize, word: Word) {
        let at = at as u32;
        self.out.fragment.words.push(WordHole { at, word });
    }

    /// Ends a line of plain text and a block of prose.
    fn end_text(&mut self) {
        if !self.out.text.is_empty() && !self.out.text.ends_with('\n') {
            self.out.text.push('\n');
        }
        self.prose.end_block();
        self.last = None;
    }

    fn end_paragraph(&mut self) {
        if self.depth == 0 && self.out.lead.is_none() {
            let text = self.out.text[self.paragraph_at..].trim();
            if !text.is_empty() {
                self.out.lead = Some(text.replace('\n', " "));
            }
        }
        self.end_text();
    }

    fn text(&mut self, piece: &str, bytes: &Range<usize>) {
        self.last = piece.chars().next_back().or(self.last);
        self.out.text.push_str(piece);
        if self.n_links > 0 {
            self.prose.text(piece);
            html::push_text(&mut self.out.fragment.html, piece);
            return;
        }
        let mut copied = 0;
        for found in autolink::find(piece) {
            let range = found.range;
            self.prose.text(&piece[copied..range.start]);
            html::push_text(&mut self.out.fragment.html, &piece[copied..range.start]);
            self.html().push_str("<a href=\"");
            let href = format!("{}{}", found.scheme, &piece[range.clone()]);
            let href = address::with_ascii_host(&href).unwrap_or(Cow::Borrowed(&href));
            html::push_address(&mut self.out.fragment.html, &href);
            self.html().push('"');
            if found.scheme != "mailto:" {
                self.rel();
            }
            self.html().push('>');
            html::push_text(&mut self.out.fragment.html, &piece[range.clone()]);
            self.html().push_str("</a>");
            self.mention(&format!("{}{}", found.scheme, &piece[range.clone()]));
            copied = range.end;
        }
        let _ = bytes;
        self.prose.text(&piece[copied..]);
        html::push_text(&mut self.out.fragment.html, &piece[copied..]);
    }

    /// Mathematics as it is written; a script or a later build draws it.
    fn math(&mut self, class: &str, piece: &str) {
        self.html().push_str(&format!("<span class=\"{class}\">"));
        html::push_text(&mut self.out.fragment.html, piece);
        self.html().push_str("</span>");
        self.out.text.push_str(piece);
        self.prose.code();
        self.last = piece.chars().next_back();
    }

    /// A line break in running text: nothing between two Han characters, otherwise a space.
    fn soft_break(&mut self, at: usize) {
        if self.shared.settings.markdown.hard_breaks {
            self.html().push_str("<br>\n");
            self.out.text.push('\n');
            self.prose.text(" ");
            return;
        }
        let next = self.next_char(at + 1);
        let joins = matches!((self.last, next), (Some(before), Some(after)) if text::joins_lines(before, after));
        if !joins {
            self.html().push('\n');
            self.out.text.push(' ');
            self.prose.text(" ");
        }
    }

    /// The character of running text at or behind an event, across the tags of emphasis and links.
    fn next_char(&self, at: usize) -> Option<char> {
        for (event, _) in self.shared.body.events[at..].iter().take(8) {
            match event {
                Event::Text(text) => return text.chars().next(),
                Event::Start(
                    Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. },
                ) => {}
                Event::End(
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link,
                ) => {}
                _ => return None,
            }
        }
        None
    }

    fn heading(&mut self, at: usize) -> usize {
        let body = self.shared.body;
        let headings = self.shared.headings;
        let span = body.span(at);
        let is_title = headings
            .title
            .as_ref()
            .is_some_and(|(_, title)| *title == at);
        let (Some(plan), false) = (headings.plans.get(&at), is_title) else {
            return span.end;
        };
        let Plan { level, id, is_top } = plan;
        let inner = span.start + 1..span.end - 1;
        self.new_line();
        self.html().push_str(&format!("<h{level}"));
        if !self.is_summary {
            self.html().push_str(" id=\"");
            html::push_attribute(&mut self.out.fragment.html, id);
            self.html().push('"');
        }
        if let Event::Start(Tag::Heading { classes, attrs, .. }) = &body.events[at].0 {
            self.attributes(classes, attrs);
        }
        self.html().push('>');
        self.last = None;
        let text_at = self.out.text.len();
        let html_at = self.out.fragment.html.len();
        self.prose.heading();
        self.events(inner.clone());
        if !self.is_summary {
            if *is_top && !self.is_gated {
                self.out.headings.push(Heading {
                    level: *level,
                    id: id.clone(),
                    html: contents_html(body, inner),
                    text: self.out.text[text_at..].trim().to_string(),
                });
            }
            let gap = if self.out.fragment.html.len() > html_at {
                " "
            } else {
                ""
            };
            self.html().push_str(gap);
            self.html().push_str("<a class=\"anchor\" href=\"#");
            html::push_attribute(&mut self.out.fragment.html, id);
            self.html()
                .push_str("\" aria-hidden=\"true\" tabindex=\"-1\"></a>");
        }
        self.html().push_str(&format!("</h{level}>\n"));
        self.end_text();
        self.prose.end_heading();
        span.end
    }

    /// Classes, language and data of a heading; other attributes, `on…` and `style` among them, are left out.
    fn attributes(
        &mut self,
        classes: &[CowStr<'_>],
        attributes: &[(CowStr<'_>, Option<CowStr<'_>>)],
    ) {
        let html = &mut self.out.fragment.html;
        if !classes.is_empty() {
            html.push_str(" class=\"");
            html::push_attribute(html, &classes.join(" "));
            html.push('"');
        }
        for (name, value) in attributes {
            let is_data = name.strip_prefix("data-").is_some_and(|rest| {
                !rest.is_empty()
                    && rest
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
            if is_data || matches!(name.as_ref(), "lang" | "dir" | "title") {
                html.push(' ');
                html.push_str(name);
                html.push_str("=\"");
                html::push_attribute(html, value.as_deref().unwrap_or_default());
                html.push('"');
            }
        }
    }

    fn code(&mut self, at: usize, kind: &CodeBlockKind<'_>) -> usize {
        let body = self.shared.body;
        let span = body.span(at);
        let text = body.text(span.clone());
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        self.new_line();
        let markdown = &self.shared.settings.markdown;
        let word_at = code::push_figure(&mut self.out.fragment.html, info, &text, markdown);
        self.word(word_at, Word::Code);
        self.out.text.push_str(&text);
        self.end_text();
        span.end
    }

    fn cell(&mut self) {
        let alignment = self
            .alignments
            .last()
            .and_then(|it| it.get(self.column))
            .copied();
        let class = match alignment {
            Some(Alignment::Left) => " class=\"left\"",
            Some(Alignment::Center) => " class=\"center\"",
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::None) | None => "",
        };
        let name = if self.in_head { "th" } else { "td" };
        let html = format!("<{name}{class}>");
        self.html().push_str(&html);
    }

    /// Whether this run may use the definition at a byte of the file; where it may not, that was reported.
    fn may_use(&self, definition: usize) -> bool {
        let Shared {
            definitions,
            layout,
            ..
        } = &self.shared;
        definitions.may_use(layout, self.run, definition)
    }

    /// The address of a link or image; empty where its definition is out of reach.
    fn address<'t>(&self, at: usize, address: &'t CowStr<'_>) -> &'t str {
        match self.shared.body.definitions.get(&at) {
            Some(definition) if !self.may_use(*definition) => "",
            _ => address,
        }
    }

    fn link(
        &mut self,
        at: usize,
        kind: LinkType,
        address: &CowStr<'_>,
        title: &str,
        bytes: &Range<usize>,
    ) {
        let address = self.address(at, address);
        self.n_links += 1;
        if matches!(kind, LinkType::Autolink | LinkType::Email) {
            self.is_address = true;
            self.prose.skip(true);
        }
        self.html().push_str("<a href=\"");
        let is_mail = kind == LinkType::Email && !address.starts_with("mailto:");
        let is_elsewhere = self.push_address(
            if is_mail { "mailto:" } else { "" },
            address,
            LinkKind::Link,
            bytes.start,
        );
        self.html().push('"');
        self.title(title);
        if is_elsewhere && !is_mail && !address.starts_with("mailto:") {
            self.rel();
        }
        self.html().push('>');
    }

    /// Writes an address or leaves a hole; tells whether it leads elsewhere.
    fn push_address(&mut self, prefix: &str, address: &str, kind: LinkKind, at: usize) -> bool {
        let shared = &mut *self.shared;
        let is_picture = kind == LinkKind::Image && links::is_picture(address);
        let judged = if prefix.is_empty() && !is_picture {
            links::judge(address)
        } else {
            Address::Elsewhere
        };
        match judged {
            Address::Own => {
                let link = shared
                    .links
                    .add(address, kind, self.is_gated, at, shared.file);
                let hole = Hole {
                    at: self.out.fragment.html.len() as u32,
                    link,
                };
                self.out.fragment.holes.push(hole);
            }
            Address::Elsewhere => {
                self.out.fragment.html.push_str(prefix);
                html::push_address(&mut self.out.fragment.html, address);
                self.mention(address);
            }
            Address::Active => {
                self.out.fragment.html.push('#');
                links::warn_active(shared.findings, at, address);
            }
            Address::Empty => {}
        }
        judged == Address::Elsewhere
    }

    /// Notes what may be the path of a file. An absolute address counts where it is the site's own.
    fn mention(&mut self, text: &str) {
        let own = self.shared.settings.own_path(text);
        let is_own = own.is_some() || links::judge(text) == Address::Own;
        if is_own {
            self.out
                .mentions
                .push(own.unwrap_or_else(|| text.to_owned()));
        }
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            self.html().push_str(" title=\"");
            html::push_attribute(&mut self.out.fragment.html, title);
            self.html().push('"');
        }
    }

    fn rel(&mut self) {
        let rel = &self.shared.settings.markdown.external_links_rel;
        if !rel.is_empty() {
            self.out.fragment.html.push_str(" rel=\"");
            html::push_attribute(&mut self.out.fragment.html, rel);
            self.out.fragment.html.push('"');
        }
    }

    fn image(
        &mut self,
        at: usize,
        _: LinkType,
        address: &CowStr<'_>,
        title: &str,
        span: &Range<usize>,
        bytes: &Range<usize>,
    ) {
        let address = self.address(at, address);
        let alt = self.shared.body.text(span.start + 1..span.end - 1);
        self.html().push_str("<img src=\"");
        self.push_address("", address, LinkKind::Image, bytes.start);
        self.html().push_str("\" alt=\"");
        html::push_attribute(&mut self.out.fragment.html, &alt);
        self.html().push('"');
        self.title(title);
        self.html()
            .push_str(" loading=\"lazy\" decoding=\"async\">");
        self.out.text.push_str(&alt);
        self.prose.image(!alt.trim().is_empty());
        self.last = None;
    }

    /// A paragraph that is nothing but one image with a title is a figure with a caption.
    fn figure(&mut self, at: usize) -> Option<usize> {
        let body = self.shared.body;
        let Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            ..
        }) = &body.events.get(at + 1)?.0
        else {
            return None;
        };
        let span = body.span(at + 1);
        let is_lone = matches!(body.events.get(span.end)?.0, Event::End(TagEnd::Paragraph));
        if !is_lone || title.is_empty() {
            return None;
        }
        self.line("<figure>");
        let bytes = body.events[at + 1].1.clone();
        self.image(at + 1, *link_type, dest_url, "", &span, &bytes);
        self.html().push_str("<figcaption>");
        html::push_text(&mut self.out.fragment.html, title);
        self.html().push_str("</figcaption></figure>\n");
        self.out.text.push(' ');
        self.out.text.push_str(title);
        self.end_text();
        Some(span.end + 1)
    }

    fn raw(&mut self, piece: &str, at: usize) {
        if !self.shared.settings.markdown.raw_html {
            let shown = raw_html::without_comments(piece);
            html::push_text(&mut self.out.fragment.html, &shown);
            self.out.text.push_str(&shown);
            return;
        }
        let piece = self.with_shown_tags(piece, at);
        for piece in raw_html::pieces(&piece) {
            match piece {
                raw_html::Piece::Html(html) => self.html().push_str(html),
                raw_html::Piece::Address {
                    address,
                    kind,
                    at: offset,
                } => {
                    let shared = &mut *self.shared;
                    let place = at + offset;
                    let link = shared
                        .links
                        .add(&address, kind, self.is_gated, place, shared.file);
                    let hole = Hole {
                        at: self.out.fragment.html.len() as u32,
                        link,
                    };
                    self.out.fragment.holes.push(hole);
                }
                raw_html::Piece::Anchor(id) if !self.is_summary => {
                    self.shared.anchors.push(id.as_str().into())
                }
                raw_html::Piece::Anchor(_) => {}
                raw_html::Piece::Mention(text) => self.mention(&text),
                raw_html::Piece::Text(text) => {
                    self.html().push_str(text);
                    self.out.text.push_str(text);
                    self.prose.text(text);
                }
            }
        }
        self.last = None;
    }

    /// Raw HTML that begins at byte `at` of the file, with those tags as text that would hide the rest of the page.
    fn with_shown_tags<'t>(&self, html: &'t str, at: usize) -> Cow<'t, str> {
        let tags = self.shared.shown_tags.range(at..at + html.len());
        let mut out = Cow::Borrowed(html);
        for tag in tags.rev() {
            let open = tag - at;
            if html[open..].starts_with('<') {
                out.to_mut().replace_range(open..=open, "&lt;");
            }
        }
        out
    }

    fn footnote(&mut self, label: &CowStr<'_>) {
        let body = self.shared.body;
        let label = markdown::label(label);
        let Some(definition) = body.footnotes.get(&label).filter(|_| !self.is_summary) else {
            return;
        };
        if self.may_use(body.events[definition.start].1.start) {
            let html = self.notes.reference(label);
            self.html().push_str(&html);
        }
    }

    /// The list of footnotes that were used; those that they use in turn are in it too.
    pub fn footnotes(&mut self) {
        let body = self.shared.body;
        let mut ends = Vec::new();
        while let Some(label) = self.notes.label(ends.len()).map(String::from) {
            if ends.is_empty() {
                self.line("<div class=\"footnotes\" role=\"doc-endnotes\"><ol>\n");
            }
            let open = self.notes.open(ends.len());
            self.line(&open);
            if let Some(span) = body.footnotes.get(label.as_str()) {
                self.depth += 1;
                self.events(span.start + 1..span.end - 1);
                self.depth -= 1;
            }
            let html = self.html();
            let end = html.strip_suffix("</p>\n").map_or(html.len(), str::len);
            ends.push(end);
            self.html().push_str("</li>\n");
            self.end_text();
        }
        if ends.is_empty() {
            return;
        }
        self.html().push_str("</ol></div>\n");
        // How often a note is used is known when the last one is written, for they use each other.
        let ways = ends.iter().enumerate();
        let ways: Vec<(usize, String)> =
            ways.map(|(at, end)| (*end, self.notes.back(at))).collect();
        self.out.fragment.insert(&ways);
    }
}

/// Whether a block ends or another one begins.
fn ends_running_text(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => !matches!(
            tag,
            Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Superscript
                | Tag::Subscript
                | Tag::Link { .. }
                | Tag::Image { .. }
        ),
        Event::End(tag) => !matches!(
            tag,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Superscript
                | TagEnd::Subscript
                | TagEnd::Link
                | TagEnd::Image
        ),
        Event::Rule => true,
        _ => false,
    }
}

/// The class of an alert, and the word that stands for its title.
fn alert(kind: BlockQuoteKind) -> (&'static str, AlertKind) {
    match kind {
        BlockQuoteKind::Note => ("note", AlertKind::Note),
        BlockQuoteKind::Tip => ("tip", AlertKind::Tip),
        BlockQuoteKind::Important => ("important", AlertKind::Important),
        BlockQuoteKind::Warning => ("warning", AlertKind::Warning),
        BlockQuoteKind::Caution => ("caution", AlertKind::Caution),
    }
}

/// A heading for the table of contents: emphasis and code, without links, images and footnotes.
fn contents_html(body: &Body<'_>, range: Range<usize>) -> String {
    let mut out = String::new();
    for (event, _) in &body.events[range] {
        match event {
            Event::Text(text) => html::push_text(&mut out, text),
            Event::Code(text) => {
                out.push_str("<code>");
                html::push_code(&mut out, text);
                out.push_str("</code>");
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                out.push_str("<span class=\"math\">");
                html::push_text(&mut out, text);
                out.push_str("</span>");
            }
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            Event::Start(Tag::Emphasis) => out.push_str("<em>"),
            Event::End(TagEnd::Emphasis) => out.push_str("</em>"),
            Event::Start(Tag::Strong) => out.push_str("<strong>"),
            Event::End(TagEnd::Strong) => out.push_str("</strong>"),
            Event::Start(Tag::Strikethrough) => out.push_str("<del>"),
            Event::End(TagEnd::Strikethrough) => out.push_str("</del>"),
            _ => {}
        }
    }
    out
}

/// Whether a block of HTML is one formula and nothing else. It gets a frame that scrolls: Firefox and WebKit let no
/// `<math>` scroll by itself, so that a wide one would make the whole page scroll sideways.
fn is_formula(html: &str) -> bool {
    let html = html.trim();
    let is_math = html.strip_prefix("<math");
    is_math.is_some_and(|it| it.starts_with(|c: char| c == '>' || c.is_whitespace()))
        && html.find("</math>") == html.len().checked_sub("</math>".len())
}
