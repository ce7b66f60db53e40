//! Findings about the files that a site would have.

use crate::diag::{Diagnostic, Severity};

impl Diagnostic {
    /// `path` is what the author wrote; something else of the site wants the same file of `public/`.
    pub fn two_outputs(path: &str, file: &str) -> Diagnostic {
        Diagnostic::about(
            Severity::Error,
            "two-outputs",
            path,
            format!("`{file}` would be made twice: by this, and by the build or another file"),
            "give one of the two another `slug`, `path` or file name",
        )
    }
}
