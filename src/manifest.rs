//! The seam: what a build tells the edge, as `vault/manifest.json`.
//!
//! Written last by `site::publish`, read by `edge::release`; neither wing knows more of the other.
//! It lies in the vault because it names gated parts. It states length and checksum of every other file of the
//! release, and begins with a checksum of itself: [`seal`] and [`unseal`].

use crate::chunked_map::ChunkedMap;
use crate::clock::Timestamp;
use crate::config::{EdgeSettings, Language, PaywallSettings, Tier};
use crate::ids::{Access, PageId, PartNumber};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Raised whenever a reader of an older manifest would misread a newer one.
pub const MANIFEST_VERSION: u32 = 3;

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
    #[serde(default)]
    pub paywall: PaywallSettings,
    /// Settings of the edge.
    #[serde(default)]
    pub edge: EdgeSettings,
    /// Every page, by id.
    pub pages: ChunkedMap<PageId, PageEntry>,
    /// Former page ids and what they are now called.
    pub renamed: BTreeMap<PageId, PageId>,
    /// Former addresses, and the page that each leads to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, PageId>,
    /// What is left open because pages have errors.
    #[serde(default, skip_serializing_if = "Unsettled::is_empty")]
    pub unsettled: Unsettled,
    /// Every file of `public/`, by path without a leading `/`.
    pub files: ChunkedMap<Arc<str>, FileEntry>,
    /// Private files of gated parts: address path (`/guides/start/plan.pdf`) to what serves it.
    pub assets: BTreeMap<String, VaultAsset>,
    /// Plain text of all pages for search, packed: files below `vault/text/`.
    pub texts: Vec<TextPack>,
    /// By language: HTML of the theme that the edge adds to a paywall whose part it cannot read, for readers who are
    /// entitled to it.
    pub unavailable: BTreeMap<String, String>,
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
            aliases,
            unsettled,
            files,
            assets,
            texts,
            unavailable,
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
        if !aliases.is_empty() {
            field(&mut json, "aliases", aliases)?;
        }
        if !unsettled.is_empty() {
            field(&mut json, "unsettled", unsettled)?;
        }
        json.extend_from_slice(b",\"files\":");
        files.append_to(&mut json);
        field(&mut json, "assets", assets)?;
        field(&mut json, "texts", texts)?;
        field(&mut json, "unavailable", unavailable)?;
        json.push(b'}');
        Ok(json)
    }
}

/// What pages would say of the site that are left out for an error of theirs. Two pages become one in the store for good,
/// so none do while another page may claim one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsettled {
    /// Their ids.
    pub pages: BTreeSet<PageId>,
    /// Their former addresses.
    pub addresses: BTreeSet<String>,
    /// Whether there are files of which not even this is known.
    pub has_unread: bool,
}

impl Unsettled {
    /// Whether no page was left out for an error.
    pub fn is_empty(&self) -> bool {
        *self == Unsettled::default()
    }
}

/// A field of an object, with what stands before it.
fn field(json: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    json.push(if json.is_empty() { b'{' } else { b',' });
    serde_json::to_writer(&mut *json, name)?;
    json.push(b':');
    serde_json::to_writer(json, value)
}

/// How the file of every manifest begins. What follows the checksum and its quote is what the checksum is of.
const OPENING: &[u8] = b"{\"checksum\":\"";
/// Hexadecimal digits of a manifest's checksum: all 256 bits of its BLAKE3.
const CHECKSUM_DIGITS: usize = 64;
/// Two manifests that begin with the same so many bytes are the same.
pub const HEAD_BYTES: usize = OPENING.len() + CHECKSUM_DIGITS;

/// Why the file of a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Bytes were lost or changed on the way.
    #[error("the manifest is damaged: its checksum is another")]
    Damaged,
    /// Another version of the program wrote it.
    #[error("the manifest has version {found}, this program reads {MANIFEST_VERSION}")]
    Version {
        /// What the manifest says.
        found: u32,
    },
    /// It is no manifest.
    #[error("it is no manifest: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Head {
    version: u32,
    #[serde(default)]
    release: String,
}

/// The file of a manifest: its JSON with the name of the release and a checksum before it.
pub fn seal(release: &str, json: &[u8]) -> Vec<u8> {
    let release = serde_json::json!(release).to_string();
    let rest = [b"\",\"release\":", release.as_bytes(), b",", &json[1..]].concat();
    let checksum = blake3::hash(&rest).to_hex();
    [OPENING, checksum.as_bytes(), &rest].concat()
}

/// The name of the release whose manifest file this is. Fails unless every byte is as [`seal`] wrote it and this
/// program can read it.
pub fn unseal(file: &[u8]) -> Result<String, ManifestError> {
    let sealed = file.strip_prefix(OPENING);
    let sealed = sealed.and_then(|it| it.split_at_checked(CHECKSUM_DIGITS));
    let is_whole =
        sealed.is_some_and(|(checksum, rest)| blake3::hash(rest).to_hex().as_bytes() == checksum);
    // Manifests before version 3 have no checksum; that they are older is what their owner must know.
    let head: Head = match (is_whole, sealed) {
        (false, Some(_)) => return Err(ManifestError::Damaged),
        _ => serde_json::from_slice(file)?,
    };
    match head.version {
        MANIFEST_VERSION if is_whole => Ok(head.release),
        MANIFEST_VERSION => Err(ManifestError::Damaged),
        found => Err(ManifestError::Version { found }),
    }
}

/// The checksum of files that the manifest lists: the first 128 bits of their BLAKE3, in hex.
pub fn checksum(bytes: &[u8]) -> String {
    shortened(&blake3::hash(bytes))
}

/// [`checksum`] of what was hashed already.
pub fn shortened(hash: &blake3::Hash) -> String {
    data_encoding::HEXLOWER.encode(&hash.as_bytes()[..16])
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
    /// Names the public HTML of a page with gated parts: every byte of it but this name, which each of its paywalls
    /// carries as `data-version`. A part belongs into a page of this version alone. `None` for other pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
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

/// Measures of a text, without code and addresses.
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
    /// [`checksum`] of its file.
    pub hash: String,
    /// Length of its file.
    pub bytes: u64,
    /// Byte range in the page's public file that the part takes the place of: from the `<` of its
    /// `<section data-part=…>` to after its `</section>`.
    pub start: u64,
    /// End of the range, exclusive.
    pub end: u64,
}

/// One file of `public/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// [`checksum`] of its content: its strong ETag.
    pub hash: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Compressed copies that lie beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyEntry>,
}

/// A compressed copy of a public file, `FILE.br` or `FILE.gz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyEntry {
    /// `br` or `gz`.
    pub encoding: String,
    /// [`checksum`] of its file.
    pub hash: String,
    /// Length of its file.
    pub bytes: u64,
}

/// A private file that only gated parts use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VaultAsset {
    /// Its file below `vault/assets/`; the name is keyed.
    pub file: String,
    /// [`checksum`] of its file.
    pub hash: String,
    /// Length of its file.
    pub bytes: u64,
    /// Whoever may read one of these parts may have it.
    pub accesses: Vec<Access>,
    /// Media type.
    pub content_type: String,
}

/// Plain text of some pages, for search and recommendations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPack {
    /// Its file below `vault/text/`; the name is keyed.
    pub file: String,
    /// [`checksum`] of its file.
    pub hash: String,
    /// Length of its file.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    #[test]
    fn every_byte_of_a_sealed_manifest_counts() {
        let json = br#"{"version":3,"pages":{"a":{"access":"tier:pro","rank":20}}}"#;
        let file = seal("7f3a", json);
        assert_eq!(unseal(&file).unwrap(), "7f3a");
        let parsed: serde_json::Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(parsed["pages"]["a"]["rank"], 20);
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut damaged = file.clone();
                damaged[at] ^= 1 << bit;
                assert!(unseal(&damaged).is_err(), "bit {bit} of byte {at}");
            }
            assert!(unseal(&file[..at]).is_err(), "cut at {at}");
        }
        let longer = [&file[..], b"\n"].concat();
        assert!(matches!(unseal(&longer), Err(ManifestError::Damaged)));
    }

    #[test]
    fn manifests_of_other_versions_are_told_from_damaged_ones() {
        let old = unseal(br#"{"version":1,"pages":{}}"#);
        assert!(matches!(old, Err(ManifestError::Version { found: 1 })));
        let newer = unseal(&seal("7f3a", br#"{"version":99,"shape":"unknown"}"#));
        assert!(matches!(newer, Err(ManifestError::Version { found: 99 })));
        let unsealed = unseal(br#"{"version":3,"pages":{}}"#);
        assert!(matches!(unsealed, Err(ManifestError::Damaged)));
    }

    /// A release of an earlier build lacks newer settings, and one of a later build has more. Both open.
    #[test]
    fn settings_may_be_missing_or_unknown() {
        let mail = json!({"from": "post@example.org", "smtp_host": "smtp.example.org"});
        let whole = EdgeSettings {
            mail: Some(serde_json::from_value(mail).unwrap()),
            ..EdgeSettings::default()
        };
        let whole = json!({"paywall": PaywallSettings::default(), "edge": whole});
        let manifest = |settings: &Value| {
            let mut manifest = json!({
                "version": MANIFEST_VERSION,
                "site": {"title": "", "base_url": "https://example.org/", "languages": [], "timezone": "UTC"},
                "tiers": [], "pages": {}, "renamed": {}, "files": {}, "assets": {}, "texts": [], "unavailable": {},
            });
            for (name, group) in settings.as_object().unwrap() {
                manifest[name.as_str()] = group.clone();
            }
            serde_json::from_value::<Manifest>(manifest)
        };
        let settings =
            |manifest: Manifest| json!({"paywall": manifest.paywall, "edge": manifest.edge});
        assert_eq!(settings(manifest(&whole).unwrap()), whole);
        let mut needed = Vec::new();
        for path in paths(&whole, "") {
            let (group, name) = path.rsplit_once('/').unwrap();
            let changed = |change: &dyn Fn(&mut Map<String, Value>)| {
                let mut settings = whole.clone();
                let group = settings.pointer_mut(group).unwrap();
                change(group.as_object_mut().unwrap());
                manifest(&settings)
            };
            match changed(&|group| drop(group.remove(name))) {
                Ok(opened) if path == "/edge/mail" => assert_eq!(opened.edge.mail, None),
                Ok(opened) if path == "/edge" => assert_eq!(opened.edge, EdgeSettings::default()),
                Ok(opened) => assert_eq!(settings(opened), whole, "{path}"),
                Err(_) => needed.push(path.clone()),
            }
            let more = changed(&|group| drop(group.insert("planted".into(), json!(["x"]))));
            assert_eq!(settings(more.unwrap()), whole, "{path}");
        }
        assert_eq!(needed, ["/edge/mail/from", "/edge/mail/smtp_host"]);
    }

    /// The place of each field of an object, and of those below it.
    fn paths(value: &Value, at: &str) -> Vec<String> {
        let fields = value.as_object().into_iter().flatten();
        fields
            .flat_map(|(name, value)| {
                let place = format!("{at}/{name}");
                let below = paths(value, &place);
                std::iter::once(place).chain(below)
            })
            .collect()
    }
}
