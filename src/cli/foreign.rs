//! Arguments that are not ours: what Hugo and Zola call the same thing gets the word to use instead.

use crate::cli::COULD_NOT_RUN;
use crate::cli::fatal::Fatal;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::process::ExitCode;

/// Their spelling and ours. Sources: `hugo help build`, `hugo help server`, `zola help build`, `zola help serve`.
const SPELLINGS: &[(&str, &str)] = &[
    ("--baseURL", "--base-url"),
    ("-b", "--base-url"),
    ("--destination", "--out"),
    ("-d", "--out"),
    ("--output-dir", "--out"),
    ("--buildDrafts", "--drafts"),
    ("--buildFuture", "--future"),
    ("--buildExpired", "--expired"),
    ("--drafts", "nothing: `serve` shows drafts, with a badge"),
    (
        "--future",
        "nothing: `serve` shows scheduled pages, with a badge",
    ),
    ("--source", "--root"),
    ("-s", "--root"),
    ("--bind", "--interface"),
    ("--navigateToChanged", "--open"),
    ("--openBrowser", "--open"),
    ("--ignoreCache", "--fresh"),
    ("--force", "--fresh"),
    (
        "--cleanDestinationDir",
        "nothing: every release is made whole",
    ),
    ("--gc", "nothing: old releases are removed by themselves"),
    ("--minify", "`precompress = true` in site.toml"),
    ("--templateMetrics", "--timings"),
    ("--logLevel", "--verbose"),
    ("--panicOnWarning", "--strict"),
    ("--clock", "--now"),
    ("--printPathWarnings", "check"),
    (
        "--skip-external-links",
        "nothing: external links are not looked at",
    ),
];

/// Says what is wrong with the arguments, with the word to use where we know what was meant.
pub fn refuse(error: clap::Error) -> ExitCode {
    // What was asked for could not be parsed, so that only the words themselves can be looked at.
    let as_json = std::env::args_os().any(|it| it == "--json");
    if let Some((theirs, ours)) = meant(&error) {
        let message = format!("`{theirs}` is another tool's word");
        return Fatal::new("arguments", message, format!("use {ours}")).tell(as_json);
    }
    let shows = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if as_json && !shows {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.trim_start_matches("error: ");
        return Fatal::new("arguments", message, "see `lyceum --help`").tell(as_json);
    }
    let printed = error.print().is_ok();
    if shows && printed {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(COULD_NOT_RUN)
    }
}

fn meant(error: &clap::Error) -> Option<(String, String)> {
    let ContextValue::String(theirs) = error
        .get(ContextKind::InvalidArg)
        .or(error.get(ContextKind::InvalidSubcommand))?
    else {
        return None;
    };
    let bare = theirs.split(['=', ' ']).next().unwrap_or(theirs);
    let (_, ours) = SPELLINGS.iter().find(|(spelling, _)| *spelling == bare)?;
    let ours = if ours.starts_with('-') {
        format!("`{ours}`")
    } else {
        (*ours).into()
    };
    Some((bare.into(), ours))
}
