//! Each folder of tests/sites is one case: a site, and the exact release it must become.
//!
//! `edits/NN/` folders are laid over the site in turn; a file named `NAME.deleted` removes NAME. After each, the
//! tree must equal a clean build of the same content. `_` folders are shared: `_theme` is every case's theme.

use crate::harness::{cases, lay_over, name, root, same_text, same_tree, tree};
use libtest_mimic::{Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// One trial a case.
pub fn trials() -> Vec<Trial> {
    let of_case = |path: std::path::PathBuf| {
        Trial::test(format!("sites::{}", name(&path)), move || play(&path))
    };
    cases("tests/sites").into_iter().map(of_case).collect()
}

/// Builds a site with the fixed key and time of tests; gives its findings as text.
pub fn build(site: &Path, out: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args([
            "build",
            "--all",
            "--quiet",
            "--shrink",
            "--now",
            "1767600000",
            "--root",
        ])
        .arg(site)
        .arg("--out")
        .arg(out)
        .env("LYCEUM_VAULT_KEY", "00".repeat(32))
        .output()
        .unwrap();
    let findings = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "the build could not run: {findings}"
    );
    findings
}

fn play(case: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let site = folder.path().join("site");
    let theme = root().join("tests/sites/_theme");
    if !case.join("themes").exists()
        && fs::read_to_string(case.join("site.toml"))?.contains("theme = \"plain\"")
    {
        lay_over(&theme, &site.join("themes/plain"));
    }
    for part in fs::read_dir(case)?.map(|entry| entry.unwrap().path()) {
        match name(&part).as_str() {
            "expect" | "edits" => {}
            _ if part.is_dir() => lay_over(&part, &site.join(name(&part))),
            other => drop(fs::copy(&part, site.join(other)).or_else(|_| {
                fs::create_dir_all(&site)?;
                fs::copy(&part, site.join(other))
            })?),
        }
    }
    let findings = build(&site, &folder.path().join("dist"));
    let release = folder.path().join("dist/current");
    same_text(&case.join("expect/findings.txt"), &findings)?;
    same_tree(
        &case.join("expect/public"),
        &public(&release.join("public")),
    )?;
    same_tree(&case.join("expect/vault"), &vault(&release.join("vault")))?;

    let mut edits: Vec<_> = fs::read_dir(case.join("edits"))
        .into_iter()
        .flatten()
        .map(|it| it.unwrap().path())
        .collect();
    edits.sort();
    for edit in edits {
        lay_over(&edit, &site);
        for (path, _) in tree(&site)
            .iter()
            .filter(|(path, _)| path.ends_with(".deleted"))
        {
            fs::remove_file(site.join(path))?;
            fs::remove_file(site.join(path.trim_end_matches(".deleted")))?;
        }
        build(&site, &folder.path().join("dist"));
        let clean = folder.path().join(format!("clean-{}", name(&edit)));
        build(&site, &clean);
        let (edited, clean) = (tree(&release), tree(&clean.join("current")));
        if edited != clean {
            let differing: Vec<_> = edited
                .keys()
                .chain(clean.keys())
                .filter(|path| edited.get(*path) != clean.get(*path))
                .collect();
            return Err(format!(
                "edit {}: differs from a clean build: {differing:?}",
                name(&edit)
            )
            .into());
        }
    }
    Ok(())
}

/// The public files but for the static ones that every site gets from the default theme.
fn public(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let shared = tree(&root().join("themes/default/static"));
    let mut files = tree(folder);
    // Scripts go out without some of their lines and spaces, and with versions in their imports.
    let is_shared = |path: &String, bytes: &Vec<u8>| {
        shared.get(path).is_some_and(|source| {
            source == bytes || path.ends_with(".js") && lines(bytes).is_subset(&lines(source))
        })
    };
    files.retain(|path, bytes| !is_shared(path, bytes));
    files
}

/// The lines of a script, without spaces, and without versions in its imports.
fn lines(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let bare = |line: &str| {
        let mut line: String = line.split_whitespace().collect();
        while let Some(at) = line.find("?v=") {
            let n_digits = line[at + 3..]
                .bytes()
                .take_while(u8::is_ascii_hexdigit)
                .count();
            line.replace_range(at..at + 3 + n_digits, "");
        }
        line
    };
    text.lines().map(bare).collect()
}

/// The vault's files, with the manifest written over many lines and without its longest list, which `public` shows.
fn vault(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(folder);
    if let Some(bytes) = files.get_mut("manifest.json") {
        let mut manifest: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        if let Some(all) = manifest.as_object_mut() {
            // What is left out makes the checksum, and the name of the release, another for each setting that is new.
            for name in ["files", "edge", "checksum", "release"] {
                all.remove(name);
            }
        }
        *bytes = serde_json::to_vec_pretty(&manifest).unwrap();
        bytes.push(b'\n');
    }
    files
}
