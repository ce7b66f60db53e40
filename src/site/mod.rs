//! The site wing: content on disk in, a release on disk out.
//!
//! `source -> parse -> model -> plan -> render -> publish`; each stage hands on a complete value.

pub mod error;
pub mod model;
pub mod parse;
pub mod plan;
pub mod publish;
pub mod render;
pub mod source;
pub mod watch;
