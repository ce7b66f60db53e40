//! The manifest of a release, from what the site is and where its parts ended up.

use crate::chunked_map::ChunkedMap;
use crate::config::language::has_readability;
use crate::ids::PageId;
use crate::manifest::{
    MANIFEST_VERSION, Manifest, PageEntry, Prose, SiteInfo, TextPack, VaultAsset,
};
use crate::site::cache::{OutputEntry, TextEntry};
use crate::site::outputs::Output;
use crate::site::publish::Material;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is in the vault besides parts.
type Vault<'a> = (BTreeMap<String, VaultAsset>, &'a [TextEntry]);

/// Of a whole site; `outputs` has what became of the material's.
pub fn assemble(
    material: &Material,
    outputs: &ChunkedMap<Arc<str>, OutputEntry>,
    (assets, texts): Vault,
) -> Manifest {
    let Material { site, config, .. } = material;
    let entries: Vec<(&Arc<str>, &Arc<OutputEntry>)> = outputs.iter().collect();
    let files = entries.par_iter();
    let files: Vec<_> = files
        .map(|(file, entry)| (Arc::clone(file), Arc::new(entry.file())))
        .collect();
    let pages = material.outputs.par_iter().zip(&entries);
    let pages: Vec<_> = pages
        .filter_map(|(output, (_, entry))| page_entry(material, output, entry))
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
        aliases: site
            .redirects
            .iter()
            .map(|it| (it.path.clone(), site[it.to].id.clone()))
            .collect(),
        unsettled: site.unsettled.clone(),
        files: ChunkedMap::from_sorted(files),
        assets,
        texts: packs(texts),
        unavailable: material.unavailable.clone(),
    }
}

/// Of the site that `before` tells of, in which nothing has changed but the text of pages and what these outputs, by
/// place in the material's, came to.
pub fn renew(
    before: &Manifest,
    material: &Material,
    made: &[(usize, Arc<OutputEntry>)],
    (assets, texts): Vault,
) -> Manifest {
    let outputs = || {
        made.iter()
            .map(|(place, it)| (&material.outputs[*place], it))
    };
    let pages = outputs().filter_map(|(output, it)| page_entry(material, output, it));
    let files = outputs().map(|(output, it)| (Arc::clone(&output.file), Arc::new(it.file())));
    Manifest {
        pages: before
            .pages
            .with(&pages.map(|(id, it)| (id, Some(it))).collect()),
        files: before
            .files
            .with(&files.map(|(file, it)| (file, Some(it))).collect()),
        assets,
        texts: packs(texts),
        unavailable: material.unavailable.clone(),
        ..before.clone()
    }
}

fn packs(texts: &[TextEntry]) -> Vec<TextPack> {
    texts.iter().map(|(_, pack)| pack.clone()).collect()
}

/// What the manifest says of the page that an output is the file of, if it is one's.
fn page_entry(
    material: &Material,
    output: &Output,
    entry: &OutputEntry,
) -> Option<(PageId, Arc<PageEntry>)> {
    let page = &material.site[output.kind.page(material.site)?];
    let document = &page.document;
    let front = &document.front;
    let terms = |name: &str| front.terms.get(name).cloned().unwrap_or_default();
    let language = &material.config.languages[page.language].code;
    let measured = |score: Option<f64>| score.filter(|_| has_readability(language));
    let entry = PageEntry {
        path: page.path.clone(),
        file: page.file.clone(),
        title: front.title.clone(),
        language: language.clone(),
        date: front.date,
        updated: front.updated,
        authors: terms("authors"),
        tags: terms("tags"),
        access: front.access.clone(),
        parts: entry.parts.clone(),
        version: entry.version.as_deref().map(str::to_owned),
        comments: page.has_comments(material.config),
        prose: Prose {
            readability: measured(document.readability),
            n_han: document.public_counts.n_han + document.gated_counts.n_han,
            n_words: document.public_counts.n_words + document.gated_counts.n_words,
        },
        public_prose: Prose {
            readability: measured(document.public_readability),
            n_han: document.public_counts.n_han,
            n_words: document.public_counts.n_words,
        },
        expertise: front.expertise,
        practicality: front.practicality,
        content_hash: data_encoding::HEXLOWER.encode(&document.hash),
    };
    Some((page.id.clone(), Arc::new(entry)))
}
