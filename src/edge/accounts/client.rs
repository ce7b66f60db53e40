//! The client of a request, as sign-ins and letters need it.

use crate::edge::accounts::{TokenHash, accepted, cookie, own_path};
use crate::edge::error::ApiError;
use crate::edge::extract::{ClientAddress, ClientKey};
use crate::edge::state::Edge;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

/// The client of a request: its address, cookies and language.
#[derive(Clone, Debug)]
pub struct ClientContext {
    /// The address that limits count by.
    pub client: ClientKey,
    /// `User-Agent` of the browser.
    pub user_agent: String,
    /// The session of the cookie. A new session ends it (SES-02).
    pub old: Option<TokenHash>,
    /// The cookie of a join, which binds the letter of the join to the browser.
    pub joined: Option<TokenHash>,
    /// A language of the site.
    pub language: Option<String>,
    /// The page to open after signing in: a path of this site. The link in a letter carries it.
    pub next: Option<String>,
}

impl ClientContext {
    /// Sets the page to open afterwards, if `next` is a path of this site (SES-18).
    pub fn leading_to(self, edge: &Edge, next: Option<&str>) -> Self {
        let base = edge.settings.base_url.path();
        ClientContext {
            next: next.and_then(|it| own_path(it, base)),
            ..self
        }
    }
}

impl FromRequestParts<Edge> for ClientContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, ApiError> {
        let client = ClientAddress::from_request_parts(parts, edge).await?.key();
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|it| it.to_str().ok());
        Ok(ClientContext {
            client,
            user_agent: user_agent.unwrap_or_default().to_owned(),
            old: cookie::token_of(&parts.headers, &edge.settings),
            joined: cookie::joined(&parts.headers, &edge.settings),
            language: accepted(&parts.headers, &edge.release().manifest().site.languages),
            next: None,
        })
    }
}
