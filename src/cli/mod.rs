//! The command line: arguments become a verb, one file a verb; the only place that prints.
//!
//! Exit codes: 0 clean, 1 faults in content, 2 could not run.

mod args;
mod backup;
mod build;
mod check;
mod edge;
mod fatal;
mod foreign;
mod init;
mod member;
mod new;
mod print;
mod serve;

use args::{Cli, Verb};
use clap::Parser;
use std::process::ExitCode;

/// Something went so wrong that the verb could not do its work.
pub const COULD_NOT_RUN: u8 = 2;

/// Reads the process arguments, does what they say, and tells how it went.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return foreign::refuse(error),
    };
    match cli.verb {
        None => print::help(),
        Some(Verb::Init(args)) => init::run(&cli.site, &args),
        Some(Verb::New(args)) => new::run(&cli.site, &args),
        Some(Verb::Member(args)) => member::run(&cli.site, &args),
        Some(Verb::Backup(args)) => backup::back_up(&cli.site, &args),
        Some(Verb::Restore(args)) => backup::restore(&cli.site, &args),
        Some(Verb::Build(args)) => build::run(&cli.site, &args),
        Some(Verb::Check(args)) => check::run(&cli.site, &args),
        Some(Verb::Serve(args)) => serve::run(&cli.site, &args),
        Some(Verb::Edge(args)) => edge::run(&cli.site, &args),
    }
}
