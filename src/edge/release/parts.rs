//! Whether gated parts lie where the manifest says: the check that a release must pass to be opened.
//!
//! A wrong byte range would cut a page in the middle of something, or show a reader the wrong part, so
//! each range must begin with `<section` and end with `</section>`, and each part file must be there.

use crate::edge::release::{OpenRelease, ReleaseError};
use crate::manifest::{PageEntry, PartEntry};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const OPENING: &[u8] = b"<section";
const CLOSING: &[u8] = b"</section>";

/// Checks every part of the release that `last` did not already have in the same place.
pub fn check(release: &OpenRelease, last: Option<&OpenRelease>) -> Result<(), ReleaseError> {
    for (id, page) in release
        .manifest()
        .pages
        .iter()
        .filter(|(_, page)| !page.parts.is_empty())
    {
        if last.is_some_and(|last| is_same(release, last, page)) {
            continue;
        }
        let mut public = File::open(release.public_file(&page.file)).ok();
        let mut end_of_last = 0;
        for part in &page.parts {
            let lies_right = part.start >= end_of_last
                && public.as_mut().is_some_and(|file| is_section(file, part))
                && is_part_file(&release.part_file(&part.file), &part.file);
            if !lies_right {
                return Err(ReleaseError::Part {
                    page: id.clone(),
                    number: part.number.0,
                });
            }
            end_of_last = part.end;
        }
    }
    Ok(())
}

/// Whether the release before had this page with the same public bytes and the same part files, whose
/// names are made of their content.
fn is_same(release: &OpenRelease, last: &OpenRelease, page: &PageEntry) -> bool {
    let hash = |of: &OpenRelease| {
        of.manifest()
            .files
            .get(&page.file)
            .map(|file| file.hash.clone())
    };
    let known = last.gated_page(&page.file).map(|it| &it.entry.parts);
    hash(release).is_some() && hash(release) == hash(last) && known == Some(&page.parts)
}

fn is_section(public: &mut File, part: &PartEntry) -> bool {
    let Some(close_at) = part.end.checked_sub(CLOSING.len() as u64) else {
        return false;
    };
    close_at >= part.start + OPENING.len() as u64
        && is_at(public, part.start, OPENING)
        && is_at(public, close_at, CLOSING)
}

fn is_at(file: &mut File, at: u64, expected: &[u8]) -> bool {
    let mut found = vec![0; expected.len()];
    let read = file
        .seek(SeekFrom::Start(at))
        .and_then(|_| file.read_exact(&mut found));
    read.is_ok() && found == expected
}

fn is_part_file(path: &Path, name: &str) -> bool {
    let is_plain_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    is_plain_name && std::fs::symlink_metadata(path).is_ok_and(|it| it.is_file())
}
