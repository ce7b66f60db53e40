//! Why a build could not go on. Faults in content are not here: those are diagnostics.

use std::io;
use std::path::PathBuf;

/// A failure of the machine or of a template, with the file it is about; its cause is the `source`.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file or folder could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A template does not parse, or failed while a page was rendered.
    #[error("template `{name}` failed")]
    Template {
        /// Its name below `templates/`, such as `page.html`.
        name: String,
        /// What the template engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
