//! `build`: content -> a release, its findings, and one line of what was done.

use crate::cli::args::{BuildArgs, SelectArgs, SiteArgs};
use crate::cli::fatal::Fatal;
use crate::cli::{changes, print};
use crate::clock::{Clock, check_source_date_epoch};
use crate::config::BaseUrl;
use crate::site::error::BuildError;
use crate::site::left_out::{Reason, counts};
use crate::site::watch::{Next, Watcher};
use crate::site::{self, BuildOptions, BuildOutcome, BuildState, HeldBack, Report, Why};
use std::process::ExitCode;
use std::time::Duration;

/// A clock that is set while a build waits is noticed after this long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Builds, tells, and ends with 1 where content has errors. With `--watch` it builds again until it is stopped.
pub fn run(site: &SiteArgs, args: &BuildArgs) -> ExitCode {
    let asked = changes::check(site, args).and_then(|()| options(site, &args.select));
    let asked = asked.and_then(|it| with_arguments(it, args));
    let mut options = match asked {
        Ok(options) => options,
        Err(fatal) => return fatal.tell(args.json),
    };
    if args.watch {
        return watch(site, args, options);
    }
    let mut built = build(&options, site);
    if let Ok(outcome) = &built
        && let Some(held_back) = &outcome.held_back
        && is_confirmed(held_back, site, args)
    {
        options.shrink = true;
        built = build(&options, site);
    }
    finish(site, args, built)
}

/// Builds at every change of a source, and whenever a page becomes due. Ends only where the site cannot be watched.
fn watch(site: &SiteArgs, args: &BuildArgs, mut options: BuildOptions) -> ExitCode {
    let watcher = Watcher::start(&site.root, &site.config);
    let mut state = BuildState::on_disk();
    let mut changed = Vec::new();
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(_) => return finish(site, args, site::build(&options)),
    };
    let mut is_first = true;
    loop {
        options.now = Clock::Wall.now();
        let built = site::rebuild_after(&options, &mut state, &changed);
        state.save_cache();
        // No change of a source mends a folder that was mistyped.
        if std::mem::take(&mut is_first) && built.as_ref().is_err_and(is_of_arguments) {
            return finish(site, args, built);
        }
        let next_due = built.as_ref().ok().and_then(|it| it.report.next_due);
        let ended = finish(site, args, built);
        changed = loop {
            let wait = next_due.map(|it| it.secs_since(Clock::Wall.now()).max(0.0));
            let wait = wait.map(|it| Duration::from_secs_f64(it).min(LONGEST_WAIT));
            match watcher.next_change_within(wait) {
                Next::Changed(changed) => break changed,
                // The machine may have slept, and its clock may have been set: what is due is asked again.
                Next::Nothing if next_due.is_some_and(|it| it <= Clock::Wall.now()) => {
                    break Vec::new();
                }
                Next::Nothing => {}
                Next::Ended => return ended,
            }
        };
    }
}

/// Whether a build fails for what it was asked, and not for a source.
fn is_of_arguments(error: &BuildError) -> bool {
    !matches!(error, BuildError::Template(_) | BuildError::Unreadable(_))
}

/// Tells what came of a build, and writes what has changed to the file that was asked for.
fn finish(site: &SiteArgs, args: &BuildArgs, built: Result<BuildOutcome, BuildError>) -> ExitCode {
    let outcome = match built {
        Ok(outcome) => outcome,
        Err(error) => return Fatal::tell_build(&error, args.json),
    };
    if let Some(path) = &args.changes
        && let Err(fatal) = changes::write(path, &outcome.report)
    {
        return fatal.tell(args.json);
    }
    tell(site, &outcome, args)
}

fn build(options: &BuildOptions, site: &SiteArgs) -> Result<BuildOutcome, BuildError> {
    let _progress = print::Progress::start("building", site.quiet);
    site::build(options)
}

/// Asks on a terminal whether to publish all the same; no elsewhere.
fn is_confirmed(held_back: &HeldBack, site: &SiteArgs, args: &BuildArgs) -> bool {
    let HeldBack::Shrinks { n_before, n_after } = held_back else {
        return false;
    };
    let question = format!(
        "The site has {}, the last release {n_before}. Publish it?",
        print::counted(*n_after, "page")
    );
    !site.quiet && !args.json && print::is_yes(&question)
}

/// What the flags that all building verbs share ask for.
pub fn options(site: &SiteArgs, select: &SelectArgs) -> Result<BuildOptions, Box<Fatal>> {
    check_source_date_epoch().map_err(|error| {
        let help = "give seconds since 1970, such as those of `git log -1 --format=%ct`";
        Box::new(Fatal::new("source-date-epoch", error.to_string(), help))
    })?;
    let now = select.now.unwrap_or_else(|| Clock::Wall.now());
    Ok(BuildOptions {
        config: site.config.clone(),
        drafts: select.drafts,
        future: select.future,
        expired: select.expired,
        ..BuildOptions::new(&site.root, now)
    })
}

/// What `build` alone takes besides.
fn with_arguments(options: BuildOptions, args: &BuildArgs) -> Result<BuildOptions, Box<Fatal>> {
    let base_url = args.base_url.as_deref().map(|text| {
        BaseUrl::parse(text).ok_or_else(|| {
            let help = "give an absolute address such as https://example.org/";
            let message = format!("`{text}` is no base URL");
            Box::new(Fatal::new("base-url", message, help))
        })
    });
    Ok(BuildOptions {
        out: args.out.clone(),
        jobs: args.jobs,
        strict: args.strict,
        shrink: args.shrink,
        keep_last: args.keep_last,
        fresh: args.fresh,
        why: args.why.clone(),
        base_url: base_url.transpose()?,
        ..options
    })
}

fn tell(site: &SiteArgs, outcome: &BuildOutcome, args: &BuildArgs) -> ExitCode {
    let report = &outcome.report;
    if let Some(held_back) = &outcome.held_back {
        return tell_held_back(held_back, outcome, args);
    }
    if args.json {
        outcome.diagnostics.iter().for_each(print::json_line);
        if let Some(why) = &outcome.why {
            print::json_line(why);
        }
        print::json_line(report);
        return print::verdict(report.n_errors);
    }
    print::folded(&outcome.diagnostics, args.all);
    if args.timings {
        for (stage, millis) in &report.stages {
            print::note(&format!("{stage:>8} {millis:>9.1} ms"));
        }
        let reasons = report.stale.iter();
        for (reason, n_outputs) in reasons {
            print::note(&format!(
                "{n_outputs:>8} rendered again: {}",
                spaced(reason)
            ));
        }
    }
    if let Some(why) = &outcome.why {
        explain(why);
    }
    if !site.quiet {
        let done = match &report.release {
            Some(_) => format!(
                "{} written, {} unchanged",
                print::counted(report.n_written, "file"),
                report.n_unchanged
            ),
            None => "nothing published".into(),
        };
        print::result(&format!(
            "{}{}, {done}, {}, {}, {} ms",
            print::counted(report.n_pages, "page"),
            not_published(report),
            print::counted(report.n_errors, "error"),
            print::counted(report.n_warnings, "warning"),
            report.millis
        ));
    }
    print::verdict(report.n_errors)
}

/// How many files are no pages of the release, by why; empty where all are.
pub fn not_published(report: &Report) -> String {
    let said = counts(&report.left_out)
        .into_iter()
        .map(|(reason, n)| match reason {
            Reason::Error => format!(", {n} left out for errors"),
            Reason::Draft => format!(", {}", print::counted(n, "draft")),
            Reason::Scheduled => format!(", {n} scheduled"),
            Reason::Expired => format!(", {n} expired"),
        });
    let kept = match report.kept.len() {
        0 => String::new(),
        n => format!(", {n} with errors kept as before"),
    };
    said.collect::<String>() + &kept
}

/// Findings first: pages that they left out may be why.
fn tell_held_back(held_back: &HeldBack, outcome: &BuildOutcome, args: &BuildArgs) -> ExitCode {
    match args.json {
        true => outcome.diagnostics.iter().for_each(print::json_line),
        false => print::folded(&outcome.diagnostics, args.all),
    }
    Fatal::new(held_back.code(), held_back.to_string(), held_back.help()).tell(args.json)
}

/// What `--why` asked for, on standard error like everything that is no result.
fn explain(why: &Why) {
    match why {
        Why::Unknown { asked, nearest } => {
            let help = match nearest {
                Some(file) => format!("did you mean `{file}`?"),
                None => "name a file below public/, an address, or the source of a page".into(),
            };
            print::note(&format!("no output is called `{asked}`: {help}"));
        }
        Why::Output(it) => {
            let verdict = match (&it.stale, it.is_other) {
                (None, _) => "as it was: nothing that it is made of has changed".to_owned(),
                (Some(since), is_other) => {
                    let and = if is_other {
                        "written"
                    } else {
                        "to the same public bytes"
                    };
                    format!(
                        "rendered again ({}), {and}",
                        spaced(&since.names().join(", "))
                    )
                }
            };
            print::note(&format!("{}: {verdict}", it.file));
            for (kind, names) in &it.made_of {
                print::note(&format!("  {}: {}", spaced(kind.name()), names.join(", ")));
            }
        }
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}
