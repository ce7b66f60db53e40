//! `check`: all that `build` would report, as errors; writes nothing.

use crate::cli::args::{CheckArgs, SiteArgs};
use crate::cli::fatal::Fatal;
use crate::cli::{build, print};
use crate::diag::Severity;
use crate::site;
use std::process::ExitCode;

/// Checks, tells, and ends with 1 where there is any finding.
pub fn run(site: &SiteArgs, args: &CheckArgs) -> ExitCode {
    let mut options = match build::options(site, &args.select) {
        Ok(options) => options,
        Err(fatal) => return fatal.tell(args.json),
    };
    options.dead_links = Severity::Error;
    let progress = print::Progress::start("checking", site.quiet);
    let checked = site::check(&options);
    drop(progress);
    let mut outcome = match checked {
        Ok(outcome) => outcome,
        Err(error) => return Fatal::tell_build(&error, args.json),
    };
    for finding in &mut outcome.diagnostics {
        finding.severity = Severity::Error;
    }
    outcome.report.n_errors += std::mem::take(&mut outcome.report.n_warnings);
    let report = &outcome.report;
    if args.json {
        outcome.diagnostics.iter().for_each(print::json_line);
        print::json_line(report);
        return print::verdict(report.n_errors);
    }
    print::folded(&outcome.diagnostics, args.all);
    if !site.quiet {
        print::result(&format!(
            "{} checked, {}",
            print::counted(report.n_pages, "page"),
            print::counted(report.n_errors, "error"),
        ));
    }
    print::verdict(report.n_errors)
}
