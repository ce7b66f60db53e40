//! One row a page: counts that are kept with each reaction, measures that are computed in the background, and
//! when to compute them next.

use crate::clock::Timestamp;
use crate::edge::engagement::novelty::Compared;
use crate::edge::engagement::{Counts, Facts, Measures, Mine, Overrides};
use crate::edge::members::MemberId;
use crate::edge::reactions::Helpful;
use crate::edge::store::{Row, StoreError, Tx};
use crate::ids::PageId;

/// Pages that one round computes. What is left waits for the next.
const PAGES_A_ROUND: i64 = 20;
/// Name of the setting that holds [`n_members`].
const MEMBERS: &str = "members counted";

/// What a page shows. Four rows by their keys, whatever happened on the page.
pub fn facts(tx: &mut Tx, page: &PageId) -> Result<Facts, StoreError> {
    let kept = tx.query_one(
        "SELECT n_likes, n_saves, n_helpful, n_ratings, n_comments, points, wilson, depth, novelty
         FROM page_engagement WHERE page_id = $1",
        &[page],
        |row| {
            Ok(Facts {
                n_likes: row.get("n_likes")?,
                n_saves: row.get("n_saves")?,
                helpful: helpful(row)?,
                n_comments: row.get("n_comments")?,
                points: row.get("points")?,
                wilson: row.get("wilson")?,
                depth: row.get("depth")?,
                novelty: row.get("novelty")?,
                ..Facts::default()
            })
        },
    )?;
    let (n_viewers, n_readers) = readers(tx, page)?;
    Ok(Facts {
        n_members: n_members(tx)?,
        n_viewers,
        n_readers,
        overrides: overrides(tx, page)?,
        ..kept.unwrap_or_default()
    })
}

fn helpful(row: &Row) -> Result<Helpful, StoreError> {
    Ok(Helpful {
        yes: row.get("n_helpful")?,
        total: row.get("n_ratings")?,
    })
}
