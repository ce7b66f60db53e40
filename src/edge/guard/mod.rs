//! The guard: what every request passes before its handler and every answer passes after it.
//!
//! Entry point: [`guard`], a middleware around the whole router. In: the path's form, the method, the
//! host, the origin, the length, how often. Out: compression where it is safe, security headers, one log line, the metrics.

mod compress;
mod headers;
mod http;
mod log;
mod origin;
mod path;

#[cfg(test)]
mod tests;

pub use compress::Compressed;
pub use http::{BodyRead, RequestId, guard};
pub use log::chain;
pub use path::{BadPath, SitePath};
