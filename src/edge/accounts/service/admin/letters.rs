//! Letters to a member on the owner's behalf, and changes of a member's address. Letters are queued here; the edge
//! sends them.

use crate::clock::Timestamp;
use crate::edge::accounts::actions;
use crate::edge::accounts::service::admin::{AdminError, MemberAdmin};
use crate::edge::accounts::service::claims;
use crate::edge::accounts::{Email, Holder, Member, Purpose, sql};
use crate::edge::entropy::Entropy;
use crate::edge::mail::{self, EmailJob, EmailKind};
use crate::edge::store::Tx;
use serde_json::json;

impl MemberAdmin {
    /// Queues the letter that confirms a member's address again. Fails if the address is confirmed.
    pub fn confirm(&self, who: &str) -> Result<Email, AdminError> {
        let entropy = self.entropy.clone();
        self.act(
            who,
            actions::ASKED_TO_CONFIRM,
            json!({}),
            move |tx, member, now| {
                let email = member.email.clone();
                let email = email.ok_or_else(|| AdminError::NoAddress(member.handle.clone()))?;
                if member.verified_at.is_some() {
                    return Err(AdminError::Confirmed(member.handle.clone()));
                }
                let order = EmailJob::of(EmailKind::Verify, Holder::Member(member.id));
                mail::order(tx, &order, (&entropy, now))?;
                Ok(email)
            },
        )
    }

    /// Changes a member's address: at once if the owner vouches for it, else when the letter is opened in a browser in
    /// which the member is signed in. The old address gets a notice.
    pub fn set_address(&self, who: &str, new: &str, is_verified: bool) -> Result<(), AdminError> {
        let new = Email::parse(new).ok_or_else(|| AdminError::Email(new.into()))?;
        let entropy = self.entropy.clone();
        self.act(who, actions::EMAIL, json!({}), move |tx, member, now| {
            let is_known = !is_verified || member.verified_at.is_some();
            if is_known && member.email.as_ref() == Some(&new) {
                return Err(AdminError::SameAddress(member.handle.clone()));
            }
            if sql::member::with_proven(tx, &new)?.is_some() {
                return Err(AdminError::EmailTaken(new.as_str().into()));
            }
            let stamp = (&entropy, now);
            if !is_verified {
                let until = now.plus_secs(Purpose::EmailChange.lifetime_secs());
                sql::member::want_email(tx, member.id, Some((&new, until)))?;
                let order = EmailJob {
                    to: Some(new.clone()),
                    ..EmailJob::of(EmailKind::EmailChange, Holder::Member(member.id))
                };
                mail::order(tx, &order, stamp)?;
                return tell_old(tx, member, EmailKind::EmailChanging, stamp);
            }
            if !sql::member::set_email(tx, member.id, &new, now)? {
                return Err(AdminError::EmailTaken(new.as_str().into()));
            }
            claims::rivals_end(tx, &new, member.id, now)?;
            sql::token::end_all_tokens(tx, member.id)?;
            tell_old(tx, member, EmailKind::EmailChanged, stamp)
        })
    }
}

fn tell_old(
    tx: &mut Tx,
    member: &Member,
    letter: EmailKind,
    stamp: (&Entropy, Timestamp),
) -> Result<(), AdminError> {
    let order = EmailJob {
        to: member.email.clone(),
        ..EmailJob::of(letter, Holder::Member(member.id))
    };
    Ok(mail::notify(tx, member, &order, stamp)?)
}
