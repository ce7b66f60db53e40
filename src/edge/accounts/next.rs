//! Where a form leads to: a path of this site, whatever the request says (SES-18).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Longest path that is followed, in bytes.
const MAX_BYTES: usize = 2_048;

/// `next` when it is a path of this site below `base` (`/`, or such as `/blog/`), in ASCII; else `None`.
///
/// Browsers take a backslash for a slash, drop tabs and line ends, and take `//host` for another host, so
/// none of these may stand in it, percent-encoded ones included.
pub fn own_path(next: &str, base: &str) -> Option<String> {
    let decoded = percent_decode_str(next).decode_utf8().ok()?;
    let is_odd = |letter: char| letter.is_control() || letter == '\\';
    let path = decoded.split(['?', '#']).next().unwrap_or_default();
    let is_own = next.starts_with(base)
        && decoded.starts_with('/')
        && next.len() <= MAX_BYTES
        && !decoded.contains(is_odd)
        && !path.contains("//")
        && !path
            .split('/')
            .any(|segment| segment == "." || segment == "..");
    is_own.then(|| {
        let spelt = |letter: char| match letter {
            '!'..='~' => letter.to_string(),
            other => utf8_percent_encode(&other.to_string(), NON_ALPHANUMERIC).to_string(),
        };
        next.chars().map(spelt).collect()
    })
}

/// What a value of a query keeps as it is, and every mail program takes for a piece of an address.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// A path as the parameter of a query: `next=/guides/start/`.
pub fn next_parameter(path: &str) -> String {
    format!("next={}", utf8_percent_encode(path, VALUE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        for (next, base, followed) in [
            ("/guides/start/", "/", Some("/guides/start/")),
            ("/guides/?a=b//c#part", "/", Some("/guides/?a=b//c#part")),
            ("/引擎/", "/", Some("/%E5%BC%95%E6%93%8E/")),
            ("/%E5%BC%95/", "/", Some("/%E5%BC%95/")),
            ("/blog/a/", "/blog/", Some("/blog/a/")),
            ("/other/", "/blog/", None),
            ("", "/", None),
            ("guides/", "/", None),
            ("//evil.example", "/", None),
            ("/\\evil.example", "/", None),
            ("\\\\evil.example", "/", None),
            ("https:evil.example", "/", None),
            ("https://evil.example/", "/", None),
            ("/\t/evil.example", "/", None),
            ("/%09/evil.example", "/", None),
            ("/%5cevil.example", "/", None),
            ("/%2fevil.example", "/", None),
            ("%2f%2fevil.example", "/", None),
            ("/.//evil.example", "/", None),
            ("/a/../../b", "/", None),
            ("@evil.example", "/", None),
            ("javascript:alert(1)", "/", None),
            ("/a\r\nset-cookie: x", "/", None),
            ("/%ff", "/", None),
        ] {
            assert_eq!(own_path(next, base).as_deref(), followed, "{next:?}");
        }
        assert_eq!(own_path(&format!("/{}", "a".repeat(3000)), "/"), None);
    }
}
