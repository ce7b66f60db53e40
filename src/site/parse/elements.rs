//! Elements of raw HTML in a body: names that HTML does not have, and elements that are never closed and hide what
//! stands behind them.
//!
//! Each run of a body is looked at by itself, and so are notes that only gated text uses, so that nothing gated changes what is public.

use crate::diag::Diagnostic;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::raw_html::{self, Found};
use pulldown_cmark::{Event, Tag as Markdown};
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
const RAW_TEXT: [&str; 9] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript",
];
/// A browser shows nothing of the page behind them either.
const SWALLOWING: [&str; 3] = ["template", "select", "plaintext"];
/// What stands in them is hidden, or shown where they cannot be played, up to the end of the article.
const HIDING: [&str; 9] = [
    "details", "dialog", "object", "video", "audio", "canvas", "svg", "math", "datalist",
];
/// Elements without content, and those that end where the next one begins.
const ENDED: &str = " area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead \
    tbody tfoot option optgroup rt rp colgroup ";

/// Elements of a drawing or a formula that hold HTML. Source: HTML Living Standard, section 13.2.6.
const INTEGRATION_POINTS: [&str; 4] = ["foreignobject", "desc", "annotation-xml", "mtext"];

/// Reports what a reader would not see. `run_of` tells events apart that must not know of each other. Returns the bytes of the file at which a tag begins that is shown as text, because
/// it would take the rest of the page with it.
pub fn check<K: Eq + Hash>(
    body: &Body<'_>,
    run_of: impl Fn(usize) -> K,
    findings: &mut Findings<'_>,
) -> BTreeSet<usize> {
    let mut runs: HashMap<K, Vec<Tag>> = HashMap::new();
    let mut at = 0;
    while let Some((event, bytes)) = body.events.get(at) {
        let span = body.span(at);
        let html = match event {
            Event::Start(Markdown::HtmlBlock) => body.text(span.clone()),
            Event::InlineHtml(html) => html.to_string(),
            _ => {
                at += 1;
                continue;
            }
        };
        if let Some(shown) = comment_to_browsers(&html) {
            let file = findings.file();
            findings.push(|| Diagnostic::hidden_markup(file, bytes.clone(), shown));
        }
        let tags = runs.entry(run_of(at)).or_default();
        // `{{<figure>}}` is a shortcode of Hugo's, which is told as one.
        let is_shortcode = findings.file().text[..bytes.start].ends_with("{{");
        if !is_shortcode {
            let found = raw_html::tags(&html).into_iter();
            tags.extend(found.map(|it| Tag::new(&it, bytes.start)));
        }
        at = span.end;
    }
    let mut unknown = Vec::new();
    let mut unclosed = Vec::new();
    for tags in runs.into_values() {
        let open = Open::after(&tags, &mut unknown);
        unclosed.extend(open.reported());
    }
    report_unknown(unknown, findings);
    unclosed.sort();
    let file = findings.file();
    let mut shown = BTreeSet::new();
    for (at, name) in unclosed {
        let is_shown = RAW_TEXT.contains(&name.as_str()) || SWALLOWING.contains(&name.as_str());
        findings.push(|| Diagnostic::unclosed_element(file, at..at, &name, is_shown));
        if is_shown {
            shown.insert(at);
        }
    }
    shown
}

/// How a piece of HTML begins that browsers take for a comment; `None` for what stands at the head of a document.
fn comment_to_browsers(html: &str) -> Option<&'static str> {
    let html = html.trim_start();
    let is = |begin: &str| {
        html.get(..begin.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(begin))
    };
    match html {
        _ if is("<?xml") || is("<!doctype") || html.starts_with("<!--") => None,
        _ if html.starts_with("<?") => Some("<?"),
        _ if is("<![CDATA[") => Some("<![CDATA["),
        _ if html.starts_with("<!") => Some("<!"),
        _ => None,
    }
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

/// A tag of raw HTML in a run.
struct Tag {
    /// Byte of the file at which it begins.
    at: usize,
    /// As it is written.
    name: String,
    is_end: bool,
    is_self_closing: bool,
    /// By an attribute of its own.
    is_hidden: bool,
}

impl Tag {
    /// Of a tag in HTML that begins at this byte of the file.
    fn new(found: &Found<'_>, html_at: usize) -> Self {
        Tag {
            at: html_at + found.at,
            name: found.name.to_owned(),
            is_end: found.is_end,
            is_self_closing: found.is_self_closing,
            is_hidden: raw_html::attributes(found.inside).any(hides),
        }
    }
}

/// Whether an attribute hides its element.
fn hides((name, value): (&str, &str)) -> bool {
    let style = || value.replace(char::is_whitespace, "").to_ascii_lowercase();
    name.eq_ignore_ascii_case("hidden")
        || (name.eq_ignore_ascii_case("style") && style().contains("display:none"))
}

/// What a run has left open.
#[derive(Default)]
struct Open {
    /// Elements that matter, with the bytes at which they begin, outermost first.
    open: Vec<(usize, String)>,
    /// Of each of these, whether a tag in it is one of a drawing or a formula, and not of HTML.
    foreign: Vec<bool>,
    /// How many of them have a name.
    n_open: HashMap<String, usize>,
    /// Elements whose content is text, and that are not closed behind their tag: shown as text, they hold nothing.
    endless: Vec<(usize, String)>,
}

impl Open {
    /// Goes through all tags of a run. Where elements that swallow are left open, once more without their tags: shown as
    /// text, they hold nothing, and the end tags behind them are those of the page.
    fn after(tags: &[Tag], unknown: &mut Vec<(usize, String)>) -> Self {
        let first = Open::without(&BTreeMap::new(), tags, &mut Vec::new());
        let is_swallowing = |it: &(usize, String)| SWALLOWING.contains(&it.1.as_str());
        let shown = first.open.into_iter().filter(is_swallowing).collect();
        let mut open = Open::without(&shown, tags, unknown);
        open.endless.extend(shown);
        open
    }

    fn without(
        shown: &BTreeMap<usize, String>,
        tags: &[Tag],
        unknown: &mut Vec<(usize, String)>,
    ) -> Self {
        let ends = tags.iter().filter(|it| it.is_end);
        let last_ends: HashMap<String, usize> = ends
            .map(|it| (it.name.to_ascii_lowercase(), it.at))
            .collect();
        let mut open = Open::default();
        for tag in tags.iter().filter(|it| !shown.contains_key(&it.at)) {
            let name = tag.name.to_ascii_lowercase();
            let is_closed = last_ends.get(&name).is_some_and(|end| *end > tag.at);
            open.take(tag, name, is_closed, unknown);
        }
        open
    }

    fn take(
        &mut self,
        tag: &Tag,
        name: String,
        is_closed: bool,
        unknown: &mut Vec<(usize, String)>,
    ) {
        let inner = self.open.last().map(|(_, name)| name.as_str());
        if inner.is_some_and(|inner| RAW_TEXT.contains(&inner) && (!tag.is_end || inner != name)) {
            return;
        }
        if tag.is_end {
            self.close(&name);
            return;
        }
        let is_foreign = self.is_foreign();
        let is_raw_text = RAW_TEXT.contains(&name.as_str()) && !is_foreign;
        let matters = HIDING.contains(&name.as_str())
            || tag.is_hidden && !ENDED.contains(&format!(" {name} "))
            || SWALLOWING.contains(&name.as_str())
            || is_foreign && INTEGRATION_POINTS.contains(&name.as_str())
            || is_raw_text;
        let is_empty =
            tag.is_self_closing && (is_foreign || matches!(name.as_str(), "svg" | "math"));
        if is_raw_text && !is_closed {
            self.endless.push((tag.at, name));
        } else if matters && !is_empty {
            self.push(tag.at, name);
        } else if !is_foreign && !name.contains('-') && !ELEMENTS.contains(&format!(" {name} ")) {
            unknown.push((tag.at, tag.name.clone()));
        }
    }

    fn push(&mut self, at: usize, name: String) {
        let is_foreign = match name.as_str() {
            "svg" | "math" => true,
            it if INTEGRATION_POINTS.contains(&it) => false,
            _ => self.is_foreign(),
        };
        *self.n_open.entry(name.clone()).or_default() += 1;
        self.foreign.push(is_foreign);
        self.open.push((at, name));
    }

    /// Closes an element with all in it. Nothing outside of an element that swallows is closed from inside of it. Takes as
    /// many steps as elements are closed.
    fn close(&mut self, name: &str) {
        if self.n_open.get(name).is_none_or(|n| *n == 0) {
            return;
        }
        let stops = |it: &&str| *it == name || SWALLOWING.contains(it);
        let names = self.open.iter().rev().map(|(_, it)| it.as_str());
        let Some(n_inside) = names.clone().position(|it| stops(&it)) else {
            return;
        };
        if names.clone().nth(n_inside) != Some(name) {
            return;
        }
        let kept = self.open.len() - n_inside - 1;
        for (_, closed) in self.open.drain(kept..) {
            if let Some(n) = self.n_open.get_mut(&closed) {
                *n -= 1;
            }
        }
        self.foreign.truncate(kept);
    }

    /// Whether the next tag is one of a drawing or a formula, and not of HTML.
    fn is_foreign(&self) -> bool {
        self.foreign.last().copied().unwrap_or_default()
    }

    /// Elements to report, with the bytes at which they begin.
    fn reported(self) -> impl Iterator<Item = (usize, String)> {
        let open = self.open.into_iter().chain(self.endless);
        open.filter(|(_, name)| !INTEGRATION_POINTS.contains(&name.as_str()))
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
                "a <script>, <style>, <b>c</b> <nothing>",
                &[
                    "1:3 unclosed-element",
                    "1:13 unclosed-element",
                    "1:31 unknown-element",
                ],
            ),
            ("a <script>, <style></style> b", &["1:3 unclosed-element"]),
            (
                "<iframe>\n\n<noscript>\n\n<select>\n",
                &[
                    "1:1 unclosed-element",
                    "3:1 unclosed-element",
                    "5:1 unclosed-element",
                ],
            ),
            (
                "a <details><template></details> b",
                &["1:12 unclosed-element"],
            ),
            (
                "<svg><foreignObject><textarea></foreignObject></svg>",
                &["1:21 unclosed-element"],
            ),
            (
                "<svg><foreignObject><b>a</b></foreignObject><style>a{}</style></svg>",
                &[],
            ),
            (
                "<details>\n<summary>a</summary>\n\nb\n",
                &["1:1 unclosed-element"],
            ),
            ("<details>\n<summary>a</summary>\n\nb\n</details>\n", &[]),
            ("<textarea> <nothing> </textarea>", &[]),
            ("a <noscript> b", &["1:3 unclosed-element"]),
            (
                "<noscript><img src=\"https://e.org/a.png\"></noscript>\n",
                &[],
            ),
            ("<datalist>\n\nb\n", &["1:1 unclosed-element"]),
            ("<div hidden>\n\nb\n", &["1:1 unclosed-element"]),
            ("<div hidden>\n\nb\n\n</div>\n", &[]),
            (
                "<section style=\"color: red; display : none\">\n\nb\n",
                &["1:1 unclosed-element"],
            ),
            ("<input hidden> <p hidden>\n", &[]),
            (
                "a <?php echo 1; ?> b <![CDATA[ c ]]> d",
                &["1:3 hidden-markup", "1:22 hidden-markup"],
            ),
            ("<?php\n\nb ?>\n", &["1:1 hidden-markup"]),
            ("<?xml version=\"1.0\"?>\n<svg></svg>\n", &[]),
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
                "a <script>, <style> *b*",
                "<p>a &lt;script>, &lt;style> <em>b</em></p>\n",
            ),
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
