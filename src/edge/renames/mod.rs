//! Pages that were renamed: what was said and done under a former name belongs to the present one.
//!
//! Requests follow former names at once, by the open release; rows follow with the first round of work
//! after a release was opened. Doing it again moves nothing.

mod sql;

#[cfg(test)]
pub use sql::follow;

use crate::edge::state::Edge;
use crate::edge::tasks::{JobError, Runner};
use crate::ids::PageId;
use crate::manifest::Manifest;
use std::sync::{Arc, Mutex, PoisonError, Weak};

const FOLLOW: &str = "renames.follow";
const EVERY_SECS: i64 = 30;

/// Former and present names. A name that another page has taken since is nobody's former one.
pub fn former_names(manifest: &Manifest) -> Vec<(PageId, PageId)> {
    let renamed = manifest.renamed.iter();
    let moved = renamed
        .filter(|(old, new)| !manifest.pages.contains_key(old) && manifest.pages.contains_key(new));
    moved.map(|(old, new)| (old.clone(), new.clone())).collect()
}

/// Adds the work that follows renames, once for each release.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let edge = edge.clone();
    let last = Mutex::new(Weak::new());
    let follow = move |_: &_| -> Result<(), JobError> {
        let release = edge.release();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if Weak::ptr_eq(&last, &Arc::downgrade(&release)) {
            return Ok(());
        }
        for (old, new) in former_names(release.manifest()) {
            edge.store
                .write_blocking(move |tx| sql::follow(tx, &old, &new))?;
        }
        *last = Arc::downgrade(&release);
        Ok(())
    };
    runner.every(FOLLOW, EVERY_SECS, Arc::new(follow))
}
