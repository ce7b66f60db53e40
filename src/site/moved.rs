//! Addresses that the last release had and this one has in another form, since some hosts refuse the former.
//!
//! Entry point: [`since`]. It tells once, at the build that changes them: links to published addresses must not rot unseen.

use crate::diag::Diagnostic;
use crate::segments::{fault, safe};
use crate::site::outputs::Output;
use crate::site::publish::LastRelease;

/// A finding for each page or list of the last release whose address has changed its form.
pub fn since(last: &LastRelease, outputs: &[Output]) -> Vec<Diagnostic> {
    let has = |file: &str| outputs.binary_search_by(|it| (*it.file).cmp(file)).is_ok();
    let files = last.released.files.outputs.iter();
    let addresses = files.filter_map(|(file, _)| file.strip_suffix("/index.html"));
    let unsafe_ones = addresses.filter(|it| it.split('/').any(|segment| fault(segment).is_some()));
    let moved = unsafe_ones.filter_map(|former| {
        let segments: Vec<_> = former.split('/').map(safe).collect();
        let now = segments.join("/");
        let has_moved = !has(&format!("{former}/index.html")) && has(&format!("{now}/index.html"));
        has_moved.then(|| Diagnostic::address_changed(former, &now))
    });
    moved.collect()
}
