//! `GET /api/openapi.json`: the description of the API, made of the handlers and types themselves.
//!
//! [`complete`] adds what no handler knows: title, how one signs in. The routes come from the same
//! declarations as the router, so neither has one that the other lacks; `tests/it/openapi.rs` checks the
//! answers of every conversation against it.

use crate::edge::state::Edge;
use axum::Extension;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The description as it is sent. Made once.
#[derive(Clone, Debug)]
pub struct Text(Bytes);

impl Text {
    /// Writes a description out.
    pub fn of(description: &OpenApi) -> Self {
        // Only maps with keys that are no text fail, and a description has none.
        let text = description.to_json().expect("a description is plain JSON");
        Text(text.into())
    }
}

/// The route of this module.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What the handlers say of themselves, with the head of the document.
pub fn complete(mut description: OpenApi) -> OpenApi {
    let mut info = Info::new("Lyceum", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Members, parts, comments and scores of one site. Requests that change something come from the \
         site's own pages; they take an `Idempotency-Key`. Faults are `application/problem+json` (RFC 9457) \
         with a stable `code`. Any request may also be answered 403 (`foreign_host`: the `Host` is not one of \
         this server's names), 415 (`plain_needed`: the body has a `Content-Encoding`) or 503."
            .into(),
    );
    description.info = info;
    let cookie = ApiKeyValue::with_description("__Host-session", "Set by signing in.");
    let components = description.components.get_or_insert_with(Components::new);
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    description
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "description", responses(
    (status = 200, body = serde_json::Value),
))]
pub async fn show(Extension(text): Extension<Text>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text.0).into_response()
}
