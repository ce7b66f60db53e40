//! Two pages that became one: rows of the one that is gone are moved to the other.
//!
//! They are moved before the release that says so is opened, some at a time, so that no other write waits for them.
//! Where a member has a row of both, that of the page that stays does. Doing it again moves nothing.

pub mod jobs;
mod sql;

#[cfg(test)]
pub use sql::go_on;

use crate::edge::page_keys::{Merge, PageKey, sql::with_rows};
use crate::edge::store::{Store, StoreError};

/// Moves what is still to be moved. Blocks.
pub fn finish(store: &Store, merges: &[Merge]) -> Result<(), StoreError> {
    if merges.is_empty() {
        return Ok(());
    }
    let from: Vec<PageKey> = merges.iter().map(|it| it.from.clone()).collect();
    let with_rows = store.read_blocking(move |tx| with_rows(tx, &from))?;
    for merge in merges.iter().filter(|it| with_rows.contains(&it.from)) {
        let (from, into) = (merge.from.clone(), merge.into.clone());
        store.write_in_batches((), move |tx, (), limit| sql::go_on(tx, &from, &into, limit))?;
    }
    Ok(())
}
