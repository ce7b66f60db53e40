//! Whether the process lives and whether it can answer: `/healthz` and `/readyz`.
//!
//! Alive means that it answers at all; ready, that a release is open, that no file of it which anyone may have is
//! damaged, and that the store can be read and written. A published release that was refused makes nobody unready, for the one
//! before goes on; that it was refused is said.

pub mod http;
pub mod slice;
mod sql;

use crate::clock::Timestamp;
use crate::edge::release::Releases;
use serde::Serialize;

/// What is known of releases, for probes and numbers. Nothing in it is secret or a path of this machine (OPS-04).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// The open release.
    pub release: OpenView,
    /// The published release, where it could not be opened.
    pub refused: Option<RefusedView>,
    /// Files of the open release that were found missing or other than they were built, gated ones too.
    pub damaged_files: usize,
}

/// The open release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenView {
    /// Its id.
    pub id: String,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A release that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedView {
    /// Its id, or the name of its folder; `None` where there is none.
    pub id: Option<String>,
    /// Stable, such as `incomplete`.
    pub reason: &'static str,
    /// One sentence for people.
    pub detail: String,
    /// When that was found.
    pub since: Timestamp,
}

impl Readiness {
    /// As it is now.
    pub fn of(releases: &Releases) -> Self {
        let open = releases.open();
        let (damaged_files, n_public) = open.release.n_damaged();
        let refused = releases.refused().map(|it| RefusedView {
            id: it.release.clone(),
            reason: it.error.code(),
            detail: it.error.without_paths(),
            since: it.since,
        });
        Readiness {
            ready: n_public == 0,
            release: OpenView {
                id: open.release.id().to_owned(),
                opened_at: open.at,
            },
            refused,
            damaged_files,
        }
    }

    /// The same in the text format of Prometheus.
    pub fn numbers(&self) -> String {
        let (release, refused) = (label(&self.release.id), self.refused.as_ref());
        let refused = refused.map_or("release_refused 0".to_owned(), |it| {
            let id = label(it.id.as_deref().unwrap_or_default());
            let (reason, detail) = (it.reason, label(&it.detail));
            format!("release_refused{{release={id},reason=\"{reason}\",detail={detail}}} 1")
        });
        let opened_at = self.release.opened_at.as_millis() / 1000;
        let n_damaged = self.damaged_files;
        format!(
            "# TYPE release_open gauge\nrelease_open{{release={release}}} 1\n\
             # TYPE release_opened_timestamp_seconds gauge\nrelease_opened_timestamp_seconds {opened_at}\n\
             # TYPE release_refused gauge\n{refused}\n\
             # TYPE release_damaged_files gauge\nrelease_damaged_files {n_damaged}\n"
        )
    }
}

/// A label's value with its quotes.
fn label(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_the_open_and_the_refused_release() {
        let at = Timestamp::from_millis(1_767_600_000_500);
        let mut readiness = Readiness {
            ready: true,
            release: OpenView {
                id: "7f3a".into(),
                opened_at: at,
            },
            refused: None,
            damaged_files: 0,
        };
        let numbers = readiness.numbers();
        for line in [
            "release_open{release=\"7f3a\"} 1",
            "release_opened_timestamp_seconds 1767600000",
            "release_refused 0",
            "release_damaged_files 0",
        ] {
            assert!(numbers.lines().any(|it| it == line), "{line}: {numbers}");
        }
        readiness.refused = Some(RefusedView {
            id: Some("a\"b\\c\n".into()),
            reason: "incomplete",
            detail: "1 of 2".into(),
            since: at,
        });
        let line = r#"release_refused{release="a\"b\\c\n",reason="incomplete",detail="1 of 2"} 1"#;
        assert!(readiness.numbers().lines().any(|it| it == line));
    }
}
