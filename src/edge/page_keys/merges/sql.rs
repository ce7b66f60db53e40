//! Rows of one key, moved to another one, some at a time.

use crate::edge::engagement;
use crate::edge::page_keys::PageKey;
use crate::edge::reactions::{Change, count_on};
use crate::edge::store::{StoreError, Tx};
use serde_json::json;

/// Rows of which a member and page have one: where both keys have one, that of the second stays.
struct OneEach {
    /// Whose rows have the first key (`$1`), at most `$2`.
    whose: &'static str,
    /// Gives the second key (`$2`) those rows of the first (`$1`) that it does not have (`$3`), and returns them.
    taken: &'static str,
    /// Deletes those of the first key (`$1`, `$2`), and returns them.
    left: &'static str,
    /// What a row counts for; the last column of what is returned is 1 for a helpful rating.
    counts: fn(n_rows: i64, n_helpful: i64) -> Change,
}

const ONE_EACH: [OneEach; 4] = [
    OneEach {
        whose: "SELECT member_id FROM page_like WHERE page_id = $1 LIMIT $2",
        taken: "INSERT INTO page_like (page_id, member_id, at)
                SELECT CAST($2 AS TEXT), member_id, at FROM page_like
                WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS helpful",
        left: "DELETE FROM page_like WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS helpful",
        counts: |n_rows, _| Change {
            likes: n_rows,
            ..Change::default()
        },
    },
    OneEach {
        whose: "SELECT member_id FROM page_save WHERE page_id = $1 LIMIT $2",
        taken: "INSERT INTO page_save (page_id, member_id, at)
                SELECT CAST($2 AS TEXT), member_id, at FROM page_save
                WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS helpful",
        left: "DELETE FROM page_save WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS helpful",
        counts: |n_rows, _| Change {
            saves: n_rows,
            ..Change::default()
        },
    },
    OneEach {
        whose: "SELECT member_id FROM page_rating WHERE page_id = $1 LIMIT $2",
        taken: "INSERT INTO page_rating (page_id, member_id, helpful, at)
                SELECT CAST($2 AS TEXT), member_id, helpful, at FROM page_rating
                WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING helpful",
        left: "DELETE FROM page_rating WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING helpful",
        counts: |n_rows, n_helpful| Change {
            helpful: n_helpful,
            rated: n_rows,
            ..Change::default()
        },
    },
    OneEach {
        whose: "SELECT member_id FROM page_share WHERE page_id = $1 LIMIT $2",
        taken: "INSERT INTO page_share (page_id, member_id, at)
                SELECT CAST($2 AS TEXT), member_id, at FROM page_share
                WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS helpful",
        left: "DELETE FROM page_share WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS helpful",
        counts: |_, _| Change::default(),
    },
];

/// Moves some rows of `old` to `new`, at most `limit` of one table, with what is counted of them; `None` when nothing is
/// left.
pub fn go_on(
    tx: &mut Tx,
    old: &PageKey,
    new: &PageKey,
    limit: i64,
) -> Result<Option<()>, StoreError> {
    let n_comments = tx.execute(
        "UPDATE comment SET page_id = $2 WHERE id IN (SELECT id FROM comment WHERE page_id = $1 LIMIT $3)",
        &[old, new, &limit],
    )?;
    if n_comments > 0 {
        return Ok(Some(()));
    }
    for table in &ONE_EACH {
        if move_some(tx, table, (old, new), limit)? {
            return Ok(Some(()));
        }
    }
    if engagement::move_readings(tx, old, new, limit)? {
        return Ok(Some(()));
    }
    move_scores(tx, old, new)?;
    for statement in [
        "DELETE FROM page_count WHERE page_id = $1",
        "DELETE FROM page_readers WHERE page_id = $1",
    ] {
        tx.execute(statement, &[old])?;
    }
    Ok(None)
}

/// False where `old` has no rows of this table.
fn move_some(
    tx: &mut Tx,
    table: &OneEach,
    (old, new): (&PageKey, &PageKey),
    limit: i64,
) -> Result<bool, StoreError> {
    let whose: Vec<String> = tx.query(table.whose, &[old, &limit], |row| row.get("member_id"))?;
    if whose.is_empty() {
        return Ok(false);
    }
    let whose = json!(whose).to_string();
    let taken: Vec<i64> = tx.query(table.taken, &[old, new, &whose], |row| row.get("helpful"))?;
    let left: Vec<i64> = tx.query(table.left, &[old, &whose], |row| row.get("helpful"))?;
    let counted = |rows: &[i64]| (table.counts)(rows.len() as i64, rows.iter().sum());
    count_on(tx, new, counted(&taken))?;
    count_on(tx, old, counted(&left).taken_back())?;
    Ok(true)
}

/// A page has a few of them.
fn move_scores(tx: &mut Tx, old: &PageKey, new: &PageKey) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO page_score (page_id, kind, computed, parts, computed_at, override, override_by, override_at, override_note)
         SELECT CAST($2 AS TEXT), kind, computed, parts, computed_at, override, override_by, override_at, override_note
         FROM page_score WHERE page_id = $1 ON CONFLICT DO NOTHING",
        &[old, new],
    )?;
    tx.execute("DELETE FROM page_score WHERE page_id = $1", &[old])?;
    Ok(())
}
