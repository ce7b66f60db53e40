//! Health, as a slice of the edge.

use crate::edge::health::http;
use crate::edge::slice::Slice;

/// The probes, and the numbers of releases.
pub const SLICE: Slice = Slice {
    root: Some(http::routes),
    metrics: &[
        "release_damaged_files",
        "release_open",
        "release_opened_timestamp_seconds",
        "release_refused",
    ],
    ..Slice::new("health")
};
