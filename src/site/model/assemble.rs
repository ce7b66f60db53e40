//! The line along which documents become a [`Site`]; each step is a file of this folder.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::ids::PageId;
use crate::site::model::address::{file_of, href, nfc};
use crate::site::model::assets::{self, Decision, doubt};
use crate::site::model::claims::Claims;
use crate::site::model::gates::{self, Gates};
use crate::site::model::identity::{self, Named, Role};
use crate::site::model::links::{Known, LinkIndex};
use crate::site::model::placed::{Placed, PlacedAsset};
use crate::site::model::places::{self, Wanted};
use crate::site::model::taxonomies::Terms;
use crate::site::model::uses::{self, Uses};
use crate::site::model::{
    AssembleOptions, AssetIndex, Audience, Destination, Files, Page, PageIndex, PageKind, Section,
    SectionIndex, Site, SiteAsset, Target, made, menu, redirects, related, sections, selection,
    taxonomies, templates, translations,
};
use crate::site::parse::Documents;
use crate::site::source::Asset;
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use rayon::prelude::*;

impl Site {
    /// All documents and the files beside them -> the site. Documents must ascend by path; a finding is made for
    /// whatever is left out. The same input makes the same site, whatever the number of threads.
    pub fn assemble(
        documents: &Documents,
        files: Files,
        config: &SiteConfig,
        options: &AssembleOptions,
    ) -> (Site, Vec<Diagnostic>) {
        let Files { tree, theme, .. } = files;
        let has_unread = !documents.unread.is_empty() || !tree.refused_pages.is_empty();
        let mut findings = Vec::new();
        let mut claims = Claims::new(config);
        let named = identity::identify(&documents.all, config, &mut findings);
        // Their text is not known, so neither is what they would have said of their folders.
        let unread: Vec<_> = documents
            .unread
            .iter()
            .chain(&tree.refused_pages)
            .cloned()
            .collect();
        let (chosen, mut hidden) = selection::select(
            (named, &unread),
            (&config.languages, &|it| places::below_languages(it, config)),
            options,
            &mut findings,
        );
        let chosen = templates::check(chosen, theme, &mut hidden, &mut findings);
        let mut wanted = Wanted::new(chosen, &hidden, config);
        findings.extend(wanted.changed_folders());
        let mut terms = Terms::find(&wanted.pages, config, &mut findings);
        let languages = 0..config.languages.len();
        let homes: Vec<usize> = languages.filter(|it| wanted.has_home(*it)).collect();
        let making = (config, &mut claims);
        let unlisted = made::claim_all(&mut wanted, &mut terms, making, &mut findings);
        let statics = statics(&tree.statics, &mut claims, &mut findings);
        let Wanted {
            pages,
            sections: paths,
            ..
        } = wanted;
        let mut placed = places::place(pages, config, &mut claims, &mut hidden, &mut findings);
        placed.sort_by(|a, b| a.named.id.cmp(&b.named.id));
        let placed = redirects::claim(placed, (config, &mut claims), &mut hidden, &mut findings);
        gates::report_open_below(&placed, &config.languages, &mut findings);
        gates::report_no_way_to_pay(&placed, config, &mut findings);
        gates::report_first_days(&placed, options.now, &mut findings);
        stale_copies(&statics, &claims, &mut findings);
        let (found_assets, hidden_files) = assets::place(
            (&tree.assets, &unread),
            &placed,
            &hidden,
            &paths,
            (config, &mut claims, options.drafts),
            &mut findings,
        );
        let sections = sections::assemble(&placed, (&paths, &unlisted), &homes, config);
        let newest = sections::newest_first(&placed);
        let groups = taxonomies::assemble(&placed, &newest, terms, config);
        let (redirects, renamed) = redirects::assemble(&placed, config);
        let unsettled = redirects::unsettled(&hidden, !unread.is_empty());
        let known = Known {
            placed: &placed,
            hidden: &hidden,
            sections: &sections,
            groups: &groups,
            redirects: &redirects,
            assets: &found_assets,
            hidden_files: &hidden_files,
            statics: &statics,
        };
        let link_index = LinkIndex::new(&known, config, options.dead_links);
        let (mut links, found_in_links) = resolve_all(&link_index, &placed);
        let documents = placed.iter().map(|it| &it.named);
        let documents = documents.chain(hidden.iter().map(|(named, _)| named));
        let gates = Gates::of(documents, has_unread, config);
        let known = uses::Known {
            link_index: &link_index,
            placed: &placed,
            links: &links,
            hidden: &hidden,
            files,
            config,
        };
        let uses = uses::find(&known, &gates);
        let (assets, moved) = decide_all(&found_assets, &uses, (&gates, config), &mut findings);
        if found_in_links.iter().any(|it| it.code == "ambiguous-link") {
            // Of files that have one name, a link means one that is public whatever it means.
            link_index.open(public(&assets, &moved));
            let (settled, found) = resolve_all(&link_index, &placed);
            links = settled;
            findings.extend(found);
        } else {
            findings.extend(found_in_links);
        }
        let links = to_assets_of_site(links, &moved);
        let languages = menu::assemble(
            &placed,
            &sections,
            &newest,
            (&link_index, config),
            options.dead_links,
            &mut findings,
        );
        let related = related::assemble(&placed, &groups, &newest);
        let neighbours = sections::neighbours(&sections, &placed);
        let (translations, groups_of) = translations::group(&placed);
        let by_folder = by_folder(&sections);
        let pages = placed
            .into_iter()
            .zip(links)
            .zip(related)
            .zip(groups.by_page)
            .enumerate()
            .map(|(index, (((placed, links), related), terms))| {
                let (kind, section) = standing(&placed.named, &by_folder);
                Page {
                    id: PageId::new(placed.named.id),
                    file: file_of(&placed.path),
                    url: href(config.base_url.path(), &placed.path),
                    path: placed.path,
                    language: placed.named.language,
                    document: placed.named.document,
                    kind,
                    section,
                    state: placed.state,
                    previous: neighbours[index].0,
                    next: neighbours[index].1,
                    terms,
                    translations: groups_of[index],
                    related,
                    links,
                }
            })
            .collect();
        findings.sort_by(|a, b| {
            (&a.path, a.line, a.column, a.code, &a.message)
                .cmp(&(&b.path, b.line, b.column, b.code, &b.message))
        });
        let (taxonomies, terms) = (groups.taxonomies, groups.terms);
        let site = Site {
            pages,
            languages,
            taxonomies,
            terms,
            translations,
            redirects,
            renamed,
            unsettled,
            assets,
            statics,
            sections,
            hidden: hidden
                .iter()
                .map(|(named, why)| (named.document.path.clone(), *why))
                .collect(),
        };
        (site, findings)
    }
}

/// Static files whose address is free; paths in composed Unicode, as browsers ask for them.
fn statics(statics: &[Asset], claims: &mut Claims, findings: &mut Vec<Diagnostic>) -> Vec<Asset> {
    let mut kept = Vec::with_capacity(statics.len());
    // What a theme brings is there first, so that a name in other letter case is a finding about the site's own file.
    let (own, of_theme): (Vec<&Asset>, Vec<&Asset>) = statics
        .iter()
        .partition(|it| it.origin.starts_with("static/"));
    for asset in of_theme.into_iter().chain(own) {
        let path = nfc(&asset.path);
        if is_list(&path) && claims.is_made(&format!("/{path}")) {
            findings.push(Diagnostic::static_instead(&asset.origin, &path));
        }
        match claims.claim_static(&format!("/{path}"), &asset.origin) {
            Ok(()) => {
                findings.extend(doubt(&asset.origin, &path));
                kept.push(Asset {
                    path: path.into(),
                    ..asset.clone()
                });
            }
            Err(finding) => findings.push(*finding),
        }
    }
    kept.sort_by(|a, b| a.path.cmp(&b.path));
    kept
}

/// Whether a file lists pages, so that one in its place knows of no new ones.
fn is_list(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "atom.xml" | "rss.xml" | "feed.json" | "sitemap.xml")
}

/// A warning for each static file that hosts send in place of another, as a compressed copy of it.
fn stale_copies(statics: &[Asset], claims: &Claims, findings: &mut Vec<Diagnostic>) {
    let of_site = statics.iter().filter(|it| it.origin.starts_with("static/"));
    findings.extend(of_site.filter_map(|asset| {
        let original = claims.original_of(&format!("/{}", asset.path))?;
        Some(Diagnostic::static_copy(&asset.origin, original))
    }));
}

/// The targets of all links, page by page, and what is wrong with them.
fn resolve_all(link_index: &LinkIndex, placed: &[Placed]) -> (Vec<Vec<Target>>, Vec<Diagnostic>) {
    let resolved: Vec<(Vec<Target>, Vec<Diagnostic>)> = placed
        .par_iter()
        .enumerate()
        .map(|(index, page)| {
            let own = Some(PageIndex(index as u32));
            let links = &page.named.document.links;
            let mut targets = Vec::with_capacity(links.len());
            let mut findings = Vec::new();
            for link in links {
                let (target, finding) = link_index.resolve(&page.named, own, link);
                targets.push(target);
                findings.extend(finding);
            }
            findings.extend(link_index.shadowed(&page.named));
            (targets, findings)
        })
        .collect();
    let (links, findings): (Vec<_>, Vec<_>) = resolved.into_iter().unzip();
    (links, findings.into_iter().flatten().collect())
}

/// Whether each of the assets as they were found is public.
fn public(assets: &[SiteAsset], moved: &[Option<AssetIndex>]) -> Vec<bool> {
    let is_public = |it: AssetIndex| assets[it.0 as usize].audience == Audience::Everyone;
    moved.iter().map(|it| it.is_some_and(is_public)).collect()
}

/// Assets that are published or kept, and the new place of each.
fn decide_all(
    found: &[PlacedAsset],
    uses: &[Uses],
    (gates, config): (&Gates, &SiteConfig),
    findings: &mut Vec<Diagnostic>,
) -> (Vec<SiteAsset>, Vec<Option<AssetIndex>>) {
    let mut assets = Vec::with_capacity(found.len());
    let mut moved = Vec::with_capacity(found.len());
    let mut kept = Vec::new();
    for (placed, uses) in found.iter().zip(uses) {
        let audience = match assets::decide(placed, uses, gates, config) {
            Decision::For(audience) => Some(audience),
            Decision::Kept(access) => {
                kept.push(placed);
                access.map(|it| Audience::Readers(vec![it]))
            }
            Decision::Nobody => None,
        };
        moved.push(audience.as_ref().map(|_| AssetIndex(assets.len() as u32)));
        assets.extend(audience.map(|it| assets::finish(placed, it, config)));
    }
    assets::report_kept(kept, (gates, config), findings);
    (assets, moved)
}

/// Links to the assets of the site, from links to all assets that were found. `moved` has the place of each of these in
/// the site; `None` for one that was left out.
fn to_assets_of_site(links: Vec<Vec<Target>>, moved: &[Option<AssetIndex>]) -> Vec<Vec<Target>> {
    let to = |to: Destination| match to {
        Destination::Asset(asset) => {
            moved[asset.0 as usize].map_or(Destination::Nowhere, Destination::Asset)
        }
        other => other,
    };
    let of_page = |links: Vec<Target>| {
        let links = links.into_iter();
        links
            .map(|it| Target {
                to: to(it.to),
                ..it
            })
            .collect()
    };
    links.into_iter().map(of_page).collect()
}

type ByFolder<'s> = HashMap<(&'s str, usize), SectionIndex>;

/// Where the section of each folder and language is.
fn by_folder(sections: &[Section]) -> ByFolder<'_> {
    let mut places = HashMap::with_capacity(sections.len());
    for (index, section) in sections.iter().enumerate() {
        places.insert(
            (section.folder.as_str(), section.language),
            SectionIndex(index as u32),
        );
    }
    places
}

/// What a page is, and whose list shows it.
fn standing(named: &Named, sections: &ByFolder) -> (PageKind, Option<SectionIndex>) {
    let find = |folder: &str| sections.get(&(folder, named.language)).copied();
    match &named.role {
        Role::Page { section, .. } => (PageKind::Page, find(section)),
        Role::Section(folder) => {
            let kind = find(folder).map_or(PageKind::Page, PageKind::Section);
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            (kind, if folder.is_empty() { None } else { find(above) })
        }
    }
}
