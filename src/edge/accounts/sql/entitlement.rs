//! Entitlements as rows.

use crate::clock::Timestamp;
use crate::edge::accounts::{Entitlement, MemberId, Source};
use crate::edge::store::{Row, StoreError, Tx};
use crate::ids::TierId;
use serde_json::json;
use uuid::Uuid;

/// What a member was given and was not revoked, newest first, expired ones included. Rows with an invalid tier are left
/// out.
pub fn entitlements_of(tx: &mut Tx, id: MemberId) -> Result<Vec<Entitlement>, StoreError> {
    let rows = tx.query(
        "SELECT tier_id, valid_until, source FROM entitlement
         WHERE member_id = $1 AND revoked_at IS NULL
         ORDER BY created_at DESC, id DESC",
        &[&id],
        grant_from_row,
    )?;
    Ok(rows.into_iter().flatten().collect())
}

/// As [`entitlements_of`] for several members, each with whose it is.
pub fn entitlements_of_all(
    tx: &mut Tx,
    ids: &[MemberId],
) -> Result<Vec<(MemberId, Entitlement)>, StoreError> {
    let rows = tx.query(
        "SELECT member_id, tier_id, valid_until, source FROM entitlement
         WHERE member_id IN ({{each}}($1)) AND revoked_at IS NULL
         ORDER BY created_at DESC, id DESC",
        &[&json!(ids).to_string()],
        |row| {
            let held = grant_from_row(row)?;
            Ok(held.zip(row.get::<Option<MemberId>>("member_id")?))
        },
    )?;
    let held = rows.into_iter().flatten();
    Ok(held.map(|(held, whose)| (whose, held)).collect())
}

/// Adds a tier from now on until `grant.until`. `by` is `None` for the command line; with `tells` a letter says when it is
/// over.
pub fn grant(
    tx: &mut Tx,
    (row_id, now): (Uuid, Timestamp),
    id: MemberId,
    grant: &Entitlement,
    (by, tells): (Option<MemberId>, bool),
) -> Result<(), StoreError> {
    let (source, tells) = (grant.source.as_str(), tells && grant.until.is_some());
    tx.execute(
        "INSERT INTO entitlement (id, member_id, tier_id, source, starts_at, valid_until, granted_by, created_at, tells_end)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $5, $8)",
        &[&row_id, &id, &grant.tier, &source, &now, &grant.until, &by, &tells],
    )?;
    Ok(())
}

/// What ended by now and has to be told: its row, whose it was, and what; at most `limit`, the first to end first.
pub fn ends_to_tell(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(Uuid, MemberId, Entitlement)>, StoreError> {
    let rows = tx.query(
        "SELECT id, member_id, tier_id, valid_until, source FROM entitlement
         WHERE tells_end = 1 AND valid_until <= $1
         ORDER BY valid_until, id LIMIT $2",
        &[&now, &limit],
        |row| {
            let given = grant_from_row(row)?;
            Ok((row.get("id")?, row.get("member_id")?, given))
        },
    )?;
    let known = rows.into_iter();
    Ok(known
        .filter_map(|(id, member, given)| Some((id, member, given?)))
        .collect())
}

/// Marks these as told.
pub fn ends_told(tx: &mut Tx, rows: &[Uuid]) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE entitlement SET tells_end = 0 WHERE id IN ({{each}}($1))",
        &[&json!(rows).to_string()],
    )?;
    Ok(())
}

/// Revokes the grants of a tier that the owner made and that still hold. Returns how many. What was paid for stays.
pub fn revoke(tx: &mut Tx, id: MemberId, tier: &TierId, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE entitlement SET revoked_at = $3, tells_end = 0
         WHERE member_id = $1 AND tier_id = $2 AND source = 'grant' AND revoked_at IS NULL
           AND (valid_until IS NULL OR valid_until > $3)",
        &[&id, tier, &now],
    )
}

/// Reads what was given from `tier_id`, `valid_until` and `source`; `None` for a tier whose name cannot be one.
pub fn grant_from_row(row: &Row) -> Result<Option<Entitlement>, StoreError> {
    let (tier, source): (String, String) = (row.get("tier_id")?, row.get("source")?);
    let until = row.get("valid_until")?;
    Ok(TierId::parse(&tier).map(|tier| Entitlement {
        tier,
        until,
        source: Source::parse(&source).unwrap_or(Source::Grant),
    }))
}
