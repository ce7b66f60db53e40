//! A release as it lies on disk, and what may be wrong with it: other than a clean build's, or written where it could
//! have been shared.

use lyceum::site::publish::Published;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The one file that every new release has of its own.
const MANIFEST: &str = "vault/manifest.json";

/// The current release of an output folder.
#[derive(PartialEq)]
pub struct Release {
    id: String,
    /// Of the link that makes it current: the same one as long as nothing is published.
    link: u64,
    /// By path below the release; folders end in `/` and have no bytes.
    entries: BTreeMap<String, Entry>,
}

#[derive(PartialEq)]
struct Entry {
    bytes: Vec<u8>,
    mode: u32,
    inode: u64,
}

impl Release {
    /// `None` where there is none.
    pub fn read(out: &Path) -> Option<Self> {
        let link = out.join("current");
        let folder = out.join(fs::read_link(&link).ok()?);
        let mut entries = BTreeMap::new();
        for entry in walkdir::WalkDir::new(&folder).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry
                .path()
                .strip_prefix(&folder)
                .unwrap()
                .to_str()
                .unwrap();
            let metadata = entry.metadata().unwrap();
            let (path, bytes) = match metadata.is_dir() {
                true => (format!("{path}/"), Vec::new()),
                false => (path.to_owned(), fs::read(entry.path()).unwrap()),
            };
            let entry = Entry {
                bytes,
                mode: metadata.mode() & 0o7777,
                inode: metadata.ino(),
            };
            entries.insert(path, entry);
        }
        Some(Release {
            id: folder.file_name()?.to_str()?.to_owned(),
            link: fs::symlink_metadata(&link).ok()?.ino(),
            entries,
        })
    }

    /// Where this release is not the one that a clean build made.
    pub fn differences(&self, clean: &Release) -> Vec<String> {
        let paths: BTreeSet<&String> = self.entries.keys().chain(clean.entries.keys()).collect();
        let mut faults: Vec<String> = paths
            .into_iter()
            .filter_map(|path| {
                let what = match (self.entries.get(path), clean.entries.get(path)) {
                    (None, _) => "is missing".to_owned(),
                    (_, None) => "should not be there".to_owned(),
                    (Some(ours), Some(theirs)) if ours.bytes != theirs.bytes => {
                        format!(
                            "differs from a clean build{}",
                            first_difference(&ours.bytes, &theirs.bytes)
                        )
                    }
                    (Some(ours), Some(theirs)) if ours.mode != theirs.mode => {
                        format!(
                            "has mode {:o}, after a clean build {:o}",
                            ours.mode, theirs.mode
                        )
                    }
                    _ => return None,
                };
                Some(format!("{path} {what}"))
            })
            .collect();
        if faults.is_empty() && self.id != clean.id {
            faults.push(format!(
                "its id is {}, that of a clean build {}",
                self.id, clean.id
            ));
        }
        faults
    }

    /// Files that were written though the release before had them, or changed under its feet. Nothing may be written
    /// at all where nothing is new.
    pub fn wrongly_written(&self, before: &Release) -> Vec<String> {
        if self.id == before.id {
            return match self == before {
                true => Vec::new(),
                false => vec!["something was written though nothing has changed".into()],
            };
        }
        let both = self
            .files()
            .filter_map(|(path, now)| Some((path, now, before.entries.get(path)?)));
        let wrong = both.filter_map(|(path, now, then)| {
            match (now.bytes == then.bytes, now.inode == then.inode) {
                (true, false) if path != MANIFEST => {
                    Some(format!("{path} was written though it is the same"))
                }
                (false, true) => Some(format!("{path} was changed in the release before")),
                _ => None,
            }
        });
        wrong.collect()
    }

    /// Where the report of a build is not what happened to the disk.
    pub fn wrongly_told(&self, before: &Release, published: &Published) -> Vec<String> {
        let (ours, theirs) = (self.public(), before.public());
        let changed: Vec<String> = ours
            .union(&theirs)
            .filter(|path| {
                let path = format!("public/{path}");
                let bytes =
                    |release: &Release| release.entries.get(&path).map(|it| it.bytes.clone());
                bytes(self) != bytes(before)
            })
            .cloned()
            .collect();
        let old: BTreeSet<u64> = before.files().map(|(_, it)| it.inode).collect();
        let n_new = self
            .files()
            .filter(|(_, it)| !old.contains(&it.inode))
            .count();
        let mut faults = Vec::new();
        if published.is_new != (self.link != before.link) {
            faults.push(format!(
                "told that its release is new: {}",
                published.is_new
            ));
        }
        if published.changed != changed {
            faults.push(format!(
                "told of the changes {:?}, there are {changed:?}",
                published.changed
            ));
        }
        if published.n_written != n_new {
            faults.push(format!(
                "told of {} files written, {n_new} are new",
                published.n_written
            ));
        }
        faults
    }

    fn files(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter().filter(|(path, _)| !path.ends_with('/'))
    }

    /// Files below `public/`, with compressed copies.
    fn public(&self) -> BTreeSet<String> {
        let paths = self.files().map(|(path, _)| path.strip_prefix("public/"));
        paths.flatten().map(str::to_owned).collect()
    }
}

/// The first faults, and the beginning of each: what one line tells, a thousand do not tell better.
pub fn told(faults: &[String]) -> String {
    let lines = faults.iter().take(12);
    let mut text: Vec<String> = lines.map(|it| it.chars().take(400).collect()).collect();
    if faults.len() > text.len() {
        text.push(format!("and {} more", faults.len() - text.len()));
    }
    text.join("\n")
}

/// Some text around the first byte that differs, ours and theirs.
fn first_difference(ours: &[u8], theirs: &[u8]) -> String {
    let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let piece = &bytes[at.saturating_sub(30).min(bytes.len())..(at + 60).min(bytes.len())];
        String::from_utf8_lossy(piece).into_owned()
    };
    format!(
        " at byte {at}: {:?} and not {:?}",
        around(ours),
        around(theirs)
    )
}
