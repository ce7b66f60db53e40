//! Taking everything out, and leaving: every table that knows a member, and what becomes of its rows.
//!
//! Each slice says what becomes of its own tables; a test compares that with the schema of both engines, so that no table
//! is forgotten (PRIV-01, PRIV-02).

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod tests;

use crate::clock::Timestamp;
use crate::edge::accounts::service::handles;
use crate::edge::accounts::{Handle, Member, MemberId, Role, actions, sql};
use crate::edge::audit::{self, Action};
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::page_keys::{self, PageKeys};
use crate::edge::store::jobs::{self, NewJob, TakenJob};
use crate::edge::store::{Store, StoreError, Tx};
use crate::edge::tables::Tables;
use serde_json::{Value, json};
use std::io::Write;
use uuid::Uuid;

/// The job that finishes an erasure which was cut off.
pub const ERASE: &str = "members.erase";
/// An erasure that is not cut off is finished before its job begins.
const CUT_OFF_SECS: i64 = 300;

/// Everything the store knows of a member: `member`, and each table that names a member as a list of objects. Pages have
/// the ids that they had last. `None` when there is no such member.
pub fn export(
    tx: &mut Tx,
    tables: &'static Tables,
    id: MemberId,
) -> Result<Option<Value>, StoreError> {
    let mut text = Vec::new();
    let names = page_keys::service::last_names(tx)?;
    let is_there = write_export(tx, (tables, &names), id, &mut text)?;
    Ok(serde_json::from_slice(&text).ok().filter(|_| is_there))
}

/// Writes what [`export`] returns as JSON, row by row, with pages as `names` has them. False, and nothing is written, when
/// there is no such member.
pub fn write_export(
    tx: &mut Tx,
    (tables, names): (&'static Tables, &PageKeys),
    id: MemberId,
    into: &mut dyn Write,
) -> Result<bool, StoreError> {
    sql::leave::write_export(tx, (tables, names), id, into)
}

/// Begins an erasure: the row of the member holds nothing of them any more, nobody is signed in as them, their handle
/// rests, and a job will delete the rest. [`finish`] does that at once.
pub fn begin(
    tx: &mut Tx,
    tables: &'static Tables,
    id: MemberId,
    (job, now): (Uuid, Timestamp),
) -> Result<(), StoreError> {
    let member = sql::member::by_id(tx, id)?;
    if let Some(handle) = member.and_then(|it| Handle::parse(&it.handle)) {
        handles::lay_to_rest(tx, &handle, now)?;
    }
    sql::leave::erase_now(tx, tables, id, now)?;
    jobs::enqueue(tx, &job_of(id, job, now), now)?;
    tx.empty_log();
    Ok(())
}

/// Begins the erasure of a member who asked for it. Refused to the last owner.
pub fn ask(
    tx: &mut Tx,
    tables: &'static Tables,
    member: &Member,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), ApiError> {
    if member.role == Role::Owner && sql::member::n_owners(tx)? < 2 {
        let detail = "the last owner cannot leave: make another one first";
        return Err(ApiError::Conflict {
            code: "last_owner",
            detail,
        });
    }
    begin(tx, tables, member.id, (entropy.uuid_v7(now), now))?;
    Ok(note(
        tx,
        member.id,
        actions::ERASE,
        (entropy.uuid_v7(now), now),
    )?)
}

/// Notes that a member took out a copy of everything.
pub fn note_export(tx: &mut Tx, id: MemberId, stamp: (Uuid, Timestamp)) -> Result<(), StoreError> {
    note(tx, id, actions::EXPORT, stamp)
}

fn note(
    tx: &mut Tx,
    id: MemberId,
    action: Action,
    stamp: (Uuid, Timestamp),
) -> Result<(), StoreError> {
    let subject = id.to_string();
    audit::note(tx, stamp, Some(id.0), action, (&subject, json!({})))
}

/// Deletes what [`begin`] has left of a member's rows, in short transactions. Beginning again does no harm. Blocks.
pub fn finish(store: &Store, tables: &'static Tables, id: MemberId) -> Result<(), StoreError> {
    store.write_in_batches((), move |tx, (), limit| go_on(tx, tables, id, limit))
}

fn go_on(
    tx: &mut Tx,
    tables: &'static Tables,
    id: MemberId,
    limit: i64,
) -> Result<Option<()>, StoreError> {
    sql::leave::erase_some(tx, tables, (id, &key_of(id)), limit)
}

/// A whole erasure within one transaction.
#[cfg(test)]
pub fn erase(
    tx: &mut Tx,
    tables: &'static Tables,
    id: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    begin(tx, tables, id, (id.0, now))?;
    while go_on(tx, tables, id, 3)?.is_some() {}
    Ok(())
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
