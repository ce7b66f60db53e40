//! Facts of pages that cost much to gather, kept in memory for some seconds.
//!
//! Entry point: [`Kept::facts`]. A page is gathered by one request at a time, while others wait for it, and
//! measured off the async threads. What is kept is a few numbers, not the comments they were measured on.

use crate::edge::engagement::{Facts, Gathered, sql};
use crate::edge::error::ApiError;
use crate::edge::state::Edge;
use crate::ids::PageId;
use quick_cache::sync::Cache;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Pages whose facts are kept.
const PAGES: usize = 10_000;
/// Comments, and ten deeds each, that make a second of keeping: a page that is quickly gathered is always fresh.
const COST_A_SECOND: u64 = 20;
const NANOS: u64 = 1_000_000_000;

/// The facts of pages.
pub struct Kept {
    pages: Cache<PageId, Arc<Mutex<Option<Held>>>>,
}

#[derive(Clone, Copy)]
struct Held {
    facts: Facts,
    until_nanos: u64,
}

impl Kept {
    /// Nothing kept yet.
    pub fn new() -> Self {
        Kept {
            pages: Cache::new(PAGES),
        }
    }

    /// The facts of a page: at most ten seconds old for the loudest, and of this moment for a quiet one.
    pub async fn facts(&self, edge: &Edge, asked: sql::Asked) -> Result<Facts, ApiError> {
        let slot = self
            .pages
            .get_or_insert_with(&asked.page, || Ok::<_, ApiError>(Arc::default()))?;
        let mut held = slot.lock().await;
        let now = edge.clock.monotonic_nanos();
        if let Some(held) = held.filter(|it| now < it.until_nanos) {
            return Ok(held.facts);
        }
        let gathered: Gathered = edge
            .store
            .read(move |tx| sql::gather(tx, &asked).map_err(ApiError::from))
            .await?;
        let cost = gathered.cost();
        let facts = tokio::task::spawn_blocking(move || gathered.measured())
            .await
            .map_err(ApiError::internal)?;
        let until_nanos = now + cost / COST_A_SECOND * NANOS;
        *held = Some(Held { facts, until_nanos });
        Ok(facts)
    }
}

impl Default for Kept {
    fn default() -> Self {
        Kept::new()
    }
}
