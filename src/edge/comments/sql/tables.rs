//! The tables of comments: what an export, an erasure and a merge of pages do with them.

use crate::edge::page_keys::PageKey;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::Kind::{Page, Text, Time};
use crate::edge::tables::{Batch, Export, MemberColumn, Merge, Shown, Table};

/// In the order in which their rows are deleted.
pub const TABLES: &[Table] = &[COMMENT, COMMENT_LIKE];

const COMMENT: Table = Table {
    members: &[MemberColumn::kept(
        "member_id",
        "the replies of others keep their sense, and the account that it leads to has no name",
    )
    .keeping_account()],
    pages: &["page_id"],
    export: Export::Rows(Shown {
        select: "SELECT id, page_id, parent_id, kind, state, body, posted_at, edited_at, deleted_at FROM comment WHERE member_id = $1 ORDER BY posted_at, id",
        columns: &[
            ("id", Text),
            ("page_id", Page),
            ("parent_id", Text),
            ("kind", Text),
            ("state", Text),
            ("body", Text),
            ("posted_at", Time),
            ("edited_at", Time),
            ("deleted_at", Time),
        ],
        hidden: &[
            "root_id",
            "depth",
            "html",
            "html_version",
            "n_chars",
            "n_likes",
            "n_replies",
            "best",
            "accepted_id",
            "accepted_at",
        ],
    }),
    merge: Some(Merge::Rows(move_comments)),
    ..Table::new("comment")
};

const COMMENT_LIKE: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    export: Export::Rows(Shown {
        select: "SELECT comment_id, at FROM comment_like WHERE member_id = $1 ORDER BY at, comment_id",
        columns: &[("comment_id", Text), ("at", Time)],
        hidden: &[],
    }),
    erase_later: &[Batch {
        keys: "SELECT comment_id AS found_by FROM comment_like WHERE member_id = $1 LIMIT $2",
        erase: &[
            "UPDATE comment SET n_likes = n_likes - 1 WHERE n_likes > 0 AND id IN (
                 SELECT comment_id FROM comment_like WHERE member_id = $1 AND comment_id IN ({{each}}($2)))",
            "DELETE FROM comment_like WHERE member_id = $1 AND comment_id IN ({{each}}($2))",
        ],
    }],
    ..Table::new("comment_like")
};

fn move_comments(
    tx: &mut Tx,
    old: &PageKey,
    new: &PageKey,
    limit: i64,
) -> Result<bool, StoreError> {
    let n_moved = tx.execute(
        "UPDATE comment SET page_id = $2 WHERE id IN (SELECT id FROM comment WHERE page_id = $1 LIMIT $3)",
        &[old, new, &limit],
    )?;
    Ok(n_moved > 0)
}
