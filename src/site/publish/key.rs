//! The vault key: names of vault files and of releases are keyed by it, so that none of them tells what is inside.

use crate::site::error::BuildError;
use data_encoding::HEXLOWER_PERMISSIVE;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// 256 secret bits of one site. Whoever has them can tell whether a guessed text is in the vault, nothing more.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultKey([u8; 32]);

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(..)")
    }
}

impl VaultKey {
    /// Reads 64 hexadecimal digits, as `LYCEUM_VAULT_KEY` and `.lyceum/key` hold them.
    pub fn parse(hex: &str) -> Option<Self> {
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok()?;
        bytes.try_into().ok().map(VaultKey)
    }

    /// Reads the key of a site from its file, or makes both. Fails where others may read the file, or it is damaged.
    pub fn open(path: &Path) -> Result<Self, BuildError> {
        match VaultKey::read(path)? {
            Some(key) => Ok(key),
            None => VaultKey::make(path),
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, BuildError> {
        let wrong = |reason: &'static str| BuildError::Key {
            path: path.into(),
            reason,
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(BuildError::Read {
                    path: path.into(),
                    source,
                });
            }
        };
        let mode = fs::metadata(path).map_or(0, |it| it.permissions().mode());
        if mode & 0o077 != 0 {
            return Err(wrong("others may read it: chmod 600"));
        }
        VaultKey::parse(&text)
            .map(Some)
            .ok_or_else(|| wrong("it must be 64 hexadecimal digits"))
    }

    fn make(path: &Path) -> Result<Self, BuildError> {
        let failed = |source: io::Error| BuildError::Write {
            path: path.into(),
            source,
        };
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| failed(io::Error::other(error)))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
            // Linking a whole file into place leaves no moment at which a second build could read half a key.
            let mut file = tempfile::Builder::new()
                .prefix(".key")
                .permissions(fs::Permissions::from_mode(0o600))
                .tempfile_in(folder)
                .map_err(failed)?;
            writeln!(file, "{}", HEXLOWER_PERMISSIVE.encode(&bytes)).map_err(failed)?;
            file.as_file().sync_all().map_err(failed)?;
            match file.persist_noclobber(path) {
                Ok(_) => {}
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error.error)),
            }
        }
        VaultKey::read(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
    }

    /// A name of 32 hexadecimal digits for what `pieces` say; pieces are told apart by their lengths.
    pub fn name(&self, pieces: &[&[u8]]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for piece in pieces {
            hasher.update(&(piece.len() as u64).to_le_bytes());
            hasher.update(piece);
        }
        data_encoding::HEXLOWER.encode(&hasher.finalize().as_bytes()[..16])
    }
}

/// Opening a file for its owner alone; for everything of the vault.
pub fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lyceum/key");
        let made = VaultKey::open(&path).unwrap();
        assert_eq!(VaultKey::open(&path).unwrap(), made);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(VaultKey::open(&path).is_err());
    }

    #[test]
    fn names_depend_on_key_and_on_where_pieces_end() {
        let key = VaultKey::parse(&"ab".repeat(32)).unwrap();
        let other = VaultKey::parse(&"cd".repeat(32)).unwrap();
        let name = key.name(&[b"a", b"bc"]);
        assert_eq!(name.len(), 32);
        assert_ne!(name, key.name(&[b"ab", b"c"]));
        assert_ne!(name, other.name(&[b"a", b"bc"]));
        assert_eq!(VaultKey::parse("ab"), None);
    }
}
