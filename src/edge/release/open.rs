//! From the link `current` to a checked release: the only place that follows it.

use crate::edge::release::{OpenRelease, ReleaseError};
use crate::manifest::MANIFEST_VERSION;
use std::path::{Path, PathBuf};

impl OpenRelease {
    /// Opens what `dist/current` leads to now. `last` is the release that was open until now: what is
    /// the same in both was checked then and is not read again. Blocks on the disk.
    pub fn open(dist: &Path, last: Option<&OpenRelease>) -> Result<Self, ReleaseError> {
        let dir = resolve(dist)?;
        let path = dir.join("vault/manifest.json");
        let bytes = std::fs::read(&path).map_err(|source| ReleaseError::Read {
            path: path.clone(),
            source,
        })?;
        // The version is read first: of another version's manifest nothing else can be trusted to parse.
        let Version { version } =
            serde_json::from_slice(&bytes).map_err(|source| ReleaseError::Manifest {
                path: path.clone(),
                source,
            })?;
        if version != MANIFEST_VERSION {
            return Err(ReleaseError::Version { found: version });
        }
        let manifest = serde_json::from_slice(&bytes)
            .map_err(|source| ReleaseError::Manifest { path, source })?;
        OpenRelease::with_manifest(dir, manifest, last)
    }
}

#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

/// The directory that `current` leads to now.
pub fn resolve(dist: &Path) -> Result<PathBuf, ReleaseError> {
    let path = dist.join("current");
    std::fs::canonicalize(&path).map_err(|source| ReleaseError::Read { path, source })
}
