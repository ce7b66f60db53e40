//! Files of a release on their way to disk: written once, or shared with the release before.
//!
//! Nothing is written before the first file that differs; what is shared is put in place at the end, when it is certain
//! that there will be a release at all.

use crate::manifest::{CopyEntry, FileEntry, Manifest, TextPack, checksum, shortened};
use crate::site::cache::{OutputEntry, Released};
use crate::site::error::BuildError;
use crate::site::outputs::Output;
use crate::site::publish::folder::OutputFolder;
use crate::site::publish::key::{VaultKey, private_file};
use crate::site::publish::last::LastRelease;
use crate::site::publish::stale::{Since, Stale};
use crate::site::publish::{Material, compress};
use crate::site::render::Body;
use crate::site::render::html::GatedHtml;
use crate::site::source::AssetContent;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes files from any number of threads.
pub struct Writer<'a> {
    staging: PathBuf,
    key: &'a VaultKey,
    last: Option<&'a LastRelease>,
    /// Files of `public/`, where copies are to be written beside them.
    outputs: HashSet<&'a str>,
    precompress: bool,
    written: Mutex<Vec<String>>,
    /// The last release lacks a file that it should have, or has it with another length.
    is_damaged: AtomicBool,
}

/// The outputs of a site beside those of the last release.
pub struct Compared<'a> {
    /// By place among the outputs: what the last release has, where it depends on nothing that has changed since.
    pub fresh: Vec<Option<&'a Arc<OutputEntry>>>,
    /// The others.
    pub stale: Vec<Stale>,
    /// Files that are outputs no more, ascending.
    pub gone: Vec<&'a Arc<str>>,
}

/// A file of the vault.
pub struct Stored {
    /// Its name, keyed.
    pub file: String,
    /// See [`checksum`].
    pub hash: String,
    /// Its length.
    pub bytes: u64,
}

impl Stored {
    fn of(file: String, bytes: &[u8]) -> Self {
        let (hash, bytes) = (checksum(bytes), bytes.len() as u64);
        Stored { file, hash, bytes }
    }
}

/// What became of the files.
pub struct Written {
    /// Paths below the release.
    pub paths: Vec<String>,
    /// The last release is not whole.
    pub found_damage: bool,
}

impl<'a> Writer<'a> {
    /// Writes into the staging folder, which is not there yet.
    pub fn new(
        folder: &OutputFolder,
        key: &'a VaultKey,
        last: Option<&'a LastRelease>,
        material: &Material<'a>,
    ) -> Self {
        let precompress = material.config.compresses(material.outputs.len());
        let outputs = material.outputs.iter().filter(|_| precompress);
        Writer {
            staging: folder.staging(),
            key,
            last,
            outputs: outputs.map(|it| &*it.file).collect(),
            precompress,
            written: Mutex::default(),
            is_damaged: AtomicBool::new(false),
        }
    }

    /// What became of all the files.
    pub fn finish(self) -> Written {
        let paths = self.written.into_inner();
        Written {
            paths: paths.unwrap_or_else(PoisonError::into_inner),
            found_damage: self.is_damaged.into_inner(),
        }
    }

    /// What of the outputs, ascending by file, the last release should have, and what it has that is none of them.
    pub fn compare(&self, outputs: &[Output]) -> Compared<'a> {
        let mut compared = Compared {
            fresh: vec![None; outputs.len()],
            stale: Vec::new(),
            gone: Vec::new(),
        };
        let last = self.last.iter();
        let mut before = last
            .flat_map(|it| it.released.files.outputs.iter())
            .peekable();
        for (output, fresh) in outputs.iter().zip(&mut compared.fresh) {
            // The same file mostly has the very same name.
            let is_gone = |file: &Arc<str>| !Arc::ptr_eq(file, &output.file) && *file < output.file;
            while let Some((file, _)) = before.next_if(|it| is_gone(it.0)) {
                compared.gone.push(file);
            }
            let is_same = |file: &Arc<str>| Arc::ptr_eq(file, &output.file) || *file == output.file;
            let entry = before.next_if(|it| is_same(it.0)).map(|(_, entry)| entry);
            let since = Since::between(entry.map(|it| it.fingerprint), &output.fingerprint);
            match since {
                None => *fresh = entry,
                Some(since) => compared.stale.push(Stale {
                    file: Arc::clone(&output.file),
                    since,
                }),
            }
        }
        compared.gone.extend(before.map(|(file, _)| file));
        compared
    }

    /// The last release with its manifest, if the site is still the one that it was made of.
    pub fn renewable<'m>(&self, material: &Material<'m>) -> Option<(&'a Released, &'m Manifest)> {
        let released = &*self.last?.released;
        let before = material.before?;
        (before.id == released.id).then_some((released, &before.manifest))
    }

    /// A file of `public/`, and the compressed copies beside it.
    pub fn public(&self, file: &str, body: Body) -> Result<FileEntry, BuildError> {
        let bytes: Cow<[u8]> = match &body {
            Body::Text(html) => Cow::Borrowed(html.as_str().as_bytes()),
            Body::Copy(content) => content.read()?,
        };
        let mut entry = FileEntry {
            hash: checksum(&bytes),
            bytes: bytes.len() as u64,
            copies: Vec::new(),
        };
        let before = self.unchanged(file, &entry);
        if before.is_none() {
            self.write(format!("public/{file}"), &bytes, Privacy::Public)?;
        }
        if self.precompress && compress::is_worth_it(file, bytes.len()) {
            entry.copies = self.copies(file, &bytes, before)?;
        }
        Ok(entry)
    }

    /// The compressed copies that lie beside a file now.
    fn copies(
        &self,
        file: &str,
        bytes: &[u8],
        before: Option<&OutputEntry>,
    ) -> Result<Vec<CopyEntry>, BuildError> {
        let path = |encoding: &str| format!("public/{file}.{encoding}");
        if let Some(before) = before.filter(|it| !it.copies.is_empty()) {
            return Ok(before.copies.clone());
        }
        let copies = compress::copies(bytes).map_err(|source| BuildError::Write {
            path: self.staging.join(path("br")),
            source,
        })?;
        let mut entries = Vec::new();
        for (encoding, copy) in copies {
            if !self.outputs.contains(format!("{file}.{encoding}").as_str()) {
                self.write(path(encoding), &copy, Privacy::Public)?;
                entries.push(CopyEntry {
                    encoding: encoding.to_owned(),
                    hash: checksum(&copy),
                    bytes: copy.len() as u64,
                });
            }
        }
        Ok(entries)
    }

    /// A gated part, below `vault/parts/`; its name is made of what it is about and its content.
    pub fn part(&self, about: &[&[u8]], html: GatedHtml) -> Result<Stored, BuildError> {
        let bytes = html.into_vault_bytes();
        let file = self.key.name(&[about, &[&bytes]].concat());
        let stored = Stored::of(file, &bytes);
        let path = format!("vault/parts/{}", stored.file);
        self.vault(path, &stored, || Ok(Cow::Borrowed(&bytes)))?;
        Ok(stored)
    }

    /// A private file, below `vault/assets/`. `hash` is the BLAKE3 of its content.
    pub fn asset(
        &self,
        path: &str,
        hash: &[u8; 32],
        content: &AssetContent,
    ) -> Result<Stored, BuildError> {
        let stored = Stored {
            file: self.key.name(&[b"asset", path.as_bytes(), hash]),
            hash: shortened(&(*hash).into()),
            bytes: content.n_bytes(),
        };
        let path = format!("vault/assets/{}", stored.file);
        self.vault(path, &stored, || content.read())?;
        Ok(stored)
    }

    /// Packed texts, below `vault/text/`.
    pub fn text(&self, lines: &[u8]) -> Result<TextPack, BuildError> {
        let file = format!("{}.jsonl", self.key.name(&[b"text", lines]));
        let stored = Stored::of(file, lines);
        let path = format!("vault/text/{}", stored.file);
        self.vault(path, &stored, || Ok(Cow::Borrowed(lines)))?;
        let Stored { file, hash, bytes } = stored;
        Ok(TextPack { file, hash, bytes })
    }

    /// Packed texts of the last release that are made of the same.
    pub fn fresh_text(&self, fingerprint: &[u8; 32]) -> Option<TextPack> {
        let last = self.last?;
        let mut texts = last.released.files.texts.iter();
        let (_, pack) = texts.find(|(it, _)| it == fingerprint)?;
        let path = format!("vault/text/{}", pack.file);
        if !last.is_ours && !last.has(&path, pack.bytes) {
            self.is_damaged.store(true, Ordering::Relaxed);
            return None;
        }
        Some(pack.clone())
    }

    /// A file of the vault whose name is made of its content: where the last release has it, it is the same.
    fn vault<'b>(
        &self,
        path: String,
        stored: &Stored,
        bytes: impl FnOnce() -> Result<Cow<'b, [u8]>, BuildError>,
    ) -> Result<(), BuildError> {
        let has = |last: &&LastRelease| last.has(&path, stored.bytes);
        if let Some(last) = self.last.filter(has) {
            if last.holds(&path, &stored.hash) {
                return Ok(());
            }
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        let bytes = bytes()?;
        if checksum(&bytes) != stored.hash {
            return Err(BuildError::Read {
                path: self.staging.join(&path),
                source: io::Error::other("a file was changed while the site was built"),
            });
        }
        self.write(path, &bytes, Privacy::Private)
    }

    /// What is known of a file that is the same now, and whole on disk.
    fn unchanged(&self, file: &str, entry: &FileEntry) -> Option<&'a OutputEntry> {
        let last = self.last?;
        let before = last.released.files.outputs.get(file)?;
        if *before.hash != *entry.hash {
            return None;
        }
        let is_there =
            |path: String, hash: &str, n_bytes| last.has(&path, n_bytes) && last.holds(&path, hash);
        let mut copies = before.copies.iter();
        let is_whole = is_there(format!("public/{file}"), &entry.hash, entry.bytes)
            && copies.all(|it| {
                let path = format!("public/{file}.{}", it.encoding);
                is_there(path, &it.hash, it.bytes)
            });
        if is_whole {
            return Some(before);
        }
        self.is_damaged.store(true, Ordering::Relaxed);
        None
    }

    fn write(&self, path: String, bytes: &[u8], privacy: Privacy) -> Result<(), BuildError> {
        write(&self.staging, Path::new(&path), bytes, privacy)?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push(path);
        Ok(())
    }
}

/// Who may read a file, and whether it must be on the disk itself before the build goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Anyone.
    Public,
    /// The owner of the site.
    Private,
    /// Private, and synced: the manifest is what a release is opened by.
    Synced,
}

impl Privacy {
    /// What holds for a path below a release.
    pub fn of(path: &str) -> Self {
        match path.starts_with("vault/") {
            true => Privacy::Private,
            false => Privacy::Public,
        }
    }
}

/// Writes a new file below a release that is being staged.
pub fn write(
    staging: &Path,
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
) -> Result<(), BuildError> {
    let to = staging.join(path);
    let options = match privacy {
        Privacy::Public => fs::File::options().write(true).create_new(true).clone(),
        _ => private_file(),
    };
    let attempt = || {
        let mut file = in_folder(staging, &to, privacy, || options.open(&to))?;
        file.write_all(bytes)?;
        if privacy == Privacy::Synced {
            file.sync_all()?;
        }
        Ok(())
    };
    attempt().map_err(|source| BuildError::Write {
        path: to.clone(),
        source,
    })
}

/// Tries, and makes the folder only when that is what was missing: most files of a build share theirs.
pub fn in_folder<T>(
    staging: &Path,
    to: &Path,
    privacy: Privacy,
    attempt: impl Fn() -> io::Result<T>,
) -> io::Result<T> {
    match attempt() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = to.parent().unwrap_or(staging);
            match privacy {
                Privacy::Public => fs::create_dir_all(folder)?,
                _ => {
                    fs::create_dir_all(staging)?;
                    fs::DirBuilder::new()
                        .recursive(true)
                        .mode(0o700)
                        .create(folder)?;
                }
            }
            attempt()
        }
        done => done,
    }
}
