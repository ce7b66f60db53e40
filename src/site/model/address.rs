//! Addresses: names folded into segments, paths made into files and `href`s, and what may be an address at all.

use crate::routes::{MAX_PATH_BYTES, MAX_SLASHES, is_hidden, is_route};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What a path may not hold as it is; beyond ASCII everything is encoded besides.
const PATH: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Fragments may hold `?`, and `%` that encodes something was decoded before.
const FRAGMENT: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'`');

/// The longest name that common file systems take, in bytes.
const NAME_BYTES: usize = 255;

/// Text in Unicode's composed form, as nearly all of it already is.
pub fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

/// The file of an address: `/guides/start/` is `guides/start/index.html`, `/old.html` is `old.html`.
pub fn file_of(path: &str) -> String {
    let inner = path.trim_start_matches('/');
    if inner.is_empty() || inner.ends_with('/') {
        format!("{inner}index.html")
    } else {
        inner.to_owned()
    }
}

/// An address as an `href`: below the base path, percent-encoded.
pub fn href(base_path: &str, path: &str) -> String {
    let mut href = String::with_capacity(base_path.len() + path.len() + 16);
    href.push_str(base_path);
    href.extend(utf8_percent_encode(path.trim_start_matches('/'), &PATH));
    href
}

/// An address that leads nowhere we know, as its author wrote it, fit for an attribute.
pub fn as_written(target: &str, query: Option<&str>, fragment: Option<&str>) -> String {
    let mut href = String::new();
    href.extend(utf8_percent_encode(target, &PATH));
    push_tail(&mut href, query, fragment);
    href
}

/// Adds query and fragment to an `href`.
pub fn push_tail(href: &mut String, query: Option<&str>, fragment: Option<&str>) {
    if let Some(query) = query {
        href.push('?');
        href.extend(utf8_percent_encode(query, &FRAGMENT_OF_QUERY));
    }
    if let Some(fragment) = fragment {
        href.push('#');
        href.extend(utf8_percent_encode(fragment, &FRAGMENT));
    }
}

/// A query stands as its author encoded it.
const FRAGMENT_OF_QUERY: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// The place of a relative `target` seen from `folder`, both below one root; `None` when it leads out of it.
/// `.` and empty steps are passed over.
pub fn join(folder: &str, target: &str) -> Option<String> {
    let mut steps: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// An address below another that ends with `/`.
pub fn joined_path(base: &str, below: &str) -> String {
    format!("{base}{}", nfc(below))
}

/// Why a path cannot be an address of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It holds `..`, a backslash, a control character or an empty segment, or does not begin at the root.
    Unsafe,
    /// A segment begins with a dot, and the edge serves none of those.
    Hidden,
    /// A segment is longer than file systems take, or the whole is longer or deeper than the edge serves.
    TooLong,
    /// A page there would hide a route of the edge.
    Reserved,
}

/// Whether a path can be an address below this base path. `languages` are the prefixes of the other languages.
pub fn judge<'l>(
    path: &str,
    base_path: &str,
    languages: impl Iterator<Item = &'l str>,
) -> Result<(), Unfit> {
    let Some(inner) = path.strip_prefix('/') else {
        return Err(Unfit::Unsafe);
    };
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let is_odd = |segment: &str| matches!(segment, "" | "." | "..");
    if path.contains(|c: char| c.is_control() || c == '\\')
        || (!inner.is_empty() && inner.split('/').any(is_odd))
    {
        return Err(Unfit::Unsafe);
    }
    if is_hidden(path) {
        return Err(Unfit::Hidden);
    }
    if inner.split('/').any(|segment| segment.len() > NAME_BYTES) || is_beyond(path, base_path) {
        return Err(Unfit::TooLong);
    }
    match is_route(path, languages) {
        true => Err(Unfit::Reserved),
        false => Ok(()),
    }
}

/// Whether the edge refuses an address for its length or depth.
fn is_beyond(path: &str, base_path: &str) -> bool {
    let n_slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    // Encoding makes three bytes of one at most, and both paths count the slash between them.
    let is_short = base_path.len() + path.len() * 3 <= MAX_PATH_BYTES;
    n_slashes(base_path) + n_slashes(path) - 1 > MAX_SLASHES
        || !is_short && href(base_path, path).len() > MAX_PATH_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_files_and_hrefs() {
        for (path, file, url) in [
            ("/", "index.html", "/blog/"),
            ("/a b/100%/", "a b/100%/index.html", "/blog/a%20b/100%25/"),
            ("/old.html", "old.html", "/blog/old.html"),
            ("/中#?/", "中#?/index.html", "/blog/%E4%B8%AD%23%3F/"),
        ] {
            assert_eq!(
                (file_of(path).as_str(), href("/blog/", path).as_str()),
                (file, url)
            );
        }
        assert_eq!(
            as_written("a b.md", Some("x=%31 2"), Some("标 1")),
            "a%20b.md?x=%31%202#%E6%A0%87%201"
        );
    }

    #[test]
    fn relative_places_stay_inside() {
        for (folder, target, place) in [
            ("a/b", "c.md", Some("a/b/c.md")),
            ("a/b", "../c.md", Some("a/c.md")),
            ("a", "./b/../c/", Some("a/c")),
            ("", "a.md", Some("a.md")),
            ("a", "../../c.md", None),
        ] {
            assert_eq!(join(folder, target).as_deref(), place, "{folder} {target}");
        }
    }

    #[test]
    fn bld_02_paths_that_are_no_addresses() {
        let long_name = format!("/{}/", "长".repeat(90));
        let long = |n: usize| format!("/{}", format!("{}/", "y".repeat(100)).repeat(n));
        let (encoded, deep) = (
            format!("/{}", format!("{}/", "长".repeat(80)).repeat(3)),
            "/y".repeat(64),
        );
        for (path, verdict) in [
            ("/", Ok(())),
            ("/a/b.html", Ok(())),
            ("/apis/", Ok(())),
            ("/zh/api-design/", Ok(())),
            ("a/", Err(Unfit::Unsafe)),
            ("/../a/", Err(Unfit::Unsafe)),
            ("/a//b/", Err(Unfit::Unsafe)),
            ("//a/", Err(Unfit::Unsafe)),
            ("/a\\b/", Err(Unfit::Unsafe)),
            ("/a\0b/", Err(Unfit::Unsafe)),
            ("/.git/", Err(Unfit::Hidden)),
            ("/.well-known/x/", Ok(())),
            (long_name.as_str(), Err(Unfit::TooLong)),
            (long(20).as_str(), Ok(())),
            (long(21).as_str(), Err(Unfit::TooLong)),
            (encoded.as_str(), Err(Unfit::TooLong)),
            (deep.as_str(), Err(Unfit::TooLong)),
            (&deep[2..], Ok(())),
            ("/api/", Ok(())),
            ("/api/me/", Err(Unfit::Reserved)),
            ("/Members/sign-out/", Err(Unfit::Reserved)),
            ("/zh/members/sign-out/", Err(Unfit::Reserved)),
        ] {
            assert_eq!(
                judge(path, "/blog/", ["zh"].into_iter()),
                verdict,
                "{path:?}"
            );
        }
    }
}
