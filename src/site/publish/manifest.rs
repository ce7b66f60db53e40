//! The manifest of a release, from what the site is and where its parts ended up.

use crate::ids::PageId;
use crate::manifest::{
    FileEntry, MANIFEST_VERSION, Manifest, PageEntry, PartEntry, SiteInfo, VaultAsset,
};
use crate::site::cache::OutputEntry;
use crate::site::model::{Page, PageKind, Site};
use crate::site::plan::{Output, OutputKind};
use crate::site::publish::Material;
use rayon::prelude::*;
use std::sync::Arc;

/// `entries` are in the order of the material's outputs.
pub fn assemble(
    material: &Material,
    entries: &[Arc<OutputEntry>],
    assets: Vec<(String, VaultAsset)>,
) -> Manifest {
    let Material { site, config, .. } = material;
    let files = material.outputs.par_iter().zip(entries);
    let files: Vec<(String, FileEntry)> = files
        .map(|(output, entry)| (output.file.to_string(), entry.file()))
        .collect();
    let pages = material.outputs.par_iter().zip(entries);
    let pages: Vec<(PageId, PageEntry)> = pages
        .filter_map(|(output, entry)| {
            let page = page_of(site, output)?;
            let parts = entry.parts.clone();
            Some((page.id.clone(), page_entry(material, page, parts)))
        })
        .collect();
    Manifest {
        version: MANIFEST_VERSION,
        site: SiteInfo {
            title: config.title.clone(),
            base_url: config.base_url.clone(),
            languages: config.languages.clone(),
            timezone: config.timezone.iana_name().unwrap_or("UTC").to_owned(),
        },
        tiers: config.tiers.clone(),
        paywall: config.paywall.clone(),
        edge: config.edge.clone(),
        pages: pages.into_iter().collect(),
        renamed: site.renamed.clone(),
        files: files.into_iter().collect(),
        assets: assets.into_iter().collect(),
    }
}

/// The content page that an output is the file of.
fn page_of<'a>(site: &'a Site, output: &Output) -> Option<&'a Page> {
    match output.kind {
        OutputKind::Page(index) => Some(&site[index]),
        OutputKind::Section(index, 1) => site[index].page.map(|page| &site[page]),
        _ => None,
    }
}

fn page_entry(material: &Material, page: &Page, parts: Vec<PartEntry>) -> PageEntry {
    let document = &page.document;
    let front = &document.front;
    let terms = |name: &str| front.terms.get(name).cloned().unwrap_or_default();
    let has_comments = front
        .comments
        .unwrap_or(material.config.edge.comments.enabled);
    PageEntry {
        path: page.path.clone(),
        file: page.file.clone(),
        title: front.title.clone(),
        language: material.config.languages[page.language].code.clone(),
        date: front.date,
        updated: front.updated,
        authors: terms("authors"),
        tags: terms("tags"),
        access: front.access.clone(),
        parts,
        comments: has_comments && page.kind == PageKind::Page,
        readability: document.readability,
        expertise: front.expertise,
        practicality: front.practicality,
        n_han: document.public_counts.n_han + document.gated_counts.n_han,
        n_words: document.public_counts.n_words + document.gated_counts.n_words,
        content_hash: data_encoding::HEXLOWER.encode(&document.hash),
    }
}
