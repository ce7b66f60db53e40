//! Accounts: members, how they sign in, and the sessions that they open.
//!
//! What is shown here are values and rules, no I/O. [`Handle`], [`Email`] and [`Password`] are proofs that a text keeps
//! the rules of its kind. What can be done is in [`service`], and the routes are in [`http`] and [`forms`].

mod actions;
pub mod claim;
mod client;
#[cfg(test)]
mod conversations;
pub mod cookie;
mod email;
mod extractor;
pub mod forms;
mod handle;
pub mod hashing;
pub mod http;
pub mod jobs;
mod language;
mod limits;
mod member;
pub mod names;
mod next;
mod password;
mod personal;
mod refusal;
pub mod service;
mod session;
pub mod slice;
mod sql;
mod token;
pub mod touches;
pub mod typed;

pub use claim::Holder;
pub use client::ClientContext;
pub use email::Email;
pub use extractor::{SignedIn, Verified, Visitor, current, look_as};
pub use handle::{Handle, handle_key};
pub use language::accepted;
pub use member::{Author, Entitlement, Me, Member, MemberId, NewMember, Role, Source};
pub use next::{next_parameter, own_path};
pub use password::{Password, PasswordFault};
pub use personal::{NAME_CHARS, clean_name};
pub use session::{
    Current, FRESH_SECS, Lifetime, MAX_SESSIONS, MAX_SKEW_SECS, Session, TOUCH_SECS,
    USER_AGENT_CHARS,
};
pub use token::{Purpose, TokenHash};
pub use typed::{Again, Typed};
