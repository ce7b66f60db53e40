//! What the author's server tells the browser: which release is open, and what the last build found.
//!
//! Only `lyceum serve` has a preview. It adds one script to the pages that go out, never to the files of a release.

pub mod http;

use crate::diag::Diagnostic;
use crate::ids::Access;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::watch;

/// What every open page should know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Id of the open release; a page of another one loads itself again.
    pub release: String,
    /// What the last build found; pages show errors over themselves.
    pub findings: Vec<Diagnostic>,
    /// A build that could not go on, in words; empty when it could.
    pub failure: String,
}

/// The author's end; clones speak to the same pages.
#[derive(Clone, Debug)]
pub struct Preview(Arc<watch::Sender<Shown>>);

impl Preview {
    /// A preview that has nothing to show yet.
    pub fn new() -> Self {
        Preview(Arc::new(watch::channel(Shown::default()).0))
    }

    /// Tells every open page; pages hear of the newest state alone.
    pub fn show(&self, shown: Shown) {
        self.0.send_replace(shown);
    }

    /// Follows what is shown, beginning with the present state.
    pub fn follow(&self) -> watch::Receiver<Shown> {
        let mut receiver = self.0.subscribe();
        receiver.mark_changed();
        receiver
    }
}

impl Default for Preview {
    fn default() -> Self {
        Preview::new()
    }
}

/// As whom the author reads the preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewIdentity {
    /// Nobody who signed in.
    Visitor,
    /// A verified member who has this access: `members`, `paid` or a tier.
    Reader(Access),
}

impl PreviewIdentity {
    /// Reads `visitor`, `members`, `paid` or `tier:ID`; `None` for the author.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "visitor" => Some(PreviewIdentity::Visitor),
            _ => Access::parse(text)
                .filter(Access::is_gated)
                .map(PreviewIdentity::Reader),
        }
    }
}

/// The line that the preview adds to the end of every page.
pub fn page_suffix(release: &str) -> String {
    format!("<script src=\"/__lyceum/live.js?release={release}\"></script>\n")
}
