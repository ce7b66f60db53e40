//! Files of a release on their way to disk: written once, or shared with the release before.
//!
//! Nothing is written before the first file that differs; what is shared is linked at the end, when it is certain
//! that there will be a release at all.

use crate::manifest::{FileEntry, Manifest};
use crate::site::error::BuildError;
use crate::site::publish::folder::OutputFolder;
use crate::site::publish::key::{VaultKey, private_file};
use crate::site::publish::last::LastRelease;
use crate::site::publish::{Material, Published, compress};
use crate::site::render::Body;
use crate::site::render::html::GatedHtml;
use crate::site::source::AssetContent;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Takes files from any number of threads.
pub struct Writer<'a> {
    folder: &'a OutputFolder,
    staging: PathBuf,
    key: &'a VaultKey,
    last: Option<&'a LastRelease>,
    outputs: HashSet<&'a str>,
    precompress: bool,
    log: Mutex<Log>,
    /// The last release lacks a file that its manifest names, or has it with another length.
    is_damaged: AtomicBool,
}

/// What became of the files.
#[derive(Default)]
struct Log {
    n_written: usize,
    /// Paths below the release that the last one has already.
    shared: Vec<PathBuf>,
    /// Paths below `public/` that were written.
    changed: Vec<String>,
    /// Files of the vault; their names are made of their content.
    vault: Vec<String>,
}

impl<'a> Writer<'a> {
    /// Writes into the staging folder, which is not there yet.
    pub fn new(
        folder: &'a OutputFolder,
        key: &'a VaultKey,
        last: Option<&'a LastRelease>,
        material: &Material<'a>,
    ) -> Self {
        Writer {
            folder,
            staging: folder.staging(),
            key,
            last,
            outputs: material.outputs.iter().map(|it| it.file.as_str()).collect(),
            precompress: material.config.precompress,
            log: Mutex::default(),
            is_damaged: AtomicBool::new(false),
        }
    }

    /// A file of `public/`, and the compressed copies beside it.
    pub fn public(&self, file: &str, body: Body) -> Result<FileEntry, BuildError> {
        let bytes: Cow<[u8]> = match &body {
            Body::Text(html) => Cow::Borrowed(html.as_str().as_bytes()),
            Body::Copy(content) => content.read()?,
        };
        let mut entry = FileEntry {
            hash: data_encoding::HEXLOWER.encode(&blake3::hash(&bytes).as_bytes()[..16]),
            bytes: bytes.len() as u64,
            encodings: Vec::new(),
        };
        let path = Path::new("public").join(file);
        let before = self.unchanged(file, &path, &entry);
        match before {
            Some(_) => self.share(path.clone()),
            None => {
                self.write(&path, &bytes, Privacy::Public)?;
                self.log(|log| log.changed.push(file.to_owned()));
            }
        }
        if self.precompress && compress::is_worth_it(file, bytes.len()) {
            entry.encodings = self.copies(file, &bytes, before)?;
        }
        Ok(entry)
    }

    /// The encodings that lie beside a file now.
    fn copies(
        &self,
        file: &str,
        bytes: &[u8],
        before: Option<&FileEntry>,
    ) -> Result<Vec<String>, BuildError> {
        let path = |encoding: &str| Path::new("public").join(format!("{file}.{encoding}"));
        if let Some(before) = before.filter(|it| !it.encodings.is_empty()) {
            for encoding in &before.encodings {
                self.share(path(encoding));
            }
            return Ok(before.encodings.clone());
        }
        let copies = compress::copies(bytes).map_err(|source| BuildError::Write {
            path: self.staging.join(path("br")),
            source,
        })?;
        let mut encodings = Vec::new();
        for (encoding, copy) in copies {
            if !self.outputs.contains(format!("{file}.{encoding}").as_str()) {
                self.write(&path(encoding), &copy, Privacy::Public)?;
                encodings.push(encoding.to_owned());
            }
        }
        Ok(encodings)
    }

    /// A gated part; gives its name below `vault/parts/`, which is made of what it is about and its content.
    pub fn part(&self, about: &[&[u8]], html: GatedHtml) -> Result<String, BuildError> {
        let bytes = html.into_vault_bytes();
        let pieces = [about, &[&bytes]].concat();
        let name = self.key.name(&pieces);
        self.vault(&format!("parts/{name}"), &bytes)?;
        Ok(name)
    }

    /// A private file; gives its name below `vault/assets/`.
    pub fn asset(
        &self,
        path: &str,
        hash: &[u8; 32],
        content: &AssetContent,
    ) -> Result<String, BuildError> {
        let name = self.key.name(&[b"asset", path.as_bytes(), hash]);
        self.vault(&format!("assets/{name}"), &content.read()?)?;
        Ok(name)
    }

    /// Packed texts; gives their file below `vault/text/`.
    pub fn text(&self, lines: &[u8]) -> Result<String, BuildError> {
        let file = format!("{}.jsonl", self.key.name(&[b"text", lines]));
        self.vault(&format!("text/{file}"), lines)?;
        Ok(file)
    }

    /// The list of packed texts; it follows from their names.
    pub fn text_index(&self, json: &[u8]) -> Result<(), BuildError> {
        let path = Path::new("vault/text/index.json");
        let is_same = self.last.is_some_and(|last| {
            fs::read(last.folder.join(path)).is_ok_and(|before| before == json)
        });
        if is_same {
            self.share(path.into());
            return Ok(());
        }
        self.write(path, json, Privacy::Private)
    }

    /// A file of the vault whose name is made of its content: where the last release has it, it is the same.
    fn vault(&self, file: &str, bytes: &[u8]) -> Result<(), BuildError> {
        let path = Path::new("vault").join(file);
        self.log(|log| log.vault.push(file.to_owned()));
        if self
            .last
            .is_some_and(|last| last.has(&path, bytes.len() as u64))
        {
            self.share(path);
            return Ok(());
        }
        self.write(&path, bytes, Privacy::Private)
    }

    /// Links what is shared, writes the manifest, and makes the release current. Where nothing has changed, there
    /// is no release to make.
    pub fn finish(self, manifest: Manifest) -> Result<Published, BuildError> {
        let mut log = self
            .log
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let json = serde_json::to_vec(&manifest).map_err(|error| BuildError::Write {
            path: self.staging.join("vault/manifest.json"),
            source: io::Error::other(error),
        })?;
        log.vault.sort();
        let names = log.vault.join("\n");
        let id = self.key.name(&[b"release", &json, names.as_bytes()]);
        let is_damaged = self.is_damaged.into_inner();
        let is_new = is_damaged || self.last.is_none_or(|last| last.id != id);
        if let Some(last) = self.last {
            let gone = last
                .files
                .keys()
                .filter(|file| !manifest.files.contains_key(*file));
            log.changed.extend(gone.cloned());
            if is_new {
                log.shared
                    .par_iter()
                    .try_for_each(|path| link(&last.folder, &self.staging, path))?;
            }
        }
        if is_new {
            write(
                &self.staging,
                Path::new("vault/manifest.json"),
                &json,
                Privacy::Synced,
            )?;
            self.folder.publish(&id)?;
        }
        log.changed.sort();
        Ok(Published {
            folder: self.folder.release(&id),
            id,
            is_new,
            manifest,
            n_written: if is_new { log.n_written + 1 } else { 0 },
            n_unchanged: log.shared.len(),
            changed: log.changed,
        })
    }

    /// What the last manifest says of a file that is the same now, and whole on disk.
    fn unchanged(&self, file: &str, path: &Path, entry: &FileEntry) -> Option<&'a FileEntry> {
        let last = self.last?;
        let before = last.files.get(file).filter(|it| it.hash == entry.hash)?;
        let is_there = |path: &Path, n_bytes| last.has(path, n_bytes);
        if is_there(path, entry.bytes) {
            return Some(before);
        }
        self.is_damaged.store(true, Ordering::Relaxed);
        None
    }

    fn share(&self, path: PathBuf) {
        self.log(|log| log.shared.push(path));
    }

    fn write(&self, path: &Path, bytes: &[u8], privacy: Privacy) -> Result<(), BuildError> {
        write(&self.staging, path, bytes, privacy)?;
        self.log(|log| log.n_written += 1);
        Ok(())
    }

    fn log(&self, note: impl FnOnce(&mut Log)) {
        note(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Who may read a file, and whether it must be on the disk itself before the build goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Privacy {
    Public,
    Private,
    /// Private, and synced: the manifest is what a release is opened by.
    Synced,
}

fn write(staging: &Path, path: &Path, bytes: &[u8], privacy: Privacy) -> Result<(), BuildError> {
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

/// Hard links where the disk can, copies where it cannot.
fn link(from: &Path, staging: &Path, path: &Path) -> Result<(), BuildError> {
    let (from, to) = (from.join(path), staging.join(path));
    let privacy = match path.starts_with("vault") {
        true => Privacy::Private,
        false => Privacy::Public,
    };
    let attempt = || match in_folder(staging, &to, privacy, || fs::hard_link(&from, &to)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            fs::copy(&from, &to).map(|_| ())
        }
        done => done,
    };
    attempt().map_err(|source| BuildError::Write {
        path: to.clone(),
        source,
    })
}

/// Tries, and makes the folder only when that is what was missing: most files of a build share theirs.
fn in_folder<T>(
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
