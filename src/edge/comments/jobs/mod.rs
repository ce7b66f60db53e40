//! Comments that an earlier version of the renderer made into HTML are rendered again, some at a time.
//!
//! The Markdown is kept, so nothing is lost; a comment that would be refused today keeps the HTML it has.

#[cfg(test)]
mod tests;

use crate::edge::comments::{Text, sql};
use crate::edge::slice::{Job, When};
use crate::edge::state::Edge;
use crate::edge::store::jobs::TakenJob;
use crate::edge::tasks::JobError;
use uuid::Uuid;

/// Rendered between two writes.
const BATCH: i64 = 64;

/// Renders older comments again. It has nothing to do after its first run.
pub const RENDER: Job = Job {
    kind: "comments.render",
    when: When::Every(3600),
    run: render_again,
};

fn render_again(edge: &Edge, _: &TakenJob) -> Result<(), JobError> {
    let store = &edge.store;
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
