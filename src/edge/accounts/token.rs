//! Tokens: 32 random bytes, of which the store has the SHA-256 alone, so that whoever reads it can sign in as nobody.

use crate::edge::store::{FromColumn, Param, ToParam, Value};
use sha2::{Digest, Sha256};

/// SHA-256 of a token: all that the store knows of it. Finding a row by it is the comparison, and its
/// time depends on the hash alone, which a guesser does not choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of a token as it stands in a cookie or a link.
    pub fn of(token: &str) -> Self {
        TokenHash(Sha256::digest(token.as_bytes()).into())
    }

    /// As [`TokenHash::of`], but `None` for a text that no token looks like, which saves the look-up.
    pub fn of_plausible(token: &str) -> Option<Self> {
        let fits = token.len() == 43
            && token
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
        fits.then(|| TokenHash::of(token))
    }
}

impl ToParam for TokenHash {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for TokenHash {
    const WANTED: &'static str = "token hash";
    fn from_value(value: Value) -> Option<Self> {
        <[u8; 32]>::from_value(value).map(TokenHash)
    }
}

/// What a mailed token is good for, and nothing else (AUTHN-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Prove the address of a new member.
    Verify,
    /// Sign in without a password.
    SignIn,
    /// The same, made by the owner on the command line.
    Setup,
    /// Set a new password.
    Reset,
    /// Prove the new address of a member.
    EmailChange,
}

impl Purpose {
    /// As it is written in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Verify => "verify",
            Purpose::SignIn => "sign_in",
            Purpose::Setup => "setup",
            Purpose::Reset => "reset",
            Purpose::EmailChange => "email_change",
        }
    }

    /// How long it is good for.
    pub fn lifetime_secs(self) -> i64 {
        match self {
            Purpose::SignIn => 10 * 60,
            Purpose::Setup => 3_600,
            Purpose::Reset => 30 * 60,
            Purpose::Verify | Purpose::EmailChange => 24 * 3_600,
        }
    }

    /// Whether a newer token of the same member ends it.
    pub fn is_single(self) -> bool {
        matches!(self, Purpose::Reset | Purpose::EmailChange | Purpose::Setup)
    }

    /// The members' page that its link opens.
    pub fn page(self) -> &'static str {
        match self {
            Purpose::SignIn | Purpose::Setup => "link",
            Purpose::Verify | Purpose::EmailChange => "verify",
            Purpose::Reset => "password",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_are_looked_up() {
        let token = "A".repeat(43);
        assert_eq!(TokenHash::of_plausible(&token), Some(TokenHash::of(&token)));
        for text in [
            "",
            "A",
            &"A".repeat(44),
            &format!("{}'", "A".repeat(42)),
            &"é".repeat(43),
        ] {
            assert_eq!(TokenHash::of_plausible(text), None, "{text}");
        }
    }
}
