//! Former addresses -> redirects, and former page ids -> what they are now called.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::ids::PageId;
use crate::site::model::address::{file_of, nfc};
use crate::site::model::claims::Claims;
use crate::site::model::places::Placed;
use crate::site::model::{PageIndex, Redirect};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, HashSet};

/// Redirects ascending by path, and renames. An address that a page or another alias has is an error.
pub fn assemble(
    placed: &[Placed],
    config: &SiteConfig,
    claims: &mut Claims,
    findings: &mut Vec<Diagnostic>,
) -> (Vec<Redirect>, BTreeMap<PageId, PageId>) {
    let ids: HashSet<&str> = placed.iter().map(|it| it.named.id.as_str()).collect();
    let (mut redirects, mut renamed) = (Vec::new(), BTreeMap::new());
    for (index, page) in placed.iter().enumerate() {
        let mut own: HashSet<String> = HashSet::from([page.path.to_lowercase()]);
        for alias in &page.named.document.front.aliases {
            let path = path_of(alias);
            if !own.insert(path.to_lowercase()) {
                continue;
            }
            if let Err(finding) = claims.claim(&path, &page.named.document.path) {
                findings.push(finding.about_alias(alias));
                continue;
            }
            let former = former_id(&path, config);
            if !ids.contains(former.as_str()) {
                renamed.insert(former, PageId::new(page.named.id.as_str()));
            }
            redirects.push(Redirect {
                file: file_of(&path),
                path,
                to: PageIndex(index as u32),
            });
        }
    }
    redirects.sort_by(|a, b| a.path.cmp(&b.path));
    (redirects, renamed)
}

/// An alias as an address: from the root, decoded, with a closing `/` unless it names a file.
fn path_of(alias: &str) -> String {
    let plain = alias.trim().split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode_str(plain)
        .decode_utf8()
        .unwrap_or(plain.into());
    let inner = nfc(decoded.trim_start_matches('/')).into_owned();
    let inner = inner
        .strip_suffix("index.html")
        .map_or(inner.as_str(), |it| {
            if it.is_empty() || it.ends_with('/') {
                it
            } else {
                inner.as_str()
            }
        });
    let last = inner.rsplit('/').next().unwrap_or_default();
    let is_file = [".html", ".htm", ".xml", ".php", ".aspx", ".json", ".txt"]
        .iter()
        .any(|it| last.ends_with(it));
    let slash = if inner.is_empty() || last.is_empty() || is_file {
        ""
    } else {
        "/"
    };
    format!("/{inner}{slash}")
}

/// The id that a page at this address would have had by its name.
fn former_id(path: &str, config: &SiteConfig) -> PageId {
    let inner = path.trim_matches('/');
    let inner = inner.strip_suffix(".html").unwrap_or(inner);
    let (first, rest) = inner.split_once('/').unwrap_or((inner, ""));
    match config.languages.iter().skip(1).find(|it| it.code == first) {
        Some(language) => PageId::new(format!("{rest}.{}", language.code)),
        None => PageId::new(inner),
    }
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes};
    use crate::site::parse::Document;

    fn aliases(document: &mut Document, aliases: &[&str]) {
        document.front.aliases = aliases.iter().map(|it| (*it).into()).collect();
    }

    #[test]
    fn former_addresses_lead_on() {
        let site = TestSite::new("[[languages]]\ncode = \"zh\"")
            .page("a.md", |it| {
                aliases(
                    it,
                    &["old/a", "/2013/a.html", "/%E6%97%A7/", "/a/", "old/a/"],
                )
            })
            .page("b.zh.md", |it| aliases(it, &["/zh/was/b/"]))
            .pages(&["c.md"])
            .clean();
        let shown: Vec<_> = site
            .redirects
            .iter()
            .map(|it| (it.path.as_str(), site[it.to].id.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("/2013/a.html", "a"),
                ("/old/a/", "a"),
                ("/zh/was/b/", "b.zh"),
                ("/旧/", "a")
            ]
        );
        let renamed: Vec<_> = site
            .renamed
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        assert_eq!(
            renamed,
            [
                ("2013/a", "a"),
                ("old/a", "a"),
                ("was/b.zh", "b.zh"),
                ("旧", "a")
            ]
        );
    }

    #[test]
    fn an_alias_takes_no_address_from_others() {
        let (site, findings) = TestSite::new("")
            .page("a.md", |it| {
                aliases(it, &["/b/", "/X/", "/../x/", "/api/x"])
            })
            .page("b.md", |it| aliases(it, &["/x/"]))
            .build();
        let expected = [
            ("address-taken", "a.md"),
            ("reserved-address", "a.md"),
            ("unsafe-address", "a.md"),
            ("address-taken", "b.md"),
        ];
        assert_eq!(codes(&findings), expected);
        assert_eq!((site.pages.len(), site.redirects.len()), (2, 1));
    }
}
