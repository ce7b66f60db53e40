//! The command line: arguments become a verb, one file a verb; the only place that prints.
//!
//! Exit codes: 0 clean, 1 faults in content, 2 could not run.

mod args;
mod backup;
mod build;
mod causes;
mod changes;
mod check;
mod database;
mod edge;
mod examples;
mod fatal;
mod foreign;
mod init;
mod member;
mod new;
mod places;
mod print;
mod releases;
mod serve;

use args::{Cli, Verb};
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use std::process::ExitCode;

/// Something went so wrong that the verb could not do its work.
pub const COULD_NOT_RUN: u8 = 2;

/// Reads the process arguments, does what they say, and tells how it went.
pub fn run() -> ExitCode {
    let command = without_empty_variables(Cli::command());
    let parsed = command
        .try_get_matches()
        .and_then(|it| Cli::from_arg_matches(&it));
    let cli = match parsed {
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
        Some(Verb::Releases(args)) => releases::list(&cli.site, &args),
        Some(Verb::Rollback(args)) => releases::roll_back(&cli.site, &args),
        Some(Verb::Check(args)) => check::run(&cli.site, &args),
        Some(Verb::Serve(args)) => serve::run(&cli.site, &args),
        Some(Verb::Edge(args)) => edge::run(&cli.site, &args),
    }
}

/// A variable that is set to nothing counts as one that is not set.
fn without_empty_variables(command: Command) -> Command {
    let forget = |arg: Arg| {
        let name = arg.get_env().map(std::ffi::OsStr::to_owned);
        let is_empty = |name| std::env::var_os(name).is_some_and(|it| it.is_empty());
        match name.is_some_and(is_empty) {
            true => arg.env(None::<&'static str>),
            false => arg,
        }
    };
    command
        .mut_args(forget)
        .mut_subcommands(without_empty_variables)
}
