//! `build --changes FILE`: what to upload and what to purge, as JSON.

use crate::cli::args::{BuildArgs, SiteArgs};
use crate::cli::causes::with_causes;
use crate::cli::fatal::Fatal;
use crate::cli::places;
use crate::site::Report;
use crate::site::publish::Change;
use serde::Serialize;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What one build changed in `public/`.
#[derive(Serialize)]
struct Changes<'r> {
    /// The release that readers get now; `None` if nothing was published.
    release: &'r Option<String>,
    /// The release before.
    since: &'r Option<String>,
    changed: &'r [Change],
    deleted: &'r [String],
}

/// Fails where the file would take the place of a source of the site, or lie in a folder of releases. Asked before the
/// build, so that nothing is published then.
pub fn check(site: &SiteArgs, args: &BuildArgs) -> Result<(), Box<Fatal>> {
    let Some(path) = &args.changes else {
        return Ok(());
    };
    let real = path.canonicalize().unwrap_or_else(|_| path.clone());
    let is_inside = |folder: PathBuf| {
        let folder = folder.canonicalize();
        let parent = real.parent().map(|it| match it.as_os_str().is_empty() {
            true => Path::new("."),
            false => it,
        });
        let parent = parent.and_then(|it| it.canonicalize().ok());
        folder.is_ok_and(|folder| parent.is_some_and(|it| it.starts_with(folder)))
    };
    let is_settings = site.root.join(&site.config).canonicalize();
    let place = match () {
        () if is_settings.is_ok_and(|it| it == real) => Some("the settings of the site"),
        () if is_inside(site.root.join(&args.out)) => Some("in the folder of releases"),
        () => places::taken(site, &real),
    };
    match place {
        None => Ok(()),
        Some(place) => {
            let message = format!("`--changes {}` is {place}", path.display());
            let help = "name a file in another folder; it is replaced";
            Err(Box::new(Fatal::new("place", message, help)))
        }
    }
}

/// Writes a regular file in one step, so that nobody reads half of it. A link is followed, and a pipe or a device is
/// written to.
pub fn write(path: &Path, report: &Report) -> Result<(), Box<Fatal>> {
    let changes = Changes {
        release: &report.release,
        since: &report.since,
        changed: &report.changed,
        deleted: &report.deleted,
    };
    let write = || -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(&changes)?;
        json.push(b'\n');
        // `/dev/stdout` may lead to a file that others have open.
        let is_stream = fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
        let is_device = path.starts_with("/dev") && !path.starts_with("/dev/shm");
        if is_stream || is_device || path.starts_with("/proc") {
            return OpenOptions::new().append(true).open(path)?.write_all(&json);
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = real.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let new = real.with_file_name(format!(".{}.new", name.to_string_lossy()));
        fs::write(&new, json)?;
        fs::rename(new, real)
    };
    write().map_err(|error| {
        let message = format!("cannot write `{}`: {}", path.display(), with_causes(&error));
        let help = match &report.release {
            Some(_) => "the release is published all the same",
            None => "nothing was published",
        };
        Box::new(Fatal::new("cannot-write", message, help))
    })
}
