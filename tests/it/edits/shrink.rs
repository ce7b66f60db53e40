//! The least that still shows what an edit broke: how many edits before it are needed, and on how small a site.

use crate::edits::release::told;
use crate::edits::ways::{Step, Ways};
use std::collections::BTreeSet;

/// Tries beyond these cost more than they tell.
const MOST_TRIES: usize = 150;
/// Steps before a fault that are worth keeping.
pub const MOST_STEPS: usize = 17;

/// Words on the fewest edits and the smallest site found on which the last step goes wrong. `steps` were
/// taken one after the other.
pub fn least(steps: &[Step]) -> String {
    let lengths = [2, 3, 5, 9, MOST_STEPS];
    let last = |n: usize| &steps[steps.len().saturating_sub(n)..];
    let found = lengths
        .into_iter()
        .map(last)
        .find(|it| !faults_of(it).is_empty());
    let Some(steps) = found else {
        return "The last steps alone are well: it takes more of those before them.".into();
    };
    let mut steps = steps.to_vec();
    let (mut n_tries, mut size) = (0, steps[0].sources.files.len() / 2);
    while size > 0 && n_tries < MOST_TRIES {
        for piece in paths(&steps).chunks(size) {
            let fewer: Vec<Step> = steps.iter().map(|it| without(it, piece)).collect();
            n_tries += 1;
            if !faults_of(&fewer).is_empty() {
                steps = fewer;
            }
        }
        size /= 2;
    }
    let faults = told(&faults_of(&steps));
    let mut text = format!(
        "The last {} steps are enough, on this site:\n{faults}\n",
        steps.len() - 1
    );
    for path in paths(&steps).into_iter().chain(["site.toml".into()]) {
        let mut before = None;
        for (n, step) in steps.iter().enumerate() {
            let now = step
                .sources
                .files
                .get(&path)
                .map(|bytes| String::from_utf8_lossy(bytes));
            if n == 0 || now != before {
                let shown: String = now
                    .as_deref()
                    .unwrap_or("(none)")
                    .chars()
                    .take(600)
                    .collect();
                text += &format!("\n== {path}, from step {n} on\n{shown}");
            }
            before = now;
        }
    }
    text
}

/// Files that are in any of them, but for the settings, without which nothing is built.
fn paths(steps: &[Step]) -> Vec<String> {
    let all: BTreeSet<&String> = steps
        .iter()
        .flat_map(|it| it.sources.files.keys())
        .collect();
    all.into_iter()
        .filter(|it| *it != "site.toml")
        .cloned()
        .collect()
}

/// What is wrong at the first step where something is.
fn faults_of(steps: &[Step]) -> Vec<String> {
    let mut ways = Ways::new();
    let mut each = steps.iter().map(|step| ways.play(step));
    each.find(|faults| !faults.is_empty()).unwrap_or_default()
}

fn without(step: &Step, paths: &[String]) -> Step {
    let mut fewer = step.clone();
    fewer.sources.files.retain(|path, _| !paths.contains(path));
    fewer
}
