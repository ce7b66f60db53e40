//! Which of the site's languages a request speaks.

use crate::config::Language;
use axum::http::{HeaderMap, header};

/// The site's language that `Accept-Language` names first, by its main tag; `None` where it names none.
pub fn accepted(headers: &HeaderMap, languages: &[Language]) -> Option<String> {
    let main = |tag: &str| {
        tag.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let wanted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut tags = wanted
        .split(',')
        .take(16)
        .map(|it| main(it.split(';').next().unwrap_or_default().trim()));
    tags.find_map(|tag| languages.iter().find(|it| main(&it.code) == tag))
        .map(|it| it.code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_first_known_language_counts() {
        let languages = ["en", "zh-Hans"].map(|code| Language {
            code: code.into(),
            name: String::new(),
            title: String::new(),
            description: String::new(),
        });
        for (wanted, found) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some("zh-Hans")),
            ("fr, EN-GB", Some("en")),
            ("fr", None),
            ("*", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wanted));
            assert_eq!(accepted(&headers, &languages).as_deref(), found, "{wanted}");
        }
        assert_eq!(accepted(&HeaderMap::new(), &languages), None);
    }
}
