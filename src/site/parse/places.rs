//! Bytes of a file -> lines and columns, for many places in one file.
//!
//! A page of ten megabytes on one line is answered as fast as a short one: characters are counted once, and
//! a sum is kept every few kilobytes.

use crate::diag::SourceFile;

/// Bytes between two kept sums.
const STRIDE: usize = 4096;

/// Line starts and character sums of one text.
pub struct Places<'a> {
    text: &'a str,
    /// Byte at which each line begins; the first is 0.
    line_starts: Vec<usize>,
    /// Characters before each multiple of [`STRIDE`].
    sums: Vec<usize>,
}

impl<'a> Places<'a> {
    /// Reads the text once.
    pub fn new(file: &'a SourceFile) -> Self {
        let text: &str = &file.text;
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at + 1))
            .collect();
        let sums = text
            .as_bytes()
            .chunks(STRIDE)
            .scan(0, |sum, chunk| {
                let before = *sum;
                *sum += n_chars(chunk);
                Some(before)
            })
            .collect();
        Places {
            text,
            line_starts,
            sums,
        }
    }

    /// Line of a byte, from 1.
    pub fn line(&self, at: usize) -> u32 {
        self.line_starts.partition_point(|start| *start <= at) as u32
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let at = at.min(self.text.len());
        let line = self.line(at);
        let start = self.line_starts[line as usize - 1];
        let column = self.chars_before(at) - self.chars_before(start) + 1;
        (line, column as u32)
    }

    fn chars_before(&self, at: usize) -> usize {
        let Some(sum) = self.sums.get(at / STRIDE) else {
            return self.sums.last().map_or(0, |sum| {
                sum + n_chars(&self.text.as_bytes()[(self.sums.len() - 1) * STRIDE..at])
            });
        };
        sum + n_chars(&self.text.as_bytes()[at / STRIDE * STRIDE..at])
    }
}

/// Bytes that begin a character.
fn n_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_file_everywhere() {
        for text in [
            "",
            "a",
            "一二\nb\r\n\n三",
            &"汉字 ab\n".repeat(2000),
            &"长".repeat(5000),
        ] {
            let file = SourceFile {
                path: "content/a.md".into(),
                text: text.into(),
            };
            let places = Places::new(&file);
            for (at, _) in text.char_indices().step_by(97).chain([(text.len(), ' ')]) {
                assert_eq!(
                    places.place(at),
                    file.line_column(at),
                    "byte {at} of {}",
                    text.len()
                );
            }
        }
    }
}
