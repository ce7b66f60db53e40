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

/// Watches the sources of one site.
pub struct Watcher {
    root: PathBuf,
    notify: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
}

impl Watcher {
    /// Begins to watch. Fails where the system has no more watches to give.
    pub fn start(root: &Path) -> Result<Self, BuildError> {
        let failed = |path: &Path, error: notify::Error| BuildError::Read {
            path: path.into(),
            source: io::Error::other(error),
        };
        let root = root.canonicalize().map_err(|source| BuildError::Read {
            path: root.into(),
            source,
        })?;
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
        Ok(Watcher {
            root,
            notify,
            events,
        })
    }

    /// Waits for the next change to settle; gives what changed, relative to the root and ascending. Empty where the
    /// system lost count, which means that anything may have changed. `None` when there is nothing left to watch.
    pub fn next_change(&mut self) -> Option<Vec<PathBuf>> {
        let mut seen = Seen::default();
        loop {
            let first = self.events.recv().ok()?;
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
            if !seen.changed.is_empty() {
                return Some(seen.changed.into_iter().collect());
            }
        }
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
            let Ok(relative) = path.strip_prefix(&self.root) else {
                continue;
            };
            if !is_source(relative) {
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
        let mut watcher = Watcher::start(root.path()).unwrap();
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
}
