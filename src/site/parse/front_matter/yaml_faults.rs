//! What is wrong with YAML that cannot be read, in the author's terms: the tab, the quote, the colon or the bracket.
//!
//! The parser stops where it can go no further, which is often lines behind the fault. Entry point: [`explain`].

use crate::site::parse::front_matter::node::HeadError;

/// A fault of a head: what, where, and the way out.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Byte in the head.
    pub at: usize,
    /// What to write instead; empty where nothing better is known than the general advice.
    pub help: String,
}

impl Fault {
    /// What a parser of another format says.
    pub fn in_words(error: HeadError, text: &str) -> Self {
        let at = text.floor_char_boundary(error.at.min(text.len()));
        Fault::new(
            at,
            error.message,
            "texts stand in quotes: `title = \"A\"` in TOML, `\"title\": \"A\"` in JSON",
        )
    }

    fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Fault {
            message: message.into(),
            at,
            help: help.into(),
        }
    }
}

/// The fault behind an error of the parser; in the parser's words where no usual one is found.
pub fn explain(text: &str, error: &HeadError) -> Fault {
    let at = text.floor_char_boundary(error.at.min(text.len()));
    let found = tab(text, at)
        .or_else(|| open_text(text, at))
        .or_else(|| colon(text, at, &error.message))
        .or_else(|| sign(text, at))
        .or_else(|| bracket(text, at));
    found.unwrap_or_else(|| Fault::new(at, error.message.clone(), ""))
}

/// A tab before the first letter of the line.
fn tab(text: &str, at: usize) -> Option<Fault> {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = line_at(text, start);
    let indent = line.len() - line.trim_start().len();
    let tab = line[..indent].find('\t')?;
    let message = "a tab stands at the beginning of this line, where YAML takes spaces alone";
    Some(Fault::new(
        start + tab,
        message,
        "replace the tab by spaces",
    ))
}

/// Text in quotes that is not closed, or goes on behind its closing quote.
fn open_text(text: &str, at: usize) -> Option<Fault> {
    for (start, line) in lines(text).filter(|it| it.0 <= at) {
        let Some((value_at, value)) = value_of(line) else {
            continue;
        };
        let Some(quote) = value.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
            continue;
        };
        let place = start + value_at;
        let Some(end) = closing(value, quote) else {
            // Text in quotes may take several lines.
            let rest = &text[place..];
            if closing(rest, quote).is_some_and(|it| !rest[..it].contains("\n---"))
                && place + rest.len() > at
            {
                let is_plain = closing(rest, quote).is_some_and(|it| is_end(&rest[it + 1..]));
                if is_plain {
                    continue;
                }
            }
            let message = format!("the quote {quote} that opens here is not closed");
            let help = format!("end the text with {quote}");
            return Some(Fault::new(place, message, help));
        };
        if !is_end(&value[end + 1..]) {
            let message = format!("the text ends at the second quote {quote}, and more follows it");
            let help = match quote {
                '\'' if !value.contains('"') => {
                    let whole = value
                        .trim_end()
                        .trim_start_matches('\'')
                        .trim_end_matches('\'');
                    format!("put it in the other quotes: \"{whole}\"")
                }
                '\'' => "write a quote inside of single quotes twice: ''".into(),
                _ => "write a quote inside of double quotes as \\\"".into(),
            };
            return Some(Fault::new(place + end, message, help));
        }
    }
    None
}

/// A colon and a space inside of a value.
fn colon(text: &str, at: usize, message: &str) -> Option<Fault> {
    if !message.starts_with("mapping values are not allowed") {
        return None;
    }
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = line_at(text, start);
    let (value_at, value) = value_of(line)?;
    let inside = value
        .find(": ")
        .or_else(|| value.strip_suffix(':').map(str::len))?;
    let key = &line[..value_at];
    let message = "the colon inside of this value makes YAML read another key";
    let help = format!("put the value in quotes: {}", quoted(key, value));
    Some(Fault::new(start + value_at + inside, message, help))
}

/// A sign that no plain value can begin with.
fn sign(text: &str, at: usize) -> Option<Fault> {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = line_at(text, start);
    let (value_at, value) = value_of(line)?;
    let sign = value.chars().next()?;
    let is_sign = matches!(
        sign,
        '%' | '@' | '`' | '*' | '&' | '!' | '|' | '>' | ',' | ']' | '}'
    );
    let is_near = at >= start + value_at && at <= start + value_at + sign.len_utf8() + 1;
    if !is_sign || !is_near {
        return None;
    }
    let message = format!("in YAML a value that begins with `{sign}` means something else");
    let help = format!(
        "put the value in quotes: {}",
        quoted(&line[..value_at], value)
    );
    Some(Fault::new(start + value_at, message, help))
}

/// A list or map in brackets that is not closed.
fn bracket(text: &str, at: usize) -> Option<Fault> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    let mut is_value = false;
    for (place, c) in text[..at].char_indices() {
        match (quote, c) {
            (Some(it), c) if it == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if is_value || !open.is_empty() => quote = Some(c),
            (None, '[' | '{') if is_value || !open.is_empty() => open.push((place, c)),
            (None, ']' | '}') => drop(open.pop()),
            _ => {}
        }
        is_value = (is_value && c == ' ') || matches!(c, ':' | '-' | ',' | '[' | '{');
    }
    let (place, bracket) = open.pop()?;
    let end = if bracket == '[' { ']' } else { '}' };
    let message = format!("the `{bracket}` that opens here is not closed");
    Some(Fault::new(place, message, format!("end it with `{end}`")))
}

fn quoted(key: &str, value: &str) -> String {
    let value = value.trim_end();
    let key = key.trim_start();
    match (
        value.contains('"') || value.contains('\\'),
        value.contains('\''),
    ) {
        (false, _) => format!("`{key}\"{value}\"`"),
        (true, false) => format!("`{key}'{value}'`"),
        (true, true) => format!("`{key}'{}'`", value.replace('\'', "''")),
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

fn line_at(text: &str, start: usize) -> &str {
    let line = text[start..].split('\n').next().unwrap_or_default();
    line.trim_end_matches('\r')
}

/// The value in a line `key: value` or `- value`, with its byte in the line.
fn value_of(line: &str) -> Option<(usize, &str)> {
    let (before, value) = line
        .split_once(": ")
        .or_else(|| line.split_once("- ").filter(|it| it.0.trim().is_empty()))?;
    let is_key = !before.trim_start().starts_with(['#', '"', '\'']);
    let skipped = value.len() - value.trim_start().len();
    let at = before.len() + 2 + skipped;
    is_key
        .then(|| (at, &line[at..]))
        .filter(|it| !it.1.is_empty())
}

/// Byte of the quote that closes a text, which begins with its opening one.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = letters.next() {
        let next = letters.peek().map(|it| it.1);
        match c {
            '\\' if quote == '"' => drop(letters.next()),
            '\'' if quote == '\'' && next == Some('\'') => drop(letters.next()),
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether nothing but a comment, or what closes a list, follows a text in its line.
fn is_end(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.trim();
    line.is_empty() || line.starts_with(['#', ',', ']', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::parse::front_matter::node;

    #[test]
    fn the_fault_is_named_where_it_is() {
        for (text, message, place, help) in [
            ("title: A\n\tdate: 2026-01-01\n", "a tab", (2, 1), "spaces"),
            ("title: A\nextra:\n\ta: 1\n", "a tab", (3, 1), "spaces"),
            ("title: A\nextra:\n  \ta: 1\n", "a tab", (3, 3), "spaces"),
            (
                "title: \"A\ndate: 2026-01-01\n",
                "not closed",
                (1, 8),
                "end the text with \"",
            ),
            (
                "title: 'A\ndate: 2026-01-01\n",
                "not closed",
                (1, 8),
                "end the text with '",
            ),
            (
                "tags:\n  - 'a\n  - b\n",
                "not closed",
                (2, 5),
                "end the text with '",
            ),
            ("title: 'It's x'\n", "more follows", (1, 11), "\"It's x\""),
            ("title: \"A \"b\" c\"\n", "more follows", (1, 11), "\\\""),
            ("title: A: B\n", "colon", (1, 9), "`title: \"A: B\"`"),
            (
                "title: 说 \"A\": B\n",
                "colon",
                (1, 13),
                "`title: '说 \"A\": B'`",
            ),
            ("title: %A\n", "begins with `%`", (1, 8), "`title: \"%A\"`"),
            ("title: @A\n", "begins with `@`", (1, 8), "`title: \"@A\"`"),
            ("title: `A`\n", "begins with ``", (1, 8), "quotes"),
            (
                "tags: [a, b\n",
                "`[` that opens here",
                (1, 7),
                "end it with `]`",
            ),
            (
                "tags: [a, b\ntitle: x\n",
                "`[` that opens here",
                (1, 7),
                "end it with `]`",
            ),
            (
                "extra: {a: 1\ntitle: x\n",
                "`{` that opens here",
                (1, 8),
                "end it with `}`",
            ),
        ] {
            let error = node::yaml(text).expect_err(text);
            let fault = explain(text, &error);
            let before = &text[..fault.at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            assert!(
                fault.message.contains(message),
                "{text:?}: {fault:?} {error:?}"
            );
            assert_eq!((line, column), place, "{text:?}: {fault:?}");
            assert!(fault.help.contains(help), "{text:?}: {fault:?}");
        }
    }

    #[test]
    fn every_place_is_one_in_the_head() {
        let pieces = [
            "title: ", "'", "\"", "[", "{", "\t", "\n", "文", ": ", "- ", "#", "a", "\\", "%", "&",
        ];
        let mut state = 7_usize;
        for _ in 0..4_000 {
            let text: String = (0..9)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    pieces[(state >> 33) % pieces.len()]
                })
                .collect();
            if let Err(error) = node::yaml(&text) {
                let fault = explain(&text, &error);
                assert!(text.is_char_boundary(fault.at), "{text:?}: {fault:?}");
            }
        }
    }
}
