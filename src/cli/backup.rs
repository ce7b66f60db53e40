//! `backup`, `restore`: a checked copy of the database in one file, made while the edge runs, and the way back.

use crate::cli::args::{BackupArgs, RestoreArgs, SiteArgs};
use crate::cli::causes::with_causes;
use crate::cli::database;
use crate::cli::edge::named_database;
use crate::cli::fatal::Fatal;
use crate::cli::places;
use crate::cli::print::{self, Progress};
use crate::clock::Clock;
use crate::edge::store::{self, CopyProgress, Database, StoreError};
use std::path::Path;
use std::process::ExitCode;

/// Copies the database into a file.
pub fn back_up(site: &SiteArgs, args: &BackupArgs) -> ExitCode {
    if let Some(place) = places::taken(site, &args.file) {
        let message = format!("{} is below {place}", args.file.display());
        let help = "take a name in another folder";
        return Fatal::new("place", message, help).tell(false);
    }
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
            if !copied.extras.is_empty() {
                let extras = copied.extras.join(", ");
                let help = "the backup has them; keep what makes them elsewhere if you need them";
                warn(&format!("a restore will leave out: {extras}"), help);
            }
            if !copied.left_out.is_empty() {
                let left_out = copied.left_out.join(", ");
                let help = "they are not of this program; save them with pg_dump if you need them";
                warn(&format!("the backup does not have: {left_out}"), help);
            }
            ExitCode::SUCCESS
        }
        Err(error @ StoreError::DamagedCopy { .. }) => {
            let help = "keep that file, and restore the last good backup; `sqlite3 FILE .recover` reads what it can";
            Fatal::new("damaged", error.to_string(), help).tell(false)
        }
        Err(error @ StoreError::Exists { .. }) => {
            let help = "take another name, or add --force to replace it";
            Fatal::new("exists", error.to_string(), help).tell(false)
        }
        Err(error @ StoreError::NoCopy { .. }) => {
            let help = "take another name: --force replaces a backup, and nothing else";
            Fatal::new("no-backup", error.to_string(), help).tell(false)
        }
        Err(error @ StoreError::OtherSchema { .. }) => {
            let help = "make it as it was with sqlite3: a copy of this could not be restored";
            Fatal::new("backup", error.to_string(), help).tell(false)
        }
        Err(error) => Fatal::of("backup", &error).tell(false),
    }
}

/// A warning that is about no file of the site.
fn warn(message: &str, help: &str) {
    print::note(&format!("warning: {message}\n  help: {help}"));
}

/// Puts a copy in the place of the database.
pub fn restore(site: &SiteArgs, args: &RestoreArgs) -> ExitCode {
    if args.database.is_none() && !is_place(site) {
        let message = format!("there is no site in `{}`", site.root.display());
        let help = "go to the folder of the site or name it with `--root`, or name the database with `--database`";
        return Fatal::new("no-site", message, help).tell(false);
    }
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
            let renamed = restored
                .renamed
                .as_deref()
                .map_or_else(String::new, renamed_to);
            say(
                site,
                &format!("restored {file} to {database}{kept}{renamed}"),
            );
            if !restored.left_out.is_empty() {
                let left_out = restored.left_out.join(", ");
                let help = "they are not of this program; the copy still has them";
                warn(&format!("left out: {left_out}"), help);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            let is_of_copy = match &error {
                StoreError::At { path, .. } | StoreError::NoFile { path } => *path == args.file,
                StoreError::Open { target, .. } => *target == args.file.display().to_string(),
                _ => false,
            };
            let help = match is_of_copy {
                true => database::help_for_copy(&error),
                false => database::help(&error),
            };
            Fatal::new("restore", with_causes(&error), help).tell(false)
        }
    }
}

/// Whether the folder is a site, or a release and the files of an edge without one.
fn is_place(site: &SiteArgs) -> bool {
    let names = [
        site.config.as_path(),
        Path::new(".lyceum"),
        Path::new("dist"),
    ];
    names.iter().any(|it| site.root.join(it).exists())
}

fn kept_as(path: &Path) -> String {
    format!("; the one before is kept as {}", path.display())
}

fn renamed_to(path: &Path) -> String {
    format!("; the copy is now {}", path.display())
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
