//! `build.publish`: files that are copied although a build would leave them out.

use crate::config::value::Reader;
use crate::diag::Diagnostic;
use globset::{GlobBuilder, GlobMatcher};
use std::sync::Arc;
use toml::de::DeTable;

/// The list, in the order of the settings.
#[derive(Clone, Debug, Default)]
pub struct Publish {
    /// The file of settings, for findings.
    pub file: Arc<str>,
    /// At most one for each entry.
    pub patterns: Vec<Pattern>,
}

/// A path from the root of the site; `*` stands for any part of a name, `**` for any folders.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As the author wrote it.
    pub text: String,
    /// Line and column in the file of settings.
    pub place: (u32, u32),
    matcher: GlobMatcher,
}

impl Pattern {
    fn parse(text: &str, place: (u32, u32)) -> Result<Self, globset::Error> {
        let mut builder = GlobBuilder::new(text.trim_start_matches("./"));
        let matcher = builder.literal_separator(true).build()?.compile_matcher();
        Ok(Pattern {
            text: text.to_owned(),
            place,
            matcher,
        })
    }

    /// Whether it matches a path such as `static/key.pem`.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }
}

impl Publish {
    /// Whether an entry matches a path such as `static/key.pem`.
    pub fn lists(&self, path: &str) -> bool {
        self.patterns.iter().any(|it| it.matches(path))
    }

    /// Whether an entry names something below a folder such as `static/.config`.
    pub fn reaches(&self, folder: &str) -> bool {
        let mut texts = self
            .patterns
            .iter()
            .map(|it| it.text.trim_start_matches("./"));
        texts.any(|it| {
            it.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

impl Reader<'_> {
    /// Reads the list. An entry that is no pattern is a finding.
    pub fn publish(&mut self, build: Option<&DeTable>) -> Publish {
        let mut patterns = Vec::new();
        for (text, at) in crate::config::value::texts(build, "build.publish") {
            let place = self.file.line_column(at.start);
            match Pattern::parse(&text, place) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => self.findings.push(Diagnostic::bad_setting(
                    self.file,
                    at,
                    format!("`{text}` is no pattern of paths: {}", error.kind()),
                    "such as `static/key.pem` or `content/**/*.sql`",
                )),
            }
        }
        Publish {
            file: self.file.path.clone(),
            patterns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_patterns_are_matched() {
        for (pattern, path, matches) in [
            ("static/key.pem", "static/key.pem", true),
            ("static/key.pem", "static/a/key.pem", false),
            ("static/*.pem", "static/a/key.pem", false),
            ("content/**/*.sql", "content/a/b/c.sql", true),
            ("content/**/*.sql", "content/c.sql", true),
            ("./content/表.sql", "content/表.sql", true),
            ("static/.config/**", "static/.config/a/b", true),
        ] {
            let publish = Publish {
                file: "site.toml".into(),
                patterns: vec![Pattern::parse(pattern, (1, 1)).unwrap()],
            };
            assert_eq!(publish.lists(path), matches, "{pattern} {path}");
        }
    }
}
