//! The audit log as rows.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::audit::Action;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::Kind::{Text, Time};
use crate::edge::tables::{Export, MemberColumn, Shown, Table};
use serde_json::json;
use uuid::Uuid;

/// The log is kept, and an id in it leads to an account without name and address.
pub const TABLES: &[Table] = &[Table {
    members: &[
        MemberColumn::kept("actor_id", "the log is never changed"),
        MemberColumn::kept("subject", "the log is never changed"),
    ],
    export: Export::Rows(Shown {
        select: "SELECT at, action, detail FROM (
                     SELECT at, id, action, detail FROM audit WHERE actor_id = $1
                     UNION ALL
                     SELECT at, id, action, detail FROM audit WHERE subject = $1 AND actor_id IS DISTINCT FROM $1
                 ) noted ORDER BY at, id",
        columns: &[("at", Time), ("action", Text), ("detail", Text)],
        hidden: &["id"],
    }),
    ..Table::new("audit")
}];

/// Adds one row; `detail` is JSON.
pub fn insert(
    tx: &mut Tx,
    (id, at): (Uuid, Timestamp),
    actor: Option<Uuid>,
    action: Action,
    (subject, detail): (&str, &str),
) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO audit (id, at, actor_id, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        &[&id, &at, &actor, &action.as_str(), &subject, &detail],
    )
}

/// When each of these members last did something that is noted; who did nothing is left out.
pub fn last_acts(
    tx: &mut Tx,
    members: &[MemberId],
) -> Result<Vec<(MemberId, Timestamp)>, StoreError> {
    tx.query(
        "SELECT actor_id, MAX(at) AS last_at FROM audit
         WHERE actor_id IN ({{each}}($1)) GROUP BY actor_id",
        &[&json!(members).to_string()],
        |row| Ok((row.get("actor_id")?, row.get("last_at")?)),
    )
}
