//! Periodic work: rows that came under a former name later.

use crate::edge::renames::try_follow_all;
use crate::edge::state::Edge;
use crate::edge::tasks::{JobError, Runner};
use std::sync::Arc;

const FOLLOW: &str = "renames.follow";
const EVERY_SECS: i64 = 30;

/// Adds the work that moves what came under a former name later, from requests that still had the last release
/// and from other edges.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let edge = edge.clone();
    let follow = move |_: &_| -> Result<(), JobError> {
        Ok(try_follow_all(&edge.store, edge.release().manifest())?)
    };
    runner.every(FOLLOW, EVERY_SECS, Arc::new(follow))
}
