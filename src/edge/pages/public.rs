//! The answer with a public file: validators, ranges, precompressed forms.
//!
//! Nothing here looks at who asks: only `Accept-Encoding`, `If-None-Match`, `Range`, `If-Range` and the
//! method change the answer.

use crate::edge::error::ApiError;
use crate::edge::pages::body::FileBody;
use crate::edge::pages::http::read;
use crate::edge::pages::range::{Wanted, wanted};
use crate::edge::pages::{encoding, media};
use crate::edge::release::{Content, OpenRelease, Place};
use crate::manifest::FileEntry;
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
    let wants_piece = asked.method == Method::GET && asked.headers.contains_key(RANGE);
    let form = if wants_piece {
        None
    } else {
        encoding::choose(asked.headers, &entry.encodings)
    };
    let etag = match form {
        Some(ending) => format!("\"{}-{ending}\"", entry.hash),
        None => format!("\"{}\"", entry.hash),
    };
    let cache_control = media::cache_control(name, entry, asked.query);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    put(headers, ETAG, &etag);
    if !entry.encodings.is_empty() {
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if is_known(asked.headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let wanted = if wants_piece {
        wanted(asked.headers, &etag, entry.bytes)
    } else {
        Wanted::All
    };
    if wanted == Wanted::Beyond {
        put(headers, CONTENT_RANGE, &format!("bytes */{}", entry.bytes));
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        return Ok(response);
    }
    fill(&mut response, release, (name, entry), form)
        .await?
        .finish(&mut response, asked.method, wanted)
        .await
        .map_err(ApiError::internal)?;
    Ok(response)
}

/// The page that says that there is nothing; the same for everyone, and never a validator for what may
/// lie there later.
pub async fn not_found(
    release: &Arc<OpenRelease>,
    (name, entry): (&str, &FileEntry),
    asked: &Asked<'_>,
) -> Result<Response, ApiError> {
    let form = encoding::choose(asked.headers, &entry.encodings);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !entry.encodings.is_empty() {
        response
            .headers_mut()
            .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    fill(&mut response, release, (name, entry), form)
        .await?
        .finish(&mut response, asked.method, Wanted::All)
        .await
        .map_err(ApiError::internal)?;
    Ok(response)
}

async fn fill(
    response: &mut Response,
    release: &Arc<OpenRelease>,
    (name, entry): (&str, &FileEntry),
    form: Option<&str>,
) -> Result<Content, ApiError> {
    put(
        response.headers_mut(),
        CONTENT_TYPE,
        &media::content_type(name),
    );
    match form {
        Some(ending) => {
            let coding = HeaderValue::from_static(encoding::coding(ending));
            response.headers_mut().insert(CONTENT_ENCODING, coding);
            read(release, Place::Public, &format!("{name}.{ending}"), None).await
        }
        None => read(release, Place::Public, name, Some(entry.bytes)).await,
    }
}

impl Content {
    /// Puts the content, or a piece of it, into the answer; for HEAD its length alone.
    pub async fn finish(
        self,
        response: &mut Response,
        method: &Method,
        wanted: Wanted,
    ) -> io::Result<()> {
        let length = match &self {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::Large(_, length) => *length,
        };
        let piece = match wanted {
            Wanted::Piece(piece) => {
                let shown = format!("bytes {}-{}/{length}", piece.start, piece.end - 1);
                put(response.headers_mut(), CONTENT_RANGE, &shown);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                piece
            }
            Wanted::All | Wanted::Beyond => 0..length,
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
            Content::Large(file, _) => {
                Body::new(FileBody::of(file, piece.start, piece.end - piece.start).await?)
            }
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
