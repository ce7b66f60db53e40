//! Passwords: which ones are taken, and in what form they are hashed.
//!
//! Length and being hard to guess are all that counts, as NIST SP 800-63B asks; there are no rules of
//! composition..

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Shortest password of a plain member, in characters.
pub const MIN_CHARS: usize = 12;
/// Shortest password of the staff, in characters.
pub const STAFF_MIN_CHARS: usize = 15;
/// Longest password, in characters.
pub const MAX_CHARS: usize = 128;
/// More bytes than [`MAX_CHARS`] characters can have before they are composed are not even looked at.
const MAX_BYTES: usize = MAX_CHARS * 16;
/// Fewer guesses than this many powers of ten are too few: a common word, a keyboard row, a date, a
/// repetition, or one's own name with something added.
const MIN_GUESSES_LOG10: f64 = 8.0;

/// A password in the form that is hashed: NFC in UTF-8, every other character as it was typed.
/// Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is not taken as a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer characters than this.
    Short(usize),
    /// More than [`MAX_CHARS`] characters.
    Long,
    /// Among the first that would be tried.
    Common,
}

impl Password {
    /// What was typed at a sign-in: no rule but the upper bound, for older rules may have been others.
    /// `None` above the bound, so that nothing long is ever hashed.
    pub fn typed(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let composed: String = text.nfc().collect();
        (composed.chars().count() <= MAX_CHARS).then_some(Password(composed))
    }

    /// Reads a new password. `context` are words that a guesser knows: handle, name, address, the site's title.
    pub fn parse(text: &str, is_staff: bool, context: &[&str]) -> Result<Self, PasswordFault> {
        let password = Password::typed(text).ok_or(PasswordFault::Long)?;
        let least = if is_staff { STAFF_MIN_CHARS } else { MIN_CHARS };
        if password.0.chars().count() < least {
            return Err(PasswordFault::Short(least));
        }
        let words: Vec<String> = context.iter().flat_map(|text| words_of(text)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if zxcvbn::zxcvbn(&password.0, &words).guesses_log10() < MIN_GUESSES_LOG10 {
            return Err(PasswordFault::Common);
        }
        Ok(password)
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A text, its pieces, and the pieces run together, as a guesser would combine them.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let pieces: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|it| it.len() > 2)
        .collect();
    let mut words: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    words.push(pieces.concat());
    words.push(lower);
    words.retain(|word| !word.is_empty());
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_staff: bool) -> Result<(), PasswordFault> {
        let context = ["meili", "Mei Li", "mei.li@example.org", "The Garden Notes"];
        Password::parse(text, is_staff, &context).map(drop)
    }

    /// AUTHN-01, AUTHN-09.
    #[test]
    fn length_and_guesses_count() {
        let long_128 = "梅".repeat(16) + "兰竹菊" + &"x7!q ".repeat(21) + "abcd";
        assert_eq!(long_128.chars().count(), 128);
        for (text, is_staff, given) in [
            ("plum garden 7 lanterns", true, Ok(())),
            ("我喜欢在重庆吃火锅和小面", false, Ok(())),
            ("🍜🎐🏮🎋🧧🐉🎑🎏🀄🎎🌸🍵", false, Ok(())),
            ("vK3 #q9\0Lp2z", false, Ok(())),
            (" leading and trailing ", false, Ok(())),
            (long_128.as_str(), true, Ok(())),
            ("vK3#q9!Lp2z", false, Err(PasswordFault::Short(12))),
            ("vK3#q9!Lp2zT", true, Err(PasswordFault::Short(15))),
            ("", false, Err(PasswordFault::Short(12))),
            ("password1234", false, Err(PasswordFault::Common)),
            ("passwordpassword", false, Err(PasswordFault::Common)),
            ("qwertyuiopasdfghjkl", false, Err(PasswordFault::Common)),
            ("123456789012", false, Err(PasswordFault::Common)),
            ("aaaaaaaaaaaaaaaaaaaa", true, Err(PasswordFault::Common)),
            ("meilimeilimeili", false, Err(PasswordFault::Common)),
            ("TheGardenNotes1", false, Err(PasswordFault::Common)),
            ("mei.li@example.org", true, Err(PasswordFault::Common)),
        ] {
            assert_eq!(check(text, is_staff), given, "{text:?}");
        }
        assert_eq!(
            check(&format!("{long_128}y"), false),
            Err(PasswordFault::Long)
        );
        assert_eq!(
            check(&"x".repeat(1_000_000), false),
            Err(PasswordFault::Long)
        );
    }

    /// AUTHN-09: composed forms are one, everything else is significant.
    #[test]
    fn every_character_counts() {
        let bytes = |text: &str| Password::typed(text).map(|it| it.as_bytes().to_vec());
        assert_eq!(bytes("caf\u{e9}"), bytes("cafe\u{301}"));
        for (one, other) in [
            ("a\0b", "a"),
            ("a ", "a"),
            ("𠀀", "𠀁"),
            ("A", "a"),
            ("ﬁ", "fi"),
        ] {
            assert_ne!(bytes(one), bytes(other), "{one:?} {other:?}");
        }
        assert_eq!(
            format!("{:?}", Password::typed("secret")),
            "Some(Password(…))"
        );
    }
}
