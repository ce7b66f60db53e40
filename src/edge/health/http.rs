//! `GET /healthz`: a word. `GET /readyz`: JSON, 200 or 503.

use crate::edge::error::ApiError;
use crate::edge::health::{Readiness, sql};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use std::time::Duration;
use tokio::time::timeout;

/// A store that takes longer than this to answer the smallest question is not ready.
const STORE_ANSWERS: Duration = Duration::from_secs(1);

/// Both probes.
pub fn routes() -> Router<Edge> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "alive\n")
}

async fn ready(State(edge): State<Edge>) -> Result<impl IntoResponse, ApiError> {
    // A database that hangs is as little use to a load balancer as one that fails.
    let asked = timeout(STORE_ANSWERS, ask_store(&edge)).await;
    asked.unwrap_or_else(|_| Err(ApiError::busy()))?;
    let readiness = Readiness::of(&edge.releases);
    let status = match readiness.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, [(CACHE_CONTROL, "no-store")], Json(readiness)))
}

async fn ask_store(edge: &Edge) -> Result<(), ApiError> {
    let now = edge.clock.now();
    let probe = move |tx: &mut Tx| sql::probe(tx, now);
    edge.store.check_room(probe, sql::touch).await?;
    Ok(edge.store.read(sql::answers).await?)
}
