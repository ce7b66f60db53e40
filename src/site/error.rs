//! Why a build could not go on. Faults in content are not here: those are diagnostics.

use crate::diag::Diagnostic;
use std::io;
use std::path::{Path, PathBuf};

/// So many folders above are looked at for a site.
const MAX_ABOVE: usize = 6;

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
    /// The folder has no settings, so it is no site.
    #[error("there is no site in `{}`: it has no `{}`", root.display(), config.display())]
    NoSite {
        /// The folder.
        root: PathBuf,
        /// The file of settings, as it was asked for.
        config: PathBuf,
        /// Where it would be.
        path: PathBuf,
        /// A folder above that has one.
        above: Option<PathBuf>,
    },
    /// Parts of the site could not be read, so that it is not known what the site has. A release without them would take
    /// pages away that may still be there.
    #[error("{}", lines(.0))]
    Unreadable(Vec<Diagnostic>),
    /// A file or folder could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A group is to read the release, and cannot be let.
    #[error("cannot let group {group} read `{}`", path.display())]
    Share {
        /// The file or folder.
        path: PathBuf,
        /// The number of the group.
        group: u32,
        /// What the system said.
        source: io::Error,
    },
    /// A template does not parse, or failed while an output was rendered.
    #[error("{0}")]
    Template(Box<Diagnostic>),
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
    /// `current` is no symbolic link, so that no rename can replace it.
    #[error("`{}` is no symbolic link to a release, as a build makes it", path.display())]
    CurrentIsNoLink {
        /// `current` in the output folder.
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

impl BuildError {
    /// A stable name of the kind in kebab case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            BuildError::Read { .. } => "cannot-read",
            BuildError::NoSite { .. } => "no-site",
            BuildError::Unreadable(_) => "unreadable",
            BuildError::Write { .. } => "cannot-write",
            BuildError::Share { .. } => "cannot-share",
            BuildError::Template(fault) => fault.code,
            BuildError::ForeignOutput { .. } => "foreign-output",
            BuildError::OutputInside { .. } => "output-inside",
            BuildError::CurrentIsNoLink { .. } => "current-is-no-link",
            BuildError::Key { .. } => "vault-key",
            BuildError::Threads(_) => "no-threads",
        }
    }

    /// What it is about; empty where that is no file.
    pub fn path(&self) -> &Path {
        match self {
            BuildError::NoSite { path, .. }
            | BuildError::Read { path, .. }
            | BuildError::Write { path, .. }
            | BuildError::Share { path, .. }
            | BuildError::ForeignOutput { path }
            | BuildError::OutputInside { path }
            | BuildError::CurrentIsNoLink { path }
            | BuildError::Key { path, .. } => path,
            BuildError::Template(fault) => Path::new(&fault.path),
            BuildError::Unreadable(_) | BuildError::Threads(_) => Path::new(""),
        }
    }

    /// What can be done; may be empty.
    pub fn help(&self) -> String {
        let known = match self {
            BuildError::NoSite {
                above: Some(above), ..
            } => {
                return format!(
                    "the site is `{}`: go there, or name it with `--root`",
                    above.display()
                );
            }
            BuildError::NoSite { .. } => {
                "go to the folder of the site or name it with `--root`; `lyceum init` makes a new one"
            }
            BuildError::CurrentIsNoLink { .. } => {
                "archives and `cp -L` follow the link: delete it, and build again"
            }
            BuildError::Share { .. } => {
                "build as a member of that group; a group may read releases while the output folder has the setgid bit, or while the vault of the current one is readable by its group"
            }
            BuildError::Template(fault) => &fault.help,
            _ => "",
        };
        known.into()
    }

    /// Why settings cannot be read: mostly because there are none.
    pub fn of_settings(root: &Path, config: &Path, path: PathBuf, source: io::Error) -> Self {
        if source.kind() != io::ErrorKind::NotFound {
            return BuildError::Read { path, source };
        }
        let real = root.canonicalize().unwrap_or_default();
        let above = real.ancestors().skip(1);
        let above = above.take(MAX_ABOVE).find(|it| it.join(config).is_file());
        BuildError::NoSite {
            root: root.into(),
            config: config.into(),
            path,
            above: above.map(Path::to_owned),
        }
    }
}

/// All findings, one a line.
fn lines(findings: &[Diagnostic]) -> String {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
