//! Findings in `site.toml`.

use crate::diag::{Diagnostic, Severity, SourceFile, nearest};
use std::ops::Range;

fn fault(
    code: &'static str,
    file: &SourceFile,
    at: Range<usize>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    Diagnostic::at(Severity::Error, code, file, at, message, help)
}

impl Diagnostic {
    /// The file is no TOML; `message` is the reader's own.
    pub fn settings_syntax(file: &SourceFile, at: Range<usize>, message: &str) -> Self {
        let message = message.lines().collect::<Vec<_>>().join(", ");
        fault(
            "settings-syntax",
            file,
            at,
            format!("this is not valid TOML: {message}"),
            "texts stand in quotes, lists in `[]`, and every key once",
        )
    }

    /// A key that nobody knows. `table` is where it stands, `known` what may stand there, `advice` what is known
    /// of the word besides.
    pub fn unknown_setting(
        file: &SourceFile,
        at: Range<usize>,
        (table, name): (&str, &str),
        known: &[&str],
        advice: Option<String>,
    ) -> Self {
        let help = advice
            .or_else(|| {
                nearest(name, known.iter().copied()).map(|it| format!("did you mean `{it}`?"))
            })
            .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        let place = if table.is_empty() {
            String::new()
        } else {
            format!(" in `{table}`")
        };
        fault(
            "unknown-setting",
            file,
            at,
            format!("unknown setting `{name}`{place}"),
            help,
        )
    }

    /// A value of another type than the key takes.
    pub fn wrong_setting_type(
        file: &SourceFile,
        at: Range<usize>,
        (key, wanted, found): (&str, &str, &str),
        help: &str,
    ) -> Self {
        let message = format!("`{key}` takes {wanted}, but this is {found}");
        fault("wrong-setting-type", file, at, message, help)
    }

    /// A value of the right type that cannot be used.
    pub fn bad_setting(
        file: &SourceFile,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        fault("bad-setting", file, at, message, help)
    }

    /// A setting that can be used, but probably not as it is meant.
    pub fn doubtful_setting(
        file: &SourceFile,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Diagnostic::at(
            Severity::Warning,
            "doubtful-setting",
            file,
            at,
            message,
            help,
        )
    }

    /// A key without which there is no site. `at` is the table that lacks it, empty for the file as a whole.
    pub fn missing_setting(file: &SourceFile, at: Range<usize>, key: &str, example: &str) -> Self {
        let help = format!("add `{example}`");
        let message = format!("`{key}` is missing");
        if at.is_empty() {
            Diagnostic::about(
                Severity::Error,
                "missing-setting",
                &file.path,
                message,
                help,
            )
        } else {
            fault("missing-setting", file, at, message, help)
        }
    }

    /// Two entries that must differ do not; `first_line` is where the value stood first.
    pub fn repeated_setting(
        file: &SourceFile,
        at: Range<usize>,
        (what, value): (&str, &str),
        first_line: u32,
    ) -> Self {
        let message = format!("{what} `{value}` stands here a second time");
        let help = format!("line {first_line} has it already: give this one another");
        fault("repeated-setting", file, at, message, help)
    }
}
