//! Asking for letters: as durable jobs, in the transaction of what they follow from.

use crate::clock::Timestamp;
use crate::edge::accounts::{Email, Holder, Member};
use crate::edge::attempts::{self, Limit};
use crate::edge::entropy::Entropy;
use crate::edge::mail::limits::{
    MAILS, MAILS_FROM, MAILS_TO, MAILS_TO_ALL, MAILS_TO_ANYONE, NOTICES_TO,
};
use crate::edge::mail::{EmailJob, EmailKind, Given};
use crate::edge::store::jobs::{self, NewJob};
use crate::edge::store::{StoreError, Tx};

/// The kind of the jobs.
pub const KIND: &str = "mail";
/// Letters that one process sends at once: some that the relay holds up do not stop the others.
pub const N_WORKERS: usize = 16;

/// Posts a letter. It replaces one of the same sort that still waits, so that it leaves at once whatever became of the
/// older one.
fn post(
    tx: &mut Tx,
    order: &EmailJob,
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
    order: &EmailJob,
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

/// Who asked for a letter: against which limits it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The letter is about a member who proved the address that it goes to.
    Proven,
    /// Anybody: a join, or an address that nobody proved. Such letters never use up what members need.
    Anyone,
}

/// Posts what a visitor asked for at an address; `order` is `None` where nobody has it. Three in 15 minutes, and all
/// visitors together a thousand; beyond that nothing is posted, and nobody is told (AUTHN-13). An address that nobody
/// has is counted as well, so that both take the same time (AUTHN-03), but apart: no letter goes there.
pub fn ask(
    tx: &mut Tx,
    (email, asker): (&Email, Asker),
    order: Option<&EmailJob>,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    let subject = match (asker, order) {
        (Asker::Proven, _) => email.as_str().to_owned(),
        (Asker::Anyone, Some(_)) => email.box_key(),
        (Asker::Anyone, None) => format!("nobody {}", email.box_key()),
    };
    let is_allowed = is_allowed(tx, (asker, &subject), order.is_some(), (entropy, now))?;
    match order {
        Some(order) if is_allowed => post(tx, order, entropy, now),
        _ => Ok(()),
    }
}

/// Posts the letter of a join within the bounds for its network and for anybody; false where they are reached. A newer join of the same
/// address with the same handle has its letter in the place of one that still waits: of two clicks at one button the
/// second counts, as it does in the browser.
pub fn ask_to_join(
    tx: &mut Tx,
    (email, handle_key, network): (&Email, &str, &str),
    order: &EmailJob,
    stamp: (&Entropy, Timestamp),
) -> Result<bool, StoreError> {
    let is_allowed = count(tx, &MAILS_FROM, network, stamp)?
        && is_allowed(tx, (Asker::Anyone, &email.box_key()), true, stamp)?;
    if is_allowed {
        let sort = format!("{}:{handle_key}", email.as_str());
        post_one_of(tx, order, &sort, stamp)?;
    }
    Ok(is_allowed)
}

/// Tells a member at an address of theirs what was done in their account: three times in 15 minutes an address.
/// Nothing is sent to an address that nobody proved, which may be a stranger's.
pub fn notify(
    tx: &mut Tx,
    member: &Member,
    order: &EmailJob,
    (entropy, now): (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    let Some(email) = order.to.as_ref().or(member.email.as_ref()) else {
        return Ok(());
    };
    let is_wanted = member.verified_at.is_some();
    if is_wanted && count(tx, &NOTICES_TO, email.as_str(), (entropy, now))? {
        post(tx, order, entropy, now)?;
    }
    Ok(())
}

/// Tells a member of a tier; one letter of the sort waits for each tier. Nothing is sent to an address that nobody proved
/// and the site's owner did not give.
pub fn tell_of_tier(
    tx: &mut Tx,
    member: &Member,
    (letter, given): (EmailKind, &Given),
    stamp: (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    if member.verified_at.is_none() && !member.is_added {
        return Ok(());
    }
    let order = EmailJob {
        given: Some(given.clone()),
        ..EmailJob::of(letter, Holder::Member(member.id))
    };
    let sort = format!("{}:{}", member.id, given.tier);
    post_one_of(tx, &order, &sort, stamp)
}

/// Posts a letter that the site's owner asked for on the command line, which no limit holds.
pub fn order(
    tx: &mut Tx,
    order: &EmailJob,
    stamp: (&Entropy, Timestamp),
) -> Result<(), StoreError> {
    post(tx, order, stamp.0, stamp.1)
}

/// Takes back letters of this sort about somebody that wait to be written.
pub fn withdraw(tx: &mut Tx, about: Holder, letter: EmailKind) -> Result<(), StoreError> {
    let id = about.id().to_string();
    let key = format!("{KIND}:{}:{id}:", letter.as_str());
    jobs::withdraw(tx, &id, &key)
}

/// Counts a letter against the limits of its address and of its asker's kind.
fn is_allowed(
    tx: &mut Tx,
    (asker, subject): (Asker, &str),
    is_sent: bool,
    stamp: (&Entropy, Timestamp),
) -> Result<bool, StoreError> {
    let (each, all, name) = match asker {
        Asker::Proven => (&MAILS_TO, &MAILS, "members"),
        Asker::Anyone => (&MAILS_TO_ANYONE, &MAILS_TO_ALL, "anyone"),
    };
    if !count(tx, each, subject, stamp)? || !is_sent {
        return Ok(false);
    }
    let is_allowed = count(tx, all, "", stamp)?;
    if !is_allowed {
        metrics::counter!("mails_over_limit_total", "asker" => name).increment(1);
        tracing::warn!(
            asker = name,
            limit = all.most,
            "too many letters in 15 minutes; one is not sent"
        );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::accounts::MemberId;
    use crate::edge::fixture::NOW;
    use crate::edge::store::tests::on_each_engine;
    use uuid::Uuid;

    /// One network cannot use up the letters of all joins.
    #[test]
    fn a_network_has_a_share_of_the_letters_of_joins() {
        on_each_engine(|store, _| {
            let entropy = Entropy::fixed(1);
            let join = move |tx: &mut Tx| -> Result<_, StoreError> {
                let order = EmailJob::of(EmailKind::Verify, Holder::Member(MemberId(Uuid::nil())));
                let mut ask = |n: usize, network: &str| {
                    let email = Email::parse(&format!("n{n}@x{n}.example")).unwrap();
                    let handle = format!("n{n}");
                    ask_to_join(tx, (&email, &handle, network), &order, (&entropy, NOW))
                };
                let mut n_sent = 0;
                for n in 0..MAILS_FROM.most + 20 {
                    n_sent += i64::from(ask(n as usize, "2001:db8::/48")?);
                }
                Ok((n_sent, ask(1_000, "192.0.2.0")?))
            };
            let (n_sent, other) = store.write_blocking(join).unwrap();
            assert_eq!((n_sent, other), (MAILS_FROM.most, true));
            const { assert!(MAILS_FROM.most * 10 <= MAILS_TO_ALL.most) };
        });
    }
}
