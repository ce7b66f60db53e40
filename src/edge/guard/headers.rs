//! The headers that every answer bears, whatever it is (SES-15, SES-16, XSS-22).
//!
//! A handler that sets one of them itself keeps its own.

use crate::edge::settings::Settings;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Everything comes from the site itself: themes have their scripts and styles as files. Images may be
/// in the page as `data:`, since small drawings are.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const FRAME_OPTIONS: HeaderName = HeaderName::from_static("x-frame-options");
const ONE_YEAR: &str = "max-age=31536000";

/// Adds what is missing. `path` is the request's, decoded or not.
pub fn secure(headers: &mut HeaderMap, path: &str, settings: &Settings) {
    let referrer = if is_token_page(path) {
        "no-referrer"
    } else {
        "strict-origin-when-cross-origin"
    };
    let mut fill = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    fill(CONTENT_SECURITY_POLICY, POLICY);
    fill(X_CONTENT_TYPE_OPTIONS, "nosniff");
    fill(REFERRER_POLICY, referrer);
    fill(OPENER_POLICY, "same-origin");
    fill(FRAME_OPTIONS, "DENY");
    if settings.is_https() {
        fill(STRICT_TRANSPORT_SECURITY, ONE_YEAR);
    }
}

/// Whether addresses of this page carry a token, which must not travel on in a `Referer` (AUTHN-21).
fn is_token_page(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.contains("/members/feeds/")
        || ["/members/link", "/members/verify", "/members/password"]
            .iter()
            .any(|page| path.ends_with(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_tokens_are_known() {
        for (path, expected) in [
            ("/members/link/", true),
            ("/zh/members/password", true),
            ("/members/feeds/abc/atom.xml", true),
            ("/members/join/", false),
            ("/", false),
        ] {
            assert_eq!(is_token_page(path), expected, "{path}");
        }
    }
}
