//! Findings about the files that a site would have.

use crate::diag::{Diagnostic, Severity, nearest};

/// Why a page with an error does not stay as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The current release does not have it.
    NotLive,
    /// The current release has another text of it than the last one without an error.
    Other,
    /// It would be shown to more readers, or at another time, than its file asks for now, or that cannot be told.
    TooOpen,
    /// The cache does not have its last text without an error.
    Unknown,
    /// It would show this file to more readers than use it now, in a version that the current release does not have.
    Opens(String),
}

impl Diagnostic {
    /// A page with an error is left out, although the last release or an earlier build had it without one.
    pub fn not_kept(path: &str, why: NotKept) -> Diagnostic {
        let opens;
        let message = match &why {
            NotKept::Opens(file) => {
                opens = format!(
                    "the page is left out, because as it was it would show `{file}`, which has changed, to more readers than may see it now"
                );
                &opens
            }
            NotKept::NotLive => {
                "the page is left out, because the current release does not have it"
            }
            NotKept::Other => {
                "the page is left out, because the current release has another text of it than the last build without an error"
            }
            NotKept::TooOpen => {
                "the page is left out, because as it was it could be more open than its file asks for now"
            }
            NotKept::Unknown => {
                "the page is left out, because the cache does not have its last text without an error"
            }
        };
        let help = "correct the errors of this file, and build again";
        Diagnostic::about(Severity::Warning, "not-kept", path, message, help)
    }

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
