//! The edge wing: a release and a store in, answers out.
//!
//! A request is one straight line: router -> guard -> extractor -> handler -> rules + sql -> answer.
//! Entry points: [`router`] for the routes, `run` for the process.

pub mod access;
pub mod attempts;
pub mod audit;
pub mod comments;
pub mod engagement;
pub mod entropy;
pub mod error;
pub mod extract;
pub mod limits;
pub mod mail;
pub mod members;
pub mod preview;
pub mod reactions;
pub mod release;
pub mod sessions;
pub mod settings;
pub mod state;
pub mod store;
pub mod tasks;

use crate::edge::state::Edge;
use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

/// Every route of the edge, without a socket.
pub fn router(edge: Edge) -> Router {
    let (api, _description) = api().split_for_parts();
    let site = match &edge.settings.preview {
        Some(preview) => pages().merge(preview::http::routes(preview.clone())),
        None => pages(),
    };
    api.merge(site).with_state(edge)
}

/// Routes under `/api`, each described where it is handled.
fn api() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
}

/// Routes that need no description: plain forms, health, and the pages themselves.
fn pages() -> Router<Edge> {
    Router::new().route("/healthz", get(|| async { "ok" }))
}
