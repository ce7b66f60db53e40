//! Durable jobs and periodic work: takes due rows, runs their handlers, and ends or retries them.
//!
//! [`Runner::run`] is the edge's loop; [`Runner::run_due`] does one round and is all that tests need.
//! Each kind has workers of its own, so one kind that hangs does not delay another. Every job runs at
//! least once: after a crash it runs again when its lease ends, so a handler must tolerate a second run.
//! How rows are added is in `store/jobs.rs`; `retry.rs` decides what becomes of a job that has run.

mod retry;
pub mod slice;
mod sql;
#[cfg(test)]
mod tests;

pub use retry::Retry;

use crate::clock::{Clock, Timestamp};
use crate::edge::entropy::Entropy;
use crate::edge::mail::Undelivered;
use crate::edge::store::batches::more;
use crate::edge::store::jobs::{self, Due, NewJob, TakenJob};
use crate::edge::store::{Store, StoreError};
use retry::{Ending, Tries, decide};
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

/// A handler has this long; then another edge may take the job.
const LEASE_SECS: i64 = 120;
const POLL: Duration = Duration::from_millis(500);
/// How long a stop waits for handlers that are running.
const GRACE: Duration = Duration::from_millis(1000);
/// Ended jobs are kept this long, for the owner to look at.
const KEPT_SECS: i64 = 7 * 86_400;
const PRUNE: &str = "tasks.prune";

/// Why a job did not succeed. The text is kept with the job: no addresses, no secrets.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// May work later: it is tried again, with growing pauses.
    #[error("{0}")]
    Later(String),
    /// Will never work.
    #[error("{0}")]
    Never(String),
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        JobError::Later(error.to_string())
    }
}

impl From<Undelivered> for JobError {
    fn from(error: Undelivered) -> Self {
        match error {
            Undelivered::EmailJob(_) | Undelivered::Unanswered => {
                JobError::Never(error.to_string())
            }
            Undelivered::Transport(ref fault) if fault.is_final() => {
                JobError::Never(error.to_string())
            }
            _ => JobError::Later(error.to_string()),
        }
    }
}

/// Runs one job. Called on a thread that may block, with the store's blocking doors at hand.
pub type Handler = Arc<dyn Fn(&TakenJob) -> Result<(), JobError> + Send + Sync>;

struct Kind {
    handler: Handler,
    every_secs: Option<i64>,
    retry: Retry,
    /// Jobs of this kind that this process runs at once.
    n_workers: usize,
}

impl Kind {
    fn due(&self, now: Timestamp) -> Due {
        let longest = self.retry.longest_secs.max(LEASE_SECS);
        let longest = longest.max(self.retry.held_secs);
        let wait = longest.max(self.every_secs.unwrap_or(0));
        // A minute more: another edge's clock may differ a little.
        let horizon = now.plus_secs(wait + 60);
        Due { now, horizon }
    }
}

/// The handlers by kind, and what running them needs.
pub struct Runner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    owner: String,
    kinds: BTreeMap<&'static str, Kind>,
    /// Jobs that this process runs at present.
    running: Mutex<HashSet<Uuid>>,
    is_stopping: AtomicBool,
}

impl Runner {
    /// A runner that knows no kind yet but the pruning of ended jobs.
    pub fn new(store: Store, clock: Clock, entropy: Entropy) -> Self {
        // The lease's owner has to differ between processes, so it never comes from a test's seed.
        let owner = Entropy::System.token();
        let (pruned, prune_clock) = (store.clone(), clock.clone());
        let prune: Handler = Arc::new(move |_| {
            let before = prune_clock.now().plus_secs(-KEPT_SECS);
            pruned.write_in_batches((), move |tx, (), limit| {
                Ok::<_, JobError>(more(jobs::prune(tx, before, limit)?, limit))
            })
        });
        let runner = Runner {
            store,
            clock,
            entropy,
            owner,
            kinds: BTreeMap::new(),
            running: Mutex::default(),
            is_stopping: AtomicBool::new(false),
        };
        runner.every(PRUNE, 3600, prune)
    }

    /// Adds the handler of jobs that others enqueue under `kind`, of which `n_workers` run at once.
    #[must_use]
    pub fn on(
        mut self,
        kind: &'static str,
        retry: Retry,
        n_workers: usize,
        handler: Handler,
    ) -> Self {
        let added = Kind {
            handler,
            every_secs: None,
            retry,
            n_workers,
        };
        self.kinds.insert(kind, added);
        self
    }

    /// Adds work that runs at the start and then every `secs`, once over all edges on the store.
    #[must_use]
    pub fn every(mut self, kind: &'static str, secs: i64, handler: Handler) -> Self {
        let added = Kind {
            handler,
            every_secs: Some(secs),
            retry: Retry::BACKGROUND,
            n_workers: 1,
        };
        self.kinds.insert(kind, added);
        self
    }

    /// Runs all jobs that are due now, one after another. Returns how many. Blocks.
    pub fn run_due(&self) -> Result<usize, StoreError> {
        self.plant_periodic()?;
        let mut n_run = 0;
        for kind in self.kinds.keys() {
            n_run += self.run_kind(kind)?;
        }
        Ok(n_run)
    }

    /// Runs due jobs until `stop` turns true. Then handlers have [`GRACE`] to finish; what they have not
    /// finished is due again at once, for this edge's next start or for another edge.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut workers: JoinSet<&'static str> = JoinSet::new();
        let mut n_busy: BTreeMap<&'static str, usize> = BTreeMap::new();
        while !*stop.borrow() {
            let runner = Arc::clone(&self);
            let round = tokio::task::spawn_blocking(move || runner.due_kinds()).await;
            for kind in told(round) {
                let n_running = n_busy.entry(kind).or_default();
                if *n_running < self.kinds[kind].n_workers {
                    *n_running += 1;
                    let runner = Arc::clone(&self);
                    workers.spawn_blocking(move || {
                        told(Ok(runner.run_kind(kind)));
                        kind
                    });
                }
            }
            tokio::select! {
                // A sender that is gone means the edge is going down.
                changed = stop.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(POLL) => {}
            }
            while let Some(ended) = workers.try_join_next() {
                // Handlers' panics are caught, so a worker always returns its kind.
                if let Some(n_running) = ended.ok().and_then(|kind| n_busy.get_mut(kind)) {
                    *n_running = n_running.saturating_sub(1);
                }
            }
        }
        self.is_stopping.store(true, Ordering::SeqCst);
        let all_ended = async { while workers.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all_ended).await.is_err() {
            workers.detach_all();
            let runner = Arc::clone(&self);
            let released = tokio::task::spawn_blocking(move || runner.release()).await;
            told(released);
        }
    }

    /// Kinds of which a job is due.
    fn due_kinds(&self) -> Result<Vec<&'static str>, StoreError> {
        self.plant_periodic()?;
        let now = self.clock.now();
        let kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|(name, kind)| (*name, kind.due(now)))
            .collect();
        self.store.read_blocking(move |tx| {
            let mut due_kinds = Vec::new();
            for (kind, due) in &kinds {
                if jobs::is_due(tx, kind, *due)? {
                    due_kinds.push(*kind);
                }
            }
            Ok(due_kinds)
        })
    }

    /// Runs the due jobs of one kind, one after another, until none is left or the edge stops.
    fn run_kind(&self, name: &'static str) -> Result<usize, StoreError> {
        let Some(kind) = self.kinds.get(name) else {
            return Ok(0);
        };
        let mut n_run = 0;
        while !self.is_stopping.load(Ordering::SeqCst) {
            let due = kind.due(self.clock.now());
            if !self
                .store
                .read_blocking(move |tx| jobs::is_due(tx, name, due))?
            {
                break;
            }
            let owner = self.owner.clone();
            let lease_until = due.now.plus_secs(LEASE_SECS);
            let taken = self
                .store
                .write_blocking(move |tx| jobs::take(tx, name, &owner, due, lease_until))?;
            let Some(job) = taken else { break };
            // A clock that jumped ahead ended the lease of a job that this process still runs.
            if !self.lock_running().insert(job.id) {
                break;
            }
            let ended = self.run_one(kind, &job);
            self.lock_running().remove(&job.id);
            ended?;
            n_run += 1;
        }
        Ok(n_run)
    }

    fn run_one(&self, kind: &Kind, job: &TakenJob) -> Result<(), StoreError> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (kind.handler)(job)))
            .unwrap_or_else(|_| Err(JobError::Later("the handler panicked".into())));
        if let Err(error) = &outcome {
            metrics::counter!("jobs_failed_total", "kind" => job.kind.clone()).increment(1);
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.n_attempts, %error, "a job failed");
        }
        let (id, owner, now) = (job.id, self.owner.clone(), self.clock.now());
        let tries = Tries {
            n_attempts: job.n_attempts,
            asked_at: job.asked_at,
            now,
        };
        let ending = decide(outcome, kind.every_secs, kind.retry, tries);
        let held = self.store.write_blocking(move |tx| match &ending {
            Ending::Done => jobs::done(tx, id, &owner, now),
            Ending::Again { run_at } => jobs::again(tx, id, &owner, *run_at),
            Ending::Retry { run_at, error } => jobs::retry(tx, id, &owner, error, (*run_at, now)),
            Ending::Failed { error } => jobs::fail(tx, id, &owner, error, now),
        })?;
        if !held {
            tracing::warn!(job = %job.id, kind = job.kind, "a job outlived its lease");
        }
        Ok(())
    }

    fn release(&self) -> Result<(), StoreError> {
        let (owner, now) = (self.owner.clone(), self.clock.now());
        let kinds: Vec<&'static str> = self.kinds.keys().copied().collect();
        self.store.write_blocking(move |tx| {
            for kind in &kinds {
                jobs::release(tx, kind, &owner, now)?;
            }
            Ok(())
        })
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plant_periodic(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let periodic: Vec<&'static str> = self
            .kinds
            .iter()
            .filter(|(_, kind)| kind.every_secs.is_some())
            .map(|(name, _)| *name)
            .collect();
        let planted = periodic.clone();
        let n_planted = self
            .store
            .read_blocking(move |tx| jobs::n_with_keys(tx, &planted))?;
        if n_planted == periodic.len() as i64 {
            return Ok(());
        }
        for kind in periodic {
            let job = NewJob {
                id: self.entropy.uuid_v7(now),
                kind,
                unique_key: Some(kind.into()),
                subject: None,
                payload: serde_json::Value::Null,
                run_at: now,
            };
            self.store
                .write_blocking(move |tx| jobs::enqueue(tx, &job, now))?;
        }
        Ok(())
    }
}

/// The value of a round of work. A failure of the store is logged and leaves the default; the next round tries again.
fn told<T: Default>(round: Result<Result<T, StoreError>, tokio::task::JoinError>) -> T {
    match round {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            tracing::error!(%error, "durable jobs cannot be taken");
            T::default()
        }
        Err(_) => T::default(),
    }
}
