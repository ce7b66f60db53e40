//! All slices of the edge. A new slice is a folder and a line in [`SLICES`].
//!
//! Router, job runner, limits, export, erasure and merges of pages read this table. Nothing else lists slices.

#[cfg(test)]
mod tests;

use crate::edge::limits::RateLimit;
use crate::edge::slice::Slice;
use crate::edge::tables::{Table, Tables};
use std::sync::LazyLock;

/// One line a slice, in the order of an export and an erasure.
pub static SLICES: &[&Slice] = &[
    &crate::edge::accounts::slice::SLICE,
    &crate::edge::comments::slice::SLICE,
    &crate::edge::reactions::slice::SLICE,
    &crate::edge::engagement::slice::SLICE,
    &crate::edge::audit::slice::SLICE,
    &crate::edge::idempotency::slice::SLICE,
    &crate::edge::access::slice::SLICE,
    &crate::edge::attempts::slice::SLICE,
    &crate::edge::health::slice::SLICE,
    &crate::edge::mail::slice::SLICE,
    &crate::edge::page_keys::slice::SLICE,
    &crate::edge::tasks::slice::SLICE,
    &EDGE,
];

/// What belongs to no noun.
const EDGE: Slice = Slice {
    tables: &[Table::new("setting")],
    metrics: &[
        "http_connections",
        "http_request_seconds",
        "http_requests_total",
        "log_lines_dropped_total",
        "release_file_faults_total",
        "releases_opened_total",
        "releases_refused_total",
    ],
    ..Slice::new("edge")
};

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::new(SLICES.iter().flat_map(|it| it.tables)));

/// The tables of all slices.
pub fn tables() -> &'static Tables {
    &TABLES
}

/// The limits of all slices.
pub fn limits() -> Vec<&'static RateLimit> {
    SLICES.iter().flat_map(|it| it.limits).copied().collect()
}
