//! Durable jobs as rows: added in the transaction of what asks for them, taken with a lease.
//!
//! Slices call [`enqueue`] or [`enqueue_newest`]; `edge/tasks/` takes, runs and ends. A taken job stays in
//! its table and becomes due again when its lease ends, so a crash only delays it.

use crate::clock::Timestamp;
use crate::edge::store::{Row, StoreError, Tx};
use uuid::Uuid;

/// Work to be done later, at least once.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: Uuid,
    /// Names the handler, such as `mail`.
    pub kind: &'static str,
    /// At most one job with this key waits or runs.
    pub unique_key: Option<String>,
    /// Id of the member it is about, if any. Erasure deletes the jobs of a member.
    pub subject: Option<String>,
    /// What the handler needs. No secrets: a token that is mailed is made by the handler.
    pub payload: serde_json::Value,
    /// Not before this moment.
    pub run_at: Timestamp,
}

/// A job that this owner may run until its lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenJob {
    /// Its id: the same each time it runs, so a handler can use it to do nothing twice.
    pub id: Uuid,
    /// Names the handler.
    pub kind: String,
    /// As it was enqueued.
    pub payload: serde_json::Value,
    /// How often it has been taken since it was last asked for, this time included.
    pub n_attempts: i64,
    /// When it was last asked for.
    pub asked_at: Timestamp,
    /// See [`sends`].
    pub n_sent: i64,
}

/// When a job counts as due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// The present moment.
    pub now: Timestamp,
    /// No job of the kind legitimately waits beyond this moment. A later one was scheduled while the clock
    /// was ahead, and is due now.
    pub horizon: Timestamp,
}

impl TakenJob {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let payload: String = row.get("payload")?;
        Ok(TakenJob {
            id: row.get("id")?,
            kind: row.get("kind")?,
            payload: serde_json::from_str(&payload).map_err(|_| StoreError::Column {
                column: "payload".into(),
                wanted: "JSON",
            })?,
            n_attempts: row.get("n_attempts")?,
            asked_at: row.get("created_at")?,
            n_sent: row.get("n_sent")?,
        })
    }
}

/// Adds a job. Returns false, and changes nothing, if one with its key exists.
pub fn enqueue(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
    let n_added = tx.execute(
        "INSERT INTO job (id, kind, unique_key, subject, payload, state, run_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)
         ON CONFLICT (unique_key) DO NOTHING",
        &[
            &job.id,
            &job.kind,
            &job.unique_key,
            &job.subject,
            &job.payload.to_string(),
            &job.run_at,
            &now,
        ],
    )?;
    Ok(n_added == 1)
}

/// Adds a job, or replaces the waiting one with the same key: it runs at `job.run_at` with no failed attempts.
/// If that one is being run now, the newer request follows it.
pub fn enqueue_newest(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO job (id, kind, unique_key, subject, payload, state, run_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)
         ON CONFLICT (unique_key) DO UPDATE SET
             payload = CASE WHEN job.leased_by IS NULL THEN excluded.payload ELSE job.payload END,
             next_payload = CASE WHEN job.leased_by IS NULL THEN NULL ELSE excluded.payload END,
             n_attempts = CASE WHEN job.leased_by IS NULL THEN 0 ELSE job.n_attempts END,
             n_sent = CASE WHEN job.leased_by IS NULL THEN 0 ELSE job.n_sent END,
             run_at = CASE WHEN job.leased_by IS NULL THEN excluded.run_at ELSE job.run_at END,
             subject = excluded.subject,
             created_at = excluded.created_at",
        &[
            &job.id,
            &job.kind,
            &job.unique_key,
            &job.subject,
            &job.payload.to_string(),
            &job.run_at,
            &now,
        ],
    )?;
    Ok(())
}

/// Deletes the jobs about a subject whose unique key begins like this.
pub fn withdraw(tx: &mut Tx, subject: &str, key_prefix: &str) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM job WHERE subject = $1 AND substr(unique_key, 1, length($2)) = $2",
        &[&subject, &key_prefix],
    )?;
    Ok(())
}

/// Whether a job is there: it was neither deleted nor has it ended.
pub fn is_there(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    let found = tx.query_one("SELECT 1 AS one FROM job WHERE id = $1", &[&id], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Whether a job of this kind is due. Costs no write.
pub fn is_due(tx: &mut Tx, kind: &str, due: Due) -> Result<bool, StoreError> {
    let found = tx.query_one(
        "SELECT COALESCE(
             (SELECT id FROM job WHERE state = 'waiting' AND kind = $1 AND run_at <= $2 LIMIT 1),
             (SELECT id FROM job WHERE state = 'waiting' AND kind = $1 AND run_at > $3 LIMIT 1))",
        &[&kind, &due.now, &due.horizon],
        |row| row.get::<Option<String>>(0),
    )?;
    Ok(found.flatten().is_some())
}

/// How many jobs with these unique keys wait or run.
pub fn n_with_keys(tx: &mut Tx, keys: &[&str]) -> Result<i64, StoreError> {
    let n = tx.query_one(
        "SELECT count(*) FROM job WHERE unique_key IN ({{each}}($1))",
        &[&serde_json::Value::from(keys.to_vec()).to_string()],
        |row| row.get(0),
    )?;
    Ok(n.unwrap_or(0))
}

/// The job of this kind that has been due for longest, leased to `owner` until `lease_until`. `None` when
/// nothing is due.
pub fn take(
    tx: &mut Tx,
    kind: &str,
    owner: &str,
    due: Due,
    lease_until: Timestamp,
) -> Result<Option<TakenJob>, StoreError> {
    tx.query_one(
        "UPDATE job SET n_attempts = n_attempts + 1, leased_by = $1, run_at = $2
         WHERE id = COALESCE(
             (SELECT id FROM job WHERE state = 'waiting' AND kind = $3 AND run_at <= $4
              ORDER BY run_at, id LIMIT 1 {{skip_locked}}),
             (SELECT id FROM job WHERE state = 'waiting' AND kind = $3 AND run_at > $5
              ORDER BY run_at, id LIMIT 1 {{skip_locked}}))
         RETURNING id, kind, payload, n_attempts, created_at, n_sent",
        &[&owner, &lease_until, &kind, &due.now, &due.horizon],
        TakenJob::from_row,
    )
}

/// Counts that a job is about to do what cannot be known to have happened until it is answered, and that may take until
/// `lease_until`. Returns false if the job is not there any more.
pub fn sends(tx: &mut Tx, id: Uuid, lease_until: Timestamp) -> Result<bool, StoreError> {
    let n_noted = tx.execute(
        "UPDATE job SET n_sent = n_sent + 1, run_at = $2
         WHERE id = $1 AND leased_by IS NOT NULL AND state = 'waiting'",
        &[&id, &lease_until],
    )?;
    Ok(n_noted == 1)
}

/// Takes back the last [`sends`]: it is known that nothing has happened.
pub fn has_not_sent(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE job SET n_sent = n_sent - 1 WHERE id = $1 AND n_sent > 0",
        &[&id],
    )?;
    Ok(())
}

/// Ends a job well. Returns false if `owner` no longer holds it: its lease ended and another took it.
pub fn done(tx: &mut Tx, id: Uuid, owner: &str, now: Timestamp) -> Result<bool, StoreError> {
    if follow_up(tx, id, owner, now)? {
        return Ok(true);
    }
    let n_ended = tx.execute(
        "UPDATE job SET state = 'done', leased_by = NULL, unique_key = NULL, last_error = NULL, ended_at = $3
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &now],
    )?;
    Ok(n_ended == 1)
}

/// Ends a job for good after its last failure. The row stays for the owner to see until it is pruned.
pub fn fail(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    error: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if follow_up(tx, id, owner, now)? {
        return Ok(true);
    }
    let n_ended = tx.execute(
        "UPDATE job SET state = 'failed', leased_by = NULL, unique_key = NULL, last_error = $3, ended_at = $4
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &error, &now],
    )?;
    Ok(n_ended == 1)
}

/// Schedules the job to run again at `run_at`, after a failure.
pub fn retry(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    error: &str,
    (run_at, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    if follow_up(tx, id, owner, now)? {
        return Ok(true);
    }
    let n_scheduled = tx.execute(
        "UPDATE job SET leased_by = NULL, last_error = $3, run_at = $4
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &error, &run_at],
    )?;
    Ok(n_scheduled == 1)
}

/// Schedules a periodic job to run again at `run_at`, with its attempts counted from 0.
pub fn again(tx: &mut Tx, id: Uuid, owner: &str, run_at: Timestamp) -> Result<bool, StoreError> {
    let n_scheduled = tx.execute(
        "UPDATE job SET leased_by = NULL, last_error = NULL, n_attempts = 0, run_at = $3
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &run_at],
    )?;
    Ok(n_scheduled == 1)
}

/// Makes the job due with the newer request that arrived while it ran; false if there is none.
fn follow_up(tx: &mut Tx, id: Uuid, owner: &str, now: Timestamp) -> Result<bool, StoreError> {
    let n_followed = tx.execute(
        "UPDATE job SET payload = next_payload, next_payload = NULL, leased_by = NULL, last_error = NULL,
             n_attempts = 0, n_sent = 0, run_at = $3
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting' AND next_payload IS NOT NULL",
        &[&id, &owner, &now],
    )?;
    Ok(n_followed == 1)
}

/// Makes every job that `owner` holds due again. For an orderly stop, so that nothing waits for a lease to end.
pub fn release(tx: &mut Tx, kind: &str, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE job SET leased_by = NULL, run_at = $3
         WHERE state = 'waiting' AND kind = $1 AND run_at > $3 AND leased_by = $2",
        &[&kind, &owner, &now],
    )
}

/// Deletes jobs that ended before `before`, oldest first, at most `limit`. Returns how many.
pub fn prune(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
        &[&before, &limit],
    )
}
