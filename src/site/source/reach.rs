//! What a template reaches: the templates it extends and includes, and the static files whose addresses it shows.
//!
//! Templates are looked at as text. What is found may be too much, as for a name that stands in a comment; it is never
//! too little.

use crate::site::source::{Template, Theme};
use std::collections::{BTreeMap, BTreeSet};

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// What one template and everything it is made of show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach<'t> {
    /// Names of templates, itself among them.
    pub templates: BTreeSet<&'t str>,
    /// Static files of which it knows the address, by path; `None` where it may know that of any.
    pub statics: Option<BTreeSet<&'t str>>,
}

/// What stands in the text of one template.
struct Mentions<'t> {
    templates: Vec<&'t str>,
    statics: Option<BTreeSet<&'t str>>,
}

impl Theme {
    /// All templates that these reach, themselves among them.
    pub fn reached_by<'t>(&'t self, names: impl IntoIterator<Item = &'t str>) -> BTreeSet<&'t str> {
        self.follow(names, |name| self.named_in(&self.templates[name]))
    }

    /// What each template reaches. A component may be used in any template without being named as a file.
    pub fn reaches(&self) -> BTreeMap<&str, Reach<'_>> {
        let templates = || self.templates.iter().map(|(name, it)| (name.as_str(), it));
        let mentions: BTreeMap<&str, Mentions> = templates()
            .map(|(name, it)| {
                let mentions = Mentions {
                    templates: self.named_in(it),
                    statics: statics(&it.text),
                };
                (name, mentions)
            })
            .collect();
        let components = templates().filter(|(_, it)| defines_component(&it.text));
        let components: Vec<&str> = components.map(|(name, _)| name).collect();
        let reach = |name| {
            let roots = components.iter().copied().chain([name]);
            let templates = self.follow(roots, |it| mentions[it].templates.clone());
            let statics = templates.iter().map(|it| mentions[it].statics.as_ref());
            let statics: Option<Vec<_>> = statics.collect();
            Reach {
                statics: statics.map(|it| it.into_iter().flatten().copied().collect()),
                templates,
            }
        };
        templates().map(|(name, _)| (name, reach(name))).collect()
    }

    /// From template to template; what is not there is left out.
    fn follow<'t>(
        &'t self,
        from: impl IntoIterator<Item = &'t str>,
        named: impl Fn(&'t str) -> Vec<&'t str>,
    ) -> BTreeSet<&'t str> {
        let mut rest: Vec<&str> = from.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(name) = rest.pop() {
            if self.templates.contains_key(name) && found.insert(name) {
                rest.extend(named(name));
            }
        }
        found
    }

    /// Templates whose name stands in another one between quotes.
    fn named_in(&self, template: &Template) -> Vec<&str> {
        let pieces = QUOTES.iter().flat_map(|it| template.text.split(*it));
        let names = pieces.filter_map(|it| self.templates.get_key_value(it));
        names.map(|(name, _)| name.as_str()).collect()
    }
}

fn defines_component(template: &str) -> bool {
    tags(template).any(|tag| {
        tag.trim_start_matches('-')
            .trim_start()
            .starts_with("component")
    })
}

/// Static files that a template asks for as `site.assets["path"]`. `None` where it uses `site`, or the list of all
/// addresses, in any other way.
fn statics(template: &str) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    for tag in tags(template) {
        if tag.contains("__tera_context") {
            return None;
        }
        for (at, _) in tag.match_indices("site") {
            let (before, after) = (&tag[..at], &tag[at + "site".len()..]);
            let is_in_word = |c: char| c.is_alphanumeric() || c == '_';
            if before.ends_with(|c| is_in_word(c) || c == '.') || after.starts_with(is_in_word) {
                continue;
            }
            let field = after.trim_start().strip_prefix('.')?.trim_start();
            match field.strip_prefix("assets") {
                Some(rest) if !rest.starts_with(is_in_word) => drop(found.insert(literal(rest)?)),
                _ => {}
            }
        }
    }
    Some(found)
}

/// The path in `["path"]`.
fn literal(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix('[')?.trim_start();
    let quote = text.chars().next().filter(|it| QUOTES.contains(it))?;
    let (path, rest) = text[1..].split_once(quote)?;
    rest.trim_start().starts_with(']').then_some(path)
}

/// What stands between `{{` and `}}`, and between `{%` and `%}`.
fn tags(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let close = loop {
            let at = rest.find('{')?;
            rest = &rest[at + 1..];
            match rest.as_bytes().first() {
                Some(b'{') => break "}}",
                Some(b'%') => break "%}",
                _ => {}
            }
        };
        let (tag, after) = rest[1..].split_at(end(&rest[1..], close));
        rest = after;
        Some(tag)
    })
}

/// Where a tag ends: at the first `close` that is not between quotes.
fn end(tag: &str, close: &str) -> usize {
    let mut open = None;
    for (at, c) in tag.char_indices() {
        match open {
            Some(quote) if quote == c => open = None,
            None if QUOTES.contains(&c) => open = Some(c),
            None if tag[at..].starts_with(close) => return at,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(templates: &[(&str, &str)]) -> Theme {
        let templates = templates.iter().map(|(name, text)| {
            let (origin, text) = (format!("templates/{name}").into(), (*text).into());
            ((*name).to_owned(), Template { origin, text })
        });
        Theme {
            templates: templates.collect(),
            ..Theme::default()
        }
    }

    #[test]
    fn a_template_reaches_what_it_names_and_what_that_names() {
        let theme = theme(&[
            (
                "page.html",
                "{% extends \"base.html\" %}{% include 'a.html' %}",
            ),
            ("base.html", "<a href=\"x\">{% include `b.html` %}"),
            (
                "a.html",
                "{{ <card(p=page) /> }}{% include \"page.html\" %}",
            ),
            ("b.html", "{% include \"gone.html\" %}"),
            (
                "card.html",
                "{%- component card(p) %}{% include \"c.html\" %}{% endcomponent %}",
            ),
            ("c.html", ""),
            ("d.html", ""),
        ]);
        let reaches = theme.reaches();
        let reached = |name| Vec::from_iter(reaches[name].templates.iter().copied());
        let all = [
            "a.html",
            "b.html",
            "base.html",
            "c.html",
            "card.html",
            "page.html",
        ];
        assert_eq!(reached("page.html"), all);
        assert_eq!(reached("d.html"), ["c.html", "card.html", "d.html"]);
        assert_eq!(Vec::from_iter(theme.reached_by(["b.html"])), ["b.html"]);
    }

    #[test]
    fn static_files_are_those_that_are_named() {
        for (text, expected) in [
            ("<b class=\"site assets\">{ site }", Some(vec![])),
            (
                "{{ site.title }}{{ page.site }}{{ website }}{{ site_name }}",
                Some(vec![]),
            ),
            (
                "{{ site.assets[\"a.css\"] }}{% if site . assets [ 'b/c.js' ] %}",
                Some(vec!["a.css", "b/c.js"]),
            ),
            ("{{ site.assets_too }}", Some(vec![])),
            ("{{ site.assets[page.extra.logo] }}", None),
            ("{{ site.assets[\"a\" ~ name] }}", None),
            ("{% for path, url in site.assets %}", None),
            ("{% set all = site %}", None),
            ("{{ site[\"assets\"][\"a.css\"] }}", None),
            ("{{ <card(site) /> }}", None),
            ("{{ __tera_context }}", None),
            ("{{ site.assets", None),
            ("{{ \"}}\" ~ site }}", None),
            ("{{ \"}}\" }} site", Some(vec![])),
        ] {
            let found = statics(text).map(Vec::from_iter);
            assert_eq!(found, expected, "{text}");
        }
        let theme = theme(&[
            (
                "page.html",
                "{% extends \"base.html\" %}{{ site.assets[\"a.js\"] }}",
            ),
            ("base.html", "{{ site.assets[\"a.css\"] }}"),
            (
                "all.html",
                "{% include \"base.html\" %}{% for it in site.assets %}",
            ),
        ]);
        let reaches = theme.reaches();
        let statics = reaches["page.html"].statics.clone().unwrap();
        assert_eq!(Vec::from_iter(statics), ["a.css", "a.js"]);
        assert_eq!(reaches["all.html"].statics, None);
    }
}
