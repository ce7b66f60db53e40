//! The edge wing: a release and a store in, answers out.

pub mod entropy;
pub mod members;
pub mod store;
