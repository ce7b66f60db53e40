//! What a build must know of a file that it copies, from reading it once.

use crate::site::error::BuildError;
use crate::site::source::Asset;
use crate::site::source::picture::{self, PictureSize};
use serde::{Deserialize, Serialize};

/// What was found in a file that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// How large it is, where it is a picture that tells.
    pub size: Option<PictureSize>,
}

impl FileFacts {
    /// Reads the file. Fails where the disk does.
    pub fn read(asset: &Asset) -> Result<Self, BuildError> {
        let bytes = asset.content.read()?;
        Ok(FileFacts {
            hash: *blake3::hash(&bytes).as_bytes(),
            size: picture::size(&asset.path, &bytes),
        })
    }
}
