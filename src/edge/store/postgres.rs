//! The server: threads that own one connection each, and run what the queue hands them.
//!
//! The client is asynchronous, so that a transaction's begin travels with its first statement, the end of a read with
//! the next begin, and a statement whose answer nobody needs with the next one or with COMMIT.
//!
//! Writes are SERIALIZABLE and run again when the server reports a conflict; reads are read-only
//! on one snapshot. A broken connection is made anew and the job runs again, unless the break came
//! during COMMIT: then nobody knows. A server that does not answer counts as a broken connection once the time in
//! `patience` is over. Where it is and how it is trusted is in `server`.

use crate::clock::Stopwatch;
use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::patience::{CONNECT, Patience, Pulse};
use crate::edge::store::queue::{Job, Kind, Queue};
use crate::edge::store::server::Server;
use crate::edge::store::tx::{Column, Session as AnySession};
use crate::edge::store::{Param, Row, StoreError, Tx, Value};
use ::tokio_postgres::error::{DbError, SqlState};
use ::tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use ::tokio_postgres::{Client, Statement};
use bytes::{Bytes, BytesMut};
use futures_util::future::{join_all, join3};
use futures_util::{SinkExt, TryStreamExt};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// What a server, a database or a role may have set otherwise, and what a commit or a statement depends on. With
/// `synchronous_commit` off a commit would be answered before it is on the server's disk; its other values are kept,
/// since they all wait for that disk.
const SETTINGS: &str = "SET statement_timeout = '30s';
    SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = 'warning';
    SELECT set_config(name, '0', false) FROM pg_settings
        WHERE name IN ('transaction_timeout', 'idle_session_timeout');
    SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";
/// A statement ends soon after the connection that it came by. PostgreSQL before 14 does not know this setting, nor do
/// servers on some systems.
const ENDS_WITH_CLIENT: &str = "SET client_connection_check_interval = '1s'";
/// Settings of the server that no client can change and without which a crash of its machine damages the database.
const CRASH_SETTINGS: [&str; 2] = ["fsync", "full_page_writes"];
/// With the pauses below, about two seconds of trying: a restart of the server or a hot row.
const MAX_ATTEMPTS: u32 = 12;
const LONGEST_PAUSE_MILLIS: u64 = 500;

/// An open connection with its prepared statements.
pub struct Session {
    runtime: Runtime,
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// The begin of a transaction, not sent yet.
    begin: Option<&'static str>,
    /// Whether a read is over whose end was not sent yet.
    must_end: bool,
    /// Statements of this transaction that are not sent yet.
    later: Vec<Later>,
    trouble: Option<Trouble>,
    /// Whether the transaction may write.
    writes: bool,
    opened: Stopwatch,
    pulse: Arc<Pulse>,
    /// Of the work that runs at present.
    patience: Patience,
    /// A statement was not answered in time. Nothing is sent on this connection any more.
    is_hung: Cell<bool>,
}

/// A statement that is sent together with the next one.
struct Later {
    statement: Statement,
    sql: &'static str,
    params: Vec<Param<'static>>,
}

/// What is sent before a statement.
struct Before {
    begin: Option<Cow<'static, str>>,
    later: Vec<Later>,
}

/// Statements that are kept at most, before they are sent by themselves.
const MOST_LATER: usize = 16;

/// Nothing but a lock on a whole table is in a read's way. The server says so before the read counts as unanswered.
const BEGIN_READ: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '1s'";
/// What another program locks for longer is given up, so that nobody's connection waits for it.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '5s'";
/// A group locks many rows, so it must not wait long for one that is locked: two groups could wait for each other.
const BEGIN_GROUP: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '100ms'";
const BEGINS: [&str; 3] = [BEGIN_READ, BEGIN_WRITE, BEGIN_GROUP];

/// Connections that run writes.
const MAX_WRITERS: usize = 12;
/// Writes in one group at most.
const MAX_GROUP: usize = 64;

/// Why the transaction has to be run again from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another transaction was in the way.
    Conflict,
    /// The connection is gone, or its prepared statements are.
    Lost,
    /// The server does not let this program work, and would not the next time: it is read-only, or has no tables of it.
    Refused,
}

/// A connection on which the server refuses to work is made anew once it is this old: the settings that a server, a
/// database or a role gives are those of the moment when it was made.
const REFUSED_SECS: f64 = 1.0;
const READ_ONLY: &str = "the database server is read-only";
const STANDBY: &str = "the database server is a standby, which takes no writes";

/// What the threads of one store share.
pub struct Line {
    /// Where they connect to.
    pub server: Server,
    /// What they work on.
    pub queue: Arc<Queue>,
    /// Whether the server answers.
    pub pulse: Arc<Pulse>,
}

/// Connects for one purpose. Statements may take 30 seconds; a dead peer is noticed after 10.
pub fn open(server: &Server) -> Result<Tx, StoreError> {
    connect(server, &Arc::default())
}

/// Connects. Fails when the server does not answer within [`CONNECT`], or what the address says in its place.
pub fn connect(server: &Server, pulse: &Arc<Pulse>) -> Result<Tx, StoreError> {
    let mut config = server.config.clone();
    let limit = *config.get_connect_timeout().unwrap_or(&CONNECT);
    config.connect_timeout(limit);
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(10));
    }
    let unreachable = |error: ::tokio_postgres::Error| StoreError::Unavailable(Arc::new(error));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
    let connected = async {
        let client = server.connect(&config).await?;
        client.batch_execute(SETTINGS).await?;
        let _ = client.batch_execute(ENDS_WITH_CLIENT).await;
        Ok(client)
    };
    let client = match runtime.block_on(pulse.wait(limit, connected)) {
        Ok(client) => client.map_err(unreachable)?,
        Err(silent) => {
            pulse.note(false);
            // Looking up a host's name may still hang.
            runtime.shutdown_background();
            return Err(silent);
        }
    };
    pulse.note(true);
    let session = Session {
        client,
        runtime,
        statements: HashMap::new(),
        begin: None,
        must_end: false,
        later: Vec::new(),
        trouble: None,
        writes: true,
        opened: Stopwatch::start(),
        pulse: Arc::clone(pulse),
        patience: Patience::for_statements(),
        is_hung: Cell::new(false),
    };
    Ok(Tx::new(AnySession::Postgres(session)))
}

/// Lets the statements of this transaction take as long as they need, on both sides.
pub fn lift_limits(tx: &mut Tx) -> Result<(), StoreError> {
    set_patience(tx, Patience::endless());
    tx.batch("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
}

/// Fails unless the database keeps text as UTF-8: any other encoding refuses some of what members write.
pub fn check_encoding(tx: &mut Tx) -> Result<(), StoreError> {
    let mut found = String::new();
    if let Some(session) = session_of(tx) {
        session.each_row("SHOW server_encoding", &mut |row| {
            found = row.try_get::<_, &str>(0).unwrap_or_default().to_owned();
            Ok(())
        })?;
    }
    match found.as_str() {
        "UTF8" => Ok(()),
        _ => Err(StoreError::Encoding { found }),
    }
}

/// Settings of the server that are off and without which a crash of its machine can damage the database.
pub fn crash_risks(tx: &mut Tx) -> Result<Vec<&'static str>, StoreError> {
    let mut risks = Vec::new();
    let Some(session) = session_of(tx) else {
        return Ok(risks);
    };
    for setting in CRASH_SETTINGS {
        session.each_row(&format!("SHOW {setting}"), &mut |row| {
            if row.try_get::<_, &str>(0).ok() == Some("off") {
                risks.push(setting);
            }
            Ok(())
        })?;
    }
    Ok(risks)
}

/// A thread's life: job after job on one connection, until the queue is closed and empty. The first thread commits the
/// writes that wait together, so that many of them share one sync of the server's disk.
pub fn run_jobs(held: &mut Option<Tx>, line: &Line, thread: usize) {
    let queue = &line.queue;
    if thread >= MAX_WRITERS {
        return run_reads(held, line, thread);
    }
    loop {
        if thread == 0 {
            let jobs = queue.take_writes(MAX_GROUP);
            if !jobs.is_empty() {
                run_group(held, line, jobs, thread);
                continue;
            }
        }
        let jobs = match queue.take_waiting(1) {
            Some(jobs) => jobs,
            None => {
                // The end of a read must not wait for a job to come.
                flush(held);
                match queue.take(1) {
                    Some(jobs) => jobs,
                    None => return,
                }
            }
        };
        for (kind, job) in jobs {
            if kind != Kind::Read || !job.is_abandoned() {
                run_alone(held, line, kind, job, thread);
            }
        }
    }
}

/// Connections that run reads alone: writes that wait for a lock never have all of them.
fn run_reads(held: &mut Option<Tx>, line: &Line, thread: usize) {
    while let Some(job) = next_read(held, &line.queue) {
        if !job.is_abandoned() {
            run_alone(held, line, Kind::Read, job, thread);
        }
    }
}

fn next_read(held: &mut Option<Tx>, queue: &Queue) -> Option<Box<dyn Job>> {
    queue.take_waiting_read().or_else(|| {
        // The end of a read must not wait for a job to come.
        flush(held);
        queue.take_read()
    })
}

fn run_alone(held: &mut Option<Tx>, line: &Line, kind: Kind, mut job: Box<dyn Job>, thread: usize) {
    // A panic drops the connection, and with it the transaction that it was in.
    let mut own = held.take();
    let failure = run_until_settled(&mut own, line, kind, job.as_mut(), thread).err();
    *held = own;
    job.answer(failure);
}

/// Runs writes in one transaction. Where one of them fails, is refused or meets a conflict, none of them has happened,
/// and each runs again alone.
fn run_group(held: &mut Option<Tx>, line: &Line, jobs: Vec<Box<dyn Job>>, thread: usize) {
    let (late, mut jobs): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|it| it.patience().is_over());
    for job in late {
        job.answer(Some(StoreError::Busy));
    }
    let mut own = held.take();
    let committed = match &mut own {
        Some(tx) if jobs.len() > 1 && line.pulse.is_heard() => commit_together(tx, &mut jobs),
        _ => Err(StoreError::Busy),
    };
    *held = own.take_if(|tx| !is_spent(tx));
    // One that hung may hold locks that these writes need.
    drop(own);
    match committed {
        Ok(()) => jobs.into_iter().for_each(|job| job.answer(None)),
        Err(StoreError::CommitUnknown) => jobs
            .into_iter()
            .for_each(|job| job.answer(Some(StoreError::CommitUnknown))),
        Err(_) => jobs
            .into_iter()
            .for_each(|job| run_alone(held, line, Kind::Write, job, thread)),
    }
}

fn commit_together(tx: &mut Tx, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    clear_trouble(tx);
    let patience = jobs.iter().map(|job| job.patience());
    if let Some(longest) = patience.reduce(Patience::longer) {
        set_patience(tx, longest);
    }
    tx.undo(BEGIN_GROUP)?;
    let all_want = jobs.iter_mut().all(|job| job.run(tx));
    if trouble_of(tx) == Some(Trouble::Lost) {
        return Err(StoreError::Busy);
    }
    if !all_want {
        tx.undo("ROLLBACK")?;
        return Err(StoreError::Busy);
    }
    commit(tx)
}

fn commit(tx: &mut Tx) -> Result<(), StoreError> {
    tx.batch("COMMIT").map_err(|error| match trouble_of(tx) {
        Some(Trouble::Lost) => StoreError::CommitUnknown,
        _ => error,
    })
}

/// Ends a read whose end was kept. A connection that fails at it is closed.
fn flush(held: &mut Option<Tx>) {
    let ended = held.as_mut().and_then(session_of).map(Session::flush);
    if ended.is_some_and(|it| it.is_err()) {
        *held = None;
    }
}

fn run_until_settled(
    held: &mut Option<Tx>,
    line: &Line,
    kind: Kind,
    job: &mut dyn Job,
    thread: usize,
) -> Result<(), StoreError> {
    let mut last = StoreError::Busy;
    for attempt in 0..MAX_ATTEMPTS {
        if job.patience().is_over() {
            break;
        }
        if attempt > 0 {
            std::thread::sleep(pause_before(attempt, thread));
        }
        let entry = line.pulse.enter()?;
        if entry.probes {
            *held = None;
        }
        if held.is_none() {
            match connect(&line.server, &line.pulse) {
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
        if is_spent(tx) {
            *held = None;
        }
        match (settled, trouble) {
            (Err(StoreError::CommitUnknown), _) => return Err(StoreError::CommitUnknown),
            (Err(error), Some(Trouble::Conflict | Trouble::Lost)) => last = error,
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
    set_patience(tx, job.patience());
    tx.undo(match kind {
        Kind::Read => BEGIN_READ,
        Kind::Write | Kind::Batch => BEGIN_WRITE,
    })?;
    let wants_commit = job.run(tx);
    match trouble_of(tx) {
        Some(Trouble::Lost) => return Err(StoreError::Busy),
        Some(Trouble::Conflict) => {
            tx.undo("ROLLBACK")?;
            note_conflict(tx);
            return Err(StoreError::Busy);
        }
        Some(Trouble::Refused) => return tx.undo("ROLLBACK"),
        None => {}
    }
    if kind == Kind::Read {
        return end_read(tx);
    }
    if !wants_commit {
        return tx.undo("ROLLBACK");
    }
    commit(tx)
}

/// The end of a read travels with the next transaction's begin.
fn end_read(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.is_spoiled() {
        return tx.undo("ROLLBACK");
    }
    if let Some(session) = session_of(tx) {
        session.must_end = session.begin.take().is_none() || session.must_end;
    }
    Ok(())
}

fn session_of(tx: &mut Tx) -> Option<&mut Session> {
    match tx.session() {
        AnySession::Postgres(session) => Some(session),
        AnySession::Sqlite(_) => None,
    }
}

fn trouble_of(tx: &mut Tx) -> Option<Trouble> {
    session_of(tx)?.trouble()
}

/// Whether the connection has to be made anew.
fn is_spent(tx: &mut Tx) -> bool {
    session_of(tx).is_some_and(|it| match it.trouble() {
        Some(Trouble::Lost) => true,
        Some(Trouble::Refused) => it.opened.secs() >= REFUSED_SECS,
        Some(Trouble::Conflict) | None => false,
    })
}

fn clear_trouble(tx: &mut Tx) {
    if let Some(session) = session_of(tx) {
        session.trouble = None;
    }
}

fn set_patience(tx: &mut Tx, patience: Patience) {
    if let Some(session) = session_of(tx) {
        session.patience = patience;
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
        let params = bound(params);
        let before = self.take_before();
        let run = self.client.query(&statement, &params);
        let rows = self.wait(after(&self.client, before, run))?;
        let rows = rows.map_err(|failed| self.noted_of(failed, sql))?;
        rows.iter()
            .map(|row| from_row(&Row::of_postgres(row)))
            .collect()
    }

    pub fn execute(&mut self, sql: &'static str, params: &[Param]) -> Result<u64, StoreError> {
        let statement = self.prepared(sql, params.len())?;
        let params = bound(params);
        let before = self.take_before();
        let run = self.client.execute(&statement, &params);
        let n_changed = self.wait(after(&self.client, before, run))?;
        n_changed.map_err(|failed| self.noted_of(failed, sql))
    }

    /// Keeps a statement for the next one to take along.
    pub fn execute_later(&mut self, sql: &'static str, params: &[Param]) -> Result<(), StoreError> {
        let statement = self.prepared(sql, params.len())?;
        self.later.push(Later {
            statement,
            sql,
            params: params.iter().map(Param::owned).collect(),
        });
        match self.later.len() < MOST_LATER {
            true => Ok(()),
            false => self.batch(""),
        }
    }

    /// Whether a statement waits for the next one.
    pub fn keeps_some(&self) -> bool {
        !self.later.is_empty()
    }

    /// Statements without values. A begin is kept for the first statement of its transaction, and one that no
    /// statement followed is never sent.
    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        if let Some(begin) = BEGINS.into_iter().find(|it| *it == sql) {
            self.later.clear();
            self.begin = Some(begin);
            self.writes = begin != BEGIN_READ;
            return Ok(());
        }
        // Also back to a savepoint, before which everything was sent.
        if sql.starts_with("ROLLBACK") {
            self.later.clear();
        }
        if matches!(sql, "COMMIT" | "ROLLBACK")
            && self.later.is_empty()
            && self.begin.take().is_some()
        {
            return Ok(());
        }
        let before = self.take_before();
        let run = self.client.batch_execute(sql);
        let ran = self.wait(after(&self.client, before, run))?;
        ran.map_err(|failed| self.noted_of(failed, sql))
    }

    /// Every row of a statement that is made of names out of the schema, as they come.
    pub fn each_row(
        &mut self,
        sql: &str,
        take: &mut dyn FnMut(&::tokio_postgres::Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |error| from_engine(error, sql);
        let nothing: [&str; 0] = [];
        let rows = self.wait(self.client.query_raw(sql, nothing))?;
        let mut rows = std::pin::pin!(rows.map_err(failed)?);
        while let Some(row) = self.wait(rows.try_next())?.map_err(failed)? {
            take(&row)?;
        }
        Ok(())
    }

    /// Runs a COPY with the chunks that come until there are no more.
    pub fn copy_in(
        &mut self,
        sql: &str,
        next: &mut dyn FnMut() -> Result<Option<Bytes>, StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |error| from_engine(error, sql);
        let sink = self.wait(self.client.copy_in(sql))?;
        let mut sink = std::pin::pin!(sink.map_err(failed)?);
        while let Some(chunk) = next()? {
            self.wait(sink.send(chunk))?.map_err(failed)?;
        }
        self.wait(sink.finish())?.map(|_| ()).map_err(failed)
    }

    /// Sends what is kept for the next statement.
    fn flush(&mut self) -> Result<(), StoreError> {
        match self.must_end {
            true => self.batch("ROLLBACK"),
            false => Ok(()),
        }
    }

    /// What has to be sent before the next statement.
    fn take_before(&mut self) -> Before {
        Before {
            begin: self.take_begin(),
            later: std::mem::take(&mut self.later),
        }
    }

    fn take_begin(&mut self) -> Option<Cow<'static, str>> {
        let must_end = std::mem::take(&mut self.must_end);
        let begin = self.begin.take()?;
        Some(match must_end {
            false => begin.into(),
            true => format!("ROLLBACK; {begin}").into(),
        })
    }

    /// Set by the statement that failed; stays until the next transaction.
    pub fn trouble(&self) -> Option<Trouble> {
        match self.is_hung.get() {
            true => Some(Trouble::Lost),
            false => self.trouble,
        }
    }

    /// Waits for the server, no longer than the present work may take.
    fn wait<T>(&self, run: impl Future<Output = T>) -> Result<T, StoreError> {
        if self.is_hung.get() {
            return Err(StoreError::Silent);
        }
        let limit = self.patience.left();
        let answer = self.runtime.block_on(self.pulse.wait(limit, run));
        if answer.is_err() {
            self.is_hung.set(true);
            self.pulse.note(false);
        }
        answer
    }

    fn prepared(&mut self, sql: &'static str, n_params: usize) -> Result<Statement, StoreError> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let spelt = spell(sql, Dialect::Postgres);
                let prepared = self.wait(self.client.prepare(&spelt))?;
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

    fn noted_of(&mut self, failed: Failed, sql: &str) -> StoreError {
        let Failed { error, part } = failed;
        match part {
            Part::Begin if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                self.refused(StoreError::WritesStopped { reason: STANDBY })
            }
            Part::Begin | Part::Last => self.noted(error, sql),
            Part::Later(sql) => self.noted(error, sql),
        }
    }

    fn noted(&mut self, error: ::tokio_postgres::Error, sql: &str) -> StoreError {
        let trouble = trouble_in(&error, self.client.is_closed());
        match from_engine(error, sql) {
            StoreError::ReadOnly if self.writes => {
                self.refused(StoreError::WritesStopped { reason: READ_ONLY })
            }
            error @ StoreError::Refused { .. } => self.refused(error),
            error => {
                self.trouble = self.trouble.or(trouble);
                error
            }
        }
    }

    fn refused(&mut self, error: StoreError) -> StoreError {
        self.trouble.get_or_insert(Trouble::Refused);
        error
    }
}

/// An error, and which of the statements that were sent together it is of.
struct Failed {
    error: ::tokio_postgres::Error,
    part: Part,
}

enum Part {
    Begin,
    Later(&'static str),
    Last,
}

impl From<::tokio_postgres::Error> for Failed {
    fn from(error: ::tokio_postgres::Error) -> Self {
        Failed {
            error,
            part: Part::Last,
        }
    }
}

/// Runs a statement behind others, without waiting for those to be answered.
async fn after<T>(
    client: &Client,
    before: Before,
    run: impl Future<Output = Result<T, ::tokio_postgres::Error>>,
) -> Result<T, Failed> {
    if before.begin.is_none() && before.later.is_empty() {
        return Ok(run.await?);
    }
    let begin = async {
        match &before.begin {
            Some(sql) => client.batch_execute(sql).await,
            None => Ok(()),
        }
    };
    let later = before.later.iter().map(|it| async {
        let params = bound(&it.params);
        let ran = client.execute(&it.statement, &params).await;
        ran.map_err(|error| Failed {
            error,
            part: Part::Later(it.sql),
        })
    });
    // Each is sent when it is first polled, in this order.
    let (begun, later, given) = join3(begin, join_all(later), run).await;
    begun.map_err(|error| Failed {
        error,
        part: Part::Begin,
    })?;
    later.into_iter().collect::<Result<Vec<u64>, Failed>>()?;
    Ok(given?)
}

fn bound<'a>(params: &'a [Param]) -> Vec<&'a (dyn ToSql + Sync)> {
    params
        .iter()
        .map(|param| param as &(dyn ToSql + Sync))
        .collect()
}

fn trouble_in(error: &::tokio_postgres::Error, is_closed: bool) -> Option<Trouble> {
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

fn from_engine(error: ::tokio_postgres::Error, sql: &str) -> StoreError {
    let named = |error: &::tokio_postgres::Error| {
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
        // No such table or schema, and no right to it.
        Some("42P01" | "3F000" | "42501") => StoreError::Refused {
            statement: sql.into(),
            source: Arc::new(error),
        },
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
pub fn value_at(row: &::tokio_postgres::Row, column: impl Column) -> Option<Value> {
    row.try_get(column).ok()
}
