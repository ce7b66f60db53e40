//! `releases`: which releases there are. `rollback`: readers get an earlier one again.

use crate::cli::args::{ReleasesArgs, RollbackArgs, SiteArgs};
use crate::cli::fatal::Fatal;
use crate::cli::print;
use crate::site::error::BuildError;
use crate::site::publish::{self, Listed, RollbackError};
use std::process::ExitCode;

/// Lists them, the last built first.
pub fn list(site: &SiteArgs, args: &ReleasesArgs) -> ExitCode {
    match publish::list(&site.root.join(&args.out)) {
        Ok(releases) => {
            for release in &releases {
                match args.json {
                    true => print::json_line(release),
                    false => print::result(&line(release)),
                }
            }
            print::verdict(0)
        }
        Err(error) => fatal(&error).tell(args.json),
    }
}

/// Goes back, and says from where to where.
pub fn roll_back(site: &SiteArgs, args: &RollbackArgs) -> ExitCode {
    match publish::roll_back(&site.root.join(&args.out), args.id.as_deref()) {
        Ok((done, opened)) => {
            if !opened.is_empty() {
                print::note(&more_open(&opened));
            }
            if !site.quiet {
                print::result(&match done.from == done.to {
                    true => format!("readers get {} again", done.to),
                    false => format!(
                        "readers get {}; the site was rolled back from {}",
                        done.to, done.from
                    ),
                });
            }
            print::verdict(0)
        }
        Err(error) => fatal(&error).tell(false),
    }
}

/// More pages that are more open than before are counted.
const MAX_SHOWN: usize = 10;

fn more_open(pages: &[String]) -> String {
    let shown = &pages[..pages.len().min(MAX_SHOWN)];
    let more = match pages.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "warning: pages that the release before did not have, or had for fewer readers: {}{more}",
        shown.join(", ")
    )
}

fn line(release: &Listed) -> String {
    let mark = if release.is_current { "*" } else { " " };
    let pages = release
        .n_pages
        .map_or("unreadable".into(), |it| print::counted(it, "page"));
    format!("{mark} {}  {}  {pages}", release.id, release.built_at)
}

fn fatal(error: &RollbackError) -> Fatal {
    let (code, help) = match error {
        RollbackError::Build(error) => return Fatal::from(error as &BuildError),
        RollbackError::NoRelease(_) => (
            "no-release",
            "make one with `lyceum build`, or name the folder of releases with `--out`",
        ),
        RollbackError::NoEarlier(_) => (
            "no-earlier-release",
            "a folder keeps the last three releases; check out an earlier state of the site and build it",
        ),
        RollbackError::Unknown(_) => (
            "unknown-release",
            "`lyceum releases` lists those that there are",
        ),
        RollbackError::Several(_) => ("unknown-release", "write more of its id"),
        RollbackError::NotWhole(_) => (
            "release-not-whole",
            "choose another one of `lyceum releases`",
        ),
    };
    Fatal::new(code, error.to_string(), help)
}
