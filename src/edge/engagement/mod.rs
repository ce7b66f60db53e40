//! Engagement.
pub mod novelty;
pub mod reading;
pub mod scores;
