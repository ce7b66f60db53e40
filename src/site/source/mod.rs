//! Disk -> memory: Markdown files, the assets beside them, static files, and the theme.
//!
//! What is read here is the theme; Markdown is read by whoever parses it, assets and static files by whoever copies
//! them, and until then each is a place on disk with its [`Stamp`]. Entry point: [`load`]. Links are never followed (BLD-01).

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, text};
use crate::site::error::BuildError;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod content;
mod contents;
mod facts;
mod heads;
mod layer;
mod modules;
mod names;
mod picture;
mod reach;
mod script;
mod sift;
mod texts;
mod theme;
mod unread_keys;
mod walk;

pub use crate::stamp::Stamp;
pub use facts::{Facts, FileFacts, KnownFiles};
pub use modules::version;
pub use names::{INDEXES, is_index, is_markdown, is_transient};
pub use picture::PictureSize;
pub use reach::Reach;
pub use sift::sift;
pub use texts::Texts;
use walk::Seen;
pub use walk::{Found, NoText};

/// Everything below `root` that a build needs. What cannot be used is a finding and left out; fails where something
/// cannot be read.
pub fn load(
    root: &Path,
    config: &SiteConfig,
) -> Result<(SourceTree, Theme, Vec<Diagnostic>), BuildError> {
    std::fs::read_dir(root).map_err(|source| BuildError::Read {
        path: root.into(),
        source,
    })?;
    let mut seen = Seen::default();
    let layers = theme::layers(root, config, &mut seen);
    let (files, assets) = walk::content(root, &config.publish, &mut seen);
    let mut statics = theme::statics(&layers);
    let themes = &layers[1..];
    let of_themes = |path: &str| themes.iter().any(|it| it.statics.contains_key(path));
    seen.findings
        .extend(modules::link(&mut statics, of_themes)?);
    seen.findings.extend(unread_keys::find(&layers, config));
    let theme = theme::assemble(layers, config, &mut seen.findings);
    let Seen {
        mut findings,
        mut unread,
    } = seen;
    for found in [&mut findings, &mut unread] {
        found.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    }
    if !unread.is_empty() {
        return Err(BuildError::Unreadable(unread));
    }
    let tree = SourceTree {
        files,
        assets,
        statics,
        refused_pages: Vec::new(),
    };
    Ok((tree, theme, findings))
}

/// Everything of a site that has an address, before anyone has looked into it. All lists ascend by path.
#[derive(Clone, Debug, Default)]
pub struct SourceTree {
    /// Markdown under `content/`, not yet read; paths such as `content/guides/start.zh.md`.
    pub files: Vec<Found>,
    /// Every other file under `content/`; paths such as `content/guides/plan.pdf`.
    pub assets: Vec<Asset>,
    /// `static/` of the site laid over that of its theme; paths are addresses such as `images/logo.svg`.
    pub statics: Vec<Asset>,
    /// Files below `content/` that were meant as pages, are not published, since they are in a format that is not read, and
    /// keep something back, or may do so for their folder; [`sift`] finds them.
    pub refused_pages: Vec<Arc<str>>,
}

impl SourceTree {
    /// Looks again at Markdown that has changed; paths are relative to the root. False where that does not tell all,
    /// since a file is new or gone, or is no Markdown; then [`load`] is to be asked.
    pub fn look_again(&mut self, changed: &[PathBuf]) -> bool {
        changed.iter().all(|path| {
            let path = path.to_str().unwrap_or_default();
            let place = self.files.binary_search_by(|it| (*it.path).cmp(path));
            let again = place.ok().and_then(|it| self.files[it].again());
            match (place, again) {
                (Ok(place), Some(again)) => {
                    self.files[place] = again;
                    true
                }
                _ => false,
            }
        })
    }
}

/// A file that is copied as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// See the list that holds it: [`SourceTree::assets`] or [`SourceTree::statics`]. `/` between names.
    pub path: Arc<str>,
    /// Where an author would look for it, relative to the site's root; `(default theme)/…` inside the binary.
    pub origin: Arc<str>,
    /// Its content.
    pub content: AssetContent,
    /// It looks like a secret or a leftover, and is copied only because the settings list it.
    pub is_suspect: bool,
}

/// Where the bytes of an asset are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetContent {
    /// On disk; read when it is copied.
    Disk(PathBuf, Stamp),
    /// A script on disk, with versions in its imports.
    Linked(Arc<[u8]>, Stamp),
    /// In the binary.
    Embedded(Arc<[u8]>),
}

impl AssetContent {
    /// The length, as it was when the file was found.
    pub fn n_bytes(&self) -> u64 {
        match self {
            AssetContent::Linked(bytes, _) | AssetContent::Embedded(bytes) => bytes.len() as u64,
            AssetContent::Disk(_, stamp) => stamp.n_bytes(),
        }
    }

    /// Whether it comes from the binary, and not from the site's folder.
    pub fn is_embedded(&self) -> bool {
        matches!(self, AssetContent::Embedded(_))
    }

    /// Other bytes from the same place.
    fn replaced(&self, bytes: Vec<u8>) -> Self {
        match self {
            AssetContent::Embedded(_) => AssetContent::Embedded(bytes.into()),
            AssetContent::Disk(_, stamp) | AssetContent::Linked(_, stamp) => {
                AssetContent::Linked(bytes.into(), *stamp)
            }
        }
    }

    /// The bytes; fails where the disk does.
    pub fn read(&self) -> Result<Cow<'_, [u8]>, BuildError> {
        match self {
            AssetContent::Linked(bytes, _) | AssetContent::Embedded(bytes) => {
                Ok(Cow::Borrowed(bytes))
            }
            AssetContent::Disk(path, _) => match std::fs::read(path) {
                Ok(bytes) => Ok(Cow::Owned(bytes)),
                Err(source) => Err(BuildError::Read {
                    path: path.clone(),
                    source,
                }),
            },
        }
    }
}

/// A theme with everything it inherits: site over theme over parent over the default theme, file by file.
#[derive(Clone, Debug, Default)]
pub struct Theme {
    /// Templates by name below `templates/`, such as `page.html` or `members/join.html`. One that a nearer layer
    /// shadows is here as well, as `themes/NAME/page.html`, so that the nearer one can extend it.
    pub templates: BTreeMap<String, Template>,
    /// Interface texts by key, for every language of the site, by its code. A key that a language lacks has the
    /// text of its nearest relation (`zh-CN`, `zh`), then of the site's default language, then English.
    pub texts: BTreeMap<String, Arc<BTreeMap<String, String>>>,
    /// `[extra]` of the default theme, its heirs and the site, laid over each other in that order, key by key.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl Theme {
    /// BLAKE3 of all templates and of the names of those that `named` says.
    pub fn fingerprint(&self, named: &[&str]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let templates = self.templates.iter();
        let texts = templates.flat_map(|(name, it)| [name.as_str(), &it.origin, &it.text]);
        for piece in texts.chain(named.iter().copied()) {
            hasher.update(&(piece.len() as u64).to_le_bytes());
            hasher.update(piece.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// The text of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Where an author would look for it, relative to the site's root; `(default theme)/…` inside the binary.
    pub origin: Arc<str>,
    /// Its source.
    pub text: Arc<str>,
}

/// Folders below the root that a build reads.
pub const FOLDERS: [&str; 7] = [
    "content",
    "static",
    "templates",
    "themes",
    "i18n",
    "data",
    "archetypes",
];

/// The text of one file once more, such as for the line that a finding is about; `None` where it cannot be had.
pub fn read_again(root: &Path, path: &str) -> Option<String> {
    let bytes = std::fs::read(root.join(path)).ok()?;
    text::utf8(path, bytes).ok()
}
