//! Whether the embedded database may be written to, and the keeper's bell.
//!
//! Writes stop when the file on the disk is no longer the one that is open, and after an error that leaves in doubt
//! what is on the disk. [`Health::check`] refuses them; the keeper in `embedded.rs` decides when they begin again.

use crate::edge::store::StoreError;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shared by the store's handles, its threads and its keeper.
#[derive(Default)]
pub struct Health {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: Option<Stop>,
    /// No connection is open, so that reads cannot be answered either.
    is_down: bool,
    must_look: bool,
    must_reopen: bool,
    is_unchecked: bool,
    is_closing: bool,
    /// A write has found the disk full, and none has shown since that it no longer is.
    is_full: bool,
}

/// Why writes are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The database file, its log or the log's index was deleted, moved or replaced.
    Moved,
    /// A sync or another operation on the disk failed, or damage was found; what is on the disk is being checked.
    Doubt,
    /// The check found damage, or could not be made.
    Damaged,
    /// The log was cut, so that the newest rows are lost.
    Cut,
}

/// What the keeper has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The time is up: look after the files.
    Look,
    /// Close all connections, open them again and check.
    Reopen,
    /// The store is being closed.
    Close,
}

impl Stop {
    /// For the log and the operator.
    pub fn reason(self) -> &'static str {
        match self {
            Stop::Moved => "the database file or its log was deleted, moved or replaced",
            Stop::Doubt => "an operation on the disk failed, and the database is being checked",
            Stop::Damaged => "the database is damaged or cannot be checked",
            Stop::Cut => "the database's log was cut, and what was in it is lost",
        }
    }
}

impl Health {
    /// Fails while writes are stopped.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.locked().stopped {
            Some(stop) => Err(StoreError::WritesStopped {
                reason: stop.reason(),
            }),
            None => Ok(()),
        }
    }

    /// Fails while no connection is open.
    pub fn check_reads(&self) -> Result<(), StoreError> {
        let is_down = self.locked().is_down;
        if is_down { self.check() } else { Ok(()) }
    }

    /// Why writes are stopped; `None` while they are not.
    pub fn stopped(&self) -> Option<Stop> {
        self.locked().stopped
    }

    /// Stops writes. `true` if they were not stopped before; the first reason stays.
    pub fn stop(&self, why: Stop) -> bool {
        let mut state = self.locked();
        let is_first = state.stopped.is_none();
        state.stopped.get_or_insert(why);
        is_first
    }

    /// Stops writes because the files were taken away, and asks the keeper to look at once.
    pub fn moved(&self) {
        self.stop(Stop::Moved);
        self.locked().must_look = true;
        self.changed.notify_all();
    }

    /// Stops writes and asks the keeper to open the database again. `true` if writes were not stopped before.
    pub fn doubt(&self) -> bool {
        let is_first = self.stop(Stop::Doubt);
        if is_first {
            self.locked().must_reopen = true;
            self.changed.notify_all();
        }
        is_first
    }

    /// Writes stay stopped for another reason than the first.
    pub fn restate(&self, why: Stop) {
        let mut state = self.locked();
        state.stopped = Some(why);
        state.is_unchecked = false;
    }

    /// The check could not be made, and is to be tried again.
    pub fn set_unchecked(&self) {
        self.locked().is_unchecked = true;
    }

    /// Whether the last check could not be made.
    pub fn is_unchecked(&self) -> bool {
        self.locked().is_unchecked
    }

    /// Writes may begin again.
    pub fn resume(&self) {
        let mut state = self.locked();
        state.stopped = None;
        state.is_unchecked = false;
    }

    /// Whether reads are refused too.
    pub fn set_down(&self, is_down: bool) {
        self.locked().is_down = is_down;
    }

    /// Whether the disk was full when it was last written to.
    pub fn is_full(&self) -> bool {
        self.locked().is_full
    }

    /// What the last write has shown of the disk.
    pub fn set_full(&self, is_full: bool) {
        self.locked().is_full = is_full;
    }

    /// Ends the keeper.
    pub fn close(&self) {
        self.locked().is_closing = true;
        self.changed.notify_all();
    }

    /// Waits until there is something to do, at most for `limit`.
    pub fn wait(&self, limit: Duration) -> Wake {
        let idle = |state: &mut State| !state.must_look && !state.must_reopen && !state.is_closing;
        let waited = self
            .changed
            .wait_timeout_while(self.locked(), limit, idle)
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = waited.0;
        state.must_look = false;
        if state.is_closing {
            return Wake::Close;
        }
        match std::mem::take(&mut state.must_reopen) {
            true => Wake::Reopen,
            false => Wake::Look,
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
