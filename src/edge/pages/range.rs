//! `Range`: a piece of a file, for players and broken downloads.

use axum::http::{HeaderMap, header};
use std::ops::Range;

/// What a request wants of a file of `length` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it; also where the range is of another unit, or several.
    All,
    /// These bytes, at least one.
    Piece(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
}

/// Reads `Range`, which counts only when `If-Range` is absent or names this very content.
pub fn wanted(headers: &HeaderMap, etag: &str, length: u64) -> Wanted {
    let Some(text) = headers.get(header::RANGE).and_then(|it| it.to_str().ok()) else {
        return Wanted::All;
    };
    if headers
        .get(header::IF_RANGE)
        .is_some_and(|it| it.as_bytes() != etag.as_bytes())
    {
        return Wanted::All;
    }
    piece(text, length).unwrap_or(Wanted::All)
}

fn piece(text: &str, length: u64) -> Option<Wanted> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (number(first), number(last)) {
        (Some(start), None) if last.is_empty() => (start, length),
        (Some(start), Some(last)) if start <= last => (start, length.min(last.saturating_add(1))),
        (None, Some(n_last)) if first.is_empty() => (length.saturating_sub(n_last), length),
        _ => return None,
    };
    Some(if start < end {
        Wanted::Piece(start..end)
    } else {
        Wanted::Beyond
    })
}

fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn one_range_is_read() {
        for (text, expected) in [
            ("bytes=0-3", Wanted::Piece(0..4)),
            ("bytes=5-", Wanted::Piece(5..10)),
            ("bytes=-4", Wanted::Piece(6..10)),
            ("bytes=-99", Wanted::Piece(0..10)),
            ("bytes=8-99", Wanted::Piece(8..10)),
            ("bytes=0-18446744073709551615", Wanted::Piece(0..10)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=3-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("bytes=-", Wanted::All),
            ("items=0-1", Wanted::All),
            ("bytes=99999999999999999999-", Wanted::All),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            assert_eq!(wanted(&headers, "\"a\"", 10), expected, "{text}");
            headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
            assert_eq!(
                wanted(&headers, "\"a\"", 10),
                expected,
                "{text} of the same"
            );
            assert_eq!(
                wanted(&headers, "\"b\"", 10),
                Wanted::All,
                "{text} of another"
            );
        }
    }
}
