//! Which files a folder holds, and the text of those that are Markdown.
//!
//! Names may be any UTF-8 text. Links, other names and files that cannot be read are findings; litter, as `names` knows
//! it, is passed over in silence.

use crate::config::Publish;
use crate::diag::{Diagnostic, SourceFile, text};
use crate::site::source::names::{self, Nature, Place};
use crate::site::source::{Asset, AssetContent, Stamp};
use rayon::iter::Either;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// A file, before anyone has looked into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the walked root with `/` between names, such as `content/guides/start.md`.
    pub path: Arc<str>,
    /// Where to read it.
    pub disk: PathBuf,
    /// What tells without reading whether it is still the same.
    pub stamp: Stamp,
}

impl Found {
    /// The text, or the finding that says why there is none.
    pub fn text(&self) -> Result<SourceFile, Box<Diagnostic>> {
        let bytes = std::fs::read(&self.disk).map_err(|cause| {
            Box::new(Diagnostic::unreadable_file(&self.path, &cause.to_string()))
        })?;
        let text = text::utf8(&self.path, bytes).map_err(Box::new)?;
        Ok(SourceFile::new(self.path.clone(), text))
    }

    /// The file as it is now; `None` where it is gone, or is no longer a file.
    pub fn again(&self) -> Option<Found> {
        let metadata = std::fs::symlink_metadata(&self.disk).ok()?;
        metadata.is_file().then(|| Found {
            stamp: Stamp::of(&metadata),
            ..self.clone()
        })
    }
}

/// Everything under `content/`: Markdown, and the rest as assets; both ascend by path.
pub fn content(
    root: &Path,
    publish: &Publish,
    findings: &mut Vec<Diagnostic>,
) -> (Vec<Found>, Vec<Asset>) {
    if !root.join("content").exists() {
        findings.push(Diagnostic::no_content());
        return (Vec::new(), Vec::new());
    }
    let is_page = |it: &Found| {
        let name = it.path.rsplit('/').next().unwrap_or_default();
        names::nature(name, Place::Content) == Nature::Page
    };
    let found = files(root, ("content", Place::Content), publish, findings);
    let (pages, others): (Vec<Found>, Vec<Found>) = found.into_iter().partition(is_page);
    let asset = |found: Found| Asset {
        origin: found.path.clone(),
        path: found.path,
        content: AssetContent::Disk(found.disk, found.stamp),
    };
    (pages, others.into_iter().map(asset).collect())
}

/// All files below `root/folder`, ascending by path; none where there is no such folder.
pub fn files(
    root: &Path,
    (folder, place): (&str, Place),
    publish: &Publish,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Found> {
    let top = root.join(folder);
    if top.symlink_metadata().is_err() {
        return Vec::new();
    }
    let mut seen = Vec::new();
    let mut walk = WalkDir::new(&top)
        .follow_links(false)
        .follow_root_links(false)
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                let path = fault
                    .path()
                    .map_or_else(|| folder.to_owned(), |it| relative(root, it).1);
                let cause = fault
                    .io_error()
                    .map_or_else(String::new, ToString::to_string);
                findings.push(Diagnostic::unreadable_file(&path, &cause));
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        let (is_text, path) = relative(root, entry.path());
        if entry.depth() > 0 && is_passed_over(&entry, &path, place, publish) {
            if is_folder {
                walk.skip_current_dir();
            }
            continue;
        }
        if entry.file_type().is_symlink() {
            findings.push(Diagnostic::symbolic_link(&path));
        } else if !is_text {
            findings.push(Diagnostic::unreadable_name(&path));
            if is_folder {
                walk.skip_current_dir();
            }
        } else if entry.file_type().is_file() {
            seen.push((path, entry.into_path()));
        } else if !is_folder {
            findings.push(Diagnostic::unreadable_file(
                &path,
                "it is neither file nor folder",
            ));
        }
    }
    let stamped = seen.into_par_iter().map(|(path, disk)| {
        let path: Arc<str> = path.into();
        match disk.symlink_metadata() {
            Ok(metadata) => Ok(Found {
                stamp: Stamp::of(&metadata),
                path,
                disk,
            }),
            Err(cause) => Err((path, cause.to_string())),
        }
    });
    let (mut found, lost): (Vec<Found>, Vec<(Arc<str>, String)>) =
        stamped.partition_map(|it| it.map_or_else(Either::Right, Either::Left));
    let lost = lost
        .iter()
        .map(|(path, cause)| Diagnostic::unreadable_file(path, cause));
    findings.extend(lost);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The path below `root` with `/` between names, and whether it is text throughout.
fn relative(root: &Path, path: &Path) -> (bool, String) {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
    (below.to_str().is_some(), names.join("/"))
}

/// Whether a file or folder is none of the site's: hidden, of a system, or of a running editor.
fn is_passed_over(entry: &DirEntry, path: &str, place: Place, publish: &Publish) -> bool {
    let name = entry.file_name().to_string_lossy();
    if entry.file_type().is_dir() {
        return names::is_closed_folder(&name, place) && !publish.reaches(path);
    }
    let nature = names::nature(&name, place);
    // The lock of an editor is a link that leads nowhere.
    let is_link = entry.file_type().is_symlink() && name.starts_with('.');
    (nature == Nature::Litter || is_link) && !publish.lists(path)
}

#[cfg(test)]
mod tests {
    use crate::config::Publish;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_of_any_kind_are_read_and_litter_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("content");
        std::fs::create_dir_all(content.join("空 格/.git")).unwrap();
        let long = format!("{}.md", "长".repeat(70));
        let names = [
            "a#b%.md",
            "空 格/（全角）.markdown",
            "A.MD",
            long.as_str(),
            "plan.pdf",
            "空 格/x.html",
        ];
        let litter = [
            ".hidden.md",
            ".a.md.swp",
            "Thumbs.db",
            "空 格/.git/config",
            "4913",
        ];
        for name in names.iter().chain(&litter) {
            std::fs::write(content.join(name), "\u{feff}text").unwrap();
        }
        let mut findings = Vec::new();
        let (files, assets) = super::content(folder.path(), &Publish::default(), &mut findings);
        let paths: Vec<_> = files
            .iter()
            .map(|it| &it.path["content/".len()..])
            .collect();
        assert_eq!(
            paths,
            ["A.MD", "a#b%.md", "空 格/（全角）.markdown", long.as_str()]
        );
        assert!(files.iter().all(|it| &*it.text().unwrap().text == "text"));
        let paths: Vec<_> = assets.iter().map(|it| &*it.path).collect();
        assert_eq!(paths, ["content/plan.pdf", "content/空 格/x.html"]);
        assert_eq!(findings, []);
    }

    #[test]
    fn bld_01_links_and_names_that_are_no_text_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("content");
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.md"), "secret").unwrap();
        std::fs::create_dir_all(content.join(OsStr::from_bytes(b"\xd6\xd0"))).unwrap();
        std::fs::write(content.join(OsStr::from_bytes(b"\xd6\xd0/in.md")), "x").unwrap();
        std::fs::write(content.join("gbk.md"), b"# ok\n\xd6\xd0\xce\xc4").unwrap();
        std::fs::write(content.join("real.md"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), content.join("folder")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.md"), content.join("file.md"))
            .unwrap();
        std::os::unix::fs::symlink("file.md", content.join("chain.md")).unwrap();
        std::os::unix::fs::symlink("/nowhere", content.join("dead.md")).unwrap();
        let mut findings = Vec::new();
        let (files, assets) = super::content(folder.path(), &Publish::default(), &mut findings);
        assert_eq!(
            files.iter().map(|it| &*it.path).collect::<Vec<_>>(),
            ["content/gbk.md", "content/real.md"]
        );
        findings.extend(files.iter().filter_map(|it| it.text().err().map(|it| *it)));
        assert_eq!(assets, []);
        let mut found: Vec<_> = findings
            .iter()
            .map(|it| (it.path.as_str(), it.code))
            .collect();
        found.sort_unstable();
        let expected = [
            ("content/chain.md", "symbolic-link"),
            ("content/dead.md", "symbolic-link"),
            ("content/file.md", "symbolic-link"),
            ("content/folder", "symbolic-link"),
            ("content/gbk.md", "not-utf8"),
            ("content/\u{fffd}\u{fffd}", "unreadable-name"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn bld_01_content_itself_may_be_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.md"), "secret").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("content")).unwrap();
        let mut findings = Vec::new();
        let (files, _) = super::content(folder.path(), &Publish::default(), &mut findings);
        assert!(files.is_empty());
        assert_eq!(findings[0].code, "symbolic-link");
    }
}
