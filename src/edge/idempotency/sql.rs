//! Kept answers: found, kept, forgotten. Keys of two members never meet.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::idempotency::{Given, Kept, Key, RequestHash};
use crate::edge::store::{Row, StoreError, Tx};
use crate::edge::tables::Kind::{Number, Text, Time};
use crate::edge::tables::{Batch, Export, MemberColumn, Shown, Table};
use uuid::Uuid;

/// Kept answers of members.
pub const TABLES: &[Table] = &[Table {
    members: &[MemberColumn::deleted("owner")],
    export: Export::Rows(Shown {
        select: "SELECT idempotency_key, status, created_at FROM idempotency WHERE owner = $1 ORDER BY created_at, idempotency_key",
        columns: &[
            ("idempotency_key", Text),
            ("status", Number),
            ("created_at", Time),
        ],
        hidden: &["request_hash", "kind", "body"],
    }),
    erase_later: &[Batch {
        keys: "SELECT idempotency_key AS found_by FROM idempotency WHERE owner = $1 LIMIT $2",
        erase: &["DELETE FROM idempotency WHERE owner = $1 AND idempotency_key IN ({{each}}($2))"],
    }],
    ..Table::new("idempotency")
}];

/// The answer kept for this member under this key after `since`.
pub fn find(
    tx: &mut Tx,
    owner: MemberId,
    key: &Key,
    since: Timestamp,
) -> Result<Option<Kept>, StoreError> {
    let found = tx.query_one(
        "SELECT request_hash, status, kind, body FROM idempotency
         WHERE owner = $1 AND idempotency_key = $2 AND created_at > $3",
        &[&owner.0, &key.as_str(), &since],
        kept,
    )?;
    Ok(found.flatten())
}

/// How many keys are kept for this member, counted up to `most`. Old ones count until they are forgotten.
pub fn n_kept(tx: &mut Tx, owner: MemberId, most: i64) -> Result<i64, StoreError> {
    let n = tx.query_one(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM idempotency WHERE owner = $1 LIMIT $2) kept",
        &[&owner.0, &most],
        |row| row.get("n"),
    )?;
    Ok(n.unwrap_or_default())
}

/// Keeps an answer; replaces one that has expired, and no other.
pub fn keep(
    tx: &mut Tx,
    (owner, key): (MemberId, &Key),
    kept: &Kept,
    (since, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let (kind, body) = match &kept.given {
        Given::Made(id) => ("made", id.to_string()),
        Given::Empty => ("short", String::new()),
        Given::Again => ("again", String::new()),
    };
    tx.execute(
        "INSERT INTO idempotency (owner, idempotency_key, request_hash, status, kind, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (owner, idempotency_key) DO UPDATE
         SET request_hash = excluded.request_hash, status = excluded.status, kind = excluded.kind,
             body = excluded.body, created_at = excluded.created_at
         WHERE idempotency.created_at <= $8",
        &[
            &owner.0,
            &key.as_str(),
            &kept.hash.0.as_slice(),
            &i64::from(kept.status),
            &kind,
            &body,
            &now,
            &since,
        ],
    )
    .map(|_| ())
}

fn kept(row: &Row) -> Result<Option<Kept>, StoreError> {
    let hash: Vec<u8> = row.get("request_hash")?;
    let (status, kind): (i64, String) = (row.get("status")?, row.get("kind")?);
    let body: String = row.get("body")?;
    let given = match kind.as_str() {
        "made" => Uuid::try_parse(&body).ok().map(Given::Made),
        // An earlier version kept bodies.
        "short" if body.is_empty() => Some(Given::Empty),
        _ => Some(Given::Again),
    };
    let hash = <[u8; 32]>::try_from(hash).ok().map(RequestHash);
    let status = u16::try_from(status).ok();
    Ok(hash
        .zip(status)
        .zip(given)
        .map(|((hash, status), given)| Kept {
            hash,
            status,
            given,
        }))
}

/// Deletes what was kept at `before` or earlier, at most `limit` rows. Returns how many.
pub fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM idempotency WHERE (owner, idempotency_key) IN
         (SELECT owner, idempotency_key FROM idempotency WHERE created_at <= $1 LIMIT $2)",
        &[&before, &limit],
    )
}
