//! One log line a request, and the numbers that `/metrics` shows.
//!
//! Bounded and escaped (XSS-14); never a query, a token, a cookie or an address (PRIV-03). A failure is
//! logged here and nowhere else, with its causes.

use crate::clock::Stopwatch;
use crate::edge::error::Failure;
use axum::http::Method;
use axum::response::Response;
use std::error::Error;
use std::fmt::Write;

/// Longest path in a log line, in characters.
const PATH_CHARS: usize = 200;

/// What the log says of a request, kept while its handler has the rest.
pub struct Line {
    method: Method,
    path: String,
    id: String,
    watch: Stopwatch,
}

impl Line {
    /// Starts the watch of a request.
    pub fn begin(method: &Method, path: &str, id: &str) -> Self {
        Line {
            method: method.clone(),
            path: shown(path),
            id: id.into(),
            watch: Stopwatch::start(),
        }
    }

    /// Writes the line and counts the request.
    pub fn end(self, response: &Response) {
        let (secs, status) = (self.watch.secs(), response.status().as_u16());
        let took_ms = (secs * 1e6).round() / 1e3;
        let (method, path, request) = (method_name(&self.method), self.path, self.id);
        metrics::counter!("http_requests_total", "method" => method, "class" => class_of(status))
            .increment(1);
        metrics::histogram!("http_request_seconds").record(secs);
        match response.extensions().get::<Failure>() {
            Some(Failure {
                code,
                cause: Some(cause),
            }) => {
                let cause = chain(cause.as_ref());
                tracing::error!(
                    request, method, path, status, took_ms, code, cause, "failed"
                );
            }
            Some(Failure { code, cause: None }) => {
                tracing::info!(request, method, path, status, took_ms, code, "refused");
            }
            None => tracing::info!(request, method, path, status, took_ms, "answered"),
        }
    }
}

/// An error with its causes, outermost first, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text.escape_debug().take(1000).collect()
}

fn shown(path: &str) -> String {
    let open = match path.find("/members/feeds/") {
        Some(at) => &path[..at + "/members/feeds/".len()],
        None => path,
    };
    open.escape_debug().take(PATH_CHARS).collect()
}

/// A name from a short list: methods are chosen by the client, and each would be a series of its own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn class_of(status: u16) -> &'static str {
    match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XSS-14, PRIV-03
    #[test]
    fn paths_are_escaped_bounded_and_without_tokens() {
        assert_eq!(shown("/a\u{1b}[31m\r\nb"), "/a\\u{1b}[31m\\r\\nb");
        assert_eq!(shown(&"/a".repeat(9000)).chars().count(), PATH_CHARS);
        assert_eq!(shown("/members/feeds/secret/atom.xml"), "/members/feeds/");
        assert_eq!(shown("/引擎/"), "/引擎/");
    }
}
