//! Stretches of a body that are read otherwise than running text: code, links, tables and literal HTML.

use crate::markdown::events::Body;
use pulldown_cmark::{Event, Tag};
use std::ops::Range;

/// What a stretch is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code block.
    Block,
    /// Code within a line.
    Span,
    /// A link or image, whose brackets are no shortcode.
    Link,
    /// Raw HTML that is shown or run as it stands. Comments in it still count.
    Literal,
    /// A table. Its lines begin and end with marks, so only comments in it count.
    Table,
}

/// All stretches of a body.
#[derive(Default)]
pub struct Stretches {
    /// Blocks, none in another; ascending.
    blocks: Vec<(Range<usize>, Kind)>,
    /// Stretches within lines, ascending by their start.
    spans: Vec<(Range<usize>, Kind)>,
}

/// How many spans lie in each other at most.
const NESTED: usize = 8;

impl Stretches {
    /// Those of a body.
    pub fn of(body: &Body<'_>, text: &str) -> Self {
        let mut all = Stretches::default();
        for (event, bytes) in &body.events {
            let bytes = bytes.clone();
            match event {
                Event::Start(Tag::CodeBlock(_)) => all.blocks.push((bytes, Kind::Block)),
                Event::Start(Tag::Table(_)) => all.blocks.push((bytes, Kind::Table)),
                Event::Start(Tag::HtmlBlock) if is_literal(&text[bytes.clone()]) => {
                    all.blocks.push((bytes, Kind::Literal));
                }
                Event::Code(_) => all.spans.push((bytes, Kind::Span)),
                // An address between `<` and `>` has no brackets.
                Event::Start(Tag::Link { .. } | Tag::Image { .. })
                    if !text[bytes.start..].starts_with('<') =>
                {
                    all.spans.push((bytes, Kind::Link));
                }
                _ => {}
            }
        }
        all
    }

    /// Whether a byte lies in a stretch of one of these kinds.
    pub fn holds(&self, at: usize, kinds: &[Kind]) -> bool {
        [&self.blocks, &self.spans].into_iter().any(|list| {
            let after = list.partition_point(|(it, _)| it.start <= at);
            let mut around = list[..after].iter().rev().take(NESTED);
            around.any(|(it, kind)| it.contains(&at) && kinds.contains(kind))
        })
    }

    /// Whether a block overlaps with a line.
    pub fn has_block(&self, line: &Range<usize>) -> bool {
        let block = self.blocks.partition_point(|(it, _)| it.end <= line.start);
        self.blocks
            .get(block)
            .is_some_and(|(it, _)| it.start < line.end)
    }

    /// The spans that overlap with a line.
    pub fn spans_in(&self, line: &Range<usize>) -> impl Iterator<Item = &Range<usize>> {
        let end = self.spans.partition_point(|(it, _)| it.start < line.end);
        let start = line.start;
        let here = self.spans[..end].iter().rev();
        here.take_while(move |(it, _)| it.end > start)
            .map(|(it, _)| it)
    }
}

/// Elements whose inside is shown or run as it stands.
const LITERAL: [&str; 4] = ["<pre", "<script", "<style", "<textarea"];

/// Whether HTML begins with an element whose inside is shown or run as it stands, and ends it.
fn is_literal(html: &str) -> bool {
    let html = html.trim_start();
    let begins = |name: &&str| {
        let is_named = html
            .get(..name.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(name));
        is_named && !html[name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-')
    };
    LITERAL
        .iter()
        .find(|name| begins(name))
        .is_some_and(|name| html.to_ascii_lowercase().contains(&name.replace('<', "</")))
}
