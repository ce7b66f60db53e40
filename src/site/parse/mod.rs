//! One file alone -> a `Document` and its findings; never fails.
//!
//! What needs a second file is not here: addresses of links are holes that `model` fills, and which tiers or
//! pages exist is asked there. A document is complete: nothing is filled in later.

mod conflict;
mod definitions;
mod document;
mod elements;
mod findings;
mod foreign;
mod formulas;
mod front_matter;
mod headings;
mod links;
mod mentions;
mod paywall;
mod prose;
mod raw_html;
mod readability;
mod render;
mod settings;
mod tables;
#[cfg(test)]
mod testing;
pub mod text;

use crate::clock::Timestamp;
use crate::ids::{Access, PartNumber};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::markdown::fragment::{
    AlertKind, Fragment, Heading, Hole, LinkKind, WikiRun, Word, WordHole,
};
pub use document::{Parsed, document};
pub use front_matter::{
    date as head_date, decides, decides_access, is_key, may_decide, place as head_place,
};
pub use mentions::{
    in_file as mentions_in_file, in_text as mentions_in, in_words as mentions_in_words,
    paths as mentioned_paths, without_template_comments,
};
pub use paywall::{is_marker, means_gate};
pub use settings::ParseSettings;

/// The folder whose pages are drafts, wherever it lies.
pub const DRAFTS: &str = "_drafts";

/// What the whole site must know of one Markdown file; its text is its [`Body`]. What is public comes first in lists of
/// both. Immutable and shared: the whole site holds it behind an `Arc`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Relative to the site's root, such as `content/guides/start.zh.md`.
    pub path: Arc<str>,
    /// BLAKE3 of the file's bytes.
    pub hash: [u8; 32],
    /// Its front matter, complete with what the body had to say (first heading as title).
    pub front: FrontMatter,
    /// The gated parts of its body, in order.
    pub gates: Vec<Gate>,
    /// Anchors that a link may name: headings, footnotes and explicit ids, gated ones too.
    pub anchors: Vec<Arc<str>>,
    /// Anchors that mean the heading which became the title, and so the top of the page.
    pub title_ids: Vec<Arc<str>>,
    /// Anchors of the headings outside gated parts, in order; they are among [`Document::anchors`] too.
    pub heading_ids: Vec<Arc<str>>,
    /// Addresses that the whole site must resolve, in order of first use.
    pub links: Vec<Link>,
    /// What may be paths of files in public text, in places that are no links; ascending.
    pub mentions: Vec<Arc<str>>,
    /// Labels between double brackets, which are references for the file defines them; with line and column.
    pub shadowed: Vec<(String, (u32, u32))>,
    /// Plain public text before `<!-- more -->`, cut to about 400 characters. `None` without the divider.
    pub summary: Option<String>,
    /// Plain text of the first public paragraph, cut to about 200 characters; for descriptions.
    pub lead: String,
    /// Counts over public prose alone.
    pub public_counts: TextCounts,
    /// Counts over gated prose alone; never shown in `public/`.
    pub gated_counts: TextCounts,
    /// Readability of public prose alone, 0 to 10; `None` without prose.
    pub public_readability: Option<f64>,
    /// Readability of all prose, 0 to 10; for the manifest alone.
    pub readability: Option<f64>,
    /// An error stands in this file: it is left out of the release, for a fault never opens a gate.
    pub is_faulty: bool,
    /// What its errors leave open.
    pub doubt: Option<Doubt>,
}

impl Document {
    /// Whether a document that was good shows more than its file asks for now: to more readers, or at a time when the file
    /// does not want to be seen. Also where that cannot be told.
    pub fn opens_more_than(&self, asked: &Document, now: Timestamp) -> bool {
        let (shown, wanted) = (&self.front, &asked.front);
        let accesses = |it: &Document| -> Vec<Access> {
            it.gates.iter().map(|it| it.access.clone()).collect()
        };
        // Text may have moved behind a gate.
        let has_lost_text = !asked.gates.is_empty()
            && (asked.public_counts.n_han < self.public_counts.n_han
                || asked.public_counts.n_words < self.public_counts.n_words);
        let is_later = |at: Option<Timestamp>| at.is_some_and(|at| at > now);
        let has_ended = wanted.expires_at.is_some_and(|at| at <= now);
        asked.doubt.is_some()
            || (shown.access != wanted.access && !shown.access.is_stricter_than(&wanted.access))
            || accesses(self) != accesses(asked)
            || has_lost_text
            || (wanted.draft && !shown.draft)
            || is_later(wanted.publish_at.or(wanted.date))
                && !is_later(shown.publish_at.or(shown.date))
            || has_ended
    }

    /// The same, kept out of search engines and feeds where its file asks for that now.
    pub fn as_indexed_as(self: &Arc<Self>, asked: &Document) -> Arc<Document> {
        let mut shown = Arc::clone(self);
        if asked.front.noindex && !shown.front.noindex {
            Arc::make_mut(&mut shown).front.noindex = true;
        }
        shown
    }

    /// Whether the site hangs together in the same way with either of two documents of one file: they differ in
    /// nothing but text.
    pub fn same_structure(&self, other: &Document) -> bool {
        let leads_like = |(own, other): (&Link, &Link)| {
            let place = other.place;
            own.is_gated == other.is_gated
                && Link {
                    place,
                    ..own.clone()
                } == *other
        };
        let gates_like = |(own, other): (&Gate, &Gate)| {
            own.access == other.access && own.links == other.links && own.mentions == other.mentions
        };
        fn labels(it: &Document) -> impl Iterator<Item = &String> {
            it.shadowed.iter().map(|(label, _)| label)
        }
        self.front == other.front
            && self.gates.len() == other.gates.len()
            && self.gates.iter().zip(&other.gates).all(gates_like)
            && self.mentions == other.mentions
            && labels(self).eq(labels(other))
            && self.anchors == other.anchors
            && self.heading_ids == other.heading_ids
            && self.title_ids == other.title_ids
            && self.links.len() == other.links.len()
            && self.links.iter().zip(&other.links).all(leads_like)
            && self.is_faulty == other.is_faulty
            && self.doubt == other.doubt
    }
}

/// What cannot be told of a file with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doubt {
    /// Who may read it.
    Who,
    /// When it is published, if at all; then it cannot be told either who may read it.
    When,
}

/// All Markdown of a site, read.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// Ascending by path.
    pub all: Vec<Arc<Document>>,
    /// Paths of files of which there is no text, each with a finding.
    pub unread: Vec<Arc<str>>,
}

impl Documents {
    /// Whether any page has a gated part, or means to have one, or may mean to.
    pub fn have_gates(&self) -> bool {
        let mut all = self.all.iter();
        !self.unread.is_empty()
            || all
                .any(|it| !it.gates.is_empty() || it.front.access.is_gated() || it.doubt.is_some())
    }
}

/// One gated part, as the site must know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// From 1 over the gated parts of the page.
    pub number: PartNumber,
    /// Who may read it.
    pub access: Access,
    /// Line of its marker in the file; 0 where the page's `access` opened it.
    pub line: u32,
    /// Indexes into [`Document::links`] of the addresses that stand in it, ascending.
    pub links: Vec<u32>,
    /// What may be paths of files in it, in places that are no links; ascending.
    pub mentions: Vec<Arc<str>>,
}

/// The HTML of one Markdown file. Much of it, and wanted by few: it is put away between parsing and rendering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// In order; public runs and gated parts.
    pub parts: Vec<Part>,
    /// Headings outside gated parts, for the table of contents.
    pub headings: Vec<Heading>,
}

/// HTML that anyone may read, before its addresses are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicFragment(pub Fragment);

/// HTML behind the paywall. Deliberately no Display, no From, no way into [`PublicFragment`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatedFragment(pub Fragment);

/// Plain text behind the paywall, for member search. No Display either.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatedText(pub String);

impl std::fmt::Debug for GatedFragment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatedFragment(..)")
    }
}

impl std::fmt::Debug for GatedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatedText(..)")
    }
}

/// One run of a body with one access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Anyone may read it.
    Public {
        /// Its HTML.
        html: PublicFragment,
    },
    /// Behind the paywall.
    Gated {
        /// From 1 over the gated parts of the page.
        number: PartNumber,
        /// Who may read it.
        access: Access,
        /// Its HTML, with its own footnotes at the end.
        html: GatedFragment,
    },
}

/// The plain text of one [`Part`], for search and recommendations. Put away apart from the HTML, for no file needs both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlainText {
    /// Anyone may read it.
    Public(String),
    /// Behind the paywall.
    Gated {
        /// As of its part.
        number: PartNumber,
        /// As of its part.
        access: Access,
        /// The text.
        text: GatedText,
    },
}

/// An address in a body that may belong to the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// As the author wrote it, percent-decoded where it was encoded; without query and fragment. Empty for a link
    /// to an anchor of the same page.
    pub target: String,
    /// Without `?`; as the author wrote it.
    pub query: Option<String>,
    /// Without `#`; percent-decoded.
    pub fragment: Option<String>,
    /// What kind of use it is.
    pub kind: LinkKind,
    /// Whether a gated part uses it; an asset with only gated uses goes to the vault.
    pub is_gated: bool,
    /// Line and column in the file, from 1.
    pub place: (u32, u32),
}

/// How much there is to read, without code and addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextCounts {
    /// Han characters.
    pub n_han: u32,
    /// Words of other scripts.
    pub n_words: u32,
}

impl TextCounts {
    /// Of two texts together.
    #[must_use]
    pub fn with(self, other: TextCounts) -> TextCounts {
        TextCounts {
            n_han: self.n_han + other.n_han,
            n_words: self.n_words + other.n_words,
        }
    }

    /// Minutes to read at 238 words and 380 Han characters a minute, rounded, at least 1 where there is prose.
    /// Sources: Brysbaert 2019 for English silent reading; DESIGN's section 7 for Han.
    pub fn reading_minutes(self) -> u32 {
        let minutes = f64::from(self.n_words) / 238.0 + f64::from(self.n_han) / 380.0;
        if self.n_han + self.n_words == 0 {
            0
        } else {
            (minutes.round() as u32).max(1)
        }
    }
}

/// The head of a page, in our words whatever the author's tool called them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontMatter {
    /// From the head, the first heading (which then leaves the body), or the file name.
    pub title: String,
    /// First publication, with the site's time zone where it names none.
    pub date: Option<Timestamp>,
    /// Last change.
    pub updated: Option<Timestamp>,
    /// Last segment of the address, already folded; `None` means from the file name.
    pub slug: Option<String>,
    /// Whole address below the site's root, with leading and closing `/`.
    pub path: Option<String>,
    /// Former addresses.
    pub aliases: Vec<String>,
    /// For search engines and cards.
    pub description: Option<String>,
    /// Hand-written text for lists; plain.
    pub summary: Option<String>,
    /// Terms by taxonomy name: `tags`, `categories`, `authors`, `series` and the site's own.
    pub terms: BTreeMap<String, Vec<String>>,
    /// Place in the series, where given.
    pub series_part: Option<i64>,
    /// Lower comes first in lists sorted by weight.
    pub weight: Option<i64>,
    /// Not built unless asked.
    pub draft: bool,
    /// Not built before.
    pub publish_at: Option<Timestamp>,
    /// Not built after.
    pub expires_at: Option<Timestamp>,
    /// Who may read the gated parts.
    pub access: Access,
    /// Whether the head says so; otherwise [`FrontMatter::access`] is what holds where nothing is said.
    pub names_access: bool,
    /// Picture of the page.
    pub cover: Option<Cover>,
    /// BCP 47, where the head names one.
    pub language: Option<String>,
    /// Whether members may comment, where the head says.
    pub comments: Option<bool>,
    /// Editor's mark 0 to 10.
    pub expertise: Option<f64>,
    /// Editor's mark 0 to 10.
    pub practicality: Option<f64>,
    /// Permanent page id, where the head names one.
    pub id: Option<String>,
    /// Template to use instead of the usual one, such as `landing.html`.
    pub template: Option<String>,
    /// Absolute address of the original, where this is a copy.
    pub canonical: Option<String>,
    /// Kept out of search engines, feeds and the sitemap.
    pub noindex: bool,
    /// Keys at the top of the head that name a first day, of the page or of what it is about, with that day.
    pub first_days: Vec<(String, Timestamp)>,
    /// Forces the table of contents on or off.
    pub toc: Option<bool>,
    /// For sections: `date`, `weight` or `title`; date where absent.
    pub sort_by: Option<String>,
    /// `extra` and every key that is not ours.
    #[serde(with = "as_json")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// Free values as JSON text: the format in which documents are kept does not describe itself.
mod as_json {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};
    use serde_json::{Map, Value};

    pub fn serialize<S: Serializer>(
        map: &Map<String, Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(map).map_err(ser::Error::custom)?)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Map<String, Value>, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Picture of a page; its address is link `link` of the document, in the site or absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Index into [`Document::links`].
    pub link: u32,
    /// What it shows; may be empty.
    pub alt: String,
}

/// What a head that says nothing says.
impl Default for FrontMatter {
    fn default() -> Self {
        FrontMatter {
            title: String::new(),
            date: None,
            updated: None,
            slug: None,
            path: None,
            aliases: Vec::new(),
            description: None,
            summary: None,
            terms: BTreeMap::new(),
            series_part: None,
            weight: None,
            draft: false,
            publish_at: None,
            expires_at: None,
            access: Access::Public,
            names_access: false,
            cover: None,
            language: None,
            comments: None,
            expertise: None,
            practicality: None,
            id: None,
            template: None,
            canonical: None,
            noindex: false,
            first_days: Vec::new(),
            toc: None,
            sort_by: None,
            extra: serde_json::Map::new(),
        }
    }
}
