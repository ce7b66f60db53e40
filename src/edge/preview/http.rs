//! Routes of the preview: its script and style, the stream of news, and whose eyes to look through.

use crate::edge::preview::{Eyes, Preview};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Name of the cookie that says whose eyes; it means nothing outside the preview.
const EYES_COOKIE: &str = "preview_as";

/// Everything below `/__lyceum/`.
pub fn routes<S: Clone + Send + Sync + 'static>(preview: Preview) -> Router<S> {
    Router::new()
        .route("/__lyceum/live", get(live))
        .route("/__lyceum/as", post(look_as))
        .route(
            "/__lyceum/live.js",
            get(|| async { asset("text/javascript; charset=utf-8", include_str!("live.js")) }),
        )
        .route(
            "/__lyceum/live.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("live.css")) }),
        )
        .with_state(preview)
}

fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
}

async fn live(
    State(preview): State<Preview>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = stream::unfold(preview.follow(), |mut receiver| async move {
        receiver.changed().await.ok()?;
        let event = Event::default().json_data(&*receiver.borrow_and_update());
        Some((Ok(event.unwrap_or_default()), receiver))
    });
    Sse::new(news).keep_alive(KeepAlive::default())
}

/// POST /__lyceum/as?eyes=visitor|members|paid|tier:ID, or nothing for one's own.
async fn look_as(Query(query): Query<BTreeMap<String, String>>) -> Response {
    let wanted = query.get("eyes").map(String::as_str).unwrap_or_default();
    let value = if Eyes::parse(wanted).is_some() {
        wanted
    } else {
        ""
    };
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{EYES_COOKIE}={value}; Path=/; SameSite=Strict; HttpOnly{age}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Whose eyes a request of the preview looks through; `None` for its own.
pub fn eyes(headers: &HeaderMap) -> Option<Eyes> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == EYES_COOKIE)
        .and_then(|(_, value)| Eyes::parse(value))
}
