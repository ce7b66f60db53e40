//! Findings about who may read what. All that could open a gate is an error.

use crate::diag::{Diagnostic, Severity, SourceFile};
use std::ops::Range;

/// How a part is opened and closed.
const USAGE: &str = "open a part with `<!-- members -->`, `<!-- paid -->` or `<!-- tier:ID -->` on a line of its own, and close it with the same word after `/`";

impl Diagnostic {
    /// A comment or line that means a marker and is none; `text` is all of it.
    pub fn marker_misspelt(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        near: Option<&str>,
    ) -> Self {
        let message = format!("`{text}` is no paywall marker, but means one");
        let help = match near {
            Some(near) => format!("write `<!-- {near} -->`; to show it to readers, put it in code"),
            None => USAGE.into(),
        };
        Diagnostic::at(Severity::Error, "marker-misspelt", file, at, message, help)
    }

    /// A comment that is nearly `more` in a page where nothing hangs on it.
    pub fn divider_misspelt(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`{text}` does not end the summary");
        let help = "did you mean `<!-- more -->`?";
        Diagnostic::at(
            Severity::Warning,
            "divider-misspelt",
            file,
            at,
            message,
            help,
        )
    }

    /// A marker that does not stand alone on an unindented line.
    pub fn marker_misplaced(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!(
            "`{text}` must stand alone on its line, without indent and outside lists, quotes and other HTML"
        );
        Diagnostic::at(
            Severity::Error,
            "marker-misplaced",
            file,
            at,
            message,
            USAGE,
        )
    }

    /// A divider that does not stand alone in a page where nothing hangs on it.
    pub fn divider_misplaced(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "`<!-- more -->` ends the summary only on a line of its own";
        let help = "put it between two blocks";
        Diagnostic::at(
            Severity::Warning,
            "divider-misplaced",
            file,
            at,
            message,
            help,
        )
    }

    /// A marker in code, where it is text.
    pub fn marker_as_text(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`{text}` inside code is text and gates nothing");
        let help = "to gate text, put it on a line of its own outside code; to show it, use a fence with the word `markdown`";
        Diagnostic::at(Severity::Warning, "marker-as-text", file, at, message, help)
    }

    /// A marker in code where a fence of the page does not pair up; `fence_line` is that fence's.
    pub fn marker_in_open_fence(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        fence_line: u32,
    ) -> Self {
        let message = format!(
            "`{text}` is in a code block, and the fence of line {fence_line} does not pair up with another"
        );
        let help = "close each code block with a fence of its own; to show fences inside code, use a longer fence around it";
        Diagnostic::at(
            Severity::Error,
            "marker-in-open-fence",
            file,
            at,
            message,
            help,
        )
    }

    /// A marker in code that may be meant to count; `why` tells why.
    pub fn marker_in_code(file: &SourceFile, at: Range<usize>, text: &str, why: &str) -> Self {
        let message = format!("`{text}` is in code and gates nothing, but {why}");
        let help = "to gate text, put it on a line of its own outside code; to show it, use a fence with the word `markdown`";
        Diagnostic::at(Severity::Error, "marker-in-code", file, at, message, help)
    }

    /// A comment that never ends, in a page with gates.
    pub fn comment_unclosed(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "this comment never ends, and this page has gated parts";
        let help = "end it with `-->`; to show `<!--` to readers, put it in code";
        Diagnostic::at(Severity::Error, "comment-unclosed", file, at, message, help)
    }

    /// A marker within a comment between `%%`.
    pub fn marker_commented_out(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`{text}` stands in a comment between `%%`, and gates nothing there");
        let help = "end the comment before it, or delete it";
        let code = "marker-misplaced";
        Diagnostic::at(Severity::Error, code, file, at, message, help)
    }

    /// `%%` that begins a comment which never ends. At the beginning of a line hardly anything else is meant.
    pub fn percent_unclosed(file: &SourceFile, at: Range<usize>, begins_line: bool) -> Self {
        let severity = match begins_line {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let message = "this `%%` begins a comment that never ends, so it is shown as text";
        let help = "end it with `%%`, in the same paragraph if it begins within a line; for text, write `\\%%`";
        Diagnostic::at(severity, "comment-unclosed", file, at, message, help)
    }

    /// A comment that hides the rest of a page without gates.
    pub fn comment_swallows(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "this comment never ends, so nothing behind it is shown";
        let help = "end it with `-->`";
        Diagnostic::at(
            Severity::Warning,
            "comment-unclosed",
            file,
            at,
            message,
            help,
        )
    }

    /// A part that more people may read than the page's own access lets read the text there.
    pub fn marker_wider(file: &SourceFile, at: Range<usize>, part: &str, page: &str) -> Self {
        let message = format!(
            "`<!-- {part} -->` opens text to more readers than `access: {page}` of the page does"
        );
        let help = format!(
            "close the part before the teaser ends, use `{page}` or a higher tier for it, or change the page's `access`"
        );
        Diagnostic::at(Severity::Error, "marker-wider", file, at, message, help)
    }

    /// A divider inside a part, in a page whose access holds behind it.
    pub fn divider_in_part(
        file: &SourceFile,
        at: Range<usize>,
        open: &str,
        open_line: u32,
    ) -> Self {
        let message =
            format!("`<!-- more -->` is inside the part of line {open_line}, which is `{open}`");
        let help = format!("write `<!-- /{open} -->` before it");
        Diagnostic::at(Severity::Error, "divider-in-part", file, at, message, help)
    }

    /// A part is opened inside another.
    pub fn marker_nested(file: &SourceFile, at: Range<usize>, text: &str, open_line: u32) -> Self {
        let message = format!("`<!-- {text} -->` opens a part inside the part of line {open_line}");
        let help = "close that part first; parts do not nest";
        Diagnostic::at(Severity::Error, "marker-nested", file, at, message, help)
    }

    /// A closer of another part than the open one.
    pub fn marker_crossed(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        open: &str,
        open_line: u32,
    ) -> Self {
        let message = format!(
            "`<!-- {text} -->` does not close the part of line {open_line}, which is `{open}`"
        );
        let help = format!("write `<!-- /{open} -->`");
        Diagnostic::at(Severity::Error, "marker-crossed", file, at, message, help)
    }

    /// A closer of the part that is the rest of the page.
    pub fn rest_closed(file: &SourceFile, at: Range<usize>, text: &str, open_line: u32) -> Self {
        let message = format!(
            "`<!-- {text} -->` closes the part of line {open_line}, but `members-only` is the rest of the page"
        );
        let help = "write `<!-- members -->` there";
        Diagnostic::at(Severity::Error, "marker-crossed", file, at, message, help)
    }

    /// A closer where nothing is open.
    pub fn marker_unopened(file: &SourceFile, at: Range<usize>, text: &str) -> Self {
        let message = format!("`<!-- {text} -->` closes a part, but none is open");
        Diagnostic::at(Severity::Error, "marker-unopened", file, at, message, USAGE)
    }

    /// A link reference or footnote is defined in a gated part and used outside it. `at` is the definition's.
    pub fn gated_definition(
        file: &SourceFile,
        at: Range<usize>,
        label: &str,
        uses: &[DefinitionUse],
    ) -> Self {
        let uses = listed(uses);
        let message = format!("`[{label}]` is defined in a gated part and used outside it: {uses}");
        let help = "move the definition to the end of the file, to a public part, or the uses into that part";
        Diagnostic::at(Severity::Error, "gated-definition", file, at, message, help)
    }

    /// A definition at the end of the file is used by text that different readers may read. `at` is the definition's.
    pub fn shared_definition(
        file: &SourceFile,
        at: Range<usize>,
        label: &str,
        uses: &[DefinitionUse],
    ) -> Self {
        let uses = listed(uses);
        let message = format!("`[{label}]` is used on both sides of a gate: {uses}");
        let help = "define it once for each side, under two labels";
        Diagnostic::at(Severity::Error, "gated-definition", file, at, message, help)
    }

    /// A definition of a link that is part of the text of a footnote above it; an error where it may be a gated part's.
    pub fn definition_swallowed(file: &SourceFile, at: Range<usize>, is_doubtful: bool) -> Self {
        let severity = if is_doubtful {
            Severity::Error
        } else {
            Severity::Warning
        };
        let message = "this definition is part of the footnote above it and shown as its text";
        let help = "put an empty line before it";
        Diagnostic::at(severity, "definition-swallowed", file, at, message, help)
    }

    /// Text right below a definition that public text uses, among gated text: it would be public as part of that.
    pub fn definition_goes_on(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "this line is part of the definition above it, which public text uses";
        let help = "put an empty line before it if it is gated text; indent it by four spaces if it belongs to the note";
        Diagnostic::at(
            Severity::Error,
            "definition-goes-on",
            file,
            at,
            message,
            help,
        )
    }

    /// A page says who may read it, but holds nothing that is gated.
    pub fn nothing_gated(path: &str, access: &str) -> Self {
        let message = format!("`access: {access}`, but no part of this page is gated");
        let help = "put `<!-- more -->` where the teaser ends; if all of the page is the teaser, add `teaser: all`";
        Diagnostic::about(Severity::Error, "nothing-gated", path, message, help)
            .in_head("access", "")
    }

    /// A page or part is for a tier that site.toml does not have; `near` is the most similar one.
    pub fn tier_unknown(
        file: &SourceFile,
        at: Range<usize>,
        tier: &str,
        near: Option<&str>,
    ) -> Self {
        let message = format!("site.toml has no tier `{tier}`, so nobody could read this");
        let help = match near {
            Some(near) => format!("did you mean `tier:{near}`?"),
            None => {
                format!("name a tier of site.toml, or add `[[tiers]]` with `id = \"{tier}\"` there")
            }
        };
        Diagnostic::at(Severity::Error, "tier-unknown", file, at, message, help)
    }

    /// A page or part is for `paid`, and no tier has a price.
    pub fn nothing_sold(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "no tier in site.toml has a price, so nobody could read this";
        let help =
            "give a tier a price, such as `price = { month = { CNY = 3000 } }`, or write `members`";
        Diagnostic::at(Severity::Error, "nothing-sold", file, at, message, help)
    }

    /// A page has a part for who pays, and nothing on the site says how to.
    pub fn no_way_to_pay(path: &str, access: &str) -> Self {
        let message =
            format!("this page has a part for `{access}`, and nothing says how a reader pays");
        let help = "say it in `how_to_pay` of `[paywall]`, or give an address as `contact` of `[footer]` in site.toml";
        Diagnostic::about(Severity::Warning, "no-way-to-pay", path, message, help)
    }
}

/// A use of a definition.
#[derive(Clone, Debug)]
pub struct DefinitionUse {
    /// Its line, from 1.
    pub line: u32,
    /// Who may read the text around it.
    pub access: String,
}

/// Uses that a finding lists; more are counted.
const USES: usize = 12;

/// `line 3 (public), line 9 (members)`.
fn listed(uses: &[DefinitionUse]) -> String {
    let shown = uses.iter().take(USES);
    let mut list = shown
        .map(|it| format!("line {} ({})", it.line, it.access))
        .collect::<Vec<_>>()
        .join(", ");
    if uses.len() > USES {
        list.push_str(&format!(", and {} more", uses.len() - USES));
    }
    list
}
