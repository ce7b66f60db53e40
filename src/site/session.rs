//! What a build remembers for the next one: in the memory of one process, and in the cache for other ones.
//!
//! `serve` keeps a session, so that an edit parses one file again and not ten thousand; `build` opens one from the
//! cache and leaves it there.

use crate::clock::{Clock, Timestamp};
use crate::diag::Diagnostic;
use crate::site::assembled::Assembled;
use crate::site::cache::{Bodies, Cache, Good, Known, Library, Memory, Released};
use crate::site::error::BuildError;
use crate::site::inputs::Inputs;
use crate::site::parse::{self, Document, Documents, ParseSettings};
use crate::site::publish::{LastRelease, OutputFolder, is_ready, put_aside};
use crate::site::render::Engine;
use crate::site::report;
use crate::site::source::{Found, KnownFiles, NoText, Theme};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// What outlives a build.
#[derive(Default)]
pub struct Session {
    keeping: Keeping,
    open: Option<OpenSession>,
}

/// What becomes of a session when its process ends, and what it shows meanwhile.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Keeping {
    /// It is gone.
    #[default]
    Nothing,
    /// It begins with what the cache holds and leaves there what it knows.
    OnDisk,
    /// It leaves in the cache what it knows, and begins with nothing.
    Fresh,
    /// As [`Keeping::OnDisk`], and pages with errors stay as they were: see [`OpenSession::keeps_good`].
    GoodPages,
}

/// A session in the hands of a build.
pub struct OpenSession {
    /// A page that was good stays as it was while its file has errors, unless it shows more than the file now asks for.
    pub keeps_good: bool,
    cache: Option<Cache>,
    settings: ParseSettings,
    library: Library,
    /// The library holds what the cache had; that is not looked at before a file is to be read.
    is_read: bool,
    released: Option<Arc<Released>>,
    /// This process published what was released last.
    is_ours: bool,
    memory: Option<Memory>,
    engine: Option<([u8; 32], Arc<Engine>)>,
    /// What was found in copied files.
    pub files: KnownFiles,
    /// The site as the last build of this process had it.
    pub assembled: Option<Assembled>,
}

/// What came of reading all files.
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

impl Session {
    /// For one build that goes on from where the last one ended.
    pub fn on_disk() -> Self {
        Session::keeping(Keeping::OnDisk)
    }

    /// For one build that believes nothing of what was kept.
    pub fn fresh() -> Self {
        Session::keeping(Keeping::Fresh)
    }

    /// For an author at work: a page that was good goes on being seen while its file has errors.
    pub fn keeping_good() -> Self {
        Session::keeping(Keeping::GoodPages)
    }

    fn keeping(keeping: Keeping) -> Self {
        Session {
            keeping,
            open: None,
        }
    }

    /// Leaves in the cache what is known, for a process that begins after this one has ended.
    pub fn leave(&self) {
        if let Some(open) = &self.open {
            open.leave();
        }
    }

    /// Puts a copy of the current release aside, where no earlier one is there to make the next one of.
    pub fn make_ready(&mut self, folder: &OutputFolder) -> Result<(), BuildError> {
        let open = self.open.as_mut();
        let released = open.and_then(|it| it.released.as_mut().map(Arc::make_mut));
        match released {
            Some(released) if !is_ready(folder, released) => {
                released.history = put_aside(folder, released)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends the session, beside whatever its process does next: a large site is some work to let go of, and mostly the
    /// process is at its end.
    pub fn end(self) {
        if let Some(mut open) = self.open {
            // Another build may wait for the cache.
            open.cache = None;
            std::thread::spawn(move || drop(open));
        }
    }

    /// Opens the session at its first build, with the cache of its output folder; at later ones, sees to it that
    /// nothing is believed that was read with other settings. Where there is no cache to be had, the session lives in
    /// memory alone.
    pub fn open(
        &mut self,
        root: &Path,
        out: &Path,
        settings: ParseSettings,
    ) -> Result<&mut OpenSession, BuildError> {
        let open = match self.open.take() {
            None => OpenSession::begin(self.keeping, root, out, settings)?,
            Some(open) => open.with(settings)?,
        };
        Ok(self.open.insert(open))
    }
}

impl OpenSession {
    fn begin(
        keeping: Keeping,
        root: &Path,
        out: &Path,
        settings: ParseSettings,
    ) -> Result<Self, BuildError> {
        let keeps_good = keeping == Keeping::GoodPages;
        let cache = match keeping {
            Keeping::Nothing => None,
            _ => Cache::open(root, out, !keeps_good),
        };
        if let Some(cache) = cache.as_ref().filter(|_| keeping == Keeping::Fresh) {
            cache.clear();
        }
        let kept = cache.as_ref();
        Ok(OpenSession {
            keeps_good,
            library: temporary()?,
            is_read: false,
            released: kept.and_then(|it| it.value::<Option<Arc<Released>>>("release")?),
            is_ours: false,
            memory: kept.and_then(|it| it.value::<Option<Memory>>("memory")?),
            engine: None,
            assembled: None,
            files: kept.and_then(|it| it.value("files")).unwrap_or_default(),
            settings,
            cache,
        })
    }

    fn with(mut self, settings: ParseSettings) -> Result<Self, BuildError> {
        if format!("{settings:?}") != format!("{:?}", self.settings) {
            self.settings = settings;
            self.is_read = false;
            self.assembled = None;
        }
        Ok(self)
    }

    /// The release that the last build left, as far as it is still the current one.
    pub fn last_release(&self, folder: &OutputFolder) -> Option<LastRelease> {
        LastRelease::open(folder, self.released.clone(), self.is_ours)
    }

    /// What the last build came to, where this one could come to nothing else.
    pub fn unchanged(&self, inputs: &Inputs, last: Option<&LastRelease>) -> Option<&Memory> {
        let memory = self.memory.as_ref().filter(|it| inputs.are_those_of(it))?;
        let is_whole = last.is_some_and(|it| it.released.id == memory.id && it.is_whole());
        is_whole.then_some(memory)
    }

    /// `due` is the moment that decides what readers may see.
    ///
    /// All documents in the order of `files`, with their findings; parses only what is new, on all cores. Nothing is kept
    /// yet.
    pub fn read(&mut self, files: &[Found], due: Timestamp) -> Result<Read, BuildError> {
        if !self.is_read {
            self.library = library(self.cache.as_ref(), &self.settings)?;
            self.is_read = true;
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

    /// The templates of a theme, parsed when they have changed.
    pub fn engine(&mut self, theme: &Theme, named: &[&str]) -> Result<Arc<Engine>, BuildError> {
        let print = theme.print(named);
        if let Some((known, engine)) = &self.engine
            && *known == print
        {
            return Ok(Arc::clone(engine));
        }
        let engine = Arc::new(Engine::new(theme, named)?);
        self.engine = Some((print, Arc::clone(&engine)));
        Ok(engine)
    }

    /// Remembers what a build came to.
    pub fn remember(&mut self, released: Released, memory: Option<Memory>) {
        self.released = Some(Arc::new(released));
        self.memory = memory;
        self.is_ours = true;
    }

    /// Leaves in the cache what is remembered. What cannot be kept on disk is made anew by the next build.
    pub fn leave(&self) {
        if let Some(cache) = &self.cache {
            let _ = cache.keep("release", &self.released.as_deref());
            let _ = cache.keep("files", &self.files);
            let _ = cache.keep("memory", &self.memory);
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
