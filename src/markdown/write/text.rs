//! Running text: bare addresses, line breaks, code and mathematics within a line.

use crate::escape;
use crate::markdown::han::joins_lines;
use crate::markdown::write::{Host, Reading, Writer};
use crate::markdown::{address, autolink};
use pulldown_cmark::{Event, Tag, TagEnd};
use std::borrow::Cow;

/// Longer words of inline code may break wherever they must.
const WHOLE_WORD: usize = 40;

impl<H: Host> Writer<'_, '_, H> {
    /// Text, with its bare addresses as links where no other link is around.
    pub fn text(&mut self, piece: &str) {
        self.last = piece.chars().next_back().or(self.last);
        self.out.text.push_str(piece);
        let mut copied = 0;
        if !self.is_in_link() && !self.profile.bare_links.is_empty() {
            for found in autolink::find(piece) {
                if self.may_link(found.scheme, &piece[found.range.clone()]) {
                    self.plain_text(&piece[copied..found.range.start]);
                    copied = found.range.end;
                    self.bare_link(found.scheme, &piece[found.range]);
                }
            }
        }
        self.plain_text(&piece[copied..]);
    }

    fn plain_text(&mut self, piece: &str) {
        self.host.read(Reading::Text(piece));
        escape::push_text(&mut self.out.fragment.html, piece);
    }

    /// Whether the profile links bare addresses of this scheme.
    fn may_link(&self, prefix: &str, shown: &str) -> bool {
        let address = if prefix.is_empty() { shown } else { prefix };
        let scheme = address.split(':').next().unwrap_or_default();
        let mut schemes = self.profile.bare_links.iter();
        schemes.any(|it| it.eq_ignore_ascii_case(scheme))
    }

    fn bare_link(&mut self, prefix: &str, shown: &str) {
        let address = format!("{prefix}{shown}");
        let href = address::with_ascii_host(&address).unwrap_or(Cow::Borrowed(&address));
        self.html("<a href=\"");
        escape::push_address(&mut self.out.fragment.html, &href);
        self.html("\"");
        if prefix != "mailto:" {
            self.rel();
        }
        self.html(">");
        escape::push_text(&mut self.out.fragment.html, shown);
        self.html("</a>");
        self.host.mention(&address);
    }

    pub(super) fn code_span(&mut self, piece: &str) {
        self.html("<code>");
        match self.is_page() {
            true => push_code(&mut self.out.fragment.html, piece),
            false => escape::push_text(&mut self.out.fragment.html, piece),
        }
        self.html("</code>");
        self.no_prose(piece);
    }

    /// Mathematics as it is written; a script or a later build draws it.
    pub(super) fn math(&mut self, class: &str, piece: &str) {
        self.html(&format!("<span class=\"{class}\">"));
        escape::push_text(&mut self.out.fragment.html, piece);
        self.html("</span>");
        self.no_prose(piece);
    }

    fn no_prose(&mut self, piece: &str) {
        self.out.text.push_str(piece);
        self.host.read(Reading::Code);
        self.last = piece.chars().next_back();
    }

    pub(super) fn hard_break(&mut self) {
        self.html("<br>\n");
        self.out.text.push('\n');
        self.host.read(Reading::Text(" "));
        self.last = None;
    }

    /// A line break in running text: nothing between two Han characters, otherwise a space.
    pub(super) fn soft_break(&mut self, at: usize) {
        if self.profile.has_hard_breaks {
            self.html("<br>\n");
            self.out.text.push('\n');
            self.host.read(Reading::Text(" "));
            return;
        }
        let ends = (self.last, self.next_char(at + 1));
        let joins = matches!(ends, (Some(before), Some(after)) if joins_lines(before, after));
        if !joins {
            self.html("\n");
            self.out.text.push(' ');
            self.host.read(Reading::Text(" "));
        }
    }

    /// The character of running text at or behind an event, across the tags of emphasis and links.
    fn next_char(&self, at: usize) -> Option<char> {
        for (event, _) in self.body.events[at..].iter().take(8) {
            match event {
                Event::Text(text) => return text.chars().next(),
                Event::Start(
                    Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. },
                ) => {}
                Event::End(
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link,
                ) => {}
                _ => return None,
            }
        }
        None
    }
}

/// Adds the text of inline code. Browsers break lines behind hyphens, also inside of `--` and `-->`; a word with these in
/// it stays whole.
pub(super) fn push_code(html: &mut String, text: &str) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let has_hyphens = ["--", "->", "<-"].iter().any(|it| word.contains(it));
        if has_hyphens && word.len() <= WHOLE_WORD {
            html.push_str("<span class=\"nobr\">");
            escape::push_text(html, word);
            html.push_str("</span>");
        } else {
            escape::push_text(html, word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn bare_addresses_are_links() {
        for (markdown, on_page, as_plain) in [
            (
                "见https://a.example/b。后文",
                "见<a href=\"https://a.example/b\" rel=\"ext\">https://a.example/b</a>。后文",
                "见<a href=\"https://a.example/b\">https://a.example/b</a>。后文",
            ),
            (
                "www.例子.测试 c@d.example",
                "<a href=\"http://www.xn--fsqu00a.xn--0zwm56d\" rel=\"ext\">www.例子.测试</a> <a href=\"mailto:c@d.example\">c@d.example</a>",
                "<a href=\"http://www.xn--fsqu00a.xn--0zwm56d\">www.例子.测试</a> <a href=\"mailto:c@d.example\">c@d.example</a>",
            ),
            (
                "FTP://a.example/b",
                "<a href=\"FTP://a.example/b\" rel=\"ext\">FTP://a.example/b</a>",
                "FTP://a.example/b",
            ),
            (
                "[https://a.example](/b) `https://a.example`",
                "<a href=\"(/b)\">https://a.example</a> <code>https://a.example</code>",
                "<a href=\"(/b)\">https://a.example</a> <code>https://a.example</code>",
            ),
        ] {
            assert_eq!(page(markdown), format!("<p>{on_page}</p>\n"), "{markdown}");
            assert_eq!(
                plain(markdown),
                format!("<p>{as_plain}</p>\n"),
                "{markdown}"
            );
        }
    }

    #[test]
    fn line_breaks_between_han_are_none() {
        for (markdown, wanted) in [
            ("第一行\n第二行\nthird", "第一行第二行\nthird"),
            (
                "*第一行*\n第二行，\n*「三」*",
                "<em>第一行</em>第二行，<em>「三」</em>",
            ),
            ("甲  \n乙", "甲<br>\n乙"),
            (
                "`甲`\n乙 $x$\n乙",
                "<code>甲</code>乙 <span class=\"math\">$x$</span>\n乙",
            ),
        ] {
            assert_eq!(page(markdown), format!("<p>{wanted}</p>\n"), "{markdown}");
            assert_eq!(plain(markdown), format!("<p>{wanted}</p>\n"), "{markdown}");
        }
    }

    #[test]
    fn mathematics_stays_as_it_is_written() {
        let wanted = "是 <span class=\"math\">$a_1*b*&lt;c&gt;$</span>，$5 和 $6，<span class=\"math\">\\(x_1\\)</span>，<code>$x$</code>";
        let markdown = "是 $a_1*b*<c>$，$5 和 $6，\\(x_1\\)，`$x$`";
        assert_eq!(page(markdown), format!("<p>{wanted}</p>\n"));
        assert_eq!(plain(markdown), format!("<p>{wanted}</p>\n"));
    }

    #[test]
    fn words_with_hyphens_in_code_stay_whole() {
        for (text, expected) in [
            ("a-b c", "a-b c"),
            ("run --release", "run <span class=\"nobr\">--release</span>"),
            (
                "<!-- more -->",
                "<span class=\"nobr\">&lt;!--</span> more <span class=\"nobr\">--&gt;</span>",
            ),
            ("x->y", "<span class=\"nobr\">x-&gt;y</span>"),
            (" -- ", " <span class=\"nobr\">--</span> "),
        ] {
            let mut html = String::new();
            push_code(&mut html, text);
            assert_eq!(html, expected, "{text}");
        }
        let mut long = String::new();
        push_code(&mut long, &"-".repeat(41));
        assert_eq!(long, "-".repeat(41));
    }
}
