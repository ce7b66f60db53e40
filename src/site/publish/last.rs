//! The release before: what is unchanged in it is shared, not written again.

use crate::manifest::{FileEntry, MANIFEST_VERSION};
use crate::site::publish::folder::OutputFolder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A release that was current when this build began.
pub struct LastRelease {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What its manifest says of `public/`.
    pub files: BTreeMap<String, FileEntry>,
}

#[derive(Deserialize)]
struct Files {
    version: u32,
    files: BTreeMap<String, FileEntry>,
}

impl LastRelease {
    /// `None` where there is none, or it is of another version or damaged: then everything is written anew.
    pub fn open(folder: &OutputFolder) -> Option<Self> {
        let (id, folder) = folder.current()?;
        let text = std::fs::read(folder.join("vault/manifest.json")).ok()?;
        let Files { version, files } = serde_json::from_slice(&text).ok()?;
        (version == MANIFEST_VERSION).then_some(LastRelease { id, folder, files })
    }

    /// Whether a file of the release, such as `public/index.html`, is there with the length it should have.
    pub fn has(&self, path: &Path, n_bytes: u64) -> bool {
        let metadata = std::fs::symlink_metadata(self.folder.join(path));
        metadata.is_ok_and(|it| it.is_file() && it.len() == n_bytes)
    }
}
