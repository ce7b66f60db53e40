//! Handles: their form, and which are the same.
//!
//! ASCII alone, so that no alphabet can be made to look like another; what is left to mistake (`0` and `o`, `rn` and `m`,
//! `I` and `l`) is folded away before they are compared.

use crate::spelling;

/// A member's public name: 3 to 30 ASCII letters, digits, `-` and `_`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle(String);

impl Handle {
    /// Reads a handle as its member writes it; letter case is kept. `None` for a text of another form. Whether the
    /// name may be taken is for [`crate::edge::accounts::names`] and the store to say.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (3..=30).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Handle(text.into()))
    }

    /// One like it, with this ending of ASCII letters and digits.
    pub fn varied(&self, ending: &str) -> Self {
        let kept = &self.0[..self.0.len().min(29 - ending.len())];
        let kept = kept.trim_end_matches(['-', '_']);
        Handle(format!("{kept}-{}", ending.to_ascii_lowercase()))
    }

    /// The handle itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is looked up and kept unique by.
    pub fn key(&self) -> String {
        handle_key(&self.0)
    }

    /// What it is kept unique by besides: its skeleton after UTS 39, so that no two look the same as they are written.
    /// A capital `I` is an `l` there, and an `m` is `rn`.
    pub fn skeleton(&self) -> String {
        let alike: String = unicode_security::skeleton(&self.0).collect();
        spelling::skeleton(&alike).replace('_', "-")
    }
}

/// What handles are looked up by: without letter case, `_` as `-`, and the digits that pass for letters
/// as those letters, so that `Mei_Li0` and `mei-lio` are one.
pub fn handle_key(text: &str) -> String {
    let fold = |letter: char| match letter.to_ascii_lowercase() {
        '_' => '-',
        '0' => 'o',
        '1' => 'l',
        other => other,
    };
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_have_a_form() {
        for (text, fits) in [
            ("mei", true),
            ("Mei-Li_88", true),
            ("admin", true),
            ("me", false),
            ("8mei", false),
            ("-mei", false),
            ("mei.li", false),
            ("mei li", false),
            ("梅梅梅", false),
            ("mеi", false), // a Cyrillic е
            ("", false),
        ] {
            assert_eq!(Handle::parse(text).is_some(), fits, "{text}");
        }
        assert!(Handle::parse(&"a".repeat(30)).is_some());
        assert!(Handle::parse(&"a".repeat(31)).is_none());
        for text in ["mei", "mei_", &"a".repeat(30)] {
            let varied = Handle::parse(text).unwrap().varied("K7Q2M4AB");
            assert!(varied.as_str().ends_with("-k7q2m4ab"));
            assert_eq!(Handle::parse(varied.as_str()), Some(varied));
        }
    }

    #[test]
    fn handles_that_look_the_same_meet() {
        let alike = |one: &str, other: &str| {
            let (one, other) = (Handle::parse(one).unwrap(), Handle::parse(other).unwrap());
            one.key() == other.key() || one.skeleton() == other.skeleton()
        };
        for (one, other, same) in [
            ("Mei_Li", "mei-li", true),
            ("mei0", "MEIo", true),
            ("mei1", "meil", true),
            ("MeI", "Mel", true),
            ("meI", "me1", true),
            ("mei", "rnei", true),
            ("Modern", "Modem", true),
            ("alI", "all", true),
            ("mei", "mel", false),
            ("mei", "mai", false),
            ("mei2", "meiz", false),
            ("ali", "all", false),
            ("meili", "mei-li", false),
        ] {
            assert_eq!(alike(one, other), same, "{one} {other}");
        }
    }
}
