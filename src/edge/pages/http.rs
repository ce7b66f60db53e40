//! `GET` and `HEAD` of everything that is no route.

use crate::edge::accounts;
use crate::edge::error::ApiError;
use crate::edge::guard::{Compressed, SitePath};
use crate::edge::pages::find::{self, Found};
use crate::edge::pages::members;
use crate::edge::pages::public::{self, Asked};
use crate::edge::pages::range::Extent;
use crate::edge::pages::splice::{self, Wanted};
use crate::edge::release::{Content, Listed, OpenPage, OpenRelease};
use crate::edge::state::Edge;
use crate::manifest::VaultAsset;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE,
    LOCATION, VARY,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A method that a route does not have. The router adds the route's methods as `Allow`.
pub async fn not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}

/// Whatever no route has taken.
pub async fn serve(
    State(edge): State<Edge>,
    Extension(path): Extension<SitePath>,
    request: Request,
) -> Result<Response, ApiError> {
    let below = edge.below_base(path.as_str());
    let release = edge.release();
    // Pages may lie below `/api/`; whoever asks for anything else there is a program.
    let has_page = |path| find::find(&release, path) != Found::Nothing;
    if below.is_some_and(|path| is_api(path) && !has_page(path)) {
        return Err(ApiError::NotFound);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(([(ALLOW, "GET,HEAD")], ApiError::MethodNotAllowed).into_response());
    }
    // Outside of the site there is one thing: its root without the closing slash.
    let path = below.unwrap_or(if is_root(&edge, path.as_str()) {
        ""
    } else {
        "/404.html/"
    });
    let (mut parts, _) = request.into_parts();
    let asked = Asked {
        method: &parts.method,
        headers: &parts.headers,
        query: parts.uri.query(),
    };
    let known = &mut parts.extensions;
    let mut answered = answer(&edge, path, &asked, known, Wanted::All).await;
    if is_unavailable(&answered) {
        edge.follow_release().await;
        answered = answer(&edge, path, &asked, known, Wanted::Readable).await;
    }
    answered
}

/// Whether the answer is the same for everyone: a public file, or that there is none. It takes neither the store nor much
/// of a core.
pub fn is_for_anyone(edge: &Edge, path: &SitePath, request: &Request) -> bool {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return false;
    }
    let Some(path) = edge.below_base(path.as_str()) else {
        return true;
    };
    let query = request.uri().query().unwrap_or_default();
    let (release, has_cookie) = (edge.release(), request.headers().contains_key(COOKIE));
    match find::find(&release, path) {
        Found::File(name, _) => {
            let is_filled = has_cookie && release.gated_page(name).is_some();
            !is_filled && !members::may_fill(&release, path, query, has_cookie)
        }
        Found::Asset(_) => !has_cookie,
        Found::Folder | Found::Nothing => !is_api(path),
    }
}

/// Whether a file could not be read. It may go well a second time, once the published release is open, which may be
/// another one.
pub fn is_unavailable<T>(result: &Result<T, ApiError>) -> bool {
    matches!(result, Err(ApiError::Unavailable(_)))
}

async fn answer(
    edge: &Edge,
    path: &str,
    asked: &Asked<'_>,
    known: &mut Extensions,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let release = &edge.release();
    if path.is_empty() {
        return Ok(moved(edge, "/", asked));
    }
    match find::find(release, path) {
        Found::File(name, entry) => {
            if let Some(page) = release.gated_page(name)
                && let Some(response) =
                    for_reader(edge, release, page, asked, known, wanted).await?
            {
                return Ok(response);
            }
            if let Some(html) =
                members::filled(edge, release, (path, name, entry), asked, known).await?
            {
                return for_one(html, asked).await;
            }
            public::answer(release, (name, entry), asked).await
        }
        Found::Asset(asset) => match private_asset(edge, release, asset, asked, known).await? {
            Some(response) => Ok(response),
            None => nothing(release, path, asked).await,
        },
        Found::Folder => Ok(moved(edge, &format!("{path}/"), asked)),
        Found::Nothing => match find::respelt(release, path) {
            Some(path) => Ok(moved(edge, &path, asked)),
            None => nothing(release, path, asked).await,
        },
    }
}

/// The page with the parts that this reader may read in place; `None` when there are none.
async fn for_reader(
    edge: &Edge,
    release: &Arc<OpenRelease>,
    page: OpenPage<'_>,
    asked: &Asked<'_>,
    known: &mut Extensions,
    wanted: Wanted,
) -> Result<Option<Response>, ApiError> {
    if !asked.headers.contains_key(COOKIE) {
        return Ok(None);
    }
    let current = accounts::current(edge, asked.headers, known).await?;
    let reader = current.as_deref().map(|it| &it.reader);
    let parts = splice::open_parts(release, page, reader, edge.clock.now());
    if parts.is_empty() {
        return Ok(None);
    }
    let html = splice::spliced(release, page, &parts, wanted).await?;
    let html = match &current {
        Some(current) => members::with_name(html, current),
        None => html,
    };
    // Compressed: gated text is secret, and nobody but the site's authors chose anything that stands beside it. The page
    // holds no comments; of the request it holds the reader's own name, and neither address, token nor form.
    let response = for_one(html, asked).await?;
    Ok(Some(Compressed(response).into_response()))
}

/// The answer with a page that was made for one reader.
async fn for_one(html: Bytes, asked: &Asked<'_>) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::empty());
    private(response.headers_mut());
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let content = Content::Whole(html);
    let finished = content
        .finish(&mut response, asked.method, Extent::All)
        .await;
    finished.map_err(ApiError::internal)?;
    Ok(response)
}

/// A file of the vault for whoever may read a part that uses it; `None` for all others, who learn
/// nothing of it (PW-07). In pieces too: some browsers play no film otherwise.
async fn private_asset(
    edge: &Edge,
    release: &Arc<OpenRelease>,
    asset: &VaultAsset,
    asked: &Asked<'_>,
    known: &mut Extensions,
) -> Result<Option<Response>, ApiError> {
    let current = accounts::current(edge, asked.headers, known).await?;
    let reader = current.as_deref().map(|it| &it.reader);
    let (tiers, now) = (&release.manifest().tiers, edge.clock.now());
    let is_open = |access| crate::edge::access::may_read(access, reader, tiers, now).is_ok();
    if !asset.accesses.iter().any(is_open) {
        return Ok(None);
    }
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    private(headers);
    let shows = ["image/", "audio/", "video/"]
        .iter()
        .any(|kind| asset.content_type.starts_with(kind));
    let content_type = HeaderValue::from_str(&asset.content_type);
    headers.insert(
        CONTENT_TYPE,
        content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static(if shows { "inline" } else { "attachment" }),
    );
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
        ),
    );
    let (file, etag) = (Listed::asset(asset), format!("\"{}\"", asset.hash));
    public::piece(&mut response, release, &file, &etag, asked).await?;
    Ok(Some(response))
}

/// An answer that is for this reader alone.
fn private(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
}

async fn nothing(
    release: &Arc<OpenRelease>,
    path: &str,
    asked: &Asked<'_>,
) -> Result<Response, ApiError> {
    match find::not_found(release, path) {
        Some(page) => public::not_found(release, page, asked).await,
        None => Err(ApiError::NotFound),
    }
}

/// To another path of the site, such as that of a folder with its closing slash, with the query.
fn moved(edge: &Edge, path: &str, asked: &Asked<'_>) -> Response {
    let base = edge.settings.base_url.path().trim_end_matches('/');
    let encoded = percent_encoding::utf8_percent_encode(path, IN_PATH);
    let query = asked
        .query
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    match HeaderValue::from_str(&format!("{base}{encoded}{query}")) {
        Ok(place) => {
            // Without it browsers keep a 308 for good, also after a release in which something else lies there.
            let asked_again = HeaderValue::from_static("no-cache");
            let headers = [(LOCATION, place), (CACHE_CONTROL, asked_again)];
            (StatusCode::PERMANENT_REDIRECT, headers).into_response()
        }
        Err(_) => ApiError::NotFound.into_response(),
    }
}

/// What stands in a path as it is: RFC 3986's unreserved characters and `/`.
const IN_PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

fn is_root(edge: &Edge, path: &str) -> bool {
    path == edge.settings.base_url.decoded_path().trim_end_matches('/')
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}
