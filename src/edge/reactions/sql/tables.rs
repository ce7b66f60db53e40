//! The tables of reactions: what an export, an erasure and a merge of pages do with them.

use crate::edge::page_keys::PageKey;
use crate::edge::reactions::Change;
use crate::edge::reactions::sql::count_on;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::Kind::{Page, Time, Truth};
use crate::edge::tables::{Batch, Export, MemberColumn, Merge, OneEach, Shown, Table};

/// In the order in which their rows are deleted.
pub const TABLES: &[Table] = &[PAGE_LIKE, PAGE_SAVE, PAGE_RATING, PAGE_COUNT];

const PAGE_LIKE: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, at FROM page_like WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM page_like WHERE member_id = $1 LIMIT $2",
        erase: &[
            "UPDATE page_count SET n_likes = n_likes - 1 WHERE page_id IN (
                 SELECT page_id FROM page_like WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
            "DELETE FROM page_like WHERE member_id = $1 AND page_id IN ({{each}}($2))",
        ],
    }],
    merge: Some(Merge::Rows(move_likes)),
    ..Table::new("page_like")
};

const PAGE_SAVE: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, at FROM page_save WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM page_save WHERE member_id = $1 LIMIT $2",
        erase: &[
            "UPDATE page_count SET n_saves = n_saves - 1 WHERE page_id IN (
                 SELECT page_id FROM page_save WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
            "DELETE FROM page_save WHERE member_id = $1 AND page_id IN ({{each}}($2))",
        ],
    }],
    merge: Some(Merge::Rows(move_saves)),
    ..Table::new("page_save")
};

const PAGE_RATING: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, helpful, at FROM page_rating WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("helpful", Truth), ("at", Time)],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM page_rating WHERE member_id = $1 LIMIT $2",
        erase: &[
            "UPDATE page_count SET n_rated = n_rated - 1,
                 n_helpful = n_helpful - (SELECT r.helpful FROM page_rating r
                     WHERE r.page_id = page_count.page_id AND r.member_id = $1)
             WHERE page_id IN (
                 SELECT page_id FROM page_rating WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
            "DELETE FROM page_rating WHERE member_id = $1 AND page_id IN ({{each}}($2))",
        ],
    }],
    merge: Some(Merge::Rows(move_ratings)),
    ..Table::new("page_rating")
};

const PAGE_COUNT: Table = Table {
    pages: &["page_id"],
    merge: Some(Merge::Figures(delete_counts)),
    ..Table::new("page_count")
};

const LIKES: OneEach = OneEach {
    members: "SELECT member_id FROM page_like WHERE page_id = $1 LIMIT $2",
    insert: "INSERT INTO page_like (page_id, member_id, at)
             SELECT CAST($2 AS TEXT), member_id, at FROM page_like
             WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS counted",
    delete: "DELETE FROM page_like WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS counted",
};

const SAVES: OneEach = OneEach {
    members: "SELECT member_id FROM page_save WHERE page_id = $1 LIMIT $2",
    insert: "INSERT INTO page_save (page_id, member_id, at)
             SELECT CAST($2 AS TEXT), member_id, at FROM page_save
             WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS counted",
    delete: "DELETE FROM page_save WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS counted",
};

const RATINGS: OneEach = OneEach {
    members: "SELECT member_id FROM page_rating WHERE page_id = $1 LIMIT $2",
    insert: "INSERT INTO page_rating (page_id, member_id, helpful, at)
             SELECT CAST($2 AS TEXT), member_id, helpful, at FROM page_rating
             WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING helpful AS counted",
    delete: "DELETE FROM page_rating WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING helpful AS counted",
};

fn move_likes(tx: &mut Tx, old: &PageKey, new: &PageKey, limit: i64) -> Result<bool, StoreError> {
    move_counted(tx, &LIKES, (old, new), limit, |rows| Change {
        likes: rows.len() as i64,
        ..Change::default()
    })
}

fn move_saves(tx: &mut Tx, old: &PageKey, new: &PageKey, limit: i64) -> Result<bool, StoreError> {
    move_counted(tx, &SAVES, (old, new), limit, |rows| Change {
        saves: rows.len() as i64,
        ..Change::default()
    })
}

fn move_ratings(tx: &mut Tx, old: &PageKey, new: &PageKey, limit: i64) -> Result<bool, StoreError> {
    move_counted(tx, &RATINGS, (old, new), limit, |rows| Change {
        helpful: rows.iter().sum(),
        rated: rows.len() as i64,
        ..Change::default()
    })
}

/// Moves rows and counts them at both pages.
fn move_counted(
    tx: &mut Tx,
    table: &OneEach,
    (old, new): (&PageKey, &PageKey),
    limit: i64,
    change: fn(&[i64]) -> Change,
) -> Result<bool, StoreError> {
    let Some(moved) = table.move_rows(tx, (old, new), limit)? else {
        return Ok(false);
    };
    count_on(tx, new, change(&moved.inserted))?;
    count_on(tx, old, change(&moved.deleted).taken_back())?;
    Ok(true)
}

fn delete_counts(tx: &mut Tx, old: &PageKey, _: &PageKey, _: i64) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM page_count WHERE page_id = $1", &[old])?;
    Ok(false)
}
