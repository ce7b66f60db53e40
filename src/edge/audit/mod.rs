//! The audit log: who did what to whom, and when (OPS-05). Rows are only ever added.
//!
//! Details hold no address, name, token or password, so that an erased member leaves no trace here
//! but an id that leads nowhere.

mod service;
pub mod slice;
mod sql;

pub use service::{last_acts, note};

/// What is noted, such as `member.suspend`. Each slice lists its own in its line of `slices/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action(&'static str);

impl Action {
    /// An action with the name that the store has of it.
    pub const fn new(name: &'static str) -> Self {
        Action(name)
    }

    /// As it is written in the store.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
