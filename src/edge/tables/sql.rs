//! Searches over the tables of all slices. The statements are made of names of tables and columns, never of values.

use crate::edge::page_keys::PageKey;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::Tables;
use serde_json::json;
use std::collections::HashSet;

/// A statement that finds those of some ids (`$1`, a JSON array) that a row holds in one of these columns.
pub fn search(columns: &[(&str, &str)]) -> String {
    let looks = columns.iter().map(|(table, column)| {
        format!("(SELECT 1 FROM {table} t WHERE t.{column} = asked.id LIMIT 1), ")
    });
    let looks: String = looks.collect();
    format!(
        "WITH asked (id) AS ({{{{each}}}}($1)) SELECT id FROM asked WHERE COALESCE({looks}0, 0) = 1"
    )
}

/// Those of some keys of pages that have rows.
pub fn pages_with_rows(
    tx: &mut Tx,
    tables: &'static Tables,
    keys: &[PageKey],
) -> Result<HashSet<PageKey>, StoreError> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let keys: Vec<&str> = keys.iter().map(PageKey::as_str).collect();
    let found: Vec<PageKey> = tx.query(
        &tables.pages_with_rows,
        &[&json!(keys).to_string()],
        |row| row.get("id"),
    )?;
    Ok(found.into_iter().collect())
}

/// Those of some members that were given anything, or said or did anything.
pub fn used_accounts(
    tx: &mut Tx,
    tables: &'static Tables,
    members: &[String],
) -> Result<HashSet<String>, StoreError> {
    let found: Vec<String> = tx.query(
        &tables.used_accounts,
        &[&json!(members).to_string()],
        |row| row.get("id"),
    )?;
    Ok(found.into_iter().collect())
}
