//! Kept answers: found, kept, forgotten. Keys of two members never meet.

use crate::clock::Timestamp;
use crate::edge::idempotency::{Kept, Key, RequestHash};
use crate::edge::members::MemberId;
use crate::edge::store::{Row, StoreError, Tx};

/// The answer kept for this member under this key after `since`.
pub fn find(
    tx: &mut Tx,
    owner: MemberId,
    key: &Key,
    since: Timestamp,
) -> Result<Option<Kept>, StoreError> {
    let found = tx.query_one(
        "SELECT request_hash, status, body FROM idempotency
         WHERE owner = $1 AND idempotency_key = $2 AND created_at > $3",
        &[&owner.0, &key.as_str(), &since],
        kept,
    )?;
    Ok(found.flatten())
}

/// Keeps an answer; one that is older than its time gives way, a younger one stays.
pub fn keep(
    tx: &mut Tx,
    (owner, key): (MemberId, &Key),
    kept: &Kept,
    (since, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO idempotency (owner, idempotency_key, request_hash, status, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (owner, idempotency_key) DO UPDATE
         SET request_hash = excluded.request_hash, status = excluded.status,
             body = excluded.body, created_at = excluded.created_at
         WHERE idempotency.created_at <= $7",
        &[
            &owner.0,
            &key.as_str(),
            &kept.hash.0.as_slice(),
            &i64::from(kept.status),
            &kept.body,
            &now,
            &since,
        ],
    )
    .map(|_| ())
}

fn kept(row: &Row) -> Result<Option<Kept>, StoreError> {
    let hash: Vec<u8> = row.get("request_hash")?;
    let status: i64 = row.get("status")?;
    let body: String = row.get("body")?;
    let hash = <[u8; 32]>::try_from(hash).ok().map(RequestHash);
    let status = u16::try_from(status).ok();
    Ok(hash
        .zip(status)
        .map(|(hash, status)| Kept { hash, status, body }))
}

/// Throws away what was kept at `before` or earlier, at most 10,000 rows.
pub fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM idempotency WHERE (owner, idempotency_key) IN
         (SELECT owner, idempotency_key FROM idempotency WHERE created_at <= $1 LIMIT 10000)",
        &[&before],
    )
}
