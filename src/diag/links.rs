//! Findings about links. What they weigh is said by who asks: a warning in `build`, an error in `check`.

use crate::diag::{Diagnostic, Severity};

impl Diagnostic {
    /// Nothing is there.
    pub fn dead_link(severity: Severity, path: &str, place: (u32, u32), target: &str) -> Self {
        Diagnostic::at_place(
            severity,
            "dead-link",
            path,
            place,
            format!("nothing is at `{target}`"),
            "link to a file such as `../guides/start.md` or `@/guides/start.md`, or to an address such as `/guides/start/`",
        )
    }

    /// A relative path with more `..` than there are folders.
    pub fn link_outside(severity: Severity, path: &str, place: (u32, u32), target: &str) -> Self {
        Diagnostic::at_place(
            severity,
            "link-outside",
            path,
            place,
            format!("`{target}` leads out of `content/`"),
            "only what lies in `content/` and `static/` is part of the site",
        )
    }

    /// It is there in other letter case; servers would not find it.
    pub fn misspelt_link(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        target: &str,
        spelt: &str,
    ) -> Self {
        Diagnostic::at_place(
            severity,
            "misspelt-link",
            path,
            place,
            format!("`{target}` is spelt with other letter case"),
            format!("its name is `{spelt}`"),
        )
    }

    /// The page is there, but not in this release; `(what, help)` says why.
    pub fn link_to_hidden(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        target: &str,
        (what, help): (&str, &str),
    ) -> Self {
        let message = format!("the page at `{target}` is {what}");
        Diagnostic::at_place(severity, "link-to-hidden", path, place, message, help)
    }

    /// The page is there, its heading is not.
    pub fn dead_anchor(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        (page, anchor): (&str, &str),
        near: Option<&str>,
    ) -> Self {
        Diagnostic::at_place(
            severity,
            "dead-anchor",
            path,
            place,
            format!("`{page}` has no anchor `#{anchor}`"),
            near.map_or_else(
                || "anchors are made of headings, or given as `{#name}`".to_owned(),
                |it| format!("did you mean `#{it}`?"),
            ),
        )
    }

    /// A menu entry that leads nowhere.
    pub fn dead_menu_link(severity: Severity, url: &str) -> Self {
        Diagnostic::about(
            severity,
            "dead-link",
            "site.toml",
            format!("nothing is at `{url}`, which the menu names"),
            "a menu entry is a file such as `@/guides/_index.md`, an address of the site, or one elsewhere",
        )
    }
}
