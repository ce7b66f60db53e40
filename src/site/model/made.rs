//! Files that the build makes by itself: how they are called, and that their addresses are theirs.
//!
//! Lists are asked for before pages, so that a page at the address of a list is told so, and left out. How long a list
//! is follows from the pages that could be in it.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::routes::MEMBERS_PAGES;
use crate::site::model::claims::Claims;
use crate::site::model::listing::{FeedFormat, Unlisted, claim_pagers};
use crate::site::model::places::Wanted;
use crate::site::model::sections;
use crate::site::model::taxonomies::Terms;
use std::sync::Arc;

/// A sitemap may hold no more addresses than this, says its protocol.
pub const SITEMAP_LIMIT: usize = 50_000;

/// Folder of a language in `public/` with a closing `/`: empty for the default one.
pub fn language_folder(config: &SiteConfig, language: usize) -> String {
    match language {
        0 => String::new(),
        _ => format!("{}/", config.languages[language].code),
    }
}

/// A run of the sitemap, from 1.
pub fn sitemap_file(run: usize) -> String {
    format!("sitemap-{run}.xml")
}

/// Takes the addresses of all files that the build makes. Pages that are in the way, by the address of their section or
/// by a term, are no longer wanted. Returns the sections whose list has no address.
pub fn claim_all(
    wanted: &mut Wanted,
    terms: &mut Terms,
    (config, claims): (&SiteConfig, &mut Claims),
    findings: &mut Vec<Diagnostic>,
) -> Unlisted {
    let n_addresses = wanted.pages.len() + wanted.sections.len() + terms.n_terms();
    single_files(n_addresses, config, claims);
    let held = sections::held(wanted.pages.iter().map(|it| &it.named));
    let n_pages = |folder: &str, language: usize| match folder {
        "" => wanted.n_newest(language),
        _ => held.get(&(folder, language)).map_or(0, Vec::len),
    };
    let mut lists: Vec<List> = Vec::new();
    for (section, path) in &wanted.sections {
        let (folder, language) = (section.0.as_str(), section.1);
        let is_home = folder.is_empty() && wanted.has_home(language);
        if is_home || (!folder.is_empty() && held.contains_key(&(folder, language))) {
            lists.push(List {
                section: section.clone(),
                path: path.clone(),
                n_pages: n_pages(folder, language),
            });
        }
    }
    let (homes, others): (Vec<List>, Vec<List>) =
        lists.into_iter().partition(|it| it.section.0.is_empty());
    let mut unlisted = Unlisted::default();
    let mut claim = |lists: Vec<List>, claims: &mut Claims| {
        for list in lists {
            if let Err(finding) = list.claim(config, claims, wanted) {
                findings.extend(wanted.refuse_section(&list.section, finding));
                unlisted.insert(list.section);
            }
        }
    };
    claim(homes, claims);
    let settings = terms.claim(config, claims);
    claim(others, claims);
    findings.extend(settings);
    wanted.refuse(|page| terms.refusal(page));
    unlisted
}

/// The list of a section, with all its pages.
struct List {
    /// Folder and language.
    section: (String, usize),
    path: String,
    /// Pages that it could show.
    n_pages: usize,
}

impl List {
    fn claim(
        &self,
        config: &SiteConfig,
        claims: &mut Claims,
        wanted: &Wanted,
    ) -> Result<(), Box<Diagnostic>> {
        match (wanted.own_page(&self.section), &*self.section.0) {
            (Some(own), _) => claims.claim(&self.path, &own.named.document.path),
            (None, "") => claims.claim_list(&self.path, &"content".into()),
            (None, folder) => claims.claim_list(&self.path, &format!("content/{folder}").into()),
        }?;
        let owner: Arc<str> = format!("a further page of the list at `{}`", self.path).into();
        claim_pagers(&self.path, self.n_pages, &owner, (config, claims))
    }
}

/// Files of which there is one for a language, or for the site.
fn single_files(n_addresses: usize, config: &SiteConfig, claims: &mut Claims) {
    let mut take = |path: String, what: &str, yields: bool| {
        let owner: Arc<str> = what.into();
        // They are the first to ask, and no two of them are called alike.
        let _ = match yields {
            true => claims.claim_made(&path, &owner),
            false => claims.claim(&path, &owner),
        };
    };
    for language in 0..config.languages.len() {
        let folder = language_folder(config, language);
        let missing = "the page that is shown for what is not there";
        take(format!("/{folder}404.html"), missing, true);
        for format in FeedFormat::wanted(config) {
            take(
                format!("/{folder}{}", format.file()),
                "a feed of the site",
                true,
            );
        }
        for name in MEMBERS_PAGES {
            take(
                format!("/{folder}members/{name}/"),
                "the members' area",
                false,
            );
        }
    }
    take("/robots.txt".into(), "the rules for robots", true);
    take("/sitemap.xml".into(), "the sitemap", true);
    let n_runs = n_addresses.div_ceil(SITEMAP_LIMIT);
    for run in (1..=n_runs).filter(|_| n_runs > 1) {
        take(format!("/{}", sitemap_file(run)), "the sitemap", true);
    }
}
