//! `GET /healthz`: a word. `GET /readyz`: JSON, 200 or 503.

use crate::edge::error::ApiError;
use crate::edge::health::{Readiness, sql};
use crate::edge::state::Edge;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

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
    let now = edge.clock.now();
    edge.store.check_room(move |tx| sql::probe(tx, now)).await?;
    edge.store
        .read(sql::answers)
        .await
        .map_err(ApiError::from)?;
    let readiness = Readiness::of(&edge.releases);
    let status = match readiness.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, [(CACHE_CONTROL, "no-store")], Json(readiness)))
}
