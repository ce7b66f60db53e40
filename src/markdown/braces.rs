//! Braces at the end of a heading: a list of attributes, `{#id .class key=value}`, or text, `GET /users/{id}`.
//!
//! The parser takes away whatever stands in them. [`end_a_heading_as_text`] finds those that it must not see.

use crate::steps;

/// Whether the `}` at byte `at` is the last of a heading's line and closes no list of attributes.
pub fn end_a_heading_as_text(source: &str, at: usize) -> bool {
    let rest = &source[at + 1..];
    let is_text = |c: char| c == '\n' || !c.is_whitespace();
    let end = rest.find(is_text).unwrap_or(rest.len());
    steps::read(end);
    let below = match rest[end..].strip_prefix('\n') {
        Some(below) => below,
        None if end == rest.len() => "",
        None => return false,
    };
    let start = source[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &source[start..at];
    steps::read(line.len());
    let Some(open) = line.rfind(['{', '}', '<', '>', '\\']) else {
        return false;
    };
    let before = &line[..open];
    let n_escapes = before.len() - before.trim_end_matches('\\').len();
    is_heading(line, below)
        && line[open..].starts_with('{')
        && (n_escapes % 2 == 1 || !is_attributes(&line[open + 1..]))
}

/// Whether the text between braces is a list of attributes: ids, classes, and keys with values.
fn is_attributes(text: &str) -> bool {
    let mut attributes = text.split_ascii_whitespace().peekable();
    attributes.peek().is_some()
        && attributes.all(|it| {
            let name = it.strip_prefix(['#', '.']);
            let is_key = |(key, _): (&str, &str)| {
                let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
                key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(is_part)
            };
            name.is_some_and(|it| !it.is_empty()) || it.split_once('=').is_some_and(is_key)
        })
}

/// Whether a page shows an attribute of a heading, apart from its id and classes: its language, its direction, its title and
/// data, but nothing that runs or sets its looks.
pub fn is_shown(name: &str) -> bool {
    let is_data = name.strip_prefix("data-").is_some_and(|rest| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !rest.is_empty() && rest.bytes().all(is_part)
    });
    is_data || matches!(name, "lang" | "dir" | "title")
}

/// Whether a line is a heading, or has the line of one below it.
fn is_heading(line: &str, below: &str) -> bool {
    let is_mark =
        |c: char| matches!(c, ' ' | '\t' | '>' | '-' | '*' | '+' | '.' | ')') || c.is_ascii_digit();
    let underline = below.lines().next().unwrap_or_default();
    let underline = underline.trim_start_matches([' ', '\t', '>']).trim_end();
    let is_underline = |mark: char| !underline.is_empty() && underline.chars().all(|c| c == mark);
    line.trim_start_matches(is_mark).starts_with('#') || is_underline('=') || is_underline('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attributes_are_no_text() {
        for (source, is_text) in [
            ("## GET /users/{id}", true),
            ("## Set {a, b}", true),
            ("## Set {}", true),
            ("## Set { }", true),
            ("## JSON {\"k\": 1}", true),
            ("> - ### `a` {b c}  \ntext", true),
            ("A {b}\n---\n", true),
            ("A {b}\n===", true),
            ("## Head {#id}", false),
            ("## Head {#id .class key=value}", false),
            ("## Head { id=\"v1.2\" }", false),
            ("## Head {data-x=1}", false),
            ("## Head {.no_toc}\n", false),
            ("## Head {#}", true),
            ("## Head {x} and more", false),
            ("A {b}", false),
            ("A {b}\n- item", false),
            ("## Head \\{b}", true),
            ("## Head \\{#b}", true),
            ("## Head \\{.b}", true),
            ("## Head \\{a=b}", true),
            ("## Head \\\\{#b}", false),
            ("> ## Head \\{#b}  \ntext", true),
            ("Head \\{#b}\n===", true),
            ("## Head {b\\}", false),
            ("}", false),
        ] {
            let at = source.rfind('}').unwrap();
            assert_eq!(end_a_heading_as_text(source, at), is_text, "{source}");
        }
    }
}
