//! Former addresses -> redirects, and former page ids -> what they are now called.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::ids::PageId;
use crate::manifest::Unsettled;
use crate::segments::fault;
use crate::site::model::address::{file_of, nfc};
use crate::site::model::claims::Claims;
use crate::site::model::identity::{Named, joined};
use crate::site::model::placed::Placed;
use crate::site::model::selection::{Hidden, LeftOut};
use crate::site::model::{PageIndex, Redirect};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, HashSet};

/// Takes the former addresses of all pages, in the order of their ids. A page with one that belongs to something else,
/// or cannot be an address, is left out, with a finding for each.
pub fn claim(
    placed: Vec<Placed>,
    (config, claims): (&SiteConfig, &mut Claims),
    hidden: &mut LeftOut,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Placed> {
    let mut kept = Vec::with_capacity(placed.len());
    for page in placed {
        let source = &page.named.document.path;
        let mut is_refused = false;
        for (alias, path) in former(&page) {
            match claims.claim(&path, source) {
                Ok(()) => {
                    let doubt = path.split('/').find_map(fault);
                    let doubt = doubt
                        .map(|it| Diagnostic::doubtful_address(source, &path, &it.to_string()));
                    findings.extend(doubt.map(|it| in_head(it, &page, alias)));
                }
                Err(finding) => {
                    findings.push(in_head(*finding, &page, alias));
                    is_refused = true;
                }
            }
        }
        match is_refused {
            true => hidden.push((page.named, Hidden::AddressConflict)),
            false => kept.push(page),
        }
    }
    // What an author wrote comes first.
    for page in &mut kept {
        let path = unlanguaged(page, config);
        page.unlanguaged =
            path.filter(|path| claims.claim(path, &page.named.document.path).is_ok());
    }
    kept
}

/// See [`Placed::unlanguaged`]. Readers and links know it from before the site had the language.
fn unlanguaged(page: &Placed, config: &SiteConfig) -> Option<String> {
    let Named { root, language, .. } = &page.named;
    let below = match *language {
        0 => page.path.as_str(),
        language => page
            .path
            .strip_prefix('/')?
            .strip_prefix(config.languages[language].code.as_str())?,
    };
    let path = format!("/{}{below}", root.to_lowercase());
    (!root.is_empty() && path.to_lowercase() != page.path.to_lowercase()).then_some(path)
}

/// A finding about a former address, at what it is made of: `aliases`, or a `path` that ends with `.html`.
fn in_head(finding: Diagnostic, page: &Placed, alias: &str) -> Diagnostic {
    let stem = alias.strip_suffix(".html").or(alias.strip_suffix(".htm"));
    let path = page.named.document.front.path.as_deref();
    match path.and_then(|it| it.strip_suffix('/')) {
        path if path.is_some() && path == stem => finding.in_head("path", ""),
        _ => finding.about_alias(alias),
    }
}

/// The former addresses of a page as its author wrote them and as paths, each once.
fn former(page: &Placed) -> Vec<(&str, String)> {
    let mut own: HashSet<String> = HashSet::from([page.path.to_lowercase()]);
    let aliases = page.named.document.front.aliases.iter();
    let paths = aliases.map(|alias| (alias.as_str(), path_of(alias)));
    paths
        .filter(|(_, path)| own.insert(path.to_lowercase()))
        .collect()
}

/// Redirects ascending by path, and renames.
pub fn assemble(
    placed: &[Placed],
    config: &SiteConfig,
) -> (Vec<Redirect>, BTreeMap<PageId, PageId>) {
    let ids: HashSet<&str> = placed.iter().map(|it| it.named.id.as_str()).collect();
    let (mut redirects, mut renamed) = (Vec::new(), BTreeMap::new());
    for (index, page) in placed.iter().enumerate() {
        let mut rename = |former: PageId| {
            if !ids.contains(former.as_str()) {
                renamed.insert(former, PageId::new(page.named.id.as_str()));
            }
        };
        // Its conversation from before the site had the language of its folder.
        let Named { root, key, .. } = &page.named;
        if !root.is_empty() {
            let has_own = page.named.document.front.id.is_some();
            rename(PageId::new(if has_own {
                key.clone()
            } else {
                joined(root, key)
            }));
        }
        let written = former(page).into_iter().map(|(_, path)| path);
        for path in written
            .inspect(|path| rename(former_id(path, config)))
            .chain(page.unlanguaged.clone())
        {
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

/// What pages say that are left out for an error.
pub fn unsettled(hidden: &LeftOut, has_unread: bool) -> Unsettled {
    let faulty = hidden
        .iter()
        .filter(|(_, why)| matches!(why, Hidden::Faulty | Hidden::AddressConflict));
    let mut unsettled = Unsettled {
        has_unread,
        ..Unsettled::default()
    };
    for (named, _) in faulty {
        unsettled.pages.insert(PageId::new(named.id.as_str()));
        let aliases = named.document.front.aliases.iter();
        unsettled.addresses.extend(aliases.map(|it| path_of(it)));
    }
    unsettled
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
    fn pages_in_the_folder_of_a_language_keep_address_and_conversation() {
        let site = TestSite::new("[[languages]]\ncode = \"zh-CN\"")
            .page("b.md", |it| aliases(it, &["/zh/c/"]))
            .page("zh/d.md", |it| it.front.id = Some("own".into()))
            .pages(&[
                "a.md",
                "zh/_index.md",
                "zh/a.md",
                "zh/g/index.md",
                "zh/c.md",
                "en/e.md",
            ])
            .clean();
        let shown: Vec<_> = site
            .redirects
            .iter()
            .map(|it| (it.path.as_str(), site[it.to].id.as_str()))
            .collect();
        let expected = [
            ("/en/e/", "e"),
            ("/zh/", ".zh-CN"),
            ("/zh/a/", "a.zh-CN"),
            ("/zh/c/", "b"),
            ("/zh/d/", "own.zh-CN"),
            ("/zh/g/", "g.zh-CN"),
        ];
        assert_eq!(shown, expected);
        let renamed: Vec<_> = site
            .renamed
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        let expected = [
            ("en/e", "e"),
            ("own", "own.zh-CN"),
            ("zh", ".zh-CN"),
            ("zh/a", "a.zh-CN"),
            ("zh/c", "c.zh-CN"),
            ("zh/g", "g.zh-CN"),
        ];
        assert_eq!(renamed, expected);
        let site = TestSite::new("[[languages]]\ncode = \"zh\"")
            .pages(&["zh/a.md"])
            .clean();
        assert!(site.redirects.is_empty());
        assert_eq!(site.renamed.len(), 1);
    }

    #[test]
    fn an_alias_takes_no_address_from_others() {
        let long = format!("/{}", "y/".repeat(2300));
        let (site, findings) = TestSite::new("")
            .page("a.md", |it| {
                aliases(
                    it,
                    &[
                        "/c/",
                        "/X/",
                        "/../x/",
                        "/api/me",
                        "/.x/",
                        "/robots.txt",
                        &long,
                    ],
                )
            })
            .page("b.md", |it| aliases(it, &["/x/"]))
            .page("c.md", |it| aliases(it, &["/old:name/", "/wiki/C%23/"]))
            .build();
        let expected = [
            ("address-taken", "a.md"),
            ("address-taken", "a.md"),
            ("hidden-address", "a.md"),
            ("long-address", "a.md"),
            ("reserved-address", "a.md"),
            ("unsafe-address", "a.md"),
            ("address-taken", "b.md"),
            ("doubtful-address", "c.md"),
            ("doubtful-address", "c.md"),
        ];
        assert_eq!(codes(&findings), expected);
        assert_eq!((site.pages.len(), site.redirects.len()), (1, 2));
    }
}
