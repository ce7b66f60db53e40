//! A short text in the site's settings, such as how readers pay, as HTML.
//!
//! Entry point: [`html`]. Tables, HTML and headings above level 3 have no place there: HTML is shown as text, and a
//! heading is one of level 3 to 6.

use crate::markdown::emphasis;
use crate::markdown::han::without_breaks;
use ammonia::Builder;
use pulldown_cmark::{
    CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};
use std::sync::LazyLock;

/// Clean HTML of a text in Markdown; empty if the text is. An address that begins with `/` is one of the site, which lies
/// below `base_path`.
pub fn html(markdown: &str, base_path: &str) -> String {
    let prepared = emphasis::prepare(markdown, false);
    let events = Parser::new_ext(&prepared.text, Options::ENABLE_STRIKETHROUGH)
        .into_offset_iter()
        .map(|(event, range)| prepared.restored(prepared.without_pipes(event, &range)));
    let mut written = String::with_capacity(markdown.len() * 2);
    let events: Vec<Event> = TextMergeStream::new(events)
        .map(|event| placed(event, base_path))
        .collect();
    html::push_html(&mut written, without_breaks(events).into_iter());
    CLEANER.clean(&written).to_string()
}

/// An event with its place in a page: HTML as text, headings below those of the page, addresses below the base path.
fn placed<'e>(event: Event<'e>, base_path: &str) -> Event<'e> {
    let below = |address: CowStr<'e>| -> CowStr<'e> {
        match address
            .strip_prefix('/')
            .filter(|rest| !rest.starts_with('/'))
        {
            Some(rest) => format!("{base_path}{rest}").into(),
            None => address,
        }
    };
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: below(dest_url),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: below(dest_url),
            title,
            id,
        }),
        other => other,
    }
}

fn lowered(level: HeadingLevel) -> HeadingLevel {
    level.max(HeadingLevel::H3)
}

/// What is left of HTML; addresses of the web, of mail and of the site. Built once: it holds tables.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(std::collections::HashSet::from([
            "http", "https", "mailto", "tel",
        ]))
        .link_rel(Some("noopener"));
    builder
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_clean_html() {
        for (markdown, expected) in [
            ("", ""),
            (
                "Pay **at** [the desk](/pay/).",
                "<p>Pay <strong>at</strong> <a href=\"/blog/pay/\" rel=\"noopener\">the desk</a>.</p>\n",
            ),
            (
                "![QR](/qr.png)",
                "<p><img src=\"/blog/qr.png\" alt=\"QR\"></p>\n",
            ),
            (
                "# How\n\n<script>alert(1)</script>\n\na <b>b</b>",
                "<h3>How</h3>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n<p>a &lt;b&gt;b&lt;/b&gt;</p>\n",
            ),
            (
                "[x](javascript:alert(1))",
                "<p><a rel=\"noopener\">x</a></p>\n",
            ),
            (
                "**注意：**转账\n后告知",
                "<p><strong>注意：</strong>转账后告知</p>\n",
            ),
            (
                "[a](//example.org/)",
                "<p><a href=\"//example.org/\" rel=\"noopener\">a</a></p>\n",
            ),
        ] {
            assert_eq!(html(markdown, "/blog/"), expected, "{markdown}");
        }
    }
}
