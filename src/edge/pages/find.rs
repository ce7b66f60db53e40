//! Which file an address means.

use crate::edge::release::OpenRelease;
use crate::manifest::{FileEntry, VaultAsset};

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'r> {
    /// A file of `public/`.
    File(&'r str, &'r FileEntry),
    /// A private file that gated parts use.
    Asset(&'r VaultAsset),
    /// A folder, asked for without its closing `/`.
    Folder,
    /// Nothing.
    Nothing,
}

/// Looks up a decoded path that begins with `/`, below the base path.
pub fn find<'r>(release: &'r OpenRelease, path: &str) -> Found<'r> {
    let manifest = release.manifest();
    let name = &path[1..];
    let file = |name: &str| file(release, name);
    if name.is_empty() || name.ends_with('/') {
        return match file(&format!("{name}index.html")) {
            Some((name, entry)) => Found::File(name, entry),
            None => Found::Nothing,
        };
    }
    if let Some((name, entry)) = file(name) {
        return Found::File(name, entry);
    }
    if let Some(asset) = manifest.assets.get(path) {
        return Found::Asset(asset);
    }
    if file(&format!("{name}/index.html")).is_some() {
        Found::Folder
    } else {
        Found::Nothing
    }
}

/// The page that says that there is nothing, in the language of the path.
pub fn not_found<'r>(release: &'r OpenRelease, path: &str) -> Option<(&'r str, &'r FileEntry)> {
    let first = path[1..].split('/').next().unwrap_or_default();
    let is_language = release
        .manifest()
        .site
        .languages
        .iter()
        .any(|it| it.code == first);
    let translated = is_language
        .then(|| file(release, &format!("{first}/404.html")))
        .flatten();
    translated.or_else(|| file(release, "404.html"))
}

fn file<'r>(release: &'r OpenRelease, name: &str) -> Option<(&'r str, &'r FileEntry)> {
    let found = release.manifest().files.get_key_value(name);
    found.map(|(name, entry)| (&**name, &**entry))
}
