//! HTML with places where something is missing that the text alone does not tell: addresses and words of the interface.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// HTML with holes where an address goes that only the whole site knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Well-formed but for the holes.
    pub html: String,
    /// Ascending by `at`.
    pub holes: Vec<Hole>,
    /// Ascending by `at`.
    pub words: Vec<WordHole>,
    /// Ascending, none inside of another.
    pub wiki: Vec<WikiRun>,
}

/// What a wiki link or an embed became, if its target is part of the site. Otherwise it is shown as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WikiRun {
    /// First byte in the HTML.
    pub start: u32,
    /// Byte behind the last one.
    pub end: u32,
    /// Index into the links of the document.
    pub link: u32,
    /// As it is written.
    pub source: String,
    /// Width and height of a picture in pixels, where the author gave them.
    pub size: Option<(u32, Option<u32>)>,
}

impl Fragment {
    /// Puts pieces of HTML at bytes of it, ascending; none lies between the quotes of a hole.
    pub fn insert(&mut self, pieces: &[(usize, String)]) {
        let mut shift = Shift::by(pieces);
        for hole in &mut self.holes {
            hole.at += shift.at(hole.at);
        }
        let mut shift = Shift::by(pieces);
        for word in &mut self.words {
            word.at += shift.at(word.at);
        }
        let mut shift = Shift::by(pieces);
        for run in &mut self.wiki {
            let by = shift.at(run.start);
            run.start += by;
            run.end += by;
        }
        let rest: usize = pieces.iter().map(|(_, piece)| piece.len()).sum();
        let mut html = String::with_capacity(self.html.len() + rest);
        let mut copied = 0;
        for (place, piece) in pieces {
            html.push_str(&self.html[copied..*place]);
            html.push_str(piece);
            copied = *place;
        }
        html.push_str(&self.html[copied..]);
        self.html = html;
    }
}

/// How far pieces that are put in move what stands behind them. Asked for ascending bytes.
struct Shift<'p> {
    pieces: std::slice::Iter<'p, (usize, String)>,
    by: u32,
}

impl<'p> Shift<'p> {
    fn by(pieces: &'p [(usize, String)]) -> Self {
        let pieces = pieces.iter();
        Shift { pieces, by: 0 }
    }

    fn at(&mut self, at: u32) -> u32 {
        while let Some((place, piece)) = self.pieces.as_slice().first()
            && *place <= at as usize
        {
            self.by += piece.len() as u32;
            self.pieces.next();
        }
        self.by
    }
}

/// A place in a fragment, always between double quotes, where an address is missing; `srcset` may have several.
/// Behind that of a [`LinkKind::Image`] or [`LinkKind::Embed`] the size of the picture is filled in as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// Byte between the quotes.
    pub at: u32,
    /// Index into the links of the document.
    pub link: u32,
}

/// A place in a fragment where a word of the interface is missing: which language a page is
/// in, and how its theme says things, one file does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordHole {
    /// Byte in the HTML.
    pub at: u32,
    /// What is to be said there.
    pub word: Word,
}

/// Words that a build writes into a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// Names the frame in which a code block scrolls.
    Code,
    /// Names the frame in which a table scrolls.
    Table,
    /// The title of an alert without one of its own.
    Alert(AlertKind),
}

/// The kinds of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AlertKind {
    Note,
    Tip,
    Important,
    Warning,
    Caution,
}

/// A heading that a table of contents lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its anchor, unique in the page; does not depend on gated headings.
    pub id: Arc<str>,
    /// Inline HTML without links and footnotes.
    pub html: String,
    /// Plain text.
    pub text: String,
}

/// What kind of use an address has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// `[text](target)` and raw `<a href>`.
    Link,
    /// `![text](target)`, and covers. The size of the picture is written beside its address.
    Image,
    /// `src`, `srcset` and `poster` in raw HTML; a file beside the page or below `static/`. An `<img>` among it stays as
    /// its author wrote it.
    Media,
    /// `[[target]]`: a page, a heading or a file, by name or path.
    Wiki,
    /// `![[target]]`: a file that is shown in its place, or a page.
    Embed,
}
