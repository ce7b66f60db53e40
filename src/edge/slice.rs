//! The contract of a slice: everything that the edge must know of it, as one constant.
//!
//! A slice has a [`Slice`] in its `slice.rs`; `slices/` lists them all.

use crate::edge::attempts;
use crate::edge::audit::Action;
use crate::edge::limits::RateLimit;
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tables::Table;
use crate::edge::tasks::{JobError, Retry};
use axum::Router;
use utoipa_axum::router::OpenApiRouter;

/// What a slice brings. What it does not bring is empty in [`Slice::new`].
pub struct Slice {
    /// Its folder below `src/edge`.
    pub name: &'static str,
    /// Routes below `/api`, each described where it is handled.
    pub api: Option<fn() -> OpenApiRouter<Edge>>,
    /// Routes outside of the site's base path, which need no description.
    pub root: Option<fn() -> Router<Edge>>,
    /// Plain forms, which need no description.
    pub forms: Option<fn() -> Router<Edge>>,
    /// Durable jobs and periodic work.
    pub jobs: &'static [Job],
    /// Tables that only its own `sql.rs` writes to, with what a merge of pages, an export and an erasure do with them.
    pub tables: &'static [Table],
    /// How often a client may do what, counted in memory.
    pub limits: &'static [&'static RateLimit],
    /// How often something may be done by or to a subject, counted in the store.
    pub attempts: &'static [&'static attempts::Limit],
    /// What it notes in the audit log.
    pub actions: &'static [Action],
    /// Keys of `site.toml` that it reads from the manifest.
    pub settings: &'static [&'static str],
    /// Names of what it counts and measures for `/metrics`.
    pub metrics: &'static [&'static str],
}

/// Work that the job runner does.
pub struct Job {
    /// Its kind, as the store has it.
    pub kind: &'static str,
    /// When it runs.
    pub when: When,
    /// Runs it, on a thread that may block.
    pub run: fn(&Edge, &TakenJob) -> Result<(), JobError>,
}

/// When a job runs.
#[derive(Clone, Copy)]
pub enum When {
    /// At the start, and then every so many seconds, once over all edges on the store.
    Every(i64),
    /// When a row asks for it.
    Asked {
        /// What happens after a failure.
        retry: Retry,
        /// How many run at once.
        n_workers: usize,
    },
}

impl Slice {
    /// A slice that brings nothing.
    pub const fn new(name: &'static str) -> Self {
        Slice {
            name,
            api: None,
            root: None,
            forms: None,
            jobs: &[],
            tables: &[],
            limits: &[],
            attempts: &[],
            actions: &[],
            settings: &[],
            metrics: &[],
        }
    }
}
