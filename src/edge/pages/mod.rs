//! Pages: every file of `public/`, and gated parts put in their place for those who may read them.
//!
//! Entry point: [`serve`]. Only what the manifest lists is ever served. Whoever may read no gated part
//! of a page gets the public file, byte for byte the same whatever the request says of its sender
//! (PW-11, PW-13, PW-15); whoever may read one gets an answer that no cache keeps. So does whoever brings something to a members' page.

mod body;
mod encoding;
mod fill;
mod find;
mod http;
mod media;
mod members;
mod public;
mod range;
mod read;
mod splice;

#[cfg(test)]
mod tests;

pub use encoding::accepts_gzip;
pub use http::{is_for_anyone, is_unavailable, not_allowed, serve};
pub use splice::{Wanted, page_html, part_html};
