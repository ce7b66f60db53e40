//! Text -> HTML text, attribute values and addresses. The only place that escapes.
//!
//! Entry points: [`push_text`], [`push_attribute`], [`push_address`]; [`push_xml`] for feeds and site maps.
//! [`plain_text`] is the way back, for HTML that this program made.

use std::fmt::Write as _;

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

/// [`push_attribute`] to a new text.
pub fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_attribute(&mut out, text);
    out
}

/// Text of XML or HTML, between tags and between quotes of either kind.
pub fn push_xml(out: &mut String, text: &str) {
    push_replaced(out, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    });
}

/// [`push_xml`] to a new text.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_xml(&mut out, text);
    out
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

/// Text of HTML that this program made: without tags, entities resolved, white space folded.
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
    fn each_context_has_its_own_escapes() {
        let mut out = String::new();
        push_text(&mut out, "<a> & \"b\"");
        out.push('|');
        push_attribute(&mut out, "\"<&>");
        out.push('|');
        push_xml(&mut out, "'\"<&>");
        out.push('|');
        push_address(&mut out, "/a b/%20?x=1&y=\"中'");
        let wanted = "&lt;a&gt; &amp; \"b\"|&quot;&lt;&amp;&gt;|&#39;&quot;&lt;&amp;&gt;|/a%20b/%20?x=1&amp;y=%22%E4%B8%AD&#39;";
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
