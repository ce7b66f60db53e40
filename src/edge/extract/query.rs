//! `Query<T>`: the query of an address, checked to the last parameter.
//!
//! A parameter that `T` does not have, or one sent twice, is refused (AUTHZ-10), so that a misspelt
//! filter never shows everything.

use crate::edge::error::ApiError;
use crate::edge::extract::words::{bounded, of_value};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Track;

/// What stands behind the `?`.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(parts.uri.query().unwrap_or_default())
            .map(Query)
            .map_err(ApiError::Malformed)
    }
}

/// No parameters at all.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Nothing {}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    let mut unknown = None;
    let mut track = Track::new();
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.get_or_insert_with(|| bounded(&path.to_string()));
    };
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let tracked = serde_path_to_error::Deserializer::new(pairs, &mut track);
    let value = serde_ignored::deserialize(tracked, &mut note);
    match (value, unknown) {
        (Err(error), _) => Err(of_value(&track.path(), &error.to_string())),
        (Ok(_), Some(name)) => Err(format!("there is no parameter `{name}`")),
        (Ok(value), None) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Asked {
        page: String,
        limit: Option<u32>,
    }

    #[test]
    fn only_known_parameters_are_read() {
        let asked = Asked {
            page: "引擎".into(),
            limit: Some(5),
        };
        assert_eq!(read::<Asked>("page=%E5%BC%95%E6%93%8E&limit=5"), Ok(asked));
        for (query, reason) in [
            ("", "`page` is missing"),
            ("page=a&page=b", "`page` is there twice"),
            ("page=a&order=email", "there is no parameter `order`"),
            ("page=a&limit=-1", "`limit` does not take this value"),
            ("page=a&limit=x%00%1b", "`limit` does not take this value"),
        ] {
            assert_eq!(read::<Asked>(query).unwrap_err(), reason, "{query}");
        }
        assert!(read::<Nothing>("").is_ok() && read::<Nothing>("a=1").is_err());
    }
}
