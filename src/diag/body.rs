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
