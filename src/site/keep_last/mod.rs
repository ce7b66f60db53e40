//! Which pages with errors stay as they were in a release for readers: those that the current release shows, made of the
//! very text that is known as good. Entry points: [`settle`], and [`close_files`] when it is known who uses each file.
//!
//! A text that was good and was never live (below a section that was a draft, or a translation that was refused), or has
//! been taken down, is not in that release. Nothing puts it there.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, NotKept};
use crate::site::cache::{Bodies, Known};
use crate::site::model::{PageState, Site, ids, state};
use crate::site::parse::{Document, Documents};
use crate::site::publish::{LastRelease, Purpose};
use crate::site::reader::{Read, Reader};
use crate::site::report::BuildOptions;
use crate::site::source::Facts;
use std::sync::Arc;

mod files;
mod text;

/// Puts the faulty document back in the place of each good one that the current release does not show. A finding says of
/// each page that was good why it is not kept.
pub fn settle(
    read: &mut Read,
    (reader, last): (&Reader, Option<&LastRelease>),
    (config, options): (&SiteConfig, &BuildOptions),
) {
    let is_asked = reader.keeps_good && options.purpose == Purpose::Readers;
    let mut all = read.documents.all.iter();
    if !is_asked || (read.kept.is_empty() && !all.any(|it| it.is_faulty)) {
        return;
    }
    let live = last.and_then(LastRelease::content_hashes);
    let live = live.unwrap_or_default();
    let ids = ids(&read.documents.all, config);
    let bodies = reader.bodies(&options.root);
    for (document, id) in read.documents.all.iter_mut().zip(ids) {
        let known = reader.known(&document.path);
        let Some(known) = known.filter(|it| it.document.is_faulty) else {
            continue;
        };
        let is_kept = !Arc::ptr_eq(document, &known.document);
        let live = live.get(&id).map(String::as_str);
        let Some(why) = why_not(known, is_kept, live, (&bodies, options)) else {
            continue;
        };
        read.findings
            .push(Diagnostic::not_kept(&document.path, why));
        *document = Arc::clone(&known.document);
        read.kept.retain(|it| *it != document.path);
    }
}

/// Why a page with an error is not kept; `None` if it is, or if there was never anything to keep. `live` is the hash of
/// the text that the current release has of it.
fn why_not(
    known: &Known,
    is_kept: bool,
    live: Option<&str>,
    (bodies, options): (&Bodies<'_>, &BuildOptions),
) -> Option<NotKept> {
    let good = known.good.as_ref().map(|it| &it.document);
    match (good, live) {
        (None, None) => None,
        (None, Some(_)) => Some(NotKept::Unknown),
        (Some(_), None) => Some(NotKept::NotLive),
        (Some(good), Some(live)) => {
            let is_same = data_encoding::HEXLOWER.encode(&good.hash) == live;
            match (is_same, is_kept && is_due(good, options)) {
                (false, _) => Some(NotKept::Other),
                (true, false) => Some(NotKept::TooOpen),
                (true, true) => {
                    opens_gated(good, &known.document, bodies).then_some(NotKept::TooOpen)
                }
            }
        }
    }
}

/// Whether the good version shows what is behind a gate now. Also where its text cannot be had.
fn opens_gated(good: &Document, new: &Document, bodies: &Bodies<'_>) -> bool {
    if new.gates.is_empty() {
        return false;
    }
    match (bodies.of(good), bodies.of(new)) {
        (Ok(good_body), Ok(new_body)) => text::opens_gated((good, &good_body), (new, &new_body)),
        _ => true,
    }
}

/// Puts the faulty document back in the place of each good one that makes a file more open than the files ask for now,
/// where nobody has had it like this. `site` is what came of the documents that were read, `assemble` makes another of
/// others. Tells whether a page is left out.
pub fn close_files(
    read: &mut Read,
    site: &Site,
    (reader, last): (&Reader, Option<&LastRelease>),
    (facts, options): (&Facts, &BuildOptions),
    assemble: impl Fn(&Documents) -> Site,
) -> bool {
    let Some(last) = last.filter(|_| options.purpose == Purpose::Readers && !read.kept.is_empty())
    else {
        return false;
    };
    // What the files ask for, whatever is wrong with them.
    let mut asked = Documents {
        all: read.documents.all.clone(),
        unread: read.documents.unread.clone(),
    };
    let places: Vec<usize> = (0..asked.all.len())
        .filter(|at| read.kept.contains(&asked.all[*at].path))
        .collect();
    for at in &places {
        let document = &mut asked.all[*at];
        if let Some(known) = reader.known(&document.path) {
            *document = Arc::clone(&known.document);
            Arc::make_mut(document).is_faulty = false;
        }
    }
    let site_asked = assemble(&asked);
    if files::first_opened(site, &site_asked, (facts, last)).is_none() {
        return false;
    }
    let n_kept = read.kept.len();
    for at in places {
        let good = Arc::clone(&read.documents.all[at]);
        let new = std::mem::replace(&mut asked.all[at], Arc::clone(&good));
        let alone = assemble(&asked);
        asked.all[at] = new;
        let opened = files::first_opened(&alone, &site_asked, (facts, last));
        if let (Some(file), Some(known)) = (opened, reader.known(&good.path)) {
            let finding = Diagnostic::not_kept(&good.path, NotKept::Opens(file.to_string()));
            read.findings.push(finding);
            read.documents.all[at] = Arc::clone(&known.document);
            read.kept.retain(|it| *it != good.path);
        }
    }
    read.kept.len() < n_kept
}

/// Whether its own head lets a document be seen now.
fn is_due(document: &Document, options: &BuildOptions) -> bool {
    match state(&document.front, options.now) {
        PageState::Live => true,
        PageState::Draft => options.drafts,
        PageState::Scheduled => options.future,
        PageState::Expired => options.expired,
    }
}
