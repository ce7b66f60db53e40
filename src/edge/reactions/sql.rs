//! Reactions as rows: one of a kind for each member, so a count is the number of rows.

use crate::clock::Timestamp;
use crate::edge::comments;
use crate::edge::cursor;
use crate::edge::members::MemberId;
use crate::edge::reactions::{Helpful, Rating};
use crate::edge::store::{StoreError, Tx};
use crate::ids::PageId;
use uuid::Uuid;

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

/// Likes a comment or takes it back, and keeps the comment's count and its place in the order `best`.
/// `None` where no shown comment has this id. Gives the likes it has then.
pub fn set_comment_like(
    tx: &mut Tx,
    comment: Uuid,
    member: MemberId,
    liked: bool,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let changed = if liked {
        tx.execute(
            "INSERT INTO comment_like (comment_id, member_id, at)
             SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM comment WHERE id = $1 AND state = 'shown'
             ON CONFLICT (comment_id, member_id) DO NOTHING",
            &[&comment, &member.0, &now],
        )?
    } else {
        tx.execute(
            "DELETE FROM comment_like WHERE comment_id = $1 AND member_id = $2",
            &[&comment, &member.0],
        )?
    };
    let Some((n_before, n_own, is_accepted)) = liked_comment(tx, comment)? else {
        return Ok(None);
    };
    if changed == 0 {
        return Ok(Some(n_before));
    }
    let n_likes = if liked {
        n_before + 1
    } else {
        n_before.saturating_sub(1)
    };
    let best = comments::best(n_likes.saturating_sub(n_own), is_accepted);
    tx.execute(
        "UPDATE comment SET n_likes = $2, best = $3 WHERE id = $1",
        &[&comment, &n_likes, &best],
    )?;
    Ok(Some(n_likes))
}

/// Likes that are counted at a shown comment, how many of them are its author's own, and whether it is an
/// accepted answer.
fn liked_comment(tx: &mut Tx, comment: Uuid) -> Result<Option<(u32, u32, bool)>, StoreError> {
    tx.query_one(
        "SELECT c.n_likes,
                EXISTS (SELECT 1 FROM comment_like l WHERE l.comment_id = c.id AND l.member_id = c.member_id) AS own,
                EXISTS (SELECT 1 FROM comment r WHERE r.id = c.root_id AND r.accepted_id = c.id) AS accepted
         FROM comment c WHERE c.id = $1 AND c.state = 'shown'",
        &[&comment],
        |row| Ok((row.get("n_likes")?, row.get("own")?, row.get("accepted")?)),
    )
}

/// Saves a page or takes it back.
pub fn set_save(
    tx: &mut Tx,
    page: &PageId,
    member: MemberId,
    saved: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    if saved {
        tx.execute(
            "INSERT INTO page_save (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[page, &member.0, &now],
        )?;
    } else {
        tx.execute(
            "DELETE FROM page_save WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
        )?;
    }
    Ok(())
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
