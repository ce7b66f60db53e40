//! Adding to the audit log, and what other slices ask of it.

use crate::clock::Timestamp;
use crate::edge::accounts::MemberId;
use crate::edge::audit::{Action, sql};
use crate::edge::store::{StoreError, Tx};
use uuid::Uuid;

/// Adds one row. `actor` is `None` for the command line and the edge itself; `subject` is the id of whom
/// or what it was done to; `detail` is JSON without secrets, names and addresses.
pub fn note(
    tx: &mut Tx,
    stamp: (Uuid, Timestamp),
    actor: Option<Uuid>,
    action: Action,
    (subject, detail): (&str, serde_json::Value),
) -> Result<(), StoreError> {
    sql::insert(tx, stamp, actor, action, (subject, &detail.to_string()))
}

/// When each of these members last did something that is noted; who did nothing is left out.
pub fn last_acts(
    tx: &mut Tx,
    members: &[MemberId],
) -> Result<Vec<(MemberId, Timestamp)>, StoreError> {
    sql::last_acts(tx, members)
}
