//! Text -> HTML text, attribute values and addresses. The only place that escapes.

use std::fmt::Write as _;

/// Longer words of inline code may break wherever they must.
const WHOLE_WORD: usize = 40;

/// Adds the text of inline code. Browsers break lines behind hyphens, also inside of `--` and `-->`; a word with these in
/// it stays whole.
pub fn push_code(html: &mut String, text: &str) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let has_hyphens = ["--", "->", "<-"].iter().any(|it| word.contains(it));
        if has_hyphens && word.len() <= WHOLE_WORD {
            html.push_str("<span class=\"nobr\">");
            push_text(html, word);
            html.push_str("</span>");
        } else {
            push_text(html, word);
        }
    }
}

/// Text between tags.
pub fn push_text(out: &mut String, text: &str) {
    push_replaced(out, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => None,
    });
}

/// An attribute value between double quotes.
pub fn push_attribute(out: &mut String, text: &str) {
    push_replaced(out, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        _ => None,
    });
}

/// An address between double quotes: what an address may not hold is percent-encoded, what is encoded stays.
pub fn push_address(out: &mut String, address: &str) {
    for byte in address.bytes() {
        match byte {
            b'&' => out.push_str("&amp;"),
            b'\'' => out.push_str("&#39;"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte as char),
            _ if b"!#$%()*+,-./:;=?@_~".contains(&byte) => out.push(byte as char),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// Text of HTML that this room made: without tags, entities resolved, white space folded.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            _ if is_tag => {}
            c if c.is_whitespace() => {
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            c => text.push(c),
        }
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    text.trim_end().to_owned()
}

fn push_replaced(out: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(entity) = replacement(byte) {
            out.push_str(&text[copied..at]);
            out.push_str(entity);
            copied = at + 1;
        }
    }
    out.push_str(&text[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn each_context_has_its_own_escapes() {
        let mut out = String::new();
        push_text(&mut out, "<a> & \"b\"");
        out.push('|');
        push_attribute(&mut out, "\"<&>");
        out.push('|');
        push_address(&mut out, "/a b/%20?x=1&y=\"中'");
        let wanted =
            "&lt;a&gt; &amp; \"b\"|&quot;&lt;&amp;&gt;|/a%20b/%20?x=1&amp;y=%22%E4%B8%AD&#39;";
        assert_eq!(out, wanted);
    }

    #[test]
    fn html_becomes_text() {
        for (html, text) in [
            ("<p>一 <b>b</b></p>\n<p>a &amp;lt; b</p>", "一 b a &lt; b"),
            ("<img alt=\"x\">&lt;p&gt;", "<p>"),
            ("", ""),
        ] {
            assert_eq!(plain_text(html), text);
        }
    }
}
