//! Claims and rests of handles that ended, and accounts whose address nobody ever proved, are deleted.

use crate::edge::members::{claims, sql};
use crate::edge::state::Edge;
use crate::edge::tasks::Runner;
use std::sync::Arc;

const FORGET: &str = "members.forget_unverified";
const FORGET_CLAIMS: &str = "members.forget_claims";
const EVERY_SECS: i64 = 3_600;
/// How long an account may wait for its address to be proven.
const UNVERIFIED_KEPT_SECS: i64 = 30 * 86_400;
/// Most accounts that go in one round, so that nobody waits long for the writer.
const MOST_AT_ONCE: i64 = 500;

/// Adds the hourly tidying. A site that asks for no proof keeps every account.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let (edge, claimed) = (edge.clone(), edge.clone());
    let forget = move |_: &_| {
        if !edge.release().manifest().edge.members.verify_email {
            return Ok(());
        }
        let before = edge.clock.now().plus_secs(-UNVERIFIED_KEPT_SECS);
        edge.store
            .write_blocking(move |tx| sql::forget_unverified(tx, before, MOST_AT_ONCE))?;
        Ok(())
    };
    let forget_claims = move |_: &_| {
        let now = claimed.clock.now();
        claimed.store.write_blocking(move |tx| {
            claims::forget(tx, now, MOST_AT_ONCE)?;
            sql::end_rests(tx, now)
        })?;
        Ok(())
    };
    runner.every(FORGET, EVERY_SECS, Arc::new(forget)).every(
        FORGET_CLAIMS,
        EVERY_SECS,
        Arc::new(forget_claims),
    )
}
