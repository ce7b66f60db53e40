//! Pages like a page: those that share its rarest terms. Front matter alone decides, which is public; bodies, gated or
//! not, are never looked at.

use crate::site::model::places::Placed;
use crate::site::model::taxonomies::Groups;
use crate::site::model::{PageIndex, PageState, RELATED_PAGES, TermIndex};
use rayon::prelude::*;

/// Of a term with more pages only the neighbours in its list are looked at, this many to each side, so that a term
/// that every page has costs no more than others.
const REACH: usize = 32;

/// Terms of these say who wrote or where a page stands, not what it is about.
const IGNORED: [&str; 2] = ["authors", "series"];

/// For each page its related ones, best first. A shared term counts the more the fewer pages have it (the logarithm of
/// the pages of the site over those of the term); equals are in order of date, newest first, then of id.
pub fn assemble(placed: &[Placed], groups: &Groups, newest: &[PageIndex]) -> Vec<Vec<PageIndex>> {
    let mut rank = vec![0_u32; placed.len()];
    for (place, page) in newest.iter().enumerate() {
        rank[page.0 as usize] = place as u32;
    }
    let n_pages = placed.len() as f64;
    let weights: Vec<f64> = groups
        .terms
        .iter()
        .map(|term| {
            let taxonomy = &groups.taxonomies[term.taxonomy.0 as usize];
            let is_ignored = IGNORED.contains(&taxonomy.name.as_str());
            if is_ignored {
                0.0
            } else {
                (1.0 + n_pages / term.pages.len() as f64).ln()
            }
        })
        .collect();
    (0..placed.len() as u32)
        .into_par_iter()
        .map(|page| of_page(PageIndex(page), placed, groups, &weights, &rank))
        .collect()
}

fn of_page(
    page: PageIndex,
    placed: &[Placed],
    groups: &Groups,
    weights: &[f64],
    rank: &[u32],
) -> Vec<PageIndex> {
    let mut shared: Vec<(PageIndex, f64)> = Vec::new();
    for term in &groups.by_page[page.0 as usize] {
        let weight = weights[term.0 as usize];
        if weight > 0.0 {
            let near = neighbourhood(*term, page, groups, rank).iter();
            shared.extend(near.filter(|it| **it != page).map(|it| (*it, weight)));
        }
    }
    // Stable, so that weights of one page are always added in the same order.
    shared.sort_by_key(|(page, _)| *page);
    let mut scores: Vec<(PageIndex, f64)> = Vec::new();
    for (page, weight) in shared {
        match scores.last_mut() {
            Some((last, score)) if *last == page => *score += weight,
            _ => scores.push((page, weight)),
        }
    }
    let own_key = &placed[page.0 as usize].named.key;
    let may_be_shown = |it: &PageIndex| {
        let other = &placed[it.0 as usize];
        let front = &other.named.document.front;
        other.state == PageState::Live && !front.noindex && other.named.key != *own_key
    };
    let rank_of = |it: PageIndex| rank[it.0 as usize];
    scores.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(rank_of(a.0).cmp(&rank_of(b.0))));
    let best = scores.into_iter().map(|(page, _)| page);
    best.filter(may_be_shown).take(RELATED_PAGES).collect()
}

/// The pages of a term that are nearest to a page in time.
fn neighbourhood<'g>(
    term: TermIndex,
    page: PageIndex,
    groups: &'g Groups,
    rank: &[u32],
) -> &'g [PageIndex] {
    let pages = &groups.terms[term.0 as usize].pages;
    if pages.len() <= 2 * REACH {
        return pages;
    }
    let own = rank[page.0 as usize];
    let place = pages.partition_point(|it| rank[it.0 as usize] < own);
    let start = place.saturating_sub(REACH).min(pages.len() - 2 * REACH);
    &pages[start..start + 2 * REACH]
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, day, page};

    fn tagged(mut site: TestSite, rows: &[(&str, &str, &[&str])]) -> TestSite {
        for (path, date, tags) in rows {
            site = site.page(path, |it| {
                it.front.date = day(date);
                let tags = tags.iter().map(|it| (*it).to_owned()).collect();
                it.front.terms.insert("tags".into(), tags);
            });
        }
        site
    }

    #[test]
    fn rare_terms_count_more_and_newer_pages_come_first() {
        let site = tagged(
            TestSite::new("[[languages]]\ncode = \"zh\""),
            &[
                ("a.md", "2020-01-01", &["common", "rare", "pair"]),
                ("rare.md", "2019-01-01", &["common", "rare"]),
                ("new.md", "2022-01-01", &["common"]),
                ("old.md", "2018-01-01", &["common"]),
                ("alone.md", "2022-01-01", &[]),
                ("b.zh.md", "2022-01-01", &["common", "rare"]),
            ],
        )
        .page("draft.md", |it| {
            it.front.draft = true;
            it.front.terms.insert("tags".into(), vec!["pair".into()]);
        })
        .clean();
        let related = |path: &str| {
            let ids: Vec<_> = page(&site, path)
                .related
                .iter()
                .map(|it| site[*it].id.as_str())
                .collect();
            ids.join(" ")
        };
        assert_eq!(related("a.md"), "rare new old");
        assert_eq!(related("old.md"), "new a rare");
        assert_eq!(related("alone.md"), "");
        assert_eq!(related("b.zh.md"), "");
    }

    #[test]
    fn a_term_of_every_page_stays_cheap_and_near() {
        let mut site = TestSite::new("");
        for number in 0..500 {
            let date = format!("{:04}-01-01", 1500 + number);
            site = tagged(site, &[(&format!("p{number:03}.md"), &date, &["all"])]);
        }
        let site = site.clean();
        let page = page(&site, "p250.md");
        assert_eq!(page.related.len(), 5);
        assert!(page.related.iter().all(|it| it.0.abs_diff(250) <= 32));
    }
}
