//! What the other files share: folders of cases, temporary folders, comparing texts and trees.

use libtest_mimic::Failed;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The package's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether expected files are to be written anew.
pub fn blesses() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// The entries of a folder of cases by name; names that begin with `_` or `.` are no cases.
pub fn cases(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| !name(path).starts_with(['_', '.']))
        .collect();
    paths.sort();
    paths
}

/// The last segment of a path.
pub fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Every file below a folder: path relative to it with `/`, and content. Links are followed.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
    {
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_file() {
            let relative = entry.path().strip_prefix(folder).unwrap().to_string_lossy();
            files.insert(relative.replace('\\', "/"), fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// Copies a folder's files into another, over what is there.
pub fn lay_over(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}

/// Fails with a line diff where two texts differ; writes the expected file anew under `BLESS=1`.
pub fn same_text(expected: &Path, actual: &str) -> Result<(), Failed> {
    if blesses() {
        if actual.is_empty() {
            let _ = fs::remove_file(expected);
        } else {
            fs::create_dir_all(expected.parent().unwrap()).unwrap();
            fs::write(expected, actual).unwrap();
        }
        return Ok(());
    }
    let wanted = fs::read_to_string(expected).unwrap_or_default();
    if wanted == actual {
        Ok(())
    } else {
        Err(diff(&name(expected), &wanted, actual).into())
    }
}

/// Fails with the differing files where a folder is not exactly the expected one; rewrites it under `BLESS=1`.
pub fn same_tree(expected: &Path, actual: &BTreeMap<String, Vec<u8>>) -> Result<(), Failed> {
    if blesses() {
        let _ = fs::remove_dir_all(expected);
        for (path, bytes) in actual {
            let target = expected.join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
        return Ok(());
    }
    let wanted = tree(expected);
    let mut faults = Vec::new();
    for path in wanted
        .keys()
        .chain(actual.keys().filter(|path| !wanted.contains_key(*path)))
    {
        match (wanted.get(path), actual.get(path)) {
            (Some(_), None) => faults.push(format!("{path}: missing")),
            (None, Some(_)) => faults.push(format!("{path}: not expected")),
            (Some(wanted), Some(actual)) if wanted != actual => faults.push(diff(
                path,
                &String::from_utf8_lossy(wanted),
                &String::from_utf8_lossy(actual),
            )),
            _ => {}
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

/// Lines with `-` for what was expected and `+` for what came.
pub fn diff(title: &str, wanted: &str, actual: &str) -> String {
    let changes = similar::TextDiff::from_lines(wanted, actual);
    let text = changes
        .unified_diff()
        .context_radius(1)
        .header("expected", "actual")
        .to_string();
    format!("{title}:\n{}", text.chars().take(6_000).collect::<String>())
}
