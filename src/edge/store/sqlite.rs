//! The embedded engine: one writer thread that commits in groups, and threads that only read.
//!
//! [`start`] opens the file and starts the threads. The writer takes all jobs that wait, runs each
//! in a savepoint of one transaction, and answers them after the COMMIT: eight writers share one
//! sync of the disk instead of queueing for eight.

use crate::edge::store::database::make_folder_of;
use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::queue::{Job, Queue};
use crate::edge::store::tx::Session as AnySession;
use crate::edge::store::{Cause, Param, Row, StoreError, Tx, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// 3.51.3 mended a fault by which a write-ahead log that is reset could lose a commit.
const OLDEST: i32 = 3_051_003;
/// How long one statement waits for another process's lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// More jobs than this in one transaction would make the first of them wait for too long.
const MAX_GROUP: usize = 256;
const CACHED_STATEMENTS: usize = 256;

/// An open file, and statements as this engine spells them.
pub struct Session {
    connection: Connection,
    spelt: HashMap<&'static str, Spelt>,
}

/// A statement as this engine spells it, and the names of its answer's columns.
struct Spelt {
    sql: String,
    names: Vec<String>,
}

/// Opens (and where needed makes) the database file, readable by its owner alone.
pub fn open(path: &Path) -> Result<Tx, StoreError> {
    check_version(rusqlite::version_number(), rusqlite::version())?;
    let failed = |source: Cause| StoreError::Open {
        target: path.display().to_string(),
        source,
    };
    make_folder_of(path).map_err(|error| failed(Arc::new(error)))?;
    // The log and its index take the mode of the database file.
    let made = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    made.map_err(|error| failed(Arc::new(error)))?;
    let connection = connect(path).map_err(|error| failed(Arc::new(error)))?;
    Ok(Tx::new(AnySession::Sqlite(Session {
        connection,
        spelt: HashMap::new(),
    })))
}

/// OPS-07: the library that is found when the program runs may be another than the one it was made with.
fn check_version(number: i32, found: &str) -> Result<(), StoreError> {
    if number < OLDEST {
        return Err(StoreError::EngineTooOld {
            found: found.into(),
        });
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_WAIT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

/// A connection on which every change fails.
pub fn open_reader(path: &Path) -> Result<Tx, StoreError> {
    let mut tx = open(path)?;
    tx.batch("PRAGMA query_only = ON")?;
    Ok(tx)
}

/// The writer's life: group after group until the queue is closed and empty, then the log goes
/// back into the file.
pub fn write_in_groups(tx: &mut Tx, queue: &Queue) {
    while let Some(jobs) = queue.take(MAX_GROUP) {
        run_group(tx, jobs.into_iter().map(|(_, job)| job).collect());
    }
    // Without it the log is only read again at the next start.
    let _ = tx.undo("PRAGMA wal_checkpoint(TRUNCATE)");
}

fn run_group(tx: &mut Tx, mut jobs: Vec<Box<dyn Job>>) {
    let committed = commit_together(tx, &mut jobs);
    let failure = match committed {
        // One job can fail a whole group, by filling the disk say; alone it fails only itself.
        Err(error) if jobs.len() > 1 && !matches!(error, StoreError::Busy) => {
            for mut job in jobs {
                let failure = commit_together(tx, std::slice::from_mut(&mut job)).err();
                job.answer(failure);
            }
            return;
        }
        committed => committed.err(),
    };
    for job in jobs {
        job.answer(failure.clone());
    }
}

/// Runs all jobs in one transaction; on an error none of them has happened.
fn commit_together(tx: &mut Tx, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    // Also mends a connection that an earlier failure left within a transaction.
    if is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    tx.undo("BEGIN IMMEDIATE")?;
    let committed = run_in_savepoints(tx, jobs).and_then(|()| tx.batch("COMMIT"));
    if committed.is_err() && is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    committed
}

fn run_in_savepoints(tx: &mut Tx, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let n_jobs = jobs.len();
    for job in jobs {
        tx.batch("SAVEPOINT job")?;
        let wants_commit = job.run(tx);
        // On a full disk, for one, the engine undoes the whole transaction by itself.
        match (wants_commit, is_in_transaction(tx)) {
            (true, _) => {}
            (false, true) => tx.undo("ROLLBACK TO SAVEPOINT job")?,
            (false, false) if n_jobs == 1 => return tx.undo("BEGIN IMMEDIATE"),
            (false, false) => return Err(StoreError::Spoiled),
        }
        tx.batch("RELEASE SAVEPOINT job")?;
    }
    Ok(())
}

/// A reader's life: job after job, each in a transaction of its own and so on one snapshot.
pub fn read_one_by_one(tx: &mut Tx, queue: &Queue) {
    while let Some(jobs) = queue.take(1) {
        for (_, mut job) in jobs {
            if job.is_abandoned() {
                continue;
            }
            let failure = read_once(tx, job.as_mut()).err();
            job.answer(failure);
        }
    }
}

fn read_once(tx: &mut Tx, job: &mut dyn Job) -> Result<(), StoreError> {
    if is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    tx.undo("BEGIN")?;
    job.run(tx);
    tx.undo("ROLLBACK")
}

fn is_in_transaction(tx: &mut Tx) -> bool {
    match tx.session() {
        AnySession::Sqlite(session) => session.is_in_transaction(),
        AnySession::Postgres(_) => false,
    }
}

impl Session {
    pub fn query<T>(
        &mut self,
        sql: &'static str,
        params: &[Param],
        mut from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let failed = |error| from_engine(error, sql);
        let (mut statement, names) = self.prepared(sql)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(params))
            .map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            found.push(from_row(&Row::of_sqlite(row, names))?);
        }
        Ok(found)
    }

    pub fn execute(&mut self, sql: &'static str, params: &[Param]) -> Result<u64, StoreError> {
        let (mut statement, _) = self.prepared(sql)?;
        let n_changed = statement.execute(rusqlite::params_from_iter(params));
        n_changed
            .map(|n| n as u64)
            .map_err(|error| from_engine(error, sql))
    }

    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        // The ends of transactions come with every request: they are prepared once.
        let is_end = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]
            .iter()
            .any(|it| sql.starts_with(it));
        let ran = match is_end {
            true => self
                .connection
                .prepare_cached(sql)
                .and_then(|mut it| it.execute([]).map(drop)),
            false => self.connection.execute_batch(sql),
        };
        ran.map_err(|error| from_engine(error, sql))
    }

    /// Every statement that was run here.
    #[cfg(test)]
    pub fn statements(&self) -> Vec<&'static str> {
        self.spelt.keys().copied().collect()
    }

    /// False after the engine has rolled back by itself.
    pub fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// The statement, and the names of its columns as they were when it was first prepared.
    fn prepared(
        &mut self,
        sql: &'static str,
    ) -> Result<(rusqlite::CachedStatement<'_>, &[String]), StoreError> {
        let failed = |error| from_engine(error, sql);
        if !self.spelt.contains_key(sql) {
            let text = spell(sql, Dialect::Sqlite);
            let statement = self.connection.prepare_cached(&text).map_err(failed)?;
            let names = statement.column_names();
            let names = names.into_iter().map(str::to_owned).collect();
            drop(statement);
            self.spelt.insert(sql, Spelt { sql: text, names });
        }
        let spelt = &self.spelt[sql];
        let statement = self.connection.prepare_cached(&spelt.sql).map_err(failed)?;
        Ok((statement, &spelt.names))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => ValueRef::Null,
            Param::Integer(integer) => ValueRef::Integer(*integer),
            Param::Real(real) => ValueRef::Real(*real),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// `None` when there is no such column, or text that is no UTF-8.
pub fn value_at(row: &rusqlite::Row<'_>, place: usize) -> Option<Value> {
    Some(match row.get_ref(place).ok()? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).ok()?.into()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
    })
}

fn from_engine(error: rusqlite::Error, sql: &str) -> StoreError {
    let Some(code) = error.sqlite_error().copied() else {
        return StoreError::Sql {
            statement: sql.into(),
            source: Arc::new(error),
        };
    };
    match (code.extended_code, code.code) {
        (ffi::SQLITE_CONSTRAINT_UNIQUE, _) => StoreError::Unique {
            constraint: index_named_in(&error),
        },
        (ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID, _) => {
            let index = index_named_in(&error);
            let table = columns_of(&error)
                .split('.')
                .next()
                .unwrap_or(&index)
                .to_owned();
            StoreError::Unique {
                constraint: format!("{table}_pkey"),
            }
        }
        (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, _) => StoreError::ForeignKey,
        (_, ErrorCode::ConstraintViolation) => StoreError::Constraint(Arc::new(error)),
        (_, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        // A quota or a limit on the size of files fails a write in other words than a full disk does.
        (ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_WRITE, _) | (_, ErrorCode::DiskFull) => {
            StoreError::Full
        }
        (_, ErrorCode::ReadOnly) => StoreError::ReadOnly,
        (_, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged(Arc::new(error))
        }
        _ => StoreError::Sql {
            statement: sql.into(),
            source: Arc::new(error),
        },
    }
}

/// The engine names the columns, `like.member_id, like.page_id`; the index bears the name that is made of them.
fn index_named_in(error: &rusqlite::Error) -> String {
    let mut name = String::new();
    for column in columns_of(error).split(", ") {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if name.is_empty() {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}

fn columns_of(error: &rusqlite::Error) -> String {
    let text = error.to_string();
    text.rsplit_once("failed: ")
        .map_or("", |(_, columns)| columns)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OPS-07
    #[test]
    fn an_old_engine_is_refused() {
        for (number, found, is_fine) in [
            (3_051_003, "3.51.3", true),
            (3_052_000, "3.52.0", true),
            (3_051_002, "3.51.2", false),
            (3_040_001, "3.40.1", false),
        ] {
            assert_eq!(check_version(number, found).is_ok(), is_fine, "{found}");
        }
        assert!(rusqlite::version_number() >= OLDEST);
    }
}
