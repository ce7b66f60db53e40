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
            "give one of them another name, `slug` or `path`; letter case alone does not tell addresses apart",
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

    /// The edge's own address.
    pub fn reserved_address(path: &str, address: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "reserved-address",
            path,
            format!("the address `{address}` belongs to the members' area"),
            "`api`, `members` and `admin` cannot begin an address: choose another name, `slug` or `path`",
        )
    }

    /// An address that could lead out of the site, or that no browser would ask for.
    pub fn unsafe_address(path: &str, address: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "unsafe-address",
            path,
            format!("`{}` cannot be an address", address.escape_debug()),
            "an address begins with `/` and has no `..`, no empty step, no backslash and no control characters",
        )
    }

    /// A name that file systems do not take.
    pub fn long_address(path: &str, address: &str) -> Self {
        let beginning: String = address.chars().take(40).collect();
        Diagnostic::about(
            Severity::Error,
            "long-address",
            path,
            format!("a step of the address `{beginning}…` is longer than 255 bytes"),
            "give the page a shorter `slug`, or the term a shorter name; a Chinese character counts three bytes",
        )
    }

    /// Nothing of the name can stand in an address.
    pub fn empty_slug(path: &str) -> Self {
        Diagnostic::about(
            Severity::Error,
            "empty-slug",
            path,
            "nothing of this file's name can stand in an address",
            "give the page a `slug`",
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

    /// A section of which it cannot be told whether it is a draft, or when it is published.
    pub fn section_in_doubt(path: &str, n_pages: usize) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "section-in-doubt",
            path,
            format!(
                "the front matter does not say whether this section may be seen, so what is below it is left out ({n_pages} pages)"
            ),
            "correct the error in its front matter",
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
        let message = format!("alias `{}`: {}", alias.escape_debug(), self.message);
        Diagnostic {
            message,
            help: "take it out of `aliases`, or write the address that the page had".into(),
            ..self
        }
        .in_head("aliases", alias)
    }
}
