//! Media types of public files, and how long they may be kept.

use crate::manifest::FileEntry;

/// `Content-Type` of a file of `public/`.
pub fn content_type(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    match base {
        "atom.xml" => return "application/atom+xml; charset=utf-8".into(),
        "rss.xml" => return "application/rss+xml; charset=utf-8".into(),
        "feed.json" => return "application/feed+json; charset=utf-8".into(),
        _ => {}
    }
    let guessed = mime_guess::from_path(base).first_or_octet_stream();
    let essence = guessed.essence_str();
    let is_text = essence.starts_with("text/")
        || essence.ends_with("+xml")
        || essence.ends_with("json")
        || [
            "application/xml",
            "application/javascript",
            "application/manifest+json",
        ]
        .contains(&essence);
    if is_text {
        format!("{essence}; charset=utf-8")
    } else {
        essence.into()
    }
}

/// Fewest digits of a content hash in `?v=` that say which content is meant.
const VERSION_DIGITS: usize = 8;

/// `Cache-Control` of a public file. An address that names the file's content is good for ever; one that
/// names another content, or none, is asked for again each time, so that nothing old is kept under it.
pub fn cache_control(name: &str, entry: &FileEntry, query: Option<&str>) -> &'static str {
    let version = query.and_then(|query| query.strip_prefix("v="));
    let is_this = |v: &str| v.len() >= VERSION_DIGITS && entry.hash.starts_with(v);
    if version.is_some_and(is_this) && !name.ends_with(".html") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_right() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("theme.css", "text/css; charset=utf-8"),
            ("page.js", "text/javascript; charset=utf-8"),
            ("a/drawing.svg", "image/svg+xml; charset=utf-8"),
            ("sitemap.xml", "text/xml; charset=utf-8"),
            ("zh/atom.xml", "application/atom+xml; charset=utf-8"),
            ("feed.json", "application/feed+json; charset=utf-8"),
            ("search.json", "application/json; charset=utf-8"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("photo.webp", "image/webp"),
            ("plan.pdf", "application/pdf"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }

    #[test]
    fn only_named_content_is_kept() {
        let entry = FileEntry {
            hash: "0123456789abcdef".into(),
            bytes: 1,
            copies: Vec::new(),
        };
        for (name, query, is_kept) in [
            ("theme.css", Some("v=0123456789"), true),
            ("theme.css", Some("v=fedcba9876"), false),
            ("theme.css", Some("v=0123"), false),
            ("theme.css", Some("x=1&v=0123456789"), false),
            ("theme.css", None, false),
            ("index.html", Some("v=0123456789"), false),
        ] {
            assert_eq!(
                cache_control(name, &entry, query) != "no-cache",
                is_kept,
                "{name} {query:?}"
            );
        }
    }
}
