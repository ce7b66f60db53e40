//! Tags of a template that the engine does not know or does not find closed: which one, and what was probably meant.

use crate::diag::{SourceFile, nearest};

/// Tags that `end…` closes.
const OPENERS: [&str; 6] = ["block", "component", "filter", "for", "if", "set"];
/// All other tags.
const OTHERS: [&str; 9] = [
    "break", "continue", "elif", "else", "extends", "include", "raw", "endraw", "endset",
];
const ENDS: [&str; 5] = ["endblock", "endcomponent", "endfilter", "endfor", "endif"];

/// A fault of a tag, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct TagFault {
    pub message: String,
    pub help: String,
    /// Line and column: of the tag that is not closed, or as the engine says.
    pub place: (u32, u32),
}

/// What the engine's message means at this line and column of the template; `None` where it is not about a tag.
pub fn fault(message: &str, source: &SourceFile, place: (u32, u32)) -> Option<TagFault> {
    let message = message.trim_end_matches('.').to_ascii_lowercase();
    match message.as_str() {
        "unknown tag" => Some(unknown(&source.text, place)),
        "unexpected end of input" => Some(unclosed(source, place)),
        _ => None,
    }
}

/// The byte at a line and column, both from 1.
fn byte_at(text: &str, (line, column): (u32, u32)) -> usize {
    let before = text
        .split_inclusive('\n')
        .take((line as usize).saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let inside = text[start..]
        .chars()
        .take((column as usize).saturating_sub(1));
    start + inside.map(char::len_utf8).sum::<usize>()
}

fn unknown(text: &str, place: (u32, u32)) -> TagFault {
    let (before, rest) = text.split_at(byte_at(text, place));
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
    let open = open_tags(before);
    let open = open.last().map(|it| it.word);
    if let Some(closed) = word.strip_prefix("end").filter(|it| OPENERS.contains(it)) {
        let help = match open {
            Some(open) => {
                format!("the tag that is open here is `{open}`: close it with `end{open}`")
            }
            None => format!("no `{closed}` is open here: delete it, or open one above"),
        };
        return TagFault {
            message: format!("`{word}` closes nothing"),
            help,
            place,
        };
    }
    let known = OPENERS.into_iter().chain(OTHERS).chain(ENDS);
    let help = match (word.as_str(), nearest(&word, known.clone())) {
        ("macro" | "import" | "endmacro", _) => {
            "components take the place of macros: a file in `templates/components/`".into()
        }
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
    };
    TagFault {
        message: format!("unknown tag `{word}`"),
        help,
        place,
    }
}

fn unclosed(source: &SourceFile, place: (u32, u32)) -> TagFault {
    match open_tags(&source.text).pop() {
        Some(Open { word, at }) => TagFault {
            message: format!("`{word}` is not closed"),
            help: format!("add `{{% end{word} %}}`"),
            place: source.line_column(at),
        },
        None => TagFault {
            message: "the template ends within a tag".into(),
            help: "close it with `%}` or `}}`".into(),
            place,
        },
    }
}

/// A tag that is open, and where its word begins.
struct Open<'t> {
    word: &'t str,
    at: usize,
}

/// Tags that are open at the end of the text, outermost first. Comments and raw text hold none.
fn open_tags(text: &str) -> Vec<Open<'_>> {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{%").map(|it| it + at) {
        if let Some(comment) = text[at..found].find("{#").map(|it| it + at) {
            let Some(end) = text[comment..].find("#}") else {
                break;
            };
            at = comment + end + 2;
            continue;
        }
        let Some(end) = text[found..].find("%}").map(|it| it + found) else {
            break;
        };
        at = end + 2;
        let inner = text[found + 2..end].trim_matches('-');
        let Some(word) = inner.split_whitespace().next() else {
            continue;
        };
        let place = word.as_ptr() as usize - text.as_ptr() as usize;
        match word {
            "raw" => match text[at..].find("endraw") {
                Some(end) => at += end,
                None => break,
            },
            "set" | "set_global" if inner.contains('=') => {}
            _ if OPENERS.contains(&word) => open.push(Open { word, at: place }),
            _ if word
                .strip_prefix("end")
                .is_some_and(|it| OPENERS.contains(&it)) =>
            {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_that_was_meant_is_said() {
        for (text, place, message, help, told_at) in [
            (
                "{% block x %}a\n{% endblok %}",
                (2, 4),
                "unknown tag `endblok`",
                "did you mean `endblock`?",
                (2, 4),
            ),
            (
                "{% if a %}{% endiff %}",
                (1, 14),
                "unknown tag `endiff`",
                "did you mean `endif`?",
                (1, 14),
            ),
            (
                "付{% blok x %}",
                (1, 5),
                "unknown tag `blok`",
                "did you mean `block`?",
                (1, 5),
            ),
            (
                "{% macro x() %}",
                (1, 4),
                "unknown tag `macro`",
                "components take the place of macros: a file in `templates/components/`",
                (1, 4),
            ),
            (
                "{% endblock %}",
                (1, 4),
                "`endblock` closes nothing",
                "no `block` is open here: delete it, or open one above",
                (1, 4),
            ),
            (
                "{% if a %}{% endfor %}",
                (1, 14),
                "`endfor` closes nothing",
                "the tag that is open here is `if`: close it with `endif`",
                (1, 14),
            ),
            (
                "{# {% if %} #}\n{% for a in b %}{% if a %}{% endif %}",
                (9, 9),
                "`for` is not closed",
                "add `{% endfor %}`",
                (2, 4),
            ),
            (
                "{% raw %}{% if %}{% endraw %}\n{%- set a -%}",
                (2, 14),
                "`set` is not closed",
                "add `{% endset %}`",
                (2, 5),
            ),
            (
                "{% set a = 1",
                (1, 13),
                "the template ends within a tag",
                "close it with `%}` or `}}`",
                (1, 13),
            ),
        ] {
            let source = SourceFile::new("a.html", text);
            let engine = match message.ends_with("not closed") || message.ends_with("within a tag")
            {
                true => "Unexpected end of input",
                false => "Unknown tag",
            };
            let told = fault(engine, &source, place).unwrap();
            let words = (told.message.as_str(), told.help.as_str());
            assert_eq!((words, told.place), ((message, help), told_at), "{text}");
        }
        assert_eq!(
            fault("Unknown filter `x`", &SourceFile::new("a", ""), (1, 1)),
            None
        );
    }
}
