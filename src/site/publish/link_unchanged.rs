//! Completes a staged release: unchanged files are linked from the last one.
//!
//! There are two ways. All shared files can be linked into the staging folder, which costs as much as the site is
//! large. Or the oldest release, which nobody is to keep, is brought up to date, which costs as much as has changed
//! since: its files are links to the same content, and those that have changed since are replaced, never written to.

use crate::site::cache::{ReleaseDiff, ReleaseFiles, Released};
use crate::site::error::BuildError;
use crate::site::publish::folder::OutputFolder;
use crate::site::publish::last::{LastRelease, has};
use crate::site::publish::write::{Privacy, in_folder};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A release that is staged: what was written of it lies in the staging folder.
pub struct Staged<'a> {
    /// All of it.
    pub files: &'a ReleaseFiles,
    /// Paths in the staging folder.
    pub written: &'a [String],
    /// Paths that are new, other or gone since the last release.
    pub changed: &'a BTreeSet<Arc<str>>,
}

/// Puts everything that is shared with `last` in its place. False where that is not what it should be.
pub fn complete(
    folder: &OutputFolder,
    last: &LastRelease,
    staged: &Staged,
) -> Result<bool, BuildError> {
    if let Some(stale) = spare(folder, last, staged)
        && renew(folder, last, staged, &stale)?
    {
        return Ok(true);
    }
    let written: HashSet<&str> = staged.written.iter().map(String::as_str).collect();
    let shared: Vec<String> = staged
        .files
        .paths()
        .filter(|it| !written.contains(it.as_str()))
        .collect();
    let staging = folder.staging();
    let linked = shared
        .par_iter()
        .try_for_each(|path| link(&last.folder, &staging, path).map_err(|it| (path, it)));
    match linked {
        Ok(()) => Ok(last.is_ours || is_whole(&staging, staged, &written)),
        Err((_, error)) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err((path, source)) => Err(BuildError::Write {
            path: staging.join(path),
            source,
        }),
    }
}

/// The release that will not be kept, and everything in which it may differ from the staged one; `None` where that is
/// not known, or so much that linking everything is less work.
fn spare(folder: &OutputFolder, last: &LastRelease, staged: &Staged) -> Option<Spare> {
    let history = &last.released.history;
    let place = history.len().checked_sub(folder.purpose().n_kept())?;
    let (oldest, newer) = history[place..].split_first()?;
    let is_free = newer.iter().all(|it| it.id != oldest.id)
        && newer.last().is_some_and(|it| it.id == last.released.id)
        && folder.release(&oldest.id).is_dir();
    let mut paths = staged.changed.clone();
    for release in newer {
        paths.extend(release.paths.as_ref()?.iter().cloned());
    }
    let is_little = paths.len() + staged.written.len() < staged.files.outputs.len();
    (is_free && is_little).then(|| Spare {
        id: oldest.id.clone(),
        paths,
    })
}

/// Whether a little change to a release will find an old one that is near enough to be brought up to date.
pub fn is_ready(folder: &OutputFolder, released: &Released) -> bool {
    let history = &released.history;
    let place = history.len().checked_sub(folder.purpose().n_kept());
    let newer = place.map(|place| history[place..].iter().skip(1));
    let n_paths: Option<usize> = newer.and_then(|newer| {
        let lengths = newer.map(|it| it.paths.as_ref().map(Vec::len));
        lengths.sum()
    });
    n_paths.is_some_and(|n_paths| n_paths < released.files.outputs.len() / 2)
}

struct Spare {
    id: String,
    paths: BTreeSet<Arc<str>>,
}

/// What an earlier release is called that was never published.
const ASIDE: &str = "aside";

/// Puts a copy of the current release aside, made of links, so that already the next release can be made of an old one.
/// Returns how the two differ from one another.
pub fn put_aside(
    folder: &OutputFolder,
    released: &Released,
) -> Result<Vec<ReleaseDiff>, BuildError> {
    let current = folder.release(&released.id);
    let staging = folder.staging();
    let paths: Vec<String> = released.files.paths().collect();
    let linked = paths
        .par_iter()
        .try_for_each(|path| link(&current, &staging, path).map_err(|it| (path, it)));
    linked.map_err(|(path, source)| BuildError::Write {
        path: staging.join(path),
        source,
    })?;
    folder.put_aside(ASIDE)?;
    let own = |id: &str, paths| ReleaseDiff {
        id: id.to_owned(),
        paths,
    };
    Ok(vec![own(ASIDE, None), own(&released.id, Some(Vec::new()))])
}

/// Brings an old release up to date and makes it the staged one. False where that or the last one is not what it
/// should be; then the staged files lie where they lay.
fn renew(
    folder: &OutputFolder,
    last: &LastRelease,
    staged: &Staged,
    spare: &Spare,
) -> Result<bool, BuildError> {
    let base = folder.beside_staging();
    if fs::rename(folder.release(&spare.id), &base).is_err() {
        return Ok(false);
    }
    let failed = |path: &str, source: io::Error| BuildError::Write {
        path: base.join(path),
        source,
    };
    for path in &spare.paths {
        remove(&base, path).map_err(|source| failed(path, source))?;
    }
    let staging = folder.staging();
    let written: HashSet<&str> = staged.written.iter().map(String::as_str).collect();
    let wanted = staged.files.having(spare.paths.iter().map(|it| &**it));
    for path in wanted.into_iter().filter(|it| !written.contains(it)) {
        match link(&last.folder, &base, path) {
            // What is missing is found below.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(path, error));
            }
            _ => {}
        }
    }
    if !last.is_ours && !is_whole(&base, staged, &written) {
        fs::remove_dir_all(&base).map_err(|source| failed("", source))?;
        return Ok(false);
    }
    for path in staged.written {
        let (from, to) = (staging.join(path), base.join(path));
        in_folder(&base, &to, Privacy::of(path), || fs::rename(&from, &to))
            .map_err(|source| failed(path, source))?;
    }
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(|source| failed("", source))?;
    }
    fs::rename(&base, &staging).map_err(|source| failed("", source))?;
    Ok(true)
}

/// Whether everything that was not written is there.
fn is_whole(base: &Path, staged: &Staged, written: &HashSet<&str>) -> bool {
    let is_there = |path: &str, bytes| written.contains(path) || has(base, path, bytes);
    let outputs = staged.files.outputs.par_iter();
    outputs.all(|(file, entry)| {
        let beside = entry.beside(file);
        is_there(&format!("public/{file}"), entry.bytes)
            && beside.iter().all(|it| is_there(&it.0, it.1))
    }) && staged.files.vault_files().all(|it| is_there(&it.0, it.1))
}

/// Removes a file, and the folders that are empty without it.
fn remove(base: &Path, path: &str) -> io::Result<()> {
    let file = base.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let folders = file.ancestors().skip(1).take_while(|it| *it != base);
    // Fails for the first folder that holds something else.
    for folder in folders {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Hard links where the disk can, copies where it cannot.
fn link(from: &Path, below: &Path, path: &str) -> io::Result<()> {
    let (from, to) = (from.join(path), below.join(path));
    match in_folder(below, &to, Privacy::of(path), || fs::hard_link(&from, &to)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            fs::copy(&from, &to).map(|_| ())
        }
        done => done,
    }
}
