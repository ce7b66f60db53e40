//! Headings of a body: which one is the title, which level and which anchor each has.
//!
//! Anchors of public headings are given first, so that nothing gated can change them. An anchor that is made of a
//! heading gives way to those that the author wrote, by hand or as an `id` in HTML.

use crate::diag::Diagnostic;
use crate::markdown::braces;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::Layout;
use crate::site::parse::{raw_html, text};
use pulldown_cmark::{CowStr, Event, Tag};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// What is known of all headings before one is rendered.
pub struct Headings {
    /// By the event that begins it.
    pub plans: HashMap<usize, Plan>,
    /// Text of the heading that stands for the page's title, and the event that begins it; it leaves the body.
    pub title: Option<(String, usize)>,
}

/// What a heading becomes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// 1 to 6. The page's title is its one H1, so an H1 of the body becomes an H2.
    pub level: u8,
    /// Unique in the page.
    pub id: Arc<str>,
    /// At the top level, not in a quote, list or footnote.
    pub is_top: bool,
}

/// The heading that stands for the title, where the first public one does. `title` is the front matter's.
pub fn title(body: &Body<'_>, layout: &Layout, title: Option<&str>) -> Option<(String, usize)> {
    let mut depth = 0;
    for (at, (event, _)) in body.events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let run = layout.run_of(at);
                if run.is_none_or(|run| layout.runs[run].access.is_gated()) {
                    depth += 1;
                    continue;
                }
                let text = plain(body, body.span(at));
                let fits = depth == 0 && *level as u8 == 1 && !text.is_empty();
                let is_title = fits && title.is_none_or(|title| same(title, &text));
                return is_title.then_some((text, at));
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Plans all headings. `is_public` tells of an event whether anyone may read it.
pub fn plan(
    body: &Body<'_>,
    title: Option<(String, usize)>,
    is_public: impl Fn(usize) -> bool,
    findings: &mut Findings<'_>,
) -> Headings {
    let found = find(body, findings);
    let (public, gated): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|it| is_public(it.at));
    let (public_ids, gated_ids): (Vec<_>, Vec<_>) = ids_in_html(body)
        .into_iter()
        .partition(|it| is_public(it.0));
    let mut anchors = Anchors::default();
    let mut plans = HashMap::new();
    for (headings, ids) in [(&public, public_ids), (&gated, gated_ids)] {
        anchors.taken.extend(ids.into_iter().map(|(_, id)| id));
        // Anchors by hand are taken before any is made, so that a made one gives way.
        let by_hand: Vec<Option<Arc<str>>> = headings
            .iter()
            .map(|it| it.id.as_deref().map(|id| anchors.by_hand(id, it, findings)))
            .collect();
        for (heading, id) in headings.iter().zip(by_hand) {
            let id = id.unwrap_or_else(|| anchors.made(&heading.text));
            let plan = Plan {
                level: heading.level.max(2),
                id,
                is_top: heading.is_top,
            };
            plans.insert(heading.at, plan);
        }
    }
    Headings { plans, title }
}

/// Every `id` in the HTML of a body, with the event it stands in. Where HTML is shown as text these are only names that
/// no heading gets.
fn ids_in_html(body: &Body<'_>) -> Vec<(usize, Arc<str>)> {
    let mut ids = Vec::new();
    for (at, (event, _)) in body.events.iter().enumerate() {
        let html = match event {
            Event::Start(Tag::HtmlBlock) => body.text(body.span(at)),
            Event::InlineHtml(html) => html.to_string(),
            _ => continue,
        };
        ids.extend(raw_html::ids(&html).map(|id| (at, Arc::from(id))));
    }
    ids
}

/// A heading as it stands.
struct Found {
    at: usize,
    bytes: Range<usize>,
    level: u8,
    id: Option<String>,
    text: String,
    is_top: bool,
}

fn find(body: &Body<'_>, findings: &mut Findings<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut depth = 0;
    for (at, (event, bytes)) in body.events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading {
                level, id, attrs, ..
            }) => {
                warn_dropped(attrs, bytes.start, findings);
                found.push(Found {
                    at,
                    bytes: bytes.clone(),
                    level: *level as u8,
                    id: anchor_by_hand(id.as_deref(), attrs),
                    text: plain(body, body.span(at)),
                    is_top: depth == 0,
                });
                depth += 1;
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Text(text) if text.starts_with("##") => {
                let before = at.checked_sub(1).map(|before| &body.events[before].0);
                if let Some(Event::Start(Tag::Paragraph) | Event::SoftBreak) = before {
                    warn_unspaced(text, bytes.start, findings);
                }
            }
            _ => {}
        }
    }
    found
}

/// Attributes of a heading that no page shows. One that says who may read has an error of its own.
fn warn_dropped(
    attributes: &[(CowStr<'_>, Option<CowStr<'_>>)],
    at: usize,
    findings: &mut Findings<'_>,
) {
    let is_dropped = |(name, value): &&(CowStr<'_>, Option<CowStr<'_>>)| match name.as_ref() {
        "id" => !value
            .as_deref()
            .is_some_and(|id| is_anchor(id.trim_matches(['"', '\'']))),
        name => !braces::is_shown(name),
    };
    let file = findings.file();
    if let Some((name, _)) = attributes.iter().find(is_dropped)
        && !findings.has_error_in_line(at)
    {
        findings.push(|| Diagnostic::heading_attribute(file, at..at, name));
    }
}

/// `##Heading` is text. One `#` alone begins many things, such as a tag.
fn warn_unspaced(line: &str, at: usize, findings: &mut Findings<'_>) {
    let words = line.trim_start_matches('#');
    let n_signs = line.len() - words.len();
    let file = findings.file();
    let is_escaped = file.text[..at].ends_with('\\');
    if n_signs <= 6 && words.starts_with(char::is_alphanumeric) && !is_escaped {
        findings.push(|| Diagnostic::unspaced_heading(file, at..at, &line[..n_signs]));
    }
}

/// Text of a heading without footnote marks and HTML.
pub fn plain(body: &Body<'_>, range: Range<usize>) -> String {
    let mut text = String::new();
    for (event, _) in &body.events[range] {
        match event {
            Event::Text(piece)
            | Event::Code(piece)
            | Event::InlineMath(piece)
            | Event::DisplayMath(piece) => text.push_str(piece),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_string()
}

/// `{#id}`, or `{ id="id" }`.
fn anchor_by_hand(id: Option<&str>, attrs: &[(CowStr<'_>, Option<CowStr<'_>>)]) -> Option<String> {
    let by_key = || {
        let (_, value) = attrs.iter().find(|(key, _)| key.as_ref() == "id")?;
        Some(value.as_deref()?.trim_matches(['"', '\'']))
    };
    id.or_else(by_key)
        .filter(|id| is_anchor(id))
        .map(str::to_owned)
}

/// An anchor has no space in it.
fn is_anchor(id: &str) -> bool {
    !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Whether a heading says what the title says, as far as a reader would notice.
fn same(title: &str, heading: &str) -> bool {
    let folded = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '`' | '_'))
            .flat_map(char::to_lowercase)
            .collect()
    };
    folded(title) == folded(heading)
}

/// How the ids of themes begin: no anchor made of a heading has a capital letter of ASCII.
const OF_THEMES: &str = "Ly-";

/// Anchors that are taken.
#[derive(Default)]
struct Anchors {
    taken: HashSet<Arc<str>>,
    /// The last number behind a repeated anchor, so that a thousand equal headings are not tried a million times.
    last: HashMap<String, usize>,
}

impl Anchors {
    fn by_hand(&mut self, id: &str, heading: &Found, findings: &mut Findings<'_>) -> Arc<str> {
        let given = match id.starts_with(OF_THEMES) {
            true => self.made(id),
            false => self.made_of(id),
        };
        if *given != *id {
            let at = heading.bytes.start..heading.bytes.start;
            let file = findings.file();
            findings.push(|| Diagnostic::anchor_twice(file, at, id, &given));
        }
        given
    }

    fn made(&mut self, text: &str) -> Arc<str> {
        match text::anchor(text).as_str() {
            "" => self.made_of("section"),
            anchor => self.made_of(anchor),
        }
    }

    fn made_of(&mut self, base: &str) -> Arc<str> {
        let mut id: Arc<str> = base.into();
        while self.taken.contains(&id) {
            let last = self.last.entry(base.into()).or_default();
            *last += 1;
            id = format!("{base}-{last}").into();
        }
        self.taken.insert(id.clone());
        id
    }
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::{html, read};

    #[test]
    fn braces_are_attributes_or_text_and_what_is_dropped_is_told() {
        for (line, shown, dropped) in [
            ("## One \\{#b}", "<h2 id=\"one-b\">One {#b}", None),
            ("## One {#b}", "<h2 id=\"b\">One ", None),
            (
                "## One {#b .c lang=zh data-x=1}",
                "lang=\"zh\" data-x=\"1\">One ",
                None,
            ),
            (
                "## One {style=\"color:red\"}",
                "<h2 id=\"one\">One ",
                Some("style"),
            ),
            (
                "## One {onclick=go()}",
                "<h2 id=\"one\">One ",
                Some("onclick"),
            ),
            ("## One {#b class=c}", "<h2 id=\"b\">One ", Some("class")),
            ("## One {data-=1}", "<h2 id=\"one\">One ", Some("data-")),
            ("One {hidden=1}\n---", "<h2 id=\"one\">One ", Some("hidden")),
            ("## GET /a/{id}", "GET /a/{id} ", None),
        ] {
            let made = html(line);
            assert!(made.contains(shown), "{line}: {made}");
            let parsed = read(line);
            let found = parsed
                .findings
                .iter()
                .find(|it| it.code == "heading-attribute");
            let name = found.map(|it| it.message.split('`').nth(1).unwrap_or_default());
            assert_eq!(name, dropped, "{line}");
        }
    }
}
