//! Findings about links. What they weigh is said by who asks: a warning in `build`, an error in `check`.

use crate::diag::{Diagnostic, Severity};

impl Diagnostic {
    /// Nothing is there; `near` is what of the same name lies elsewhere, `is_page` whether a page was meant.
    pub fn dead_link(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        (target, is_page): (&str, bool),
        near: Option<&str>,
    ) -> Self {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if is_host(target) => "an address elsewhere begins with `https://`".into(),
            None if is_page => "link to a file such as `../guides/start.md` or `@/guides/start.md`, or to an address such as `/guides/start/`".into(),
            None => "put the file beside the page or into `static/`, or correct its name".into(),
        };
        let message = format!("nothing is at `{target}`");
        Diagnostic::at_place(severity, "dead-link", path, place, message, help)
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
        (thing, (what, help)): (&str, (&str, &str)),
    ) -> Self {
        let message = format!("the {thing} at `{target}` is {what}");
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

    /// No page or file of the site is called so; `near` is the name that is most like it.
    pub fn dead_wiki_link(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        target: &str,
        near: Option<&str>,
    ) -> Self {
        let help = near.map_or_else(
            || "name a file, its path, a title or an alias; brackets that are no link stand between backticks".to_owned(),
            |near| format!("did you mean `[[{near}]]`?"),
        );
        let message = format!("nothing is called `{target}`; the link is shown as text");
        Diagnostic::at_place(severity, "dead-link", path, place, message, help)
    }

    /// A reference between double brackets, where a wiki link may be meant.
    pub fn shadowed_link(severity: Severity, path: &str, place: (u32, u32), label: &str) -> Self {
        Diagnostic::at_place(
            severity,
            "shadowed-link",
            path,
            place,
            format!(
                "`[[{label}]]` leads to what `[{label}]:` defines in this file, not to the page or file of that name"
            ),
            format!("give the label another name, or write the path, such as `[[/{label}]]`"),
        )
    }

    /// Several pages or files are called so. `all` are their paths; the first is the one that the link leads to, unless
    /// it leads nowhere.
    pub fn ambiguous_link(
        severity: Severity,
        path: &str,
        place: (u32, u32),
        (target, leads): (&str, bool),
        all: &[String],
    ) -> Self {
        let shown: Vec<String> = all.iter().take(5).map(|it| format!("`{it}`")).collect();
        let more = match all.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = all.first().map_or("", String::as_str);
        Diagnostic::at_place(
            severity,
            "ambiguous-link",
            path,
            place,
            format!(
                "`{target}` may be any of {}{more}; {}",
                shown.join(", "),
                match leads {
                    true => "the link leads to the first",
                    false => "none of them is public anyway, so it is shown as text",
                }
            ),
            format!("write the path, such as `[[/{first}]]`"),
        )
    }

    /// A page cannot be shown inside of another one.
    pub fn embedded_page(path: &str, place: (u32, u32), target: &str) -> Self {
        Diagnostic::at_place(
            Severity::Warning,
            "embedded-page",
            path,
            place,
            format!("`{target}` is a page, and shown as a link: pages are not embedded"),
            format!("write `[[{target}]]`, or the text itself"),
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

    /// A setting below `[footer]` leads nowhere.
    pub fn dead_footer_link(severity: Severity, key: &str, url: &str) -> Self {
        Diagnostic::about(
            severity,
            "dead-link",
            "site.toml",
            format!("nothing is at `{url}`, which `footer.{key}` names"),
            "name a file such as `@/terms.md`, an address of the site, or one elsewhere",
        )
    }
}

/// Whether an address begins as the name of another host does, such as `example.org/start`.
fn is_host(target: &str) -> bool {
    let Some((host, _)) = target.split_once('/') else {
        return false;
    };
    let last = host.rsplit_once('.').map_or("", |(_, last)| last);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    host.bytes().all(is_word)
        && (2..=6).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_about_a_dead_link() {
        for (target, is_page, near, help) in [
            ("a.md", true, Some("@/b/a.md"), "did you mean `@/b/a.md`?"),
            ("example.org/a", true, None, "https://"),
            ("v1.2/a", true, None, "link to a file"),
            ("../a.md", true, None, "link to a file"),
            ("a.png", false, None, "put the file"),
        ] {
            let (place, severity) = ((1, 1), Severity::Warning);
            let found = Diagnostic::dead_link(severity, "x.md", place, (target, is_page), near);
            assert!(found.help.contains(help), "{target}: {}", found.help);
        }
    }
}
