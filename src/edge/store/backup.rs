//! A checked copy of the database in one file, made while others write to it.
//!
//! [`back_up`] works beside a running edge. It takes one snapshot, so everything that was committed before it began is in the copy. The copy gets
//! its name when it is whole: checked, synced, readable by its owner alone.

use crate::edge::store::file::{DatabaseFile, folder_of};
use crate::edge::store::migrate::Known;
use crate::edge::store::tx::Session;
use crate::edge::store::{Cause, StoreError, Tx, embedded, migrate, sqlite};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempPath;

/// Pages a step, after which the progress is told: 4 MiB.
const STEP_PAGES: i32 = 1024;

/// What a backup did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Size of the copy.
    pub n_bytes: u64,
    /// Version of its schema.
    pub schema: i64,
    /// What it holds that is not of this program, and that a restore leaves out.
    pub extras: Vec<String>,
    /// What the database has beside its schema and the copy has not.
    pub left_out: Vec<String>,
}

/// How far a backup or a restore has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CopyProgress {
    /// The share that is copied, from 0 to 1.
    Copied(f64),
    /// The copy is being checked, which takes about as long.
    Checking,
}

/// Copies the database file at `path` to `target`. The schema stays as it is, whatever this program would make of it.
pub fn back_up(
    path: &Path,
    target: &Path,
    overwrites: bool,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Copied, StoreError> {
    if !path.metadata().is_ok_and(|it| it.is_file() && it.len() > 0) {
        return Err(StoreError::Missing { path: path.into() });
    }
    let file = DatabaseFile::at(path)?;
    if file.is_same_as(target) {
        return Err(StoreError::Exists {
            path: target.into(),
        });
    }
    // A copy of a database without its log would replace the last good one.
    embedded::refuse_unsettled(&file)?;
    if file.has_name_of(target) {
        return Err(StoreError::NoCopy {
            path: target.into(),
        });
    }
    let mut tx = sqlite::open_reader(file.path())?;
    // A copy that could not be restored is told of today.
    let known = Known::of(&mut tx).map_err(|it| it.at(file.path()))?;
    write_copy(&mut tx, target, overwrites, tell)?;
    drop(tx);
    Ok(Copied {
        n_bytes: size_of(target)?,
        schema: known.version,
        extras: known.told(),
        left_out: Vec::new(),
    })
}

/// Opens a copy that is to be restored. Fails for a pipe or a device, of which a read might never end, and for a file
/// that is no database.
pub fn open_copy(copy: &Path) -> Result<Tx, StoreError> {
    let cannot_open = |source: io::Error| StoreError::Open {
        target: copy.display().to_string(),
        source: Arc::new(source),
    };
    match copy.metadata() {
        Ok(meta) if !meta.is_file() => return Err(StoreError::NoFile { path: copy.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path: copy.into() }.at(copy));
        }
        Err(error) => return Err(cannot_open(error)),
        Ok(_) => {}
    }
    File::open(copy).map_err(cannot_open)?;
    if !begins_as_database(copy) {
        return Err(StoreError::Foreign.at(copy));
    }
    sqlite::open_read_only(copy)
}

/// How every database of the embedded engine begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Whether a file begins as a database of the embedded engine does.
pub fn begins_as_database(file: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    let is_read = File::open(file).and_then(|mut it| it.read_exact(&mut head));
    is_read.is_ok() && head == *MAGIC
}

/// Fails where a copy would replace a file. With `overwrites` an earlier copy may be replaced, and nothing else: not a
/// device, a folder, a link, a key or the database of another site.
pub fn refuse_existing(target: &Path, overwrites: bool) -> Result<(), StoreError> {
    let Ok(found) = target.symlink_metadata() else {
        return Ok(());
    };
    let path = target.into();
    match overwrites {
        false => Err(StoreError::Exists { path }),
        true if found.is_file() && is_copy(target) => Ok(()),
        true => Err(StoreError::NoCopy { path }),
    }
}

/// Whether a regular file is a copy that [`back_up`] made: a database of this program, whatever its version, that
/// keeps no log. An edge's own database keeps one.
fn is_copy(file: &Path) -> bool {
    /// Where the header says whether there is a log: 1 for none (<https://sqlite.org/fileformat.html>, 1.3.3).
    const VERSIONS: std::ops::Range<usize> = 18..20;
    let mut head = [0; 20];
    let is_read = File::open(file).and_then(|mut it| it.read_exact(&mut head));
    let keeps_no_log = head[VERSIONS] == [1, 1];
    if is_read.is_err() || !head.starts_with(MAGIC) || !keeps_no_log {
        return false;
    }
    let version = sqlite::open_read_only(file).and_then(|mut tx| migrate::version(&mut tx));
    match version {
        Ok(_) => true,
        Err(error) => matches!(
            error,
            StoreError::SchemaTooNew { .. } | StoreError::MigrationChanged { .. }
        ),
    }
}

/// Bytes of a copy.
pub fn size_of(target: &Path) -> Result<u64, StoreError> {
    let size = std::fs::metadata(target).map(|it| it.len());
    size.map_err(|error| cannot_write(target, error))
}

/// Copies the database of `tx` to `target`. An existing file is replaced only with `overwrites`. A copy in which the check
/// finds damage is kept under a name that says so: it may be all that is left.
pub fn write_copy(
    tx: &mut Tx,
    target: &Path,
    overwrites: bool,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<(), StoreError> {
    refuse_existing(target, overwrites)?;
    let copy = copy_beside(tx, target, tell)?;
    tell(CopyProgress::Checking);
    match check_staged(&copy) {
        Ok(()) => name(copy, target, overwrites),
        Err(fault @ StoreError::Damaged(_)) => Err(keep_damaged(copy, target, fault)),
        Err(error) => Err(error),
    }
}

/// Names a damaged copy after `target`, and says where it is; if that fails, only that it is damaged.
fn keep_damaged(copy: TempPath, target: &Path, fault: StoreError) -> StoreError {
    let free = (1..100).map(|n| {
        let mut kept = target.as_os_str().to_owned();
        kept.push(match n {
            1 => ".damaged".to_owned(),
            n => format!(".damaged-{n}"),
        });
        PathBuf::from(kept)
    });
    let mut free = free.filter(|it| it.symlink_metadata().is_err());
    match free.next() {
        Some(kept) if name(copy, &kept, false).is_ok() => StoreError::DamagedCopy {
            kept,
            source: Box::new(fault),
        },
        _ => fault,
    }
}

/// Checks a copy, and gives it its name.
pub fn finish(
    copy: TempPath,
    target: &Path,
    overwrites: bool,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<(), StoreError> {
    tell(CopyProgress::Checking);
    check_staged(&copy)?;
    name(copy, target, overwrites)
}

/// Makes a checked copy under a temporary name in the folder of `target`; deleted when dropped.
pub fn stage(
    tx: &mut Tx,
    target: &Path,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<TempPath, StoreError> {
    let copy = copy_beside(tx, target, tell)?;
    tell(CopyProgress::Checking);
    check_staged(&copy)?;
    Ok(copy)
}

fn copy_beside(
    tx: &mut Tx,
    target: &Path,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<TempPath, StoreError> {
    let copy = empty_beside(target)?;
    // A transaction of ours keeps the snapshot from step to step; otherwise each write of others begins the copy anew.
    let began = !sqlite::is_in_transaction(tx);
    if began {
        tx.undo("BEGIN")?;
    }
    tx.batch("SELECT count(*) FROM sqlite_master")?;
    let copied = copy_into(tx, &copy, tell);
    if began {
        tx.undo("ROLLBACK")?;
    }
    copied?;
    Ok(copy)
}

/// An empty file beside `target`, that its owner alone can read; deleted when dropped.
pub fn empty_beside(target: &Path) -> Result<TempPath, StoreError> {
    let mut options = tempfile::Builder::new();
    let made = options.prefix(".copy-").tempfile_in(folder_of(target));
    made.map(tempfile::NamedTempFile::into_temp_path)
        .map_err(|error| cannot_write(target, error))
}

fn copy_into(
    tx: &mut Tx,
    copy: &Path,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<(), StoreError> {
    let Session::Sqlite(session) = tx.session() else {
        return Err(StoreError::Closed);
    };
    let failed = |error| sqlite::from_engine(error, "backup");
    let mut target = Connection::open(copy).map_err(failed)?;
    // Nobody reads it before it is whole, so a journal would only cost time.
    let prepared = target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    prepared.map_err(failed)?;
    let backup = Backup::new(session.connection(), &mut target).map_err(failed)?;
    loop {
        match backup.step(STEP_PAGES).map_err(failed)? {
            StepResult::Done => break,
            StepResult::More => {
                let done = backup.progress();
                let total = f64::from(done.pagecount.max(1));
                tell(CopyProgress::Copied(
                    1.0 - f64::from(done.remaining) / total,
                ));
            }
            _ => return Err(StoreError::Busy),
        }
    }
    drop(backup);
    // The copied header says that there is a log; a copy is one file, also for whoever cannot write beside it.
    let alone = target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
    alone.map_err(failed)?;
    target.close().map_err(|(_, error)| failed(error))
}

/// Reads all of a copy that was just made: its pages, its indexes, its values, its references. The engine does not read the
/// CHECKs of a file that it opens to read alone.
fn check_staged(copy: &Path) -> Result<(), StoreError> {
    check_with(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// As `check_staged`, without the CHECKs, for a copy that must stay as it is.
pub fn check(copy: &Path) -> Result<(), StoreError> {
    check_with(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn check_with(copy: &Path, flags: OpenFlags) -> Result<(), StoreError> {
    let failed = |error| sqlite::from_engine(error, "integrity_check");
    let damaged = |what: String| StoreError::Damaged(Arc::from(Box::from(what)));
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags).map_err(failed)?;
    connection
        .execute_batch("PRAGMA query_only = ON")
        .map_err(failed)?;
    let check = "PRAGMA integrity_check(1)";
    let found: String = connection
        .query_row(check, [], |row| row.get(0))
        .map_err(failed)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let mut statement = connection
        .prepare("PRAGMA foreign_key_check")
        .map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    if let Some(row) = rows.next().map_err(failed)? {
        let table: String = row.get(0).map_err(failed)?;
        return Err(damaged(format!(
            "a row of {table} refers to one that is missing"
        )));
    }
    Ok(())
}

/// Syncs the copy and gives it its name, then syncs the folder.
fn name(copy: TempPath, target: &Path, overwrites: bool) -> Result<(), StoreError> {
    let failed = |error| cannot_write(target, error);
    sync(&copy).map_err(failed)?;
    let named = match overwrites {
        true => copy.persist(target),
        false => copy.persist_noclobber(target),
    };
    named.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists {
            path: target.into(),
        },
        _ => failed(error.error),
    })?;
    sync(folder_of(target)).map_err(failed)
}

/// Waits until a file or the names in a folder are on the disk.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Why a copy cannot be written there.
pub fn cannot_write(target: &Path, error: io::Error) -> StoreError {
    StoreError::Copy {
        target: target.into(),
        source: Arc::new(error) as Cause,
    }
}
