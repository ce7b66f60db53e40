//! Non-interference (PW-16): 500 small sites, each built twice with other gated text, must have the same `public/`.
//!
//! [`site`] makes a site of a seed and two variants of it: gated words, gated uses of files, definitions at the end of
//! files that gated parts alone use, and gated parts that are empty in one of them. Beside every byte of `public/`, its
//! words are looked at: none of gated text, and every file that public text uses. All other files are in the vault.
//! `LYCEUM_TEST_INTERFERENCE` asks for
//! that many times more sites.

mod page;
mod site;
mod text;

use crate::canary::sightings;
use crate::edits::ways::{Manner, folder, lay, options};
use crate::harness::tree;
use crate::interference::site::Pair;
use libtest_mimic::{Failed, Trial};
use lyceum::diag::Severity;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Stands in every gated text, in every file that no public text uses, and in the names of these files.
pub const SECRET: &str = "zebraquartz";

const N_TRIALS: usize = 5;
const SITES_PER_TRIAL: usize = 100;

const STATICS: [&str; 9] = [
    "api.js",
    "comments.js",
    "icon.svg",
    "members.js",
    "page.js",
    "parts.js",
    "theme.css",
    "theme.js",
    "robots.txt",
];

type Tree = BTreeMap<String, Vec<u8>>;

/// A hundred sites each, so that they share the cores.
pub fn trials() -> Vec<Trial> {
    let trial = |seed: usize| {
        Trial::test(format!("interference::sites_{seed}"), move || {
            play(seed as u64)
        })
    };
    (1..=N_TRIALS).map(trial).collect()
}

fn play(seed: u64) -> Result<(), Failed> {
    let n_times = std::env::var("LYCEUM_TEST_INTERFERENCE").ok();
    let n_times: usize = n_times.and_then(|it| it.parse().ok()).unwrap_or(1);
    let mut n_differing = 0;
    for step in 0..SITES_PER_TRIAL * n_times {
        let pair = Pair::new(seed, step);
        n_differing += usize::from(pair.variants[0].files != pair.variants[1].files);
        let faults = faults(&pair, step);
        if !faults.is_empty() {
            return Err(format!(
                "seed {seed}, step {step}:\n{}\n\n{}",
                faults.join("\n"),
                pair.shown()
            )
            .into());
        }
    }
    // The rest drew the same gated text twice.
    assert!(n_differing * 10 > SITES_PER_TRIAL * n_times * 9);
    Ok(())
}

/// What is wrong with the builds of a pair.
fn faults(pair: &Pair, step: usize) -> Vec<String> {
    let folder = folder();
    let roots = ["one", "other"].map(|it| folder.path().join(it));
    let mut faults = Vec::new();
    let mut publics = Vec::new();
    for (root, variant) in roots.iter().zip(&pair.variants) {
        lay(root, &Tree::new(), &variant.files, Manner::InPlace);
        faults.extend(built(root, pair));
        publics.push(public(root));
    }
    for (root, kept) in roots.iter().zip(&pair.kept) {
        faults.extend(lost(root, kept));
    }
    faults.extend(differences(&publics[0], &publics[1]));
    for public in &publics {
        faults.extend(secrets(public, step));
        faults.extend(missing(public, pair));
    }
    if step.is_multiple_of(10) {
        // The release of the one, built on to that of the other.
        let [before, after] = &pair.variants;
        lay(&roots[0], &before.files, &after.files, Manner::InPlace);
        faults.extend(built(&roots[0], pair));
        let again = differences(&publics[1], &public(&roots[0]));
        faults.extend(again.into_iter().map(|it| format!("built again: {it}")));
    }
    faults
}

/// Builds a site; the errors that it has.
fn built(root: &Path, pair: &Pair) -> Vec<String> {
    let outcome = match lyceum::site::build(&options(root, &pair.variants[0])) {
        Ok(outcome) => outcome,
        Err(error) => return vec![format!("{error}")],
    };
    let all = outcome.diagnostics.iter();
    let errors = all.filter(|it| it.severity == Severity::Error);
    let mut faults: Vec<String> = errors.map(|it| format!("{it:?}")).collect();
    if outcome.published.is_none() {
        faults.push("nothing is published".into());
    }
    faults
}

/// The public files but for the static ones that every site gets from the default theme.
fn public(root: &Path) -> Tree {
    let mut files = tree(&root.join("dist/current/public"));
    files.retain(|path, _| !STATICS.contains(&path.as_str()));
    files
}

fn differences(one: &Tree, other: &Tree) -> Vec<String> {
    let mut paths: Vec<&String> = one.keys().chain(other.keys()).collect();
    paths.sort();
    paths.dedup();
    let differing = paths.into_iter().filter_map(|path| {
        if one.get(path) == other.get(path) {
            return None;
        }
        let lines = |tree: &Tree| {
            tree.get(path)
                .map(|it| String::from_utf8_lossy(it).into_owned())
        };
        match (lines(one), lines(other)) {
            (Some(one), Some(other)) => {
                let mut lines = one.lines().zip(other.lines());
                let first = lines.find(|(one, other)| one != other);
                Some(format!("public/{path} differs: {first:?}"))
            }
            (one, _) => Some(format!(
                "public/{path} is only in the {} one",
                if one.is_some() { "first" } else { "second" }
            )),
        }
    });
    differing.collect()
}

/// Where the secret word stands, as it is; on some sites in all its disguises. `public` is without the files of the
/// default theme.
fn secrets(public: &Tree, step: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, bytes) in public {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        if path.contains(SECRET) || text.contains(SECRET) {
            faults.push(format!("{SECRET} is in public/{path}"));
        } else if step.is_multiple_of(25) {
            let found = sightings(path, bytes, SECRET);
            faults.extend(
                found
                    .iter()
                    .map(|it| format!("{SECRET} is in public/{path}: {it}")),
            );
        }
    }
    faults
}

/// The files that no public text uses and that are not in the vault either.
fn lost(root: &Path, kept: &BTreeSet<String>) -> Vec<String> {
    let manifest = std::fs::read(root.join("dist/current/vault/manifest.json"));
    let manifest: serde_json::Value = serde_json::from_slice(&manifest.unwrap()).unwrap();
    let addresses = manifest["assets"].as_object().into_iter().flatten();
    let names: BTreeSet<&str> = addresses
        .filter_map(|(address, _)| address.rsplit('/').next())
        .collect();
    let lost = kept.iter().filter(|it| !names.contains(it.as_str()));
    lost.map(|it| format!("{it} is not in the vault")).collect()
}

/// The files and words of public text that did not arrive.
fn missing(public: &Tree, pair: &Pair) -> Vec<String> {
    let has = |name: &String| {
        public
            .keys()
            .any(|it| it.ends_with(&format!("/{name}")) || it == name)
    };
    let names = pair.used.iter().filter(|it| !has(it));
    let mut faults: Vec<String> = names.map(|it| format!("{it} is not public")).collect();
    let texts: Vec<String> = public
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    let words = pair.words.iter();
    let lost = words.filter(|word| !texts.iter().any(|it| it.contains(*word)));
    faults.extend(lost.map(|it| format!("{it} is not public")));
    faults
}
