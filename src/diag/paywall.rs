//! Findings about who may read what. All that could open a gate is an error.

use crate::diag::{Diagnostic, Severity, SourceFile};
use std::ops::Range;

/// How a part is opened and closed.
const USAGE: &str = "open a part with `<!-- members -->`, `<!-- paid -->` or `<!-- tier:ID -->` on a line of its own, and close it with the same word after `/`";

impl Diagnostic {
    /// A comment that is nearly a marker.
    pub fn marker_misspelt(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        near: Option<&str>,
    ) -> Self {
        let message = format!("`<!-- {text} -->` is no paywall marker");
        let help = match near {
            Some(near) => format!("did you mean `<!-- {near} -->`?"),
            None => USAGE.into(),
        };
        Diagnostic::at(Severity::Error, "marker-misspelt", file, at, message, help)
    }

    /// A comment that is nearly `more` in a page where nothing hangs on it.
    pub fn divider_misspelt(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`<!-- {text} -->` does not end the summary");
        let help = "did you mean `<!-- more -->`?";
        Diagnostic::at(
            Severity::Warning,
            "divider-misspelt",
            file,
            at,
            message,
            help,
        )
    }

    /// A marker that does not stand alone on an unindented line.
    pub fn marker_misplaced(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!(
            "`<!-- {text} -->` must stand alone on its line, without indent and outside other HTML"
        );
        Diagnostic::at(
            Severity::Error,
            "marker-misplaced",
            file,
            at,
            message,
            USAGE,
        )
    }

    /// A divider that does not stand alone in a page where nothing hangs on it.
    pub fn divider_misplaced(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "`<!-- more -->` ends the summary only on a line of its own";
        let help = "put it between two blocks";
        Diagnostic::at(
            Severity::Warning,
            "divider-misplaced",
            file,
            at,
            message,
            help,
        )
    }

    /// A marker in code, a list or a quote, where it is text.
    pub fn marker_as_text(file: &SourceFile, at: Range<usize>, text: &str, inside: &str) -> Self {
        let message = format!("`<!-- {text} -->` inside {inside} is text and gates nothing");
        let help = "markers count at the top level of the page alone";
        Diagnostic::at(Severity::Warning, "marker-as-text", file, at, message, help)
    }

    /// A marker in a fenced block that is never closed.
    pub fn marker_in_open_fence(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message =
            format!("`<!-- {text} -->` is swallowed by a code block that is never closed");
        let help = "close the code block before the marker";
        Diagnostic::at(
            Severity::Error,
            "marker-in-open-fence",
            file,
            at,
            message,
            help,
        )
    }

    /// A part is opened inside another.
    pub fn marker_nested(file: &SourceFile, at: Range<usize>, text: &str, open_line: u32) -> Self {
        let message = format!("`<!-- {text} -->` opens a part inside the part of line {open_line}");
        let help = "close that part first; parts do not nest";
        Diagnostic::at(Severity::Error, "marker-nested", file, at, message, help)
    }

    /// A closer of another part than the open one.
    pub fn marker_crossed(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        open: &str,
        open_line: u32,
    ) -> Self {
        let message = format!(
            "`<!-- {text} -->` does not close the part of line {open_line}, which is `{open}`"
        );
        let help = format!("write `<!-- /{open} -->`");
        Diagnostic::at(Severity::Error, "marker-crossed", file, at, message, help)
    }

    /// A closer where nothing is open.
    pub fn marker_unopened(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`<!-- {text} -->` closes a part, but none is open");
        Diagnostic::at(Severity::Error, "marker-unopened", file, at, message, USAGE)
    }

    /// A link reference or footnote is defined in a gated part and used outside it. `line` is the definition's.
    pub fn gated_definition(file: &SourceFile, at: Range<usize>, label: &str, line: u32) -> Self {
        let message =
            format!("`[{label}]` is defined in a gated part (line {line}) and used outside it");
        let help = "move the definition to a public part, or the use into that part";
        Diagnostic::at(Severity::Error, "gated-definition", file, at, message, help)
    }

    /// A page says who may read it, but holds nothing that is gated.
    pub fn nothing_gated(path: &str, access: &str) -> Self {
        let message = format!("`access: {access}`, but no part of this page is gated");
        let help = "put `<!-- more -->` where the teaser ends";
        Diagnostic::about(Severity::Warning, "nothing-gated", path, message, help)
            .in_head("access", "")
    }
}
