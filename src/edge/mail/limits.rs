//! How many letters are sent, counted in the store.

use crate::edge::attempts::Limit;

/// All of them.
pub const ALL: &[&Limit] = &[
    &MAILS_TO,
    &MAILS,
    &MAILS_TO_ANYONE,
    &MAILS_TO_ALL,
    &MAILS_FROM,
    &NOTICES_TO,
];

/// Letters that were asked for, to one proven address (AUTHN-13).
pub const MAILS_TO: Limit = Limit {
    kind: "mail_to",
    most: 3,
    window_secs: 900,
    is_slowed: false,
};
/// Letters that were asked for, over all proven addresses.
pub const MAILS: Limit = Limit {
    kind: "mail",
    most: 1_000,
    window_secs: 900,
    is_slowed: false,
};
/// Letters to one box that nobody proved, and of joins: however the address is spelt.
pub const MAILS_TO_ANYONE: Limit = Limit {
    kind: "mail_to_anyone",
    ..MAILS_TO
};
/// Letters to addresses that nobody proved, and of joins, over all of them: whoever joins a thousand times does not
/// keep members from their links.
pub const MAILS_TO_ALL: Limit = Limit {
    kind: "mail_to_all",
    ..MAILS
};
/// Letters of joins that come from one network, of the thousand for all.
pub const MAILS_FROM: Limit = Limit {
    kind: "mail_from",
    most: 100,
    window_secs: 900,
    is_slowed: false,
};
/// Notices of what was done in an account, to one address.
pub const NOTICES_TO: Limit = Limit {
    kind: "notice_to",
    ..MAILS_TO
};
