//! The seam: what a build tells the edge, as `vault/manifest.json`.
//!
//! Written last by `site::publish`, read by `edge::release`; neither wing knows more of the other.
//! It lies in the vault because it names gated parts.

use crate::clock::Timestamp;
use crate::config::{EdgeSettings, Language, PaywallSettings, Tier};
use crate::ids::{Access, PageId, PartNumber};
use crate::runs::Runs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Raised whenever a reader of an older manifest would misread a newer one.
pub const MANIFEST_VERSION: u32 = 2;

/// All that a release says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`] of the build.
    pub version: u32,
    /// The site as a whole.
    pub site: SiteInfo,
    /// What is sold, lowest rank first.
    pub tiers: Vec<Tier>,
    /// Where gated text begins and metering.
    pub paywall: PaywallSettings,
    /// Settings of the edge.
    pub edge: EdgeSettings,
    /// Every page, by id.
    pub pages: Runs<PageId, PageEntry>,
    /// Former page ids and what they are now called.
    pub renamed: BTreeMap<PageId, PageId>,
    /// Every file of `public/`, by path without a leading `/`.
    pub files: Runs<Arc<str>, FileEntry>,
    /// Private files of gated parts: address path (`/guides/start/plan.pdf`) to what serves it.
    pub assets: BTreeMap<String, VaultAsset>,
}

impl Manifest {
    /// Its JSON. Long lists are written on all cores, and of what is shared with an earlier manifest only once.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let Manifest {
            version,
            site,
            tiers,
            paywall,
            edge,
            pages,
            renamed,
            files,
            assets,
        } = self;
        let (pages, files) = (pages.json()?, files.json()?);
        let mut json = Vec::with_capacity(pages.n_bytes() + files.n_bytes() + (64 << 10));
        field(&mut json, "version", version)?;
        field(&mut json, "site", site)?;
        field(&mut json, "tiers", tiers)?;
        field(&mut json, "paywall", paywall)?;
        field(&mut json, "edge", edge)?;
        json.extend_from_slice(b",\"pages\":");
        pages.append_to(&mut json);
        field(&mut json, "renamed", renamed)?;
        json.extend_from_slice(b",\"files\":");
        files.append_to(&mut json);
        field(&mut json, "assets", assets)?;
        json.push(b'}');
        Ok(json)
    }
}

/// A field of an object, with what stands before it.
fn field(json: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    json.push(if json.is_empty() { b'{' } else { b',' });
    serde_json::to_writer(&mut *json, name)?;
    json.push(b':');
    serde_json::to_writer(json, value)
}

/// The site as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteInfo {
    /// What the site is called.
    pub title: String,
    /// With a closing `/`.
    pub base_url: crate::config::BaseUrl,
    /// The first is the default.
    pub languages: Vec<Language>,
    /// IANA name.
    pub timezone: String,
}

/// What the edge must know of one page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageEntry {
    /// Its address below the base URL, with leading and closing `/`, not percent-encoded.
    pub path: String,
    /// Its file in `public/`, such as `guides/start/index.html`.
    pub file: String,
    /// Shown title.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// When it was published; `None` for undated pages.
    pub date: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Names of its authors.
    pub authors: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Access of the page itself; parts have their own.
    pub access: Access,
    /// Gated parts in order.
    pub parts: Vec<PartEntry>,
    /// Whether members may comment.
    pub comments: bool,
    /// All of its prose. For those who may read every part, and for nobody else.
    pub prose: Prose,
    /// Its public prose alone; equal to `prose` on a page without gated parts.
    pub public_prose: Prose,
    /// Editors' marks from front matter, 0 to 10.
    pub expertise: Option<f64>,
    /// Editors' marks from front matter, 0 to 10.
    pub practicality: Option<f64>,
    /// BLAKE3 of everything the page is made of, in hex.
    pub content_hash: String,
}

/// Measures of a text, without code, tables and addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prose {
    /// Readability, 0 to 10; `None` without prose.
    pub readability: Option<f64>,
    /// Han characters.
    pub n_han: u32,
    /// Latin words.
    pub n_words: u32,
}

/// One gated part of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartEntry {
    /// The `N` of its `data-part`.
    pub number: PartNumber,
    /// Who may read it.
    pub access: Access,
    /// Its file below `vault/parts/`; the name is keyed and tells nothing.
    pub file: String,
    /// Byte range in the page's public file that the part takes the place of: from the `<` of its
    /// `<section data-part=…>` to after its `</section>`.
    pub start: u64,
    /// End of the range, exclusive.
    pub end: u64,
}

/// One file of `public/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// First 128 bits of the BLAKE3 of its content, in hex: its strong ETag.
    pub hash: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Encodings that lie beside it: `br`, `gz`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<String>,
}

/// A private file that only gated parts use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VaultAsset {
    /// Its file below `vault/assets/`; the name is keyed.
    pub file: String,
    /// Whoever may read one of these parts may have it.
    pub accesses: Vec<Access>,
    /// Media type.
    pub content_type: String,
}
