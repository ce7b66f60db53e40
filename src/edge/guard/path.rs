//! The form of a path: decoded once, and refused wherever two readers could take it for two places.
//!
//! Nothing that comes through holds `..`, `.`, an empty segment, a backslash, an encoded slash, a
//! control character or broken UTF-8 (HTTP-05, AUTHZ-04, PW-12), so later code may compare it as text.

use crate::routes::{MAX_PATH_BYTES, MAX_SLASHES, is_hidden};
use percent_encoding::percent_decode_str;

/// A decoded path that begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePath(String);

/// Why a path is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// Longer or deeper than any address of a site.
    TooLong,
    /// Not percent-encoded UTF-8, or with a control character.
    Malformed,
    /// It can be read, but no page ever lies there.
    Nowhere,
}

impl SitePath {
    /// Decodes a path as it stands in a request line, without the query.
    pub fn parse(raw: &str) -> Result<Self, BadPath> {
        let n_slashes = raw.bytes().filter(|byte| *byte == b'/').count();
        if raw.len() > MAX_PATH_BYTES || n_slashes > MAX_SLASHES {
            return Err(BadPath::TooLong);
        }
        if !raw.starts_with('/') || !is_percent_encoding(raw) {
            return Err(BadPath::Malformed);
        }
        let decoded = percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| BadPath::Malformed)?;
        if decoded.chars().any(char::is_control) {
            return Err(BadPath::Malformed);
        }
        let has_encoded_slash = decoded.matches('/').count() != raw.matches('/').count();
        let is_odd = has_encoded_slash
            || decoded.contains('\\')
            || decoded.contains("//")
            || is_hidden(&decoded);
        if is_odd {
            Err(BadPath::Nowhere)
        } else {
            Ok(SitePath(decoded.into_owned()))
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether each `%` is followed by two hex digits.
fn is_percent_encoding(raw: &str) -> bool {
    raw.split('%')
        .skip(1)
        .all(|piece| piece.len() >= 2 && piece.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HTTP-05, PW-12, AUTHZ-04
    #[test]
    fn paths_are_read_one_way() {
        for (raw, expected) in [
            ("/", Ok("/")),
            ("/guides/start/", Ok("/guides/start/")),
            ("/%E5%BC%95%E6%93%8E/", Ok("/引擎/")),
            ("/a%20b", Ok("/a b")),
            ("/.well-known/security.txt", Ok("/.well-known/security.txt")),
            ("/;.js", Ok("/;.js")),
            ("/a..b/", Ok("/a..b/")),
            ("", Err(BadPath::Malformed)),
            ("*", Err(BadPath::Malformed)),
            ("/%", Err(BadPath::Malformed)),
            ("/%zz", Err(BadPath::Malformed)),
            ("/%00.ico", Err(BadPath::Malformed)),
            ("/%0d%0aSet-Cookie:x", Err(BadPath::Malformed)),
            ("/%c0%af", Err(BadPath::Malformed)),
            ("/%ff", Err(BadPath::Malformed)),
            ("//", Err(BadPath::Nowhere)),
            ("//evil.example/", Err(BadPath::Nowhere)),
            ("/a//b", Err(BadPath::Nowhere)),
            ("/../vault/manifest.json", Err(BadPath::Nowhere)),
            ("/a/..", Err(BadPath::Nowhere)),
            ("/./a", Err(BadPath::Nowhere)),
            ("/%2e%2e/vault", Err(BadPath::Nowhere)),
            ("/built%2F..%2F..", Err(BadPath::Nowhere)),
            ("/a%2fb", Err(BadPath::Nowhere)),
            ("/a%5c..%5cb", Err(BadPath::Nowhere)),
            ("/.git/config", Err(BadPath::Nowhere)),
            ("/.well-known/../vault", Err(BadPath::Nowhere)),
            ("/a/.well-known/b", Err(BadPath::Nowhere)),
        ] {
            let found = SitePath::parse(raw);
            assert_eq!(
                found.as_ref().map(SitePath::as_str),
                expected.as_ref().map(|it| &**it),
                "{raw}"
            );
        }
        assert_eq!(SitePath::parse(&"/a".repeat(10_000)), Err(BadPath::TooLong));
        assert_eq!(SitePath::parse(&"/a".repeat(100)), Err(BadPath::TooLong));
    }
}
