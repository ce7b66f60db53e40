//! What the edge forgets of readers by itself: yesterday's key of visitors, and visitors of long ago.

use crate::edge::engagement::{VISITORS_KEPT_DAYS, day_of, sql};
use crate::edge::slice::{Job, When};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::JobError;

/// The key of a day is gone within this time after its end, even when nobody comes by.
const EVERY_SECS: i64 = 900;

/// Deletes the key of yesterday's visitors, and what visitors read long ago.
pub const FORGET: Job = Job {
    kind: "engagement.forget",
    when: When::Every(EVERY_SECS),
    run: forget,
};

fn forget(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let today = day_of(edge.clock.now());
    edge.store
        .write_blocking(move |tx| sql::forget_salts(tx, today))?;
    edge.store.write_in_batches((), move |tx, (), limit| {
        let n_gone = sql::forget_visitors(tx, today - VISITORS_KEPT_DAYS, limit)?;
        Ok::<_, JobError>(more(n_gone, limit))
    })
}
