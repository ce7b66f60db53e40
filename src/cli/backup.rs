//! `backup`, `restore`: a checked copy of the database in one file, made while the edge runs, and the way back.

use crate::cli::args::{BackupArgs, RestoreArgs, SiteArgs};
use crate::cli::edge::named_database;
use crate::cli::fatal::Fatal;
use crate::cli::print::{self, Progress};
use crate::clock::Clock;
use crate::edge::store::{self, CopyProgress, Database, StoreError};
use std::path::Path;
use std::process::ExitCode;

/// Copies the database into a file.
pub fn back_up(site: &SiteArgs, args: &BackupArgs) -> ExitCode {
    let bar = Progress::bar("copying", site.quiet);
    let copied = database_of(site, args.database.as_deref())
        .and_then(|it| store::back_up(&it, &args.file, args.force, &mut |it| show(&bar, it)));
    drop(bar);
    match copied {
        Ok(copied) => {
            let (size, schema) = (indicatif::HumanBytes(copied.n_bytes), copied.schema);
            let file = args.file.display();
            say(
                site,
                &format!("backed up {size} to {file}, checked (schema {schema})"),
            );
            ExitCode::SUCCESS
        }
        Err(error @ StoreError::Exists { .. }) => {
            let help = "take another name, or add --force to replace it";
            Fatal::new("exists", error.to_string(), help).tell(false)
        }
        Err(error) => Fatal::of("backup", &error).tell(false),
    }
}

/// Puts a copy in the place of the database.
pub fn restore(site: &SiteArgs, args: &RestoreArgs) -> ExitCode {
    let bar = Progress::bar("copying", site.quiet);
    let restored = database_of(site, args.database.as_deref()).and_then(|it| {
        let now = Clock::Wall.now();
        let restored = store::restore(&it, &args.file, now, &mut |it| show(&bar, it))?;
        Ok((it, restored))
    });
    drop(bar);
    match restored {
        Ok((database, restored)) => {
            let file = args.file.display();
            let kept = restored.kept.as_deref().map_or_else(String::new, kept_as);
            say(site, &format!("restored {file} to {database}{kept}"));
            ExitCode::SUCCESS
        }
        Err(error) => Fatal::of("restore", &error).tell(false),
    }
}

fn kept_as(path: &Path) -> String {
    format!("; the one before is kept as {}", path.display())
}

fn database_of(site: &SiteArgs, named: Option<&str>) -> Result<Database, StoreError> {
    named_database(named, &site.root.join(".lyceum"))
}

fn show(bar: &Progress, progress: CopyProgress) {
    match progress {
        CopyProgress::Copied(share) => bar.set(share),
        CopyProgress::Checking => bar.say("checking"),
    }
}

fn say(site: &SiteArgs, line: &str) {
    if !site.quiet {
        print::result(line);
    }
}
