//! Attempts, as a slice of the edge.

use crate::edge::slice::Slice;
use crate::edge::tables::Table;

/// Limits that outlive a restart.
pub const SLICE: Slice = Slice {
    tables: &[Table {
        neither: &[("subject", "a keyed hash of an address, a name or a client")],
        ..Table::new("attempt")
    }],
    ..Slice::new("attempts")
};
