//! Lines of text that mean a marker, outside comments and code.

use crate::ids::TierId;
use crate::site::parse::paywall::meaning::{self, Meaning};
use crate::site::parse::paywall::stretches::{Kind, Stretches};
use crate::steps;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

/// A body whose comments are known.
pub struct Lines<'a, F> {
    /// The whole file.
    pub text: &'a str,
    /// For hints and for ids without `tier:`.
    pub tiers: &'a [TierId],
    /// Bytes of comments, ascending.
    pub comments: &'a [Range<usize>],
    /// Whether the page has an `access`.
    pub is_gated: bool,
    /// Stretches of the body; asked for where a line seems to mean something.
    pub stretches: F,
    /// What was found out of the whole text so far.
    pub known: Known,
}

/// What is known of a whole text, so that no line of it is a reason to read it again.
#[derive(Default)]
pub struct Known {
    /// The text in small letters, with `-` for `_`; made once it is needed.
    lower: OnceCell<String>,
    /// Whether it has labels that are headings.
    has_labels: OnceCell<bool>,
    /// Names of shortcodes, and whether it opens them.
    opened: RefCell<HashMap<String, bool>>,
    /// Names of shortcodes, and whether it closes them.
    closed: RefCell<HashMap<String, bool>>,
    /// The line that was asked for last.
    line: Cell<Option<Line>>,
}

/// A line of a text.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// Byte of its first letter or digit behind the marks of quotes and lists; its end where it has none.
    word_at: usize,
}

impl Known {
    /// The line that a byte lies in.
    fn line_at(&self, text: &str, at: usize) -> Line {
        let known = self.line.get();
        if let Some(line) = known.filter(|it| (it.start..=it.end).contains(&at)) {
            return line;
        }
        let before = memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..at]);
        let start = before.map_or(0, |it| it + 1);
        let end = at + line_length(&text[at..]);
        let inside = without_containers(&text[start..end]);
        let word = inside.find(char::is_alphanumeric);
        let word_at = word.map_or(end, |it| end - inside.len() + it);
        let line = Line {
            start,
            end,
            word_at,
        };
        self.line.set(Some(line));
        line
    }
}

/// What is known of a name, or else what is found out of it.
fn remembered(known: &RefCell<HashMap<String, bool>>, name: &str, find: impl Fn() -> bool) -> bool {
    if let Some(found) = known.borrow().get(name) {
        return *found;
    }
    let found = find();
    known.borrow_mut().insert(name.to_owned(), found);
    found
}

impl<'a, F: Fn() -> &'a Stretches> Lines<'a, F> {
    /// What means something from a byte on, with its bytes; ascending.
    pub fn find(&self, from: usize) -> Vec<(Range<usize>, Meaning)> {
        let mut found = Vec::new();
        let mut at = from;
        while at < self.text.len() {
            let end = at + line_length(&self.text[at..]);
            found.extend(self.line(at..end));
            at = end + 1;
        }
        let n_lines = found.len();
        for at in openers(self.text, from) {
            let before = found[..n_lines].partition_point(|(line, _)| line.end <= at);
            let is_known = found[..n_lines]
                .get(before)
                .is_some_and(|(line, _)| line.contains(&at));
            if !is_known && let Some(piece) = self.piece(at) {
                found.push(piece);
            }
        }
        for closer in closers(self.text, from) {
            let before = found[..n_lines].partition_point(|(line, _)| line.end <= closer.start);
            let line = found[..n_lines].get(before);
            let is_known = line.is_some_and(|(line, _)| line.contains(&closer.start));
            let opens = |name: &str| self.opens(name);
            let means = || meaning::closes_gate(&self.text[closer.clone()], self.tiers, opens);
            if !is_known && means() && self.is_text(closer.start) && !self.is_link(closer.start) {
                found.push((closer, Meaning::NearGate(None)));
            }
        }
        found.sort_by_key(|(bytes, _)| bytes.start);
        found
    }

    /// A line that means something as a whole.
    fn line(&self, bytes: Range<usize>) -> Option<(Range<usize>, Meaning)> {
        let line = &self.text[bytes.clone()];
        let first = line.trim_start_matches([' ', '\t', '>']).chars().next();
        // Nearly all lines are told by their first letter.
        if first.is_none_or(|c| c.is_alphanumeric() && !c.is_ascii_digit()) {
            return self.bare_divider(bytes);
        }
        let line = without_containers(line);
        let start = bytes.end - line.len();
        let bytes = start..start + line.trim_end().len() + self.lines_of_mark(line, bytes.end);
        let line = &self.text[bytes.clone()];
        if !may_mean(line) || self.means(line).is_none() {
            return None;
        }
        let meaning = self.means(&self.masked(bytes.clone())?)?;
        let is_told = meaning::is_notice(line) && self.is_before_marker(bytes.end);
        (!is_told).then_some((bytes, meaning))
    }

    /// Bytes of the two lines below a line that is nothing but what opens a comment, such as `%%`; 0 of any other.
    fn lines_of_mark(&self, line: &str, end: usize) -> usize {
        const OPENING: [&str; 8] = ["%%", "/*", "{/*", "{{/*", "{{--", "{#", "[", "【"];
        if !OPENING.contains(&line.trim_end()) {
            return 0;
        }
        let rest = &self.text[end..];
        let mut ends = rest.match_indices('\n').map(|(at, _)| at).skip(2);
        let n_bytes = ends.next().unwrap_or(rest.len());
        rest[..n_bytes].trim_end().len() + line.len() - line.trim_end().len()
    }

    /// A word that ends a teaser in another tool, alone in a line of a page that is gated.
    fn bare_divider(&self, bytes: Range<usize>) -> Option<(Range<usize>, Meaning)> {
        let line = &self.text[bytes.clone()];
        if !self.is_gated || line.len() > BARE_BYTES {
            return None;
        }
        let meaning = meaning::bare_divider(line)?;
        self.masked(bytes.clone())?;
        Some((bytes, meaning))
    }

    /// Whether the next line with text is a marker or a divider in its right spelling.
    fn is_before_marker(&self, at: usize) -> bool {
        let rest = self.text[at..].trim_start();
        let inner = rest[..rest.floor_char_boundary(COMMENT_BYTES)]
            .strip_prefix("<!--")
            .and_then(|it| it.split_once("-->"));
        inner.is_some_and(|(inner, _)| {
            matches!(
                meaning::comment(inner, self.tiers),
                Some(Meaning::Marker(_))
            )
        })
    }

    /// Whether the page has lines in the brackets of a label that say nothing of readers: then all such lines are headings.
    fn has_labels(&self) -> bool {
        *self.known.has_labels.get_or_init(|| self.find_labels())
    }

    fn find_labels(&self) -> bool {
        steps::read(self.text.len());
        let mut labels = self
            .text
            .lines()
            .map(str::trim)
            .filter(|it| it.starts_with(meaning::LABEL_OPEN));
        labels.any(|it| {
            it.ends_with(meaning::LABEL_CLOSE) && meaning::line(it, self.tiers, |_| false).is_none()
        })
    }

    fn opens(&self, name: &str) -> bool {
        const OPENING: [&str; 10] = [
            "[", "【", "{", "{{", "{{#", "{{ ", "{% ", "{%- ", "{{< ", "{{% ",
        ];
        remembered(&self.known.opened, name, || {
            let lower = self.lower();
            steps::read(lower.len());
            let mut openers = OPENING.iter();
            openers.any(|it| lower.contains(&format!("{it}{name}")))
        })
    }

    fn closes(&self, name: &str) -> bool {
        remembered(&self.known.closed, name, || {
            let lower = self.lower();
            steps::read(lower.len());
            let mut closers = ["[/", "【/"].iter();
            closers.any(|it| lower.contains(&format!("{it}{name}")))
        })
    }

    fn lower(&self) -> &str {
        let text = || self.text.to_ascii_lowercase().replace('_', "-");
        self.known.lower.get_or_init(text)
    }

    /// What begins at a byte as a damaged comment does.
    fn piece(&self, at: usize) -> Option<(Range<usize>, Meaning)> {
        let text = &self.text[at..];
        let limit = text.floor_char_boundary(PIECE_BYTES);
        let end = line_length(&text[..limit]);
        let piece = piece(&text[..end], end < limit || limit == text.len())?;
        if self.is_shown(at, piece) {
            return None;
        }
        let meaning = meaning::piece(piece, self.tiers)?;
        self.is_text(at).then(|| (at..at + piece.len(), meaning))
    }

    /// Whether a piece is shown in a sentence: escaped, or an arrow, with words before it in its line.
    fn is_shown(&self, at: usize, piece: &str) -> bool {
        let is_escaped = piece.starts_with('&') || self.text[..at].ends_with('\\');
        let is_arrow = piece.starts_with("<-") && !piece.contains(CLOSERS);
        (is_escaped || is_arrow) && self.known.line_at(self.text, at).word_at < at
    }

    fn means(&self, line: &str) -> Option<Meaning> {
        let meaning = meaning::line(line, self.tiers, |name| self.closes(name))?;
        let line = line.trim();
        let is_label = line.starts_with(meaning::LABEL_OPEN) && !line.contains('/');
        (!is_label || !self.has_labels()).then_some(meaning)
    }

    /// A line without its comments, and with spans that make it something else; `None` where it is no text.
    fn masked(&self, bytes: Range<usize>) -> Option<String> {
        let mut masked = self.text[bytes.clone()].to_owned();
        let mut replace = |range: &Range<usize>, with: &str| {
            let start = range.start.max(bytes.start) - bytes.start;
            let end = range.end.min(bytes.end).max(bytes.start) - bytes.start;
            if start < end {
                masked.replace_range(start..end, &with.repeat(end - start));
            }
        };
        let after = self.comments.partition_point(|it| it.end <= bytes.start);
        let here = self.comments[after..]
            .iter()
            .take_while(|it| it.start < bytes.end);
        here.for_each(|comment| replace(comment, " "));
        let stretches = (self.stretches)();
        stretches
            .spans_in(&bytes)
            .for_each(|span| replace(span, "x"));
        (!stretches.has_block(&bytes)).then_some(masked)
    }

    fn is_link(&self, at: usize) -> bool {
        (self.stretches)().holds(at, &[Kind::Link])
    }

    fn is_text(&self, at: usize) -> bool {
        let after = self.comments.partition_point(|it| it.start <= at);
        let comment = after.checked_sub(1).map(|before| &self.comments[before]);
        let code = [Kind::Block, Kind::Span, Kind::Literal];
        !comment.is_some_and(|it| it.contains(&at)) && !(self.stretches)().holds(at, &code)
    }
}

/// Bytes to the end of the first line.
pub fn line_length(text: &str) -> usize {
    let n_bytes = memchr::memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len());
    steps::read(n_bytes);
    n_bytes
}

/// A line without the marks of quotes and lists before it.
fn without_containers(line: &str) -> &str {
    let mut rest = line;
    loop {
        let text = rest.trim_start_matches([' ', '\t']);
        let bullet = text.strip_prefix(['-', '*', '+']);
        let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let ordered = number
            .strip_prefix(['.', ')'])
            .filter(|_| number.len() < text.len());
        let item = bullet.or(ordered).filter(|it| it.starts_with([' ', '\t']));
        rest = match text.strip_prefix('>').or(item) {
            Some(inside) => inside,
            None => return text,
        };
    }
}

/// Whether a line can mean a marker: it begins and ends with a mark.
fn may_mean(line: &str) -> bool {
    let line = line.trim();
    let is_mark = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric());
    let begins = ["<!", ":::", "!!!", "???", "///", "[!", "#+"]
        .iter()
        .any(|it| line.starts_with(it))
        || is_mark(line.chars().next_back());
    line.len() <= 400 && is_mark(line.chars().next()) && begins
}

/// Longest piece of a line that is looked at.
const PIECE_BYTES: usize = 200;

/// Longest comment that is looked at behind a notice. More than any marker has.
const COMMENT_BYTES: usize = 1024;

/// Longest line of a word that ends a teaser.
const BARE_BYTES: usize = 40;

/// What a damaged comment begins with.
const OPENERS: [&str; 9] = ["<", "＜", "﹤", "‹", "❮", "《", "〈", "«", "&lt"];
/// What it ends with.
const CLOSERS: [char; 8] = ['>', '＞', '﹥', '›', '❯', '》', '〉', '»'];

/// Where a damaged comment may begin, from a byte on.
fn openers(text: &str, from: usize) -> impl Iterator<Item = usize> + '_ {
    let each = OPENERS.iter().chain(&["&#", "&LT"]);
    each.flat_map(move |opener| {
        let found = memchr::memmem::find_iter(&text.as_bytes()[from..], *opener);
        found.map(move |at| from + at).filter(move |at| {
            let behind = text[at + opener.len()..].trim_start_matches([' ', ';']);
            let next = behind.chars().next();
            // What is followed by a letter is a tag or a title.
            // Of a run of them the last counts.
            next.is_some_and(|c| !c.is_alphanumeric() && c != '/' && c != '<') || *opener == "&#"
        })
    })
}

/// How shortcodes and elements are closed within a line, and what ends that.
const CLOSED: [(&str, &str); 9] = [
    ("[/", "]"),
    ("</", ">"),
    ("{% end", "%}"),
    ("{%- end", "%}"),
    ("{{< /", ">}}"),
    ("{{% /", "%}}"),
    ("{/", "}"),
    ("{{/", "}}"),
    ("【/", "】"),
];
/// Longest closer of a shortcode.
const CLOSER_BYTES: usize = 64;

/// The closers of shortcodes and elements, from a byte on.
fn closers(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    CLOSED.iter().flat_map(move |(open, close)| {
        let found = memchr::memmem::find_iter(&text.as_bytes()[from..], *open);
        found.filter_map(move |at| {
            let at = from + at;
            let limit = (at + CLOSER_BYTES).min(text.len());
            let text = &text[at..text.floor_char_boundary(limit)];
            let end = text[..line_length(text)].find(close)?;
            // `{/* x */}` is a comment.
            let is_comment = open.starts_with('{') && text[open.len()..].starts_with('*');
            (!is_comment).then_some(at..at + end + close.len())
        })
    })
}

/// The piece at the beginning of a text: to its closing mark, or all of it where it is a line to its end.
fn piece(text: &str, is_whole: bool) -> Option<&str> {
    let close = text
        .find(CLOSERS)
        .filter(|at| *at > 0)
        .or_else(|| text.find("&gt"));
    match close {
        Some(close) => {
            let mark = text[close..].chars().next().map_or(0, char::len_utf8);
            Some(&text[..close + mark])
        }
        None => is_whole.then_some(text),
    }
}
