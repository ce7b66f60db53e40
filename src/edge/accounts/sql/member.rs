//! Members as rows: found, made, changed. Export and erasure are in `leave.rs`.

use crate::clock::Timestamp;
use crate::edge::accounts::{Email, Member, MemberId, NewMember, Role};
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::{Tables, used_accounts};
use serde_json::json;

/// The columns that [`Member::from_row`] reads, then the rest of the statement.
macro_rules! select_member {
    ($rest:literal) => {
        concat!(
            "SELECT id AS member_id, handle, name, email, verified_at, role, trust_level, newsletter, language,
                    created_at AS joined_at, suspended_at, is_added, wanted_email, wanted_until,
                    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password
             FROM member ",
            $rest
        )
    };
}

/// The member with this id; erased ones are left out.
pub fn by_id(tx: &mut Tx, id: MemberId) -> Result<Option<Member>, StoreError> {
    tx.query_one(
        select_member!("WHERE id = $1 AND erased_at IS NULL"),
        &[&id],
        Member::from_row,
    )
}

/// The member with the handle that has this key; erased ones are left out.
pub fn by_handle(tx: &mut Tx, handle_key: &str) -> Result<Option<Member>, StoreError> {
    tx.query_one(
        select_member!("WHERE handle_key = $1 AND erased_at IS NULL"),
        &[&handle_key],
        Member::from_row,
    )
}

/// The member who proved this address.
pub fn with_proven(tx: &mut Tx, email: &Email) -> Result<Option<Member>, StoreError> {
    tx.query_one(
        select_member!("WHERE email_key = $1 AND verified_at IS NOT NULL"),
        &[&email.as_str()],
        Member::from_row,
    )
}

/// The member who has this address without proof; of several the one whom the site's owner added, then the oldest.
pub fn with_unproven(tx: &mut Tx, email: &Email) -> Result<Option<Member>, StoreError> {
    tx.query_one(
        select_member!(
            "WHERE email_key = $1 AND verified_at IS NULL
             ORDER BY is_added DESC, created_at, id LIMIT 1"
        ),
        &[&email.as_str()],
        Member::from_row,
    )
}

/// Members who joined with this address, have not proven it and are not suspended, the newest first.
pub fn all_unproven(tx: &mut Tx, email: &Email, limit: i64) -> Result<Vec<Member>, StoreError> {
    tx.query(
        select_member!(
            "WHERE email_key = $1 AND is_added = 0 AND verified_at IS NULL AND suspended_at IS NULL
             ORDER BY created_at DESC, id DESC LIMIT $2"
        ),
        &[&email.as_str(), &limit],
        Member::from_row,
    )
}

/// Members who have this address: the one who proved it, then at most ten who have not.
pub fn with_address(tx: &mut Tx, email: &Email) -> Result<Vec<Member>, StoreError> {
    let proven = with_proven(tx, email)?;
    let unproven = tx.query(
        select_member!(
            "WHERE email_key = $1 AND verified_at IS NULL
             ORDER BY is_added DESC, created_at, id LIMIT 10"
        ),
        &[&email.as_str()],
        Member::from_row,
    )?;
    Ok(proven.into_iter().chain(unproven).collect())
}

/// Members that are not erased, by their time of joining, after the one who joined at this moment with this id.
pub fn joined_after(
    tx: &mut Tx,
    (joined_at, id): (Timestamp, MemberId),
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    tx.query(
        select_member!(
            "WHERE (created_at, id) > ($1, $2) AND erased_at IS NULL ORDER BY created_at, id LIMIT $3"
        ),
        &[&joined_at, &id, &limit],
        Member::from_row,
    )
}

/// Handles and shown names of the staff, in no order. Nobody else may have similar ones.
pub fn staff_names(tx: &mut Tx) -> Result<Vec<(MemberId, String, String)>, StoreError> {
    tx.query(
        "SELECT id, handle, name FROM member WHERE role <> 'member' AND erased_at IS NULL",
        &[],
        |row| Ok((row.get("id")?, row.get("handle")?, row.get("name")?)),
    )
}

/// How many owners there are who are neither erased nor suspended.
pub fn n_owners(tx: &mut Tx) -> Result<i64, StoreError> {
    let n = tx.query_one(
        "SELECT COUNT(*) AS n FROM member
         WHERE role <> 'member' AND role = 'owner' AND erased_at IS NULL AND suspended_at IS NULL",
        &[],
        |row| row.get("n"),
    )?;
    Ok(n.unwrap_or(0))
}

/// Members who are neither erased nor suspended; with `verified_only` those whose address is proven.
pub fn n_members(tx: &mut Tx, verified_only: bool) -> Result<u32, StoreError> {
    let n: Option<i64> = tx.query_one(
        "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) AS n FROM member_count WHERE is_verified >= $1",
        &[&verified_only],
        |row| row.get("n"),
    )?;
    Ok(n.and_then(|it| u32::try_from(it).ok()).unwrap_or_default())
}

/// As whom [`n_members`] counts a member: proven or not; `None` for one who is erased or suspended.
fn counted_as(tx: &mut Tx, id: MemberId) -> Result<Option<bool>, StoreError> {
    tx.query_one(
        "SELECT verified_at IS NOT NULL AS is_verified FROM member
         WHERE id = $1 AND erased_at IS NULL AND suspended_at IS NULL",
        &[&id],
        |row| row.get("is_verified"),
    )
}

fn count_on(tx: &mut Tx, is_verified: bool, more: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO member_count (is_verified, n) VALUES ($1, $2)
         ON CONFLICT (is_verified) DO UPDATE SET n = member_count.n + excluded.n",
        &[&is_verified, &more],
    )?;
    Ok(())
}

/// Changes a member's row and keeps the number of members.
pub fn counting<T>(
    tx: &mut Tx,
    id: MemberId,
    change: impl FnOnce(&mut Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before = counted_as(tx, id)?;
    let given = change(tx)?;
    let after = counted_as(tx, id)?;
    if before != after {
        for (counted, more) in [(before, -1), (after, 1)] {
            if let Some(is_verified) = counted {
                count_on(tx, is_verified, more)?;
            }
        }
    }
    Ok(given)
}

/// Makes a member; false when the handle is taken, or the address is to be proven and somebody has proven it.
pub fn insert(tx: &mut Tx, new: &NewMember, now: Timestamp) -> Result<bool, StoreError> {
    let verified_at = new.is_verified.then_some(now);
    let password_at = new.password_hash.as_ref().map(|_| now);
    let n_added = tx.execute(
        "INSERT INTO member (id, handle, handle_key, skeleton, email, email_key, name, password_hash, password_at,
                             role, newsletter, language, created_at, updated_at, verified_at, is_added)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)
         ON CONFLICT DO NOTHING",
        &[
            &new.id,
            &new.handle.as_str(),
            &new.handle.key(),
            &new.handle.skeleton(),
            &new.email.as_str(),
            &new.name,
            &new.password_hash,
            &password_at,
            &new.role.as_str(),
            &new.newsletter,
            &new.language,
            &now,
            &verified_at,
            &new.is_added,
        ],
    )?;
    if n_added == 1 {
        count_on(tx, new.is_verified, 1)?;
    }
    Ok(n_added == 1)
}

/// The PHC string of a member's password; `None` also when there is none.
pub fn password_of(tx: &mut Tx, id: MemberId) -> Result<Option<String>, StoreError> {
    let hash = tx.query_one(
        "SELECT password_hash FROM member WHERE id = $1 AND erased_at IS NULL",
        &[&id],
        |row| row.get::<Option<String>>("password_hash"),
    )?;
    Ok(hash.flatten())
}

/// Sets the password.
pub fn set_password(
    tx: &mut Tx,
    id: MemberId,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET password_hash = $2, password_at = $3, updated_at = $3 WHERE id = $1",
        &[&id, &hash, &now],
    )?;
    Ok(())
}

/// Removes the password.
pub fn clear_password(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET password_hash = NULL, password_at = NULL, updated_at = $2 WHERE id = $1",
        &[&id, &now],
    )?;
    Ok(())
}

/// Notes that the member's present address is proven; false when somebody else has proven it before.
pub fn set_verified(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<bool, StoreError> {
    let n_changed = counting(tx, id, |tx| {
        tx.execute(
            "UPDATE member SET verified_at = $2, updated_at = $2
             WHERE id = $1 AND verified_at IS NULL AND NOT EXISTS (
                 SELECT 1 FROM member AS other
                 WHERE other.email_key = member.email_key AND other.verified_at IS NOT NULL
             )",
            &[&id, &now],
        )
    })?;
    Ok(n_changed == 1)
}

/// Sets a proven address; false when somebody else has proven it before.
pub fn set_email(
    tx: &mut Tx,
    id: MemberId,
    email: &Email,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let n_changed = counting(tx, id, |tx| {
        tx.execute(
            "UPDATE member SET email = $2, email_key = $2, verified_at = $3, updated_at = $3,
                               wanted_email = NULL, wanted_until = NULL
             WHERE id = $1 AND NOT EXISTS (
                 SELECT 1 FROM member AS other
                 WHERE other.email_key = $2 AND other.verified_at IS NOT NULL AND other.id <> $1
             )",
            &[&id, &email.as_str(), &now],
        )
    })?;
    Ok(n_changed == 1)
}

/// Stores the address that a member asked for and until when its letter is valid. `None` cancels the change.
pub fn want_email(
    tx: &mut Tx,
    id: MemberId,
    wanted: Option<(&Email, Timestamp)>,
) -> Result<(), StoreError> {
    let (email, until) = wanted.unzip();
    tx.execute(
        "UPDATE member SET wanted_email = $2, wanted_until = $3 WHERE id = $1",
        &[&id, &email.map(Email::as_str), &until],
    )?;
    Ok(())
}

/// Sets the shown name.
pub fn set_name(tx: &mut Tx, id: MemberId, name: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET name = $2, updated_at = $3 WHERE id = $1",
        &[&id, &name, &now],
    )?;
    Ok(())
}

/// Sets whether the newsletter is wanted.
pub fn set_newsletter(
    tx: &mut Tx,
    id: MemberId,
    wanted: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET newsletter = $2, updated_at = $3 WHERE id = $1",
        &[&id, &wanted, &now],
    )?;
    Ok(())
}

/// Sets the role.
pub fn set_role(tx: &mut Tx, id: MemberId, role: Role, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE member SET role = $2, updated_at = $3 WHERE id = $1",
        &[&id, &role.as_str(), &now],
    )?;
    Ok(())
}

/// Suspends a member since a moment, with an optional reason. `None` lifts the suspension.
pub fn set_suspended(
    tx: &mut Tx,
    id: MemberId,
    suspended: Option<(Timestamp, Option<&str>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (at, reason) = suspended.unzip();
    counting(tx, id, |tx| {
        tx.execute(
            "UPDATE member SET suspended_at = $2, suspended_for = $3, updated_at = $4 WHERE id = $1",
            &[&id, &at, &reason.flatten(), &now],
        )
    })?;
    Ok(())
}

/// Why a member is suspended; `None` without a reason.
pub fn suspended_for(tx: &mut Tx, id: MemberId) -> Result<Option<String>, StoreError> {
    let reason = tx.query_one(
        "SELECT suspended_for FROM member WHERE id = $1 AND suspended_at IS NOT NULL",
        &[&id],
        |row| row.get("suspended_for"),
    )?;
    Ok(reason.flatten())
}

/// Looks at unverified accounts that joined before a moment and after `from`, the oldest first, at most `limit`, and deletes
/// those that no row of another table keeps. Their sessions and letters' tokens go with them, and their handles are free
/// again. Whoever was given a role or a tier, or said or did anything, stays. Returns the last one that was looked at;
/// `None` at the end.
pub fn forget_unverified(
    tx: &mut Tx,
    tables: &'static Tables,
    before: Timestamp,
    from: (Timestamp, MemberId),
    limit: i64,
) -> Result<Option<(Timestamp, MemberId)>, StoreError> {
    let found: Vec<(Timestamp, MemberId)> = tx.query(
        "SELECT created_at, id FROM member
         WHERE verified_at IS NULL AND erased_at IS NULL AND role = 'member'
           AND created_at < $1 AND (created_at, id) > ($2, $3)
         ORDER BY created_at, id LIMIT $4",
        &[&before, &from.0, &from.1, &limit],
        |row| Ok((row.get("created_at")?, row.get("id")?)),
    )?;
    let Some(last) = found.last().copied() else {
        return Ok(None);
    };
    let mut ids: Vec<String> = found.into_iter().map(|it| it.1.to_string()).collect();
    let used = used_accounts(tx, tables, &ids)?;
    ids.retain(|id| !used.contains(id));
    let counted = tx.query(
        "DELETE FROM member WHERE id IN ({{each}}($1)) RETURNING suspended_at IS NULL AS is_counted",
        &[&json!(ids).to_string()],
        |row| row.get::<bool>("is_counted"),
    )?;
    let n_gone = counted.into_iter().filter(|it| *it).count() as i64;
    if n_gone > 0 {
        count_on(tx, false, -n_gone)?;
    }
    Ok(Some(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::accounts::Handle;
    use crate::edge::accounts::service::leave;
    use crate::edge::slices;
    use crate::edge::store::tests::on_each_engine;
    use uuid::Uuid;

    fn new_member(n: u64, is_verified: bool) -> NewMember {
        NewMember {
            id: MemberId(Uuid::from_u128(u128::from(n) + 1)),
            handle: Handle::parse(&format!("member{n}")).unwrap(),
            email: Email::parse(&format!("m{n}@example.org")).unwrap(),
            name: String::new(),
            password_hash: None,
            role: Role::Member,
            newsletter: false,
            language: None,
            is_verified,
            is_added: false,
        }
    }

    /// Members who come, prove their addresses, are shut out, leave and are forgotten.
    fn live(tx: &mut Tx) -> Result<(), StoreError> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % n
        };
        for act in 0..400 {
            let now = Timestamp::from_millis(act);
            let n = below(30);
            let new = new_member(n, below(2) == 0);
            let (id, email) = (new.id, Email::parse(&format!("n{n}@example.org")).unwrap());
            match below(8) {
                0..=2 => drop(insert(tx, &new, now)?),
                3 => drop(set_verified(tx, id, now)?),
                4 => drop(set_email(tx, id, &email, now)?),
                5 => set_suspended(tx, id, (below(2) == 0).then_some((now, None)), now)?,
                6 => leave::erase(tx, slices::tables(), id, now)?,
                _ => {
                    let mut from = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
                    while let Some(next) = forget_unverified(tx, slices::tables(), now, from, 2)? {
                        from = next;
                    }
                }
            }
            let counted = tx.query_one(
                "SELECT COUNT(*) AS n, COUNT(verified_at) AS n_verified FROM member
                 WHERE erased_at IS NULL AND suspended_at IS NULL",
                &[],
                |row| Ok((row.get("n")?, row.get("n_verified")?)),
            )?;
            let kept = (n_members(tx, false)?, n_members(tx, true)?);
            assert_eq!(Some(kept), counted, "after act {act}");
        }
        Ok(())
    }

    #[test]
    fn members_are_counted_as_their_rows_would_be() {
        on_each_engine(|store, _| store.write_blocking(live).unwrap());
    }
}
