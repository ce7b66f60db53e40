//! The group that may read releases, where builder and edge are two users.
//!
//! A vault is readable by its owner alone unless the owner says otherwise, in one of two ways: the output folder has the
//! setgid bit (`chmod g+s dist`), or the vault of the current release is readable by a group and not by others
//! (`chmod -R g+rX dist`). Then that group can read each release, whatever the umask is.

use crate::site::error::BuildError;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use walkdir::WalkDir;

/// New files in a folder with this bit belong to the group of the folder.
const SETGID: u32 = 0o2000;
const GROUP_READS: u32 = 0o040;
const GROUP_ENTERS: u32 = 0o050;
const OTHERS: u32 = 0o007;

/// A group that can read releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    group: u32,
}

impl Share {
    /// What the owner has set; `None` if the owner alone reads vaults. `current` is the current release.
    pub fn of(output: &Path, current: Option<&Path>) -> Option<Self> {
        let output = output.metadata().ok()?;
        if output.mode() & SETGID != 0 {
            return Some(Share {
                group: output.gid(),
            });
        }
        let vault = current?.join("vault").metadata().ok()?;
        let is_shared = vault.mode() & (GROUP_ENTERS | OTHERS) == GROUP_ENTERS;
        is_shared.then(|| Share { group: vault.gid() })
    }

    /// Lets the group read a folder with everything in it. Files of a vault stay closed to others.
    pub fn apply(self, folder: &Path) -> Result<(), BuildError> {
        for entry in WalkDir::new(folder) {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(folder).to_owned();
                self.failed(&path, error.into())
            })?;
            let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let closed = if below.starts_with("vault") {
                OTHERS
            } else {
                0
            };
            self.admit(entry.path(), closed)?;
        }
        Ok(())
    }

    /// The same for a release, unless its vault is shared already.
    pub fn apply_once(self, release: &Path) -> Result<(), BuildError> {
        match release.join("vault").metadata() {
            Ok(vault)
                if vault.gid() == self.group && vault.mode() & GROUP_ENTERS == GROUP_ENTERS =>
            {
                Ok(())
            }
            _ => self.apply(release),
        }
    }

    /// Lets the group read one file or folder, and takes the bits in `closed` away.
    pub fn admit(self, path: &Path, closed: u32) -> Result<(), BuildError> {
        let change = || {
            let metadata = path.symlink_metadata()?;
            if metadata.is_symlink() {
                return Ok(());
            }
            if metadata.gid() != self.group {
                chown(path, None, Some(self.group))?;
            }
            let mode = self.mode_of(&metadata, closed);
            match mode == metadata.mode() {
                true => Ok(()),
                false => fs::set_permissions(path, Permissions::from_mode(mode)),
            }
        };
        change().map_err(|source| self.failed(path, source))
    }

    fn mode_of(self, metadata: &Metadata, closed: u32) -> u32 {
        let added = match metadata.is_dir() {
            true => GROUP_ENTERS | SETGID,
            false => GROUP_READS,
        };
        (metadata.mode() | added) & !closed
    }

    fn failed(self, path: &Path, source: io::Error) -> BuildError {
        BuildError::Share {
            path: path.into(),
            group: self.group,
            source,
        }
    }
}
