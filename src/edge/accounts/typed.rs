//! What a visitor typed into a members' form, kept in the browser for ten minutes: a form that was refused comes back
//! filled, and the page after it says where the letter went and can ask for it again.
//!
//! A cookie, because the edge must not know who typed what: nobody else sees it. Passwords are never in it.

use crate::edge::accounts::cookie;
use crate::edge::settings::Settings;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Fields that are kept.
const FIELDS: [&str; 8] = [
    "email",
    "handle",
    "name",
    "login",
    "newsletter",
    "next",
    "letter",
    REASON,
];
/// Why an account is suspended: no field of a form, but what the edge answered.
pub const REASON: &str = "reason";
/// Longest value that is kept, in bytes.
const MAX_VALUE_BYTES: usize = 254;
/// Longest reason, in bytes.
const MAX_REASON_BYTES: usize = 800;
/// How long it is kept.
pub const KEPT_SECS: i64 = 600;
/// The name that says which page the values are for. No form has a field of this name.
const PAGE: &str = "page";

/// Values by the names of their fields, and the members' page that shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Such as `join`.
    pub page: String,
    /// In no order that matters; no name twice.
    pub fields: Vec<(String, String)>,
}

/// A letter that can be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The one of a join.
    Join,
    /// A link to sign in by.
    Link,
    /// A link to set a password with.
    Forgot,
}

impl Again {
    const ALL: [(Again, &'static str); 3] = [
        (Again::Join, "join"),
        (Again::Link, "link"),
        (Again::Forgot, "forgot"),
    ];

    fn as_str(self) -> &'static str {
        let found = Again::ALL.iter().find(|(it, _)| *it == self);
        found.map_or("", |it| it.1)
    }
}

impl Typed {
    /// What is kept of a form that was refused; values that are empty or too long are left out.
    pub fn of_form<'f>(page: &str, fields: impl Iterator<Item = (&'f str, &'f str)>) -> Self {
        let kept = fields.filter(|(name, value)| {
            let most = match *name {
                REASON => MAX_REASON_BYTES,
                _ => MAX_VALUE_BYTES,
            };
            FIELDS.contains(name) && !value.is_empty() && value.len() <= most
        });
        Typed {
            page: page.into(),
            fields: kept
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }

    /// What the page after a letter shows and asks for again.
    pub fn letter(letter: Again, email: &str, next: Option<&str>) -> Self {
        let fields = [
            ("letter", letter.as_str()),
            ("email", email.trim()),
            ("next", next.unwrap_or_default()),
        ];
        Typed::of_form("check-mail", fields.into_iter())
    }

    /// The value of a field; `None` where it is not kept.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|it| it.0 == name);
        found.map(|it| it.1.as_str())
    }

    /// Which letter can be asked for again.
    pub fn again(&self) -> Option<Again> {
        let wanted = self.get("letter").filter(|_| self.page == "check-mail")?;
        let found = Again::ALL.iter().find(|(_, name)| *name == wanted);
        found.map(|it| it.0)
    }

    /// The cookie that keeps it.
    pub fn kept(&self, settings: &Settings) -> (HeaderName, HeaderValue) {
        let page = std::iter::once((PAGE, self.page.as_str()));
        let fields = self.fields.iter().map(|(name, value)| (&**name, &**value));
        let pairs: Vec<(&str, &str)> = page.chain(fields).collect();
        let text = serde_urlencoded::to_string(pairs).unwrap_or_default();
        cookie::typed(settings, &text, KEPT_SECS)
    }

    /// What the browser that asks has kept. Whatever is not of the shape that [`Typed::kept`] writes is left out.
    pub fn of_request(headers: &HeaderMap, settings: &Settings) -> Option<Self> {
        let text = cookie::typed_of(headers, settings)?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&text).ok()?;
        let page = pairs.iter().find(|it| it.0 == PAGE)?.1.clone();
        let fields = pairs.iter().map(|(name, value)| (&**name, &**value));
        Some(Typed::of_form(&page, fields))
    }

    /// The cookie that forgets it.
    pub fn forgotten(settings: &Settings) -> (HeaderName, HeaderValue) {
        cookie::typed(settings, "", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;
    use axum::http::header::COOKIE;

    fn settings() -> Settings {
        Settings {
            base_url: BaseUrl::parse("https://lyceum.example/").unwrap(),
            listen: "127.0.0.1:1111".parse().unwrap(),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: "dist".into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        }
    }

    fn sent_back(typed: &Typed) -> Option<Typed> {
        let (_, line) = typed.kept(&settings());
        let line = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&line).unwrap());
        Typed::of_request(&headers, &settings())
    }

    #[test]
    fn the_browser_sends_back_what_was_typed() {
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        for (name, value, kept) in [
            ("email", "mei@example.org", true),
            ("name", "梅; \"丽\" <b>,\r\n=&", true),
            ("newsletter", "true", true),
            ("login", "mei", true),
            ("email", "", false),
            ("email", long.as_str(), false),
            ("password", "plum garden 7 lanterns", false),
            ("current", "plum garden 7 lanterns", false),
            ("page", "account", false),
        ] {
            let typed = Typed::of_form("join", [(name, value)].into_iter());
            assert_eq!(typed.get(name), kept.then_some(value), "{name} {value}");
            assert_eq!(sent_back(&typed), Some(typed), "{name} {value}");
        }
    }

    #[test]
    fn a_letter_can_be_asked_for_again_where_one_was_sent() {
        for (letter, name) in Again::ALL {
            let typed = Typed::letter(letter, "mei@example.org", Some("/guides/"));
            assert_eq!(sent_back(&typed).unwrap().again(), Some(letter), "{name}");
            let elsewhere = Typed::of_form("join", [("letter", name)].into_iter());
            assert_eq!(elsewhere.again(), None);
        }
    }
}
