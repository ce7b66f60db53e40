//! Everything that is said: findings with their line, one result line, failures, progress.
//!
//! Output that cannot be written is no panic. A result that is lost makes the verb end with 2, unless its reader closed
//! the pipe; what cannot be said on standard error is lost.

use crate::diag::fold::fold;
use crate::diag::{self, Diagnostic, Severity};
use clap::CommandFactory;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use unicode_width::UnicodeWidthChar;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Something that was to go to standard output did not.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Findings on standard error: place and message, the line they are about, the way out. Colours go to terminals
/// alone, and not where `NO_COLOR` is set.
pub fn findings<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) {
    diagnostics.into_iter().for_each(finding);
}

/// The same with one finding for each cause, unless `all` is asked for.
pub fn folded(diagnostics: &[Diagnostic], all: bool) {
    if all {
        return findings(diagnostics);
    }
    let folded = fold(diagnostics);
    for cause in &folded {
        findings(cause.first);
        if let Some(rest) = cause.rest() {
            note(&format!("  {rest}"));
        }
    }
    if folded.len() < diagnostics.len() {
        let n = diagnostics.len();
        note(&format!(
            "{DIM}{n} findings; `--all` shows each of them{PLAIN}"
        ));
    }
}

/// Findings that are there no more, a line for each cause.
pub fn mended(diagnostics: &[Diagnostic]) {
    for cause in fold(diagnostics) {
        let first = cause
            .first
            .map(|it| format!("mended: {}: {}", it.path, it.message));
        let rest = cause.rest();
        let (first, rest) = (first.unwrap_or_default(), rest.unwrap_or_default());
        note(format!("{GREEN}{first}{PLAIN} {rest}").trim_end());
    }
}

fn finding(diagnostic: &Diagnostic) {
    let colour = if diagnostic.severity == Severity::Error {
        RED
    } else {
        YELLOW
    };
    let text = diagnostic.to_string();
    let severity = format!(": {}: ", diagnostic.severity);
    let (place, message) = text.split_once(&severity).unwrap_or((&text, ""));
    note(&format!(
        "{place}: {colour}{}{PLAIN}: {message}",
        diagnostic.severity
    ));
    if !diagnostic.excerpt.is_empty() {
        let number = diagnostic.line.to_string();
        let caret = diag::excerpt_caret(diagnostic.column);
        let indent = caret_indent(&diagnostic.excerpt, caret);
        note(&format!("{DIM}{number} |{PLAIN} {}", diagnostic.excerpt));
        note(&format!(
            "{DIM}{:width$} |{PLAIN} {indent}{colour}^{PLAIN}",
            "",
            width = number.len()
        ));
    }
    if !diagnostic.help.is_empty() {
        note(&format!("  help: {}", diagnostic.help));
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
        Ok(line) => result(&line),
        Err(error) => failure("the result cannot be written as JSON", &error.to_string()),
    }
}

/// A line on standard output, such as the one result line.
pub fn result(line: &str) {
    let mut out = anstream::stdout().lock();
    let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) else {
        return;
    };
    let is_unheard = error.kind() == io::ErrorKind::BrokenPipe;
    if !is_unheard && !IS_LOST.swap(true, Ordering::Relaxed) {
        failure(&format!("cannot write to standard output: {error}"), "");
    }
}

/// A line for people on standard error, such as where the server listens.
pub fn note(line: &str) {
    // There is nowhere left to say that this was not said.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// A failure that is no finding, with its way out.
pub fn failure(message: &str, help: &str) {
    note(&format!("{RED}error{PLAIN}: {message}"));
    if !help.is_empty() {
        note(&format!("  help: {help}"));
    }
}

/// Asks a question; true only if somebody at a terminal answers it with `y` or `yes`.
pub fn is_yes(question: &str) -> bool {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return false;
    }
    // Without the question there is no answer to it.
    let is_asked = write!(anstream::stderr(), "{question} [y/N] ").is_ok();
    let mut answer = String::new();
    let is_read = is_asked && io::stdin().read_line(&mut answer).is_ok();
    is_read && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// The exit code of a verb that did its work: 1 where content has errors, 2 where its result could not be written.
pub fn verdict(n_errors: usize) -> ExitCode {
    if IS_LOST.load(Ordering::Relaxed) {
        return ExitCode::from(crate::cli::COULD_NOT_RUN);
    }
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

const BAR_STEPS: u64 = 1_000;

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

impl Progress {
    /// A bar for long work whose length is known: on a terminal alone. Gone when dropped.
    pub fn bar(message: &'static str, quiet: bool) -> Self {
        let progress = Progress::start(message, quiet);
        if let Some(bar) = &progress.0 {
            bar.set_length(BAR_STEPS);
            if let Ok(style) =
                indicatif::ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {elapsed}")
            {
                bar.set_style(style);
            }
        }
        progress
    }

    /// Shows which share is done, from 0 to 1.
    pub fn set(&self, share: f64) {
        if let Some(bar) = &self.0 {
            bar.set_position((share.clamp(0.0, 1.0) * BAR_STEPS as f64) as u64);
        }
    }

    /// Shows what is being done now.
    pub fn say(&self, message: &'static str) {
        if let Some(bar) = &self.0 {
            bar.set_message(message);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// A word of a command to be copied: in quotes where a shell would split or change it.
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '@' | '+');
    match text.chars().all(is_plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
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
