//! Two pages that became one: rows of the one that is gone are moved to the other.
//!
//! They are moved before the release that says so is opened, some at a time, so that no other write waits for them.
//! How the rows of a table are moved is said where the table is described. Doing it again moves nothing.

pub mod jobs;

use crate::edge::page_keys::{Merge, PageKey};
use crate::edge::store::{Store, StoreError, Tx};
use crate::edge::tables::{self, MoveRows, Table, Tables, pages_with_rows};

/// Moves what is still to be moved. Blocks.
pub fn finish(store: &Store, tables: &'static Tables, merges: &[Merge]) -> Result<(), StoreError> {
    if merges.is_empty() {
        return Ok(());
    }
    let from: Vec<PageKey> = merges.iter().map(|it| it.from.clone()).collect();
    let with_rows = store.read_blocking(move |tx| pages_with_rows(tx, tables, &from))?;
    for merge in merges.iter().filter(|it| with_rows.contains(&it.from)) {
        let (from, into) = (merge.from.clone(), merge.into.clone());
        store.write_in_batches((), move |tx, (), limit| {
            go_on(tx, tables, (&from, &into), limit)
        })?;
    }
    Ok(())
}

/// Moves some rows of `old` to `new`, at most `limit` of one table, with what is counted of them; `None` when nothing is
/// left.
pub fn go_on(
    tx: &mut Tx,
    tables: &'static Tables,
    (old, new): (&PageKey, &PageKey),
    limit: i64,
) -> Result<Option<()>, StoreError> {
    for move_rows in tables.iter().filter_map(of_rows) {
        if move_rows(tx, old, new, limit)? {
            return Ok(Some(()));
        }
    }
    for delete in tables.iter().filter_map(of_figures) {
        delete(tx, old, new, limit)?;
    }
    Ok(None)
}

fn of_rows(table: &Table) -> Option<MoveRows> {
    match table.merge {
        Some(tables::Merge::Rows(move_rows)) => Some(move_rows),
        _ => None,
    }
}

fn of_figures(table: &Table) -> Option<MoveRows> {
    match table.merge {
        Some(tables::Merge::Figures(delete)) => Some(delete),
        _ => None,
    }
}
