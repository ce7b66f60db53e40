//! Which handles are free: no member has the same or a similar-looking one, and none was given up within a year, by an
//! erasure or a change of handle.
//!
//! [`fill`] computes the skeletons of handles that an older version stored.

use crate::clock::Timestamp;
use crate::edge::accounts::{Handle, MemberId, sql};
use crate::edge::attempts;
use crate::edge::store::{Store, StoreError, Tx};

/// How long a handle that was given up is held back, so that nobody is taken for its former owner.
const REST_SECS: i64 = 365 * 86_400;
/// Kind of the keyed hashes of handles that are held back.
const REST: &str = "handle_rest";
/// Members whose skeletons are made in one transaction.
const MEMBERS_AT_ONCE: i64 = 1_000;

/// Whether a handle may be taken by `member`, or by a new one.
pub fn is_free(
    tx: &mut Tx,
    handle: &Handle,
    member: Option<MemberId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let holders = [
        sql::handle::holder_of_key(tx, &handle.key())?,
        sql::handle::holder_of_skeleton(tx, &handle.skeleton())?,
    ];
    if holders.into_iter().flatten().any(|id| Some(id) != member) {
        return Ok(false);
    }
    let mut rests_now = false;
    for hash in rests(tx, handle, now)? {
        rests_now |= sql::handle::rests_at(tx, &hash, now)?;
    }
    if !rests_now {
        return Ok(true);
    }
    match member {
        Some(member) => {
            let own = own_rest(tx, handle, member, now)?;
            sql::handle::rests_at(tx, &own, now)
        }
        None => Ok(false),
    }
}

/// Holds back the former handle of a member. Only that member may take it again.
pub fn lay_aside(
    tx: &mut Tx,
    handle: &Handle,
    member: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    lay_to_rest(tx, handle, now)?;
    let own = own_rest(tx, handle, member, now)?;
    sql::handle::rest(tx, &own, now.plus_secs(REST_SECS))
}

fn own_rest(
    tx: &mut Tx,
    handle: &Handle,
    member: MemberId,
    now: Timestamp,
) -> Result<String, StoreError> {
    attempts::hashed(tx, REST, &format!("{member} {}", handle.key()), now)
}

/// Holds back the handle of an erased member.
pub fn lay_to_rest(tx: &mut Tx, handle: &Handle, now: Timestamp) -> Result<(), StoreError> {
    for hash in rests(tx, handle, now)? {
        sql::handle::rest(tx, &hash, now.plus_secs(REST_SECS))?;
    }
    Ok(())
}

/// The keyed hashes of a handle that is held back. The handle itself is not stored: it would name an erased member.
fn rests(tx: &mut Tx, handle: &Handle, now: Timestamp) -> Result<[String; 2], StoreError> {
    Ok([
        attempts::hashed(tx, REST, &handle.key(), now)?,
        attempts::hashed(tx, REST, &handle.skeleton(), now)?,
    ])
}

/// Makes the skeletons of all handles, where they were made by another program or with other tables of Unicode. Of two
/// members whose handles look the same the older one gets it, and both keep their handles. Blocks; to be called before
/// serving.
pub fn fill(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let (major, minor, update) = unicode_security::UNICODE_VERSION;
    let wanted = format!("UTS 39 {major}.{minor}.{update}, 1");
    let known = store.read_blocking(sql::handle::skeletons_made_by)?;
    if known.as_deref() == Some(&wanted) {
        return Ok(());
    }
    store.write_blocking(sql::handle::clear_skeletons)?;
    let mut after = MemberId(uuid::Uuid::nil());
    loop {
        let filled = store.write_blocking(move |tx| fill_some(tx, after))?;
        match filled {
            Some(last) => after = last,
            None => break,
        }
    }
    store.write_blocking(move |tx| sql::handle::note_skeletons(tx, &wanted, now))
}

/// The last member whose skeleton was made; `None` at the end.
fn fill_some(tx: &mut Tx, after: MemberId) -> Result<Option<MemberId>, StoreError> {
    let handles = sql::handle::handles_after(tx, after, MEMBERS_AT_ONCE)?;
    let last = handles.last().map(|(id, _)| *id);
    for (id, handle) in handles {
        if let Some(handle) = Handle::parse(&handle) {
            sql::handle::set_skeleton(tx, id, &handle.skeleton())?;
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::fixture::NOW;
    use crate::edge::store::tests::on_each_engine;
    use uuid::Uuid;

    fn add(tx: &mut Tx, id: u128, handle: &str) -> Result<u64, StoreError> {
        let id = MemberId(Uuid::from_u128(id));
        tx.execute(
            "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at)
             VALUES ($1, $2, $2, '', 'member', 0, 0)",
            &[&id, &handle],
        )
    }

    fn free(tx: &mut Tx, handle: &str) -> Result<bool, StoreError> {
        is_free(tx, &Handle::parse(handle).unwrap(), None, NOW)
    }

    /// Members of before keep handles that look the same; nobody else gets one.
    #[test]
    fn handles_of_before_stay() {
        on_each_engine(|store, _| {
            let made = |tx: &mut Tx| {
                for (id, handle) in [(1, "modern"), (2, "modem"), (3, "mei"), (4, "x")] {
                    add(tx, id, handle)?;
                }
                Ok::<_, StoreError>(())
            };
            store.write_blocking(made).unwrap();
            for _ in 0..2 {
                fill(store, NOW).unwrap();
                let skeletons = |tx: &mut Tx| {
                    tx.query("SELECT skeleton FROM member ORDER BY id", &[], |row| {
                        row.get::<Option<String>>(0)
                    })
                };
                let skeletons = store.read_blocking(skeletons).unwrap();
                let expected = Handle::parse("modern").unwrap().skeleton();
                assert_eq!(skeletons[0], Some(expected));
                assert_eq!((&skeletons[1], &skeletons[3]), (&None, &None));
                assert!(skeletons[2].is_some());
            }
            let looked = |tx: &mut Tx| {
                let names = ["Modern", "rnodern", "modem", "rnei", "mai", "erased"];
                names
                    .map(|it| free(tx, it))
                    .into_iter()
                    .collect::<Result<Vec<_>, _>>()
            };
            let found = store.write_blocking(looked).unwrap();
            assert_eq!(found, [false, false, false, false, true, true]);
        });
    }

    /// Nobody is called like somebody who was erased, for a year, and the store does not say who that was.
    #[test]
    fn an_erased_handle_rests() {
        on_each_engine(|store, _| {
            let rested = |tx: &mut Tx| {
                lay_to_rest(tx, &Handle::parse("Zephyrine").unwrap(), NOW)?;
                let mut found = Vec::new();
                for (handle, days) in [
                    ("zephyrine", 0),
                    ("Zephyrlne", 1),
                    ("zephyrine", 364),
                    ("zephyrine", 365),
                ] {
                    let now = NOW.plus_secs(days * 86_400);
                    found.push(is_free(tx, &Handle::parse(handle).unwrap(), None, now)?);
                }
                let hashes = tx.query("SELECT hash FROM handle_rest", &[], |row| {
                    row.get::<String>(0)
                })?;
                Ok::<_, StoreError>((found, hashes))
            };
            let (found, hashes) = store.write_blocking(rested).unwrap();
            assert_eq!(found, [false, true, false, true]);
            assert!(hashes.iter().all(|it| !it.contains("zephyr")), "{hashes:?}");
        });
    }
}
