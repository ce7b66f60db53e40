//! The keys of pages, as a slice of the edge.

use crate::edge::page_keys::merges::jobs;
use crate::edge::slice::Slice;
use crate::edge::tables::{Merge, Table};

/// The keys of pages.
pub const SLICE: Slice = Slice {
    jobs: &[jobs::MERGE],
    tables: &[
        Table {
            pages: &["page_key"],
            merge: Some(Merge::Kept(
                "the history of keys, of which a merge is a part",
            )),
            ..Table::new("page_name")
        },
        Table {
            pages: &["from_key", "into_key"],
            merge: Some(Merge::Kept("the merge itself")),
            ..Table::new("page_merge")
        },
        Table::new("page_release"),
        Table {
            pages: &["page_key"],
            merge: Some(Merge::Kept("where each page was")),
            ..Table::new("page_address")
        },
    ],
    ..Slice::new("page_keys")
};
