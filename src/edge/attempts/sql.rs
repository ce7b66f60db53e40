//! Attempts as rows, and the key that their subjects are hashed with.

use crate::clock::Timestamp;
use crate::edge::attempts::Limit;
use crate::edge::store::{StoreError, Tx};
use uuid::Uuid;

/// Deletes attempts up to `oldest`, and those after `newest`.
pub fn delete_outside(tx: &mut Tx, oldest: Timestamp, newest: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM attempt WHERE at <= $1", &[&oldest])?;
    tx.execute("DELETE FROM attempt WHERE at > $1", &[&newest])?;
    Ok(())
}

/// Attempts of a subject after a moment, the newest first, at most as many as the limit lets through.
pub fn newest(
    tx: &mut Tx,
    limit: &Limit,
    subject: &str,
    after: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    tx.query(
        "SELECT at FROM attempt WHERE kind = $1 AND subject = $2 AND at > $3 ORDER BY at DESC LIMIT $4",
        &[&limit.kind, &subject, &after, &limit.most],
        |row| row.get("at"),
    )
}

/// Adds an attempt.
pub fn insert(
    tx: &mut Tx,
    limit: &Limit,
    (subject, about): (&str, &str),
    (id, now): (Uuid, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO attempt (id, kind, subject, about, at) VALUES ($1, $2, $3, $4, $5)",
        &[&id, &limit.kind, &subject, &about, &now],
    )?;
    Ok(())
}

/// Deletes the attempts of a subject at something.
pub fn delete_of(
    tx: &mut Tx,
    limit: &Limit,
    (subject, about): (&str, &str),
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM attempt WHERE kind = $1 AND subject = $2 AND about = $3",
        &[&limit.kind, &subject, &about],
    )?;
    Ok(())
}

/// Deletes an attempt.
pub fn delete(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    tx.execute("DELETE FROM attempt WHERE id = $1", &[&id])?;
    Ok(())
}

/// The key of this store; `None` until it is first needed.
pub fn key(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    tx.query_one(
        "SELECT value FROM setting WHERE name = 'attempt_key'",
        &[],
        |row| row.get("value"),
    )
}

/// Keeps a key, unless another edge has just kept one.
pub fn keep_key(tx: &mut Tx, key: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO setting (name, value, updated_at) VALUES ('attempt_key', $1, $2)
         ON CONFLICT (name) DO NOTHING",
        &[&key, &now],
    )?;
    Ok(())
}
