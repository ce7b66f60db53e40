//! Rows of a page that has become part of another one.

use crate::edge::page_keys::PageKey;
use crate::edge::store::{StoreError, Tx};
use serde_json::json;

/// Moves some rows from the first key to the second, at most so many. True where there may be more.
pub type MoveRows = fn(&mut Tx, &PageKey, &PageKey, i64) -> Result<bool, StoreError>;

/// What becomes of the rows of a page that has become part of another one.
#[derive(Clone, Copy)]
pub enum Merge {
    /// They are moved. Where a member has a row of both pages, that of the page that stays does.
    Rows(MoveRows),
    /// They are figures of other rows, which are counted again as those move, and are deleted at the end.
    Figures(MoveRows),
    /// They keep the key, for this reason.
    Kept(&'static str),
}

/// Statements for a table with one row for each page and member.
pub struct OneEach {
    /// Members whose rows have the first key (`$1`), as `member_id`, at most `$2`.
    pub members: &'static str,
    /// Gives the second key (`$2`) those rows of the first (`$1`) that it does not have (`$3` the members), and returns
    /// what is counted of each as `counted`.
    pub insert: &'static str,
    /// Deletes those of the first key (`$1`, `$2` the members), and returns what is counted of each as `counted`.
    pub delete: &'static str,
}

/// What was counted of rows that were moved.
pub struct Moved {
    /// Of rows that were added to the second key.
    pub inserted: Vec<i64>,
    /// Of rows that were deleted from the first.
    pub deleted: Vec<i64>,
}

impl OneEach {
    /// Moves the rows of at most `limit` members. `None` where the first key has no rows.
    pub fn move_rows(
        &self,
        tx: &mut Tx,
        (old, new): (&PageKey, &PageKey),
        limit: i64,
    ) -> Result<Option<Moved>, StoreError> {
        let members: Vec<String> =
            tx.query(self.members, &[old, &limit], |row| row.get("member_id"))?;
        if members.is_empty() {
            return Ok(None);
        }
        let members = json!(members).to_string();
        Ok(Some(Moved {
            inserted: tx.query(self.insert, &[old, new, &members], |row| row.get("counted"))?,
            deleted: tx.query(self.delete, &[old, &members], |row| row.get("counted"))?,
        }))
    }
}
