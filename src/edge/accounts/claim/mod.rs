//! Claims: who says that an address is theirs, until a letter that was sent there is opened.
//!
//! Anyone can type any address, so that a join proves nothing. It makes a *claim*, and each join makes one of its own:
//! two of the same address, by its owner and by somebody else, never mix. A claim has no session, reserves no handle,
//! and cannot sign in. What happens to it:
//!
//! | state | event | next state |
//! |---|---|---|
//! | none | join | *waiting*: kept with the handle, name and password that were asked for, and the hash of a random cookie of the browser that joined |
//! | *waiting* | its own letter is opened in the browser that joined | *proven*: an account with the claim's handle and password |
//! | *waiting* | its own letter is opened in another browser | *proven*: an account with the claim's handle and without a password, which the account's pages then ask for |
//! | *waiting* | a link to sign in or a letter to set a password is opened | *proven*: an account with the claim's handle and nothing else of it; a password counts only if it is set with that letter |
//! | *waiting* | another claim of the address is proven, or a day without a letter passes | none |
//!
//! A letter is bound to one claim: that of its join, or where a link was asked for, the newest. So whoever opens a letter
//! never gets a password that somebody else chose: the cookie binds the join to the opening, and every other
//! password, session and letter of the address ends at its first proof. Where the handle was taken meanwhile, the account
//! gets one like it and its owner chooses another.
//!
//! A member can have an address that nobody proved: the owner of the site added them (`lyceum member add` without
//! `--verified`), or the site asks for no proof (`verify_email = false`), so that a join makes the account at once and
//! its claim is bound to that account. The first proof treats these in the same way: the password stays only if the
//! letter of the join is opened in the browser that joined, and sessions end. If one claim of an address is proven, a
//! member whom the site's owner added with it is who it belongs to; other members lose the address, and nothing else.
//!
//! So several accounts can have one address, and whoever reads the mail chooses between them: a letter that was asked
//! for has a link for each, by its handle. The letter of a join proves the account that the browser made in which it is
//! opened; in a browser that made none, the account that it names.
//!
//! A new address of a member counts once its letter is opened in a browser where that member is signed in. Otherwise
//! whoever is asked to confirm an address would get into an account whose password somebody else knows.
//!
//! Nothing here differs between a known and an unknown address as seen from outside (AUTHN-02, AUTHN-03).

#[cfg(test)]
mod conversations;

use crate::clock::Timestamp;
use crate::edge::accounts::{Email, Handle, MemberId, TokenHash};
use crate::edge::store::{FromColumn, Param, ToParam, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a claim waits without a letter on its way.
pub const KEPT_SECS: i64 = 24 * 3_600;

/// The id of a claim, which the account has that is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimId(pub Uuid);

impl ToParam for ClaimId {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for ClaimId {
    const WANTED: &'static str = "claim";
    fn from_value(value: Value) -> Option<Self> {
        Uuid::from_value(value).map(ClaimId)
    }
}

/// Whom a letter is about, and whose the token of its link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A member.
    Member(MemberId),
    /// Somebody who joined and has not proven the address yet.
    Claim(ClaimId),
}

impl Holder {
    /// The id alone.
    pub fn id(self) -> Uuid {
        match self {
            Holder::Member(MemberId(id)) | Holder::Claim(ClaimId(id)) => id,
        }
    }
}

/// What a join asked for.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its id.
    pub id: ClaimId,
    /// The address that somebody says is theirs.
    pub email: Email,
    /// The account that the join made at once, on a site that asks for no proof.
    pub member: Option<MemberId>,
    /// The handle that was asked for; not reserved.
    pub handle: Handle,
    /// The name that was asked for; may be empty.
    pub name: String,
    /// PHC string of the password that was typed; `None` for none.
    pub password_hash: Option<String>,
    /// Wants the newsletter.
    pub newsletter: bool,
    /// Language code of mail.
    pub language: Option<String>,
    /// Of the cookie of the browser that joined.
    pub browser: TokenHash,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whose the address is, and what they have to choose anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The account.
    pub member: MemberId,
    /// A password was typed at the join and does not count.
    pub chooses_password: bool,
    /// The handle that was asked for was taken meanwhile.
    pub chooses_handle: bool,
}

impl Proved {
    /// An account whose member has nothing to choose.
    pub fn plain(member: MemberId) -> Self {
        Proved {
            member,
            chooses_password: false,
            chooses_handle: false,
        }
    }
}
