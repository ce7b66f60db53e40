//! Attributes of HTML and of headings that say who may read, such as `data-access="paid"` and `{.members-only}`: an author
//! who writes them expects a gate, and nothing reads them.
//!
//! Entry point: [`report`]. Code is left alone, and so is a class of one word: a style sheet may be meant.

use crate::diag::Diagnostic;
use crate::ids::TierId;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::front_matter;
use crate::site::parse::paywall::fold::fold;
use crate::site::parse::paywall::lines::line_length;
use crate::site::parse::paywall::meaning::{self, Marker, Meaning};
use crate::site::parse::paywall::phrase::is_exact;
use crate::site::parse::raw_html;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Reports each tag and each heading that has one.
pub fn report(body: &Body<'_>, tiers: &[TierId], findings: &mut Findings<'_>) {
    let text = &findings.file().text;
    let mut is_in_heading = false;
    for (at, (event, bytes)) in body.events.iter().enumerate() {
        let is_gate = match event {
            Event::Start(Tag::Heading { classes, attrs, .. }) => {
                is_in_heading = true;
                let mut attrs = attrs.iter();
                classes.iter().any(|it| is_class(it, tiers))
                    || attrs.any(|(name, value)| {
                        says(name, value.as_deref().unwrap_or_default(), tiers)
                    })
            }
            Event::End(TagEnd::Heading(_)) => {
                is_in_heading = false;
                false
            }
            Event::Start(Tag::HtmlBlock) => has_gate(&body.text(body.span(at)), false, tiers),
            Event::InlineHtml(html) => has_gate(html, is_in_heading, tiers),
            _ => false,
        };
        if is_gate {
            let file = findings.file();
            let at = bytes.start;
            let line = text[at..at + line_length(&text[at..])].trim();
            findings.push(|| Diagnostic::marker_misspelt(file, at..at, line, None));
        }
    }
}

/// Whether HTML has a tag that says who may read. A heading that ends with `<paid>` has no closer that would tell.
fn has_gate(html: &str, is_in_heading: bool, tiers: &[TierId]) -> bool {
    raw_html::tags(html).iter().any(|tag| {
        let mut all = raw_html::attributes(tag.inside);
        (is_in_heading && is_exact(&fold(tag.name), tiers))
            || all.any(|(name, value)| says(name, value, tiers))
    })
}

/// Whether an attribute says who may read.
fn says(name: &str, value: &str, tiers: &[TierId]) -> bool {
    let name = name.to_ascii_lowercase();
    if name == "class" {
        return value.split_whitespace().any(|it| is_class(it, tiers));
    }
    let own = ["data-", "x-", "ly-"]
        .iter()
        .find_map(|it| name.strip_prefix(it));
    let key = own.unwrap_or(&name);
    let is_yes = matches!(value, "" | "true" | "yes" | "1") || value == name;
    let is_key = front_matter::decides_access(key) || key == "audience" || key == "members";
    let names_readers = || {
        let meaning = meaning::comment(value, tiers);
        matches!(
            meaning,
            Some(Meaning::Marker(Marker::Open(_) | Marker::Rest))
        ) || is_exact(&fold(value), tiers)
    };
    (is_key && names_readers()) || (is_yes && is_exact(&fold(key), tiers) && key.len() > 1)
}

/// Whether a class says who may read, as `members-only` does. One word, such as `paid`, may be there for its looks.
fn is_class(class: &str, tiers: &[TierId]) -> bool {
    let folded = fold(class);
    let is_limited = folded
        .split('-')
        .any(|it| matches!(it, "only" | "content" | "access"));
    folded == "paywall" || (is_limited && is_exact(&folded, tiers))
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::codes;

    #[test]
    fn attributes_that_gate_are_errors() {
        for line in [
            "<section data-part=\"1\" data-access=\"members\">",
            "<div data-access='paid'>",
            "<div access=paid>",
            "<DIV data-tier=\"pro\">",
            "<div data-visibility=\"members-only\">",
            "<div data-members-only>",
            "<div data-paid=\"true\">",
            "<div class=\"box members-only\" markdown=\"1\">",
            "<div class=\"paid-content\">",
            "text <span data-access=\"paid\">",
            "## Deep dive {access=paid}",
            "## Deep dive {.members-only}",
            "## Deep dive {tier=pro}",
            "## Deep dive <paid>",
            "## Deep dive <members-only>",
        ] {
            let found = codes(&format!("a\n\n{line}\n\nb\n"));
            assert!(found.contains(&"marker-misspelt"), "{line}: {found:?}");
        }
        for line in [
            "<div class=\"members\">x</div>",
            "<div class=\"paid price\">x</div>",
            "<div data-access=\"public\">x</div>",
            "<div data-id=\"paid\" title=\"members\">x</div>",
            "<a href=\"/members\" rel=\"paid\">x</a>",
            "<input type=\"password\" hidden>",
            "<button role=\"tab\" data-target=\"members\">x</button>",
            "## Deep dive {#members}",
            "## Deep dive {.lead}",
            "## Vec&lt;paid&gt;",
            "`<div data-access=\"paid\">`",
        ] {
            let found = codes(&format!("a\n\n{line}\n\nb\n"));
            assert!(!found.contains(&"marker-misspelt"), "{line}: {found:?}");
        }
    }
}
