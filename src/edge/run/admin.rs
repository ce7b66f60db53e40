//! The second listener: `/metrics` for the machine itself, and nothing else (OPS-03).

use crate::edge::health::Readiness;
use crate::edge::run::logs::n_dropped;
use crate::edge::state::Edge;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Upper ends of the classes of `http_request_seconds`.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0,
];

/// A process counts in one place, however many edges it holds.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// `GET /metrics` in the text format of Prometheus. Counting begins with the first call.
pub fn router(edge: Edge) -> Router {
    recorder();
    Router::new().route("/metrics", get(show)).with_state(edge)
}

async fn show(State(edge): State<Edge>) -> Response {
    match recorder() {
        Some(handle) => {
            handle.run_upkeep();
            metrics::counter!("log_lines_dropped_total").absolute(n_dropped());
            (
                [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
                handle.render() + &Readiness::of(&edge.releases).numbers(),
            )
                .into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn recorder() -> Option<&'static PrometheusHandle> {
    let install = || {
        let builder = PrometheusBuilder::new();
        let builder =
            builder.set_buckets_for_metric(Matcher::Full("http_request_seconds".into()), SECONDS);
        builder.ok()?.install_recorder().ok()
    };
    RECORDER.get_or_init(install).as_ref()
}
