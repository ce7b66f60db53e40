//! What version control leaves in a file of two versions that it could not merge. Which of them says who may read the
//! page cannot be told.

use crate::diag::Diagnostic;
use crate::markdown::events::Body;
use crate::site::parse::Doubt;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::line_length;
use pulldown_cmark::{Event, Tag};
use std::ops::Range;

/// How the lines begin that stand around two versions, and around their common ancestor.
const MARKS: [&str; 3] = ["<<<<<<<", ">>>>>>>", "|||||||"];

/// Whether a line is such a mark; it stands at the left margin. `=======` alone is a heading.
pub fn is_mark(line: &str) -> bool {
    let Some(mark) = MARKS.iter().find(|it| line.starts_with(**it)) else {
        return false;
    };
    // Of conflicts within conflicts the marks are longer.
    let rest = line.trim_start_matches(&mark[..1]);
    match *mark {
        // Seven cells that are empty are a row of a table.
        "|||||||" => rest.starts_with(' ') && !rest.trim().is_empty() && !rest.contains('|'),
        _ => rest.is_empty() || rest.starts_with([' ', '\r']),
    }
}

/// Byte of the first mark in a text.
pub fn first(text: &str) -> Option<usize> {
    marks(text).min()
}

fn marks(text: &str) -> impl Iterator<Item = usize> {
    let found = MARKS
        .iter()
        .flat_map(move |it| memchr::memmem::find_iter(text.as_bytes(), it));
    found.filter(move |at| {
        let begins_line = *at == 0 || matches!(text.as_bytes()[at - 1], b'\n' | b'\r');
        // Each line is read once: a line of nothing but such marks has one that begins it.
        begins_line && is_mark(&text[*at..*at + line_length(&text[*at..])])
    })
}

/// Reports the first mark in a body that is outside code. `body_at` is the byte of the file at which the body begins.
pub fn report(body: &Body<'_>, body_at: usize, findings: &mut Findings<'_>) {
    let file = findings.file();
    let mut found: Vec<usize> = marks(&file.text[body_at..])
        .map(|it| body_at + it)
        .collect();
    if found.is_empty() {
        return;
    }
    let code = body.events.iter().filter_map(|(event, bytes)| match event {
        Event::Start(Tag::CodeBlock(_)) => Some(bytes.clone()),
        _ => None,
    });
    let code: Vec<Range<usize>> = code.collect();
    found.retain(|at| !code.iter().any(|it| it.contains(at)));
    if let Some(at) = found.into_iter().min() {
        findings.doubt(Doubt::Who, || Diagnostic::merge_conflict(file, at..at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_text() {
        for (line, is) in [
            ("<<<<<<< HEAD", true),
            (">>>>>>> other", true),
            ("||||||| merged common ancestors", true),
            ("<<<<<<<<< Temporary merge branch 1", true),
            ("<<<<<<<", true),
            ("=======", false),
            ("|||||||", false),
            ("||||||| a |", false),
            ("<<<<<< six", false),
            ("<<<<<<<x", false),
            (" <<<<<<< HEAD", false),
            (">>>>>>>quoted", false),
        ] {
            assert_eq!(is_mark(line), is, "{line}");
        }
        assert_eq!(first("a\r<<<<<<< b"), Some(2));
        assert_eq!(first("a <<<<<<< b"), None);
    }
}
