//! Languages of the site, and its menu, which speaks them.

use crate::config::value::{Reader, given_text, tables, text, value};
use crate::config::{Language, MenuItem, language};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

impl Reader<'_> {
    /// The default language first, whether or not it is listed.
    pub fn languages(&mut self, root: &DeTable, title: &str, description: &str) -> Vec<Language> {
        let default = language::canonical(&text(Some(root), "language"));
        if default.is_none() {
            let (given, at) = given_text(Some(root), "language").unwrap_or_default();
            self.bad(
                at,
                format!("`{given}` is no language tag"),
                "such as `en`, `zh-Hans` or `pt-BR`",
            );
        }
        let code = default.unwrap_or_else(|| "en".into());
        let mut languages = vec![Language {
            name: language::own_name(&code),
            title: title.to_owned(),
            description: description.to_owned(),
            code,
        }];
        let mut seen: Vec<(String, Range<usize>)> = Vec::new();
        for (item, span) in tables(root, "languages") {
            let (given, at) = self.required(item, "languages.code", span, "code = \"zh-Hans\"");
            let Some(code) = language::canonical(&given) else {
                if !given.trim().is_empty() {
                    self.bad(
                        at,
                        format!("`{given}` is no language tag"),
                        "such as `en`, `zh-Hans` or `pt-BR`",
                    );
                }
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(it, _)| *it == code) {
                let first = first.clone();
                self.repeated(at, ("the language", &code), &first);
                continue;
            }
            seen.push((code.clone(), at));
            let given = |path| given_text(Some(item), path).map(|(text, _)| text);
            let language = Language {
                name: given("languages.name").unwrap_or_else(|| language::own_name(&code)),
                title: given("languages.title").unwrap_or_else(|| title.to_owned()),
                description: given("languages.description")
                    .unwrap_or_else(|| description.to_owned()),
                code,
            };
            match languages.iter_mut().find(|it| it.code == language.code) {
                Some(default) => *default = language,
                None => languages.push(language),
            }
        }
        languages
    }

    /// The main menu; titles by language.
    pub fn menu(&mut self, root: &DeTable, languages: &[Language]) -> Vec<MenuItem> {
        let mut menu = Vec::new();
        for (item, span) in tables(root, "menu") {
            let (url, _) = self.required(
                item,
                "menu.url",
                span.clone(),
                "url = \"@/guides/_index.md\"",
            );
            if value(Some(item), "menu.title").is_none() {
                self.required(item, "menu.title", span, "title = \"Guides\"");
            }
            let title = self.texts(Some(item), "menu.title", languages);
            menu.push(MenuItem { title, url });
        }
        menu
    }

    /// A text by language code; one that names no language is the default language's. Empty if it is not given.
    pub fn texts(
        &mut self,
        group: Option<&DeTable>,
        path: &'static str,
        languages: &[Language],
    ) -> BTreeMap<String, String> {
        match value(group, path).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => {
                BTreeMap::from([(languages[0].code.clone(), text.to_string())])
            }
            Some(DeValue::Table(texts)) => self.texts_by_language(texts, languages),
            _ => BTreeMap::new(),
        }
    }

    /// A table of texts by language; the default language must be among them.
    pub fn texts_by_language(
        &mut self,
        texts: &DeTable,
        languages: &[Language],
    ) -> BTreeMap<String, String> {
        let mut titles = BTreeMap::new();
        for (name, text) in texts {
            let code = language::canonical(name.get_ref());
            match code.filter(|code| languages.iter().any(|it| it.code == *code)) {
                Some(code) => {
                    titles.insert(code, text.get_ref().as_str().unwrap_or_default().to_owned());
                }
                None => {
                    let known: Vec<&str> = languages.iter().map(|it| it.code.as_str()).collect();
                    let message = format!("the site has no language `{}`", name.get_ref());
                    self.bad(
                        name.span(),
                        message,
                        format!("one of: {}", known.join(", ")),
                    );
                }
            }
        }
        if let Some((first, _)) = texts.iter().next()
            && !titles.contains_key(&languages[0].code)
        {
            let message = format!("no text in the default language, `{}`", languages[0].code);
            self.bad(
                first.span(),
                message,
                "languages without a text of their own show that one",
            );
        }
        titles
    }
}
