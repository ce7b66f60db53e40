//! Mail: which letters there are, how they are asked for, written and sent.
//!
//! An [`Order`] is a durable job without any secret: the token of its link is made when the letter is
//! written, so that no link ever lies in the store (AUTHN-11). [`ask`] holds visitors to the limits;
//! [`post`] is for letters that follow from what a member did. `deliver.rs` turns an order into a
//! [`Message`], `transport.rs` sends it.

mod deliver;
mod letters;
mod post;
#[cfg(test)]
mod relayed;
mod transport;

pub use deliver::{Undelivered, deliver};
pub use letters::{Facts, Letter, write};
pub use post::{KIND, N_WORKERS, ask, post};
pub use transport::{Mailer, Postmark, TransportError, check_password};

use crate::edge::members::{Email, MemberId};
use serde::{Deserialize, Serialize};

/// A letter to be written, as it waits in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which letter.
    pub letter: Letter,
    /// Whom it is about. When the member is gone, the letter is not written.
    pub member: MemberId,
    /// Where it goes, if not to the member's own address: the new one of a change, or the old.
    pub to: Option<Email>,
    /// Language code; the member's own, or the site's, where it is `None`.
    pub language: Option<String>,
    /// Where its link leads on to: a path of this site.
    pub next: Option<String>,
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
}
