//! Which documents become pages: not drafts, not before their time nor after it, not with a fault, each id once.

use crate::clock::Timestamp;
use crate::diag::Diagnostic;
use crate::site::model::identity::Named;
use crate::site::model::{AssembleOptions, PageState};
use crate::site::parse::FrontMatter;
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::sync::Arc;

/// Why a document is no page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It is a draft.
    Draft,
    /// Its time has not come.
    Scheduled,
    /// Its time has passed.
    Expired,
    /// It has an error of its own.
    Faulty,
    /// Another page has its address or id, or its address cannot be one.
    Homeless,
}

/// Documents that are pages, with their state.
pub type Chosen = Vec<(Named, PageState)>;

/// Documents that are none, with the reason.
pub type LeftOut = Vec<(Named, Hidden)>;

/// Parts documents into pages and others.
pub fn select(
    named: Vec<Named>,
    options: &AssembleOptions,
    findings: &mut Vec<Diagnostic>,
) -> (Chosen, LeftOut) {
    let (mut chosen, mut hidden) = (Vec::with_capacity(named.len()), Vec::new());
    let mut ids: HashMap<String, Arc<str>> = HashMap::new();
    for named in named {
        let state = state(&named.document.front, options.now);
        let reason = match state {
            _ if named.document.is_faulty => Some(Hidden::Faulty),
            PageState::Draft if !options.drafts => Some(Hidden::Draft),
            PageState::Scheduled if !options.future => Some(Hidden::Scheduled),
            PageState::Expired if !options.expired => Some(Hidden::Expired),
            _ => ids.get(&named.id).map(|first| {
                findings.push(Diagnostic::id_taken(&named.document.path, &named.id, first));
                Hidden::Homeless
            }),
        };
        match reason {
            Some(reason) => hidden.push((named, reason)),
            None => {
                ids.insert(named.id.clone(), named.document.path.clone());
                chosen.push((named, state));
            }
        }
    }
    (chosen, hidden)
}

/// A draft is a draft whatever its dates say.
fn state(front: &FrontMatter, now: Timestamp) -> PageState {
    let is_later = |at: Option<Timestamp>| at.is_some_and(|at| at > now);
    if front.draft {
        PageState::Draft
    } else if front.expires_at.is_some_and(|at| at <= now) {
        PageState::Expired
    } else if is_later(front.publish_at) || (front.publish_at.is_none() && is_later(front.date)) {
        PageState::Scheduled
    } else {
        PageState::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::{NOW, TestSite, codes, day, document};

    #[test]
    fn a_page_has_its_time() {
        let now = Timestamp::parse(NOW).unwrap();
        for (draft, date, publish, expires, expected) in [
            (false, "", "", "", PageState::Live),
            (true, "2030-01-01", "", "2020-01-01", PageState::Draft),
            (false, "2026-05-31", "", "", PageState::Live),
            (false, "2026-06-02", "", "", PageState::Scheduled),
            (false, "2026-06-02", "2026-05-01", "", PageState::Live),
            (false, "2026-05-01", "2026-06-02", "", PageState::Scheduled),
            (false, "", "2026-06-01", "", PageState::Live),
            (false, "", "", "2026-06-01", PageState::Expired),
            (false, "", "", "2026-06-02", PageState::Live),
        ] {
            let document = document("a.md", |it| {
                it.front.draft = draft;
                it.front.date = day(date);
                it.front.publish_at = day(publish);
                it.front.expires_at = day(expires);
            });
            assert_eq!(
                state(&document.front, now),
                expected,
                "{date} {publish} {expires}"
            );
        }
    }

    #[test]
    fn options_show_what_is_hidden() {
        for (option, shown) in [("", 1), ("drafts", 2), ("future", 2), ("expired", 2)] {
            let mut site = TestSite::new("")
                .pages(&["live.md"])
                .page("draft.md", |it| it.front.draft = true)
                .page("future.md", |it| it.front.date = day("2026-07-01"))
                .page("past.md", |it| it.front.expires_at = day("2026-05-01"))
                .page("bad.md", |it| it.is_faulty = true);
            site.options.drafts = option == "drafts";
            site.options.future = option == "future";
            site.options.expired = option == "expired";
            assert_eq!(site.clean().pages.len(), shown, "{option}");
        }
    }

    #[test]
    fn an_id_is_had_once() {
        let (site, findings) = TestSite::new("")
            .pages(&["a.md"])
            .page("b.md", |it| it.front.id = Some("a".into()))
            .build();
        assert_eq!(codes(&findings), [("id-taken", "b.md")]);
        assert_eq!(site.pages.len(), 1);
    }
}
