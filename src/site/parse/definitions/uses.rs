//! Footnotes of a body, and every use of a definition.

use crate::markdown::events::{self, Body};
use crate::site::parse::definitions::Side;
use crate::site::parse::paywall::Layout;
use pulldown_cmark::{Event, Tag, TagEnd};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// One footnote definition.
pub struct Note {
    /// As it is written.
    pub label: String,
    /// Its own start and end included.
    pub events: Range<usize>,
    /// Where it begins in the file.
    pub byte: usize,
    /// The first of its label; later ones are never shown.
    pub is_first: bool,
}

/// Where a use stands.
#[derive(Clone, Copy)]
pub enum Origin {
    /// In running text.
    Side(Side),
    /// In a note, by its place among all.
    Note(usize),
}

/// One use of a definition.
pub struct Use {
    /// Where it stands.
    pub from: Origin,
    /// Byte of the definition.
    pub definition: usize,
    /// Which note it is, where it is one.
    pub note: Option<usize>,
    /// As it is written, `^` included.
    pub label: String,
    /// Byte of the use.
    pub byte: usize,
}

/// All footnote definitions, in order.
pub fn notes(body: &Body<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for (at, (event, bytes)) in body.events.iter().enumerate() {
        if let Event::Start(Tag::FootnoteDefinition(label)) = event {
            let events = body.span(at);
            let folded = events::label(label);
            let is_first = body.footnotes.get(&folded).is_some_and(|it| it.start == at);
            let (label, byte) = (label.to_string(), bytes.start);
            notes.push(Note {
                label,
                events,
                byte,
                is_first,
            });
        }
    }
    notes
}

/// All uses, those in a heading that leaves the body apart: nothing of it is shown.
pub fn uses(body: &Body<'_>, layout: &Layout, notes: &[Note], title: Option<usize>) -> Vec<Use> {
    let by_start: HashMap<usize, usize> = notes
        .iter()
        .enumerate()
        .map(|(at, note)| (note.events.start, at))
        .collect();
    let title = title.map_or(0..0, |at| body.span(at));
    let mut around: Vec<usize> = Vec::new();
    let mut uses = Vec::new();
    for (at, (event, bytes)) in body.events.iter().enumerate() {
        match event {
            Event::Start(Tag::FootnoteDefinition(_)) => around.extend(by_start.get(&at)),
            Event::End(TagEnd::FootnoteDefinition) => drop(around.pop()),
            _ => {}
        }
        let (definition, note, label) = match event {
            Event::FootnoteReference(label) => {
                let Some(events) = body.footnotes.get(&events::label(label)) else {
                    continue;
                };
                let byte = body.events[events.start].1.start;
                (
                    byte,
                    by_start.get(&events.start).copied(),
                    format!("^{label}"),
                )
            }
            Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) => {
                match body.definitions.get(&at) {
                    Some(definition) => (*definition, None, id.to_string()),
                    None => continue,
                }
            }
            _ => continue,
        };
        let from = match (around.last(), layout.run_of(at)) {
            _ if title.contains(&at) => continue,
            (Some(note), _) => Origin::Note(*note),
            (None, Some(run)) if layout.runs[run].access.is_gated() => {
                Origin::Side(Side::Gated(run))
            }
            (None, Some(_)) => Origin::Side(Side::Public),
            (None, None) => continue,
        };
        uses.push(Use {
            from,
            definition,
            note,
            label,
            byte: bytes.start,
        });
    }
    uses
}

/// The sides in which each note is shown.
pub fn reached(notes: &[Note], uses: &[Use]) -> Vec<BTreeSet<Side>> {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); notes.len()];
    let mut waiting: Vec<(usize, Side)> = Vec::new();
    for it in uses {
        match (it.from, it.note) {
            (Origin::Side(side), Some(note)) => waiting.push((note, side)),
            (Origin::Note(around), Some(note)) => inside[around].push(note),
            (_, None) => {}
        }
    }
    let mut reached = vec![BTreeSet::new(); notes.len()];
    while let Some((note, side)) = waiting.pop() {
        if reached[note].insert(side) {
            waiting.extend(inside[note].iter().map(|it| (*it, side)));
        }
    }
    reached
}
