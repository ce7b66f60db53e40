//! The output folder: ours by its marker, one build at a time by its lock, and one release current by a link.
//!
//! `releases/.new` and `.renewed` are being built, `releases/.old-…` is being deleted; all are swept when the folder is
//! opened.

use crate::clock::Timestamp;
use crate::site::error::BuildError;
use crate::site::publish::share::Share;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Holds what the owner went back from.
const ROLLED_BACK: &str = ".rolled-back";
/// Tells that the folder is ours; also the lock.
const MARKER: &str = ".lyceum-output";

/// A release from which the owner went back, and the one that readers got instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// Id of the release that was current before.
    pub from: String,
    /// Id of the release that is current since.
    pub to: String,
}

/// What the releases of a folder are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Readers: an earlier release can be gone back to, and the current one outlives a loss of power.
    #[default]
    Readers,
    /// The author at work: nobody goes back to an earlier release, and any is soon made again.
    Preview,
}

impl Purpose {
    /// How many releases stay, the current one among them.
    pub fn n_kept(self) -> usize {
        match self {
            Purpose::Readers => 3,
            Purpose::Preview => 2,
        }
    }
}

/// An output folder that this process alone writes to, until it is dropped.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    purpose: Purpose,
    /// `None` if the owner alone reads vaults, as in a preview.
    share: Option<Share>,
    _lock: File,
}

impl OutputFolder {
    /// Makes the folder where there is none, waits for a build that is at work in it, and sweeps up after one that
    /// was killed. A folder with files in it that Lyceum did not make is refused untouched, as is one whose `current`
    /// is no link.
    pub fn open(root: &Path, purpose: Purpose) -> Result<Self, BuildError> {
        let failed = |source| BuildError::Write {
            path: root.into(),
            source,
        };
        fs::create_dir_all(root).map_err(failed)?;
        let current = root.join("current");
        if current.symlink_metadata().is_ok_and(|it| !it.is_symlink()) {
            return Err(BuildError::CurrentIsNoLink { path: current });
        }
        let marker = root.join(MARKER);
        let is_ours = marker.exists();
        if !is_ours && fs::read_dir(root).map_err(failed)?.next().is_some() {
            return Err(BuildError::ForeignOutput { path: root.into() });
        }
        let mut lock = File::options()
            .append(true)
            .create(true)
            .open(&marker)
            .map_err(failed)?;
        lock.lock().map_err(failed)?;
        if !is_ours {
            writeln!(
                lock,
                "Lyceum makes this folder and deletes what it no longer needs in it."
            )
            .map_err(failed)?;
        }
        let mut folder = OutputFolder {
            root: root.canonicalize().map_err(failed)?,
            purpose,
            share: None,
            _lock: lock,
        };
        fs::create_dir_all(folder.releases()).map_err(failed)?;
        folder.sweep();
        folder.keep_shared()?;
        Ok(folder)
    }

    /// Finds out which group may read releases, and lets it read the current one.
    fn keep_shared(&mut self) -> Result<(), BuildError> {
        if self.purpose == Purpose::Preview {
            return Ok(());
        }
        let current = self.current().map(|(_, folder)| folder);
        self.share = Share::of(&self.root, current.as_deref());
        let Some(share) = self.share else {
            return Ok(());
        };
        share.admit(&self.releases(), 0)?;
        current.map_or(Ok(()), |it| share.apply_once(&it))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What its releases are for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// Where a release is while it is built.
    pub fn staging(&self) -> PathBuf {
        self.releases().join(".new")
    }

    /// Where an old release is while it is brought up to date.
    pub fn beside_staging(&self) -> PathBuf {
        self.releases().join(".renewed")
    }

    /// Where a release is once it is whole.
    pub fn release(&self, id: &str) -> PathBuf {
        self.releases().join(id)
    }

    /// The release that readers get: its id and its folder.
    pub fn current(&self) -> Option<(String, PathBuf)> {
        let target = fs::read_link(self.root.join("current")).ok()?;
        let id = target.file_name()?.to_str()?.to_owned();
        let folder = self.release(&id);
        folder.is_dir().then_some((id, folder))
    }

    /// Makes a staged release the current one, and lets go of the oldest ones.
    pub fn publish(&self, id: &str) -> Result<(), BuildError> {
        let failed = |source| BuildError::Write {
            path: self.release(id),
            source,
        };
        if let Some(share) = self.share {
            share.apply(&self.staging())?;
        }
        date_now(&self.staging()).map_err(failed)?;
        // One of the same id may be there from before, and there is no knowing who has touched it since.
        self.discard(id);
        fs::rename(self.staging(), self.release(id)).map_err(failed)?;
        self.sync(&self.releases()).map_err(failed)?;
        let before = self.current().map(|it| it.0);
        self.point_at(id).map_err(failed)?;
        let _ = fs::remove_file(self.root.join(ROLLED_BACK));
        self.prune(id, before.as_deref());
        Ok(())
    }

    /// What the owner went back from, while readers still get what was gone back to.
    pub fn rolled_back(&self) -> Option<RolledBack> {
        let note = fs::read(self.root.join(ROLLED_BACK)).ok()?;
        let note: RolledBack = serde_json::from_slice(&note).ok()?;
        (self.current()?.0 == note.to).then_some(note)
    }

    /// Makes an earlier release the current one, and notes that; going forward again leaves no note.
    pub fn go_back(&self, to: &RolledBack) -> Result<(), BuildError> {
        let path = self.root.join(ROLLED_BACK);
        let write = || match to.from == to.to {
            true if path.exists() => fs::remove_file(&path),
            true => Ok(()),
            false => fs::write(&path, serde_json::to_vec(to)?),
        };
        write()
            .and_then(|()| self.point_at(&to.to))
            .map_err(|source| BuildError::Write { path, source })
    }

    /// Ids of the releases that are there, with when they were built, in no order.
    pub fn built(&self) -> Result<Vec<(String, Timestamp)>, BuildError> {
        let failed = |source| BuildError::Read {
            path: self.releases(),
            source,
        };
        let entries = fs::read_dir(self.releases()).map_err(failed)?;
        let built = entries.filter_map(Result::ok).filter_map(|entry| {
            let id = entry.file_name().into_string().ok()?;
            let made = entry.metadata().and_then(|it| it.modified()).ok()?;
            let millis = made
                .duration_since(SystemTime::UNIX_EPOCH)
                .ok()?
                .as_millis();
            let made = Timestamp::from_millis(i64::try_from(millis).ok()?);
            (!id.starts_with('.')).then_some((id, made))
        });
        Ok(built.collect())
    }

    /// Makes what is staged an earlier release, for the next one to be made of.
    pub fn put_aside(&self, id: &str) -> Result<(), BuildError> {
        self.discard(id);
        fs::rename(self.staging(), self.release(id)).map_err(|source| BuildError::Write {
            path: self.release(id),
            source,
        })
    }

    /// Takes a release out of sight in one step, then deletes it. Best effort: what is left is swept up later.
    fn discard(&self, id: &str) {
        // One that bore the same id may still be on its way out.
        let asides = (0_u32..).map(|n| self.releases().join(format!(".old-{n}-{id}")));
        let aside = asides.into_iter().find(|it| !it.exists());
        if let Some(aside) = aside.filter(|it| fs::rename(self.release(id), it).is_ok()) {
            self.delete(aside);
        }
    }

    /// A large release takes long to delete: an author does not wait for it.
    fn delete(&self, folder: PathBuf) {
        let delete = move || {
            let _ = fs::remove_dir_all(folder);
        };
        match self.purpose {
            Purpose::Readers => delete(),
            Purpose::Preview => drop(std::thread::spawn(delete)),
        }
    }

    fn point_at(&self, id: &str) -> io::Result<()> {
        let next = self.root.join(".current-new");
        let _ = fs::remove_file(&next);
        symlink(Path::new("releases").join(id), &next)?;
        fs::rename(&next, self.root.join("current"))?;
        self.sync(&self.root)
    }

    /// What is renamed in a folder stays so also after a loss of power.
    fn sync(&self, folder: &Path) -> io::Result<()> {
        match self.purpose {
            Purpose::Readers => File::open(folder)?.sync_all(),
            Purpose::Preview => Ok(()),
        }
    }

    /// Best effort: what cannot be deleted now is tried again by the next build.
    fn prune(&self, current: &str, before: Option<&str>) {
        let Ok(entries) = fs::read_dir(self.releases()) else {
            return;
        };
        let mut others: Vec<(SystemTime, String)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let made = entry.metadata().and_then(|it| it.modified()).ok()?;
                Some((made, entry.file_name().into_string().ok()?))
            })
            .filter(|(_, id)| id != current)
            .collect();
        // The release that readers had until now is the one to go back to, also where it is not the newest.
        others.sort_by_key(|(made, id)| (Some(id.as_str()) == before, *made));
        for (_, id) in others.iter().rev().skip(self.purpose.n_kept() - 1) {
            self.discard(id);
        }
    }

    fn sweep(&self) {
        let _ = fs::remove_file(self.root.join(".current-new"));
        let Ok(entries) = fs::read_dir(self.releases()) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".old-") {
                self.delete(entry.path());
            } else if name.as_encoded_bytes().starts_with(b".") {
                // Out of the way at once, for the next release is made there.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Releases are told apart by when they were made, also one that was made of an older one.
fn date_now(folder: &Path) -> io::Result<()> {
    let touch = folder.join(".made");
    File::create(&touch)?;
    fs::remove_file(touch)
}
