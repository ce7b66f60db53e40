//! Text of strangers without the characters that only deceive: overrides of direction, invisible
//! letters, piles of accents, controls.
//!
//! Entry point: [`clean`]. Markdown and HTML are not looked at here.

use unicode_normalization::char::is_combining_mark;

/// Accents one letter may carry. Real scripts need at most four.
const MOST_ACCENTS: usize = 4;

/// `text` with LF line ends, without controls, marks of direction, invisible letters and private
/// characters, and with at most four combining marks on a letter. Joiners stay where they join
/// something, because emoji and Indic scripts need them.
pub fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut n_accents = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\r' if letters.peek() == Some(&'\n') => continue,
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
            other => other,
        };
        if is_unwanted(letter) {
            continue;
        }
        if is_joiner(letter) {
            let joins = |it: char| !it.is_ascii() && !it.is_whitespace() && !is_joiner(it);
            let joins_next = letters
                .peek()
                .is_some_and(|it| joins(*it) && !is_combining_mark(*it));
            if joins_next && kept.chars().next_back().is_some_and(joins) {
                kept.push(letter);
            }
            continue;
        }
        n_accents = if is_combining_mark(letter) {
            n_accents + 1
        } else {
            0
        };
        if n_accents <= MOST_ACCENTS {
            kept.push(letter);
        }
    }
    kept
}

fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200C}' | '\u{200D}')
}

fn is_unwanted(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        // Soft hyphen, grapheme joiner, Hangul fillers, Mongolian separators.
        '\u{AD}'
        | '\u{34F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{180B}'..='\u{180F}' => true,
        // Marks of direction, overrides, isolates, and what is as wide as nothing.
        '\u{61C}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' => true,
        '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' => true,
        // Private characters show as whatever a font likes.
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XSS-18
    #[test]
    fn what_deceives_is_gone() {
        let zalgo = format!("a{}b", "\u{301}".repeat(1000));
        let piled = format!("é{}b", "\u{200D}\u{301}".repeat(1000));
        for (text, expected) in [
            ("plain\ttext\n中文", "plain\ttext\n中文"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("nul\0 esc\u{1b}[31m", "nul esc[31m"),
            ("user\u{202E}gnp.exe", "usergnp.exe"),
            ("加\u{200B}微\u{2060}信\u{FEFF}", "加微信"),
            ("ad\u{200D}min", "admin"),
            ("👩\u{200D}💻", "👩\u{200D}💻"),
            ("क\u{94D}\u{200D}ष", "क\u{94D}\u{200D}ष"),
            ("\u{E0041}\u{E0042}x\u{F8FF}", "x"),
            (piled.as_str(), "é\u{301}\u{301}\u{301}\u{301}b"),
            (zalgo.as_str(), "a\u{301}\u{301}\u{301}\u{301}b"),
        ] {
            assert_eq!(clean(text), expected, "{text:.20?}");
        }
    }
}
