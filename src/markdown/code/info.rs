//! The string behind a fence, in the ways that Zola, Hugo, Docusaurus and Pandoc write it.

use std::ops::RangeInclusive;

/// What a fence asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// In lower case and of `[a-z0-9+#-]` alone; empty where none is named.
    pub language: String,
    /// Shown above the code.
    pub title: Option<String>,
    /// Lines to mark, from 1.
    pub marked: Vec<RangeInclusive<u32>>,
    /// Whether lines are numbered, where the fence says.
    pub is_numbered: Option<bool>,
    /// Number of the first line.
    pub first_line: u32,
    /// Lines begin with `+`, `-` or a space.
    pub is_diff: bool,
}

/// Longest info string that is looked at.
const MAX_BYTES: usize = 1000;

impl Info {
    /// Reads the string; what is not known in it is passed over.
    pub fn parse(info: &str) -> Self {
        let info = info[..info.floor_char_boundary(MAX_BYTES)].trim();
        let end = info.find([' ', '\t', ',', '{', ';']).unwrap_or(info.len());
        let mut read = Info {
            language: plain(&info[..end]),
            first_line: 1,
            ..Info::default()
        };
        for word in words(&info[end..]) {
            read.word(&word);
        }
        read
    }

    fn word(&mut self, word: &str) {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key.trim_matches(['[', ']', '"', '\'']) {
            "title" | "name" | "filename" | "file" => {
                self.title = Some(value.into()).filter(|it: &String| !it.is_empty())
            }
            "linenos" | "lineNos" | "showLineNumbers" | ".numberLines" => {
                self.is_numbered = Some(!matches!(value, "false" | "no"));
            }
            "nolinenos" => self.is_numbered = Some(false),
            "linenostart" | "lineNoStart" | "startFrom" => {
                self.first_line = value.parse().unwrap_or(1)
            }
            "hl_lines" | "hl" | "highlight" => self
                .marked
                .extend(value.split([',', ' ']).filter_map(range)),
            "diff" if self.language != "diff" => self.is_diff = true,
            other if self.language.is_empty() && other.starts_with('.') => {
                self.language = plain(other)
            }
            other => self.marked.extend(range(other)),
        }
    }
}

fn plain(name: &str) -> String {
    let lower = name.chars().map(|c| c.to_ascii_lowercase());
    lower
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '#' | '-'))
        .collect()
}

/// `4` or `4-6`, quotes and brackets aside.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let text = text.trim_matches(|c: char| !c.is_ascii_digit());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
}

/// Words between spaces, commas and braces; quotes hold one together and go.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ' ' | '\t' | ',' | '{' | '}' | ';') => words.push(String::new()),
            (_, c) => {
                if let Some(last) = words.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_is_read() {
        for (info, language, title, marked, is_numbered) in [
            ("rust", "rust", None, &[][..], None),
            ("JAVA", "java", None, &[], None),
            ("C++", "c++", None, &[], None),
            ("shell script", "shell", None, &[], None),
            ("ebnf+diagram", "ebnf+diagram", None, &[], None),
            ("rust,ignore", "rust", None, &[], None),
            ("rust {2,4-6}", "rust", None, &[2..=2, 4..=6], None),
            ("rust{1}", "rust", None, &[1..=1], None),
            (
                "rust,linenos,hl_lines=3-4 8,name=src/main.rs",
                "rust",
                Some("src/main.rs"),
                &[3..=4, 8..=8],
                Some(true),
            ),
            (
                "go {linenos=table,hl_lines=[8,\"15-17\"],linenostart=199}",
                "go",
                None,
                &[8..=8, 15..=17],
                Some(true),
            ),
            (
                "js title=\"src/a b.js\" showLineNumbers",
                "js",
                Some("src/a b.js"),
                &[],
                Some(true),
            ),
            ("{.python .numberLines}", "python", None, &[], Some(true)),
            ("\"><b onclick=x>", "b", None, &[], None),
        ] {
            let read = Info::parse(info);
            assert_eq!(
                (
                    read.language.as_str(),
                    read.title.as_deref(),
                    read.marked.as_slice(),
                    read.is_numbered
                ),
                (language, title, marked, is_numbered),
                "{info}"
            );
        }
        assert!(Info::parse("rust diff").is_diff);
        assert!(!Info::parse("diff").is_diff);
    }
}
