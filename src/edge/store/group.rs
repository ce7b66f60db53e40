//! What the threads of the embedded engine do: the writer commits in groups, readers run one job at a time.
//!
//! The writer takes all jobs that wait, runs each in a savepoint of one transaction, and answers them after the
//! COMMIT: eight writers share one sync of the disk instead of queueing for eight. It answers nothing well once it is
//! in doubt about what is on the disk.

use crate::edge::store::checkpoint::Checkpoints;
use crate::edge::store::embedded::Guard;
use crate::edge::store::queue::{Job, Queue};
use crate::edge::store::tx::Session as AnySession;
use crate::edge::store::{Row, StoreError, Tx, sqlite};
use std::time::Duration;

/// More jobs than this in one transaction would make the first of them wait for too long.
const MAX_GROUP: usize = 256;
/// Pages in the log before they are copied into the database file: 12 MiB, which a start after a crash reads in well
/// under a second. Every checkpoint syncs two files, so fewer of them cost less.
pub const CHECKPOINT_PAGES: i64 = 3_000;

/// For work that was held up by something else than a lock.
const SHORTEST_LOCK_WAIT: Duration = Duration::from_millis(200);

/// The writer's life: group after group until the queue is paused, or closed and empty. Only at an orderly end does
/// it put the log back into the file: a log that is in doubt has to be replayed from the disk.
pub fn write_in_groups(tx: &mut Tx, queue: &Queue, guard: &Guard, checkpoints: &Checkpoints) {
    let mut next = CHECKPOINT_PAGES;
    let mut empties_log = false;
    // A group and a batch in turn, so that a write waits for one batch at most.
    let mut prefers_batch = false;
    while let Some(jobs) = queue.take_group(MAX_GROUP, prefers_batch) {
        run_group(tx, jobs, guard);
        prefers_batch = !prefers_batch;
        empties_log |= tx.take_empties_log();
        // Where a reader is in the way, after the next group.
        empties_log = empties_log && !is_log_emptied(tx, guard, checkpoints);
        next = checkpoint_after(tx, next, guard, checkpoints);
    }
    checkpoints.close();
    if guard.must_leave_log() {
        sqlite::leave_log(tx);
    } else if guard.serves() && queue.is_closed() {
        // Without it the log is only read again at the next start.
        let _ = tx.undo("PRAGMA wal_checkpoint(TRUNCATE)");
        if let Some(fault) = fault_of(tx) {
            guard.doubt(&fault);
            sqlite::leave_log(tx);
        }
    }
}

fn run_group(tx: &mut Tx, mut jobs: Vec<Box<dyn Job>>, guard: &Guard) {
    let committed = commit_together(tx, &mut jobs, guard);
    let failure = match committed {
        // One job can fail a whole group, by filling the disk for one; alone it fails only itself.
        Err(error) if jobs.len() > 1 && can_run_alone(&error) => {
            for mut job in jobs {
                let failure = commit_together(tx, std::slice::from_mut(&mut job), guard).err();
                job.answer(failure);
            }
            return;
        }
        committed => committed.err(),
    };
    for job in jobs {
        job.answer(failure.clone());
    }
}

fn can_run_alone(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Busy | StoreError::CommitUnknown | StoreError::WritesStopped { .. }
    )
}

/// Runs all jobs in one transaction; on an error none of them has happened, except for
/// [`StoreError::CommitUnknown`].
fn commit_together(
    tx: &mut Tx,
    jobs: &mut [Box<dyn Job>],
    guard: &Guard,
) -> Result<(), StoreError> {
    guard.check()?;
    // Also mends a connection that an earlier failure left within a transaction.
    if sqlite::is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    // What waited behind another group has waited for the same lock already.
    let ages = jobs.iter().map(|job| job.patience().age());
    let oldest = ages.max().unwrap_or_default();
    sqlite::set_lock_wait(
        sqlite::LOCK_WAIT
            .saturating_sub(oldest)
            .max(SHORTEST_LOCK_WAIT),
    );
    let begun = tx.undo("BEGIN IMMEDIATE");
    sqlite::set_lock_wait(sqlite::LOCK_WAIT);
    if let Err(error) = begun {
        if let Some(fault) = fault_of(tx) {
            guard.doubt(&fault);
            guard.check()?;
        }
        return Err(error);
    }
    let committed = run_in_savepoints(tx, jobs).and_then(|()| tx.batch("COMMIT"));
    let fault = fault_of(tx);
    if is_full(tx) {
        guard.full();
    }
    if committed.is_err() && sqlite::is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    if let Some(fault) = fault {
        // After a failed sync the system may report the next one as done without having written anything.
        guard.doubt(&fault);
        return Err(StoreError::CommitUnknown);
    }
    committed?;
    guard.confirm()
}

fn run_in_savepoints(tx: &mut Tx, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let n_jobs = jobs.len();
    for job in jobs {
        tx.batch("SAVEPOINT job")?;
        let wants_commit = job.run(tx);
        // On a full disk, for one, the engine undoes the whole transaction by itself.
        match (wants_commit, sqlite::is_in_transaction(tx)) {
            (true, _) => {}
            (false, true) => tx.undo("ROLLBACK TO SAVEPOINT job")?,
            (false, false) if n_jobs == 1 => return tx.undo("BEGIN IMMEDIATE"),
            (false, false) => return Err(StoreError::Spoiled),
        }
        tx.batch("RELEASE SAVEPOINT job")?;
    }
    Ok(())
}

/// Has the log copied into the file where it has `at` pages, after the group was answered. Returns the length at which
/// to do it again: more than usual where readers of long ago still need what is there, so that it is not tried after
/// every group.
fn checkpoint_after(tx: &mut Tx, at: i64, guard: &Guard, checkpoints: &Checkpoints) -> i64 {
    if !guard.serves() || guard.check().is_err() {
        return at;
    }
    let pages = |row: &Row| Ok((row.get::<i64>(1)?, row.get::<i64>(2)?));
    let length = tx.query_one("PRAGMA wal_checkpoint(NOOP)", &[], pages);
    if let Ok(Some((n_pages, _))) = length
        && !guard.has_log(n_pages)
    {
        // Another process may have emptied it in between, and then says so itself.
        let again = tx.query_one("PRAGMA wal_checkpoint(NOOP)", &[], pages);
        if matches!(again, Ok(Some((n_pages, _))) if !guard.has_log(n_pages)) {
            guard.cut();
        }
        return at;
    }
    if matches!(length, Ok(Some((n_pages, _))) if n_pages >= at + CHECKPOINT_PAGES) {
        // Written to faster than it is copied: writes wait, so that it does not fill the disk.
        checkpoints.wait();
    }
    let next = match length {
        Ok(Some((n_pages, _))) if n_pages < CHECKPOINT_PAGES => {
            // The log was begun anew since.
            checkpoints.take_done();
            CHECKPOINT_PAGES
        }
        Ok(Some(_)) if checkpoints.take_done() => {
            // What was written meanwhile. The next write begins the log anew, where nobody reads the old one.
            match tx.query_one("PRAGMA wal_checkpoint(PASSIVE)", &[], pages) {
                Ok(Some((n_pages, n_copied))) if n_copied < n_pages => n_pages + CHECKPOINT_PAGES,
                _ => CHECKPOINT_PAGES,
            }
        }
        Ok(Some((n_pages, _))) if n_pages >= at => {
            checkpoints.ask();
            at
        }
        _ => at,
    };
    if let Some(fault) = fault_of(tx) {
        guard.doubt(&fault);
    }
    next
}

/// Puts the log into the file and cuts it to nothing. False where a reader still needs it: nobody waits for that.
fn is_log_emptied(tx: &mut Tx, guard: &Guard, checkpoints: &Checkpoints) -> bool {
    if guard.check().is_err() {
        return false;
    }
    checkpoints.wait();
    sqlite::set_lock_wait(Duration::ZERO);
    let emptied = tx.query_one("PRAGMA wal_checkpoint(TRUNCATE)", &[], |row| {
        row.get::<i64>(0)
    });
    sqlite::set_lock_wait(sqlite::LOCK_WAIT);
    if let Some(fault) = fault_of(tx) {
        guard.doubt(&fault);
    }
    matches!(emptied, Ok(Some(0)))
}

/// A reader's life: job after job, each in a transaction of its own and so on one snapshot.
pub fn read_one_by_one(tx: &mut Tx, queue: &Queue, guard: &Guard) {
    while let Some(jobs) = queue.take(1) {
        for (_, mut job) in jobs {
            if job.is_abandoned() {
                continue;
            }
            let failure = read_once(tx, job.as_mut()).err();
            job.answer(failure);
            if let Some(fault @ (StoreError::Damaged(_) | StoreError::LogCut(_))) = fault_of(tx) {
                guard.doubt(&fault);
            }
        }
    }
    if guard.must_leave_log() {
        sqlite::leave_log(tx);
    }
}

fn read_once(tx: &mut Tx, job: &mut dyn Job) -> Result<(), StoreError> {
    if sqlite::is_in_transaction(tx) {
        tx.undo("ROLLBACK")?;
    }
    tx.undo("BEGIN")?;
    job.run(tx);
    // After some errors of the disk the engine has ended it by itself.
    match sqlite::is_in_transaction(tx) {
        true => tx.undo("ROLLBACK"),
        false => Ok(()),
    }
}

/// Whether a statement has found the disk full since the last call.
fn is_full(tx: &mut Tx) -> bool {
    match tx.session() {
        AnySession::Sqlite(session) => session.take_full(),
        AnySession::Postgres(_) => false,
    }
}

/// What the disk or the file did to a statement since the last call.
pub fn fault_of(tx: &mut Tx) -> Option<StoreError> {
    match tx.session() {
        AnySession::Sqlite(session) => session.take_fault(),
        AnySession::Postgres(_) => None,
    }
}
