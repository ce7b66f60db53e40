//! Pages that are one text in several languages.

use crate::site::model::PageIndex;
use crate::site::model::placed::Placed;
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
    use crate::site::model::testing::{TestSite, codes, link, page, paid};

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

    #[test]
    fn folders_of_languages_hold_translations() {
        let site = TestSite::new("[[languages]]\ncode = \"zh-CN\"")
            .page("a/b.md", paid)
            .page("zh/a/b.md", paid)
            .pages(&["c.md", "zh-cn/c.md", "a/_index.md", "zh/a/_index.md"])
            .assets(&["a/x.csv", "zh/a/y.csv"])
            .page("zh/d.md", |it| {
                for address in ["a/b.md", "c", "a", "../c.md", "/zh-CN/a/b/", "@/zh/a/b.md"] {
                    link(it, address);
                }
            });
        let (site, findings) = site.build();
        assert_eq!(
            codes(&findings),
            [("kept-file", "a/x.csv"), ("kept-file", "zh/a/y.csv")]
        );
        let shown: Vec<&str> = site.pages.iter().map(|it| it.path.as_str()).collect();
        let wanted = [
            "/a/",
            "/zh-CN/a/",
            "/a/b/",
            "/zh-CN/a/b/",
            "/c/",
            "/zh-CN/c/",
            "/zh-CN/d/",
        ];
        assert_eq!(shown, wanted);
        assert_eq!(site.translations.len(), 3);
        let files: Vec<&str> = site.assets.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(files, ["/a/x.csv", "/zh-CN/a/y.csv"]);
        let links: Vec<&str> = page(&site, "zh/d.md")
            .links
            .iter()
            .map(|it| it.href.as_str())
            .collect();
        let wanted = [
            "/zh-CN/a/b/",
            "/zh-CN/c/",
            "/zh-CN/a/",
            "/c/",
            "/zh-CN/a/b/",
            "/zh-CN/a/b/",
        ];
        assert_eq!(links, wanted);
    }

    #[test]
    fn a_hidden_home_of_a_language_hides_that_language() {
        for (path, unread, n_pages) in [
            ("zh/_index.md", false, 2),
            ("zh/a/_index.md", false, 2),
            ("a/_index.md", false, 1),
            ("zh/a/_index.html", true, 2),
            ("a/_index.html", true, 1),
        ] {
            let site = TestSite::new("[[languages]]\ncode = \"zh\"").pages(&[
                "a/b.md",
                "c.md",
                "zh/a/b.md",
            ]);
            let site = match unread {
                true => site.unread(path),
                false => site.page(path, |it| it.front.draft = true),
            };
            assert_eq!(site.build().0.pages.len(), n_pages, "{path}");
        }
    }
}
