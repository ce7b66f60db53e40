//! Which page sent an unsafe request: the check against forged ones.
//!
//! Every browser of today says so in `Sec-Fetch-Site`, and older ones in `Origin`. A request with a
//! cookie that says neither is refused; one without a cookie acts for nobody and may say nothing, but
//! if it says that it comes from elsewhere it is refused as well, since it could sign its reader in as
//! somebody else (SES-07, SES-08, SES-10).

use crate::edge::error::ApiError;
use crate::edge::settings::Settings;
use axum::http::{HeaderMap, header};

/// Whether an unsafe request may go on.
pub fn check(headers: &HeaderMap, settings: &Settings) -> Result<(), ApiError> {
    let is_ours = match (single(headers, "sec-fetch-site"), single(headers, "origin")) {
        (Said::Twice, _) | (_, Said::Twice) => false,
        (Said::Once("same-origin" | "none"), _) => true,
        (Said::Once(_), _) => false,
        (Said::Nothing, Said::Once(origin)) => settings.is_own_origin(origin),
        (Said::Nothing, Said::Nothing) => !headers.contains_key(header::COOKIE),
    };
    if is_ours {
        Ok(())
    } else {
        Err(ApiError::CrossOrigin)
    }
}

enum Said<'h> {
    Nothing,
    Once(&'h str),
    /// Two lines, or one that is no text: two readers could take it for two things.
    Twice,
}

fn single<'h>(headers: &'h HeaderMap, name: &str) -> Said<'h> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next().map(|it| it.to_str()), lines.next()) {
        (None, _) => Said::Nothing,
        (Some(Ok(text)), None) => Said::Once(text),
        _ => Said::Twice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;
    use axum::http::{HeaderName, HeaderValue};

    /// SES-07, SES-08, SES-10, SES-11
    #[test]
    fn only_own_pages_write() {
        let settings = Settings {
            base_url: BaseUrl::parse("https://lyceum.example/").unwrap(),
            listen: "0.0.0.0:80".parse().unwrap(),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: "dist".into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        };
        for (lines, with_cookie, without) in [
            (&[][..], false, true),
            (&[("sec-fetch-site", "same-origin")], true, true),
            (&[("sec-fetch-site", "none")], true, true),
            (&[("sec-fetch-site", "same-site")], false, false),
            (&[("sec-fetch-site", "cross-site")], false, false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://lyceum.example"),
                ],
                false,
                false,
            ),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
                false,
            ),
            (&[("origin", "https://lyceum.example")], true, true),
            (
                &[
                    ("origin", "https://lyceum.example"),
                    ("origin", "https://evil.example"),
                ],
                false,
                false,
            ),
            (&[("origin", "http://lyceum.example")], false, false),
            (&[("origin", "https://lyceum.example:8443")], false, false),
            (
                &[("origin", "https://lyceum.example.evil.org")],
                false,
                false,
            ),
            (&[("origin", "https://evil-lyceum.example")], false, false),
            (&[("origin", "null")], false, false),
            (&[("origin", "")], false, false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
            }
            assert_eq!(check(&headers, &settings).is_ok(), without, "{lines:?}");
            headers.insert(header::COOKIE, HeaderValue::from_static("theme=dark"));
            assert_eq!(
                check(&headers, &settings).is_ok(),
                with_cookie,
                "{lines:?} with a cookie"
            );
        }
    }
}
