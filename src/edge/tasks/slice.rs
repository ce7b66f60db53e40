//! Durable jobs, as a slice of the edge.

use crate::edge::slice::Slice;
use crate::edge::tasks::sql;

/// The jobs of all slices. What runs them also deletes those that ended.
pub const SLICE: Slice = Slice {
    tables: sql::TABLES,
    metrics: &["jobs_failed_total"],
    ..Slice::new("tasks")
};
