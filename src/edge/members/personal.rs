//! Shown names: any script, one line, and nothing that changes how the text around it reads.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest shown name, in characters.
pub const NAME_CHARS: usize = 60;

/// Marks on one letter that any script needs; more is drawing (XSS-18).
const MARKS: usize = 3;

/// The name as it is kept: NFC, one space between words, without controls, direction overrides and
/// characters of no width. `None` when more than [`NAME_CHARS`] are left.
pub fn clean_name(text: &str) -> Option<String> {
    if text.len() > NAME_CHARS * 32 {
        return None;
    }
    let mut n_marks = 0;
    let kept: String = text
        .nfc()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !is_unseen(*letter))
        .filter(|letter| {
            n_marks = if is_combining_mark(*letter) {
                n_marks + 1
            } else {
                0
            };
            n_marks <= MARKS
        })
        .collect();
    let name = kept
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (name.chars().count() <= NAME_CHARS).then_some(name)
}

/// Characters that take no room or turn the direction of what follows. The joiners stay out as well: emoji
/// fall apart into their pieces, and no two names can differ by something unseen.
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{e000}'..='\u{f8ff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_clean_line() {
        for (text, kept) in [
            ("Mei Li", "Mei Li"),
            ("  梅\u{3000} 丽\n", "梅 丽"),
            ("e\u{301}", "é"),
            ("\u{202e}ieM", "ieM"),
            ("M\u{200b}ei\0\u{7}", "Mei"),
            ("<b>\"Mei\"</b>", "<b>\"Mei\"</b>"),
            ("", ""),
        ] {
            assert_eq!(clean_name(text).as_deref(), Some(kept), "{text:?}");
        }
        let tower = format!("z{}", "\u{32f}".repeat(600));
        assert_eq!(
            clean_name(&tower).map(|it| it.chars().count()),
            Some(1 + MARKS)
        );
        assert_eq!(
            clean_name(&"梅".repeat(60)).map(|it| it.chars().count()),
            Some(60)
        );
        assert_eq!(clean_name(&"梅".repeat(61)), None);
        assert_eq!(clean_name(&"a".repeat(1_000_000)), None);
    }
}
