//! Outputs whose template failed: whether a page is at fault, which is then left out, or the theme.
//!
//! A page is at fault if it names the template, or if it is the only one of several pages for which the usual template fails. Then
//! everything else is built. In all other cases the build cannot go on.

use crate::diag::Diagnostic;
use crate::site::error::BuildError;
use crate::site::model::PageIndex;
use crate::site::outputs::{Output, OutputKind};
use crate::site::render::Rendered;
use crate::site::site_state::SiteState;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What failed, by file.
type Faults = BTreeMap<Arc<str>, (OutputKind, Box<Diagnostic>)>;

/// Failures of one round of rendering.
#[derive(Default)]
pub struct Failures(Mutex<Faults>);

impl Failures {
    /// Notes an output whose template failed, and lets an empty one stand for it, so that all failures of a round are
    /// known. Other failures end the round.
    pub fn watch<'a>(
        &self,
        output: &Output,
        rendered: Result<Rendered<'a>, BuildError>,
    ) -> Result<Rendered<'a>, BuildError> {
        let fault = match rendered {
            Err(BuildError::Template(fault)) => fault,
            other => return other,
        };
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.insert(Arc::clone(&output.file), (output.kind, fault));
        Ok(Rendered::text(String::new()))
    }

    /// Whether every template did its work.
    pub fn is_empty(&self) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.is_empty()
    }

    /// The finding of each page that is at fault. Fails with the first failure for which none is.
    pub fn judge(self, state: &SiteState) -> Result<Vec<Diagnostic>, BuildError> {
        let failures = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let site = &state.site;
        let usual: BTreeSet<PageIndex> = failures
            .values()
            .filter_map(|(kind, _)| kind.page_at_fault(site))
            .filter(|page| site[*page].document.front.template.is_none())
            .collect();
        let outputs = state.plan.outputs.iter();
        let n_shown = outputs.filter(|it| it.kind.is_page()).count();
        let is_only_one = usual.len() == 1 && n_shown > 1;
        let mut found = BTreeMap::new();
        for (kind, fault) in failures.into_values() {
            let page = kind
                .page_at_fault(site)
                .filter(|it| is_only_one || !usual.contains(it));
            let Some(page) = page else {
                return Err(BuildError::Template(fault));
            };
            let path = &site[page].document.path;
            found
                .entry(page)
                .or_insert_with(|| Diagnostic::template_fails(path, &fault));
        }
        Ok(found.into_values().collect())
    }
}
