//! Mailed tokens as rows.

use crate::clock::Timestamp;
use crate::edge::accounts::claim::ClaimId;
use crate::edge::accounts::sql::claim;
use crate::edge::accounts::{Email, Holder, MAX_SKEW_SECS, MemberId, Purpose, TokenHash};
use crate::edge::store::{Row, StoreError, Tx};

/// Stores a mailed token. Deletes expired tokens, and for a purpose with one token at a time, the older ones. `email` is
/// the address that using it proves.
pub fn issue(
    tx: &mut Tx,
    token: TokenHash,
    (purpose, holder): (Purpose, Holder),
    email: &Email,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM token WHERE expires_at <= $1", &[&now])?;
    if purpose.is_single() {
        end_tokens(tx, holder, purpose)?;
    }
    let (member, claim) = match holder {
        Holder::Member(id) => (Some(id), None),
        Holder::Claim(id) => (None, Some(id)),
    };
    let expires_at = now.plus_secs(purpose.lifetime_secs());
    if let Some(id) = claim {
        claim::extend(tx, id, expires_at)?;
    }
    tx.execute(
        "INSERT INTO token (token_hash, purpose, member_id, claim_id, email, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &token,
            &purpose.as_str(),
            &member,
            &claim,
            &email.as_str(),
            &now,
            &expires_at,
        ],
    )?;
    Ok(())
}

/// The holder of a token and the address that using it proves, without using it. `None` if it is not valid; a token that
/// was made while the clock was ahead is not, since it would outlive its time.
pub fn peek(
    tx: &mut Tx,
    token: TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<(Holder, String)>, StoreError> {
    let found = tx.query_one(
        "SELECT member_id, claim_id, email FROM token
         WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 AND created_at <= $4",
        &[
            &token,
            &purpose.as_str(),
            &now,
            &now.plus_secs(MAX_SKEW_SECS),
        ],
        holder,
    )?;
    Ok(found.flatten())
}

/// Uses a token. Of concurrent callers one gets what [`peek`] returns, the others get `None`.
pub fn consume(
    tx: &mut Tx,
    token: TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<(Holder, String)>, StoreError> {
    let found = tx.query_one(
        "DELETE FROM token
         WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 AND created_at <= $4
         RETURNING member_id, claim_id, email",
        &[
            &token,
            &purpose.as_str(),
            &now,
            &now.plus_secs(MAX_SKEW_SECS),
        ],
        holder,
    )?;
    Ok(found.flatten())
}

/// Ends a holder's tokens of one purpose.
pub fn end_tokens(tx: &mut Tx, holder: Holder, purpose: Purpose) -> Result<(), StoreError> {
    match holder {
        Holder::Member(id) => tx.execute(
            "DELETE FROM token WHERE member_id = $1 AND purpose = $2",
            &[&id, &purpose.as_str()],
        )?,
        Holder::Claim(id) => tx.execute(
            "DELETE FROM token WHERE claim_id = $1 AND purpose = $2",
            &[&id, &purpose.as_str()],
        )?,
    };
    Ok(())
}

/// Ends all tokens of a member.
pub fn end_all_tokens(tx: &mut Tx, member: MemberId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM token WHERE member_id = $1", &[&member])?;
    Ok(())
}

fn holder(row: &Row) -> Result<Option<(Holder, String)>, StoreError> {
    let member = row
        .get::<Option<MemberId>>("member_id")?
        .map(Holder::Member);
    let claim = row.get::<Option<ClaimId>>("claim_id")?.map(Holder::Claim);
    let email: String = row.get("email")?;
    Ok(member.or(claim).map(|holder| (holder, email)))
}
