//! Which documents become pages: not drafts, not before their time nor after it, not below a section that is hidden, not
//! with a fault, each id once.

use crate::config::Language;
use crate::diag::Diagnostic;
use crate::site::model::forgotten::{self, Addresses};
use crate::site::model::identity::Named;
use crate::site::model::standing::{Sections, Standing, state};
use crate::site::model::{AssembleOptions, PageState};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::sync::Arc;

/// Why a document is no page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It is a draft, or a section above it is.
    Draft,
    /// Its time has not come, or that of a section above it.
    Scheduled,
    /// Its time has passed, or that of a section above it.
    Expired,
    /// It has an error of its own, or one that leaves open whether a section above it is hidden.
    Faulty,
    /// Another page has its address or id, or its address cannot be one.
    AddressConflict,
}

/// Documents that are pages, with their state.
pub type Chosen = Vec<(Named, PageState)>;

/// Documents that are none, with the reason.
pub type LeftOut = Vec<(Named, Hidden)>;

/// Parts documents into pages and others. `unread` are files without a document.
pub fn select(
    (named, unread): (Vec<Named>, &[Arc<str>]),
    (languages, addresses): (&[Language], Addresses<'_>),
    options: &AssembleOptions,
    findings: &mut Vec<Diagnostic>,
) -> (Chosen, LeftOut) {
    let reasons: Vec<(PageState, Option<Hidden>)> = {
        let sections = Sections::of((&named, unread), languages, options.now);
        let reasons = named.iter().map(|it| standing(it, &sections, options));
        let reasons = reasons.collect();
        sections.report_doubts(&named, findings);
        let hides = |it| reason(it, options).is_some();
        sections.report_hiding(&named, hides, findings);
        reasons
    };
    let open = forgotten::left_open(&named, unread, (languages, addresses), findings);
    let (mut chosen, mut hidden) = (Vec::with_capacity(named.len()), Vec::new());
    let mut ids: HashMap<String, Arc<str>> = HashMap::new();
    for (at, (named, (state, reason))) in named.into_iter().zip(reasons).enumerate() {
        let is_open = open.contains(&at) || named.document.is_faulty;
        let reason = is_open.then_some(Hidden::Faulty).or(reason).or_else(|| {
            let first = ids.get(&named.id)?;
            findings.push(Diagnostic::id_taken(&named.document.path, &named.id, first));
            Some(Hidden::AddressConflict)
        });
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
/// The state of a page, which is that of a section above it where it has none of its own; and why it is hidden, if it is.
fn standing(
    named: &Named,
    sections: &Sections<'_>,
    options: &AssembleOptions,
) -> (PageState, Option<Hidden>) {
    let own = Standing::Sure(state(&named.document.front, options.now));
    let all = std::iter::once(own).chain(sections.above(named));
    let states = all.clone().filter_map(|it| match it {
        Standing::Sure(state) => Some(state),
        Standing::Unsure => None,
    });
    let state = states.into_iter().find(|it| *it != PageState::Live);
    let reason = all.into_iter().find_map(|it| reason(it, options));
    (state.unwrap_or(PageState::Live), reason)
}

/// Why a page of this standing is hidden, if it is.
fn reason(standing: Standing, options: &AssembleOptions) -> Option<Hidden> {
    match standing {
        Standing::Unsure => Some(Hidden::Faulty),
        Standing::Sure(PageState::Draft) if !options.drafts => Some(Hidden::Draft),
        Standing::Sure(PageState::Scheduled) if !options.future => Some(Hidden::Scheduled),
        Standing::Sure(PageState::Expired) if !options.expired => Some(Hidden::Expired),
        Standing::Sure(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes, day};

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
