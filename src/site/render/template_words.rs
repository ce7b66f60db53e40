//! What the template engine says, in our words, with the name that was probably meant.

use crate::diag::{SourceFile, nearest};
use std::collections::BTreeMap;

/// Names of the engine, and `fill` and `plural` of ours.
const FILTERS: [&str; 39] = [
    "abs",
    "capitalize",
    "default",
    "escape",
    "escape_html",
    "escape_xml",
    "fill",
    "first",
    "float",
    "get",
    "group_by",
    "indent",
    "int",
    "join",
    "keys",
    "last",
    "length",
    "lower",
    "newlines_to_br",
    "nth",
    "pairs",
    "plural",
    "pluralize",
    "replace",
    "reverse",
    "round",
    "safe",
    "sort",
    "split",
    "str",
    "title",
    "trim",
    "trim_end",
    "trim_start",
    "truncate",
    "unique",
    "upper",
    "values",
    "wordcount",
];
const TESTS: [&str; 16] = [
    "array",
    "bool",
    "containing",
    "defined",
    "divisible_by",
    "ending_with",
    "even",
    "float",
    "integer",
    "iterable",
    "map",
    "none",
    "number",
    "odd",
    "starting_with",
    "string",
];
const FUNCTIONS: [&str; 2] = ["range", "throw"];

/// A fault of a template.
#[derive(Debug, PartialEq, Eq)]
pub struct FaultText {
    /// What is wrong, without the list of what there is.
    pub message: String,
    /// The way out, where the message shows one.
    pub help: Option<String>,
}

impl FaultText {
    /// Reads what the engine says; `files` are the templates by name.
    pub fn of(message: &str, files: &BTreeMap<String, SourceFile>) -> Self {
        let (message, known) = match message.split_once(" Available ") {
            Some((message, rest)) => {
                let names = rest.split_once(": ").map_or("", |it| it.1);
                let names = names.split(", ").map(str::trim);
                (message.trim_end_matches('.'), names.collect())
            }
            None => (message, known(message, files)),
        };
        let word = message.split('`').nth(1).unwrap_or_default();
        let help = match nearest(word, known.iter().copied()) {
            _ if known.is_empty() || word.is_empty() => None,
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if message.starts_with("Unknown template") => {
                Some(format!("add `templates/{word}`, or correct the name"))
            }
            None => Some(format!("there are: {}", known.join(", "))),
        };
        FaultText {
            message: in_small(message),
            help,
        }
    }
}

/// Names that could stand where an unknown one does.
fn known<'f>(message: &str, files: &'f BTreeMap<String, SourceFile>) -> Vec<&'f str> {
    let kind = message.strip_prefix("Unknown ").unwrap_or_default();
    match kind.split(' ').next().unwrap_or_default() {
        "filter" => FILTERS.to_vec(),
        "test" => TESTS.to_vec(),
        "function" => FUNCTIONS.to_vec(),
        "template" => files.keys().map(String::as_str).collect(),
        "component" => {
            let names = files.keys().filter_map(|it| it.strip_prefix("components/"));
            names.filter_map(|it| it.strip_suffix(".html")).collect()
        }
        _ => Vec::new(),
    }
}

/// Messages follow a place and `error:`, so they begin with a small letter.
fn in_small(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|it| it.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_said() {
        let names = ["page.html", "partials/head.html", "components/figure.html"];
        let files = names.map(|it| (it.to_owned(), SourceFile::new(it, "")));
        let files = files.into_iter().collect();
        for (said, message, help) in [
            (
                "Field `titel` is not defined. Available fields: date, title, url",
                "field `titel` is not defined",
                Some("did you mean `title`?"),
            ),
            (
                "Variable `xyz` is not defined. Available variables: head, page",
                "variable `xyz` is not defined",
                Some("there are: head, page"),
            ),
            (
                "Variable `x` is not defined.",
                "variable `x` is not defined.",
                None,
            ),
            (
                "Unknown filter `upperr`",
                "unknown filter `upperr`",
                Some("did you mean `upper`?"),
            ),
            (
                "Unknown test `defnied`",
                "unknown test `defnied`",
                Some("did you mean `defined`?"),
            ),
            (
                "Unknown template `partials/haed.html`",
                "unknown template `partials/haed.html`",
                Some("did you mean `partials/head.html`?"),
            ),
            (
                "Unknown template `other.html`",
                "unknown template `other.html`",
                Some("add `templates/other.html`, or correct the name"),
            ),
            (
                "Unknown component `figrue`",
                "unknown component `figrue`",
                Some("did you mean `figure`?"),
            ),
            (
                "Found `%}` but expected one of: integer",
                "found `%}` but expected one of: integer",
                None,
            ),
        ] {
            let told = FaultText::of(said, &files);
            assert_eq!(told.message, message);
            assert_eq!(told.help.as_deref(), help, "{said}");
        }
    }
}
