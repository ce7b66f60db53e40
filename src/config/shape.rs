//! Does `site.toml` have only keys that exist, with values of the right type?
//!
//! Entry point: [`check`]: the whole file at once, against the table of keys. Whether a value makes sense beside
//! the others is asked by `read`.

use crate::config::keys::{FOREIGN_KEYS, KEYS, Key, Kind};
use crate::diag::{Diagnostic, SourceFile};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// All unknown keys and wrong types of a file, in no particular order.
pub fn check(file: &SourceFile, root: &DeTable) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    check_table(file, "", root, &mut findings);
    findings
}

fn check_table(file: &SourceFile, path: &str, table: &DeTable, findings: &mut Vec<Diagnostic>) {
    for (name, value) in table {
        match Key::find(path, name.get_ref()) {
            Some(key) => check_value(file, key, value, findings),
            None => findings.push(unknown(file, path, name)),
        }
    }
}

fn check_value(
    file: &SourceFile,
    key: &Key,
    value: &Spanned<DeValue>,
    findings: &mut Vec<Diagnostic>,
) {
    let wrong = |wanted: &str| {
        let found = type_name(value.get_ref());
        Diagnostic::wrong_setting_type(file, value.span(), (key.path, wanted, found), key.meaning)
    };
    match (key.kind, value.get_ref()) {
        (Kind::Table, DeValue::Table(table)) => check_table(file, key.path, table, findings),
        (Kind::Tables, DeValue::Array(items)) => {
            for item in items {
                match item.get_ref() {
                    DeValue::Table(table) => check_table(file, key.path, table, findings),
                    _ => findings.push(wrong(&format!("tables, written `[[{}]]`", key.path))),
                }
            }
        }
        (Kind::Texts, DeValue::Table(texts)) => {
            let odd = texts.iter().any(|(_, text)| !text.get_ref().is_str());
            findings.extend(odd.then(|| wrong("a text, or a table of texts by language")));
        }
        (Kind::List, DeValue::Array(items)) => {
            let odd = items.iter().any(|item| !item.get_ref().is_str());
            findings.extend(odd.then(|| wrong("a list of texts")));
        }
        (Kind::Number { min, max, .. }, DeValue::Integer(number)) => {
            let fits = integer(number).is_some_and(|number| (min..=max).contains(&number));
            findings.extend((!fits).then(|| {
                let message = format!("`{}` is from {min} to {max}", key.path);
                Diagnostic::bad_setting(file, value.span(), message, key.meaning)
            }));
        }
        (Kind::Word(words), DeValue::String(word)) => {
            findings.extend((!words.contains(&word.as_ref())).then(|| {
                let message = format!("`{}` cannot be `{word}`", key.path);
                let help = format!("one of: {}", words.join(", "));
                Diagnostic::bad_setting(file, value.span(), message, help)
            }));
        }
        (Kind::Texts | Kind::Text(_), DeValue::String(_))
        | (Kind::Flag(_), DeValue::Boolean(_))
        | (Kind::Free, DeValue::Table(_)) => {}
        (kind, _) => findings.push(wrong(kind_name(kind))),
    }
}

fn unknown(file: &SourceFile, path: &str, name: &Spanned<std::borrow::Cow<str>>) -> Diagnostic {
    let word = name.get_ref().as_ref();
    let known: Vec<&str> = KEYS
        .iter()
        .filter(|key| key.table() == path)
        .map(|key| key.name())
        .collect();
    let foreign = FOREIGN_KEYS.iter().find(|(key, _)| *key == word);
    let elsewhere = KEYS
        .iter()
        .find(|key| key.name() == word && key.table() != path);
    let is_near = crate::diag::nearest(word, known.iter().copied()).is_some();
    let advice = match (foreign, elsewhere) {
        (Some((_, advice)), _) => Some((*advice).to_owned()),
        (None, Some(key)) if !is_near && key.table().is_empty() => Some(format!(
            "`{word}` stands at the top of the file, before the first table"
        )),
        (None, Some(key)) if !is_near => Some(format!("`{word}` stands in `{}`", key.table())),
        _ => None,
    };
    Diagnostic::unknown_setting(file, name.span(), (path, word), &known, advice)
}

/// A whole number in any of TOML's spellings; `None` beyond 64 bits.
pub fn integer(number: &toml::de::DeInteger) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text(_) => "a text in quotes",
        Kind::Texts => "a text, or a table of texts by language",
        Kind::List => "a list of texts",
        Kind::Word(_) => "a word in quotes",
        Kind::Flag(_) => "`true` or `false`",
        Kind::Number { .. } => "a whole number",
        Kind::Table | Kind::Free => "a table",
        Kind::Tables => "tables in double brackets",
    }
}

fn type_name(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
