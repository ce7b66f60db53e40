//! The open release, and the next one when it is published.
//!
//! Entry point: [`Releases::follow`], called every quarter of a second and whenever a file of the open release cannot
//! be read. It costs a look at `current` and the first bytes of a manifest. A release that is refused is tried again
//! when something has happened to what was wrong with it.

use crate::clock::{Stopwatch, Timestamp};
use crate::edge::release::check::Watched;
use crate::edge::release::open::{self, Published};
use crate::edge::release::{OpenRelease, ReleaseError, is_unbuilt};
use crate::manifest::ManifestError;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A refused release is tried again after this also if nothing seems to have happened to it.
const AGAIN_SECS: f64 = 60.0;
/// As [`AGAIN_SECS`], for a store that could not be asked.
const STORE_AGAIN_SECS: f64 = 2.0;

/// What is open and what was refused.
#[derive(Debug)]
pub struct Releases {
    open: RwLock<Opened>,
    refused: Mutex<Option<Arc<Refusal>>>,
    /// Held by whoever opens one.
    following: Mutex<()>,
}

/// The open release.
#[derive(Clone, Debug)]
pub struct Opened {
    /// It.
    pub release: Arc<OpenRelease>,
    /// When it was opened.
    pub at: Timestamp,
}

/// A release that is published and cannot be opened.
#[derive(Debug)]
pub struct Refusal {
    /// Its id or the name of its folder; `None` where there is no folder.
    pub release: Option<String>,
    /// Why.
    pub error: ReleaseError,
    /// Since when.
    pub since: Timestamp,
    published: Option<Published>,
    watched: Watched,
    tried: Stopwatch,
}

/// What came of a look at `current`.
#[derive(Clone, Debug)]
pub enum Followed {
    /// The open release is the published one, or the published one is refused as before.
    Unchanged,
    /// Another release was opened.
    Opened,
    /// The published release cannot be opened, or no longer for the same reason; the open one stays.
    Refused(Arc<Refusal>),
}

impl Releases {
    /// With this one open.
    pub fn new(release: OpenRelease, now: Timestamp) -> Self {
        let release = Arc::new(release);
        Releases {
            open: RwLock::new(Opened { release, at: now }),
            refused: Mutex::new(None),
            following: Mutex::new(()),
        }
    }

    /// The open release.
    pub fn open(&self) -> Opened {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone()
    }

    /// The release that is published and refused, if one is.
    pub fn refused(&self) -> Option<Arc<Refusal>> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone()
    }

    /// Puts another release in the place of the open one. Requests under way keep theirs.
    pub fn swap(&self, release: Arc<OpenRelease>, now: Timestamp) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *open = Opened { release, at: now };
        drop(open);
        self.refuse(None);
    }

    fn refuse(&self, refusal: Option<Arc<Refusal>>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// Opens what is published in `dist`, where that is another release than the open one. `prepare` finishes it before
    /// anybody sees it. Blocks on the disk.
    pub fn follow(
        &self,
        dist: &Path,
        now: Timestamp,
        prepare: impl FnOnce(OpenRelease) -> Result<OpenRelease, ReleaseError>,
    ) -> Followed {
        let _one_at_a_time = self
            .following
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let open = self.open().release;
        let before = self.refused();
        let published = match Published::now(dist) {
            Ok(published) if published == open.published => {
                self.refuse(None);
                return Followed::Unchanged;
            }
            Ok(published) => published,
            Err(error) => return self.refusal(Err(open::folder_name(dist)), error, (before, now)),
        };
        let is_as_before = |it: &Arc<Refusal>| it.published.as_ref() == Some(&published);
        if before
            .as_ref()
            .is_some_and(|it| is_as_before(it) && !it.is_due())
        {
            return Followed::Unchanged;
        }
        let next = OpenRelease::open_published(published.clone(), Some(&open)).and_then(prepare);
        match next {
            // Whoever builds puts releases in place too, and theirs are later.
            Ok(_) if !Arc::ptr_eq(&open, &self.open().release) => Followed::Unchanged,
            Ok(next) => {
                tracing::info!(release = next.id(), dir = %next.dir().display(), "opened");
                metrics::counter!("releases_opened_total").increment(1);
                self.swap(Arc::new(next), now);
                Followed::Opened
            }
            Err(error) => self.refusal(Ok(published), error, (before, now)),
        }
    }

    /// `published` is the refused one, or the name of the folder in which none could be found.
    fn refusal(
        &self,
        published: Result<Published, Option<String>>,
        error: ReleaseError,
        (before, now): (Option<Arc<Refusal>>, Timestamp),
    ) -> Followed {
        let (release, published) = match published {
            Ok(published) => (Some(published.folder_name()), Some(published)),
            Err(release) => (release, None),
        };
        let known = before
            .filter(|it| it.published == published && it.error.to_string() == error.to_string());
        let path = error.path().map(Path::to_owned);
        let manifest = || published.as_ref().map(Published::manifest_path);
        let refusal = Arc::new(Refusal {
            release,
            watched: Watched::now(path.or_else(manifest).unwrap_or_default()),
            error,
            since: known.as_ref().map_or(now, |it| it.since),
            published,
            tried: Stopwatch::start(),
        });
        self.refuse(Some(Arc::clone(&refusal)));
        if known.is_some() {
            return Followed::Unchanged;
        }
        refusal.tell();
        Followed::Refused(refusal)
    }
}

impl Refusal {
    /// Once in the log, and counted.
    fn tell(&self) {
        let (fault, help) = (self.error.to_string(), self.error.help());
        let release = self.release.as_deref().unwrap_or_default();
        let reason = self.error.code();
        tracing::error!(
            release,
            reason,
            fault,
            help,
            "the published release cannot be opened; the last one stays"
        );
        metrics::counter!("releases_refused_total", "reason" => reason).increment(1);
    }

    /// Whether it is worth another try.
    fn is_due(&self) -> bool {
        let has_changed = match &self.error {
            ReleaseError::Files(faults) => faults.have_changed(),
            ReleaseError::Store(_) => self.tried.secs() > STORE_AGAIN_SECS,
            _ => self.watched.has_changed(),
        };
        has_changed || self.tried.secs() > AGAIN_SECS
    }
}

impl ReleaseError {
    /// Its stable name, for probes and numbers.
    pub fn code(&self) -> &'static str {
        match self {
            ReleaseError::Read { .. } => "unreadable",
            ReleaseError::Denied(_) => "permission_denied",
            ReleaseError::Manifest { cause, .. } => match cause {
                ManifestError::Version { .. } => "other_version",
                ManifestError::Damaged | ManifestError::Json(_) => "manifest_damaged",
            },
            ReleaseError::Part { .. } => "manifest_damaged",
            ReleaseError::Files(faults) if faults.are_copied => "damaged",
            ReleaseError::Files(_) => "incomplete",
            ReleaseError::Store(_) => "store_away",
        }
    }

    /// What is wrong, for anyone: without a path of this machine or the name of a file (OPS-04).
    pub fn without_paths(&self) -> String {
        match self {
            ReleaseError::Read { cause, .. } => format!("it cannot be read: {}", cause.kind()),
            ReleaseError::Denied(denied) => denied.without_path(),
            ReleaseError::Manifest { cause, .. } => cause.to_string(),
            ReleaseError::Part { .. } => "a part has no place in its page".into(),
            ReleaseError::Files(it) => {
                let (n_faults, n_files) = (it.n_faults, it.n_files);
                format!("{n_faults} of {n_files} files are not as they were built")
            }
            ReleaseError::Store(_) => "the database cannot be asked for its pages".into(),
        }
    }

    /// What the owner can do, where that is not said already; may be empty.
    pub fn help(&self) -> String {
        match self {
            ReleaseError::Denied(denied) => denied.help(),
            ReleaseError::Read { path, cause } if is_unbuilt(path, cause) => {
                "build the site first with `lyceum build`, or name the folder of releases with `--release`".into()
            }
            ReleaseError::Files(_) => {
                "copy the release again; it is opened when all of it is there".into()
            }
            ReleaseError::Read { .. } => {
                "name the folder of releases, in which `lyceum build` makes `current`, with `--release`; if it is that folder, build or copy the release again".into()
            }
            ReleaseError::Store(_) => "it is opened as soon as the database answers".into(),
            _ => String::new(),
        }
    }

    /// What must change before it is worth trying again.
    fn path(&self) -> Option<&Path> {
        match self {
            ReleaseError::Read { path, .. } | ReleaseError::Manifest { path, .. } => Some(path),
            ReleaseError::Denied(denied) => Some(denied.path()),
            ReleaseError::Part { .. } | ReleaseError::Files(_) | ReleaseError::Store(_) => None,
        }
    }
}
