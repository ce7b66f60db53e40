//! Where a body is cut: markers found among the top-level blocks, and the runs between them, each with one access.
//!
//! A fault never opens a gate: what is nearly a marker is an error, and after an error the stricter state stays. `scan`
//! finds what means a marker, by `meaning`, `phrase`, `fold` and `words`; `cutter` makes runs of markers; `fences` and `pairs` look at code.

mod attributes;
mod cutter;
mod fences;
mod fold;
mod lines;
mod meaning;
mod pairs;
mod phrase;
mod scan;
mod slips;
mod stretches;
#[cfg(test)]
mod tests;
mod words;

use crate::diag::{Diagnostic, SourceFile};
use crate::ids::Access;
use crate::markdown::events::Body;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use cutter::Cutter;
use fences::Gates;
pub use lines::line_length;
use meaning::{Marker, Meaning};
use pulldown_cmark::{Event, HeadingLevel, Tag};
use scan::Marks;
use std::ops::Range;

/// Whether the inside of a comment is exactly a marker that opens or closes a part.
pub fn is_marker(inner: &str) -> bool {
    let marker = match meaning::comment(inner, &[]) {
        Some(Meaning::Marker(marker)) => marker,
        _ => return false,
    };
    marker != Marker::Divider
}

/// Whether a text names who may read something, and that is not everyone.
pub fn means_gate(text: &str) -> bool {
    let meaning = meaning::comment(text, &[]);
    let meaning = meaning.filter(|it| *it != Meaning::Marker(Marker::Divider));
    matches!(
        meaning,
        Some(Meaning::Marker(_) | Meaning::NearGate(Some(_)))
    )
}

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

    /// The run that an event lies in; `None` for those of markers.
    pub fn run_of(&self, event: usize) -> Option<usize> {
        let after = self.runs.partition_point(|run| run.events.start <= event);
        let at = after.checked_sub(1)?;
        self.runs[at].events.contains(&event).then_some(at)
    }
}

/// What the head of a page says about its gates.
pub struct Wanted<'a> {
    /// The page's own access.
    pub access: &'a Access,
    /// All of the page is the teaser, unless a divider or a marker gates some of it.
    pub is_all_teaser: bool,
}

/// Cuts a body that begins at byte `body_at`.
pub fn cut(
    body: &Body<'_>,
    body_at: usize,
    wanted: &Wanted<'_>,
    settings: &ParseSettings,
    file: &SourceFile,
    findings: &mut Findings<'_>,
) -> Layout {
    let access = wanted.access;
    let blocks: Vec<Range<usize>> = body.blocks().collect();
    let mut marks = scan::scan(body, &blocks, body_at, access, settings, findings);
    if access.is_gated() {
        // In Ghost the marker ends the teaser, and who may read the rest is what the page says.
        let rests = marks.list.iter_mut().filter(|it| it.1 == Marker::Rest);
        rests.for_each(|it| it.1 = Marker::Divider);
    }
    let has_divider = divides(&marks.list);
    report_doubts(&marks, access, findings);
    let counts_blocks = access.is_gated() && !has_divider && !wanted.is_all_teaser;
    let mut cutter = Cutter::new(access, settings, file, findings);
    // What stands between the teaser and its first gated block, such as a comment, is gated with it.
    let last = blocks.iter().rposition(|it| counts(body, it, 1, file));
    let mut n_public = 0;
    let mut list = marks.list.into_iter().peekable();
    for (place, block) in blocks.into_iter().enumerate() {
        if let Some((_, marker)) = list.next_if(|(at, _)| *at == block.start) {
            let bytes = body.events[block.start].1.clone();
            cutter.mark(marker, block, bytes);
            continue;
        }
        if !counts_blocks || !cutter.is_public() {
            continue;
        }
        let is_behind = n_public == settings.teaser && last.is_some_and(|last| place <= last);
        if is_behind && !is_note(body, &block) {
            cutter.gate_rest(block.start, body.events[block.start].1.start);
        } else if counts(body, &block, n_public, file) {
            n_public += 1;
        }
    }
    let (layout, open) = cutter.finish(body.events.len());
    let gates = Gates {
        access,
        has_divider,
        open: open.as_ref(),
    };
    fences::report(body, &gates, settings, findings);
    attributes::report(body, &settings.tiers, findings);
    let is_gated = layout.runs.iter().any(|run| run.access.is_gated());
    if access.is_gated() && !is_gated && !wanted.is_all_teaser {
        findings.push(|| Diagnostic::nothing_gated(&file.path, &access.to_string()));
    }
    layout
}

/// What can be told only when all markers of a page are known.
fn report_doubts(marks: &Marks, access: &Access, findings: &mut Findings<'_>) {
    let file = findings.file();
    let has_gates = access.is_gated() || marks.list.iter().any(|it| it.1 != Marker::Divider);
    for (at, swallows) in &marks.unclosed {
        let at = *at..*at;
        if has_gates {
            findings.push(|| Diagnostic::comment_unclosed(file, at));
        } else if *swallows {
            findings.push(|| Diagnostic::comment_swallows(file, at));
        }
    }
    let has_divider = marks.list.iter().any(|it| it.1 == Marker::Divider);
    if access.is_gated() && !has_divider {
        for bytes in &marks.foreign_dividers {
            let text = &file.text[bytes.clone()];
            let at = bytes.start..bytes.start;
            findings.push(|| Diagnostic::marker_misspelt(file, at, text, Some("more")));
        }
    }
}

/// Whether a divider stands outside parts, as far as openers and closers match.
fn divides(marks: &[(usize, Marker)]) -> bool {
    let mut is_open = false;
    marks.iter().any(|(_, marker)| {
        match marker {
            Marker::Open(_) | Marker::Rest => is_open = true,
            Marker::Close(_) => is_open = false,
            Marker::Divider => {}
        }
        *marker == Marker::Divider && !is_open
    })
}

/// Whether a block is the text of a footnote, which belongs to whoever uses it.
fn is_note(body: &Body<'_>, block: &Range<usize>) -> bool {
    matches!(
        body.events[block.start].0,
        Event::Start(Tag::FootnoteDefinition(_))
    )
}

/// Whether a block is one of the teaser's: not a comment, not a footnote's text, not the heading that is the title.
fn counts(body: &Body<'_>, block: &Range<usize>, n_before: usize, file: &SourceFile) -> bool {
    let (first, bytes) = &body.events[block.start];
    match first {
        _ if is_note(body, block) => false,
        Event::Start(Tag::Heading { level, .. }) => *level != HeadingLevel::H1 || n_before > 0,
        Event::Start(Tag::HtmlBlock) => !is_comment(&file.text[bytes.clone()]),
        _ => true,
    }
}

/// Whether a piece of HTML is one comment.
pub fn is_comment(html: &str) -> bool {
    let inner = html.trim().strip_prefix("<!--");
    let inner = inner.and_then(|it| it.strip_suffix("-->"));
    inner.is_some_and(|it| !it.contains("-->") && !it.contains("<!--"))
}
