//! Lines of a file as a head has them: where they begin, whether one is a fence or nearly one, and the key and value
//! of one that looks like an entry, however its colon is written.

use crate::site::parse::front_matter::keys;
use crate::spelling::{is_dash, is_invisible, is_quote};

/// One line. `\n`, `\r\n` and `\r` end one.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Byte of the file at which it begins.
    pub at: usize,
    /// Without its end.
    pub text: &'a str,
    /// Byte of the file at which the next begins.
    pub next: usize,
}

/// The lines of a file from a byte on, at which one begins.
pub fn lines(file: &str, from: usize) -> impl Iterator<Item = Line<'_>> {
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = file.get(at..).filter(|it| !it.is_empty())?;
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let n_end = match rest.as_bytes()[end..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let line = Line {
            at,
            text: &rest[..end],
            next: at + end + n_end,
        };
        at = line.next;
        Some(line)
    })
}

/// The text without spaces and invisible characters around it.
pub fn seen(text: &str) -> &str {
    text.trim_matches(is_unseen)
}

/// Whether a character leaves no mark on a page.
pub fn is_unseen(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// What a line says of a head that begins or ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fence<'a> {
    /// `---`.
    Yaml,
    /// `+++`.
    Toml,
    /// Nearly one of them, such as `--`, `——` or `---yaml`; with what follows on the line.
    Damaged(&'a str),
    /// A block of code in no language or in one of data.
    Code,
}

/// Formats that are named behind a fence.
const FORMATS: [&str; 11] = [
    "",
    "yaml",
    "yml",
    "toml",
    "json",
    "md",
    "markdown",
    "meta",
    "metadata",
    "matter",
    "frontmatter",
];

/// What fence a line is; `None` where it is none and not nearly one.
pub fn fence(line: &str) -> Option<Fence<'_>> {
    let line = seen(line);
    match line {
        "---" => return Some(Fence::Yaml),
        "+++" => return Some(Fence::Toml),
        _ => {}
    }
    if let Some(info) = line
        .strip_prefix("```")
        .or_else(|| line.strip_prefix("~~~"))
    {
        let info = info.trim_start_matches(['`', '~']);
        // A page may begin by showing another.
        let shows_page = ["md", "markdown"].contains(&seen(info));
        return (is_format(info) && !shows_page).then_some(Fence::Code);
    }
    let rest = line.trim_start_matches(|c: char| is_mark(c) || is_unseen(c));
    let marks = line[..line.len() - rest.len()].chars();
    let marks: Vec<char> = marks.filter(|it| is_mark(*it)).collect();
    let is_long = match marks[..] {
        [] => false,
        [mark] => is_dash(mark) && mark != '-',
        _ => true,
    };
    let is_entry = |it: Entry<'_>| !it.value.is_empty() || keys::is_usual(it.key);
    // A whole fence with something behind it.
    let is_whole = (line.starts_with("---") || line.starts_with("+++")) && marks.len() == 3;
    let is_followed = is_format(rest)
        || is_whole
        || rest.starts_with('#')
        || keys::is_usual(rest)
        || entry(rest).is_some_and(is_entry);
    (is_long && is_followed).then_some(Fence::Damaged(rest))
}

fn is_mark(c: char) -> bool {
    is_dash(c) || matches!(c, '+' | '＋' | '﹢' | '_' | '＿' | '=' | '＝' | ';' | '；')
}

fn is_format(info: &str) -> bool {
    let letters = info.chars().filter(char::is_ascii_alphabetic);
    let info = seen(info).trim_start_matches('.');
    let is_word = info
        .chars()
        .all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | ' '));
    let word: String = letters.flat_map(char::to_lowercase).collect();
    is_word && FORMATS.contains(&word.as_str())
}

/// A line that looks like an entry of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Without quotes.
    pub key: &'a str,
    /// Without quotes, and without a comma behind it.
    pub value: &'a str,
    /// Byte of the line at which the key begins.
    pub at: usize,
}

/// What separates key and value, or is taken for it.
const SEPARATORS: [char; 10] = [':', '=', '：', '＝', '﹕', '︰', '∶', '꞉', 'ː', '→'];
/// Marks that other formats have in front of a key: Org, reStructuredText, JSON, directives, escapes.
const BEFORE_KEY: [char; 14] = [
    ':', '：', '@', '%', ';', '.', ',', '\\', '/', '!', '?', '&', '~', '{',
];
const KEY_CHARS: usize = 40;

/// The key and value of a line; `None` where what stands before the colon is no key.
pub fn entry(line: &str) -> Option<Entry<'_>> {
    let unmarked = line.strip_prefix("#+").unwrap_or(line);
    let text = unmarked
        .trim_start_matches(|c: char| is_unseen(c) || is_quote(c) || BEFORE_KEY.contains(&c));
    // What is left of a fence; `- ` and `+ ` begin an item of a list.
    let undashed = text.trim_start_matches(['-', '+']);
    let text = if undashed.starts_with(char::is_alphanumeric) {
        undashed
    } else {
        text
    };
    let at = line.len() - text.len();
    let (key, value) = text.split_once(SEPARATORS)?;
    let key = seen(key).trim_end_matches(|c: char| is_unseen(c) || is_quote(c));
    let is_key_char = |c: char| {
        c.is_alphanumeric() || is_invisible(c) || is_dash(c) || matches!(c, '_' | '.' | ' ')
    };
    let fits = key.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && key.chars().any(char::is_alphabetic)
        && key.chars().all(is_key_char)
        && key.chars().count() <= KEY_CHARS
        && key.split(' ').count() <= 3;
    let value =
        value.trim_start_matches(|c: char| is_unseen(c) || SEPARATORS.contains(&c) || c == '>');
    let value = value.trim_end_matches(|c: char| is_unseen(c) || matches!(c, ',' | ';' | '}'));
    fits.then(|| Entry {
        key,
        value: value.trim_matches(is_quote),
        at,
    })
}

/// The entries of a line: of an object on one line, `{title: 'T', access: 'paid'}`, all of them.
pub fn entries(line: &str) -> impl Iterator<Item = Entry<'_>> {
    let is_object = seen(line).starts_with('{');
    let pieces = line.split(move |c| is_object && matches!(c, '{' | '}' | ',' | '，'));
    pieces.filter_map(move |piece| {
        let found = entry(piece)?;
        let at = piece.as_ptr() as usize - line.as_ptr() as usize;
        Some(Entry {
            at: at + found.at,
            ..found
        })
    })
}

/// The first word of a line as a key, and the rest as its value, where its colon is missing.
pub fn entry_without_colon(line: &str) -> Option<Entry<'_>> {
    let at = line.len() - line.trim_start().len();
    let (key, value) = line[at..].split_once(is_unseen)?;
    let value = value.trim_start_matches(|c: char| is_unseen(c) || matches!(c, '-' | '>'));
    Some(Entry {
        key,
        value: value.trim_end(),
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_way() {
        let ends: Vec<_> = lines("a\r\nb\rc\n\nd", 0)
            .map(|it| (it.at, it.text))
            .collect();
        assert_eq!(ends, [(0, "a"), (3, "b"), (5, "c"), (7, ""), (8, "d")]);
        assert_eq!(lines("", 0).count(), 0);
    }

    #[test]
    fn fences_and_what_is_nearly_one() {
        for (line, wanted) in [
            ("---", Some(Fence::Yaml)),
            (" ---\t", Some(Fence::Yaml)),
            ("\u{feff}---", Some(Fence::Yaml)),
            ("+++", Some(Fence::Toml)),
            ("--", Some(Fence::Damaged(""))),
            ("-----", Some(Fence::Damaged(""))),
            ("- - -", Some(Fence::Damaged(""))),
            ("—", Some(Fence::Damaged(""))),
            ("–-", Some(Fence::Damaged(""))),
            ("－－－", Some(Fence::Damaged(""))),
            ("＋＋＋", Some(Fence::Damaged(""))),
            ("===", Some(Fence::Damaged(""))),
            (";;;", Some(Fence::Damaged(""))),
            ("---yaml", Some(Fence::Damaged("yaml"))),
            ("--- title: A", Some(Fence::Damaged("title: A"))),
            ("```", Some(Fence::Code)),
            ("```yaml", Some(Fence::Code)),
            ("~~~ toml", Some(Fence::Code)),
            ("```rust", None),
            ("```markdown", None),
            ("--- words", Some(Fence::Damaged("words"))),
            ("-- access", Some(Fence::Damaged("access"))),
            ("-- Mei", None),
            ("— Mei", None),
            ("- item", None),
            ("-", None),
            ("+1", None),
            ("==marked==", None),
            ("", None),
            ("words", None),
        ] {
            assert_eq!(fence(line), wanted, "{line}");
        }
    }

    #[test]
    fn entries_in_every_writing() {
        for (line, key, value) in [
            ("access: paid", "access", "paid"),
            ("access:paid", "access", "paid"),
            ("access：付费", "access", "付费"),
            ("  access = \"paid\"", "access", "paid"),
            ("\"access\": \"paid\",", "access", "paid"),
            ("{ access: paid }", "access", "paid"),
            (":access: paid", "access", "paid"),
            ("access:: paid", "access", "paid"),
            ("#+ACCESS: paid", "ACCESS", "paid"),
            ("访问权限：会员", "访问权限", "会员"),
            ("publish date: 2026-01-01", "publish date", "2026-01-01"),
            ("access:", "access", ""),
        ] {
            let found = entry(line).map(|it| (it.key, it.value));
            assert_eq!(found, Some((key, value)), "{line}");
        }
        for line in [
            "",
            "words",
            "# access: paid",
            "| a: b |",
            "**Status:** x",
            "<a href=\"x\">",
            "- a: b",
            "12:30",
        ] {
            assert_eq!(entry(line), None, "{line}");
        }
    }
}
