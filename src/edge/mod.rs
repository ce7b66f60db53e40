//! The edge wing: a release and a store in, answers out.
//!
//! A request is one straight line: router -> guard -> extractor -> handler -> rules + sql -> answer.
//! Entry points: [`router`] for the routes, `run` for the process.

pub mod access;
pub mod accounts;
pub mod attempts;
pub mod audit;
pub mod bodies;
pub mod comments;
#[cfg(test)]
mod crawl;
pub mod cursor;
pub mod engagement;
pub mod entropy;
pub mod error;
pub mod extract;
#[cfg(test)]
mod fixture;
pub mod guard;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod mail;
pub mod openapi;
pub mod page_keys;
pub mod pages;
pub mod preview;
pub mod reactions;
pub mod release;
pub mod run;
pub mod sanitize;
pub mod settings;
pub mod slice;
pub mod slices;
pub mod state;
pub mod store;
pub mod tables;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod threads;

use crate::edge::slice::When;
use crate::edge::slices::SLICES;
use crate::edge::state::Edge;
use crate::edge::tasks::{Handler, Runner};
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

/// Every route of the edge, without a socket.
pub fn router(edge: Edge) -> Router {
    router_with(edge, Router::new())
}

/// Every route of the edge and `more`, all behind the same guard.
pub fn router_with(edge: Edge, more: Router<Edge>) -> Router {
    let (api, described) = api().split_for_parts();
    let described = openapi::Text::of(&openapi::complete(described));
    let api = api.layer(Extension(described));
    let once = from_fn_with_state(edge.clone(), idempotency::http::once);
    guarded(edge, api.layer(once).merge(forms()).merge(more))
}

/// Routes below the site's base path, pages where no route fits, and the guard around all.
fn guarded(edge: Edge, routes: Router<Edge>) -> Router {
    let base = edge
        .settings
        .base_url
        .path()
        .trim_end_matches('/')
        .to_owned();
    let site = if base.is_empty() {
        routes
    } else {
        Router::new().nest(&base, routes)
    };
    let site = site
        .merge(root())
        .method_not_allowed_fallback(pages::not_allowed)
        .fallback(pages::serve)
        .layer(DefaultBodyLimit::max(extract::MAX_JSON_BYTES))
        .layer(CatchPanicLayer::custom(error::panicked))
        .with_state(edge.clone());
    // As a service inside another router, so that the guard sees every answer as it leaves, `Allow` included.
    Router::new()
        .fallback_service(site)
        .layer(from_fn_with_state(edge, guard::guard))
}

/// What `GET /api/openapi.json` says.
pub fn description() -> utoipa::openapi::OpenApi {
    openapi::complete(api().into_openapi())
}

/// Routes under `/api`, each described where it is handled.
fn api() -> OpenApiRouter<Edge> {
    let routes = SLICES.iter().filter_map(|it| it.api);
    routes.fold(openapi::routes(), |all, routes| all.merge(routes()))
}

/// Plain forms, which need no description.
fn forms() -> Router<Edge> {
    let forms = SLICES.iter().filter_map(|it| it.forms);
    forms.fold(Router::new(), |all, forms| all.merge(forms()))
}

/// Routes outside of the site's base path.
fn root() -> Router<Edge> {
    let routes = SLICES.iter().filter_map(|it| it.root);
    routes.fold(Router::new(), |all, routes| all.merge(routes()))
}

/// Every durable job and periodic work.
pub fn jobs(edge: &Edge) -> Runner {
    let runner = Runner::new(edge.store.clone(), edge.clock.clone(), edge.entropy.clone());
    let jobs = SLICES.iter().flat_map(|it| it.jobs);
    jobs.fold(runner, |runner, job| {
        let edge = edge.clone();
        let run: Handler = Arc::new(move |taken| (job.run)(&edge, taken));
        match job.when {
            When::Every(secs) => runner.every(job.kind, secs, run),
            When::Asked { retry, n_workers } => runner.on(job.kind, retry, n_workers, run),
        }
    })
}
