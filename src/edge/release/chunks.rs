//! Big files, verified as they are read: one chunk in memory at a time, compared before it is sent.
//!
//! A big file is read once from beginning to end and compared with its checksum; what its chunks hashed to then is
//! kept, and every later reading is compared with that, whatever has happened on the disk in between.

use crate::edge::release::damage::Damage;
use crate::edge::release::listed::{FileError, Listed};
use crate::manifest::shortened;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What a reader is sent at a time.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Hashes of the chunks of one content, 128 bits each.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunks(Vec<[u8; 16]>);

impl Chunks {
    /// Reads a whole file. Fails unless it is what the manifest says.
    pub fn of(file: &mut File, listed: &Listed) -> Result<Self, FileError> {
        let mut whole = blake3::Hasher::new();
        let mut chunks = Vec::with_capacity((listed.bytes as usize).div_ceil(CHUNK_BYTES));
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut left = listed.bytes;
        while left > 0 {
            let n_bytes = left.min(CHUNK_BYTES as u64) as usize;
            let read = file.read_exact(&mut chunk[..n_bytes]);
            read.map_err(|source| FileError::of(&listed.path, source))?;
            whole.update(&chunk[..n_bytes]);
            chunks.push(hash(&chunk[..n_bytes]));
            left -= n_bytes as u64;
        }
        match shortened(&whole.finalize()) == listed.hash {
            true => Ok(Chunks(chunks)),
            false => Err(FileError::Damaged(listed.path.clone())),
        }
    }

    /// Whether these bytes are the chunk of this number, from 0.
    pub fn has(&self, number: u64, bytes: &[u8]) -> bool {
        self.0.get(number as usize) == Some(&hash(bytes))
    }
}

fn hash(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    short
}

/// What the chunks of a big file are compared with while it is read.
#[derive(Debug)]
pub struct ChunkCheck {
    /// What the manifest says of it.
    pub listed: Listed,
    /// What its chunks must hash to.
    pub chunks: Arc<Chunks>,
    pub(super) damage: Arc<Damage>,
    pub(super) dir: PathBuf,
}

impl ChunkCheck {
    /// Notes that a chunk was not what it should be.
    pub fn failed(&self) -> FileError {
        let error = FileError::Damaged(self.listed.path.clone());
        self.damage.note(&self.dir, &self.listed, Some(&error));
        error
    }
}

/// Chunks of big files that were read, by the hash of their content. The next release takes over what it has as well.
#[derive(Debug, Default)]
pub struct KnownChunks(Mutex<HashMap<String, Arc<Chunks>>>);

impl KnownChunks {
    /// Those of a content that was read before.
    pub fn get(&self, hash: &str) -> Option<Arc<Chunks>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(hash).cloned()
    }

    /// Keeps those of a content.
    pub fn insert(&self, hash: &str, chunks: &Arc<Chunks>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(hash.to_owned(), Arc::clone(chunks));
    }

    /// Takes over what is known of these contents.
    pub fn of<'h>(last: &KnownChunks, hashes: impl Iterator<Item = &'h str>) -> Self {
        let known = hashes.filter_map(|hash| Some((hash.to_owned(), last.get(hash)?)));
        KnownChunks(Mutex::new(known.collect()))
    }
}
