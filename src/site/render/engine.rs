//! The template engine: all templates of the theme parsed, filters for formatting, errors with a name and a cause.

use crate::site::error::BuildError;
use crate::site::source::{Template, Theme};
use std::collections::BTreeMap;
use tera::{Context, ErrorKind, Kwargs, State, Tera};

/// How the origin of a template of the binary begins.
const DEFAULT_THEME: &str = "(default theme)";
/// Templates that the build renders by name, beside those of the members' pages.
const RENDERED: [&str; 8] = [
    "page.html",
    "section.html",
    "home.html",
    "taxonomy.html",
    "term.html",
    "404.html",
    "redirect.html",
    "paywall.html",
];

/// Parsed templates.
pub struct Engine {
    tera: Tera,
}

/// A template that failed while it made a certain file.
#[derive(Debug, thiserror::Error)]
#[error("while rendering `{file}`: {source}")]
struct Failed {
    file: String,
    source: tera::Error,
}

impl Engine {
    /// Fails with the first template that does not parse, or names another that is not there. Pages may name
    /// templates of their own.
    pub fn new(theme: &Theme, named_by_pages: &[&str]) -> Result<Self, BuildError> {
        let mut tera = Tera::default();
        tera.register_filter("fill", fill);
        let templates = reachable(theme, named_by_pages).into_iter();
        tera.add_raw_templates(templates)
            .map_err(|error| BuildError::Template {
                name: name_of(&error).unwrap_or_default().to_owned(),
                source: error.into(),
            })?;
        Ok(Engine { tera })
    }

    /// The template that a page names, where there is one; a finding has said so where there is none.
    pub fn named_or<'t>(&self, named: Option<&'t str>, usual: &'t str) -> &'t str {
        named
            .filter(|name| self.tera.contains_template(name))
            .unwrap_or(usual)
    }

    /// `file` is the output that is being made, for the error alone.
    pub fn render(
        &self,
        template: &str,
        context: &Context,
        file: &str,
    ) -> Result<String, BuildError> {
        self.tera
            .render(template, context)
            .map_err(|source| BuildError::Template {
                name: name_of(&source).unwrap_or(template).to_owned(),
                source: Box::new(Failed {
                    file: file.into(),
                    source,
                }),
            })
    }
}

/// Templates that the build may render by name, those of the author, and what these extend and include. Another one
/// of the default theme may well not fit a nearer `base.html` that it would extend, and nobody would know it.
fn reachable<'a>(theme: &'a Theme, named_by_pages: &[&'a str]) -> BTreeMap<&'a str, &'a str> {
    let is_root = |name: &str, template: &Template| {
        let is_shadowed = name.starts_with("themes/");
        let is_inherited = template.origin.starts_with(DEFAULT_THEME);
        let is_rendered = name.starts_with("members/") && name != "members/base.html"
            || name.starts_with("components/")
            || RENDERED.contains(&name)
            || named_by_pages.contains(&name);
        !is_shadowed && (is_rendered || !is_inherited)
    };
    let roots = theme
        .templates
        .iter()
        .filter(|(name, it)| is_root(name, it));
    let names = theme.reached_by(roots.map(|(name, _)| name.as_str()));
    let texts = names.into_iter();
    texts
        .map(|name| (name, &*theme.templates[name].text))
        .collect()
}

/// The template in which the fault stands, which may be one that the rendered template includes.
fn name_of(error: &tera::Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            Some(report.filename())
        }
        ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => Some(tpl),
        ErrorKind::MissingParent { current, .. } => Some(current),
        ErrorKind::TemplateNotFound(name) => Some(name),
        // Several faults at once come as one text of reports, each with ` --> NAME:LINE:COLUMN`.
        ErrorKind::Msg(text) => text.split_once("--> ")?.1.split(':').next(),
        _ => None,
    }
}

/// `{{ t.minutes | fill(n=5) }}`: puts arguments where the text has their names in braces.
fn fill(text: &str, arguments: Kwargs, _: &State) -> String {
    arguments
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), &value.to_string())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn engine(templates: &[(&str, &str)]) -> Result<Engine, BuildError> {
        let templates = templates.iter().map(|(name, text)| {
            let (origin, text) = (format!("templates/{name}").into(), (*text).into());
            ((*name).to_owned(), Template { origin, text })
        });
        let theme = Theme {
            templates: templates.collect(),
            ..Theme::default()
        };
        Engine::new(&theme, &[])
    }

    #[test]
    fn text_is_escaped_and_filled() {
        let engine = engine(&[("a.html", "{{ t | fill(n=3, name=who) }}")]).unwrap();
        let mut context = Context::new();
        context.insert("t", "{n} for {name}");
        context.insert("who", "<b>");
        let text = engine.render("a.html", &context, "x").unwrap();
        assert_eq!(text, "3 for &lt;b&gt;");
    }

    #[test]
    fn shadowed_templates_are_parsed_where_they_are_named() {
        let stale = (
            "themes/default/page.html",
            "{% extends \"base.html\" %}{% block gone %}{% endblock %}",
        );
        let base = ("base.html", "b");
        assert!(engine(&[base, ("page.html", "p"), stale]).is_ok());
        let heir = ("page.html", "{% extends \"themes/default/page.html\" %}");
        assert!(engine(&[base, heir, stale]).is_err());
        let whole = ("base.html", "<{% block gone %}{% endblock %}>");
        let engine = engine(&[whole, heir, stale]).unwrap();
        assert_eq!(
            engine.render("page.html", &Context::new(), "x").unwrap(),
            "<>"
        );
    }

    #[test]
    fn errors_name_the_template_at_fault() {
        let fault = |result: Result<_, BuildError>| match result.err() {
            Some(BuildError::Template { name, source }) => (name, source.to_string()),
            other => panic!("{other:?}"),
        };
        let (name, _) = fault(engine(&[("a.html", "{{ x }}"), ("b.html", "{% if %}")]).map(|_| ()));
        assert_eq!(name, "b.html");
        let (name, _) = fault(engine(&[("a.html", "{% extends \"none.html\" %}")]).map(|_| ()));
        assert_eq!(name, "a.html");
        let engine = engine(&[
            ("a.html", "{% include \"b.html\" %}"),
            ("b.html", "\n{{ x.y }}"),
        ])
        .unwrap();
        let (name, text) = fault(
            engine
                .render("a.html", &Context::new(), "p/index.html")
                .map(|_| ()),
        );
        assert_eq!(name, "b.html");
        assert!(
            text.contains("p/index.html") && text.contains("2"),
            "{text}"
        );
    }
}
