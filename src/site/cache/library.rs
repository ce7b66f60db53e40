//! Documents by the file they were read from, with their text in a spool.

use crate::clock::Timestamp;
use crate::diag::{Diagnostic, SourceFile};
use crate::site::cache::spool::{Span, Spool};
use crate::site::error::BuildError;
use crate::site::parse::{self, Body, Document, ParseSettings, Parsed, PlainText};
use crate::site::source::{self, Stamp};
use rapidhash::RapidHashMap;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// One file that has been read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// How the file looked; `None` where it had changed too lately to be sure that this shows the next change.
    pub stamp: Option<Stamp>,
    /// BLAKE3 of the text that was read.
    pub hash: [u8; 32],
    /// What is in it.
    pub document: Arc<Document>,
    /// What is wrong with it.
    pub findings: Arc<Vec<Diagnostic>>,
    /// Where the document's text is.
    pub place: Span,
    /// What was in it before it had an error; `None` while it has none.
    pub good: Option<Good>,
}

/// A file as it was when it had no error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Good {
    /// What was in it.
    pub document: Arc<Document>,
    /// Where its text is.
    pub place: Span,
}

impl Known {
    /// What may stand in for a document with an error: what the file had before, unless that shows more than the file
    /// asks for now.
    pub fn stand_in(&self, now: Timestamp) -> Option<&Arc<Document>> {
        let good = self.good.as_ref().map(|it| &it.document)?;
        (!good.opens_more_than(&self.document, now)).then_some(good)
    }

    fn place_of(&self, document: &Document) -> Option<&Span> {
        let good = self.good.iter().map(|it| (&it.document, &it.place));
        let mut all = std::iter::once((&self.document, &self.place)).chain(good);
        all.find_map(|(own, place)| (own.hash == document.hash).then_some(place))
    }

    fn n_bytes(&self) -> u64 {
        self.place.n_bytes() + self.good.as_ref().map_or(0, |it| it.place.n_bytes())
    }
}

/// All files that have been read.
#[derive(Debug)]
pub struct Library {
    /// By path.
    pub known: RapidHashMap<Arc<str>, Known>,
    /// Their text.
    pub spool: Spool,
    /// Records on disk, also of documents that have been read again since; 0 where the disk has none of it.
    pub n_records: usize,
}

impl Library {
    /// Nothing yet; gone with the process.
    pub fn temporary() -> io::Result<Self> {
        Ok(Library::new(Spool::temporary()?))
    }

    /// Nothing yet, with a place for text.
    pub fn new(spool: Spool) -> Self {
        Library {
            known: RapidHashMap::default(),
            spool,
            n_records: 0,
        }
    }

    /// How much of the spool is still wanted.
    pub fn n_bytes_wanted(&self) -> u64 {
        self.known.values().map(Known::n_bytes).sum()
    }
}

/// The text of every document of a site.
#[derive(Clone, Copy)]
pub struct Bodies<'a> {
    /// Where it is kept.
    pub library: &'a Library,
    /// Where it can be read once more.
    pub root: &'a Path,
    /// How to read it.
    pub settings: &'a ParseSettings,
}

impl Bodies<'_> {
    /// The body of one document. What cannot be had from the spool is read and parsed again; fails where the file has
    /// changed since.
    pub fn of(&self, document: &Document) -> Result<Body, BuildError> {
        let kept = self.place(document);
        match kept.and_then(|it| self.library.spool.body(it)) {
            Some(body) => Ok(body),
            None => self.read_again(document).map(|it| it.body),
        }
    }

    /// The plain texts of one document, as [`Bodies::of`] has its body.
    pub fn texts_of(&self, document: &Document) -> Result<Vec<PlainText>, BuildError> {
        let kept = self.place(document);
        match kept.and_then(|it| self.library.spool.texts(it)) {
            Some(texts) => Ok(texts),
            None => self.read_again(document).map(|it| it.texts),
        }
    }

    fn place(&self, document: &Document) -> Option<&Span> {
        let known = self.library.known.get(&document.path);
        known.and_then(|it| it.place_of(document))
    }

    fn read_again(&self, document: &Document) -> Result<Parsed, BuildError> {
        let text = source::read_again(self.root, &document.path);
        let file = text.map(|text| SourceFile::new(document.path.clone(), text));
        let parsed = file.map(|file| parse::document(&file, self.settings));
        parsed
            .filter(|it| it.document.hash == document.hash)
            .ok_or_else(|| BuildError::Read {
                path: self.root.join(&*document.path),
                source: io::Error::other("it changed while it was being built"),
            })
    }
}
