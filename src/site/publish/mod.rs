//! A release on disk: vault and public files staged, the manifest last, then one rename makes it the current one.
//!
//! Entry point: [`all`]. The function that writes under `public/` takes a `Body`, the one that writes parts of the
//! vault takes `GatedHtml`, and neither takes the other's. What depends on nothing that has changed is not rendered.

mod compress;
mod folder;
mod key;
mod last;
mod link_unchanged;
mod manifest;
mod releases;
mod share;
mod stale;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use crate::site::publish::folder::{OutputFolder, Purpose, RolledBack};
pub use crate::site::publish::key::VaultKey;
pub use crate::site::publish::last::{LastRelease, n_pages};
pub use crate::site::publish::link_unchanged::{is_ready, put_aside};
pub use crate::site::publish::releases::{Listed, RollbackError, list, roll_back};
pub use crate::site::publish::stale::{Since, Stale, counts};

use crate::chunked_map::ChunkedMap;
use crate::config::SiteConfig;
use crate::manifest::{Manifest, PartEntry, VaultAsset, seal};
use crate::site::cache::{Bodies, OutputEntry, ReleaseDiff, ReleaseFiles, Released};
use crate::site::error::BuildError;
use crate::site::model::{Audience, CopiedFiles, Site, SiteAsset};
use crate::site::outputs::Output;
use crate::site::publish::link_unchanged::Staged;
use crate::site::publish::write::{Privacy, Stored, Writer, Written};
use crate::site::render::Rendered;
use crate::site::source::FileFacts;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a release is made of.
pub struct Material<'a> {
    /// Pages and their facts.
    pub site: &'a Site,
    /// Settings that travel in the manifest.
    pub config: &'a SiteConfig,
    /// Every file of `public/`.
    pub outputs: &'a [Output],
    /// What was found in the files that are copied.
    pub files: &'a CopiedFiles,
    /// The text of pages.
    pub bodies: Bodies<'a>,
    /// See [`Manifest::unavailable`].
    pub unavailable: BTreeMap<String, String>,
    /// A release of the same site, from which only the text of some pages and copied files differ.
    pub before: Option<&'a BuiltRelease>,
}

/// A release with its manifest, from which the next one can be made.
#[derive(Clone, Debug)]
pub struct BuiltRelease {
    /// Its id.
    pub id: String,
    /// What the edge reads.
    pub manifest: Manifest,
}

/// A release that readers get now.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its id, keyed, which tells nothing of its content.
    pub id: String,
    /// Its folder, with `public/` and `vault/` in it.
    pub folder: PathBuf,
    /// Whether this build made it; otherwise nothing has changed and no file was written.
    pub is_new: bool,
    /// What the edge reads; `None` where nothing had to be looked at, and the one in the folder stands.
    pub manifest: Option<Manifest>,
    /// Files written, in `public/` and the vault.
    pub n_written: usize,
    /// Files shared with the release before.
    pub n_unchanged: usize,
    /// Id of the release before.
    pub since: Option<String>,
    /// Paths below `public/` that were written or are gone, ascending, with compressed copies; all of them where there was
    /// no release before.
    pub changed: Vec<String>,
    /// Outputs that were rendered again, ascending by file.
    pub stale: Vec<Stale>,
}

/// A file of `public/` that is new or other than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Below `public/`.
    pub path: String,
    /// The first 128 bits of its BLAKE3, in hex.
    pub hash: String,
    /// Its length.
    pub bytes: u64,
}

impl Published {
    /// What is new or other in `public/`, and what is gone.
    pub fn changes(&self) -> (Vec<Change>, Vec<String>) {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for path in &self.changed {
            match self.facts(path) {
                Some((hash, bytes)) => changed.push(Change {
                    path: path.clone(),
                    hash: hash.to_owned(),
                    bytes,
                }),
                None => gone.push(path.clone()),
            }
        }
        (changed, gone)
    }

    /// Hash and length of a file of `public/` or of a compressed copy.
    fn facts(&self, path: &str) -> Option<(&str, u64)> {
        let files = &self.manifest.as_ref()?.files;
        if let Some(file) = files.get(path) {
            return Some((&file.hash, file.bytes));
        }
        let (of, encoding) = path.rsplit_once('.')?;
        let mut copies = files.get(of)?.copies.iter();
        let copy = copies.find(|it| it.encoding == encoding)?;
        Some((&copy.hash, copy.bytes))
    }
}

/// A release that has been put on disk but for its manifest.
struct Made {
    manifest: Manifest,
    n_pages: usize,
    files: ReleaseFiles,
    changes: Changes,
    stale: Vec<Stale>,
}

/// Outputs that are not what the last release has: what each is now, `None` for one that is gone.
type Changes = BTreeMap<Arc<str>, Option<Arc<OutputEntry>>>;

/// What came of an attempt to make a release.
enum Attempt {
    Done(Box<(Published, Released)>),
    /// The last release is not whole: nothing may be shared with it.
    NotWhole,
    /// Everything was rendered, and the release is not wanted.
    Unwanted,
    /// It is the release from which the owner went back.
    RolledBack(RolledBack),
}

/// What came of a build that could be published.
pub enum Done {
    /// It is the current release; with what it is made of.
    Published(Box<(Published, Released)>),
    /// It was not wanted.
    Unwanted,
    /// The owner went back from it.
    RolledBack(RolledBack),
}

/// Renders and writes what is stale on all cores, each output as soon as it is rendered. Then asks `is_wanted`, and
/// makes the release the current one. On any failure the release before stays as it was.
pub fn all<'a>(
    folder: &OutputFolder,
    key: &VaultKey,
    material: &Material<'a>,
    last: Option<&LastRelease>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
    is_wanted: impl Fn() -> bool,
) -> Result<Done, BuildError> {
    let attempt = |last| {
        let writer = Writer::new(folder, key, last, material);
        let done = stage(&writer, material, &render).and_then(|made| match is_wanted() {
            true => finish(folder, key, last, made, writer.finish()),
            false => Ok(Attempt::Unwanted),
        });
        if !matches!(done, Ok(Attempt::Done(_))) {
            // Best effort, to give a full disk its space back; the next build sweeps what is left.
            let _ = std::fs::remove_dir_all(folder.staging());
            let _ = std::fs::remove_dir_all(folder.beside_staging());
        }
        done
    };
    let done = match attempt(last)? {
        Attempt::NotWhole => attempt(None)?,
        done => done,
    };
    match done {
        Attempt::Done(done) => Ok(Done::Published(done)),
        Attempt::Unwanted => Ok(Done::Unwanted),
        Attempt::RolledBack(it) => Ok(Done::RolledBack(it)),
        Attempt::NotWhole => Err(BuildError::Write {
            path: folder.path().into(),
            source: io::Error::other("a release that shares nothing was not made"),
        }),
    }
}

fn stage<'a>(
    writer: &Writer,
    material: &Material<'a>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
) -> Result<Made, BuildError> {
    let assets = gated_assets(writer, material)?;
    let texts = text::put_all(writer, material)?;
    let compared = writer.compare(material.outputs);
    let is_stale = |place: &usize| compared.fresh[*place].is_none();
    let made = (0..material.outputs.len()).into_par_iter().filter(is_stale);
    let made = made
        .map(|place| {
            let output = &material.outputs[place];
            Ok((place, Arc::new(put(writer, output, render(output)?)?)))
        })
        .collect::<Result<Vec<(usize, Arc<OutputEntry>)>, BuildError>>()?;
    let file = |place: usize| Arc::clone(&material.outputs[place].file);
    let changes: Changes = compared
        .gone
        .into_iter()
        .map(|file| (Arc::clone(file), None))
        .chain(
            made.iter()
                .map(|(place, it)| (file(*place), Some(Arc::clone(it)))),
        )
        .collect();
    let files = assets.values();
    let files = files.map(|it| (it.file.as_str().into(), it.bytes));
    let files = files.collect();
    let (outputs, manifest) = match writer.renewable(material) {
        Some((last, before)) => (
            last.files.outputs.with(&changes),
            manifest::renew(before, material, &made, (assets, &texts)),
        ),
        None => {
            let mut entries = compared.fresh;
            for (place, entry) in &made {
                entries[*place] = Some(entry);
            }
            let entries = entries.into_iter().enumerate();
            let entries = entries.filter_map(|(place, it)| Some((file(place), Arc::clone(it?))));
            let outputs = ChunkedMap::from_sorted(entries.collect());
            let manifest = manifest::assemble(material, &outputs, (assets, &texts));
            (outputs, manifest)
        }
    };
    Ok(Made {
        manifest,
        n_pages: material.site.pages.len(),
        files: ReleaseFiles {
            outputs,
            texts,
            assets: files,
        },
        changes,
        stale: compared.stale,
    })
}

/// Parts go first: the public file that refers to them is written when they are there.
fn put(writer: &Writer, output: &Output, rendered: Rendered) -> Result<OutputEntry, BuildError> {
    let mut parts = Vec::with_capacity(rendered.parts.len());
    for part in rendered.parts {
        let number = part.number.0.to_le_bytes();
        let access = part.access.to_string();
        let about: [&[u8]; 4] = [b"part", output.file.as_bytes(), &number, access.as_bytes()];
        let Stored { file, hash, bytes } = writer.part(&about, part.html)?;
        parts.push(PartEntry {
            file,
            hash,
            bytes,
            number: part.number,
            access: part.access,
            start: part.range.start as u64,
            end: part.range.end as u64,
        });
    }
    let entry = writer.public(&output.file, rendered.body)?;
    Ok(OutputEntry {
        fingerprint: Some(output.fingerprint),
        hash: entry.hash.into(),
        bytes: entry.bytes,
        copies: entry.copies,
        parts,
        version: rendered.version.map(Arc::from),
    })
}

fn gated_assets(
    writer: &Writer,
    material: &Material,
) -> Result<BTreeMap<String, VaultAsset>, BuildError> {
    let put = |(asset, facts): (&SiteAsset, &FileFacts)| {
        let Audience::Readers(accesses) = &asset.audience else {
            return None;
        };
        let kind = mime_guess::from_path(&asset.path).first_or_octet_stream();
        Some(
            writer
                .asset(&asset.path, &facts.hash, &asset.asset.content)
                .map(|Stored { file, hash, bytes }| {
                    let entry = VaultAsset {
                        file,
                        hash,
                        bytes,
                        accesses: accesses.clone(),
                        content_type: kind.essence_str().to_owned(),
                    };
                    (asset.path.clone(), entry)
                }),
        )
    };
    let assets = material.site.assets.par_iter().zip(&material.files.assets);
    assets.filter_map(put).collect()
}

/// Puts what is shared in its place, writes the manifest, and makes the release current. Where nothing has changed,
/// there is no release to make.
fn finish(
    folder: &OutputFolder,
    key: &VaultKey,
    last: Option<&LastRelease>,
    made: Made,
    written: Written,
) -> Result<Attempt, BuildError> {
    let Made {
        manifest,
        n_pages,
        files,
        changes,
        stale,
    } = made;
    let staging = folder.staging();
    let path = Path::new("vault/manifest.json");
    let json = manifest.to_json().map_err(|error| BuildError::Write {
        path: staging.join(path),
        source: io::Error::other(error),
    })?;
    // The names of what is in the vault are made of its content.
    let parts = files.outputs.values().flat_map(|it| &it.parts);
    let parts = parts.map(|it| it.file.as_bytes());
    let texts = files.texts.iter().map(|(_, pack)| pack.file.as_bytes());
    let hash = blake3::hash(&json);
    let pieces = [b"release", &hash.as_bytes()[..]].into_iter();
    let pieces: Vec<&[u8]> = pieces.chain(parts).chain(texts).collect();
    let id = key.name(&pieces);
    let sealed = seal(&id, &json);
    let diff = diff(last, &files, &changes, &written);
    let is_new = written.found_damage || last.is_none_or(|last| last.released.id != id);
    let n_files = files.count();
    let rolled_back = folder.rolled_back();
    if let Some(it) = rolled_back.filter(|it| is_new && it.from == id) {
        return Ok(Attempt::RolledBack(it));
    }
    if is_new {
        if let Some(last) = last {
            let staged = Staged {
                files: &files,
                written: &written.paths,
                changed: &diff,
            };
            if !link_unchanged::complete(folder, last, &staged)? {
                return Ok(Attempt::NotWhole);
            }
        }
        let privacy = match folder.purpose() {
            Purpose::Readers => Privacy::Synced,
            Purpose::Preview => Privacy::Private,
        };
        write::write(&staging, path, &sealed, privacy)?;
        folder.publish(&id)?;
    } else if last.is_some_and(|it| !it.is_whole()) {
        return Ok(Attempt::NotWhole);
    }
    let is_output = |file: &str| {
        let was = last.is_some_and(|it| it.released.files.outputs.contains_key(file));
        was || files.outputs.contains_key(file)
    };
    let is_copy = |file: &str| file.rsplit_once('.').is_some_and(|it| is_output(it.0));
    let is_output = |file: &&str| is_output(file) || is_copy(file);
    let public = diff.iter().filter_map(|it| it.strip_prefix("public/"));
    let changed = public.filter(is_output).map(str::to_owned).collect();
    let published = Published {
        folder: folder.release(&id),
        id: id.clone(),
        is_new,
        since: last.map(|it| it.released.id.clone()),
        manifest: Some(manifest),
        n_written: if is_new { written.paths.len() + 1 } else { 0 },
        n_unchanged: n_files - written.paths.len(),
        changed,
        stale,
    };
    let history = match last {
        Some(last) if !is_new => last.released.history.clone(),
        _ => history(last, &id, diff, written.found_damage),
    };
    let released = Released {
        id,
        manifest: *blake3::hash(&sealed).as_bytes(),
        n_pages,
        files,
        history,
    };
    Ok(Attempt::Done(Box::new((published, released))))
}

/// Paths below the release that are new, other or gone.
fn diff(
    last: Option<&LastRelease>,
    now: &ReleaseFiles,
    changes: &Changes,
    written: &Written,
) -> BTreeSet<Arc<str>> {
    let mut diff: BTreeSet<Arc<str>> = written.paths.iter().map(|it| it.as_str().into()).collect();
    let Some(last) = last.map(|it| &it.released.files) else {
        return diff;
    };
    diff.insert("vault/manifest.json".into());
    for (file, after) in changes {
        let Some(before) = last.outputs.get(file) else {
            continue;
        };
        let paths = |entry: &Arc<OutputEntry>| -> Vec<String> {
            let beside = entry.beside(file).into_iter();
            beside.map(|it| it.0).collect()
        };
        let beside = after.as_ref().map(paths).unwrap_or_default();
        let gone = paths(before).into_iter();
        let gone = gone.filter(|it| !beside.contains(it));
        diff.extend(gone.map(Arc::from));
        if after.is_none() {
            diff.insert(format!("public/{file}").into());
        }
    }
    let vault: BTreeSet<String> = now.vault_files().map(|it| it.0).collect();
    let gone = last.vault_files().map(|it| it.0);
    let gone = gone.filter(|it| !vault.contains(it));
    diff.extend(gone.map(Arc::from));
    diff
}

/// The last releases, as far as they can still be of use.
fn history(
    last: Option<&LastRelease>,
    id: &str,
    diff: BTreeSet<Arc<str>>,
    found_damage: bool,
) -> Vec<ReleaseDiff> {
    let before = last.map_or(&[][..], |it| &it.released.history);
    let kept = &before[before.len().saturating_sub(2)..];
    let own = ReleaseDiff {
        id: id.to_owned(),
        // Of a release that is known by its manifest alone it is not known what is gone from it.
        paths: (!before.is_empty() && !found_damage).then(|| diff.into_iter().collect()),
    };
    kept.iter().cloned().chain([own]).collect()
}
