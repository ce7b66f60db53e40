//! Keys of `[extra]` and of interface texts that no template names: mostly a misspelling.
//!
//! Entry point: [`find`]. A name that stands anywhere in a template counts as read, so that what is reported is read nowhere.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, nearest};
use crate::plural;
use crate::site::source::layer::Layer;
use crate::site::source::theme::OF_ONE_LANGUAGE;
use std::collections::BTreeSet;

/// Texts of any taxonomy and tier have such names; the build itself reads them.
const PREFIXES: [&str; 2] = ["taxonomy_", "tier_"];

/// A warning for each key that nothing reads.
pub fn find(layers: &[Layer], config: &SiteConfig) -> Vec<Diagnostic> {
    if config.extra_places.0.is_empty() && layers.iter().all(|it| it.text_places.is_empty()) {
        return Vec::new();
    }
    let named = Named::of(layers);
    let mut findings = Vec::new();
    for (key, path, place) in &config.extra_places.0 {
        if !named.reads_extra(key) {
            let near = nearest(key, named.extra.iter().copied());
            findings.push(Diagnostic::unread_extra(path, *place, key, near));
        }
    }
    for (key, path, place) in layers.iter().flat_map(|it| &it.text_places) {
        if !named.reads_text(key) {
            let near = nearest(
                plural::base(key).unwrap_or(key),
                named.texts.iter().copied(),
            );
            findings.push(Diagnostic::unread_text(path, *place, key, near));
        }
    }
    findings
}

/// What templates name.
struct Named<'l> {
    /// Every word of them.
    words: BTreeSet<&'l str>,
    /// Beginnings of names that they put together, such as `badge_`.
    beginnings: BTreeSet<&'l str>,
    /// Keys of `[extra]` that they read, or that a theme has a value for.
    extra: BTreeSet<&'l str>,
    /// They look at `[extra]` as a whole.
    reads_all_extra: bool,
    /// Keys of texts that the default theme has, and that the build reads.
    texts: BTreeSet<&'l str>,
}

impl<'l> Named<'l> {
    fn of(layers: &'l [Layer]) -> Self {
        let mut named = Named {
            words: BTreeSet::new(),
            beginnings: BTreeSet::new(),
            extra: BTreeSet::new(),
            reads_all_extra: false,
            texts: BTreeSet::new(),
        };
        for layer in layers {
            named.extra.extend(layer.extra.keys().map(String::as_str));
            for template in layer.templates.values() {
                named.read(&template.text);
            }
        }
        if let Some(default) = layers.last() {
            let texts = default.texts.values().flat_map(|it| it.keys());
            named.texts.extend(texts.map(String::as_str));
        }
        named
    }

    fn read(&mut self, template: &'l str) {
        let is_apart = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
        for word in template.split(is_apart).filter(|it| !it.is_empty()) {
            self.words.insert(word);
            if word.ends_with('_') {
                self.beginnings.insert(word);
            }
        }
        for (at, found) in template.match_indices("site.extra") {
            let rest = &template[at + found.len()..];
            match rest.strip_prefix('.') {
                Some(rest) => {
                    let key = rest.split(is_apart).next().unwrap_or_default();
                    self.extra.insert(key);
                }
                None if rest.starts_with("[\"") || rest.starts_with("['") => {
                    let key = rest[2..].split(['"', '\'']).next().unwrap_or_default();
                    self.extra.insert(key);
                }
                None => self.reads_all_extra = true,
            }
        }
    }

    fn reads_extra(&self, key: &str) -> bool {
        self.reads_all_extra || self.extra.contains(key) || self.words.contains(key)
    }

    fn reads_text(&self, key: &str) -> bool {
        let key = plural::base(key).unwrap_or(key);
        self.texts.contains(key)
            || self.words.contains(key)
            || OF_ONE_LANGUAGE.contains(&key)
            || PREFIXES.iter().any(|it| key.starts_with(it))
            || self.beginnings.iter().any(|it| key.starts_with(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::source::Template;

    fn settings() -> SiteConfig {
        let text = "title = 'T'\nbase_url = 'https://a.b'";
        let file = crate::diag::SourceFile::new("site.toml", text);
        crate::config::parse(&file).unwrap().0
    }

    fn layer(name: &str, templates: &[&str], texts: &[&str]) -> Layer {
        let templates = templates.iter().enumerate().map(|(at, text)| {
            let (origin, text) = (format!("templates/{at}.html").into(), (*text).into());
            (format!("{at}.html"), Template { origin, text })
        });
        let places = texts
            .iter()
            .map(|it| ((*it).to_owned(), "i18n/en.toml".to_owned(), (1, 1)));
        Layer {
            name: name.into(),
            templates: templates.collect(),
            text_places: places.collect(),
            ..Layer::default()
        }
    }

    fn default_theme() -> Layer {
        let text = |key: &str| (key.to_owned(), "text".to_owned());
        let texts = ["main_menu", "price_month"].map(text).into_iter().collect();
        Layer {
            texts: [("en".to_owned(), texts)].into_iter().collect(),
            ..layer(
                "default",
                &["{{ site.extra.footer_text }}{{ t[\"badge_\" ~ x] }}"],
                &[],
            )
        }
    }

    #[test]
    fn what_a_template_names_is_read() {
        for (template, key, is_read) in [
            ("", "footer_text", true),
            ("", "mine", false),
            ("{{ site.extra.mine }}", "mine", true),
            ("{{ site.extra['mine'] }}", "mine", true),
            ("{% set x = site.extra %}{{ x.mine }}", "mine", true),
            ("{% for key, it in site.extra %}{% endfor %}", "mine", true),
            ("{{ site.extra.minel }}", "mine", false),
            ("{{ page.extra.mine }}", "mine", true),
        ] {
            let mut config = settings();
            config.extra_places.0 = vec![(key.into(), "site.toml".into(), (3, 1))];
            let layers = [layer("", &[template], &[]), default_theme()];
            let found = find(&layers, &config);
            assert_eq!(found.is_empty(), is_read, "{template} {key}: {found:?}");
        }
    }

    #[test]
    fn a_text_that_nothing_reads_is_told_with_the_one_that_was_meant() {
        let config = settings();
        for (key, help) in [
            ("main_menu", None),
            ("main_mneu", Some("`main_menu`")),
            ("price_month", None),
            ("badge_hot", None),
            ("main_menu_few", None),
            ("main_mneu_few", Some("`main_menu`")),
            ("taxonomy_topics", None),
            ("tier_pro_description", None),
            ("own", Some("no template")),
        ] {
            let layers = [layer("", &[], &[key]), default_theme()];
            let found = find(&layers, &config);
            let found = found.first().map(|it| it.help.clone());
            match (help, found) {
                (None, None) => {}
                (Some(help), Some(found)) if found.contains(help) => {}
                (_, found) => panic!("{key}: {found:?}"),
            }
        }
        let layers = [layer("", &["{{ t.own }}"], &["own"]), default_theme()];
        assert_eq!(find(&layers, &config), []);
    }
}
