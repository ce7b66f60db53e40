//! A page with gated parts for a reader who may read some of them, without looking at its HTML.
//!
//! The manifest says which bytes of the public file each part takes the place of. All bytes come from
//! the one release that the request holds.

use crate::clock::Timestamp;
use crate::edge::access::{Reader, may_read};
use crate::edge::error::ApiError;
use crate::edge::pages::http::read_small;
use crate::edge::release::{OpenPage, OpenRelease, Place};
use crate::manifest::PartEntry;
use axum::body::Bytes;
use std::sync::Arc;

/// The parts of `page` that `reader` may read, in order.
pub fn open_parts<'r>(
    release: &OpenRelease,
    page: OpenPage<'r>,
    reader: Option<&Reader>,
    now: Timestamp,
) -> Vec<&'r PartEntry> {
    let tiers = &release.manifest().tiers;
    page.entry
        .parts
        .iter()
        .filter(|part| may_read(&part.access, reader, tiers, now).is_ok())
        .collect()
}

/// The HTML of one part: a whole `<section>`, for the reader who was found to be allowed.
pub async fn part_html(release: &Arc<OpenRelease>, part: &PartEntry) -> Result<String, ApiError> {
    let html = read_small(release, Place::Parts, &part.file).await?;
    String::from_utf8(html.into()).map_err(ApiError::internal)
}

/// The page with these parts in their places.
pub async fn spliced(
    release: &Arc<OpenRelease>,
    page: OpenPage<'_>,
    parts: &[&PartEntry],
) -> Result<Bytes, ApiError> {
    let public = read_small(release, Place::Public, &page.entry.file).await?;
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        let html = read_small(release, Place::Parts, &part.file).await?;
        pieces.push((part.start as usize..part.end as usize, html));
    }
    Ok(Bytes::from(put_in_place(&public, &pieces)))
}

/// `pieces` are in order and do not overlap, which opening the release has made sure of.
fn put_in_place(public: &[u8], pieces: &[(std::ops::Range<usize>, Bytes)]) -> Vec<u8> {
    let more: usize = pieces.iter().map(|(_, html)| html.len()).sum();
    let mut page = Vec::with_capacity(public.len() + more);
    let mut at = 0;
    for (range, html) in pieces {
        page.extend_from_slice(&public[at..range.start]);
        page.extend_from_slice(html);
        at = range.end;
    }
    page.extend_from_slice(&public[at..]);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_the_place_of_their_ranges() {
        let public = b"<p><a><b></p>";
        for (pieces, expected) in [
            (vec![], "<p><a><b></p>"),
            (vec![(3..6, Bytes::from_static(b"one"))], "<p>one<b></p>"),
            (vec![(6..9, Bytes::from_static(b"two"))], "<p><a>two</p>"),
            (
                vec![
                    (3..6, Bytes::from_static(b"one")),
                    (6..9, Bytes::from_static(b"")),
                ],
                "<p>one</p>",
            ),
        ] {
            assert_eq!(put_in_place(public, &pieces), expected.as_bytes());
        }
    }
}
