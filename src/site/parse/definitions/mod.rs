//! To whom definitions of footnotes and link references belong, and what is wrong with them.
//!
//! A definition belongs to the text around it. Those in the run of definitions at the end of a file belong to the text
//! that uses them, wherever a divider or a marker has put them: one that public text alone uses is public, one that a
//! gated part alone uses is as gated as that. What a footnote uses is used by whoever uses the footnote.
//!
//! Entry point: [`settle`]. `uses` finds who uses what, `unseen` reports what no reader sees.

mod unseen;
mod uses;

use crate::diag::{DefinitionUse, Diagnostic};
use crate::ids::Access;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::{self, Layout};
use pulldown_cmark::{Event, Tag};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use uses::{Origin, Use};

/// Text with one list of footnotes: all public runs, or one gated run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Public,
    Gated(usize),
}

/// What is known of all definitions of a body.
pub struct Definitions {
    /// Byte at which the run of definitions at the end of the file begins.
    tail_at: usize,
    /// For each definition of the tail, by its byte, the sides that use it.
    sides: BTreeMap<usize, BTreeSet<Side>>,
    /// Events of each footnote of the tail, and its byte; ascending, none in another.
    tail_notes: Vec<(Range<usize>, usize)>,
    /// Bytes of definitions that are used where they may not be.
    faulty: BTreeSet<usize>,
}

impl Definitions {
    /// Whether a run may use the definition at a byte of the file.
    pub fn may_use(&self, layout: &Layout, run: usize, definition: usize) -> bool {
        if definition >= self.tail_at {
            return !self.faulty.contains(&definition);
        }
        let owner = layout.run_at(definition);
        owner == run || !layout.runs[owner].access.is_gated()
    }

    /// Whether the text at an event is public. A footnote of the tail that nothing uses is not.
    pub fn is_public(&self, layout: &Layout, event: usize) -> bool {
        let after = self
            .tail_notes
            .partition_point(|(events, _)| events.start <= event);
        let note = after.checked_sub(1).map(|it| &self.tail_notes[it]);
        match note.filter(|(events, _)| events.contains(&event)) {
            Some((_, byte)) => {
                let sides = self.sides.get(byte);
                sides.is_some_and(|it| it.iter().all(|side| *side == Side::Public))
            }
            None => {
                let run = layout.run_of(event);
                run.is_some_and(|run| !layout.runs[run].access.is_gated())
            }
        }
    }
}

/// Finds out who uses what. `title` is the event of the heading that leaves the body.
pub fn settle(
    body: &Body<'_>,
    layout: &Layout,
    title: Option<usize>,
    findings: &mut Findings<'_>,
) -> Definitions {
    unseen::undefined(body, findings);
    let mut definitions = Definitions {
        tail_at: usize::MAX,
        sides: BTreeMap::new(),
        tail_notes: Vec::new(),
        faulty: BTreeSet::new(),
    };
    if body.footnotes.is_empty() && body.definitions.is_empty() {
        return definitions;
    }
    let notes = uses::notes(body);
    let uses = uses::uses(body, layout, &notes, title);
    let tail_at = tail_at(body, layout, findings);
    definitions.tail_at = tail_at;
    for note in notes.iter().filter(|note| note.byte >= tail_at) {
        let last = definitions.tail_notes.last();
        // A note within another belongs to that.
        if last.is_none_or(|(events, _)| events.end <= note.events.start) {
            definitions
                .tail_notes
                .push((note.events.clone(), note.byte));
        }
    }
    let reached = uses::reached(&notes, &uses);
    let mut by_definition: BTreeMap<usize, Vec<(&Use, BTreeSet<Side>)>> = BTreeMap::new();
    for it in &uses {
        let sides = match it.from {
            Origin::Side(side) => [side].into(),
            Origin::Note(note) => reached[note].clone(),
        };
        if !sides.is_empty() {
            by_definition
                .entry(it.definition)
                .or_default()
                .push((it, sides));
        }
    }
    for (definition, uses) in &by_definition {
        let sides: BTreeSet<Side> = uses.iter().flat_map(|(_, sides)| sides).copied().collect();
        let wrong = if *definition >= tail_at {
            let is_mixed = accesses(layout, &sides).len() > 1;
            definitions.sides.insert(*definition, sides);
            is_mixed.then(|| uses.iter().collect::<Vec<_>>())
        } else {
            let owner = layout.run_at(*definition);
            let is_elsewhere = |side: &Side| *side != Side::Gated(owner);
            let is_gated = layout.runs[owner].access.is_gated();
            let elsewhere = uses
                .iter()
                .filter(|(_, sides)| sides.iter().any(is_elsewhere));
            let elsewhere: Vec<_> = elsewhere.collect();
            (is_gated && !elsewhere.is_empty()).then_some(elsewhere)
        };
        if let Some(wrong) = wrong {
            definitions.faulty.insert(*definition);
            report(*definition, tail_at, layout, &wrong, findings);
        }
    }
    unseen::notes(body, &notes, &reached, findings);
    unseen::swallowed(body, layout, &definitions, findings);
    definitions
}

/// Byte behind the last block that is neither a footnote's definition nor a plain comment: what follows is the run of
/// definitions at the end of the file. Definitions of links are no blocks at all.
fn tail_at(body: &Body<'_>, layout: &Layout, findings: &Findings<'_>) -> usize {
    let text = &findings.file().text;
    let blocks: Vec<Range<usize>> = body.blocks().collect();
    let last = blocks.iter().rev().find(|block| {
        let (event, bytes) = &body.events[block.start];
        match event {
            Event::Start(Tag::FootnoteDefinition(_)) => false,
            Event::Start(Tag::HtmlBlock) => {
                !paywall::is_comment(&text[bytes.clone()]) || layout.run_of(block.start).is_none()
            }
            _ => true,
        }
    });
    last.map_or(0, |block| body.events[block.start].1.end)
}

/// Who may read the sides, each access once.
fn accesses<'l>(layout: &'l Layout, sides: &BTreeSet<Side>) -> Vec<&'l Access> {
    let mut all: Vec<&Access> = Vec::new();
    for side in sides {
        let access = match side {
            Side::Public => &Access::Public,
            Side::Gated(run) => &layout.runs[*run].access,
        };
        if !all.contains(&access) {
            all.push(access);
        }
    }
    all
}

/// One finding for a definition, with all of its uses that are at fault.
fn report(
    definition: usize,
    tail_at: usize,
    layout: &Layout,
    uses: &[&(&Use, BTreeSet<Side>)],
    findings: &mut Findings<'_>,
) {
    let file = findings.file();
    let Some((first, _)) = uses.first() else {
        return;
    };
    let label = first.label.clone();
    let shown = uses.iter().map(|(it, sides)| DefinitionUse {
        line: file.line_of(it.byte),
        access: accesses(layout, sides)
            .iter()
            .map(|it| it.to_string())
            .collect::<Vec<_>>()
            .join(" and "),
    });
    let shown: Vec<DefinitionUse> = shown.collect();
    let at = definition..definition;
    findings.push(|| match definition >= tail_at {
        true => Diagnostic::shared_definition(file, at, &label, &shown),
        false => Diagnostic::gated_definition(file, at, &label, &shown),
    });
}

#[cfg(test)]
mod tests;
