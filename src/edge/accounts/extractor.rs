//! The extractors that prove who sends a request.
//!
//! [`Visitor`] takes anyone, [`SignedIn`] a member, [`Verified`] one whose address is proven. However many of them a
//! request goes through, the store is read once.

use crate::edge::access::Reader;
use crate::edge::accounts::touches::LONGEST_WAIT;
use crate::edge::accounts::{Current, Lifetime, TOUCH_SECS, cookie, sql};
use crate::edge::error::ApiError;
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::sync::Arc;
use tokio::time::timeout;

/// Anyone: a member who is signed in, or nobody.
pub struct Visitor(pub Option<Arc<Current>>);

/// A member who is signed in.
pub struct SignedIn(pub Arc<Current>);

/// A signed-in member whose address is proven.
pub struct Verified(pub Arc<Current>);

impl Visitor {
    /// What access depends on; `None` for nobody.
    pub fn reader(&self) -> Option<&Reader> {
        self.0.as_deref().map(|current| &current.reader)
    }
}

/// Who the request comes from, once the store was asked. Kept in the request's extensions.
#[derive(Clone)]
struct Known(Option<Arc<Current>>);

/// Makes a request come from somebody else than its cookie says. Only for the author's preview.
pub fn look_as(known: &mut Extensions, current: Option<Current>) {
    known.insert(Known(current.map(Arc::new)));
}

/// Who a request comes from. Reads the store at the first call for a request, and not at all without a cookie.
pub async fn current(
    edge: &Edge,
    headers: &HeaderMap,
    known: &mut Extensions,
) -> Result<Option<Arc<Current>>, ApiError> {
    if let Some(Known(current)) = known.get::<Known>() {
        return Ok(current.clone());
    }
    let found = find(edge, headers).await?.map(Arc::new);
    known.insert(Known(found.clone()));
    Ok(found)
}

async fn find(edge: &Edge, headers: &HeaderMap) -> Result<Option<Current>, ApiError> {
    let Some(token) = cookie::token_of(headers, &edge.settings) else {
        return Ok(None);
    };
    let load = move |tx: &mut Tx| sql::session::find_with_grants(tx, token);
    let now = edge.clock.now();
    let found: Result<Option<_>, StoreError> = edge.store.read(load).await;
    let found = found?;
    let Some((session, member, entitlements)) =
        found.filter(|(session, member, _)| session.holds_at(member.role, now))
    else {
        return Ok(None);
    };
    if session.is_ahead(now) {
        let (id, lifetime) = (session.id, Lifetime::of(member.role));
        let set_back = edge
            .store
            .write(move |tx| sql::session::set_back(tx, id, lifetime, now));
        // Reading goes on while writing cannot.
        let set_back: Result<Result<(), StoreError>, _> = timeout(LONGEST_WAIT, set_back).await;
        drop(set_back);
    } else if now >= session.last_seen_at.plus_secs(TOUCH_SECS) {
        edge.touches.add(&edge.store, session.id, now).await;
    }
    let is_verified =
        member.verified_at.is_some() || !edge.release().manifest().edge.members.verify_email;
    let reader = Reader {
        member: member.id,
        is_verified,
        role: member.role,
        entitlements,
    };
    Ok(Some(Current {
        member,
        reader,
        session,
    }))
}

async fn of_parts(parts: &mut Parts, edge: &Edge) -> Result<Option<Arc<Current>>, ApiError> {
    current(edge, &parts.headers, &mut parts.extensions).await
}

impl FromRequestParts<Edge> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, ApiError> {
        of_parts(parts, edge).await.map(Visitor)
    }
}

impl FromRequestParts<Edge> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, ApiError> {
        of_parts(parts, edge)
            .await?
            .map(SignedIn)
            .ok_or(ApiError::SignInNeeded)
    }
}

impl FromRequestParts<Edge> for Verified {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, ApiError> {
        let SignedIn(current) = SignedIn::from_request_parts(parts, edge).await?;
        if current.reader.is_verified {
            Ok(Verified(current))
        } else {
            Err(ApiError::Unverified)
        }
    }
}
