//! Files of the open release that could not be read as they were published.
//!
//! Each is told once in the log and counted. It leaves the list when it is read right: by the next reader who wants
//! it, or by [`OpenRelease::look_again`], which the process calls from time to time.

use crate::clock::Stopwatch;
use crate::edge::release::listed::{FileError, Listed};
use crate::edge::release::{OpenRelease, stamp_of};
use crate::stamp::Stamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// As many are listed; where there are more, the others are found when these are right again.
const MAX_LISTED: usize = 1000;
/// A file is tried again after this also if the system says that nothing has happened to it.
const AGAIN_SECS: f64 = 10.0;

/// The list.
#[derive(Debug, Default)]
pub struct Damage(Mutex<BTreeMap<String, Damaged>>);

#[derive(Clone, Debug)]
struct Damaged {
    file: Listed,
    stamp: Option<Stamp>,
    tried: Stopwatch,
}

impl Damage {
    /// What came of reading a file: `fault` for the list, `None` to take it off.
    pub fn note(&self, dir: &Path, file: &Listed, fault: Option<&FileError>) {
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(fault) = fault else {
            if listed.remove(&file.path).is_some() {
                tracing::info!(file = file.path, "a file is again as it was published");
            }
            return;
        };
        let folder = file.path.rsplit_once('/').map_or("", |it| it.0);
        let folder = if file.is_public() { "public" } else { folder };
        metrics::counter!("release_file_faults_total", "folder" => folder.to_owned()).increment(1);
        let damaged = Damaged {
            file: file.clone(),
            stamp: stamp_of(&dir.join(&file.path)),
            tried: Stopwatch::start(),
        };
        let is_new = !listed.contains_key(&file.path);
        if is_new && listed.len() < MAX_LISTED {
            tracing::error!(%fault, "a file of the open release is not served");
        }
        if !is_new || listed.len() < MAX_LISTED {
            listed.insert(file.path.clone(), damaged);
        }
    }

    /// How many files are listed, and how many of them anyone may have.
    pub fn counts(&self) -> (usize, usize) {
        let listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let public = listed.values().filter(|it| it.file.is_public());
        (listed.len(), public.count())
    }

    /// Those that something has happened to since they were tried, or that were not tried for long.
    fn due(&self, dir: &Path) -> Vec<Listed> {
        let listed = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let is_due = |it: &Damaged| {
            it.tried.secs() > AGAIN_SECS || stamp_of(&dir.join(&it.file.path)) != it.stamp
        };
        let due = listed.into_values().filter(is_due);
        due.map(|it| it.file).collect()
    }
}

impl OpenRelease {
    /// Tries damaged files again that may have been repaired. Blocks on the disk.
    pub fn look_again(&self) {
        for file in self.damage.due(&self.dir) {
            // What comes of it is noted.
            let _ = self.verify(&file);
        }
    }

    /// How many files were found damaged and are not repaired yet, and how many of them are public.
    pub fn n_damaged(&self) -> (usize, usize) {
        self.damage.counts()
    }
}
