//! The one integration binary: every folder and file of cases is a trial of its own.
//!
//! `sites` builds folders, `edits` builds them again after each change, `cache` spoils what a build keeps, `edge`
//! plays conversations on every store there is, `cli` runs the binary, `refusals` reads why it did not do something, `kill` kills it, `groups` looks who may read releases, `database` takes its files
//! away, `backup` copies them, `addresses` asks the edge for everything that is built, `faults` and `flood` wear it out, `unreadable` takes away what a build reads, `canary`
//! looks for gated words in public files, `damage` spoils releases, `near` builds pages that are nearly right, `interference` sites in pairs, `browser` drives Chromium, `engines` Firefox and WebKit beside it, `tidy` reads the source,
//! `documents` the handbook, `wording` its code and its Chinese. PostgreSQL and the browser are listed where `tests/run` has started them:
//! `LYCEUM_TEST_POSTGRES` and `LYCEUM_TEST_WEBDRIVER` say where they are.

// A test that meets an impossible value should end there, with the line; what a failed journey saw is printed.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod addresses;
mod backup;
mod browser;
mod cache;
mod canary;
mod cli;
mod commonmark;
mod damage;
mod database;
mod documents;
mod edge;
mod edits;
mod engines;
mod faults;
mod flood;
mod groups;
mod harness;
mod interference;
mod kill;
mod matching;
mod near;
mod openapi;
mod process;
mod refusals;
mod script;
mod sites;
mod stage;
mod tidy;
mod unreadable;
mod walls;
mod wording;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = database::as_foreign_program() {
        return code;
    }
    let arguments = Arguments::from_args();
    let mut trials = tidy::trials();
    trials.extend(commonmark::trials());
    trials.extend(openapi::trials());
    trials.extend(sites::trials());
    trials.extend(addresses::trials());
    trials.extend(edge::trials());
    trials.extend(cli::trials());
    trials.extend(refusals::trials());
    trials.extend(groups::trials());
    trials.extend(canary::trials());
    trials.extend(unreadable::trials());
    trials.extend(damage::trials());
    trials.extend(near::trials());
    trials.extend(interference::trials());
    trials.extend(kill::trials());
    trials.extend(database::trials());
    trials.extend(backup::trials());
    trials.extend(edits::trials());
    trials.extend(cache::trials());
    trials.extend(faults::trials());
    trials.extend(flood::trials());
    trials.extend(browser::trials());
    trials.extend(engines::trials());
    trials.extend(documents::trials());
    trials.extend(wording::trials());
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&arguments, trials).exit_code()
}
