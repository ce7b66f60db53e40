//! What the system says of a file without reading it.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Length, place and times of a file. Equal stamps mean equal content, once they are [settled](Stamp::is_settled).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    bytes: u64,
    inode: u64,
    modified_nanos: i128,
    changed_nanos: i128,
}

/// File systems count time in steps: a file that changed within one of them may change again and look the same.
/// Two seconds is the coarsest step in use.
const STEP_SECS: i64 = 2;

impl Stamp {
    /// Of one file.
    pub fn of(metadata: &Metadata) -> Self {
        let nanos = |secs: i64, nanos: i64| i128::from(secs) * 1_000_000_000 + i128::from(nanos);
        Stamp {
            bytes: metadata.len(),
            inode: metadata.ino(),
            modified_nanos: nanos(metadata.mtime(), metadata.mtime_nsec()),
            changed_nanos: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Length of the file.
    pub fn n_bytes(&self) -> u64 {
        self.bytes
    }

    /// All of it, for a fingerprint.
    pub fn to_bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[..8].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.inode.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.modified_nanos.to_le_bytes());
        bytes[32..].copy_from_slice(&self.changed_nanos.to_le_bytes());
        bytes
    }

    /// Whether the file last changed long enough before `now` for a later change to be seen in its stamp.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        let before = i128::from(now.plus_secs(-STEP_SECS).as_millis()) * 1_000_000;
        self.changed_nanos.max(self.modified_nanos) < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_file_that_has_just_changed_is_not_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "a").unwrap();
        let stamp = Stamp::of(&path.metadata().unwrap());
        assert_eq!(stamp, Stamp::of(&path.metadata().unwrap()));
        assert!(!stamp.is_settled(Clock::Wall.now()));
        assert!(stamp.is_settled(Clock::Wall.now().plus_secs(STEP_SECS + 1)));
        std::fs::write(&path, "ab").unwrap();
        assert_ne!(stamp, Stamp::of(&path.metadata().unwrap()));
    }
}
