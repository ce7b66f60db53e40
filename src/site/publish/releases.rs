//! Releases of an output folder: which there are, and going back to an earlier one.
//!
//! Going back leaves a note in the folder, so that the next build of an unchanged site does not undo it in silence.

use crate::clock::Timestamp;
use crate::ids::Access;
use crate::manifest::unseal;
use crate::site::error::BuildError;
use crate::site::publish::folder::{OutputFolder, Purpose, RolledBack};
use crate::site::publish::last::{has, is_whole};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// One release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// Readers get it.
    pub is_current: bool,
    /// Pages in it; `None` where its manifest cannot be read.
    pub n_pages: Option<usize>,
}

/// Why there is no way back.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// The folder cannot be read or written.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Nothing has been published.
    #[error("there is no release in `{0}`")]
    NoRelease(String),
    /// No release is older than the current one.
    #[error("there is no release before {0}")]
    NoEarlier(String),
    /// No release has this id.
    #[error("there is no release `{0}`")]
    Unknown(String),
    /// Several ids begin so.
    #[error("more than one release begins with `{0}`")]
    Several(String),
    /// Files of it are missing.
    #[error("release {0} is not whole")]
    NotWhole(String),
}

/// Releases of a folder, the last built first.
pub fn list(folder: &Path) -> Result<Vec<Listed>, RollbackError> {
    find_current(folder)?;
    let folder = OutputFolder::open(folder, Purpose::Readers)?;
    listed(&folder)
}

/// Fails where nothing has been published, or where that cannot be seen.
fn find_current(folder: &Path) -> Result<(), RollbackError> {
    let path = folder.join("current");
    match path.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(source) if source.kind() == ErrorKind::PermissionDenied => {
            Err(BuildError::Read { path, source }.into())
        }
        Err(_) => Err(RollbackError::NoRelease(folder.display().to_string())),
    }
}

fn listed(folder: &OutputFolder) -> Result<Vec<Listed>, RollbackError> {
    let current = folder.current().map(|it| it.0);
    let mut releases: Vec<Listed> = folder
        .built()?
        .into_iter()
        .map(|(id, built_at)| Listed {
            is_current: current.as_ref() == Some(&id),
            n_pages: n_pages(&folder.release(&id)),
            built_at,
            id,
        })
        .collect();
    releases.sort_by(|a, b| (b.built_at, &b.id).cmp(&(a.built_at, &a.id)));
    Ok(releases)
}

/// Makes an earlier release the current one: that with this id, or the one that was built before the current one. With the
/// addresses of the pages that are more open in it, ascending.
pub fn roll_back(
    folder: &Path,
    id: Option<&str>,
) -> Result<(RolledBack, Vec<String>), RollbackError> {
    let shown = folder.display().to_string();
    find_current(folder)?;
    let folder = OutputFolder::open(folder, Purpose::Readers)?;
    let releases = listed(&folder)?;
    let place = releases.iter().position(|it| it.is_current);
    let current = place.map(|it| releases[it].id.clone());
    let current = current.ok_or(RollbackError::NoRelease(shown))?;
    let target = match id {
        Some(id) => {
            // As with commits, the beginning of an id is enough where one release alone has it.
            let mut meant = releases.iter().filter(|it| it.id.starts_with(id));
            match (meant.next(), meant.next()) {
                (Some(_), Some(_)) => return Err(RollbackError::Several(id.into())),
                (first, _) => first.filter(|_| !id.is_empty()),
            }
            .ok_or_else(|| RollbackError::Unknown(id.into()))?
        }
        None => {
            let earlier = releases.get(place.map_or(0, |it| it + 1));
            earlier.ok_or_else(|| RollbackError::NoEarlier(current.clone()))?
        }
    };
    if !is_whole(&folder.release(&target.id)) {
        return Err(RollbackError::NotWhole(target.id.clone()));
    }
    let opened = opened(&folder.release(&target.id), &folder.release(&current));
    let before = folder.rolled_back().map_or(current, |it| it.from);
    let done = RolledBack {
        from: before,
        to: target.id.clone(),
    };
    folder.go_back(&done)?;
    Ok((done, opened))
}

/// Who may read a page, as a manifest says it.
#[derive(PartialEq, Deserialize)]
struct Gated {
    path: String,
    access: Access,
    parts: Vec<GatedPart>,
}

#[derive(PartialEq, Deserialize)]
struct GatedPart {
    access: Access,
}

/// Addresses of the pages of a release that another one does not have, or has for fewer readers; ascending. All of them
/// where the manifest of the other cannot be read.
fn opened(release: &Path, other: &Path) -> Vec<String> {
    let (pages, others) = (gated(release), gated(other));
    let is_open = |id: &String, page: &Gated| match others.get(id) {
        Some(other) => {
            let is_as_closed = |(own, other): (&GatedPart, &GatedPart)| {
                own.access == other.access || own.access.is_stricter_than(&other.access)
            };
            let mut accesses = page.parts.iter().zip(&other.parts);
            page.parts.len() < other.parts.len()
                || !accesses.all(is_as_closed)
                || (page.access != other.access && !page.access.is_stricter_than(&other.access))
        }
        None => true,
    };
    let opened = pages.iter().filter(|(id, page)| is_open(id, page));
    let mut opened: Vec<String> = opened.map(|(_, page)| page.path.clone()).collect();
    opened.sort();
    opened
}

fn gated(release: &Path) -> BTreeMap<String, Gated> {
    #[derive(Deserialize)]
    struct Pages {
        pages: BTreeMap<String, Gated>,
    }
    let manifest = std::fs::read(release.join("vault/manifest.json"));
    let manifest = manifest.ok().filter(|it| unseal(it).is_ok());
    let parsed = manifest.and_then(|it| serde_json::from_slice::<Pages>(&it).ok());
    parsed.map(|it| it.pages).unwrap_or_default()
}

fn n_pages(release: &Path) -> Option<usize> {
    #[derive(Deserialize)]
    struct Pages {
        pages: BTreeMap<String, IgnoredAny>,
    }
    let manifest = std::fs::read(release.join("vault/manifest.json")).ok()?;
    unseal(&manifest).ok()?;
    let parsed: Pages = serde_json::from_slice(&manifest).ok()?;
    Some(parsed.pages.len()).filter(|_| has(release, "vault/manifest.json", manifest.len() as u64))
}
