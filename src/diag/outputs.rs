//! Findings about the files that a site would have.

use crate::diag::{Diagnostic, Severity, nearest};

impl Diagnostic {
    /// The page at `path` asks for a template that neither the site nor its theme has.
    pub fn unknown_template<'a>(
        path: &str,
        template: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Diagnostic {
        let stem = |name: &'a str| name.strip_suffix(".html").unwrap_or(name);
        let wanted = template.strip_suffix(".html").unwrap_or(template);
        let help = match nearest(wanted, known.map(stem)) {
            Some(name) => format!("did you mean `{name}.html`?"),
            None => format!("add `templates/{template}`, or leave `template` out"),
        };
        let message = format!("there is no template `{template}`");
        Diagnostic::about(Severity::Error, "unknown-template", path, message, help)
            .in_head("template", "")
    }

    /// The variable for the vault key is set to nothing.
    pub fn empty_vault_key(variable: &str) -> Diagnostic {
        Diagnostic::about(
            Severity::Warning,
            "vault-key-empty",
            variable,
            "it is set to nothing, so the key in `.lyceum/key` is used",
            "a machine that keeps nothing makes another key at each build, and with it other names for the whole vault: give the job the secret, or unset the variable",
        )
    }

    /// A release was published over one that the owner had gone back to.
    pub fn replaces_rollback(out: &std::path::Path, from: &str, to: &str) -> Diagnostic {
        Diagnostic::about(
            Severity::Warning,
            "replaces-rollback",
            &out.display().to_string(),
            format!("this release replaces {to}, to which the site was rolled back from {from}"),
            format!(
                "if what was wrong with {from} is still there, go back with `lyceum rollback {to}`"
            ),
        )
    }

    /// The page at `path` asks for a template that is made for something else.
    pub fn template_misfit(path: &str, template: &str) -> Diagnostic {
        let shows = match template {
            "page.html" => "shows a page, not the list of a section",
            "section.html" | "home.html" => "shows the list of a section, not a page",
            _ => "cannot show a page by itself",
        };
        Diagnostic::about(
            Severity::Error,
            "template-misfit",
            path,
            format!("the template `{template}` {shows}"),
            "leave `template` out, or name a template of your own that gets the same values",
        )
        .in_head("template", "")
    }
}
