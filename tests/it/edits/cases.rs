//! Every case of `tests/sites`, so that what is added to the product later is edited here without being remembered:
//! with the edits that it has, and with each of its files changed, taken away and put back.

use crate::edits::release::told;
use crate::edits::ways::{Manner, Sources, Step, Ways};
use crate::harness::{cases, name, root, tree};
use libtest_mimic::{Failed, Trial};
use lyceum::clock::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One trial a case.
pub fn trials() -> Vec<Trial> {
    let of_case =
        |path: PathBuf| Trial::test(format!("edits::case_{}", name(&path)), move || play(&path));
    cases("tests/sites").into_iter().map(of_case).collect()
}

fn play(case: &Path) -> Result<(), Failed> {
    let mut ways = Ways::new();
    let mut step = |what: &str, sources: &Sources, manner: Manner| -> Result<(), Failed> {
        match ways.play(&Step::new(sources, manner)) {
            faults if faults.is_empty() => Ok(()),
            faults => Err(format!("{what}:\n{}", told(&faults)).into()),
        }
    };
    let original = sources(case);
    step("at the beginning", &original, Manner::InPlace)?;
    let mut edited = original.clone();
    for (edit, files) in edits(case) {
        for (path, bytes) in files {
            match path.strip_suffix(".deleted") {
                Some(path) => drop(edited.files.remove(path)),
                None => drop(edited.files.insert(path, bytes)),
            }
        }
        step(&format!("edit {edit}"), &edited, Manner::Renamed)?;
    }
    step("all edits undone", &original, Manner::InPlace)?;
    for (path, bytes) in &original.files {
        if path.starts_with("themes/") {
            continue;
        }
        let mut changed = original.clone();
        changed.files.insert(path.clone(), appended(path, bytes));
        step(&format!("{path} changed"), &changed, Manner::SetBack)?;
        changed.files.remove(path);
        if path != "site.toml" {
            step(&format!("{path} taken away"), &changed, Manner::InPlace)?;
        }
        step(&format!("{path} put back"), &original, Manner::Renamed)?;
    }
    let mut later = original.clone();
    later.now = later.now.plus_secs(400 * 86_400);
    step("a year and a month later", &later, Manner::InPlace)
}

/// A case with the theme that its settings name.
fn sources(case: &Path) -> Sources {
    let mut files = tree(case);
    files.retain(|path, _| !path.starts_with("expect/") && !path.starts_with("edits/"));
    let is_plain = String::from_utf8_lossy(&files["site.toml"]).contains("theme = \"plain\"");
    if is_plain && !files.keys().any(|path| path.starts_with("themes/")) {
        for (path, bytes) in tree(&root().join("tests/sites/_theme")) {
            files.insert(format!("themes/plain/{path}"), bytes);
        }
    }
    Sources {
        files,
        now: Timestamp::parse("2026-01-05T08:00:00Z").unwrap(),
        asked: [false; 3],
    }
}

fn edits(case: &Path) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let folders = fs::read_dir(case.join("edits")).into_iter().flatten();
    let of = |folder: PathBuf| (name(&folder), tree(&folder));
    folders.map(|it| of(it.unwrap().path())).collect()
}

/// More of the same: another paragraph, another value, another byte.
fn appended(path: &str, bytes: &[u8]) -> Vec<u8> {
    let more: &[u8] = match path.rsplit('.').next() {
        Some("md") => b"\n\nOne more paragraph.\n",
        Some("toml") => b"\n[extra]\none_more = true\n",
        _ => b"\n",
    };
    [bytes, more].concat()
}
