//! A text file that an author wrote, with the arithmetic of places in it.
//!
//! A page of ten megabytes with thousands of findings, all on one line perhaps, is answered as fast as a short one: what
//! is counted is counted once, and a sum is kept every few kilobytes.

use crate::diag::{EXCERPT_CHARS, excerpt_caret};
use std::sync::{Arc, OnceLock};

/// Bytes between two kept sums.
const STRIDE: usize = 4096;

/// The file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the site's root with `/` between names, such as `content/guides/start.md`.
    pub path: Arc<str>,
    /// The whole text, without a byte order mark; lines end in LF or CRLF.
    pub text: Arc<str>,
    /// Made when the first place is asked for.
    counted: OnceLock<Counted>,
}

/// Lines and characters of a text.
#[derive(Clone, Debug)]
struct Counted {
    /// Byte at which each line begins; the first is 0.
    line_starts: Vec<usize>,
    /// Characters before each multiple of [`STRIDE`].
    sums: Vec<usize>,
}

impl SourceFile {
    /// A file by its path and its text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        SourceFile {
            path: path.into(),
            text: text.into(),
            counted: OnceLock::new(),
        }
    }

    /// Line of a byte, from 1.
    pub fn line_of(&self, byte: usize) -> u32 {
        let starts = &self.counted().line_starts;
        starts.partition_point(|start| *start <= byte) as u32
    }

    /// Line and column of a byte, both from 1 as editors count; columns count characters. Past the end means the end.
    pub fn line_column(&self, byte: usize) -> (u32, u32) {
        let byte = byte.min(self.text.len());
        let line = self.line_of(byte);
        let start = self.counted().line_starts[line as usize - 1];
        let column = self.chars_before(byte) - self.chars_before(start) + 1;
        (line, column as u32)
    }

    /// What is shown of a line for a finding in this column: not more than a terminal's line. Both count from 1; nothing
    /// is shown past the last line.
    pub fn excerpt(&self, line: u32, column: u32) -> String {
        let starts = &self.counted().line_starts;
        let place = line.saturating_sub(1) as usize;
        let Some(start) = starts.get(place).copied() else {
            return String::new();
        };
        let end = starts.get(place + 1).map_or(self.text.len(), |it| it - 1);
        let line = &self.text[start..end];
        let line = line.strip_suffix('\r').unwrap_or(line);
        let before = column.saturating_sub(1);
        match before.checked_sub(excerpt_caret(column)) {
            None | Some(0) => line.chars().take(EXCERPT_CHARS).collect(),
            Some(cut) => {
                let from = self.byte_of(self.chars_before(start) + cut as usize + 1);
                let shown = line.get(from - start..).unwrap_or_default().chars();
                std::iter::once('…')
                    .chain(shown.take(EXCERPT_CHARS - 1))
                    .collect()
            }
        }
    }

    fn counted(&self) -> &Counted {
        self.counted.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let newlines = memchr::memchr_iter(b'\n', bytes);
            let sums = bytes.chunks(STRIDE).scan(0, |sum, chunk| {
                let before = *sum;
                *sum += n_chars(chunk);
                Some(before)
            });
            Counted {
                line_starts: std::iter::once(0)
                    .chain(newlines.map(|it| it + 1))
                    .collect(),
                sums: sums.collect(),
            }
        })
    }

    /// Characters that begin before a byte.
    fn chars_before(&self, byte: usize) -> usize {
        let sums = &self.counted().sums;
        let place = (byte / STRIDE).min(sums.len().saturating_sub(1));
        let rest = &self.text.as_bytes()[place * STRIDE..byte];
        // A place within a character is that of the character.
        let is_within = !self.text.is_char_boundary(byte);
        sums.get(place).map_or(0, |sum| sum + n_chars(rest)) - usize::from(is_within)
    }

    /// The byte at which the character begins that so many stand before.
    fn byte_of(&self, n_before: usize) -> usize {
        let sums = &self.counted().sums;
        let place = sums
            .partition_point(|sum| *sum <= n_before)
            .saturating_sub(1);
        let mut rest = n_before - sums.get(place).copied().unwrap_or_default();
        let bytes = self.text.as_bytes().iter().enumerate();
        let mut starts = bytes
            .skip(place * STRIDE)
            .filter(|(_, byte)| begins(**byte));
        loop {
            match starts.next() {
                Some((at, _)) if rest == 0 => return at,
                Some(_) => rest -= 1,
                None => return self.text.len(),
            }
        }
    }
}

/// Whether a byte begins a character.
fn begins(byte: u8) -> bool {
    (byte as i8) >= -0x40
}

fn n_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_in_characters() {
        let file = SourceFile::new("content/a.md", "一二\nb");
        for (byte, place) in [
            (0, (1, 1)),
            (3, (1, 2)),
            (4, (1, 2)),
            (7, (2, 1)),
            (99, (2, 2)),
        ] {
            assert_eq!(file.line_column(byte), place, "{byte}");
        }
    }

    #[test]
    fn places_are_those_that_counting_from_the_start_gives() {
        for text in [
            "",
            "a",
            "一二\nb\r\n\n三",
            "\n",
            &"汉字 ab\n".repeat(2000),
            &"长".repeat(5000),
            &format!("{}这里{}\r\nz", "长".repeat(5000), "尾".repeat(500)),
        ] {
            let file = SourceFile::new("content/a.md", text);
            for (at, _) in text.char_indices().step_by(97).chain([(text.len(), ' ')]) {
                let before = &text[..at];
                let start = before.rfind('\n').map_or(0, |it| it + 1);
                let line = before.matches('\n').count() as u32 + 1;
                let column = before[start..].chars().count() as u32 + 1;
                assert_eq!(
                    file.line_column(at),
                    (line, column),
                    "byte {at} of {}",
                    text.len()
                );
                assert_eq!(file.line_of(at), line);
                let shown = text.lines().nth(line as usize - 1).unwrap_or_default();
                let wanted = shown.chars().nth(column as usize - 1);
                let excerpt = file.excerpt(line, column);
                let caret = excerpt_caret(column) as usize;
                assert_eq!(excerpt.chars().nth(caret), wanted, "{at}: {excerpt}");
                assert!(excerpt.chars().count() <= EXCERPT_CHARS);
            }
            assert_eq!(file.excerpt(9_999, 1), "");
        }
    }

    #[test]
    fn an_excerpt_shows_its_column() {
        let line = format!("{}这里{}", "长".repeat(500), "尾".repeat(500));
        for (line, column, caret, shown) in [
            ("短行", 2, 1, "短行"),
            (line.as_str(), 1, 0, "长"),
            (line.as_str(), 501, 60, "…长"),
        ] {
            let cut = SourceFile::new("a.md", line).excerpt(1, column);
            assert!(cut.starts_with(shown), "{cut}");
            assert_eq!(excerpt_caret(column), caret);
        }
    }
}
