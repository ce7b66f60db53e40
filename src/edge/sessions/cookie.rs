//! The two cookies: the session's token, and a hint without any secret that tells scripts to ask who they are for.

use crate::edge::sessions::TokenHash;
use crate::edge::settings::Settings;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a sign-in puts into a browser.
pub fn set(settings: &Settings, token: &str, max_age_secs: i64) -> [(HeaderName, HeaderValue); 2] {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let name = settings.session_cookie();
    cookies([
        format!("{name}={token}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax{secure}"),
        format!("member=1; Path=/; Max-Age={max_age_secs}; SameSite=Lax{secure}"),
    ])
}

/// What a sign-out takes out of it.
pub fn clear(settings: &Settings) -> [(HeaderName, HeaderValue); 2] {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let name = settings.session_cookie();
    cookies([
        format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"),
        format!("member=; Path=/; Max-Age=0; SameSite=Lax{secure}"),
    ])
}

/// The hash of the request's session token; `None` where there is none that could be one. Of several
/// cookies with the name the first counts.
pub fn token_of(headers: &HeaderMap, settings: &Settings) -> Option<TokenHash> {
    let name = settings.session_cookie();
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(found, _)| *found == name)?;
    TokenHash::of_plausible(token)
}

fn cookies(texts: [String; 2]) -> [(HeaderName, HeaderValue); 2] {
    texts.map(|text| {
        let value = HeaderValue::from_str(&text)
            .expect("a token is base64url and the rest is written here");
        (header::SET_COOKIE, value)
    })
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

    /// SES-01: names and attributes on https, and on loopback.
    #[test]
    fn cookies_say_all_they_must() {
        let lines = |url: &str| {
            set(&settings(url), "TOKEN", 60).map(|(_, value)| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            lines("https://lyceum.example/"),
            [
                "__Host-session=TOKEN; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                "member=1; Path=/; Max-Age=60; SameSite=Lax; Secure",
            ]
        );
        assert_eq!(
            lines("http://127.0.0.1:1111/"),
            [
                "session=TOKEN; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
                "member=1; Path=/; Max-Age=60; SameSite=Lax",
            ]
        );
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
