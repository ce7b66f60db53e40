//! Which dollar signs and escaped brackets delimit mathematics: `$x$`, `$$x$$`, `\(x\)`, `\[x\]`.
//!
//! The parser takes any two dollars for delimiters that have no space inside. Prices (`$5`) and variables (`$HOME`) are
//! text, so [`find`] is stricter: no space inside, no letter or digit right outside, and the end in the same paragraph.
//! `\(` and `\[` are mathematics only if what they hold looks like it, for they also escape brackets of prose.

use crate::markdown::han::is_han;
use crate::steps;

/// Longer spans are prose between two stray dollars.
const MAX_BYTES: usize = 8192;

/// Mathematics in a source text, as bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Math {
    /// Its first delimiter begins here.
    pub start: usize,
    /// Behind its last delimiter.
    pub end: usize,
    /// How it is delimited.
    pub form: Form,
}

/// The ways of delimiting mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `$x$`
    Dollar,
    /// `$$x$$`
    Dollars,
    /// `\(x\)`
    Parens,
    /// `\[x\]`
    Brackets,
}

impl Form {
    /// Bytes of each delimiter.
    pub fn n_bytes(self) -> usize {
        match self {
            Form::Dollar => 1,
            Form::Dollars | Form::Parens | Form::Brackets => 2,
        }
    }
}

/// The mathematics that begins with the `$` or the `\` at byte `start`, if any does. Linear in the text up to the next
/// delimiter of the same kind.
pub fn find(source: &str, start: usize) -> Option<Math> {
    let form = match &source.as_bytes()[start..] {
        [b'$', b'$', b'$', ..] => return None,
        [b'$', b'$', ..] => Form::Dollars,
        [b'$', ..] => Form::Dollar,
        [b'\\', b'(', ..] => Form::Parens,
        [b'\\', b'[', ..] => Form::Brackets,
        _ => return None,
    };
    let inside = start + form.n_bytes();
    let close = close(source, inside, form)?;
    let end = close + form.n_bytes();
    let content = &source[inside..close];
    let fits = match form {
        Form::Dollar => {
            is_apart_before(source, start) && is_apart_behind(source, end) && is_tight(content)
        }
        Form::Dollars => looks_like_math(content),
        Form::Parens => is_apart_before(source, start) && looks_like_math(content),
        Form::Brackets => looks_like_math(content) && is_block(source, start, end),
    };
    fits.then_some(Math { start, end, form })
}

/// The byte of the closing delimiter, in the same paragraph and with nothing in between that mathematics does not hold.
fn close(source: &str, from: usize, form: Form) -> Option<usize> {
    let bytes = source.as_bytes();
    let most = bytes.len().min(from + MAX_BYTES);
    let mut at = from;
    while at < most {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b')')) if form == Form::Parens => return Some(at),
            (b'\\', Some(b']')) if form == Form::Brackets => return Some(at),
            (b'\\', Some(b'(')) if form == Form::Parens => return None,
            (b'\\', Some(b'[')) if form == Form::Brackets => return None,
            (b'\\', _) => at += 1,
            (b'$', next) => {
                let is_close = match form {
                    Form::Dollar => next != Some(&b'$'),
                    Form::Dollars => next == Some(&b'$') && bytes.get(at + 2) != Some(&b'$'),
                    Form::Parens | Form::Brackets => false,
                };
                return is_close.then_some(at);
            }
            (b'`', _) => return None,
            (b'\n', _) if form == Form::Parens || ends_paragraph(&source[at + 1..]) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the line that begins here is blank, or a comment, which a marker of a gated part is.
fn ends_paragraph(rest: &str) -> bool {
    let line = rest.trim_start_matches(['>', ' ', '\t']);
    let text = line.trim_start_matches(|c: char| c != '\n' && c.is_whitespace());
    steps::read(rest.len() - text.len());
    text.is_empty() || text.starts_with('\n') || line.starts_with("<!--")
}

/// Whether the character before a delimiter lets mathematics begin: not within a word, an address or a variable.
fn is_apart_before(source: &str, at: usize) -> bool {
    let before = source[..at].chars().next_back();
    before.is_none_or(|c| !c.is_ascii_alphanumeric() && !r"/=&?#@_%\$".contains(c))
}

fn is_apart_behind(source: &str, at: usize) -> bool {
    let behind = source[at..].chars().next();
    behind.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '$' | '_' | '{'))
}

/// Whether what two single dollars hold is mathematics: no space at its ends, and no price with words behind it.
fn is_tight(content: &str) -> bool {
    let is_spaced = |c: char| c.is_whitespace();
    let has_mark = content.contains(['\\', '^', '_', '=', '{']);
    // `${PATH}$`
    let is_variable = content
        .strip_prefix('{')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    let is_price = content.starts_with(|c: char| c.is_ascii_digit())
        && (content.contains(is_han) || has_word(content, 2));
    !content.is_empty()
        && !content.starts_with(is_spaced)
        && !content.ends_with(is_spaced)
        && !is_variable
        && (has_mark || !is_price)
}

/// Whether a text has a sign of mathematics, or no word of prose.
fn looks_like_math(content: &str) -> bool {
    let has_mark = content.contains(['\\', '^', '_', '=', '{', '<', '>', '|']);
    let is_prose = content.contains(is_han) || has_word(content, 3);
    let has_letter = content.contains(|c: char| c.is_alphabetic());
    has_mark || (has_letter && !is_prose)
}

/// Whether a text has so many letters in a row.
fn has_word(content: &str, n_letters: usize) -> bool {
    let mut words = content.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|it| it.len() >= n_letters)
}

/// Whether nothing else stands in the first and in the last line of a span.
fn is_block(source: &str, start: usize, end: usize) -> bool {
    let before = source[..start].trim_end_matches([' ', '\t', '>']);
    let is_mark = |c: char| c != '\n' && (c.is_whitespace() || ".,;。，；".contains(c));
    let behind = source[end..].trim_start_matches(is_mark);
    (before.is_empty() || before.ends_with('\n')) && (behind.is_empty() || behind.starts_with('\n'))
}

/// Bytes at which lines inside of mathematics begin with what would begin a list, a heading or an underline; a parser
/// of Markdown must not see it.
pub fn block_marks(source: &str, math: Math) -> impl Iterator<Item = usize> + '_ {
    let is_long = source[math.start..math.end].contains('\n');
    let is_quoted = is_long && is_in_quote(&source[..math.start]);
    let ends = source[math.start..math.end].match_indices('\n');
    ends.filter_map(move |(at, _)| {
        let line_at = math.start + at + 1;
        let line = &source[line_at..math.end];
        let is_prefix = |c: char| matches!(c, ' ' | '\t') || (is_quoted && c == '>');
        let text = line.trim_start_matches(is_prefix);
        let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let is_mark = text.starts_with(['+', '-', '*', '#', '=', '>', ':', '~'])
            || (n_digits > 0 && text[n_digits..].starts_with(['.', ')']));
        is_mark.then_some(line_at + line.len() - text.len())
    })
}

/// Whether the last line of a text has the mark of a quote.
fn is_in_quote(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    steps::read(line.len());
    line.contains('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is mathematics in a text.
    fn found(source: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < source.len() {
            match find(source, at) {
                Some(math) => {
                    found.push(&source[math.start..math.end]);
                    at = math.end;
                }
                None if source[at..].starts_with('\\') => at += 2,
                None => at += source[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        found
    }

    #[test]
    fn mathematics_is_told_from_prices_and_variables() {
        for (source, wanted) in [
            ("$x$", "$x$"),
            ("其中$a_1$和$b_2$。", "$a_1$ $b_2$"),
            ("the $n$-th, ($k$), \"$m$\"", "$n$ $k$ $m$"),
            ("$速度 = 路程/时间$", "$速度 = 路程/时间$"),
            ("$5 < x$", "$5 < x$"),
            ("$2n$ of $10^6$", "$2n$ $10^6$"),
            ("价格 $5 和 $6", ""),
            ("从$5涨到6$。", ""),
            ("$5 to 6$ apiece", ""),
            ("US$5, A$6$", ""),
            ("$5-$6, $5/$6", ""),
            ("$HOME/bin:$PATH", ""),
            ("$HOME and ${PATH}$", ""),
            ("a $ b $ c", ""),
            ("\\$5$", ""),
            ("$a `b$ c`", ""),
            ("$a\n\nb$", ""),
            ("$a\nb$", "$a\nb$"),
            ("https://x.org/$a$/b ?q=$a$", ""),
            ("$$x^2$$", "$$x^2$$"),
            ("$$\na\n+ b\n$$", "$$\na\n+ b\n$$"),
            ("kill $$ and wait $$", ""),
            ("$$$", ""),
            ("\\(x\\) and \\( a_1 + b \\)", "\\(x\\) \\( a_1 + b \\)"),
            ("\\(see above\\)", ""),
            ("[a](b\\(c\\))", ""),
            ("\\[\nE = mc^2\n\\]", "\\[\nE = mc^2\n\\]"),
            ("> \\[ E = 1 \\].", "\\[ E = 1 \\]"),
            ("\\[1\\]", ""),
            ("\\[x\\] todo", ""),
            ("a \\[x_1\\]", ""),
            ("\\[ \\] open", ""),
            ("$a\n<!-- members -->\nb$", ""),
        ] {
            assert_eq!(found(source).join(" "), wanted, "{source:?}");
        }
    }

    #[test]
    fn lines_that_would_begin_blocks_are_found() {
        let marks = |source: &str| -> Vec<String> {
            let math = find(source, source.find('$').unwrap()).unwrap();
            let marks = block_marks(source, math);
            marks.map(|at| source[at..=at].to_owned()).collect()
        };
        assert_eq!(
            marks("$$\na\n+ b\n  - c\n= d\n1. e\n2 f\n$$"),
            ["+", "-", "=", "1"]
        );
        assert_eq!(marks("> $$\n> a=\n> + b\n> $$"), ["+"]);
        assert_eq!(marks("$$\na_1\n> b\n$$"), [">"]);
    }
}
