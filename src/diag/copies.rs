//! Findings about files that would be copied as they are, and must not be.

use crate::diag::{Diagnostic, Severity};
use crate::ids::Access;

/// More files of one folder are counted.
const SHOWN_FILES: usize = 5;

/// How to publish a file that is refused.
fn or_list(help: &str, path: &str) -> String {
    format!("{help}; to publish it all the same, list `{path}` under `publish` in `[build]`")
}

impl Diagnostic {
    /// What an editor or tool has left.
    pub fn leftover(path: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "leftover",
            path,
            "an editor or tool has left this, and it is not published",
            or_list("delete it", path),
        )
    }

    /// An older or another state of a page, under a name that is none of a page.
    pub fn source_copy(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "source-copy",
            path,
            "this looks like a copy of a page's source, and it is not published",
            or_list(
                "delete it, or keep it outside `content/` and `static/`",
                path,
            ),
        )
    }

    /// A page in a format that is not read.
    pub fn unread_page(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "unread-page",
            path,
            "this looks like a page, but only Markdown is read, and it is not published",
            or_list("write it as Markdown and let its name end with `.md`", path),
        )
    }

    /// A key, a database, a file of secrets; `what` says which.
    pub fn secret_file(path: &str, what: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "secret-file",
            path,
            format!("this looks like {what}, and it is not published"),
            or_list("keep it outside `content/` and `static/`", path),
        )
    }

    /// A hidden file below `static/`.
    pub fn hidden_file(path: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "hidden-file",
            path,
            "hidden files are not published",
            or_list("delete it", path),
        )
    }

    /// Files of one folder that no text is seen to use, while gated parts might. `path` is that of the first of `names`.
    /// `readers` are those for whom they are kept, if there are any. The first may be listed already, and looks like a
    /// secret.
    pub fn kept_file(
        path: &str,
        names: &[String],
        (readers, is_suspect): (Option<&Access>, bool),
    ) -> Self {
        let shown: Vec<String> = names
            .iter()
            .take(SHOWN_FILES)
            .map(|it| format!("`{it}`"))
            .collect();
        let n_more = names.len() - shown.len();
        let and_more = match n_more {
            0 => String::new(),
            _ => format!(" and {n_more} more of this folder"),
        };
        let (verb, them) = match names.len() {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        let place = match readers {
            Some(access) => format!("kept in the vault, for readers of `{access}` parts"),
            None => "not published".to_owned(),
        };
        let what = format!("{}{and_more} {verb} {place}", shown.join(", "));
        let help = match is_suspect {
            true => "link to it from public text, or move it to `static/`".to_owned(),
            false => or_list("link to it from public text, or delete it", path),
        };
        Diagnostic::about(
            Severity::Warning,
            "kept-file",
            path,
            format!("{what}: no text is seen to use {them}, and gated parts might"),
            help,
        )
    }

    /// A page, or a folder with pages, whose name begins with a dot.
    pub fn hidden_page(path: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "hidden-file",
            path,
            "what begins with a dot is hidden, and not built",
            "rename it; an address can have `slug: dot-net` and a page `title: .NET`",
        )
    }

    /// An entry of `build.publish` that no file has the path of.
    pub fn publishes_nothing(file: &str, place: (u32, u32), pattern: &str) -> Self {
        Diagnostic::at_place(
            Severity::Warning,
            "publishes-nothing",
            file,
            place,
            format!("no file below `content/` or `static/` matches `{pattern}`"),
            "write a path from the root of the site, such as `static/key.pem` or `content/**/*.sql`",
        )
    }
}
