//! Findings about addresses: taken, reserved, or none at all; and about ids and languages.

use crate::diag::{Diagnostic, Severity};

impl Diagnostic {
    /// Another file has this address already, perhaps in other letter case.
    pub fn address_taken(path: &str, address: &str, by: &str, taken: &str) -> Self {
        let case = if address == taken {
            String::new()
        } else {
            format!(", as `{taken}`")
        };
        Diagnostic::about(
            Severity::Error,
            "address-taken",
            path,
            format!("the address `{address}` belongs to {by} already{case}"),
            dates_apart(path, by).unwrap_or_else(|| {
                "give one of them another name, `slug` or `path`; letter case alone does not tell addresses apart".into()
            }),
        )
    }

    /// The list of a section lies here, and has no page of its own.
    pub fn list_address(path: &str, address: &str, folder: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "address-taken",
            path,
            format!("the address `{address}` belongs to the list of `{folder}`"),
            format!(
                "name the file `{folder}/_index.md` to make it the page of that list, or choose another `path`"
            ),
        )
    }

    /// A file would lie where a folder must be, or the other way round.
    pub fn file_and_folder(path: &str, address: &str, by: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "file-and-folder",
            path,
            format!("`{address}` cannot be a file and a folder at once: {by} is in the way"),
            "give one of them another name",
        )
    }

    /// A page that would hide a route of the edge.
    pub fn reserved_address(path: &str, address: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "reserved-address",
            path,
            format!("the edge itself answers at `{address}`"),
            "choose another name, `slug` or `path`; other addresses below `/api/` and `/members/` are free",
        )
    }

    /// An address that could lead out of the site, or that no browser would ask for.
    pub fn unsafe_address(path: &str, address: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "unsafe-address",
            path,
            format!("`{}` cannot be an address", beginning(address)),
            "an address begins with `/` and has no `..`, no empty segment, no backslash and no control characters",
        )
    }

    /// An address with a segment that begins with a dot.
    pub fn hidden_address(path: &str, address: &str) -> Self {
        let shown: Vec<&str> = address
            .split('/')
            .map(|it| it.trim_start_matches('.'))
            .collect();
        Diagnostic::about(
            Severity::Error,
            "hidden-address",
            path,
            format!(
                "`{}` has a segment that begins with a dot, and is served nowhere",
                beginning(address)
            ),
            format!("write `{}`", beginning(&shown.join("/"))),
        )
    }

    /// A name that file systems do not take, or an address that the edge does not.
    pub fn long_address(path: &str, address: &str) -> Self {
        let longest = address.split('/').map(str::len).max().unwrap_or_default();
        let message = match longest > 255 {
            true => format!(
                "a segment of the address `{}` is longer than 255 bytes",
                beginning(address)
            ),
            false => format!(
                "the address `{}` is too long: 2,048 bytes and 64 segments are served, with everything encoded",
                beginning(address)
            ),
        };
        Diagnostic::about(
            Severity::Error,
            "long-address",
            path,
            message,
            "give the page a shorter `slug`, or the term a shorter name; a Chinese character counts three bytes, and nine when it is encoded",
        )
    }

    /// An address that the author wrote, and that some host refuses.
    pub fn doubtful_address(path: &str, address: &str, fault: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "doubtful-address",
            path,
            format!("some hosts refuse `{}` ({fault})", beginning(address)),
            "the edge serves it; leave it out if `public/` goes elsewhere",
        )
    }

    /// A file that is copied, and that some host refuses.
    pub fn doubtful_file(path: &str, fault: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "doubtful-address",
            path,
            format!("some hosts refuse the name of this file ({fault})"),
            "the edge serves it; rename it if `public/` goes elsewhere",
        )
    }

    /// A slug or name that differs from the segment made of it, since some hosts refuse it. `help` says where to write
    /// the segment.
    pub fn slug_changed(
        path: &str,
        (what, name): (&str, &str),
        (made, fault): (&str, &str),
        help: &str,
    ) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "slug-changed",
            path,
            format!(
                "some hosts refuse the {what} `{}` ({fault}): the address has `{}`",
                beginning(name),
                beginning(made)
            ),
            format!("write `slug: {}`{help}", beginning(made)),
        )
    }

    /// A published address that is now another one, since some hosts refuse its former form.
    pub fn address_changed(former: &str, now: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "address-changed",
            "site.toml",
            format!(
                "`/{}/` of the last release is at `/{}/` now, since some hosts refuse the former",
                beginning(former),
                beginning(now)
            ),
            "the edge redirects from it; if `public/` lies elsewhere, set up a redirect there. This is said once",
        )
    }

    /// Nothing of the name can stand in an address.
    pub fn empty_slug(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "empty-slug",
            path,
            "nothing of this name can stand in an address",
            "give the page a `slug` with a letter or a digit",
        )
    }

    /// A permalink pattern wants a date, and the page has none.
    pub fn undated_permalink(path: &str, pattern: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "undated-permalink",
            path,
            format!("the permalink `{pattern}` wants a date, and this page has none"),
            "add `date`, or a `path` of its own",
        )
    }

    /// Another page has this id.
    pub fn id_taken(path: &str, id: &str, by: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "id-taken",
            path,
            format!("the page id `{id}` belongs to {by} already"),
            "comments and scores hang on it: give one of them another name or `id`",
        )
        .in_head("id", id)
    }

    /// A language that the site does not list.
    pub fn unknown_language(path: &str, tag: &str, known: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "unknown-language",
            path,
            format!("the site has no language `{tag}`"),
            format!("known are {known}; others are added in `site.toml` as `[[languages]]`"),
        )
        .in_head("language", tag)
    }

    /// A text that says nothing of who may read it, while another language of it is gated or in doubt.
    pub fn translation_left_open(path: &str, original: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "translation-left-open",
            path,
            format!(
                "nothing says who may read this, and {original}, the same text in another language, is not open to all"
            ),
            "give it the same `access` and markers; if anyone may read it, write `access: public`",
        )
    }

    /// A static file in place of a feed or the sitemap.
    pub fn static_instead(path: &str, address: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "static-instead",
            path,
            format!(
                "this takes the place of the `{address}` that the build makes, and lists no page by itself"
            ),
            "delete it, or give it another name",
        )
    }

    /// A static file that hosts send for another, because it is called like its compressed copy.
    pub fn static_copy(path: &str, original: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "static-copy",
            path,
            format!("hosts may send this in place of `{original}`, whatever that holds by then"),
            "delete it; `precompress = true` makes such copies",
        )
    }

    /// The page of a folder, or one that is nearly called so, that is not live and not called `_index`, and hides what is
    /// below it.
    pub fn section_hides(path: &str, n_pages: usize) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "section-hides",
            path,
            format!(
                "this is the page of its folder and not live, so what is below it is left out ({n_pages} pages)"
            ),
            "if that is meant, call it `_index.md` in that folder, or `_index.zh.md` for one language; if not, move the pages elsewhere",
        )
    }

    /// `access` of a section's page, which says nothing of the pages below it.
    pub fn section_access(path: &str, access: &str, n_pages: usize) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "section-access",
            path,
            format!(
                "`access: {access}` is for the text of this page alone: what is below it says nothing of who may read it, and is open to all ({n_pages} pages)"
            ),
            "write an `access` in each page below; `access: public` says that it is meant to be open",
        )
    }

    /// A section of which it cannot be told whether it is a draft, or when it is published.
    pub fn section_in_doubt(path: &str, n_pages: usize) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "section-in-doubt",
            path,
            format!(
                "this does not say whether its section may be seen, so what is below it is left out ({n_pages} pages)"
            ),
            "correct the error of this file",
        )
    }

    /// The same term, spelt with other letter case, elsewhere.
    pub fn term_spelling(
        path: &str,
        (taxonomy, spelt): (&str, &str),
        shown: &str,
        by: &str,
    ) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "term-spelling",
            path,
            format!("`{spelt}` in `{taxonomy}` is spelt `{shown}` in {by}"),
            "both are taken as one; write it one way",
        )
        .in_head(taxonomy, spelt)
    }

    /// A term at the address of another one, since some hosts refuse what tells them apart.
    pub fn term_taken(
        path: &str,
        (taxonomy, spelt): (&str, &str),
        (shown, slug): (&str, &str),
        by: &str,
    ) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "term-taken",
            path,
            format!(
                "`{spelt}` in `{taxonomy}` has the address `{slug}` of `{shown}` in {by}, and both are taken as one"
            ),
            "give one of them a name that differs by letters or digits",
        )
        .in_head(taxonomy, spelt)
    }

    /// A term of which no address can be made.
    pub fn empty_term(path: &str, taxonomy: &str, spelt: &str) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "empty-term",
            path,
            format!(
                "`{}` in `{taxonomy}` cannot stand in an address, and is left out",
                spelt.escape_debug()
            ),
            "use letters or digits",
        )
        .in_head(taxonomy, spelt)
    }
}

/// Enough of a long text to be known by, on one line.
fn beginning(text: &str) -> String {
    const CHARS: usize = 60;
    let mut shown: String = text.escape_debug().take(CHARS).collect();
    if text.chars().nth(CHARS).is_some() {
        shown.push('…');
    }
    shown
}

impl Diagnostic {
    /// The same finding about a page that the build makes itself, in the file where an author can change it.
    #[must_use]
    pub fn about_generated(self, path: &str) -> Self {
        Diagnostic {
            path: path.into(),
            ..self
        }
    }

    /// The same finding about a former address in the head of its file.
    #[must_use]
    pub fn about_alias(self, alias: &str) -> Self {
        let message = format!("alias `{}`: {}", beginning(alias), self.message);
        Diagnostic {
            message,
            help: "take it out of `aliases`, or write the address that the page had".into(),
            ..self
        }
        .in_head("aliases", alias)
    }
}
/// The way out where two files of one folder differ in the dates of their names, which addresses leave out.
fn dates_apart(path: &str, by: &str) -> Option<String> {
    let (folder, own) = path.strip_prefix("content/")?.rsplit_once('/')?;
    let (other_folder, other) = by.strip_prefix("content/")?.rsplit_once('/')?;
    let is_dated = |name: &str| {
        let is_fitting = |(at, byte): (usize, u8)| match at {
            4 | 7 | 10 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        name.len() > 11 && name.bytes().take(11).enumerate().all(is_fitting)
    };
    (folder == other_folder && is_dated(own) && is_dated(other)).then(|| {
        format!(
            "addresses leave the dates of names out: put `\"{folder}\" = \"/:year/:month/:day/:slug/\"` below `[permalinks]` in `site.toml`, or give one of them another `slug`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_their_dates_alone_have_a_way_out() {
        for (path, by, has_way) in [
            (
                "content/_posts/2026-01-04-a.md",
                "content/_posts/2026-01-02-a.md",
                true,
            ),
            (
                "content/_posts/2026-01-04-a.md",
                "content/_posts/a.md",
                false,
            ),
            (
                "content/x/2026-01-04-a.md",
                "content/y/2026-01-02-a.md",
                false,
            ),
            ("content/2026-01-04-a.md", "content/2026-01-02-a.md", false),
            (
                "content/_posts/2026-01-0x-a.md",
                "content/_posts/2026-01-02-a.md",
                false,
            ),
        ] {
            let found = Diagnostic::address_taken(path, "/a/", by, "/a/");
            assert_eq!(found.help.contains("[permalinks]"), has_way, "{path}");
        }
    }
}
