//! `Idempotency-Key`: an unsafe request sent again by the same member has no second effect and gets the
//! first answer again, also after a restart (RACE-07).
//!
//! What is kept of an answer is its status, and the id of what was made or changed: never its text, which may hold what the
//! member may no longer read. A handler whose answer has a body takes `Once` and writes through it: the id is kept in the
//! transaction that makes the change, so that neither exists without the other, and a repeated request shows the thing as
//! it is now, to whoever may read it now. For every other handler the status is kept after it has succeeded, which is
//! enough for acts that are the same when done twice; where its answer has a body, or the request has a secret in it, the
//! act is done twice. Refusals are not kept: what was refused may be tried again under its key. Visitors' keys have no
//! effect: what a visitor can do is the same when done twice, or makes a session, whose token must not be kept.

#[cfg(test)]
mod conversations;
pub mod http;
pub mod jobs;
pub mod slice;
mod sql;

use uuid::Uuid;

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

/// Fields of requests that are left out of the hash. A fast hash of a password is as good as the password to whoever
/// reads the store and guesses.
const SECRETS: [&str; 3] = ["current", "password", "token"];

impl RequestHash {
    /// The hash, and whether the body has a secret, which is not in it. The lengths go in as well, so that no two
    /// requests run together into the same bytes.
    pub fn of(method: &str, address: &str, body: &[u8]) -> (Self, bool) {
        let open = without_secrets(body);
        let hashed = open.as_deref().unwrap_or(body);
        let mut hasher = blake3::Hasher::new();
        for piece in [method.as_bytes(), address.as_bytes(), hashed] {
            hasher
                .update(&(piece.len() as u64).to_le_bytes())
                .update(piece);
        }
        (RequestHash(*hasher.finalize().as_bytes()), open.is_some())
    }
}

/// The JSON object without its secrets; `None` where it has none.
fn without_secrets(body: &[u8]) -> Option<Vec<u8>> {
    let mut fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).ok()?;
    let n_fields = fields.len();
    fields.retain(|name, _| !SECRETS.contains(&name.as_str()));
    (fields.len() < n_fields).then(|| serde_json::Value::Object(fields).to_string().into_bytes())
}

/// What is known of the first request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of the request.
    pub hash: RequestHash,
    /// HTTP status of its answer.
    pub status: u16,
    /// Its answer.
    pub given: Given,
}

/// How an answer is given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// This was made or changed, and is shown as it is now.
    Made(Uuid),
    /// Without a body.
    Empty,
    /// By running the handler again, which changes nothing that the first run has not.
    Again,
}

/// Keys that are kept for one member; each is good for [`KEPT_SECS`]. With more the member waits.
pub const MAX_KEYS: i64 = 1_000;
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
        let hash =
            |method, address, body: &str| RequestHash::of(method, address, body.as_bytes()).0;
        let first = hash("POST", "/api/comments", "{}");
        assert_eq!(first, hash("POST", "/api/comments", "{}"));
        for (method, address, body) in [
            ("PUT", "/api/comments", "{}"),
            ("POST", "/api/comment", "s{}"),
            ("POST", "/api/comments", "{ }"),
        ] {
            assert_ne!(first, hash(method, address, body), "{method} {address}");
        }
    }

    #[test]
    fn secrets_are_not_hashed() {
        let hash = |body: &str| RequestHash::of("PUT", "/api/password", body.as_bytes());
        let (open, has_secret) = hash(r#"{"kind":"a"}"#);
        assert!(!has_secret);
        for body in [
            r#"{"kind":"a","password":"x"}"#,
            r#"{"current":"y","kind":"a","password":"z"}"#,
            r#" {"kind": "a", "token": "t"}"#,
            r#"{"kind":"a","p\u0061ssword":"x"}"#,
        ] {
            assert_eq!(hash(body), (open, true), "{body}");
        }
        for body in ["", "[]", "x", r#"{"body":"password"}"#] {
            assert!(!hash(body).1, "{body}");
        }
    }

    /// A field that is added later under another name must not be forgotten.
    #[test]
    fn every_secret_of_a_request_is_known() {
        let described = serde_json::to_value(crate::edge::description()).unwrap();
        let schemas = described["components"]["schemas"].as_object().unwrap();
        let fields = schemas
            .values()
            .filter_map(|schema| schema["properties"].as_object())
            .flat_map(|fields| fields.keys());
        let is_secret = |field: &str| {
            let is_told = field.starts_with("has_") || field.ends_with("_needed");
            !is_told
                && ["password", "token", "secret"]
                    .iter()
                    .any(|it| field.contains(it))
        };
        let secrets: Vec<_> = fields.filter(|it| is_secret(it)).collect();
        assert!(secrets.len() >= 3);
        for field in secrets {
            assert!(SECRETS.contains(&field.as_str()), "{field}");
        }
    }
}
