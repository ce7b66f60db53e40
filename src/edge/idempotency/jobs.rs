//! Kept answers are deleted when their time is over.

use crate::edge::idempotency::{KEPT_SECS, sql};
use crate::edge::slice::{Job, When};
use crate::edge::state::Edge;
use crate::edge::store::batches::more;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::JobError;

/// The hourly tidying.
pub const FORGET: Job = Job {
    kind: "idempotency.forget",
    when: When::Every(3600),
    run: forget,
};

fn forget(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let before = edge.clock.now().plus_secs(-KEPT_SECS);
    edge.store.write_in_batches((), move |tx, (), limit| {
        Ok::<_, JobError>(more(sql::forget(tx, before, limit)?, limit))
    })
}
