//! A page with gated parts for a reader who may read some of them, without looking at its HTML.
//!
//! The manifest says which bytes of the public file each part takes the place of. All bytes come from
//! the one release that the request holds, and all are compared with its checksums.

use crate::clock::Timestamp;
use crate::edge::access::{Reader, may_read};
use crate::edge::error::ApiError;
use crate::edge::pages::read::read_whole;
use crate::edge::release::{FileError, Listed, OpenPage, OpenRelease};
use crate::manifest::PartEntry;
use axum::body::Bytes;
use std::ops::Range;
use std::sync::Arc;

const OPENING: &[u8] = b"<section";
const CLOSING: &[u8] = b"</section>";

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

/// What becomes of a page when a part of it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It fails: the next release may be there already.
    All,
    /// It is shown with what can be read. The paywall stays, and says that its part is not available.
    Readable,
}

/// The HTML of one part: a whole `<section>`, for the reader who was found to be allowed.
pub async fn part_html(release: &Arc<OpenRelease>, part: &PartEntry) -> Result<String, ApiError> {
    let html = read_whole(release, &Listed::part(part)).await?;
    String::from_utf8(html.into()).map_err(ApiError::internal)
}

/// The page with these parts in their places.
pub async fn spliced(
    release: &Arc<OpenRelease>,
    page: OpenPage<'_>,
    parts: &[&PartEntry],
    wanted: Wanted,
) -> Result<Bytes, ApiError> {
    let name = &page.entry.file;
    let gone = || FileError::Gone(name.clone());
    let entry = release.manifest().files.get(&**name).ok_or_else(gone)?;
    let public = read_whole(release, &Listed::public(name, entry)).await?;
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        let place = section(&public, part).ok_or_else(|| FileError::Damaged(name.clone()))?;
        pieces.push(match read_whole(release, &Listed::part(part)).await {
            Ok(html) => (place, html),
            Err(ApiError::Unavailable(_)) if wanted == Wanted::Readable => {
                let said = release.unavailable(&page.entry.language).to_owned();
                let end = place.end - CLOSING.len();
                (end..end, Bytes::from(said))
            }
            Err(error) => return Err(error),
        });
    }
    Ok(Bytes::from(put_in_place(&public, &pieces)))
}

/// The whole page as this reader may read it now.
pub async fn page_html(
    release: &Arc<OpenRelease>,
    page: OpenPage<'_>,
    (reader, now): (Option<&Reader>, Timestamp),
    wanted: Wanted,
) -> Result<String, ApiError> {
    let parts = open_parts(release, page, reader, now);
    let html = spliced(release, page, &parts, wanted).await?;
    String::from_utf8(html.into()).map_err(ApiError::internal)
}

/// Where the paywall of a part stands, if one stands there.
fn section(public: &[u8], part: &PartEntry) -> Option<Range<usize>> {
    let place = part.start as usize..part.end as usize;
    let html = public.get(place.clone())?;
    let is_section = html.starts_with(OPENING)
        && html.ends_with(CLOSING)
        && html.len() >= OPENING.len() + CLOSING.len();
    is_section.then_some(place)
}

/// `pieces` are in order and do not overlap, which opening the release has made sure of.
fn put_in_place(public: &[u8], pieces: &[(Range<usize>, Bytes)]) -> Vec<u8> {
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
