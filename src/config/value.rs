//! Values out of a TOML table by their listed key, and the findings that reading them makes.
//!
//! Entry points: [`Reader`] and the functions named like types. A value of a wrong type has been reported by
//! `shape`, so here it counts as absent.

use crate::config::keys::{KEYS, Kind};
use crate::config::shape;
use crate::diag::{Diagnostic, SourceFile};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file at hand and what was found in it so far.
pub struct Reader<'f> {
    /// `site.toml`.
    pub file: &'f SourceFile,
    /// In no particular order.
    pub findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// A value that cannot be used.
    pub fn bad(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.findings
            .push(Diagnostic::bad_setting(self.file, at, message, help));
    }

    /// A text that must be given and not be empty; empty where it is not, after saying so.
    pub fn required(
        &mut self,
        group: &DeTable,
        path: &'static str,
        at: Range<usize>,
        example: &str,
    ) -> (String, Range<usize>) {
        let name = path.rsplit('.').next().unwrap_or(path);
        match given_text(Some(group), path) {
            Some((text, span)) if text.trim().is_empty() => {
                self.bad(
                    span.clone(),
                    format!("`{name}` is empty"),
                    format!("such as `{example}`"),
                );
                (text, span)
            }
            Some(given) => given,
            None => {
                if value(Some(group), path).is_none() {
                    self.findings.push(Diagnostic::missing_setting(
                        self.file,
                        at.clone(),
                        name,
                        example,
                    ));
                }
                (String::new(), at)
            }
        }
    }

    /// A value that stands twice where it must not.
    pub fn repeated(&mut self, at: Range<usize>, what: (&str, &str), first: &Range<usize>) {
        let first_line = self.file.line_column(first.start).0;
        self.findings.push(Diagnostic::repeated_setting(
            self.file, at, what, first_line,
        ));
    }
}

/// The value of a key in its table. `path` is the key's whole path, so that a key which is not listed shows at once.
pub fn value<'t, 'i>(
    table: Option<&'t DeTable<'i>>,
    path: &'static str,
) -> Option<&'t Spanned<DeValue<'i>>> {
    debug_assert!(
        KEYS.iter().any(|key| key.path == path),
        "{path} is not listed"
    );
    let name = path.rsplit('.').next()?;
    table?
        .iter()
        .find(|(key, _)| key.get_ref() == name)
        .map(|(_, value)| value)
}

/// A table in a table.
pub fn table<'t, 'i>(root: Option<&'t DeTable<'i>>, path: &'static str) -> Option<&'t DeTable<'i>> {
    value(root, path)?.get_ref().as_table()
}

/// The tables of `[[path]]`, each with its place.
pub fn tables<'t, 'i>(
    root: &'t DeTable<'i>,
    path: &'static str,
) -> Vec<(&'t DeTable<'i>, Range<usize>)> {
    let items = value(Some(root), path).and_then(|it| it.get_ref().as_array());
    items
        .into_iter()
        .flatten()
        .filter_map(|item| Some((item.get_ref().as_table()?, item.span())))
        .collect()
}

/// A text and its place, where it is given.
pub fn given_text(group: Option<&DeTable>, path: &'static str) -> Option<(String, Range<usize>)> {
    let given = value(group, path)?;
    Some((given.get_ref().as_str()?.to_owned(), given.span()))
}

/// The texts of a list, each with its place; what is no text was reported with its type.
pub fn texts(group: Option<&DeTable>, path: &'static str) -> Vec<(String, Range<usize>)> {
    let items = value(group, path).and_then(|it| it.get_ref().as_array());
    items
        .into_iter()
        .flatten()
        .filter_map(|item| Some((item.get_ref().as_str()?.to_owned(), item.span())))
        .collect()
}

fn kind(path: &'static str) -> Option<Kind> {
    KEYS.iter().find(|key| key.path == path).map(|key| key.kind)
}

/// A text, or its default; empty where it has none.
pub fn text(group: Option<&DeTable>, path: &'static str) -> String {
    let default = || match kind(path) {
        Some(Kind::Text(Some(default))) => default.to_owned(),
        _ => String::new(),
    };
    given_text(group, path).map_or_else(default, |(text, _)| text)
}

/// `true` or `false`, or its default.
pub fn flag(group: Option<&DeTable>, path: &'static str) -> bool {
    let given = value(group, path).and_then(|it| it.get_ref().as_bool());
    given.unwrap_or(kind(path) == Some(Kind::Flag(true)))
}

/// A number in its range, or its default; a wrong one was reported with its type.
pub fn number<T: TryFrom<i64> + Default>(group: Option<&DeTable>, path: &'static str) -> T {
    let Some(Kind::Number { min, max, default }) = kind(path) else {
        return T::default();
    };
    let given = value(group, path).and_then(|it| shape::integer(it.get_ref().as_integer()?));
    let number = given
        .filter(|it| (min..=max).contains(it))
        .unwrap_or(default);
    T::try_from(number).unwrap_or_default()
}

/// The site's own values as templates get them; dates become texts.
pub fn free(table: &DeTable) -> serde_json::Map<String, serde_json::Value> {
    let entry = |(name, value): (&Spanned<std::borrow::Cow<str>>, &Spanned<DeValue>)| {
        (name.get_ref().to_string(), free_value(value.get_ref()))
    };
    table.iter().map(entry).collect()
}

/// One value of the site's own.
pub fn free_value(value: &DeValue) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => shape::integer(number).into(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok().into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => items.iter().map(|it| free_value(it.get_ref())).collect(),
        DeValue::Table(table) => free(table).into(),
    }
}
