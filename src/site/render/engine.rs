//! The template engine: all templates of the theme parsed, filters for formatting, errors with a name and a cause.

use crate::diag::{Diagnostic, SourceFile};
use crate::plural::form;
use crate::site::error::BuildError;
use crate::site::render::template_tags;
use crate::site::render::template_words::FaultText;
use crate::site::source::{Template, Theme};
use std::collections::BTreeMap;
use tera::{Context, Error, ErrorKind, Kwargs, State, Tera, TeraResult, Value};

/// How the origin of a template of the binary begins.
const DEFAULT_THEME: &str = "(default theme)";
/// Templates that the build renders by name, beside those of the members' pages.
const RENDERED: [&str; 9] = [
    "page.html",
    "section.html",
    "home.html",
    "taxonomy.html",
    "term.html",
    "404.html",
    "redirect.html",
    "paywall.html",
    "unavailable.html",
];

/// Parsed templates.
pub struct Engine {
    tera: Tera,
    /// The files they were read from, by name.
    files: BTreeMap<String, SourceFile>,
}

impl Engine {
    /// Fails with the first template that does not parse, or names another that is not there. Pages may name
    /// templates of their own.
    pub fn new(theme: &Theme, named_by_pages: &[&str]) -> Result<Self, BuildError> {
        let mut tera = Tera::default();
        tera.register_filter("fill", fill);
        tera.register_filter("plural", plural);
        #[cfg(test)]
        tera.register_filter("json", json);
        let templates = reachable(theme, named_by_pages);
        let files = templates.iter().map(|(name, it)| {
            let file = SourceFile::new(it.origin.clone(), it.text.clone());
            ((*name).to_owned(), file)
        });
        let files = files.collect();
        let texts = templates.iter().map(|(name, it)| (*name, &*it.text));
        tera.add_raw_templates(texts)
            .map_err(|error| fault(&files, &error, "", ""))?;
        Ok(Engine { tera, files })
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
        values: &Context,
        file: &str,
    ) -> Result<String, BuildError> {
        let rendered = self.tera.render(template, values);
        rendered.map_err(|error| fault(&self.files, &error, template, file))
    }

    /// A template that made a file which cannot be published, as a whole.
    pub fn misfit(&self, template: &str, message: &str, file: &str) -> BuildError {
        let origin = origin(&self.files, template);
        BuildError::Template(Box::new(Diagnostic::template_fault(
            origin,
            (0, 0),
            message,
            file,
        )))
    }
}

/// Templates that the build may render by name, those of the author, and what these extend and include. Another one
/// of the default theme may well not fit a nearer `base.html` that it would extend, and nobody would know it.
fn reachable<'a>(theme: &'a Theme, named_by_pages: &[&'a str]) -> BTreeMap<&'a str, &'a Template> {
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
    texts.map(|name| (name, &theme.templates[name])).collect()
}

/// What the template engine says, at its place. `file` is the output that was being made by `rendered`, if any.
fn fault(
    files: &BTreeMap<String, SourceFile>,
    error: &tera::Error,
    rendered: &str,
    file: &str,
) -> BuildError {
    let (name, place, message) = read_report(error);
    let name = name.unwrap_or(rendered);
    let tag = files
        .get(name)
        .and_then(|source| template_tags::fault(&message, source, place));
    let (text, place) = match tag {
        Some(fault) => {
            let text = FaultText {
                message: fault.message,
                help: Some(fault.help),
            };
            (text, fault.place)
        }
        None => (FaultText::of(&message, files), place),
    };
    let FaultText { message, help } = text;
    let word = message.split('`').nth(1).map(|it| format!("\"{it}\""));
    let named = || word.and_then(|it| files.get(name)?.text.find(&it).map(|at| at + 1));
    let place = match (place, files.get(name)) {
        ((0, 0), Some(source)) => named().map_or(place, |at| source.line_column(at)),
        _ => place,
    };
    let mut fault = Diagnostic::template_fault(origin(files, name), place, &message, file);
    if let Some(help) = help {
        fault.help = help;
    }
    if let Some(source) = files.get(name) {
        fault.excerpt = source.excerpt(fault.line, fault.column);
    }
    BuildError::Template(Box::new(fault))
}

/// Where an author would look for a template.
fn origin<'a>(files: &'a BTreeMap<String, SourceFile>, name: &'a str) -> &'a str {
    files.get(name).map_or(name, |it| &it.path)
}

/// The template in which the fault stands, which may be one that the rendered template includes; its line and column,
/// 0 where none are known; and what is wrong.
fn read_report(error: &tera::Error) -> (Option<&str>, (u32, u32), String) {
    let whole = |name| (name, (0, 0), error.kind().to_string());
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            let place = (span.start_line as u32, span.start_col as u32 + 1);
            (Some(report.filename()), place, report.message().to_owned())
        }
        ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => {
            whole(Some(tpl.as_str()))
        }
        ErrorKind::MissingParent { current, parent } => {
            let message = format!("Unknown template `{parent}`");
            (Some(current.as_str()), (0, 0), message)
        }
        ErrorKind::TemplateNotFound(name) => whole(Some(name.as_str())),
        ErrorKind::Msg(text) => read_reports(text).unwrap_or_else(|| whole(None)),
        _ => whole(None),
    }
}

/// The first of several faults, which come as one text of reports: `error: MESSAGE`, then ` --> NAME:LINE:COLUMN`.
fn read_reports(text: &str) -> Option<(Option<&str>, (u32, u32), String)> {
    let (message, rest) = text.split_once("--> ")?;
    let mut place = rest.lines().next()?.trim().rsplitn(3, ':');
    let mut number = || place.next()?.parse().ok();
    let (column, line) = (number()?, number()?);
    let message = message.rsplit("error: ").next().unwrap_or(message);
    Some((place.next(), (line, column), message.trim().to_owned()))
}

/// `{{ t.minutes | fill(n=5) }}`: puts arguments where the text has their names in braces.
fn fill(text: &str, arguments: Kwargs, _: &State) -> String {
    arguments
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), &value.to_string())
        })
}

/// `{{ t | plural(key="trial", n=5) }}`: the text with `n` put in, in the form that the language of the page has for it.
fn plural(texts: &Value, arguments: Kwargs, state: &State) -> TeraResult<String> {
    let (key, n): (&str, u64) = (arguments.must_get("key")?, arguments.must_get("n")?);
    let site: Option<Value> = state.get("site")?;
    let language = site.as_ref().and_then(|it| it.get_from_path("language"));
    let language = language.and_then(Value::as_str);
    let form = form(language.unwrap_or_default(), n).map(|it| format!("{key}_{it}"));
    let in_form = form.and_then(|it| texts.get_from_path(&it)?.as_str().map(str::to_owned));
    let plain = || Some(texts.get_from_path(key)?.as_str()?.to_owned());
    let text = in_form
        .or_else(plain)
        .ok_or_else(|| Error::message(format!("there is no text `{key}`")))?;
    Ok(text.replace("{n}", &n.to_string()))
}

/// `{{ page | json | safe }}`: a whole view without its body, for tests.
#[cfg(test)]
fn json(value: &Value, _: Kwargs, _: &State) -> String {
    let mut value = serde_json::to_value(value).unwrap();
    value.as_object_mut().map(|it| it.remove("content"));
    value.to_string()
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
        let mut values = Context::new();
        values.insert("t", "{n} for {name}");
        values.insert("who", "<b>");
        let text = engine.render("a.html", &values, "x").unwrap();
        assert_eq!(text, "3 for &lt;b&gt;");
    }

    #[test]
    fn a_text_with_a_number_is_in_the_form_of_its_language() {
        let engine = engine(&[("a.html", "{{ t | plural(key=\"days\", n=n) }}")]).unwrap();
        for (language, n, expected) in [
            ("en", 1, "1 day"),
            ("en", 0, "0 days"),
            ("ru", 1, "1 day"),
            ("zh", 1, "1 days"),
        ] {
            let mut values = Context::new();
            values.insert(
                "t",
                &BTreeMap::from([("days", "{n} days"), ("days_one", "{n} day")]),
            );
            values.insert("site", &BTreeMap::from([("language", language)]));
            values.insert("n", &n);
            assert_eq!(
                engine.render("a.html", &values, "x").unwrap(),
                expected,
                "{language}"
            );
        }
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
            Some(BuildError::Template(fault)) => *fault,
            other => panic!("{other:?}"),
        };
        let check = |fault: Diagnostic, (path, line, column): (&str, u32, u32), message: &str| {
            let place = (fault.path.as_str(), fault.line, fault.column);
            assert_eq!(place, (path, line, column), "{fault:?}");
            assert!(fault.message.contains(message), "{fault:?}");
        };
        let broken = engine(&[("a.html", "{{ x }}"), ("b.html", "one\n {% if %}")]);
        check(fault(broken.map(|_| ())), ("templates/b.html", 2, 8), "");
        let orphan = engine(&[("a.html", "{% extends \"none.html\" %}")]);
        check(
            fault(orphan.map(|_| ())),
            ("templates/a.html", 1, 13),
            "none.html",
        );
        let unknown = engine(&[("a.html", "\n{{ x | nofilter }}{{ y | nothing }}")]);
        check(fault(unknown.map(|_| ())), ("templates/a.html", 2, 8), "");
        let engine = engine(&[
            ("a.html", "{% include \"b.html\" %}"),
            ("b.html", "\n{{ x.y }}"),
        ])
        .unwrap();
        let found = fault(
            engine
                .render("a.html", &Context::new(), "p/index.html")
                .map(|_| ()),
        );
        assert_eq!(found.excerpt, "{{ x.y }}");
        check(found, ("templates/b.html", 2, 4), "p/index.html");
    }
}
