//! A release on disk: vault and public files staged, the manifest last, then one rename makes it the current one.
//!
//! Entry point: [`all`]. The function that writes under `public/` takes a `Body`, the one that writes parts of the
//! vault takes `GatedHtml`, and neither takes the other's.

mod compress;
mod folder;
mod key;
mod last;
mod manifest;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use crate::site::publish::folder::OutputFolder;
pub use crate::site::publish::key::VaultKey;

use crate::config::SiteConfig;
use crate::ids::{Access, PartNumber};
use crate::manifest::{FileEntry, Manifest, VaultAsset};
use crate::site::error::BuildError;
use crate::site::model::{Audience, Site, SiteAsset};
use crate::site::plan::{FileHashes, Output};
use crate::site::publish::last::LastRelease;
use crate::site::publish::write::Writer;
use crate::site::render::Rendered;
use rayon::prelude::*;
use std::ops::Range;
use std::path::PathBuf;

/// What a release is made of.
pub struct Material<'a> {
    /// Pages and their facts.
    pub site: &'a Site,
    /// Settings that travel in the manifest.
    pub config: &'a SiteConfig,
    /// Every file of `public/`.
    pub outputs: &'a [Output],
    /// Hashes of the files that are copied.
    pub files: &'a FileHashes,
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
    /// What the edge reads.
    pub manifest: Manifest,
    /// Files written, in `public/` and the vault.
    pub n_written: usize,
    /// Files shared with the release before.
    pub n_unchanged: usize,
    /// Paths below `public/` that were written or are gone, ascending; all of them where there was no release before.
    pub changed: Vec<String>,
}

/// An output that has been dealt with.
struct Put {
    entry: FileEntry,
    parts: Vec<PutPart>,
}

/// A gated part that has been dealt with.
struct PutPart {
    number: PartNumber,
    access: Access,
    file: String,
    range: Range<usize>,
}

/// Renders and writes every output on all cores, each as soon as it is rendered, and makes the release the current
/// one. On any failure the release before stays as it was.
pub fn all<'a>(
    folder: &OutputFolder,
    key: &VaultKey,
    material: &Material<'a>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
) -> Result<Published, BuildError> {
    let last = LastRelease::open(folder);
    let writer = Writer::new(folder, key, last.as_ref(), material);
    let result = stage(&writer, material, render).and_then(|manifest| writer.finish(manifest));
    if result.is_err() {
        // Best effort, to give a full disk its space back; the next build sweeps what is left.
        let _ = std::fs::remove_dir_all(folder.staging());
    }
    result
}

fn stage<'a>(
    writer: &Writer,
    material: &Material<'a>,
    render: impl Fn(&Output) -> Result<Rendered<'a>, BuildError> + Sync,
) -> Result<Manifest, BuildError> {
    let assets = gated_assets(writer, material)?;
    text::put_all(writer, material.site, material.config)?;
    let puts = material
        .outputs
        .par_iter()
        .map(|output| put(writer, output, render(output)?))
        .collect::<Result<Vec<Put>, BuildError>>()?;
    Ok(manifest::assemble(material, puts, assets))
}

/// Parts go first: the public file that refers to them is written when they are there.
fn put(writer: &Writer, output: &Output, rendered: Rendered) -> Result<Put, BuildError> {
    let mut parts = Vec::with_capacity(rendered.parts.len());
    for part in rendered.parts {
        let number = part.number.0.to_le_bytes();
        let access = part.access.to_string();
        let about: [&[u8]; 4] = [b"part", output.file.as_bytes(), &number, access.as_bytes()];
        parts.push(PutPart {
            file: writer.part(&about, part.html)?,
            number: part.number,
            access: part.access,
            range: part.range,
        });
    }
    Ok(Put {
        entry: writer.public(&output.file, rendered.body)?,
        parts,
    })
}

fn gated_assets(
    writer: &Writer,
    material: &Material,
) -> Result<Vec<(String, VaultAsset)>, BuildError> {
    let put = |(asset, hash): (&SiteAsset, &[u8; 32])| {
        let Audience::Readers(accesses) = &asset.audience else {
            return None;
        };
        let kind = mime_guess::from_path(&asset.path).first_or_octet_stream();
        Some(
            writer
                .asset(&asset.path, hash, &asset.asset.content)
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
