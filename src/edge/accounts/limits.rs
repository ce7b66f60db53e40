//! How often one client may do what with accounts, and how often one may guess a password.

use crate::edge::attempts::Limit;
use crate::edge::limits::{RateLimit, WRITE};

/// All that are counted in memory.
pub const ALL: &[&RateLimit] = &[&JOIN, &SIGN_IN, &MAIL, &EXPORT];
/// All that are counted in the store.
pub const ATTEMPTS: &[&Limit] = &[&GUESSES, &GUESSES_FROM];

/// Joining. A class that joins and signs in during a lesson is one client.
pub static JOIN: RateLimit = RateLimit {
    name: "join",
    routes: &["/api/members"],
    burst: 100,
    secs: 30,
};
/// Signing in with a password or a link.
pub static SIGN_IN: RateLimit = RateLimit {
    name: "sign_in",
    routes: &["/api/session", "/api/session/link/redeem"],
    burst: 200,
    secs: 5,
};
/// Asking for a mail.
pub static MAIL: RateLimit = RateLimit {
    name: "mail",
    routes: &[
        "/api/session/link",
        "/api/password/reset",
        "/api/members/confirmation",
    ],
    burst: 100,
    secs: 30,
};
/// Taking out a copy of everything.
pub static EXPORT: RateLimit = RateLimit {
    name: "export",
    routes: &[],
    burst: 5,
    secs: 720,
};

/// Wrong passwords for one name or address (AUTHN-04). Its owner can still ask for a link.
pub const GUESSES: Limit = Limit {
    kind: "guess",
    most: 10,
    window_secs: 900,
    is_slowed: true,
};
/// Wrong passwords from one client (AUTHN-06). Those of an account that its owner then signed in to do not count: a
/// school or an office is one client, and whoever mistypes must not lock out the others.
pub const GUESSES_FROM: Limit = Limit {
    kind: "guess_from",
    most: 30,
    window_secs: 900,
    is_slowed: true,
};

/// What a plain form counts as, by the name of its page. Opening a link from a letter is a sign-in; asking for
/// one is not.
pub fn of_form(name: &str, has_token: bool) -> &'static RateLimit {
    match (name, has_token) {
        ("join", _) => &JOIN,
        ("sign-in", _) | ("link", true) => &SIGN_IN,
        ("link", false) | ("forgot" | "check-mail", _) => &MAIL,
        _ => &WRITE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_count_as_what_they_do() {
        for (name, has_token, limit) in [
            ("join", false, "join"),
            ("sign-in", false, "sign_in"),
            ("link", true, "sign_in"),
            ("link", false, "mail"),
            ("forgot", false, "mail"),
            ("check-mail", true, "mail"),
            ("account", false, "write"),
        ] {
            assert_eq!(of_form(name, has_token).name, limit, "{name} {has_token}");
        }
    }
}
