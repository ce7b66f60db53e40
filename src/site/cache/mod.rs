//! What a build remembers for the next one, in memory and in `.lyceum/cache/`: documents by the file they were read
//! from, their text, and what the last release is made of.
//!
//! Safe to delete at any time. Everything carries a checksum and the identity of the program that wrote it; what does
//! not fit is left aside and made anew. Gated text lies here as it lies in the vault, for its owner alone; what is
//! public and what is not is told apart by the types that are kept, never by where they are kept.
//!
//! Each output folder has a cache of its own, and one process at a time writes to it.

mod file;
mod library;
mod record;
mod spool;
mod table;

pub use file::Cache;
pub use library::{Bodies, Good, Known, Library};
pub use spool::{Span, Spool};
pub use table::{Memory, OutputEntry, ReleaseDiff, ReleaseFiles, Released, TextEntry};
