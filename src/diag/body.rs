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

    /// Cells of a table's row for which its head has no column; no reader sees them.
    pub fn table_cells_dropped(file: &SourceFile, at: Range<usize>, cells: &str) -> Self {
        let shown: String = cells.chars().take(60).collect();
        let message =
            format!("the head of the table has no column for `{shown}`, which is not shown");
        let help = "write `\\|` for a bar that is text, in code and mathematics too, or add a column to the head";
        let code = "table-cells-dropped";
        Diagnostic::at(Severity::Warning, code, file, at, message, help)
    }

    /// An attribute of a heading that pages do not show.
    pub fn heading_attribute(file: &SourceFile, at: Range<usize>, name: &str) -> Self {
        let message = format!("`{name}` of this heading is left out");
        let help = "an id, classes, `lang`, `dir`, `title` and `data-` are kept; write `\\{` for a brace that is text";
        let code = "heading-attribute";
        Diagnostic::at(Severity::Warning, code, file, at, message, help)
    }

    /// A mark of a formula that no other one in its paragraph closes or opens.
    pub fn math_unclosed(file: &SourceFile, at: Range<usize>, mark: &str) -> Self {
        let message =
            format!("`{mark}` delimits no formula here, so what stands below is read as Markdown");
        let help = "a formula ends in the paragraph in which it begins: take blank lines out of it, and close it";
        Diagnostic::at(Severity::Warning, "math-unclosed", file, at, message, help)
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

    /// A tag whose name HTML does not have: a browser takes it for an element without text.
    pub fn unknown_element(file: &SourceFile, at: Range<usize>, name: &str) -> Self {
        let message = format!("`<{name}>` is no HTML element, so readers see nothing of it");
        let help = format!(
            "if it is text, write it as code, `<{name}>` between backticks, or as `&lt;{name}>`"
        );
        Diagnostic::at(
            Severity::Warning,
            "unknown-element",
            file,
            at,
            message,
            help,
        )
    }

    /// A page has more names that HTML does not have than are shown; `at` is the next of them.
    pub fn more_unknown_elements(file: &SourceFile, at: Range<usize>, n_more: usize) -> Self {
        let message = format!("{n_more} more names here are no HTML elements");
        let help = "write them as the ones above";
        Diagnostic::at(
            Severity::Warning,
            "unknown-element",
            file,
            at,
            message,
            help,
        )
    }

    /// An element that is never closed, in which a browser hides all that follows.
    pub fn unclosed_element(
        file: &SourceFile,
        at: Range<usize>,
        name: &str,
        is_shown: bool,
    ) -> Self {
        let message = match is_shown {
            true => format!(
                "`<{name}>` is never closed and would hide the rest of the page; it is shown as text"
            ),
            false => format!("`<{name}>` is never closed, so readers may not see what follows"),
        };
        let help = format!(
            "close it with `</{name}>` in the same part of the page, or write it as code between backticks"
        );
        Diagnostic::at(
            Severity::Warning,
            "unclosed-element",
            file,
            at,
            message,
            help,
        )
    }

    /// Raw HTML that browsers take for a comment; `shown` is how it begins.
    pub fn hidden_markup(file: &SourceFile, at: Range<usize>, shown: &str) -> Self {
        let message = format!(
            "readers do not see what begins with `{shown}`: browsers take it for a comment"
        );
        let help = "write it as code between backticks or in a fence";
        Diagnostic::at(Severity::Warning, "hidden-markup", file, at, message, help)
    }

    /// A quote that begins as an alert does, of a kind that there is not.
    pub fn unknown_alert(file: &SourceFile, at: Range<usize>, kind: &str) -> Self {
        let message = format!("`[!{kind}]` is no kind of alert; this is shown as a quote");
        let help = "the kinds are NOTE, TIP, IMPORTANT, WARNING and CAUTION";
        Diagnostic::at(Severity::Warning, "unknown-alert", file, at, message, help)
    }

    /// Something that another tool would have replaced; `shown` is how it begins.
    pub fn foreign_syntax(file: &SourceFile, at: Range<usize>, shown: &str, help: &str) -> Self {
        let message = format!("`{shown}` belongs to another tool and is shown as text");
        Diagnostic::at(Severity::Warning, "foreign-syntax", file, at, message, help)
    }

    /// A block of another tool whose text is indented, which Markdown reads as code, or as text of its own.
    pub fn foreign_block(file: &SourceFile, at: Range<usize>, shown: &str, help: &str) -> Self {
        let message = format!(
            "`{shown}` belongs to another tool: this line is shown as text, and what is indented below it may become code"
        );
        Diagnostic::at(Severity::Warning, "foreign-syntax", file, at, message, help)
    }

    /// A page has more of the same than are shown; `at` is the next of them.
    pub fn more_foreign_syntax(file: &SourceFile, at: Range<usize>, n_more: usize) -> Self {
        let message = format!("{n_more} more of other tools are shown as text, from here on");
        let help = "write them as Markdown or HTML, as the ones above";
        Diagnostic::at(Severity::Warning, "foreign-syntax", file, at, message, help)
    }
}
