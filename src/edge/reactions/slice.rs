//! Reactions, as a slice of the edge.

use crate::edge::reactions::{http, sql};
use crate::edge::slice::Slice;

/// Reactions.
pub const SLICE: Slice = Slice {
    api: Some(http::routes),
    tables: sql::TABLES,
    ..Slice::new("reactions")
};
