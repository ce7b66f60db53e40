//! Whether a release is whole: the check that it must pass to be opened.
//!
//! Every file that the manifest lists must be there with its length and be readable, and every gated part must have
//! its content: a release that is still being copied is not opened. The content of public files and of private assets
//! is compared when they are read, for reading all of a large site would take long.

use crate::edge::release::denied::Denied;
use crate::edge::release::listed::{FileError, Listed};
use crate::edge::release::{OpenRelease, ReleaseError, stamp_of};
use crate::manifest::{Manifest, PageEntry, PartEntry};
use crate::stamp::Stamp;
use std::path::PathBuf;

/// As many faults are watched for a change; more say nothing more.
const MAX_WATCHED: usize = 1000;

/// A file that is not what it should be, and how it looked then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
}

impl Watched {
    /// A file as it is now.
    pub fn now(path: PathBuf) -> Self {
        let stamp = stamp_of(&path);
        Watched { path, stamp }
    }

    /// Whether something has happened to it since.
    pub fn has_changed(&self) -> bool {
        stamp_of(&self.path) != self.stamp
    }
}

/// Files that are not what the manifest says; at least one.
#[derive(Debug)]
pub struct Faults {
    /// How many.
    pub n_faults: usize,
    /// Of how many.
    pub n_files: usize,
    /// What is wrong with the first.
    pub first: FileError,
    /// Whether none of them is missing.
    pub are_there: bool,
    /// Whether none of them is missing or too short, as in a copy that has not come to its end.
    pub are_copied: bool,
    listed: Vec<Listed>,
    watched: Vec<Watched>,
}

impl Faults {
    /// Whether it is worth trying again: everything that was wrong looks other than it did.
    pub fn have_changed(&self) -> bool {
        self.watched.iter().all(Watched::has_changed)
    }

    /// Lists them with the files of a release that are damaged.
    pub fn note(&self, release: &OpenRelease) {
        for file in &self.listed {
            // What comes of it is noted.
            let _ = release.verify(file);
        }
    }
}

/// Looks at every file. Blocks on the disk.
pub fn files(release: &OpenRelease) -> Result<(), ReleaseError> {
    let mut n_files = 0;
    let mut faults: Option<Faults> = None;
    let each = |it: Listed| {
        n_files += 1;
        let path = release.dir().join(&it.path);
        // Before the file is looked at, so that no change is missed.
        let watched = Watched::now(path);
        let Err(error) = release.look_at(&it) else {
            return;
        };
        let is_copied = watched
            .stamp
            .is_some_and(|stamp| stamp.n_bytes() >= it.bytes);
        let faults = faults.get_or_insert_with(|| Faults {
            n_faults: 0,
            n_files: 0,
            first: error,
            are_there: true,
            are_copied: true,
            listed: Vec::new(),
            watched: Vec::new(),
        });
        faults.n_faults += 1;
        faults.are_there &= watched.stamp.is_some();
        faults.are_copied &= is_copied;
        if faults.watched.len() < MAX_WATCHED {
            faults.watched.push(watched);
            faults.listed.push(it);
        }
    };
    listed(release.manifest()).for_each(each);
    match faults {
        None => Ok(()),
        Some(faults) => {
            Err(denied(release, &faults)
                .unwrap_or(ReleaseError::Files(Faults { n_files, ..faults })))
        }
    }
}

/// All files of a release but the manifest.
fn listed(manifest: &Manifest) -> impl Iterator<Item = Listed> {
    let public = manifest.files.iter().flat_map(|(name, entry)| {
        let copies = entry.copies.iter().map(|copy| Listed::copy(name, copy));
        std::iter::once(Listed::public(name, entry)).chain(copies)
    });
    let parts = manifest.pages.values().flat_map(|page| &page.parts);
    let assets = manifest.assets.values().map(Listed::asset);
    let texts = manifest.texts.iter().map(Listed::text);
    public
        .chain(parts.map(Listed::part))
        .chain(assets)
        .chain(texts)
}

/// Files that may not be read are one fault with one way out.
fn denied(release: &OpenRelease, faults: &Faults) -> Option<ReleaseError> {
    let FileError::Read { path, cause } = &faults.first else {
        return None;
    };
    let path = release.dir().join(path);
    (cause.kind() == std::io::ErrorKind::PermissionDenied)
        .then(|| ReleaseError::Denied(Denied::of(&path)))
}

/// Whether the manifest says of each part a range of the page's public file that can be one, and a plain file name.
pub fn ranges(manifest: &Manifest) -> Result<(), ReleaseError> {
    for (id, page) in manifest.pages.iter() {
        let mut end_of_last = 0;
        for part in &page.parts {
            if part.start < end_of_last || !is_possible(manifest, page, part) {
                return Err(ReleaseError::Part {
                    page: id.clone(),
                    number: part.number.0,
                });
            }
            end_of_last = part.end;
        }
    }
    Ok(())
}

fn is_possible(manifest: &Manifest, page: &PageEntry, part: &PartEntry) -> bool {
    let file = manifest.files.get(&*page.file);
    let name = &part.file;
    let is_plain_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    is_plain_name && part.start < part.end && file.is_some_and(|file| part.end <= file.bytes)
}
