//! Routes of sessions: signing in and out, magic links, the list of one's own sessions.

use crate::clock::Timestamp;
use crate::edge::accounts::service::session::{self, Opened};
use crate::edge::accounts::service::{links, sign_in};
use crate::edge::accounts::{Again, ClientContext, Me, SignedIn, Typed, cookie};
use crate::edge::error::{ApiError, Problem};
use crate::edge::extract::{Json, Nothing, Query};
use crate::edge::mail::EmailKind;
use crate::edge::state::Edge;
use crate::edge::store::{StoreError, Tx};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of sessions.
pub fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(ask_for_link))
        .routes(routes!(redeem))
        .routes(routes!(list, close_others))
        .routes(routes!(close))
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// Address or handle.
    pub login: String,
    /// As it was typed.
    pub password: String,
}

/// A mailed token.
#[derive(Deserialize, ToSchema)]
pub struct Token {
    /// From the address of the link.
    pub token: String,
}

/// Where a letter is wanted.
#[derive(Deserialize, ToSchema)]
pub struct Address {
    /// An e-mail address.
    pub email: String,
}

/// Where a link to sign in by is wanted, and where it leads.
#[derive(Deserialize, ToSchema)]
pub struct LinkWanted {
    /// An e-mail address.
    pub email: String,
    /// The page to be at after signing in: a path of this site; anything else counts as none.
    pub next: Option<String>,
}

/// The answer to whoever asked for a letter.
#[derive(Serialize, ToSchema)]
pub struct Asked {
    /// Always `check_mail`.
    pub state: &'static str,
}

impl Asked {
    /// The one answer there is.
    pub const CHECK_MAIL: Asked = Asked {
        state: "check_mail",
    };

    /// The answer, with the cookie that lets the next page say where the letter went.
    pub fn answer(edge: &Edge, typed: &Typed) -> Response {
        let kept = AppendHeaders([typed.kept(&edge.settings)]);
        (StatusCode::ACCEPTED, kept, Json(Asked::CHECK_MAIL)).into_response()
    }
}

/// Who has just signed in.
#[derive(Serialize, ToSchema)]
pub struct Signed {
    /// One's own account.
    pub member: Me,
    /// What is to be chosen anew; left out where it is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub choose: Vec<Choice>,
}

/// What a member chooses anew after a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The password that was typed at the join does not count: the letter was opened in another browser.
    Password,
    /// The handle that was asked for was taken meanwhile.
    Handle,
}

impl Signed {
    /// The account as JSON, and the cookies of its new session.
    pub fn answer(edge: &Edge, opened: Opened) -> Response {
        let choices = [
            (opened.proved.chooses_password, Choice::Password),
            (opened.proved.chooses_handle, Choice::Handle),
        ];
        let choose = choices.into_iter().filter(|(is_open, _)| *is_open);
        let mut response = Json(Signed {
            member: opened.me,
            choose: choose.map(|(_, choice)| choice).collect(),
        })
        .into_response();
        put(
            response.headers_mut(),
            cookie::set(&edge.settings, &opened.token, opened.max_age_secs),
        );
        response
    }
}

/// One of one's own sessions.
#[derive(Serialize, ToSchema)]
pub struct Shown {
    /// What it is revoked by.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// One's own sessions, the last used first; at most 20.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    /// All of them.
    pub items: Vec<Shown>,
}

/// Signs in with a handle or an address and a password.
#[utoipa::path(post, path = "/api/session", tag = "sessions", request_body = Credentials, responses(
    (status = 200, body = Signed),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`invalid_credentials`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`suspended`, or `unverified` for the password of a join"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn sign_in(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(sent): Json<Credentials>,
) -> Result<Response, ApiError> {
    let opened = sign_in::sign_in(&edge, caller, &sent.login, &sent.password).await?;
    Ok(Signed::answer(&edge, opened))
}

/// Signs out. Succeeds even without a session.
#[utoipa::path(delete, path = "/api/session", tag = "sessions", responses((status = 204)))]
pub async fn sign_out(State(edge): State<Edge>, headers: HeaderMap) -> Result<Response, ApiError> {
    session::sign_out(&edge, cookie::token_of(&headers, &edge.settings)).await?;
    Ok((StatusCode::NO_CONTENT, farewell(&edge)).into_response())
}

/// Asks for a letter with a link to sign in by. The answer is always the same.
#[utoipa::path(post, path = "/api/session/link", tag = "sessions", request_body = LinkWanted, responses(
    (status = 202, body = Asked),
    (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn ask_for_link(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(sent): Json<LinkWanted>,
) -> Result<Response, ApiError> {
    let caller = caller.leading_to(&edge, sent.next.as_deref());
    links::ask_for(&edge, caller, &sent.email, EmailKind::SignIn).await?;
    let typed = Typed::letter(Again::Link, &sent.email, sent.next.as_deref());
    Ok(Asked::answer(&edge, &typed))
}

/// Signs in with the token of a link, which works once.
#[utoipa::path(post, path = "/api/session/link/redeem", tag = "sessions", request_body = Token, responses(
    (status = 200, body = Signed),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`suspended`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`token_invalid`")))]
pub async fn redeem(
    State(edge): State<Edge>,
    caller: ClientContext,
    Json(sent): Json<Token>,
) -> Result<Response, ApiError> {
    let opened = links::redeem(&edge, caller, &sent.token).await?;
    Ok(Signed::answer(&edge, opened))
}

/// One's own sessions.
#[utoipa::path(get, path = "/api/me/sessions", tag = "sessions", responses(
    (status = 200, body = Sessions),
    (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
    _: Query<Nothing>,
) -> Result<Json<Sessions>, ApiError> {
    let (whose, now) = (Arc::clone(&current), edge.clock.now());
    let held = edge
        .store
        .read(move |tx| session::held(tx, &whose.member, now))
        .await
        .map_err(|error: StoreError| error)?;
    let items = held.into_iter().map(|it| Shown {
        id: it.id,
        created_at: it.created_at,
        last_seen_at: it.last_seen_at,
        user_agent: it.user_agent,
        current: it.id == current.session.id,
    });
    Ok(Json(Sessions {
        items: items.collect(),
    }))
}

/// Ends all of one's own sessions but the one that asks.
#[utoipa::path(delete, path = "/api/me/sessions", tag = "sessions", responses(
    (status = 204),
    (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn close_others(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
) -> Result<StatusCode, ApiError> {
    let stamp = stamp(&edge);
    let revoke =
        move |tx: &mut Tx| session::revoke_others(tx, current.member.id, current.session.id, stamp);
    edge.store
        .write(revoke)
        .await
        .map_err(|error: StoreError| error)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of one's own sessions. The one of somebody else is as unknown as one that never was (AUTHZ-02).
#[utoipa::path(delete, path = "/api/me/sessions/{id}", tag = "sessions", params(("id" = String, Path)), responses(
    (status = 204),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn close(
    State(edge): State<Edge>,
    SignedIn(current): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = Uuid::try_parse(&id).map_err(|_| ApiError::NotFound)?;
    let stamp = stamp(&edge);
    let revoke = move |tx: &mut Tx| session::revoke(tx, current.member.id, id, stamp);
    edge.store.write(revoke).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn stamp(edge: &Edge) -> (Uuid, Timestamp) {
    let now = edge.clock.now();
    (edge.entropy.uuid_v7(now), now)
}

/// The headers that take a session out of a browser, and what it kept of the pages it opened (SES-03).
///
/// Cookies are cleared by name: `Clear-Site-Data: "cookies"` would clear those of every site below the
/// registered domain.
pub fn farewell(edge: &Edge) -> HeaderMap {
    let mut headers = HeaderMap::new();
    put(&mut headers, cookie::clear(&edge.settings));
    put(&mut headers, [Typed::forgotten(&edge.settings)]);
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\""),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    headers
}

/// Adds cookies.
pub fn put<const N: usize>(headers: &mut HeaderMap, cookies: [(HeaderName, HeaderValue); N]) {
    for (name, value) in cookies {
        headers.append(name, value);
    }
}
