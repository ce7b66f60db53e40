//! Access, as a slice of the edge.

use crate::edge::access::http;
use crate::edge::slice::Slice;

/// Who may read what.
pub const SLICE: Slice = Slice {
    api: Some(http::routes),
    ..Slice::new("access")
};
