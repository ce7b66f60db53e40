//! Export and erasure as statements, as the tables of all slices say.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::accounts::sql::member;
use crate::edge::page_keys::{PageKey, PageKeys};
use crate::edge::store::{Row, StoreError, Tx};
use crate::edge::tables::{Batch, Export, Kind, Shown, Tables};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

/// Writes an export as JSON, row by row: the account as `member`, then a list for each table that is exported, with pages
/// as `names` has them. False, and nothing is written, when there is no such member.
pub fn write_export(
    tx: &mut Tx,
    (tables, names): (&'static Tables, &PageKeys),
    id: MemberId,
    into: &mut dyn Write,
) -> Result<bool, StoreError> {
    let Some((name, account)) = account(tx, (tables, names), id)? else {
        return Ok(false);
    };
    write!(into, "{{\"{name}\":{account}").map_err(unwritten)?;
    for table in tables.iter() {
        if let Export::Rows(shown) = &table.export {
            write!(into, ",\"{}\":[", table.name).map_err(unwritten)?;
            write_rows(tx, (shown, names), id, into)?;
            into.write_all(b"]").map_err(unwritten)?;
        }
    }
    into.write_all(b"}").map_err(unwritten)?;
    Ok(true)
}

/// The account, with the name of its table. `None` when there is no such member.
fn account(
    tx: &mut Tx,
    (tables, names): (&'static Tables, &PageKeys),
    id: MemberId,
) -> Result<Option<(&'static str, Value)>, StoreError> {
    let found = tables.iter().find_map(|table| match &table.export {
        Export::Account(shown) => Some((table.name, shown)),
        _ => None,
    });
    let Some((name, shown)) = found else {
        return Ok(None);
    };
    let row = tx.query_one(shown.select, &[&id], |row| {
        object(row, shown.columns, names)
    })?;
    Ok(row.map(|row| (name, row)))
}

fn write_rows(
    tx: &mut Tx,
    (shown, names): (&'static Shown, &PageKeys),
    id: MemberId,
    into: &mut dyn Write,
) -> Result<(), StoreError> {
    let mut comma = "";
    tx.query(shown.select, &[&id], |row| {
        let row = object(row, shown.columns, names)?;
        let written = write!(into, "{comma}{row}").map_err(unwritten);
        comma = ",";
        written
    })?;
    Ok(())
}

fn unwritten(error: io::Error) -> StoreError {
    StoreError::Copy {
        target: "the export".into(),
        source: Arc::new(error),
    }
}

fn object(row: &Row, columns: &[(&str, Kind)], names: &PageKeys) -> Result<Value, StoreError> {
    let mut object = Map::new();
    for (place, (name, kind)) in columns.iter().enumerate() {
        let value = match kind {
            Kind::Text => json!(row.get::<Option<String>>(place)?),
            Kind::Page => json!(row.get::<Option<PageKey>>(place)?.map(|it| names.name(&it))),
            Kind::Number => json!(row.get::<Option<i64>>(place)?),
            Kind::Real => json!(row.get::<Option<f64>>(place)?),
            Kind::Truth => json!(row.get::<Option<bool>>(place)?),
            Kind::Time => json!(row.get::<Option<Timestamp>>(place)?),
        };
        object.insert((*name).into(), value);
    }
    Ok(Value::Object(object))
}

/// Deletes what has to go at once, such as sessions, tokens and letters that wait, and empties the row of a member.
pub fn erase_now(
    tx: &mut Tx,
    tables: &'static Tables,
    id: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for statement in tables.iter().flat_map(|table| table.erase) {
        tx.execute(statement, &[&id])?;
    }
    member::counting(tx, id, |tx| {
        tx.execute(
            "UPDATE member SET handle = $2, handle_key = $2, skeleton = NULL, email = NULL, email_key = NULL, name = '', bio = '',
                               password_hash = NULL, password_at = NULL, role = 'member', is_added = 0, newsletter = 0, language = NULL,
                               verified_at = NULL, suspended_at = NULL, suspended_for = NULL, wanted_email = NULL, wanted_until = NULL,
                               updated_at = $3, erased_at = $3
             WHERE id = $1",
            &[&id, &format!("erased-{id}"), &now],
        )
    })?;
    Ok(())
}

/// Deletes at most `limit` of the rows that are left of an erased member, or more where they are of the same pages;
/// `None` when there are none, and then the job with this key is deleted as well.
pub fn erase_some(
    tx: &mut Tx,
    tables: &'static Tables,
    (id, job_key): (MemberId, &str),
    limit: i64,
) -> Result<Option<()>, StoreError> {
    for batch in tables.iter().flat_map(|table| table.erase_later) {
        if erase_batch(tx, batch, id, limit)? {
            return Ok(Some(()));
        }
    }
    // One that is being run ends by itself.
    tx.execute(
        "DELETE FROM job WHERE unique_key = $1 AND leased_by IS NULL",
        &[&job_key],
    )?;
    tx.empty_log();
    Ok(None)
}

/// False where there are no rows.
fn erase_batch(tx: &mut Tx, batch: &Batch, id: MemberId, limit: i64) -> Result<bool, StoreError> {
    let found: BTreeSet<String> = tx
        .query(batch.keys, &[&id, &limit], |row| row.get("found_by"))?
        .into_iter()
        .collect();
    if found.is_empty() {
        return Ok(false);
    }
    let keys = json!(found).to_string();
    for statement in batch.erase {
        tx.execute(statement, &[&id, &keys])?;
    }
    Ok(true)
}
