//! Markdown as both wings read it: emphasis beside full-width marks, bare addresses, line breaks in Han.
//!
//! Short texts of the settings are `notice`.
//! What only a site has (front matter, markers, components) is in `site::parse`; what only a comment has
//! (cleaning, the short list of tags) is in `edge::comments`.

pub mod address;
pub mod alerts;
pub mod autolink;
pub mod braces;
pub mod emphasis;
pub mod han;
pub mod math;
pub mod notice;
pub mod wiki;
