//! The template engine: all templates of the theme parsed, filters for formatting, errors with a name and a cause.

use crate::site::error::BuildError;
use crate::site::source::Theme;
use tera::{Context, ErrorKind, Kwargs, State, Tera};

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
    /// Fails with the first template that does not parse, or names another that is not there.
    pub fn new(theme: &Theme) -> Result<Self, BuildError> {
        let mut tera = Tera::default();
        tera.register_filter("fill", fill);
        let templates = theme
            .templates
            .iter()
            .map(|(name, it)| (name.as_str(), &*it.text));
        tera.add_raw_templates(templates)
            .map_err(|error| BuildError::Template {
                name: name_of(&error).unwrap_or_default().to_owned(),
                source: error.into(),
            })?;
        Ok(Engine { tera })
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

/// The template in which the fault stands, which may be one that the rendered template includes.
fn name_of(error: &tera::Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            Some(report.filename())
        }
        ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => Some(tpl),
        ErrorKind::MissingParent { current, .. } => Some(current),
        ErrorKind::TemplateNotFound(name) => Some(name),
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
    use crate::site::source::Template;

    fn engine(templates: &[(&str, &str)]) -> Result<Engine, BuildError> {
        let templates = templates.iter().map(|(name, text)| {
            let (origin, text) = (format!("templates/{name}").into(), (*text).into());
            ((*name).to_owned(), Template { origin, text })
        });
        Engine::new(&Theme {
            templates: templates.collect(),
            ..Theme::default()
        })
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
