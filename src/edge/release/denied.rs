//! Whose permission is missing where a release cannot be read: who must be allowed what.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What stands in the way, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    path: PathBuf,
    found: Option<Found>,
    user: u32,
    groups: Vec<u32>,
}

/// The owner of a file or folder, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    is_folder: bool,
    owner: u32,
    group: u32,
    mode: u32,
}

impl From<Metadata> for Found {
    fn from(metadata: Metadata) -> Self {
        Found {
            is_folder: metadata.is_dir(),
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.permissions().mode() & 0o7777,
        }
    }
}

impl Denied {
    /// Of a path that this process may not read: the path itself, or the nearest folder above it that it may not enter.
    pub fn of(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        // Of what lies in a folder that may not be entered nothing is known, not even its owner.
        let known = path
            .ancestors()
            .find_map(|it| Some((it, it.metadata().ok()?)));
        let mut groups: Vec<u32> = rustix::process::getgroups()
            .unwrap_or_default()
            .iter()
            .map(|it| it.as_raw())
            .collect();
        groups.insert(0, rustix::process::getegid().as_raw());
        groups.sort_unstable();
        groups.dedup();
        Denied {
            path: known.as_ref().map_or(&*path, |it| it.0).into(),
            found: known.map(|it| it.1.into()),
            user: rustix::process::geteuid().as_raw(),
            groups,
        }
    }

    /// What stands in the way, as a path on this machine.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same as the log says it, but for where the folder lies.
    pub fn without_path(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        self.told(&name.to_string_lossy())
    }

    /// What the owner can do about it.
    pub fn help(&self) -> String {
        let group = self.groups.first().copied().unwrap_or_default();
        format!(
            "let a group of that user read the whole folder of releases, such as `chgrp -R {group} dist && chmod -R g+rX dist && chmod g+s dist`, which later builds keep; or run `build` and `edge` as the same user"
        )
    }

    fn told(&self, name: &str) -> String {
        let groups: Vec<String> = self.groups.iter().map(u32::to_string).collect();
        let who = format!("user {} (groups {})", self.user, groups.join(", "));
        match &self.found {
            Some(found) => format!(
                "{who} must be allowed to {} `{name}`, which belongs to user {} and group {} with mode {:04o}",
                if found.is_folder {
                    "enter and read"
                } else {
                    "read"
                },
                found.owner,
                found.group,
                found.mode
            ),
            None => format!("{who} must be allowed to read `{name}`"),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&self.path.to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_must_be_allowed_what() {
        let denied = |is_folder, mode| Denied {
            path: "/srv/dist/releases/7f3a/vault".into(),
            found: Some(Found {
                is_folder,
                owner: 0,
                group: 0,
                mode,
            }),
            user: 998,
            groups: vec![33, 998],
        };
        assert_eq!(
            denied(true, 0o700).to_string(),
            "user 998 (groups 33, 998) must be allowed to enter and read `/srv/dist/releases/7f3a/vault`, which belongs to user 0 and group 0 with mode 0700"
        );
        assert_eq!(
            denied(false, 0o2600).without_path(),
            "user 998 (groups 33, 998) must be allowed to read `vault`, which belongs to user 0 and group 0 with mode 2600"
        );
        let unknown = Denied {
            found: None,
            ..denied(true, 0)
        };
        assert!(
            unknown
                .without_path()
                .ends_with("must be allowed to read `vault`")
        );
    }

    #[test]
    fn it_is_the_nearest_that_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b/c");
        assert_eq!(Denied::of(&inner).path(), folder.path());
    }
}
