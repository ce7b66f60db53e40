//! Outputs that are rendered again, and why.

use crate::site::fingerprint::{Fingerprint, Ingredient};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An output that is rendered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Below `public/`.
    pub file: Arc<str>,
    /// Why.
    pub since: Since,
}

/// Why an output is rendered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The last release does not have it, or there is none.
    New,
    /// It is not known what the last release was made of: nothing was kept, or another program made it.
    Unknown,
    /// These are other than they were.
    Changed(Vec<Ingredient>),
}

impl Since {
    /// `before` is what the last release has, if it has it, and what that depended on, if it is known. `None` where
    /// nothing has changed.
    pub fn between(before: Option<Option<Fingerprint>>, now: &Fingerprint) -> Option<Self> {
        match before {
            None => Some(Since::New),
            Some(None) => Some(Since::Unknown),
            Some(Some(before)) if before.whole == now.whole => None,
            Some(Some(before)) => Some(Since::Changed(before.differences(now).collect())),
        }
    }

    /// Each reason, as it is called in reports.
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Since::New => vec!["new"],
            Since::Unknown => vec!["unknown"],
            Since::Changed(kinds) => kinds.iter().map(|it| it.name()).collect(),
        }
    }
}

/// How many outputs are stale for each reason; one that has several counts for each.
pub fn counts(stale: &[Stale]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for name in stale.iter().flat_map(|it| it.since.names()) {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}
