//! The server: threads that own one connection each, and run what the queue hands them.
//!
//! Writes are SERIALIZABLE and run again when the server reports a conflict; reads are read-only
//! on one snapshot. A broken connection is made anew and the job runs again, unless the break came
//! during COMMIT: then nobody knows. There is no TLS: the server is on this machine or in a
//! private network, or a local tunnel does it.

use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::queue::{Job, Kind, Queue};
use crate::edge::store::tx::{Column, Session as AnySession};
use crate::edge::store::{Param, Row, StoreError, Tx, Value};
use ::postgres::error::{DbError, SqlState};
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Config, NoTls, Statement};
use bytes::BytesMut;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// With the pauses below, about two seconds of trying: a restart of the server or a hot row.
const MAX_ATTEMPTS: u32 = 12;
const LONGEST_PAUSE_MILLIS: u64 = 500;

/// An open connection with its prepared statements.
pub struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    trouble: Option<Trouble>,
}

/// Why the transaction has to be run again from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another transaction was in the way.
    Conflict,
    /// The connection is gone, or its prepared statements are.
    Lost,
}

/// Connects. Statements may take 30 seconds; a dead peer is noticed after 10.
pub fn open(config: &Config) -> Result<Tx, StoreError> {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(10));
    }
    let unreachable = |error| StoreError::Unavailable(Arc::new(error));
    let mut client = config.connect(NoTls).map_err(unreachable)?;
    client
        .batch_execute(
            "SET statement_timeout = '30s';
             SET idle_in_transaction_session_timeout = '60s';
             SET client_min_messages = 'warning'",
        )
        .map_err(unreachable)?;
    let session = Session {
        client,
        statements: HashMap::new(),
        trouble: None,
    };
    Ok(Tx::new(AnySession::Postgres(session)))
}

/// A thread's life: job after job on one connection, until the queue is closed and empty.
pub fn run_one_by_one(held: &mut Option<Tx>, config: &Config, queue: &Queue, thread: usize) {
    while let Some(jobs) = queue.take(1) {
        for (kind, mut job) in jobs {
            if kind == Kind::Read && job.is_abandoned() {
                continue;
            }
            // A panic drops the connection, and with it the transaction that it was in.
            let mut own = held.take();
            let failure = run_until_settled(&mut own, config, kind, job.as_mut(), thread).err();
            *held = own;
            job.answer(failure);
        }
    }
}

fn run_until_settled(
    held: &mut Option<Tx>,
    config: &Config,
    kind: Kind,
    job: &mut dyn Job,
    thread: usize,
) -> Result<(), StoreError> {
    let mut last = StoreError::Busy;
    for attempt in 0..MAX_ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(pause_before(attempt, thread));
        }
        if held.is_none() {
            match open(config) {
                Ok(tx) => *held = Some(tx),
                Err(error) => {
                    last = error;
                    continue;
                }
            }
        }
        let Some(tx) = held else { continue };
        let settled = run_once(tx, kind, job);
        let trouble = trouble_of(tx);
        if trouble == Some(Trouble::Lost) {
            *held = None;
        }
        match (settled, trouble) {
            (Err(StoreError::CommitUnknown), _) => return Err(StoreError::CommitUnknown),
            (Err(error), Some(_)) => last = error,
            (settled, _) => return settled,
        }
    }
    Err(last)
}

/// Doubles from 2 ms on. Each thread stretches it differently, so that two that met part again.
fn pause_before(attempt: u32, thread: usize) -> Duration {
    let millis = 1_u64 << attempt.min(12);
    let stretch = thread as u64 % 8;
    Duration::from_millis((millis + millis * stretch / 8).min(LONGEST_PAUSE_MILLIS))
}

/// `Ok` when the job's own answer stands. With trouble noted in the session, it must run again.
fn run_once(tx: &mut Tx, kind: Kind, job: &mut dyn Job) -> Result<(), StoreError> {
    clear_trouble(tx);
    tx.undo(match kind {
        Kind::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Kind::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    })?;
    let wants_commit = job.run(tx);
    match trouble_of(tx) {
        Some(Trouble::Lost) => return Err(StoreError::Busy),
        Some(Trouble::Conflict) => {
            tx.undo("ROLLBACK")?;
            note_conflict(tx);
            return Err(StoreError::Busy);
        }
        None => {}
    }
    if !wants_commit || kind == Kind::Read {
        return tx.undo("ROLLBACK");
    }
    tx.batch("COMMIT").map_err(|error| match trouble_of(tx) {
        Some(Trouble::Lost) => StoreError::CommitUnknown,
        _ => error,
    })
}

fn session_of(tx: &mut Tx) -> Option<&mut Session> {
    match tx.session() {
        AnySession::Postgres(session) => Some(session),
        AnySession::Sqlite(_) => None,
    }
}

fn trouble_of(tx: &mut Tx) -> Option<Trouble> {
    session_of(tx)?.trouble
}

fn clear_trouble(tx: &mut Tx) {
    if let Some(session) = session_of(tx) {
        session.trouble = None;
    }
}

fn note_conflict(tx: &mut Tx) {
    if let Some(session) = session_of(tx) {
        session.trouble.get_or_insert(Trouble::Conflict);
    }
}

impl Session {
    pub fn query<T>(
        &mut self,
        sql: &'static str,
        params: &[Param],
        mut from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.prepared(sql, params.len())?;
        let rows = self.client.query(&statement, &bound(params));
        let rows = rows.map_err(|error| self.noted(error, sql))?;
        rows.iter()
            .map(|row| from_row(&Row::of_postgres(row)))
            .collect()
    }

    pub fn execute(&mut self, sql: &'static str, params: &[Param]) -> Result<u64, StoreError> {
        let statement = self.prepared(sql, params.len())?;
        let n_changed = self.client.execute(&statement, &bound(params));
        n_changed.map_err(|error| self.noted(error, sql))
    }

    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client
            .batch_execute(sql)
            .map_err(|error| self.noted(error, sql))
    }

    /// Set by the statement that failed; stays until the next transaction.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    fn prepared(&mut self, sql: &'static str, n_params: usize) -> Result<Statement, StoreError> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let prepared = self.client.prepare(&spell(sql, Dialect::Postgres));
                let statement = prepared.map_err(|error| self.noted(error, sql))?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        if statement.params().len() != n_params {
            let text = format!(
                "{} values are needed, {n_params} are given",
                statement.params().len()
            );
            return Err(StoreError::Sql {
                statement: sql.into(),
                source: Arc::from(Box::from(text)),
            });
        }
        Ok(statement)
    }

    fn noted(&mut self, error: ::postgres::Error, sql: &str) -> StoreError {
        self.trouble = self.trouble.or(trouble_in(&error, self.client.is_closed()));
        from_engine(error, sql)
    }
}

fn bound<'a>(params: &'a [Param]) -> Vec<&'a (dyn ToSql + Sync)> {
    params
        .iter()
        .map(|param| param as &(dyn ToSql + Sync))
        .collect()
}

fn trouble_in(error: &::postgres::Error, is_closed: bool) -> Option<Trouble> {
    let Some(code) = error.code() else {
        return is_closed.then_some(Trouble::Lost);
    };
    // "Cached plan must not change result type": another node has migrated, prepare anew.
    let is_lost = is_closed
        || code.code().starts_with("08")
        || code.code().starts_with("57P")
        || *code == SqlState::FEATURE_NOT_SUPPORTED;
    let is_conflict = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(code);
    match (is_lost, is_conflict) {
        (true, _) => Some(Trouble::Lost),
        (_, true) => Some(Trouble::Conflict),
        _ => None,
    }
}

fn from_engine(error: ::postgres::Error, sql: &str) -> StoreError {
    let named = |error: &::postgres::Error| {
        error
            .as_db_error()
            .and_then(DbError::constraint)
            .unwrap_or_default()
            .to_owned()
    };
    match error.code().map(SqlState::code) {
        Some("23505") => StoreError::Unique {
            constraint: named(&error),
        },
        Some("23503") => StoreError::ForeignKey,
        Some(code) if code.starts_with("23") || code.starts_with("22") => {
            StoreError::Constraint(Arc::new(error))
        }
        Some("40001" | "40P01" | "55P03" | "57014" | "53300") => StoreError::Busy,
        Some("53100") => StoreError::Full,
        Some("25006") => StoreError::ReadOnly,
        Some("XX001" | "XX002") => StoreError::Damaged(Arc::new(error)),
        Some(code) if code.starts_with("08") || code.starts_with("57P") => {
            StoreError::Unavailable(Arc::new(error))
        }
        None if error.is_closed() => StoreError::Unavailable(Arc::new(error)),
        _ => StoreError::Sql {
            statement: sql.into(),
            source: Arc::new(error),
        },
    }
}

/// Values travel in binary, so each takes the shape that the server expects at its place.
impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Param::Null, _) => Ok(IsNull::Yes),
            (Param::Integer(integer), &Type::INT8) => integer.to_sql(kind, out),
            (Param::Integer(integer), &Type::INT4) => i32::try_from(*integer)?.to_sql(kind, out),
            (Param::Integer(integer), &Type::INT2) => i16::try_from(*integer)?.to_sql(kind, out),
            (Param::Integer(integer @ (0 | 1)), &Type::BOOL) => (*integer == 1).to_sql(kind, out),
            (Param::Integer(integer), &Type::FLOAT8) => (*integer as f64).to_sql(kind, out),
            (Param::Real(real), &Type::FLOAT8) => real.to_sql(kind, out),
            (Param::Text(text), _) if <&str as ToSql>::accepts(kind) || *kind == Type::JSON => {
                text.as_ref().to_sql(&Type::TEXT, out)
            }
            (Param::Blob(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(kind, out),
            (param, kind) => {
                Err(format!("{} cannot be bound where {kind} is needed", name_of(param)).into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn name_of(param: &Param) -> &'static str {
    match param {
        Param::Null => "null",
        Param::Integer(_) => "an integer",
        Param::Real(_) => "a number",
        Param::Text(_) => "text",
        Param::Blob(_) => "bytes",
    }
}

impl<'r> FromSql<'r> for Value {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Value::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Value::Integer(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::Integer(bool::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(kind, raw)?),
            Type::FLOAT4 => Value::Real(f32::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Blob(raw.into()),
            _ if <&str as FromSql>::accepts(kind) => Value::Text(String::from_sql(kind, raw)?),
            // Sums of integers and averages are NUMERIC: the statement has to cast them.
            _ => {
                return Err(
                    format!("a column of type {kind} has to be cast in the statement").into(),
                );
            }
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// `None` when there is no such column, or one of a type that has to be cast.
pub fn value_at(row: &::postgres::Row, column: impl Column) -> Option<Value> {
    row.try_get(column).ok()
}
