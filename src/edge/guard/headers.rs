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
    let referrer = referrer_policy(path);
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

/// What a browser may say of the page that it comes from. Addresses with a token must not travel on in a `Referer`
/// (AUTHN-21). A page with a form says its origin all the same: under `no-referrer` its form would be sent with
/// `Origin: null`, which browsers without `Sec-Fetch-Site` (Safari before 16.4) cannot tell from a foreign page's.
fn referrer_policy(path: &str) -> &'static str {
    let path = path.trim_end_matches('/');
    let is_form = ["/members/link", "/members/verify", "/members/password"]
        .iter()
        .any(|page| path.ends_with(page));
    if path.contains("/members/feeds/") {
        "no-referrer"
    } else if is_form {
        "strict-origin"
    } else {
        "strict-origin-when-cross-origin"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_tokens_stay_where_they_are() {
        for (path, expected) in [
            ("/members/link/", "strict-origin"),
            ("/members/verify", "strict-origin"),
            ("/zh/members/password", "strict-origin"),
            ("/blog/zh/members/password/", "strict-origin"),
            ("/members/feeds/abc/atom.xml", "no-referrer"),
            ("/members/join/", "strict-origin-when-cross-origin"),
            ("/", "strict-origin-when-cross-origin"),
        ] {
            assert_eq!(referrer_policy(path), expected, "{path}");
        }
    }
}
