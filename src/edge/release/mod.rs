//! The open release: pages by id and by address, the byte ranges of gated parts, the files.
//!
//! Entry point: [`OpenRelease::open`]. It follows `current` once and holds the directory it led to,
//! so a later publication changes nothing for whoever holds this one. A release whose manifest does
//! not fit its files is refused as a whole. Serving its bytes is `pages`' work.

mod files;
mod open;
mod parts;

pub use files::{Content, FileError, Place};
pub use open::resolve;

use crate::config::Tier;
use crate::ids::{PageId, TierId};
use crate::manifest::{MANIFEST_VERSION, Manifest, PageEntry};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// One release, complete and read-only.
#[derive(Debug)]
pub struct OpenRelease {
    dir: PathBuf,
    manifest: Manifest,
    /// Pages with gated parts, by their public file.
    gated: HashMap<String, PageId>,
    /// Names that comments and likes of a page may still bear, by its present name.
    former: HashMap<PageId, Vec<PageId>>,
    cache: files::FileCache,
}

/// A page of the open release.
#[derive(Clone, Copy, Debug)]
pub struct OpenPage<'r> {
    /// Its present name, also where it was asked for by a former one.
    pub id: &'r PageId,
    /// What the manifest says of it.
    pub entry: &'r PageEntry,
}

/// The open release has no such page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no page is called `{0}`")]
pub struct UnknownPage(pub PageId);

/// Why a release cannot be opened. The one that was open stays.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// There is nothing published, or it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file or link.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The manifest is no manifest.
    #[error("{path} is no manifest")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest was written by another version of the program.
    #[error(
        "the release has manifest version {found}, this program reads {MANIFEST_VERSION}: build it again"
    )]
    Version {
        /// What the manifest says.
        found: u32,
    },
    /// A part's byte range in the public file, or its vault file, is not what the manifest says.
    #[error("part {number} of page `{page}` does not lie where the manifest says: build it again")]
    Part {
        /// The page.
        page: PageId,
        /// The part's number.
        number: u32,
    },
}

impl OpenRelease {
    /// The same with a manifest that is already at hand, such as that of the build which has just ended.
    pub fn with_manifest(
        dir: PathBuf,
        manifest: Manifest,
        last: Option<&OpenRelease>,
    ) -> Result<Self, ReleaseError> {
        let pages = manifest.pages.iter();
        let gated = pages.filter(|(_, entry)| !entry.parts.is_empty());
        let gated = gated
            .map(|(id, entry)| (entry.file.clone(), id.clone()))
            .collect();
        let mut former: HashMap<PageId, Vec<PageId>> = HashMap::new();
        for (old, new) in &manifest.renamed {
            former.entry(new.clone()).or_default().push(old.clone());
        }
        let release = OpenRelease {
            dir,
            manifest,
            gated,
            former,
            cache: files::FileCache::default(),
        };
        parts::check(&release, last)?;
        Ok(release)
    }

    /// What the build said.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The directory of this release, without links in its name.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A page by its name or a former one.
    pub fn page(&self, id: &PageId) -> Result<OpenPage<'_>, UnknownPage> {
        let present = self.manifest.renamed.get(id).unwrap_or(id);
        // A page may have taken the name that another one gave up.
        let found = self.manifest.pages.get_key_value(id);
        let found = found.or_else(|| self.manifest.pages.get_key_value(present));
        found
            .map(|(id, entry)| OpenPage { id, entry })
            .ok_or_else(|| UnknownPage(id.clone()))
    }

    /// Former names of a page, which older rows of the store may bear; mostly none.
    pub fn former_names(&self, id: &PageId) -> &[PageId] {
        self.former.get(id).map_or(&[], Vec::as_slice)
    }

    /// The page with gated parts that this file of `public/` shows; `None` for any other file.
    pub fn gated_page(&self, file: &str) -> Option<OpenPage<'_>> {
        self.gated.get(file).and_then(|id| self.page(id).ok())
    }

    /// A tier by its id.
    pub fn tier(&self, id: &TierId) -> Option<&Tier> {
        self.manifest.tiers.iter().find(|tier| tier.id == *id)
    }

    /// A file of `public/` on the disk. The name must be one of the manifest's.
    pub fn public_file(&self, name: &str) -> PathBuf {
        self.dir.join("public").join(name)
    }

    /// The file of a gated part on the disk.
    pub fn part_file(&self, name: &str) -> PathBuf {
        self.dir.join("vault/parts").join(name)
    }
}
