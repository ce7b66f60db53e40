//! The audit log: who did what to whom, and when (OPS-05). Rows are only ever added.
//!
//! Details hold no address, name, token or password, so that an erased member leaves no trace here
//! but an id that leads nowhere.

mod sql;

pub use sql::{last_acts, note};

/// What is worth remembering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A member was made.
    Join,
    /// An address was proven.
    Verify,
    /// Signed in.
    SignIn,
    /// A wrong password.
    SignInRefused,
    /// Signed out, or a session was revoked.
    SignOut,
    /// A password was set or changed.
    Password,
    /// The site's owner had the letter sent again that confirms an address.
    AskedToConfirm,
    /// An address was changed.
    Email,
    /// A handle was changed.
    Handle,
    /// A role was given.
    Role,
    /// A member was said to be an author, or not to be one.
    Author,
    /// A tier was given.
    Grant,
    /// A tier was taken back.
    Revoke,
    /// Shut out.
    Suspend,
    /// Let in again.
    Lift,
    /// A copy of everything was taken out.
    Export,
    /// Erased.
    Erase,
    /// Another's comment was taken away.
    CommentRemove,
}

impl Action {
    /// As it is written in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Join => "member.join",
            Action::Verify => "member.verify",
            Action::SignIn => "session.open",
            Action::SignInRefused => "session.refused",
            Action::SignOut => "session.close",
            Action::Password => "member.password",
            Action::AskedToConfirm => "member.ask_to_confirm",
            Action::Email => "member.email",
            Action::Handle => "member.handle",
            Action::Role => "member.role",
            Action::Author => "member.author",
            Action::Grant => "member.grant",
            Action::Revoke => "member.revoke",
            Action::Suspend => "member.suspend",
            Action::Lift => "member.lift",
            Action::Export => "member.export",
            Action::Erase => "member.erase",
            Action::CommentRemove => "comment.remove",
        }
    }
}
