//! Files beside pages: where each lies, and who may have it.
//!
//! What a gated part uses and no public text does goes to the vault alone. What nobody uses is public, except in the
//! bundle of a page with gated parts, and below the folder of a file with a fault: there a fault or a forgotten link
//! must not publish what is paid for, so that only public text can make such a file public.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::site::model::address::{file_of, href, joined_path, nfc};
use crate::site::model::assemble::doubt;
use crate::site::model::claims::Claims;
use crate::site::model::identity::{Named, Role};
use crate::site::model::places::Placed;
use crate::site::model::selection::Hidden;
use crate::site::model::{Audience, SiteAsset};
use crate::site::parse::DRAFTS;
use crate::site::source::Asset;
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An asset with its address, before it is known who uses it.
pub struct PlacedAsset<'a> {
    /// The file.
    pub asset: &'a Asset,
    /// Its path below `content/`, in composed Unicode.
    pub source: String,
    /// Its address.
    pub path: String,
    /// The accesses of the gated parts of the page whose bundle it lies in; empty where there are none.
    pub guarded: BTreeSet<Access>,
    /// It lies in or below the folder of a file that could not be read whole, which might use it.
    pub is_doubtful: bool,
}

/// Who was seen to use an asset.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Public text of a page that is built.
    pub is_public: bool,
    /// Gated parts of pages that are built.
    pub gated: BTreeSet<Access>,
    /// A page that is not built.
    pub is_hidden: bool,
}

/// Gives every asset its address, ascending by address. Those in the bundle of a page that is not built are left out, and
/// those in a folder of drafts, unless `drafts` are built.
pub fn place<'a>(
    (all, unread): (&'a [Asset], &[Arc<str>]),
    placed: &[Placed],
    hidden: &[(Named, Hidden)],
    sections: &BTreeMap<(String, usize), String>,
    (config, claims, drafts): (&SiteConfig, &mut Claims, bool),
    findings: &mut Vec<Diagnostic>,
) -> Vec<PlacedAsset<'a>> {
    let faulty = hidden
        .iter()
        .filter(|(_, reason)| *reason == Hidden::Faulty);
    // What is below a section that is hidden is hidden too, unless a page that is built shows it.
    let hidden_sections = hidden.iter().filter_map(|(named, _)| match &named.role {
        Role::Section(folder) => Some(folder.as_str()),
        Role::Page { .. } => None,
    });
    let unread = unread
        .iter()
        .map(|it| it.strip_prefix("content/").unwrap_or(it));
    let doubtful: BTreeSet<&str> = faulty
        .map(|(named, _)| named.path.as_str())
        .chain(unread)
        .filter_map(|it| above(it).next())
        .chain(hidden_sections)
        .collect();
    let bundles = bundles(placed);
    let closed: BTreeSet<&str> = hidden
        .iter()
        .filter_map(|(named, _)| bundle(named))
        .collect();
    let mut found = Vec::with_capacity(all.len());
    for asset in all {
        let source = nfc(asset.path.strip_prefix("content/").unwrap_or(&asset.path)).into_owned();
        if !drafts && source.split('/').any(|it| it == DRAFTS) {
            continue;
        }
        let Some((base, below, guarded)) = home(&source, &bundles, &closed, sections, config)
        else {
            continue;
        };
        let path = joined_path(&base, below);
        match claims.claim(&path, &asset.path) {
            Ok(()) => {
                findings.extend(doubt(&asset.path, &path));
                let is_doubtful = above(&source).any(|folder| doubtful.contains(folder));
                found.push(PlacedAsset {
                    asset,
                    path,
                    guarded,
                    is_doubtful,
                    source,
                });
            }
            Err(finding) => findings.push(*finding),
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every folder above a file, up to the root.
fn above(source: &str) -> impl Iterator<Item = &str> {
    let folder = |it: &str| -> usize { it.rfind('/').unwrap_or(0) };
    let first = &source[..folder(source)];
    std::iter::successors(Some(first), move |it| {
        (!it.is_empty()).then(|| &it[..folder(it)])
    })
}

/// The folder whose files a page owns.
fn bundle(named: &Named) -> Option<&str> {
    match &named.role {
        Role::Page { bundle, .. } => bundle.as_deref(),
        Role::Section(_) => None,
    }
}

/// Address and gated accesses of every bundle that is built; the address is that of its first language.
fn bundles(placed: &[Placed]) -> HashMap<&str, (&Placed, BTreeSet<Access>)> {
    let mut bundles: HashMap<&str, (&Placed, BTreeSet<Access>)> = HashMap::new();
    for page in placed {
        let Some(folder) = bundle(&page.named) else {
            continue;
        };
        let entry = bundles
            .entry(folder)
            .or_insert_with(|| (page, BTreeSet::new()));
        entry
            .1
            .extend(page.named.document.gates.iter().map(|it| it.access.clone()));
        if page.named.language < entry.0.named.language {
            entry.0 = page;
        }
    }
    bundles
}

/// Where an asset lies: the address of the nearest bundle or section above it, and its path below that. `None` in the
/// bundle of a page that is not built in any language.
fn home<'s>(
    source: &'s str,
    bundles: &HashMap<&str, (&Placed, BTreeSet<Access>)>,
    closed: &BTreeSet<&str>,
    sections: &BTreeMap<(String, usize), String>,
    config: &SiteConfig,
) -> Option<(String, &'s str, BTreeSet<Access>)> {
    let mut folder = source;
    loop {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let below = source[folder.len()..].trim_start_matches('/');
        if let Some((page, guarded)) = bundles.get(folder) {
            return Some((page.path.clone(), below, guarded.clone()));
        }
        if closed.contains(folder) {
            return None;
        }
        let languages = 0..config.languages.len();
        let section = languages
            .filter_map(|it| sections.get(&(folder.to_owned(), it)))
            .next();
        if let Some(path) = section {
            return Some((path.clone(), below, BTreeSet::new()));
        }
        if folder.is_empty() {
            return Some(("/".into(), source, BTreeSet::new()));
        }
    }
}

/// Decides who may have each asset. `None` for one that pages use, or might, which are not built.
pub fn decide(placed: &PlacedAsset, uses: &Uses, config: &SiteConfig) -> Option<Audience> {
    if uses.is_public {
        Some(Audience::Everyone)
    } else if !uses.gated.is_empty() {
        Some(Audience::Readers(uses.gated.iter().cloned().collect()))
    } else if uses.is_hidden || placed.is_doubtful {
        None
    } else {
        let strictest = placed
            .guarded
            .iter()
            .max_by_key(|it| strictness(it, config));
        Some(strictest.map_or(Audience::Everyone, |it| Audience::Readers(vec![it.clone()])))
    }
}

/// How few may read: tiers by rank, above `paid`, above `members`.
pub fn strictness(access: &Access, config: &SiteConfig) -> (u8, i64) {
    match access {
        Access::Public => (0, 0),
        Access::Members => (1, 0),
        Access::Paid => (2, 0),
        Access::Tier(id) => {
            let rank = config
                .tiers
                .iter()
                .find(|it| it.id == *id)
                .map_or(i64::MAX, |it| it.rank);
            (3, rank)
        }
    }
}

/// The finished asset.
pub fn finish(placed: &PlacedAsset, audience: Audience, config: &SiteConfig) -> SiteAsset {
    SiteAsset {
        asset: placed.asset.clone(),
        file: file_of(&placed.path),
        url: href(config.base_url.path(), &placed.path),
        path: placed.path.clone(),
        audience,
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::Access;
    use crate::site::model::testing::{TestSite, codes, gated_link, link};
    use crate::site::model::{Audience, Site};

    fn shown(site: &Site) -> Vec<(&str, String)> {
        let audience = |it: &Audience| match it {
            Audience::Everyone => "everyone".to_owned(),
            Audience::Readers(accesses) => accesses
                .iter()
                .map(Access::to_string)
                .collect::<Vec<_>>()
                .join(" "),
        };
        site.assets
            .iter()
            .map(|it| (it.path.as_str(), audience(&it.audience)))
            .collect()
    }

    fn check(site: TestSite, expected: &[(&str, &str)]) {
        let (site, findings) = site.build();
        assert!(
            findings.iter().all(|it| it.code == "dead-link"),
            "{findings:?}"
        );
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, who)| (*path, (*who).to_owned()))
            .collect();
        assert_eq!(shown(&site), expected);
    }

    #[test]
    fn assets_lie_beside_their_pages() {
        let site = TestSite::new("[[languages]]\ncode = \"zh\"")
            .page("My Guides/start/index.md", |it| {
                it.front.slug = Some("begin".into())
            })
            .pages(&[
                "My Guides/start/index.zh.md",
                "My Guides/b.md",
                "zh.zh.md",
                "only/a.zh.md",
            ])
            .assets(&[
                "My Guides/start/img/图 1.png",
                "My Guides/plan.pdf",
                "My Guides/img/deep/x.html",
                "only/x.png",
                "images/logo.svg",
                "top.txt",
            ]);
        let expected = [
            ("/images/logo.svg", "everyone"),
            ("/my-guides/begin/img/图 1.png", "everyone"),
            ("/my-guides/img/deep/x.html", "everyone"),
            ("/my-guides/plan.pdf", "everyone"),
            ("/top.txt", "everyone"),
            ("/zh/only/x.png", "everyone"),
        ];
        check(site, &expected);
    }

    #[test]
    fn pw_what_only_gated_parts_use_is_theirs() {
        let tiers = "[[tiers]]\nid = 'pro'\nrank = 2\n[[tiers]]\nid = 'max'\nrank = 3";
        let site = TestSite::new(tiers)
            .page("a.md", |it| {
                link(it, "both.png");
                link(it, "public.png");
                gated_link(it, "paid", "both.png");
                gated_link(it, "tier:pro", "gated.png");
                gated_link(it, "members", "gated.png");
                gated_link(it, "paid", "/absolute.png");
            })
            .assets(&[
                "both.png",
                "public.png",
                "gated.png",
                "absolute.png",
                "unused.png",
            ]);
        let expected = [
            ("/absolute.png", "paid"),
            ("/both.png", "everyone"),
            ("/gated.png", "members tier:pro"),
            ("/public.png", "everyone"),
            ("/unused.png", "everyone"),
        ];
        check(site, &expected);
        let bundle = TestSite::new(tiers)
            .page("a/index.md", |it| {
                link(it, "public.png");
                gated_link(it, "paid", "gated.html");
                gated_link(it, "tier:max", "#x");
                gated_link(it, "tier:pro", "#x");
            })
            .assets(&["a/public.png", "a/gated.html", "a/gated.js"]);
        let expected = [
            ("/a/gated.html", "paid"),
            ("/a/gated.js", "tier:max"),
            ("/a/public.png", "everyone"),
        ];
        let (site, _) = bundle.build();
        assert_eq!(
            shown(&site),
            expected.map(|(path, who)| (path, who.to_owned()))
        );
    }

    #[test]
    fn pw_pages_that_are_not_built_publish_nothing() {
        let site = TestSite::new("")
            .page("draft/index.md", |it| it.front.draft = true)
            .page("bad/index.md", |it| it.is_faulty = true)
            .page("x/bad.md", |it| {
                it.is_faulty = true;
                link(it, "shared.png");
                link(it, "../used.png");
            })
            .linking("x/good.md", &["shared.png"])
            .unread("y/gbk.md")
            .assets(&[
                "draft/a.png",
                "bad/deep/b.png",
                "x/shared.png",
                "x/unused.png",
                "x/deep/unused.png",
                "y/unused.png",
                "used.png",
                "unused.png",
            ]);
        check(
            site,
            &[("/unused.png", "everyone"), ("/x/shared.png", "everyone")],
        );
    }

    #[test]
    fn assets_take_no_address_from_pages() {
        let (site, findings) = TestSite::new("")
            .pages(&["a.md"])
            .assets(&["a/index.html", "api/me", "api/x.png", "b.txt"])
            .statics(&["B.txt", "c.txt"])
            .build();
        assert_eq!(
            codes(&findings),
            [
                ("address-taken", "a/index.html"),
                ("reserved-address", "api/me"),
                ("address-taken", "b.txt")
            ]
        );
        assert_eq!(site.assets.len(), 1);
        assert_eq!(site.statics.len(), 2);
    }
}
