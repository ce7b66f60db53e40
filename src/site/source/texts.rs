//! What files that are copied name: pages of HTML, style sheets, scripts, drawings, playlists, data.
//!
//! Entry point: [`Texts::read`]. Only names that some file beside pages has are kept, so that a library of a megabyte
//! costs a few bytes.

use crate::site::error::BuildError;
use crate::site::parse::{mentioned_paths, mentions_in_file};
use crate::site::source::{Asset, SourceTree};
use rapidhash::RapidHashSet as HashSet;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What may be names of files beside pages, by where an author would look for the file that has them.
#[derive(Clone, Debug, Default)]
pub struct Texts(BTreeMap<Arc<str>, Vec<Box<str>>>);

/// Endings of files that are read.
#[rustfmt::skip]
const ENDINGS: [&str; 15] = [
    "html", "htm", "xhtml", "css", "js", "mjs", "cjs", "json", "webmanifest", "xml", "svg", "m3u8", "mpd", "gltf",
    "importmap",
];
/// Longer files are made by programs, and not read.
const MAX_BYTES: u64 = 4 << 20;

impl Texts {
    /// Reads all such files on disk. Fails where the disk does.
    pub fn read(tree: &SourceTree) -> Result<Self, BuildError> {
        if tree.assets.is_empty() {
            return Ok(Texts::default());
        }
        let last_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let all = tree.assets.iter().flat_map(|it| mentioned_paths(&it.path));
        let names: HashSet<String> = all.map(|it| last_name(&it)).collect();
        let means_one = |piece: &&str| {
            let mut paths = mentioned_paths(piece);
            paths.any(|it| it.ends_with('/') || names.contains(&last_name(&it)))
        };
        let files: Vec<&Asset> = tree.assets.iter().chain(&tree.statics).collect();
        let texts = files.par_iter().filter(|it| is_read(it)).map(|asset| {
            let bytes = asset.content.read()?;
            let text = String::from_utf8_lossy(&bytes);
            let mut found: Vec<Box<str>> = mentions_in_file(&asset.path, &text)
                .into_iter()
                .filter(|it| means_one(&it.as_str()))
                .map(Box::from)
                .collect();
            found.sort_unstable();
            found.dedup();
            Ok((asset.origin.clone(), found))
        });
        texts.collect::<Result<_, _>>().map(Texts)
    }

    /// What may be names in a file.
    pub fn of(&self, origin: &str) -> impl Iterator<Item = &str> {
        let found = self.0.get(origin).into_iter().flatten();
        found.map(|it| &**it)
    }
}

#[cfg(test)]
impl Texts {
    /// Adds a file with such a text.
    pub fn insert(&mut self, origin: &str, text: &str) {
        let found = mentions_in_file(origin, text)
            .into_iter()
            .map(Box::from)
            .collect();
        self.0.insert(origin.into(), found);
    }
}

fn is_read(asset: &Asset) -> bool {
    let name = asset.path.to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !asset.content.is_embedded()
        && ENDINGS.contains(&ending)
        && asset.content.n_bytes() <= MAX_BYTES
}
