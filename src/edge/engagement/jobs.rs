//! What the edge forgets of readers by itself: yesterday's key of visitors, and visitors of long ago.

use crate::edge::engagement::{VISITORS_KEPT_DAYS, day_of, sql};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::tasks::{JobError, Runner};
use std::sync::Arc;

const FORGET: &str = "engagement.forget";
/// The key of a day is gone within this time after its end, even when nobody comes by.
const EVERY_SECS: i64 = 900;

/// Adds the tidying.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let edge = edge.clone();
    let forget = move |_: &_| {
        let today = day_of(edge.clock.now());
        edge.store
            .write_blocking(move |tx| sql::forget_salts(tx, today))?;
        edge.store.write_in_batches((), move |tx, (), limit| {
            let n_gone = sql::forget_visitors(tx, today - VISITORS_KEPT_DAYS, limit)?;
            Ok::<_, JobError>(more(n_gone, limit))
        })
    };
    runner.every(FORGET, EVERY_SECS, Arc::new(forget))
}
