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
    /// The output folder has files in it that Lyceum did not make.
    #[error("`{}` is not empty and not Lyceum's: choose another output folder", path.display())]
    ForeignOutput {
        /// The folder.
        path: PathBuf,
    },
    /// The output folder would become part of its own input, or the vault public.
    #[error("`{}` cannot be the output folder: it lies inside what a build reads", path.display())]
    OutputInside {
        /// The folder.
        path: PathBuf,
    },
    /// The vault key cannot be used.
    #[error("vault key `{}`: {reason}", path.display())]
    Key {
        /// Its file, or the name of its variable.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: &'static str,
    },
    /// The threads that were asked for cannot be had.
    #[error("cannot start the threads of the build")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}
