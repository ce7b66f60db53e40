//! The release before: what is unchanged in it is shared, not written again.

use crate::manifest::{FileEntry, PageEntry, VaultAsset, checksum, unseal};
use crate::site::cache::{OutputEntry, ReleaseFiles, Released};
use crate::site::publish::folder::OutputFolder;
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A release that was current when this build began.
pub struct LastRelease {
    /// What it is made of.
    pub released: Arc<Released>,
    /// Its folder.
    pub folder: PathBuf,
    /// This process has published it and nobody else has had it since: its files need not be looked at.
    pub is_ours: bool,
    /// Nothing was kept of its build, as with `--fresh`, and all that is known is in its manifest: files that are shared
    /// with it are read first.
    pub is_from_manifest: bool,
}

#[derive(Deserialize)]
struct ManifestFiles {
    files: BTreeMap<Arc<str>, FileEntry>,
    pages: BTreeMap<String, PageEntry>,
}

impl LastRelease {
    /// `None` where there is none, or it is of another version or damaged: then everything is written anew.
    /// `remembered` is believed where it is about the current release; else the manifest is read.
    pub fn open(
        folder: &OutputFolder,
        remembered: Option<Arc<Released>>,
        is_ours: bool,
    ) -> Option<Self> {
        let (id, folder) = folder.current()?;
        let remembered = remembered.filter(|it| it.id == id);
        if let Some(released) = remembered.as_ref().filter(|_| is_ours) {
            return Some(LastRelease {
                released: Arc::clone(released),
                folder,
                is_ours,
                is_from_manifest: false,
            });
        }
        let manifest = folder.join("vault/manifest.json");
        let is_from_manifest = remembered.is_none();
        let released = match remembered {
            Some(released) => {
                let mut hasher = blake3::Hasher::new();
                hasher.update_reader(File::open(manifest).ok()?).ok()?;
                let is_whole = *hasher.finalize().as_bytes() == released.manifest;
                is_whole.then_some(released)?
            }
            None => Arc::new(from_manifest(id, &std::fs::read(manifest).ok()?)?),
        };
        Some(LastRelease {
            released,
            folder,
            is_ours: false,
            is_from_manifest,
        })
    }

    /// By page id, the hash of the text that each page is made of; `None` where the manifest cannot be read.
    pub fn content_hashes(&self) -> Option<BTreeMap<String, String>> {
        #[derive(Deserialize)]
        struct Page {
            content_hash: String,
        }
        #[derive(Deserialize)]
        struct Pages {
            pages: BTreeMap<String, Page>,
        }
        let manifest = std::fs::read(self.folder.join("vault/manifest.json")).ok()?;
        unseal(&manifest).ok()?;
        let parsed: Pages = serde_json::from_slice(&manifest).ok()?;
        let pages = parsed.pages.into_iter();
        Some(pages.map(|(id, it)| (id, it.content_hash)).collect())
    }

    /// By address, the files that only readers of gated parts may have; `None` where the manifest cannot be read.
    pub fn gated_files(&self) -> Option<BTreeMap<String, VaultAsset>> {
        #[derive(Deserialize)]
        struct Assets {
            assets: BTreeMap<String, VaultAsset>,
        }
        let manifest = std::fs::read(self.folder.join("vault/manifest.json")).ok()?;
        unseal(&manifest).ok()?;
        let told: Assets = serde_json::from_slice(&manifest).ok()?;
        Some(told.assets)
    }

    /// Whether a file of the release, such as `public/index.html`, is there with the length it should have.
    pub fn has(&self, path: &str, n_bytes: u64) -> bool {
        has(&self.folder, path, n_bytes)
    }

    /// Whether a file that is there has the content it should have. Believed unless nothing was kept: so a file that
    /// went bad on the disk is not passed on for ever.
    pub fn holds(&self, path: &str, hash: &str) -> bool {
        let read = || std::fs::read(self.folder.join(path));
        !self.is_from_manifest || read().is_ok_and(|bytes| checksum(&bytes) == hash)
    }

    /// Whether every file is there.
    pub fn is_whole(&self) -> bool {
        let outputs = self.released.files.outputs.par_iter();
        self.is_ours
            || outputs.all(|(file, entry)| self.has_all(file, entry))
                && self
                    .released
                    .files
                    .vault_files()
                    .all(|it| self.has(&it.0, it.1))
    }

    /// Whether all files of an output are there.
    pub fn has_all(&self, file: &str, entry: &OutputEntry) -> bool {
        let beside = entry.beside(file);
        self.has(&format!("public/{file}"), entry.bytes)
            && beside.iter().all(|it| self.has(&it.0, it.1))
    }
}

/// How many pages the current release of a folder has, also where another version of the program made it. `None` where
/// there is none, or its manifest cannot be read.
pub fn n_pages(folder: &OutputFolder) -> Option<usize> {
    #[derive(Deserialize)]
    struct Pages {
        pages: BTreeMap<String, IgnoredAny>,
    }
    let manifest = std::fs::read(folder.current()?.1.join("vault/manifest.json")).ok()?;
    let parsed: Pages = serde_json::from_slice(&manifest).ok()?;
    Some(parsed.pages.len())
}

/// Whether a release has every file that its manifest lists.
pub fn is_whole(release: &Path) -> bool {
    let id = release.file_name().unwrap_or_default().to_string_lossy();
    let manifest = std::fs::read(release.join("vault/manifest.json"));
    let Some(released) = manifest
        .ok()
        .and_then(|it| from_manifest(id.into_owned(), &it))
    else {
        return false;
    };
    let last = LastRelease {
        released: Arc::new(released),
        folder: release.to_owned(),
        is_ours: false,
        is_from_manifest: true,
    };
    last.is_whole()
}

/// Whether there is a file with this length.
pub fn has(folder: &Path, path: &str, n_bytes: u64) -> bool {
    let metadata = std::fs::symlink_metadata(folder.join(path));
    metadata.is_ok_and(|it| it.is_file() && it.len() == n_bytes)
}

/// What the manifest of a release states. It has neither fingerprints nor the releases before.
fn from_manifest(id: String, manifest: &[u8]) -> Option<Released> {
    unseal(manifest).ok()?;
    let parsed: ManifestFiles = serde_json::from_slice(manifest).ok()?;
    let n_pages = parsed.pages.len();
    let mut pages: BTreeMap<String, _> = parsed
        .pages
        .into_values()
        .map(|page| (page.file, (page.parts, page.version)))
        .collect();
    let outputs = parsed.files.into_iter().map(|(file, entry)| {
        let (parts, version) = pages.remove(&*file).unwrap_or_default();
        let entry = OutputEntry {
            fingerprint: None,
            hash: entry.hash.into(),
            bytes: entry.bytes,
            copies: entry.copies,
            parts,
            version: version.map(Arc::from),
        };
        (file, Arc::new(entry))
    });
    Some(Released {
        id,
        manifest: *blake3::hash(manifest).as_bytes(),
        n_pages,
        files: ReleaseFiles {
            outputs: outputs.collect(),
            texts: Vec::new(),
            assets: Vec::new(),
        },
        history: Vec::new(),
    })
}
