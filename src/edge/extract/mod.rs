//! What handlers ask for: strict JSON and query, the client's address.
//!
//! Extractors of this folder say no with an `ApiError`. Who asks (`Visitor`, `SignedIn`, ...) is in
//! `sessions/http.rs`, and is made the same way: `FromRequestParts<Edge>` with `ApiError` as rejection.

mod address;
mod client;
mod json;
mod objects;
mod query;
mod words;

pub use address::network;
pub use client::{ClientAddress, ClientKey, Peer};
pub use json::{Json, MAX_JSON_BYTES};
pub use query::{Nothing, Query};
