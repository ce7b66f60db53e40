//! The store: members, comments and all else that has to outlive the process.
//!
//! [`Store::open`] takes a [`Database`], runs the migrations and starts the threads that own the
//! connections. After that there are two doors: [`Store::read`] and [`Store::write`], each with a
//! closure over one synchronous [`Tx`]. Which engine is behind them is known in this folder alone.

mod backup;
#[cfg(test)]
mod backup_tests;
pub mod batches;
mod checkpoint;
mod database;
mod dialect;
mod embedded;
mod error;
mod extras;
mod file;
mod group;
mod health;
#[cfg(test)]
mod hung;
pub mod jobs;
mod migrate;
mod patience;
#[cfg(test)]
mod plans;
mod portable;
mod postgres;
mod queue;
mod restore;
pub mod schema;
mod server;
mod sqlite;
#[cfg(test)]
pub mod tests;
mod tx;
mod value;

pub use backup::{Copied, CopyProgress};
pub use database::{Database, Mode};
pub use error::{Cause, StoreError};
pub use restore::Restored;
pub use tx::{Column, Row, Tx};
pub use value::{FromColumn, Param, ToParam, Value};

use crate::clock::Timestamp;
use embedded::Shared;
use file::DatabaseFile;
use health::Health;
use patience::{Patience, Pulse};
use queue::{Kind, Queue, Work};
use server::Server;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Jobs that may wait. At 1,000 writes a second a full line is two seconds long.
const QUEUE_CAPACITY: usize = 2048;
/// Connections to a server. Its default limit is 100, and several edges may share it.
const SERVER_CONNECTIONS: usize = 16;

/// A handle on the open database; clones share it. Dropping the last one ends the threads after
/// the work that waits; [`Store::close`] also waits for that.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    reads: Arc<Queue>,
    writes: Arc<Queue>,
    health: Arc<Health>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held until the last handle is gone, so that no second server opens the file.
    lock: Mutex<Option<File>>,
    mode: Mode,
    /// `None` for an embedded database.
    pulse: Option<Arc<Pulse>>,
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings its schema up to date.
    /// Blocks; an async caller goes through `spawn_blocking`.
    pub fn open(database: &Database, mode: Mode) -> Result<Self, StoreError> {
        match database {
            Database::File(path) => Self::open_file(path, mode),
            Database::Server(server) => Self::open_server(server, mode),
        }
    }

    fn open_file(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let file = DatabaseFile::at(path)?;
        let lock = match mode {
            Mode::Serving => Some(file.lock()?),
            Mode::Tool => None,
        };
        let shared = Shared {
            file,
            reads: Arc::new(Queue::new(QUEUE_CAPACITY)),
            writes: Arc::new(Queue::new(QUEUE_CAPACITY)),
            health: Arc::default(),
        };
        let threads = embedded::start(shared.clone(), mode)?;
        Ok(Store {
            inner: Arc::new(Inner {
                reads: shared.reads,
                writes: shared.writes,
                health: shared.health,
                threads: Mutex::new(threads),
                lock: Mutex::new(lock),
                mode,
                pulse: None,
            }),
        })
    }

    fn open_server(server: &Server, mode: Mode) -> Result<Self, StoreError> {
        let pulse = Arc::default();
        let mut first = postgres::connect(server, &pulse)?;
        postgres::check_encoding(&mut first)?;
        migrate::run(&mut first, dialect::Dialect::Postgres)?;
        if mode == Mode::Serving {
            warn_of_crash_risks(&mut first)?;
        }
        let n_connections = match mode {
            Mode::Serving => SERVER_CONNECTIONS,
            Mode::Tool => 1,
        };
        let line = Arc::new(postgres::Line {
            server: server.clone(),
            queue: Arc::new(Queue::new(QUEUE_CAPACITY)),
            pulse,
        });
        let mut threads = Vec::new();
        let mut first = Some(first);
        for thread in 0..n_connections {
            let (mut held, line) = (first.take(), Arc::clone(&line));
            threads.push(spawn(move || postgres::run_jobs(&mut held, &line, thread))?);
        }
        Ok(Store {
            inner: Arc::new(Inner {
                reads: Arc::clone(&line.queue),
                writes: Arc::clone(&line.queue),
                health: Arc::default(),
                threads: Mutex::new(threads),
                lock: Mutex::new(None),
                mode,
                pulse: Some(Arc::clone(&line.pulse)),
            }),
        })
    }

    /// Fails while writes are refused, with the reason.
    pub fn check_writes(&self) -> Result<(), StoreError> {
        self.inner.health.check()
    }

    /// Fails while nothing can be written. Where the disk was full, `probe` shows whether it still is: it writes a little
    /// more than a row. A server is asked with `touch`, which changes nothing and fails where nothing may be changed.
    pub async fn check_room(
        &self,
        probe: impl FnMut(&mut Tx) -> Result<(), StoreError> + Send + 'static,
        touch: impl FnMut(&mut Tx) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.check_writes()?;
        if self.inner.pulse.is_some() {
            return self.write(touch).await;
        }
        if self.inner.health.is_full() {
            self.write(probe).await?;
            self.inner.health.set_full(false);
        }
        Ok(())
    }

    /// Runs `work` on one snapshot; what it writes fails. It sees every write that was answered before.
    ///
    /// `work` may run more than once when a server's connection breaks; only its last answer counts.
    /// A caller that stops waiting before its turn is not served. Fails when a server does not answer within 5 s.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = self.put(Kind::Read, Patience::for_read(), work)?.await;
        answer.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Runs `work` as one transaction: committed and synced to disk when it gives `Ok`, undone when
    /// it gives `Err` or panics. No other write comes between what it reads and what it writes.
    ///
    /// `work` may run more than once (conflicts, a lost connection, a failed group), so it changes
    /// nothing outside of its `Tx`; only its last answer counts. It runs even if the caller goes away, but is not begun
    /// more than 10 s after it was asked for. Any error but [`StoreError::CommitUnknown`] means that nothing was changed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = self.put(Kind::Write, Patience::for_write(), work)?.await;
        answer.unwrap_or_else(|_| Err(StoreError::CommitUnknown.into()))
    }

    /// [`Store::read`] for the command line: waits on this thread. Panics inside of async code.
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let patience = Patience::for_statements();
        let answer = self.put(Kind::Read, patience, work)?.blocking_recv();
        answer.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// [`Store::write`] for the command line: waits on this thread. Panics inside of async code.
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.wait_for(Kind::Write, work)
    }

    fn wait_for<T, E, F>(&self, kind: Kind, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = self.put(kind, Patience::for_statements(), work)?;
        let lost = |_| Err(StoreError::CommitUnknown.into());
        answer.blocking_recv().unwrap_or_else(lost)
    }

    fn put<T, E, F>(
        &self,
        kind: Kind,
        patience: Patience,
        work: F,
    ) -> Result<oneshot::Receiver<Result<T, E>>, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = Work::new(work, patience);
        let queue = match kind {
            Kind::Read => {
                self.inner.health.check_reads()?;
                &self.inner.reads
            }
            Kind::Write | Kind::Batch => {
                self.inner.health.check()?;
                &self.inner.writes
            }
        };
        queue.put(kind, Box::new(job))?;
        Ok(answer)
    }

    /// The process begins to stop: from now on nothing waits long for a server that does not answer.
    pub fn stop_waiting(&self) {
        if let Some(pulse) = &self.inner.pulse {
            pulse.stop();
        }
    }

    /// Finishes the work that waits, puts the log back into the file and lets go of it. Blocks.
    /// Every later call on any handle gives [`StoreError::Closed`].
    pub fn close(&self) {
        self.inner.reads.close();
        let mut threads = std::mem::take(
            &mut *self
                .inner
                .threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        // The last connection to the file puts the log back, which one that only reads cannot do.
        let last = threads.pop();
        let readers = threads.into_iter().map(JoinHandle::join);
        // A thread that panicked has nothing left to finish.
        readers.for_each(drop);
        self.inner.close_queues();
        if let Some(last) = last {
            let _ = last.join();
        }
        self.inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

impl Inner {
    fn close_queues(&self) {
        self.reads.close();
        self.writes.close();
        self.health.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close_queues();
    }
}

/// Copies the database into a file, also beside a running edge. An existing file is replaced only with `overwrites`.
pub fn back_up(
    database: &Database,
    target: &Path,
    overwrites: bool,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Copied, StoreError> {
    match database {
        Database::File(path) => backup::back_up(path, target, overwrites, tell),
        Database::Server(server) => portable::back_up(server, target, overwrites, tell),
    }
}

/// Puts a copy in the place of the database, or into an empty database of a server. Refused while an edge has the
/// file open.
pub fn restore(
    database: &Database,
    copy: &Path,
    now: Timestamp,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Restored, StoreError> {
    match database {
        Database::File(path) => restore::restore(path, copy, now, tell),
        Database::Server(server) => portable::restore(server, copy, tell),
    }
}

fn warn_of_crash_risks(tx: &mut Tx) -> Result<(), StoreError> {
    for setting in postgres::crash_risks(tx)? {
        tracing::warn!(
            setting,
            "the database server has this setting off: what was stored can be lost or damaged when its machine crashes"
        );
    }
    Ok(())
}

/// A thread that lives until its queue is closed and empty. A panic outside of a caller's closure, which
/// `queue.rs` catches, costs the work at hand and nothing else: the thread goes on with the next (OPS-13).
fn spawn(mut life: impl FnMut() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let lives = move || while catch_unwind(AssertUnwindSafe(&mut life)).is_err() {};
    let thread = std::thread::Builder::new()
        .name("store".into())
        .spawn(lives);
    thread.map_err(|error| StoreError::Open {
        target: "its threads".into(),
        source: Arc::new(error),
    })
}
