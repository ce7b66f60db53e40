//! Engagement, as a slice of the edge.

use crate::edge::engagement::{http, jobs, sql};
use crate::edge::limits::RateLimit;
use crate::edge::slice::Slice;

/// Engagement.
pub const SLICE: Slice = Slice {
    api: Some(http::routes),
    jobs: &[jobs::FORGET],
    tables: sql::TABLES,
    limits: &[&BEACON],
    settings: &["scores.hot_hours", "scores.shown", "scores.window_days"],
    ..Slice::new("engagement")
};

/// Sending reading beacons.
static BEACON: RateLimit = RateLimit {
    name: "beacon",
    routes: &["/api/events"],
    burst: 240,
    secs: 1,
};
