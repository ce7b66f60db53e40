//! Shown names: any script, one line, and nothing that changes how the text around it reads.

use crate::edge::sanitize::Cleaner;
use unicode_normalization::UnicodeNormalization;

/// Longest shown name, in characters.
pub const NAME_CHARS: usize = 60;

/// The name as it is kept: NFC, one space between words, and cleaned as running text is, so that joiners and variation
/// selectors stay where spelling needs them. `None` when more than [`NAME_CHARS`] are left.
pub fn clean_name(text: &str) -> Option<String> {
    if text.len() > NAME_CHARS * 32 {
        return None;
    }
    let spaced: String = text
        .nfc()
        .map(|letter| if is_blank(letter) { ' ' } else { letter })
        .collect();
    let kept = Cleaner::default().take(&spaced);
    let words = kept.split_whitespace();
    let name = words.collect::<Vec<_>>().join(" ");
    (name.chars().count() <= NAME_CHARS).then_some(name)
}

/// Whether a character shows nothing and takes room, such as a Braille cell without dots.
fn is_blank(letter: char) -> bool {
    let is_filler = matches!(
        letter,
        '\u{2800}' | '\u{3164}' | '\u{115f}' | '\u{1160}' | '\u{ffa0}'
    );
    is_filler || letter.is_whitespace()
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
            ("علی\u{200c}رضا", "علی\u{200c}رضا"),
            ("\u{2764}\u{fe0f} Tea", "\u{2764}\u{fe0f} Tea"),
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("葛\u{e0100}城", "葛\u{e0100}城"),
            ("ad\u{200d}min\u{fe0f}", "admin"),
            ("", ""),
            ("\u{2800}\u{2800}", ""),
            ("Mei\u{2800}Li \u{3164}", "Mei Li"),
            ("⠍⠑⠊", "⠍⠑⠊"),
        ] {
            assert_eq!(clean_name(text).as_deref(), Some(kept), "{text:?}");
        }
        let tower = format!("z{}", "\u{32f}".repeat(600));
        assert_eq!(clean_name(&tower).map(|it| it.chars().count()), Some(5));
        assert_eq!(
            clean_name(&"梅".repeat(60)).map(|it| it.chars().count()),
            Some(60)
        );
        assert_eq!(clean_name(&"梅".repeat(61)), None);
        assert_eq!(clean_name(&"a".repeat(1_000_000)), None);
    }
}
