//! Emphasis that works beside full-width punctuation: a text made ready for the Markdown parser, and the way back.
//!
//! CommonMark decides by the neighbours of a run of `*` or `~` whether it opens or closes, and takes `，` for a
//! reason not to. A noncharacter between the run and such a mark looks like a letter to the parser, which is all
//! that is needed; it is taken out of every string afterwards, and an offset map leads back to the author's bytes.
//! The same holds a colon back that begins a line and has no space behind it, such as `:::note`, which the parser
//! would take for a definition of the paragraph above. A line of a table that begins so, `:-:|-`, gets the pipe in front
//! that GFM lets an author leave out. Braces at the end of a heading that are no list of
//! attributes are held back as well: the parser would take them away. So are dollar signs that delimit no mathematics
//! ([`math`]), and double brackets that are no wiki link ([`wiki`](crate::markdown::wiki)).
//!
//! All of this looks at one line alone, or at one span of mathematics, so that gated text changes nothing outside.

use crate::markdown::braces;
use crate::markdown::math::{self, Form, Math};
use crate::markdown::smart::{self, Quotes, Side};
use crate::markdown::wiki::Labels;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag};
use std::borrow::Cow;
use std::ops::Range;

/// Stands between a run and a mark. Noncharacters are for a program's own use; the author's are dropped.
const SENTINEL: char = '\u{FDD0}';
/// As [`SENTINEL`], between a run and a `_` inside it, which wants punctuation beside it: `很**_务必_**要`.
const BEFORE_UNDERSCORE: &str = "\u{FDD1}!";
/// As [`BEFORE_UNDERSCORE`], between the `_` and the run that closes.
const AFTER_UNDERSCORE: &str = "!\u{FDD2}";
/// Stands for a dollar sign that delimits nothing.
const DOLLAR: &str = "\u{FDD3}";
/// Stands for the apostrophe of an address.
const APOSTROPHE: &str = "\u{FDD8}";
/// Stand for `\(` and the like around mathematics: what the parser knows, and a mark that says which it was.
const OPEN_PAREN: &str = "$\u{FDD4}";
const CLOSE_PAREN: &str = "\u{FDD5}$";
const OPEN_BRACKET: &str = "$$\u{FDD6}";
const CLOSE_BRACKET: &str = "\u{FDD7}$$";
/// Stands before the bar of a wiki link, which divides no cells of a table then.
const ESCAPE: &str = "\u{FDD9}\\";
/// [`SENTINEL`] as text.
const SENTINEL_TEXT: &str = "\u{FDD0}";
/// In front of a line of a table.
const PIPE: &str = "|";

/// A body as the Markdown parser shall see it.
pub struct Prepared<'a> {
    /// With sentinels.
    pub text: Cow<'a, str>,
    /// From which prepared byte on, what to add to reach the source; ascending.
    shifts: Vec<(usize, isize)>,
    /// Prepared bytes at which a pipe was put in front of a line of a table; ascending.
    pipes: Vec<usize>,
    /// Bytes of the source that the parser does not see at all; ascending.
    pub dropped: Vec<Range<usize>>,
}

impl Prepared<'_> {
    /// The byte of the source that a byte of the prepared text came from.
    pub fn source(&self, at: usize) -> usize {
        match self.shifts.partition_point(|(from, _)| *from <= at) {
            0 => at,
            after => at.saturating_add_signed(self.shifts[after - 1].1),
        }
    }

    /// An event of the parser, for `range` of the prepared text, without pipes: where the line was none of a table.
    pub fn without_pipes<'e>(&self, event: Event<'e>, range: &Range<usize>) -> Event<'e> {
        let after = |at: usize| self.pipes.partition_point(|pipe| *pipe < at);
        let inside = &self.pipes[after(range.start)..after(range.end)];
        let cut = |text: CowStr<'e>| -> CowStr<'e> {
            if text.len() != range.len() {
                return text;
            }
            let mut text = text.into_string();
            for pipe in inside.iter().rev() {
                text.remove(pipe - range.start);
            }
            text.into()
        };
        match event {
            _ if inside.is_empty() => event,
            Event::Text(text) => Event::Text(cut(text)),
            Event::Html(text) => Event::Html(cut(text)),
            other => other,
        }
    }

    /// A string of the parser without sentinels.
    fn clean<'e>(&self, text: CowStr<'e>) -> CowStr<'e> {
        if self.shifts.is_empty() || !text.contains(is_sentinel) {
            return text;
        }
        without_sentinels(&text).into()
    }

    /// The event without sentinels, mathematics with its delimiters. Labels of references keep theirs: both ends of one have the same.
    pub fn restored<'e>(&self, event: Event<'e>) -> Event<'e> {
        if self.shifts.is_empty() && !matches!(event, Event::InlineMath(_) | Event::DisplayMath(_))
        {
            return event;
        }
        let clean = |text| self.clean(text);
        match event {
            Event::Text(text) => Event::Text(clean(text)),
            Event::Code(text) => Event::Code(clean(text)),
            Event::InlineMath(text) => Event::InlineMath(with_delimiters(&text, false).into()),
            Event::DisplayMath(text) => Event::DisplayMath(with_delimiters(&text, true).into()),
            Event::Html(text) => Event::Html(clean(text)),
            Event::InlineHtml(text) => Event::InlineHtml(clean(text)),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(clean(info))))
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => Event::Start(Tag::Link {
                link_type,
                dest_url: clean(dest_url),
                title: clean(title),
                id,
            }),
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }) => Event::Start(Tag::Image {
                link_type,
                dest_url: clean(dest_url),
                title: clean(title),
                id,
            }),
            Event::Start(Tag::Heading {
                level,
                id,
                classes,
                attrs,
            }) => Event::Start(Tag::Heading {
                level,
                id: id.map(clean),
                classes: classes.into_iter().map(clean).collect(),
                attrs,
            }),
            other => other,
        }
    }
}

/// Puts sentinels where the parser needs them. Borrows where nothing has to change.
/// `is_smart` if the parser makes dashes, dots and quotes typographic, which addresses must be kept from.
pub fn prepare(source: &str, is_smart: bool) -> Prepared<'_> {
    prepare_without(source, is_smart, Vec::new())
}

/// [`prepare`] a source without some bytes of it; ascending.
pub fn prepare_without(source: &str, is_smart: bool, dropped: Vec<Range<usize>>) -> Prepared<'_> {
    let unchanged = Prepared {
        text: Cow::Borrowed(source),
        shifts: Vec::new(),
        pipes: Vec::new(),
        dropped: Vec::new(),
    };
    if dropped.is_empty() && !may_need_edits(source, is_smart) {
        return unchanged;
    }
    let mut edits = edits(source, is_smart, &dropped);
    // Those of a wiki link come before those of what stands in it.
    edits.sort_by_key(|it| it.at);
    if edits.is_empty() {
        return unchanged;
    }
    let mut text = String::with_capacity(source.len() + edits.len() * SENTINEL.len_utf8());
    let mut shifts = Vec::with_capacity(edits.len());
    let mut pipes = Vec::new();
    let mut copied = 0;
    for edit in edits {
        // Within something that is dropped or replaced already.
        if edit.at < copied {
            continue;
        }
        text.push_str(&source[copied..edit.at]);
        if edit.text == PIPE {
            pipes.push(text.len());
        }
        text.push_str(edit.text);
        copied = edit.at + edit.n_dropped;
        shifts.push((text.len(), copied as isize - text.len() as isize));
    }
    text.push_str(&source[copied..]);
    Prepared {
        text: Cow::Owned(text),
        shifts,
        pipes,
        dropped,
    }
}

/// A quick look at whether a text has anything that needs an edit.
fn may_need_edits(source: &str, is_smart: bool) -> bool {
    let has = |mark: &str| memchr::memmem::find(source.as_bytes(), mark.as_bytes()).is_some();
    let mut colons = source.match_indices(':');
    let mut braces = source.match_indices('}');
    !source.is_ascii()
        || ["[[", "$", "\\(", "\\["].into_iter().any(has)
        || (is_smart && ["://", "--", ".."].into_iter().any(has))
        || colons.any(|(at, _)| is_bare_colon(source.as_bytes(), at))
        || braces.any(|(at, _)| braces::end_a_heading_as_text(source, at))
}

/// One change to the source.
struct Edit {
    /// Byte of the source.
    at: usize,
    /// Bytes from there on that the parser does not see.
    n_dropped: usize,
    /// What it sees instead.
    text: &'static str,
}

impl Edit {
    fn insert(at: usize, text: &'static str) -> Self {
        Edit::replace(at, 0, text)
    }

    fn replace(at: usize, n_dropped: usize, text: &'static str) -> Self {
        Edit {
            at,
            n_dropped,
            text,
        }
    }
}

fn edits(source: &str, is_smart: bool, dropped: &[Range<usize>]) -> Vec<Edit> {
    let bytes = source.as_bytes();
    let labels = Labels::new(source);
    let mut edits = Vec::new();
    let mut quotes = Quotes::default();
    // Words before this byte are no addresses.
    let mut words_end = 0;
    let mut at = 0;
    let mut dropped = dropped.iter().peekable();
    while at < bytes.len() {
        if let Some(range) = dropped.next_if(|it| it.start <= at) {
            edits.push(Edit::replace(at, range.end - at, ""));
            at = range.end;
            continue;
        }
        let next_dropped = dropped.peek().map_or(bytes.len(), |it| it.start);
        match bytes[at] {
            b'-' | b'.' if is_smart && at >= words_end && bytes.get(at + 1) == Some(&bytes[at]) => {
                let word = smart::word(bytes, at);
                words_end = word.end.max(run_end(bytes, at));
                if smart::is_address(&source[word.clone()]) {
                    let end = word.end.max(at + 1).min(next_dropped);
                    let inside = (word.start.max(at) + 1).min(end)..end;
                    at = end;
                    edits.extend(of_address(bytes, inside));
                } else {
                    at += 1;
                }
            }
            quote @ (b'"' | b'\'') if is_smart => {
                if quote == b'"' || !is_apostrophe(bytes, at) {
                    edits.extend(of_quote(at, quotes.side(source, at)));
                }
                at += 1;
            }
            b'\n' if is_smart => {
                if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) {
                    quotes.end_paragraph();
                }
                at += 1;
            }
            b'\\' | b'$'
                if let Some(math) = math::find(source, at).filter(|it| it.end <= next_dropped) =>
            {
                of_math(source, math, &mut edits);
                at = math.end;
            }
            b'\\' => at = (at + 2).min(next_dropped),
            b'$' => {
                edits.push(Edit::replace(at, 1, DOLLAR));
                at += 1;
            }
            b'*' | b'~' => {
                let end = run_end(bytes, at);
                let is_fence = bytes[at] == b'~' && end - at > 2;
                if !is_fence {
                    edits.extend(around(source, at, end));
                }
                at = end;
            }
            b'[' => {
                if bytes.get(at + 1) == Some(&b'[') {
                    match labels.link(at) {
                        Some(inside) => edits.extend(of_wiki_link(at + 2, inside)),
                        None => edits.push(Edit::insert(at + 1, SENTINEL_TEXT)),
                    }
                }
                at += 1;
            }
            b':' if is_smart && bytes[at..].starts_with(b"://") => {
                let end = address_end(bytes, at).min(next_dropped);
                edits.extend(of_address(bytes, at..end));
                at = end;
            }
            b':' if is_bare_colon(bytes, at) => {
                let is_table = is_table_line(&bytes[at..]);
                edits.push(Edit::insert(
                    at,
                    if is_table { PIPE } else { SENTINEL_TEXT },
                ));
                at += 1;
            }
            b'}' => {
                if braces::end_a_heading_as_text(source, at) {
                    edits.push(Edit::insert(at + 1, SENTINEL_TEXT));
                }
                at += 1;
            }
            _ if is_noncharacter(bytes, at) => {
                edits.push(Edit::replace(at, SENTINEL.len_utf8(), ""));
                at += 3;
            }
            _ => at += 1,
        }
    }
    edits
}

/// Punctuation beside a quote that tells the parser which side it is.
fn of_quote(at: usize, side: Option<Side>) -> Option<Edit> {
    match side? {
        Side::Open => Some(Edit::insert(at, BEFORE_UNDERSCORE)),
        Side::Close => Some(Edit::insert(at + 1, AFTER_UNDERSCORE)),
    }
}

/// Whether a single quote stands between two letters of ASCII, as in `don't`.
fn is_apostrophe(bytes: &[u8], at: usize) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    is_letter(at.checked_sub(1).and_then(|it| bytes.get(it))) && is_letter(bytes.get(at + 1))
}

/// Bars of a wiki link whose inside begins at a byte, as a table wants them.
fn of_wiki_link(at: usize, inside: &str) -> impl Iterator<Item = Edit> {
    let bars = inside.match_indices('|').map(|(bar, _)| bar);
    // A bar between spaces is that of two cells: `| [[1 | 2]] |`.
    let is_spaced = |bar: usize| inside[..bar].ends_with(' ') && inside[bar + 1..].starts_with(' ');
    let bars = bars.filter(move |bar| !inside[..*bar].ends_with('\\') && !is_spaced(*bar));
    bars.map(move |bar| Edit::insert(at + bar, ESCAPE))
}

/// Where an address ends whose `://` stands at a byte.
fn address_end(bytes: &[u8], at: usize) -> usize {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"`*~[]".contains(byte);
    let len = bytes[at..].iter().position(is_end);
    len.map_or(bytes.len(), |len| at + len)
}

/// Marks of an address that would become typographic ones.
fn of_address(bytes: &[u8], address: Range<usize>) -> impl Iterator<Item = Edit> {
    address.filter_map(|at| match (bytes[at - 1], bytes[at]) {
        (b'-', b'-') | (b'.', b'.') => Some(Edit::insert(at, SENTINEL_TEXT)),
        (before, b'\'') if before != b'(' => Some(Edit::replace(at, 1, APOSTROPHE)),
        _ => None,
    })
}

/// Delimiters that the parser knows, and lines inside that begin no block.
fn of_math(source: &str, math: Math, edits: &mut Vec<Edit>) {
    let n_bytes = math.form.n_bytes();
    let (open, close) = match math.form {
        Form::Dollar | Form::Dollars => ("", ""),
        Form::Parens => (OPEN_PAREN, CLOSE_PAREN),
        Form::Brackets => (OPEN_BRACKET, CLOSE_BRACKET),
    };
    let inside = (math.start + n_bytes)..(math.end - n_bytes);
    if !open.is_empty() {
        edits.push(Edit::replace(math.start, n_bytes, open));
    }
    let first = edits.len();
    let marks = math::block_marks(source, math).filter(|it| inside.contains(it));
    edits.extend(marks.map(|at| Edit::insert(at, SENTINEL_TEXT)));
    let bytes = source.as_bytes();
    let noncharacters = inside.clone().filter(|at| is_noncharacter(bytes, *at));
    edits.extend(noncharacters.map(|at| Edit::replace(at, SENTINEL.len_utf8(), "")));
    edits[first..].sort_by_key(|it| it.at);
    if !close.is_empty() {
        edits.push(Edit::replace(inside.end, n_bytes, close));
    }
}

/// Whether the colon at `at` begins its line and is no definition's, which has a space behind it.
fn is_bare_colon(bytes: &[u8], at: usize) -> bool {
    let is_bare = |byte: &u8| !matches!(byte, b' ' | b'\t');
    bytes.get(at + 1).is_none_or(is_bare) && begins_line(bytes, at)
}

/// Whether a line that begins with a colon can be the one below the head of a table.
fn is_table_line(rest: &[u8]) -> bool {
    let line = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next();
    let line = line.unwrap_or_default();
    let is_part = |byte: &u8| matches!(byte, b':' | b'-' | b'|' | b' ' | b'\t');
    line.starts_with(b":-") && line.contains(&b'|') && line.iter().all(is_part)
}

/// Whether nothing but indent and marks of quotes stands before a byte in its line.
fn begins_line(bytes: &[u8], at: usize) -> bool {
    let is_indent = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'>');
    let mut before = bytes[..at].iter().rev().skip_while(is_indent);
    before
        .next()
        .is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

fn run_end(bytes: &[u8], at: usize) -> usize {
    let same = bytes[at..].iter().take_while(|byte| **byte == bytes[at]);
    at + same.count()
}

/// U+FDD0 to U+FDEF in UTF-8.
fn is_noncharacter(bytes: &[u8], at: usize) -> bool {
    bytes[at] == 0xEF
        && bytes.get(at + 1) == Some(&0xB7)
        && matches!(bytes.get(at + 2), Some(0x90..=0xAF))
}

/// Where sentinels are needed around the run `source[start..end]`.
fn around(source: &str, start: usize, end: usize) -> impl Iterator<Item = Edit> {
    let before = source[..start].chars().next_back();
    let after = source[end..].chars().next();
    let is_cjk_here = before.is_some_and(is_cjk) || after.is_some_and(is_cjk);
    let edit = |c: Option<char>, at: usize, marked: &'static str| match c {
        Some(c) if !is_cjk_here || c.is_alphanumeric() || c.is_whitespace() => None,
        Some('_') => Some(Edit::insert(at, marked)),
        Some(_) => Some(Edit::insert(at, SENTINEL_TEXT)),
        None => None,
    };
    let front = edit(before, start, AFTER_UNDERSCORE);
    let back = edit(after, end, BEFORE_UNDERSCORE);
    front.into_iter().chain(back)
}

fn is_sentinel(c: char) -> bool {
    matches!(c, SENTINEL..='\u{FDD9}')
}

fn without_sentinels(text: &str) -> String {
    const AS_WRITTEN: [(&str, &str); 9] = [
        (ESCAPE, ""),
        (APOSTROPHE, "'"),
        (BEFORE_UNDERSCORE, ""),
        (AFTER_UNDERSCORE, ""),
        (DOLLAR, "$"),
        (OPEN_BRACKET, "\\["),
        (CLOSE_BRACKET, "\\]"),
        (OPEN_PAREN, "\\("),
        (CLOSE_PAREN, "\\)"),
    ];
    let mut text = text.to_owned();
    for (seen, written) in AS_WRITTEN {
        if text.contains(seen) {
            text = text.replace(seen, written);
        }
    }
    text.replace(is_sentinel, "")
}

/// Mathematics as it was written, of what the parser has found between its delimiters.
fn with_delimiters(inside: &str, is_display: bool) -> String {
    let (open, close) = match inside.chars().next() {
        Some('\u{FDD4}') => ("\\(", "\\)"),
        Some('\u{FDD6}') => ("\\[", "\\]"),
        _ if is_display => ("$$", "$$"),
        _ => ("$", "$"),
    };
    let inside = inside.replace(is_sentinel, "");
    format!("{open}{inside}{close}")
}

/// Characters of Chinese, Japanese and Korean text, their punctuation and full-width forms included. The curly
/// quotes, dash, dots and middle dot that Chinese shares with other scripts count too.
fn is_cjk(c: char) -> bool {
    matches!(c as u32,
        0xB7 | 0x2014 | 0x2018..=0x201D | 0x2026
        | 0x1100..=0x11FF | 0x2E80..=0x303F | 0x3040..=0xA4CF | 0xA960..=0xA97F | 0xAC00..=0xD7FF
        | 0xF900..=0xFAFF | 0xFE10..=0xFE1F | 0xFE30..=0xFE6F | 0xFF00..=0xFFEF | 0x16FE0..=0x1B2FF
        | 0x1F200..=0x1F2FF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Options, Parser, TextMergeWithOffset, html};

    /// With typographic punctuation.
    fn smart(source: &str) -> String {
        let prepared = prepare(source, true);
        let options = Options::ENABLE_SMART_PUNCTUATION;
        let events = Parser::new_ext(&prepared.text, options).into_offset_iter();
        let events = TextMergeWithOffset::new(events).map(|(event, _)| prepared.restored(event));
        let mut out = String::new();
        html::push_html(&mut out, events);
        let out = out.trim_end();
        let inside = out
            .strip_prefix("<p>")
            .and_then(|it| it.strip_suffix("</p>"));
        inside.unwrap_or(out).to_owned()
    }

    #[test]
    fn addresses_and_quotes_between_han_stay_right() {
        for (source, wanted) in [
            ("www.xn--bcher-kva.example/x", "www.xn--bcher-kva.example/x"),
            ("me@xn--bcher-kva.example", "me@xn--bcher-kva.example"),
            ("file--name.txt, a -- b", "file--name.txt, a – b"),
            ("see file--name.txt or not", "see file--name.txt or not"),
            ("well--known...", "well–known…"),
            ("<!--a--b.md-->", "<!--a--b.md-->"),
            ("<!--a.md-->", "<!--a.md-->"),
            ("说\"你好\"吧", "说“你好”吧"),
            ("说\"hi\"吧，\"再见\"也行", "说“hi”吧，“再见”也行"),
            ("他说\"一\"和\"二\"。", "他说“一”和“二”。"),
            ("说'你'吧", "说‘你’吧"),
            ("don't 说\"a\"", "don’t 说“a”"),
            ("`说\"你\"吧`", "<code>说\"你\"吧</code>"),
        ] {
            assert_eq!(smart(source), wanted, "{source}");
        }
    }

    fn rendered(source: &str) -> String {
        let prepared = prepare(source, false);
        let mut out = String::new();
        html::push_html(
            &mut out,
            Parser::new_ext(&prepared.text, Options::ENABLE_STRIKETHROUGH),
        );
        without_sentinels(&out)
    }

    #[test]
    fn every_full_width_mark_may_touch_emphasis_in_every_position() {
        for mark in "，。、；：？！“”‘’（）《》〈〉【】「」『』…—～·".chars()
        {
            for (source, wanted) in [
                (
                    format!("前文**{mark}加粗**后文"),
                    format!("前文<strong>{mark}加粗</strong>后文"),
                ),
                (
                    format!("前文**加粗{mark}**后文"),
                    format!("前文<strong>加粗{mark}</strong>后文"),
                ),
                (
                    format!("前文{mark}**加粗**{mark}后文"),
                    format!("前文{mark}<strong>加粗</strong>{mark}后文"),
                ),
                (
                    format!("前文*{mark}强调{mark}*后文"),
                    format!("前文<em>{mark}强调{mark}</em>后文"),
                ),
                (
                    format!("前文~~{mark}删去{mark}~~后文"),
                    format!("前文<del>{mark}删去{mark}</del>后文"),
                ),
                (
                    format!("见**《Rust》{mark}**Rust"),
                    format!("见<strong>《Rust》{mark}</strong>Rust"),
                ),
            ] {
                assert_eq!(rendered(&source), format!("<p>{wanted}</p>\n"), "{source}");
            }
        }
    }

    #[test]
    fn emphasis_in_emphasis_may_touch_han() {
        for (source, wanted) in [
            ("**_务必_**", "<strong><em>务必</em></strong>"),
            ("很**_务必_**要", "很<strong><em>务必</em></strong>要"),
            ("很**_务必_**，要", "很<strong><em>务必</em></strong>，要"),
            ("*__务必__*", "<em><strong>务必</strong></em>"),
            ("很*__务必__*要", "很<em><strong>务必</strong></em>要"),
            ("请~~_务必_~~要", "请<del><em>务必</em></del>要"),
            ("真!**务必**!", "真!<strong>务必</strong>!"),
            ("请**_务必！_**要", "请<strong><em>务必！</em></strong>要"),
        ] {
            assert_eq!(rendered(source), format!("<p>{wanted}</p>\n"), "{source}");
        }
    }

    #[test]
    fn addresses_keep_their_marks() {
        for (source, wanted) in [
            ("a -- b... \"c\"", "a – b… “c”"),
            (
                "https://x.org/a--b...c/it's -- d",
                "https://x.org/a--b...c/it's – d",
            ),
            ("(https://x.org/a--b)", "(https://x.org/a--b)"),
            (
                "<https://x.org/a--b>",
                "<a href=\"https://x.org/a--b\">https://x.org/a--b</a>",
            ),
            (
                "[x](https://x.org/a--b 'it')",
                "<a href=\"https://x.org/a--b\" title=\"it\">x</a>",
            ),
            ("`https://x.org/a--b`", "<code>https://x.org/a--b</code>"),
        ] {
            let prepared = prepare(source, true);
            let events = Parser::new_ext(&prepared.text, Options::ENABLE_SMART_PUNCTUATION);
            let mut out = String::new();
            html::push_html(&mut out, events.map(|it| prepared.restored(it)));
            assert_eq!(out, format!("<p>{wanted}</p>\n"), "{source}");
        }
    }

    #[test]
    fn what_is_not_chinese_stays_as_commonmark_has_it() {
        for source in [
            "a*\"foo\"*",
            "2 * 3 * 4",
            "foo*bar*baz",
            "* a\n* b",
            "汉 * 字 * 符",
            "a**(b)**c",
        ] {
            assert!(
                matches!(prepare(source, false).text, Cow::Borrowed(_)),
                "{source}"
            );
        }
    }

    #[test]
    fn offsets_lead_back_and_noncharacters_are_dropped() {
        let source = "甲\u{FDD1}乙**，丙**丁";
        let prepared = prepare(source, false);
        assert!(!prepared.text.contains('\u{FDD1}'));
        for c in ['甲', '乙', '，', '丙', '丁'] {
            let at = prepared.text.find(c).unwrap();
            assert_eq!(Some(prepared.source(at)), source.find(c), "{c}");
        }
    }

    /// Marks of every kind inside of each other: no text is lost, but what is dropped.
    #[test]
    fn marks_within_marks_are_edited_in_order() {
        let pieces = [
            "![[plan.svg|costs $5|300]]",
            "[[a %%x%%|b]]",
            "a--b%%c--d%%e",
            "https://a.b/--%%x%%--c",
            "\"q%%\"%%",
            "$x %%y%% z$",
            "\\%%a%%",
            "| [[a|b--c]] |",
            "[[",
            "]]",
            "%%",
            "|",
            "**务必**",
            "x--y.z",
            "\n",
            "`a`",
            "$$",
            "中",
        ];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let source = format!("{one}{two}{three}");
                    for is_smart in [false, true] {
                        let dropped = crate::markdown::percent::find(&source).closed;
                        let prepared = prepare_without(&source, is_smart, dropped.clone());
                        let letters = |text: &str| -> String {
                            text.chars()
                                .filter(|it| it.is_ascii_alphanumeric())
                                .collect()
                        };
                        let mut kept = source.clone();
                        for range in dropped.into_iter().rev() {
                            kept.replace_range(range, "");
                        }
                        assert_eq!(letters(&prepared.text), letters(&kept), "{source}");
                    }
                }
            }
        }
    }
}
