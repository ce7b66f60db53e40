//! Addresses of the web as an `href` needs them: a host in other scripts than Latin becomes its ASCII form.

use std::borrow::Cow;

/// `address` with the host in its ASCII form (`xn--…`). `None` if the host has no such form.
/// Addresses without a host, such as `mailto:` and `/path`, stay as they are. Paths are not encoded here.
pub fn with_ascii_host(address: &str) -> Option<Cow<'_, str>> {
    let Some(host_at) = address.find("//").map(|at| at + 2) else {
        return Some(Cow::Borrowed(address));
    };
    let is_scheme = |text: &str| text.is_empty() || text.ends_with(':') && !text.contains('/');
    if !is_scheme(&address[..host_at - 2]) {
        return Some(Cow::Borrowed(address));
    }
    let rest = &address[host_at..];
    let authority = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
    if authority.is_ascii() {
        return Some(Cow::Borrowed(address));
    }
    let start = authority.rfind('@').map_or(0, |at| at + 1);
    let port = authority[start..].rfind(':');
    let end = port.map_or(authority.len(), |at| start + at);
    let host = idna::domain_to_ascii_strict(&authority[start..end]).ok()?;
    let (before, after) = (&address[..host_at + start], &rest[end..]);
    Some(Cow::Owned(format!("{before}{host}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_become_ascii() {
        for (address, expected) in [
            ("https://example.org/路径", Some("https://example.org/路径")),
            (
                "https://例子.测试/路径",
                Some("https://xn--fsqu00a.xn--0zwm56d/路径"),
            ),
            (
                "http://bücher.example:8080?a",
                Some("http://xn--bcher-kva.example:8080?a"),
            ),
            ("//例子.测试", Some("//xn--fsqu00a.xn--0zwm56d")),
            (
                "https://例子。测试/",
                Some("https://xn--fsqu00a.xn--0zwm56d/"),
            ),
            ("/路径//例子", Some("/路径//例子")),
            ("mailto:例@例子.测试", Some("mailto:例@例子.测试")),
            ("https://a..例子/", None),
            ("https://-例.测试/", None),
        ] {
            assert_eq!(with_ascii_host(address).as_deref(), expected, "{address}");
        }
    }
}
