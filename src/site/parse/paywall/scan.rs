//! Where a body says something about who may read it: markers among the top-level blocks, and all that is nearly one.
//!
//! Comments are looked for first, wherever they stand outside code; then lines of text that no comment covers. `meaning`
//! tells what is a marker; here is decided whether it stands where a marker counts.

use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::markdown::events::Body;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::lines::{Known, Lines, line_length};
use crate::site::parse::paywall::meaning::{self, Marker, Meaning};
use crate::site::parse::paywall::stretches::{Kind, Stretches};
use pulldown_cmark::{Event, Tag};
use std::cell::OnceCell;
use std::ops::Range;

/// Markers of a body.
#[derive(Debug, Default)]
pub struct Marks {
    /// First event of the block that is one, and what it says; ascending.
    pub list: Vec<(usize, Marker)>,
    /// Comments that never end: their bytes, and whether they swallow what follows.
    pub unclosed: Vec<(usize, bool)>,
    /// What ends a teaser in other tools.
    pub foreign_dividers: Vec<Range<usize>>,
}

/// Looks through a body that begins at byte `body_at`.
pub fn scan(
    body: &Body<'_>,
    blocks: &[Range<usize>],
    body_at: usize,
    access: &Access,
    settings: &ParseSettings,
    findings: &mut Findings<'_>,
) -> Marks {
    let mut scan = Scan {
        text: &findings.file().text,
        body,
        blocks,
        is_gated: access.is_gated(),
        settings,
        findings,
        marks: Marks::default(),
        comments: Vec::new(),
        next_close: Some(body_at),
        line_end: 0,
        stretches: OnceCell::new(),
    };
    scan.comments(body_at);
    let lines = Lines {
        text: scan.text,
        tiers: &settings.tiers,
        comments: &scan.comments,
        is_gated: access.is_gated(),
        stretches: || {
            scan.stretches
                .get_or_init(|| Stretches::of(body, scan.text))
        },
        known: Known::default(),
    };
    for (bytes, meaning) in lines.find(body_at) {
        scan.near(&meaning, bytes);
    }
    scan.marks
}

struct Scan<'s, 'b, 'f> {
    text: &'f str,
    body: &'s Body<'b>,
    blocks: &'s [Range<usize>],
    is_gated: bool,
    settings: &'s ParseSettings,
    findings: &'s mut Findings<'f>,
    marks: Marks,
    /// Bytes of comments, ascending.
    comments: Vec<Range<usize>>,
    /// Where the next `-->` stands behind the last comment that was looked at.
    next_close: Option<usize>,
    /// Where the line of the last comment ends that was looked at.
    line_end: usize,
    /// Once they were needed.
    stretches: OnceCell<Stretches>,
}

impl Scan<'_, '_, '_> {
    fn comments(&mut self, body_at: usize) {
        let mut at = body_at;
        while let Some(found) = self.text[at..].find("<!--") {
            let open = at + found;
            at = open + "<!--".len();
            // `<!-->` and `<!--->` are whole comments.
            let is_empty = self.text[at..].starts_with(['>']) || self.text[at..].starts_with("->");
            // First: code that ends right before a comment reaches to the end of it.
            if self.is_commented_out(open) {
                self.commented_out(open);
                continue;
            }
            if is_empty || self.is_escaped(open) || self.is_code(open) {
                continue;
            }
            let Some(block) = self.block_at(open) else {
                continue;
            };
            self.comment(open, block);
        }
    }

    /// Whether a byte lies in a comment between `%%`.
    fn is_commented_out(&self, at: usize) -> bool {
        let comments = &self.body.comments;
        let after = comments.partition_point(|it| it.start <= at);
        after > 0 && comments[after - 1].contains(&at)
    }

    /// A comment within one between `%%`: a marker in it does not count, and was meant to.
    fn commented_out(&mut self, open: usize) {
        let begin = open + "<!--".len();
        let line = begin + line_length(&self.text[begin..]);
        let close = self.text[begin..line].find("-->").map(|it| begin + it);
        let inner = &self.text[begin..close.unwrap_or(line)];
        let meaning = meaning::comment(inner, &self.settings.tiers);
        let end = close.map_or(line, |it| it + "-->".len());
        match meaning {
            Some(Meaning::ForeignDivider) | None => {}
            Some(_) => {
                let file = self.findings.file();
                let shown = shown(&self.text[open..end]);
                self.findings
                    .push(|| Diagnostic::marker_commented_out(file, open..open, &shown));
            }
        }
        self.comments.push(open..end);
    }

    fn comment(&mut self, open: usize, block: usize) {
        let first = self.blocks[block].start;
        let bytes = self.body.events[first].1.clone();
        let begin = open + "<!--".len();
        if self.line_end < begin {
            self.line_end = begin + line_length(&self.text[begin..]);
        }
        let end_of_line = self.line_end;
        if self.next_close.is_some_and(|at| at < begin) {
            self.next_close = self.text[begin..].find("-->").map(|at| begin + at);
        }
        let Some(close) = self.next_close.filter(|at| *at < bytes.end) else {
            self.comments.push(open..end_of_line);
            self.unclosed(open..end_of_line, block);
            return;
        };
        // What a comment holds that begins within another is looked at too.
        if self.comments.last().is_none_or(|last| last.end < close) {
            self.comments.push(open..close + "-->".len());
        }
        let inner = &self.text[begin..close];
        let tiers = &self.settings.tiers;
        if close > end_of_line {
            let line = &self.text[begin..end_of_line];
            // A comment that begins in this one is looked at by itself.
            let all = Some(inner.trim()).filter(|it| !it.contains("<!--"));
            let meaning = all.and_then(|it| meaning::comment(it, tiers));
            let meaning = meaning.or_else(|| meaning::comment(line, tiers));
            if let Some(meaning) = meaning.filter(|it| !matches!(it, Meaning::ForeignDivider)) {
                self.misplaced(&meaning, open..close);
            }
            return;
        }
        let Some(meaning) = meaning::comment(inner, tiers) else {
            return;
        };
        let is_html = matches!(self.body.events[first].0, Event::Start(Tag::HtmlBlock));
        let block_text = &self.text[bytes.clone()];
        let is_alone = is_html && block_text.trim() == &self.text[open..close + "-->".len()];
        match meaning {
            Meaning::Marker(marker) if is_alone => self.alone(marker, block, open..close),
            meaning => self.misplaced(&meaning, open..close),
        }
    }

    /// A marker that is all of a top-level block.
    fn alone(&mut self, marker: Marker, block: usize, inner: Range<usize>) {
        let before = &self.text[..inner.start];
        let is_indented = !before.is_empty() && !before.ends_with(['\n', '\r']);
        // Where nothing is gated, up to three spaces before a divider do no harm.
        let is_harmless = marker == Marker::Divider && !self.is_gated;
        if is_indented && !is_harmless {
            self.misplaced(&Meaning::Marker(marker), inner);
        } else {
            self.marks.list.push((self.blocks[block].start, marker));
        }
    }

    /// A comment that means a marker but is none: by its words, or by its place. `bytes` are without the closing `-->`.
    fn misplaced(&mut self, meaning: &Meaning, bytes: Range<usize>) {
        let file = self.findings.file();
        let at = bytes.start..bytes.start;
        match meaning {
            Meaning::Marker(Marker::Divider) if !self.is_gated => {
                self.findings
                    .push(|| Diagnostic::divider_misplaced(file, at));
            }
            Meaning::Marker(_) => {
                let shown = shown(&self.text[bytes.start..bytes.end + "-->".len()]);
                self.findings
                    .push(|| Diagnostic::marker_misplaced(file, at, &shown));
            }
            near => self.near(near, bytes.start..bytes.end + "-->".len()),
        }
    }

    fn near(&mut self, meaning: &Meaning, bytes: Range<usize>) {
        let file = self.findings.file();
        let at = bytes.start..bytes.start;
        let shown = shown(&self.text[bytes.clone()]);
        match meaning {
            Meaning::ForeignDivider => self.marks.foreign_dividers.push(bytes),
            Meaning::NearDivider if !self.is_gated => {
                self.findings
                    .push(|| Diagnostic::divider_misspelt(file, at, &shown));
            }
            _ => {
                let near = match meaning {
                    Meaning::NearGate(near) => near.as_deref(),
                    _ => Some("more"),
                };
                self.findings
                    .push(|| Diagnostic::marker_misspelt(file, at, &shown, near));
            }
        }
    }

    /// A comment without an end. Its first words may be a marker's.
    fn unclosed(&mut self, first_line: Range<usize>, block: usize) {
        let open = first_line.start;
        let rest = self.text[open + "<!--".len()..].trim_start();
        let rest = &rest[..rest.floor_char_boundary(UNCLOSED_BYTES)];
        let line = rest.lines().next().unwrap_or_default();
        let meaning = meaning::comment(line, &self.settings.tiers);
        let near = match meaning {
            Some(Meaning::Marker(Marker::Open(access))) => Some(access.to_string()),
            Some(Meaning::Marker(Marker::Close(access))) => Some(format!("/{access}")),
            Some(Meaning::Marker(Marker::Rest)) => Some("members-only".into()),
            Some(Meaning::NearGate(near)) => near,
            Some(Meaning::Marker(Marker::Divider) | Meaning::NearDivider) => {
                self.near(&Meaning::NearDivider, first_line);
                return;
            }
            Some(Meaning::ForeignDivider) | None => {
                let first = &self.body.events[self.blocks[block].start].0;
                let swallows = matches!(first, Event::Start(Tag::HtmlBlock));
                self.marks.unclosed.push((open, swallows));
                return;
            }
        };
        self.near(&Meaning::NearGate(near), first_line);
    }

    fn is_code(&self, at: usize) -> bool {
        let stretches = self
            .stretches
            .get_or_init(|| Stretches::of(self.body, self.text));
        stretches.holds(at, &[Kind::Block, Kind::Span])
    }

    fn block_at(&self, at: usize) -> Option<usize> {
        let start = |block: &Range<usize>| self.body.events[block.start].1.start;
        let after = self.blocks.partition_point(|block| start(block) <= at);
        let block = after.checked_sub(1)?;
        let bytes = &self.body.events[self.blocks[block].start].1;
        bytes.contains(&at).then_some(block)
    }

    fn is_escaped(&self, at: usize) -> bool {
        let before = self.text[..at].bytes().rev();
        before.take_while(|byte| *byte == b'\\').count() % 2 == 1
    }
}

/// How much is read of a comment that never ends. More than any marker has.
const UNCLOSED_BYTES: usize = 1024;

/// How much is read of a text for a finding.
const SHOWN_BYTES: usize = 1024;

/// A text for a finding: one line, cut where it is long.
fn shown(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(SHOWN_BYTES)];
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
