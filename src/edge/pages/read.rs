//! Files of the open release, from memory or from the disk.

use crate::edge::error::ApiError;
use crate::edge::release::{Content, Listed, OpenRelease};
use axum::body::Bytes;
use std::sync::Arc;

/// A file of the release: from memory, or from the disk on a thread that may wait for it.
pub async fn read(release: &Arc<OpenRelease>, file: &Listed) -> Result<Content, ApiError> {
    if let Some(cached) = release.cached(file) {
        return Ok(Content::Whole(cached));
    }
    // Reading big files through takes long: one at a time, so that they do not take all threads that wait for disks.
    let _turn = match release.knows(file) {
        true => None,
        false => Some(release.reading_through.lock().await),
    };
    let (release, file) = (Arc::clone(release), file.clone());
    let loaded = tokio::task::spawn_blocking(move || release.load(&file)).await;
    Ok(loaded.map_err(ApiError::internal)??)
}

/// All of a file, whatever its length: pages and parts are put together in memory.
pub async fn read_whole(release: &Arc<OpenRelease>, file: &Listed) -> Result<Bytes, ApiError> {
    if let Some(cached) = release.cached(file) {
        return Ok(cached);
    }
    let (release, file) = (Arc::clone(release), file.clone());
    let loaded = tokio::task::spawn_blocking(move || release.load_whole(&file)).await;
    Ok(loaded.map_err(ApiError::internal)??)
}
