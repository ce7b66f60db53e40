//! What the last release is made of, and what the last build found out.

use crate::chunked_map::ChunkedMap;
use crate::clock::Timestamp;
use crate::diag::Diagnostic;
use crate::manifest::{CopyEntry, FileEntry, PartEntry, TextPack};
use crate::site::fingerprint::Fingerprint;
use crate::site::left_out::LeftOut;
use rapidhash::RapidHashSet;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where gated parts lie below a release.
const PARTS: &str = "vault/parts/";

/// What is known of a release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Released {
    /// The release. If another one is current, the rest is of no use.
    pub id: String,
    /// BLAKE3 of its manifest.
    pub manifest: [u8; 32],
    /// Pages in it.
    pub n_pages: usize,
    /// Its files, with what each depends on.
    pub files: ReleaseFiles,
    /// How the last releases differ from one another, oldest first; the last entry is this release.
    pub history: Vec<ReleaseDiff>,
}

/// The files of a release but its manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReleaseFiles {
    /// By file below `public/`.
    pub outputs: ChunkedMap<Arc<str>, OutputEntry>,
    /// Packed texts.
    pub texts: Vec<TextEntry>,
    /// Files below `vault/assets/` with their lengths.
    pub assets: Vec<(Arc<str>, u64)>,
}

/// Packed texts, after the fingerprint of what they are made of.
pub type TextEntry = ([u8; 32], TextPack);

/// One file of `public/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputEntry {
    /// Of all that it depends on, where that is known.
    pub fingerprint: Option<Fingerprint>,
    /// See [`FileEntry::hash`].
    pub hash: Arc<str>,
    /// Its length.
    pub bytes: u64,
    /// Compressed copies that lie beside it.
    pub copies: Vec<CopyEntry>,
    /// Where its gated parts are, in order; the access of a part is part of the name of its file.
    pub parts: Vec<PartEntry>,
    /// See [`PageEntry::version`](crate::manifest::PageEntry::version).
    pub version: Option<Arc<str>>,
}

impl OutputEntry {
    /// What the manifest says of it.
    pub fn file(&self) -> FileEntry {
        FileEntry {
            hash: self.hash.to_string(),
            bytes: self.bytes,
            copies: self.copies.clone(),
        }
    }

    /// Paths below the release of the files that go with it, compressed copies and gated parts, with their lengths.
    pub fn beside(&self, file: &str) -> Vec<(String, u64)> {
        let copies = self.copies.iter();
        let copies = copies.map(|it| (format!("public/{file}.{}", it.encoding), it.bytes));
        let parts = self.parts.iter();
        let parts = parts.map(|it| (format!("{PARTS}{}", it.file), it.bytes));
        copies.chain(parts).collect()
    }
}

impl ReleaseFiles {
    /// How many there are.
    pub fn count(&self) -> usize {
        let outputs = self.outputs.par_iter();
        let outputs: usize = outputs
            .map(|(_, it)| 1 + it.copies.len() + it.parts.len())
            .sum();
        outputs + self.texts.len() + self.assets.len()
    }

    /// Those of some paths that are among them.
    pub fn having<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Vec<&'p str> {
        let paths: Vec<&str> = paths.collect();
        let wanted = paths.iter().filter_map(|it| it.strip_prefix(PARTS));
        let wanted: RapidHashSet<&str> = wanted.collect();
        let parts = self.outputs.par_iter();
        let parts = parts.flat_map_iter(|(_, it)| it.parts.iter().map(|it| it.file.as_str()));
        let parts: RapidHashSet<&str> = parts.filter(|it| wanted.contains(it)).collect();
        let others: RapidHashSet<String> = self.vault_files().map(|it| it.0).collect();
        let is_copy = |file: &str| {
            let of = file.rsplit_once('.');
            let of = of.and_then(|(of, encoding)| Some((self.outputs.get(of)?, encoding)));
            of.is_some_and(|(of, encoding)| of.copies.iter().any(|it| it.encoding == encoding))
        };
        let is_had = |path: &&str| match path.strip_prefix("public/") {
            Some(file) => self.outputs.contains_key(file) || is_copy(file),
            None => match path.strip_prefix(PARTS) {
                Some(part) => parts.contains(part),
                None => others.contains(*path),
            },
        };
        paths.into_iter().filter(is_had).collect()
    }

    /// Their paths below the release.
    pub fn paths(&self) -> impl Iterator<Item = String> + '_ {
        let outputs = self.outputs.iter().flat_map(|(file, entry)| {
            let beside = entry.beside(file).into_iter().map(|it| it.0);
            std::iter::once(format!("public/{file}")).chain(beside)
        });
        outputs.chain(self.vault_files().map(|it| it.0))
    }

    /// Paths below the release of texts and assets, with their lengths.
    pub fn vault_files(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let texts = self.texts.iter();
        let texts = texts.map(|(_, it)| (format!("vault/text/{}", it.file), it.bytes));
        let assets = self.assets.iter();
        let assets = assets.map(|(file, bytes)| (format!("vault/assets/{file}"), *bytes));
        texts.chain(assets)
    }
}

/// A release, and how it differs from the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseDiff {
    /// The release.
    pub id: String,
    /// Paths below its folder that are new, other or gone; `None` where it was not made from the one before.
    pub paths: Option<Vec<Arc<str>>>,
}

/// What the last build was made of, and what came of it: where nothing has changed, nothing needs to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// Of everything that the build read, and of what it was asked for.
    pub inputs: [u8; 32],
    /// When the build was made.
    pub since: Timestamp,
    /// When the next page is due to appear or to go.
    pub until: Option<Timestamp>,
    /// The release.
    pub id: String,
    /// Pages in the site.
    pub n_pages: usize,
    /// Files in the release.
    pub n_files: usize,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// Files of content that are no pages.
    pub left_out: Vec<LeftOut>,
}
