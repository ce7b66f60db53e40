//! The middleware that reads the header, and [`Once`], with which a handler writes at most once.

use crate::clock::Timestamp;
use crate::edge::error::ApiError;
use crate::edge::extract::MAX_JSON_BYTES;
use crate::edge::idempotency::{KEPT_SECS, Kept, Key, RequestHash, sql};
use crate::edge::members::MemberId;
use crate::edge::sessions;
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const HEADER: &str = "idempotency-key";

/// The key that a request came with, if any. A handler that makes something takes this as an argument
/// and writes with [`Once::write`].
#[derive(Clone, Debug)]
pub struct Once(Option<Claim>);

#[derive(Clone, Debug)]
struct Claim {
    owner: MemberId,
    key: Key,
    hash: RequestHash,
    is_kept: Arc<AtomicBool>,
}

impl Once {
    /// Runs `work` as one transaction and answers with what it gives, as JSON with this status. When the
    /// request was answered before under its key, `work` is not run and the first answer is given again.
    pub async fn write<T, F>(
        &self,
        edge: &Edge,
        status: StatusCode,
        mut work: F,
    ) -> Result<Response, ApiError>
    where
        T: Serialize,
        F: FnMut(&mut Tx) -> Result<T, ApiError> + Send + 'static,
    {
        let (claim, now) = (self.0.clone(), edge.clock.now());
        let keep_once = move |tx: &mut Tx| -> Result<Kept, ApiError> {
            if let Some(claim) = &claim
                && let Some(kept) = claim.find(tx, now)?
            {
                return claim.again(kept);
            }
            let body = serde_json::to_string(&work(tx)?).map_err(ApiError::internal)?;
            let hash = claim.as_ref().map_or(RequestHash([0; 32]), |it| it.hash);
            let kept = Kept {
                hash,
                status: status.as_u16(),
                body,
            };
            if let Some(claim) = &claim {
                claim.keep(tx, &kept, now)?;
            }
            Ok(kept)
        };
        let kept = edge.store.write(keep_once).await?;
        if let Some(claim) = &self.0 {
            claim.is_kept.store(true, Ordering::Relaxed);
        }
        Ok(shown(kept))
    }
}

impl Claim {
    fn find(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Kept>, ApiError> {
        Ok(sql::find(
            tx,
            self.owner,
            &self.key,
            now.plus_secs(-KEPT_SECS),
        )?)
    }

    fn keep(&self, tx: &mut Tx, kept: &Kept, now: Timestamp) -> Result<(), ApiError> {
        Ok(sql::keep(
            tx,
            (self.owner, &self.key),
            kept,
            (now.plus_secs(-KEPT_SECS), now),
        )?)
    }

    fn again(&self, kept: Kept) -> Result<Kept, ApiError> {
        if kept.hash == self.hash {
            Ok(kept)
        } else {
            Err(ApiError::IdempotencyConflict)
        }
    }
}

impl FromRequestParts<Edge> for Once {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Edge) -> Result<Self, Infallible> {
        Ok(Once(parts.extensions.get::<Claim>().cloned()))
    }
}

/// Wraps the routes under `/api`.
pub async fn once(
    State(edge): State<Edge>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if request.method().is_safe() || !request.headers().contains_key(HEADER) {
        return Ok(next.run(request).await);
    }
    let key = key_of(request.headers())?;
    let (mut parts, body) = request.into_parts();
    let Some(current) = sessions::current(&edge, &parts.headers, &mut parts.extensions).await?
    else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, MAX_JSON_BYTES).await;
    let body = body.map_err(|_| ApiError::TooLarge {
        limit_bytes: MAX_JSON_BYTES,
    })?;
    let address = parts.uri.path_and_query().map_or("", |it| it.as_str());
    let hash = RequestHash::of(parts.method.as_str(), address, &body);
    let claim = Claim {
        owner: current.member.id,
        key,
        hash,
        is_kept: Arc::default(),
    };
    if let Some(kept) = earlier(&edge, &claim).await? {
        return claim.again(kept).map(shown);
    }
    parts.extensions.insert(claim.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep_after(&edge, claim, response).await
}

async fn earlier(edge: &Edge, claim: &Claim) -> Result<Option<Kept>, ApiError> {
    let (claim, now) = (claim.clone(), edge.clock.now());
    edge.store.read(move |tx| claim.find(tx, now)).await
}

/// Keeps the answer of a handler that did not write through [`Once`]. One with a cookie is never kept:
/// it may hold a session's token.
async fn keep_after(edge: &Edge, claim: Claim, response: Response) -> Result<Response, ApiError> {
    let is_kept = claim.is_kept.load(Ordering::Relaxed);
    if is_kept || !response.status().is_success() || response.headers().contains_key(SET_COOKIE) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX)
        .await
        .map_err(ApiError::internal)?;
    if let Ok(text) = std::str::from_utf8(&body) {
        let kept = Kept {
            hash: claim.hash,
            status: parts.status.as_u16(),
            body: text.into(),
        };
        let now = edge.clock.now();
        edge.store
            .write(move |tx| claim.keep(tx, &kept, now))
            .await?;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn key_of(headers: &HeaderMap) -> Result<Key, ApiError> {
    let mut lines = headers.get_all(HEADER).iter();
    let key = match (lines.next().and_then(|it| it.to_str().ok()), lines.next()) {
        (Some(text), None) => Key::parse(text),
        _ => None,
    };
    key.ok_or_else(|| {
        ApiError::Malformed("Idempotency-Key: send 1 to 200 visible ASCII characters".into())
    })
}

fn shown(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let private = [(CACHE_CONTROL, "private, no-store"), (VARY, "Cookie")];
    if kept.body.is_empty() {
        return (status, private).into_response();
    }
    (
        status,
        private,
        [(CONTENT_TYPE, "application/json")],
        kept.body,
    )
        .into_response()
}
