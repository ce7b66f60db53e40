//! A short text in the site's settings, such as how readers pay.
//!
//! Tables and HTML have no place there: both are shown as text. A heading is one of level 3 to 6.

use crate::markdown::fragment::LinkKind;
use crate::markdown::profile::Profile;
use crate::markdown::safe::written;
use crate::markdown::write::{Host, Leads, Shape};
use ammonia::Builder;
use std::sync::LazyLock;

/// Clean HTML of a text in Markdown; empty if the text is. An address that begins with `/` is one of the site, which lies
/// below `base_path`.
pub fn notice(markdown: &str, base_path: &str) -> String {
    let written = written(markdown, &Profile::notice(), Owner { base_path }, |_| {});
    let html = written.unwrap_or_default().fragment.html;
    CLEANER.clean(&html).to_string()
}

/// What a text of the settings tells about itself.
struct Owner<'b> {
    base_path: &'b str,
}

impl Host for Owner<'_> {
    fn heading(&mut self, _: usize, level: u8) -> Option<Shape> {
        Some(Shape {
            level: level.max(3),
            id: None,
            is_listed: false,
        })
    }

    fn address<'a>(&mut self, address: &'a str, _: LinkKind, _: usize) -> Leads<'a> {
        let below = address.strip_prefix('/');
        Leads::To(match below.filter(|rest| !rest.starts_with('/')) {
            Some(rest) => format!("{}{rest}", self.base_path).into(),
            None => address.into(),
        })
    }
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
            assert_eq!(notice(markdown, "/blog/"), expected, "{markdown}");
        }
    }
}
