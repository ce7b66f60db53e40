//! What the preview puts around the router: one script more in every page, news for it, and other eyes.
//!
//! Entry point: [`around`]. Pages go out whole and uncached, so that the author sees what was saved.

use crate::edge::access::Reader;
use crate::edge::members::{Entitlement, Member, MemberId, Role, Source};
use crate::edge::preview::{Eyes, Preview, page_suffix};
use crate::edge::sessions::{Current, Session, look_as};
use crate::edge::state::Edge;
use crate::ids::Access;
use crate::routes::is_route;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};
use std::collections::BTreeMap;
use std::convert::Infallible;
use uuid::Uuid;

/// Name of the cookie that says whose eyes; it means nothing outside the preview.
const EYES_COOKIE: &str = "preview_as";
/// A page longer than this cannot be shown in the preview.
const PAGE_BYTES: usize = 64 << 20;

/// The site with the preview's routes and its script in every page.
pub fn around(site: Router, edge: Edge, preview: Preview) -> Router {
    site.layer(from_fn_with_state(edge, through_the_glass))
        .merge(routes(preview))
}

/// Everything below `/__lyceum/`.
fn routes(preview: Preview) -> Router {
    let script = || async { asset("text/javascript; charset=utf-8", include_str!("live.js")) };
    let style = || async { asset("text/css; charset=utf-8", include_str!("live.css")) };
    Router::new()
        .route("/__lyceum/live", get(live))
        .route("/__lyceum/as", post(look_through))
        .route("/__lyceum/live.js", get(script))
        .route("/__lyceum/live.css", get(style))
        .with_state(preview)
}

fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text)
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
async fn look_through(Query(query): Query<BTreeMap<String, String>>) -> Response {
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

/// Reading goes through the chosen eyes; writing stays the author's own.
async fn through_the_glass(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let release = edge.release();
    let path = request.uri().path();
    // A page asks for its parts once more by script; both must see the same.
    let is_reading =
        !is_route(path, std::iter::empty()) || ["/api/parts", "/api/page"].contains(&path);
    if let Some(eyes) = eyes(request.headers()).filter(|_| is_reading) {
        let seen = match eyes {
            Eyes::Visitor => None,
            Eyes::Reader(access) => Some(somebody(&access, &edge)),
        };
        look_as(request.extensions_mut(), seen);
    }
    let headers = request.headers_mut();
    // A script can only be added to the whole of the plain text.
    for name in [
        header::ACCEPT_ENCODING,
        header::RANGE,
        header::IF_NONE_MATCH,
    ] {
        headers.remove(name);
    }
    let response = next.run(request).await;
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if !content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html")) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(page) = to_bytes(body, PAGE_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let id = release.dir().file_name().unwrap_or_default();
    let page = [&page[..], page_suffix(&id.to_string_lossy()).as_bytes()].concat();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::ETAG);
    head.headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(head, Body::from(page))
}

/// Whose eyes a request looks through; `None` for its own.
fn eyes(headers: &HeaderMap) -> Option<Eyes> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == EYES_COOKIE)?;
    Eyes::parse(value)
}

/// A verified member with exactly this access, who stands in no store.
fn somebody(access: &Access, edge: &Edge) -> Current {
    let (id, now) = (MemberId(Uuid::nil()), edge.clock.now());
    let release = edge.release();
    let tiers = &release.manifest().tiers;
    let tier = match access {
        Access::Public | Access::Members => None,
        Access::Paid => tiers
            .iter()
            .find(|tier| tier.is_paid())
            .map(|tier| tier.id.clone()),
        Access::Tier(tier) => Some(tier.clone()),
    };
    let entitlement = tier.map(|tier| Entitlement {
        tier,
        until: None,
        source: Source::Grant,
    });
    Current {
        member: Member {
            id,
            handle: "preview".into(),
            name: String::new(),
            email: None,
            verified_at: Some(now),
            role: Role::Member,
            trust_level: 0,
            newsletter: false,
            language: None,
            joined_at: now,
            suspended_at: None,
            has_password: false,
            is_added: true,
        },
        reader: Reader {
            member: id,
            is_verified: true,
            role: Role::Member,
            entitlements: entitlement.into_iter().collect(),
        },
        session: Session {
            id: Uuid::nil(),
            created_at: now,
            last_seen_at: now,
            user_agent: String::new(),
        },
    }
}
