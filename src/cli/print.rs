//! Everything that is said: findings with their line, one result line, failures, progress.

use crate::diag::{self, Diagnostic, Severity};
use anstream::{eprint, eprintln, println};
use clap::CommandFactory;
use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;
use unicode_width::UnicodeWidthChar;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Findings on standard error: place and message, the line they are about, the way out. Colours go to terminals
/// alone, and not where `NO_COLOR` is set.
pub fn findings(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let colour = if diagnostic.severity == Severity::Error {
            RED
        } else {
            YELLOW
        };
        let text = diagnostic.to_string();
        let severity = format!(": {}: ", diagnostic.severity);
        let (place, message) = text.split_once(&severity).unwrap_or((&text, ""));
        eprintln!("{place}: {colour}{}{PLAIN}: {message}", diagnostic.severity);
        if !diagnostic.excerpt.is_empty() {
            let number = diagnostic.line.to_string();
            let caret = diag::excerpt_caret(diagnostic.column);
            let indent = caret_indent(&diagnostic.excerpt, caret);
            eprintln!("{DIM}{number} |{PLAIN} {}", diagnostic.excerpt);
            eprintln!(
                "{DIM}{:width$} |{PLAIN} {indent}{colour}^{PLAIN}",
                "",
                width = number.len()
            );
        }
        if !diagnostic.help.is_empty() {
            eprintln!("  help: {}", diagnostic.help);
        }
    }
}

/// White space that puts a caret behind so many characters: wide characters take two, tabs stay tabs.
fn caret_indent(excerpt: &str, n_before: u32) -> String {
    let before = excerpt.chars().take(n_before as usize);
    before
        .map(|c| {
            if c == '\t' {
                "\t".into()
            } else {
                " ".repeat(c.width().unwrap_or(0))
            }
        })
        .collect()
}

/// One JSON object a line on standard output.
pub fn json_line(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(line) => println!("{line}"),
        Err(error) => failure("the result cannot be written as JSON", &error.to_string()),
    }
}

/// The one result line.
pub fn result(line: &str) {
    println!("{line}");
}

/// A line for people on standard error, such as where the server listens.
pub fn note(line: &str) {
    eprintln!("{line}");
}

/// A failure that is no finding, with its way out.
pub fn failure(message: &str, help: &str) {
    eprintln!("{RED}error{PLAIN}: {message}");
    if !help.is_empty() {
        eprintln!("  help: {help}");
    }
}

/// A failure with all its causes, outermost first.
pub fn error(error: &dyn Error) -> ExitCode {
    eprint!("{RED}error{PLAIN}: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        eprint!(": {inner}");
        cause = inner.source();
    }
    eprintln!();
    ExitCode::from(crate::cli::COULD_NOT_RUN)
}

/// The exit code of a verb that looked at content.
pub fn verdict(n_errors: usize) -> ExitCode {
    ExitCode::from(u8::from(n_errors > 0))
}

/// The overview that a bare `lyceum` shows.
pub fn help() -> ExitCode {
    let shown = crate::cli::args::Cli::command().print_help().is_ok();
    if shown {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(crate::cli::COULD_NOT_RUN)
    }
}

/// A spinner for long work: on a terminal, after a moment; nothing otherwise. Gone when dropped.
pub struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    /// Starts it, unless the run is quiet or nobody watches.
    pub fn start(message: &'static str, quiet: bool) -> Self {
        let watched = std::io::stderr().is_terminal() && !quiet;
        Progress(watched.then(|| {
            let bar = indicatif::ProgressBar::new_spinner().with_message(message);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// `1 page`, `2 pages`.
pub fn counted(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_wide_characters() {
        for (excerpt, n_before, indent) in [("abc", 1, " "), ("一二", 1, "  "), ("\ta", 1, "\t")]
        {
            assert_eq!(caret_indent(excerpt, n_before), indent);
        }
    }
}
