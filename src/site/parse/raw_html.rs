//! Raw HTML in Markdown: its tags, its text, and the addresses in it that may belong to the site.
//!
//! A tokenizer, not a parser: quotes, line ends in tags, comments and script text are honoured, nothing is corrected.

use crate::site::parse::links::{self, Address};
use crate::site::parse::{LinkKind, mentions};
use std::ops::Range;

/// A run of raw HTML, in the order of the source.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// To be written as it stands.
    Html(&'a str),
    /// Text between tags, to be written as it stands.
    Text(&'a str),
    /// An address of the site; what stands around it is in the pieces before and behind.
    Address {
        /// With its entities read.
        address: String,
        /// What kind of use it is.
        kind: LinkKind,
        /// Byte in the source.
        at: usize,
    },
    /// An anchor, by `id` or `name`; nothing to write.
    Anchor(String),
    /// What may be the path of a file, in a place that is no link; nothing to write.
    Mention(String),
}

/// Cuts a piece of HTML.
pub fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut cut = Cut {
        html,
        written: 0,
        pieces: Vec::new(),
    };
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        cut.text(at..open);
        let rest = &html[open..];
        at = if rest.starts_with("<!--") {
            rest.get(4..)
                .and_then(|it| it.find("-->"))
                .map_or(html.len(), |end| open + 4 + end + 3)
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            cut.tag(open)
        } else {
            rest.find('>').map_or(html.len(), |end| open + end + 1)
        };
    }
    cut.text(at..html.len());
    cut.html_until(html.len());
    cut.pieces
}

/// A tag as it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// Byte of its `<`.
    pub at: usize,
    /// In the author's letters.
    pub name: &'a str,
    /// `</name>`.
    pub is_end: bool,
    /// `<name/>`.
    pub is_self_closing: bool,
    /// What stands between its name and its `>`.
    pub inside: &'a str,
}

/// The attributes of a tag, by what stands in it behind its name; those without a value have an empty one.
pub fn attributes(inside: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let attribute = next_attribute(inside, at)?;
        at = attribute.end;
        Some((
            inside.get(attribute.name)?,
            attribute
                .value
                .and_then(|it| inside.get(it))
                .unwrap_or_default(),
        ))
    })
}

/// All tags outside comments, in order; what looks like one in a script is among them.
pub fn tags(html: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let rest = &html[open + 1..];
        if rest.starts_with("!--") {
            at = rest
                .find("-->")
                .map_or(html.len(), |end| open + 1 + end + 3);
            continue;
        }
        let is_end = rest.starts_with('/');
        let inside = rest.strip_prefix('/').unwrap_or(rest);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let name = &inside[..inside.bytes().take_while(is_part).count()];
        at = html.len() - inside.len() + name.len();
        let behind_name = at;
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        while let Some(attribute) = next_attribute(html, at) {
            at = attribute.end;
        }
        let Some(close) = html[at..].find('>').map(|found| at + found) else {
            break;
        };
        found.push(Found {
            at: open,
            name,
            is_end,
            is_self_closing: html[..close].ends_with('/'),
            inside: &html[behind_name..close],
        });
        at = close + 1;
    }
    found
}

/// Every `id`, and every `name` of an `<a>`.
pub fn ids(html: &str) -> impl Iterator<Item = String> {
    pieces(html).into_iter().filter_map(|piece| match piece {
        Piece::Anchor(id) => Some(id),
        _ => None,
    })
}

struct Cut<'a> {
    html: &'a str,
    written: usize,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Cut<'a> {
    fn html_until(&mut self, end: usize) {
        if self.written < end {
            self.pieces.push(Piece::Html(&self.html[self.written..end]));
        }
        self.written = end;
    }

    fn text(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.html_until(range.start);
            self.pieces.push(Piece::Text(&self.html[range.clone()]));
            self.written = range.end;
        }
    }

    /// The tag that begins at `open`; gives the byte behind it, and behind the text of a script or style.
    fn tag(&mut self, open: usize) -> usize {
        let name_end = open
            + 1
            + self.html[open + 1..]
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
                .count();
        let name = self.html[open + 1..name_end].to_ascii_lowercase();
        let mut at = name_end;
        while let Some(attribute) = next_attribute(self.html, at) {
            at = attribute.end;
            self.attribute(&name, &attribute);
        }
        let Some(close) = self.html[at..].find('>').map(|found| at + found + 1) else {
            return self.html.len();
        };
        if !["script", "style", "textarea", "title"].contains(&name.as_str()) {
            return close;
        }
        let ending = format!("</{name}");
        let end = find_ignoring_case(&self.html[close..], &ending);
        let end = end.map_or(self.html.len(), |end| close + end);
        if ["script", "style"].contains(&name.as_str()) {
            self.mention(mentions::in_text(&self.html[close..end]));
        }
        if name == "style" {
            self.html_until(close);
            self.urls(close..end);
        }
        end
    }

    fn attribute(&mut self, tag: &str, attribute: &Attribute) {
        let name = self.html[attribute.name.clone()].to_ascii_lowercase();
        let Some(value) = attribute.value.clone() else {
            return;
        };
        let kind = match (tag, name.as_str()) {
            (_, "id") | ("a", "name") => {
                let anchor = decoded(&self.html[value]);
                if !anchor.is_empty() {
                    self.pieces.push(Piece::Anchor(anchor));
                }
                return;
            }
            ("a" | "area", "href") => LinkKind::Link,
            ("img", "src")
            | ("video" | "audio" | "source" | "track" | "embed" | "iframe", "src")
            | ("video", "poster") => LinkKind::Media,
            ("object", "data")
            | ("input" | "script", "src")
            | ("link", "href")
            | ("image", "href" | "xlink:href")
            | ("body" | "table" | "td" | "th", "background") => LinkKind::Media,
            ("img" | "source", "srcset") => {
                self.candidates(attribute, value.clone());
                let value = decoded(&self.html[value]);
                self.mention(mentions::in_value(&name, &value));
                return;
            }
            (_, "style") => {
                self.urls(value.clone());
                let value = decoded(&self.html[value]);
                self.mention(mentions::in_value(&name, &value));
                return;
            }
            // What scripts take for `src` and the like once the picture is in sight.
            _ if is_late(&name) && mentions::is_file(&self.html[value.clone()]) => LinkKind::Media,
            _ => {
                let value = decoded(&self.html[value]);
                self.mention(mentions::in_value(&name, &value));
                return;
            }
        };
        let address = decoded(&self.html[value.clone()]);
        let is_of_page = kind == LinkKind::Media && address.starts_with('#');
        if links::judge(&address) == Address::Own && !is_of_page {
            self.hole(attribute, value, address, kind);
        } else {
            self.mention(mentions::in_value(&name, &address));
        }
    }

    fn mention<'m>(&mut self, found: impl Iterator<Item = &'m str>) {
        let found = found.map(|it| Piece::Mention(it.to_owned()));
        self.pieces.extend(found);
    }

    /// The whole value of an attribute as a hole between double quotes, whatever quotes the author used.
    fn hole(
        &mut self,
        attribute: &Attribute,
        value: Range<usize>,
        address: String,
        kind: LinkKind,
    ) {
        self.html_until(attribute.value_from);
        self.pieces.push(Piece::Html("\""));
        self.pieces.push(Piece::Address {
            address,
            kind,
            at: value.start,
        });
        self.pieces.push(Piece::Html("\""));
        self.written = attribute.end;
    }

    /// `url(a.png)` in styles: each address that is a file's of the site.
    fn urls(&mut self, range: Range<usize>) {
        let text = &self.html[range.clone()];
        for (at, opener) in text.match_indices("url(") {
            let inside = &text[at + opener.len()..];
            let start = inside.len() - inside.trim_start_matches([' ', '"', '\'']).len();
            let end = inside[start..].find([')', '"', '\'']);
            let Some(address) = end.map(|end| inside[start..start + end].trim_end()) else {
                continue;
            };
            let start = range.start + at + opener.len() + start;
            if start >= self.written
                && mentions::is_file(address)
                && links::judge(address) == Address::Own
            {
                self.html_until(start);
                self.pieces.push(Piece::Address {
                    address: decoded(address),
                    kind: LinkKind::Media,
                    at: start,
                });
                self.written = start + address.len();
            }
        }
    }

    /// `a.png 1x, b.png 2x`: each address by itself.
    fn candidates(&mut self, attribute: &Attribute, value: Range<usize>) {
        self.html_until(attribute.value_from);
        self.pieces.push(Piece::Html("\""));
        let mut at = value.start;
        self.written = at;
        for candidate in self.html[value.clone()].split(',') {
            let start = at + candidate.len() - candidate.trim_start().len();
            let address = candidate.split_whitespace().next().unwrap_or_default();
            if links::judge(address) == Address::Own {
                self.html_until(start);
                self.pieces.push(Piece::Address {
                    address: decoded(address),
                    kind: LinkKind::Media,
                    at: start,
                });
                self.written = start + address.len();
            }
            at += candidate.len() + 1;
        }
        self.html_until(value.end);
        self.pieces.push(Piece::Html("\""));
        self.written = attribute.end;
    }
}

/// Whether an attribute holds back the address of what is shown later: `data-src`, `data-lazy-src`, `data-poster`.
fn is_late(name: &str) -> bool {
    let last = name
        .strip_prefix("data-")
        .and_then(|it| it.rsplit('-').next());
    last.is_some_and(|it| {
        matches!(
            it,
            "src" | "href" | "poster" | "original" | "background" | "bg"
        )
    })
}

struct Attribute {
    name: Range<usize>,
    value: Option<Range<usize>>,
    /// Where its quote begins, or the value itself.
    value_from: usize,
    end: usize,
}

/// The attribute at or behind `at`; `None` at the end of the tag.
fn next_attribute(html: &str, at: usize) -> Option<Attribute> {
    let bytes = html.as_bytes();
    let skip = |mut at: usize, fits: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|byte| fits(*byte)) {
            at += 1;
        }
        at
    };
    let start = skip(at, |byte| byte.is_ascii_whitespace() || byte == b'/');
    if matches!(bytes.get(start), None | Some(b'>')) {
        return None;
    }
    // A tag may begin an attribute with `=`; its name is then that character.
    let name_end = skip(start + 1, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/')
    });
    let equals = skip(name_end, |byte| byte.is_ascii_whitespace());
    let mut attribute = Attribute {
        name: start..name_end,
        value: None,
        value_from: name_end,
        end: name_end,
    };
    if bytes.get(equals) != Some(&b'=') {
        return html.is_char_boundary(name_end).then_some(attribute);
    }
    let value = skip(equals + 1, |byte| byte.is_ascii_whitespace());
    let range = match bytes.get(value) {
        Some(quote @ (b'"' | b'\'')) => {
            let length = html[value + 1..].find(*quote as char)?;
            attribute.end = value + 1 + length + 1;
            value + 1..value + 1 + length
        }
        _ => {
            let end = skip(value, |byte| !byte.is_ascii_whitespace() && byte != b'>');
            attribute.end = end;
            value..end
        }
    };
    attribute.value_from = value;
    attribute.value = Some(range);
    Some(attribute)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|at| {
        text.as_bytes()[*at..].len() >= wanted.len()
            && text.as_bytes()[*at..*at + wanted.len()].eq_ignore_ascii_case(wanted.as_bytes())
    })
}

/// As a browser reads an attribute that is an address: entities read, line ends and tabs gone.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let most = rest.floor_char_boundary(MAX_ENTITY);
        let end = rest[..most].find(';').map_or(1, |end| end + 1);
        // The Markdown parser has the table of entities; given one alone it answers with its text.
        match pulldown_cmark::Parser::new(&rest[..end]).nth(1) {
            Some(pulldown_cmark::Event::Text(text)) => out.push_str(&text),
            _ => out.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out.retain(|c| !matches!(c, '\n' | '\r' | '\t'));
    out.trim().to_string()
}

/// Bytes of the longest entity, its marks included.
const MAX_ENTITY: usize = 34;

/// The same HTML without its comments, for a site that shows raw HTML as text: a comment was never meant to be seen.
pub fn without_comments(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<!--") {
        out.push_str(&rest[..at]);
        rest = rest[at + 4..]
            .split_once("-->")
            .map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let pieces = pieces(html).into_iter();
        pieces
            .map(|piece| match piece {
                Piece::Html(html) => html.to_string(),
                Piece::Text(text) => format!("‹{text}›"),
                Piece::Address { address, .. } => format!("[{address}]"),
                Piece::Anchor(id) => format!("#{id}#"),
                Piece::Mention(text) => format!("*{text}*"),
            })
            .collect()
    }

    #[test]
    fn addresses_of_the_site_become_holes() {
        for (html, wanted) in [
            ("<a href=\"a.md\">x</a>", "<a href=\"[a.md]\">‹x›</a>"),
            (
                "<a\n  title='>'\n  HREF = 'a.md'\n>x",
                "<a\n  title='>'\n  HREF = \"[a.md]\"\n>‹x›",
            ),
            ("<img src=a.png>", "<img src=\"[a.png]\">"),
            (
                "<img src=\"https://example.org/a.png\">",
                "*https://example.org/a.png*<img src=\"https://example.org/a.png\">",
            ),
            (
                "<object data='a.swf'></object><image xlink:href=a.png />",
                "<object data=\"[a.swf]\"></object><image xlink:href=\"[a.png]\" />",
            ),
            (
                "<image href=\"#a\"><use href=\"#b\">",
                "<image href=\"#a\"><use href=\"#b\">",
            ),
            (
                "<i style=\"background:url(a.png)\" title=b.png>",
                "<i style=\"background:url([a.png]*background:url(a.png)**a.png*)\" title=b.png>",
            ),
            (
                "<style>p{background:url(a.png)}</style>",
                "*a.png*<style>p{background:url([a.png])}</style>",
            ),
            (
                "<img data-src=a.png data-name='b.png' style='background: url( \"c.png\" )'>",
                "<img data-src=\"[a.png]\" data-name='b.png' style='background: url( \"[c.png]*background: url( \"c.png\" )**c.png*\" )'>",
            ),
            (
                "<video src=\"v.mp4\" poster=\"p.png\"></video>",
                "<video src=\"[v.mp4]\" poster=\"[p.png]\"></video>",
            ),
            (
                "<source srcset=\"a.png 1x, b.png 2x\">",
                "<source srcset=\"[a.png] 1x, [b.png] 2x\"*a.png 1x, b.png 2x**a.png**b.png*>",
            ),
            ("<!-- <a href=\"a.md\"> -->", "<!-- <a href=\"a.md\"> -->"),
            (
                "<script>'<a href=\"a.md\">'</script>y",
                "*a.md*<script>'<a href=\"a.md\">'</script>‹y›",
            ),
            ("<p id=top class=x>", "#top#<p id=top class=x>"),
            ("<a href=\"?a=1&amp;b=2\">", "<a href=\"[?a=1&b=2]\">"),
            (
                "<a href=\"&ouml;&#x2f;b\nc &nosuch;&\">",
                "<a href=\"[ö/bc &nosuch;&]\">",
            ),
            ("<a href=\"unclosed", "<a href=\"unclosed"),
            ("a < b", "‹a ›< b"),
            ("<a href=javascript:x>", "<a href=javascript:x>"),
        ] {
            assert_eq!(shown(html), wanted, "{html}");
        }
    }
}
