//! `data/authors.toml`: who writes the pages, for the box below an article.
//!
//! Entry point: [`read`]. Each table is an author, named as in the front matter of pages.

use crate::config::Language;
use crate::config::value::Reader;
use crate::diag::{Diagnostic, SourceFile};
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where it lies below the root of a site.
pub const FILE: &str = "data/authors.toml";

/// What is known of an author beside the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// As in the front matter of pages.
    pub name: String,
    /// Path of the site or absolute address of a picture; may be empty.
    pub picture: String,
    /// A few words in Markdown, by language code; may be empty.
    pub text: BTreeMap<String, String>,
    /// Pages about the author: shown text and address.
    pub links: Vec<(String, String)>,
}

/// Keys of an author.
const KEYS: [&str; 3] = ["picture", "text", "links"];

/// All authors of the file, by name, or its faults.
pub fn read(file: &SourceFile, languages: &[Language]) -> Result<Vec<Author>, Vec<Diagnostic>> {
    let (root, faults) = DeTable::parse_recoverable(&file.text);
    let mut reader = Reader {
        file,
        findings: Vec::new(),
    };
    for fault in &faults {
        let at = fault.span().unwrap_or(0..0);
        let finding = Diagnostic::settings_syntax(file, at, fault.message());
        reader.findings.push(finding);
    }
    let authors = root.get_ref().iter().filter_map(|(name, value)| {
        let Some(table) = value.get_ref().as_table() else {
            let help = "write a table: `[\"Name\"]` with `picture`, `text` and `links` below";
            reader.bad(
                name.span(),
                format!("`{}` is no author", name.get_ref()),
                help,
            );
            return None;
        };
        Some(reader.author(name.get_ref(), table, languages))
    });
    let authors = authors.collect();
    match reader.findings.is_empty() {
        true => Ok(authors),
        false => Err(reader.findings),
    }
}

impl Reader<'_> {
    fn author(&mut self, name: &str, table: &DeTable, languages: &[Language]) -> Author {
        let mut author = Author {
            name: name.to_owned(),
            ..Author::default()
        };
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("picture", DeValue::String(picture)) => author.picture = picture.to_string(),
                ("text", DeValue::String(text)) => {
                    author
                        .text
                        .insert(languages[0].code.clone(), text.to_string());
                }
                ("text", DeValue::Table(texts)) => {
                    author.text = self.texts_by_language(texts, languages);
                }
                ("links", DeValue::Array(links)) => {
                    author.links = links.iter().filter_map(|it| self.author_link(it)).collect();
                }
                _ => self.odd_key(key),
            }
        }
        author
    }

    fn author_link(&mut self, link: &Spanned<DeValue>) -> Option<(String, String)> {
        let text = |key: &str| link.get_ref().as_table()?.get(key)?.get_ref().as_str();
        match (text("title"), text("url")) {
            (Some(title), Some(url)) => Some((title.to_owned(), url.to_owned())),
            _ => {
                let example = "such as `{ title = \"Code\", url = \"https://example.org/\" }`";
                self.bad(link.span(), "a link has a `title` and a `url`", example);
                None
            }
        }
    }

    fn odd_key(&mut self, key: &Spanned<Cow<str>>) {
        let help = "an author has `picture`, a text; `text`, a text or one by language; and `links`, a list of `{ title, url }`";
        let message = match KEYS.contains(&key.get_ref().as_ref()) {
            true => format!("`{}` has another type", key.get_ref()),
            false => format!("an author has no `{}`", key.get_ref()),
        };
        self.bad(key.span(), message, help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::language;

    fn languages() -> Vec<Language> {
        let language = |code: &str| Language {
            code: code.into(),
            name: language::own_name(code),
            title: String::new(),
            description: String::new(),
        };
        vec![language("en"), language("zh-CN")]
    }

    fn read_text(text: &str) -> Result<Vec<Author>, Vec<String>> {
        let authors = read(&SourceFile::new(FILE, text), &languages());
        authors.map_err(|it| it.into_iter().map(|it| it.message).collect())
    }

    #[test]
    fn authors_are_read() {
        let text = "[\"Mei Lin\"]\npicture = \"/mei.jpg\"\ntext = { en = \"Writes.\", zh-CN = \"写作。\" }\nlinks = [{ title = \"Code\", url = \"https://example.org/\" }]\n[Bob]\ntext = \"Edits.\"\n";
        let authors = read_text(text).unwrap();
        let names: Vec<&str> = authors.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Bob", "Mei Lin"]);
        assert_eq!(authors[0].text["en"], "Edits.");
        assert_eq!(authors[1].text["zh-CN"], "写作。");
        assert_eq!(authors[1].links[0].1, "https://example.org/");
    }

    #[test]
    fn what_is_no_author_is_told() {
        for (text, n_findings) in [
            ("mei = 1\n", 1),
            ("[mei]\nbio = \"x\"\n", 1),
            ("[mei]\npicture = 1\nlinks = \"x\"\n", 2),
            ("[mei]\nlinks = [{ title = \"x\" }]\n", 1),
            ("[mei]\ntext = { fr = \"x\" }\n", 2),
            ("[mei\n", 1),
        ] {
            let found = read_text(text).unwrap_err();
            assert_eq!(found.len(), n_findings, "{text}: {found:?}");
        }
    }
}
