//! Periodic work on accounts: unverified accounts are deleted after 30 days, expired claims and held-back handles every
//! hour; interrupted erasures are finished; members get a letter when a grant ends.

use crate::clock::Timestamp;
use crate::edge::accounts::service::leave;
use crate::edge::accounts::{MemberId, sql};
use crate::edge::entropy::Entropy;
use crate::edge::mail::{self, EmailKind, Given};
use crate::edge::slice::{Job, When};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::store::jobs::TakenJob;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tasks::{JobError, Retry};
use uuid::Uuid;

/// Ends that are looked at together at least: rows that no tier is known for must not hold up the others.
const FEWEST_ENDS: i64 = 50;
const EVERY_SECS: i64 = 3_600;
/// How long an unverified account is kept.
const UNVERIFIED_KEPT_SECS: i64 = 30 * 86_400;

/// All of them.
pub const ALL: &[Job] = &[
    Job {
        kind: "members.forget_unverified",
        when: When::Every(EVERY_SECS),
        run: forget_unverified,
    },
    Job {
        kind: "members.forget_claims",
        when: When::Every(EVERY_SECS),
        run: forget_claims,
    },
    Job {
        kind: "members.tell_ends",
        when: When::Every(600),
        run: tell_all_ends,
    },
    Job {
        kind: leave::ERASE,
        when: When::Asked {
            retry: Retry::BACKGROUND,
            n_workers: 1,
        },
        run: finish_erasure,
    },
];

/// A site that asks for no proof keeps every account.
fn forget_unverified(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    if !edge.release().manifest().edge.members.verify_email {
        return Ok(());
    }
    let (tables, before) = (
        edge.tables,
        edge.clock.now().plus_secs(-UNVERIFIED_KEPT_SECS),
    );
    let first = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
    edge.store.write_in_batches(first, move |tx, from, limit| {
        Ok::<_, JobError>(sql::member::forget_unverified(
            tx, tables, before, *from, limit,
        )?)
    })
}

fn forget_claims(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let now = edge.clock.now();
    edge.store.write_in_batches((), move |tx, (), limit| {
        Ok::<_, JobError>(more(sql::claim::forget(tx, now, limit)?, limit))
    })?;
    edge.store.write_in_batches((), move |tx, (), limit| {
        Ok::<_, JobError>(more(sql::handle::end_rests(tx, now, limit)?, limit))
    })
}

fn tell_all_ends(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let (entropy, now) = (edge.entropy.clone(), edge.clock.now());
    edge.store.write_in_batches((), move |tx, (), limit| {
        let limit = limit.max(FEWEST_ENDS);
        Ok::<_, JobError>(more(tell_ends(tx, limit, (&entropy, now))?, limit))
    })
}

fn finish_erasure(edge: &Edge, job: &TakenJob) -> Result<(), JobError> {
    match leave::subject_of(job) {
        Some(id) => Ok(leave::finish(&edge.store, edge.tables, id)?),
        None => Err(JobError::Never("it names no member".into())),
    }
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
            mail::tell_of_tier(tx, &member, (EmailKind::Ended, &given), stamp)?;
        }
    }
    sql::entitlement::ends_told(tx, &rows)?;
    Ok(rows.len() as u64)
}
