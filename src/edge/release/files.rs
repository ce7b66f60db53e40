//! Bytes of the release: small files are kept in memory, big ones are opened each time.
//!
//! Nothing leaves here that is not what the manifest says. A small file is compared with its checksum before it is
//! kept or given to anybody, a big one chunk by chunk as it is read (see `chunks`). What does not match is an error
//! and is read again the next time it is wanted.
//!
//! Whatever is asked for must be a plain file at exactly the place that its name says: a link anywhere
//! on the way is refused, so that nothing outside the release is ever read.

use crate::edge::release::OpenRelease;
use crate::edge::release::chunks::{ChunkCheck, Chunks};
use crate::edge::release::listed::{FileError, Listed};
use crate::manifest::checksum;
use axum::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// All that is kept of one release.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// First guess of how many files that is.
const CACHE_FILES: usize = 4096;

/// What a file of the release holds.
#[derive(Debug)]
pub enum Content {
    /// All of a small file.
    Whole(Bytes),
    /// A big file, opened; its chunks are to be compared as they are read.
    Large(File, ChunkCheck),
}

/// Small files of one release that were asked for, the most wanted ones when there is no room for all.
pub struct FileCache(Cache<String, Bytes, ByLength>);

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, path: &String, bytes: &Bytes) -> u64 {
        (path.len() + bytes.len()) as u64 + 64
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
    pub fn cached(&self, file: &Listed) -> Option<Bytes> {
        self.cache.0.get(&file.path)
    }

    /// Reads a file, and keeps it in memory if it is small. Blocks on the disk: once for each big file it is read
    /// from beginning to end, which takes about a second a gigabyte.
    pub fn load(&self, file: &Listed) -> Result<Content, FileError> {
        if !file.is_small() {
            return self.open_large(file);
        }
        let bytes = self.noted(file, self.read(file))?;
        self.cache.0.insert(file.path.clone(), bytes.clone());
        Ok(Content::Whole(bytes))
    }

    /// Lists or unlists a file that was read from beginning to end.
    fn noted<T>(&self, file: &Listed, read: Result<T, FileError>) -> Result<T, FileError> {
        self.damage.note(&self.dir, file, read.as_ref().err());
        read
    }

    /// Reads a file from beginning to end and compares it. Blocks on the disk.
    pub fn verify(&self, file: &Listed) -> Result<(), FileError> {
        let read = match file.is_small() {
            true => self.read(file).map(drop),
            false => {
                let opened = self.open_plain(file);
                opened
                    .and_then(|mut it| Chunks::of(&mut it, file))
                    .map(drop)
            }
        };
        self.noted(file, read)
    }

    /// All of a file, whatever its length. Blocks on the disk.
    pub fn load_whole(&self, file: &Listed) -> Result<Bytes, FileError> {
        if !file.is_small() {
            return self.noted(file, self.read(file));
        }
        match self.load(file)? {
            Content::Whole(bytes) => Ok(bytes),
            Content::Large(..) => Err(FileError::Damaged(file.path.clone())),
        }
    }

    /// Whether a file is there as far as can be told without much reading: its length, that it may be read, and the
    /// content of a gated part. Keeps nothing. Blocks on the disk.
    pub fn look_at(&self, file: &Listed) -> Result<(), FileError> {
        match file.is_part() {
            true => self.read(file).map(drop),
            false => self.open_listed(file).map(drop),
        }
    }

    /// Whether a big file can be opened without reading all of it first.
    pub fn knows(&self, file: &Listed) -> bool {
        file.is_small() || self.chunks.get(&file.hash).is_some()
    }

    /// The bytes, compared with length and checksum.
    fn read(&self, file: &Listed) -> Result<Bytes, FileError> {
        let failed = |source| FileError::of(&file.path, source);
        let opened = self.open_plain(file)?;
        let mut content = Vec::with_capacity(file.bytes as usize);
        // One byte more shows that the file has grown since its length was looked at.
        let read = opened.take(file.bytes + 1).read_to_end(&mut content);
        read.map_err(failed)?;
        match content.len() as u64 == file.bytes && checksum(&content) == file.hash {
            true => Ok(Bytes::from(content)),
            false => Err(FileError::Damaged(file.path.clone())),
        }
    }

    fn open_large(&self, file: &Listed) -> Result<Content, FileError> {
        let opened = self.open_plain(file);
        let (opened, chunks) = match self.chunks.get(&file.hash) {
            // Nothing is known of the file by that: it stays listed until it is read to its end.
            Some(chunks) => match opened {
                Ok(opened) => (opened, chunks),
                failed => (self.noted(file, failed)?, chunks),
            },
            None => {
                let read = opened.and_then(|mut it| {
                    let chunks = Arc::new(Chunks::of(&mut it, file)?);
                    Ok((it, chunks))
                });
                let (opened, chunks) = self.noted(file, read)?;
                self.chunks.insert(&file.hash, &chunks);
                (opened, chunks)
            }
        };
        let check = ChunkCheck {
            listed: file.clone(),
            chunks,
            damage: Arc::clone(&self.damage),
            dir: self.dir.clone(),
        };
        Ok(Content::Large(opened, check))
    }

    /// Opened, if there is no link on the way to it.
    fn open_plain(&self, file: &Listed) -> Result<File, FileError> {
        let opened = self.open_listed(file)?;
        let path = self.dir.join(&file.path);
        let real = std::fs::canonicalize(&path);
        match real.map_err(|source| FileError::of(&file.path, source))? == path {
            true => Ok(opened),
            false => Err(FileError::Damaged(file.path.clone())),
        }
    }

    /// Opened, if it is a plain file of the right length.
    fn open_listed(&self, file: &Listed) -> Result<File, FileError> {
        let failed = |source| FileError::of(&file.path, source);
        let path = self.dir.join(&file.path);
        // Before it is opened: opening a named pipe would wait for its other end.
        let found = std::fs::symlink_metadata(&path).map_err(failed)?;
        match found.is_file() && found.len() == file.bytes {
            true => File::open(&path).map_err(failed),
            false => Err(FileError::Damaged(file.path.clone())),
        }
    }
}
