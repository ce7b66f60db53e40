//! Where a site has gated parts: which files beside pages they may use, and who reads the strictest of them.

use crate::clock::Timestamp;
use crate::config::{Language, SiteConfig};
use crate::diag::Diagnostic;
use crate::ids::Access;
use crate::site::model::PageState;
use crate::site::model::identity::{Named, Role, nearly_index};
use crate::site::model::placed::Placed;
use rapidhash::{RapidHashMap as HashMap, RapidHashSet as HashSet};
use std::collections::BTreeSet;

/// Accesses of gated parts by the folders that their pages lie in or below.
#[derive(Debug, Default)]
pub struct Gates<'s> {
    folders: HashMap<&'s str, BTreeSet<&'s Access>>,
    /// Whether an error leaves open if a page has any, on a site with tiers.
    is_in_doubt: bool,
}

impl<'s> Gates<'s> {
    /// Of all documents, also of those that are not built: a fault in one of them publishes nothing. `has_unread` if
    /// there are files that could not be read. A site that sells nothing is in no doubt.
    pub fn of(
        documents: impl Iterator<Item = &'s Named>,
        has_unread: bool,
        config: &SiteConfig,
    ) -> Self {
        let sells = !config.tiers.is_empty();
        let mut gates = Gates {
            folders: HashMap::default(),
            is_in_doubt: sells && has_unread,
        };
        for named in documents {
            gates.is_in_doubt |= sells && named.document.doubt.is_some();
            let document = &named.document;
            let own = Some(&document.front.access).filter(|it| it.is_gated());
            let accesses: BTreeSet<&Access> = document
                .gates
                .iter()
                .map(|it| &it.access)
                .chain(own)
                .collect();
            if accesses.is_empty() {
                continue;
            }
            for folder in above(&named.path) {
                gates.folders.entry(folder).or_default().extend(&accesses);
            }
        }
        gates
    }

    /// Whether it is certain that the site has none.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty() && !self.is_in_doubt
    }

    /// The strictest access of the gated parts nearest to a file: of the pages in the nearest folder above it that has
    /// any in or below it. `None` if the site has no gated parts.
    pub fn strictest_near(&self, source: &str, config: &SiteConfig) -> Option<Access> {
        let near = above(source).find_map(|folder| self.folders.get(folder))?;
        let strictest = near.iter().max_by_key(|it| strictness(it, config));
        strictest.map(|it| (**it).clone())
    }
}

/// A warning for each section whose page has an `access`, where pages below say nothing of who may read them: it is for the
/// page's own text alone, and an author may expect more. Pages in a language that has no page of the section count too.
pub fn report_open_below(
    placed: &[Placed],
    languages: &[Language],
    findings: &mut Vec<Diagnostic>,
) {
    let sections = placed.iter().filter_map(|it| match &it.named.role {
        Role::Section(folder) => Some((folder.as_str(), it.named.language)),
        Role::Page { .. } => None,
    });
    let sections: HashSet<(&str, usize)> = sections.collect();
    for page in placed {
        let document = &page.named.document;
        let (folder, language) = match &page.named.role {
            Role::Section(folder) => (folder, page.named.language),
            Role::Page { section, bundle } => match nearly_index(&page.named.name, languages) {
                Some(language) if bundle.is_none() => (section, language),
                _ => continue,
            },
        };
        if !document.front.access.is_gated() {
            continue;
        }
        let is_below = |it: &&Placed| match &it.named.role {
            Role::Page { section, .. } => is_in(section, folder),
            Role::Section(own) => own != folder && is_in(own, folder),
        };
        let is_silent = |it: &&Placed| {
            let document = &it.named.document;
            !document.front.names_access && document.gates.is_empty()
        };
        let is_apart = !page.named.root.is_empty();
        let is_its = |it: &&Placed| {
            let own = it.named.language;
            own == language || (!is_apart && !sections.contains(&(folder.as_str(), own)))
        };
        let below = placed.iter().filter(is_its);
        let n_open = below.filter(is_below).filter(is_silent).count();
        if n_open > 0 {
            let access = document.front.access.to_string();
            findings.push(Diagnostic::section_access(&document.path, &access, n_open));
        }
    }
}

/// A warning where a wall asks for a tier that is sold, and nothing tells its readers how to pay: they could not act.
pub fn report_no_way_to_pay(
    placed: &[Placed],
    config: &SiteConfig,
    findings: &mut Vec<Diagnostic>,
) {
    let is_told = config.how_to_pay.values().any(|it| !it.trim().is_empty());
    if is_told || !config.footer.contact.is_empty() {
        return;
    }
    let is_sold = |access: &Access| match access {
        Access::Public | Access::Members => false,
        Access::Paid => config.tiers.iter().any(|it| !it.prices.is_empty()),
        Access::Tier(id) => {
            let tier = config.tiers.iter().find(|it| it.id == *id);
            tier.is_some_and(|it| !it.prices.is_empty())
        }
    };
    let walls = placed.iter().filter_map(|page| {
        let document = &page.named.document;
        let gate = document.gates.iter().find(|it| is_sold(&it.access))?;
        Some((&document.path, &gate.access))
    });
    if let Some((path, access)) = walls.min_by_key(|(path, _)| *path) {
        findings.push(Diagnostic::no_way_to_pay(path, &access.to_string()));
    }
}

/// A warning for each page that is published now, and names a first day still to come in a key that is not read.
pub fn report_first_days(placed: &[Placed], now: Timestamp, findings: &mut Vec<Diagnostic>) {
    for page in placed.iter().filter(|it| it.state == PageState::Live) {
        let document = &page.named.document;
        let front = &document.front;
        let later = front.first_days.iter().filter(|(_, day)| *day > now);
        findings.extend(later.map(|(key, _)| Diagnostic::first_day_to_come(&document.path, key)));
    }
}

/// Whether a folder is another one or lies below it.
fn is_in(folder: &str, other: &str) -> bool {
    let rest = folder.strip_prefix(other);
    other.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// Every folder above a file, up to the root.
pub fn above(source: &str) -> impl Iterator<Item = &str> {
    let folder = |it: &str| -> usize { it.rfind('/').unwrap_or(0) };
    let first = &source[..folder(source)];
    std::iter::successors(Some(first), move |it| {
        (!it.is_empty()).then(|| &it[..folder(it)])
    })
}

/// How few may read: tiers by rank, above `paid`, above `members`.
pub fn strictness(access: &Access, config: &SiteConfig) -> (u8, i64) {
    match access {
        Access::Public => (0, 0),
        Access::Members => (1, 0),
        Access::Paid => (2, 0),
        Access::Tier(id) => {
            let tier = config.tiers.iter().find(|it| it.id == *id);
            (3, tier.map_or(i64::MAX, |it| it.rank))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::Access;
    use crate::site::model::testing::{TestSite, codes, day};
    use crate::site::parse::Document;

    fn paid(document: &mut Document) {
        document.front.access = Access::Paid;
        document.front.names_access = true;
    }

    #[test]
    fn a_first_day_to_come_is_told() {
        for (first_day, publish_at, is_told) in [
            ("2026-06-02", "", true),
            ("2026-05-31", "", false),
            ("2026-06-02", "2026-06-02", false),
        ] {
            let (_, findings) = TestSite::new("")
                .page("a.md", |it| {
                    it.front.publish_at = day(publish_at);
                    it.front.first_days = vec![("release_date".into(), day(first_day).unwrap())];
                })
                .build();
            let told = codes(&findings) == [("head-key-unread", "a.md")];
            assert_eq!(told, is_told, "{first_day} {publish_at}");
        }
    }

    #[test]
    fn a_section_that_gates_its_own_page_alone_says_so() {
        let public = |it: &mut Document| it.front.names_access = true;
        let wanted = [("section-access", "s/_index.md")];
        let site = || TestSite::new("").page("s/_index.md", paid);
        for (site, is_told) in [
            (site().pages(&["s/p.md"]), true),
            (site().pages(&["s/t/p.md"]), true),
            (site().pages(&["s/t/_index.md"]), true),
            (site().page("s/p.md", paid), false),
            (site().page("s/p.md", public), false),
            (site().pages(&["p.md", "s2/p.md"]), false),
            (site(), false),
            (TestSite::new("").pages(&["s/_index.md", "s/p.md"]), false),
        ] {
            let (_, findings) = site.build();
            assert_eq!(codes(&findings), &wanted[..usize::from(is_told)]);
        }
        // Pages in another language that has no page of the section.
        let zh = "[[languages]]\ncode = \"zh\"";
        for (own, pages, is_told) in [
            ("s/_index.md", &["s/p.zh.md"][..], true),
            ("s/_index.md", &["s/t/p.zh.md"], true),
            ("s/_index.md", &["zh/s/p.md"], true),
            ("s/_index.zh.md", &["s/p.md"], true),
            ("s/_index.zh.md", &["s/p.zh.md"], true),
            ("s/index_zh.md", &["s/p.zh.md"], true),
            ("s/README.md", &["s/p.zh.md"], true),
            ("zh/s/_index.md", &["s/p.md"], false),
            ("s/_index.md", &["t/p.zh.md"], false),
        ] {
            let site = TestSite::new(zh).page(own, paid).pages(pages);
            let (_, findings) = site.build();
            let told = codes(&findings).contains(&("section-access", own));
            assert_eq!(told, is_told, "{own} {pages:?}");
        }
        let both = TestSite::new(zh).page("s/_index.md", paid);
        let both = both.page("s/_index.zh.md", public).pages(&["s/p.zh.md"]);
        assert_eq!(codes(&both.build().1), []);
    }
}
