//! Questions about the tables of all slices.

use crate::edge::page_keys::PageKey;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::{Tables, sql};
use std::collections::HashSet;

/// Those of some keys of pages that have rows.
pub fn pages_with_rows(
    tx: &mut Tx,
    tables: &'static Tables,
    keys: &[PageKey],
) -> Result<HashSet<PageKey>, StoreError> {
    sql::pages_with_rows(tx, tables, keys)
}

/// Those of some members that were given anything, or said or did anything.
pub fn used_accounts(
    tx: &mut Tx,
    tables: &'static Tables,
    members: &[String],
) -> Result<HashSet<String>, StoreError> {
    sql::used_accounts(tx, tables, members)
}
