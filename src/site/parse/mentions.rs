//! Names of files in text that is no link: attribute values, `url()`, strings in scripts, pieces of style sheets.
//!
//! Whatever looks like a path counts; whether a file lies there is asked in `model`. Entry points: [`in_value`] for one
//! attribute, [`in_text`] for a whole file, and [`paths`] for the paths that a piece may mean.

use crate::site::parse::raw_html::{Piece, pieces};
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

/// Longer pieces name no file.
const MAX_BYTES: usize = 400;

/// Attributes whose value is never an address, also behind `data-`.
#[rustfmt::skip]
const NO_ADDRESS: [&str; 25] = [
    "class", "lang", "dir", "title", "alt", "role", "type", "rel", "target", "width", "height", "loading", "for",
    "datetime", "download", "name", "filename", "id", "label", "caption", "placeholder", "text", "description", "key",
    "summary",
];

/// What the value of an attribute may name: the whole of it, and its pieces, as `srcset` and `style` have them.
pub fn in_value<'v>(attribute: &str, value: &'v str) -> impl Iterator<Item = &'v str> {
    let last = attribute.rsplit('-').next().unwrap_or_default();
    let is_open = !NO_ADDRESS.contains(&last) && !attribute.starts_with("aria-");
    let whole = value.trim();
    // A file without an ending is known by the attribute that names it.
    let is_named = ["src", "href", "data", "poster", "url", "file"]
        .iter()
        .any(|it| attribute.contains(it));
    let whole = Some(whole).filter(|it| is_path(it) || (is_named && fits(it) && !it.contains(':')));
    let pieces = in_text(value).filter(move |it| Some(*it) != whole);
    whole.into_iter().chain(pieces).filter(move |_| is_open)
}

/// What a text may name: everything between white space, quotes, brackets and the like. Between two quotes or brackets
/// the whole counts too, for names with spaces.
pub fn in_text(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| c.is_whitespace() || ",;=|".contains(c);
    let quoted = text.split(|c: char| "\"'`()<>{}[]\n".contains(c));
    quoted.flat_map(move |quoted| {
        let whole = quoted.trim();
        let whole = Some(whole).filter(|it| it.contains(is_end) && is_path(it));
        let pieces = quoted.split(is_end).filter(|it| is_path(it));
        whole.into_iter().chain(pieces)
    })
}

/// What a free value may name: all of it, or what stands in it between quotes or brackets, as in a list or a link. A name
/// within a sentence is no use of a file.
pub fn in_words(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split(|c: char| "\"'`()<>{}[],\n".contains(c));
    quoted.map(str::trim).filter(|it| is_path(it))
}

/// What a file of this name uses: attributes, styles and scripts of HTML and drawings, elements of XML that are nothing but
/// an address, and strings of everything else. Comments and running text use nothing.
pub fn in_file(name: &str, text: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_xml = matches!(ending, "xml" | "mpd");
    if matches!(ending, "html" | "htm" | "xhtml" | "svg") || is_xml {
        return in_markup(text, is_xml);
    }
    let text = match ending {
        "css" | "js" | "mjs" | "cjs" => without_comments(text, ending != "css"),
        _ => text.to_owned(),
    };
    in_text(&text).map(String::from).collect()
}

/// What HTML or XML uses. A sitemap lists addresses, and shows none of them.
fn in_markup(text: &str, is_xml: bool) -> Vec<String> {
    let is_list = text.contains("<urlset") || text.contains("<sitemapindex");
    let mut found = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Address { address, .. } => found.push(address),
            Piece::Mention(path) => found.push(path),
            Piece::Text(text) if is_xml && !is_list => {
                let whole = Some(text.trim()).filter(|it| !it.contains(char::is_whitespace));
                found.extend(whole.filter(|it| is_path(it)).map(String::from));
            }
            Piece::Html(_) | Piece::Text(_) | Piece::Anchor(_) => {}
        }
    }
    let instructions = text.match_indices("<?xml-stylesheet");
    for (at, _) in instructions {
        let end = text[at..].find("?>").unwrap_or(0);
        found.extend(in_text(&text[at..at + end]).map(String::from));
    }
    found
}

/// A template without its comments, and those of HTML.
pub fn without_template_comments(text: &str) -> String {
    without(&without(text, "{#", "#}"), "<!--", "-->")
}

/// A text without what stands between two marks; what is not closed stays.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(open) {
        let Some((_, behind)) = inside.split_once(close) else {
            break;
        };
        out.push_str(before);
        out.push(' ');
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A style sheet or a script without its comments; what looks like one between quotes stays.
fn without_comments(text: &str, has_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let n_bytes = match c {
            '"' | '\'' | '`' => quoted_length(rest, c),
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/").map_or(rest.len(), |at| at + 4);
                rest = &rest[end..];
                out.push(' ');
                continue;
            }
            // `https://` in a style sheet or a regular expression is none.
            '/' if has_lines && rest.starts_with("//") && !out.ends_with([':', '\\', '/']) => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..n_bytes]);
        rest = &rest[n_bytes..];
    }
    out
}

/// Bytes of the string that a text begins with; one byte where its line ends first.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' if quote != '`' => return 1,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    1
}

/// The paths that a piece may mean, in composed Unicode: as it stands, and percent-decoded. Query and fragment are left
/// out, and `\` is read as `/`, as browsers do.
pub fn paths(piece: &str) -> impl Iterator<Item = String> {
    let path = piece.split(['?', '#']).next().unwrap_or_default().trim();
    let path = path.replace('\\', "/");
    let decoded = percent_decode_str(&path).decode_utf8().ok();
    let decoded = decoded.filter(|it| **it != path).map(String::from);
    let all = [Some(path), decoded].into_iter().flatten();
    all.filter(|it| !it.is_empty()).map(|it| it.nfc().collect())
}

/// Whether an address is the relative path of a file, as far as its ending tells.
pub fn is_file(address: &str) -> bool {
    let last = address.rsplit('/').next().unwrap_or_default();
    let is_name = last.rsplit_once('.').is_some_and(|(name, ending)| {
        !name.is_empty()
            && (2..=5).contains(&ending.len())
            && ending.bytes().all(|it| it.is_ascii_alphanumeric())
    });
    is_path(address)
        && is_name
        && !address.contains(['{', '}', ',', '<', ':'])
        && !address.starts_with('/')
}

/// Whether a piece could be the path of a file: short, and with an ending or a folder.
fn is_path(piece: &str) -> bool {
    fits(piece) && piece.contains(['.', '/']) && piece.contains(char::is_alphabetic)
}

fn fits(piece: &str) -> bool {
    !piece.is_empty()
        && !piece.starts_with('#')
        && piece.len() <= MAX_BYTES
        && !piece.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_use_what_they_show_and_not_what_they_tell_of() {
        for (name, text, wanted) in [
            (
                "a.html",
                "<img src=\"x.png\"><!-- <a href=\"y.pdf\"> --><p>z.pdf soon</p>",
                &["x.png"][..],
            ),
            (
                "a.html",
                "<a download=\"y.pdf\" href=\"x.pdf\" data-name=\"z.pdf\">",
                &["x.pdf"],
            ),
            (
                "a.html",
                "<p style=\"background:url(x.png)\" data-src=\"y.png\">",
                &["x.png", "background:url(x.png)", "x.png", "y.png"],
            ),
            (
                "a.svg",
                "<svg><text>y.pdf</text><image href=\"x.png\"/></svg>",
                &["x.png"],
            ),
            (
                "a.xml",
                "<a><b>x.mp3</b><c>see y.pdf soon</c></a>",
                &["x.mp3"],
            ),
            (
                "sitemap.xml",
                "<urlset><url><loc>/x.pdf</loc></url></urlset>",
                &[],
            ),
            (
                "a.css",
                "a{background:url(x.png)} /* url(y.png) */",
                &["x.png"],
            ),
            (
                "a.js",
                "f('x.png'); // g('y.png')\n/* 'z.png' */ h(\"https://e.org/w.png\")",
                &["x.png", "https://e.org/w.png"],
            ),
            ("a.json", "{\"a\": \"x.png\"}", &["x.png"]),
        ] {
            let found = in_file(name, text);
            let found: Vec<_> = found
                .iter()
                .filter(|it| it.contains(".p") || it.contains(".m"))
                .collect();
            assert_eq!(found, wanted, "{name} {text}");
        }
        for (text, wanted) in [
            ("x.pdf", &["x.pdf"][..]),
            ("remember to finish x.pdf", &["remember to finish x.pdf"]),
            (
                "see [it](x.pdf), or <img src=\"y.png\">",
                &["x.pdf", "y.png"],
            ),
            ("x.png, y.png", &["x.png", "y.png"]),
        ] {
            assert_eq!(in_words(text).collect::<Vec<_>>(), wanted, "{text}");
        }
        assert_eq!(
            without_template_comments("a{# x.png #}b<!-- y.png -->c"),
            "a b c"
        );
    }

    #[test]
    fn values_name_files_in_many_ways() {
        for (attribute, value, expected) in [
            ("data", "f2.dat", "f2.dat"),
            ("data", " LICENSE ", "LICENSE"),
            (
                "data-src",
                "my pictures/a b.png",
                "my pictures/a b.png|pictures/a|b.png",
            ),
            (
                "style",
                "background: url('f5.dat')",
                "background: url('f5.dat')|f5.dat",
            ),
            ("style", "color: red", ""),
            ("href", "#a", ""),
            (
                "data-srcset",
                "a.png 1x, b.png 2x",
                "a.png 1x, b.png 2x|a.png|b.png",
            ),
            (
                "srcdoc",
                "<img src=a.png>",
                "<img src=a.png>|img src=a.png|a.png",
            ),
            ("content", "0; url=/a/b.pdf", "0; url=/a/b.pdf|/a/b.pdf"),
            (
                "data-options",
                "{\"src\":\"v.mp4\"}",
                "{\"src\":\"v.mp4\"}|v.mp4",
            ),
            ("onclick", "load(`a.bin`)", "load(`a.bin`)|a.bin"),
            ("class", "a.png", ""),
            ("aria-label", "a.png", ""),
            ("value", "1.5", ""),
            ("value", "", ""),
        ] {
            let found: Vec<&str> = in_value(attribute, value).collect();
            let wanted: Vec<&str> = expected.split('|').filter(|it| !it.is_empty()).collect();
            let is_in = |it: &&str| found.contains(it);
            assert!(wanted.iter().all(is_in), "{value}: {found:?}");
            assert!(found.len() <= wanted.len(), "{value}: {found:?}");
        }
        let quoted: Vec<&str> = in_text("url('a b.png'), [\"c/d\", 'no name']").collect();
        assert_eq!(quoted, ["a b.png", "b.png", "c/d"]);
        for (piece, wanted) in [
            ("a.png", "a.png"),
            (" a.png?v=1#x ", "a.png"),
            ("%E5%9B%BE.png", "%E5%9B%BE.png|图.png"),
            ("cafe\u{301}.png", "caf\u{e9}.png"),
            ("cafe%CC%81.png", "cafe%CC%81.png|caf\u{e9}.png"),
            ("..\\a.png", "../a.png"),
            ("?v=1", ""),
        ] {
            assert_eq!(
                paths(piece).collect::<Vec<_>>().join("|"),
                wanted,
                "{piece}"
            );
        }
    }
}
