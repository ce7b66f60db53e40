//! The answer with a file: validators, ranges, precompressed forms.
//!
//! Nothing here looks at who asks: only `Accept-Encoding`, `If-None-Match`, `Range`, `If-Range` and the
//! method change the answer.

use crate::edge::error::ApiError;
use crate::edge::pages::body::FileBody;
use crate::edge::pages::range::{Extent, extent};
use crate::edge::pages::read::read;
use crate::edge::pages::{encoding, media};
use crate::edge::release::{Content, Listed, OpenRelease};
use crate::manifest::{CopyEntry, FileEntry};
use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// What of a request matters for a public file.
pub struct Asked<'a> {
    pub method: &'a Method,
    pub headers: &'a HeaderMap,
    pub query: Option<&'a str>,
}

/// The file with `200`, `206`, `304` or `416`.
pub async fn answer(
    release: &Arc<OpenRelease>,
    (name, entry): (&str, &FileEntry),
    asked: &Asked<'_>,
) -> Result<Response, ApiError> {
    // A piece is always one of the file as it is, whose length the manifest knows.
    let copy = match asked.wants_piece() {
        true => None,
        false => encoding::choose(asked.headers, &entry.copies),
    };
    let etag = match copy {
        Some(copy) => format!("\"{}-{}\"", entry.hash, copy.encoding),
        None => format!("\"{}\"", entry.hash),
    };
    let cache_control = media::cache_control(name, entry, asked.query);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    if !entry.copies.is_empty() {
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if is_known(asked.headers, &etag) {
        put(headers, ETAG, &etag);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let file = form(response.headers_mut(), (name, entry), copy);
    piece(&mut response, release, &file, &etag, asked).await?;
    Ok(response)
}

/// The page that says that there is nothing; the same for everyone, and never a validator for what may
/// lie there later.
pub async fn not_found(
    release: &Arc<OpenRelease>,
    (name, entry): (&str, &FileEntry),
    asked: &Asked<'_>,
) -> Result<Response, ApiError> {
    let copy = encoding::choose(asked.headers, &entry.copies);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !entry.copies.is_empty() {
        response
            .headers_mut()
            .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    let file = form(response.headers_mut(), (name, entry), copy);
    read(release, &file)
        .await?
        .finish(&mut response, asked.method, Extent::All)
        .await
        .map_err(ApiError::internal)?;
    Ok(response)
}

/// The file of the copy that was chosen, or that of the file as it is, with the headers that say so.
fn form(
    headers: &mut HeaderMap,
    (name, entry): (&str, &FileEntry),
    copy: Option<&CopyEntry>,
) -> Listed {
    put(headers, CONTENT_TYPE, &media::content_type(name));
    match copy {
        Some(copy) => {
            let coding = HeaderValue::from_static(encoding::coding(&copy.encoding));
            headers.insert(CONTENT_ENCODING, coding);
            Listed::copy(name, copy)
        }
        None => Listed::public(name, entry),
    }
}

/// Fills the answer with the bytes that were asked for: all of the file, or a piece of it, or that it has no such
/// bytes.
pub async fn piece(
    response: &mut Response,
    release: &Arc<OpenRelease>,
    file: &Listed,
    etag: &str,
    asked: &Asked<'_>,
) -> Result<(), ApiError> {
    let headers = response.headers_mut();
    put(headers, ETAG, etag);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let extent = match asked.wants_piece() {
        true => extent(asked.headers, etag, file.bytes),
        false => Extent::All,
    };
    if extent == Extent::Beyond {
        put(headers, CONTENT_RANGE, &format!("bytes */{}", file.bytes));
        headers.remove(CONTENT_TYPE);
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        return Ok(());
    }
    let content = read(release, file).await?;
    let finished = content.finish(response, asked.method, extent).await;
    finished.map_err(ApiError::internal)
}

impl Asked<'_> {
    fn wants_piece(&self) -> bool {
        self.method == Method::GET && self.headers.contains_key(RANGE)
    }
}

impl Content {
    /// Puts the content, or a piece of it, into the answer; for HEAD its length alone.
    pub async fn finish(
        self,
        response: &mut Response,
        method: &Method,
        extent: Extent,
    ) -> io::Result<()> {
        let length = match &self {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::Large(_, check) => check.listed.bytes,
        };
        let piece = match extent {
            Extent::Piece(piece) => {
                let shown = format!("bytes {}-{}/{length}", piece.start, piece.end - 1);
                put(response.headers_mut(), CONTENT_RANGE, &shown);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                piece
            }
            Extent::All | Extent::Beyond => 0..length,
        };
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(piece.end - piece.start));
        if method != Method::HEAD {
            *response.body_mut() = self.body(piece).await?;
        }
        Ok(())
    }

    async fn body(self, piece: Range<u64>) -> io::Result<Body> {
        Ok(match self {
            Content::Whole(bytes) => {
                Body::from(bytes.slice(piece.start as usize..piece.end as usize))
            }
            Content::Large(file, check) => Body::new(FileBody::of(file, check, piece).await?),
        })
    }
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Everything put into headers here is a hash, a number or a media type.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
