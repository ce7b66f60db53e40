//! File events -> one event for each change that has settled.
//!
//! Entry point: [`Watcher::next_change`]. Only the folders that a build reads are watched, so that the thousands of folders
//! of a release cost nothing.

use crate::site::error::BuildError;
use crate::site::source::{FOLDERS, is_transient};
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Editors write a file in several steps; this much silence says that they are done with one that they have open.
const SETTLED: Duration = Duration::from_millis(30);
/// What was closed, renamed or removed is done; this much is waited for what belongs to it.
const CLOSED: Duration = Duration::from_millis(2);
/// A process that never stops writing does not keep the author waiting for longer.
const PATIENCE: u32 = 20;

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// These have changed; see [`Watcher::next_change`].
    Changed(Vec<PathBuf>),
    /// Nothing that a build reads, in this time.
    Nothing,
    /// There is nothing left to watch.
    Ended,
}

/// Watches the sources of one site.
pub struct Watcher {
    root: PathBuf,
    /// The file of settings, wherever it lies, and what it links to.
    settings: BTreeSet<PathBuf>,
    notify: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
}

impl Watcher {
    /// Begins to watch; `config` is the file of settings, relative to the root or not. Fails where the system has no
    /// more watches to give.
    pub fn start(root: &Path, config: &Path) -> Result<Self, BuildError> {
        let failed = |path: &Path, error: notify::Error| BuildError::Read {
            path: path.into(),
            source: io::Error::other(error),
        };
        let root = canonical(root)?;
        let settings = settings_files(&root.join(config))?;
        let (sender, events) = channel();
        let mut notify = notify::recommended_watcher(sender).map_err(|it| failed(&root, it))?;
        notify
            .watch(&root, RecursiveMode::NonRecursive)
            .map_err(|it| failed(&root, it))?;
        for folder in FOLDERS.map(|name| root.join(name)) {
            if folder.is_dir() {
                notify
                    .watch(&folder, RecursiveMode::Recursive)
                    .map_err(|it| failed(&folder, it))?;
            }
        }
        // The folder, since editors put a new file in the place of the old one.
        for folder in settings.iter().filter_map(|it| it.parent()) {
            let below = folder.strip_prefix(&root);
            let is_watched = below.is_ok_and(|it| it.as_os_str().is_empty() || is_source(it));
            if !is_watched {
                notify
                    .watch(folder, RecursiveMode::NonRecursive)
                    .map_err(|it| failed(folder, it))?;
            }
        }
        Ok(Watcher {
            root,
            settings,
            notify,
            events,
        })
    }

    /// [`Watcher::next_change`], for so long at most; `None` for any time.
    pub fn next_change_within(&mut self, longest: Option<Duration>) -> Next {
        let Some(longest) = longest else {
            return self.next_change().map_or(Next::Ended, Next::Changed);
        };
        let first = match self.events.recv_timeout(longest) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => return Next::Nothing,
            Err(RecvTimeoutError::Disconnected) => return Next::Ended,
        };
        match self.settled(first) {
            Some(changed) => Next::Changed(changed),
            None => Next::Nothing,
        }
    }

    /// Waits for the next change to settle; gives what changed, ascending and relative to the root, below which a file of
    /// settings need not lie. Empty where the system lost count, which means that anything may have changed. `None` when
    /// there is nothing left to watch.
    pub fn next_change(&mut self) -> Option<Vec<PathBuf>> {
        loop {
            let first = self.events.recv().ok()?;
            if let Some(changed) = self.settled(first) {
                return Some(changed);
            }
        }
    }

    /// What has changed once an event and those that belong to it are over; `None` where no source has.
    fn settled(&mut self, first: notify::Result<Event>) -> Option<Vec<PathBuf>> {
        let mut seen = Seen::default();
        self.take(first, &mut seen);
        let mut patience = PATIENCE;
        while patience > 0 {
            let silence = if seen.open.is_empty() {
                CLOSED
            } else {
                SETTLED
            };
            match self.events.recv_timeout(silence) {
                Ok(event) => self.take(event, &mut seen),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
            patience -= 1;
        }
        if seen.has_lost_count {
            return Some(Vec::new());
        }
        (!seen.changed.is_empty()).then(|| seen.changed.into_iter().collect())
    }

    /// Notes what an event says.
    fn take(&mut self, event: notify::Result<Event>, seen: &mut Seen) {
        let Some(event) = event.ok().filter(|it| !it.need_rescan()) else {
            seen.has_lost_count = true;
            return;
        };
        if !is_change(&event.kind) {
            return;
        }
        for path in event.paths {
            let below = path.strip_prefix(&self.root).ok();
            let relative = below.unwrap_or(&path);
            if !below.is_some_and(is_source) && !self.settings.contains(&path) {
                continue;
            }
            let is_new_folder = relative.components().count() == 1 && path.is_dir();
            if is_new_folder {
                // What was written into it before this watch began is read by the build that this event causes.
                let _ = self.notify.watch(&path, RecursiveMode::Recursive);
            }
            match is_done(&event.kind) {
                true => seen.open.remove(relative),
                false => seen.open.insert(relative.to_owned()),
            };
            seen.changed.insert(relative.to_owned());
        }
    }
}

fn canonical(path: &Path) -> Result<PathBuf, BuildError> {
    path.canonicalize().map_err(|source| BuildError::Read {
        path: path.into(),
        source,
    })
}

/// A file and what it links to, as the system names them in events. One that is not there yet is known by its folder.
fn settings_files(config: &Path) -> Result<BTreeSet<PathBuf>, BuildError> {
    let mut files = BTreeSet::new();
    if let (Some(folder), Some(name)) = (config.parent(), config.file_name()) {
        files.insert(canonical(folder)?.join(name));
    }
    files.extend(config.canonicalize());
    Ok(files)
}

/// What has been seen of a change that is going on.
#[derive(Default)]
struct Seen {
    /// Relative to the root.
    changed: BTreeSet<PathBuf>,
    /// Those that somebody is still writing to.
    open: BTreeSet<PathBuf>,
    /// Events have been lost.
    has_lost_count: bool,
}

/// Whether a file is whole after such an event. Systems that do not tell when a file is closed have no such events
/// for one that is written in place.
fn is_done(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(_)
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Metadata(_))
            | EventKind::Create(CreateKind::Folder)
    )
}

/// A build reads files too: that must not cause the next build.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(access) => *access == AccessKind::Close(AccessMode::Write),
        EventKind::Other => false,
        _ => true,
    }
}

/// Whether a path below the root is something that a build reads.
fn is_source(path: &Path) -> bool {
    let mut names = path.components().filter_map(|it| match it {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let Some(first) = names.next() else {
        return false;
    };
    let last = path.file_name().and_then(|it| it.to_str()).unwrap_or(first);
    let is_read = FOLDERS.contains(&first) || (names.next().is_none() && last.ends_with(".toml"));
    is_read && !is_transient(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_sources_matter() {
        for (path, matters) in [
            ("content/a.md", true),
            ("content/深/图.png", true),
            ("site.toml", true),
            ("themes/x/templates/page.html", true),
            ("content/.a.md.swp", false),
            ("content/a.md~", false),
            ("content/4913", false),
            ("content/.#a.md", false),
            ("dist/current", false),
            (".lyceum/store.db", false),
            ("README.md", false),
            ("", false),
        ] {
            assert_eq!(is_source(Path::new(path)), matters, "{path}");
        }
    }

    /// What has changed up to the change that holds this path. How many changes that makes depends on how busy
    /// the machine is.
    fn changed_until(watcher: &mut Watcher, path: &str) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        while !changed.contains(Path::new(path)) {
            changed.extend(watcher.next_change().unwrap());
        }
        changed
    }

    #[test]
    fn sources_are_reported_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("content")).unwrap();
        fs::create_dir_all(root.path().join("dist")).unwrap();
        let mut watcher = Watcher::start(root.path(), Path::new("site.toml")).unwrap();
        fs::write(root.path().join("dist/x.html"), "no").unwrap();
        for _ in 0..5 {
            fs::write(root.path().join("content/a.md"), "a").unwrap();
        }
        fs::write(root.path().join("content/b.md~"), "b").unwrap();
        fs::create_dir_all(root.path().join("static")).unwrap();
        let expected = ["content/a.md", "static"].map(PathBuf::from);
        assert_eq!(
            changed_until(&mut watcher, "static"),
            BTreeSet::from(expected)
        );
        // A folder that came later is watched as well.
        fs::write(root.path().join("static/x.css"), "x").unwrap();
        assert!(changed_until(&mut watcher, "static/x.css").len() <= 2);
    }

    /// Settings are watched wherever they lie, however they are written, and nothing beside them is.
    #[test]
    fn settings_elsewhere_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let (base, root) = (
            folder.path().canonicalize().unwrap(),
            folder.path().join("s"),
        );
        for name in ["s/content", "s/conf", "out", "far"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        let written = ["out/a.toml", "s/conf/b.toml", "s/plain.cfg", "far/c.toml"];
        for file in written {
            fs::write(base.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(base.join("far/c.toml"), root.join("link.toml")).unwrap();
        for (config, file, seen) in [
            ("../out/a.toml", "out/a.toml", "out/a.toml"),
            ("conf/b.toml", "s/conf/b.toml", "conf/b.toml"),
            ("plain.cfg", "s/plain.cfg", "plain.cfg"),
            ("link.toml", "far/c.toml", "far/c.toml"),
        ] {
            let seen = match seen.strip_prefix("out").or(seen.strip_prefix("far")) {
                Some(_) => base.join(seen),
                None => seen.into(),
            };
            let mut watcher = Watcher::start(&root, Path::new(config)).unwrap();
            for way in ["write", "rename"] {
                fs::write(base.join("out/other.toml"), way).unwrap();
                fs::write(base.join("s/conf/other.toml"), way).unwrap();
                match way {
                    "write" => fs::write(base.join(file), way).unwrap(),
                    _ => {
                        fs::write(base.join("far/new"), way).unwrap();
                        fs::rename(base.join("far/new"), base.join(file)).unwrap();
                    }
                }
                let changed = watcher.next_change().unwrap();
                assert_eq!(changed, std::slice::from_ref(&seen), "{config} {way}");
            }
        }
    }
}
