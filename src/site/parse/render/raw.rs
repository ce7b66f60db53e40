//! Raw HTML: written with holes for its addresses, or shown as text where the site asks for it.

use crate::escape;
use crate::markdown::write::{Host, Reading, Writer};
use crate::site::parse::raw_html::{self, Piece};
use crate::site::parse::render::Run;
use std::borrow::Cow;

impl Run<'_, '_, '_, '_> {
    /// Writes the block of raw HTML that begins with the event at `at`. The divider of a summary is none.
    pub(super) fn raw_block(writer: &mut Writer<'_, '_, Self>, at: usize) {
        if writer.host.shared.layout.summary_end == Some(at) {
            return;
        }
        let body = writer.body;
        let html = body.text(body.span(at));
        writer.new_line();
        let is_formula = is_formula(&html);
        if is_formula {
            writer.html("<div class=\"formula\">\n");
        }
        Self::raw(writer, &html, body.events[at].1.start);
        if is_formula {
            writer.line("</div>\n");
        }
    }

    /// Writes raw HTML that begins at byte `at` of the file.
    pub(super) fn raw(writer: &mut Writer<'_, '_, Self>, html: &str, at: usize) {
        if !writer.host.shared.settings.markdown.raw_html {
            let shown = raw_html::without_comments(html);
            escape::push_text(&mut writer.out.fragment.html, &shown);
            writer.out.text.push_str(&shown);
            return;
        }
        let html = writer.host.with_shown_tags(html, at);
        for piece in raw_html::pieces(&html) {
            match piece {
                Piece::Html(html) => writer.html(html),
                Piece::Address {
                    address,
                    kind,
                    at: offset,
                } => {
                    let link = writer.host.link(&address, kind, at + offset);
                    writer.hole(link);
                }
                Piece::Anchor(id) if !writer.host.is_summary => {
                    writer.host.shared.anchors.push(id.as_str().into());
                }
                Piece::Anchor(_) => {}
                Piece::Mention(text) => writer.host.mention(&text),
                Piece::Text(text) => {
                    writer.html(text);
                    writer.out.text.push_str(text);
                    writer.host.read(Reading::Text(text));
                }
            }
        }
        writer.forget_last();
    }

    /// Raw HTML that begins at byte `at` of the file, with those tags as text that would hide the rest of the page.
    fn with_shown_tags<'t>(&self, html: &'t str, at: usize) -> Cow<'t, str> {
        let tags = self.shared.shown_tags.range(at..at + html.len());
        let mut out = String::new();
        let mut copied = 0;
        let opens = tags.map(|tag| tag - at);
        for open in opens.filter(|it| html[*it..].starts_with('<')) {
            out.push_str(&html[copied..open]);
            out.push_str("&lt;");
            copied = open + 1;
        }
        match copied {
            0 => Cow::Borrowed(html),
            _ => Cow::Owned(out + &html[copied..]),
        }
    }
}

/// Whether a block of HTML is one formula and nothing else. It gets a frame that scrolls: Firefox and WebKit let no
/// `<math>` scroll by itself, so that a wide one would make the whole page scroll sideways.
fn is_formula(html: &str) -> bool {
    let html = html.trim();
    let is_math = html.strip_prefix("<math");
    is_math.is_some_and(|it| it.starts_with(|c: char| c == '>' || c.is_whitespace()))
        && html.find("</math>") == html.len().checked_sub("</math>".len())
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::html;

    #[test]
    fn raw_html_is_written_with_its_addresses() {
        for (markdown, wanted) in [
            (
                "a <b title='x'>b</b>\nc",
                "<p>a <b title='x'>b</b>\nc</p>\n",
            ),
            (
                "<img src='a.png'>\n\n<p>甲</p>",
                "<img src=\"a.png\">\n<p>甲</p>",
            ),
            (
                "<math>\n<mi>x</mi>\n</math>\n\na",
                "<div class=\"formula\">\n<math>\n<mi>x</mi>\n</math>\n</div>\n<p>a</p>\n",
            ),
            (
                "<math><mi>x</mi></math> and <math></math>",
                "<p><math><mi>x</mi></math> and <math></math></p>\n",
            ),
            ("a\n\n<!-- more -->\n\nb", "<p>a</p>\n<p>b</p>\n"),
        ] {
            assert_eq!(html(markdown), wanted, "{markdown}");
        }
    }
}
