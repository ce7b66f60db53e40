//! The main menu of each language, and what else belongs to a language.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, Severity};
use crate::site::model::address::href;
use crate::site::model::identity::Role;
use crate::site::model::links::LinkIndex;
use crate::site::model::placed::Placed;
use crate::site::model::{FooterLinks, LanguageSite, MenuLink, PageIndex, Section, SectionIndex};

/// One for each language of the settings.
pub fn assemble(
    placed: &[Placed],
    sections: &[Section],
    newest: &[PageIndex],
    (link_index, config): (&LinkIndex, &SiteConfig),
    severity: Severity,
    findings: &mut Vec<Diagnostic>,
) -> Vec<LanguageSite> {
    let mut by_language: Vec<Vec<PageIndex>> = vec![Vec::new(); config.languages.len()];
    for index in newest {
        let named = &placed[index.0 as usize].named;
        if matches!(named.role, Role::Page { .. }) {
            by_language[named.language].push(*index);
        }
    }
    for newest in &mut by_language {
        leave_out_undated(newest, placed);
    }
    let mut languages = Vec::with_capacity(by_language.len());
    for (language, newest) in by_language.into_iter().enumerate() {
        let is_home = |it: &Section| it.folder.is_empty() && it.language == language;
        let home = sections
            .iter()
            .position(is_home)
            .map(|it| SectionIndex(it as u32));
        let menu = match home {
            Some(home) if config.menu.is_empty() => sections[home.0 as usize]
                .sections
                .iter()
                .map(|it| &sections[it.0 as usize])
                .map(|it| MenuLink {
                    title: it.title.clone(),
                    url: it.url.clone(),
                })
                .collect(),
            _ => written(language, link_index, config, severity, findings),
        };
        let footer = footer(language, link_index, config, severity, findings);
        languages.push(LanguageSite {
            home,
            newest,
            menu,
            footer,
        });
    }
    languages
}

/// Pages without a date are no news beside pages with one; where none has a date, all stay.
fn leave_out_undated(newest: &mut Vec<PageIndex>, placed: &[Placed]) {
    let has_date = |it: &PageIndex| placed[it.0 as usize].named.document.front.date.is_some();
    if newest.iter().any(has_date) {
        newest.retain(has_date);
    }
}

/// The addresses that the settings name for the footer.
fn footer(
    language: usize,
    link_index: &LinkIndex,
    config: &SiteConfig,
    severity: Severity,
    findings: &mut Vec<Diagnostic>,
) -> FooterLinks {
    let mut link = |key: &str, url: &String| {
        if url.is_empty() {
            return None;
        }
        let found = link_index.menu_target(url, language);
        if found.is_none() && language == 0 {
            findings.push(Diagnostic::dead_footer_link(severity, key, url));
        }
        Some(found.unwrap_or_else(|| href(config.base_url.path(), url)))
    };
    FooterLinks {
        contact: link("contact", &config.footer.contact),
        terms: link("terms", &config.footer.terms),
        privacy: link("privacy", &config.footer.privacy),
        imprint: link("imprint", &config.footer.imprint),
    }
}

/// The menu that the settings name; an entry without a target in a language leads to the default language's.
fn written(
    language: usize,
    link_index: &LinkIndex,
    config: &SiteConfig,
    severity: Severity,
    findings: &mut Vec<Diagnostic>,
) -> Vec<MenuLink> {
    let mut menu = Vec::with_capacity(config.menu.len());
    for item in &config.menu {
        let code = &config.languages[language].code;
        let title = item
            .title
            .get(code)
            .or_else(|| item.title.get(&config.languages[0].code));
        let url = link_index.menu_target(&item.url, language);
        if url.is_none() && language == 0 {
            findings.push(Diagnostic::dead_menu_link(severity, &item.url));
        }
        menu.push(MenuLink {
            title: title.cloned().unwrap_or_default(),
            url: url.unwrap_or_else(|| href(config.base_url.path(), &item.url)),
        });
    }
    menu
}

#[cfg(test)]
mod tests {
    use crate::site::model::testing::{TestSite, codes, day};

    #[test]
    fn a_menu_speaks_every_language() {
        let settings = r#"
[[languages]]
code = "zh"
[[menu]]
title = { en = "Guides", zh = "指南" }
url = "@/guides/_index.md"
[[menu]]
title = "About"
url = "/about/"
[[menu]]
title = "Elsewhere"
url = "https://example.com/"
[[menu]]
title = "Tags"
url = "/tags/"
[[menu]]
title = "Gone"
url = "@/gone.md"
"#;
        let (site, findings) = TestSite::new(settings)
            .pages(&["guides/_index.md", "guides/_index.zh.md", "about.md"])
            .page("a.md", |it| {
                it.front.terms.insert("tags".into(), vec!["x".into()]);
            })
            .page("a.zh.md", |it| {
                it.front.terms.insert("tags".into(), vec!["x".into()]);
            })
            .build();
        assert_eq!(codes(&findings), [("dead-link", "site.toml")]);
        let menu = |language: usize| -> Vec<(String, String)> {
            site.languages[language]
                .menu
                .iter()
                .map(|it| (it.title.clone(), it.url.clone()))
                .collect()
        };
        let expected =
            |rows: [(&str, &str); 4]| rows.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        let rows = [
            ("Guides", "/guides/"),
            ("About", "/about/"),
            ("Elsewhere", "https://example.com/"),
            ("Tags", "/tags/"),
        ];
        assert_eq!(menu(0)[..4], expected(rows));
        let rows = [
            ("指南", "/zh/guides/"),
            ("About", "/about/"),
            ("Elsewhere", "https://example.com/"),
            ("Tags", "/zh/tags/"),
        ];
        assert_eq!(menu(1)[..4], expected(rows));
    }

    #[test]
    fn sections_are_the_menu_where_none_is_written() {
        let site = TestSite::new("")
            .page("b/_index.md", |it| it.front.weight = Some(1))
            .pages(&["a/x.md", "c.md"])
            .clean();
        let urls: Vec<_> = site.languages[0]
            .menu
            .iter()
            .map(|it| it.url.as_str())
            .collect();
        assert_eq!(urls, ["/b/", "/a/"]);
        let newest: Vec<_> = site.languages[0]
            .newest
            .iter()
            .map(|it| site[*it].id.as_str())
            .collect();
        assert_eq!(newest, ["a/x", "c"]);
    }

    #[test]
    fn undated_pages_are_no_news_beside_dated_ones() {
        let site = TestSite::new("")
            .page("a/x.md", |it| it.front.date = day("2026-01-02"))
            .pages(&["a/y.md", "c.md"])
            .clean();
        let newest: Vec<_> = site.languages[0]
            .newest
            .iter()
            .map(|it| site[*it].id.as_str())
            .collect();
        assert_eq!(newest, ["a/x"]);
    }
}
