//! What a build must know of a file that it copies, from reading it once.

use crate::clock::Timestamp;
use crate::site::error::BuildError;
use crate::site::source::content::Content;
use crate::site::source::picture::{self, PictureSize};
use crate::site::source::{Asset, AssetContent, Stamp};
use rapidhash::RapidHashMap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What was found in a file that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// How large it is, where it is a picture that tells.
    pub size: Option<PictureSize>,
    /// What it holds.
    pub content: Content,
}

/// What is known of files, by where an author would look for them.
pub type Facts = RapidHashMap<Arc<str>, FileFacts>;

/// What an earlier build found, and how each file looked then.
pub type KnownFiles = RapidHashMap<Arc<str>, (Stamp, FileFacts)>;

impl FileFacts {
    /// Reads the file. Fails where the disk does.
    pub fn read(asset: &Asset) -> Result<Self, BuildError> {
        let bytes = asset.content.read()?;
        Ok(FileFacts {
            hash: *blake3::hash(&bytes).as_bytes(),
            size: picture::size(&asset.path, &bytes),
            content: Content::of(&asset.path, &bytes),
        })
    }
}

/// Facts of all files, on all cores; reads those that `known` does not have as they are now. `known` then has these and
/// no others, as far as they have settled before `now`.
pub fn read_all<'a>(
    assets: impl Iterator<Item = &'a Asset>,
    known: &mut KnownFiles,
    now: Timestamp,
) -> Result<Facts, BuildError> {
    let assets: Vec<&Asset> = assets.collect();
    let facts = |asset: &&Asset| {
        if let AssetContent::Disk(_, stamp) = &asset.content
            && let Some((before, facts)) = known.get(&asset.origin)
            && before == stamp
        {
            return Ok((asset.origin.clone(), *facts));
        }
        Ok((asset.origin.clone(), FileFacts::read(asset)?))
    };
    let facts: Facts = assets.par_iter().map(facts).collect::<Result<_, _>>()?;
    let settled = assets.iter().filter_map(|asset| match &asset.content {
        AssetContent::Disk(_, stamp) if stamp.is_settled(now) => {
            Some((asset.origin.clone(), (*stamp, facts[&asset.origin])))
        }
        _ => None,
    });
    *known = settled.collect();
    Ok(facts)
}
