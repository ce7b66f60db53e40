//! Accounts, as a slice of the edge.

use crate::edge::accounts::{actions, forms, http, jobs, limits, sql};
use crate::edge::slice::Slice;

/// Accounts: members, how they sign in, and the sessions that they open.
pub const SLICE: Slice = Slice {
    api: Some(http::routes),
    forms: Some(forms::routes),
    jobs: jobs::ALL,
    tables: sql::tables::TABLES,
    limits: limits::ALL,
    attempts: limits::ATTEMPTS,
    actions: actions::ALL,
    settings: &["members.sign_up", "members.verify_email"],
    ..Slice::new("accounts")
};
