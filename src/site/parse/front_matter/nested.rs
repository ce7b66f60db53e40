//! A key that decides below another key, where it decides nothing: in `extra` and other maps, and in a text that has
//! swallowed the line because it is indented.

use crate::ids::TierId;
use crate::site::parse::front_matter::deciding;
use crate::site::parse::front_matter::head::{Format, Head};
use crate::site::parse::front_matter::keys::{self, Field};
use crate::site::parse::front_matter::line::{entry, lines, seen};
use crate::site::parse::front_matter::node::{Node, Step};

/// Place in the file and name of the first such key.
pub fn find(node: &Node, head: &Head<'_>, tiers: &[TierId]) -> Option<(usize, String)> {
    let Node::Map(entries) = node else {
        return None;
    };
    let mut path = Vec::new();
    let below = entries.iter().enumerate().find_map(|(at, (_, value))| {
        path.push(Step::Value(at));
        let key = within(value, false, tiers, &mut path);
        if key.is_none() {
            path.pop();
        }
        key
    });
    match below {
        Some(key) => Some((head.place(&path), key)),
        None => in_lines(node, head, tiers),
    }
}

/// The first such key in a value. `path` then leads to it, or as near to it as can be told. A map of several keys in a list is
/// a record, whose state and dates are its own.
fn within(value: &Node, is_record: bool, tiers: &[TierId], path: &mut Vec<Step>) -> Option<String> {
    match value {
        Node::Map(entries) => entries.iter().enumerate().find_map(|(at, (key, value))| {
            let decides =
                decides(key, &deciding::words(value), tiers) && !(is_record && is_of_records(key));
            path.push(if decides {
                Step::Key(at)
            } else {
                Step::Value(at)
            });
            if decides {
                return Some(key.clone());
            }
            let found = within(value, false, tiers, path);
            if found.is_none() {
                path.pop();
            }
            found
        }),
        Node::List(items) => {
            let depth = path.len();
            let found = items.iter().find_map(|it| {
                let is_record = matches!(it, Node::Map(entries) if entries.len() > 1);
                within(it, is_record, tiers, path)
            });
            path.truncate(depth);
            found
        }
        Node::Text(text) if text.contains('\n') => text.lines().find_map(|line| {
            let entry = entry(line)?;
            let values = deciding::words_in(entry.value);
            decides(entry.key, &values, tiers).then(|| entry.key.into())
        }),
        _ => None,
    }
}

/// Whether records of any kind have a key, such as the state of an entry in a log.
fn is_of_records(key: &str) -> bool {
    !matches!(keys::field(key), None | Some(Field::Access | Field::Tiers))
}

/// The keys of the records in a value.
fn keys_of_records(node: &Node) -> Vec<&str> {
    match node {
        Node::Map(entries) => entries
            .iter()
            .flat_map(|(_, it)| keys_of_records(it))
            .collect(),
        Node::List(items) => {
            let records = items
                .iter()
                .filter(|it| matches!(it, Node::Map(entries) if entries.len() > 1));
            records.flat_map(keys_below).collect()
        }
        _ => Vec::new(),
    }
}

/// Such a key on a line of YAML that stands further to the right than the first.
fn in_lines(node: &Node, head: &Head<'_>, tiers: &[TierId]) -> Option<(usize, String)> {
    if head.format != Format::Yaml {
        return None;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_said = |line: &&str| !seen(line).is_empty() && !line.trim_start().starts_with('#');
    let first = lines(head.text, 0).map(|it| it.text).find(is_said)?;
    if let Some(found) = swallowed(node, head, indent(first), tiers) {
        return Some(found);
    }
    let keys = keys_below(node);
    let of_records = keys_of_records(node);
    let deeper = lines(head.text, 0).filter(|it| indent(it.text) > indent(first));
    deeper.into_iter().find_map(|line| {
        let entry = entry(line.text)?;
        let values = deciding::words_in(entry.value);
        let field = keys::field(entry.key)?;
        let is_sure = field.decides().is_some() && deciding::fits(field, &values, tiers);
        // Of a key in a map, a map may give it a meaning of its own; a text has swallowed a line of the head.
        let is_found = match keys.contains(&entry.key) {
            true if of_records.contains(&entry.key) && is_of_records(entry.key) => false,
            true => decides(entry.key, &values, tiers),
            false => !matches!(field, Field::Updated | Field::Created),
        };
        (is_sure && is_found).then(|| (head.at + line.at + entry.at, entry.key.into()))
    })
}

/// A line at the margin that is no entry of the head, because a text in quotes or brackets above it goes on.
fn swallowed(
    node: &Node,
    head: &Head<'_>,
    margin: usize,
    tiers: &[TierId],
) -> Option<(usize, String)> {
    let Node::Map(own) = node else {
        return None;
    };
    let mut lines = lines(head.text, 0).filter(|it| {
        let text = it.text.trim_start();
        it.text.len() - text.len() <= margin && !text.starts_with('#')
    });
    lines.find_map(|line| {
        let entry = entry(line.text)?;
        let values = deciding::words_in(entry.value);
        let is_read = own.iter().any(|(key, _)| key.trim() == entry.key);
        let decides = match keys::field(entry.key) {
            Some(field) => field.decides().is_some() && deciding::fits(field, &values, tiers),
            None => deciding::meant(entry.key, &values, tiers).is_some(),
        };
        (!is_read && decides).then(|| (head.at + line.at + entry.at, entry.key.into()))
    })
}

/// The keys of all maps in a value.
fn keys_below(node: &Node) -> Vec<&str> {
    match node {
        Node::Map(entries) => {
            let own = entries.iter().map(|(key, _)| key.as_str());
            own.chain(entries.iter().flat_map(|(_, it)| keys_below(it)))
                .collect()
        }
        Node::List(items) => items.iter().flat_map(keys_below).collect(),
        _ => Vec::new(),
    }
}

/// Whether a key would decide something that holds back the page, if it stood at the left margin.
fn decides(key: &str, values: &[String], tiers: &[TierId]) -> bool {
    let field = keys::field(key).or_else(|| {
        let near = deciding::meant(key, values, tiers)?.near?;
        keys::field(near)
    });
    let is = |word: &str| values.iter().any(|it| it.eq_ignore_ascii_case(word));
    match field {
        // Nobody is let in by `public`, nor by an empty value.
        Some(Field::Access) => !values.is_empty() && !is("public"),
        Some(Field::Draft) => is("true") || is("yes") || is("on"),
        Some(Field::Published) => is("false") || is("no") || is("off"),
        Some(Field::Status) => is("draft") || is("scheduled"),
        Some(field @ (Field::Tiers | Field::PublishAt | Field::ExpiresAt)) => {
            deciding::fits(field, values, tiers)
        }
        _ => false,
    }
}
