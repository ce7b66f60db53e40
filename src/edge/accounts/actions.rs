//! What is noted of accounts in the audit log.

use crate::edge::audit::Action;

/// All of them.
pub const ALL: &[Action] = &[
    JOIN,
    VERIFY,
    SIGN_IN,
    SIGN_IN_REFUSED,
    SIGN_OUT,
    PASSWORD,
    ASKED_TO_CONFIRM,
    EMAIL,
    HANDLE,
    ROLE,
    AUTHOR,
    GRANT,
    REVOKE,
    SUSPEND,
    LIFT,
    EXPORT,
    ERASE,
];

/// A member was made.
pub const JOIN: Action = Action::new("member.join");
/// An address was proven.
pub const VERIFY: Action = Action::new("member.verify");
/// Signed in.
pub const SIGN_IN: Action = Action::new("session.open");
/// A wrong password.
pub const SIGN_IN_REFUSED: Action = Action::new("session.refused");
/// Signed out, or a session was revoked.
pub const SIGN_OUT: Action = Action::new("session.close");
/// A password was set or changed.
pub const PASSWORD: Action = Action::new("member.password");
/// The site's owner had the letter sent again that confirms an address.
pub const ASKED_TO_CONFIRM: Action = Action::new("member.ask_to_confirm");
/// An address was changed.
pub const EMAIL: Action = Action::new("member.email");
/// A handle was changed.
pub const HANDLE: Action = Action::new("member.handle");
/// A role was given.
pub const ROLE: Action = Action::new("member.role");
/// A member was linked to an author, or the link was deleted.
pub const AUTHOR: Action = Action::new("member.author");
/// A tier was given.
pub const GRANT: Action = Action::new("member.grant");
/// A tier was revoked.
pub const REVOKE: Action = Action::new("member.revoke");
/// Suspended.
pub const SUSPEND: Action = Action::new("member.suspend");
/// Let in again.
pub const LIFT: Action = Action::new("member.lift");
/// A copy of everything was exported.
pub const EXPORT: Action = Action::new("member.export");
/// Erased.
pub const ERASE: Action = Action::new("member.erase");
