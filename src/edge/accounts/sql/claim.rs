//! Claims. One that has expired counts as none.

use crate::clock::Timestamp;
use crate::edge::accounts::claim::{Claim, ClaimId, KEPT_SECS};
use crate::edge::accounts::{Email, Handle, MemberId, TokenHash};
use crate::edge::store::{Row, StoreError, Tx};

/// The columns that [`from_row`] reads, then the rest of the statement.
macro_rules! select_claim {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, member_id, handle, name, password_hash, newsletter, language, browser_hash, expires_at
             FROM claim ",
            $rest
        )
    };
}

/// Adds a claim.
pub fn insert(tx: &mut Tx, claim: &Claim, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO claim (id, email, member_id, handle, handle_key, name, password_hash, newsletter, language,
                            browser_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &claim.id,
            &claim.email.as_str(),
            &claim.member,
            &claim.handle.as_str(),
            &claim.handle.key(),
            &claim.name,
            &claim.password_hash,
            &claim.newsletter,
            &claim.language,
            &claim.browser,
            &now,
            &claim.expires_at,
        ],
    )?;
    Ok(())
}

/// A claim that waits.
pub fn by_id(tx: &mut Tx, id: ClaimId, now: Timestamp) -> Result<Option<Claim>, StoreError> {
    let found = tx.query_one(
        select_claim!("WHERE id = $1 AND expires_at > $2"),
        &[&id, &now],
        from_row,
    )?;
    Ok(found.flatten())
}

/// The newest claim of an address that waits and has no account yet.
pub fn newest_of(tx: &mut Tx, email: &Email, now: Timestamp) -> Result<Option<Claim>, StoreError> {
    let found = tx.query_one(
        select_claim!(
            "WHERE email = $1 AND expires_at > $2 AND member_id IS NULL
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        &[&email.as_str(), &now],
        from_row,
    )?;
    Ok(found.flatten())
}

/// The newest claim that waits, has no account yet and asks for the handle with this key.
pub fn wanting(tx: &mut Tx, handle_key: &str, now: Timestamp) -> Result<Option<Claim>, StoreError> {
    let found = tx.query_one(
        select_claim!(
            "WHERE handle_key = $1 AND expires_at > $2 AND member_id IS NULL
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        &[&handle_key, &now],
        from_row,
    )?;
    Ok(found.flatten())
}

/// The account that a browser made with this address on a site that asks for no proof.
pub fn of_browser(
    tx: &mut Tx,
    email: &Email,
    browser: TokenHash,
    now: Timestamp,
) -> Result<Option<MemberId>, StoreError> {
    tx.query_one(
        "SELECT member_id FROM claim
         WHERE email = $1 AND browser_hash = $2 AND expires_at > $3 AND member_id IS NOT NULL
         ORDER BY created_at DESC, id DESC LIMIT 1",
        &[&email.as_str(), &browser, &now],
        |row| row.get("member_id"),
    )
}

/// The newest claim of this address that this browser made and that waits.
pub fn of_join(
    tx: &mut Tx,
    email: &Email,
    browser: TokenHash,
    now: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    let found = tx.query_one(
        select_claim!(
            "WHERE email = $1 AND browser_hash = $2 AND expires_at > $3
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        &[&email.as_str(), &browser, &now],
        from_row,
    )?;
    Ok(found.flatten())
}

/// Extends a claim to the lifetime of a letter about it.
pub fn extend(tx: &mut Tx, id: ClaimId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE claim SET expires_at = $2 WHERE id = $1 AND expires_at < $2",
        &[&id, &until],
    )?;
    Ok(())
}

/// Ends all claims of an address, with the letters that wait to be written about them. Their tokens go with them.
pub fn end_all_of(tx: &mut Tx, email: &Email) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM job WHERE subject IN (SELECT id FROM claim WHERE email = $1 AND member_id IS NULL)",
        &[&email.as_str()],
    )?;
    tx.execute("DELETE FROM claim WHERE email = $1", &[&email.as_str()])?;
    Ok(())
}

/// Removes an address from every member who has not proven it, except `kept`, with their sessions and tokens.
pub fn detach_others(
    tx: &mut Tx,
    email: &Email,
    kept: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM session WHERE member_id IN (
             SELECT id FROM member WHERE email_key = $1 AND verified_at IS NULL AND id <> $2)",
        "DELETE FROM token WHERE member_id IN (
             SELECT id FROM member WHERE email_key = $1 AND verified_at IS NULL AND id <> $2)",
    ] {
        tx.execute(statement, &[&email.as_str(), &kept])?;
    }
    tx.execute(
        "UPDATE member SET email = NULL, email_key = NULL, updated_at = $3
         WHERE email_key = $1 AND verified_at IS NULL AND id <> $2",
        &[&email.as_str(), &kept, &now],
    )?;
    Ok(())
}

/// Deletes claims that ended, at most `limit`, and as many that were made while the clock was ahead. Returns the larger
/// number.
pub fn forget(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let n_ended = tx.execute(
        "DELETE FROM claim WHERE id IN (SELECT id FROM claim WHERE expires_at <= $1 LIMIT $2)",
        &[&now, &limit],
    )?;
    let n_ahead = tx.execute(
        "DELETE FROM claim WHERE id IN (SELECT id FROM claim WHERE expires_at > $1 LIMIT $2)",
        &[&now.plus_secs(3 * KEPT_SECS), &limit],
    )?;
    Ok(n_ended.max(n_ahead))
}

/// `None` for a row with an invalid address or handle.
fn from_row(row: &Row) -> Result<Option<Claim>, StoreError> {
    let (email, handle): (String, String) = (row.get("email")?, row.get("handle")?);
    let Some((email, handle)) = Email::parse(&email).zip(Handle::parse(&handle)) else {
        return Ok(None);
    };
    Ok(Some(Claim {
        id: row.get("id")?,
        email,
        member: row.get("member_id")?,
        handle,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        newsletter: row.get("newsletter")?,
        language: row.get("language")?,
        browser: row.get("browser_hash")?,
        expires_at: row.get("expires_at")?,
    }))
}
