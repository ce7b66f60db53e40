//! The HTML and the plain text of documents, put away between parsing and rendering, so that a site need not fit into
//! memory.

use crate::site::cache::record::checksum;
use crate::site::error::BuildError;
use crate::site::parse::{Body, PlainText};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that documents are added to, from any number of threads.
#[derive(Debug)]
pub struct Spool {
    file: File,
    /// For errors; empty for a file without a name.
    path: PathBuf,
    end: AtomicU64,
}

/// Where a document lies in its spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    body: Piece,
    texts: Piece,
}

/// Some bytes of a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    at: u64,
    bytes: u32,
    sum: u64,
}

impl Span {
    /// How much room it takes.
    pub fn n_bytes(&self) -> u64 {
        u64::from(self.body.bytes) + u64::from(self.texts.bytes)
    }
}

impl Spool {
    /// One that is gone with the process.
    pub fn temporary() -> io::Result<Self> {
        Ok(Spool::new(tempfile::tempfile()?, Path::new(""), 0))
    }

    /// One in an open file; what it holds stays.
    pub fn in_file(file: File, path: &Path) -> io::Result<Self> {
        let end = file.metadata()?.len();
        Ok(Spool::new(file, path, end))
    }

    fn new(file: File, path: &Path, end: u64) -> Self {
        Spool {
            file,
            path: path.into(),
            end: AtomicU64::new(end),
        }
    }

    /// How much it holds, what nobody wants any more among it.
    pub fn n_bytes(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Adds a document. Fails where the disk does.
    pub fn put(&self, body: &Body, texts: &[PlainText]) -> Result<Span, BuildError> {
        let put = || -> io::Result<Span> {
            let bytes = postcard::to_stdvec(body).map_err(io::Error::other)?;
            let n_bytes = bytes.len();
            let bytes = postcard::to_extend(texts, bytes).map_err(io::Error::other)?;
            let at = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.file.write_all_at(&bytes, at)?;
            let (body, texts) = bytes.split_at(n_bytes);
            Ok(Span {
                body: Piece::new(body, at)?,
                texts: Piece::new(texts, at + n_bytes as u64)?,
            })
        };
        put().map_err(|source| BuildError::Write {
            path: self.path.clone(),
            source,
        })
    }

    /// The body of a document; `None` where it is damaged.
    pub fn body(&self, place: &Span) -> Option<Body> {
        self.get(&place.body)
    }

    /// The plain texts of a document; `None` where they are damaged.
    pub fn texts(&self, place: &Span) -> Option<Vec<PlainText>> {
        self.get(&place.texts)
    }

    fn get<T: DeserializeOwned>(&self, piece: &Piece) -> Option<T> {
        let mut bytes = vec![0; piece.bytes as usize];
        self.file.read_exact_at(&mut bytes, piece.at).ok()?;
        (checksum(&bytes) == piece.sum)
            .then(|| postcard::from_bytes(&bytes).ok())
            .flatten()
    }
}

impl Piece {
    fn new(bytes: &[u8], at: u64) -> io::Result<Self> {
        Ok(Piece {
            at,
            bytes: u32::try_from(bytes.len()).map_err(io::Error::other)?,
            sum: checksum(bytes),
        })
    }
}
