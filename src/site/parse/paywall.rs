//! Where a body is cut: markers found among the top-level blocks, and the runs between them, each with one access.
//!
//! A fault never opens a gate: what is nearly a marker is an error, and after an error the stricter state stays.

use crate::diag::{Diagnostic, SourceFile, nearest};
use crate::ids::Access;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use crate::site::parse::markdown::Body;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};
use std::ops::Range;

/// Top-level blocks with one access.
#[derive(Clone, Debug)]
pub struct Run {
    /// Who may read them.
    pub access: Access,
    /// Line of the marker; 0 where the page's own access gates them, or where they are public.
    pub line: u32,
    /// Their events.
    pub events: Range<usize>,
    /// From which byte of the file on.
    pub from: usize,
}

/// How a body is cut.
#[derive(Debug)]
pub struct Layout {
    /// In order; at least one. Markers are in none of them.
    pub runs: Vec<Run>,
    /// Event at which the summary ends, where the page has a divider in public text.
    pub summary_end: Option<usize>,
}

impl Layout {
    /// The run that a byte of the file lies in.
    pub fn run_at(&self, byte: usize) -> usize {
        self.runs
            .partition_point(|run| run.from <= byte)
            .saturating_sub(1)
    }
}

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A part begins.
    Open(Access),
    /// A part ends.
    Close(Access),
    /// The summary ends.
    Divider,
    /// It is nearly one of these; with what was probably meant.
    Misspelt(Option<String>),
}

/// Cuts a body. `access` is the page's own.
pub fn cut(
    body: &Body<'_>,
    access: &Access,
    settings: &ParseSettings,
    file: &SourceFile,
    findings: &mut Findings<'_>,
) -> Layout {
    let mut scan = Scan {
        body,
        access,
        settings,
        findings,
        marks: Vec::new(),
    };
    let blocks: Vec<Range<usize>> = body.blocks().collect();
    for block in &blocks {
        scan.block(block.clone());
    }
    let marks = scan.marks;
    let mut cutter = Cutter {
        access,
        file,
        findings,
        open: None,
        base: Access::Public,
        runs: vec![Run {
            access: Access::Public,
            line: 0,
            events: 0..0,
            from: 0,
        }],
        summary_end: None,
    };
    let has_divider = divides(&marks);
    let mut n_public = 0;
    let mut marks = marks.into_iter().peekable();
    for block in blocks {
        if let Some((_, marker)) = marks.next_if(|(at, _)| *at == block.start) {
            let bytes = body.events[block.start].1.clone();
            cutter.mark(marker, block, bytes);
            continue;
        }
        let is_teased =
            access.is_gated() && !has_divider && !cutter.base.is_gated() && cutter.open.is_none();
        if is_teased && counts(body, &block, n_public) {
            if n_public == settings.teaser {
                let from = body.events[block.start].1.start;
                cutter.base = access.clone();
                cutter.begin(access.clone(), 0, block.start..block.start, from);
            }
            n_public += 1;
        }
    }
    cutter.finish(body.events.len())
}

/// Whether a divider stands outside parts, as far as openers and closers match.
fn divides(marks: &[(usize, Marker)]) -> bool {
    let mut is_open = false;
    marks.iter().any(|(_, marker)| {
        match marker {
            Marker::Open(_) => is_open = true,
            Marker::Close(_) => is_open = false,
            _ => {}
        }
        *marker == Marker::Divider && !is_open
    })
}

/// Whether a block is one of the teaser's: not a comment, not a footnote's text, not the heading that is the title.
fn counts(body: &Body<'_>, block: &Range<usize>, n_before: usize) -> bool {
    match &body.events[block.start].0 {
        Event::Start(Tag::FootnoteDefinition(_)) => false,
        Event::Start(Tag::Heading { level, .. }) => *level != HeadingLevel::H1 || n_before > 0,
        Event::Start(Tag::HtmlBlock) => {
            let html = body.text(block.clone());
            comments(&html).count() != 1
                || !html.trim().ends_with("-->")
                || !html.trim().starts_with("<!--")
        }
        _ => true,
    }
}

/// Looks for markers in each block.
struct Scan<'s, 'b, 'f> {
    body: &'s Body<'b>,
    access: &'s Access,
    settings: &'s ParseSettings,
    findings: &'s mut Findings<'f>,
    /// First event of the block, and what it says.
    marks: Vec<(usize, Marker)>,
}

impl Scan<'_, '_, '_> {
    fn block(&mut self, block: Range<usize>) {
        let (first, bytes) = &self.body.events[block.start];
        let bytes = bytes.clone();
        match first {
            Event::Start(Tag::HtmlBlock) => self.html_block(block, bytes),
            Event::Start(Tag::CodeBlock(kind)) => {
                let is_fenced = matches!(kind, CodeBlockKind::Fenced(_));
                self.code(block, bytes, is_fenced);
            }
            Event::Start(Tag::List(_)) => self.inside(block, "a list"),
            Event::Start(Tag::BlockQuote(_)) => self.inside(block, "a quote"),
            Event::Start(Tag::FootnoteDefinition(_)) => self.inside(block, "a footnote"),
            Event::Start(Tag::DefinitionList) => self.inside(block, "a definition list"),
            _ => {
                for (event, bytes) in &self.body.events[block] {
                    if let Event::InlineHtml(html) = event {
                        self.misplaced(html, bytes.start);
                    }
                }
            }
        }
    }

    fn html_block(&mut self, block: Range<usize>, bytes: Range<usize>) {
        let html = self.body.text(block.clone());
        let Some(inner) = alone(&html) else {
            self.misplaced(&html, bytes.start);
            return;
        };
        let Some(marker) = marker(inner, self.settings) else {
            return;
        };
        let text = &self.findings.file().text;
        let is_indented =
            !text[..bytes.start].is_empty() && !text[..bytes.start].ends_with(['\n', '\r']);
        let has_space = text[bytes.start..].starts_with([' ', '\t']);
        match marker {
            Marker::Misspelt(near) => self.misspelt(inner, near, bytes.start),
            // Up to three spaces leave a line its own; where nothing is gated, they do no harm either.
            Marker::Divider if !self.access.is_gated() => self.marks.push((block.start, marker)),
            _ if is_indented || has_space => self.misplaced(&html, bytes.start),
            marker => self.marks.push((block.start, marker)),
        }
    }

    /// Markers that share their block with something else.
    fn misplaced(&mut self, html: &str, at: usize) {
        for inner in comments(html) {
            let at = at..at;
            let file = self.findings.file();
            match marker(inner, self.settings) {
                Some(Marker::Divider) if !self.access.is_gated() => {
                    self.findings
                        .push(|| Diagnostic::divider_misplaced(file, at));
                }
                Some(Marker::Misspelt(near)) => self.misspelt(inner, near, at.start),
                Some(_) => self
                    .findings
                    .push(|| Diagnostic::marker_misplaced(file, at, inner.trim())),
                None => {}
            }
        }
    }

    fn misspelt(&mut self, inner: &str, near: Option<String>, at: usize) {
        let file = self.findings.file();
        let text = inner.trim();
        if near.as_deref() == Some("more") && !self.access.is_gated() {
            self.findings
                .push(|| Diagnostic::divider_misspelt(file, at..at, text));
        } else {
            self.findings
                .push(|| Diagnostic::marker_misspelt(file, at..at, text, near.as_deref()));
        }
    }

    /// Markers in a list or quote, code in it included.
    fn inside(&mut self, block: Range<usize>, what: &str) {
        let file = self.findings.file();
        for (event, bytes) in &self.body.events[block] {
            let (Event::Html(html) | Event::InlineHtml(html)) = event else {
                continue;
            };
            for inner in comments(html) {
                let at = bytes.start..bytes.start;
                match marker(inner, self.settings) {
                    Some(Marker::Divider) if !self.access.is_gated() => {
                        self.findings
                            .push(|| Diagnostic::divider_misplaced(file, at));
                    }
                    None | Some(Marker::Misspelt(_)) => {}
                    Some(_) => self
                        .findings
                        .push(|| Diagnostic::marker_as_text(file, at, inner.trim(), what)),
                }
            }
        }
    }

    fn code(&mut self, block: Range<usize>, bytes: Range<usize>, is_fenced: bool) {
        let file = self.findings.file();
        let source = &file.text[bytes.clone()];
        if !source.contains("<!--") {
            return;
        }
        let is_open = is_fenced && !is_closed(source);
        let _ = block;
        let mut at = bytes.start;
        for line in source.split_inclusive('\n') {
            let found = alone(line)
                .and_then(|inner| marker(inner, self.settings).map(|it| (inner.trim(), it)));
            // What is only nearly a marker says nothing in code, nor does a divider where nothing hangs on it.
            let is_gated = self.access.is_gated();
            if let Some((text, _)) = found.filter(|(_, it)| match it {
                Marker::Misspelt(_) => false,
                Marker::Divider => is_gated,
                _ => true,
            }) {
                self.findings.push(|| match is_open {
                    true => Diagnostic::marker_in_open_fence(file, at..at, text),
                    false => Diagnostic::marker_as_text(file, at..at, text, "code"),
                });
            }
            at += line.len();
        }
    }
}

/// Whether a fenced block ends with its closing fence.
fn is_closed(source: &str) -> bool {
    let fence = source.trim_start_matches(' ');
    let Some(mark) = fence.chars().next() else {
        return false;
    };
    let n_open = fence.chars().take_while(|c| *c == mark).count();
    let mut lines = source.trim_end().lines();
    let (Some(_), Some(last)) = (lines.next(), lines.next_back()) else {
        return false;
    };
    let last = last.trim();
    last.chars().count() >= n_open && last.chars().all(|c| c == mark)
}

/// Longest comment that is looked at: markers are short.
const MARKER_BYTES: usize = 80;

/// The inside of each comment in a piece of HTML, as far as it could be a marker.
fn comments(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices("<!--").filter_map(|(at, open)| {
        let rest = &html[at + open.len()..];
        let most = rest.floor_char_boundary(MARKER_BYTES);
        rest[..most].split_once("-->").map(|(inner, _)| inner)
    })
}

/// The inside of a comment that is all there is.
fn alone(html: &str) -> Option<&str> {
    let inner = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    (!inner.contains("-->") && !inner.contains("<!--") && !inner.contains('\n')).then_some(inner)
}

/// What a comment says; `None` where it is no marker and not nearly one.
pub fn marker(inner: &str, settings: &ParseSettings) -> Option<Marker> {
    let text = inner.trim();
    let lower = text.to_ascii_lowercase();
    if lower == "more" {
        return Some(Marker::Divider);
    }
    if lower == "members-only" {
        return Some(Marker::Open(Access::Members));
    }
    if let Some(access) = gate(text) {
        return Some(Marker::Open(access));
    }
    if let Some(access) = text
        .strip_prefix('/')
        .and_then(|rest| gate(rest.trim_start()))
    {
        return Some(Marker::Close(access));
    }
    misspelt(&lower, settings)
}

/// `members`, `paid` or `tier:ID`; the words in any case.
fn gate(text: &str) -> Option<Access> {
    let lower = text.to_ascii_lowercase();
    match lower.split_once(':') {
        Some(("tier", _)) => Access::parse(&format!("tier:{}", &text["tier:".len()..])),
        _ => Access::parse(&lower).filter(Access::is_gated),
    }
}

/// Whether a short comment is nearly a marker, and which.
fn misspelt(text: &str, settings: &ParseSettings) -> Option<Marker> {
    let (slash, word) = match text.strip_prefix('/') {
        Some(rest) => ("/", rest.trim_start()),
        None => (
            "",
            text.strip_prefix("end")
                .map_or(text, |rest| rest.trim_start_matches([' ', '-', '_'])),
        ),
    };
    let n_words = word.split_whitespace().count();
    if !(1..=2).contains(&n_words) {
        return None;
    }
    let first = word
        .split([' ', '\t', ':', '=', '-', '_', '：'])
        .next()
        .unwrap_or_default();
    let rest = word[first.len()..].trim_start_matches([' ', '\t', ':', '=', '-', '_', '：']);
    let meant = |word: &str| Some(Marker::Misspelt(Some(format!("{slash}{word}"))));
    if let Some(tier) = settings
        .tiers
        .iter()
        .find(|it| it.as_str().eq_ignore_ascii_case(word))
    {
        return meant(&format!("tier:{tier}"));
    }
    match nearest(
        first,
        [
            "members", "member", "paid", "tier", "more", "public", "tiers",
        ],
    )? {
        "more" if n_words == 1 && rest.is_empty() => meant("more"),
        "more" => None,
        "tier" | "tiers" if !rest.is_empty() => meant(&format!("tier:{rest}")),
        "tier" | "tiers" => Some(Marker::Misspelt(None)),
        "public" if first == "public" => Some(Marker::Misspelt(None)),
        "public" => None,
        "paid" => meant("paid"),
        _ => meant("members"),
    }
}

/// Opens and closes runs as markers come.
struct Cutter<'c, 'f> {
    access: &'c Access,
    file: &'c SourceFile,
    findings: &'c mut Findings<'f>,
    /// The part that a marker opened, and its line.
    open: Option<(Access, u32)>,
    /// What holds outside of parts: public, and behind the divider the page's own access.
    base: Access,
    runs: Vec<Run>,
    summary_end: Option<usize>,
}

impl Cutter<'_, '_> {
    fn mark(&mut self, marker: Marker, block: Range<usize>, bytes: Range<usize>) {
        let file = self.findings.file();
        let line = self.file.line_of(bytes.start);
        let at = bytes.start..bytes.start;
        match (marker, self.open.clone()) {
            (Marker::Open(access), None) => {
                self.open = Some((access.clone(), line));
                self.begin(access, line, block, bytes.end);
            }
            (Marker::Open(access), Some((_, open_line))) => {
                let text = access.to_string();
                self.findings
                    .push(|| Diagnostic::marker_nested(file, at, &text, open_line));
                self.step_over(block);
            }
            (Marker::Close(access), Some((open, _))) if access == open => {
                self.open = None;
                self.begin(self.base.clone(), 0, block, bytes.end);
            }
            (Marker::Close(access), Some((open, open_line))) => {
                let (text, open) = (format!("/{access}"), open.to_string());
                self.findings
                    .push(|| Diagnostic::marker_crossed(file, at, &text, &open, open_line));
                self.step_over(block);
            }
            (Marker::Close(access), None) => {
                let text = format!("/{access}");
                self.findings
                    .push(|| Diagnostic::marker_unopened(file, at, &text));
                self.step_over(block);
            }
            (Marker::Divider, None) if !self.base.is_gated() && self.summary_end.is_none() => {
                self.summary_end = Some(block.start);
                if self.access.is_gated() {
                    self.base = self.access.clone();
                    self.begin(self.access.clone(), 0, block, bytes.end);
                }
            }
            _ => {}
        }
    }

    /// Ends the run at hand before a block, which itself is in no run, and begins the next behind it.
    fn begin(&mut self, access: Access, line: u32, block: Range<usize>, from: usize) {
        if let Some(last) = self.runs.last_mut() {
            last.events.end = block.start;
        }
        self.runs.push(Run {
            access,
            line,
            events: block.end..block.end,
            from,
        });
    }

    /// A marker with a fault is in no run either.
    fn step_over(&mut self, block: Range<usize>) {
        if let Some(last) = self.runs.last().cloned() {
            self.begin(last.access, last.line, block, last.from);
        }
    }

    fn finish(mut self, n_events: usize) -> Layout {
        if let Some(last) = self.runs.last_mut() {
            last.events.end = n_events;
        }
        if self.access.is_gated() && !self.runs.iter().any(|run| run.access.is_gated()) {
            let path = self.findings.file().path.clone();
            let access = self.access.to_string();
            self.findings
                .push(|| Diagnostic::nothing_gated(&path, &access));
        }
        Layout {
            runs: self.runs,
            summary_end: self.summary_end,
        }
    }
}
