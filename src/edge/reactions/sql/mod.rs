//! Reactions as rows: one of a kind for each member. How many there are of a page is kept beside them.

mod tables;

pub use tables::TABLES;

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::cursor;
use crate::edge::page_keys::PageKey;
use crate::edge::reactions::{Change, Counts, Helpful, Likes, Rating, Saves};
use crate::edge::store::{StoreError, Tx};

/// The counts of a page.
pub fn counts(tx: &mut Tx, page: &PageKey) -> Result<Counts, StoreError> {
    let found = tx.query_one(
        "SELECT n_likes, n_saves, n_helpful, n_rated FROM page_count WHERE page_id = $1",
        &[page],
        |row| {
            let n = |column: &'static str| {
                let n: i64 = row.get(column)?;
                Ok::<_, StoreError>(u32::try_from(n).unwrap_or_default())
            };
            Ok(Counts {
                n_likes: n("n_likes")?,
                n_saves: n("n_saves")?,
                helpful: Helpful {
                    yes: n("n_helpful")?,
                    total: n("n_rated")?,
                },
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Counts a change of a page's rows.
pub fn count_on(tx: &mut Tx, page: &PageKey, change: Change) -> Result<(), StoreError> {
    if change == Change::default() {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO page_count (page_id, n_likes, n_saves, n_helpful, n_rated) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (page_id) DO UPDATE SET
             n_likes = page_count.n_likes + excluded.n_likes,
             n_saves = page_count.n_saves + excluded.n_saves,
             n_helpful = page_count.n_helpful + excluded.n_helpful,
             n_rated = page_count.n_rated + excluded.n_rated",
        &[page, &change.likes, &change.saves, &change.helpful, &change.rated],
    )?;
    Ok(())
}

/// How many rows there are more, where so many were added or deleted.
fn more(is_added: bool, n_changed: u64) -> i64 {
    match is_added {
        true => n_changed as i64,
        false => -(n_changed as i64),
    }
}

/// Likes of a page, and whether this member is among those who like it.
pub fn likes_of(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Likes, StoreError> {
    let own = tx.query_one(
        "SELECT 1 AS one FROM page_like WHERE page_id = $1 AND member_id = $2",
        &[page, &member.0],
        |_| Ok(()),
    )?;
    Ok(Likes {
        likes: counts(tx, page)?.n_likes,
        liked: own.is_some(),
    })
}

/// Saves of a page, and whether this member is among those who saved it.
pub fn saves_of(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Saves, StoreError> {
    let own = tx.query_one(
        "SELECT 1 AS one FROM page_save WHERE page_id = $1 AND member_id = $2",
        &[page, &member.0],
        |_| Ok(()),
    )?;
    Ok(Saves {
        saves: counts(tx, page)?.n_saves,
        saved: own.is_some(),
    })
}

/// Ratings of a page, and this member's.
pub fn ratings_of(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Rating, StoreError> {
    Ok(Rating {
        helpful: counts(tx, page)?.helpful,
        mine: rating_of(tx, page, member)?,
    })
}

/// Likes a page or takes it back. Doing it again changes nothing.
pub fn set_page_like(
    tx: &mut Tx,
    page: &PageKey,
    member: MemberId,
    liked: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let n_changed = if liked {
        tx.execute(
            "INSERT INTO page_like (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[page, &member.0, &now],
        )?
    } else {
        tx.execute(
            "DELETE FROM page_like WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
        )?
    };
    let change = Change {
        likes: more(liked, n_changed),
        ..Change::default()
    };
    count_on(tx, page, change)
}

/// Saves a page or takes it back. Returns whether that changed anything.
pub fn set_save(
    tx: &mut Tx,
    page: &PageKey,
    member: MemberId,
    saved: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let n_changed = if saved {
        tx.execute(
            "INSERT INTO page_save (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[page, &member.0, &now],
        )?
    } else {
        tx.execute(
            "DELETE FROM page_save WHERE page_id = $1 AND member_id = $2",
            &[page, &member.0],
        )?
    };
    let change = Change {
        saves: more(saved, n_changed),
        ..Change::default()
    };
    count_on(tx, page, change)?;
    Ok(n_changed > 0)
}

/// Pages that `member` saved after a place in the list, the latest first, at most `limit`.
pub fn saved_by(
    tx: &mut Tx,
    member: MemberId,
    after: Option<&cursor::Place>,
    limit: i64,
) -> Result<Vec<(PageKey, Timestamp)>, StoreError> {
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
    page: &PageKey,
    member: MemberId,
    helpful: Option<bool>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = rating_of(tx, page, member)?;
    match helpful {
        Some(helpful) => tx.execute(
            "INSERT INTO page_rating (page_id, member_id, helpful, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (page_id, member_id) DO UPDATE SET helpful = excluded.helpful, at = excluded.at",
            &[page, &member.0, &helpful, &now],
        )?,
        None => tx.execute("DELETE FROM page_rating WHERE page_id = $1 AND member_id = $2", &[page, &member.0])?,
    };
    let yes = |rating: Option<bool>| i64::from(rating == Some(true));
    let change = Change {
        helpful: yes(helpful) - yes(before),
        rated: i64::from(helpful.is_some()) - i64::from(before.is_some()),
        ..Change::default()
    };
    count_on(tx, page, change)
}

/// What a member says of a page's help.
pub fn rating_of(
    tx: &mut Tx,
    page: &PageKey,
    member: MemberId,
) -> Result<Option<bool>, StoreError> {
    tx.query_one(
        "SELECT helpful FROM page_rating WHERE page_id = $1 AND member_id = $2",
        &[page, &member.0],
        |row| row.get("helpful"),
    )
}
