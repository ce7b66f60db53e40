//! Findings about the head of a page.

use crate::diag::{Diagnostic, Severity, SourceFile};
use std::ops::Range;

impl Diagnostic {
    /// A page whose name begins with `_`, as other tools mark what they do not publish.
    pub fn draft_by_name(file: &SourceFile) -> Self {
        Diagnostic::about(
            Severity::Warning,
            "draft-by-name",
            &file.path,
            "this page is a draft, because its name begins with `_`",
            "rename it to publish it, or write `draft: true` in its head",
        )
    }

    /// The head is longer than is read.
    pub fn head_too_long(file: &SourceFile, at: Range<usize>, most_bytes: usize) -> Self {
        let message = format!("front matter is longer than {} KiB", most_bytes / 1024);
        let help = "move the text into the body, and data into `data/`";
        Diagnostic::at(Severity::Error, "head-too-long", file, at, message, help)
    }

    /// Lists and maps lie deeper inside each other than is read.
    pub fn head_too_deep(file: &SourceFile, at: Range<usize>, most: usize) -> Self {
        let message = format!("front matter is nested deeper than {most} levels");
        let help = "move data into `data/`";
        Diagnostic::at(Severity::Error, "head-too-deep", file, at, message, help)
    }

    /// A YAML anchor or alias.
    pub fn head_reference(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "YAML anchors and aliases are not read";
        let help = "write the value out, or put text that begins with `&` or `*` in quotes";
        Diagnostic::at(Severity::Error, "head-reference", file, at, message, help)
    }

    /// The head is no YAML, or no TOML. `help` is empty where the general advice is all there is.
    pub fn head_unreadable(file: &SourceFile, at: Range<usize>, reason: &str, help: &str) -> Self {
        let message = format!("front matter cannot be read: {reason}");
        let help = match help {
            "" => "put text that holds `: `, `#`, `{` or quotes in quotes",
            help => help,
        };
        Diagnostic::at(Severity::Error, "head-unreadable", file, at, message, help)
    }

    /// A value of a key of ours is of the wrong type; `at` is the value.
    pub fn head_wrong_type(file: &SourceFile, at: Range<usize>, key: &str, wanted: &str) -> Self {
        let message = match first_words(file.text.get(at.start..).unwrap_or_default()) {
            found if found.is_empty() => format!("`{key}` cannot be empty"),
            found => format!("`{key}` cannot be `{found}`"),
        };
        let help = format!("write {wanted}");
        Diagnostic::at(Severity::Error, "head-wrong-type", file, at, message, help)
    }

    /// The value of a date of ours is none; `at` is the value, `reason` says which part of it is wrong.
    pub fn head_no_date(file: &SourceFile, at: Range<usize>, key: &str, reason: &str) -> Self {
        let message = format!("`{key}` is no date: {reason}");
        let help = "write a date such as `2026-01-31` or `2026-01-31 08:00:00 +08:00`";
        Diagnostic::at(Severity::Error, "head-wrong-type", file, at, message, help)
    }

    /// A key stands twice; `at` is the second.
    pub fn head_key_twice(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` stands twice");
        let help = "the first one counts; delete the other";
        Diagnostic::at(Severity::Warning, "head-key-twice", file, at, message, help)
    }

    /// Another name of a field that has its value; `first` is the name that counts.
    pub fn head_field_twice(file: &SourceFile, at: Range<usize>, key: &str, first: &str) -> Self {
        let message = format!("`{key}` means the same as `{first}`, and says something else");
        let help =
            format!("`{first}` counts; put into it what you need of the other, and delete that");
        Diagnostic::at(Severity::Warning, "head-key-twice", file, at, message, help)
    }

    /// A value of text that ends where a comment of YAML begins.
    pub fn head_comment(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("` #` begins a comment in YAML: what follows is no part of `{key}`");
        let help = "put the value between quotes, or the comment in a line of its own";
        Diagnostic::at(Severity::Warning, "head-comment", file, at, message, help)
    }

    /// A key that is nearly one of ours.
    pub fn head_key_unknown(file: &SourceFile, at: Range<usize>, key: &str, near: &str) -> Self {
        let message = format!("`{key}` is not a key of ours");
        let help =
            format!("did you mean `{near}`? As it stands it reaches templates as `extra.{key}`");
        Diagnostic::at(
            Severity::Warning,
            "head-key-unknown",
            file,
            at,
            message,
            help,
        )
    }

    /// A key that decides stands twice; `at` is the second.
    pub fn head_decided_twice(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` is given twice");
        let help = "it decides who may read the page, or when: keep the one that you mean";
        Diagnostic::at(Severity::Error, "head-key-twice", file, at, message, help)
    }

    /// Two names of one thing that say different things; `at` is the second.
    pub fn head_disagrees(file: &SourceFile, at: Range<usize>, first: &str, second: &str) -> Self {
        let message = format!("`{second}` and `{first}` say different things");
        let help = "both decide who may read the page, or when: keep the one that you mean";
        Diagnostic::at(Severity::Error, "head-disagrees", file, at, message, help)
    }

    /// Tiers without the `visibility: tiers` that they belong to.
    pub fn head_tiers_alone(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` decides nothing without `access`");
        let help = "write `access` with the id of the lowest tier that may read";
        Diagnostic::at(Severity::Error, "head-tiers-alone", file, at, message, help)
    }

    /// A key that is nearly one that decides.
    pub fn head_key_misspelt(file: &SourceFile, at: Range<usize>, key: &str, near: &str) -> Self {
        let message = format!("`{}` is nearly `{near}`", key.escape_debug());
        let help = format!(
            "write `{near}`; if it is a value of your own, give it a name that cannot be taken for one that decides who may read the page, or when"
        );
        Diagnostic::at(
            Severity::Error,
            "head-key-misspelt",
            file,
            at,
            message,
            help,
        )
    }

    /// A word for who may read, or when, that is not read.
    pub fn head_key_unread(file: &SourceFile, at: Range<usize>, key: &str, ours: &str) -> Self {
        let message = format!(
            "`{}` is not read, and nothing is held back by it",
            key.escape_debug()
        );
        let help = format!("write `{ours}`; a value of your own belongs below `extra`");
        Diagnostic::at(Severity::Error, "head-key-unread", file, at, message, help)
    }

    /// A key that names a first day that is still to come, on a page that is published now.
    pub fn first_day_to_come(path: &str, key: &str) -> Self {
        let message = format!(
            "`{}` is still to come and is not read; the page is published now",
            key.escape_debug()
        );
        let help = "to hold the page back until then, write `publish_at`; a value of your own belongs below `extra`";
        Diagnostic::about(Severity::Warning, "head-key-unread", path, message, help)
            .in_head(key, "")
    }

    /// A key that decides, where it decides nothing.
    pub fn head_key_nested(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{}` decides nothing here", key.escape_debug());
        let help = "put it at the left margin of the front matter, below no other key; if it is a value of your own, give it another name";
        Diagnostic::at(Severity::Error, "head-key-nested", file, at, message, help)
    }

    /// `status: scheduled` without a date.
    pub fn head_scheduled_for_no_date(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "`scheduled`, and no date says for when";
        let help = "add `date` or `publish_at`";
        Diagnostic::at(
            Severity::Error,
            "head-scheduled-for-no-date",
            file,
            at,
            message,
            help,
        )
    }

    /// The last change comes before the first publication.
    pub fn head_updated_before_date(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "`updated` is earlier than `date`";
        let help = "correct one of them";
        Diagnostic::at(
            Severity::Warning,
            "head-updated-before-date",
            file,
            at,
            message,
            help,
        )
    }

    /// The page expires before it is published.
    pub fn head_expires_before_date(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "the page expires before it is published, so it is never built";
        let help = "correct `expires_at`, `publish_at` or `date`";
        Diagnostic::at(
            Severity::Warning,
            "head-expires-before-date",
            file,
            at,
            message,
            help,
        )
    }

    /// A head that never ends; `at` is its opening fence.
    pub fn head_not_closed(file: &SourceFile, at: Range<usize>, fence: &str) -> Self {
        let message = "the front matter is never closed";
        let help = format!("end it with `{fence}` on a line of its own");
        Diagnostic::at(Severity::Error, "head-not-closed", file, at, message, help)
    }

    /// Text that looks like front matter and is not read as such; `at` shows it.
    pub fn head_damaged(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "this looks like front matter, and cannot be read as such";
        let help = "put `---` above and below it, each on a line of its own, and write each line as `key: value`, with an ASCII colon and a space behind it";
        Diagnostic::at(Severity::Error, "head-damaged", file, at, message, help)
    }

    /// A line outside the front matter that would decide something in it.
    pub fn head_key_outside(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!(
            "`{}` stands outside the front matter, where it decides nothing",
            key.escape_debug()
        );
        let help = "front matter comes first in the file, between two lines of `---`; move the line into it, or write it as code if it is meant to be seen";
        Diagnostic::at(Severity::Error, "head-key-outside", file, at, message, help)
    }

    /// A page that stands in a block of code, so that its front matter and its markers are text.
    pub fn page_in_code(file: &SourceFile, at: Range<usize>) -> Self {
        let message =
            "the whole page stands in a block of code, so nothing in it decides who may read it";
        let help = "delete the lines of the fence around it; to show a page, write a text of your own above the block";
        Diagnostic::at(Severity::Error, "page-in-code", file, at, message, help)
    }

    /// Front matter that is in a comment, or behind one that is a marker.
    pub fn head_behind_comment(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "this comment stands where the front matter begins";
        let help = "front matter comes first in the file: move the comment below it";
        Diagnostic::at(
            Severity::Error,
            "head-behind-comment",
            file,
            at,
            message,
            help,
        )
    }

    /// A head as Emacs' Org has it.
    pub fn head_of_org(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "front matter in Org syntax is not read";
        let help = "write it as YAML between two lines of `---`";
        Diagnostic::at(Severity::Error, "head-of-org", file, at, message, help)
    }

    /// What version control leaves of two versions that it could not merge.
    pub fn merge_conflict(file: &SourceFile, at: Range<usize>) -> Self {
        let message = "two versions of this file have not been merged";
        let help = "decide between the lines from `<<<<<<<` to `>>>>>>>`, and delete these marks";
        Diagnostic::at(Severity::Error, "merge-conflict", file, at, message, help)
    }

    /// A file whose name begins like a date that is in no calendar.
    pub fn name_without_date(path: &str, text: &str) -> Self {
        let message = format!("the name begins with `{text}`, which is no date");
        let help = "a date in the name is that of the page: correct it, or give the page a `date`";
        Diagnostic::about(Severity::Error, "name-without-date", path, message, help)
    }

    /// A key of `scores` that is no mark.
    pub fn head_score_unknown(file: &SourceFile, at: Range<usize>, key: &str) -> Self {
        let message = format!("`{key}` is no score an editor can set");
        let help = "`scores` takes `expertise` and `practicality`; readability is measured";
        Diagnostic::at(
            Severity::Warning,
            "head-score-unknown",
            file,
            at,
            message,
            help,
        )
    }

    /// `access` names nobody.
    pub fn access_unknown(
        file: &SourceFile,
        at: Range<usize>,
        text: &str,
        near: Option<&str>,
    ) -> Self {
        let message = format!("`{text}` does not say who may read");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `public`, `members`, `paid` or the id of a tier in site.toml".into(),
        };
        Diagnostic::at(Severity::Error, "access-unknown", file, at, message, help)
    }

    /// A file has more findings than are shown.
    pub fn more_findings(path: &str, n_more: usize) -> Self {
        let message = format!("{n_more} more findings in this file are not shown");
        Diagnostic::about(
            Severity::Warning,
            "more-findings",
            path,
            message,
            "correct the first ones, then look again",
        )
    }
}

/// Most characters of a value that a message repeats.
const MAX_FOUND_CHARS: usize = 40;

/// What stands in the rest of the line.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    let mut found: String = line.chars().take(MAX_FOUND_CHARS).collect();
    if found.len() < line.len() {
        found.push('…');
    }
    found
}
