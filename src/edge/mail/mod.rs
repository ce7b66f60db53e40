//! Mail: which letters there are, how they are asked for, written and sent.
//!
//! An [`EmailJob`] is a durable job without any secret: the token of its link is made when the letter is
//! written, so that no link ever lies in the store (AUTHN-11). [`ask`] is for letters that somebody asked for,
//! [`notify`] for those that follow from what a member did; both are held to limits. `deliver.rs` turns an order into
//! a [`Message`], `transport.rs` sends it, and `smtp/` speaks with a relay.

mod deliver;
mod letters;
pub mod limits;
mod post;
#[cfg(test)]
mod relayed;
pub mod slice;
mod smtp;
mod transport;
mod words;

pub use deliver::{HELD_SECS, Undelivered, deliver};
pub use letters::{EmailKind, Facts, until_in_words, write};
pub use post::{Asker, KIND, N_WORKERS, ask, ask_to_join, notify, order, tell_of_tier, withdraw};
pub use transport::{Mailer, Postmark, TransportError, check_password};

use crate::clock::Timestamp;
use crate::edge::accounts::{Email, Holder, MemberId};
use crate::ids::TierId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A letter to be written, as it waits in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailJob {
    /// Which letter.
    pub letter: EmailKind,
    /// Whom it is about, as `member` or `claim`. When they are gone, the letter is not written.
    #[serde(flatten)]
    pub about: Holder,
    /// Where it goes, if not to the member's own address: the new one of a change, or the old.
    pub to: Option<Email>,
    /// Language code; the member's own, or the site's, where it is `None`.
    pub language: Option<String>,
    /// Where its link leads on to: a path of this site.
    pub next: Option<String>,
    /// Other members with the same address, each of whom gets a link in the same letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<MemberId>,
    /// The tier that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
}

/// A tier, and until when it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its id.
    pub tier: TierId,
    /// First moment at which it is over; `None`: for ever.
    pub until: Option<Timestamp>,
}

impl EmailJob {
    /// A letter to whom it is about, in their own language.
    pub fn of(letter: EmailKind, about: Holder) -> Self {
        EmailJob {
            letter,
            about,
            to: None,
            language: None,
            next: None,
            also: Vec::new(),
            given: None,
        }
    }
}

/// A letter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The one who gets it.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part, which says the same.
    pub html: String,
    /// The address that the letter is about, where it is about one.
    pub link: Option<String>,
    /// Whose erasure deletes it from the outbox.
    pub about: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::accounts::claim::ClaimId;

    /// Orders wait in the store while the program is changed.
    #[test]
    fn orders_are_written_in_one_way() {
        let id = Uuid::from_u128(7);
        for (about, name) in [
            (Holder::Member(MemberId(id)), "member"),
            (Holder::Claim(ClaimId(id)), "claim"),
        ] {
            let order = EmailJob {
                language: Some("en".into()),
                ..EmailJob::of(EmailKind::Verify, about)
            };
            let text = format!(
                r#"{{"letter":"verify","{name}":"{id}","to":null,"language":"en","next":null}}"#
            );
            assert_eq!(serde_json::to_string(&order).unwrap(), text);
            assert_eq!(serde_json::from_str::<EmailJob>(&text).unwrap(), order);
        }
    }
}
