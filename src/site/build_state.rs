//! What a build remembers for the next one: in the memory of one process, and in the cache for other ones.
//!
//! `serve` keeps a [`BuildState`] in memory; `build` opens one from the cache and saves it there.

use crate::site::cache::{Cache, Memory, Released};
use crate::site::error::BuildError;
use crate::site::inputs::Inputs;
use crate::site::parse::ParseSettings;
use crate::site::publish::{BuiltRelease, LastRelease, OutputFolder, is_ready, put_aside};
use crate::site::reader::Reader;
use crate::site::render::Engine;
use crate::site::site_state::SiteState;
use crate::site::source::Theme;
use std::path::Path;
use std::sync::Arc;

/// What outlives a build.
#[derive(Default)]
pub struct BuildState {
    mode: CacheMode,
    open: Option<OpenState>,
}

/// What is read from the cache and saved there, and what a page with errors shows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum CacheMode {
    /// No cache.
    #[default]
    None,
    /// Begins with what the cache holds, and saves it.
    ReadWrite,
    /// Saves to the cache, and begins with nothing.
    WriteOnly,
    /// As [`CacheMode::ReadWrite`], and pages with errors stay as they were: see [`Reader::keeps_good`].
    KeepGood,
}

/// A state in the hands of a build.
pub struct OpenState {
    /// Files that have been read.
    pub reader: Reader,
    /// The site of the last build of this process.
    pub built: Option<BuiltSite>,
    released: Option<Arc<Released>>,
    /// This process published what was released last.
    is_ours: bool,
    memory: Option<Memory>,
    engine: Option<([u8; 32], Arc<Engine>)>,
}

/// A site, with the release that was made of it.
pub struct BuiltSite {
    /// The site.
    pub site: SiteState,
    /// `None` if nothing had to be published.
    pub release: Option<BuiltRelease>,
}

impl BuildState {
    /// For one build that goes on from where the last one ended.
    pub fn on_disk() -> Self {
        BuildState::with_mode(CacheMode::ReadWrite)
    }

    /// For one build that uses nothing from the cache.
    pub fn fresh() -> Self {
        BuildState::with_mode(CacheMode::WriteOnly)
    }

    /// For an author at work: a page that was good stays visible while its file has errors.
    pub fn keeping_good() -> Self {
        BuildState::with_mode(CacheMode::KeepGood)
    }

    fn with_mode(mode: CacheMode) -> Self {
        BuildState { mode, open: None }
    }

    /// Saves what is known to the cache, for a process that begins after this one has ended.
    pub fn save_cache(&self) {
        if let Some(open) = &self.open {
            open.save_cache();
        }
    }

    /// Copies the current release aside if no earlier one can become the next one.
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

    /// Frees the state on another thread: that takes time for a large site, and mostly the process is at its end.
    pub fn end(self) {
        if let Some(mut open) = self.open {
            // Another build may wait for the cache.
            open.reader.close_cache();
            std::thread::spawn(move || drop(open));
        }
    }

    /// Opens the state at its first build, with the cache of its output folder. At later ones, forgets what was read with
    /// other settings. Without a cache the state lives in memory alone.
    pub fn open(
        &mut self,
        root: &Path,
        out: &Path,
        settings: ParseSettings,
    ) -> Result<&mut OpenState, BuildError> {
        let open = match self.open.take() {
            None => OpenState::new(self.mode, root, out, settings)?,
            Some(open) => open.with(settings),
        };
        Ok(self.open.insert(open))
    }
}

impl OpenState {
    fn new(
        mode: CacheMode,
        root: &Path,
        out: &Path,
        settings: ParseSettings,
    ) -> Result<Self, BuildError> {
        let keeps_good = mode == CacheMode::KeepGood;
        let cache = match mode {
            CacheMode::None => None,
            _ => Cache::open(root, out, !keeps_good),
        };
        if let Some(cache) = cache.as_ref().filter(|_| mode == CacheMode::WriteOnly) {
            cache.clear();
        }
        let kept = cache.as_ref();
        Ok(OpenState {
            built: None,
            released: kept.and_then(|it| it.value::<Option<Arc<Released>>>("release")?),
            is_ours: false,
            memory: kept.and_then(|it| it.value::<Option<Memory>>("memory")?),
            engine: None,
            reader: Reader::new(cache, settings, keeps_good)?,
        })
    }

    fn with(mut self, settings: ParseSettings) -> Self {
        if self.reader.set(settings) {
            self.built = None;
        }
        self
    }

    /// The release that the last build made, if it is still the current one.
    pub fn last_release(&self, folder: &OutputFolder) -> Option<LastRelease> {
        LastRelease::open(folder, self.released.clone(), self.is_ours)
    }

    /// The result of the last build, if nothing has changed since.
    pub fn unchanged(&self, inputs: &Inputs, last: Option<&LastRelease>) -> Option<&Memory> {
        let memory = self.memory.as_ref().filter(|it| inputs.are_those_of(it))?;
        let is_whole = last.is_some_and(|it| it.released.id == memory.id && it.is_whole());
        is_whole.then_some(memory)
    }

    /// The templates of a theme, parsed when they have changed.
    pub fn engine(&mut self, theme: &Theme, named: &[&str]) -> Result<Arc<Engine>, BuildError> {
        let fingerprint = theme.fingerprint(named);
        if let Some((known, engine)) = &self.engine
            && *known == fingerprint
        {
            return Ok(Arc::clone(engine));
        }
        let engine = Arc::new(Engine::new(theme, named)?);
        self.engine = Some((fingerprint, Arc::clone(&engine)));
        Ok(engine)
    }

    /// Remembers what a build came to.
    pub fn remember(&mut self, released: Released, memory: Option<Memory>) {
        self.released = Some(Arc::new(released));
        self.memory = memory;
        self.is_ours = true;
    }

    /// Saves what is remembered. What cannot be written is made anew by the next build.
    fn save_cache(&self) {
        if let Some(cache) = self.reader.cache() {
            let _ = cache.keep("release", &self.released.as_deref());
            let _ = cache.keep("files", &self.reader.files);
            let _ = cache.keep("memory", &self.memory);
        }
    }
}
