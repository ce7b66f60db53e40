//! Which file an address means.

use crate::edge::release::OpenRelease;
use crate::manifest::{FileEntry, VaultAsset};
use crate::segments;
use unicode_normalization::UnicodeNormalization;

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
    let asset = manifest.assets.get(path);
    // Served here, not redirected to: a redirect would tell everybody that the file exists.
    let asset = asset.or_else(|| manifest.assets.get(&path.nfc().collect::<String>()));
    if let Some(asset) = asset {
        return Found::Asset(asset);
    }
    if file(&format!("{name}/index.html")).is_some() {
        Found::Folder
    } else {
        Found::Nothing
    }
}

/// The address of a public page or file that was meant by one that differs in its Unicode normal form (macOS and some
/// mail programs decompose `é`), in the letter case of its language (`/zh-cn/` for `/zh-CN/`), or in both, or that is
/// the form of a segment which some hosts refuse (`/tags/c#/` for `/tags/c-sharp/`).
pub fn respelt(release: &OpenRelease, path: &str) -> Option<String> {
    let composed: String = path.nfc().collect();
    let safe: Vec<_> = composed.split('/').map(segments::safe).collect();
    let safe = safe.join("/");
    let forms = [path.into(), composed, path.nfd().collect(), safe];
    let with_language = |form: &String| {
        let (code, rest) = language_of(release, form)?;
        Some(format!(
            "/{code}{}",
            if rest.is_empty() { "/" } else { rest }
        ))
    };
    let forms = forms.iter().flat_map(|form: &String| {
        let other = with_language(form);
        std::iter::once(form.clone()).chain(other)
    });
    let mut others = forms.filter(|form| form != path);
    others.find_map(|form| match find(release, &form) {
        Found::File(..) => Some(form),
        Found::Folder => Some(format!("{form}/")),
        Found::Asset(_) | Found::Nothing => None,
    })
}

/// The page that says that there is nothing, in the language of the path.
pub fn not_found<'r>(release: &'r OpenRelease, path: &str) -> Option<(&'r str, &'r FileEntry)> {
    let language = language_of(release, path);
    let translated = language.and_then(|(code, _)| file(release, &format!("{code}/404.html")));
    translated.or_else(|| file(release, "404.html"))
}

/// The language that a path begins with, in whatever case, and the rest of the path.
fn language_of<'r, 'p>(release: &'r OpenRelease, path: &'p str) -> Option<(&'r str, &'p str)> {
    let below = &path[1..];
    let (first, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
    let mut languages = release.manifest().site.languages.iter();
    let found = languages.find(|it| it.code.eq_ignore_ascii_case(first));
    found.map(|it| (it.code.as_str(), rest))
}

fn file<'r>(release: &'r OpenRelease, name: &str) -> Option<(&'r str, &'r FileEntry)> {
    let found = release.manifest().files.get_key_value(name);
    found.map(|(name, entry)| (&**name, &**entry))
}
