//! Markers in code, where they are text. A page may show them; a fence that was forgotten must not hide them.
//!
//! A forgotten fence leaves traces: a block that never ends, or one that holds the opening line of another. Where a page
//! has such a trace, or the code is in a language in which nobody writes markers, a marker in code is an error.

use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::markdown::events::Body;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::fold::fold;
use crate::site::parse::paywall::lines::line_length;
use crate::site::parse::paywall::meaning::{self, Marker, Meaning};
use crate::site::parse::paywall::pairs::{Fence, Pairs};
use crate::site::parse::paywall::phrase::is_exact;
use crate::site::parse::paywall::words::has;
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use std::ops::Range;

/// Languages whose code says that it shows a page.
const MARKDOWN: [&str; 5] = ["markdown", "md", "mdown", "mkd", "mdx"];

/// Languages in which a page may be shown: those of pages and data, those that have HTML in them, and no language.
#[rustfmt::skip]
const SHOWING: &str = "markdown md mdown mkd mdx mdoc rmd qmd html htm xhtml html5 dhtml xml xsl xslt svg mathml rss atom \
    opml plist text txt plain plaintext none nohighlight no-highlight raw output console-output diff patch udiff yaml yml \
    toml vue svelte astro angular marko riot php phtml php3 erb rhtml html+erb eruby ejs hbs handlebars htmlbars mustache \
    twig jinja jinja2 jinja-html html+jinja j2 django htmldjango html+django nunjucks njk liquid tera askama minijinja \
    go-html-template go-text-template gohtml gotmpl gohtmltmpl gotemplate template tmpl tpl smarty latte blade razor cshtml \
    aspx aspx-cs asp vbhtml jsp jspx gsp jsf ftl freemarker velocity vm vtl thymeleaf mako coldfusion cfm cfml haml slim pug \
    jade heex eex leex jsx tsx mediawiki wiki wikitext bbcode ghost hexo hugo jekyll zola eleventy lyceum http \
    代码 代碼 示例 例子 文本";

/// How a page is gated outside of code.
pub struct Gates<'a> {
    /// The page's own access.
    pub access: &'a Access,
    /// Whether it has a divider.
    pub has_divider: bool,
    /// The part that is open at the end of the page.
    pub open: Option<&'a Access>,
}

/// Reports markers in the code of a page.
pub fn report(
    body: &Body<'_>,
    gates: &Gates<'_>,
    settings: &ParseSettings,
    findings: &mut Findings<'_>,
) {
    let text = &findings.file().text;
    let blocks: Vec<Block<'_>> = body
        .events
        .iter()
        .enumerate()
        .filter_map(|(at, (event, _))| match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                Some(Block::read(&body.events[at..], kind, text, settings))
            }
            _ => None,
        })
        .collect();
    for block in blocks.iter().filter(|it| it.is_gate) {
        let file = findings.file();
        let line = &text[block.at..block.at + line_length(&text[block.at..])];
        findings.push(|| Diagnostic::marker_misspelt(file, block.at..block.at, line.trim(), None));
    }
    if blocks.iter().all(|it| it.markers.is_empty()) {
        return;
    }
    let doubtful = blocks.iter().find_map(|it| it.doubtful_at);
    let doubtful = doubtful.or_else(|| fence_in_text(body, text));
    for block in &blocks {
        block.report(gates, doubtful, findings);
    }
}

/// One code block.
struct Block<'t> {
    at: usize,
    /// First word behind the fence; `None` without a fence.
    language: Option<String>,
    /// Whether what stands behind the fence is no language, but says who may read the block.
    is_gate: bool,
    /// Byte of a fence in it or around it that does not pair up.
    doubtful_at: Option<usize>,
    markers: Vec<InCode<'t>>,
}

/// Where the text of a block ends that begins the events; `None` where it has none.
fn code_end(events: &[(Event<'_>, Range<usize>)]) -> Option<usize> {
    let texts = events[1..].iter();
    let texts = texts.take_while(|it| matches!(it.0, Event::Text(_)));
    texts.last().map(|it| it.1.end)
}

/// Whether a line with a fence follows the text of a block: only what closes it is no text of it.
fn is_closed(text: &str, code_end: Option<usize>, bytes: &Range<usize>) -> bool {
    let first = bytes.start + line_length(&text[bytes.clone()]);
    let rest = &text[code_end.unwrap_or(first).min(bytes.end)..bytes.end];
    let rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '>']);
    rest.starts_with(['`', '~'])
}

/// A line of code that means a marker.
struct InCode<'t> {
    at: usize,
    line: &'t str,
    meaning: Meaning,
}

impl<'t> Block<'t> {
    /// The block that begins at an event.
    fn read(
        events: &[(Event<'_>, Range<usize>)],
        kind: &CodeBlockKind<'_>,
        text: &'t str,
        settings: &ParseSettings,
    ) -> Self {
        let bytes = &events[0].1;
        let mut block = Block {
            at: bytes.start,
            language: match kind {
                CodeBlockKind::Fenced(info) => Some(language(info)),
                CodeBlockKind::Indented => None,
            },
            is_gate: matches!(kind, CodeBlockKind::Fenced(info) if names_gate(info, settings)),
            doubtful_at: None,
            markers: Vec::new(),
        };
        let is_fenced = block.language.is_some();
        let before = &text[..bytes.start];
        let own_indent = before.len() - before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
        let code_end = code_end(events);
        let first = &text[bytes.start..bytes.start + line_length(&text[bytes.start..])];
        let mut pairs = Pairs::new(Fence::of(first).filter(|_| is_fenced));
        let mut at = bytes.start;
        for (n_lines, piece) in text[bytes.clone()]
            .split_inclusive(['\n', '\r'])
            .enumerate()
        {
            let is_own = is_fenced && (n_lines == 0 || code_end.is_some_and(|end| at >= end));
            let line = without_quotes(piece);
            if !is_own {
                pairs.line(piece, own_indent, at);
            }
            if let Some(meaning) = marker(line, settings).filter(|_| !is_own) {
                let at = at + piece.len() - line.len();
                let line = line.trim();
                block.markers.push(InCode { at, line, meaning });
            }
            at += piece.len();
        }
        let is_closed = !is_fenced || is_closed(text, code_end, bytes);
        let unclosed = (!is_closed).then_some(bytes.start);
        block.doubtful_at = pairs.doubtful_at().or(unclosed);
        block
    }

    fn report(&self, gates: &Gates<'_>, doubtful: Option<usize>, findings: &mut Findings<'_>) {
        let file = findings.file();
        let doubtful = doubtful.map(|at| file.line_of(at));
        let is_odd = self.is_odd(gates.open);
        for InCode { at, line, meaning } in &self.markers {
            let at = *at..*at;
            let gates_nothing = !gates.access.is_gated();
            let (is_gate, is_divider) = match meaning {
                Meaning::Marker(Marker::Divider) => (false, true),
                Meaning::Marker(_) => (true, false),
                _ => (false, false),
            };
            // Nearly one as well: it decides nothing here.
            let is_near = matches!(meaning, Meaning::NearDivider | Meaning::ForeignDivider);
            if (is_divider || is_near) && gates_nothing {
                continue;
            }
            if let Some(fence_line) = doubtful {
                findings.push(|| Diagnostic::marker_in_open_fence(file, at, line, fence_line));
            } else if !is_gate && !is_divider {
                // What is only nearly a marker says nothing in code that is whole.
            } else if let Some(why) = self.doubt(is_divider && !gates.has_divider, is_odd) {
                findings.push(|| Diagnostic::marker_in_code(file, at, line, why));
            } else if !self.is_markdown() {
                findings.push(|| Diagnostic::marker_as_text(file, at, line));
            }
        }
    }

    fn is_markdown(&self) -> bool {
        let language = self.language.as_deref();
        language.is_some_and(|it| MARKDOWN.contains(&it))
    }

    /// Why the markers in it may be meant to count.
    fn doubt(&self, is_only_divider: bool, is_odd: bool) -> Option<&'static str> {
        match &self.language {
            None => Some("nothing but its indent makes it code"),
            Some(language) if !language.is_empty() && !has(SHOWING, language) => {
                Some("nobody writes markers in this language")
            }
            _ if is_only_divider => {
                Some("the page has an `access`, and its only divider is in code")
            }
            _ if is_odd => Some("it closes the part that is open at the end of the page"),
            _ => None,
        }
    }

    /// Whether it closes a part more often than it opens it, while that part is open outside.
    fn is_odd(&self, open: Option<&Access>) -> bool {
        let Some(open) = open else {
            return false;
        };
        let mut depth = 0;
        self.markers.iter().any(|it| {
            match &it.meaning {
                Meaning::Marker(Marker::Open(access)) if access == open => depth += 1,
                Meaning::Marker(Marker::Close(access)) if access == open => depth -= 1,
                _ => {}
            }
            depth < 0
        })
    }
}

/// Whether what stands behind a fence says who may read: `members`, `tier:pro`, `access paid`. A tier may bear the name of a
/// language, so its id alone says nothing.
fn names_gate(info: &str, settings: &ParseSettings) -> bool {
    let info = info.trim();
    let word = language(info);
    let is_tier = word == "tier" || word == "tiers";
    is_exact(&word, &[])
        || is_exact(&fold(info), &[])
        || (is_tier
            && meaning::comment(info, &settings.tiers)
                .is_some_and(|it| it != Meaning::ForeignDivider))
}

/// What a line of code means by itself.
fn marker(line: &str, settings: &ParseSettings) -> Option<Meaning> {
    let line = line.trim();
    let inner = line
        .strip_prefix("<!--")
        .and_then(|it| it.strip_suffix("-->"));
    match inner {
        Some(inner) if inner.contains("-->") => None,
        Some(inner) => meaning::comment(inner, &settings.tiers),
        None if line.len() <= 200 && line.chars().next().is_some_and(|c| !c.is_alphanumeric()) => {
            meaning::piece(line, &settings.tiers)
        }
        None => None,
    }
    .filter(|it| *it != Meaning::ForeignDivider)
}

/// A line without indent and the marks of quotes around it.
fn without_quotes(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '>'])
}

/// Byte of text outside code that has a fence in it: it looked like one to its author, and opens nothing.
fn fence_in_text(body: &Body<'_>, text: &str) -> Option<usize> {
    let mut is_code = false;
    body.events.iter().find_map(|(event, bytes)| {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(_) if !is_code => {
                return text[bytes.clone()].find("```").map(|at| bytes.start + at);
            }
            _ => {}
        }
        None
    })
}

/// The language of a fenced block: the first word of its info, without what some tools put around it.
fn language(info: &str) -> String {
    let word = info.trim().trim_start_matches(['{', '.']);
    let end = word.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':' | '='));
    let word = word[..end.unwrap_or(word.len())].to_ascii_lowercase();
    word.strip_prefix("language-").unwrap_or(&word).to_owned()
}
