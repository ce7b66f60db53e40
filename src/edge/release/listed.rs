//! A file of the release as the manifest lists it, and why one cannot be read.

use crate::manifest::{CopyEntry, FileEntry, PartEntry, TextPack, VaultAsset};
use std::io;

/// Files above this are not kept.
const SMALL_BYTES: u64 = 512 * 1024;
/// Where gated parts lie.
const PARTS: &str = "vault/parts";

/// A file of the release as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path below the release, such as `public/index.html`.
    pub path: String,
    /// See [`checksum`].
    pub hash: String,
    /// Its length.
    pub bytes: u64,
}

impl Listed {
    /// A file of `public/`: anyone may have it.
    pub fn public(name: &str, entry: &FileEntry) -> Self {
        Listed::below("public", name, &entry.hash, entry.bytes)
    }

    /// A compressed copy of a file of `public/`.
    pub fn copy(name: &str, copy: &CopyEntry) -> Self {
        let name = format!("{name}.{}", copy.encoding);
        Listed::below("public", &name, &copy.hash, copy.bytes)
    }

    /// The HTML of a gated part.
    pub fn part(part: &PartEntry) -> Self {
        Listed::below(PARTS, &part.file, &part.hash, part.bytes)
    }

    /// A file that gated parts use.
    pub fn asset(asset: &VaultAsset) -> Self {
        Listed::below("vault/assets", &asset.file, &asset.hash, asset.bytes)
    }

    /// Plain text for search.
    pub fn text(pack: &TextPack) -> Self {
        Listed::below("vault/text", &pack.file, &pack.hash, pack.bytes)
    }

    fn below(folder: &str, name: &str, hash: &str, bytes: u64) -> Self {
        Listed {
            path: format!("{folder}/{name}"),
            hash: hash.into(),
            bytes,
        }
    }

    /// Whether it is kept in memory once it was read.
    pub fn is_small(&self) -> bool {
        self.bytes <= SMALL_BYTES
    }

    /// Whether it is the HTML of a gated part.
    pub fn is_part(&self) -> bool {
        self.path.starts_with(PARTS)
    }

    /// Whether anyone may have it.
    pub fn is_public(&self) -> bool {
        self.path.starts_with("public/")
    }
}

/// Why a file of the release cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, as when newer releases have taken the place of this one.
    #[error("`{0}` is gone")]
    Gone(String),
    /// It is no plain file, or its length or content is not what the manifest says.
    #[error("`{0}` is not the file that was published")]
    Damaged(String),
    /// The disk.
    #[error("cannot read `{path}`: {cause}")]
    Read {
        /// Below the release.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
}

impl FileError {
    /// From what the system said of this file.
    pub fn of(path: &str, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Gone(path),
            io::ErrorKind::UnexpectedEof => FileError::Damaged(path),
            _ => FileError::Read { path, cause },
        }
    }
}
