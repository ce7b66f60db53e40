//! Findings about the head of a page.

use crate::diag::{Diagnostic, Severity, SourceFile};
use std::ops::Range;

impl Diagnostic {
    /// A page whose name begins with `_`, as other tools mark what they do not publish.
    pub fn draft_by_name(file: &SourceFile) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "draft-by-name",
            &file.path,
            "this page is a draft, because its name begins with `_`",
            "rename it to publish it, or write `draft: true` in its head",
        )
    }

    /// The head is longer than is read.
    pub fn head_too_long(file: &SourceFile, at: Range<usize>, most_bytes: usize) -> Self {
        let message = format!("front matter is longer than {} KiB", most_bytes / 1024);
        let help = "move the text into the body, and data into `data/`";
        Diagnostic::at(Severity::Error, "head-too-long", file, at, message, help)
    }

    /// Lists and maps lie deeper inside each other than is read.
    pub fn head_too_deep(file: &SourceFile, at: Range<usize>, most: usize) -> Self {
        let message = format!("front matter is nested deeper than {most} levels");
        let help = "move data into `data/`";
        Diagnostic::at(Severity::Error, "head-too-deep", file, at, message, help)
    }

    /// A YAML anchor or alias.
    pub fn head_reference(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "YAML anchors and aliases are not read";
        let help = "write the value out, or put text that begins with `&` or `*` in quotes";
        Diagnostic::at(Severity::Error, "head-reference", file, at, message, help)
    }

    /// The head is no YAML, or no TOML.
    pub fn head_unreadable(file: &SourceFile, at: Range<usize>, reason: &str) -> Self {
        let message = format!("front matter cannot be read: {reason}");
        let help = "put text that holds `: `, `#`, `{` or quotes in quotes";
        Diagnostic::at(Severity::Error, "head-unreadable", file, at, message, help)
    }

    /// A value of a key of ours is of the wrong type; `at` is the value.
    pub fn head_wrong_type(file: &SourceFile, at: Range<usize>, key: &str, wanted: &str) -> Self {
        let message = format!("`{key}` does not fit");
        let help = format!("write {wanted}");
        Diagnostic::at(Severity::Error, "head-wrong-type", file, at, message, help)
    }

    /// A key stands twice; `at` is the second.
    pub fn head_key_twice(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` stands twice");
        let help = "the first one counts; delete the other";
        Diagnostic::at(Severity::Warning, "head-key-twice", file, at, message, help)
    }

    /// A key that is nearly one of ours.
    pub fn head_key_unknown(file: &SourceFile, at: Range<usize>, key: &str, near: &str) -> Self {
        let message = format!("`{key}` is not a key of ours");
        let help =
            format!("did you mean `{near}`? As it stands it reaches templates as `extra.{key}`");
        Diagnostic::at(
            Severity::Warning,
            "head-key-unknown",
            file,
            at,
            message,
            help,
        )
    }

    /// A key of `scores` that is no mark.
    pub fn head_score_unknown(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` is no score an editor can set");
        let help = "`scores` takes `expertise` and `practicality`; readability is measured";
        Diagnostic::at(
            Severity::Warning,
            "head-score-unknown",
            file,
            at,
            message,
            help,
        )
    }

    /// `access` names nobody.
    pub fn access_unknown(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        near: Option<&str>,
    ) -> Self {
        let message = format!("`{text}` does not say who may read");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `public`, `members`, `paid` or the id of a tier in site.toml".into(),
        };
        Diagnostic::at(Severity::Error, "access-unknown", file, at, message, help)
    }

    /// A file has more findings than are shown.
    pub fn more_findings(path: &str, n_more: usize) -> Self {
        let message = format!("{n_more} more findings in this file are not shown");
        Diagnostic::about(
            Severity::Warning,
            "more-findings",
            path,
            message,
            "correct the first ones, then look again",
        )
    }
}
