//! Findings about notes: those that no reader sees, and marks that lead to none.

use crate::diag::Diagnostic;
use crate::markdown::events::{self, Body};
use crate::site::parse::definitions::uses::Note;
use crate::site::parse::definitions::{Definitions, Side};
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::Layout;
use crate::steps;
use pulldown_cmark::{Event, Tag, TagEnd};
use std::collections::BTreeSet;
use std::ops::Range;

/// Notes that no reader sees.
pub fn notes(
    body: &Body<'_>,
    notes: &[Note],
    reached: &[BTreeSet<Side>],
    findings: &mut Findings<'_>,
) {
    let file = findings.file();
    for (note, sides) in notes.iter().zip(reached) {
        let at = note.byte..note.byte;
        let label = &note.label;
        let is_empty = note.events.len() <= 2 || {
            let text = body.text(note.events.clone());
            let inside = &body.events[note.events.start + 1..note.events.end - 1];
            let has_other = |(event, _): &(Event<'_>, Range<usize>)| {
                matches!(
                    event,
                    Event::Start(Tag::Image { .. }) | Event::InlineHtml(_) | Event::Rule
                )
            };
            text.trim().is_empty() && !inside.iter().any(has_other)
        };
        if !note.is_first {
            let first = body.footnotes.get(&events::label(label));
            let line = first.map_or(0, |it| file.line_of(body.events[it.start].1.start));
            findings.push(|| Diagnostic::footnote_twice(file, at, label, line));
        } else if sides.is_empty() {
            findings.push(|| Diagnostic::footnote_unused(file, at, label));
        } else if is_empty {
            findings.push(|| Diagnostic::footnote_empty(file, at, label));
        }
    }
}

/// Definitions of links that stand right below the text of a footnote, which makes them part of it. In a public note of
/// a page with gates it is an error, for the definition may be a gated part's.
pub fn swallowed(
    body: &Body<'_>,
    layout: &Layout,
    definitions: &Definitions,
    findings: &mut Findings<'_>,
) {
    let file = findings.file();
    let is_gated = layout.runs.iter().any(|run| run.access.is_gated());
    for (events, _) in &definitions.tail_notes {
        let is_doubtful = is_gated && definitions.is_public(layout, events.start);
        let inside = &body.events[events.clone()];
        for pair in inside.windows(2) {
            let [(Event::SoftBreak | Event::HardBreak, _), (_, bytes)] = pair else {
                continue;
            };
            let line = file.text[bytes.start..].lines().next().unwrap_or_default();
            let at = bytes.start..bytes.start;
            if is_definition(line) {
                findings.push(|| Diagnostic::definition_swallowed(file, at, is_doubtful));
            } else if is_doubtful
                && is_gated_at(layout, bytes.start)
                && !is_indented(&file.text, bytes.start)
            {
                findings.push(|| Diagnostic::definition_goes_on(file, at));
            }
        }
    }
    for (at, sides) in &definitions.sides {
        let is_public = sides.iter().all(|it| *it == Side::Public);
        if is_public
            && is_gated_at(layout, *at)
            && let Some(next) = second_line(&file.text[*at..])
        {
            let at = at + next..at + next;
            findings.push(|| Diagnostic::definition_goes_on(file, at));
        }
    }
}

/// Whether the text around a byte is gated: what stands there and is public is so by its use alone.
fn is_gated_at(layout: &Layout, byte: usize) -> bool {
    layout.runs[layout.run_at(byte)].access.is_gated()
}

/// Whether a text that begins at a byte has space before it in its line, as text that is meant as part of a note has.
fn is_indented(text: &str, at: usize) -> bool {
    text[..at].ends_with([' ', '\t'])
}

/// Where the second line of a link's definition begins that has its address or its title.
fn second_line(text: &str) -> Option<usize> {
    let (first, rest) = text.split_once('\n')?;
    let (_, address) = first
        .split_once("]:")
        .filter(|_| !first.starts_with("[^"))?;
    let next = rest.lines().next().unwrap_or_default().trim();
    let is_title = next.starts_with(['"', '\'', '(']);
    let goes_on = !next.is_empty() && (address.trim().is_empty() || is_title);
    goes_on.then_some(first.len() + 1)
}

/// Whether a line is `[label]: address`.
fn is_definition(line: &str) -> bool {
    let label = line.strip_prefix('[').and_then(|it| it.split_once("]:"));
    label.is_some_and(|(label, address)| {
        !label.is_empty() && !label.contains(['[', ']', '^']) && !address.trim().is_empty()
    })
}

/// Marks of notes that do not exist, which are shown as they are written.
pub fn undefined(body: &Body<'_>, findings: &mut Findings<'_>) {
    let file = findings.file();
    if !file.text.contains("[^") {
        return;
    }
    let mut in_code = false;
    for (event, bytes) in &body.events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code && text.contains("[^") => {
                for (at, label) in marks(&file.text[bytes.clone()]) {
                    let at = bytes.start + at..bytes.start + at;
                    if !body.footnotes.contains_key(&events::label(label)) {
                        findings.push(|| Diagnostic::footnote_undefined(file, at, label));
                    }
                }
            }
            _ => {}
        }
    }
}

/// `[^label]` in a text, as a mark of a note is written; a set of characters such as `[^a-z]` is none.
fn marks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("[^").filter_map(|(at, open)| {
        let is_label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '*');
        let behind = &text[at + open.len()..];
        let (label, _) = behind.split_at(behind.find(|c| !is_label(c))?);
        steps::read(label.len());
        let is_closed = behind[label.len()..].starts_with(']');
        let mut letters = label.chars();
        let is_range = letters.nth(1) == Some('-') && letters.next().is_some();
        let is_escaped = text[..at].ends_with('\\');
        let fits = is_closed && !label.is_empty();
        (fits && !is_range && !is_escaped).then_some((at, label))
    })
}
