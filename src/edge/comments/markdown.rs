//! A comment's Markdown as HTML that is safe under any page, and as plain text for the scores.
//!
//! Entry point: [`render`]. Steps: parse; rewrite events (raw HTML becomes text, images become links,
//! headings shrink, bare addresses become links); write HTML; clean it against a short list of tags.
//! The last step would be enough for safety: the ones before it make sure that nothing a member typed
//! vanishes. Length is bounded by the caller, nesting and the number of elements here, so that the time
//! is linear in the text.

use ammonia::Builder;
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream, html,
};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Quotes, lists and emphasis inside of each other. Nobody reads deeper.
const MOST_NESTED: usize = 16;
/// Elements, line breaks and runs of text. A long comment has some hundred.
const MOST_EVENTS: usize = 4_000;
/// Longer names of a language are none.
const MOST_LANGUAGE_CHARS: usize = 24;

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

/// Renders a text that went through [`crate::edge::comments::hygiene::clean`].
pub fn render(markdown: &str) -> Result<Rendered, Fault> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut rewriting = Rewriting::default();
    for (n_events, event) in TextMergeStream::new(Parser::new_ext(markdown, options)).enumerate() {
        if n_events >= MOST_EVENTS || rewriting.ends.len() > MOST_NESTED {
            return Err(Fault::TooComplex);
        }
        rewriting.take(event);
    }
    let text = rewriting.text.trim().to_owned();
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    let mut written = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut written, without_breaks_in_han(rewriting.events));
    Ok(Rendered {
        html: CLEANER.clean(&written).to_string(),
        text,
    })
}

/// Events on their way from the parser to the writer.
#[derive(Default)]
struct Rewriting<'a> {
    events: Vec<Event<'a>>,
    text: String,
    /// How each open element ends; `None` where its start was left out.
    ends: Vec<Option<End>>,
    in_code: bool,
    n_links: usize,
}

enum End {
    Tag(TagEnd),
    Code,
}

impl<'a> Rewriting<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(_) => self.close(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(text),
            Event::Code(code) => {
                self.text.push_str(&code);
                self.events.push(Event::Code(code));
            }
            Event::SoftBreak | Event::HardBreak => {
                self.text.push('\n');
                self.events.push(event);
            }
            Event::TaskListMarker(is_done) => self.say(if is_done { "☑ " } else { "☐ " }.into()),
            Event::Rule => self.events.push(Event::Rule),
            // Footnotes and mathematics are not switched on.
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'a>) {
        let tag = match tag {
            Tag::CodeBlock(kind) => {
                self.in_code = true;
                self.events.push(Event::Html(opening_of_code(&kind).into()));
                self.ends.push(Some(End::Code));
                return;
            }
            Tag::Image { dest_url, .. } | Tag::Link { dest_url, .. }
                if self.n_links > 0 || dest_url.is_empty() =>
            {
                self.ends.push(None);
                return;
            }
            Tag::Image { dest_url, .. } | Tag::Link { dest_url, .. } => link_to(dest_url),
            Tag::Heading { level, .. } => Tag::Heading {
                level: shrunk(level),
                id: None,
                classes: vec![],
                attrs: vec![],
            },
            Tag::HtmlBlock => Tag::Paragraph,
            // Alignment is written as style attributes, which are not allowed.
            Tag::Table(columns) => Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()]),
            other => other,
        };
        self.n_links += usize::from(matches!(tag, Tag::Link { .. }));
        self.ends.push(Some(End::Tag(tag.to_end())));
        self.events.push(Event::Start(tag));
    }

    fn close(&mut self) {
        let Some(Some(end)) = self.ends.pop() else {
            return;
        };
        match end {
            End::Code => {
                self.in_code = false;
                self.events.push(Event::Html("</code></pre>\n".into()));
            }
            End::Tag(tag) => {
                if tag == TagEnd::Link {
                    self.n_links -= 1;
                } else if !matches!(
                    tag,
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough
                ) {
                    self.text.push('\n');
                }
                self.events.push(Event::End(tag));
            }
        }
    }

    fn say(&mut self, text: CowStr<'a>) {
        self.text.push_str(&text);
        if self.in_code || self.n_links > 0 {
            self.events.push(Event::Text(text));
            return;
        }
        let mut rest: &str = &text;
        while let Some((before, address, after)) = next_address(rest) {
            self.events.push(Event::Text(before.to_owned().into()));
            let link = link_to(address.to_owned().into());
            let end = Event::End(link.to_end());
            self.events.extend([
                Event::Start(link),
                Event::Text(address.to_owned().into()),
                end,
            ]);
            rest = after;
        }
        self.events.push(if rest.len() == text.len() {
            Event::Text(text)
        } else {
            Event::Text(rest.to_owned().into())
        });
    }
}

fn link_to(dest_url: CowStr<'_>) -> Tag<'_> {
    Tag::Link {
        link_type: LinkType::Inline,
        dest_url,
        title: "".into(),
        id: "".into(),
    }
}

/// A page has one title and its comments one heading, so the largest of a comment is `h4`.
fn shrunk(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H4,
        HeadingLevel::H2 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// XSS-06: the class of a fence is its first word, when that is the name of a language.
fn opening_of_code(kind: &CodeBlockKind) -> String {
    let word = match kind {
        CodeBlockKind::Fenced(info) => info
            .split([' ', '\t', ',', '{'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        CodeBlockKind::Indented => String::new(),
    };
    if is_language(&word) {
        format!("<pre><code class=\"language-{word}\">")
    } else {
        "<pre><code>".into()
    }
}

fn is_language(word: &str) -> bool {
    (1..=MOST_LANGUAGE_CHARS).contains(&word.len())
        && word.bytes().all(|it| {
            it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'+' | b'#' | b'-')
        })
}

/// The first bare http(s) address in `text`, with what stands before and after it. It ends before white
/// space, anything that is not ASCII (Chinese goes on without a space) and closing punctuation.
fn next_address(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("http") {
        let start = from + found;
        from = start + 4;
        let tail = &text[start..];
        let Some(host) = tail
            .strip_prefix("https://")
            .or_else(|| tail.strip_prefix("http://"))
        else {
            continue;
        };
        let follows_word = text[..start].ends_with(|it: char| it.is_ascii_alphanumeric());
        if follows_word || !host.starts_with(|it: char| it.is_ascii_alphanumeric()) {
            continue;
        }
        let end = tail
            .find(|it: char| !it.is_ascii_graphic() || matches!(it, '<' | '>' | '"' | '`' | '\\'));
        let mut address = &tail[..end.unwrap_or(tail.len())];
        while let Some(last) = address.chars().next_back() {
            let closes = match last {
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '}' => true,
                ')' => address.matches(')').count() > address.matches('(').count(),
                _ => false,
            };
            if !closes {
                break;
            }
            address = &address[..address.len() - 1];
        }
        return Some((&text[..start], address, &tail[address.len()..]));
    }
    None
}

/// A line break between two Han characters is no space.
fn without_breaks_in_han<'a>(events: Vec<Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let edge = |event: Option<&Event<'a>>, last: bool| match event {
        Some(Event::Text(text)) if last => text.chars().next_back(),
        Some(Event::Text(text)) => text.chars().next(),
        _ => None,
    };
    let between_han: HashSet<usize> = (1..events.len())
        .filter(|at| events[*at] == Event::SoftBreak)
        .filter(|at| {
            let sides = [
                edge(events.get(at - 1), true),
                edge(events.get(at + 1), false),
            ];
            sides.iter().all(|side| side.is_some_and(is_han))
        })
        .collect();
    events
        .into_iter()
        .enumerate()
        .filter(move |(at, _)| !between_han.contains(at))
        .map(|(_, event)| event)
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}')
}

/// An address of the web or of mail, or one of this site: without a colon before its first `/`, `?` or `#`,
/// since what a browser of tomorrow reads as a scheme is nobody's guess.
fn is_harmless(address: &str) -> bool {
    let has_scheme = |scheme: &str| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let start = address.split(['/', '?', '#']).next().unwrap_or_default();
    !start.contains(':')
        || ["http://", "https://", "mailto:"]
            .into_iter()
            .any(has_scheme)
}

/// What may be in a comment. Built once: it holds tables.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "h4",
            "h5",
            "h6",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("code", HashSet::from(["class"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow ugc noopener"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => value
                .strip_prefix("language-")
                .filter(|word| is_language(word))
                .map(|_| Cow::Borrowed(value)),
            ("a", "href") => is_harmless(value).then_some(Cow::Borrowed(value)),
            ("ol", "start") => value.parse::<u32>().ok().map(|_| Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

#[cfg(test)]
mod tests {
    use super::*;

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
                "<pre><code class=\"language-rust\">let x = 1 &lt; 2;\n</code></pre>\n",
            ),
            (
                "```c++ \"x\nx\n```",
                "<pre><code class=\"language-c++\">x\n</code></pre>\n",
            ),
            ("```a\"b\nx\n```", "<pre><code>x\n</code></pre>\n"),
            ("    indented", "<pre><code>indented</code></pre>\n"),
            (
                "# Big\n\n## Less\n\n###### Small",
                "<h4>Big</h4>\n<h5>Less</h5>\n<h6>Small</h6>\n",
            ),
            ("3. three", "<ol start=\"3\">\n<li>three</li>\n</ol>\n"),
            (
                "- [x] done\n- [ ] open",
                "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n",
            ),
            ("第一行\n第二行\nthird", "<p>第一行第二行\nthird</p>\n"),
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
                let text = crate::edge::comments::hygiene::clean(&framed.replace("\\n", "\n"));
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
        const TAGS: &str = " p br hr em strong del code pre blockquote ul ol li a table thead tbody tr th td h4 h5 h6 ";
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
                    ("code", "class") => value.strip_prefix("language-").is_some_and(is_language),
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
    /// The best of some runs is what the text costs, however busy the machine is.
    #[test]
    fn the_worst_texts_take_their_length() {
        let best = |text: &str| {
            let once = || {
                let before = std::time::Instant::now();
                let _ = crate::edge::comments::Text::parse(text);
                before.elapsed().as_secs_f64()
            };
            (0..5).map(|_| once()).fold(f64::MAX, f64::min)
        };
        let most = crate::edge::comments::MOST_BYTES;
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
            let ratios = || (0..5).map(|_| best(&long) / best(&short));
            assert!(
                ratios().any(|it| it < 9.0),
                "{piece:?}: {:?}",
                ratios().collect::<Vec<_>>()
            );
        }
    }
}
