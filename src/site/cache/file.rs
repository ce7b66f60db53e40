//! The cache of one output folder on disk: `documents` with `bodies`, `release`, `memory` and `files`.

use crate::site::cache::library::{Known, Library};
use crate::site::cache::record;
use crate::site::cache::spool::Spool;
use crate::site::parse::ParseSettings;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Raised whenever what is kept has another meaning.
const VERSION: u32 = 13;
/// A spool may hold so much that nobody wants, beside as much as is wanted.
const SPARE_BYTES: u64 = 16 << 20;

/// A folder that this process alone writes to, until it is dropped.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    identity: [u8; 32],
    _lock: File,
}

impl Cache {
    /// The cache for an output folder of the site in `root`. `None` where it cannot be had, or another process has it;
    /// `waits` says whether to wait for that one.
    pub fn open(root: &Path, out: &Path, waits: bool) -> Option<Self> {
        let out = out.canonicalize().ok()?;
        // A site that is put elsewhere with its output folder keeps its cache, as in a pipeline that checks it out anew.
        let root_path = root.canonicalize().ok()?;
        let out = out.strip_prefix(&root_path).unwrap_or(&out);
        let name = blake3::hash(out.as_os_str().as_encoded_bytes());
        let name = data_encoding::HEXLOWER.encode(&name.as_bytes()[..8]);
        let kept = root.join(".lyceum/cache");
        let folder = kept.join(name);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .ok()?;
        let lock = private().append(true).open(folder.join("lock")).ok()?;
        match waits {
            true => lock.lock().ok()?,
            false => lock.try_lock().ok()?,
        }
        Some(Cache {
            folder,
            identity: program(&kept),
            _lock: lock,
        })
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for name in ["documents", "bodies", "release", "memory", "files"] {
            let path = self.folder.join(name);
            // Whatever lies there in the place of a file of ours is in the way.
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }

    /// All documents that were read with these settings, as far as they are whole.
    pub fn library(&self, settings: &ParseSettings) -> io::Result<Library> {
        let identity = self.identity_with(settings);
        let documents = fs::read(self.folder.join("documents")).unwrap_or_default();
        let known = self.documents(&documents, &identity).unwrap_or_default();
        let spool = self.spool(!known.is_empty())?;
        let mut library = Library::new(spool);
        library.n_records = known.len();
        library
            .known
            .extend(known.into_iter().map(|it| (it.document.path.clone(), it)));
        let wanted = library.n_bytes_wanted();
        if library.spool.n_bytes() > 2 * wanted + SPARE_BYTES {
            library = Library::new(self.spool(false)?);
        }
        Ok(library)
    }

    fn documents(&self, log: &[u8], identity: &[u8; 32]) -> Option<Vec<Known>> {
        let (first, mut rest) = record::split(log)?;
        if record::read::<[u8; 32]>(first)? != *identity {
            return None;
        }
        let mut records = Vec::new();
        while let Some((value, after)) = record::split(rest) {
            records.push(value);
            rest = after;
        }
        if !rest.is_empty() {
            // The end was torn off: what is added next must not stand behind it.
            let whole = (log.len() - rest.len()) as u64;
            let file = File::options()
                .write(true)
                .open(self.folder.join("documents"));
            file.and_then(|it| it.set_len(whole)).ok()?;
        }
        records.into_par_iter().map(record::read).collect()
    }

    fn spool(&self, keeps: bool) -> io::Result<Spool> {
        let path = self.folder.join("bodies");
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        }
        let file = private().read(true).write(true).open(&path)?;
        if !keeps {
            file.set_len(0)?;
        }
        Spool::in_file(file, &path)
    }

    /// Keeps documents that have just been read; `paths` are those.
    pub fn keep_documents(
        &self,
        library: &mut Library,
        settings: &ParseSettings,
        paths: &[Arc<str>],
    ) -> io::Result<()> {
        let path = self.folder.join("documents");
        let is_new = library.n_records == 0;
        let n_after = library.n_records + paths.len();
        if is_new || n_after > 2 * library.known.len() + 256 {
            let all: Vec<&Known> = library.known.values().collect();
            replace(&path, |out| {
                out.write_all(&encode(&self.identity_with(settings))?)?;
                write_all(out, &all)
            })?;
            library.n_records = all.len();
            return Ok(());
        }
        let fresh: Vec<&Known> = paths
            .iter()
            .filter_map(|path| library.known.get(path))
            .collect();
        let mut out = BufWriter::new(File::options().append(true).open(&path)?);
        write_all(&mut out, &fresh)?;
        out.flush()?;
        library.n_records = n_after;
        Ok(())
    }

    /// One value that was kept; `None` where there is none, or it is damaged or another program's.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        let (first, rest) = record::split(&bytes)?;
        let (value, _) = record::split(rest)?;
        (record::read::<[u8; 32]>(first)? == self.identity).then(|| record::read(value))?
    }

    /// Keeps one value in place of what was kept under its name.
    pub fn keep(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        replace(&self.folder.join(name), |out| {
            out.write_all(&encode(&self.identity)?)?;
            out.write_all(&encode(value)?)
        })
    }

    /// Documents depend on the settings they were read with.
    fn identity_with(&self, settings: &ParseSettings) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.identity);
        hasher.update(format!("{settings:?}").as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// This program and no other, by the content of its file, since two builds of one version may read and write otherwise.
/// The file is read once and known by its stamp from then on.
fn program(kept: &Path) -> [u8; 32] {
    let file = std::env::current_exe().unwrap_or_default();
    let about = fs::metadata(&file).map(|it| (it.len(), it.mtime(), it.mtime_nsec()));
    let about = format!("{} {about:?}", file.display());
    let note = kept.join("program");
    let known = fs::read(&note).ok();
    let known = known.and_then(|it| record::read::<(String, [u8; 32])>(record::split(&it)?.0));
    let content = match known {
        Some((of, hash)) if of == about => hash,
        _ => {
            let mut hasher = blake3::Hasher::new();
            let read = File::open(&file).and_then(|it| hasher.update_reader(it).map(|_| ()));
            let hash = match read {
                Ok(()) => *hasher.finalize().as_bytes(),
                Err(_) => *blake3::hash(about.as_bytes()).as_bytes(),
            };
            if let Some(record) = record::write(&(about, hash)) {
                // Without it the file is read again by the next build.
                let _ = replace(&note, |out| out.write_all(&record));
            }
            hash
        }
    };
    let text = format!("{VERSION} {} {content:?}", env!("CARGO_PKG_VERSION"));
    *blake3::hash(text.as_bytes()).as_bytes()
}

fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.create(true).truncate(false).mode(0o600);
    options
}

fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    record::write(value).ok_or_else(|| io::Error::other("a value that cannot be written down"))
}

/// In runs, so that not all of it is in memory at once.
fn write_all(out: &mut impl Write, documents: &[&Known]) -> io::Result<()> {
    for run in documents.chunks(1024) {
        let records: io::Result<Vec<Vec<u8>>> = run.par_iter().map(encode).collect();
        for record in records? {
            out.write_all(&record)?;
        }
    }
    Ok(())
}

/// Writes a file beside the old one and puts it in its place.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut out = BufWriter::new(private().write(true).truncate(true).open(&new)?);
    write(&mut out)?;
    out.flush()?;
    if path.is_dir() {
        fs::remove_dir_all(path)?;
    }
    fs::rename(&new, path)
}
