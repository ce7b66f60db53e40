//! Facts of pages that cost much to gather, kept in memory.
//!
//! Entry point: [`Kept::facts`]. A page is gathered by one request at a time and measured off the async threads. What is
//! kept is a few numbers, not the comments they were measured on. When they are too old they are gathered anew: a page
//! that costs much answers with what is kept meanwhile, so that only the first request of all waits for it.

use crate::clock::Clock;
use crate::edge::engagement::{Facts, Gathered, sql};
use crate::edge::error::ApiError;
use crate::edge::page_keys::PageKey;
use crate::edge::store::Store;
use crate::edge::threads::Threads;
use quick_cache::sync::Cache;
use std::sync::{Arc, Mutex, PoisonError};

/// Pages whose facts are kept.
const PAGES: usize = 10_000;
/// Comments, and ten activities each, that make a second of keeping: a page that is quickly gathered is always fresh.
const COST_A_SECOND: u64 = 20;
/// Facts that are older than this are not shown while they are gathered anew.
const LONGEST_SECS: u64 = 300;
const NANOS: u64 = 1_000_000_000;

/// The facts of pages.
pub struct Kept {
    pages: Cache<PageKey, Arc<Slot>>,
    threads: Threads,
}

/// The facts of one page.
#[derive(Default)]
struct Slot {
    held: Mutex<Option<Held>>,
    gathering: Arc<Turn>,
}

/// Whose turn it is to gather a page.
type Turn = tokio::sync::Mutex<()>;

#[derive(Clone, Copy)]
struct Held {
    facts: Facts,
    until_nanos: u64,
    shown_until_nanos: u64,
}

impl Slot {
    /// What is kept, as long as `is_good`.
    fn held(&self, is_good: impl Fn(&Held) -> bool) -> Option<Facts> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.filter(is_good).map(|it| it.facts)
    }

    async fn gather(
        &self,
        (store, clock, threads): (&Store, &Clock, &Threads),
        asked: sql::Asked,
    ) -> Result<Facts, ApiError> {
        let now = clock.monotonic_nanos();
        let (kept_secs, facts) = threads.run(measured(store.clone(), asked)).await?;
        let shown_secs = match kept_secs {
            0 => 0,
            _ => LONGEST_SECS,
        };
        let held = Held {
            facts,
            until_nanos: now + kept_secs * NANOS,
            shown_until_nanos: now + shown_secs * NANOS,
        };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(facts)
    }
}

/// The facts of a page, and for how many seconds they are kept.
async fn measured(store: Store, asked: sql::Asked) -> Result<(u64, Facts), ApiError> {
    let gathered: Gathered = store
        .read(move |tx| sql::gather(tx, &asked).map_err(ApiError::from))
        .await?;
    let kept_secs = gathered.cost() / COST_A_SECOND;
    let measured = tokio::task::spawn_blocking(move || gathered.measured());
    Ok((kept_secs, measured.await.map_err(ApiError::internal)?))
}

impl Kept {
    /// Nothing kept yet. Pages are measured on `threads`.
    pub fn new(threads: Threads) -> Self {
        Kept {
            pages: Cache::new(PAGES),
            threads,
        }
    }

    /// The facts of a page: of this moment for a quiet one, and for the loudest at most ten seconds old where it is
    /// asked for all the time, and at most five minutes where it is not.
    pub async fn facts(
        &self,
        (store, clock): (&Store, &Clock),
        asked: sql::Asked,
    ) -> Result<Facts, ApiError> {
        let slot = self
            .pages
            .get_or_insert_with(&asked.page, || Ok::<_, ApiError>(Arc::default()))?;
        let now = clock.monotonic_nanos();
        if let Some(facts) = slot.held(|it| now < it.until_nanos) {
            return Ok(facts);
        }
        if let Some(facts) = slot.held(|it| now < it.shown_until_nanos) {
            if let Ok(turn) = Arc::clone(&slot.gathering).try_lock_owned() {
                let (store, clock) = (store.clone(), clock.clone());
                let threads = self.threads.clone();
                tokio::spawn(async move {
                    if let Err(error) = slot.gather((&store, &clock, &threads), asked).await {
                        tracing::warn!(%error, "the facts of a page cannot be gathered");
                    }
                    drop(turn);
                });
            }
            return Ok(facts);
        }
        let _turn = slot.gathering.lock().await;
        let now = clock.monotonic_nanos();
        match slot.held(|it| now < it.until_nanos) {
            Some(facts) => Ok(facts),
            None => slot.gather((store, clock, &self.threads), asked).await,
        }
    }
}
