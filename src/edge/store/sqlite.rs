//! A connection to the embedded engine: how it is set up, and how statements run on it.
//!
//! [`open`] opens a file that `file.rs` has created. What the threads do with their connections is in `group.rs`, and
//! who starts the threads in `embedded.rs`.

use crate::clock::Stopwatch;
use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::file::DatabaseFile;
use crate::edge::store::tx::Session as AnySession;
use crate::edge::store::{Param, Row, StoreError, Tx, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// 3.51.3 mended a fault by which a write-ahead log that is reset could lose a commit.
const OLDEST: i32 = 3_051_003;
/// How long one statement waits for another process's lock, and how often it asks for it. The engine's own pauses grow
/// to 100 ms, in which a tool that writes in batches takes the lock again and again.
pub const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(1);
const CACHED_STATEMENTS: usize = 256;

/// An open file, and statements as this engine spells them.
pub struct Session {
    connection: Connection,
    spelt: HashMap<&'static str, Spelt>,
    fault: Option<StoreError>,
    is_full: bool,
}

/// A statement as this engine spells it, and the names of its answer's columns.
struct Spelt {
    sql: String,
    names: Vec<String>,
}

/// Opens the database file, which must exist.
pub fn open(file: &DatabaseFile) -> Result<Tx, StoreError> {
    open_path(file.path())
}

/// A connection on which every change fails.
pub fn open_reader(path: &Path) -> Result<Tx, StoreError> {
    let mut tx = open_path(path)?;
    tx.batch("PRAGMA query_only = ON")?;
    // The log is opened by the first statement that reads: later another file could stand at its path.
    tx.batch("SELECT count(*) FROM sqlite_master")?;
    Ok(tx)
}

/// Opens a copy, which stays as it is: nothing is created beside it unless it has a log.
pub fn open_read_only(path: &Path) -> Result<Tx, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    opened(path, Connection::open_with_flags(path, flags))
}

/// Opens an empty file that nobody reads before it is whole: without a journal, syncs and checks of references.
pub fn open_unsynced(path: &Path) -> Result<Tx, StoreError> {
    let mut tx = opened(path, Connection::open(path))?;
    tx.batch(
        "PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA foreign_keys = OFF;",
    )?;
    Ok(tx)
}

/// An empty database that no file holds.
pub fn open_in_memory() -> Result<Tx, StoreError> {
    opened(Path::new(":memory:"), Connection::open_in_memory())
}

/// Puts the log of a database that nobody else has open into the file, and deletes it. `Busy` if somebody has.
pub fn fold_log(file: &DatabaseFile) -> Result<(), StoreError> {
    let mut tx = open(file)?;
    let mode = tx.query_one("PRAGMA journal_mode = DELETE", &[], |row| {
        row.get::<String>(0)
    })?;
    match mode.as_deref() {
        Some("delete") => Ok(()),
        _ => Err(StoreError::Busy),
    }
}

fn open_path(path: &Path) -> Result<Tx, StoreError> {
    check_version(rusqlite::version_number(), rusqlite::version())?;
    let failed = |error| cannot_open(path, error);
    let connection = connect(path).map_err(failed)?;
    if is_foreign(&connection).map_err(failed)? {
        return Err(StoreError::Foreign.at(path));
    }
    opened(path, set_up(&connection).map(|()| connection))
}

/// Whether it has tables and none of them is ours: the database of another program.
fn is_foreign(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let ours = "SELECT count(*) > 0 AND coalesce(sum(name = 'schema_version'), 0) = 0
                FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    connection.query_row(ours, [], |row| row.get(0))
}

fn opened(path: &Path, connection: Result<Connection, rusqlite::Error>) -> Result<Tx, StoreError> {
    let connection = connection.map_err(|error| cannot_open(path, error))?;
    Ok(Tx::new(AnySession::Sqlite(Session {
        connection,
        spelt: HashMap::new(),
        fault: None,
        is_full: false,
    })))
}

fn cannot_open(path: &Path, error: rusqlite::Error) -> StoreError {
    StoreError::Open {
        target: path.display().to_string(),
        source: match error.sqlite_error().map(|it| it.extended_code) {
            // The log and its index are made at every start, and take about 100 KiB.
            Some(ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_FULL) => {
                Arc::new(StoreError::Full)
            }
            _ => Arc::new(error),
        },
    }
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
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Without it each run of a cached statement parses it anew wherever its plan may depend on a bound value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864;",
    )
}

/// How the statements of this thread wait for locks: since when, and how long.
#[derive(Clone, Copy)]
struct LockWait {
    since: Option<Stopwatch>,
    limit: Duration,
}

thread_local! {
    static LOCK_WAITS: Cell<LockWait> = const { Cell::new(LockWait { since: None, limit: LOCK_WAIT }) };
}

fn wait_for_lock(n_pauses: i32) -> bool {
    let mut wait = LOCK_WAITS.get();
    if n_pauses == 0 {
        wait.since = Some(Stopwatch::start());
        LOCK_WAITS.set(wait);
    }
    let waited = wait.since.map_or(0.0, Stopwatch::secs);
    let goes_on = waited < wait.limit.as_secs_f64();
    if goes_on {
        std::thread::sleep(LOCK_PAUSE);
    }
    goes_on
}

/// Lets the statements of this thread wait for locks for so long, at most [`LOCK_WAIT`] as at first.
pub fn set_lock_wait(limit: Duration) {
    let limit = limit.min(LOCK_WAIT);
    LOCK_WAITS.set(LockWait { since: None, limit });
}

/// The engine no longer copies the log into the file within a commit: the writer does it, where it sees a failure.
pub fn checkpoint_by_hand(tx: &mut Tx) -> Result<(), StoreError> {
    tx.batch("PRAGMA wal_autocheckpoint = 0")
}

/// Closing this connection leaves the log as it is, also where it is the last one.
pub fn leave_log(tx: &mut Tx) {
    if let AnySession::Sqlite(session) = tx.session() {
        // It only fails on a connection that is closed.
        let _ = session
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
}

/// Whether the database is not damaged; then its log is put into the file and synced.
pub fn is_sound(tx: &mut Tx) -> Result<bool, StoreError> {
    let found = tx.query("PRAGMA quick_check(1)", &[], |row| row.get::<String>(0));
    match found {
        Ok(found) if found == ["ok"] => {
            tx.query("PRAGMA wal_checkpoint(TRUNCATE)", &[], |_| Ok(()))?;
            Ok(true)
        }
        Ok(_) | Err(StoreError::Damaged(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a transaction is open on this connection.
pub fn is_in_transaction(tx: &mut Tx) -> bool {
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
        from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let found = self.rows_of(sql, params, from_row);
        self.noted(found)
    }

    fn rows_of<T>(
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
        let run = |(mut statement, _): (rusqlite::CachedStatement<'_>, _)| {
            let n_changed = statement.execute(rusqlite::params_from_iter(params));
            n_changed
                .map(|n| n as u64)
                .map_err(|error| from_engine(error, sql))
        };
        let n_changed = self.prepared(sql).and_then(run);
        self.noted(n_changed)
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
        let ran = ran.map_err(|error| from_engine(error, sql));
        self.noted(ran)
    }

    /// What the disk or the file did to a statement since the last call.
    pub fn take_fault(&mut self) -> Option<StoreError> {
        self.fault.take()
    }

    /// Whether a statement has found the disk full since the last call.
    pub fn take_full(&mut self) -> bool {
        std::mem::take(&mut self.is_full)
    }

    fn noted<T>(&mut self, given: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ (StoreError::Disk(_) | StoreError::Damaged(_) | StoreError::LogCut(_))) =
            &given
        {
            self.fault.get_or_insert_with(|| error.clone());
        }
        self.is_full |= matches!(&given, Err(StoreError::Full));
        given
    }

    /// The connection itself, for copies.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
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

/// What an error of the engine means; `sql` is the statement that failed.
pub fn from_engine(error: rusqlite::Error, sql: &str) -> StoreError {
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
        (ffi::SQLITE_READONLY_DBMOVED, _) => StoreError::Disk(Arc::new(error)),
        (_, ErrorCode::ReadOnly) => StoreError::ReadOnly,
        // Past the end of the database file the engine reads zeros: only the log can be too short.
        (ffi::SQLITE_IOERR_SHORT_READ, _) => StoreError::LogCut(Arc::new(error)),
        (code, ErrorCode::SystemIoFailure) if code != ffi::SQLITE_IOERR_NOMEM => {
            StoreError::Disk(Arc::new(error))
        }
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
