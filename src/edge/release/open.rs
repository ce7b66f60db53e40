//! From the link `current` to a checked release: the only place that follows it.

use crate::edge::release::check;
use crate::edge::release::denied::Denied;
use crate::edge::release::{OpenRelease, ReleaseError};
use crate::manifest::{HEAD_BYTES, Manifest, unseal};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Below a release.
const MANIFEST: &str = "vault/manifest.json";

/// What is published at a moment. Equal ones are the same release in the same place, also where `current` is a folder
/// whose files are replaced instead of a link that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The folder that `current` leads to, without links in its name.
    pub dir: PathBuf,
    /// How its manifest begins, which differs wherever two manifests do.
    head: Vec<u8>,
}

impl Published {
    /// What `current` leads to now.
    pub fn now(dist: &Path) -> Result<Self, ReleaseError> {
        let path = dist.join("current");
        let dir = std::fs::canonicalize(&path).map_err(|cause| unreadable(path, cause))?;
        Published::in_folder(dir)
    }

    /// The release in a folder.
    pub fn in_folder(dir: PathBuf) -> Result<Self, ReleaseError> {
        let path = dir.join(MANIFEST);
        let mut head = Vec::with_capacity(HEAD_BYTES);
        File::open(&path)
            .and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head))
            .map_err(|cause| unreadable(path, cause))?;
        Ok(Published { dir, head })
    }

    /// Where its manifest is.
    pub fn manifest_path(&self) -> PathBuf {
        self.dir.join(MANIFEST)
    }

    /// Tells a release of this id and manifest from any other, in whatever place it lies.
    pub fn fingerprint(&self, id: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.head).update(id.as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The last part of its folder's name: mostly its id.
    pub fn folder_name(&self) -> String {
        let name = self.dir.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// What the folder is called that `current` leads to, where that can be told.
pub fn folder_name(dist: &Path) -> Option<String> {
    let dir = std::fs::canonicalize(dist.join("current")).ok()?;
    Some(dir.file_name()?.to_string_lossy().into_owned())
}

impl OpenRelease {
    /// Opens what `dist/current` leads to now. `last` is the release that was open until now: what is
    /// known of its big files is known of the same in this one. Blocks on the disk.
    pub fn open(dist: &Path, last: Option<&OpenRelease>) -> Result<Self, ReleaseError> {
        OpenRelease::open_published(Published::now(dist)?, last)
    }

    /// Opens what `dist/current` leads to when there is no other release that could go on. Files that went bad on the
    /// disk are no reason to show nothing at all: they are not served, as if they had gone bad later. A release in which
    /// files are missing is refused here too, for it is still being copied. Blocks on the disk.
    pub fn open_first(dist: &Path) -> Result<Self, ReleaseError> {
        let release = OpenRelease::unchecked(Published::now(dist)?, None)?;
        match check::files(&release) {
            Err(ReleaseError::Files(faults)) if faults.are_there => faults.note(&release),
            checked => checked?,
        }
        Ok(release)
    }

    /// Opens a certain release. Blocks on the disk.
    pub fn open_published(
        published: Published,
        last: Option<&OpenRelease>,
    ) -> Result<Self, ReleaseError> {
        let release = OpenRelease::unchecked(published, last)?;
        check::files(&release)?;
        Ok(release)
    }

    fn unchecked(published: Published, last: Option<&OpenRelease>) -> Result<Self, ReleaseError> {
        let path = published.manifest_path();
        let bytes = std::fs::read(&path).map_err(|cause| unreadable(path.clone(), cause))?;
        let failed = |cause| ReleaseError::Manifest {
            path: path.clone(),
            cause,
        };
        let id = unseal(&bytes).map_err(failed)?;
        let manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
        OpenRelease::assemble(published, id, manifest, last)
    }

    /// A release that this process has just built: its manifest is at hand, and its files need not be looked at.
    pub fn built(
        dir: PathBuf,
        id: String,
        manifest: Manifest,
        last: Option<&OpenRelease>,
    ) -> Result<Self, ReleaseError> {
        OpenRelease::assemble(Published::in_folder(dir)?, id, manifest, last)
    }
}

fn unreadable(path: PathBuf, cause: io::Error) -> ReleaseError {
    match cause.kind() {
        io::ErrorKind::PermissionDenied => ReleaseError::Denied(Denied::of(&path)),
        _ => ReleaseError::Read { path, cause },
    }
}
