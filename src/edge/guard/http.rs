//! The middleware: checks in their order, the handler under its time limit, and what answers bear.

use crate::edge::bodies::{Count, Full};
use crate::edge::error::ApiError;
use crate::edge::extract::{ClientAddress, MAX_JSON_BYTES, Peer};
use crate::edge::guard::log::Line;
use crate::edge::guard::{BadPath, SitePath, compress, headers, origin};
use crate::edge::pages;
use crate::edge::state::Edge;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST};
use axum::http::{HeaderName, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Body as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A request is answered within this, its body included, or given up.
const REQUEST: Duration = Duration::from_secs(15);
/// The header that names a request, in the answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the release that was open when the request came.
const RELEASE: HeaderName = HeaderName::from_static("x-release");

/// The name of a request in the log; in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// How far the body of a request was read; in its extensions.
#[derive(Clone, Debug, Default)]
pub struct BodyRead {
    is_read: Arc<AtomicBool>,
    is_awaited: Arc<AtomicBool>,
}

impl BodyRead {
    /// Whether there was no body, or it was read to its end.
    pub fn is_read(&self) -> bool {
        self.is_read.load(Ordering::Relaxed)
    }

    /// Whether the handler waits for more of it.
    pub fn is_awaited(&self) -> bool {
        self.is_awaited.load(Ordering::Relaxed)
    }

    /// Notes what is known of the body now.
    pub fn note(&self, is_read: bool, is_awaited: bool) {
        self.is_read.fetch_or(is_read, Ordering::Relaxed);
        self.is_awaited.store(is_awaited, Ordering::Relaxed);
    }
}

/// Wraps the whole router.
pub async fn guard(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let id = data_encoding::HEXLOWER.encode(&edge.entropy.bytes::<8>());
    let path = request.uri().path().to_owned();
    let release = edge.release().id().to_owned();
    let line = Line::begin(request.method(), &path, &id);
    let id_value = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("-"));
    let body = request
        .extensions()
        .get::<BodyRead>()
        .cloned()
        .unwrap_or_default();
    let mut response = match admit(&edge, &request) {
        Err(error) => error.into_response(),
        Ok(decoded) => {
            let is_quick = is_quick(&edge, &decoded, &request);
            request.extensions_mut().insert(decoded);
            request.extensions_mut().insert(RequestId(id));
            let is_safe = request.method().is_safe();
            let (request, count) = counted(&edge, request);
            let answer = compressed(request, next);
            let answer = async {
                match is_quick {
                    true => answer.await,
                    false => edge.threads.run(answer).await,
                }
            };
            match tokio::time::timeout(REQUEST, answer).await {
                _ if count.is_some_and(|it| it.is_refused()) => {
                    ApiError::from(Full).into_response()
                }
                Ok(response) => response,
                Err(_) if body.is_awaited() => ApiError::TimedOut.into_response(),
                // It is not the client that is waited for, but the store or a hash. What it has begun goes on.
                Err(_) if is_safe => ApiError::busy().into_response(),
                Err(_) => ApiError::ResultUnknown(None).into_response(),
            }
        }
    };
    headers::secure(response.headers_mut(), &path, &edge.settings);
    if let Ok(release) = HeaderValue::from_str(&release) {
        response.headers_mut().insert(RELEASE, release);
    }
    response.headers_mut().insert(REQUEST_ID, id_value);
    line.end(&response);
    response
}

/// Whether a request is answered where its connection is held: public files, and numbers that are kept in memory. Another
/// thread would take longer to wake than that takes.
fn is_quick(edge: &Edge, path: &SitePath, request: &Request) -> bool {
    let is_kept = || edge.below_base(path.as_str()) == Some("/api/engagement");
    is_kept() || pages::is_for_anyone(edge, path, request)
}

/// The handler's answer, compressed where that is allowed and taken.
async fn compressed(request: Request, next: Next) -> Response {
    let is_gzip_taken = compress::is_taken(request.headers());
    let response = next.run(request).await;
    match is_gzip_taken {
        true => compress::answer(response).await,
        false => response,
    }
}

/// Every reason to refuse a request that can be known without its handler, cheapest first.
fn admit(edge: &Edge, request: &Request) -> Result<SitePath, ApiError> {
    let path = SitePath::parse(request.uri().path()).map_err(|fault| match fault {
        BadPath::TooLong => ApiError::AddressTooLong,
        BadPath::Malformed => {
            ApiError::Malformed("the address is not percent-encoded UTF-8".into())
        }
        BadPath::Nowhere => ApiError::NotFound,
    })?;
    check_host(edge, request)?;
    check_length(request)?;
    check_encoding(request)?;
    if !request.method().is_safe() {
        origin::check(request.headers(), &edge.settings)?;
        let peer = request.extensions().get::<Peer>().copied();
        let client = ClientAddress::of(request.headers(), peer, &edge.settings).key();
        if let Some(limit) = edge.limits.of(request.method(), path.as_str()) {
            edge.limits.check(limit, client)?;
        }
    }
    Ok(path)
}

/// The request with its body counted, where it has one.
fn counted(edge: &Edge, request: Request) -> (Request, Option<Count>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let peer = request.extensions().get::<Peer>().copied();
    let client = ClientAddress::of(request.headers(), peer, &edge.settings).key();
    let (parts, body) = request.into_parts();
    let (body, count) = edge.bodies.count(body, client);
    (Request::from_parts(parts, body), Some(count))
}

/// Refuses a compressed body, which nothing here unpacks.
fn check_encoding(request: &Request) -> Result<(), ApiError> {
    let encodings = request.headers().get_all(CONTENT_ENCODING);
    let is_plain = |it: &HeaderValue| it.as_bytes().eq_ignore_ascii_case(b"identity");
    match encodings.iter().all(is_plain) {
        true => Ok(()),
        false => Err(ApiError::PlainNeeded),
    }
}

/// One `Host`, equal to an absolute address where there is one (HTTP-04), and on a reader's own machine
/// a local one (OPS-11). Links never come from it. Without a socket there is none to check.
fn check_host(edge: &Edge, request: &Request) -> Result<(), ApiError> {
    if request.extensions().get::<Peer>().is_none() {
        return Ok(());
    }
    let wrong = || ApiError::Malformed("send one Host header".into());
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().map_err(|_| wrong())?,
        (None, _) if request.version() < Version::HTTP_11 => return Ok(()),
        _ => return Err(wrong()),
    };
    let differs = request
        .uri()
        .authority()
        .is_some_and(|it| !it.as_str().eq_ignore_ascii_case(host));
    let is_plain = !host.is_empty()
        && host
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b".-:[]_".contains(&it));
    if differs || !is_plain {
        return Err(wrong());
    }
    if !edge.settings.is_own_host(host) {
        return Err(ApiError::Refused {
            code: "foreign_host",
            detail: "this server answers to its own names",
        });
    }
    Ok(())
}

/// Refuses by its announced length a body that no handler takes, before a byte of it is read (DOS-01).
fn check_length(request: &Request) -> Result<(), ApiError> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok());
    match length.map(str::parse::<u64>) {
        Some(Ok(bytes)) if bytes > MAX_JSON_BYTES as u64 => Err(ApiError::TooLarge {
            limit_bytes: MAX_JSON_BYTES,
        }),
        _ => Ok(()),
    }
}
