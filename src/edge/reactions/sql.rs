//! Reactions as rows: one of a kind for each member, so a count is the number of rows.

use crate::clock::Timestamp;
use crate::edge::cursor;
use crate::edge::members::MemberId;
use crate::edge::reactions::{Helpful, Rating};
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;

/// Likes a page or takes it back. Doing it again changes nothing.
pub fn set_page_like(
    tx: &mut Tx,
    page: &PageId,
    member: MemberId,
    liked: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    if liked {
        tx.execute(
            "INSERT INTO page_like (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[page, &member.0, &now],
        )?;
    } else {
        tx.execute(
            "DELETE FROM page_like WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
        )?;
    }
    Ok(())
}

/// Members who like a page.
pub fn n_page_likes(tx: &mut Tx, page: &PageId) -> Result<u32, StoreError> {
    count(
        tx,
        "SELECT COUNT(*) AS n FROM page_like WHERE page_id = $1",
        page,
    )
}

/// Saves a page or takes it back. Returns 1 where that changed anything.
pub fn set_save(
    tx: &mut Tx,
    page: &PageId,
    member: MemberId,
    saved: bool,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if saved {
        tx.execute(
            "INSERT INTO page_save (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[page, &member.0, &now],
        )
    } else {
        tx.execute(
            "DELETE FROM page_save WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
        )
    }
}

/// Members who saved a page.
pub fn n_saves(tx: &mut Tx, page: &PageId) -> Result<u32, StoreError> {
    count(
        tx,
        "SELECT COUNT(*) AS n FROM page_save WHERE page_id = $1",
        page,
    )
}

/// Pages that `member` saved after a place in the list, the latest first, at most `limit`.
pub fn saved_by(
    tx: &mut Tx,
    member: MemberId,
    after: Option<&cursor::Place>,
    limit: i64,
) -> Result<Vec<(PageId, Timestamp)>, StoreError> {
    let first = cursor::Place {
        key: i64::MAX,
        id: String::new(),
    };
    let after = after.unwrap_or(&first);
    tx.query(
        "SELECT page_id, at FROM page_save
         WHERE member_id = $1 AND (at, page_id) < ($2, $3)
         ORDER BY at DESC, page_id DESC LIMIT $4",
        &[&member.0, &after.key, &after.id, &limit],
        |row| Ok((row.get("page_id")?, row.get("at")?)),
    )
}

/// Sets or takes back what a member says of a page's help.
pub fn set_rating(
    tx: &mut Tx,
    page: &PageId,
    member: MemberId,
    helpful: Option<bool>,
    now: Timestamp,
) -> Result<(), StoreError> {
    match helpful {
        Some(helpful) => tx.execute(
            "INSERT INTO page_rating (page_id, member_id, helpful, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (page_id, member_id) DO UPDATE SET helpful = excluded.helpful, at = excluded.at",
            &[page, &member.0, &helpful, &now],
        )?,
        None => tx.execute("DELETE FROM page_rating WHERE page_id = $1 AND member_id = $2", &[page, &member.0])?,
    };
    Ok(())
}

/// What all members, and one of them, say of a page's help.
pub fn rating(tx: &mut Tx, page: &PageId, member: Option<MemberId>) -> Result<Rating, StoreError> {
    let helpful = tx.query_one(
        "SELECT CAST(COALESCE(SUM(helpful), 0) AS BIGINT) AS yes, COUNT(*) AS total
         FROM page_rating WHERE page_id = $1",
        &[page],
        |row| {
            Ok(Helpful {
                yes: row.get("yes")?,
                total: row.get("total")?,
            })
        },
    )?;
    let mine = match member {
        Some(member) => tx.query_one(
            "SELECT helpful FROM page_rating WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
            |row| row.get("helpful"),
        )?,
        None => None,
    };
    Ok(Rating {
        helpful: helpful.unwrap_or_default(),
        mine,
    })
}

fn count(tx: &mut Tx, sql: &'static str, page: &PageId) -> Result<u32, StoreError> {
    Ok(tx
        .query_one(sql, &[page], |row| row.get("n"))?
        .unwrap_or_default())
}
