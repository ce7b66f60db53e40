//! A text -> parser events with the author's bytes, and where its definitions stand.
//!
//! The whole text is parsed at once; where a paywall cuts is decided afterwards over the same events, so that a
//! marker can never be seen differently by two parsers.

use crate::markdown::emphasis::Prepared;
use crate::markdown::profile::Profile;
use crate::markdown::wiki;
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd, TextMergeWithOffset};
use std::collections::HashMap;
use std::ops::Range;
use unicase::UniCase;

/// A parsed text.
pub struct Body<'a> {
    /// Events with their bytes in the file.
    pub events: Vec<(Event<'a>, Range<usize>)>,
    /// Events of each footnote definition, its own start and end included, by folded [`label`]; the first of a label
    /// counts.
    pub footnotes: HashMap<String, Range<usize>>,
    /// For a link or image by reference: its event, and the byte of the definition in the file.
    pub definitions: HashMap<usize, usize>,
    /// Whether the events are all there are: a profile may limit their number and depth.
    pub is_complete: bool,
    /// Bytes in the file of comments between `%%`, of which there are no events; ascending.
    pub comments: Vec<Range<usize>>,
}

/// Parses a text that was made ready. `body_at` is its byte in the file.
pub fn parse<'a>(prepared: &'a Prepared<'_>, body_at: usize, profile: &Profile) -> Body<'a> {
    let source = |at: usize| body_at + prepared.source(at);
    let mut offsets = Parser::new_ext(&prepared.text, profile.options).into_offset_iter();
    let mut events = Vec::with_capacity(prepared.text.len() / 24);
    let mut references = Vec::new();
    let mut depth = 0;
    let mut is_complete = true;
    let as_written =
        |(event, range): (Event<'a>, Range<usize>)| (prepared.without_pipes(event, &range), range);
    for (event, range) in TextMergeWithOffset::new(offsets.by_ref().map(as_written)) {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if events.len() >= profile.max_events || depth > profile.max_depth {
            is_complete = false;
            break;
        }
        if let Event::Start(Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. }) =
            &event
            && matches!(
                link_type,
                LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
            )
        {
            references.push((events.len(), id.to_string()));
        }
        let range = source(range.start)..source(range.end);
        events.push((prepared.restored(event), range));
    }
    name_wiki_links(&mut events);
    let known = offsets.reference_definitions();
    let definitions = references
        .into_iter()
        .filter_map(|(event, label)| Some((event, source(known.get(&label)?.span.start))))
        .collect();
    let footnotes = footnotes(&events);
    Body {
        events,
        footnotes,
        definitions,
        is_complete,
        comments: prepared
            .dropped
            .iter()
            .map(|it| body_at + it.start..body_at + it.end)
            .collect(),
    }
}

/// Gives wiki links without a text of their own the one that readers see.
fn name_wiki_links(events: &mut [(Event<'_>, Range<usize>)]) {
    for at in 1..events.len() {
        let (before, rest) = events.split_at_mut(at);
        let (
            Some((
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    ..
                }),
                _,
            )),
            (Event::Text(text), _),
        ) = (before.last(), &mut rest[0])
        else {
            continue;
        };
        if *link_type == (LinkType::WikiLink { has_pothole: false }) {
            *text = wiki::Target::of(dest_url).title().into();
        }
    }
}

/// Whether a tag stands within a line of text.
pub fn is_inline(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// A footnote's label as the parser compares it: in any letter case.
pub fn label(text: &str) -> String {
    UniCase::new(text).to_folded_case()
}

fn footnotes(events: &[(Event<'_>, Range<usize>)]) -> HashMap<String, Range<usize>> {
    let mut found = HashMap::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    for (at, (event, _)) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::FootnoteDefinition(text)) => open.push((label(text), at)),
            Event::End(TagEnd::FootnoteDefinition) => {
                if let Some((label, start)) = open.pop() {
                    let span = start..at + 1;
                    let first = found.entry(label).or_insert_with(|| span.clone());
                    if span.start < first.start {
                        *first = span;
                    }
                }
            }
            _ => {}
        }
    }
    found
}

impl<'a> Body<'a> {
    /// The events of the block or span that begins at an event, its end included; one event where it has no end.
    pub fn span(&self, at: usize) -> Range<usize> {
        let mut depth = 0;
        let n_events = self.events[at..]
            .iter()
            .position(|(event, _)| {
                match event {
                    Event::Start(_) => depth += 1,
                    Event::End(_) => depth -= 1,
                    _ => {}
                }
                depth <= 0
            })
            .map_or(self.events.len() - at, |last| last + 1);
        at..at + n_events
    }

    /// The blocks at the top level, in order, each as its events.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let span = (at < self.events.len()).then(|| self.span(at))?;
            at = span.end;
            Some(span)
        })
    }

    /// All text of a range of events, as it was written between tags.
    pub fn text(&self, range: Range<usize>) -> String {
        let mut text = String::new();
        for (event, _) in &self.events[range] {
            match event {
                Event::Text(piece)
                | Event::Code(piece)
                | Event::Html(piece)
                | Event::InlineMath(piece)
                | Event::DisplayMath(piece) => text.push_str(piece),
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                _ => {}
            }
        }
        text
    }
}
