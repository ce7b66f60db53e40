//! Files of content that are no pages of a release, and why.

use crate::site::model::Hidden;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a file is no page of the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It has an error, or one leaves open whether it may be seen.
    Error,
    /// It is a draft, or a section above it is.
    Draft,
    /// Its time has not come.
    Scheduled,
    /// Its time is over.
    Expired,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Relative to the root.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

impl From<Hidden> for Reason {
    fn from(hidden: Hidden) -> Self {
        match hidden {
            Hidden::Draft => Reason::Draft,
            Hidden::Scheduled => Reason::Scheduled,
            Hidden::Expired => Reason::Expired,
            Hidden::Faulty | Hidden::AddressConflict => Reason::Error,
        }
    }
}

/// How many there are for each reason, those with errors first; reasons of none are left out.
pub fn counts(all: &[LeftOut]) -> Vec<(Reason, usize)> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for it in all {
        *counts.entry(it.reason).or_default() += 1;
    }
    counts.into_iter().collect()
}
