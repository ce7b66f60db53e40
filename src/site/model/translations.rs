//! Pages that are one text in several languages.

use crate::site::model::PageIndex;
use crate::site::model::places::Placed;
use std::collections::BTreeMap;

/// Groups of at least two pages in the order of the languages, and the group of each page.
pub fn group(placed: &[Placed]) -> (Vec<Vec<PageIndex>>, Vec<Option<u32>>) {
    let mut by_key: BTreeMap<&str, Vec<PageIndex>> = BTreeMap::new();
    for (index, page) in placed.iter().enumerate() {
        by_key
            .entry(&page.named.key)
            .or_default()
            .push(PageIndex(index as u32));
    }
    let mut of_page = vec![None; placed.len()];
    let mut groups = Vec::new();
    for mut group in by_key.into_values().filter(|it| it.len() > 1) {
        group.sort_by_key(|it| (placed[it.0 as usize].named.language, *it));
        group.dedup_by_key(|it| placed[it.0 as usize].named.language);
        if group.len() < 2 {
            continue;
        }
        for page in &group {
            of_page[page.0 as usize] = Some(groups.len() as u32);
        }
        groups.push(group);
    }
    (groups, of_page)
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, page};

    #[test]
    fn translations_find_each_other() {
        let site = TestSite::new("[[languages]]\ncode = \"zh\"\n[[languages]]\ncode = \"de\"")
            .pages(&[
                "a.md",
                "a.zh.md",
                "a.de.md",
                "b.md",
                "c/index.md",
                "c/index.zh.md",
            ])
            .page("d.md", |it| it.front.id = Some("same".into()))
            .page("other.zh.md", |it| it.front.id = Some("same".into()))
            .clean();
        let shown: Vec<Vec<_>> = site
            .translations
            .iter()
            .map(|group| group.iter().map(|it| site[*it].id.as_str()).collect())
            .collect();
        assert_eq!(
            shown,
            [
                vec!["a", "a.zh", "a.de"],
                vec!["c", "c.zh"],
                vec!["same", "same.zh"]
            ]
        );
        assert_eq!(page(&site, "a.de.md").translations, Some(0));
        assert_eq!(page(&site, "b.md").translations, None);
    }
}
