//! Plain text of every page for search and recommendations, packed into a few files: `vault/text/*.jsonl`.
//!
//! One line a page: `{"page", "language", "hash", "texts": [{"access", "part", "text"}]}`; `hash` is that of the
//! page's source, so that an index reads again only what changed. The manifest lists the files.

use crate::ids::{Access, PartNumber};
use crate::site::cache::TextEntry;
use crate::site::error::BuildError;
use crate::site::model::{Page, PageState};
use crate::site::parse::PlainText;
use crate::site::publish::Material;
use crate::site::publish::write::Writer;
use rayon::prelude::*;
use serde::Serialize;

/// An edit rewrites the one file that its page is in. About so many pages share one.
const PAGES_A_FILE: usize = 64;
/// No site is so small or so large that it has fewer or more files; both are powers of two.
const N_FILES: std::ops::RangeInclusive<usize> = 16..=1024;

#[derive(Serialize)]
struct Line<'a> {
    page: &'a str,
    language: &'a str,
    hash: String,
    texts: Vec<Text<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    access: &'a Access,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<PartNumber>,
    text: &'a str,
}

/// Writes the texts of all live pages, those files alone whose pages have changed.
pub fn put_all(writer: &Writer, material: &Material) -> Result<Vec<TextEntry>, BuildError> {
    let pages: Vec<&Page> = material
        .site
        .pages
        .iter()
        .filter(|it| it.state == PageState::Live)
        .collect();
    let n_files = (pages.len() / PAGES_A_FILE)
        .next_power_of_two()
        .clamp(*N_FILES.start(), *N_FILES.end());
    let mut shelves: Vec<Vec<&Page>> = (0..n_files).map(|_| Vec::new()).collect();
    for page in pages {
        let hash = blake3::hash(page.id.as_str().as_bytes());
        let number = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]);
        shelves[usize::from(number) % n_files].push(page);
    }
    let settings = format!("{:?}", material.bodies.settings);
    shelves
        .into_par_iter()
        .filter(|pages| !pages.is_empty())
        .map(|pages| {
            let fingerprint = fingerprint(&pages, material, &settings);
            if let Some(pack) = writer.fresh_text(&fingerprint) {
                return Ok((fingerprint, pack));
            }
            let pack = writer.text(&lines(&pages, material)?)?;
            Ok((fingerprint, pack))
        })
        .collect()
}

/// Of all that [`lines`] says.
fn fingerprint(pages: &[&Page], material: &Material, settings: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(settings.as_bytes());
    for page in pages {
        let language = &material.config.languages[page.language].code;
        for piece in [page.id.as_str(), language] {
            hasher.update(&(piece.len() as u64).to_le_bytes());
            hasher.update(piece.as_bytes());
        }
        hasher.update(&page.document.hash);
    }
    *hasher.finalize().as_bytes()
}

fn lines(pages: &[&Page], material: &Material) -> Result<Vec<u8>, BuildError> {
    let mut lines = Vec::new();
    for page in pages {
        let texts = material.bodies.texts_of(&page.document)?;
        let language = &material.config.languages[page.language].code;
        lines.extend(to_json(&line(page, language, &texts)));
        lines.push(b'\n');
    }
    Ok(lines)
}

fn line<'a>(page: &'a Page, language: &'a str, texts: &'a [PlainText]) -> Line<'a> {
    let text = |text: &'a PlainText| match text {
        PlainText::Public(text) => Text {
            access: &Access::Public,
            part: None,
            text,
        },
        PlainText::Gated {
            access,
            number,
            text,
        } => Text {
            access,
            part: Some(*number),
            text: &text.0,
        },
    };
    Line {
        page: page.id.as_str(),
        language,
        hash: data_encoding::HEXLOWER.encode(&page.document.hash[..16]),
        texts: texts.iter().map(text).collect(),
    }
}

/// Structs of strings and numbers always serialise.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
