//! The head of a file: found, read as YAML or TOML, and turned into our own words.
//!
//! [`read`] is the door. `head` finds it by its `line`s, or tells from lines `outside` one, or `dressed` as something else, that it is in doubt; `node`
//! reads it as a tree without `reference`s; `keys` knows the names that other tools use, `fields` turns `values` into a
//! [`FrontMatter`](crate::site::parse::FrontMatter), `dates` reads every form of a date. What decides who may read a page is in `decisions`; `deciding` and
//! `nested` find what only seems to.

mod comments;
mod dates;
mod deciding;
mod decisions;
mod dressed;
mod fields;
mod head;
mod keys;
mod line;
mod nested;
mod node;
mod outside;
mod reference;
mod values;
mod yaml_faults;

use crate::diag::{Diagnostic, HeadValue, SourceFile};
use crate::site::parse::findings::Findings;
use crate::site::parse::{Doubt as Undecided, ParseSettings};
use head::{Doubt, Format, Found, Head};
use keys::Field;
use node::{Node, Step};

pub use dates::parse as date;
pub use fields::HeadFields;

/// Heads longer than this are not read.
const HEAD_BYTES: usize = 64 * 1024;
/// Lists and maps deeper than this are not read.
const HEAD_DEPTH: usize = 16;

/// Reads the head of a file. Returns what it says and the byte at which the body begins; of a file whose head is in
/// doubt, no body is read.
pub fn read(
    file: &SourceFile,
    settings: &ParseSettings,
    findings: &mut Findings<'_>,
) -> (HeadFields, usize) {
    let head = match head::find(&file.text, &settings.tiers) {
        Found::None => return (HeadFields::default(), 0),
        Found::Doubt(at, doubt) => {
            findings.doubt(Undecided::When, || doubtful(file, at, &doubt));
            return (HeadFields::default(), file.text.len());
        }
        Found::Head(head) => head,
    };
    let body_at = head.body_at;
    let fields = match tree(file, &head) {
        Ok(node) => {
            for (at, key) in comments::find(&head) {
                findings.push(|| Diagnostic::head_comment(file, at..at, key));
            }
            fields::read(&node, &head, settings, findings)
        }
        Err(finding) => {
            findings.doubt(Undecided::When, || *finding);
            HeadFields::default()
        }
    };
    (fields, body_at)
}

/// Whether a head may have this key, in our words or another tool's.
pub fn is_key(key: &str) -> bool {
    keys::field(key).is_some()
}

/// Whether this key may hold a page back: from some readers, or for a time. A date alone rarely does.
pub fn decides_access(key: &str) -> bool {
    let field = keys::field(key).filter(|it| it.decides().is_some());
    field.is_some_and(|it| !matches!(it, Field::Date | Field::Created | Field::Updated))
}

/// Whether a key that is none of ours seems to decide something, by its name and its value.
pub fn may_decide(key: &str, value: &str) -> bool {
    keys::field(key).is_none() && deciding::meant(key, &deciding::words_in(value), &[]).is_some()
}

/// Whether this key may say when a page is seen, or by whom. The date of its last change never does.
pub fn decides(key: &str) -> bool {
    let field = keys::field(key).filter(|it| it.decides().is_some());
    field.is_some_and(|it| it != Field::Updated)
}

fn doubtful(file: &SourceFile, at: usize, doubt: &Doubt) -> Diagnostic {
    let at = at..at;
    match doubt {
        Doubt::NotClosed(fence) => Diagnostic::head_not_closed(file, at, fence),
        Doubt::Damaged => Diagnostic::head_damaged(file, at),
        Doubt::Outside(key) => Diagnostic::head_key_outside(file, at, key),
        Doubt::InBlock => Diagnostic::page_in_code(file, at),
        Doubt::BehindComment => Diagnostic::head_behind_comment(file, at),
        Doubt::Org => Diagnostic::head_of_org(file, at),
        Doubt::Conflict => Diagnostic::merge_conflict(file, at),
    }
}

fn tree(file: &SourceFile, head: &Head<'_>) -> Result<Node, Box<Diagnostic>> {
    let start = head.at;
    if head.text.len() > HEAD_BYTES {
        return Err(Diagnostic::head_too_long(file, start..start, HEAD_BYTES).into());
    }
    if let Some(at) = head.reference() {
        return Err(Diagnostic::head_reference(file, start + at..start + at).into());
    }
    let node = match head.format {
        Format::Yaml => node::yaml(head.text),
        Format::Json => node::json(head.text),
        Format::Toml => node::toml(head.text),
    };
    let node = node.map_err(|error| {
        let fault = match head.format {
            Format::Yaml => yaml_faults::explain(head.text, &error),
            _ => yaml_faults::Fault::in_words(error, head.text),
        };
        let at = start + fault.at;
        Diagnostic::head_unreadable(file, at..at, &fault.message, &fault.help)
    })?;
    if node.depth() > HEAD_DEPTH {
        return Err(Diagnostic::head_too_deep(file, start..start, HEAD_DEPTH).into());
    }
    match node {
        Node::Map(_) => Ok(node),
        _ => Err(Diagnostic::head_unreadable(
            file,
            start..start,
            "front matter is not a list of keys and values",
            "",
        )
        .into()),
    }
}

/// Byte of a value in the head of a file, or of the word in it that matters; `None` where the head has no such field.
pub fn place(file: &SourceFile, wanted: &HeadValue) -> Option<usize> {
    let Found::Head(head) = head::find(&file.text, &[]) else {
        return None;
    };
    let Node::Map(entries) = tree(file, &head).ok()? else {
        return None;
    };
    let at = head.place(&way(&entries, wanted)?);
    let rest = &file.text[at..head.at + head.text.len()];
    Some(at + word_in(rest, &wanted.word).unwrap_or(0))
}

/// The steps to a field, whatever the file calls it; to one that has the word, where several are meant.
fn way(entries: &[(String, Node)], wanted: &HeadValue) -> Option<Vec<Step>> {
    let field = keys::field(&wanted.field);
    let is_meant =
        |key: &str| key == wanted.field || (field.is_some() && keys::field(key) == field);
    let mut ways: Vec<(Vec<Step>, &Node)> = Vec::new();
    for (at, (key, value)) in entries.iter().enumerate() {
        match value {
            _ if is_meant(key) => ways.push((vec![Step::Value(at)], value)),
            Node::Map(inner) if keys::field(key) == Some(Field::Taxonomies) => {
                let inner = inner
                    .iter()
                    .enumerate()
                    .filter(|(_, (key, _))| is_meant(key));
                ways.extend(
                    inner.map(|(below, (_, it))| (vec![Step::Value(at), Step::Value(below)], it)),
                );
            }
            _ => {}
        }
    }
    let best = ways
        .iter()
        .position(|(_, value)| holds(value, &wanted.word));
    (!ways.is_empty()).then(|| ways.swap_remove(best.unwrap_or(0)).0)
}

fn holds(value: &Node, word: &str) -> bool {
    match value {
        Node::List(items) => items.iter().any(|it| holds(it, word)),
        Node::Map(entries) => entries.iter().any(|(_, it)| holds(it, word)),
        scalar => scalar
            .scalar()
            .is_some_and(|it| word_in(&it, word).is_some()),
    }
}

/// Byte at which a word stands that is not part of a longer one.
fn word_in(text: &str, word: &str) -> Option<usize> {
    let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut found = text.match_indices(word).map(|(at, _)| at);
    found.find(|at| {
        let (before, behind) = (&text[..*at], &text[at + word.len()..]);
        word.is_empty() || (is_apart(before.chars().next_back()) && is_apart(behind.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_whatever_the_head_calls_it() {
        for (head, field, word, wanted) in [
            (
                "---\ntitle: rust\ntags: [Rusty, rust]\n---\n",
                "tags",
                "rust",
                Some((3, 15)),
            ),
            (
                "---\ntags:\n  - a\n  - 网络 编程\n---\n",
                "tags",
                "网络 编程",
                Some((4, 5)),
            ),
            ("---\ntag: a\ntags: b\n---\n", "tags", "b", Some((3, 7))),
            (
                "---\nAuthor: <a href='x'>Mei</a>\n---\n",
                "authors",
                "Mei",
                Some((2, 21)),
            ),
            (
                "+++\ntitle = 'x'\n[taxonomies]\ntags = ['y', 'x']\n+++\n",
                "tags",
                "x",
                Some((4, 15)),
            ),
            (
                "+++\ntemplate = 'x.html'\n+++\n",
                "template",
                "",
                Some((2, 12)),
            ),
            ("---\ntopics: [a]\n---\n", "topics", "a", Some((2, 10))),
            ("---\ntitle: x\n---\n", "tags", "x", None),
            ("no head", "tags", "x", None),
        ] {
            let file = SourceFile::new("content/a.md", head);
            let wanted_value = HeadValue {
                field: field.into(),
                word: word.into(),
            };
            let found = place(&file, &wanted_value).map(|at| file.line_column(at));
            assert_eq!(found, wanted, "{head}");
        }
    }
}
