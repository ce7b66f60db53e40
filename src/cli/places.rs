//! Where no file of a verb may lie: what a build reads or publishes, and what the edge keeps.

use crate::cli::args::SiteArgs;
use crate::site::source;
use std::path::Path;

/// What a file would lie in: a build or the edge would publish it, or the edge would take it for a file of its own.
pub fn taken(site: &SiteArgs, file: &Path) -> Option<&'static str> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Whoever writes says why that cannot be done in a folder that is not there.
    let folder = folder.canonicalize().ok()?;
    let is = |place: &Path, name: &str| {
        let named = site.root.join(name).canonicalize();
        named.is_ok_and(|it| it == place)
    };
    folder.ancestors().find_map(|place| match place {
        _ if is(place, ".lyceum") => Some("the folder of the edge's own files"),
        _ if source::FOLDERS.iter().any(|it| is(place, it)) => Some("the source of the site"),
        _ if place.join("vault/manifest.json").exists() => Some("a release"),
        _ => None,
    })
}
