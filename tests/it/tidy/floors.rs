//! The floors of both wings: every file stands on one, and imports nothing from above it.
//!
//! The ground is below all of them, and the command line above.

use crate::tidy::Source;
use crate::tidy::imports::{Imports, is_family};

/// Folders and files below `src/site`, lowest floor first. What is on one floor may import each other.
const SITE: [&[&str]; 14] = [
    &["error.rs", "custom_keys.rs", "parse/", "source/"],
    &["model/", "watch.rs"],
    &["left_out.rs", "fingerprint/"],
    &["cache/"],
    &["render/"],
    &["outputs/"],
    &["plan/"],
    &["publish/"],
    &["moved.rs", "report.rs"],
    &["inputs.rs", "reader.rs"],
    &["keep_last/"],
    &["site_state.rs"],
    &["build_state.rs"],
    &["failures.rs", "why.rs", "mod.rs", "tests.rs", "tests/"],
];

/// Folders and files below `src/edge`, lowest floor first; `*` is the folder of any slice. A file stands where its own name
/// is, else where its folder is, else where its name in any slice is.
const EDGE: [&[&str]; 11] = [
    &[
        "entropy.rs",
        "extract/address.rs",
        "extract/mod.rs",
        "extract/objects.rs",
        "extract/words.rs",
        "guard/mod.rs",
        "guard/path.rs",
        "sanitize.rs",
        "pages/encoding.rs",
        "pages/mod.rs",
        "settings.rs",
        "threads.rs",
    ],
    &["store/"],
    // Rules and types.
    &[
        "*/",
        "bodies.rs",
        "limits.rs",
        "page_keys/service.rs",
        "page_keys/sql.rs",
    ],
    // Rows, and the ways to fail.
    &[
        "*/sql.rs",
        "*/sql/",
        "accounts/refusal.rs",
        "accounts/service/authors.rs",
        "accounts/service/handles.rs",
        "accounts/service/leave/mod.rs",
        "accounts/service/mod.rs",
        "accounts/touches.rs",
        "cursor.rs",
        "engagement/kept.rs",
        "error.rs",
        "extract/json.rs",
        "extract/query.rs",
    ],
    &["state.rs"],
    // Use cases, and who asks.
    &[
        "*/service.rs",
        "*/service/",
        "accounts/client.rs",
        "accounts/extractor.rs",
        "accounts/typed.rs",
        "extract/client.rs",
        "idempotency/http.rs",
        "mail/deliver.rs",
        "tasks/mod.rs",
    ],
    &["slice.rs"],
    // Routes and jobs.
    &[
        "*/forms.rs",
        "*/http.rs",
        "*/http/",
        "*/jobs.rs",
        "*/jobs/",
        "guard/",
        "page_keys/merges/jobs.rs",
        "pages/",
    ],
    &["*/slice.rs"],
    &["mod.rs", "openapi.rs", "slices/"],
    &["preview/", "run/"],
];

/// The floor of a file below `src/site` or `src/edge`.
fn floor_of(path: &str) -> Option<usize> {
    match path.strip_prefix("site/") {
        Some(path) => floor_in(&SITE, path),
        None => floor_in(&EDGE, path.strip_prefix("edge/")?),
    }
}

fn floor_in(floors: &[&[&str]], path: &str) -> Option<usize> {
    let places = floors.iter().enumerate();
    let places = places.flat_map(|(floor, places)| places.iter().map(move |it| (floor, *it)));
    let fitting = places.filter(|(_, place)| fits(place, path));
    let nearest = fitting.max_by_key(|(_, place)| (!place.starts_with('*'), place.len()));
    nearest.map(|(floor, _)| floor)
}

fn fits(place: &str, path: &str) -> bool {
    let (place, path) = match place.strip_prefix("*/") {
        Some(place) => match path.split_once('/') {
            Some((_, path)) => (place, path),
            None => return false,
        },
        None => (place, path),
    };
    match place.is_empty() || place.ends_with('/') {
        true => path.starts_with(place),
        false => path == place,
    }
}

/// Files without a floor, and imports from a higher one.
pub fn faults(sources: &[Source], imports: &Imports<'_>) -> Vec<String> {
    let is_of_wing = |path: &str| path.starts_with("site/") || path.starts_with("edge/");
    let of_wings = sources
        .iter()
        .filter(|it| is_of_wing(&it.path) && !it.code.is_empty());
    let homeless = of_wings.filter(|it| floor_of(&it.path).is_none());
    let mut faults: Vec<String> = homeless
        .map(|it| {
            format!(
                "src/{}: stands on no floor of tests/it/tidy/floors.rs",
                it.path
            )
        })
        .collect();
    for (file, imported) in imports {
        let Some(own) = floor_of(file) else { continue };
        let is_of_wing = |it: &str| it.split('/').next() == file.split('/').next();
        // In the edge a slice shows what it has by its `mod.rs`, whatever floor that is on.
        let is_shown = |it: &str| file.starts_with("edge/") && is_family(file, it);
        let above = imported
            .iter()
            .filter(|it| is_of_wing(it) && !is_shown(it))
            .filter(|it| floor_of(it).is_some_and(|floor| floor > own));
        faults.extend(above.map(|it| format!("src/{file}: imports src/{it} from a higher floor")));
    }
    faults
}
