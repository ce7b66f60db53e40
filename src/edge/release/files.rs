//! Bytes of the release: small files are kept in memory, big ones are opened each time.
//!
//! Whatever is asked for must be a plain file at exactly the place that its name says: a link anywhere
//! on the way is refused, so that nothing outside the release is ever read.

use crate::edge::release::OpenRelease;
use axum::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};

/// Files above this are not kept.
const SMALL_BYTES: u64 = 512 * 1024;
/// All that is kept of one release.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// First guess of how many files that is.
const CACHE_FILES: usize = 4096;

/// What a file of the release holds.
#[derive(Debug)]
pub enum Content {
    /// All of a small file.
    Whole(Bytes),
    /// A big file, opened, with its length.
    Large(File, u64),
}

/// Which folder of the release a file lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// `public/`: anyone may have it.
    Public,
    /// `vault/parts/`: HTML of gated parts.
    Parts,
    /// `vault/assets/`: files that gated parts use.
    Assets,
}

/// Why a file of the release cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is no longer there, as when newer releases have taken the place of this one.
    #[error("a file of the release is gone")]
    Gone,
    /// It is no plain file, or has another length than the manifest says.
    #[error("`{0}` is not the file that was published")]
    Damaged(String),
    /// The disk.
    #[error("cannot read `{name}`")]
    Read {
        /// Below the release.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Small files of one release that were asked for, the most wanted ones when there is no room for all.
pub struct FileCache(Cache<String, Bytes, ByLength>);

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, name: &String, bytes: &Bytes) -> u64 {
        (name.len() + bytes.len()) as u64 + 64
    }
}

impl Place {
    fn folder(self) -> &'static str {
        match self {
            Place::Public => "public",
            Place::Parts => "vault/parts",
            Place::Assets => "vault/assets",
        }
    }
}

impl Default for FileCache {
    fn default() -> Self {
        FileCache(Cache::with_weighter(CACHE_FILES, CACHE_BYTES, ByLength))
    }
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileCache({} files)", self.0.len())
    }
}

impl OpenRelease {
    /// A file that is in memory already.
    pub fn cached(&self, place: Place, name: &str) -> Option<Bytes> {
        self.cache.0.get(&key(place, name))
    }

    /// Reads a file, and keeps it in memory where it is small. `bytes` is its length where the manifest
    /// says it. Blocks on the disk.
    pub fn load(&self, place: Place, name: &str, bytes: Option<u64>) -> Result<Content, FileError> {
        let key = key(place, name);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => FileError::Gone,
            _ => FileError::Read {
                name: key.clone(),
                source,
            },
        };
        let path = self.dir().join(&key);
        let mut file = File::open(&path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        let is_in_place = std::fs::canonicalize(&path).map_err(failed)? == path;
        if !found.is_file() || !is_in_place || bytes.is_some_and(|bytes| bytes != found.len()) {
            return Err(FileError::Damaged(key));
        }
        if found.len() > SMALL_BYTES {
            return Ok(Content::Large(file, found.len()));
        }
        let mut content = Vec::with_capacity(found.len() as usize);
        file.read_to_end(&mut content).map_err(failed)?;
        let content = Bytes::from(content);
        self.cache.0.insert(key, content.clone());
        Ok(Content::Whole(content))
    }
}

fn key(place: Place, name: &str) -> String {
    format!("{}/{name}", place.folder())
}
