//! Findings about themes: names, inheritance, interface texts.

use crate::diag::{Diagnostic, Severity, SourceFile, nearest};
use std::ops::Range;

impl Diagnostic {
    /// A theme that is not there. `asked_by` is the file that names it.
    pub fn unknown_theme(asked_by: &str, name: &str, known: &[String]) -> Self {
        let help = nearest(name, known.iter().map(String::as_str)).map_or_else(
            || {
                format!(
                    "there are: {}; put the folder of another theme into `themes/`",
                    known.join(", ")
                )
            },
            |it| format!("did you mean `{it}`?"),
        );
        let message = format!("no theme lies in `themes/{name}`");
        Diagnostic::about(Severity::Error, "unknown-theme", asked_by, message, help)
    }

    /// A theme's folder with nothing of a theme in it.
    pub fn empty_theme(folder: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "empty-theme",
            folder,
            "this folder has no templates, static files, interface texts or `theme.toml`",
            "a theme that is a git submodule comes with `git submodule update --init`",
        )
    }

    /// A theme among its own parents.
    pub fn theme_extends_itself(asked_by: &str, name: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "theme-extends-itself",
            asked_by,
            format!("`extends` leads back to the theme `{name}`"),
            "name a theme that does not extend this one, or leave `extends` out",
        )
    }

    /// A key of `theme.toml` with a value of another type.
    pub fn wrong_theme_type(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let wanted = if key == "extra" {
            "a table"
        } else {
            "a text in quotes"
        };
        let found = "something else";
        Diagnostic::wrong_setting_type(
            file,
            at,
            (key, wanted, found),
            "see the handbook's page on themes",
        )
    }

    /// An interface text that is a number, a list or a table.
    pub fn text_is_no_text(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let help = "interface texts are flat: `key = \"text\"`";
        Diagnostic::wrong_setting_type(file, at, (key, "a text in quotes", "something else"), help)
    }

    /// A file in `i18n/` whose name is no language.
    pub fn odd_texts_file(path: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "odd-texts-file",
            path,
            "this file is not read: its name is no language",
            "interface texts lie in files such as `i18n/zh-Hans.toml`",
        )
    }

    /// A language of which neither theme nor site has an interface text.
    pub fn language_without_texts(code: &str, default: &str) -> Self {
        let own = if code == default {
            "English"
        } else {
            "the default language, or in English"
        };
        Diagnostic::about(
            Severity::Warning,
            "language-without-texts",
            "site.toml",
            format!("there are no interface texts in `{code}`: buttons and labels are in {own}"),
            format!(
                "write them in `i18n/{code}.toml`, with the keys of the default theme's `i18n/en.toml`"
            ),
        )
    }

    /// Scripts of a theme that cannot be given versions, since each waits for that of another.
    pub fn imports_in_a_circle(path: &str, scripts: &[&str]) -> Self {
        let scripts: Vec<String> = scripts.iter().map(|it| format!("`{it}`")).collect();
        Diagnostic::about(
            Severity::Warning,
            "import-circle",
            path,
            format!(
                "scripts import each other in a circle: {}",
                scripts.join(", ")
            ),
            "a browser may load such a script twice, or an old one: let one of them take what it needs as an argument",
        )
    }

    /// A template in the folder whose names mean templates of other layers.
    pub fn reserved_template_name(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "reserved-template",
            path,
            "`templates/themes/` stands for the templates that a theme inherits",
            "put the template into another folder",
        )
    }

    /// A template that does not parse, or failed while it made `file`, which is empty while templates are parsed.
    pub fn template_fault(origin: &str, place: (u32, u32), message: &str, file: &str) -> Self {
        let message = message.trim_end_matches('.');
        let message = match file {
            "" => message.to_owned(),
            file => format!("{message} (while making `{file}`)"),
        };
        Diagnostic::at_place(
            Severity::Error,
            "template-fault",
            origin,
            place,
            message,
            "the handbook's page on themes lists what each template gets",
        )
    }

    /// A template fails for this page, and the page is the cause.
    pub fn template_fails(path: &str, fault: &Diagnostic) -> Self {
        let help = match fault.help.strip_prefix("did you mean") {
            Some(near) => format!("did you mean{near} Otherwise name another `template`"),
            None => "name another `template`, or give the page what this one asks for".into(),
        };
        let place = match fault.line {
            0 => fault.path.clone(),
            line => format!("{}:{line}:{}", fault.path, fault.column),
        };
        Diagnostic::about(
            Severity::Error,
            "template-fails",
            path,
            format!(
                "the template of this page fails at {place}: {}",
                fault.message
            ),
            help,
        )
        .in_head("template", "")
    }

    /// A key of `[extra]` that no template names; `near` is one that they do.
    pub fn unread_extra(path: &str, place: (u32, u32), key: &str, near: Option<&str>) -> Self {
        let message = format!("nothing reads `{key}` of `[extra]`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a template reads it as `site.extra.{key}`, and no template does"),
        };
        Diagnostic::at_place(
            Severity::Warning,
            "unread-extra",
            path,
            place,
            message,
            help,
        )
    }

    /// An interface text that no template shows; `near` is one that they do.
    pub fn unread_text(path: &str, place: (u32, u32), key: &str, near: Option<&str>) -> Self {
        let message = format!("nothing reads the text `{key}`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a template shows it as `t.{key}`, and no template does"),
        };
        Diagnostic::at_place(Severity::Warning, "unread-text", path, place, message, help)
    }

    /// A site without content.
    pub fn no_content() -> Self {
        Diagnostic::about(
            Severity::Error,
            "no-content",
            "content",
            "there is no folder `content`",
            "put Markdown files there, or start with `lyceum init`",
        )
    }
}
