//! Addresses of a body: which ones the whole site must resolve, and which are written as they stand.

use crate::diag::Diagnostic;
use crate::diag::SourceFile;
use crate::markdown::wiki;
use crate::site::parse::findings::Findings;
use crate::site::parse::{Link, LinkKind};
use percent_encoding::percent_decode_str;

/// Schemes that run something when they are followed.
const ACTIVE: [&str; 3] = ["javascript", "data", "vbscript"];

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// It may belong to the site: relative, `@/…`, `/…` or `#…`.
    Own,
    /// Another host, a mail address, or another scheme that is only a place.
    Elsewhere,
    /// It would run something; never written.
    Active,
    /// Empty: the page itself.
    Empty,
}

/// Tells what an address is.
pub fn judge(address: &str) -> Address {
    let trimmed = address.trim();
    if trimmed.is_empty() {
        return Address::Empty;
    }
    if trimmed.starts_with("//") || trimmed.starts_with("\\\\") || trimmed.starts_with("/\\") {
        return Address::Elsewhere;
    }
    match scheme(trimmed) {
        Some(scheme) if ACTIVE.contains(&scheme.as_str()) => Address::Active,
        Some(_) => Address::Elsewhere,
        None => Address::Own,
    }
}

/// Whether an address is a picture of pixels in itself, which runs nothing where an image is shown.
pub fn is_picture(address: &str) -> bool {
    let beginning: String = address.trim().chars().take(32).collect();
    let beginning = beginning.to_ascii_lowercase();
    ["png", "jpeg", "jpg", "gif", "webp", "avif"]
        .iter()
        .any(|kind| beginning.starts_with(&format!("data:image/{kind};base64,")))
}

/// The scheme in lower case, read as a browser reads it: tabs, line ends and control characters do not count.
fn scheme(address: &str) -> Option<String> {
    let mut scheme = String::new();
    for c in address
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
    {
        match c {
            ':' => return (!scheme.is_empty()).then_some(scheme),
            'a'..='z' | 'A'..='Z' => scheme.push(c.to_ascii_lowercase()),
            '0'..='9' | '+' | '-' | '.' if !scheme.is_empty() => scheme.push(c),
            _ => return None,
        }
    }
    None
}

/// Links of a document, in order of first use. A body that is rendered a second time names the same ones again.
#[derive(Default)]
pub struct Links {
    list: Vec<Link>,
    next: usize,
}

impl Links {
    /// Takes an address of the site; gives its index. `at` is its byte in the file.
    pub fn add(
        &mut self,
        address: &str,
        kind: LinkKind,
        is_gated: bool,
        at: usize,
        file: &SourceFile,
    ) -> u32 {
        self.push(|| link(address, kind, is_gated, file.line_column(at)))
    }

    /// Takes the target of a wiki link or an embed, which is not encoded and has no query; gives its index.
    pub fn add_wiki(
        &mut self,
        target: &wiki::Target<'_>,
        kind: LinkKind,
        is_gated: bool,
        place: (u32, u32),
    ) -> u32 {
        self.push(|| Link {
            target: target.page.to_owned(),
            query: None,
            fragment: target.heading.map(str::to_owned),
            kind,
            is_gated,
            place,
        })
    }

    fn push(&mut self, link: impl FnOnce() -> Link) -> u32 {
        let index = self.next;
        if index == self.list.len() {
            self.list.push(link());
        }
        self.next += 1;
        index as u32
    }

    /// How many were named so far.
    pub fn position(&self) -> usize {
        self.next
    }

    /// Goes back or forth to a position, as the same events are rendered again.
    pub fn rewind(&mut self, position: usize) {
        self.next = position.min(self.list.len());
    }

    /// All of them.
    pub fn finish(self) -> Vec<Link> {
        self.list
    }
}

/// An address of the site, in its pieces.
fn link(address: &str, kind: LinkKind, is_gated: bool, place: (u32, u32)) -> Link {
    let address = address.trim();
    let (rest, fragment) = match address.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (address, None),
    };
    let (target, query) = match rest.split_once('?') {
        Some((target, query)) => (target, Some(query.to_string())),
        None => (rest, None),
    };
    Link {
        target: decoded(target),
        query,
        fragment: fragment.map(decoded),
        kind,
        is_gated,
        place,
    }
}

/// Without percent-encoding, where that is UTF-8.
fn decoded(text: &str) -> String {
    percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_string(), Into::into)
}

/// Warns of an address that would run something.
pub fn warn_active(findings: &mut Findings<'_>, at: usize, address: &str) {
    let file = findings.file();
    findings.push(|| Diagnostic::active_address(file, at..at, address));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        for (address, wanted) in [
            ("a.md", Address::Own),
            ("../a b.md#x", Address::Own),
            ("@/a.md", Address::Own),
            ("/docs/x", Address::Own),
            ("#top", Address::Own),
            ("?q=a:b", Address::Own),
            ("文件:名.md", Address::Own),
            ("", Address::Empty),
            ("https://example.org/", Address::Elsewhere),
            ("//example.org/", Address::Elsewhere),
            ("/\\example.org/", Address::Elsewhere),
            ("mailto:a@example.org", Address::Elsewhere),
            ("javascript:alert(1)", Address::Active),
            ("JaVa\tScRiPt:alert(1)", Address::Active),
            (" \u{1}java\nscript:alert(1)", Address::Active),
            ("data:text/html,x", Address::Active),
            ("vbscript:x", Address::Active),
        ] {
            assert_eq!(judge(address), wanted, "{address:?}");
        }
    }

    #[test]
    fn pictures_of_pixels_run_nothing() {
        for (address, is_one) in [
            ("data:image/png;base64,iVBORw0KGgo=", true),
            (" DATA:image/JPEG;base64,/9j/", true),
            ("data:image/svg+xml;base64,PHN2Zz4=", false),
            ("data:image/png,x", false),
            ("data:text/html;base64,PHA+", false),
            ("data:image/png", false),
            ("文data:image/png;base64,", false),
        ] {
            assert_eq!(is_picture(address), is_one, "{address}");
        }
    }

    #[test]
    fn a_link_comes_in_pieces() {
        let read = link(
            "%E4%B8%AD%20a.md?x=%31#%E6%A0%87",
            LinkKind::Link,
            false,
            (1, 1),
        );
        assert_eq!(read.target, "中 a.md");
        assert_eq!(read.query.as_deref(), Some("x=%31"));
        assert_eq!(read.fragment.as_deref(), Some("标"));
        assert_eq!(
            link("%FF.md", LinkKind::Link, false, (1, 1)).target,
            "%FF.md"
        );
    }
}
