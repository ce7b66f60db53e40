//! Keys in heads that look misspelt, and are not: what several pages share is a value of the author's own.
//!
//! Keys that may decide who reads a page, or when, are errors of another kind, however many pages have them.

use crate::diag::{Code, Diagnostic};
use std::collections::{HashMap, HashSet};

/// The kind of finding that this is about.
const KIND: Code = "head-key-unknown";
/// Pages with one key after which nobody has misspelt it.
const SHARED_BY: usize = 5;

/// Messages about keys that several pages share.
pub fn shared<'d>(findings: impl Iterator<Item = &'d Diagnostic>) -> HashSet<&'d str> {
    let mut n_pages: HashMap<&str, usize> = HashMap::new();
    for finding in findings.filter(|it| it.code == KIND) {
        *n_pages.entry(&finding.message).or_default() += 1;
    }
    let shared = n_pages.into_iter().filter(|(_, n)| *n >= SHARED_BY);
    shared.map(|(message, _)| message).collect()
}

/// Whether a finding is about one of the shared keys.
pub fn is_about(finding: &Diagnostic, shared: &HashSet<&str>) -> bool {
    finding.code == KIND && shared.contains(finding.message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Severity, SourceFile};

    #[test]
    fn a_key_of_several_pages_is_no_misspelling() {
        let file = |at: usize| SourceFile::new(format!("content/{at}.md"), "---\ntitel: x\n---\n");
        for (n_pages, n_left) in [(1, 1), (4, 4), (5, 0), (40, 0)] {
            let unknown = |at| Diagnostic::head_key_unknown(&file(at), 4..9, "titel", "title");
            let mut findings: Vec<_> = (0..n_pages).map(unknown).collect();
            findings.push(Diagnostic::head_key_unknown(&file(0), 4..9, "dat", "date"));
            // An error with the same words stays.
            let severity = Severity::Error;
            findings.extend((0..n_pages).map(|at| Diagnostic {
                severity,
                code: "head-key-misspelt",
                ..unknown(at)
            }));
            let shared = shared(findings.iter());
            let left = findings.iter().filter(|it| !is_about(it, &shared));
            assert_eq!(left.count(), n_left + 1 + n_pages, "{n_pages}");
        }
    }
}
