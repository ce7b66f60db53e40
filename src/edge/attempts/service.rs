//! Counting attempts, each within the transaction of its caller. A subject is kept as a keyed hash, never as the address
//! or name that it is.

use crate::clock::Timestamp;
use crate::edge::attempts::{LONGEST_WINDOW_SECS, Limit, judge, sql};
use crate::edge::entropy::Entropy;
use crate::edge::store::{StoreError, Tx};
use data_encoding::HEXLOWER;
use uuid::Uuid;

/// How far the clocks of two edges on one store may differ.
const MAX_SKEW_SECS: i64 = 60;

/// Counts one attempt of `subject`, or returns the seconds to wait and counts nothing. `id` names the attempt for
/// [`give_back`].
pub fn take(
    tx: &mut Tx,
    limit: &Limit,
    subject: &str,
    stamp: (Uuid, Timestamp),
) -> Result<Option<u64>, StoreError> {
    let wait = wait_secs(tx, limit, subject, stamp.1)?;
    if wait.is_none() {
        let hashed = hashed(tx, limit.kind, subject, stamp.1)?;
        sql::insert(tx, limit, (&hashed, ""), stamp)?;
    }
    Ok(wait)
}

/// As [`take`], for an attempt that counts as a failure until it is given back.
pub fn take_at(
    tx: &mut Tx,
    limit: &Limit,
    failed: Failed,
    stamp: (Uuid, Timestamp),
) -> Result<Option<u64>, StoreError> {
    let wait = wait_secs(tx, limit, failed.subject, stamp.1)?;
    if wait.is_none() {
        note_failure(tx, limit, failed, stamp)?;
    }
    Ok(wait)
}

/// Seconds to wait before the next attempt of `subject`; `None` when it may be made now. Rows that no window reaches
/// are deleted on the way, and so are rows of a time that has not come: they were counted while the clock was ahead.
pub fn wait_secs(
    tx: &mut Tx,
    limit: &Limit,
    subject: &str,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let oldest = now.plus_secs(-LONGEST_WINDOW_SECS);
    sql::delete_outside(tx, oldest, now.plus_secs(MAX_SKEW_SECS))?;
    let hashed = hashed(tx, limit.kind, subject, now)?;
    let past = sql::newest(tx, limit, &hashed, now.plus_secs(-limit.window_secs))?;
    Ok(judge(limit, &past, now))
}

/// Who failed, and at what.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'f> {
    /// What the limit counts by.
    pub subject: &'f str,
    /// What [`forgive`] finds the failure by.
    pub about: &'f str,
}

/// Counts a failure of `failed.subject`.
pub fn note_failure(
    tx: &mut Tx,
    limit: &Limit,
    failed: Failed,
    stamp: (Uuid, Timestamp),
) -> Result<(), StoreError> {
    let subject = hashed(tx, limit.kind, failed.subject, stamp.1)?;
    let about = hashed(tx, limit.kind, failed.about, stamp.1)?;
    sql::insert(tx, limit, (&subject, &about), stamp)
}

/// Uncounts the failures of `failed.subject` at `failed.about`.
pub fn forgive(
    tx: &mut Tx,
    limit: &Limit,
    failed: Failed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = hashed(tx, limit.kind, failed.subject, now)?;
    let about = hashed(tx, limit.kind, failed.about, now)?;
    sql::delete_of(tx, limit, (&subject, &about))
}

/// Uncounts the attempt that [`take`] counted under this id.
pub fn give_back(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    sql::delete(tx, id)
}

/// The subject under this store's own key, which is made when it is first needed. Subjects of two kinds never meet.
pub fn hashed(
    tx: &mut Tx,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    let key = match sql::key(tx)? {
        Some(key) => key,
        None => {
            // Never from a test's seed: the key decides nothing that a test could see.
            let fresh = HEXLOWER.encode(&Entropy::System.bytes::<32>());
            sql::keep_key(tx, &fresh, now)?;
            sql::key(tx)?.unwrap_or(fresh)
        }
    };
    let mut hasher = blake3::Hasher::new_derive_key("lyceum attempt subject v1");
    for piece in [key.as_str(), kind, subject] {
        hasher
            .update(&(piece.len() as u64).to_le_bytes())
            .update(piece.as_bytes());
    }
    Ok(HEXLOWER.encode(&hasher.finalize().as_bytes()[..16]))
}
