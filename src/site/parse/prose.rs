//! Prose as it is read: counted in words and Han characters, measured in sentences and clauses.
//!
//! Code and addresses are not prose. Headings and tables are counted, but are no sentences.

use crate::site::parse::TextCounts;
use crate::site::parse::readability::{self, HAN_PER_WORD};
use crate::site::parse::text::{self, Token};
use std::sync::LazyLock;

/// The 3,000 characters of GF 0025-2021, the Chinese proficiency grading standard.
static COMMON: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; 0x10000 / 64];
    let characters = include_str!("hanzi_3000.txt").chars();
    for c in characters.filter(|c| !c.is_whitespace()) {
        if let Some(word) = bits.get_mut(c as usize / 64) {
            *word |= 1 << (c as usize % 64);
        }
    }
    bits
});

/// Whether a character is one of [`COMMON`], which all lie in the first plane.
fn is_common(c: char) -> bool {
    let word = COMMON.get(c as usize / 64).copied().unwrap_or_default();
    word >> (c as usize % 64) & 1 == 1
}

/// Longest stretch without a heading, and longest paragraph, in Han characters or as many words as they weigh.
const STRETCH: f64 = 800.0;
const PARAGRAPH: f64 = 400.0;

/// What was read of one side of the paywall.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    counts: TextCounts,
    chinese: Chinese,
    english: English,
    /// Running text of the block at hand.
    block: String,
    n_skips: usize,
    is_heading: bool,
    is_table: bool,
    /// Weight of what was read since the last heading.
    stretch: f64,
    has_long_stretch: bool,
    has_long_paragraph: bool,
    has_silent_image: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Chinese {
    n_han: u32,
    n_rare: u32,
    n_sentences: u32,
    n_clauses: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct English {
    n_words: u32,
    n_letters: u32,
    n_sentences: u32,
}

impl Prose {
    /// Running text.
    pub fn text(&mut self, piece: &str) {
        if self.n_skips == 0 {
            self.block.push_str(piece);
        }
    }

    /// Code in running text: it parts words and is none.
    pub fn code(&mut self) {
        self.text(" ");
    }

    /// What follows is an address, or it has ended.
    pub fn skip(&mut self, begins: bool) {
        self.n_skips = if begins {
            self.n_skips + 1
        } else {
            self.n_skips.saturating_sub(1)
        };
    }

    /// What follows is a table, or it has ended.
    pub fn table(&mut self, begins: bool) {
        self.is_table = begins;
    }

    /// What follows is a heading.
    pub fn heading(&mut self) {
        self.is_heading = true;
    }

    /// The heading has ended.
    pub fn end_heading(&mut self) {
        self.is_heading = false;
        self.stretch = 0.0;
    }

    /// An image, with text for those who do not see it or without.
    pub fn image(&mut self, has_text: bool) {
        self.has_silent_image |= !has_text;
    }

    /// A paragraph, item or heading has ended.
    pub fn end_block(&mut self) {
        if self.block.is_empty() {
            return;
        }
        let block = std::mem::take(&mut self.block);
        let counts = match self.is_heading || self.is_table {
            true => text::count(&block),
            false => self.sentences(&block),
        };
        self.counts = self.counts.with(counts);
        if !self.is_heading && !self.is_table {
            let weight = f64::from(counts.n_han) + HAN_PER_WORD * f64::from(counts.n_words);
            self.stretch += weight;
            self.has_long_stretch |= self.stretch > STRETCH;
            self.has_long_paragraph |= weight > PARAGRAPH;
        }
        self.block = block;
        self.block.clear();
    }

    /// Words and Han characters.
    pub fn counts(&self) -> TextCounts {
        self.counts
    }

    /// Readability, 0 to 10; `None` without prose.
    pub fn readability(&self) -> Option<f64> {
        let (zh, en) = (self.chinese, self.english);
        let number = f64::from;
        let chinese = readability::chinese(
            number(zh.n_han),
            number(zh.n_sentences),
            number(zh.n_clauses),
            number(zh.n_rare),
        );
        let english = readability::english(
            number(en.n_letters),
            number(en.n_words),
            number(en.n_sentences),
        );
        let n_words = number(en.n_words);
        readability::mixed(chinese, number(zh.n_han), english, n_words, self.penalty())
    }

    /// A page without headings is worse than a long paragraph or a silent image; all together cost 2.
    fn penalty(&self) -> f64 {
        let cost = |fault: bool, cost: f64| if fault { cost } else { 0.0 };
        cost(self.has_long_stretch, 1.0)
            + cost(self.has_long_paragraph, 0.5)
            + cost(self.has_silent_image, 0.5)
    }

    /// This prose and another as one.
    #[must_use]
    pub fn with(&self, other: &Prose) -> Prose {
        Prose {
            counts: self.counts.with(other.counts),
            chinese: Chinese {
                n_han: self.chinese.n_han + other.chinese.n_han,
                n_rare: self.chinese.n_rare + other.chinese.n_rare,
                n_sentences: self.chinese.n_sentences + other.chinese.n_sentences,
                n_clauses: self.chinese.n_clauses + other.chinese.n_clauses,
            },
            english: English {
                n_words: self.english.n_words + other.english.n_words,
                n_letters: self.english.n_letters + other.english.n_letters,
                n_sentences: self.english.n_sentences + other.english.n_sentences,
            },
            has_long_stretch: self.has_long_stretch || other.has_long_stretch,
            has_long_paragraph: self.has_long_paragraph || other.has_long_paragraph,
            has_silent_image: self.has_silent_image || other.has_silent_image,
            ..Prose::default()
        }
    }

    /// Measures the sentences of a block, and counts what is in it.
    fn sentences(&mut self, block: &str) -> TextCounts {
        let mut sentence = Sentence::default();
        let mut counts = TextCounts::default();
        for token in text::tokens(block) {
            match token {
                Token::Han(c) => {
                    counts.n_han += 1;
                    sentence.han(c);
                }
                Token::Word(word) => {
                    counts.n_words += 1;
                    sentence.word(word);
                }
                Token::Other('。' | '！' | '？' | '!' | '?' | '…' | '.') => {
                    self.add(std::mem::take(&mut sentence));
                }
                Token::Other('，' | '、' | '；' | '：' | ',' | ';' | ':' | '—') => {
                    sentence.end_clause()
                }
                Token::Other(_) => {}
            }
        }
        self.add(sentence);
        counts
    }

    /// A sentence is Chinese or English by what it has more of; the words of the other are its ornaments.
    fn add(&mut self, mut sentence: Sentence) {
        sentence.end_clause();
        if sentence.n_han + sentence.n_words == 0 {
            return;
        }
        if f64::from(sentence.n_han) >= HAN_PER_WORD * f64::from(sentence.n_words) {
            self.chinese.n_han += sentence.n_han;
            self.chinese.n_rare += sentence.n_rare;
            self.chinese.n_sentences += 1;
            self.chinese.n_clauses += sentence.n_clauses;
        } else {
            self.english.n_words += sentence.n_words;
            self.english.n_letters += sentence.n_letters;
            self.english.n_sentences += 1;
        }
    }
}

#[derive(Default)]
struct Sentence {
    n_han: u32,
    n_rare: u32,
    n_clauses: u32,
    n_words: u32,
    n_letters: u32,
    is_clause_open: bool,
}

impl Sentence {
    fn han(&mut self, c: char) {
        self.n_han += 1;
        self.n_rare += u32::from(is_rare(c));
        self.is_clause_open = true;
    }

    fn word(&mut self, word: &str) {
        self.n_words += 1;
        let n_letters = match word.is_ascii() {
            true => word.bytes().filter(u8::is_ascii_alphanumeric).count(),
            false => word.chars().filter(|c| c.is_alphanumeric()).count(),
        };
        self.n_letters += n_letters as u32;
        self.is_clause_open = true;
    }

    fn end_clause(&mut self) {
        self.n_clauses += u32::from(std::mem::take(&mut self.is_clause_open));
    }
}

/// Outside the 3,000 characters, a traditional form counted as its simplified one.
fn is_rare(c: char) -> bool {
    if is_common(c) {
        return false;
    }
    let simplified = fast2s::convert(c.encode_utf8(&mut [0; 4]));
    !simplified.chars().all(is_common)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(blocks: &[&str]) -> Prose {
        let mut prose = Prose::default();
        for block in blocks {
            prose.text(block);
            prose.end_block();
        }
        prose
    }

    #[test]
    fn sentences_are_measured_in_their_own_language() {
        let prose = read(&["我们用 Rust 写程序，很快。It is fast, and safe."]);
        assert_eq!(
            (
                prose.chinese.n_han,
                prose.chinese.n_sentences,
                prose.chinese.n_clauses
            ),
            (8, 1, 2)
        );
        assert_eq!((prose.english.n_words, prose.english.n_sentences), (5, 1));
        assert_eq!(
            prose.counts(),
            TextCounts {
                n_han: 8,
                n_words: 6
            }
        );
    }

    #[test]
    fn rare_characters_are_rare_in_both_scripts() {
        assert_eq!(COMMON.iter().map(|it| it.count_ones()).sum::<u32>(), 3000);
        for (c, wanted) in [('的', false), ('國', false), ('龘', true), ('學', false)] {
            assert_eq!(is_rare(c), wanted, "{c}");
        }
    }

    #[test]
    fn missing_structure_costs() {
        let plain = read(&["这是一句话。"]).readability().unwrap();
        let long = read(&["这是一句话。".repeat(170).as_str()])
            .readability()
            .unwrap();
        assert!((plain - long - 1.5).abs() < 1e-9, "{plain} {long}");
        assert_eq!(read(&[]).readability(), None);
    }
}
