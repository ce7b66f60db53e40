//! Export and erasure as statements, one entry for each table that knows a member.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::accounts::sql::member;
use crate::edge::page_keys::{PageKey, PageKeys};
use crate::edge::store::{Row, StoreError, Tx};
use Kind::{Number, Page, Real, Text, Time, Truth};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

/// How a column is written in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, or nothing.
    Text,
    /// The key of a page, written as the page's id.
    Page,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Real,
    /// Yes or no.
    Truth,
    /// A moment, as RFC 3339.
    Time,
}

/// A table that knows a member: what of it an export shows, and what erasure does to it.
pub struct Table {
    /// Its name, which is also its name in the export.
    pub name: &'static str,
    /// Its columns that lead to a member.
    pub references: &'static [&'static str],
    /// Reads the member's rows (`$1`); empty where only others' rows name the member.
    export: &'static str,
    /// The columns of `export`, in its order. Hashes of secrets are never among them.
    columns: &'static [(&'static str, Kind)],
    /// What erasure runs at once (`$1`), in order.
    erase: &'static [&'static str],
    /// Rows that erasure goes through in batches.
    many: &'static [Many],
}

/// Rows of which a member may have any number.
struct Many {
    /// Reads what some of them are found by (`$1` the member, `$2` how many).
    keys: &'static str,
    /// What is run for those (`$1` the member, `$2` the keys as a JSON array), in order. Afterwards they are not found.
    erase: &'static [&'static str],
}

/// All of them, in the order in which rows can go.
pub const TABLES: &[Table] = &[
    Table {
        name: "session",
        references: &["member_id"],
        export: "SELECT id, created_at, last_seen_at, expires_at, user_agent FROM session WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("id", Text),
            ("created_at", Time),
            ("last_seen_at", Time),
            ("expires_at", Time),
            ("user_agent", Text),
        ],
        erase: &["DELETE FROM session WHERE member_id = $1"],
        many: &[],
    },
    // Others may have joined with the member's address; what they typed in is the member's to have erased.
    Table {
        name: "claim",
        references: &["member_id"],
        export: "SELECT id, email, handle, name, newsletter, language, created_at, expires_at FROM claim WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("id", Text),
            ("email", Text),
            ("handle", Text),
            ("name", Text),
            ("newsletter", Truth),
            ("language", Text),
            ("created_at", Time),
            ("expires_at", Time),
        ],
        erase: &[
            "DELETE FROM job WHERE subject IN (
                 SELECT id FROM claim WHERE email = (SELECT email_key FROM member WHERE id = $1))",
            "DELETE FROM claim WHERE email = (SELECT email_key FROM member WHERE id = $1)",
            "DELETE FROM claim WHERE member_id = $1",
        ],
        many: &[],
    },
    Table {
        name: "token",
        references: &["member_id"],
        // There is none for a new address that is another member's, so it would tell whose addresses are members'. What
        // was asked for is in the row of the member.
        export: "SELECT purpose, email, created_at, expires_at FROM token WHERE member_id = $1 AND purpose <> 'email_change' ORDER BY created_at, token_hash",
        columns: &[
            ("purpose", Text),
            ("email", Text),
            ("created_at", Time),
            ("expires_at", Time),
        ],
        erase: &["DELETE FROM token WHERE member_id = $1"],
        many: &[],
    },
    Table {
        name: "member_author",
        references: &["member_id"],
        export: "SELECT author, linked_at FROM member_author WHERE member_id = $1 ORDER BY author",
        columns: &[("author", Text), ("linked_at", Time)],
        erase: &["DELETE FROM member_author WHERE member_id = $1"],
        many: &[],
    },
    Table {
        name: "entitlement",
        references: &["member_id", "granted_by"],
        export: "SELECT tier_id, source, starts_at, valid_until, created_at, revoked_at, tells_end FROM entitlement WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("tier_id", Text),
            ("source", Text),
            ("starts_at", Time),
            ("valid_until", Time),
            ("created_at", Time),
            ("revoked_at", Time),
            ("tells_end", Truth),
        ],
        erase: &["DELETE FROM entitlement WHERE member_id = $1"],
        many: &[Many {
            keys: "SELECT id AS found_by FROM entitlement WHERE granted_by = $1 LIMIT $2",
            erase: &[
                "UPDATE entitlement SET granted_by = NULL WHERE granted_by = $1 AND id IN ({{each}}($2))",
            ],
        }],
    },
    // What was said stays, so that the answers of others keep their sense; whose it was is gone with the
    // member's name, which the row of the member no longer has.
    Table {
        name: "comment",
        references: &["member_id"],
        export: "SELECT id, page_id, parent_id, kind, state, body, posted_at, edited_at, deleted_at FROM comment WHERE member_id = $1 ORDER BY posted_at, id",
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
        erase: &[],
        many: &[],
    },
    Table {
        name: "page_like",
        references: &["member_id"],
        export: "SELECT page_id, at FROM page_like WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        erase: &[],
        many: &[Many {
            keys: "SELECT page_id AS found_by FROM page_like WHERE member_id = $1 LIMIT $2",
            erase: &[
                "UPDATE page_count SET n_likes = n_likes - 1 WHERE page_id IN (
                     SELECT page_id FROM page_like WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
                "DELETE FROM page_like WHERE member_id = $1 AND page_id IN ({{each}}($2))",
            ],
        }],
    },
    Table {
        name: "comment_like",
        references: &["member_id"],
        export: "SELECT comment_id, at FROM comment_like WHERE member_id = $1 ORDER BY at, comment_id",
        columns: &[("comment_id", Text), ("at", Time)],
        erase: &[],
        many: &[Many {
            keys: "SELECT comment_id AS found_by FROM comment_like WHERE member_id = $1 LIMIT $2",
            erase: &[
                "UPDATE comment SET n_likes = n_likes - 1 WHERE n_likes > 0 AND id IN (
                     SELECT comment_id FROM comment_like WHERE member_id = $1 AND comment_id IN ({{each}}($2)))",
                "DELETE FROM comment_like WHERE member_id = $1 AND comment_id IN ({{each}}($2))",
            ],
        }],
    },
    Table {
        name: "page_save",
        references: &["member_id"],
        export: "SELECT page_id, at FROM page_save WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        erase: &[],
        many: &[Many {
            keys: "SELECT page_id AS found_by FROM page_save WHERE member_id = $1 LIMIT $2",
            erase: &[
                "UPDATE page_count SET n_saves = n_saves - 1 WHERE page_id IN (
                     SELECT page_id FROM page_save WHERE member_id = $1 AND page_id IN ({{each}}($2)))",
                "DELETE FROM page_save WHERE member_id = $1 AND page_id IN ({{each}}($2))",
            ],
        }],
    },
    Table {
        name: "page_rating",
        references: &["member_id"],
        export: "SELECT page_id, helpful, at FROM page_rating WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("helpful", Truth), ("at", Time)],
        erase: &[],
        many: &[Many {
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
    },
    Table {
        name: "reading",
        references: &["member_id"],
        export: "SELECT page_id, day, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at FROM reading WHERE member_id = $1 ORDER BY first_at, page_id",
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
        erase: &[],
        many: &[Many {
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
    },
    Table {
        name: "page_share",
        references: &["member_id"],
        export: "SELECT page_id, at FROM page_share WHERE member_id = $1 ORDER BY at, page_id",
        columns: &[("page_id", Page), ("at", Time)],
        erase: &[],
        many: &[Many {
            keys: "SELECT page_id AS found_by FROM page_share WHERE member_id = $1 LIMIT $2",
            erase: &["DELETE FROM page_share WHERE member_id = $1 AND page_id IN ({{each}}($2))"],
        }],
    },
    Table {
        name: "page_score",
        references: &["override_by"],
        export: "SELECT page_id, kind, override, override_at, override_note FROM page_score WHERE override_by = $1 ORDER BY override_at, page_id, kind",
        columns: &[
            ("page_id", Page),
            ("kind", Text),
            ("override", Real),
            ("override_at", Time),
            ("override_note", Text),
        ],
        erase: &[],
        many: &[Many {
            keys: "SELECT page_id AS found_by FROM page_score WHERE override_by = $1 LIMIT $2",
            erase: &[
                "UPDATE page_score SET override_by = NULL WHERE override_by = $1 AND page_id IN ({{each}}($2))",
            ],
        }],
    },
    // These two know members without a foreign key. The log of what was done is kept; the id in it leads nowhere then.
    Table {
        name: "audit",
        references: &[],
        export: "SELECT at, action, detail FROM (
                     SELECT at, id, action, detail FROM audit WHERE actor_id = $1
                     UNION ALL
                     SELECT at, id, action, detail FROM audit WHERE subject = $1 AND actor_id IS DISTINCT FROM $1
                 ) noted ORDER BY at, id",
        columns: &[("at", Time), ("action", Text), ("detail", Text)],
        erase: &[],
        many: &[],
    },
    Table {
        name: "idempotency",
        references: &[],
        export: "SELECT idempotency_key, status, created_at FROM idempotency WHERE owner = $1 ORDER BY created_at, idempotency_key",
        columns: &[
            ("idempotency_key", Text),
            ("status", Number),
            ("created_at", Time),
        ],
        erase: &[],
        many: &[Many {
            keys: "SELECT idempotency_key AS found_by FROM idempotency WHERE owner = $1 LIMIT $2",
            erase: &[
                "DELETE FROM idempotency WHERE owner = $1 AND idempotency_key IN ({{each}}($2))",
            ],
        }],
    },
];

/// Writes what [`export`] gives as JSON, row by row, with pages as `names` has them. False, and nothing is written, when
/// there is no such member.
pub fn write_export(
    tx: &mut Tx,
    id: MemberId,
    names: &PageKeys,
    into: &mut dyn Write,
) -> Result<bool, StoreError> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("id", Text),
        ("handle", Text),
        ("email", Text),
        ("name", Text),
        ("bio", Text),
        ("role", Text),
        ("trust_level", Number),
        ("is_added", Truth),
        ("newsletter", Truth),
        ("language", Text),
        ("created_at", Time),
        ("updated_at", Time),
        ("verified_at", Time),
        ("password_at", Time),
        ("suspended_at", Time),
        ("suspended_for", Text),
        ("wanted_email", Text),
        ("wanted_until", Time),
    ];
    let found = tx.query_one(
        "SELECT id, handle, email, name, bio, role, trust_level, is_added, newsletter, language, created_at, updated_at,
                verified_at, password_at, suspended_at, suspended_for, wanted_email, wanted_until
         FROM member WHERE id = $1 AND erased_at IS NULL",
        &[&id],
        |row| object(row, COLUMNS, names),
    )?;
    let Some(member) = found else {
        return Ok(false);
    };
    let failed = |error: io::Error| StoreError::Copy {
        target: "the export".into(),
        source: Arc::new(error),
    };
    write!(into, "{{\"member\":{member}").map_err(failed)?;
    for table in TABLES {
        write!(into, ",\"{}\":[", table.name).map_err(failed)?;
        let mut comma = "";
        tx.query(table.export, &[&id], |row| {
            let row = object(row, table.columns, names)?;
            let written = write!(into, "{comma}{row}").map_err(failed);
            comma = ",";
            written
        })?;
        into.write_all(b"]").map_err(failed)?;
    }
    into.write_all(b"}").map_err(failed)?;
    Ok(true)
}

/// Empties the row of a member, and deletes what has to go at once: sessions, tokens, letters that wait.
pub fn erase_now(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<(), StoreError> {
    for statement in TABLES.iter().flat_map(|table| table.erase) {
        tx.execute(statement, &[&id])?;
    }
    // Letters that wait or were sent name the member, and some an address.
    tx.execute("DELETE FROM job WHERE subject = $1", &[&id])?;
    member::counting(tx, id, |tx| {
        tx.execute(
            "UPDATE member SET handle = $2, handle_key = $2, skeleton = NULL, email = NULL, email_key = NULL, name = '', bio = '',
                               password_hash = NULL, password_at = NULL, role = 'member', is_added = 0, newsletter = 0, language = NULL,
                               verified_at = NULL, suspended_at = NULL, suspended_for = NULL, wanted_email = NULL, wanted_until = NULL,
                               updated_at = $3, erased_at = $3
             WHERE id = $1",
            &[&id, &format!("erased-{id}"), &now],
        )
    })?;
    Ok(())
}

/// Deletes at most `limit` of the rows that are left of an erased member, or more where they are of the same pages;
/// `None` when there are none, and then the job with this key is gone as well.
pub fn erase_some(
    tx: &mut Tx,
    id: MemberId,
    job_key: &str,
    limit: i64,
) -> Result<Option<()>, StoreError> {
    for many in TABLES.iter().flat_map(|table| table.many) {
        let found: BTreeSet<String> = tx
            .query(many.keys, &[&id, &limit], |row| row.get("found_by"))?
            .into_iter()
            .collect();
        if found.is_empty() {
            continue;
        }
        let keys = json!(found).to_string();
        for statement in many.erase {
            tx.execute(statement, &[&id, &keys])?;
        }
        return Ok(Some(()));
    }
    // One that is being run ends by itself.
    tx.execute(
        "DELETE FROM job WHERE unique_key = $1 AND leased_by IS NULL",
        &[&job_key],
    )?;
    tx.empty_log();
    Ok(None)
}

fn object(row: &Row, columns: &[(&str, Kind)], names: &PageKeys) -> Result<Value, StoreError> {
    let mut object = Map::new();
    for (place, (name, kind)) in columns.iter().enumerate() {
        let value = match kind {
            Text => json!(row.get::<Option<String>>(place)?),
            Page => json!(row.get::<Option<PageKey>>(place)?.map(|it| names.name(&it))),
            Number => json!(row.get::<Option<i64>>(place)?),
            Real => json!(row.get::<Option<f64>>(place)?),
            Truth => json!(row.get::<Option<bool>>(place)?),
            Time => json!(row.get::<Option<Timestamp>>(place)?),
        };
        object.insert((*name).into(), value);
    }
    Ok(Value::Object(object))
}
