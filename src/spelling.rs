//! How a word looks to its author: letters that look alike are one letter, and what cannot be seen is not there.
//!
//! A word that decides something is compared with [`skeleton`], so that one which only looks right is found. Typing
//! errors are a matter of distance: see [`crate::diag::nearest`].

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection;

/// The text without invisible characters, in lower case, with one letter for all that look like it (the confusables
/// of UTS 39, and NFKC). Two texts that look the same have the same skeleton. It is not for display: an `m` becomes
/// `rn`.
pub fn skeleton(text: &str) -> String {
    let seen = text.chars().filter(|it| !is_invisible(*it));
    let lower: String = seen.flat_map(char::to_lowercase).collect();
    // NFKC first would turn some letters into others that look different, such as U+03F2 into a final sigma.
    let alike: String = confusable_detection::skeleton(&lower).collect();
    let plain: String = alike.nfkc().flat_map(char::to_lowercase).collect();
    confusable_detection::skeleton(&plain).collect()
}

/// The ASCII characters that one beyond ASCII looks like, in lower case; `None` where it looks like none.
pub fn latin(c: char) -> Option<String> {
    let mut bytes = [0; 4];
    let alike: String = confusable_detection::skeleton(c.encode_utf8(&mut bytes)).collect();
    let is_latin = !alike.is_empty() && alike.is_ascii();
    is_latin.then(|| alike.to_ascii_lowercase())
}

/// Whether a character takes no room on a screen: byte order marks, zero-width and bidirectional marks, variation
/// selectors, soft hyphens, and control characters other than tab and line ends.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Whether a character is some kind of quotation mark, the ASCII ones and the backtick included.
pub fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '´' | '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{2032}'..='\u{203a}'
            | '\u{275b}'..='\u{2760}' | '\u{300c}'..='\u{300f}' | '\u{301d}'..='\u{301f}'
            | '\u{fe41}'..='\u{fe44}' | '\u{ff02}' | '\u{ff07}' | '\u{ff40}' | '\u{ff62}' | '\u{ff63}'
    )
}

/// Whether a character is some kind of dash or minus, the ASCII one included.
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207b}'
                | '\u{208b}'
                | '\u{2212}'
                | '\u{23af}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{2796}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{30fc}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (text, word) in [
            ("access", "access"),
            ("Access", "access"),
            ("аccess", "access"),
            ("aϲϲess", "access"),
            ("\u{200b}access\u{feff}", "access"),
            ("acc\u{ad}ess", "access"),
            ("ａｃｃｅｓｓ", "access"),
            ("ｍｅｍｂｅｒｓ", "members"),
            ("рaid", "paid"),
            ("ΡAID", "paid"),
        ] {
            assert_eq!(skeleton(text), skeleton(word), "{text}");
        }
        for (text, other) in [("acces", "access"), ("paid", "said"), ("会员", "会負")] {
            assert_ne!(skeleton(text), skeleton(other), "{text}");
        }
    }

    #[test]
    fn letters_and_spaces_are_seen() {
        for c in [
            'a', '\u{e9}', '会', ' ', '\u{a0}', '\u{3000}', '\t', '\n', '-', '—', '👍',
        ] {
            assert!(!is_invisible(c), "{c:?}");
        }
        assert!("-–—―−－﹣─".chars().all(is_dash));
        assert!(!"_=~+".chars().any(is_dash));
    }
}
