//! The open release: pages by id and by address, the byte ranges of gated parts, the files.
//!
//! Entry points: [`OpenRelease::open`], and [`Releases`], which holds the open release and follows `current` to the
//! next one. A release is opened as a whole or not at all: its manifest must be whole, and every file that it lists
//! must be there. What is read later is compared with the manifest before anybody gets it. Serving bytes is `pages`'
//! work.

mod check;
mod chunks;
mod damage;
mod denied;
mod files;
mod follow;
mod listed;
mod open;
#[cfg(test)]
mod tests;

pub use chunks::{CHUNK_BYTES, ChunkCheck};
pub use files::Content;
pub use follow::{Followed, Opened, Refusal, Releases};
pub use listed::{FileError, Listed};

use crate::config::Tier;
use crate::edge::page_keys::{self, PageKey, PageKeys};
use crate::edge::release::check::Faults;
use crate::edge::release::denied::Denied;
use crate::edge::release::open::Published;
use crate::edge::store::{Store, StoreError};
use crate::edge::tables::Tables;
use crate::ids::{PageId, TierId};
use crate::manifest::{Manifest, ManifestError, PageEntry};
use crate::stamp::Stamp;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One release, complete and read-only.
#[derive(Debug)]
pub struct OpenRelease {
    id: String,
    dir: PathBuf,
    published: Published,
    manifest: Manifest,
    /// Pages with gated parts, by their public file.
    gated: HashMap<String, PageId>,
    /// What rows of the store refer to its pages by.
    keys: PageKeys,
    cache: files::FileCache,
    chunks: chunks::KnownChunks,
    damage: Arc<damage::Damage>,
    /// Held by whoever reads a big file from beginning to end.
    pub reading_through: tokio::sync::Mutex<()>,
}

/// A page of the open release.
#[derive(Clone, Copy, Debug)]
pub struct OpenPage<'r> {
    /// Its present name, also where it was asked for by a former one.
    pub id: &'r PageId,
    /// What the manifest says of it.
    pub entry: &'r PageEntry,
    keys: &'r PageKeys,
}

impl OpenPage<'_> {
    /// What its rows refer to.
    pub fn key(&self) -> PageKey {
        self.keys.key(self.id)
    }
}

/// The open release has no such page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no page is called `{0}`")]
pub struct UnknownPage(pub PageId);

/// Why a release cannot be opened. The one that was open stays.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// There is nothing published, or it cannot be read.
    #[error("{}", told(path, cause))]
    Read {
        /// The file or link.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// This process may not read it.
    #[error("the release cannot be read: {0}")]
    Denied(Denied),
    /// The manifest is damaged, or another version of the program wrote it.
    #[error("{path}: {cause}: build the site again with this version, or copy the release anew")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: ManifestError,
    },
    /// The place of a part in the public file cannot be one.
    #[error("part {number} of page `{page}` has no place in its page: build it again")]
    Part {
        /// The page.
        page: PageId,
        /// The part's number.
        number: u32,
    },
    /// Files are missing or are not those that were built.
    #[error("{} of {} files are not as they were built: {}", .0.n_faults, .0.n_files, .0.first)]
    Files(Faults),
    /// Pages were renamed, added or deleted, and the store cannot be asked which rows are theirs.
    #[error("the rows of its pages cannot be found: {0}")]
    Store(StoreError),
}

impl OpenRelease {
    fn assemble(
        published: Published,
        id: String,
        manifest: Manifest,
        last: Option<&OpenRelease>,
    ) -> Result<Self, ReleaseError> {
        check::ranges(&manifest)?;
        let pages = manifest.pages.iter();
        let gated = pages.filter(|(_, entry)| !entry.parts.is_empty());
        let gated = gated
            .map(|(id, entry)| (entry.file.clone(), id.clone()))
            .collect();
        let public = manifest.files.values().map(|it| it.hash.as_str());
        let hashes = public.chain(manifest.assets.values().map(|it| it.hash.as_str()));
        let chunks = last.map(|last| chunks::KnownChunks::of(&last.chunks, hashes));
        let fingerprint = published.fingerprint(&id);
        Ok(OpenRelease {
            id,
            dir: published.dir.clone(),
            published,
            chunks: chunks.unwrap_or_default(),
            keys: PageKeys::unrenamed(fingerprint, &manifest),
            manifest,
            gated,
            cache: files::FileCache::default(),
            damage: Arc::default(),
            reading_through: tokio::sync::Mutex::default(),
        })
    }

    /// Its name, as the build gave it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the build said.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The directory of this release, without links in its name.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// With the keys of its pages, as the store has them, and with the rows of `tables` moved where two pages became one. `last` is the release that is open until now. Blocks.
    pub fn keyed(
        self,
        store: &Store,
        tables: &'static Tables,
        last: Option<&OpenRelease>,
    ) -> Result<Self, StoreError> {
        let last = last.map(OpenRelease::keys);
        let keys = page_keys::service::open((store, tables), &self.keys, last)?;
        Ok(OpenRelease { keys, ..self })
    }

    /// What rows of the store refer to its pages by.
    pub fn keys(&self) -> &PageKeys {
        &self.keys
    }

    /// A page by its id or a former one.
    pub fn page(&self, id: &PageId) -> Result<OpenPage<'_>, UnknownPage> {
        let (pages, keys) = (&self.manifest.pages, &self.keys);
        // A page may have taken the id that another one gave up.
        let found = pages.get_key_value(id).or_else(|| {
            let present = keys.holder(&keys.key(id));
            let present = present.as_ref().or_else(|| self.manifest.renamed.get(id));
            pages.get_key_value(present?)
        });
        found
            .map(|(id, entry)| OpenPage { id, entry, keys })
            .ok_or_else(|| UnknownPage(id.clone()))
    }

    /// The page that rows with this key belong to. A key that no page of this release has belongs to none, also where a
    /// page is called as the key once was.
    pub fn page_of(&self, key: &PageKey) -> Result<OpenPage<'_>, UnknownPage> {
        let holder = self.keys.holder(key);
        let holder = holder.ok_or_else(|| UnknownPage(self.keys.name(key)))?;
        self.page(&holder)
    }

    /// The page with gated parts that this file of `public/` shows; `None` for any other file.
    pub fn gated_page(&self, file: &str) -> Option<OpenPage<'_>> {
        self.gated.get(file).and_then(|id| self.page(id).ok())
    }

    /// A tier by its id.
    pub fn tier(&self, id: &TierId) -> Option<&Tier> {
        self.manifest.tiers.iter().find(|tier| tier.id == *id)
    }

    /// What the theme says, in this language, of a part that cannot be read; empty where it says nothing.
    pub fn unavailable(&self, language: &str) -> &str {
        self.manifest.unavailable.get(language).map_or("", |it| it)
    }
}

/// Whether nothing has been published in a folder of releases; `path` is its `current`.
pub fn is_unbuilt(path: &Path, cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::NotFound && path.ends_with("current") && !path.is_symlink()
}

fn told(path: &Path, cause: &io::Error) -> String {
    match path.parent() {
        Some(folder) if is_unbuilt(path, cause) => {
            format!("there is no release in {}", folder.display())
        }
        _ => {
            let path = path.display();
            match cause.kind() {
                io::ErrorKind::NotFound => format!("there is no file {path}"),
                io::ErrorKind::NotADirectory => format!("there is no {path}: it is below a file"),
                _ => format!("cannot read {path}: {cause}"),
            }
        }
    }
}

/// How a file looks to the system; `None` where there is none or it cannot be looked at.
fn stamp_of(path: &Path) -> Option<Stamp> {
    path.symlink_metadata().ok().map(|it| Stamp::of(&it))
}
