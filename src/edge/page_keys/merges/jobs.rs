//! Periodic work: rows that come to a page after it became another one.

use crate::edge::page_keys::merges;
use crate::edge::state::Edge;
use crate::edge::tasks::{JobError, Runner};
use std::sync::Arc;

const MERGE: &str = "pages.merge";
const EVERY_SECS: i64 = 30;

/// Adds the work that moves what requests that still had the last release, and edges that still have it open, add to a
/// page that the open release has made part of another one. Without such a page it asks the store nothing.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let edge = edge.clone();
    let merge = move |_: &_| -> Result<(), JobError> {
        Ok(merges::finish(&edge.store, edge.release().keys().merges())?)
    };
    runner.every(MERGE, EVERY_SECS, Arc::new(merge))
}
