//! Which precompressed form of a file a client takes.

use crate::manifest::CopyEntry;
use axum::http::{HeaderMap, header};

/// The best of `offered` (`br`, `gz`) that `Accept-Encoding` allows; `None` for the file as it is.
/// `br` is taken before `gz` where both are allowed, since it is smaller.
pub fn choose<'c>(headers: &HeaderMap, offered: &'c [CopyEntry]) -> Option<&'c CopyEntry> {
    let wanted = ["br", "gz"].into_iter();
    let mut accepted = wanted.filter(|ending| accepts(headers, coding(ending)));
    accepted.find_map(|ending| offered.iter().find(|it| it.encoding == ending))
}

/// The name of a file's ending as `Content-Encoding` has it.
pub fn coding(ending: &str) -> &'static str {
    if ending == "br" { "br" } else { "gzip" }
}

/// Whether `Accept-Encoding` allows gzip.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    accepts(headers, "gzip")
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut any = None;
    for item in lines.flat_map(|line| line.split(',')) {
        let mut pieces = item.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        let is_refused = pieces.any(|it| {
            it.strip_prefix("q=")
                .is_some_and(|q| q.parse::<f32>() == Ok(0.0))
        });
        if name.eq_ignore_ascii_case(coding) {
            return !is_refused;
        }
        if name == "*" {
            any = Some(!is_refused);
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn what_is_accepted_is_chosen() {
        let copy = |encoding: &str| CopyEntry {
            encoding: encoding.into(),
            hash: String::new(),
            bytes: 0,
        };
        let both = [copy("br"), copy("gz")];
        for (accepted, offered, expected) in [
            ("gzip, deflate, br", &both[..], Some("br")),
            ("gzip", &both, Some("gz")),
            ("gzip, br;q=0", &both, Some("gz")),
            ("br;q=0.0, gzip;q=0", &both, None),
            ("*", &both, Some("br")),
            ("identity", &both, None),
            ("", &both, None),
            ("br", &[], None),
            ("xbr", &both, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            let chosen = choose(&headers, offered).map(|it| it.encoding.as_str());
            assert_eq!(chosen, expected, "{accepted}");
        }
        assert_eq!(choose(&HeaderMap::new(), &both), None);
    }
}
