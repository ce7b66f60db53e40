//! The audit log, as a slice of the edge.

use crate::edge::audit::sql;
use crate::edge::slice::Slice;

/// The audit log. What is noted is listed by each slice that notes it.
pub const SLICE: Slice = Slice {
    tables: sql::TABLES,
    ..Slice::new("audit")
};
