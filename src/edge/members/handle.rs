//! Handles: which ones may be taken, and which look too much like another.
//!
//! ASCII alone, so that no alphabet can be made to look like another; what is left to mistake
//! (`0` and `o`, `rn` and `m`) is folded away before names are compared.

use unicode_normalization::UnicodeNormalization;

/// A member's public name: 3 to 30 ASCII letters, digits, `-` and `_`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle(String);

/// Why a text cannot be a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleFault {
    /// Length, characters or the first letter.
    Form,
    /// A word that speaks for the site, or looks like one.
    Reserved,
}

/// Words that speak for the site, or that its addresses use. Compared after folding.
const RESERVED: [&str; 56] = [
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "author",
    "authors",
    "billing",
    "bot",
    "contact",
    "daemon",
    "deleted",
    "editor",
    "editors",
    "erased",
    "everyone",
    "everybody",
    "help",
    "host",
    "hostmaster",
    "info",
    "legal",
    "lyceum",
    "mail",
    "mailer-daemon",
    "member",
    "members",
    "mod",
    "moderator",
    "moderators",
    "mods",
    "news",
    "nobody",
    "noreply",
    "null",
    "official",
    "operator",
    "owner",
    "postmaster",
    "privacy",
    "root",
    "sales",
    "security",
    "settings",
    "site",
    "staff",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "undefined",
    "visitor",
    "webmaster",
];

/// Beginnings that claim an office: `admin-mei`, `official_lyceum`.
const OFFICES: [&str; 5] = ["admin", "moderator", "official", "staff", "support"];

impl Handle {
    /// Reads a handle as its member writes it; letter case is kept.
    pub fn parse(text: &str) -> Result<Self, HandleFault> {
        let fits = (3..=30).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !fits {
            return Err(HandleFault::Form);
        }
        if claims_office(text) {
            return Err(HandleFault::Reserved);
        }
        Ok(Handle(text.into()))
    }

    /// For the owner's verbs, who may hand out any name of the right form.
    pub fn parse_any(text: &str) -> Result<Self, HandleFault> {
        match Handle::parse(text) {
            Err(HandleFault::Reserved) => Ok(Handle(text.into())),
            other => other,
        }
    }

    /// Whether a handle or a shown name speaks for the site, or looks as if it did.
    pub fn claims_office(text: &str) -> bool {
        claims_office(text)
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

    /// What it is kept unique by.
    pub fn key(&self) -> String {
        handle_key(&self.0)
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

/// Whether a handle or a shown name could be read as `name` at a glance.
pub fn looks_like(text: &str, name: &str) -> bool {
    let shape = shape(text);
    !shape.is_empty() && shape == self::shape(name)
}

fn claims_office(text: &str) -> bool {
    let whole = shape(text);
    let bare = shape(text.trim_end_matches(|last: char| last.is_ascii_digit()));
    let first = text.split(['-', '_']).next().unwrap_or_default();
    let first = shape(first);
    RESERVED
        .iter()
        .map(|word| shape(word))
        .any(|word| word == whole || word == bare)
        || (first.len() < whole.len() && OFFICES.iter().any(|office| shape(office) == first))
}

/// The text as a hasty eye sees it: compatibility forms and accents folded, letters that pass for another
/// as that other, and nothing but letters and digits.
fn shape(text: &str) -> String {
    let folded: String = text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter_map(|letter| match letter {
            '0' | 'о' | 'ο' | 'օ' => Some('o'),
            '1' | 'l' | 'i' | 'ı' | '|' | '!' | 'і' | 'ι' | 'ӏ' => Some('l'),
            '3' | 'е' | 'ε' => Some('e'),
            '4' | '@' | 'а' | 'α' => Some('a'),
            '5' | '$' | 'ѕ' => Some('s'),
            '7' | 'т' | 'τ' => Some('t'),
            '8' | 'в' | 'β' => Some('b'),
            'с' | 'ϲ' => Some('c'),
            'ԁ' => Some('d'),
            'һ' | 'н' => Some('h'),
            'ј' => Some('j'),
            'к' | 'κ' => Some('k'),
            'м' => Some('m'),
            'р' | 'ρ' => Some('p'),
            'ԛ' => Some('q'),
            'г' => Some('r'),
            'υ' | 'ц' => Some('u'),
            'ν' | 'ѵ' => Some('v'),
            'ѡ' | 'ω' => Some('w'),
            'х' | 'χ' => Some('x'),
            'у' | 'γ' => Some('y'),
            other => other.is_alphanumeric().then_some(other),
        })
        .collect();
    folded
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_have_a_form() {
        for (text, given) in [
            ("mei", Ok(())),
            ("Mei-Li_88", Ok(())),
            ("badmington", Ok(())),
            ("teammate", Ok(())),
            ("modest", Ok(())),
            ("me", Err(HandleFault::Form)),
            ("8mei", Err(HandleFault::Form)),
            ("-mei", Err(HandleFault::Form)),
            ("mei.li", Err(HandleFault::Form)),
            ("mei li", Err(HandleFault::Form)),
            ("梅梅梅", Err(HandleFault::Form)),
            ("mеi", Err(HandleFault::Form)), // a Cyrillic е
            ("", Err(HandleFault::Form)),
            ("admin", Err(HandleFault::Reserved)),
            ("Adm1n", Err(HandleFault::Reserved)),
            ("a-d-m-i-n", Err(HandleFault::Reserved)),
            ("adrnin", Err(HandleFault::Reserved)),
            ("admin42", Err(HandleFault::Reserved)),
            ("admin-mei", Err(HandleFault::Reserved)),
            ("official_site", Err(HandleFault::Reserved)),
            ("MODERAT0R", Err(HandleFault::Reserved)),
            ("Lyceum", Err(HandleFault::Reserved)),
            ("rn0ds", Err(HandleFault::Reserved)),
        ] {
            assert_eq!(Handle::parse(text).map(drop), given, "{text}");
        }
        assert!(Handle::parse(&"a".repeat(30)).is_ok());
        for text in ["mei", "mei_", &"a".repeat(30)] {
            let varied = Handle::parse_any(text).unwrap().varied("K7Q2M4AB");
            assert!(varied.as_str().ends_with("-k7q2m4ab"));
            assert_eq!(Handle::parse_any(varied.as_str()), Ok(varied));
        }
        assert_eq!(Handle::parse(&"a".repeat(31)), Err(HandleFault::Form));
        assert_eq!(Handle::parse_any("admin").unwrap().as_str(), "admin");
        assert!(Handle::parse_any("a").is_err());
    }

    #[test]
    fn handles_that_differ_little_share_a_key() {
        for (one, other, same) in [
            ("Mei_Li", "mei-li", true),
            ("mei0", "MEIo", true),
            ("mei1", "meil", true),
            ("mei", "mai", false),
            ("mei2", "meiz", false),
        ] {
            assert_eq!(handle_key(one) == handle_key(other), same, "{one} {other}");
        }
    }

    #[test]
    fn names_that_pass_for_another_are_seen() {
        for (text, name, alike) in [
            ("Mei Li", "mei-li", true),
            ("ｍｅｉ", "mei", true),
            ("mеі", "mei", true), // Cyrillic е and і
            ("m e i\u{200b}", "mei", true),
            ("Méi", "mei", true),
            ("rnei", "mei", true),
            ("mai", "mei", false),
            ("", "", false),
            ("梅", "梅", true),
        ] {
            assert_eq!(looks_like(text, name), alike, "{text} {name}");
        }
    }
}
