//! Which members are authors of pages. The site's owner says so; and whoever was shown under the name of an author stays
//! that author under another name. An author may be called so, and has no part in the scores of their own pages.

use crate::clock::Timestamp;
use crate::edge::accounts::names::{SiteNames, shape};
use crate::edge::accounts::{MemberId, sql};
use crate::edge::store::{StoreError, Tx};

/// Says that a member is this author, by the name in front matter.
pub fn link(tx: &mut Tx, id: MemberId, author: &str, now: Timestamp) -> Result<(), StoreError> {
    sql::author::link_author(tx, id, (author, &shape(author)), now)
}

/// Says that a member is not this author; false where nobody said so.
pub fn unlink(tx: &mut Tx, id: MemberId, author: &str) -> Result<bool, StoreError> {
    sql::author::unlink_author(tx, id, &shape(author))
}

/// Links a member to the author whose name they have been `shown` under until now, so that a new name lets nobody vote
/// for their own page.
pub fn keep(
    tx: &mut Tx,
    site: &SiteNames,
    (id, shown): (MemberId, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    match site.author_like(shown) {
        Some(author) => link(tx, id, author, now),
        None => Ok(()),
    }
}

/// The authors that a member is.
pub fn of(tx: &mut Tx, id: MemberId) -> Result<Vec<String>, StoreError> {
    sql::author::authors_of(tx, id)
}

/// The members who are one of these authors.
pub fn who_are(tx: &mut Tx, authors: &[String]) -> Result<Vec<MemberId>, StoreError> {
    let mut members = Vec::new();
    for author in authors {
        members.extend(sql::author::members_of_author(tx, &shape(author))?);
    }
    Ok(members)
}
