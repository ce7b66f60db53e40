//! What an author should know: a `Diagnostic` with its place, its reason and a way out.
//!
//! Faults in content are values, not failures; one build reports them all. Each kind of finding is made by a
//! named function in this folder, grouped by what is at fault, so that wording and arithmetic live once.
//! Printing is not here: `cli/` prints, and `serve` shows the same values in the browser.

use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

mod address;
mod body;
mod config;
mod copies;
mod file;
pub mod fold;
mod front_matter;
mod links;
mod outputs;
mod paywall;
pub mod text;
mod theme;

pub use file::SourceFile;
pub use outputs::NotKept;
pub use paywall::DefinitionUse;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The page is built; something in it is probably not what its author meant.
    Warning,
    /// The page cannot be published as it stands.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// Name of a kind of finding.
pub type Code = &'static str;

/// One finding in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Whether the page can be published.
    pub severity: Severity,
    /// A stable name of the kind of finding in kebab case, such as `dead-link`.
    #[serde(deserialize_with = "code")]
    pub code: Code,
    /// The file, relative to the site's root.
    pub path: String,
    /// From 1; 0 where the finding is about the file as a whole.
    pub line: u32,
    /// From 1, in characters; 0 where the finding is about the file as a whole.
    pub column: u32,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The line it is about; empty where none is known yet or the finding is about the whole file.
    pub excerpt: String,
    /// What the author can do.
    pub help: String,
    /// What it is about in the head of its file, where only that is known: the place is looked for when it is shown.
    #[serde(skip)]
    pub head: Option<HeadValue>,
}

/// A value in the head of a file, known without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadValue {
    /// The field in our words, such as `tags`; a file may call it otherwise.
    pub field: String,
    /// The word in it that matters; empty for all of it.
    pub word: String,
}

/// A code that was written down. There are few kinds of findings, and each name is kept once for good.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    static CODES: Mutex<BTreeSet<Code>> = Mutex::new(BTreeSet::new());
    let text = String::deserialize(deserializer)?;
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(code) = codes.get(text.as_str()) {
        return Ok(code);
    }
    let code: Code = text.leak();
    codes.insert(code);
    Ok(code)
}

/// Excerpts longer than this are cut: a minified line of a megabyte helps nobody.
const EXCERPT_CHARS: usize = 160;
/// Characters of an excerpt that stand before a place far along in its line, the `…` for what was cut included.
const EXCERPT_BEFORE: u32 = 60;

/// How many characters of an excerpt stand before the column that it shows.
pub fn excerpt_caret(column: u32) -> u32 {
    let before = column.saturating_sub(1);
    let is_far = before as usize > EXCERPT_CHARS * 3 / 4;
    if is_far { EXCERPT_BEFORE } else { before }
}

impl Diagnostic {
    /// A finding at a byte range of a file at hand. For the named functions of this folder.
    pub(crate) fn at(
        severity: Severity,
        code: &'static str,
        file: &SourceFile,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (line, column) = file.line_column(at.start);
        let excerpt = file.excerpt(line, column);
        Diagnostic {
            severity,
            code,
            path: file.path.to_string(),
            line,
            column,
            message: message.into(),
            excerpt,
            help: help.into(),
            head: None,
        }
    }

    /// A finding at a line and column kept from an earlier reading; the excerpt is read again when it is shown.
    pub(crate) fn at_place(
        severity: Severity,
        code: &'static str,
        path: &str,
        (line, column): (u32, u32),
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Diagnostic {
            severity,
            code,
            path: path.into(),
            line,
            column,
            message: message.into(),
            excerpt: String::new(),
            help: help.into(),
            head: None,
        }
    }

    /// A finding about a file as a whole.
    pub(crate) fn about(
        severity: Severity,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Diagnostic::at_place(severity, code, path, (0, 0), message, help)
    }

    /// The same finding about a value in the head of its file; about the whole file where the head has no such field.
    #[must_use]
    pub fn in_head(self, field: &str, word: &str) -> Self {
        let head = Some(HeadValue {
            field: field.into(),
            word: word.trim().into(),
        });
        Diagnostic { head, ..self }
    }
}

/// `path:line:column: error: message`, without excerpt and help; a finding about a whole file has no numbers.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}: {}", self.severity, self.message)
    }
}

/// The known word that a misspelt one was meant to be, where one is near enough.
///
/// A third of the letters may be wrong, and two at an end may be missing (`alias`, `aliases`). In short words that finds
/// words that have nothing to do with each other (`math`, `path`): they must begin alike as well.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    known
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            Some((slips(&word, &letters)?, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many slips of the hand lie between two words; `None` where they are too different for that.
fn slips(one: &[char], other: &[char]) -> Option<usize> {
    let text = |letters: &[char]| letters.iter().collect::<String>();
    let distance = strsim::osa_distance(&text(one), &text(other));
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let n_short = short.len();
    let is_longer_form = n_short > 3 && distance <= 2 && long.starts_with(short);
    let is_near = distance <= (n_short / 3).max(1) && n_short > 1;
    let begins_alike = short.first() == long.first()
        || long.ends_with(short)
        || (n_short > 1 && short[..2] == [long[1], long[0]]);
    let is_plausible = n_short > 5 || begins_alike;
    (distance == 0 || is_longer_form || (is_near && is_plausible)).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("math", ["path"]), None);
        assert_eq!(nearest("天", ["地"]), None);
        let known = ["title", "date", "aliases"];
        for (word, found) in [
            ("titel", Some("title")),
            ("alias", Some("aliases")),
            ("dat", Some("date")),
            ("ate", Some("date")),
            ("adte", Some("date")),
            ("dat2", Some("date")),
            ("TITLE", Some("title")),
            ("itle", Some("title")),
            ("tittle", Some("title")),
            ("colour", None),
            ("cate1", None),
            ("cate", None),
            ("mate", None),
            ("d", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), found, "{word}");
        }
    }
}
