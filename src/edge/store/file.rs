//! The database file of the embedded engine: its real path, its creation, its lock, and whether it is still there.
//!
//! No other code of the process may open the file. POSIX drops all locks that a process holds on a file as soon as it
//! closes any descriptor of that file (<https://sqlite.org/howtocorrupt.html>, 2.2), and a program that finds no lock
//! deletes the write-ahead log. Everything here uses `stat` alone, except for [`DatabaseFile::make`], which closes its
//! descriptor before the file has its name.

use crate::clock::Timestamp;
use crate::edge::store::{Cause, StoreError};
use jiff::tz::TimeZone;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// In the name of a copy that a running edge saved when the file or its log was taken away.
pub const SAVED: &str = "saved";
/// In the name of such a copy once it was restored, or the same files came back.
const SETTLED: &str = "settled";
/// In the name of the note that a running edge leaves when its log was cut.
pub const LOST: &str = "lost";
/// Fewest bytes of a page in the log, with its head.
const LOG_PAGE_BYTES: u64 = 512 + 24;
/// Bytes before the first page in the log.
const LOG_HEAD_BYTES: u64 = 32;

/// The system's own limit of symbolic links in one path.
const MAX_LINKS: usize = 40;

/// A database file by its real path: symbolic links are resolved, so that one file has one lock and one log.
#[derive(Clone, Debug)]
pub struct DatabaseFile {
    path: PathBuf,
}

/// Device and inode of the database file, its log and the log's index; `None` for one that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The database file itself.
    pub database: Option<(u64, u64)>,
    log: Option<(u64, u64)>,
    index: Option<(u64, u64)>,
}

impl Identity {
    /// Whether the log is the one that `other` has.
    pub fn has_log_of(&self, other: &Identity) -> bool {
        self.log.is_some() && self.log == other.log
    }
}

/// How often a lock that another process has is tried again.
const LOCK_TRIES: usize = 25;
/// Between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

impl DatabaseFile {
    /// Resolves `path` and creates its folder, for its owner alone. Fails where the path is a folder or a device, and
    /// where the file has several hard links: each name would have a log of its own.
    pub fn at(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| cannot_open(path, error);
        let path = real_path(path).map_err(failed)?;
        match fs::metadata(&path) {
            Ok(meta) if !meta.is_file() => Err(StoreError::NoFile { path }),
            Ok(meta) if meta.nlink() > 1 => Err(StoreError::HardLinks { path }),
            _ => Ok(DatabaseFile { path }),
        }
    }

    /// The real path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path with `ending` after its name, such as `-wal`.
    pub fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(ending);
        name.into()
    }

    /// Creates an empty file that its owner alone can read, where there is none. Fails where the log of a database stands
    /// there without it. The log and its index take its mode.
    pub fn make(&self) -> Result<(), StoreError> {
        let failed = |error| cannot_open(&self.path, error);
        if self.path.exists() {
            return Ok(());
        }
        // A new database would be filled from the log of the one that is gone.
        let log = self.beside("-wal");
        if fs::metadata(&log).is_ok_and(|it| it.len() > 0) {
            return Err(StoreError::LogAlone {
                path: self.path.clone(),
                log,
            });
        }
        let mut made = tempfile::Builder::new();
        let made = made.prefix(".new-").tempfile_in(folder_of(&self.path));
        // The descriptor is closed here, before anybody can have opened the file by its name.
        let made = made.map_err(failed)?.into_temp_path();
        match made.persist_noclobber(&self.path) {
            Err(error) if error.error.kind() != ErrorKind::AlreadyExists => {
                Err(failed(error.error))
            }
            _ => Ok(()),
        }
    }

    /// Takes the lock beside the file. Waits half a second for one who is just ending, and for a process that is about to
    /// become another program and still has all that its parent had open. The system releases it when the process ends, however it ends.
    pub fn lock(&self) -> Result<File, StoreError> {
        let name = self.beside(".lock");
        let failed = |error| cannot_open(&name, error);
        let mut options = OpenOptions::new();
        let options = options.create(true).append(true).mode(0o600);
        let file = options.open(&name).map_err(failed)?;
        let mut n_tries = LOCK_TRIES;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if n_tries > 0 => {
                    n_tries -= 1;
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::InUse {
                        path: self.path.clone(),
                    });
                }
            }
        }
    }

    /// Whether another path leads to this file, its log or the log's index.
    pub fn is_same_as(&self, other: &Path) -> bool {
        let Ok(other) = fs::metadata(other) else {
            return false;
        };
        let own = self.identity();
        let other = Some((other.dev(), other.ino()));
        [own.database, own.log, own.index].contains(&other)
    }

    /// Whether a path has a name that belongs to this file, such as `lyceum.db-wal`, also where nothing stands there now.
    pub fn has_name_of(&self, other: &Path) -> bool {
        let folder = folder_of(other).canonicalize();
        let names = other.file_name().zip(self.path.file_name());
        names.is_some_and(|(other, own)| {
            let (other, own) = (other.as_encoded_bytes(), own.as_encoded_bytes());
            other.starts_with(own) && folder.is_ok_and(|it| it == folder_of(&self.path))
        })
    }

    /// Which files have these names now.
    pub fn identity(&self) -> Identity {
        let of = |path: &Path| fs::metadata(path).ok().map(|it| (it.dev(), it.ino()));
        Identity {
            database: of(&self.path),
            log: of(&self.beside("-wal")),
            index: of(&self.beside("-shm")),
        }
    }

    /// Whether the log is long enough for so many pages.
    pub fn has_log_of_pages(&self, n_pages: i64) -> bool {
        let n_pages = u64::try_from(n_pages).unwrap_or_default();
        let wanted = LOG_HEAD_BYTES + n_pages.saturating_mul(LOG_PAGE_BYTES);
        n_pages == 0 || fs::metadata(self.beside("-wal")).is_ok_and(|it| it.len() >= wanted)
    }

    /// Renames a file of the kind [`SAVED`] or [`LOST`], so that it no longer bars a start; gives its new name. `None`
    /// for any other file.
    pub fn settle(&self, bar: &Path) -> io::Result<Option<PathBuf>> {
        let name = bar.file_name().and_then(|it| it.to_str());
        let own = self.path.file_name().and_then(|it| it.to_str());
        let Some((name, own)) = name.zip(own) else {
            return Ok(None);
        };
        let stamp = [SAVED, LOST]
            .iter()
            .find_map(|kind| name.strip_prefix(&format!("{own}.{kind}-")));
        let is_beside = folder_of(bar).canonicalize()? == folder_of(&self.path);
        let Some(stamp) = stamp.filter(|_| is_beside) else {
            return Ok(None);
        };
        let renamed = self.beside(&format!(".{SETTLED}-{stamp}"));
        if fs::symlink_metadata(&renamed).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        fs::rename(bar, &renamed)?;
        Ok(Some(renamed))
    }

    /// The newest file beside this one whose name says this kind ([`DatabaseFile::name_for_copy`]).
    pub fn newest_beside(&self, kind: &str) -> Option<PathBuf> {
        let mut prefix = self.path.file_name()?.to_owned();
        prefix.push(format!(".{kind}-"));
        let names = fs::read_dir(folder_of(&self.path)).ok()?;
        let names = names.filter_map(|it| Some(it.ok()?.file_name()));
        let is_copy = |name: &OsString| {
            let name = name.as_encoded_bytes();
            name.starts_with(prefix.as_encoded_bytes()) && !name.ends_with(b"-wal")
        };
        let newest = names.filter(is_copy).max()?;
        Some(folder_of(&self.path).join(newest))
    }

    /// A free name beside the file: `kind`, then a date and time (UTC), such as `lyceum.db.saved-20261127T101500Z`.
    pub fn name_for_copy(&self, kind: &str, now: Timestamp) -> PathBuf {
        let stamp = now.in_zone(&TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
        let name = |n: u32| match n {
            0 => self.beside(&format!(".{kind}-{stamp}")),
            n => self.beside(&format!(".{kind}-{stamp}.{n}")),
        };
        let mut free = (0..)
            .map(name)
            .filter(|it| fs::symlink_metadata(it).is_err());
        free.next().unwrap_or_else(|| name(0))
    }
}

/// The folder that a file stands in.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The path without symbolic links, also of a file that does not exist yet. Creates its folder.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => break,
        }
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut folder = DirBuilder::new();
    folder
        .recursive(true)
        .mode(0o700)
        .create(folder_of(&path))?;
    Ok(folder_of(&path).canonicalize()?.join(name))
}

fn cannot_open(target: &Path, source: io::Error) -> StoreError {
    StoreError::Open {
        target: target.display().to_string(),
        source: Arc::new(source) as Cause,
    }
}
