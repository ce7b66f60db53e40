//! Comments as Obsidian writes them: `%%inside a line%%`, and over several lines from a line that begins with `%%`.
//!
//! Entry point: [`find`]. It looks at the source, since a comment may hold the beginning of a block without its end. Code,
//! mathematics and HTML comments hold none. `100%%` opens none, and `\%%` is text.

use crate::markdown::math;
use memchr::memmem;
use std::ops::Range;

/// What opens and closes a comment.
const MARK: &str = "%%";
/// As many signs at the beginning of a line are meant as a mark too.
const LONG: usize = 3;

/// Elements whose inside is no text of the page.
const RAW: [&str; 5] = ["pre", "script", "style", "textarea", "code"];

/// The comments of a source, as bytes of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// With their marks; ascending.
    pub closed: Vec<Range<usize>>,
    /// Marks that begin a comment which never ends.
    pub open: Vec<Open>,
}

/// A mark that begins a comment which never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its byte.
    pub at: usize,
    /// It begins its line, so that hardly anything else is meant.
    pub begins_line: bool,
}

/// All comments of a source.
pub fn find(source: &str) -> Comments {
    let mut scan = Scan {
        source,
        closers: closers(source),
        unclosed_code_end: 0,
        found: Comments::default(),
        paragraph_end: 0,
        is_blank_before: true,
        is_code_before: false,
        is_in_list: false,
    };
    let mut at = 0;
    if memmem::find(source.as_bytes(), MARK.as_bytes()).is_some() {
        while at < source.len() {
            at = scan.step(at);
        }
    }
    scan.found
}

struct Scan<'s> {
    source: &'s str,
    /// Marks that may close a comment; ascending.
    closers: Vec<Closer>,
    /// Up to here no `</code` follows.
    unclosed_code_end: usize,
    found: Comments,
    /// Of the paragraph that was asked for last.
    paragraph_end: usize,
    is_blank_before: bool,
    /// The line before is code by its indent.
    is_code_before: bool,
    is_in_list: bool,
}

impl Scan<'_> {
    /// Looks at one byte; returns the next one to look at.
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.source[at..];
        if self.begins_line(at)
            && let Some(end) = self.code_block(at)
        {
            return end;
        }
        match rest.as_bytes()[0] {
            b'\\' | b'$' if let Some(math) = math::find(self.source, at) => math.end,
            b'\\' => after_char(self.source, at + 1),
            b'`' => self.code_span(at),
            b'<' => self.html(at),
            b'%' if rest.starts_with(MARK) => self.mark(at),
            _ => after_char(self.source, at),
        }
    }

    fn begins_line(&self, at: usize) -> bool {
        at == 0 || self.source.as_bytes()[at - 1] == b'\n'
    }

    /// The end of a code block or of a line of one that begins here.
    fn code_block(&mut self, at: usize) -> Option<usize> {
        let line = line(self.source, at);
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let is_blank = line.trim().is_empty();
        let is_deep = indent >= 4 || line[..indent].contains('\t');
        let is_code = is_deep
            && !is_blank
            && !self.is_in_list
            && (self.is_blank_before || self.is_code_before);
        if !is_blank {
            let is_item = !is_deep && item(line.trim_start()).is_some();
            self.is_in_list =
                is_item || (self.is_in_list && !(self.is_blank_before && indent == 0));
            self.is_code_before = is_code;
        }
        self.is_blank_before = is_blank;
        if is_code {
            return Some(at + line.len());
        }
        fence(self.source, at)
    }

    /// Behind the code span that begins here, or behind its backticks.
    fn code_span(&mut self, at: usize) -> usize {
        let n_marks = n_first(&self.source[at..], '`');
        let behind = at + n_marks;
        let end = self.paragraph_end(at);
        let mut from = behind;
        while let Some(found) = self.source[from..end].find('`') {
            let n_found = n_first(&self.source[from + found..end], '`');
            from += found + n_found;
            if n_found == n_marks {
                return from;
            }
        }
        behind
    }

    /// Behind an HTML comment or an element whose inside is no text.
    fn html(&mut self, at: usize) -> usize {
        let rest = &self.source[at..];
        if rest.starts_with("<!--") {
            return rest.find("-->").map_or(self.source.len(), |it| at + it + 3);
        }
        let name = rest[1..].split(|c: char| !c.is_ascii_alphabetic()).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if !RAW.contains(&name.as_str()) {
            return at + 1;
        }
        let close = format!("</{name}");
        let end = match name.as_str() {
            "code" => self.paragraph_end(at),
            _ => self.source.len(),
        };
        if name == "code" && end <= self.unclosed_code_end {
            return at + 1;
        }
        let inside = &self.source.as_bytes()[at..end];
        let is_close = |it: &usize| {
            let found = inside.get(*it..*it + close.len());
            found.is_some_and(|it| it.eq_ignore_ascii_case(close.as_bytes()))
        };
        let found = memmem::find_iter(inside, "</").find(is_close);
        match (found, name.as_str()) {
            (Some(found), _) => at + found + close.len(),
            (None, "code") => {
                self.unclosed_code_end = end;
                at + 1
            }
            (None, _) => end,
        }
    }

    /// Behind the comment that begins with a mark, or behind the mark.
    fn mark(&mut self, at: usize) -> usize {
        let before = &self.source[..at];
        let begins_line = begins_line(before);
        let n_signs = n_first(&self.source[at..], '%');
        let behind = at + n_signs;
        let is_mark = n_signs == MARK.len() || (n_signs == LONG && begins_line);
        let opens = opens(before, &self.source[behind..]).filter(|_| is_mark);
        let Some(opens) = opens else {
            return behind;
        };
        let end = match begins_line {
            true => self.source.len(),
            false => self.paragraph_end(at),
        };
        let next = self.closers.partition_point(|it| it.at < behind);
        let close = self.closers[next..]
            .iter()
            .take_while(|it| it.at < end)
            .find(|it| match opens {
                Opens::Surely => true,
                Opens::Perhaps => it.is_sure,
                Opens::BehindDigit => it.is_sure && !it.is_behind_digit,
            });
        match close {
            Some(close) => {
                self.found.closed.push(at..close.end);
                close.end
            }
            None => {
                if opens == Opens::Surely {
                    self.found.open.push(Open { at, begins_line });
                }
                behind
            }
        }
    }

    /// Where the paragraph of a byte ends: at the next blank line.
    fn paragraph_end(&mut self, at: usize) -> usize {
        if self.paragraph_end <= at {
            let mut line_end = at;
            self.paragraph_end = loop {
                let Some(found) = self.source[line_end..].find('\n') else {
                    break self.source.len();
                };
                line_end += found + 1;
                if line(self.source, line_end)
                    .trim_matches([' ', '\t', '>', '\r'])
                    .is_empty()
                {
                    break line_end;
                }
            };
        }
        self.paragraph_end
    }
}

/// Whether nothing but marks of quotes and of one list item stands before a mark in its line. Reads no further back than
/// these go.
fn begins_line(before: &str) -> bool {
    let is_of_mark =
        |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\t' | '>' | '-' | '*' | '+' | '.' | ')');
    let rest = before.trim_end_matches(is_of_mark);
    if !rest.is_empty() && !rest.ends_with('\n') {
        return false;
    }
    let marks = &before[rest.len()..];
    marks.trim_start_matches([' ', '\t', '>']).is_empty()
        || item(marks.trim_start()).is_some_and(|it| it.trim().is_empty())
}

/// How sure it is that a mark begins a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    Surely,
    /// Only if it is closed: it stands behind a letter.
    Perhaps,
    /// Only if it is closed, and not by what is another percentage.
    BehindDigit,
}

fn opens(before: &str, behind: &str) -> Option<Opens> {
    let mut before = before.chars().rev();
    match before.next() {
        Some('%' | '\\' | '/' | '=' | '&' | '#') => None,
        Some(c) if c.is_numeric() => {
            let is_glued = behind.starts_with(|c: char| c.is_alphabetic());
            is_glued.then_some(Opens::BehindDigit)
        }
        // `%d%%` is how programs write a percent sign.
        Some(c) if c.is_ascii_alphabetic() => {
            (before.next() != Some('%')).then_some(Opens::Perhaps)
        }
        _ => Some(Opens::Surely),
    }
}

/// A mark that may close a comment.
struct Closer {
    at: usize,
    /// Behind it.
    end: usize,
    /// No letter or digit follows it.
    is_sure: bool,
    is_behind_digit: bool,
}

/// Marks that no letter or digit follows, and those that end a word.
fn closers(source: &str) -> Vec<Closer> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(found) = memmem::find(&source.as_bytes()[from..], MARK.as_bytes()) {
        let at = from + found;
        from = at + n_first(&source[at..], '%');
        let before = source[..at].chars().next_back();
        let behind = source.as_bytes().get(from);
        let is_sure = behind.is_none_or(|it| !it.is_ascii_alphanumeric());
        let ends_word = before.is_some_and(|it| !it.is_whitespace());
        if from - at <= LONG && (is_sure || ends_word) {
            all.push(Closer {
                at,
                end: from,
                is_sure,
                is_behind_digit: before.is_some_and(char::is_numeric),
            });
        }
    }
    all
}

/// Behind the block of code between fences that begins with a line; without an end it is the rest of the source, or of the
/// quote that it stands in.
fn fence(source: &str, at: usize) -> Option<usize> {
    let first = line(source, at);
    let (is_quoted, inside) = content(first);
    let mark = inside.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let n_marks = n_first(inside, mark);
    if n_marks < 3 || (mark == '`' && inside[n_marks..].contains('`')) {
        return None;
    }
    let mut from = at + first.len();
    while from < source.len() {
        from += 1;
        let next = line(source, from);
        let (is_still_quoted, inside) = content(next);
        if is_quoted && !is_still_quoted {
            return Some(from);
        }
        let n_found = n_first(inside, mark);
        from += next.len();
        if n_found >= n_marks && inside[n_found..].trim().is_empty() {
            break;
        }
    }
    Some(from.min(source.len()))
}

/// Whether a line is one of a quote, and what stands in it behind marks of quotes and lists.
fn content(line: &str) -> (bool, &str) {
    let inside = line.trim_start_matches([' ', '\t', '>']);
    let is_quoted = line[..line.len() - inside.len()].contains('>');
    (is_quoted, item(inside).unwrap_or(inside).trim_start())
}

/// What stands behind the mark of a list item.
fn item(line: &str) -> Option<&str> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = match digits {
        0 => line.strip_prefix(['-', '*', '+']),
        1..=9 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    }?;
    rest.starts_with([' ', '\t']).then_some(rest)
}

/// A line without its end.
fn line(source: &str, at: usize) -> &str {
    let rest = &source[at..];
    &rest[..memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())]
}

fn n_first(text: &str, mark: char) -> usize {
    text.len() - text.trim_start_matches(mark).len()
}

/// The byte behind a character; the end where there is none.
fn after_char(source: &str, at: usize) -> usize {
    let next = source.get(at..).and_then(|it| it.chars().next());
    next.map_or(source.len(), |it| at + it.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source with comments in it as `□`, and marks of those that never end as `?`, `!` at the beginning of a line.
    fn shown(source: &str) -> String {
        let found = find(source);
        let closed = found.closed.into_iter().map(|it| (it, "□"));
        let open = found.open.into_iter();
        let open = open.map(|it| (it.at..it.at + 2, if it.begins_line { "!" } else { "?" }));
        let mut all: Vec<_> = closed.chain(open).collect();
        all.sort_by_key(|it| it.0.start);
        let mut text = source.to_owned();
        for (bytes, sign) in all.into_iter().rev() {
            text.replace_range(bytes, sign);
        }
        text
    }

    #[test]
    fn comments_are_found() {
        for (source, expected) in [
            ("a %%x%% b", "a □ b"),
            ("a%%x%% b", "a□ b"),
            ("文字%%注释%%文字", "文字□文字"),
            ("Done.%%x%% More", "Done.□ More"),
            ("%%x%%\n", "□\n"),
            ("%% x %%", "□"),
            ("a\n%%\nx\n\ny\n%%\nb", "a\n□\nb"),
            ("%%\n- a\n- b\n%%\n", "□\n"),
            ("%%\n> a\n%%\n", "□\n"),
            ("%%\n```\na\n%%\nb", "□\nb"),
            ("%%\n<div>\n%%\nb", "□\nb"),
            ("%%a\n\nb%%\nc", "□\nc"),
            ("> %%a\n> b%% c", "> □ c"),
            ("- %%a%% b", "- □ b"),
            ("- %%a\n\nb%%", "- □"),
            ("# T %%a%%", "# T □"),
            ("| a %%x%% |", "| a □ |"),
            ("%%budget 100%% b", "□ b"),
            ("%%a%% b %%c%%", "□ b □"),
            ("*a %%b* c%% d", "*a □ d"),
            ("- a\n\n    %%x%%", "- a\n\n    □"),
            ("a\n    %%x%%", "a\n    □"),
            ("%%<!-- paid -->%%", "□"),
            ("%%`%%", "□"),
            ("`a`%%x%%", "`a`□"),
            ("In 2024%%x: y%% b", "In 2024□ b"),
            ("See %%x 12%%the list", "See □the list"),
            ("a %%x%%y and %%z%% b", "a □y and □ b"),
            ("%%%\nx\n%%%\nb", "□\nb"),
            ("%%%x%%% b", "□ b"),
            ("- %%%x%% b", "- □ b"),
            ("%%a 100%%%", "□"),
        ] {
            assert_eq!(shown(source), expected, "{source:?}");
        }
    }

    #[test]
    fn prices_code_and_the_like_hold_none() {
        for source in [
            "100%% of 50%%",
            "a 100%% b %%",
            "100%%x and 50%%",
            "a %%%b%%% c",
            "%%%%\nx\n%%%%",
            "`%%x%%`",
            "`` ` %%x%% ``",
            "```\n%%x%%\n```",
            "~~~ mermaid\n%%{init: {}}%%\n~~~",
            "> ```\n> %%x%%\n> ```",
            "- ```\n  %%x%%\n  ```",
            "    %%x%%",
            "a\n\n    %%x%%\n\n    %%y%%",
            "\t%%x%%",
            "\\%%x%%",
            "$%%x%%$",
            "$$\nx %% y\n%% z\n$$",
            "<!-- %%x%% -->",
            "<pre>\n%%x%%\n</pre>",
            "<code>%%x%%</code>",
            "<script>\n%%x%%\n</script>",
            "%%%%",
            "%d%% and %s%%",
            "for a%%i b%%i",
            "/a%%b",
        ] {
            let found = find(source);
            let told = found.open.iter().any(|it| it.begins_line);
            assert!(found.closed.is_empty() && !told, "{source:?} {found:?}");
        }
    }

    #[test]
    fn comments_that_never_end_are_told() {
        for (source, expected) in [
            ("%%x\n\ny", "!x\n\ny"),
            ("a %%x\n\ny %%z", "a ?x\n\ny ?z"),
            ("a %%x\n\n%%y%%", "a ?x\n\n□"),
            ("> %%\n> a", "> !\n> a"),
            ("%%x %%y z", "!x ?y z"),
            ("%%\n```\n", "!\n```\n"),
        ] {
            assert_eq!(shown(source), expected, "{source:?}");
        }
    }

    #[test]
    fn every_prefix_and_suffix_is_looked_at_without_a_panic() {
        let source = "文%%x%%\n\n> - ```a\n`%%` $%%$ <pre>\\文 %%\n\t%%é%% 1. %%";
        for (at, _) in source.char_indices() {
            find(&source[at..]);
            find(&source[..at]);
        }
    }
}
