//! Whether the fences of a block of code pair up: its own, and lines in it that look like some.
//!
//! Entry point: [`Pairs`]. Which line closes a block is what the parser says. A line in its text that looks like a fence
//! closes nothing: it is either shown, with another that pairs up with it, or was meant to end the block.

use crate::spelling::is_invisible;

/// A line that is a fence, or looks like one.
#[derive(Clone, Copy)]
pub struct Fence {
    mark: char,
    length: usize,
    has_info: bool,
    indent: usize,
}

/// Columns from which on a fence is text.
const INDENTED: usize = 4;
/// Characters of a fence.
const FENCE_CHARS: usize = 3;

impl Fence {
    /// The fence at the beginning of a line, whatever stands before it that is no letter.
    pub fn of(line: &str) -> Option<Self> {
        let (indent, text) = without_containers(line);
        let text = text.trim_end_matches(is_unseen);
        let first = text.chars().next()?;
        let mark = mark(first)?;
        let behind = text.trim_start_matches(first);
        let length = text[..text.len() - behind.len()].chars().count();
        let info = behind.trim_matches(is_unseen);
        let is_right = matches!(first, '`' | '~');
        // Two backticks alone in a line are a fence that lost one.
        let least = match info.is_empty() && mark == '`' {
            true => FENCE_CHARS - 1,
            false => FENCE_CHARS,
        };
        let is_one = match is_right {
            true => length >= least && !(mark == '`' && info.contains('`')),
            false => length == FENCE_CHARS && info.is_empty(),
        };
        is_one.then_some(Fence {
            mark,
            length,
            has_info: !info.is_empty(),
            indent,
        })
    }

    /// The fence that stands behind other text of a line, where nothing else in the line has its mark.
    pub fn at_end(line: &str) -> Option<Self> {
        let text = line.trim_end_matches(is_unseen);
        let mark = text.chars().next_back().and_then(mark)?;
        let before = text.trim_end_matches(mark);
        let length = text.len() - before.len();
        let is_one = length >= FENCE_CHARS && !before.contains(mark) && !before.ends_with('\\');
        is_one.then_some(Fence {
            mark,
            length,
            has_info: false,
            indent: INDENTED,
        })
    }

    /// Whether another of the same kind, and at least as long.
    fn is_matched_by(self, other: Fence) -> bool {
        other.mark == self.mark && other.length >= self.length
    }
}

/// The mark that a character is or looks like.
fn mark(c: char) -> Option<char> {
    match c {
        '`' | '｀' | '´' | 'ˋ' | '‘' | '’' | '\'' => Some('`'),
        '~' | '～' | '˜' => Some('~'),
        _ => None,
    }
}

fn is_unseen(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// A line without indent and the marks of quotes and lists around it, and the columns that they take.
fn without_containers(line: &str) -> (usize, &str) {
    let mut column = 0;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = number
            .strip_prefix(['.', ')'])
            .filter(|_| c.is_ascii_digit());
        let bullet = rest.strip_prefix(['-', '*', '+']);
        if let Some(item) = bullet.or(number).filter(|it| it.starts_with([' ', '\t'])) {
            column += rest.len() - item.len();
            rest = item;
            continue;
        }
        match c {
            '\t' => column += INDENTED - column % INDENTED,
            '>' => column += 1,
            _ if is_unseen(c) => column += 1,
            _ => break,
        }
        rest = &rest[c.len_utf8()..];
    }
    (column, rest)
}

/// The fences of one block.
#[derive(Default)]
pub struct Pairs {
    /// The block's own; `None` where an indent makes it code.
    own: Option<Fence>,
    /// The fence that a line in it has opened.
    inner: Option<(Fence, usize)>,
    /// A line in it that would have opened a block like itself.
    like_own_at: Option<usize>,
}

impl Pairs {
    /// Those of a block with this fence.
    pub fn new(own: Option<Fence>) -> Self {
        Pairs {
            own,
            ..Pairs::default()
        }
    }

    /// A line of its text, which begins at a byte. The columns of the block's own indent do not count.
    pub fn line(&mut self, line: &str, own_indent: usize, at: usize) {
        let Some(fence) = Fence::of(line).or_else(|| Fence::at_end(line)) else {
            return;
        };
        let is_like_own = self.own.is_some_and(|own| own.is_matched_by(fence));
        let is_shown = fence.indent.saturating_sub(own_indent) >= INDENTED;
        if is_like_own && fence.has_info && !is_shown {
            self.like_own_at.get_or_insert(at);
            return;
        }
        self.inner = match self.inner {
            Some((inner, _)) if inner.is_matched_by(fence) && !fence.has_info => None,
            None => Some((fence, at)),
            open => open,
        };
    }

    /// Byte of the first fence in it that does not pair up.
    pub fn doubtful_at(&self) -> Option<usize> {
        self.like_own_at.or(self.inner.map(|(_, at)| at))
    }
}
