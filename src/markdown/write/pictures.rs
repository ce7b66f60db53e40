//! Pictures, and figures: a paragraph that is nothing but one picture with a title.

use crate::escape;
use crate::markdown::fragment::LinkKind;
use crate::markdown::profile::Pictures;
use crate::markdown::write::{Host, Reading, Writer};
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

impl<H: Host> Writer<'_, '_, H> {
    /// Writes the picture that begins with the event at `at`; returns the event behind it.
    pub(super) fn picture(&mut self, at: usize, address: &str, title: &str, byte: usize) -> usize {
        let span = self.body.span(at);
        let address = self.reached(at, address);
        let alt = self.body.text(span.start + 1..span.end - 1);
        self.html("<img src=\"");
        let leads = self.host.address(address, LinkKind::Image, byte);
        self.push_address(leads, address);
        self.attribute("\" alt=\"", &alt);
        self.title(title);
        if self.is_page() {
            self.html(" loading=\"lazy\" decoding=\"async\"");
        }
        self.html(">");
        self.picture_read(&alt, !alt.trim().is_empty());
        span.end
    }

    /// A picture has been written, with a text for those who do not see it, which is the author's or made of its name.
    pub fn picture_read(&mut self, alt: &str, is_described: bool) {
        self.out.text.push_str(alt);
        self.host.read(Reading::Image(is_described));
        self.last = None;
    }

    /// Writes the figure that the paragraph is which begins with the event at `at`; `None` if it is none. Returns the
    /// event behind it.
    pub(super) fn figure(&mut self, at: usize) -> Option<usize> {
        let Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            ..
        }) = &self.body.events.get(at + 1)?.0
        else {
            return None;
        };
        let is_wiki = matches!(link_type, LinkType::WikiLink { .. });
        if !self.is_page()
            || self.profile.pictures != Pictures::Shown
            || title.is_empty()
            || is_wiki
        {
            return None;
        }
        let span = self.body.span(at + 1);
        if !matches!(
            self.body.events.get(span.end)?.0,
            Event::End(TagEnd::Paragraph)
        ) {
            return None;
        }
        self.line("<figure>");
        self.picture(at + 1, dest_url, "", self.body.events[at + 1].1.start);
        self.html("<figcaption>");
        escape::push_text(&mut self.out.fragment.html, title);
        self.html("</figcaption></figure>\n");
        self.out.text.push(' ');
        self.out.text.push_str(title);
        self.end_text();
        Some(span.end + 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn pictures_are_shown_on_pages() {
        let lazy = "loading=\"lazy\" decoding=\"async\"";
        for (markdown, on_page, as_plain) in [
            (
                "a ![b *c* \"d\"](e.png \"f\")",
                format!(
                    "<p>a <img src=\"(e.png)\" alt=\"b c &quot;d&quot;\" title=\"f\" {lazy}></p>\n"
                ),
                "<p>a <a href=\"(e.png)\" title=\"f\">b <em>c</em> \"d\"</a></p>\n",
            ),
            (
                "![b](e.png \"f<\")",
                format!(
                    "<figure><img src=\"(e.png)\" alt=\"b\" {lazy}><figcaption>f&lt;</figcaption></figure>\n"
                ),
                "<p><a href=\"(e.png)\" title=\"f&lt;\">b</a></p>\n",
            ),
            (
                "![b](e.png)",
                format!("<p><img src=\"(e.png)\" alt=\"b\" {lazy}></p>\n"),
                "<p><a href=\"(e.png)\">b</a></p>\n",
            ),
        ] {
            assert_eq!(page(markdown), on_page, "{markdown}");
            assert_eq!(plain(markdown), as_plain, "{markdown}");
        }
    }
}
