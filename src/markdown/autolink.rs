//! Bare addresses in running text, as GFM links them, and as Chinese text needs it: without a space before or behind.

use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// An address in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Bare {
    /// Where it stands.
    pub range: Range<usize>,
    /// What has to be put in front to make it an address: nothing, `http://` or `mailto:`.
    pub scheme: &'static str,
}

/// Finds bare addresses, in order. Linear in the text.
pub fn find(text: &str) -> Vec<Bare> {
    let mut found: Vec<Bare> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    // Nearly all texts hold none of these.
    if !bytes.iter().any(|byte| matches!(byte, b':' | b'@')) && !has_www(text) {
        return found;
    }
    while at < bytes.len() {
        let hit = match bytes[at] {
            b'h' | b'H' | b'f' | b'F' => web(text, at, ""),
            b'w' | b'W' => web(text, at, "http://"),
            b'@' => mail(text, at, found.last().map_or(0, |it| it.range.end)),
            _ => None,
        };
        match hit {
            Some(hit) => {
                at = hit.range.end;
                found.push(hit);
            }
            None => at += 1,
        }
    }
    found
}

fn has_www(text: &str) -> bool {
    text.contains("www.") || text.contains("WWW.")
}

fn web(text: &str, at: usize, scheme: &'static str) -> Option<Bare> {
    let rest = &text[at..];
    let starts = if scheme.is_empty() {
        &["https://", "http://", "ftp://"][..]
    } else {
        &["www."][..]
    };
    let prefix = starts.iter().find(|prefix| {
        rest.len() > prefix.len()
            && rest.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
    })?;
    let is_apart = text[..at]
        .chars()
        .next_back()
        .is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '@' | '.' | '-' | '<'));
    if !is_apart {
        return None;
    }
    let host_at = if scheme.is_empty() { prefix.len() } else { 0 };
    let host = host(&rest[host_at..], scheme.is_empty())
        .or_else(|| host_of_any_script(&rest[host_at..]))?;
    let end = host_at + host + path(&rest[host_at + host..]);
    let end = trimmed(&rest[..end]);
    (end > host_at).then_some(Bare {
        range: at..at + end,
        scheme,
    })
}

/// Length of a host name with an optional port; with a scheme in front it may be without a dot.
fn host(text: &str, may_be_short: bool) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let n_bytes = text.bytes().take_while(|byte| is_part(byte)).count();
    let host = text[..n_bytes].trim_end_matches('.');
    let fits = host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && (may_be_short && host == "localhost" || host.contains('.'))
        && host.split('.').all(|label| !label.is_empty())
        && host.rsplit('.').take(2).all(|label| !label.contains('_'));
    fits.then(|| host.len() + port(&text[host.len()..]))
}

/// Length of a host name such as `例子.测试`, with an optional port. Asked only where the text does not begin with
/// an ASCII name: in `https://example.org的文档` the sentence goes on behind it.
fn host_of_any_script(text: &str) -> Option<usize> {
    let is_part = |c: char| {
        c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '.' | '\u{200D}')
    };
    let n_bytes = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let host = text[..n_bytes].trim_end_matches('.');
    let fits = host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
        && idna::domain_to_ascii_strict(host).is_ok();
    fits.then(|| host.len() + port(&text[host.len()..]))
}

/// Length of a port with its colon; 0 where there is none.
fn port(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(':') else {
        return 0;
    };
    let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if n_digits > 0 { n_digits + 1 } else { 0 }
}

/// Length of what follows the host. Han belongs to an address only where it fills a piece of it (`/wiki/中文`): behind a
/// letter it is the sentence going on.
fn path(text: &str) -> usize {
    if !text.starts_with(['/', '?', '#']) {
        return 0;
    }
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let goes_on = match c {
            '<' | '>' | '"' | '`' => false,
            _ if c.is_whitespace() || c.is_control() => false,
            _ if c.is_ascii() => true,
            _ if !c.is_alphanumeric() => false,
            _ => !before.is_ascii_alphanumeric() && !matches!(before, ')' | '.' | ','),
        };
        if !goes_on {
            return at;
        }
        before = c;
    }
    text.len()
}

/// Length without the punctuation of the sentence around, and without a `)` that was not opened inside.
fn trimmed(address: &str) -> usize {
    let mut end = address.len();
    let (mut n_open, mut n_closed) = (0_usize, 0_usize);
    for byte in address.bytes() {
        n_open += usize::from(byte == b'(');
        n_closed += usize::from(byte == b')');
    }
    while let Some(last) = address[..end].bytes().next_back() {
        match last {
            b';' if let Some(entity) = entity(&address[..end]) => end = entity,
            b'?' | b'!' | b'.' | b',' | b':' | b';' | b'*' | b'_' | b'~' | b'\'' | b'|' | b']' => {
                end -= 1
            }
            b')' if n_closed > n_open => {
                n_closed -= 1;
                end -= 1;
            }
            _ => break,
        }
    }
    end
}

/// Where what looks like an entity begins, for an address that ends with one.
fn entity(address: &str) -> Option<usize> {
    let name = address.strip_suffix(';')?;
    let before = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    (before.len() < name.len()).then(|| before.strip_suffix('&').map(str::len))?
}

/// A mail address around the `@` at `at`, not reaching back before `from`.
fn mail(text: &str, at: usize, from: usize) -> Option<Bare> {
    let is_local =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    let before = &text.as_bytes()[from..at];
    let n_local = before
        .iter()
        .rev()
        .take(64)
        .take_while(|byte| is_local(byte))
        .count();
    let start = at - n_local;
    let start = start
        + text[start..at]
            .bytes()
            .take_while(|byte| *byte == b'.')
            .count();
    if start == at || text[..start].ends_with(['/', ':', '<']) {
        return None;
    }
    let n_host = host(&text[at + 1..], false)?;
    let end = at + 1 + n_host;
    let host = &text[at + 1..end];
    let fits = !host.contains(':') && !host.ends_with(['-', '_']) && !text[end..].starts_with('@');
    fits.then_some(Bare {
        range: start..end,
        scheme: "mailto:",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_addresses_are_found() {
        for (text, wanted) in [
            (
                "see https://example.org/a_b?c=d.",
                &["https://example.org/a_b?c=d"][..],
            ),
            ("(https://example.org/a(b))", &["https://example.org/a(b)"]),
            (
                "www.example.org, and HTTP://EXAMPLE.ORG",
                &["www.example.org", "HTTP://EXAMPLE.ORG"],
            ),
            ("见https://example.org/a。", &["https://example.org/a"]),
            ("见https://example.org的文档", &["https://example.org"]),
            ("见https://example.org/a的文档", &["https://example.org/a"]),
            (
                "https://zh.example.org/wiki/中文",
                &["https://zh.example.org/wiki/中文"],
            ),
            (
                "见https://例子.测试/路径，后文",
                &["https://例子.测试/路径"],
            ),
            ("（https://例子.测试）", &["https://例子.测试"]),
            (
                "https://bücher.example:8080/a。",
                &["https://bücher.example:8080/a"],
            ),
            ("www.例子.测试", &["www.例子.测试"]),
            ("https://例子 https://例子..测试 https://。", &[]),
            ("http://localhost:1111/x", &["http://localhost:1111/x"]),
            ("ftp://example.org/a", &["ftp://example.org/a"]),
            ("www.example.org/?a&amp; b", &["www.example.org/?a"]),
            ("mail a.b+c@example.org now", &["a.b+c@example.org"]),
            ("a@b, x@, @y.org, user@host", &[]),
            ("xhttps://example.org https:// http://x", &[]),
            ("<https://example.org/a b> <a@example.org b>", &[]),
            ("std::fmt www. note: that", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = find(text).into_iter().map(|it| &text[it.range]).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
