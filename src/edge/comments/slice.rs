//! Comments, as a slice of the edge.

use crate::edge::comments::{http, jobs, service, sql};
use crate::edge::slice::Slice;

/// Comments.
pub const SLICE: Slice = Slice {
    api: Some(http::routes),
    jobs: &[jobs::RENDER],
    tables: sql::TABLES,
    actions: &[service::REMOVE],
    settings: &[
        "comments.access",
        "comments.depth",
        "comments.edit_minutes",
        "comments.per_hour",
    ],
    ..Slice::new("comments")
};
