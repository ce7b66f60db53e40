//! Every statement on the tables of this slice, a file a noun. Private to the slice.

pub mod author;
pub mod claim;
pub mod entitlement;
pub mod handle;
pub mod leave;
pub mod member;
pub mod session;
pub mod tables;
pub mod token;
