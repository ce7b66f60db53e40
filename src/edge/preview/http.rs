//! What the preview puts around the router: one script more in every page, news for it, and pages as another reader sees them.
//!
//! Entry point: [`router`]. Pages go out whole and uncached, so that the author sees what was saved.

use crate::edge::access::Reader;
use crate::edge::accounts::{Current, Session, look_as};
use crate::edge::accounts::{Entitlement, Member, MemberId, Role, Source};
use crate::edge::preview::{Preview, PreviewIdentity, page_suffix};
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

/// Name of the cookie that holds the chosen identity; it means nothing outside the preview.
const EYES_COOKIE: &str = "preview_as";
/// A page longer than this cannot be shown in the preview.
const PAGE_BYTES: usize = 64 << 20;

/// The edge with the preview's routes behind its guard, and the preview's script in every page.
pub fn router(edge: Edge, preview: Preview) -> Router {
    crate::edge::router_with(edge.clone(), routes(preview))
        .layer(from_fn_with_state(edge, through_the_glass))
}

/// Everything below `/__lyceum/`.
fn routes(preview: Preview) -> Router<Edge> {
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
    let value = if PreviewIdentity::parse(wanted).is_some() {
        wanted
    } else {
        ""
    };
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{EYES_COOKIE}={value}; Path=/; SameSite=Strict; HttpOnly{age}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Reads are answered as the chosen identity; writes stay the author's own.
async fn through_the_glass(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let release = edge.release();
    let path = request.uri().path();
    // A page asks for its parts once more by script; both must see the same.
    let is_reading =
        !is_route(path, std::iter::empty()) || ["/api/parts", "/api/page"].contains(&path);
    if let Some(identity) = identity(request.headers()).filter(|_| is_reading) {
        let seen = match identity {
            PreviewIdentity::Visitor => None,
            PreviewIdentity::Reader(access) => Some(somebody(&access, &edge)),
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

/// As whom a request reads; `None` for the author.
fn identity(headers: &HeaderMap) -> Option<PreviewIdentity> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == EYES_COOKIE)?;
    PreviewIdentity::parse(value)
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
            wanted_email: None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::extract::Peer;
    use crate::edge::fixture::Fixture;
    use tower::ServiceExt;

    const ROUTES: [(&str, &str); 5] = [
        ("GET", "/__lyceum/live"),
        ("GET", "/__lyceum/live.js"),
        ("GET", "/__lyceum/live.css"),
        ("POST", "/__lyceum/as?eyes=visitor"),
        ("GET", "/"),
    ];

    /// What one of the routes answers to these header lines; the request comes from a socket.
    async fn ask(app: &Router, (method, address): (&str, &str), lines: &[&str]) -> Response {
        let mut request = Request::builder().method(method).uri(address);
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = Peer("127.0.0.1:4000".parse().unwrap());
        request.extensions_mut().insert(peer);
        app.clone().oneshot(request).await.unwrap()
    }

    fn app() -> (Fixture, Router) {
        let site = Fixture::at("http://127.0.0.1:1111/");
        let app = router(site.edge.clone(), Preview::new());
        (site, app)
    }

    /// OPS-11: a name that leads here from elsewhere reads neither findings nor pages.
    #[tokio::test]
    async fn a_foreign_host_reads_nothing() {
        let (_site, app) = app();
        for host in [
            "evil.example",
            "evil.example:1111",
            "127.0.0.1.evil.example",
            "",
        ] {
            for route in ROUTES {
                let response = ask(&app, route, &[&format!("host: {host}")]).await;
                assert!(response.status().is_client_error(), "{host} {route:?}");
                let head = response.headers().clone();
                assert!(head.contains_key("content-security-policy"), "{route:?}");
                let body = to_bytes(response.into_body(), PAGE_BYTES).await.unwrap();
                assert!(body.starts_with(b"{"), "{host} {route:?}");
            }
        }
        for host in ["127.0.0.1:1111", "localhost:1111", "[::1]:1111"] {
            for route in ROUTES {
                let response = ask(&app, route, &[&format!("host: {host}")]).await;
                assert!(response.status().is_success(), "{host} {route:?}");
                let head = response.headers();
                assert!(head.contains_key("content-security-policy"), "{route:?}");
                assert_eq!(head["x-content-type-options"], "nosniff", "{route:?}");
            }
        }
    }

    /// SES-07: pages of other sites change nothing here.
    #[tokio::test]
    async fn other_sites_do_not_change_the_eyes() {
        let (_site, app) = app();
        let (host, route) = ("host: 127.0.0.1:1111", ROUTES[3]);
        for (lines, is_taken) in [
            (&[][..], true),
            (&["sec-fetch-site: same-origin"], true),
            (&["sec-fetch-site: cross-site"], false),
            (&["sec-fetch-site: same-site"], false),
            (&["origin: http://127.0.0.1:1111"], true),
            (&["origin: http://127.0.0.1:1112"], false),
            (&["origin: https://evil.example"], false),
            (&["origin: null"], false),
            (&["cookie: preview_as=members"], false),
        ] {
            let response = ask(&app, route, &[&[host], lines].concat()).await;
            let expected = if is_taken { 204 } else { 403 };
            assert_eq!(response.status(), expected, "{lines:?}");
            assert_eq!(
                response.headers().contains_key("set-cookie"),
                is_taken,
                "{lines:?}"
            );
        }
    }
}
