//! `Range`: a piece of a file, for players and broken downloads.

use axum::http::{HeaderMap, header};
use std::ops::Range;

/// What a request wants of a file of `length` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it; also where the range is of another unit, or several.
    All,
    /// These bytes, at least one.
    Piece(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
}

/// Reads `Range`, which counts only when `If-Range` is absent or names this very content.
pub fn extent(headers: &HeaderMap, etag: &str, length: u64) -> Extent {
    let Some(text) = headers.get(header::RANGE).and_then(|it| it.to_str().ok()) else {
        return Extent::All;
    };
    if headers
        .get(header::IF_RANGE)
        .is_some_and(|it| it.as_bytes() != etag.as_bytes())
    {
        return Extent::All;
    }
    piece(text, length).unwrap_or(Extent::All)
}

fn piece(text: &str, length: u64) -> Option<Extent> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (number(first), number(last)) {
        (Some(start), None) if last.is_empty() => (start, length),
        (Some(start), Some(last)) if start <= last => (start, length.min(last.saturating_add(1))),
        (None, Some(n_last)) if first.is_empty() => (length.saturating_sub(n_last), length),
        _ => return None,
    };
    Some(if start < end {
        Extent::Piece(start..end)
    } else {
        Extent::Beyond
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
            ("bytes=0-3", Extent::Piece(0..4)),
            ("bytes=5-", Extent::Piece(5..10)),
            ("bytes=-4", Extent::Piece(6..10)),
            ("bytes=-99", Extent::Piece(0..10)),
            ("bytes=8-99", Extent::Piece(8..10)),
            ("bytes=0-18446744073709551615", Extent::Piece(0..10)),
            ("bytes=10-", Extent::Beyond),
            ("bytes=-0", Extent::Beyond),
            ("bytes=3-2", Extent::All),
            ("bytes=0-1,3-4", Extent::All),
            ("bytes=+1-2", Extent::All),
            ("bytes=-", Extent::All),
            ("items=0-1", Extent::All),
            ("bytes=99999999999999999999-", Extent::All),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            assert_eq!(extent(&headers, "\"a\"", 10), expected, "{text}");
            headers.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
            assert_eq!(
                extent(&headers, "\"a\"", 10),
                expected,
                "{text} of the same"
            );
            assert_eq!(
                extent(&headers, "\"b\"", 10),
                Extent::All,
                "{text} of another"
            );
        }
    }
}
