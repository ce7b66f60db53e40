//! Comments that an earlier version of the renderer made into HTML are rendered again, some at a time.
//!
//! The Markdown is kept, so nothing is lost; a comment that would be refused today keeps the HTML it has.

#[cfg(test)]
mod tests;

use crate::edge::comments::{Text, sql};
use crate::edge::state::Edge;
use crate::edge::store::Store;
use crate::edge::tasks::{JobError, Runner};
use std::sync::Arc;
use uuid::Uuid;

const RENDER: &str = "comments.render";
const EVERY_SECS: i64 = 3600;
/// Rendered between two writes.
const BATCH: i64 = 64;

/// Adds the work, which has nothing to do after its first run.
pub fn add(runner: Runner, edge: &Edge) -> Runner {
    let store = edge.store.clone();
    runner.every(
        RENDER,
        EVERY_SECS,
        Arc::new(move |_: &_| render_again(&store)),
    )
}

fn render_again(store: &Store) -> Result<(), JobError> {
    loop {
        let old = store.read_blocking(|tx| sql::rendered_before(tx, BATCH))?;
        if old.is_empty() {
            return Ok(());
        }
        // Not within the write: others wait for it.
        let rendered: Vec<(Uuid, String, Option<String>)> = old
            .into_iter()
            .map(|(id, body)| {
                let html = Text::parse(&body).ok().map(|it| it.html);
                (id, body, html)
            })
            .collect();
        store.write_blocking(move |tx| {
            for (id, body, html) in &rendered {
                sql::set_html(tx, *id, body, html.as_deref())?;
            }
            Ok::<_, JobError>(())
        })?;
    }
}
