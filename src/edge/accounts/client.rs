//! The browser that asks: what a sign-in and a letter want to know of it.

use crate::edge::accounts::{TokenHash, accepted, cookie, own_path};
use crate::edge::error::ApiError;
use crate::edge::extract::{ClientAddress, ClientKey};
use crate::edge::state::Edge;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

/// Where a request comes from, as far as a sign-in wants to know.
#[derive(Clone, Debug)]
pub struct ClientContext {
    /// What limits count by.
    pub client: ClientKey,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The session that its cookie held until now, which a new one ends (SES-02).
    pub old: Option<TokenHash>,
    /// What its browser got when it joined, which binds the join's letter to it.
    pub joined: Option<TokenHash>,
    /// A language of the site.
    pub language: Option<String>,
    /// Where the one who knocks wants to be afterwards: a path of this site, which the letter's link leads on to.
    pub next: Option<String>,
}

impl ClientContext {
    /// The same with a way on, where `next` is a path of this site (SES-18).
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
