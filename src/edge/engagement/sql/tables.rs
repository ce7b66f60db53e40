//! The tables of engagement: what an export, an erasure and a merge of pages do with them.

use crate::edge::engagement::sql::move_readings;
use crate::edge::page_keys::PageKey;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::Kind::{Number, Page, Real, Text, Time, Truth};
use crate::edge::tables::{Batch, Export, MemberColumn, Merge, OneEach, Shown, Table};

/// In the order in which their rows are deleted.
pub const TABLES: &[Table] = &[READING, PAGE_SHARE, PAGE_SCORE, PAGE_READERS];

const READING: Table = Table {
    members: &[
        MemberColumn::deleted("member_id").keeping_account(),
        MemberColumn::deleted("reader"),
    ],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, day, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at FROM reading WHERE member_id = $1 ORDER BY first_at, page_id",
        columns: &[
            ("page_id", Page),
            ("day", Number),
            ("n_views", Number),
            ("progress", Real),
            ("dwell_secs", Real),
            ("n_shares", Number),
            ("is_read", Truth),
            ("first_at", Time),
            ("last_at", Time),
        ],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM reading WHERE member_id = $1 LIMIT $2",
        erase: &[
            "UPDATE page_readers SET
                 n_viewers = n_viewers - 1,
                 n_readers = n_readers - (SELECT MAX(r.is_read) FROM reading r
                     WHERE r.page_id = page_readers.page_id AND r.member_id = $1)
             WHERE page_id IN (
                 SELECT page_id FROM reading WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
            "DELETE FROM reading WHERE member_id = $1 AND page_id IN ({{each}}($2))",
        ],
    }],
    merge: Some(Merge::Rows(move_readings)),
    ..Table::new("reading")
};

const PAGE_SHARE: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, at FROM page_share WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM page_share WHERE member_id = $1 LIMIT $2",
        erase: &["DELETE FROM page_share WHERE member_id = $1 AND page_id IN ({{each}}($2))"],
    }],
    merge: Some(Merge::Rows(move_shares)),
    ..Table::new("page_share")
};

/// What an editor said of a page stays, without the editor.
const PAGE_SCORE: Table = Table {
    members: &[MemberColumn::cleared("override_by").keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT page_id, kind, override, override_at, override_note FROM page_score WHERE override_by = $1 ORDER BY override_at, page_id, kind",
        columns: &[
            ("page_id", Page),
            ("kind", Text),
            ("override", Real),
            ("override_at", Time),
            ("override_note", Text),
        ],
        hidden: &["computed", "parts", "computed_at"],
    }),
    erase_later: &[Batch {
        keys: "SELECT page_id AS found_by FROM page_score WHERE override_by = $1 LIMIT $2",
        erase: &[
            "UPDATE page_score SET override_by = NULL WHERE override_by = $1 AND page_id IN ({{each}}($2))",
        ],
    }],
    merge: Some(Merge::Rows(move_scores)),
    ..Table::new("page_score")
};

const PAGE_READERS: Table = Table {
    pages: &["page_id"],
    merge: Some(Merge::Figures(delete_readers)),
    ..Table::new("page_readers")
};

const SHARES: OneEach = OneEach {
    members: "SELECT member_id FROM page_share WHERE page_id = $1 LIMIT $2",
    insert: "INSERT INTO page_share (page_id, member_id, at)
             SELECT CAST($2 AS TEXT), member_id, at FROM page_share
             WHERE page_id = $1 AND member_id IN ({{each}}($3)) ON CONFLICT DO NOTHING RETURNING 0 AS counted",
    delete: "DELETE FROM page_share WHERE page_id = $1 AND member_id IN ({{each}}($2)) RETURNING 0 AS counted",
};

fn move_shares(tx: &mut Tx, old: &PageKey, new: &PageKey, limit: i64) -> Result<bool, StoreError> {
    Ok(SHARES.move_rows(tx, (old, new), limit)?.is_some())
}

/// A page has few of them, so that all are moved at once.
fn move_scores(tx: &mut Tx, old: &PageKey, new: &PageKey, _: i64) -> Result<bool, StoreError> {
    tx.execute(
        "INSERT INTO page_score (page_id, kind, computed, parts, computed_at, override, override_by, override_at, override_note)
         SELECT CAST($2 AS TEXT), kind, computed, parts, computed_at, override, override_by, override_at, override_note
         FROM page_score WHERE page_id = $1 ON CONFLICT DO NOTHING",
        &[old, new],
    )?;
    tx.execute("DELETE FROM page_score WHERE page_id = $1", &[old])?;
    Ok(false)
}

fn delete_readers(tx: &mut Tx, old: &PageKey, _: &PageKey, _: i64) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM page_readers WHERE page_id = $1", &[old])?;
    Ok(false)
}
