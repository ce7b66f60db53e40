//! Where typographic punctuation would be wrong: in addresses without a scheme, and in quotes between Han characters, for which
//! the parser cannot tell the side.

use crate::markdown::han::is_han;
use crate::steps;
use std::ops::Range;

/// The word around a byte, as far as an address may reach. Dashes at its ends belong to the comment or the sentence around it.
pub fn word(bytes: &[u8], at: usize) -> Range<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~@/%+=&?#".contains(byte);
    let n_before = bytes[..at]
        .iter()
        .rev()
        .take_while(|it| is_part(it))
        .count();
    let n_behind = bytes[at..].iter().take_while(|it| is_part(it)).count();
    steps::read(n_before + n_behind);
    let word = &bytes[at - n_before..at + n_behind];
    let is_around = |byte: &&u8| b".-?/".contains(byte);
    let n_first = word.iter().take_while(is_around).count();
    let n_last = word[n_first..].iter().rev().take_while(is_around).count();
    at - n_before + n_first..at + n_behind - n_last
}

/// Whether a word is an address or the name of a file: `www.xn--a.org`, `me@xn--a.org`, `a.org/b--c`, `file--name.txt`.
pub fn is_address(word: &str) -> bool {
    let path = word.split(['?', '#']).next().unwrap_or_default();
    let host = path.split('/').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let has_ending = |name: &str| {
        name.rsplit_once('.').is_some_and(|(stem, ending)| {
            stem.ends_with(|c: char| c.is_ascii_alphanumeric())
                && (1..=6).contains(&ending.len())
                && ending.starts_with(|c: char| c.is_ascii_lowercase())
                && ending.bytes().all(|it| it.is_ascii_alphanumeric())
        })
    };
    word.starts_with("www.")
        || word.contains("xn--")
        || word.contains('@') && host.contains('.')
        || has_ending(host)
        || has_ending(last)
}

/// The side of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It begins what is quoted.
    Open,
    /// It ends that.
    Close,
}

/// Which quotes of a paragraph are open.
#[derive(Default)]
pub struct Quotes {
    is_double_open: bool,
    is_single_open: bool,
}

impl Quotes {
    /// Forgets what the paragraph before has left open.
    pub fn end_paragraph(&mut self) {
        *self = Quotes::default();
    }

    /// The side of the quote at a byte, where the parser cannot tell: between two letters of which one is Han.
    pub fn side(&mut self, source: &str, at: usize) -> Option<Side> {
        let before = source[..at].chars().next_back();
        let behind = source[at + 1..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_open = match source.as_bytes()[at] {
            b'"' => &mut self.is_double_open,
            _ => &mut self.is_single_open,
        };
        let side = match (is_letter(before), is_letter(behind)) {
            (false, true) => Side::Open,
            (true, false) => Side::Close,
            (false, false) => return None,
            (true, true) => {
                if !before.is_some_and(is_han) && !behind.is_some_and(is_han) {
                    return None;
                }
                let side = if *is_open { Side::Close } else { Side::Open };
                *is_open = side == Side::Open;
                return Some(side);
            }
        };
        *is_open = side == Side::Open;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_without_the_dashes_around_it() {
        for (text, at, wanted) in [
            ("<!--a--b.md-->", 3, "a--b.md"),
            ("see a--b.md.", 5, "a--b.md"),
            ("a -- b", 2, ""),
            ("--a.md", 0, "a.md"),
        ] {
            assert_eq!(&text[word(text.as_bytes(), at)], wanted, "{text}");
        }
    }

    #[test]
    fn addresses_are_told_from_prose() {
        for (word, is) in [
            ("www.xn--bcher-kva.example/x", true),
            ("me@xn--bcher-kva.example", true),
            ("a--b@example.org", true),
            ("example.org/a--b", true),
            ("file--name.txt", true),
            ("src/file--name.rs", true),
            ("xn--bcher-kva", true),
            ("well--known", false),
            ("and--or/maybe", false),
            ("end.--Next", false),
            ("3--4.5", false),
            ("--release", false),
            ("one--two.Three", false),
        ] {
            assert_eq!(is_address(word), is, "{word}");
        }
    }
}
