//! Plain text of every page for search and recommendations, packed into a few files: `vault/text/*.jsonl`.
//!
//! One line a page: `{"page", "language", "hash", "texts": [{"access", "part", "text"}]}`; `hash` is that of the
//! page's source, so that an index reads again only what changed. `vault/text/index.json` lists the files.

use crate::config::SiteConfig;
use crate::ids::{Access, PartNumber};
use crate::site::error::BuildError;
use crate::site::model::{Page, PageState, Site};
use crate::site::parse::Part;
use crate::site::publish::write::Writer;
use rayon::prelude::*;
use serde::Serialize;

/// An edit rewrites the one file of these that its page is in.
const N_FILES: u64 = 16;

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

#[derive(Serialize)]
struct Index {
    version: u32,
    files: Vec<String>,
}

/// Writes the texts of all live pages.
pub fn put_all(writer: &Writer, site: &Site, config: &SiteConfig) -> Result<(), BuildError> {
    let mut shelves: Vec<Vec<&Page>> = (0..N_FILES).map(|_| Vec::new()).collect();
    for page in site.pages.iter().filter(|it| it.state == PageState::Live) {
        let hash = blake3::hash(page.id.as_str().as_bytes());
        shelves[(u64::from(hash.as_bytes()[0]) % N_FILES) as usize].push(page);
    }
    let files = shelves
        .into_par_iter()
        .filter(|pages| !pages.is_empty())
        .map(|pages| writer.text(&lines(&pages, config)))
        .collect::<Result<Vec<String>, BuildError>>()?;
    writer.text_index(&to_json(&Index { version: 1, files }))
}

fn lines(pages: &[&Page], config: &SiteConfig) -> Vec<u8> {
    let mut lines = Vec::new();
    for page in pages {
        lines.extend(to_json(&line(page, config)));
        lines.push(b'\n');
    }
    lines
}

fn line<'a>(page: &'a Page, config: &'a SiteConfig) -> Line<'a> {
    let text = |part: &'a Part| match part {
        Part::Public { text, .. } => Text {
            access: &Access::Public,
            part: None,
            text,
        },
        Part::Gated {
            access,
            number,
            text,
            ..
        } => Text {
            access,
            part: Some(*number),
            text: &text.0,
        },
    };
    Line {
        page: page.id.as_str(),
        language: &config.languages[page.language].code,
        hash: data_encoding::HEXLOWER.encode(&page.document.hash[..16]),
        texts: page.document.parts.iter().map(text).collect(),
    }
}

/// Structs of strings and numbers always serialise.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
