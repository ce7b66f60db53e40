//! A release on disk: vault and public files staged, the manifest last, then one rename makes it the current one.
//!
//! Entry point: [`all`]. The function that writes under `public/` takes a `Body`, the one that writes parts of the
//! vault takes `GatedHtml`, and neither takes the other's. What depends on nothing that has changed is not rendered.

mod compress;
mod folder;
mod key;
mod last;
mod manifest;
#[cfg(test)]
mod tests;
mod text;
mod whole;
mod write;

pub use crate::site::publish::folder::{KEPT, KEPT_PREVIEWS, OutputFolder};
pub use crate::site::publish::key::VaultKey;
pub use crate::site::publish::last::LastRelease;
pub use crate::site::publish::whole::{is_ready, put_aside};

use crate::config::SiteConfig;
use crate::manifest::{Manifest, PartEntry, VaultAsset};
use crate::site::cache::{Bodies, OutputEntry, Released, Touched};
use crate::site::error::BuildError;
use crate::site::model::{Audience, Site, SiteAsset};
use crate::site::plan::{CopiedFiles, Output};
use crate::site::publish::whole::Staged;
use crate::site::publish::write::{Privacy, Writer, Written};
use crate::site::render::Rendered;
use crate::site::source::FileFacts;
use rayon::prelude::*;
use std::collections::BTreeSet;
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
    /// Paths below `public/` that were written or are gone, ascending; all of them where there was no release before.
    pub changed: Vec<String>,
}

/// A release that has been put on disk but for its manifest.
struct Made {
    manifest: Manifest,
    released: Released,
    /// Names of all files of the vault, in the order of what they belong to; they are made of the content.
    vault: Vec<String>,
}

/// Renders and writes what is stale on all cores, each output as soon as it is rendered, and makes the release the
/// current one. On any failure the release before stays as it was. Gives what the release is made of as well.
pub fn all<'a>(
    folder: &OutputFolder,
    key: &VaultKey,
    material: &Material<'a>,
    last: Option<&LastRelease>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
) -> Result<(Published, Released), BuildError> {
    let writer = Writer::new(folder, key, last, material);
    let result = stage(&writer, material, render)
        .and_then(|made| finish(folder, key, last, made, writer.finish()));
    if result.is_err() {
        // Best effort, to give a full disk its space back; the next build sweeps what is left.
        let _ = std::fs::remove_dir_all(folder.staging());
        let _ = std::fs::remove_dir_all(folder.beside_staging());
    }
    result
}

fn stage<'a>(
    writer: &Writer,
    material: &Material<'a>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
) -> Result<Made, BuildError> {
    let assets = gated_assets(writer, material)?;
    let texts = text::put_all(writer, material)?;
    let entries = material
        .outputs
        .par_iter()
        .map(|output| match writer.fresh(output) {
            Some(entry) => Ok(entry),
            None => put(writer, output, render(output)?).map(Arc::new),
        })
        .collect::<Result<Vec<Arc<OutputEntry>>, BuildError>>()?;
    let files = material.outputs.iter().map(|it| Arc::clone(&it.file));
    let released = Released {
        outputs: files.zip(entries.iter().cloned()).collect(),
        texts,
        assets: assets
            .iter()
            .map(|(_, it)| it.file.as_str().into())
            .collect(),
        ..Released::default()
    };
    let parts = entries.iter().flat_map(|it| &it.parts);
    let parts = parts.map(|it| it.file.clone());
    let vault = parts.chain(released.vault_paths()).collect();
    let manifest = manifest::assemble(material, &entries, assets);
    Ok(Made {
        manifest,
        released,
        vault,
    })
}

/// Parts go first: the public file that refers to them is written when they are there.
fn put(writer: &Writer, output: &Output, rendered: Rendered) -> Result<OutputEntry, BuildError> {
    let mut parts = Vec::with_capacity(rendered.parts.len());
    for part in rendered.parts {
        let number = part.number.0.to_le_bytes();
        let access = part.access.to_string();
        let about: [&[u8]; 4] = [b"part", output.file.as_bytes(), &number, access.as_bytes()];
        parts.push(PartEntry {
            file: writer.part(&about, part.html)?,
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
        encodings: entry.encodings,
        parts,
    })
}

fn gated_assets(
    writer: &Writer,
    material: &Material,
) -> Result<Vec<(String, VaultAsset)>, BuildError> {
    let put = |(asset, facts): (&SiteAsset, &FileFacts)| {
        let Audience::Readers(accesses) = &asset.audience else {
            return None;
        };
        let kind = mime_guess::from_path(&asset.path).first_or_octet_stream();
        Some(
            writer
                .asset(&asset.path, &facts.hash, &asset.asset.content)
                .map(|file| {
                    let entry = VaultAsset {
                        file,
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
) -> Result<(Published, Released), BuildError> {
    let Made {
        manifest,
        mut released,
        vault,
    } = made;
    let staging = folder.staging();
    let path = Path::new("vault/manifest.json");
    let json = manifest.to_json().map_err(|error| BuildError::Write {
        path: staging.join(path),
        source: io::Error::other(error),
    })?;
    released.manifest = *blake3::hash(&json).as_bytes();
    released.id = key.name(&[b"release", &json, vault.join("\n").as_bytes()]);
    let touched = touched(last, &released, &written);
    let is_new = written.found_damage || last.is_none_or(|last| last.released.id != released.id);
    let n_files = released.n_files();
    if is_new {
        if let Some(last) = last {
            let staged = Staged {
                released: &released,
                written: &written.paths,
                touched: &touched,
            };
            whole::complete(folder, last, &staged)?;
        }
        let privacy = match last.is_some_and(|it| it.is_ours) {
            true => Privacy::Private,
            false => Privacy::Synced,
        };
        write::write(&staging, path, &json, privacy)?;
        folder.publish(&released.id)?;
    }
    let is_output = |file: &&str| {
        let was = last.is_some_and(|it| it.released.outputs.contains_key(*file));
        was || released.outputs.contains_key(*file)
    };
    let public = touched.iter().filter_map(|it| it.strip_prefix("public/"));
    let changed = public.filter(is_output).map(str::to_owned).collect();
    let published = Published {
        folder: folder.release(&released.id),
        id: released.id.clone(),
        is_new,
        manifest: Some(manifest),
        n_written: if is_new { written.paths.len() + 1 } else { 0 },
        n_unchanged: n_files - written.paths.len(),
        changed,
    };
    released.history = match last {
        Some(last) if !is_new => last.released.history.clone(),
        _ => history(last, &released.id, touched, written.found_damage),
    };
    Ok((published, released))
}

/// Paths below the release that are new, other or gone.
fn touched(last: Option<&LastRelease>, now: &Released, written: &Written) -> BTreeSet<Arc<str>> {
    let mut touched: BTreeSet<Arc<str>> =
        written.paths.iter().map(|it| it.as_str().into()).collect();
    let Some(last) = last.map(|it| &it.released) else {
        return touched;
    };
    touched.insert("vault/manifest.json".into());
    for (file, before) in &last.outputs {
        let after = now.outputs.get(file);
        if after.is_some_and(|after| Arc::ptr_eq(after, before)) {
            continue;
        }
        let beside = after.map(|it| it.beside(file)).unwrap_or_default();
        let gone = before
            .beside(file)
            .into_iter()
            .filter(|it| !beside.contains(it));
        touched.extend(gone.map(Arc::from));
        if after.is_none() {
            touched.insert(format!("public/{file}").into());
        }
    }
    let vault: BTreeSet<String> = now.vault_paths().collect();
    let gone = last.vault_paths().filter(|it| !vault.contains(it));
    touched.extend(gone.map(Arc::from));
    touched
}

/// The last releases, as far as they can still be of use.
fn history(
    last: Option<&LastRelease>,
    id: &str,
    touched: BTreeSet<Arc<str>>,
    found_damage: bool,
) -> Vec<Touched> {
    let before = last.map_or(&[][..], |it| &it.released.history);
    let kept = &before[before.len().saturating_sub(2)..];
    let own = Touched {
        id: id.to_owned(),
        // Of a release that is known by its manifest alone it is not known what is gone from it.
        paths: (!before.is_empty() && !found_damage).then(|| touched.into_iter().collect()),
    };
    kept.iter().cloned().chain([own]).collect()
}
