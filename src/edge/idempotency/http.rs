//! The middleware that reads the header, and [`Once`], with which a handler writes at most once.

use crate::clock::Timestamp;
use crate::edge::accounts;
use crate::edge::accounts::MemberId;
use crate::edge::error::ApiError;
use crate::edge::extract::{Json, MAX_JSON_BYTES};
use crate::edge::idempotency::{Given, KEPT_SECS, Kept, Key, MAX_KEYS, RequestHash, sql};
use crate::edge::state::Edge;
use crate::edge::store::Tx;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

const HEADER: &str = "idempotency-key";

/// The key that a request came with, if any. A handler whose answer has a body takes this as an argument
/// and writes with [`Once::write`].
#[derive(Clone, Debug)]
pub struct Once(Option<Claim>);

#[derive(Clone, Debug)]
struct Claim {
    owner: MemberId,
    key: Key,
    hash: RequestHash,
    has_secret: bool,
    is_kept: Arc<AtomicBool>,
}

impl Once {
    /// Runs `make` as one transaction, which returns the id of what it made or changed and the answer, and answers with that as
    /// JSON with this status. When the request was answered before under its key, `make` is not run, and `show` tells
    /// of the thing as it is now.
    pub async fn write<T, M, S>(
        &self,
        edge: &Edge,
        status: StatusCode,
        mut make: M,
        mut show: S,
    ) -> Result<Response, ApiError>
    where
        T: Serialize + Send + 'static,
        M: FnMut(&mut Tx) -> Result<(Uuid, T), ApiError> + Send + 'static,
        S: FnMut(&mut Tx, Uuid) -> Result<T, ApiError> + Send + 'static,
    {
        let (claim, now) = (self.0.clone(), edge.clock.now());
        let make_once = move |tx: &mut Tx| -> Result<T, ApiError> {
            let kept = match &claim {
                Some(claim) => claim.find(tx, now)?,
                None => None,
            };
            if let Some(Given::Made(made)) = kept.map(|it| it.given) {
                return show(tx, made);
            }
            let (made, answer) = make(tx)?;
            if let Some(claim) = &claim {
                claim.keep(tx, status, Given::Made(made), now)?;
            }
            Ok(answer)
        };
        let shown = edge.store.write(make_once).await?;
        if let Some(claim) = &self.0 {
            claim.is_kept.store(true, Ordering::Relaxed);
        }
        Ok((status, Json(shown)).into_response())
    }
}

impl Once {
    /// As [`Once::write`], for what changes something: 200.
    pub async fn change<T, M, S>(&self, edge: &Edge, make: M, show: S) -> Result<Response, ApiError>
    where
        T: Serialize + Send + 'static,
        M: FnMut(&mut Tx) -> Result<(Uuid, T), ApiError> + Send + 'static,
        S: FnMut(&mut Tx, Uuid) -> Result<T, ApiError> + Send + 'static,
    {
        self.write(edge, StatusCode::OK, make, show).await
    }
}

impl Claim {
    /// What is kept under the key. Fails where that is of another request.
    fn find(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Kept>, ApiError> {
        let kept = sql::find(tx, self.owner, &self.key, now.plus_secs(-KEPT_SECS))?;
        match kept {
            Some(kept) if kept.hash != self.hash => Err(ApiError::IdempotencyConflict),
            kept => Ok(kept),
        }
    }

    fn keep(
        &self,
        tx: &mut Tx,
        status: StatusCode,
        given: Given,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let kept = Kept {
            hash: self.hash,
            status: status.as_u16(),
            given,
        };
        Ok(sql::keep(
            tx,
            (self.owner, &self.key),
            &kept,
            (now.plus_secs(-KEPT_SECS), now),
        )?)
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
    let Some(current) = accounts::current(&edge, &parts.headers, &mut parts.extensions).await?
    else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, MAX_JSON_BYTES).await;
    let body = body.map_err(|_| ApiError::TooLarge {
        limit_bytes: MAX_JSON_BYTES,
    })?;
    let address = parts.uri.path_and_query().map_or("", |it| it.as_str());
    let (hash, has_secret) = RequestHash::of(parts.method.as_str(), address, &body);
    let claim = Claim {
        owner: current.member.id,
        key,
        hash,
        has_secret,
        is_kept: Arc::default(),
    };
    if let Some(Kept {
        given: Given::Empty,
        status,
        ..
    }) = earlier(&edge, &claim).await?
    {
        return Ok(empty(status));
    }
    parts.extensions.insert(claim.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep_after(&edge, claim, response).await
}

/// What is kept under the key. Refuses a new key where the member has too many.
async fn earlier(edge: &Edge, claim: &Claim) -> Result<Option<Kept>, ApiError> {
    let (claim, now, is_bounded) = (claim.clone(), edge.clock.now(), edge.settings.rate_limits);
    let look = move |tx: &mut Tx| -> Result<Option<Kept>, ApiError> {
        let kept = claim.find(tx, now)?;
        if kept.is_none() && is_bounded && sql::n_kept(tx, claim.owner, MAX_KEYS)? >= MAX_KEYS {
            // Old keys are forgotten every hour.
            return Err(ApiError::RateLimited {
                retry_after_secs: 3_600,
            });
        }
        Ok(kept)
    };
    edge.store.read(look).await
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
    let given = match body.is_empty() && !claim.has_secret {
        true => Given::Empty,
        false => Given::Again,
    };
    let (status, now) = (parts.status, edge.clock.now());
    edge.store
        .write(move |tx| claim.keep(tx, status, given, now))
        .await?;
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

fn empty(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let private = [(CACHE_CONTROL, "private, no-store"), (VARY, "Cookie")];
    (status, private).into_response()
}
