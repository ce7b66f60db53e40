//! What members do with pages and how often it was done, each within the transaction of its caller.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::cursor;
use crate::edge::error::ApiError;
use crate::edge::page_keys::PageKey;
use crate::edge::reactions::{Counts, Likes, Rating, Saves, sql};
use crate::edge::store::{StoreError, Tx};

/// The counts of a page.
pub fn counts(tx: &mut Tx, page: &PageKey) -> Result<Counts, StoreError> {
    sql::counts(tx, page)
}

/// Likes a page or takes it back. Doing it again changes nothing.
pub fn like(
    tx: &mut Tx,
    page: &PageKey,
    member: MemberId,
    liked: bool,
    now: Timestamp,
) -> Result<Likes, StoreError> {
    sql::set_page_like(tx, page, member, liked, now)?;
    sql::likes_of(tx, page, member)
}

/// Likes of a page, and whether this member is among those who like it.
pub fn likes(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Likes, StoreError> {
    sql::likes_of(tx, page, member)
}

/// Saves a page or takes it back. A page that is not published can only be taken back by who saved it.
pub fn save(
    tx: &mut Tx,
    (page, is_published): (&PageKey, bool),
    member: MemberId,
    saved: bool,
    now: Timestamp,
) -> Result<Saves, ApiError> {
    let has_changed = sql::set_save(tx, page, member, saved, now)?;
    if !is_published && !has_changed {
        return Err(ApiError::NotFound);
    }
    Ok(sql::saves_of(tx, page, member)?)
}

/// Saves of a page, and whether this member is among those who saved it.
pub fn saves(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Saves, StoreError> {
    sql::saves_of(tx, page, member)
}

/// Pages that a member saved after a place in the list, the latest first, at most `limit`.
pub fn saved_by(
    tx: &mut Tx,
    member: MemberId,
    after: Option<&cursor::Place>,
    limit: i64,
) -> Result<Vec<(PageKey, Timestamp)>, StoreError> {
    sql::saved_by(tx, member, after, limit)
}

/// Sets or takes back what a member says of a page's help.
pub fn rate(
    tx: &mut Tx,
    page: &PageKey,
    member: MemberId,
    helpful: Option<bool>,
    now: Timestamp,
) -> Result<Rating, StoreError> {
    sql::set_rating(tx, page, member, helpful, now)?;
    sql::ratings_of(tx, page, member)
}

/// Ratings of a page, and this member's.
pub fn ratings(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Rating, StoreError> {
    sql::ratings_of(tx, page, member)
}
