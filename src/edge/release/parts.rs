//! Whether gated parts lie where the manifest says: the check that a release must pass to be opened.
//!
//! A wrong byte range would cut a page in the middle of something, or show a reader the wrong part, so
//! each range must begin with `<section` and end with `</section>`, and each part file must be there.

use crate::edge::release::{OpenPage, OpenRelease, ReleaseError};
use crate::manifest::{PageEntry, PartEntry};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const OPENING: &[u8] = b"<section";
const CLOSING: &[u8] = b"</section>";

/// Checks every part of the release that `last` did not already have in the same place.
pub fn check(release: &OpenRelease, last: Option<&OpenRelease>) -> Result<(), ReleaseError> {
    let new: Vec<OpenPage> = match last {
        None => pages(release).collect(),
        Some(last) => new_since(release, last),
    };
    let new = new.into_iter().filter(|it| !it.entry.parts.is_empty());
    for OpenPage { id, entry: page } in new {
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
    let file = |of: &OpenRelease| of.manifest().files.get(&*page.file).cloned();
    let known = last.gated_page(&page.file).map(|it| &it.entry.parts);
    let (own, lasts) = (file(release), file(last));
    let is_same_file = matches!((own, lasts), (Some(own), Some(lasts)) if own.hash == lasts.hash);
    is_same_file && known == Some(&page.parts)
}

/// Pages that, or whose files, are not those that `last` had.
fn new_since<'r>(release: &'r OpenRelease, last: &'r OpenRelease) -> Vec<OpenPage<'r>> {
    let (manifest, before) = (release.manifest(), last.manifest());
    let files = manifest.files.new_since(&before.files);
    let of_files = files.filter_map(|(file, _)| release.gated_page(file));
    let pages = manifest.pages.new_since(&before.pages);
    let pages = pages.map(|(id, entry)| OpenPage { id, entry });
    pages.chain(of_files).collect()
}

fn pages(release: &OpenRelease) -> impl Iterator<Item = OpenPage<'_>> {
    let pages = release.manifest().pages.iter();
    pages.map(|(id, entry)| OpenPage { id, entry })
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
