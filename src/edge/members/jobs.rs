//! Claims and rests of handles that ended, and accounts whose address nobody ever proved, are deleted, and erasures
//! that were cut off are finished.

use crate::clock::Timestamp;
use crate::edge::members::{MemberId, claims, leave, sql};
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::{JobError, Retry, Runner};
use std::sync::Arc;
use uuid::Uuid;

const FORGET: &str = "members.forget_unverified";
const FORGET_CLAIMS: &str = "members.forget_claims";
const EVERY_SECS: i64 = 3_600;
/// How long an account may wait for its address to be proven.
const UNVERIFIED_KEPT_SECS: i64 = 30 * 86_400;
/// Most claims that go in one round.
const MOST_AT_ONCE: i64 = 500;

/// Adds the hourly tidying. A site that asks for no proof keeps every account.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let (edge, claimed, store) = (edge.clone(), edge.clone(), edge.store.clone());
    let forget = move |_: &_| {
        if !edge.release().manifest().edge.members.verify_email {
            return Ok(());
        }
        let before = edge.clock.now().plus_secs(-UNVERIFIED_KEPT_SECS);
        let first = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
        edge.store.write_in_batches(first, move |tx, from, limit| {
            Ok::<_, JobError>(sql::forget_unverified(tx, before, *from, limit)?)
        })
    };
    let forget_claims = move |_: &_| {
        let now = claimed.clock.now();
        claimed.store.write_blocking(move |tx| {
            claims::forget(tx, now, MOST_AT_ONCE)?;
            sql::end_rests(tx, now)
        })?;
        Ok(())
    };
    let finish = move |job: &TakenJob| match leave::subject_of(job) {
        Some(id) => Ok(leave::finish(&store, id)?),
        None => Err(JobError::Never("it names no member".into())),
    };
    runner
        .every(FORGET, EVERY_SECS, Arc::new(forget))
        .every(FORGET_CLAIMS, EVERY_SECS, Arc::new(forget_claims))
        .on(leave::ERASE, Retry::BACKGROUND, 1, Arc::new(finish))
}
