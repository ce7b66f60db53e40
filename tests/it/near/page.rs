//! A right page to begin with: its head as entries in one of the formats that are read, and what it holds back.

use crate::edits::chance::Chance;
use crate::near::{Sample, Wanted};

/// How a head is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Yaml,
    Toml,
    Json,
}

/// What a page holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// What follows its teaser.
    Rest,
    /// All of it.
    All,
}

/// A page whose head has one entry that holds something back.
#[derive(Clone, Debug)]
pub struct Page {
    pub format: Format,
    /// Keys and values as text; the values of a list are parted by `, ` between brackets.
    pub entries: Vec<(String, String)>,
    /// Which entry holds something back.
    pub at: usize,
    pub holds: Holds,
}

/// Names of ours and of other tools that say who may read, with values that let nobody in.
pub const ACCESS: [(&str, &[&str]); 2] = [
    ("access", &["members", "paid", "pro", "tier:pro"]),
    ("visibility", &["members", "paid", "tier:pro"]),
];
/// Those that hide a page.
pub const HIDDEN: [(&str, &[&str]); 9] = [
    ("draft", &["true"]),
    ("status", &["draft"]),
    ("published", &["false"]),
    ("publish_at", &FUTURE),
    ("publishDate", &FUTURE),
    ("date", &FUTURE),
    ("pubDate", &FUTURE),
    ("expires_at", &PAST),
    ("expiryDate", &PAST),
];
/// Moments to come, in many forms.
pub const FUTURE: [&str; 7] = [
    "2999-01-31",
    "2999-01-31 08:00",
    "2999-01-31T08:00:00+08:00",
    "2999/1/31",
    "2999年1月31日",
    "31 Jan 2999",
    "Thu, 31 Jan 2999 08:00:00 GMT",
];
/// Moments that have passed.
pub const PAST: [&str; 7] = [
    "2001-01-31",
    "2001-01-31 08:00",
    "2001-01-31T08:00:00+08:00",
    "2001/1/31",
    "2001年1月31日",
    "31 Jan 2001",
    "Wed, 31 Jan 2001 08:00:00 GMT",
];

const OTHERS: [(&str, &str); 6] = [
    ("title", "A page"),
    ("tags", "[one, two]"),
    ("description", "Words about it"),
    ("weight", "7"),
    ("layout", "post"),
    ("authors", "[Mei]"),
];

impl Page {
    /// One that is right.
    pub fn right(chance: &mut Chance) -> Self {
        let holds = *chance.pick(&[Holds::Rest, Holds::All]);
        let (key, values) = match holds {
            Holds::Rest => *chance.pick(&ACCESS),
            Holds::All => *chance.pick(&HIDDEN),
        };
        let decisive = (key.to_owned(), (*chance.pick(values)).to_owned());
        let mut entries: Vec<(String, String)> = OTHERS
            .iter()
            .filter(|_| chance.once_in(2))
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let at = chance.below(entries.len() + 1);
        entries.insert(at, decisive);
        let formats = [Format::Yaml, Format::Yaml, Format::Toml, Format::Json];
        Page {
            format: *chance.pick(&formats),
            entries,
            at,
            holds,
        }
    }

    /// One in YAML that is right, with a title before what decides.
    pub fn yaml(chance: &mut Chance) -> Self {
        let mut page = Page::right(chance);
        page.format = Format::Yaml;
        page
    }

    /// The key and the value that hold something back.
    pub fn decisive(&mut self) -> &mut (String, String) {
        &mut self.entries[self.at]
    }

    /// The lines between the fences.
    pub fn lines(&self) -> Vec<String> {
        let entries = self.entries.iter().enumerate();
        let n_entries = self.entries.len();
        let line = |(at, (key, value)): (usize, &(String, String))| match self.format {
            Format::Yaml if value.is_empty() => format!("{key}:"),
            Format::Yaml => format!("{key}: {value}"),
            Format::Toml => format!("{} = {}", quoted_key(key), quoted(value)),
            Format::Json => {
                let comma = if at + 1 < n_entries { "," } else { "" };
                format!("  \"{key}\": {}{comma}", quoted(value))
            }
        };
        entries.map(line).collect()
    }

    /// The fences around the lines.
    pub fn fences(&self) -> [&'static str; 2] {
        match self.format {
            Format::Yaml => ["---", "---"],
            Format::Toml => ["+++", "+++"],
            Format::Json => ["{", "}"],
        }
    }

    /// What follows the head.
    pub fn body(&self) -> &'static str {
        match self.holds {
            Holds::Rest => "FREE\n\n<!-- more -->\n\nSECRET\n",
            Holds::All => "SECRET\n",
        }
    }

    /// The head's text, fences included.
    pub fn head(&self) -> String {
        let [open, close] = self.fences();
        format!("{open}\n{}\n{close}\n", self.lines().join("\n"))
    }

    /// The whole file.
    pub fn text(&self) -> String {
        format!("{}{}", self.head(), self.body())
    }

    /// A sample of it, right or with a slip in it.
    pub fn sample(&self, kind: &'static str, wanted: Wanted) -> Sample {
        Sample {
            kind,
            text: self.text(),
            wanted,
        }
    }
}

/// A sample with a slip.
pub fn slip(kind: &'static str, text: String) -> Sample {
    Sample {
        kind,
        text,
        wanted: Wanted::KeptOrRefused,
    }
}

fn quoted(value: &str) -> String {
    if let Some(list) = value.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        let items: Vec<String> = list.split(", ").map(quoted).collect();
        return format!("[{}]", items.join(", "));
    }
    match value {
        "true" | "false" => value.to_owned(),
        _ if value.parse::<i64>().is_ok() => value.to_owned(),
        _ => format!("\"{value}\""),
    }
}

fn quoted_key(key: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
    match !key.is_empty() && key.chars().all(is_bare) {
        true => key.to_owned(),
        false => format!("\"{key}\""),
    }
}
