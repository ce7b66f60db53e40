//! Answers that are made for one request, compressed: pages with parts in place, and JSON.
//!
//! Entry points: [`Compressed`] for handlers, [`answer`] for the guard.
//!
//! The length of a compressed answer tells how much of it is alike. An answer that holds a secret of its reader beside text
//! that somebody else chose gives the secret away, guess by guess (BREACH). So nothing is compressed unless its handler
//! says [`Compressed`], with a comment why it holds no such pair. What holds an address, a token or a form's values does not.

use crate::edge::pages::accepts_gzip;
use crate::gzip::gzip;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::Body as _;

/// Shorter answers travel in one packet either way.
const MIN_BYTES: u64 = 1024;
/// Longer ones are compressed beside the threads that answer.
const INLINE_BYTES: usize = 64 * 1024;

/// An answer that may be compressed. It holds no secret beside text that somebody else chose.
#[derive(Debug, Clone, Copy)]
pub struct Compressed<T>(pub T);

/// Marks the answers of [`Compressed`].
#[derive(Debug, Clone, Copy)]
struct Compressible;

impl<T: IntoResponse> IntoResponse for Compressed<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.extensions_mut().insert(Compressible);
        response
    }
}

/// Whether a request takes gzip.
pub fn is_taken(headers: &HeaderMap) -> bool {
    accepts_gzip(headers)
}

/// The answer, compressed if it may be and is worth it. Its body is in memory already.
pub async fn answer(response: Response) -> Response {
    let is_marked = response.extensions().get::<Compressible>().is_some();
    let n_bytes = response.body().size_hint().exact().unwrap_or_default();
    if !is_marked || response.status() != StatusCode::OK || n_bytes < MIN_BYTES {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Some(smaller) = smaller(&bytes).await else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let headers = &mut parts.headers;
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(smaller.len()));
    Response::from_parts(parts, Body::from(smaller))
}

async fn smaller(bytes: &Bytes) -> Option<Vec<u8>> {
    let copy = match bytes.len() > INLINE_BYTES {
        true => {
            let bytes = bytes.clone();
            tokio::task::spawn_blocking(move || gzip(&bytes))
                .await
                .ok()?
        }
        false => gzip(bytes),
    };
    copy.ok().filter(|it| it.len() < bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    async fn sent(response: Response) -> (HeaderMap, Vec<u8>) {
        let (parts, body) = answer(response).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.headers, bytes.to_vec())
    }

    #[tokio::test]
    async fn what_may_be_compressed_is() {
        let long = "all the words of the page ".repeat(10_000);
        for text in [&long[..], &long[..4_000]] {
            let (headers, bytes) = sent(Compressed(text.to_owned()).into_response()).await;
            assert_eq!(headers[CONTENT_ENCODING], "gzip");
            assert_eq!(headers[VARY], "Accept-Encoding");
            assert!(bytes.len() < text.len() / 10);
            let mut plain = String::new();
            let mut decoder = flate2::read::GzDecoder::new(&bytes[..]);
            decoder.read_to_string(&mut plain).unwrap();
            assert_eq!(plain, text);
        }
    }

    #[tokio::test]
    async fn what_may_not_be_or_is_short_stays() {
        let long = "secret ".repeat(1_000);
        let refused = (StatusCode::FORBIDDEN, long.clone());
        for response in [
            long.into_response(),
            Compressed("short").into_response(),
            Compressed(refused).into_response(),
        ] {
            let (headers, _) = sent(response).await;
            assert!(!headers.contains_key(CONTENT_ENCODING));
        }
    }
}
