//! Findings about the body of a page, its paywall apart.

use crate::diag::{Diagnostic, Severity, SourceFile};
use std::ops::Range;

impl Diagnostic {
    /// A link or image would run a script.
    pub fn active_address(file: &SourceFile, at: Range<usize>, address: &str) -> Self {
        let shown: String = address.chars().take(60).collect();
        let message = format!("the address `{shown}` would run something and is left out");
        let help = "link to a page or a file";
        Diagnostic::at(Severity::Warning, "active-address", file, at, message, help)
    }

    /// Two headings claim one anchor by hand.
    pub fn anchor_twice(file: &SourceFile, at: Range<usize>, id: &str, new_id: &str) -> Self {
        let message = format!("the anchor `#{id}` is taken; this heading gets `#{new_id}`");
        let help = "give it an anchor of its own";
        Diagnostic::at(Severity::Warning, "anchor-twice", file, at, message, help)
    }

    /// A footnote that no text uses, so that no reader sees it.
    pub fn footnote_unused(file: &SourceFile, at: Range<usize>, label: &str) -> Self {
        let message = format!("the footnote `[^{label}]` is used nowhere and not shown");
        let help = format!("write `[^{label}]` where it belongs, or delete it");
        Diagnostic::at(
            Severity::Warning,
            "footnote-unused",
            file,
            at,
            message,
            help,
        )
    }

    /// A mark of a footnote that does not exist.
    pub fn footnote_undefined(file: &SourceFile, at: Range<usize>, label: &str) -> Self {
        let message = format!("there is no footnote `[^{label}]`, so this is shown as text");
        let help = format!("add `[^{label}]: its text` at the end of the file");
        Diagnostic::at(
            Severity::Warning,
            "footnote-undefined",
            file,
            at,
            message,
            help,
        )
    }

    /// A footnote whose label is taken; `line` is the first one's.
    pub fn footnote_twice(file: &SourceFile, at: Range<usize>, label: &str, line: u32) -> Self {
        let message =
            format!("the footnote `[^{label}]` is defined at line {line}; this one is not shown");
        let help = "give it a label of its own";
        Diagnostic::at(Severity::Warning, "footnote-twice", file, at, message, help)
    }

    /// A footnote without text.
    pub fn footnote_empty(file: &SourceFile, at: Range<usize>, label: &str) -> Self {
        let message = format!("the footnote `[^{label}]` has no text");
        let help = "write its text behind the colon; further lines are indented by four spaces";
        Diagnostic::at(Severity::Warning, "footnote-empty", file, at, message, help)
    }

    /// A line that begins as a heading does, but without the space that makes it one.
    pub fn unspaced_heading(file: &SourceFile, at: Range<usize>, signs: &str) -> Self {
        let message = format!("without a space behind `{signs}` this is no heading");
        let help = format!("write `{signs} ` and then the words");
        Diagnostic::at(
            Severity::Warning,
            "unspaced-heading",
            file,
            at,
            message,
            help,
        )
    }

    /// Something that another tool would have replaced; `shown` is how it begins.
    pub fn foreign_syntax(file: &SourceFile, at: Range<usize>, shown: &str, help: &str) -> Self {
        let message = format!("`{shown}` belongs to another tool and is shown as text");
        Diagnostic::at(Severity::Warning, "foreign-syntax", file, at, message, help)
    }

    /// A page has more of the same than are shown; `at` is the next of them.
    pub fn more_foreign_syntax(file: &SourceFile, at: Range<usize>, n_more: usize) -> Self {
        let message = format!("{n_more} more of other tools are shown as text, from here on");
        let help = "write them as Markdown or HTML, as the ones above";
        Diagnostic::at(Severity::Warning, "foreign-syntax", file, at, message, help)
    }
}
