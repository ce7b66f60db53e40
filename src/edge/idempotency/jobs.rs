//! Kept answers are thrown away when their time is over.

use crate::edge::idempotency::{KEPT_SECS, sql};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::tasks::{JobError, Runner};
use std::sync::Arc;

const FORGET: &str = "idempotency.forget";

/// Adds the hourly tidying.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let edge = edge.clone();
    let forget = move |_: &_| {
        let before = edge.clock.now().plus_secs(-KEPT_SECS);
        edge.store.write_in_batches((), move |tx, (), limit| {
            Ok::<_, JobError>(more(sql::forget(tx, before, limit)?, limit))
        })
    };
    runner.every(FORGET, 3600, Arc::new(forget))
}
