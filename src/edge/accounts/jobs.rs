//! Claims and rests of handles that ended, and accounts whose address nobody ever proved, are deleted, and erasures
//! that were cut off are finished. Members are told when what they were given is over.

use crate::clock::Timestamp;
use crate::edge::accounts::service::leave;
use crate::edge::accounts::{MemberId, sql};
use crate::edge::entropy::Entropy;
use crate::edge::mail::{self, Given, Letter};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::store::jobs::TakenJob;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tasks::{JobError, Retry, Runner};
use std::sync::Arc;
use uuid::Uuid;

const FORGET: &str = "members.forget_unverified";
const FORGET_CLAIMS: &str = "members.forget_claims";
const TELL_ENDS: &str = "members.tell_ends";
const TELL_ENDS_EVERY_SECS: i64 = 600;
/// Ends that are looked at together at least: rows that no tier is known for must not hold up the others.
const FEWEST_ENDS: i64 = 50;
const EVERY_SECS: i64 = 3_600;
/// How long an account may wait for its address to be proven.
const UNVERIFIED_KEPT_SECS: i64 = 30 * 86_400;
/// Adds the hourly tidying. A site that asks for no proof keeps every account.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let (edge, claimed, store) = (edge.clone(), edge.clone(), edge.store.clone());
    let told = edge.clone();
    let tell = move |_: &_| {
        let (entropy, now) = (told.entropy.clone(), told.clock.now());
        told.store.write_in_batches((), move |tx, (), limit| {
            let limit = limit.max(FEWEST_ENDS);
            Ok::<_, JobError>(more(tell_ends(tx, limit, (&entropy, now))?, limit))
        })
    };
    let forget = move |_: &_| {
        if !edge.release().manifest().edge.members.verify_email {
            return Ok(());
        }
        let before = edge.clock.now().plus_secs(-UNVERIFIED_KEPT_SECS);
        let first = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
        edge.store.write_in_batches(first, move |tx, from, limit| {
            Ok::<_, JobError>(sql::member::forget_unverified(tx, before, *from, limit)?)
        })
    };
    let forget_claims = move |_: &_| {
        let now = claimed.clock.now();
        claimed.store.write_in_batches((), move |tx, (), limit| {
            Ok::<_, JobError>(more(sql::claim::forget(tx, now, limit)?, limit))
        })?;
        claimed.store.write_in_batches((), move |tx, (), limit| {
            Ok::<_, JobError>(more(sql::handle::end_rests(tx, now, limit)?, limit))
        })
    };
    let finish = move |job: &TakenJob| match leave::subject_of(job) {
        Some(id) => Ok(leave::finish(&store, id)?),
        None => Err(JobError::Never("it names no member".into())),
    };
    runner
        .every(FORGET, EVERY_SECS, Arc::new(forget))
        .every(TELL_ENDS, TELL_ENDS_EVERY_SECS, Arc::new(tell))
        .every(FORGET_CLAIMS, EVERY_SECS, Arc::new(forget_claims))
        .on(leave::ERASE, Retry::BACKGROUND, 1, Arc::new(finish))
}

/// Has a letter sent for what ended and was not told, at most `limit`, except where the member has the same tier
/// otherwise. Returns how many ends that were.
fn tell_ends(tx: &mut Tx, limit: i64, stamp: (&Entropy, Timestamp)) -> Result<u64, StoreError> {
    let ended = sql::entitlement::ends_to_tell(tx, stamp.1, limit)?;
    let rows: Vec<Uuid> = ended.iter().map(|it| it.0).collect();
    for (_, id, given) in ended {
        let held = sql::entitlement::entitlements_of(tx, id)?;
        let goes_on = held
            .iter()
            .any(|it| it.tier == given.tier && it.holds_at(stamp.1));
        let member = sql::member::by_id(tx, id)?.filter(|_| !goes_on);
        if let Some(member) = member {
            let given = Given {
                tier: given.tier,
                until: given.until,
            };
            mail::tell_of_tier(tx, &member, (Letter::Ended, &given), stamp)?;
        }
    }
    sql::entitlement::ends_told(tx, &rows)?;
    Ok(rows.len() as u64)
}
