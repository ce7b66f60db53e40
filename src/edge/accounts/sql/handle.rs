//! Handles: whose they are, their skeletons, and those that are held back.

use crate::clock::Timestamp;
use crate::edge::accounts::{Handle, MemberId};
use crate::edge::store::{StoreError, Tx};

/// Sets the handle. Whether it is free was asked before.
pub fn set_handle(
    tx: &mut Tx,
    id: MemberId,
    handle: &Handle,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET handle = $2, handle_key = $3, skeleton = $4, updated_at = $5 WHERE id = $1",
        &[&id, &handle.as_str(), &handle.key(), &handle.skeleton(), &now],
    )?;
    Ok(())
}

/// Who has the handle with this key.
pub fn holder_of_key(tx: &mut Tx, handle_key: &str) -> Result<Option<MemberId>, StoreError> {
    tx.query_one(
        "SELECT id FROM member WHERE handle_key = $1",
        &[&handle_key],
        |row| row.get("id"),
    )
}

/// Who has the handle with this skeleton.
pub fn holder_of_skeleton(tx: &mut Tx, skeleton: &str) -> Result<Option<MemberId>, StoreError> {
    tx.query_one(
        "SELECT id FROM member WHERE skeleton = $1",
        &[&skeleton],
        |row| row.get("id"),
    )
}

/// Whether a handle with this hash is held back.
pub fn rests_at(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let found = tx.query_one(
        "SELECT hash FROM handle_rest WHERE hash = $1 AND until > $2",
        &[&hash, &now],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Holds back a handle with this hash until a moment.
pub fn rest(tx: &mut Tx, hash: &str, until: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO handle_rest (hash, until) VALUES ($1, $2)
         ON CONFLICT (hash) DO UPDATE SET until = excluded.until",
        &[&hash, &until],
    )?;
    Ok(())
}

/// Deletes at most `limit` hashes whose time is over. Returns how many.
pub fn end_rests(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM handle_rest WHERE hash IN (SELECT hash FROM handle_rest WHERE until <= $1 LIMIT $2)",
        &[&now, &limit],
    )
}

/// Handles of members, erased ones left out, by their ids after `after`.
pub fn handles_after(
    tx: &mut Tx,
    after: MemberId,
    limit: i64,
) -> Result<Vec<(MemberId, String)>, StoreError> {
    tx.query(
        "SELECT id, handle FROM member WHERE id > $1 AND erased_at IS NULL ORDER BY id LIMIT $2",
        &[&after, &limit],
        |row| Ok((row.get("id")?, row.get("handle")?)),
    )
}

/// Sets the skeleton of a handle, unless another member has it.
pub fn set_skeleton(tx: &mut Tx, id: MemberId, skeleton: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET skeleton = $2
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM member AS other WHERE other.skeleton = $2)",
        &[&id, &skeleton],
    )?;
    Ok(())
}

/// Deletes all skeletons.
pub fn clear_skeletons(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET skeleton = NULL WHERE skeleton IS NOT NULL",
        &[],
    )?;
    Ok(())
}

/// What made the skeletons that are there.
pub fn skeletons_made_by(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    tx.query_one(
        "SELECT value FROM setting WHERE name = 'handle_skeletons'",
        &[],
        |row| row.get("value"),
    )
}

/// Notes what made the skeletons.
pub fn note_skeletons(tx: &mut Tx, maker: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO setting (name, value, updated_at) VALUES ('handle_skeletons', $1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        &[&maker, &now],
    )?;
    Ok(())
}
