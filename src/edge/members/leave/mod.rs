//! Taking everything out, and leaving: every table that knows a member, and what becomes of its rows.
//!
//! [`TABLES`] is the whole list; a test holds it against the schema of both engines, so that a table
//! added later cannot be forgotten (PRIV-01, PRIV-02).

#[cfg(test)]
mod conversations;
mod sql;
#[cfg(test)]
mod tests;

pub use sql::{TABLES, Table, erase, export};

/// How a column is written in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, or nothing.
    Text,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Real,
    /// Yes or no.
    Truth,
    /// A moment, as RFC 3339.
    Time,
}
