//! Pages that were renamed: what was said and done under a former name belongs to the present one.
//!
//! Requests follow former names by the open release; rows follow before a release is opened, some at a time, so that
//! no other write waits for them. Comments are listed under both names meanwhile; only the numbers of the page are behind.
//! Where both names have a row of one member, the present name's stays. Doing it again moves nothing.

pub mod jobs;
mod sql;

#[cfg(test)]
mod conversations;
#[cfg(test)]
pub use sql::go_on;

use crate::edge::store::{Store, StoreError};
use crate::ids::PageId;
use crate::manifest::Manifest;

/// Former and present names. A name that another page has taken since is nobody's former one.
pub fn former_names(manifest: &Manifest) -> Vec<(PageId, PageId)> {
    let renamed = manifest.renamed.iter();
    let moved = renamed
        .filter(|(old, new)| !manifest.pages.contains_key(old) && manifest.pages.contains_key(new));
    moved.map(|(old, new)| (old.clone(), new.clone())).collect()
}

/// Moves what stands under former names, as far as anything does. Called before a release is opened, so that the
/// conversation of a moved page is there at its first request. A failure is logged; the job tries again.
pub fn follow_all(store: &Store, manifest: &Manifest) {
    if let Err(error) = try_follow_all(store, manifest) {
        tracing::error!(%error, "what was said under former names of pages cannot be moved yet");
    }
}

fn try_follow_all(store: &Store, manifest: &Manifest) -> Result<(), StoreError> {
    let former = former_names(manifest);
    let held = store.read_blocking(move |tx| {
        let mut held = Vec::new();
        for (old, new) in &former {
            if sql::is_known(tx, old)? {
                held.push((old.clone(), new.clone()));
            }
        }
        Ok::<_, StoreError>(held)
    })?;
    for (old, new) in held {
        store.write_in_batches((), move |tx, (), limit| sql::go_on(tx, &old, &new, limit))?;
    }
    Ok(())
}
