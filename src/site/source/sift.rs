//! Files that would be copied -> those that may be, with a finding for each of the others.
//!
//! Entry point: [`sift`]. First names are asked, so that a dump of gigabytes is not even read, then contents. What the
//! settings list under `build.publish` is copied whatever it is.

use crate::clock::Timestamp;
use crate::config::Publish;
use crate::diag::{Diagnostic, Severity};
use crate::site::error::BuildError;
use crate::site::source::content::Content;
use crate::site::source::contents::may_be_closed;
use crate::site::source::facts::{self, Facts, KnownFiles};
use crate::site::source::names::{self, Folder, Nature};
use crate::site::source::{Asset, SourceTree};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Takes out of the tree what must not be copied, and reads the rest. Fails where a file cannot be read.
pub fn sift(
    tree: &mut SourceTree,
    known: &mut KnownFiles,
    now: Timestamp,
    publish: &Publish,
) -> Result<(Facts, Vec<Diagnostic>), BuildError> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    let found: Vec<Asset> = tree.assets.clone();
    let mut is_used = vec![false; publish.patterns.len()];
    for (assets, place) in [
        (&mut tree.assets, Folder::Content),
        (&mut tree.statics, Folder::Static),
    ] {
        assets.retain_mut(|asset| {
            let mut is_listed = false;
            for (pattern, is_used) in publish.patterns.iter().zip(&mut is_used) {
                if pattern.matches(&asset.origin) {
                    (*is_used, is_listed) = (true, true);
                }
            }
            let finding = by_name(asset, place);
            asset.is_suspect = is_listed && finding.is_some();
            let finding = finding.filter(|_| !is_listed);
            let is_kept = finding.is_none();
            findings.extend(finding);
            is_kept
        });
    }
    let all = tree.assets.iter().chain(&tree.statics);
    let facts = facts::read_all(all, known, now)?;
    for (assets, place) in [
        (&mut tree.assets, Folder::Content),
        (&mut tree.statics, Folder::Static),
    ] {
        assets.retain_mut(|asset| {
            let is_listed = publish.lists(&asset.origin);
            let content = facts[&asset.origin].content;
            let finding = by_content(asset, place, content);
            asset.is_suspect |= is_listed && finding.is_some();
            let finding = finding.filter(|_| !is_listed);
            let is_kept = finding.is_none();
            findings.extend(finding);
            is_kept
        });
    }
    tree.refused_pages = refused_pages(&found, &findings, now);
    let unused = publish.patterns.iter().zip(is_used);
    let unused = unused.filter(|(_, is_used)| !is_used);
    findings.extend(
        unused.map(|(it, _)| Diagnostic::publishes_nothing(&publish.file, it.place, &it.text)),
    );
    Ok((facts, findings))
}

/// Those of the files that are refused as pages that are not read, and that were meant to keep something back; of files with
/// the name of a folder's page, all that may have been. `_index.html` with a title alone, as Hugo has it, keeps nothing back.
fn refused_pages(found: &[Asset], findings: &[Diagnostic], now: Timestamp) -> Vec<Arc<str>> {
    let is_page = |it: &&Diagnostic| {
        it.severity == Severity::Error
            && matches!(it.code, "source-copy" | "unread-page" | "leftover")
    };
    let refused: BTreeSet<&str> = findings
        .iter()
        .filter(is_page)
        .map(|it| it.path.as_str())
        .collect();
    let is_closed = |asset: &&Asset| {
        let is_index = names::is_index(&asset.origin);
        let is_closed =
            |bytes: Cow<[u8]>| may_be_closed(name_of(&asset.origin), &bytes, is_index, now);
        !asset.content.is_embedded() && asset.content.read().map_or(true, is_closed)
    };
    let refused = found.iter().filter(|it| refused.contains(&*it.origin));
    refused
        .filter(is_closed)
        .map(|it| it.origin.clone())
        .collect()
}

/// The finding about a file whose name says that it is never copied.
fn by_name(asset: &Asset, place: Folder) -> Option<Diagnostic> {
    if asset.content.is_embedded() {
        return None;
    }
    let (path, name) = (&*asset.origin, name_of(&asset.origin));
    Some(match names::nature(name, place) {
        Nature::Leftover => Diagnostic::leftover(path),
        Nature::SourceCopy => Diagnostic::source_copy(path),
        Nature::UnreadPage => Diagnostic::unread_page(path),
        Nature::Secret(what) => Diagnostic::secret_file(path, what),
        Nature::Hidden => Diagnostic::hidden_file(path),
        Nature::Backup | Nature::Key | Nature::Page | Nature::File | Nature::Litter => return None,
    })
}

/// The finding about a file whose content says that it is never copied, beside what its name left open.
fn by_content(asset: &Asset, place: Folder, content: Content) -> Option<Diagnostic> {
    if asset.content.is_embedded() {
        return None;
    }
    let (path, name) = (&*asset.origin, name_of(&asset.origin));
    let nature = names::nature(name, place);
    Some(match (content, nature) {
        (Content::PrivateKey, _) => Diagnostic::secret_file(path, "a private key"),
        (Content::Database, _) => Diagnostic::secret_file(path, "a database"),
        (Content::Members, _) => Diagnostic::secret_file(path, "a list of members"),
        (Content::Dump, _) => Diagnostic::secret_file(path, "a dump of a database"),
        (Content::Head | Content::ClosedHead | Content::Marked, Nature::Backup) => {
            Diagnostic::source_copy(path)
        }
        (_, Nature::Backup) => Diagnostic::leftover(path),
        (Content::PublicKey, Nature::Key) => return None,
        (Content::Zip, Nature::Key) if name.to_lowercase().ends_with(".key") => return None,
        (_, Nature::Key) => Diagnostic::secret_file(path, "a private key"),
        (Content::Head, _) if place == Folder::Static && name.to_lowercase().ends_with(".org") => {
            return None;
        }
        // Sources of pages may be given away; what is held back may not.
        (Content::Head, _) if place == Folder::Static && names::is_markdown(name) => return None,
        (Content::ClosedHead | Content::Marked, _) if place == Folder::Static => {
            Diagnostic::source_copy(path)
        }
        (Content::Head | Content::ClosedHead | Content::Marked, _) => Diagnostic::unread_page(path),
        _ => return None,
    })
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
