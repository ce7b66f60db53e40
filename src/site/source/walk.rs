//! Which files a folder holds, and the text of those that are Markdown.
//!
//! Names may be any UTF-8 text. Other names, and links to what could be read, are findings; what cannot be read makes the
//! build stop. Litter, as `names` knows it, is passed over in silence.

use crate::config::Publish;
use crate::diag::{Diagnostic, SourceFile, text};
use crate::site::source::names::{self, Folder, Nature};
use crate::site::source::{Asset, AssetContent, Stamp};
use rayon::iter::Either;
use rayon::prelude::*;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// What came to light on the way.
#[derive(Debug, Default)]
pub struct Seen {
    /// Faults of files that are left out.
    pub findings: Vec<Diagnostic>,
    /// What cannot be read: nobody knows what the site has there.
    pub unread: Vec<Diagnostic>,
}

/// Why a file has no text.
#[derive(Debug)]
pub enum NoText {
    /// The disk does not give it.
    Unread(Box<Diagnostic>),
    /// Its bytes are none.
    Bytes(Box<Diagnostic>),
}

impl Seen {
    /// Notes why a file has no text.
    pub fn note(&mut self, why: NoText) {
        match why {
            NoText::Unread(finding) => self.unread.push(*finding),
            NoText::Bytes(finding) => self.findings.push(*finding),
        }
    }
}

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
    /// The text, or why there is none.
    pub fn text(&self) -> Result<SourceFile, NoText> {
        let unread = |cause: std::io::Error| {
            let finding = Diagnostic::unreadable_file(&self.path, &cause.to_string());
            NoText::Unread(Box::new(finding))
        };
        let bytes = std::fs::read(&self.disk).map_err(unread)?;
        let text = text::utf8(&self.path, bytes);
        let text = text.map_err(|finding| NoText::Bytes(Box::new(finding)))?;
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
pub fn content(root: &Path, publish: &Publish, seen: &mut Seen) -> (Vec<Found>, Vec<Asset>) {
    if root.join("content").symlink_metadata().is_err() {
        seen.unread.push(Diagnostic::no_content());
        return (Vec::new(), Vec::new());
    }
    let is_page = |it: &Found| {
        let name = it.path.rsplit('/').next().unwrap_or_default();
        names::nature(name, Folder::Content) == Nature::Page
    };
    let found = files(root, ("content", Folder::Content), publish, seen);
    let (pages, others): (Vec<Found>, Vec<Found>) = found.into_iter().partition(is_page);
    let asset = |found: Found| Asset {
        origin: found.path.clone(),
        path: found.path,
        content: AssetContent::Disk(found.disk, found.stamp),
        is_suspect: false,
    };
    (pages, others.into_iter().map(asset).collect())
}

/// All files below `root/folder`, ascending by path; none where there is no such folder.
pub fn files(
    root: &Path,
    (folder, place): (&str, Folder),
    publish: &Publish,
    seen: &mut Seen,
) -> Vec<Found> {
    let top = root.join(folder);
    if !is_folder(&top, folder, seen) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut walk = WalkDir::new(&top)
        .follow_links(false)
        .follow_root_links(false)
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(fault) => {
                seen.unread.extend(unread(root, folder, &fault));
                continue;
            }
        };
        let (is_text, path) = relative(root, entry.path());
        let is_folder = entry.file_type().is_dir();
        let is_passed_over = entry.depth() > 0 && is_passed_over(&entry, &path, place, publish);
        if is_folder && (is_passed_over || !is_text) {
            walk.skip_current_dir();
        }
        if is_passed_over {
            seen.findings.extend(lost(&entry, &path, place));
            continue;
        }
        match fault(&entry, &path, is_text) {
            Some(Fault::Unread(finding)) => seen.unread.push(finding),
            Some(Fault::LeftOut(finding)) => seen.findings.push(finding),
            None if is_folder => {}
            None => found.push((path, entry.into_path())),
        }
    }
    stamped(found, seen)
}

/// The finding about something that is passed over and that an author may have meant to publish.
fn lost(entry: &DirEntry, path: &str, place: Folder) -> Option<Diagnostic> {
    let name = entry.file_name().to_string_lossy();
    let kind = entry.file_type();
    if kind.is_dir() && name.ends_with('~') && place != Folder::Theme {
        return Some(Diagnostic::leftover(path));
    }
    let is_meant = match place {
        Folder::Content if kind.is_dir() => {
            names::may_be_content(&name) && holds_page(entry.path())
        }
        Folder::Content if kind.is_file() => names::is_hidden_page(&name),
        _ => false,
    };
    is_meant.then(|| Diagnostic::hidden_page(path))
}

/// Whether a page lies right in a folder. What cannot be read holds none that is known.
fn holds_page(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names = entries.filter_map(|it| it.ok()?.file_name().into_string().ok());
    names.any(|it| names::nature(&it, Folder::Content) == Nature::Page)
}

/// Whether there is a folder to walk. A link or a file in its place would make the site look empty.
fn is_folder(top: &Path, folder: &str, seen: &mut Seen) -> bool {
    let finding = match top.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => return true,
        Ok(metadata) if metadata.is_symlink() => Diagnostic::no_folder(folder, "a symbolic link"),
        Ok(_) => Diagnostic::no_folder(folder, "a file"),
        Err(cause) if cause.kind() == ErrorKind::NotFound => return false,
        Err(cause) => Diagnostic::unreadable_file(folder, &cause.to_string()),
    };
    seen.unread.push(finding);
    false
}

/// The finding about a folder that could not be read; `None` where it has gone meanwhile.
fn unread(root: &Path, folder: &str, fault: &walkdir::Error) -> Option<Diagnostic> {
    let path = fault.path();
    let path = path.map_or_else(|| folder.to_owned(), |it| relative(root, it).1);
    let cause = fault.io_error();
    if fault.depth() > 0 && cause.is_some_and(|it| it.kind() == ErrorKind::NotFound) {
        return None;
    }
    let cause = cause.map_or_else(|| fault.to_string(), ToString::to_string);
    Some(Diagnostic::unreadable_file(&path, &cause))
}

/// Why an entry of a folder is not used.
enum Fault {
    /// By rule.
    LeftOut(Diagnostic),
    /// Since it cannot be read.
    Unread(Diagnostic),
}

fn fault(entry: &DirEntry, path: &str, is_text: bool) -> Option<Fault> {
    let kind = entry.file_type();
    if kind.is_symlink() {
        return Some(match std::fs::metadata(entry.path()) {
            // A folder behind a link may hold any number of pages.
            Ok(metadata) if metadata.is_dir() => {
                Fault::Unread(Diagnostic::no_folder(path, "a symbolic link"))
            }
            Ok(_) => Fault::LeftOut(Diagnostic::symbolic_link(path)),
            Err(cause) => Fault::Unread(Diagnostic::dangling_link(path, &cause.to_string())),
        });
    }
    if !is_text {
        return Some(Fault::LeftOut(Diagnostic::unreadable_name(path)));
    }
    let is_other = !kind.is_file() && !kind.is_dir();
    let why = "it is neither a file nor a folder";
    is_other.then(|| Fault::Unread(Diagnostic::unreadable_file(path, why)))
}

/// Files with their stamps, ascending by path; without those that have gone meanwhile.
fn stamped(found: Vec<(String, PathBuf)>, seen: &mut Seen) -> Vec<Found> {
    let stamped = found.into_par_iter().filter_map(|(path, disk)| {
        let path: Arc<str> = path.into();
        match disk.symlink_metadata() {
            Ok(metadata) => Some(Ok(Found {
                stamp: Stamp::of(&metadata),
                path,
                disk,
            })),
            Err(cause) if cause.kind() == ErrorKind::NotFound => None,
            Err(cause) => Some(Err(Diagnostic::unreadable_file(&path, &cause.to_string()))),
        }
    });
    let (mut found, unread): (Vec<Found>, Vec<Diagnostic>) =
        stamped.partition_map(|it| it.map_or_else(Either::Right, Either::Left));
    seen.unread.extend(unread);
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
fn is_passed_over(entry: &DirEntry, path: &str, place: Folder, publish: &Publish) -> bool {
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
    use crate::site::source::walk::Seen;
    use std::collections::BTreeSet;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

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
            ".hidden.html",
            ".a.md.swp",
            "Thumbs.db",
            "空 格/.git/config",
            "4913",
        ];
        for name in names.iter().chain(&litter) {
            std::fs::write(content.join(name), "\u{feff}text").unwrap();
        }
        let mut seen = Seen::default();
        let (files, assets) = super::content(folder.path(), &Publish::default(), &mut seen);
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
        assert_eq!((seen.findings, seen.unread), (Vec::new(), Vec::new()));
    }

    /// BLD-01: a link is a finding that names it, and nothing behind it is read.
    #[test]
    fn links_and_names_that_are_no_text_are_findings() {
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
        std::os::unix::fs::symlink("loop.md", content.join("loop.md")).unwrap();
        let mut seen = Seen::default();
        let (files, assets) = super::content(folder.path(), &Publish::default(), &mut seen);
        let unread: Vec<_> = seen.unread.iter().map(|it| (&*it.path, it.code)).collect();
        let expected = [
            ("content/dead.md", "dangling-link"),
            ("content/folder", "no-folder"),
            ("content/loop.md", "dangling-link"),
        ];
        assert_eq!(BTreeSet::from_iter(unread), BTreeSet::from(expected));
        assert_eq!(
            files.iter().map(|it| &*it.path).collect::<Vec<_>>(),
            ["content/gbk.md", "content/real.md"]
        );
        for why in files.iter().filter_map(|it| it.text().err()) {
            seen.note(why);
        }
        assert_eq!(assets, []);
        let mut found: Vec<_> = seen
            .findings
            .iter()
            .map(|it| (it.path.as_str(), it.code))
            .collect();
        found.sort_unstable();
        let expected = [
            ("content/chain.md", "symbolic-link"),
            ("content/file.md", "symbolic-link"),
            ("content/gbk.md", "not-utf8"),
            ("content/\u{fffd}\u{fffd}", "unreadable-name"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_folder_that_is_none_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("content");
        let unread = || {
            let mut seen = Seen::default();
            let (files, _) = super::content(folder.path(), &Publish::default(), &mut seen);
            assert!(files.is_empty() && seen.findings.is_empty());
            let codes: Vec<_> = seen.unread.iter().map(|it| it.code).collect();
            codes.join(" ")
        };
        assert_eq!(unread(), "no-content");
        std::fs::write(&content, "a file").unwrap();
        assert_eq!(unread(), "no-folder");
        for target in [folder.path(), Path::new("/nowhere"), Path::new("content")] {
            std::fs::remove_file(&content).unwrap();
            std::os::unix::fs::symlink(target, &content).unwrap();
            assert_eq!(unread(), "no-folder");
        }
    }
}
