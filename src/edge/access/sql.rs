//! What is known of a reader, by the hash of a session token: one query a request.

use crate::clock::Timestamp;
use crate::edge::members::{Entitlement, MemberId, Source};
use crate::edge::store::{Row, StoreError, Tx};
use crate::ids::TierId;

/// Entitlements of `member` that are not revoked, ended ones too, in no order. A tier whose name
/// cannot be one is left out.
pub fn entitlements_of(tx: &mut Tx, member: MemberId) -> Result<Vec<Entitlement>, StoreError> {
    let rows = tx.query(
        "SELECT tier_id, valid_until, source FROM entitlement
         WHERE member_id = $1 AND revoked_at IS NULL",
        &[&member.0],
        entitlement,
    )?;
    Ok(rows.into_iter().flatten().collect())
}

fn entitlement(row: &Row) -> Result<Option<Entitlement>, StoreError> {
    let tier: String = row.get("tier_id")?;
    let until: Option<Timestamp> = row.get("valid_until")?;
    let source: String = row.get("source")?;
    let read = TierId::parse(&tier).zip(Source::parse(&source));
    Ok(read.map(|(tier, source)| Entitlement {
        tier,
        until,
        source,
    }))
}
