//! A comment's Markdown as HTML that is safe under any page, and as plain text for the scores.
//!
//! Entry point: [`render`]. How a comment is written is in [`safe`]; here is what only strangers' text needs: characters
//! that deceive go, also those that entities stand for, and the length of the HTML is bounded. The length of the text
//! is bounded by the caller.

use crate::edge::sanitize::{self, Cleaner};
use crate::markdown::events::is_inline;
use crate::markdown::profile::Profile;
use crate::markdown::safe;
use pulldown_cmark::{Event, Tag};

/// Bytes of HTML. 16 KiB of `&` are 80 KiB of `&amp;`.
const MAX_HTML_BYTES: usize = 96 * 1024;

/// A rendered comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Clean HTML; ends with a line feed.
    pub html: String,
    /// What a reader sees, without marks.
    pub text: String,
}

/// Why a text is no comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A reader would see nothing.
    Empty,
    /// Nested too deep, or made of too many pieces.
    TooComplex,
}

/// Renders a text that went through [`sanitize::clean`]. What its entities stand for is cleaned here.
pub fn render(markdown: &str) -> Result<Rendered, Fault> {
    let mut profile = Profile::comment();
    let mut rendered = rendered(markdown, &profile)?;
    if rendered.html.len() > MAX_HTML_BYTES {
        // Colours make code longer; a text is not refused for them.
        profile.highlighting.max_bytes = 0;
        rendered = self::rendered(markdown, &profile)?;
    }
    if rendered.html.len() > MAX_HTML_BYTES {
        return Err(Fault::TooComplex);
    }
    Ok(rendered)
}

fn rendered(markdown: &str, profile: &Profile) -> Result<Rendered, Fault> {
    let (html, text) = safe::comment(markdown, profile, clean).ok_or(Fault::TooComplex)?;
    if sanitize::is_blank(&text) {
        return Err(Fault::Empty);
    }
    Ok(Rendered {
        html,
        text: text.trim().to_owned(),
    })
}

/// Cleans the running text of each block, across its inline elements, and every address by itself.
fn clean(events: &mut safe::Events<'_>) {
    let mut cleaner = Cleaner::default();
    for (event, _) in events {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                *dest_url = Cleaner::default().take(dest_url).into();
            }
            Event::Start(tag) if !is_inline(&tag.to_end()) => cleaner = Cleaner::default(),
            Event::End(tag) if !is_inline(tag) => cleaner = Cleaner::default(),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => *text = cleaner.take(text).into(),
            Event::SoftBreak | Event::HardBreak => drop(cleaner.take("\n")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::code;

    fn check(markdown: &str, expected: &str) {
        let rendered = render(markdown).map(|it| it.html);
        assert_eq!(rendered.as_deref(), Ok(expected), "{markdown:?}");
    }

    #[test]
    fn what_members_write_is_kept() {
        for (markdown, expected) in [
            ("hello", "<p>hello</p>\n"),
            (
                "**bold** ~~gone~~ `a<b`",
                "<p><strong>bold</strong> <del>gone</del> <code>a&lt;b</code></p>\n",
            ),
            (
                "```Rust\nlet x = 1 < 2;\n```",
                "<pre><code class=\"language-rust\"><span class=\"k\">let</span> x <span class=\"o\">=</span> <span class=\"n\">1</span> <span class=\"o\">&lt;</span> <span class=\"n\">2</span>;\n</code></pre>\n",
            ),
            (
                "```c++ \"x\nx\n```",
                "<pre><code class=\"language-c++\">x\n</code></pre>\n",
            ),
            (
                "```a\"b\nx\n```",
                "<pre><code class=\"language-ab\">x\n</code></pre>\n",
            ),
            ("    indented", "<pre><code>indented</code></pre>\n"),
            (
                "# Big\n\n## Less\n\n###### Small",
                "<h4>Big</h4>\n<h5>Less</h5>\n<h6>Small</h6>\n",
            ),
            (
                "是 $a_1*b*<c>$，$5 和 $6，\\(x_1\\)，`$x$`",
                "<p>是 <span class=\"math\">$a_1*b*&lt;c&gt;$</span>，$5 和 $6，<span class=\"math\">\\(x_1\\)</span>，<code>$x$</code></p>\n",
            ),
            (
                "$$\n\\sum_i\n- x\n$$",
                "<p><span class=\"math display\">$$\n\\sum_i\n- x\n$$</span></p>\n",
            ),
            ("[[page]] [[1]](https", "<p>[[page]] [[1]](https</p>\n"),
            ("3. three", "<ol start=\"3\">\n<li>three</li>\n</ol>\n"),
            (
                "- [x] done\n- [ ] open",
                "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n",
            ),
            ("第一行\n第二行\nthird", "<p>第一行第二行\nthird</p>\n"),
            (
                "*第一行*\n第二行，\n*「三」*",
                "<p><em>第一行</em>第二行，<em>「三」</em></p>\n",
            ),
            (
                "**注意：**要先备份，**“引文”**的",
                "<p><strong>注意：</strong>要先备份，<strong>“引文”</strong>的</p>\n",
            ),
            (
                "甲|乙\n:-:|-\n**丙。**丁|:::",
                "<table><thead><tr><th>甲</th><th>乙</th></tr></thead><tbody>\n<tr><td><strong>丙。</strong>丁</td><td>:::</td></tr>\n</tbody></table>\n",
            ),
            (
                "a <b>b</b> <!-- c -->",
                "<p>a &lt;b&gt;b&lt;/b&gt; &lt;!-- c --&gt;</p>\n",
            ),
            (
                "<div onclick=x>\nraw\n</div>",
                "<p>&lt;div onclick=x&gt;\nraw\n&lt;/div&gt;</p>\n",
            ),
            (
                "|a|b|\n|:-|-:|\n|1|2|",
                "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n<tr><td>1</td><td>2</td></tr>\n</tbody></table>\n",
            ),
        ] {
            check(markdown, expected);
        }
    }

    #[test]
    fn links_are_marked_and_images_become_links() {
        let rel = "rel=\"nofollow ugc noopener\"";
        let cases = [
            (
                "[x](https://a.example/ \"t\")",
                format!("<p><a href=\"https://a.example/\" {rel}>x</a></p>\n"),
            ),
            (
                "![cat](https://a.example/c.png)",
                format!("<p><a href=\"https://a.example/c.png\" {rel}>cat</a></p>\n"),
            ),
            (
                "[![cat](c.png)](/guides/)",
                format!("<p><a href=\"/guides/\" {rel}>cat</a></p>\n"),
            ),
            (
                "见https://a.example/b_c_d。后文",
                format!(
                    "<p>见<a href=\"https://a.example/b_c_d\" {rel}>https://a.example/b_c_d</a>。后文</p>\n"
                ),
            ),
            (
                "(http://a.example/(x)).",
                format!(
                    "<p>(<a href=\"http://a.example/(x)\" {rel}>http://a.example/(x)</a>).</p>\n"
                ),
            ),
            (
                "xhttp://a.example https://. `http://b`",
                "<p>xhttp://a.example https://. <code>http://b</code></p>\n".into(),
            ),
            (
                "<a@b.example> and c@d.example",
                format!(
                    "<p><a href=\"mailto:a@b.example\" {rel}>a@b.example</a> and <a href=\"mailto:c@d.example\" {rel}>c@d.example</a></p>\n"
                ),
            ),
            (
                "见https://例子.测试/路径，后文",
                format!(
                    "<p>见<a href=\"https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%E5%BE%84\" {rel}>https://例子.测试/路径</a>，后文</p>\n"
                ),
            ),
            (
                "[x](https://例子.测试) <https://例子.测试/?q=词> https://zh.example.org/wiki/中文。",
                format!(
                    "<p><a href=\"https://xn--fsqu00a.xn--0zwm56d\" {rel}>x</a> <a href=\"https://xn--fsqu00a.xn--0zwm56d/?q=%E8%AF%8D\" {rel}>https://例子.测试/?q=词</a> <a href=\"https://zh.example.org/wiki/%E4%B8%AD%E6%96%87\" {rel}>https://zh.example.org/wiki/中文</a>。</p>\n"
                ),
            ),
            (
                "www.example.org ftp://a.example/b",
                format!(
                    "<p><a href=\"http://www.example.org\" {rel}>www.example.org</a> ftp://a.example/b</p>\n"
                ),
            ),
            (
                "[a](https://a.example/&#x202e;gpj) [b](&#x202e;) [c](&#x200b;javascript:alert)",
                format!("<p><a href=\"https://a.example/gpj\" {rel}>a</a> b <a {rel}>c</a></p>\n"),
            ),
            (
                "[x](javascript:alert(1))",
                format!("<p><a {rel}>x</a></p>\n"),
            ),
        ];
        for (markdown, expected) in cases {
            check(markdown, &expected);
        }
    }

    #[test]
    fn faults_are_named() {
        for (markdown, fault) in [
            ("", Fault::Empty),
            (" \n\n---\n", Fault::Empty),
            ("![](x.png)", Fault::Empty),
            (&*format!("{}deep", "> ".repeat(40)), Fault::TooComplex),
            (&*"- a\n".repeat(4_000), Fault::TooComplex),
        ] {
            assert_eq!(render(markdown), Err(fault), "{markdown:.20}");
        }
    }

    /// A character and its entity come to the same, wherever they stand.
    #[test]
    fn entities_are_cleaned_as_characters_are() {
        let pile = "\u{301}".repeat(400);
        for text in [
            "\u{202E}gpj.exe",
            "a\u{200B}b \u{2066}c\u{2069} \u{FEFF}\u{AD}d",
            "Z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
            &pile,
            "\u{200B}",
            "\u{2800} \u{3164} \u{200D}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 葛\u{E0100} می\u{200C}خواهم",
            "x\u{E0041} e\u{FE0F} 加\u{200D}微",
            "a\u{85}b\u{2028}c \u{9B}31m",
        ] {
            let entities: String = text.chars().map(|c| format!("&#{};", c as u32)).collect();
            for (open, close) in [
                ("", ""),
                ("**a", "z**"),
                ("> ", ""),
                ("[", "](/x)"),
                ("![", "](/x)"),
            ] {
                let of = |text: &str| {
                    let text = sanitize::clean(&format!("{open}{text}{close}"));
                    render(&text).map(|it| it.text.replace('\n', " "))
                };
                assert_eq!(of(&entities), of(text), "{open} {text:?}");
            }
        }
        let html = |text: &str| render(text).map(|it| it.html);
        let spread = format!("Z{}", "[&#x301;](/a)".repeat(100));
        assert!(html(&spread).unwrap().matches('\u{301}').count() <= 4);
        assert_eq!(
            html("`&#x202e;` `\u{202E}`").unwrap(),
            "<p><code>&amp;#x202e;</code> <code></code></p>\n"
        );
        assert_eq!(html("&#8203;"), Err(Fault::Empty));
    }

    #[test]
    fn the_text_is_what_a_reader_sees() {
        let rendered =
            render("# One\n\n**two** [three](https://a.example)\n\n```\nfour\n```").unwrap();
        assert_eq!(rendered.text, "One\ntwo three\nfour");
    }

    /// XSS-01, XSS-05, XSS-06, XSS-20. One payload a line, `\n` for a line break. What comes out is read
    /// by a scanner that knows nothing of how it was made: every `<` begins an allowed tag, every attribute
    /// is allowed, every address is harmless.
    #[test]
    fn payloads_stay_text() {
        let payloads = include_str!("../../../tests/edge/_xss.txt");
        assert!(payloads.lines().count() >= 60);
        for payload in payloads.lines() {
            for framed in [
                payload.to_owned(),
                format!("a {payload} b"),
                format!("> {payload}\\n> c"),
            ] {
                let text = crate::edge::sanitize::clean(&framed.replace("\\n", "\n"));
                if let Ok(rendered) = render(&text) {
                    assert_eq!(
                        fault_in(&rendered.html),
                        None,
                        "{payload} -> {}",
                        rendered.html
                    );
                }
            }
        }
    }

    /// The first tag, attribute or address that must not be there.
    fn fault_in(html: &str) -> Option<String> {
        const TAGS: &str = " p br hr em strong del code pre blockquote ul ol li a table thead tbody tr th td h4 h5 h6 span ";
        for tag in html.split('<').skip(1) {
            let Some((inside, _)) = tag.split_once('>') else {
                return Some(tag.into());
            };
            let inside = inside.strip_prefix('/').unwrap_or(inside);
            let (name, mut attributes) = inside.split_once(' ').unwrap_or((inside, ""));
            if !TAGS.contains(&format!(" {name} ")) {
                return Some(inside.into());
            }
            while !attributes.is_empty() {
                let (attribute, rest) = attributes.trim_start().split_once("=\"")?;
                let (value, rest) = rest.split_once('"')?;
                let is_fine = match (name, attribute) {
                    ("a", "href") => {
                        let start = value.split(['/', '?', '#']).next().unwrap_or_default();
                        !start.contains(':') && !start.contains('&')
                            || ["http:", "https:", "mailto:"]
                                .iter()
                                .any(|it| value.starts_with(it))
                    }
                    ("a", "rel") => value == "nofollow ugc noopener",
                    ("code", "class") => {
                        let name = value.strip_prefix("language-");
                        name.is_some_and(code::is_language)
                    }
                    ("span", "class") => {
                        matches!(value, "math" | "math display") || code::LETTERS.contains(&value)
                    }
                    ("ol", "start") => value.bytes().all(|it| it.is_ascii_digit()),
                    _ => false,
                };
                if !is_fine {
                    return Some(format!("{attribute}={value}"));
                }
                attributes = rest;
            }
        }
        None
    }

    /// DOS-07: four times the text takes about four times as long, and never sixteen times as a loop in a loop would.
    #[test]
    fn the_worst_texts_take_their_length() {
        let once = |text: &str| {
            let before = std::time::Instant::now();
            let _ = crate::edge::comments::Text::parse(text);
            before.elapsed().as_secs_f64()
        };
        // Short enough to be read between two interruptions, or a busy machine would seem to read long texts slower.
        let most = crate::edge::comments::MAX_BYTES / 4;
        for piece in [
            "> ",
            "- ",
            "[",
            "![",
            "*a ",
            "**a",
            "_a_",
            "`",
            "```\n",
            "|",
            "|a|\n|-|\n",
            "&amp;",
            "<a ",
            "<!--",
            "[a](",
            "[a]: b\n",
            "\\",
            "#\n",
            "1. ",
            "~~",
            "https://a.",
            "http",
            "a\n",
            "\u{301}",
            "<b>",
        ] {
            let (long, short) = (
                piece.repeat(most / piece.len()),
                piece.repeat(most / 4 / piece.len()),
            );
            let (mut best_long, mut best_short) = (f64::MAX, f64::MAX);
            let is_linear = (0..200).any(|n| {
                best_long = best_long.min(once(&long));
                best_short = best_short.min(once(&short));
                n >= 5 && best_long < 9.0 * best_short
            });
            assert!(is_linear, "{piece:?}: {best_long} s and {best_short} s");
        }
    }
}
