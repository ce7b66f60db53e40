//! The head of a page at the beginning of a file that is no page, and markers in one: its author meant a page.
//!
//! Entry points: [`head`] and [`has_marker`]. What is nearly a head counts: a copy of a page is not published for a damaged
//! fence. Files of data begin like heads, too; they count only where text follows that is none of theirs.

use crate::clock::Timestamp;
use crate::site::parse::{
    decides, decides_access, head_date, is_key, is_marker, may_decide, means_gate,
};
use crate::site::source::content::Content;
use crate::site::source::names::has_markdown_within;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// A head begins within so many bytes, not counting space and comments before it.
const HEAD_BYTES: usize = 16 * 1024;
/// A longer line of dashes is drawn, not a fence.
const FENCE_CHARS: usize = 6;
/// Lines of a head that are looked at.
const HEAD_LINES: usize = 100;

/// What a name says of how its file may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Files of data, whose first lines are keys and values.
    Data,
    /// Programs and styles.
    Code,
    /// Formats of pages and feeds, none of which begins with a fence.
    Page,
    /// Text of any kind.
    Text,
}

const DATA: &str = "yaml yml toml webmanifest map ini conf cfg properties env lock jsonl ndjson";
const CODE: &str = "css scss sass less styl js mjs cjs ts jsx tsx py rb sh lua hs c h cpp java go rs php sql diff patch";
const PAGE: &str = "html htm xhtml xml rss atom json njk liquid hbs ejs erb pug haml slim rst adoc asciidoc org textile";

/// Keys that other tools have in heads, and we do not.
const FOREIGN: &str = "layout permalink pagination eleventynavigation eleventyexcludefromcollections nav_order \
    nav_exclude parent has_children sidebar outline hidden published post_status page_id menu sitemap";

fn format(name: &str) -> Format {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_in = |list: &str| {
        list.split_whitespace()
            .any(|it| ending.eq_ignore_ascii_case(it))
    };
    match () {
        () if is_in(DATA) => Format::Data,
        () if is_in(CODE) => Format::Code,
        () if is_in(PAGE) => Format::Page,
        () => Format::Text,
    }
}

/// What the beginning of a text says; `name` is that of its file.
pub fn head(name: &str, text: &str) -> Content {
    let format = format(name);
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{85}', '\u{2028}'], "\n");
    let text = without_comments(&text);
    // What ends as it begins is one value.
    let is_json = name.ends_with(".json") && text.trim_end().ends_with('}');
    if text.starts_with('{') && format != Format::Data && !is_json {
        let object = json(text, format);
        if object != Content::Plain {
            return object;
        }
    }
    let text = &text[..text.floor_char_boundary(HEAD_BYTES)];
    let mut lines = text.lines().map(bare);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with("<<<<<<<")) else {
        return Content::Plain;
    };
    let rest: Vec<&str> = lines.take(HEAD_LINES).collect();
    match Fence::of(first) {
        Fence::None if first.starts_with("#+") => org(first, &rest),
        Fence::None => bare_head(first, &rest, format),
        Fence::Json => object_of_lines(&rest, name, format),
        _ => fenced(first, &rest, format),
    }
}

/// A text without space, what cannot be seen, and comments at its beginning.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start_matches(is_unseen);
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            break;
        };
        rest = after.trim_start_matches(is_unseen);
    }
    rest
}

/// A head between fences of dashes or plus signs.
fn fenced(first: &str, rest: &[&str], format: Format) -> Content {
    let end = rest
        .iter()
        .position(|it| Fence::of(it) != Fence::None || *it == "...");
    let inside = &rest[..end.unwrap_or(rest.len())];
    let found = keys(inside.iter().copied());
    if format == Format::Data && end.is_none() {
        return Content::Plain;
    }
    if found != Content::Plain || end.is_none() || !matches!(first, "---" | "+++") {
        return found;
    }
    // Keys of other tools, and the empty head that Jekyll asks for.
    let is_foreign = |line: &&str| {
        let key = key_of(line).map(str::to_ascii_lowercase);
        key.is_some_and(|key| FOREIGN.split_whitespace().any(|it| it == key))
    };
    let is_head = match format {
        Format::Data | Format::Code => false,
        Format::Page => inside.iter().all(|it| is_of_yaml(it)),
        Format::Text => inside.is_empty() || inside.iter().any(is_foreign),
    };
    if is_head {
        Content::Head
    } else {
        Content::Plain
    }
}

fn is_of_yaml(line: &str) -> bool {
    line.is_empty() || line.starts_with(['#', '-']) || key_of(line).is_some()
}

/// Keys and values at the beginning of a text, without a fence before them.
fn bare_head(first: &str, rest: &[&str], format: Format) -> Content {
    let Some(key) = key_of(first).filter(|_| !matches!(format, Format::Data | Format::Code)) else {
        return Content::Plain;
    };
    let end = rest
        .iter()
        .position(|it| Fence::of(it) != Fence::None || *it == "...");
    if let Some(end) = end.filter(|_| key.eq_ignore_ascii_case("title")) {
        let lines = std::iter::once(first).chain(rest[..end].iter().copied());
        return keys(lines);
    }
    let block = rest.iter().take_while(|it| !it.is_empty());
    let block: Vec<&str> = std::iter::once(first).chain(block.copied()).collect();
    let is_head = block.iter().all(|it| is_of_yaml(it)) && block.iter().any(|it| closes(it));
    if is_head {
        Content::ClosedHead
    } else {
        Content::Plain
    }
}

/// The keywords of Org at the top of a text: `#+TITLE: A`.
fn org(first: &str, rest: &[&str]) -> Content {
    let lines = std::iter::once(first).chain(rest.iter().copied());
    keys(lines.map_while(|it| it.strip_prefix("#+")))
}

/// Whether the head at the beginning of a text keeps nothing back for sure: no key of it decides anything,
/// or is nearly one that does, but for dates that have passed. So does a text without a head.
pub fn keeps_nothing_back(text: &str, now: Timestamp) -> bool {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = without_comments(&text);
    let mut lines = text.lines();
    let Some(first) = lines.next().map(bare) else {
        return true;
    };
    let is_own = matches!(first, "---" | "+++");
    if !is_own {
        return Fence::of(first) == Fence::None
            && !first.starts_with(['{', '#'])
            && key_of(first).is_none();
    }
    let mut is_closed = false;
    let mut inside = lines.map_while(|line| {
        is_closed = matches!(bare(line), "---" | "+++" | "...");
        (!is_closed).then_some(line)
    });
    let is_open = inside.all(|line| is_harmless(line, now));
    is_open && is_closed
}

/// A day before which a date has passed in every time zone.
const DAY_SECS: f64 = 86_400.0;

/// Whether a line of a head keeps nothing back: it is indented or blank, or its key decides nothing now.
fn is_harmless(line: &str, now: Timestamp) -> bool {
    if bare(line).is_empty() || line.starts_with([' ', '\t', '#', '-', ']', '}']) {
        return true;
    }
    let Some(key) = key_of(line) else {
        return line.starts_with('[');
    };
    let value = line.split_once([':', '=']).map_or("", |(_, value)| value);
    let value = value.trim().trim_matches(['"', '\'']);
    let is_past = || {
        let date = head_date(value, &jiff::tz::TimeZone::UTC);
        !decides_access(key) && date.is_some_and(|it| now.secs_since(it) > DAY_SECS)
    };
    match decides(key) {
        true => is_past(),
        // A key of the author's own, or of a theme, unless it is nearly one that decides.
        false => !may_decide(key, value),
    }
}

/// Whether a line of a bare head holds a page back: by its key, and by a value that no sentence has there.
fn closes(line: &str) -> bool {
    let Some(key) = key_of(line).filter(|key| decides_access(key)) else {
        return false;
    };
    let value = line
        .split_once([':', '=', '：'])
        .map_or("", |(_, value)| value);
    let value = value.trim().trim_matches(['"', '\'']).to_lowercase();
    let is_year = value.len() >= 8 && value.bytes().take(4).all(|it| it.is_ascii_digit());
    let is_access = matches!(
        key.to_ascii_lowercase().as_str(),
        "access" | "visibility" | "tier" | "tiers"
    );
    let is_word = !value.is_empty()
        && value
            .bytes()
            .all(|it| it.is_ascii_lowercase() || b"-_:[]".contains(&it));
    let is_open = matches!(
        value.as_str(),
        "public" | "free" | "open" | "all" | "everyone" | "none"
    );
    is_year
        || matches!(value.as_str(), "true" | "false" | "draft" | "scheduled")
        || means_gate(&value)
        || (is_access && is_word && !is_open)
}

/// An object of JSON with text behind it that is no other value.
fn json(text: &str, format: Format) -> Content {
    let mut values =
        serde_json::Deserializer::from_str(text).into_iter::<BTreeMap<String, IgnoredAny>>();
    let (keys_of, rest) = match values.next() {
        Some(Ok(object)) => {
            let rest = &text[values.byte_offset()..];
            (object.into_keys().collect(), rest)
        }
        // Nearly JSON, in one line.
        _ if matches!(format, Format::Page | Format::Text) => {
            let line = text.lines().next().unwrap_or_default();
            let Some(inside) = line.trim_end().strip_suffix('}') else {
                return Content::Plain;
            };
            let pairs = inside[1..].split(',').filter_map(|it| key_of(it.trim()));
            let keys: Vec<String> = pairs.map(str::to_owned).collect();
            (keys, &text[line.len()..])
        }
        _ => return Content::Plain,
    };
    let rest = rest.trim_start_matches(is_unseen);
    if rest.is_empty() || rest.starts_with(['{', '[', ',', ']', ';', ')']) {
        return Content::Plain;
    }
    let lines: Vec<String> = keys_of.into_iter().map(|it| format!("{it}: ")).collect();
    keys(lines.iter().map(String::as_str))
}

/// An object of which each line has a key, as far as it can be told without reading JSON.
fn object_of_lines(rest: &[&str], name: &str, format: Format) -> Content {
    let Some(end) = rest.iter().position(|it| it.starts_with('}')) else {
        return Content::Plain;
    };
    let is_data = matches!(format, Format::Data | Format::Code) || name.ends_with(".json");
    let goes_on = rest[end + 1..].iter().any(|it| !it.is_empty());
    match is_data || !goes_on {
        true => Content::Plain,
        false => keys(rest[..end].iter().copied()),
    }
}

/// What the keys of lines say.
fn keys<'t>(lines: impl Iterator<Item = &'t str>) -> Content {
    lines.fold(Content::Plain, |found, line| match key_of(line) {
        Some(key) if decides_access(key) => Content::ClosedHead,
        Some(key) if is_key(key) && found == Content::Plain => Content::Head,
        _ => found,
    })
}

/// Formats of data and drawings in which a comment names what follows, beside those of [`DATA`] and [`CODE`].
const UNMARKED: &str = "xml xsl xslt rss atom svg json geojson opml plist csv tsv ics vtt srt ipynb log resx xlf xaml qrc ui";

/// Whether a line outside code is exactly a marker that opens or closes a part. In a whole document of HTML a comment
/// names what follows.
pub fn has_marker(name: &str, text: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let ending = name.rsplit_once('.').map_or("md", |(_, ending)| ending);
    let unmarked = [DATA, CODE, UNMARKED];
    let mut unmarked = unmarked.iter().flat_map(|it| it.split_whitespace());
    if unmarked.any(|it| ending.eq_ignore_ascii_case(it))
        && !has_markdown_within(&name.to_lowercase())
    {
        return false;
    }
    let beginning = without_comments(text)
        .get(..9)
        .unwrap_or_default()
        .to_ascii_lowercase();
    if beginning.starts_with("<!doctype") || beginning.starts_with("<html") {
        return false;
    }
    let mut fence: Option<&str> = None;
    text.split(['\n', '\r']).any(|line| {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|it| bare(line).starts_with(it));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        let inner = line.trim_end().strip_prefix("<!--");
        let inner = inner.and_then(|it| it.strip_suffix("-->"));
        fence.is_none() && inner.is_some_and(is_marker)
    })
}

/// How a head is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fence {
    Yaml,
    Toml,
    Json,
    None,
}

impl Fence {
    /// Dashes of any kind, plus signs, or a brace; a word such as `yaml` may follow.
    fn of(line: &str) -> Self {
        let marks = line.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
        let is_all = |is_mark: fn(char) -> bool| {
            let n_marks = marks.chars().count();
            (2..=FENCE_CHARS).contains(&n_marks) && marks.chars().all(is_mark)
        };
        let is_dash = |c: char| {
            matches!(
                c,
                '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FF0D}'
            )
        };
        if is_all(is_dash) {
            Fence::Yaml
        } else if is_all(|c| matches!(c, '+' | '\u{FF0B}')) || marks == ";;;" {
            Fence::Toml
        } else if line == "{" {
            Fence::Json
        } else {
            Fence::None
        }
    }
}

/// A line without what cannot be seen at its ends.
fn bare(line: &str) -> &str {
    line.trim_matches(is_unseen)
}

fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}')
}

/// What stands before `:`, `=` or a full-width colon, without quotes.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once([':', '=', '：'])?;
    let key = key.trim().trim_matches(['"', '\'']);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    (!key.is_empty() && key.len() < 40 && key.chars().all(is_word)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: &str = "html htm xhtml txt text rst org xml bin foo json page";
    const PAGES: &str = "html htm xhtml rst org xml json";

    fn check(endings: &str, expected: Content, texts: &[&str]) {
        for ending in endings.split_whitespace() {
            for text in texts {
                let name = format!("a.{ending}");
                let wide: Vec<u8> = "\u{feff}"
                    .encode_utf16()
                    .chain(text.encode_utf16())
                    .flat_map(u16::to_le_bytes)
                    .collect();
                for bytes in [
                    text.as_bytes(),
                    text.replace('\n', "\r\n").as_bytes(),
                    text.replace('\n', "\r").as_bytes(),
                    &wide,
                ] {
                    assert_eq!(Content::of(&name, bytes), expected, "{name} {text:?}");
                }
            }
        }
    }

    /// Every form of a head, in every format, with every kind of line end.
    #[test]
    fn a_head_is_known_in_files_that_are_not_markdown() {
        check(
            OTHERS,
            Content::ClosedHead,
            &[
                "---\ntitle: T\naccess: paid\n---\n\nx\n",
                "---\nlayout: default\ndraft: true\n---\nx",
                "+++\naccess = \"paid\"\n+++\nx",
                "{\"title\":\"T\",\"access\":\"paid\"}\nx\n",
                "{\n  \"title\": \"T\",\n  \"access\": \"paid\"\n}\n\nx\n",
                "{title: 'T', access: 'paid'}\nx\n",
                "access: paid\n\nx\n",
                "access: members\ntitle: T\n\nx\n",
                "title: T\nvisibility: paid\n\nx\n",
                "title: T\ndraft: true\n\nx\n",
                "access: pro\n\nx\n",
                "publish_at: 2999-01-01\n\nx\n",
                "\n\n\n<!-- a\n long comment -->\n\n---\naccess: paid\n---\nx",
            ],
        );
        check(
            OTHERS,
            Content::Head,
            &[
                "---\n---\nx",
                "---\nlayout: default\n---\nx",
                "---\nlayout: null\npermalink: /x/\n---\n",
                "{\"title\":\"T\"}\nx\n",
                "---\ntitle: T\n\nx",
            ],
        );
        check(
            PAGES,
            Content::Head,
            &[
                "---\npagination:\n  enabled: true\n---\nx",
                "---\nmine: 1\n---\nx",
            ],
        );
        let far =
            "\n".repeat(50_000) + "<!-- " + &"x".repeat(70_000) + " -->\n---\naccess: paid\n---\nx";
        check("html txt", Content::ClosedHead, &[&far]);
    }

    /// A file with the name of a folder's page must show that it keeps nothing back.
    #[test]
    fn a_head_that_keeps_nothing_back_is_told_for_sure() {
        let now = Timestamp::parse("2026-06-01T00:00:00Z").unwrap();
        for (text, wanted) in [
            ("---\ntitle: A\n---\n", true),
            ("+++\ntitle = \"A\"\nlinkTitle = \"A\"\n\n+++\nwords", true),
            ("---\ntitle: A\nmenu:\n  main:\n    weight: 1\n---\n", true),
            (
                "---\ntitle: A\ndate: 2020-01-01\nlastmod: 2020-01-01\n---\n",
                true,
            ),
            (
                "---\ntitle: A\nshow_banner: true\nbodyClass: wide\n---\n",
                true,
            ),
            ("<p>words</p>", true),
            ("", true),
            ("---\ntitle: A\ndate: 2030-01-01\n---\n", false),
            ("---\ntitle: A\ndate: soon\n---\n", false),
            ("---\ntitle: A\ndrft: true\n---\n", false),
            ("---\ntitle: A\ndraft: true\n---\n", false),
            ("---\ntitle: A\npublish_at: 2030-01-01\n---\n", false),
            ("---\ntitle: A\n", false),
            ("{\"title\": \"A\"}\n", false),
            ("#+TITLE: A\n", false),
            ("title: A\ndraft: true\n", false),
            ("--\ntitle: A\n--\n", false),
        ] {
            assert_eq!(keeps_nothing_back(text, now), wanted, "{text}");
        }
    }

    #[test]
    fn a_marker_counts_in_every_format_that_may_hold_a_page() {
        let text = "# X\n\n<!-- paid -->\n\nwords\n";
        for name in "p.njk p.vue p.svelte p.tex p.liquid p.mdold p.mdx p.qmd p.md.1 p.md.copy p.md.new p.md.theirs p.md.LOCAL \
            p.md_old p.md.2026-01-01 p.md.patch p.txt p.html p.org p.unknown p".split_whitespace() {
            assert!(has_marker(name, text), "{name}");
        }
        for name in "p.xml p.svg p.js p.css p.json p.yaml p.py p.csv p.patch".split_whitespace() {
            assert!(!has_marker(name, text), "{name}");
        }
        for text in [
            "#+TITLE: X\n#+DRAFT: true\n\nwords",
            "#+title: X\n#+ACCESS: paid\n",
        ] {
            assert_eq!(head("a.org", text), Content::ClosedHead, "{text}");
        }
        assert_eq!(head("a.org", "#+TITLE: X\n\nwords"), Content::Head);
    }

    #[test]
    fn what_only_begins_like_a_head_is_none() {
        check(
            "txt html bin",
            Content::Plain,
            &[
                "<!doctype html>\n<title>A</title>\n",
                "Access: by bus, line 7\n\nx",
                "Access: the door on the left\nOpen: 9 to 17\n",
                "access: public\n\nx",
                "Date: 2030-01-01\nPlace: Paris\n\nx",
                "Private: no\nPublic: yes\n\nx",
                "Members: Ann, Bob\n\nx",
                "Title: A note\n\nx",
                "Dear reader,\naccess: paid\n",
                "---\nA title\n---\n",
                "---------\nTitle\n---------\n",
                "User-agent: *\nDisallow: /\n",
                "{% extends \"a.html\" %}\nx",
                "{{ title }}\nx",
            ],
        );
        check(
            "json",
            Content::Plain,
            &[
                "{\"title\":\"T\",\"access\":\"paid\"}",
                "{\n  \"draft\": true\n}\n",
                "{\"a\":1}\n{\"access\":\"paid\"}\n",
                "[{\"access\":\"paid\"}]",
            ],
        );
        check(
            "yaml yml toml ini conf env properties jsonl",
            Content::Plain,
            &[
                "access: paid\ndraft: true\n",
                "access = paid\n",
                "---\na: 1\n",
                "---\nkind: Pod\n---\nkind: Service\n",
                "{\"access\":\"paid\"}\n{\"access\":\"members\"}\n",
            ],
        );
        check(
            "css js scss",
            Content::Plain,
            &["---\n---\n@import \"a\";", "{ access: paid }\nx"],
        );
        check(
            "diff",
            Content::Plain,
            &["--- a/x.md\n+++ b/x.md\n@@ -1 +1 @@\n+---\n+access: paid\n"],
        );
        check(
            "txt",
            Content::Plain,
            &["---\nmine: 1\n---\nx", "---\nA: b\n---\n"],
        );
        check("vtt", Content::Plain, &["WEBVTT\n\nx"]);
    }

    #[test]
    fn a_line_that_is_a_marker_means_a_page() {
        check(
            "md markdown txt html htm org rst draft",
            Content::Marked,
            &[
                "# T\n\nteaser\n\n<!-- paid -->\n\nx\n",
                "<p>a</p>\n<!-- members -->\n<p>x</p>\n",
                "a\n\n<!--members-only-->\nx",
                "a\n\n<!-- tier:pro --> \nx",
                "```\ncode\n```\n\n<!-- Paid -->\n",
            ],
        );
        check(
            "md txt html",
            Content::Plain,
            &[
                "a\n\n<!-- more -->\n\nb",
                "a <!-- paid --> b",
                "<ul>\n  <!-- members -->\n  <li>x</li>\n</ul>\n",
                "<!-- our members -->\n",
                "```\n<!-- paid -->\n```\n",
                "<!doctype html>\n<body>\n<!-- members -->\n<ul></ul>\n",
            ],
        );
        check(
            "xml svg js css json",
            Content::Plain,
            &["<a>\n<!-- members -->\n</a>\n"],
        );
        assert!(has_marker("static/README", "<!-- paid -->"));
    }
}
