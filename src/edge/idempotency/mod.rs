//! `Idempotency-Key`: an unsafe request sent again by the same member has no second effect and gets the
//! first answer again, also after a restart (RACE-07).
//!
//! Two ways. A handler that makes something takes `Once` and writes through it: the answer is kept in
//! the transaction that makes the thing, so that neither exists without the other. For every other
//! handler the answer is kept after it has succeeded, which is enough for acts that are the same when
//! done twice. Refusals are not kept: what was refused may be tried again under its key. Visitors' keys
//! have no effect: what a visitor can do is the same when done twice, or makes a session, whose token
//! must not be kept.

pub mod http;
pub mod jobs;
pub mod sql;

/// What the header may hold: 1 to 200 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// `None` when the text cannot be a key.
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Key(text.into()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hash of method, address and body: what makes two requests the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHash(pub [u8; 32]);

impl RequestHash {
    /// The lengths go in as well, so that no two requests run together into the same bytes.
    pub fn of(method: &str, address: &str, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for piece in [method.as_bytes(), address.as_bytes(), body] {
            hasher
                .update(&(piece.len() as u64).to_le_bytes())
                .update(piece);
        }
        RequestHash(*hasher.finalize().as_bytes())
    }
}

/// The answer to the first request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of the request that it answered.
    pub hash: RequestHash,
    /// HTTP status.
    pub status: u16,
    /// JSON, or nothing.
    pub body: String,
}

/// Kept answers are good for this long.
pub const KEPT_SECS: i64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_and_visible() {
        for (text, fits) in [
            ("abc", true),
            ("8e03978e-40d5", true),
            ("", false),
            ("a b", false),
            ("é", false),
        ] {
            assert_eq!(Key::parse(text).is_some(), fits, "{text}");
        }
        assert!(Key::parse(&"a".repeat(201)).is_none());
    }

    #[test]
    fn requests_differ_in_each_piece() {
        let hash = RequestHash::of("POST", "/api/comments", b"{}");
        assert_eq!(hash, RequestHash::of("POST", "/api/comments", b"{}"));
        for (method, address, body) in [
            ("PUT", "/api/comments", &b"{}"[..]),
            ("POST", "/api/comment", b"s{}"),
            ("POST", "/api/comments", b"{ }"),
        ] {
            assert_ne!(
                hash,
                RequestHash::of(method, address, body),
                "{method} {address}"
            );
        }
    }
}
