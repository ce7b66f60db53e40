//! Pages like a page: those that share its rarest terms. Front matter alone decides, which is public; bodies, gated or
//! not, are never looked at.

use crate::site::model::placed::Placed;
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
    let like = Likeness {
        placed,
        groups,
        weights: &weights,
        rank: &rank,
    };
    (0..placed.len() as u32)
        .into_par_iter()
        .map_init(
            || Scores::new(placed.len()),
            |scores, page| like.of_page(PageIndex(page), scores),
        )
        .collect()
}

/// What likeness is judged by.
struct Likeness<'a> {
    placed: &'a [Placed],
    groups: &'a Groups,
    /// By term.
    weights: &'a [f64],
    /// By page, newest first.
    rank: &'a [u32],
}

/// Scores of all pages, of which few are other than 0 at a time; kept from page to page, for clearing those few is
/// cheaper than sorting them.
struct Scores {
    of: Vec<f64>,
    touched: Vec<PageIndex>,
}

impl Scores {
    fn new(n_pages: usize) -> Self {
        Scores {
            of: vec![0.0; n_pages],
            touched: Vec::new(),
        }
    }

    fn add(&mut self, page: PageIndex, weight: f64) {
        let score = &mut self.of[page.0 as usize];
        if *score == 0.0 {
            self.touched.push(page);
        }
        *score += weight;
    }
}

impl Likeness<'_> {
    fn of_page(&self, page: PageIndex, scores: &mut Scores) -> Vec<PageIndex> {
        for term in &self.groups.by_page[page.0 as usize] {
            let weight = self.weights[term.0 as usize];
            if weight > 0.0 {
                for near in neighbourhood(*term, page, self.groups, self.rank) {
                    scores.add(*near, weight);
                }
            }
        }
        let own_key = &self.placed[page.0 as usize].named.key;
        let mut best: Vec<(f64, PageIndex)> = Vec::with_capacity(RELATED_PAGES + 1);
        for other in scores.touched.drain(..) {
            let score = std::mem::take(&mut scores.of[other.0 as usize]);
            let is_behind = |it: &(f64, PageIndex)| {
                let rank = |page: PageIndex| self.rank[page.0 as usize];
                score
                    .total_cmp(&it.0)
                    .then(rank(it.1).cmp(&rank(other)))
                    .is_lt()
            };
            let place = best.partition_point(is_behind);
            if place < RELATED_PAGES && other != page && self.may_be_shown(other, own_key) {
                best.insert(place, (score, other));
                best.truncate(RELATED_PAGES);
            }
        }
        best.into_iter().map(|(_, page)| page).collect()
    }

    fn may_be_shown(&self, page: PageIndex, own_key: &str) -> bool {
        let other = &self.placed[page.0 as usize];
        let front = &other.named.document.front;
        other.state == PageState::Live && !front.noindex && other.named.key != own_key
    }
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
