//! Asking for letters: as durable jobs, in the transaction of what they follow from.

use crate::clock::Timestamp;
use crate::edge::attempts::{self, MAILS, MAILS_TO};
use crate::edge::entropy::Entropy;
use crate::edge::mail::Order;
use crate::edge::members::Email;
use crate::edge::store::jobs::{self, NewJob};
use crate::edge::store::{StoreError, Tx};

/// The kind of the jobs.
pub const KIND: &str = "mail";
/// Letters that one process sends at once: one that the relay holds up does not stop the others.
pub const N_WORKERS: usize = 4;

/// Posts a letter that follows from what a member did. It replaces one of
/// the same sort that still waits, so that it leaves at once whatever became of the older one.
pub fn post(
    tx: &mut Tx,
    order: &Order,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let to = order.to.as_ref().map(Email::as_str).unwrap_or_default();
    let unique_key = Some(format!(
        "{KIND}:{}:{}:{to}",
        order.letter.as_str(),
        order.member
    ));
    let payload = serde_json::to_value(order).unwrap_or_default();
    let job = NewJob {
        id: entropy.uuid_v7(now),
        kind: KIND,
        unique_key,
        subject: Some(order.member.to_string()),
        payload,
        run_at: now,
    };
    jobs::enqueue_newest(tx, &job, now)
}

/// Posts what a visitor asked for at an address; `order` is `None` where nobody has it. Three in 15 minutes,
/// and all visitors together a thousand; beyond that nothing is posted, and nobody is told (AUTHN-13).
/// An address that nobody has is counted as well, so that both take the same time (AUTHN-03).
pub fn ask(
    tx: &mut Tx,
    email: &Email,
    order: Option<&Order>,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    let count = |tx: &mut Tx, limit, subject: &str| {
        let wait = attempts::take(tx, limit, subject, (entropy.uuid_v7(now), now))?;
        Ok::<bool, StoreError>(wait.is_none())
    };
    let is_allowed = count(tx, &MAILS_TO, &email.box_key())?;
    match order {
        Some(order) if is_allowed && count(tx, &MAILS, "")? => post(tx, order, entropy, now),
        _ => Ok(()),
    }
}
