//! The least that still shows what an edit broke: whether the edit alone does, and on how small a site.

use crate::edits::ways::{Manner, Sources, Ways};
use std::collections::BTreeSet;

/// Tries beyond these cost more than they tell.
const MOST_TRIES: usize = 150;

/// Words on the smallest site found on which going from `before` to `after` goes wrong.
pub fn least(before: &Sources, after: &Sources, manner: Manner) -> String {
    let mut faults = faults_of(before, after, manner);
    if faults.is_empty() {
        return "This edit alone is well: it takes those before it too.".into();
    }
    let (mut before, mut after) = (before.clone(), after.clone());
    let (mut n_tries, mut size) = (0, before.files.len() / 2);
    while size > 0 && n_tries < MOST_TRIES {
        let paths: BTreeSet<String> = before
            .files
            .keys()
            .chain(after.files.keys())
            .cloned()
            .collect();
        let paths: Vec<String> = paths
            .into_iter()
            .filter(|path| path != "site.toml")
            .collect();
        for piece in paths.chunks(size) {
            let (fewer_before, fewer_after) = (without(&before, piece), without(&after, piece));
            let still = faults_of(&fewer_before, &fewer_after, manner);
            n_tries += 1;
            if !still.is_empty() {
                (before, after, faults) = (fewer_before, fewer_after, still);
            }
        }
        size /= 2;
    }
    let mut text = format!(
        "This edit alone is enough, on this site:\n{}\n",
        faults.join("\n")
    );
    let paths: BTreeSet<&String> = before.files.keys().chain(after.files.keys()).collect();
    for path in paths {
        let shown = |sources: &Sources| {
            let bytes = sources.files.get(path)?;
            Some(
                String::from_utf8_lossy(bytes)
                    .chars()
                    .take(600)
                    .collect::<String>(),
            )
        };
        let (then, now) = (shown(&before), shown(&after));
        text += &match (then == now, then, now) {
            (true, Some(it), _) => format!("\n== {path}\n{it}"),
            (_, then, now) => format!(
                "\n== {path}, before\n{}\n== {path}, after\n{}",
                then.unwrap_or("(none)".into()),
                now.unwrap_or("(none)".into())
            ),
        };
    }
    text
}

fn faults_of(before: &Sources, after: &Sources, manner: Manner) -> Vec<String> {
    let mut ways = Ways::new();
    let faults = ways.play(before, Manner::InPlace, false);
    if !faults.is_empty() {
        return faults;
    }
    ways.play(after, manner, false)
}

fn without(sources: &Sources, paths: &[String]) -> Sources {
    let mut fewer = sources.clone();
    fewer.files.retain(|path, _| !paths.contains(path));
    fewer
}
