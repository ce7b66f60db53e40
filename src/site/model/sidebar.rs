//! The tree of a handbook: a section whose head says `extra: {sidebar: true}`, with all pages and sections below it.

use crate::site::model::{PageIndex, SectionIndex, Site};

/// Levels of the tree. What lies deeper stands at the last.
const LEVELS: usize = 3;

/// A page or section of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf<'s> {
    /// Shown title.
    pub title: &'s str,
    /// Its address.
    pub url: &'s str,
    /// What lies below it, in the section's order: pages, then sections.
    pub children: Vec<Leaf<'s>>,
}

/// The section whose tree stands beside what lies in `from`: the nearest one at or above it that says `sidebar`, unless it
/// says `false`.
pub fn root(site: &Site, from: Option<SectionIndex>) -> Option<SectionIndex> {
    let mut above = std::iter::successors(from, |it| site[*it].parent);
    let says = |index: &SectionIndex| {
        let page = site[*index].page?;
        site[page].document.front.extra.get("sidebar")?.as_bool()
    };
    let (section, is_wanted) = above.find_map(|it| Some((it, says(&it)?)))?;
    is_wanted.then_some(section)
}

/// What lies below the root of a tree.
pub fn tree(site: &Site, root: SectionIndex) -> Vec<Leaf<'_>> {
    below(site, root, LEVELS)
}

fn below(site: &Site, section: SectionIndex, n_levels: usize) -> Vec<Leaf<'_>> {
    let section = &site[section];
    let page = |index: &PageIndex| Leaf {
        title: &site[*index].document.front.title,
        url: &site[*index].url,
        children: Vec::new(),
    };
    let mut leaves: Vec<Leaf> = section.pages.iter().map(page).collect();
    for index in &section.sections {
        let child = &site[*index];
        let mut leaf = Leaf {
            title: &child.title,
            url: &child.url,
            children: Vec::new(),
        };
        if n_levels > 1 {
            leaf.children = below(site, *index, n_levels - 1);
            leaves.push(leaf);
        } else {
            leaves.push(leaf);
            leaves.extend(below(site, *index, n_levels));
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::TestSite;

    fn shape(leaves: &[Leaf]) -> String {
        let texts = leaves.iter().map(|it| match it.children.is_empty() {
            true => it.url.to_owned(),
            false => format!("{} [{}]", it.url, shape(&it.children)),
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_handbook_is_a_tree() {
        let (site, _) = TestSite::new("")
            .page("h/_index.md", |it| {
                it.front.extra.insert("sidebar".into(), true.into());
            })
            .pages(&[
                "h/a.md",
                "h/b/_index.md",
                "h/b/c.md",
                "h/b/d/e/f.md",
                "x/y.md",
            ])
            .page("h/z/_index.md", |it| {
                it.front.extra.insert("sidebar".into(), false.into());
            })
            .pages(&["h/z/q.md"])
            .build();
        let section = |folder: &str| {
            let place = site.sections.iter().position(|it| it.folder == folder);
            place.map(|it| SectionIndex(it as u32))
        };
        let found = root(&site, section("h/b")).unwrap();
        assert_eq!(site[found].folder, "h");
        assert_eq!(
            shape(&tree(&site, found)),
            "/h/a/ /h/b/ [/h/b/c/ /h/b/d/ [/h/b/d/e/ /h/b/d/e/f/]] /h/z/ [/h/z/q/]"
        );
        for folder in ["x", "h/z", ""] {
            assert_eq!(root(&site, section(folder)), None, "{folder}");
        }
        assert_eq!(root(&site, None), None);
    }
}
