//! The history of pages as rows.

use crate::edge::access::Audience;
use crate::edge::page_keys::Merge;
use crate::edge::page_keys::history::{History, Named};
use crate::edge::page_keys::places::{Place, Places, Stood};
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;

/// Releases that are remembered.
const RELEASES_KEPT: i64 = 1_000;

/// All of it.
pub fn history(tx: &mut Tx) -> Result<History, StoreError> {
    let rows = tx.query(
        "SELECT number, name, page_key FROM page_name ORDER BY number",
        &[],
        |row| {
            Ok(Named {
                number: row.get("number")?,
                name: PageId::new(row.get::<String>("name")?),
                key: row.get("page_key")?,
            })
        },
    )?;
    Ok(History::new(rows))
}

/// A release that was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The last row of the history when it was first open.
    pub number: i64,
    /// Whether no other release was opened since.
    pub is_last: bool,
}

/// `None` where a release was never open.
pub fn opened(tx: &mut Tx, release: &str) -> Result<Option<Opened>, StoreError> {
    tx.query_one(
        "SELECT number, place = (SELECT MAX(place) FROM page_release) AS is_last
         FROM page_release WHERE fingerprint = $1",
        &[&release],
        |row| {
            Ok(Opened {
                number: row.get("number")?,
                is_last: row.get("is_last")?,
            })
        },
    )
}

/// The merges that are known up to a row of the history, in their order.
pub fn merges(tx: &mut Tx, number: i64) -> Result<Vec<Merge>, StoreError> {
    tx.query(
        "SELECT number, from_key, into_key FROM page_merge WHERE number <= $1 ORDER BY number, from_key",
        &[&number],
        |row| {
            Ok(Merge {
                number: row.get("number")?,
                from: row.get("from_key")?,
                into: row.get("into_key")?,
            })
        },
    )
}

/// Adds a row to the history.
pub fn add(tx: &mut Tx, row: &Named) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO page_name (number, name, page_key) VALUES ($1, $2, $3)",
        &[&row.number, &row.name.as_str(), &row.key],
    )?;
    Ok(())
}

/// Adds a merge.
pub fn add_merge(tx: &mut Tx, merge: &Merge) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO page_merge (number, from_key, into_key) VALUES ($1, $2, $3)",
        &[&merge.number, &merge.from, &merge.into],
    )?;
    Ok(())
}

/// Says that a release is open now, with the last row of the history when it first was. Releases of long ago are
/// forgotten.
pub fn set_open(tx: &mut Tx, release: &str, number: i64) -> Result<(), StoreError> {
    let place = tx.query_one(
        "SELECT COALESCE(MAX(place), 0) + 1 AS place FROM page_release",
        &[],
        |row| row.get::<i64>("place"),
    )?;
    let place = place.unwrap_or(1);
    tx.execute(
        "INSERT INTO page_release (place, fingerprint, number) VALUES ($1, $2, $3)
         ON CONFLICT (fingerprint) DO UPDATE SET place = excluded.place",
        &[&place, &release, &number],
    )?;
    tx.execute(
        "DELETE FROM page_release WHERE place <= $1",
        &[&(place - RELEASES_KEPT)],
    )?;
    Ok(())
}

/// Where pages were.
pub fn places(tx: &mut Tx) -> Result<Places, StoreError> {
    let rows = tx.query(
        "SELECT address, page_key, audience, place FROM page_address",
        &[],
        |row| {
            Ok(Stood {
                key: row.get("page_key")?,
                at: Place {
                    address: row.get("address")?,
                    audience: Audience::from_text(&row.get::<String>("audience")?),
                },
                place: row.get("place")?,
            })
        },
    )?;
    Ok(Places::new(rows))
}

/// Says where a page is.
pub fn put_place(tx: &mut Tx, row: &Stood) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO page_address (address, page_key, audience, place) VALUES ($1, $2, $3, $4)
         ON CONFLICT (address, page_key) DO UPDATE SET audience = excluded.audience, place = excluded.place",
        &[
            &row.at.address.as_str(),
            &row.key,
            &row.at.audience.to_string(),
            &row.place,
        ],
    )?;
    Ok(())
}
