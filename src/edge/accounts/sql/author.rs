//! Which members are authors of pages, as rows.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::store::{StoreError, Tx};

/// Says that a member is an author of pages. `key` is what is seen of the name.
pub fn link_author(
    tx: &mut Tx,
    id: MemberId,
    (author, key): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO member_author (member_id, author, author_key, linked_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (member_id, author_key) DO NOTHING",
        &[&id, &author, &key, &now],
    )?;
    Ok(())
}

/// Says that a member is not this author; false where nobody said so.
pub fn unlink_author(tx: &mut Tx, id: MemberId, key: &str) -> Result<bool, StoreError> {
    let n_gone = tx.execute(
        "DELETE FROM member_author WHERE member_id = $1 AND author_key = $2",
        &[&id, &key],
    )?;
    Ok(n_gone > 0)
}

/// The authors that a member is, by name.
pub fn authors_of(tx: &mut Tx, id: MemberId) -> Result<Vec<String>, StoreError> {
    tx.query(
        "SELECT author FROM member_author WHERE member_id = $1 ORDER BY author",
        &[&id],
        |row| row.get("author"),
    )
}

/// The members who are the author with this key.
pub fn members_of_author(tx: &mut Tx, key: &str) -> Result<Vec<MemberId>, StoreError> {
    tx.query(
        "SELECT member_id FROM member_author WHERE author_key = $1",
        &[&key],
        |row| row.get("member_id"),
    )
}
