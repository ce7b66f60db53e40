//! Copies the log into the database file on a thread of its own, so that no write waits for it.
//!
//! The writer asks for it with [`Checkpoints::ask`] once the log is long, and goes on. When [`Checkpoints::take_done`]
//! says that all was copied which was in the log then, the writer copies the little that it has written since. After
//! that the engine begins the log anew. Without this last step a log that is always written to would grow for ever.

use crate::edge::store::embedded::Guard;
use crate::edge::store::group::fault_of;
use crate::edge::store::{Tx, sqlite};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The writer's end.
pub struct Checkpoints(Arc<Turn>);

/// The thread's end.
pub struct Checkpointer(Arc<Turn>);

struct Turn {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Resting,
    Asked,
    Copying,
    Done,
    Closing,
    Closed,
}

/// Both ends.
pub fn pair() -> (Checkpoints, Checkpointer) {
    let turn = Arc::new(Turn {
        state: Mutex::new(State::Resting),
        changed: Condvar::new(),
    });
    (Checkpoints(Arc::clone(&turn)), Checkpointer(turn))
}

impl Checkpoints {
    /// Has the log copied as it is now or soon. Nothing happens while that is asked for, or runs.
    pub fn ask(&self) {
        self.0.change(State::Resting, State::Asked);
    }

    /// Whether a checkpoint has ended since the last call.
    pub fn take_done(&self) -> bool {
        self.0.change(State::Done, State::Resting)
    }

    /// Waits until none runs.
    pub fn wait(&self) {
        self.wait_while(|state| matches!(state, State::Asked | State::Copying));
    }

    /// Ends the thread, and waits until its connection is closed: the last one that closes decides what becomes of the log.
    pub fn close(&self) {
        self.0.change(State::Asked, State::Resting);
        self.wait();
        self.end();
        self.wait_while(|state| state != State::Closed);
    }

    fn end(&self) {
        let mut state = self.0.locked();
        if *state != State::Closed {
            *state = State::Closing;
        }
        self.0.changed.notify_all();
    }

    fn wait_while(&self, is_so: impl Fn(State) -> bool) {
        let waited = self.0.changed.wait_while(self.0.locked(), |it| is_so(*it));
        drop(waited);
    }
}

impl Drop for Checkpoints {
    /// For a writer that never began.
    fn drop(&mut self) {
        self.end();
    }
}

impl Checkpointer {
    /// The thread's life: checkpoint after checkpoint until the writer ends; then the connection is closed. A failure of
    /// the disk stops writes.
    pub fn run(&self, connection: &mut Option<Tx>, guard: &Guard) {
        // Where it begins again after a panic.
        self.0.change(State::Copying, State::Done);
        while let Some(tx) = connection {
            if self.next() {
                copy(tx, guard);
                self.0.change(State::Copying, State::Done);
            } else {
                sqlite::leave_log(tx);
                *connection = None;
            }
        }
        self.0.change(State::Closing, State::Closed);
    }

    /// Waits until a checkpoint is asked for; false at the end.
    fn next(&self) -> bool {
        let rests = |state: &mut State| matches!(state, State::Resting | State::Done);
        let waited = self.0.changed.wait_while(self.0.locked(), rests);
        // Under one lock: a writer that takes back what it asked for is about to close.
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let is_asked = *state == State::Asked;
        if is_asked {
            *state = State::Copying;
        }
        is_asked
    }
}

fn copy(tx: &mut Tx, guard: &Guard) {
    if guard.check().is_ok() {
        // `Busy` where another process copies it just now, which is as good.
        let _ = tx.undo("PRAGMA wal_checkpoint(PASSIVE)");
    }
    if let Some(fault) = fault_of(tx) {
        guard.doubt(&fault);
    }
}

impl Turn {
    /// Whether the state was `from`; then it is `to`.
    fn change(&self, from: State, to: State) -> bool {
        let mut state = self.locked();
        let is_from = *state == from;
        if is_from {
            *state = to;
            self.changed.notify_all();
        }
        is_from
    }

    /// Nothing but assignments runs under this lock, so a poisoned one is whole.
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::edge::store::group::CHECKPOINT_PAGES;
    use crate::edge::store::tests::set;
    use crate::edge::store::{Database, Mode, Store, StoreError, Tx};
    use std::sync::Arc;

    const PAGE_BYTES: u64 = 4_096;

    /// A store that closes right after it has asked for a checkpoint closes whichever of the two comes first.
    #[test]
    fn closing_takes_back_what_was_asked() {
        for n in 0..2_000 {
            let (checkpoints, checkpointer) = super::pair();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while checkpointer.next() {
                        checkpointer
                            .0
                            .change(super::State::Copying, super::State::Done);
                    }
                    checkpointer
                        .0
                        .change(super::State::Closing, super::State::Closed);
                });
                checkpoints.ask();
                (0..n % 64).for_each(|_| std::hint::spin_loop());
                checkpoints.close();
            });
        }
    }

    /// Writers that never pause: the log is begun anew again and again, nothing is missing, and the end leaves no log.
    #[test]
    fn the_log_stays_short() {
        const N_WRITERS: u32 = 4;
        const N_WRITES: u32 = 60;
        const ROW_BYTES: usize = 1 << 20;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("store.db-wal");
        let file = Database::File(folder.path().join("store.db"));
        let store = Arc::new(Store::open(&file, Mode::Serving).unwrap());
        let writer = |writer: u32| {
            for n in 0..N_WRITES {
                let name = format!("{writer}-{n}");
                let text = "x".repeat(ROW_BYTES);
                let write = move |tx: &mut Tx| set(tx, &name, &text);
                store.write_blocking::<_, StoreError, _>(write).unwrap();
                let n_bytes = std::fs::metadata(&log).unwrap().len();
                assert!(
                    n_bytes < 3 * CHECKPOINT_PAGES as u64 * PAGE_BYTES,
                    "{n_bytes}"
                );
            }
        };
        std::thread::scope(|scope| {
            for n in 0..N_WRITERS {
                scope.spawn(move || writer(n));
            }
        });
        store.close();
        assert!(!log.exists());
        let store = Store::open(&file, Mode::Tool).unwrap();
        let count = |tx: &mut Tx| {
            tx.query_one(
                "SELECT count(*) FROM setting WHERE length(value) = 1048576",
                &[],
                |row| row.get::<i64>(0),
            )
        };
        let n_rows = store.read_blocking::<_, StoreError, _>(count).unwrap();
        assert_eq!(n_rows, Some(i64::from(N_WRITERS * N_WRITES)));
    }
}
