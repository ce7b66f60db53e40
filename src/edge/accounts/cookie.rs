//! The cookies: the session's token, a hint without any secret that tells scripts to ask who they are for, what binds
//! the letter of a join to the browser that joined, and what was typed into a members' form.

use crate::edge::accounts::{Purpose, TokenHash};
use crate::edge::settings::Settings;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The cookies that a sign-in sets.
pub fn set(settings: &Settings, token: &str, max_age_secs: i64) -> [(HeaderName, HeaderValue); 2] {
    [
        line(
            settings,
            &settings.session_cookie(),
            token,
            max_age_secs,
            "; HttpOnly",
        ),
        line(
            settings,
            &settings.base_url.member_cookie(),
            "1",
            max_age_secs,
            "",
        ),
    ]
}

/// The cookies that a sign-out clears.
pub fn clear(settings: &Settings) -> [(HeaderName, HeaderValue); 2] {
    [
        line(settings, &settings.session_cookie(), "", 0, "; HttpOnly"),
        line(settings, &settings.base_url.member_cookie(), "", 0, ""),
    ]
}

/// The cookie that a join sets.
pub fn bind(settings: &Settings, token: &str) -> (HeaderName, HeaderValue) {
    let max_age_secs = Purpose::Verify.lifetime_secs();
    line(
        settings,
        &settings.join_cookie(),
        token,
        max_age_secs,
        "; HttpOnly",
    )
}

/// Keeps what was typed into a members' form, for as long; with no time left it is forgotten.
pub fn typed(settings: &Settings, text: &str, max_age_secs: i64) -> (HeaderName, HeaderValue) {
    // Of what a form encodes, every character may stand in a cookie.
    let name = settings.typed_cookie();
    line(settings, &name, text, max_age_secs, "; HttpOnly")
}

/// A cookie of this site: sent to no other path of the host, and not with requests from other sites.
fn line(
    settings: &Settings,
    name: &str,
    value: &str,
    max_age_secs: i64,
    http_only: &str,
) -> (HeaderName, HeaderValue) {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let path = utf8_percent_encode(settings.base_url.path(), PATH);
    let text = format!(
        "{name}={value}; Path={path}; Max-Age={max_age_secs}{http_only}; SameSite=Lax{secure}"
    );
    let text = HeaderValue::from_str(&text)
        .expect("names, values and an encoded path are visible ASCII without `;`");
    (header::SET_COOKIE, text)
}

/// What a path keeps as it is in an attribute of a cookie; `%` since a base URL may be encoded already.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'%')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The hash of the request's session token; `None` where there is none that could be one. Of several
/// cookies with the name the first counts.
pub fn token_of(headers: &HeaderMap, settings: &Settings) -> Option<TokenHash> {
    first_of(headers, &settings.session_cookie())
}

/// The hash of what the browser got when it joined.
pub fn joined(headers: &HeaderMap, settings: &Settings) -> Option<TokenHash> {
    first_of(headers, &settings.join_cookie())
}

/// What was typed, as [`typed`] kept it.
pub fn typed_of(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    value_of(headers, &settings.typed_cookie()).map(String::from)
}

fn first_of(headers: &HeaderMap, name: &str) -> Option<TokenHash> {
    TokenHash::of_plausible(value_of(headers, name)?)
}

fn value_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;

    fn settings(base_url: &str) -> Settings {
        Settings {
            base_url: BaseUrl::parse(base_url).unwrap(),
            listen: "127.0.0.1:1111".parse().unwrap(),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: "dist".into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        }
    }

    /// SES-01: names and attributes on https, on loopback, and where sites share a host.
    #[test]
    fn each_site_has_its_own_cookies() {
        for (url, name, hint, path, secure) in [
            (
                "https://lyceum.example/",
                "__Host-session",
                "member",
                "/",
                "; Secure",
            ),
            (
                "https://lyceum.example:8443/",
                "__Host-session-8443",
                "member-8443",
                "/",
                "; Secure",
            ),
            (
                "https://lyceum.example/blog/",
                "__Secure-session-blog",
                "member-blog",
                "/blog/",
                "; Secure",
            ),
            (
                "https://lyceum.example/a/b/",
                "__Secure-session-a-b",
                "member-a-b",
                "/a/b/",
                "; Secure",
            ),
            (
                "https://lyceum.example:8443/a;b/",
                "__Secure-session-8443-a_b",
                "member-8443-a_b",
                "/a%3Bb/",
                "; Secure",
            ),
            (
                "https://lyceum.example/手/",
                "__Secure-session-___",
                "member-___",
                "/%E6%89%8B/",
                "; Secure",
            ),
            ("http://127.0.0.1/", "session", "member", "/", ""),
            (
                "http://127.0.0.1:1111/",
                "session-1111",
                "member-1111",
                "/",
                "",
            ),
            ("http://[::1]:1111/", "session-1111", "member-1111", "/", ""),
            ("http://[::1]/", "session", "member", "/", ""),
        ] {
            let texts = |lines: [(HeaderName, HeaderValue); 2]| {
                lines.map(|(_, value)| value.to_str().unwrap().to_owned())
            };
            let set = texts(set(&settings(url), "TOKEN", 60));
            assert_eq!(
                set,
                [
                    format!(
                        "{name}=TOKEN; Path={path}; Max-Age=60; HttpOnly; SameSite=Lax{secure}"
                    ),
                    format!("{hint}=1; Path={path}; Max-Age=60; SameSite=Lax{secure}"),
                ],
                "{url}"
            );
            let cleared = set.map(|it| {
                it.replace("TOKEN", "")
                    .replace("=1;", "=;")
                    .replace("=60", "=0")
            });
            assert_eq!(texts(clear(&settings(url))), cleared, "{url}");
        }
    }

    #[test]
    fn the_first_plausible_cookie_counts() {
        let token = "a".repeat(43);
        let https = settings("https://lyceum.example/");
        for (line, found) in [
            (format!("__Host-session={token}"), true),
            (
                format!("member=1; __Host-session={token}; theme=dark"),
                true,
            ),
            (format!("session={token}"), false),
            (
                format!("__Host-session=short; __Host-session={token}"),
                false,
            ),
            (format!("x__Host-session={token}"), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&line).unwrap());
            assert_eq!(
                token_of(&headers, &https),
                found.then(|| TokenHash::of(&token)),
                "{line}"
            );
        }
    }
}
