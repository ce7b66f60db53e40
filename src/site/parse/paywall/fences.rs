//! Markers in code, where they are text. A page may show them; a fence that was forgotten must not hide them.
//!
//! A forgotten fence leaves traces: a block that never ends, or one that holds the opening line of another. Where a page
//! has such a trace, or the code is in a language in which nobody writes markers, a marker in code is an error.

use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use crate::site::parse::markdown::Body;
use crate::site::parse::paywall::meaning::{self, Marker, Meaning};
use pulldown_cmark::{CodeBlockKind, Event, Tag};
use std::ops::Range;

/// Languages whose code says that it shows a page.
const MARKDOWN: [&str; 5] = ["markdown", "md", "mdown", "mkd", "mdx"];

/// Languages in which a page may be shown.
const SHOWING: [&str; 25] = [
    "",
    "markdown",
    "md",
    "mdown",
    "mkd",
    "mdx",
    "html",
    "htm",
    "xhtml",
    "xml",
    "text",
    "txt",
    "plain",
    "plaintext",
    "diff",
    "patch",
    "yaml",
    "yml",
    "toml",
    "jinja",
    "jinja2",
    "tera",
    "liquid",
    "vue",
    "svelte",
];

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
        .filter_map(|(event, bytes)| match event {
            Event::Start(Tag::CodeBlock(kind)) => Some(Block::read(kind, bytes, text, settings)),
            _ => None,
        })
        .collect();
    if blocks.iter().all(|it| it.markers.is_empty()) {
        return;
    }
    let doubtful = blocks.iter().find_map(|it| it.doubtful_at);
    for block in &blocks {
        block.report(gates, doubtful, findings);
    }
}

/// One code block.
struct Block<'t> {
    /// First word behind the fence; `None` without a fence.
    language: Option<String>,
    /// Byte of a fence in it or around it that does not pair up.
    doubtful_at: Option<usize>,
    markers: Vec<InCode<'t>>,
    /// Whether nothing but markers stands in it.
    is_all_markers: bool,
}

/// A line of code that means a marker.
struct InCode<'t> {
    at: usize,
    line: &'t str,
    meaning: Meaning,
}

impl<'t> Block<'t> {
    fn read(
        kind: &CodeBlockKind<'_>,
        bytes: &Range<usize>,
        text: &'t str,
        settings: &ParseSettings,
    ) -> Self {
        let mut block = Block {
            language: match kind {
                CodeBlockKind::Fenced(info) => Some(language(info)),
                CodeBlockKind::Indented => None,
            },
            doubtful_at: None,
            markers: Vec::new(),
            is_all_markers: true,
        };
        let before = &text[..bytes.start];
        let own_indent = before.len() - before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
        let mut fences = Fences::default();
        let mut at = bytes.start;
        for (n_lines, piece) in text[bytes.clone()]
            .split_inclusive(['\n', '\r'])
            .enumerate()
        {
            let line = without_quotes(piece);
            let is_own = block.language.is_some() && n_lines == 0;
            if is_own {
                fences.own = Fence::of(line, 0);
            } else if block.language.is_some() {
                let indent = (piece.len() - line.len()).saturating_sub(own_indent);
                fences.line(line, indent, at);
            }
            if let Some(meaning) = marker(line, settings).filter(|_| !is_own) {
                let line = line.trim();
                block.markers.push(InCode { at, line, meaning });
            } else {
                block.is_all_markers &= line.trim().is_empty();
            }
            at += piece.len();
        }
        block.doubtful_at = fences.doubtful_at(bytes.start);
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
            if is_divider && gates_nothing {
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
            None if self.is_all_markers => Some("it is code because of its indent"),
            Some(language) if !SHOWING.contains(&language.as_str()) => {
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

/// The language of a fenced block: the first word of its info, without what some tools put around it.
fn language(info: &str) -> String {
    let word = info.trim().trim_start_matches(['{', '.']);
    let end = word.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':' | '='));
    let word = word[..end.unwrap_or(word.len())].to_ascii_lowercase();
    word.strip_prefix("language-").unwrap_or(&word).to_owned()
}

/// A run of at least three marks.
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
    has_info: bool,
    indent: usize,
}

impl Fence {
    fn of(line: &str, indent: usize) -> Option<Self> {
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let behind = line.trim_start_matches(mark);
        let length = line.len() - behind.len();
        let info = behind.trim();
        let is_one = length >= 3 && !(mark == '`' && info.contains('`'));
        is_one.then_some(Fence {
            mark,
            length,
            has_info: !info.is_empty(),
            indent,
        })
    }

    /// Whether another of the same kind, and at least as long.
    fn is_matched_by(self, other: Fence) -> bool {
        other.mark == self.mark && other.length >= self.length
    }
}

/// The fences of one block: its own, and lines in it that look like some.
#[derive(Default)]
struct Fences {
    own: Option<Fence>,
    is_closed: bool,
    /// The fence that a line in it has opened.
    inner: Option<(Fence, usize)>,
    /// A line in it that would have opened a block like itself.
    like_own_at: Option<usize>,
}

impl Fences {
    fn line(&mut self, line: &str, indent: usize, at: usize) {
        let (Some(own), Some(fence)) = (self.own, Fence::of(line, indent)) else {
            return;
        };
        // From four spaces on a fence is text.
        if own.is_matched_by(fence) && fence.indent < 4 {
            match fence.has_info {
                true => drop(self.like_own_at.get_or_insert(at)),
                false => self.is_closed = true,
            }
            return;
        }
        self.inner = match self.inner {
            Some((inner, _)) if inner.is_matched_by(fence) && !fence.has_info => None,
            None => Some((fence, at)),
            open => open,
        };
    }

    /// Byte of the fence that does not pair up, if one does not. The block begins at `start`.
    fn doubtful_at(&self, start: usize) -> Option<usize> {
        self.own?;
        let inner = self.like_own_at.or(self.inner.map(|(_, at)| at));
        inner.or((!self.is_closed).then_some(start))
    }
}
