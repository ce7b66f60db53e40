//! Whether the process lives and whether it can answer: `/healthz` and `/readyz`.
//!
//! Alive means that it answers at all; ready, that a release is open and the store can be read and written.

pub mod http;
mod sql;
