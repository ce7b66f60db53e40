//! Characters and words of Chinese and other scripts: what counts as one, and names made of them.

pub use crate::markdown::han::is_han;
use crate::site::parse::TextCounts;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A character of a word of another script.
pub fn is_word(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric(),
        false => c.is_alphanumeric() && !is_han(c),
    }
}

/// A mark that does not end a word between two characters of it, as in `don't` or `2.0`.
pub fn is_inside_word(c: char) -> bool {
    matches!(c, '\'' | '’' | '-' | '_' | '.' | ',')
}

/// A piece of running text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A character that is read by itself.
    Han(char),
    /// A word of another script.
    Word(&'a str),
    /// Anything else.
    Other(char),
}

/// Cuts running text.
pub fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let c = char_at(text, at)?;
        let start = at;
        at += c.len_utf8();
        if is_han(c) {
            return Some(Token::Han(c));
        }
        if !is_word(c) {
            return Some(Token::Other(c));
        }
        while let Some(next) = char_at(text, at) {
            let after = at + next.len_utf8();
            let goes_on =
                is_word(next) || is_inside_word(next) && char_at(text, after).is_some_and(is_word);
            if !goes_on {
                break;
            }
            at = after;
        }
        Some(Token::Word(&text[start..at]))
    })
}

/// The character that begins at a byte; most are ASCII, and found by that byte alone.
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii() => Some(*byte as char),
        _ => text[at..].chars().next(),
    }
}

/// Counts Han characters and words of other scripts in plain text.
pub fn count(text: &str) -> TextCounts {
    let mut counts = TextCounts::default();
    for token in tokens(text) {
        match token {
            Token::Han(_) => counts.n_han += 1,
            Token::Word(_) => counts.n_words += 1,
            Token::Other(_) => {}
        }
    }
    counts
}

/// A piece of an address made of a name: NFC, ASCII in lower case, spaces to `-`; other Unicode is kept.
/// `/` and `\` become `-`; control characters go. May be empty.
pub fn slug(name: &str) -> String {
    folded(name, |c| !c.is_control())
}

/// An anchor made of a heading: a slug without punctuation, as GitHub makes them. May be empty.
pub fn anchor(heading: &str) -> String {
    folded(heading, |c| {
        c.is_alphanumeric() || matches!(c, '-' | '_') || is_mark(c)
    })
}

/// Combining marks, which `is_alphanumeric` leaves out in part; not those that only colour an emoji.
fn is_mark(c: char) -> bool {
    let is_selector = matches!(c, '\u{FE00}'..='\u{FE0F}');
    unicode_normalization::char::is_combining_mark(c) && !is_selector
}

fn folded(name: &str, keeps: impl Fn(char) -> bool) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut push = |c: char| {
        let is_gap = c.is_whitespace() || c == '/' || c == '\\';
        if is_gap && !folded.is_empty() && !folded.ends_with('-') {
            folded.push('-');
        } else if !is_gap && keeps(c) {
            folded.push(c.to_ascii_lowercase());
        }
    };
    match is_nfc_quick(name.chars()) {
        IsNormalized::Yes => name.trim().chars().for_each(&mut push),
        _ => name.trim().nfc().for_each(&mut push),
    }
    while folded.ends_with('-') && !name.trim_end().ends_with('-') {
        folded.pop();
    }
    folded
}

/// The beginning of plain text, at most `most` characters, cut after a word or a Han character, with `…` where cut.
pub fn beginning(text: &str, most: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(most) else {
        return text.to_string();
    };
    let kept = &text[..cut];
    let goes_on = text[cut..].chars().next().is_some_and(is_word);
    let kept = match kept.rfind(|c: char| !is_word(c)) {
        Some(space) if goes_on && space > cut / 2 => {
            let end = kept[space..].chars().next().map_or(0, char::len_utf8);
            &kept[..space + end]
        }
        _ => kept,
    };
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_han_are_counted() {
        for (text, n_han, n_words) in [
            ("", 0, 0),
            ("Hello, world.", 0, 2),
            ("don't stop state-of-the-art", 0, 3),
            ("Rust 2.0 发布了", 3, 2),
            ("使用Kubernetes部署", 4, 1),
            ("，。！？", 0, 0),
            ("𠮷野家", 3, 0),
            ("a - b", 0, 2),
            ("end. Next", 0, 2),
        ] {
            assert_eq!(count(text), TextCounts { n_han, n_words }, "{text}");
        }
    }

    #[test]
    fn names_become_addresses() {
        for (name, slugged, anchored) in [
            ("Hello World", "hello-world", "hello-world"),
            (
                "用户增长 Rust 2.0：长处",
                "用户增长-rust-2.0：长处",
                "用户增长-rust-20长处",
            ),
            ("C++ & C#", "c++-&-c#", "c-c"),
            ("  a/b\\c ", "a-b-c", "a-b-c"),
            ("Cafe\u{301}", "café", "café"),
            ("??", "??", ""),
            (
                "\u{1F6E0}\u{FE0F} Tools",
                "\u{1F6E0}\u{FE0F}-tools",
                "tools",
            ),
        ] {
            assert_eq!(slug(name), slugged, "{name}");
            assert_eq!(anchor(name), anchored, "{name}");
        }
    }

    #[test]
    fn a_beginning_ends_after_a_word() {
        assert_eq!(beginning("one two three", 9), "one two…");
        assert_eq!(beginning("一二三四五", 3), "一二三…");
        assert_eq!(beginning("short", 9), "short");
    }
}
