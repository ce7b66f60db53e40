//! Taking everything out, and leaving: every table that knows a member, and what becomes of its rows.
//!
//! [`TABLES`] is the whole list; a test holds it against the schema of both engines, so that a table
//! added later cannot be forgotten (PRIV-01, PRIV-02).

#[cfg(test)]
mod conversations;
mod sql;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub use sql::erase;
pub use sql::{TABLES, Table, begin, export, write_export};

use crate::clock::Timestamp;
use crate::edge::members::MemberId;
use crate::edge::store::jobs::{NewJob, TakenJob};
use crate::edge::store::{Store, StoreError};
use serde_json::json;
use uuid::Uuid;

/// The job that finishes an erasure which was cut off.
pub const ERASE: &str = "members.erase";
/// An erasure that is not cut off is finished before its job begins.
const CUT_OFF_SECS: i64 = 300;

/// Deletes what [`begin`] has left of a member's rows, in short transactions. Beginning again does no harm. Blocks.
pub fn finish(store: &Store, id: MemberId) -> Result<(), StoreError> {
    store.write_in_batches((), move |tx, (), limit| sql::go_on(tx, id, limit))
}

/// Whose erasure a job finishes.
pub fn subject_of(job: &TakenJob) -> Option<MemberId> {
    let id = job.payload["member"].as_str()?;
    Uuid::try_parse(id).ok().map(MemberId)
}

fn job_of(id: MemberId, job: Uuid, now: Timestamp) -> NewJob {
    NewJob {
        id: job,
        kind: ERASE,
        unique_key: Some(key_of(id)),
        subject: None,
        payload: json!({"member": id}),
        run_at: now.plus_secs(CUT_OFF_SECS),
    }
}

fn key_of(id: MemberId) -> String {
    format!("{ERASE} {id}")
}

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
