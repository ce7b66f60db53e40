//! Asking for letters: as durable jobs, in the transaction of what they follow from.

use crate::clock::Timestamp;
use crate::edge::attempts::{self, Limit, MAILS, MAILS_TO};
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
    let sort = format!("{}:{to}", order.about.id());
    post_one_of(tx, order, &sort, (entropy, now))
}

/// As [`post`], where `sort` says which letters are of the same sort.
fn post_one_of(
    tx: &mut Tx,
    order: &Order,
    sort: &str,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    let unique_key = Some(format!("{KIND}:{}:{sort}", order.letter.as_str()));
    let payload = serde_json::to_value(order).unwrap_or_default();
    let job = NewJob {
        id: entropy.uuid_v7(now),
        kind: KIND,
        unique_key,
        subject: Some(order.about.id().to_string()),
        payload,
        run_at: now,
    };
    jobs::enqueue_newest(tx, &job, now)
}

/// Posts what a visitor asked for at an address; `order` is `None` where nobody has it. Three in 15 minutes, and all
/// visitors together a thousand; beyond that nothing is posted, and nobody is told (AUTHN-13). An address that nobody
/// has is counted as well, so that both take the same time (AUTHN-03).
pub fn ask(
    tx: &mut Tx,
    email: &Email,
    order: Option<&Order>,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    let is_allowed = count(tx, &MAILS_TO, &email.box_key(), (entropy, now))?;
    match order {
        Some(order) if is_allowed && count(tx, &MAILS, "", (entropy, now))? => {
            post(tx, order, entropy, now)
        }
        _ => Ok(()),
    }
}

/// Posts the letter of a join within the same bounds; false where they are reached. A newer join of the same address
/// with the same handle has its letter in the place of one that still waits: of two clicks at one button the second
/// counts, as it does in the browser.
pub fn ask_to_join(
    tx: &mut Tx,
    (email, handle_key): (&Email, &str),
    order: &Order,
    stamp: (&Entropy, Timestamp),
) -> Result<bool, StoreError> {
    let is_allowed =
        count(tx, &MAILS_TO, &email.box_key(), stamp)? && count(tx, &MAILS, "", stamp)?;
    if is_allowed {
        let sort = format!("{}:{handle_key}", email.as_str());
        post_one_of(tx, order, &sort, stamp)?;
    }
    Ok(is_allowed)
}

fn count(
    tx: &mut Tx,
    limit: &Limit,
    subject: &str,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<bool, StoreError> {
    let wait = attempts::take(tx, limit, subject, (entropy.uuid_v7(now), now))?;
    Ok(wait.is_none())
}
