//! `build --changes FILE`: what to upload and what to purge, as JSON.

use crate::cli::fatal::Fatal;
use crate::site::Report;
use crate::site::publish::Change;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::Path;

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

/// Writes the file in one step, so that nobody reads half of it.
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
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let new = path.with_file_name(format!(".{}.new", name.to_string_lossy()));
        fs::write(&new, json)?;
        fs::rename(new, path)
    };
    write().map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        let help = "the release is published all the same";
        Box::new(Fatal::new("cannot-write", message, help))
    })
}
