//! Comments.
pub mod hygiene;
pub mod markdown;
