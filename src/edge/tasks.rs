//! Durable jobs and periodic work: takes due rows, runs their handlers, and ends or retries them.
//!
//! [`Runner::run`] is the edge's loop; [`Runner::run_due`] does one round and is all that tests need.
//! Every job runs at least once. After a crash it runs again when its lease ends, so a handler
//! must bear running twice. What is put in and how is in `store/jobs.rs`.

use crate::clock::{Clock, Timestamp};
use crate::edge::entropy::Entropy;
use crate::edge::mail::Undelivered;
use crate::edge::store::jobs::{self, NewJob, TakenJob};
use crate::edge::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A handler has this long; then another edge may take the job.
const LEASE_SECS: i64 = 120;
/// With [`pause_secs`] that is about a day and a half of trying.
const MAX_ATTEMPTS: i64 = 16;
const POLL: Duration = Duration::from_millis(500);
const LONGEST_PAUSE_SECS: i64 = 6 * 3600;
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
            Undelivered::Order(_) => JobError::Never(error.to_string()),
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
}

/// The handlers by kind, and what running them needs.
pub struct Runner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    owner: String,
    kinds: BTreeMap<&'static str, Kind>,
}

impl Runner {
    /// A runner that knows no kind yet but the tidying of ended jobs.
    pub fn new(store: Store, clock: Clock, entropy: Entropy) -> Self {
        // The lease's owner has to differ between processes, so it never comes from a test's seed.
        let owner = Entropy::System.token();
        let (tidied, tidier_clock) = (store.clone(), clock.clone());
        let prune: Handler = Arc::new(move |_| {
            let before = tidier_clock.now().plus_secs(-KEPT_SECS);
            tidied.write_blocking(move |tx| jobs::prune(tx, before, 10_000))?;
            Ok::<(), JobError>(())
        });
        let runner = Runner {
            store,
            clock,
            entropy,
            owner,
            kinds: BTreeMap::new(),
        };
        runner.every(PRUNE, 3600, prune)
    }

    /// Adds the handler of jobs that others enqueue under `kind`.
    #[must_use]
    pub fn on(mut self, kind: &'static str, handler: Handler) -> Self {
        self.kinds.insert(
            kind,
            Kind {
                handler,
                every_secs: None,
            },
        );
        self
    }

    /// Adds work that runs at the start and then every `secs`, once over all edges on the store.
    #[must_use]
    pub fn every(mut self, kind: &'static str, secs: i64, handler: Handler) -> Self {
        self.kinds.insert(
            kind,
            Kind {
                handler,
                every_secs: Some(secs),
            },
        );
        self
    }

    /// Runs all jobs that are due now, one after another; gives how many. Blocks.
    pub fn run_due(&self) -> Result<usize, StoreError> {
        self.plant_periodic()?;
        let kinds: Vec<&'static str> = self.kinds.keys().copied().collect();
        let mut n_run = 0;
        loop {
            let now = self.clock.now();
            let looked_for = kinds.clone();
            if !self
                .store
                .read_blocking(move |tx| jobs::is_due(tx, &looked_for, now))?
            {
                return Ok(n_run);
            }
            let (owner, looked_for) = (self.owner.clone(), kinds.clone());
            let lease_until = now.plus_secs(LEASE_SECS);
            let taken = self
                .store
                .write_blocking(move |tx| jobs::take(tx, &looked_for, &owner, now, lease_until))?;
            let Some(job) = taken else { return Ok(n_run) };
            self.run_one(&job)?;
            n_run += 1;
        }
    }

    /// Rounds of [`Runner::run_due`] until `stop` turns true; the job at hand is finished first.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let runner = Arc::clone(&self);
            let round = tokio::task::spawn_blocking(move || runner.run_due()).await;
            if let Ok(Err(error)) = round {
                tracing::error!(%error, "durable jobs cannot be taken");
            }
            // A sender that is gone means the edge is going down.
            if tokio::time::timeout(POLL, stop.changed())
                .await
                .is_ok_and(|it| it.is_err())
            {
                return;
            }
        }
    }

    fn run_one(&self, job: &TakenJob) -> Result<(), StoreError> {
        let Some(kind) = self.kinds.get(job.kind.as_str()) else {
            return Ok(());
        };
        let given = catch_unwind(AssertUnwindSafe(|| (kind.handler)(job)))
            .unwrap_or_else(|_| Err(JobError::Later("the handler panicked".into())));
        if let Err(error) = &given {
            tracing::warn!(job = %job.id, kind = job.kind, attempt = job.n_attempts, %error, "a job failed");
        }
        let (id, owner, now) = (job.id, self.owner.clone(), self.clock.now());
        let ending = decide(given, job.n_attempts, kind.every_secs, now);
        let held = self.store.write_blocking(move |tx| match &ending {
            Ending::Done => jobs::done(tx, id, &owner, now),
            Ending::Again { run_at } => jobs::again(tx, id, &owner, *run_at),
            Ending::Retry { run_at, error } => jobs::retry(tx, id, &owner, error, *run_at),
            Ending::Failed { error } => jobs::fail(tx, id, &owner, error, now),
        })?;
        if !held {
            tracing::warn!(job = %job.id, kind = job.kind, "a job outlived its lease");
        }
        Ok(())
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
            let payload = serde_json::Value::Null;
            let id = self.entropy.uuid_v7(now);
            let job = NewJob {
                id,
                kind,
                unique_key: Some(kind.into()),
                payload,
                run_at: now,
            };
            self.store
                .write_blocking(move |tx| jobs::enqueue(tx, &job, now))?;
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
enum Ending {
    Done,
    Again { run_at: Timestamp },
    Retry { run_at: Timestamp, error: String },
    Failed { error: String },
}

/// What becomes of a job that has run. Periodic work never ends: a lasting fault waits for its next turn.
fn decide(
    given: Result<(), JobError>,
    n_attempts: i64,
    every_secs: Option<i64>,
    now: Timestamp,
) -> Ending {
    match (given, every_secs) {
        (Ok(()), None) => Ending::Done,
        (Ok(()), Some(secs)) => Ending::Again {
            run_at: now.plus_secs(secs),
        },
        (Err(JobError::Later(error)), None) if n_attempts < MAX_ATTEMPTS => Ending::Retry {
            run_at: now.plus_secs(pause_secs(n_attempts)),
            error,
        },
        (Err(error), None) => Ending::Failed {
            error: error.to_string(),
        },
        (Err(error), Some(secs)) => {
            let run_at = now.plus_secs(pause_secs(n_attempts).min(secs));
            Ending::Retry {
                run_at,
                error: error.to_string(),
            }
        }
    }
}

/// 10 s after the first failure, then twice as long each time, up to six hours.
fn pause_secs(n_attempts: i64) -> i64 {
    let doublings = n_attempts.clamp(1, 20) - 1;
    (10 << doublings).min(LONGEST_PAUSE_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::store::{Database, Mode};
    use std::sync::Mutex;

    #[test]
    fn failures_wait_longer_each_time_and_end() {
        for (n_attempts, secs) in [
            (1, 10),
            (2, 20),
            (5, 160),
            (12, 20_480),
            (13, 21_600),
            (99, 21_600),
        ] {
            assert_eq!(pause_secs(n_attempts), secs);
        }
        let now = Timestamp::from_millis(0);
        let later = || Err(JobError::Later("x".into()));
        let retry = |secs| Ending::Retry {
            run_at: now.plus_secs(secs),
            error: "x".into(),
        };
        assert_eq!(decide(later(), 1, None, now), retry(10));
        assert_eq!(
            decide(later(), 16, None, now),
            Ending::Failed { error: "x".into() }
        );
        assert_eq!(decide(later(), 99, Some(3600), now), retry(3600));
        let never = Err(JobError::Never("x".into()));
        assert_eq!(
            decide(never, 1, None, now),
            Ending::Failed { error: "x".into() }
        );
    }

    #[test]
    fn a_job_runs_once_fails_into_a_retry_and_survives_a_lost_owner() {
        let folder = tempfile::tempdir().unwrap();
        let mut databases = vec![Database::File(folder.path().join("store.db"))];
        if let Ok(url) = std::env::var("LYCEUM_TEST_POSTGRES") {
            let schema = format!(
                "tasks_{}",
                Entropy::System.uuid_v7(Timestamp::from_millis(0)).simple()
            );
            databases.push(Database::parse(&url).unwrap().in_schema(&schema).unwrap());
        }
        for database in databases {
            let store = Store::open(&database, Mode::Serving).unwrap();
            play(&store);
            store.close();
        }
    }

    fn play(store: &Store) {
        let clock = Clock::held(Timestamp::from_millis(1_000_000));
        let entropy = Entropy::fixed(1);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let handler: Handler = Arc::new(move |job| {
            log.lock()
                .unwrap()
                .push((job.payload.clone(), job.n_attempts));
            match job.payload.as_str() {
                Some("fails once") if job.n_attempts == 1 => Err(JobError::Later("not yet".into())),
                Some("panics once") if job.n_attempts == 1 => panic!("a bug in a handler"),
                _ => Ok(()),
            }
        });
        let runner = Runner::new(store.clone(), clock.clone(), entropy.clone()).on("say", handler);
        let put = |text: &str, key: Option<&str>, delay_secs: i64| {
            let now = clock.now();
            let job = NewJob {
                id: entropy.uuid_v7(now),
                kind: "say",
                unique_key: key.map(Into::into),
                payload: text.into(),
                run_at: now.plus_secs(delay_secs),
            };
            store
                .write_blocking(move |tx| jobs::enqueue(tx, &job, now))
                .unwrap()
        };
        let said = || -> Vec<String> {
            let said = std::mem::take(&mut *seen.lock().unwrap());
            said.iter()
                .map(|(text, n)| format!("{} {n}", text.as_str().unwrap()))
                .collect()
        };

        // The tidying of ended jobs is periodic and runs beside the others.
        assert_eq!(runner.run_due().unwrap(), 1);
        assert!(put("hello", Some("greeting"), 0));
        assert!(!put("hello again", Some("greeting"), 0));
        assert!(put("later", None, 60));
        assert_eq!(runner.run_due().unwrap(), 1);
        assert_eq!(said(), ["hello 1"]);
        assert!(
            put("hello again", Some("greeting"), 0),
            "the key is free once the job has ended"
        );
        clock.advance_secs(60);
        assert_eq!(runner.run_due().unwrap(), 2);
        assert_eq!(said(), ["hello again 1", "later 1"]);

        put("fails once", None, 0);
        put("panics once", None, 0);
        assert_eq!(runner.run_due().unwrap(), 2);
        clock.advance_secs(9);
        assert_eq!(runner.run_due().unwrap(), 0);
        clock.advance_secs(1);
        assert_eq!(runner.run_due().unwrap(), 2);
        let mut all = said();
        all.sort();
        assert_eq!(
            all,
            [
                "fails once 1",
                "fails once 2",
                "panics once 1",
                "panics once 2"
            ]
        );

        // An owner that takes a job and dies: nobody else gets it before the lease ends.
        put("orphan", None, 0);
        let now = clock.now();
        let lease_until = now.plus_secs(LEASE_SECS);
        let take = move |tx: &mut crate::edge::store::Tx| {
            jobs::take(tx, &["say"], "dead", now, lease_until)
        };
        let taken = store.write_blocking(take).unwrap().unwrap();
        assert_eq!(runner.run_due().unwrap(), 0);
        clock.advance_secs(LEASE_SECS);
        assert_eq!(runner.run_due().unwrap(), 1);
        assert_eq!(said(), ["orphan 2"]);
        let late = store
            .write_blocking(move |tx| jobs::done(tx, taken.id, "dead", now))
            .unwrap();
        assert!(!late, "whoever lost the lease cannot end the job");
    }
}
