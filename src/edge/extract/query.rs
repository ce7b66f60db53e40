//! `Query<T>`: the query of an address, checked to the last parameter.
//!
//! A parameter that `T` does not have, or one sent twice, is refused (AUTHZ-10), so that a misspelt
//! filter never shows everything.

use crate::edge::error::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

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

fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    let mut unknown = None;
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.get_or_insert_with(|| path.to_string().chars().take(200).collect::<String>());
    };
    let pairs = form_urlencoded::parse(query.as_bytes());
    let value = serde_ignored::deserialize(serde_urlencoded::Deserializer::new(pairs), &mut note)
        .map_err(|error| error.to_string().chars().take(200).collect::<String>())?;
    match unknown {
        Some(name) => Err(format!("unknown parameter `{name}`")),
        None => Ok(value),
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
        for query in ["", "page=a&page=b", "page=a&order=email", "page=a&limit=-1"] {
            assert!(read::<Asked>(query).is_err(), "{query}");
        }
    }
}
