//! Letters that the owner has sent to a member, and a member's address. The jobs are written here; the edge sends them.

use crate::clock::Timestamp;
use crate::edge::accounts::actions;
use crate::edge::accounts::service::admin::{Desk, DeskError};
use crate::edge::accounts::service::claims;
use crate::edge::accounts::{Email, Holder, Member, Purpose, sql};
use crate::edge::entropy::Entropy;
use crate::edge::mail::{self, Letter, Order};
use crate::edge::store::Tx;
use serde_json::json;

impl Desk {
    /// Sends the letter again that confirms a member's address. Fails where it is confirmed.
    pub fn confirm(&self, who: &str) -> Result<Email, DeskError> {
        let entropy = self.entropy.clone();
        self.act(
            who,
            actions::ASKED_TO_CONFIRM,
            json!({}),
            move |tx, member, now| {
                let email = member.email.clone();
                let email = email.ok_or_else(|| DeskError::NoAddress(member.handle.clone()))?;
                if member.verified_at.is_some() {
                    return Err(DeskError::Confirmed(member.handle.clone()));
                }
                let order = Order::of(Letter::Verify, Holder::Member(member.id));
                mail::order(tx, &order, (&entropy, now))?;
                Ok(email)
            },
        )
    }

    /// Gives a member another address: at once where the owner vouches for it, else once its letter is opened where the
    /// member is signed in. The old address is told.
    pub fn set_address(&self, who: &str, new: &str, is_verified: bool) -> Result<(), DeskError> {
        let new = Email::parse(new).ok_or_else(|| DeskError::Email(new.into()))?;
        let entropy = self.entropy.clone();
        self.act(who, actions::EMAIL, json!({}), move |tx, member, now| {
            let is_known = !is_verified || member.verified_at.is_some();
            if is_known && member.email.as_ref() == Some(&new) {
                return Err(DeskError::SameAddress(member.handle.clone()));
            }
            if sql::member::with_proven(tx, &new)?.is_some() {
                return Err(DeskError::EmailTaken(new.as_str().into()));
            }
            let stamp = (&entropy, now);
            if !is_verified {
                let until = now.plus_secs(Purpose::EmailChange.lifetime_secs());
                sql::member::want_email(tx, member.id, Some((&new, until)))?;
                let order = Order {
                    to: Some(new.clone()),
                    ..Order::of(Letter::EmailChange, Holder::Member(member.id))
                };
                mail::order(tx, &order, stamp)?;
                return tell_old(tx, member, Letter::EmailChanging, stamp);
            }
            if !sql::member::set_email(tx, member.id, &new, now)? {
                return Err(DeskError::EmailTaken(new.as_str().into()));
            }
            claims::rivals_end(tx, &new, member.id, now)?;
            sql::token::end_all_tokens(tx, member.id)?;
            tell_old(tx, member, Letter::EmailChanged, stamp)
        })
    }
}

fn tell_old(
    tx: &mut Tx,
    member: &Member,
    letter: Letter,
    stamp: (&Entropy, Timestamp),
) -> Result<(), DeskError> {
    let order = Order {
        to: member.email.clone(),
        ..Order::of(letter, Holder::Member(member.id))
    };
    Ok(mail::notify(tx, member, &order, stamp)?)
}
