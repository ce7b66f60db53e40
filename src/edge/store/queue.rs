//! The bounded line of work before the threads that own connections, and the work itself.
//!
//! [`Queue`] is filled by callers and emptied by threads; [`Job`] forgets the types of a caller's
//! closure so that one thread can run them all. A job may run several times and answers once.

use crate::edge::store::patience::Patience;
use crate::edge::store::{StoreError, Tx};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Whether a job may change rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One snapshot, no change.
    Read,
    /// All or nothing.
    Write,
    /// One step of work over many rows: a write that others need not wait behind.
    Batch,
}

/// A caller's closure without its types.
pub trait Job: Send {
    /// Runs the closure, keeps what it gave, and tells whether that should be committed.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Gives the caller what the last run gave, or `failure` instead.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
    /// Whether the caller has stopped waiting.
    fn is_abandoned(&self) -> bool;
    /// How long it may take in all.
    fn patience(&self) -> Patience;
}

/// A closure, what it gave last, and where the answer goes.
pub struct Work<F, T, E> {
    closure: F,
    patience: Patience,
    given: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Work<F, T, E> {
    /// The work and the end where its answer comes out.
    pub fn new(closure: F, patience: Patience) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (
            Work {
                closure,
                patience,
                given: None,
                reply,
            },
            answer,
        )
    }
}

impl<F, T, E> Job for Work<F, T, E>
where
    F: FnMut(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx) -> bool {
        let given = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx)))
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        let given = match given {
            Ok(_) if tx.is_spoiled() => Err(StoreError::Spoiled.into()),
            given => given,
        };
        let wants_commit = given.is_ok();
        self.given = Some(given);
        wants_commit
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let given = match (failure, self.given) {
            (Some(error), _) => Err(error.into()),
            (None, Some(given)) => given,
            (None, None) => Err(StoreError::Closed.into()),
        };
        // A caller who went away no longer wants to know.
        let _ = self.reply.send(given);
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn patience(&self) -> Patience {
        self.patience
    }
}

/// First in, first out, at most `capacity` jobs; after [`Queue::close`] only what is in it comes out.
pub struct Queue {
    capacity: usize,
    line: Mutex<Line>,
    changed: Condvar,
    /// For those who take reads alone.
    has_read: Condvar,
}

struct Line {
    jobs: VecDeque<(Kind, Box<dyn Job>)>,
    is_open: bool,
    is_paused: bool,
}

impl Line {
    fn first_read(&mut self) -> Option<Box<dyn Job>> {
        let at = self.jobs.iter().position(|it| it.0 == Kind::Read)?;
        self.jobs.remove(at).map(|(_, job)| job)
    }
}

impl Queue {
    /// An open, empty queue.
    pub fn new(capacity: usize) -> Self {
        let line = Line {
            jobs: VecDeque::new(),
            is_open: true,
            is_paused: false,
        };
        Queue {
            capacity,
            line: Mutex::new(line),
            changed: Condvar::new(),
            has_read: Condvar::new(),
        }
    }

    /// Puts a job at the end of the line; `Busy` when it is full, `Closed` after the close.
    pub fn put(&self, kind: Kind, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut line = self.locked();
        if !line.is_open {
            return Err(StoreError::Closed);
        }
        if line.jobs.len() >= self.capacity {
            return Err(StoreError::Busy);
        }
        line.jobs.push_back((kind, job));
        drop(line);
        self.changed.notify_one();
        if kind == Kind::Read {
            // Whoever takes any work may be busy with a write by the time it wakes.
            self.has_read.notify_one();
        }
        Ok(())
    }

    /// Waits until there is work; `None` when the queue is paused, or closed and empty.
    fn with_work(&self) -> Option<MutexGuard<'_, Line>> {
        let mut line = self.locked();
        while line.jobs.is_empty() || line.is_paused {
            if !line.is_open || line.is_paused {
                return None;
            }
            line = self
                .changed
                .wait(line)
                .unwrap_or_else(PoisonError::into_inner);
        }
        Some(line)
    }

    /// Waits for work and takes up to `limit` jobs; `None` when the queue is paused, or closed and empty.
    pub fn take(&self, limit: usize) -> Option<Vec<(Kind, Box<dyn Job>)>> {
        let mut line = self.with_work()?;
        let n_taken = limit.min(line.jobs.len());
        Some(line.jobs.drain(..n_taken).collect())
    }

    /// Waits for work and takes up to `limit` writes, or one batch. Where both wait, `prefers_batch` decides. `None`
    /// when the queue is paused, or closed and empty.
    pub fn take_group(&self, limit: usize, prefers_batch: bool) -> Option<Vec<Box<dyn Job>>> {
        let mut line = self.with_work()?;
        let first_batch = line.jobs.iter().position(|(kind, _)| *kind == Kind::Batch);
        let n_batches = line
            .jobs
            .iter()
            .filter(|(kind, _)| *kind == Kind::Batch)
            .count();
        if let Some(at) = first_batch
            && (prefers_batch || n_batches == line.jobs.len())
        {
            return Some(
                line.jobs
                    .remove(at)
                    .into_iter()
                    .map(|(_, job)| job)
                    .collect(),
            );
        }
        let (mut group, mut left) = (Vec::new(), VecDeque::new());
        for (kind, job) in std::mem::take(&mut line.jobs) {
            match kind != Kind::Batch && group.len() < limit {
                true => group.push(job),
                false => left.push_back((kind, job)),
            }
        }
        line.jobs = left;
        Some(group)
    }

    /// Takes up to `limit` jobs that wait now; `None` where there are none.
    pub fn take_waiting(&self, limit: usize) -> Option<Vec<(Kind, Box<dyn Job>)>> {
        let mut line = self.locked();
        let n_taken = limit.min(line.jobs.len());
        (n_taken > 0).then(|| line.jobs.drain(..n_taken).collect())
    }

    /// Waits for a read, also one behind writes; `None` when the queue is paused, or closed and has none.
    pub fn take_read(&self) -> Option<Box<dyn Job>> {
        let mut line = self.locked();
        loop {
            if line.is_paused {
                return None;
            }
            if let Some(job) = line.first_read() {
                return Some(job);
            }
            if !line.is_open {
                return None;
            }
            line = self
                .has_read
                .wait(line)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a read that waits now.
    pub fn take_waiting_read(&self) -> Option<Box<dyn Job>> {
        self.locked().first_read()
    }

    /// Takes up to `limit` writes that wait now, also from behind reads.
    pub fn take_writes(&self, limit: usize) -> Vec<Box<dyn Job>> {
        let mut line = self.locked();
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        for (kind, job) in std::mem::take(&mut line.jobs) {
            match kind == Kind::Write && taken.len() < limit {
                true => taken.push(job),
                false => left.push_back((kind, job)),
            }
        }
        line.jobs = left;
        taken
    }

    /// Refuses new jobs from now on.
    pub fn close(&self) {
        self.locked().is_open = false;
        self.wake_all();
    }

    /// Whether new jobs are refused for good.
    pub fn is_closed(&self) -> bool {
        !self.locked().is_open
    }

    /// Sends the threads that take jobs away; jobs that are put in wait.
    pub fn pause(&self) {
        self.locked().is_paused = true;
        self.wake_all();
    }

    /// Ends a pause: new threads may take jobs.
    pub fn resume(&self) {
        self.locked().is_paused = false;
        self.wake_all();
    }

    fn wake_all(&self) {
        self.changed.notify_all();
        self.has_read.notify_all();
    }

    /// Answers every job that waits with `failure`.
    pub fn refuse_all(&self, failure: &StoreError) {
        let jobs = std::mem::take(&mut self.locked().jobs);
        for (_, job) in jobs {
            job.answer(Some(failure.clone()));
        }
    }

    /// No caller's code runs under this lock, so a poisoned one is whole.
    fn locked(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::Receiver;

    type Answer = Receiver<Result<(), StoreError>>;

    fn put(queue: &Queue, kind: Kind) -> Answer {
        let (work, answer) = Work::new(|_: &mut Tx| Ok(()), Patience::for_statements());
        queue.put(kind, Box::new(work)).unwrap();
        answer
    }

    /// Writes are taken together, and at most one batch, alone.
    #[test]
    fn batches_are_taken_one_by_one() {
        use Kind::{Batch, Write};
        let queue = Queue::new(100);
        let put_all = |kinds: &[Kind]| -> Vec<Answer> {
            kinds.iter().map(|kind| put(&queue, *kind)).collect()
        };
        for (kinds, taken) in [
            (&[Write, Write, Write][..], &[3][..]),
            (&[Batch, Batch], &[1, 1]),
            // Each group is followed by a batch, so that neither waits for ever.
            (&[Batch, Write, Batch, Write], &[2, 1, 1]),
            (&[Write; 6], &[4, 2]),
            (
                &[Write, Write, Write, Write, Write, Batch, Write],
                &[4, 1, 2],
            ),
        ] {
            let _answers = put_all(kinds);
            let mut prefers_batch = false;
            for n_taken in taken {
                let group = queue.take_group(4, prefers_batch).unwrap();
                assert_eq!(group.len(), *n_taken, "{kinds:?}");
                prefers_batch = !prefers_batch;
            }
        }
        queue.close();
        assert!(queue.take_group(4, false).is_none());
    }
}
