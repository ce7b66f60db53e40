//! Requests that are sent again, as a slice of the edge.

use crate::edge::idempotency::{jobs, sql};
use crate::edge::slice::Slice;

/// Answers that are kept for a repeated request.
pub const SLICE: Slice = Slice {
    jobs: &[jobs::FORGET],
    tables: sql::TABLES,
    ..Slice::new("idempotency")
};
