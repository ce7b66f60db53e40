//! `GET /healthz`, `GET /readyz`: short text, for probes.

use crate::edge::error::ApiError;
use crate::edge::health::sql;
use crate::edge::state::Edge;
use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;

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
    edge.store.check_writes()?;
    edge.store
        .read(sql::answers)
        .await
        .map_err(ApiError::from)?;
    Ok(([(CACHE_CONTROL, "no-store")], "ready\n"))
}
