//! Markdown once, for both wings: what a text may hold and how it is written is its [`Profile`](profile::Profile).
//!
//! | step | what happens |
//! |---|---|
//! | `emphasis` | the text is made ready for the parser: `math`, `wiki`, `braces` |
//! | `events` | it is parsed; events carry the author's bytes |
//! | `write` | events become HTML with holes ([`fragment`]) and plain text; `alerts`, `autolink`, `han`, `code` are used there |
//! | `safe` | texts of strangers and of the settings: all of it, and the result cleaned |
//!
//! What only a site has (front matter, markers, links between pages, raw HTML) is in `site::parse`, as a
//! [`Host`](write::Host) of the writer; what only a comment has (characters that deceive) is in `edge::comments`.

pub mod address;
pub mod alerts;
pub mod autolink;
pub mod braces;
pub mod code;
pub mod emphasis;
pub mod events;
pub mod fragment;
pub mod han;
pub mod math;
pub mod percent;
pub mod profile;
pub mod safe;
pub mod smart;
pub mod wiki;
pub mod write;
