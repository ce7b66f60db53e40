//! `Json<T>`: a JSON body in, checked to the last field, and a JSON answer out.
//!
//! In: 415 unless `application/json` in UTF-8, 413 above 64 KiB, 400 with the place of the fault,
//! also for a field that `T` does not have (AUTHZ-03, SES-09, DOS-06). Out: `private, no-store`.

use crate::edge::error::ApiError;
use crate::edge::extract::objects::Objects;
use crate::edge::extract::words::{bounded, of_value};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Track;

/// Largest JSON body.
pub const MAX_JSON_BYTES: usize = 64 * 1024;

/// A JSON body: as an argument what was sent, as an answer what is sent.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::JsonNeeded);
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(ApiError::from)?;
        if bytes.len() > MAX_JSON_BYTES {
            return Err(ApiError::TooLarge {
                limit_bytes: MAX_JSON_BYTES,
            });
        }
        read(&bytes).map(Json).map_err(ApiError::Malformed)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let headers = [
            (header::CACHE_CONTROL, "private, no-store"),
            (header::VARY, "Cookie"),
        ];
        (headers, axum::Json(self.0)).into_response()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(text) = first.to_str() else {
        return false;
    };
    let mut pieces = text.split(';').map(str::trim);
    let is_json = pieces
        .next()
        .is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    is_json
        && pieces.all(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("charset")
                    && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        })
}

/// Reads one JSON value; the error names the place, and never repeats what was sent beyond field names.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut unknown = None;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut track = Track::new();
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.get_or_insert_with(|| bounded(&path.to_string()));
    };
    let tracked = serde_path_to_error::Deserializer::new(Objects(&mut deserializer), &mut track);
    let value = serde_ignored::deserialize(tracked, &mut note)
        .map_err(|error| (error, track.path()))
        .and_then(|value| match deserializer.end() {
            Ok(()) => Ok(value),
            Err(error) => Err((error, Track::new().path())),
        });
    match (value, unknown) {
        (Err((error, path)), _) if error.is_data() => Err(of_value(&path, &error.to_string())),
        (Err((error, _)), _) => Err(format!(
            "the body is not JSON: line {}, column {}",
            error.line(),
            error.column()
        )),
        (Ok(_), Some(path)) => Err(format!("there is no field `{path}`")),
        (Ok(value), None) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Draft {
        page: String,
    }

    #[test]
    fn only_known_fields_are_read() {
        assert_eq!(
            read::<Draft>(br#"{"page":"a"}"#),
            Ok(Draft { page: "a".into() })
        );
        for (body, reason) in [
            (r#"{"page":"a","role":"owner"}"#, "there is no field `role`"),
            (r#"{"page":"a","page":"b"}"#, "`page` is there twice"),
            (
                r#"{"page":"a"} {}"#,
                "the body is not JSON: line 1, column 14",
            ),
            (r#"{"page":1}"#, "`page` does not take this value"),
            (r#"["a"]"#, "this is not an object with the fields"),
            ("{}", "`page` is missing"),
            ("", "the body is not JSON"),
        ] {
            let error = read::<Draft>(body.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{body}: {error}");
        }
    }

    /// DOS-06: no depth overflows the stack, and invalid UTF-8 is no text.
    #[test]
    fn deep_and_broken_bodies_are_refused() {
        assert!(read::<serde_json::Value>("[".repeat(60_000).as_bytes()).is_err());
        assert!(read::<Draft>(b"{\"page\":\"\xff\"}").is_err());
    }

    /// SES-09: what a form of a foreign page can send is not JSON.
    #[test]
    fn only_json_in_utf8_is_json() {
        for (sent, fits) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-7", false),
            ("application/json;x", false),
            ("application/json-patch+json", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sent));
            assert_eq!(is_json(&headers), fits, "{sent}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
