//! When sessions were last used, written in the background.
//!
//! While one write is under way, the sessions that are used meanwhile are collected for the next: a thousand members
//! who come at once cost a few synced transactions and not a thousand. What a crash loses is a minute of idle time.

use crate::clock::Timestamp;
use crate::edge::accounts::sql;
use crate::edge::store::{Store, StoreError, Tx};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Time that a write is given before the request goes on without waiting for it.
pub const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// Sessions in one statement at most.
const MAX_BATCH: usize = 500;

/// The sessions whose last use is not written yet. Clones share them.
#[derive(Clone, Default)]
pub struct Touches(Arc<Mutex<Pending>>);

#[derive(Default)]
struct Pending {
    used_at: HashMap<Uuid, Timestamp>,
    is_writing: bool,
}

impl Touches {
    /// Has the last use of a session written. The caller that starts a write waits for it, up to 200 ms; one that
    /// finds a write under way does not wait. Reading goes on while writing cannot, so errors are dropped.
    pub async fn add(&self, store: &Store, session: Uuid, now: Timestamp) {
        let starts_writing = {
            let mut pending = self.locked();
            pending.used_at.insert(session, now);
            !std::mem::replace(&mut pending.is_writing, true)
        };
        if starts_writing {
            // A task of its own: it has to end also where the client goes away.
            let written = tokio::spawn(self.clone().write_all(store.clone()));
            let _ = tokio::time::timeout(LONGEST_WAIT, written).await;
        }
    }

    async fn write_all(self, store: Store) {
        while let Some((ids, at)) = self.take() {
            let ids = serde_json::json!(ids).to_string();
            let touch = move |tx: &mut Tx| sql::session::touch(tx, &ids, at);
            let _: Result<(), StoreError> = store.write(touch).await;
        }
    }

    /// The next batch: ids, and the latest use of one of them, which is milliseconds after the first. Where there is
    /// none the write is over.
    fn take(&self) -> Option<(Vec<Uuid>, Timestamp)> {
        let mut pending = self.locked();
        let batch: Vec<_> = pending
            .used_at
            .iter()
            .take(MAX_BATCH)
            .map(|it| (*it.0, *it.1))
            .collect();
        let latest = batch.iter().map(|it| it.1).max();
        pending.is_writing = latest.is_some();
        for (session, _) in &batch {
            pending.used_at.remove(session);
        }
        Some((batch.into_iter().map(|it| it.0).collect(), latest?))
    }

    /// Nothing of the store runs under this lock, so a poisoned one is whole.
    fn locked(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
