//! Reads the files of a site, and remembers what it has read: an edit parses one file again and not ten thousand.
//!
//! Entry point: [`Reader::read`]. What a reader knows lasts as long as its process, and longer with a [`Cache`].

use crate::clock::{Clock, Timestamp};
use crate::diag::Diagnostic;
use crate::site::cache::{Bodies, Cache, Good, Known, Library};
use crate::site::error::BuildError;
use crate::site::parse::{self, Document, Documents, ParseSettings};
use crate::site::report;
use crate::site::source::{Found, KnownFiles, NoText};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// All files that have been read, by the settings they were read with.
pub struct Reader {
    /// A page that was good stays as it was while its file has errors, unless it shows more than the file now asks for.
    pub keeps_good: bool,
    /// What was found in copied files.
    pub files: KnownFiles,
    /// Where documents are kept for other processes; `None` for a reader that lives in memory alone.
    cache: Option<Cache>,
    settings: ParseSettings,
    library: Library,
    /// Whether the library holds what the cache had. It is not looked at before a file is to be read.
    is_loaded: bool,
}

/// The result of reading all files.
#[derive(Default)]
pub struct Read {
    /// Those with text.
    pub documents: Documents,
    /// What is wrong with any of them.
    pub findings: Vec<Diagnostic>,
    /// Those that were read just now, to be kept.
    pub fresh: Vec<Arc<str>>,
    /// Files with errors that are shown as they were before.
    pub kept: Vec<Arc<str>>,
}

impl Reader {
    /// With what the cache holds.
    pub fn new(
        cache: Option<Cache>,
        settings: ParseSettings,
        keeps_good: bool,
    ) -> Result<Self, BuildError> {
        let kept = cache.as_ref();
        Ok(Reader {
            keeps_good,
            files: kept.and_then(|it| it.value("files")).unwrap_or_default(),
            library: temporary()?,
            is_loaded: false,
            settings,
            cache,
        })
    }

    /// Reads with these settings from now on; whether they differ from those before. Then everything is read again.
    pub fn set(&mut self, settings: ParseSettings) -> bool {
        let is_other = format!("{settings:?}") != format!("{:?}", self.settings);
        if is_other {
            self.settings = settings;
            self.is_loaded = false;
        }
        is_other
    }

    /// The cache, for what else is kept there.
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// Lets another process have the cache.
    pub fn close_cache(&mut self) {
        self.cache = None;
    }

    /// All documents in the order of `files`, with their findings; parses only what is new, on all cores. Nothing is kept
    /// yet. `due` is the moment that decides what readers may see.
    pub fn read(&mut self, files: &[Found], due: Timestamp) -> Result<Read, BuildError> {
        if !self.is_loaded {
            self.library = library(self.cache.as_ref(), &self.settings)?;
            self.is_loaded = true;
        }
        let now = Clock::Wall.now();
        let results: Vec<Result<(Known, bool), Unread>> = files
            .par_iter()
            .map(|file| self.read_one(file, now))
            .collect();
        let mut read = Read::default();
        self.library.known.clear();
        for (file, result) in files.iter().zip(results) {
            match result {
                Ok((known, is_new)) => {
                    let shown = self.shown(&known, due);
                    if !Arc::ptr_eq(&shown, &known.document) {
                        read.kept.push(Arc::clone(&file.path));
                    }
                    read.documents.all.push(shown);
                    read.findings.extend(known.findings.iter().cloned());
                    if is_new {
                        read.fresh.push(Arc::clone(&file.path));
                    }
                    self.library.known.insert(file.path.clone(), known);
                }
                Err(Unread::File(finding)) => {
                    read.documents.unread.push(Arc::clone(&file.path));
                    read.findings.push(*finding);
                }
                Err(Unread::Build(error)) => return Err(error),
            }
        }
        Ok(read)
    }

    /// What is shown of a file.
    pub fn shown(&self, known: &Known, due: Timestamp) -> Arc<Document> {
        match known.stand_in(due).filter(|_| self.keeps_good) {
            Some(good) => good.as_indexed_as(&known.document),
            None => Arc::clone(&known.document),
        }
    }

    /// What is known of a file.
    pub fn known(&self, path: &str) -> Option<&Known> {
        self.library.known.get(path)
    }

    /// One file that has changed; `None` where it has no text any more.
    pub fn read_again(&mut self, file: &Found) -> Result<Option<Known>, BuildError> {
        match self.read_one(file, Clock::Wall.now()) {
            Ok((known, _)) => {
                let path = Arc::clone(&file.path);
                self.library.known.insert(Arc::clone(&path), known.clone());
                self.keep(&[path]);
                Ok(Some(known))
            }
            Err(Unread::File(_)) => Ok(None),
            Err(Unread::Build(error)) => Err(error),
        }
    }

    /// Leaves documents in the cache. What cannot be kept is read again by the next build.
    pub fn keep(&mut self, fresh: &[Arc<str>]) {
        if let Some(cache) = &self.cache {
            let _ = cache.keep_documents(&mut self.library, &self.settings, fresh);
        }
    }

    /// One file, and whether this is news.
    fn read_one(&self, file: &Found, now: Timestamp) -> Result<(Known, bool), Unread> {
        let before = self.library.known.get(&file.path);
        if let Some(before) = before
            && before.stamp == Some(file.stamp)
        {
            return Ok((before.clone(), false));
        }
        let source = file.text().map_err(|why| match why {
            NoText::Bytes(finding) => Unread::File(finding),
            NoText::Unread(finding) => Unread::Build(BuildError::Unreadable(vec![*finding])),
        })?;
        let stamp = Some(file.stamp).filter(|it| it.is_settled(now));
        let hash = *blake3::hash(source.text.as_bytes()).as_bytes();
        if let Some(before) = before
            && before.hash == hash
        {
            let is_new = before.stamp != stamp;
            let before = before.clone();
            return Ok((Known { stamp, ..before }, is_new));
        }
        let mut parsed = parse::document(&source, &self.settings);
        // What is kept on disk knows its place, but not what it was about.
        for finding in &mut parsed.findings {
            report::add_excerpt(finding, &source);
        }
        let findings = Arc::new(parsed.findings);
        let good = before.filter(|_| parsed.document.is_faulty);
        let good = good.and_then(|before| match before.document.is_faulty {
            true => before.good.clone(),
            false => Some(Good {
                document: Arc::clone(&before.document),
                place: before.place,
            }),
        });
        let place = self.library.spool.put(&parsed.body, &parsed.texts);
        let known = Known {
            stamp,
            hash,
            document: Arc::new(parsed.document),
            findings,
            place: place.map_err(Unread::Build)?,
            good,
        };
        Ok((known, true))
    }

    /// The text of all documents that have been read.
    pub fn bodies<'a>(&'a self, root: &'a Path) -> Bodies<'a> {
        Bodies {
            library: &self.library,
            root,
            settings: &self.settings,
        }
    }
}

/// Documents that were read with these settings.
fn library(cache: Option<&Cache>, settings: &ParseSettings) -> Result<Library, BuildError> {
    if let Some(Ok(library)) = cache.map(|it| it.library(settings)) {
        return Ok(library);
    }
    temporary()
}

fn temporary() -> Result<Library, BuildError> {
    Library::temporary().map_err(|source| BuildError::Write {
        path: std::env::temp_dir(),
        source,
    })
}

/// Why a file has no document.
enum Unread {
    File(Box<Diagnostic>),
    Build(BuildError),
}
