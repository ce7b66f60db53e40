//! Sessions as rows.

use crate::clock::Timestamp;
use crate::edge::accounts::sql::entitlement;
use crate::edge::accounts::{
    Entitlement, FRESH_SECS, Lifetime, MAX_SESSIONS, MAX_SKEW_SECS, Member, MemberId, Session,
    TokenHash,
};
use crate::edge::store::{Row, StoreError, Tx};
use serde_json::json;
use uuid::Uuid;

/// The columns of a [`Session`] and its [`Member`], more columns, and the rest of the statement; `$1` is the token's hash.
macro_rules! select_session {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT session.id AS id, session.created_at AS created_at, last_seen_at, user_agent,
                    member.id AS member_id, handle, name, email, verified_at, role, trust_level, newsletter, language,
                    member.created_at AS joined_at, suspended_at, is_added, wanted_email, wanted_until,
                    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password",
            $more,
            " FROM session JOIN member ON member.id = session.member_id ",
            $rest
        )
    };
}

/// The session of a token and its member; `None` for suspended and erased members. Whether it still
/// holds is for [`Session::holds_at`] to say.
pub fn find(tx: &mut Tx, token: TokenHash) -> Result<Option<(Session, Member)>, StoreError> {
    tx.query_one(
        select_session!(
            "",
            "WHERE token_hash = $1 AND suspended_at IS NULL AND erased_at IS NULL"
        ),
        &[&token],
        |row| Ok((session(row)?, Member::from_row(row)?)),
    )
}

/// As [`find`], with what the member has been given, as [`entitlement::entitlements_of`] has it. One statement, since it is
/// asked at every request of a member.
pub fn find_with_grants(
    tx: &mut Tx,
    token: TokenHash,
) -> Result<Option<(Session, Member, Vec<Entitlement>)>, StoreError> {
    let rows = tx.query(
        select_session!(
            ", tier_id, valid_until, source",
            "LEFT JOIN entitlement ON entitlement.member_id = member.id AND revoked_at IS NULL
             WHERE token_hash = $1 AND suspended_at IS NULL AND erased_at IS NULL
             ORDER BY entitlement.created_at DESC, entitlement.id DESC"
        ),
        &[&token],
        |row| {
            let given = match row.get::<Option<String>>("tier_id")? {
                Some(_) => entitlement::grant_from_row(row)?,
                None => None,
            };
            Ok(((session(row)?, Member::from_row(row)?), given))
        },
    )?;
    let (mut whose, mut given) = (None, Vec::new());
    for (found, grant) in rows {
        whose.get_or_insert(found);
        given.extend(grant);
    }
    Ok(whose.map(|(session, member)| (session, member, given)))
}

/// When each of these members last used a session that is still kept, to the minute.
pub fn last_seen(
    tx: &mut Tx,
    members: &[MemberId],
) -> Result<Vec<(MemberId, Timestamp)>, StoreError> {
    tx.query(
        "SELECT member_id, MAX(last_seen_at) AS last_at FROM session
         WHERE member_id IN ({{each}}($1)) GROUP BY member_id",
        &[&json!(members).to_string()],
        |row| Ok((row.get("member_id")?, row.get("last_at")?)),
    )
}

/// Opens a session. Those that ended, and the ones unused for longest beyond [`MAX_SESSIONS`], go.
pub fn open(
    tx: &mut Tx,
    member: &Member,
    token: TokenHash,
    (id, user_agent): (Uuid, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = if member.role.is_staff() {
        "staff"
    } else {
        "member"
    };
    let expires_at = now.plus_secs(Lifetime::of(member.role).absolute_secs);
    tx.execute("DELETE FROM session WHERE expires_at <= $1", &[&now])?;
    tx.execute(
        "DELETE FROM session WHERE id IN (
             SELECT id FROM session WHERE member_id = $1
             ORDER BY last_seen_at DESC, id DESC LIMIT 1000 OFFSET $2
         )",
        &[&member.id, &(MAX_SESSIONS - 1)],
    )?;
    tx.execute(
        "INSERT INTO session (id, token_hash, member_id, kind, created_at, last_seen_at, expires_at, user_agent)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7)",
        &[&id, &token, &member.id, &kind, &now, &expires_at, &user_agent],
    )?;
    Ok(())
}

/// Notes that sessions were used. `ids` is a JSON array.
pub fn touch(tx: &mut Tx, ids: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE session SET last_seen_at = $2 WHERE id IN ({{each}}($1)) AND last_seen_at < $2",
        &[&ids, &now],
    )?;
    Ok(())
}

/// Sets the times of a session that was opened or used while the clock was ahead to now.
pub fn set_back(
    tx: &mut Tx,
    id: Uuid,
    lifetime: Lifetime,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE session SET
             last_seen_at = $2,
             created_at = CASE WHEN created_at > $5 THEN $3 ELSE created_at END,
             expires_at = CASE WHEN created_at > $5 THEN $4 ELSE expires_at END
         WHERE id = $1 AND (created_at > $5 OR last_seen_at > $5)",
        &[
            &id,
            &now,
            &now.plus_secs(-FRESH_SECS),
            &now.plus_secs(lifetime.absolute_secs - FRESH_SECS),
            &now.plus_secs(MAX_SKEW_SECS),
        ],
    )?;
    Ok(())
}

/// A member's sessions, the last used first.
pub fn of_member(tx: &mut Tx, member: MemberId) -> Result<Vec<Session>, StoreError> {
    tx.query(
        "SELECT id, created_at, last_seen_at, user_agent FROM session
         WHERE member_id = $1 ORDER BY last_seen_at DESC, id DESC",
        &[&member],
        session,
    )
}

/// Ends the session of a token; false when there is none.
pub fn close_token(tx: &mut Tx, token: TokenHash) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM session WHERE token_hash = $1", &[&token])? > 0)
}

/// Ends one session of a member; false when it is not theirs or there is none.
pub fn close(tx: &mut Tx, member: MemberId, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(
        "DELETE FROM session WHERE member_id = $1 AND id = $2",
        &[&member, &id],
    )? > 0)
}

/// Ends all sessions of a member but `kept`.
pub fn close_all(tx: &mut Tx, member: MemberId, kept: Option<Uuid>) -> Result<(), StoreError> {
    let kept = kept.unwrap_or(Uuid::nil());
    tx.execute(
        "DELETE FROM session WHERE member_id = $1 AND id <> $2",
        &[&member, &kept],
    )?;
    Ok(())
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        user_agent: row.get("user_agent")?,
    })
}
