//! Durable jobs as rows: put into the same transaction as what asks for them, taken with a lease.
//!
//! Slices call [`enqueue`]; `edge/tasks.rs` takes, runs and ends. A job that is taken stays in its
//! table and only becomes due again when its lease ends: a crash delays it, and nobody has to tidy up.

use crate::clock::Timestamp;
use crate::edge::store::{Row, StoreError, Tx};
use uuid::Uuid;

/// Work to be done later, at least once.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: Uuid,
    /// Names the handler, such as `mail.send`.
    pub kind: &'static str,
    /// While a job with this key waits or runs, another one is not put in.
    pub unique_key: Option<String>,
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
    /// As it was put in.
    pub payload: serde_json::Value,
    /// How often it has been taken, this time included.
    pub n_attempts: i64,
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
        })
    }
}

/// Puts a job in; false when one with its key is there already.
pub fn enqueue(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
    let n_added = tx.execute(
        "INSERT INTO job (id, kind, unique_key, payload, state, run_at, created_at)
         VALUES ($1, $2, $3, $4, 'waiting', $5, $6)
         ON CONFLICT (unique_key) DO NOTHING",
        &[
            &job.id,
            &job.kind,
            &job.unique_key,
            &job.payload.to_string(),
            &job.run_at,
            &now,
        ],
    )?;
    Ok(n_added == 1)
}

/// Whether a job of one of these kinds is due. Costs no write.
pub fn is_due(tx: &mut Tx, kinds: &[&str], now: Timestamp) -> Result<bool, StoreError> {
    let due = tx.query_one(
        "SELECT id FROM job
         WHERE state = 'waiting' AND run_at <= $1 AND kind IN ({{each}}($2))
         LIMIT 1",
        &[&now, &listed(kinds)],
        |row| row.get::<String>(0),
    )?;
    Ok(due.is_some())
}

/// How many jobs with these unique keys wait or run.
pub fn n_with_keys(tx: &mut Tx, keys: &[&str]) -> Result<i64, StoreError> {
    let n = tx.query_one(
        "SELECT count(*) FROM job WHERE unique_key IN ({{each}}($1))",
        &[&listed(keys)],
        |row| row.get(0),
    )?;
    Ok(n.unwrap_or(0))
}

/// The job of one of these kinds that has been due for longest, now leased to `owner` until
/// `lease_until`. `None` when nothing is due.
pub fn take(
    tx: &mut Tx,
    kinds: &[&str],
    owner: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<TakenJob>, StoreError> {
    tx.query_one(
        "UPDATE job SET n_attempts = n_attempts + 1, leased_by = $1, run_at = $2
         WHERE id = (
             SELECT id FROM job
             WHERE state = 'waiting' AND run_at <= $3 AND kind IN ({{each}}($4))
             ORDER BY run_at, id
             LIMIT 1 {{skip_locked}}
         )
         RETURNING id, kind, payload, n_attempts",
        &[&owner, &lease_until, &now, &listed(kinds)],
        TakenJob::from_row,
    )
}

/// Ends a job well. False when `owner` no longer holds it: its lease ended and another took it.
pub fn done(tx: &mut Tx, id: Uuid, owner: &str, now: Timestamp) -> Result<bool, StoreError> {
    let n_ended = tx.execute(
        "UPDATE job SET state = 'done', leased_by = NULL, unique_key = NULL, last_error = NULL, ended_at = $3
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &now],
    )?;
    Ok(n_ended == 1)
}

/// Ends a job for good after its last failure; the row stays for the owner to see.
pub fn fail(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    error: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let n_ended = tx.execute(
        "UPDATE job SET state = 'failed', leased_by = NULL, unique_key = NULL, last_error = $3, ended_at = $4
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &error, &now],
    )?;
    Ok(n_ended == 1)
}

/// Lets the job run again at `run_at`, after a failure.
pub fn retry(
    tx: &mut Tx,
    id: Uuid,
    owner: &str,
    error: &str,
    run_at: Timestamp,
) -> Result<bool, StoreError> {
    let n_put_back = tx.execute(
        "UPDATE job SET leased_by = NULL, last_error = $3, run_at = $4
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &error, &run_at],
    )?;
    Ok(n_put_back == 1)
}

/// Lets a periodic job run again at `run_at`, with its attempts counted from 0.
pub fn again(tx: &mut Tx, id: Uuid, owner: &str, run_at: Timestamp) -> Result<bool, StoreError> {
    let n_put_back = tx.execute(
        "UPDATE job SET leased_by = NULL, last_error = NULL, n_attempts = 0, run_at = $3
         WHERE id = $1 AND leased_by = $2 AND state = 'waiting'",
        &[&id, &owner, &run_at],
    )?;
    Ok(n_put_back == 1)
}

/// Deletes jobs that ended well before `before`, oldest first, at most `limit`; gives how many.
pub fn prune(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM job WHERE id IN (
             SELECT id FROM job WHERE state = 'done' AND ended_at < $1 ORDER BY ended_at, id LIMIT $2
         )",
        &[&before, &limit],
    )
}

/// A list of texts as the JSON that `{{each}}` takes apart.
fn listed(kinds: &[&str]) -> String {
    serde_json::Value::from(kinds.to_vec()).to_string()
}
