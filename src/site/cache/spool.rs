//! The text of documents, put away between parsing and rendering, so that a site need not fit into memory.

use crate::site::cache::record::checksum;
use crate::site::error::BuildError;
use crate::site::parse::Body;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that bodies are added to, from any number of threads.
#[derive(Debug)]
pub struct Spool {
    file: File,
    /// For errors; empty for a file without a name.
    path: PathBuf,
    end: AtomicU64,
}

/// Where a body lies in its spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    at: u64,
    bytes: u32,
    sum: u64,
}

impl Place {
    /// How much room it takes.
    pub fn n_bytes(&self) -> u64 {
        u64::from(self.bytes)
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

    /// How much it holds, bodies that nobody wants any more among it.
    pub fn n_bytes(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Adds a body. Fails where the disk does.
    pub fn put(&self, body: &Body) -> Result<Place, BuildError> {
        let failed = |source: io::Error| BuildError::Write {
            path: self.path.clone(),
            source,
        };
        let bytes = postcard::to_stdvec(body).map_err(|error| failed(io::Error::other(error)))?;
        let at = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.file.write_all_at(&bytes, at).map_err(failed)?;
        Ok(Place {
            at,
            bytes: u32::try_from(bytes.len()).map_err(|it| failed(io::Error::other(it)))?,
            sum: checksum(&bytes),
        })
    }

    /// A body; `None` where it is damaged.
    pub fn get(&self, place: &Place) -> Option<Body> {
        let mut bytes = vec![0; place.bytes as usize];
        self.file.read_exact_at(&mut bytes, place.at).ok()?;
        (checksum(&bytes) == place.sum)
            .then(|| postcard::from_bytes(&bytes).ok())
            .flatten()
    }
}
