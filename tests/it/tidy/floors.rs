//! The floors of the site wing: every file stands on one, and imports nothing from above it.
//!
//! The ground is below all of them, and the command line above.

use crate::tidy::Source;
use crate::tidy::imports::Imports;

/// Folders and files below `src/site`, lowest floor first. What is on one floor may import each other.
const SITE: [&[&str]; 9] = [
    &["error.rs", "custom_keys.rs", "parse/", "source/"],
    &["model/", "watch.rs"],
    &["left_out.rs", "cache/"],
    &["plan/"],
    &["render/"],
    &["publish/"],
    &["moved.rs", "report.rs"],
    &["inputs.rs", "assembled.rs", "keep_last.rs", "session.rs"],
    &["failures.rs", "why.rs", "mod.rs", "tests.rs", "tests/"],
];

/// The floor of a file below `src/site`.
fn floor_of(path: &str) -> Option<usize> {
    let path = path.strip_prefix("site/")?;
    let is_there = |place: &str| match place.ends_with('/') {
        true => path.starts_with(place),
        false => path == place,
    };
    SITE.iter()
        .position(|floor| floor.iter().any(|it| is_there(it)))
}

/// Files without a floor, and imports from a higher one.
pub fn faults(sources: &[Source], imports: &Imports<'_>) -> Vec<String> {
    let of_site = sources.iter().filter(|it| it.path.starts_with("site/"));
    let homeless = of_site.filter(|it| floor_of(&it.path).is_none());
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
        let above = imported
            .iter()
            .filter(|it| floor_of(it).is_some_and(|floor| floor > own));
        faults.extend(above.map(|it| format!("src/{file}: imports src/{it} from a higher floor")));
    }
    faults
}
