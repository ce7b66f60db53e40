//! E-mail addresses: which ones are taken, and when two are the same.
//!
//! Kept lower-cased; dots and tags stay, since only the receiving host knows what they mean.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An address that one mail can go to: ASCII, lower-case, without display name, quotes or comments.
/// Its `Debug` shows the host alone.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Longest address that SMTP carries, in bytes (RFC 5321).
    const MAX_BYTES: usize = 254;

    /// `None` when the text is no address of this kind. White space around it is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\r', '\n', '\u{3000}']);
        let (local, host) = text.rsplit_once('@')?;
        let is_atom =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        let local_fits = local.len() <= 64
            && local
                .split('.')
                .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom));
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let host_fits = host.contains('.')
            && host.split('.').all(is_label)
            && host
                .rsplit('.')
                .next()
                .is_some_and(|top| !top.bytes().all(|byte| byte.is_ascii_digit()));
        (local_fits && host_fits && text.len() <= Self::MAX_BYTES)
            .then(|| Email(text.to_ascii_lowercase()))
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What limits count by: most hosts deliver `a.b+tag@` and `ab@` to one box, so that spelling an
    /// address anew wins nothing (AUTHN-05). Never used to tell members apart.
    pub fn box_key(&self) -> String {
        let (local, host) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let local: String = local
            .split('+')
            .next()
            .unwrap_or(local)
            .chars()
            .filter(|it| *it != '.')
            .collect();
        format!("{local}@{host}")
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0
            .rsplit_once('@')
            .map_or(self.0.as_str(), |(local, _)| local)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.rsplit_once('@').map_or("", |(_, host)| host);
        write!(f, "Email(…@{host})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_and_lower_case() {
        for (text, kept) in [
            ("mei@example.org", Some("mei@example.org")),
            (
                " Mei.Li+News@Example.ORG\n",
                Some("mei.li+news@example.org"),
            ),
            ("o'hara@example.org", Some("o'hara@example.org")),
            ("mei@localhost", None),
            ("mei@127.0.0.1", None),
            ("mei", None),
            ("@example.org", None),
            ("mei@", None),
            ("mei@@example.org", None),
            ("mei@example..org", None),
            (".mei@example.org", None),
            ("me i@example.org", None),
            ("mei@example.org\r\nbcc: all@example.org", None),
            ("mei@example.org,you@example.org", None),
            ("Mei <mei@example.org>", None),
            ("\"mei\"@example.org", None),
            ("mei@-example.org", None),
            ("梅@example.org", None),
            ("mei\0@example.org", None),
        ] {
            assert_eq!(
                Email::parse(text).as_ref().map(Email::as_str),
                kept,
                "{text:?}"
            );
        }
        assert!(Email::parse(&format!("{}@example.org", "a".repeat(65))).is_none());
        assert!(Email::parse(&format!("a@{}example.org", "a.".repeat(130))).is_none());
    }

    #[test]
    fn one_box_has_one_key() {
        for text in [
            "meili@example.org",
            "Mei.Li@example.org",
            "m.e.i.li+x+y@EXAMPLE.org",
        ] {
            assert_eq!(Email::parse(text).unwrap().box_key(), "meili@example.org");
        }
    }

    #[test]
    fn debug_keeps_the_box_to_itself() {
        assert_eq!(
            format!("{:?}", Email::parse("mei@example.org").unwrap()),
            "Email(…@example.org)"
        );
    }
}
