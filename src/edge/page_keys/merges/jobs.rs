//! Periodic work: rows that come to a page after it became another one.

use crate::edge::page_keys::merges;
use crate::edge::slice::{Job, When};
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::JobError;

/// Moves what requests that still had the last release, and edges that still have it open, add to a page that the open
/// release has made part of another one. Without such a page it asks the store nothing.
pub const MERGE: Job = Job {
    kind: "pages.merge",
    when: When::Every(30),
    run: merge,
};

fn merge(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let release = edge.release();
    Ok(merges::finish(
        &edge.store,
        edge.tables,
        release.keys().merges(),
    )?)
}
