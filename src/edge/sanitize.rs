//! Text of strangers without the characters that only deceive: overrides of direction, invisible letters,
//! piles of accents, controls. What spelling needs stays where it belongs.
//!
//! Entry points: [`clean`] for Markdown as it was typed, [`Cleaner`] for running text in pieces, whose
//! neighbours count across the pieces. Markdown and HTML are not looked at here.

use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

/// Marks above and below one letter. The scripts that stack most need four.
const MAX_MARKS: usize = 4;
/// Marks beside one letter, such as vowel signs of Burmese; counted apart.
const MAX_SPACING_MARKS: usize = 4;
/// The black flag before tags, and the tag that ends them: flags such as that of England.
const FLAG: char = '\u{1F3F4}';
const LAST_TAG: char = '\u{E007F}';
/// Tags of a flag. The longest code in use has five letters.
const MAX_TAGS: usize = 8;
/// Marks of Markdown, which stand between letters in the source and not on the page.
const MARKDOWN: &str = "*_~`[]";

/// `text` with LF line ends and without what only deceives. For Markdown: letters are neighbours across its marks.
pub fn clean(text: &str) -> String {
    let mut cleaner = Cleaner {
        looks_through_markdown: true,
        ..Cleaner::default()
    };
    cleaner.take(text)
}

/// Whether a reader would see nothing of a text.
pub fn is_blank(text: &str) -> bool {
    let is_empty =
        |c: char| matches!(c, '\u{2800}' | '\u{1D159}' | '\u{FFFC}') || c.is_whitespace();
    text.chars().all(is_empty)
}

/// Takes a text in pieces and gives each back clean.
#[derive(Clone, Debug, Default)]
pub struct Cleaner {
    looks_through_markdown: bool,
    /// The last character that was kept; `None` at the beginning.
    last: Option<char>,
    /// The mark of Markdown behind it that is looked through; a star can be a keycap.
    mark: Option<char>,
    n_marks: usize,
    n_spacing_marks: usize,
    /// Kept only if what follows fits: a joiner behind an emoji, or the tags of a flag so far.
    held: String,
    /// The last character was a carriage return, which took the line feed behind it along.
    after_return: bool,
}

impl Cleaner {
    /// The next piece.
    pub fn take(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for letter in text.chars() {
            let follows_return = std::mem::replace(&mut self.after_return, letter == '\r');
            match letter {
                '\n' if follows_return => {}
                '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => self.step('\n', &mut out),
                other => self.step(other, &mut out),
            }
        }
        out
    }

    fn step(&mut self, letter: char, out: &mut String) {
        if self.take_tag(letter, out) {
            return;
        }
        let held = std::mem::take(&mut self.held);
        if is_unwanted(letter) {
            self.held = held;
            return;
        }
        if is_joiner(letter) {
            self.join(letter, out);
        } else if is_selector(letter) {
            let mut bases = [self.last, self.mark].into_iter().flatten();
            if bases.any(|base| selects(base, letter)) {
                self.keep(letter, out);
            }
        } else if let Some(is_spacing) = mark(letter) {
            self.take_mark(letter, is_spacing, out);
        } else {
            if held.starts_with(is_joiner) && is_emoji(letter) {
                out.push_str(&held);
            }
            match self.looks_through_markdown && MARKDOWN.contains(letter) {
                true => self.mark = Some(letter),
                false => (self.last, self.mark) = (Some(letter), None),
            }
            (self.n_marks, self.n_spacing_marks) = (0, 0);
            out.push(letter);
        }
    }

    fn keep(&mut self, letter: char, out: &mut String) {
        self.last = Some(letter);
        out.push(letter);
    }

    /// A joiner stays behind a letter of a script that is spelt with it, and between two emoji.
    fn join(&mut self, letter: char, out: &mut String) {
        match self.last {
            Some(last) if spells_with_joiners(last) => self.keep(letter, out),
            Some(last) if letter == '\u{200D}' && (is_emoji(last) || last == '\u{FE0F}') => {
                self.held = letter.into();
            }
            _ => {}
        }
    }

    /// A mark needs something to stand on.
    fn take_mark(&mut self, letter: char, is_spacing: bool, out: &mut String) {
        let stands = self
            .last
            .is_some_and(|it| it == '\u{A0}' || !it.is_whitespace());
        let (n_marks, max) = match is_spacing {
            true => (&mut self.n_spacing_marks, MAX_SPACING_MARKS),
            false => (&mut self.n_marks, MAX_MARKS),
        };
        *n_marks += 1;
        if stands && *n_marks <= max {
            self.keep(letter, out);
        }
    }

    /// Tags behind a black flag, kept at their last one. `false` for a character that is none.
    fn take_tag(&mut self, letter: char, out: &mut String) -> bool {
        if !matches!(letter, '\u{E0020}'..='\u{E007F}') {
            return false;
        }
        let n_tags = self.held.chars().count();
        if self.last != Some(FLAG) || n_tags >= MAX_TAGS || self.held.starts_with(is_joiner) {
            self.held.clear();
        } else if letter != LAST_TAG {
            self.held.push(letter);
        } else if n_tags > 0 {
            out.push_str(&std::mem::take(&mut self.held));
            self.keep(letter, out);
        }
        true
    }
}

fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200C}' | '\u{200D}')
}

fn is_selector(letter: char) -> bool {
    matches!(letter, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180F}')
}

/// Whether a variation selector, or a separator of Mongolian, means something behind `base`.
fn selects(base: char, selector: char) -> bool {
    match selector {
        '\u{FE0E}' | '\u{FE0F}' => base.is_emoji_char(),
        '\u{FE00}'..='\u{FE0D}' => {
            let is_han_or_symbol = base >= '\u{2000}' && !is_selector(base);
            is_han_or_symbol || base == '0' || matches!(base, '\u{1000}'..='\u{109F}')
        }
        '\u{E0100}'..='\u{E01EF}' => {
            matches!(base, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
                | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        }
        _ => matches!(base, '\u{1820}'..='\u{18AA}'),
    }
}

/// `Some` for a combining mark; `true` for one that stands beside its letter.
fn mark(letter: char) -> Option<bool> {
    match letter.general_category() {
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => Some(false),
        GeneralCategory::SpacingMark => Some(true),
        _ => None,
    }
}

/// Emoji that are joined to others; digits and `#` are emoji of another kind.
fn is_emoji(letter: char) -> bool {
    !letter.is_ascii() && letter.is_emoji_char()
}

/// Letters and marks of Arabic, Syriac, N'Ko, Mandaic, Mongolian, Adlam, Rohingya and the scripts of the Brahmi
/// family. Some words end with a joiner.
fn spells_with_joiners(letter: char) -> bool {
    matches!(letter as u32,
        0x0600..=0x077F | 0x07C0..=0x07FF | 0x0840..=0x08FF | 0x0900..=0x0DFF | 0x1000..=0x109F | 0x1780..=0x17FF
        | 0x1800..=0x18AF | 0x1B00..=0x1BBF | 0xA800..=0xA82F | 0xA840..=0xA8DF | 0xA980..=0xA9DF | 0xAA60..=0xAA7F
        | 0xABC0..=0xABFF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC | 0x10D00..=0x10D3F | 0x11000..=0x11FFF
        | 0x1E900..=0x1E95F)
}

/// What shows as nothing, as whatever a font likes, or changes how the text around it reads.
fn is_unwanted(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        // Fillers of Hangul, a joiner of graphemes, vowels of Khmer that are not written.
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}' => {
            true
        }
        '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' => true,
        // Signs of Arabic, Syriac and Kaithi that stand around numbers and are seen.
        '\u{600}'..='\u{605}'
        | '\u{6DD}'
        | '\u{70F}'
        | '\u{890}'
        | '\u{891}'
        | '\u{8E2}'
        | '\u{110BD}'
        | '\u{110CD}' => false,
        other if is_joiner(other) || is_selector(other) => false,
        '\u{E0000}'..='\u{E0FFF}' => true,
        other => {
            let category = other.general_category();
            let is_noncharacter =
                (other as u32) & 0xFFFE == 0xFFFE || matches!(other, '\u{FDD0}'..='\u{FDEF}');
            is_noncharacter
                || matches!(
                    category,
                    GeneralCategory::Control
                        | GeneralCategory::Format
                        | GeneralCategory::PrivateUse
                )
        }
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
        let mixed = format!("ก{}", "\u{E47}\u{E4C}\u{488}".repeat(100));
        for (text, expected) in [
            ("plain\ttext\n中文", "plain\ttext\n中文"),
            ("a\r\nb\rc\u{2028}d\r\r\ne", "a\nb\nc\nd\n\ne"),
            ("nul\0 esc\u{1b}[31m \u{9b}31m", "nul esc[31m 31m"),
            ("user\u{202E}gnp.exe", "usergnp.exe"),
            ("\u{2066}a\u{2069}\u{200E}\u{200F}\u{61C}", "a"),
            ("加\u{200B}微\u{2060}信\u{FEFF}号\u{AD}", "加微信号"),
            ("加\u{200D}微\u{200C}信", "加微信"),
            ("ad\u{200D}min п\u{200D}р", "admin пр"),
            ("\u{E0041}\u{E0042}x\u{F8FF}\u{FFFF}", "x"),
            ("a\u{FE0F}b\u{FE00}c\u{E0100}", "abc"),
            ("\u{115F}\u{3164}\u{FFA0}", ""),
            (" \u{301}a", " a"),
            ("🏴\u{E0067}\u{E0062}x", "🏴x"),
            ("🏴\u{E007F}", "🏴"),
            ("🏴\u{E0067}👩", "🏴👩"),
            ("x\u{E0067}\u{E007F}", "x"),
            ("👩\u{200D}\u{200D}x", "👩x"),
            (piled.as_str(), "é\u{301}\u{301}\u{301}\u{301}b"),
            (zalgo.as_str(), "a\u{301}\u{301}\u{301}\u{301}b"),
            (mixed.as_str(), "ก\u{E47}\u{E4C}\u{488}\u{E47}"),
        ] {
            assert_eq!(clean(text), expected, "{text:.20?}");
        }
    }

    #[test]
    fn what_spelling_needs_stays() {
        for text in [
            "می\u{200C}خواهم",
            "علی\u{200C}رضا ه\u{200D}",
            "**علی**\u{200C}رضا",
            "क\u{94D}\u{200D}ष क\u{94D}\u{200C}ष",
            "ന\u{D4D}\u{200D} অর\u{9CD}\u{200D}য",
            "ශ\u{DCA}\u{200D}රී",
            "လ\u{103B}\u{103E}\u{1031}\u{102C}\u{1037}\u{103A}",
            "ᠮᠣᠩᠭᠣᠯ\u{180E}ᠠ ᠠ\u{180B}",
            "שׁ\u{5BC}\u{5B8}\u{596}",
            "👩\u{200D}💻 👨\u{200D}👩\u{200D}👧 🏳\u{FE0F}\u{200D}🌈 🧑🏽\u{200D}🚀",
            "❤\u{FE0F} ☎\u{FE0E} 1\u{FE0F}\u{20E3} *\u{FE0F}\u{20E3} ❤\u{FE0F}\u{200D}🔥",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 🇨🇳",
            "葛\u{E0100}飾区 辻\u{E0101} 〇\u{E0100} 﨑\u{FE00}",
            "≨\u{FE00} 0\u{FE00}",
            "\u{600}١٢",
            "e\u{301}\u{323} Việt",
        ] {
            assert_eq!(clean(text), text, "{text:?}");
        }
    }

    #[test]
    fn pieces_are_one_text() {
        let mut cleaner = Cleaner::default();
        let pieces = [
            "👩\u{200D}",
            "💻 Z\u{301}\u{301}",
            "\u{301}\u{301}\u{301}",
            "\r",
            "\nعلی",
            "\u{200C}رضا",
        ];
        let cleaned: Vec<String> = pieces.iter().map(|it| cleaner.take(it)).collect();
        let expected = [
            "👩",
            "\u{200D}💻 Z\u{301}\u{301}",
            "\u{301}\u{301}",
            "\n",
            "علی",
            "\u{200C}رضا",
        ];
        assert_eq!(cleaned, expected);
    }

    #[test]
    fn blank_is_what_nobody_sees() {
        for (text, is) in [
            ("", true),
            (" \u{3000}\u{A0}\n", true),
            ("\u{2800}", true),
            ("。", false),
            ("👩", false),
        ] {
            assert_eq!(is_blank(text), is, "{text:?}");
        }
    }
}
