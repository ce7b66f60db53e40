//! Headings: their anchors, their attributes, and what a table of contents says of them.

use crate::escape;
use crate::markdown::braces;
use crate::markdown::fragment::Heading;
use crate::markdown::write::text::push_code;
use crate::markdown::write::{Host, Reading, Writer};
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use std::ops::Range;
use std::sync::Arc;

/// What becomes of a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// 1 to 6.
    pub level: u8,
    /// Its anchor; `None` if it has none.
    pub id: Option<Arc<str>>,
    /// Whether a table of contents lists it.
    pub is_listed: bool,
}

impl<H: Host> Writer<'_, '_, H> {
    /// Writes the heading that begins with the event at `at`; returns the event behind it.
    pub(super) fn heading(&mut self, at: usize, level: u8) -> usize {
        let body = self.body;
        let span = body.span(at);
        let inner = span.start + 1..span.end - 1;
        let Some(shape) = self.host.heading(at, level) else {
            return span.end;
        };
        let Shape {
            level,
            id,
            is_listed,
        } = shape;
        self.line(&format!("<h{level}"));
        if let Some(id) = &id {
            self.attribute(" id=\"", id);
        }
        if let (Event::Start(Tag::Heading { classes, attrs, .. }), true) =
            (&body.events[at].0, self.is_page())
        {
            self.heading_attributes(classes, attrs);
        }
        self.html(">");
        self.last = None;
        let (text_at, html_at) = (self.out.text.len(), self.out.fragment.html.len());
        self.host.read(Reading::Heading(true));
        self.events(inner.clone());
        if let Some(id) = id {
            if self.out.fragment.html.len() > html_at {
                self.html(" ");
            }
            self.attribute("<a class=\"anchor\" href=\"#", &id);
            self.html(" aria-hidden=\"true\" tabindex=\"-1\"></a>");
            if is_listed {
                let text = self.out.text[text_at..].trim().to_string();
                let html = self.contents_html(inner);
                self.out.headings.push(Heading {
                    level,
                    id,
                    html,
                    text,
                });
            }
        }
        self.html(&format!("</h{level}>\n"));
        self.end_text();
        self.host.read(Reading::Heading(false));
        span.end
    }

    /// Classes, language and data of a heading; other attributes, `on…` and `style` among them, are left out.
    fn heading_attributes(
        &mut self,
        classes: &[CowStr<'_>],
        attributes: &[(CowStr<'_>, Option<CowStr<'_>>)],
    ) {
        if !classes.is_empty() {
            self.attribute(" class=\"", &classes.join(" "));
        }
        for (name, value) in attributes {
            if braces::is_shown(name) {
                let value = value.as_deref().unwrap_or_default();
                self.attribute(&format!(" {name}=\""), value);
            }
        }
    }

    /// A heading for the table of contents: emphasis and code, without links, images and footnotes.
    fn contents_html(&self, range: Range<usize>) -> String {
        let mut out = String::new();
        for (event, _) in &self.body.events[range] {
            match event {
                Event::Text(text) => escape::push_text(&mut out, text),
                Event::Code(text) => {
                    out.push_str("<code>");
                    push_code(&mut out, text);
                    out.push_str("</code>");
                }
                Event::InlineMath(text) | Event::DisplayMath(text) => {
                    out.push_str("<span class=\"math\">");
                    escape::push_text(&mut out, text);
                    out.push_str("</span>");
                }
                Event::SoftBreak | Event::HardBreak => out.push(' '),
                Event::Start(Tag::Emphasis) => out.push_str("<em>"),
                Event::End(TagEnd::Emphasis) => out.push_str("</em>"),
                Event::Start(Tag::Strong) => out.push_str("<strong>"),
                Event::End(TagEnd::Strong) => out.push_str("</strong>"),
                Event::Start(Tag::Strikethrough) => out.push_str("<del>"),
                Event::End(TagEnd::Strikethrough) => out.push_str("</del>"),
                _ => {}
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{listed, page, plain};

    #[test]
    fn headings_have_anchors_on_pages() {
        for (markdown, on_page, as_plain) in [
            (
                "## A `b` {.c data-d=e onclick=f}",
                "<h2 id=\"h0\" class=\"c\" data-d=\"e\">A <code>b</code> <a class=\"anchor\" href=\"#h0\" aria-hidden=\"true\" tabindex=\"-1\"></a></h2>\n",
                "<h4>A <code>b</code> {.c data-d=e onclick=f}</h4>\n",
            ),
            (
                "a\n\n#",
                "<p>a</p>\n<h1 id=\"h3\"><a class=\"anchor\" href=\"#h3\" aria-hidden=\"true\" tabindex=\"-1\"></a></h1>\n",
                "<p>a</p>\n<h3></h3>\n",
            ),
        ] {
            assert_eq!(page(markdown), on_page, "{markdown}");
            assert_eq!(plain(markdown), as_plain, "{markdown}");
        }
    }

    #[test]
    fn a_table_of_contents_has_no_links() {
        let markdown = "## *A* [b](c) `d` ![e](f) **<** ~~g~~ $h$[^i]\n\n[^i]: j";
        let wanted = "h0 2 <em>A</em> b <code>d</code> e <strong>&lt;</strong> <del>g</del> <span class=\"math\">$h$</span> | A b d e < g $h$";
        assert_eq!(listed(markdown), [wanted]);
    }
}
