//! Lines that look like those of a head, where none is: at the top of a file without one, between damaged fences, in a
//! comment, and below a head that was closed too early.

use crate::ids::TierId;
use crate::site::parse::front_matter::deciding::{self, Place};
use crate::site::parse::front_matter::keys;
use crate::site::parse::front_matter::line::{
    Fence, Line, entries, entry, entry_without_colon, fence, lines, seen,
};
use std::ops::Range;

/// Lines from the top in which a head is looked for.
const N_LINES: usize = 40;

/// The first line of a body that decides something, with its place and key: in its first paragraph, headings and a
/// fence above it not counted, or between two fences in its first lines. `from` is the byte at which the body begins.
pub fn find(file: &str, from: usize, place: Place, tiers: &[TierId]) -> Option<(usize, String)> {
    let all: Vec<Line<'_>> = lines(file, from).take(N_LINES).collect();
    let start = first_of_body(&all);
    let body = &all[start..];
    let first = body.first()?;
    let mut found = None;
    if is_code(first.text) {
        // At the top of a file a sample is a head in the wrong dress; behind a head it is a sample.
        let is_data = fence(first.text) == Some(Fence::Code) && place == Place::Top;
        let lines = body.iter().skip(1).take_while(|it| !is_code(it.text));
        found = lines
            .filter(|_| is_data)
            .find_map(|it| decides(it, place, tiers));
    } else if place == Place::Top || !is_sample(first.text) {
        let is_fence = fence(first.text).is_some();
        let rest = body.iter().skip(usize::from(is_fence));
        let rest = rest.skip_while(|it| is_fence && is_blank(it));
        let lines = rest.take_while(|it| !is_blank(it) && !is_code(it.text));
        found = found.or_else(|| lines.into_iter().find_map(|it| decides(it, place, tiers)));
    }
    let rest = without_code(body, place);
    found
        .or_else(|| between_fences(&rest, place, tiers))
        .or_else(|| in_object(&rest, place, tiers))
}

/// The lines of a body without those that are shown as code. At the top of a file an indented head is one all the same.
fn without_code<'a>(body: &[Line<'a>], place: Place) -> Vec<Line<'a>> {
    let (mut code, mut element) = (OpenFence::default(), None);
    let mut is_in_paragraph = false;
    let shown = body.iter().filter(|line| {
        let text = seen(line.text);
        let is_in_code = code.holds(line.text);
        if place == Place::Top || is_in_code {
            is_in_paragraph = false;
            return !is_in_code;
        }
        if let Some(end) = element {
            if text.contains(end) {
                element = None;
            }
            return false;
        }
        element = SAMPLES
            .iter()
            .find(|(begin, end)| text.starts_with(begin) && !text[begin.len()..].contains(end))
            .map(|(_, end)| *end);
        let is_indented = line.text.starts_with("    ") || line.text.starts_with('\t');
        let is_sample = element.is_some() || (is_indented && !is_in_paragraph);
        is_in_paragraph = !text.is_empty() && !is_sample;
        !is_sample
    });
    shown.copied().collect()
}

/// Where raw HTML and templates show code: how that begins and ends.
const SAMPLES: [(&str, &str); 3] = [("<pre", "</pre"), ("<code", "</code"), ("{% raw", "endraw")];

/// Whether a line of a comment decides something.
pub fn decides_in(comment: &str, tiers: &[TierId]) -> bool {
    let mut lines = lines(comment, 0).take(N_LINES);
    lines.any(|it| decides(&it, Place::Top, tiers).is_some())
}

/// Whether a line decides something where a head would be.
pub fn decides_line(line: &Line<'_>, tiers: &[TierId]) -> bool {
    decides(line, Place::Top, tiers).is_some()
}

/// Whether a fence, or a line that decides something, stands among the first lines from a byte on.
pub fn holds_head(file: &str, from: usize, tiers: &[TierId]) -> bool {
    let mut lines = lines(file, from).take(N_LINES);
    lines.any(|it| {
        matches!(fence(it.text), Some(Fence::Yaml | Fence::Toml))
            || decides(&it, Place::Top, tiers).is_some()
    })
}

/// Whether the lines behind an opening fence look like a head, though no fence closes it or it is damaged itself.
pub fn resembles_head(file: &str, from: usize, tiers: &[TierId]) -> bool {
    let all: Vec<Line<'_>> = lines(file, from).take(N_LINES).collect();
    let n_blank = all.iter().take_while(|it| is_blank(it)).count();
    let run = all[n_blank..].iter();
    let run: Vec<&Line<'_>> = run
        .take_while(|it| !is_blank(it) && fence(it.text).is_none())
        .collect();
    let is_closed = all
        .get(n_blank + run.len())
        .is_some_and(|it| fence(it.text).is_some());
    let n_known = run.iter().filter(|it| is_known(it)).count();
    let decides = run
        .iter()
        .any(|it| decides_between_fences(it, tiers).is_some());
    let begins = run.first().is_some_and(|it| is_known(it));
    decides || n_known >= 2 || (begins && (n_blank == 0 || is_closed))
}

/// Place of a line between two fences that shows that they were meant to hold a head: an entry before the first blank
/// line, or one anywhere that decides something.
pub fn in_region(file: &str, region: Range<usize>, tiers: &[TierId]) -> Option<usize> {
    let text = &file[..region.end];
    let run = lines(text, region.start).take_while(|it| !is_blank(it));
    if let Some(entry) = run.into_iter().find(is_known) {
        return Some(entry.at);
    }
    let mut code = OpenFence::default();
    let mut outside_code = lines(text, region.start).filter(|it| !code.holds(it.text));
    outside_code.find_map(|it| decides_between_fences(&it, tiers))
}

/// Place of what decides in a line that can hardly be anything but an entry: with its colon missing, its key misspelt, or
/// behind the mark of a list or a quote.
fn decides_between_fences(line: &Line<'_>, tiers: &[TierId]) -> Option<usize> {
    let text = line.text.trim_start_matches(['>', '-', '*', '|', ' ']);
    let at = line.at + line.text.len() - text.len();
    let with_colon = entry(text).filter(|it| {
        let misspelt = match keys::field(it.key) {
            Some(_) => None,
            None => deciding::meant(it.key, &deciding::words_in(it.value), tiers),
        };
        misspelt.is_some_and(|it| it.near.is_some()) || deciding::in_text(it, Place::Top, tiers)
    });
    let found = with_colon.or_else(|| {
        entry_without_colon(text).filter(|it| {
            let values = deciding::words_in(it.value);
            let field = keys::field(it.key).filter(|it| it.decides().is_some());
            field.is_some_and(|it| deciding::fits(it, &values, tiers))
        })
    });
    found.map(|it| at + it.at)
}

fn is_known(line: &Line<'_>) -> bool {
    entry(line.text).is_some_and(|it| keys::is_usual(it.key))
}

fn decides(line: &Line<'_>, place: Place, tiers: &[TierId]) -> Option<(usize, String)> {
    // A list of entries is as near to a head as entries are, where there is no head.
    let text = match place {
        Place::Top => line.text.strip_prefix("- ").unwrap_or(line.text),
        Place::BehindHead => line.text,
    };
    // A span of code that begins a text behind a head is shown.
    if place == Place::BehindHead && text.trim_start().starts_with('`') {
        return None;
    }
    let at = line.at + line.text.len() - text.len();
    let mut entries = entries(text).filter(|it| deciding::in_text(it, place, tiers));
    entries.next().map(|it| (at + it.at, it.key.into()))
}

/// A line that decides something in an object in braces that stands by itself.
fn in_object(body: &[Line<'_>], place: Place, tiers: &[TierId]) -> Option<(usize, String)> {
    let paragraphs = body.split(is_blank);
    let mut objects = paragraphs.filter(|it| {
        let begins = it.first().is_some_and(|it| seen(it.text).starts_with('{'));
        let ends = it.last().is_some_and(|it| seen(it.text).ends_with('}'));
        // Behind a head, an answer of some program has no title.
        let has_title = || {
            let mut all = it.iter().flat_map(|line| entries(line.text));
            all.any(|it| keys::field(it.key) == Some(keys::Field::Title))
        };
        begins && ends && (place == Place::Top || has_title())
    });
    objects.find_map(|it| it.iter().find_map(|line| decides(line, place, tiers)))
}

/// The place among lines of the first that is neither blank nor a heading, a picture, a tag or a comment.
fn first_of_body(lines: &[Line<'_>]) -> usize {
    let mut is_in_comment = false;
    let stays = lines.iter().position(|line| {
        let text = seen(line.text);
        let was_in_comment = is_in_comment || text.starts_with("<!--");
        is_in_comment = was_in_comment && !text.ends_with("-->");
        !was_in_comment && !text.is_empty() && !is_heading(text) && !is_decoration(text)
    });
    stays.unwrap_or(lines.len())
}

/// Whether the first line of a body begins a sample in HTML, in a template, or by its indent.
fn is_sample(line: &str) -> bool {
    let begins = |(begin, _): &(&str, &str)| seen(line).starts_with(begin);
    line.starts_with("    ") || line.starts_with('\t') || SAMPLES.iter().any(begins)
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len()))
        && (rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Whether a line is what stands above the text of many pages: a picture, a badge, a tag, a table of contents.
fn is_decoration(line: &str) -> bool {
    const BEGINNINGS: [&str; 9] = [
        "![", "[![", "<p", "</p", "<img", "<div", "</div", "<br", "<center",
    ];
    let line = line.to_ascii_lowercase();
    let begins = BEGINNINGS.iter().any(|it| line.starts_with(it)) && !line.starts_with("<pre");
    begins || ["[toc]", "[[toc]]", "</center>"].contains(&line.as_str())
}

fn is_blank(line: &Line<'_>) -> bool {
    seen(line.text).is_empty()
}

/// The fence of code that is open at a line: its mark and how long it is.
#[derive(Default)]
struct OpenFence(Option<(char, usize)>);

impl OpenFence {
    /// Whether the next line is in a block of code, or is one of its fences. A fence in it that is shorter, of another mark or
    /// followed by a word is shown.
    fn holds(&mut self, line: &str) -> bool {
        let text = line.trim_start();
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'));
        let info = mark.map_or(text, |mark| text.trim_start_matches(mark));
        let length = text.len() - info.len();
        match (self.0, mark) {
            (Some((open, least)), Some(mark)) => {
                if mark == open && length >= least && info.trim().is_empty() {
                    self.0 = None;
                }
                true
            }
            (None, Some(mark)) if length >= 3 && !(mark == '`' && info.contains('`')) => {
                self.0 = Some((mark, length));
                true
            }
            (open, _) => open.is_some(),
        }
    }
}

fn is_code(line: &str) -> bool {
    line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~")
}

/// A line that decides something among entries between two fences.
fn between_fences(body: &[Line<'_>], place: Place, tiers: &[TierId]) -> Option<(usize, String)> {
    let is_fence = |line: &Line<'_>| matches!(fence(line.text), Some(Fence::Yaml | Fence::Toml));
    body.iter().enumerate().find_map(|(at, line)| {
        if !is_fence(line) {
            return None;
        }
        let run = body[at + 1..]
            .iter()
            .take_while(|it| !is_blank(it) && !is_fence(it));
        let run: Vec<&Line<'_>> = run.collect();
        let is_closed = body.get(at + 1 + run.len()).is_some_and(is_fence);
        run.iter()
            .filter(|_| is_closed)
            .find_map(|it| decides(it, place, tiers))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_decide_are_found_at_the_top_alone() {
        for (text, top, behind) in [
            ("access: paid\n\nwords", Some("access"), Some("access")),
            (
                "# Heading\n\naccess: paid\n",
                Some("access"),
                Some("access"),
            ),
            ("words\naccess: paid\n", Some("access"), Some("access")),
            (
                "<!-- a\ncomment -->\naccess: paid\n",
                Some("access"),
                Some("access"),
            ),
            ("---\n\naccess: paid\n", Some("access"), Some("access")),
            ("```yaml\naccess: paid\n```\n", Some("access"), None),
            ("```rust\naccess: paid\n```\n", None, None),
            ("```\ncode\n```\naccess: paid\n", None, None),
            ("words\n\naccess: paid\n", None, None),
            (
                "words\n\n---\naccess: paid\n---\n",
                Some("access"),
                Some("access"),
            ),
            ("words\n\n```\n---\naccess: paid\n---\n```\n", None, None),
            ("- draft: true\n", Some("draft"), None),
            ("| access: paid |\n|---|\n", None, None),
            ("Date: today\n\nwords", None, None),
            ("权限：仅会员可见\n\nwords", Some("权限"), Some("权限")),
            (
                "![x](https://e/x.png)\naccess: paid\n",
                Some("access"),
                Some("access"),
            ),
            ("“access”: paid\n", Some("access"), Some("access")),
            (
                "![x](https://e/x.png)\n\naccess: paid\n",
                Some("access"),
                Some("access"),
            ),
            (
                "<p align=\"center\"></p>\n\n[TOC]\n\naccess: paid\n",
                Some("access"),
                Some("access"),
            ),
            (
                "{\"title\": \"T\", \"access\": \"paid\"}\n",
                Some("access"),
                Some("access"),
            ),
            (
                "Words\n\n{\n\"title\": \"T\",\n\"draft\": true\n}\n",
                Some("draft"),
                Some("draft"),
            ),
            (
                "words\n\n    ---\n    access: paid\n    ---\n",
                Some("access"),
                None,
            ),
            (
                "words\n\n<pre>\n---\naccess: paid\n---\n</pre>\n",
                Some("access"),
                None,
            ),
            ("<pre>\naccess: paid\n</pre>\n", Some("access"), None),
            (
                "words\n\n{% raw %}\n---\ndate: 2016-01-01\n---\n{% endraw %}\n",
                Some("date"),
                None,
            ),
            (
                "<pre>a</pre>\n\n---\naccess: paid\n---\n",
                Some("access"),
                Some("access"),
            ),
            ("{{ page.title }}\n\nwords", None, None),
            (
                "words\n\n````md\n```yaml\n---\naccess: paid\n---\n```\n````\n",
                None,
                None,
            ),
            (
                "words\n\n~~~md\n```toml\n+++\ndraft = true\n+++\n```\n~~~\n",
                None,
                None,
            ),
            (
                "- words\n\n  ````\n  ```yaml\n  ---\n  access: paid\n  ---\n  ```\n  ````\n",
                None,
                None,
            ),
            (
                "words\n\n```\ncode\n```\n\n---\naccess: paid\n---\n",
                Some("access"),
                Some("access"),
            ),
            (
                "words\n\n{\"status\": \"draft\", \"id\": 1}\n",
                Some("status"),
                None,
            ),
            ("`visibility: hidden`\n: words\n", Some("visibility"), None),
            ("{: .class}\nwords\n", None, None),
        ] {
            let found = [Place::Top, Place::BehindHead]
                .map(|place| find(text, 0, place, &[]).map(|it| it.1));
            assert_eq!(
                found,
                [top, behind].map(|it| it.map(String::from)),
                "{text}"
            );
        }
    }
}
