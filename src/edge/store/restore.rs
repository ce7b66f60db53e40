//! A copy takes the place of the database file.
//!
//! [`restore`] refuses a copy that is damaged or incomplete, that a later version has written, or that is no database of
//! this program. What an owner has added to the schema is left out and told. It refuses to work beside an edge or any other program that has the database open. The database before it
//! is kept under another name, and at every moment one of the two is at the path.

use crate::clock::Timestamp;
use crate::edge::store::backup::{self, CopyProgress, cannot_write};
use crate::edge::store::file::{DatabaseFile, LOST, folder_of};
use crate::edge::store::migrate::Known;
use crate::edge::store::{StoreError, sqlite};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database before it is kept; `None` where there was none.
    pub kept: Option<PathBuf>,
    /// The new name of the copy, where it was one that an edge saved: under the old one it would bar every start.
    pub renamed: Option<PathBuf>,
    /// What the copy held that is not of this program.
    pub left_out: Vec<String>,
}

/// Puts the copy in the place of the database file. Migrations run when the database is next opened.
pub fn restore(
    path: &Path,
    copy: &Path,
    now: Timestamp,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Restored, StoreError> {
    refuse_other_kind(path)?;
    let of_copy = |error: StoreError| error.at(copy);
    let mut source = backup::open_copy(copy)?;
    Known::of(&mut source).map_err(of_copy)?;
    // A folder that is made for the database is not made for a copy that is damaged.
    if !folder_of(path).exists() {
        backup::check(copy).map_err(of_copy)?;
    }
    let file = DatabaseFile::at(path)?;
    let _lock = file.lock()?;
    if file.is_same_as(copy) {
        return Err(StoreError::InUse { path: copy.into() });
    }
    let staged = match backup::stage(&mut source, file.path(), tell) {
        Err(error @ StoreError::Damaged(_)) => return Err(error.at(copy)),
        staged => staged?,
    };
    let left_out = Known::leave_out_extras(&staged)?;
    if !left_out.is_empty() {
        backup::check(&staged)?;
    }
    let failed = |error| cannot_write(file.path(), error);
    backup::sync(&staged).map_err(failed)?;
    let kept = match file.path().exists() {
        true => Some(set_aside(&file, now)?),
        false => {
            // The log of a database that is gone would be read as the log of the copy.
            move_log(&file, &file.name_for_copy("replaced", now))?;
            None
        }
    };
    staged.persist(file.path()).map_err(|it| failed(it.error))?;
    backup::sync(folder_of(file.path())).map_err(failed)?;
    let renamed = file.settle(copy).map_err(failed)?;
    while let Some(note) = file.newest_beside(LOST) {
        file.settle(&note).map_err(failed)?;
    }
    Ok(Restored {
        kept,
        renamed,
        left_out,
    })
}

/// Fails where something else than a database is at the path, which a wrong `--database` names.
fn refuse_other_kind(path: &Path) -> Result<(), StoreError> {
    match path.metadata() {
        Ok(meta) if !meta.is_file() => Err(StoreError::NoFile { path: path.into() }),
        Ok(meta) if meta.len() > 0 && !backup::begins_as_database(path) => {
            Err(StoreError::NotReplaced { path: path.into() })
        }
        _ => Ok(()),
    }
}

/// Gives the present database a second name, and makes sure that no log of it stays behind.
fn set_aside(file: &DatabaseFile, now: Timestamp) -> Result<PathBuf, StoreError> {
    let kept = file.name_for_copy("replaced", now);
    let failed = |error| cannot_write(&kept, error);
    match sqlite::fold_log(file) {
        Ok(()) => {}
        Err(StoreError::Busy) => {
            return Err(StoreError::InUse {
                path: file.path().into(),
            });
        }
        Err(StoreError::At { path, source }) if matches!(*source, StoreError::Foreign) => {
            return Err(source.at(&path));
        }
        // It cannot be opened, which may be why a copy is restored: its log goes along with it.
        Err(_) => move_log(file, &kept)?,
    }
    // Not every file system has links.
    match fs::hard_link(file.path(), &kept) {
        Ok(()) => Ok(kept),
        Err(_) => {
            fs::rename(file.path(), &kept).map_err(failed)?;
            Ok(kept)
        }
    }
}

/// Gives the log and its index the names that belong to `kept`.
fn move_log(file: &DatabaseFile, kept: &Path) -> Result<(), StoreError> {
    for ending in ["-wal", "-shm"] {
        let mut name = kept.as_os_str().to_owned();
        name.push(ending);
        match fs::rename(file.beside(ending), name) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(cannot_write(kept, error));
            }
            _ => {}
        }
    }
    Ok(())
}
