//! Jobs played on every store: run once, retry, survive a lost owner, follow the newest request, do not wait
//! for other kinds, and stop in order.

use super::*;
use crate::edge::store::tests::on_each_engine;
use std::sync::mpsc;

/// A store with a held clock, and what the handler of `say` was given.
struct Stage {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    said: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    fn on(store: &Store) -> Self {
        Stage {
            store: store.clone(),
            clock: Clock::held(Timestamp::from_millis(1_000_000_000)),
            entropy: Entropy::fixed(1),
            said: Arc::default(),
        }
    }

    /// A runner whose handler of `say` notes payload and attempt, and fails as its payload tells it.
    fn runner(&self) -> Runner {
        let said = Arc::clone(&self.said);
        let handler: Handler = Arc::new(move |job| {
            let text = job.payload.as_str().unwrap_or_default();
            said.lock()
                .unwrap()
                .push(format!("{text} {}", job.n_attempts));
            match text {
                "fails" => Err(JobError::Later("not yet".into())),
                "fails once" if job.n_attempts == 1 => Err(JobError::Later("not yet".into())),
                "panics once" if job.n_attempts == 1 => panic!("a bug in a handler"),
                "refused" => Err(JobError::Never("no".into())),
                _ => Ok(()),
            }
        });
        let runner = Runner::new(self.store.clone(), self.clock.clone(), self.entropy.clone());
        runner.on("say", Retry::PROMPT, 1, handler)
    }

    fn job(&self, kind: &'static str, text: &str, key: Option<&str>) -> NewJob {
        let now = self.clock.now();
        NewJob {
            id: self.entropy.uuid_v7(now),
            kind,
            unique_key: key.map(Into::into),
            subject: None,
            payload: text.into(),
            run_at: now,
        }
    }

    fn put(&self, text: &str, key: Option<&str>, delay_secs: i64) -> bool {
        let now = self.clock.now();
        let mut job = self.job("say", text, key);
        job.run_at = now.plus_secs(delay_secs);
        self.store
            .write_blocking(move |tx| jobs::enqueue(tx, &job, now))
            .unwrap()
    }

    fn put_newest(&self, text: &str, key: &str) {
        let now = self.clock.now();
        let job = self.job("say", text, Some(key));
        self.store
            .write_blocking(move |tx| jobs::enqueue_newest(tx, &job, now))
            .unwrap();
    }

    fn said(&self) -> Vec<String> {
        let mut said = std::mem::take(&mut *self.said.lock().unwrap());
        said.sort();
        said
    }

    /// States of all jobs of a kind, sorted.
    fn states(&self, kind: &'static str) -> Vec<String> {
        let read = move |tx: &mut crate::edge::store::Tx| {
            tx.query(
                "SELECT state FROM job WHERE kind = $1 ORDER BY state",
                &[&kind],
                |row| row.get(0),
            )
        };
        self.store.read_blocking(read).unwrap()
    }
}

#[test]
fn a_job_runs_once_and_a_failure_leads_to_a_retry() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = stage.runner();
        // The pruning of ended jobs is periodic and runs beside the others.
        assert_eq!(runner.run_due().unwrap(), 1);
        assert!(stage.put("hello", Some("greeting"), 0));
        assert!(!stage.put("hello again", Some("greeting"), 0));
        assert!(stage.put("later", None, 60));
        assert_eq!(runner.run_due().unwrap(), 1);
        assert_eq!(stage.said(), ["hello 1"]);
        assert!(
            stage.put("hello again", Some("greeting"), 0),
            "the key is free once the job has ended"
        );
        stage.clock.advance_secs(60);
        assert_eq!(runner.run_due().unwrap(), 2);
        assert_eq!(stage.said(), ["hello again 1", "later 1"]);

        stage.put("fails once", None, 0);
        stage.put("panics once", None, 0);
        assert_eq!(runner.run_due().unwrap(), 2);
        stage.clock.advance_secs(4);
        assert_eq!(runner.run_due().unwrap(), 0);
        stage.clock.advance_secs(1);
        assert_eq!(runner.run_due().unwrap(), 2);
        let all = [
            "fails once 1",
            "fails once 2",
            "panics once 1",
            "panics once 2",
        ];
        assert_eq!(stage.said(), all);
    });
}

#[test]
fn a_job_survives_its_owner() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = stage.runner();
        runner.run_due().unwrap();
        stage.put("orphan", None, 0);
        let now = stage.clock.now();
        let (due, lease_until) = (runner.kinds["say"].due(now), now.plus_secs(LEASE_SECS));
        let taken = store
            .write_blocking(move |tx| jobs::take(tx, "say", "dead", due, lease_until))
            .unwrap()
            .unwrap();
        assert_eq!(runner.run_due().unwrap(), 0);
        stage.clock.advance_secs(LEASE_SECS);
        assert_eq!(runner.run_due().unwrap(), 1);
        assert_eq!(stage.said(), ["orphan 2"]);
        let late = store
            .write_blocking(move |tx| jobs::done(tx, taken.id, "dead", now))
            .unwrap();
        assert!(!late, "whoever lost the lease cannot end the job");
    });
}

#[test]
fn a_newer_request_replaces_an_older_one() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = stage.runner();
        // The older one has failed and waits for its next try: the newer one runs at once, as a first attempt.
        stage.put_newest("fails", "k");
        for secs in [0, 5, 10, 20] {
            stage.clock.advance_secs(secs);
            runner.run_due().unwrap();
        }
        assert_eq!(stage.said(), ["fails 1", "fails 2", "fails 3", "fails 4"]);
        stage.put_newest("newer", "k");
        runner.run_due().unwrap();
        assert_eq!(stage.said(), ["newer 1"]);

        // The older one is being run: the newer one follows it, whichever way it ends.
        for older in ["works", "fails", "refused"] {
            stage.put_newest(older, "k");
            let now = stage.clock.now();
            let (due, lease_until) = (runner.kinds["say"].due(now), now.plus_secs(LEASE_SECS));
            let owner = runner.owner.clone();
            let taken = store
                .write_blocking(move |tx| jobs::take(tx, "say", &owner, due, lease_until))
                .unwrap()
                .unwrap();
            stage.put_newest("newer", "k");
            stage.put_newest("newest", "k");
            runner.run_one(&runner.kinds["say"], &taken).unwrap();
            runner.run_due().unwrap();
            let mut said = vec![format!("{older} 1"), "newest 1".to_owned()];
            said.sort();
            assert_eq!(stage.said(), said);
        }
        assert!(!stage.states("say").contains(&"waiting".to_owned()));
    });
}

#[test]
fn a_clock_that_comes_back_delays_nothing() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = stage.runner();
        const DAY: i64 = 86_400;
        stage.clock.advance_secs(DAY);
        // Scheduled while the clock was a day ahead: a retry, and the pruning's next turn.
        stage.put("fails", None, 0);
        runner.run_due().unwrap();
        stage.clock.advance_secs(-DAY);
        assert_eq!(runner.run_due().unwrap(), 2);
        assert_eq!(stage.said(), ["fails 1", "fails 2"]);
        // What waits legitimately still waits.
        assert_eq!(runner.run_due().unwrap(), 0);
    });
}

#[test]
fn a_lease_that_ended_early_starts_no_second_run() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = Arc::new(stage.runner().on("nested", Retry::PROMPT, 1, {
            let clock = stage.clock.clone();
            let inner = Arc::new(stage.runner());
            Arc::new(move |_| {
                clock.advance_secs(LEASE_SECS * 10);
                inner.run_kind("nested").map(drop).map_err(JobError::from)
            })
        }));
        let now = stage.clock.now();
        let job = stage.job("nested", "x", None);
        store
            .write_blocking(move |tx| jobs::enqueue(tx, &job, now))
            .unwrap();
        assert_eq!(runner.run_kind("nested").unwrap(), 1);
        assert_eq!(stage.states("nested"), ["done"]);
    });
}

/// More than are deleted at once.
const MANY: usize = 100;

#[test]
fn ended_jobs_are_pruned_whichever_way_they_ended() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let runner = stage.runner();
        for _ in 0..MANY {
            stage.put("works", None, 0);
        }
        for _ in 0..3 {
            stage.put("refused", None, 0);
        }
        runner.run_due().unwrap();
        let of = |state: &str| stage.states("say").iter().filter(|it| *it == state).count();
        assert_eq!((of("done"), of("failed")), (MANY, 3));
        stage.clock.advance_secs(KEPT_SECS + 3600);
        runner.run_due().unwrap();
        assert_eq!(stage.states("say").len(), 0);
    });
}

/// A handler that hangs holds up its own kind alone, and does not hold up a stop: its job is due again at once.
#[test]
fn a_hanging_kind_holds_up_no_other() {
    on_each_engine(|store, _| {
        let stage = Stage::on(store);
        let (hang, hung) = mpsc::channel::<()>();
        let hung = Mutex::new(hung);
        let (tell, told) = mpsc::channel();
        let hanging: Handler = Arc::new(move |_| {
            // Ends when the test drops the sender.
            let _ = hung.lock().unwrap().recv();
            Ok(())
        });
        let telling: Handler = Arc::new(move |_| {
            tell.send(()).unwrap();
            Ok(())
        });
        let runner = Runner::new(store.clone(), stage.clock.clone(), stage.entropy.clone())
            .on("hang", Retry::PROMPT, 2, hanging)
            .on("tell", Retry::PROMPT, 1, telling);
        for kind in ["hang", "hang", "hang", "tell"] {
            let now = stage.clock.now();
            let job = stage.job(kind, "x", None);
            store
                .write_blocking(move |tx| jobs::enqueue(tx, &job, now))
                .unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (stop, stopped) = watch::channel(false);
        let running = runtime.spawn(Arc::new(runner).run(stopped));
        told.recv().unwrap();
        stop.send(true).unwrap();
        runtime.block_on(running).unwrap();
        // No clock has moved, so the hanging jobs are due because their leases were given up.
        let again = Runner::new(store.clone(), stage.clock.clone(), stage.entropy.clone()).on(
            "hang",
            Retry::PROMPT,
            1,
            Arc::new(|_| Ok(())),
        );
        assert_eq!(again.run_kind("hang").unwrap(), 3);
        drop(hang);
        runtime.shutdown_background();
    });
}
