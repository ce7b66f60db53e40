//! The head of a file: found, read as YAML or TOML, and turned into our own words.
//!
//! [`read`] is the door. `head` finds where it ends, `node` reads it as a tree, `keys` knows the names that other
//! tools use, `fields` turns values into a [`FrontMatter`], `dates` reads every form of a date.

mod dates;
mod fields;
mod head;
mod keys;
mod node;
mod values;

use crate::diag::{Diagnostic, SourceFile};
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use head::{Format, Head};
use node::Node;

pub use dates::parse as date;
pub use fields::HeadFields;

/// Heads longer than this are not read.
const HEAD_BYTES: usize = 64 * 1024;
/// Lists and maps deeper than this are not read.
const HEAD_DEPTH: usize = 16;

/// Reads the head of a file. Gives what it says and the byte at which the body begins.
pub fn read(
    file: &SourceFile,
    settings: &ParseSettings,
    findings: &mut Findings<'_>,
) -> (HeadFields, usize) {
    let Some(head) = head::find(&file.text) else {
        return (HeadFields::default(), 0);
    };
    let body_at = head.body_at;
    let fields = match tree(file, &head) {
        Ok(node) => fields::read(&node, &head, settings, findings),
        Err(finding) => {
            findings.push(|| *finding);
            HeadFields::default()
        }
    };
    (fields, body_at)
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
        Format::Toml => node::toml(head.text),
    };
    let node = node.map_err(|error| {
        let at = start + error.at.min(head.text.len());
        Diagnostic::head_unreadable(file, at..at, &error.message)
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
        )
        .into()),
    }
}
