//! Files beside pages: where each lies, and who may have it.
//!
//! In a site with gated parts a file is public only if public text is seen to use it, or the settings list it. Every
//! other file lies in the vault, for those who may read the parts that use it. What a gated part uses makes no file public
//! or private, so that changing gated text changes nothing in `public/`. Without gated parts every file is public, except
//! below the folder of a file with a fault, which may have had some.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::segments::{self, fault};
use crate::site::model::address::{file_of, href, joined_path, nfc};
use crate::site::model::claims::Claims;
use crate::site::model::gates::{Gates, above};
use crate::site::model::identity::{Named, Role, joined, language_folder};
use crate::site::model::placed::{Placed, PlacedAsset};
use crate::site::model::selection::Hidden;
use crate::site::model::uses::Uses;
use crate::site::model::{Audience, SiteAsset};
use crate::site::parse::{DRAFTS, Doubt};
use crate::site::source::Asset;
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Finds the address of every asset; ascending by address. Those in the bundle of a page that is not built are left out, those
/// below a section that is hidden, and those in a folder of drafts, unless `drafts` are built: these come second, with the
/// reason.
pub fn place<'a>(
    (all, unread): (&'a [Asset], &[Arc<str>]),
    placed: &[Placed],
    hidden: &[(Named, Hidden)],
    sections: &BTreeMap<(String, usize), String>,
    (config, claims, drafts): (&SiteConfig, &mut Claims, bool),
    findings: &mut Vec<Diagnostic>,
) -> (Vec<PlacedAsset<'a>>, Vec<(String, Hidden)>) {
    let faulty = hidden
        .iter()
        .filter(|(_, reason)| *reason == Hidden::Faulty);
    // What is below a section that is hidden is hidden too, unless a page that is built shows it.
    let hidden_sections = hidden.iter().filter_map(|(named, _)| match &named.role {
        Role::Section(folder) => Some(joined(&named.root, folder)),
        Role::Page { .. } => None,
    });
    let hidden_sections: Vec<String> = hidden_sections.collect();
    let unread = unread
        .iter()
        .map(|it| it.strip_prefix("content/").unwrap_or(it));
    let doubtful: BTreeSet<&str> = faulty
        .map(|(named, _)| named.path.as_str())
        .chain(unread)
        .filter_map(|it| above(it).next())
        .chain(hidden_sections.iter().map(String::as_str))
        .collect();
    let bundles = bundles(placed);
    let closed: BTreeMap<&str, Hidden> = hidden
        .iter()
        .filter_map(|(named, reason)| Some((bundle(named)?, *reason)))
        .collect();
    let closed_sections = closed_sections(placed, hidden);
    let mut found = Vec::with_capacity(all.len());
    let mut left_out = Vec::new();
    for asset in all {
        let source = nfc(asset.path.strip_prefix("content/").unwrap_or(&asset.path)).into_owned();
        if !drafts && source.split('/').any(|it| it == DRAFTS) {
            left_out.push((source, Hidden::Draft));
            continue;
        }
        let section = above(&source).find_map(|it| closed_sections.get(it));
        if let Some(reason) = section {
            left_out.push((source, *reason));
            continue;
        }
        let (base, below) = match home(&source, &bundles, &closed, sections, config) {
            Ok(home) => home,
            Err(reason) => {
                left_out.push((source, reason));
                continue;
            }
        };
        let path = joined_path(&base, below);
        match claims.claim(&path, &asset.path) {
            Ok(()) => {
                findings.extend(doubt(&asset.path, &path));
                let is_doubtful = above(&source).any(|folder| doubtful.contains(folder));
                found.push(PlacedAsset {
                    asset,
                    path,
                    is_doubtful,
                    source,
                });
            }
            Err(finding) => findings.push(*finding),
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    (found, left_out)
}

/// Folders of sections whose own pages hide what is below, in all languages that lie in the folder.
fn closed_sections(placed: &[Placed], hidden: &[(Named, Hidden)]) -> HashMap<String, Hidden> {
    let folder = |named: &Named| match &named.role {
        Role::Section(folder) => Some(joined(&named.root, folder)),
        Role::Page { .. } => None,
    };
    let hides = |named: &Named, reason: Hidden| match reason {
        Hidden::Draft | Hidden::Scheduled | Hidden::Expired => true,
        Hidden::Faulty => named.document.doubt == Some(Doubt::When),
        Hidden::AddressConflict => false,
    };
    let hiding = hidden
        .iter()
        .filter(|(named, reason)| hides(named, *reason));
    let mut closed: HashMap<String, Hidden> = hiding
        .filter_map(|(named, reason)| Some((folder(named)?, *reason)))
        .collect();
    for open in placed.iter().filter_map(|it| folder(&it.named)) {
        closed.remove(&open);
    }
    closed
}

/// The folder whose files a page owns.
fn bundle(named: &Named) -> Option<&str> {
    match &named.role {
        Role::Page { bundle, .. } => bundle.as_deref(),
        Role::Section(_) => None,
    }
}

/// Every bundle that is built, by its folder: the page of its first language.
fn bundles(placed: &[Placed]) -> HashMap<&str, &Placed> {
    let mut bundles: HashMap<&str, &Placed> = HashMap::new();
    for page in placed {
        let Some(folder) = bundle(&page.named) else {
            continue;
        };
        let entry = bundles.entry(folder).or_insert(page);
        if page.named.language < entry.named.language {
            *entry = page;
        }
    }
    bundles
}

/// Where an asset lies: the address of the nearest bundle or section above it, and its path below that. Fails in the
/// bundle of a page that is not built in any language.
fn home<'s>(
    source: &'s str,
    bundles: &HashMap<&str, &Placed>,
    closed: &BTreeMap<&str, Hidden>,
    sections: &BTreeMap<(String, usize), String>,
    config: &SiteConfig,
) -> Result<(String, &'s str), Hidden> {
    let mut folder = source;
    loop {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let below = source[folder.len()..].trim_start_matches('/');
        if let Some(page) = bundles.get(folder) {
            return Ok((page.path.clone(), below));
        }
        if let Some(reason) = closed.get(folder) {
            return Err(*reason);
        }
        let of = |folder: &str, language| sections.get(&(folder.to_owned(), language));
        let own = language_folder(folder, &config.languages);
        let section = match own {
            Some((language, below)) => of(below, language),
            None => (0..config.languages.len()).find_map(|it| of(folder, it)),
        };
        if let Some(path) = section {
            return Ok((path.clone(), below));
        }
        if folder.is_empty() {
            return Ok(("/".into(), source));
        }
    }
}

/// Who gets an asset.
pub enum Decision {
    /// These do.
    For(Audience),
    /// Nobody is seen to use it, and gated parts might: it is kept for the readers of these. `None` where an error leaves
    /// open which there are.
    Kept(Option<Access>),
    /// Nobody: only pages that are not built use it, or might.
    Nobody,
}

/// Decides who may have an asset.
pub fn decide(placed: &PlacedAsset, uses: &Uses, gates: &Gates, config: &SiteConfig) -> Decision {
    if uses.is_public {
        Decision::For(Audience::Everyone)
    } else if !uses.gated.is_empty() {
        Decision::For(Audience::Readers(uses.gated.iter().cloned().collect()))
    } else if uses.is_hidden || placed.is_doubtful {
        Decision::Nobody
    } else {
        match gates.is_empty() {
            true => Decision::For(Audience::Everyone),
            false => Decision::Kept(gates.strictest_near(&placed.source, config)),
        }
    }
}

/// One finding for each folder with files that are kept because nobody is seen to use them.
pub fn report_kept(
    mut kept: Vec<&PlacedAsset>,
    (gates, config): (&Gates, &SiteConfig),
    findings: &mut Vec<Diagnostic>,
) {
    let pieces = |it: &&PlacedAsset| -> (String, String) {
        let (folder, name) = it.source.rsplit_once('/').unwrap_or(("", &it.source));
        (folder.to_owned(), name.to_owned())
    };
    kept.sort_by_cached_key(pieces);
    for files in kept.chunk_by(|a, b| pieces(a).0 == pieces(b).0) {
        let names: Vec<String> = files.iter().map(|it| pieces(it).1).collect();
        let first = files[0].asset;
        let readers = gates.strictest_near(&files[0].source, config);
        let about = (readers.as_ref(), first.is_suspect);
        findings.push(Diagnostic::kept_file(&first.origin, &names, about));
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

/// A warning about a file whose name some host refuses. Dot files are there for hosts that look for them.
pub fn doubt(origin: &str, path: &str) -> Option<Diagnostic> {
    let faults = path.split('/').filter_map(fault);
    let fault = faults
        .into_iter()
        .find(|it| !matches!(it, segments::Fault::LeadingDot | segments::Fault::Index))?;
    Some(Diagnostic::doubtful_file(origin, &fault.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::ids::Access;
    use crate::site::model::testing::{TestSite, codes, day, gated_link, link, page};
    use crate::site::model::{Audience, Site};
    use crate::site::parse::{Document, Doubt, LinkKind};

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
            findings
                .iter()
                .all(|it| matches!(it.code, "dead-link" | "kept-file")),
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
            ("/unused.png", "tier:pro"),
        ];
        check(site, &expected);
        let bundle = TestSite::new(tiers)
            .page("a/index.md", |it| {
                link(it, "public.png");
                gated_link(it, "paid", "gated.html");
                gated_link(it, "tier:max", "#top");
                gated_link(it, "tier:pro", "#top");
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

    /// `c/p.md` embeds a file by a name that two files have.
    fn with_twins(settings: &str) -> TestSite {
        TestSite::new(settings)
            .page("c/p.md", |it| {
                link(it, "dup.svg");
                it.links[0].kind = LinkKind::Embed;
            })
            .assets(&["a/dup.svg", "b/dup.svg"])
    }

    #[test]
    fn a_name_that_several_files_have_opens_none_of_them() {
        let gate = |it: &mut Document| gated_link(it, "paid", "dup.svg");
        let open = |it: &mut Document| link(it, "dup.svg");
        let draft = |it: &mut Document| {
            it.front.draft = true;
            link(it, "dup.svg");
        };
        let ambiguous_draft = |it: &mut Document| {
            draft(it);
            it.links[0].kind = LinkKind::Embed;
        };
        type Row = (
            TestSite,
            &'static str,
            &'static str,
            &'static [&'static str],
        );
        let rows: [Row; 9] = [
            (
                with_twins(""),
                "/a/dup.svg",
                "ambiguous-link",
                &["/a/dup.svg", "/b/dup.svg"],
            ),
            (
                with_twins("").page("a/q.md", gate),
                "-",
                "ambiguous-link",
                &[],
            ),
            (
                with_twins("").page("a/q.md", gate).page("b/q.md", open),
                "/b/dup.svg",
                "ambiguous-link",
                &["/b/dup.svg"],
            ),
            (
                with_twins("").page("a/q.md", open).page("b/q.md", gate),
                "/a/dup.svg",
                "ambiguous-link",
                &["/a/dup.svg"],
            ),
            (
                with_twins("").page("a/_index.md", |it| it.front.draft = true),
                "/b/dup.svg",
                "",
                &["/b/dup.svg"],
            ),
            (
                with_twins("").page("a/q.md", draft),
                "/b/dup.svg",
                "ambiguous-link",
                &["/b/dup.svg"],
            ),
            (
                with_twins("").page("d.md", ambiguous_draft),
                "-",
                "ambiguous-link",
                &[],
            ),
            (
                with_twins("").page("b/q.md", gate).statics(&["dup.svg"]),
                "/dup.svg",
                "ambiguous-link",
                &[],
            ),
            (
                with_twins("").assets(&["c/dup.svg"]).page("a/q.md", gate),
                "/c/dup.svg",
                "",
                &["/c/dup.svg"],
            ),
        ];
        for (at, (site, href, code, public)) in rows.into_iter().enumerate() {
            let (site, findings) = site.build();
            let told = findings.iter().filter(|it| it.path == "content/c/p.md");
            let told: Vec<&str> = told.map(|it| it.code).collect();
            assert_eq!(
                told,
                Vec::from_iter(Some(code).filter(|it| !it.is_empty())),
                "{at}"
            );
            let target = &page(&site, "c/p.md").links[0];
            let found = if target.to.is_dead() {
                "-"
            } else {
                target.href.as_str()
            };
            assert_eq!(found, href, "{at}");
            let everyone = site
                .assets
                .iter()
                .filter(|it| it.audience == Audience::Everyone);
            assert_eq!(
                everyone.map(|it| it.path.as_str()).collect::<Vec<_>>(),
                public,
                "{at}"
            );
        }
    }

    #[test]
    fn files_of_a_hidden_section_are_hidden_whatever_names_them() {
        let draft = |it: &mut Document| it.front.draft = true;
        let later = |it: &mut Document| it.front.date = day("2026-07-01");
        let fault = |it: &mut Document| it.is_faulty = true;
        let doubt = |it: &mut Document| {
            it.is_faulty = true;
            it.doubt = Some(Doubt::When);
        };
        type Edit = fn(&mut Document);
        let rows: [(&str, Edit, &str, bool); 9] = [
            ("a/_index.md", draft, "a/only.svg", false),
            ("a/_index.md", draft, "a/deep/only.svg", false),
            ("a/_index.md", later, "a/only.svg", false),
            ("a/_index.md", doubt, "a/only.svg", false),
            ("a/index.md", draft, "a/only.svg", false),
            ("a/_index.md", fault, "a/only.svg", true),
            ("a/p.md", draft, "a/only.svg", true),
            ("a/_index.zh.md", draft, "a/only.svg", true),
            ("a/_index.md", draft, "b/only.svg", true),
        ];
        for (hidden, edit, file, is_public) in rows {
            let settings = "[[languages]]\ncode = \"en\"\n[[languages]]\ncode = \"zh\"";
            let site = TestSite::new(settings)
                .page(hidden, edit)
                .page("p.md", |it| link(it, file))
                .assets(&[file]);
            let site = match hidden {
                "a/_index.zh.md" => site.pages(&["a/_index.md"]),
                _ => site,
            };
            let (site, findings) = site.build();
            assert_eq!(site.assets.len(), usize::from(is_public), "{hidden} {file}");
            let told = codes(&findings).contains(&("link-to-hidden", "p.md"));
            assert_eq!(told, !is_public, "{hidden} {file}");
        }
    }

    /// A site with one gated page in `g/`, whose gated text names `g/gated.png` in some way.
    fn with_gate() -> TestSite {
        TestSite::new("[[tiers]]\nid = 'pro'\nrank = 2").page("g/p.md", |it| {
            gated_link(it, "paid", "#top");
            it.gates[0].mentions = vec!["gated.png".into()];
        })
    }

    #[test]
    fn pw_what_public_text_names_in_any_way_is_public() {
        type Edit = fn(&mut Document);
        let rows: [(Edit, &str); 12] = [
            (|it| it.mentions = vec!["a.png".into()], "everyone"),
            (|it| it.mentions = vec!["../g/a.png".into()], "everyone"),
            (|it| it.mentions = vec!["/g/a.png".into()], "everyone"),
            (|it| it.mentions = vec!["@/g/a.png".into()], "everyone"),
            (|it| it.mentions = vec!["../a.png?v=1#x".into()], "everyone"),
            (|it| it.mentions = vec!["%61.png".into()], "everyone"),
            (|it| it.mentions = vec!["..\\g\\a.png".into()], "everyone"),
            (
                |it| drop(it.front.extra.insert("hero".into(), "a.png".into())),
                "everyone",
            ),
            (
                |it| {
                    drop(
                        it.front
                            .extra
                            .insert("all".into(), serde_json::json!([{"src": "a.png"}])),
                    )
                },
                "everyone",
            ),
            (|it| link(it, "a.png"), "everyone"),
            (
                |it| it.mentions = vec!["A.png".into(), "b.png".into(), "../../a.png".into()],
                "paid",
            ),
            (|it| it.lead = "a.png".into(), "paid"),
        ];
        for (edit, who) in rows {
            let site = with_gate().page("g/q.md", edit).assets(&["g/a.png"]);
            check(site, &[("/g/a.png", who)]);
        }
    }

    #[test]
    fn pw_gated_uses_make_no_file_public_or_private() {
        let used = [("/g/gated.png", "paid"), ("/g/other.png", "paid")];
        check(with_gate().assets(&["g/gated.png", "g/other.png"]), &used);
        let unused = TestSite::new("").page("g/p.md", |it| gated_link(it, "paid", "#top"));
        check(unused.assets(&["g/gated.png", "g/other.png"]), &used);
        // A page that is nothing but its teaser may have more to say later.
        let emptied = TestSite::new("").page("g/p.md", |it| it.front.access = Access::Paid);
        check(emptied.assets(&["g/gated.png", "g/other.png"]), &used);
        let open = TestSite::new("")
            .pages(&["g/p.md"])
            .assets(&["g/gated.png"]);
        check(open, &[("/g/gated.png", "everyone")]);
        let listed = "[build]\npublish = ['content/g/*.png']";
        let listed = TestSite::new(listed).page("g/p.md", |it| gated_link(it, "paid", "gated.png"));
        check(
            listed.assets(&["g/gated.png"]),
            &[("/g/gated.png", "everyone")],
        );
    }

    #[test]
    fn pw_what_a_file_names_has_its_readers() {
        let site = with_gate()
            .linking("open.md", &["demo/index.html"])
            .naming(
                "demo/index.html",
                "<script src=\"js/app.js\"></script><img src=/pic.png>",
            )
            .naming("demo/js/app.js", "fetch('../data.json')")
            .naming(
                "demo/data.json",
                "[\"deep.bin\", \"https://example.org/demo/own.bin\"]",
            )
            .linking("more.md", &["folder/"])
            .naming("folder/index.html", "<iframe src='inner/'></iframe>")
            .naming("g/gated.html", "<link href=style.css>")
            .page("g/q.md", |it| gated_link(it, "members", "gated.html"))
            .assets(&[
                "pic.png",
                "demo/deep.bin",
                "demo/lost.bin",
                "demo/own.bin",
                "folder/inner/index.html",
                "g/style.css",
            ]);
        let expected = [
            ("/demo/data.json", "everyone"),
            ("/demo/deep.bin", "everyone"),
            ("/demo/index.html", "everyone"),
            ("/demo/js/app.js", "everyone"),
            ("/demo/lost.bin", "paid"),
            ("/demo/own.bin", "everyone"),
            ("/folder/index.html", "everyone"),
            ("/folder/inner/index.html", "everyone"),
            ("/g/gated.html", "members"),
            ("/g/style.css", "members"),
            ("/pic.png", "everyone"),
        ];
        check(site, &expected);
    }

    #[test]
    fn what_is_kept_is_told_once_a_folder() {
        let site =
            with_gate().assets(&["g/a.png", "g/b.png", "g/gated.png", "h/c.png", "h/i/d.png"]);
        let (_, findings) = site.build();
        let told = [
            ("kept-file", "g/a.png"),
            ("kept-file", "h/c.png"),
            ("kept-file", "h/i/d.png"),
        ];
        assert_eq!(codes(&findings), told);
        let message = &findings[0].message;
        assert!(
            message.starts_with(
                "`a.png`, `b.png` are kept in the vault, for readers of `paid` parts:"
            ),
            "{message}"
        );
        let many = ["1", "2", "3", "4", "5", "6", "7"].map(|it| format!("m/{it}.png"));
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (_, findings) = with_gate().assets(&many).build();
        let message = &findings[0].message;
        assert!(
            message.contains("`5.png` and 2 more of this folder"),
            "{message}"
        );
    }

    #[test]
    fn pw_what_may_be_gated_publishes_nothing_that_nobody_uses() {
        let tiers = "[[tiers]]\nid = 'pro'\nrank = 2";
        let doubtful = |settings: &str| {
            TestSite::new(settings)
                .page("x/bad.md", |it| {
                    it.is_faulty = true;
                    it.doubt = Some(Doubt::Who);
                })
                .linking("open.md", &["used.png"])
                .assets(&["used.png", "unused.png", "x/near.png"])
        };
        let (site, findings) = doubtful(tiers).build();
        assert_eq!(shown(&site), [("/used.png", "everyone".to_owned())]);
        assert_eq!(codes(&findings), [("kept-file", "unused.png")]);
        assert!(findings[0].message.contains("is not published"));
        let unread = TestSite::new(tiers).unread("x/gbk.md").assets(&["a.png"]);
        check(unread, &[]);
        let refused = TestSite::new(tiers).refused("g/p.mdx");
        check(refused.assets(&["a.png", "g/book.pdf"]), &[]);
        // A site that sells nothing keeps back what lies near the error.
        let expected = [("/unused.png", "everyone"), ("/used.png", "everyone")];
        check(doubtful(""), &expected);
        // It cannot be told whether a template shows the free values of a gated page.
        let head = TestSite::new("").page("p.md", |it| {
            it.front.access = Access::Paid;
            it.front.extra.insert("file".into(), "a.png".into());
        });
        check(head.assets(&["a.png"]), &[("/a.png", "paid")]);
    }

    #[test]
    fn what_a_draft_names_in_any_way_is_not_published() {
        let site = TestSite::new("")
            .page("draft.md", |it| {
                it.front.draft = true;
                it.front.extra.insert("hero".into(), "hero.png".into());
                it.mentions = vec!["object.dat".into()];
            })
            .assets(&["hero.png", "object.dat", "unused.png"]);
        check(site, &[("/unused.png", "everyone")]);
    }

    #[test]
    fn who_reads_what_nobody_uses_may_read_the_strictest_part_near_it() {
        let site = TestSite::new("[[tiers]]\nid = 'pro'\nrank = 2")
            .page("a/p.md", |it| gated_link(it, "members", "#top"))
            .page("a/b/p.md", |it| gated_link(it, "tier:pro", "#top"))
            .page("c/p.md", |it| gated_link(it, "paid", "#top"))
            .assets(&["a/b/x.png", "a/x.png", "c/d/x.png", "e/x.png"]);
        let expected = [
            ("/a/b/x.png", "tier:pro"),
            ("/a/x.png", "tier:pro"),
            ("/c/d/x.png", "paid"),
            ("/e/x.png", "tier:pro"),
        ];
        check(site, &expected);
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
            .assets(&[
                "draft/a.png",
                "bad/deep/b.png",
                "x/shared.png",
                "x/unused.png",
                "x/deep/unused.png",
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
