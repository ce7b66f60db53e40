//! Which pages with errors stay as they were in a release for readers: those that the current release shows, made of the
//! very text that is known as good. Entry point: [`settle`].
//!
//! A text that was good and was never live (below a section that was a draft, or a translation that was refused), or has
//! been taken down, is not in that release. Nothing puts it there.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, NotKept};
use crate::site::cache::Known;
use crate::site::model::{PageState, ids, state};
use crate::site::parse::Document;
use crate::site::publish::{LastRelease, Purpose};
use crate::site::reader::{Read, Reader};
use crate::site::report::BuildOptions;
use std::sync::Arc;

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
    for (document, id) in read.documents.all.iter_mut().zip(ids) {
        let known = reader.known(&document.path);
        let Some(known) = known.filter(|it| it.document.is_faulty) else {
            continue;
        };
        let is_kept = !Arc::ptr_eq(document, &known.document);
        let live = live.get(&id).map(String::as_str);
        let Some(why) = why_not(known, is_kept, live, options) else {
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
    options: &BuildOptions,
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
                (true, true) => None,
            }
        }
    }
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
