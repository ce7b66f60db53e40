//! Why the store could not do something: one enum for both engines.
//!
//! Made from SQLite's extended result codes and from PostgreSQL's SQLSTATE, so that callers never
//! learn which of them it was. Status codes for these are in `edge/error.rs`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an engine's own library said, kept as the cause.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a read or a write did not happen. Unless a variant says otherwise, nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A row like this exists. `constraint` is the table and the columns joined by `_`, such as
    /// `member_handle`; for a primary key the table and `pkey`, such as `member_pkey`.
    #[error("a row with the same `{constraint}` exists")]
    Unique {
        /// The name of the unique index.
        constraint: String,
    },
    /// A row points to one that does not exist, or one that is pointed to was to be deleted.
    #[error("a row that another row needs is missing")]
    ForeignKey,
    /// A value is not allowed in its column: NULL where one is needed, a failed CHECK, a wrong type.
    #[error("a value does not fit its column")]
    Constraint(#[source] Cause),
    /// Text with a NUL character, which only one of the engines can keep.
    #[error("text with a NUL character cannot be stored")]
    NulInText,
    /// The queue is full, a lock was held too long, or conflicting writes did not settle. Try again later.
    #[error("the store is busy")]
    Busy,
    /// The disk is full. Reads still work.
    #[error("the store's disk is full")]
    Full,
    /// The server cannot be reached or is starting.
    #[error("the database server cannot be reached")]
    Unavailable(#[source] Cause),
    /// The server did not answer in time. Nothing was committed.
    #[error("the database server does not answer")]
    Silent,
    /// The connection broke, the server did not answer or the disk failed during a commit: the write happened wholly or not at all.
    #[error("a commit failed halfway, so its result is not known")]
    CommitUnknown,
    /// The closure panicked; its work was rolled back.
    #[error("the work on the store panicked")]
    Panicked,
    /// The closure went on after a failed statement outside of [`crate::edge::store::Tx::attempt`].
    #[error("a statement failed earlier in this transaction")]
    Spoiled,
    /// A write inside of `read`.
    #[error("a read tried to write")]
    ReadOnly,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A column is missing or holds something else than asked for.
    #[error("column {column} is no {wanted}")]
    Column {
        /// Name or index as it was asked for.
        column: String,
        /// The type that was asked for.
        wanted: &'static str,
    },
    /// Another process serves from this database file.
    #[error("{path} is in use by another program")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The database cannot be opened.
    #[error("cannot open the database {target}")]
    Open {
        /// File name, or the server's address without its password.
        target: String,
        /// What the system or the engine said.
        #[source]
        source: Cause,
    },
    /// The server's database keeps text in another encoding than UTF-8.
    #[error(
        "the database keeps text as {found} and not as UTF8: make one with ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// The encoding, as PostgreSQL calls it.
        found: String,
    },
    /// The embedded engine is older than the last one with a known fault in its write-ahead log.
    #[error("SQLite {found} is too old: 3.51.3 or later is needed")]
    EngineTooOld {
        /// The version at run time.
        found: String,
    },
    /// The schema was made by a later version of the program.
    #[error("the database has schema {found}, this program knows {known}: use a newer lyceum")]
    SchemaTooNew {
        /// Version in the database.
        found: i64,
        /// Newest version in this program.
        known: i64,
    },
    /// A migration that was already run is not the one in this program.
    #[error("migration {version} was run with another text than this program has")]
    MigrationChanged {
        /// Number of the migration.
        version: i64,
    },
    /// A migration failed; the schema is still the one before it.
    #[error("migration {version} failed")]
    Migration {
        /// Number of the migration.
        version: i64,
        /// Why.
        #[source]
        source: Box<StoreError>,
    },
    /// The database file is damaged.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// The system failed to read, write or sync a file of the database.
    #[error("an operation on the database's disk failed")]
    Disk(#[source] Cause),
    /// Nothing is written until the keeper or the operator has mended it.
    #[error("nothing can be stored now: {reason}")]
    WritesStopped {
        /// In one sentence.
        reason: &'static str,
    },
    /// The database file has several names.
    #[error(
        "{path} has several hard links, and SQLite keeps a log for each name: copy the file instead"
    )]
    HardLinks {
        /// The database file.
        path: PathBuf,
    },
    /// There is a database, but no version of this program has made it.
    #[error("this is no database of lyceum")]
    Foreign,
    /// An address of a server that is not PostgreSQL.
    #[error("`{scheme}://` is no kind of database that is known")]
    UnknownKind {
        /// What stands before `://`.
        scheme: String,
    },
    /// A copy is restored into an empty database of a server alone.
    #[error("the database has tables of lyceum already: restore into an empty one")]
    NotEmpty,
    /// There is nothing to copy.
    #[error("there is no database at {path}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A copy would replace a file.
    #[error("{path} exists already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A copy would replace something that is no earlier copy, or take a name that the database has for itself.
    #[error("{path} is no backup of lyceum, and is not replaced")]
    NoCopy {
        /// What stands there.
        path: PathBuf,
    },
    /// A copy lacks something that its version of this program makes, or has something that it does not make.
    #[error("the database is incomplete or was changed: {what}")]
    OtherSchema {
        /// One difference.
        what: String,
    },
    /// The database is damaged, and so is the copy of it.
    #[error("the database is damaged: what could be copied of it is in {kept}")]
    DamagedCopy {
        /// The copy.
        kept: PathBuf,
        /// What the check found.
        #[source]
        source: Box<StoreError>,
    },
    /// A copy is a pipe, a device or a folder.
    #[error("{path} is no regular file")]
    NoFile {
        /// What was given.
        path: PathBuf,
    },
    /// A restore would replace a file that is no database.
    #[error("{path} is no database, and is not replaced")]
    NotReplaced {
        /// What stands there.
        path: PathBuf,
    },
    /// A database or a copy cannot be used.
    #[error("{path}")]
    At {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<StoreError>,
    },
    /// A copy cannot be written.
    #[error("cannot write {target}")]
    Copy {
        /// The copy.
        target: PathBuf,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The database file or its log was taken away from a running server, which saved a copy that nobody has settled.
    #[error(
        "{saved} stands beside {path}: an edge saved it when the database or its log was taken away, so {path} may be missing or lack what was stored last: run `lyceum restore {saved}`, or if the database is whole, move that copy to another folder"
    )]
    Gone {
        /// The database file.
        path: PathBuf,
        /// The copy.
        saved: PathBuf,
    },
    /// The log of a running server was cut, and what was in it is lost; the server left a note.
    #[error(
        "{note} stands beside {path}: the log of the database was cut while an edge had it open, and what was in it is lost: restore a backup, or delete the note to go on with what is left"
    )]
    Lost {
        /// The database file.
        path: PathBuf,
        /// The note.
        note: PathBuf,
    },
    /// A log stands where its database is gone.
    #[error("there is no database at {path}, but its log {log} is there")]
    LogAlone {
        /// The database file.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// The log ends before what was written to it.
    #[error("the database's log was cut")]
    LogCut(#[source] Cause),
    /// The server has no such table, or its user may not use it: the database was exchanged or its rights were changed.
    #[error("the database server refuses a statement: {statement}")]
    Refused {
        /// The statement's text; values are never in it.
        statement: String,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// A statement is wrong, or the engine failed in a way that has no variant.
    #[error("a statement failed: {statement}")]
    Sql {
        /// The statement's text; values are never in it.
        statement: String,
        /// What the engine said.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// The same error with the file that it is about.
    pub fn at(self, path: &Path) -> Self {
        StoreError::At {
            path: path.into(),
            source: Box::new(self),
        }
    }

    /// Whether this is a violation of the unique index `constraint`.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, StoreError::Unique { constraint: found } if found == constraint)
    }
}
