//! Elements of raw HTML in a body: names that HTML does not have, and elements that are never closed and hide what
//! stands behind them.
//!
//! Each run of a body is looked at by itself, and so are notes that only gated text uses, so that nothing gated changes what is public.

use crate::diag::Diagnostic;
use crate::site::parse::findings::Findings;
use crate::site::parse::markdown::Body;
use crate::site::parse::raw_html::{self, Found};
use pulldown_cmark::{Event, Tag};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Unknown names of one page that are reported; more are counted.
const MAX_REPORTED: usize = 5;

/// All elements of the HTML standard, those that it calls obsolete included. Source: HTML Living Standard, sections 4
/// and 16.2.
const ELEMENTS: &str = " a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big \
    blink blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog \
    dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header \
    hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee \
    math menu menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p \
    param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select selectedcontent \
    slot small source spacer span strike strong style sub summary sup svg table tbody td template textarea tfoot th \
    thead time title tr track tt u ul var video wbr xmp ";

/// What stands in them is text to a browser until they are closed, the rest of the page included.
const RAW_TEXT: [&str; 8] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];
/// A browser shows nothing of the page behind them either.
const SWALLOWING: [&str; 3] = ["template", "select", "plaintext"];
/// What stands in them is hidden, or shown where they cannot be played, up to the end of the article.
const HIDING: [&str; 8] = [
    "details", "dialog", "object", "video", "audio", "canvas", "svg", "math",
];

/// Reports what a reader would not see. `run_of` tells events apart that must not know of each other. Gives the bytes of the file at which a tag begins that is shown as text, because
/// it would take the rest of the page with it.
pub fn check<K: Eq + Hash>(
    body: &Body<'_>,
    run_of: impl Fn(usize) -> K,
    findings: &mut Findings<'_>,
) -> BTreeSet<usize> {
    let mut runs: HashMap<K, Open> = HashMap::new();
    let mut unknown: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    while let Some((event, bytes)) = body.events.get(at) {
        let span = body.span(at);
        let html = match event {
            Event::Start(Tag::HtmlBlock) => body.text(span.clone()),
            Event::InlineHtml(html) => html.to_string(),
            _ => {
                at += 1;
                continue;
            }
        };
        let open = runs.entry(run_of(at)).or_default();
        // `{{<figure>}}` is a shortcode of Hugo's, which is told as one.
        let is_shortcode = findings.file().text[..bytes.start].ends_with("{{");
        for tag in raw_html::tags(&html).into_iter().filter(|_| !is_shortcode) {
            open.take(tag, bytes.start, &mut unknown);
        }
        at = span.end;
    }
    report_unknown(unknown, findings);
    let mut unclosed: Vec<(usize, String)> = runs.into_values().flat_map(|it| it.open).collect();
    unclosed.sort();
    let file = findings.file();
    let mut shown = BTreeSet::new();
    for (at, name) in unclosed {
        let is_shown = !HIDING.contains(&name.as_str());
        findings.push(|| Diagnostic::unclosed_element(file, at..at, &name, is_shown));
        if is_shown {
            shown.insert(at);
        }
    }
    shown
}

fn report_unknown(mut unknown: Vec<(usize, String)>, findings: &mut Findings<'_>) {
    unknown.sort();
    let mut names = BTreeSet::new();
    // `<paid>` is told as a marker.
    unknown.retain(|(at, name)| names.insert(name.clone()) && !findings.has_error_in_line(*at));
    let file = findings.file();
    let (first, more) = unknown.split_at(unknown.len().min(MAX_REPORTED));
    for (at, name) in first {
        findings.push(|| Diagnostic::unknown_element(file, *at..*at, name));
    }
    if let Some((at, _)) = more.first() {
        findings.push(|| Diagnostic::more_unknown_elements(file, *at..*at, more.len()));
    }
}

/// What a run has left open.
#[derive(Default)]
struct Open {
    /// Elements that matter, with the bytes at which they begin, outermost first.
    open: Vec<(usize, String)>,
}

impl Open {
    fn take(&mut self, tag: Found<'_>, html_at: usize, unknown: &mut Vec<(usize, String)>) {
        let name = tag.name.to_ascii_lowercase();
        let inner = self.open.last().map(|(_, name)| name.as_str());
        if inner.is_some_and(|inner| RAW_TEXT.contains(&inner) && (!tag.is_end || inner != name)) {
            return;
        }
        if tag.is_end {
            if let Some(at) = self.open.iter().rposition(|(_, it)| *it == name) {
                self.open.truncate(at);
            }
            return;
        }
        let is_foreign = self
            .open
            .iter()
            .any(|(_, it)| matches!(it.as_str(), "svg" | "math"));
        let matters = HIDING.contains(&name.as_str())
            || SWALLOWING.contains(&name.as_str())
            || RAW_TEXT.contains(&name.as_str()) && !is_foreign;
        let is_empty =
            tag.is_self_closing && (is_foreign || matches!(name.as_str(), "svg" | "math"));
        if matters && !is_empty {
            self.open.push((html_at + tag.at, name));
        } else if !is_foreign && !name.contains('-') && !ELEMENTS.contains(&format!(" {name} ")) {
            unknown.push((html_at + tag.at, tag.name.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::SourceFile;
    use crate::site::parse::{ParseSettings, Part, document};

    fn found(body: &str) -> Vec<String> {
        let file = SourceFile::new("content/a.md", body);
        let parsed = document(&file, &ParseSettings::for_tests());
        let findings = parsed.findings.iter();
        findings
            .map(|it| format!("{}:{} {}", it.line, it.column, it.code))
            .collect()
    }

    #[test]
    fn what_a_reader_would_not_see_is_told() {
        for (body, wanted) in [
            ("a <name> b", &["1:3 unknown-element"][..]),
            ("<Badge/>\n", &["1:1 unknown-element"]),
            ("a `<name>` b <b>c</b> <my-part>d</my-part>", &[]),
            ("<svg><path d=\"\"/><linearGradient/></svg>", &[]),
            ("a <svg/> b <T> c <T>", &["1:12 unknown-element"]),
            ("a <template> b", &["1:3 unclosed-element"]),
            ("<template>\n\nb\n\n</template>\n", &[]),
            ("<script>\nlet a = '<b><c>';\n</script>\n", &[]),
            ("a\n\n<script>\nlet a;\n\nb\n", &["3:1 unclosed-element"]),
            ("write <title> here", &["1:7 unclosed-element"]),
            (
                "<details>\n<summary>a</summary>\n\nb\n",
                &["1:1 unclosed-element"],
            ),
            ("<details>\n<summary>a</summary>\n\nb\n</details>\n", &[]),
            ("<textarea> <nothing> </textarea>", &[]),
            ("<!-- <nothing> -->\n", &[]),
            ("<p align=\"center\"><font color=\"red\">a</font></p>", &[]),
            ("<VIDEO src=\"https://example.org/v.mp4\"></VIDEO>", &[]),
        ] {
            assert_eq!(found(body), wanted, "{body}");
        }
    }

    #[test]
    fn what_would_swallow_the_page_is_text() {
        for (body, wanted) in [
            ("a <template> b", "<p>a &lt;template> b</p>\n"),
            (
                "use `x` or <textarea> **b**",
                "<p>use <code>x</code> or &lt;textarea> <strong>b</strong></p>\n",
            ),
        ] {
            let file = SourceFile::new("content/a.md", body);
            let parsed = document(&file, &ParseSettings::for_tests());
            let Some(Part::Public { html }) = parsed.body.parts.first() else {
                panic!("{body}");
            };
            assert_eq!(html.0.html, wanted);
        }
    }

    #[test]
    fn a_gated_end_closes_nothing_that_is_public() {
        let body = "a\n\n<template>\n\n<!-- members -->\n\nb\n\n</template>\n\n<!-- /members -->\n";
        assert!(found(body).contains(&"3:1 unclosed-element".to_owned()));
    }
}
