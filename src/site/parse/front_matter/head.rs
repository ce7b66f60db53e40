//! Where the head of a file is, and whether there is one: `---` at the top may also be a rule.

use crate::site::parse::front_matter::keys;
use crate::site::parse::front_matter::node::{self, Node, Step};

/// How a head is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Between `---`, closed by `---` or `...`.
    Yaml,
    /// Between `+++`.
    Toml,
}

/// A head that was found.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// How it is written.
    pub format: Format,
    /// Between its fences.
    pub text: &'a str,
    /// Byte of `text` in the file.
    pub at: usize,
    /// Byte of the file at which the body begins.
    pub body_at: usize,
}

/// Finds the head of a file; `None` where the file has none.
pub fn find(file: &str) -> Option<Head<'_>> {
    let first = file.split_inclusive('\n').next()?;
    match first.trim_end() {
        "---" => fenced(file, first.len(), Format::Yaml).filter(is_meant),
        "+++" => fenced(file, first.len(), Format::Toml),
        line => bare(file, line),
    }
}

/// The head from byte `at` to its closing fence.
fn fenced(file: &str, at: usize, format: Format) -> Option<Head<'_>> {
    let mut end = at;
    for line in file[at..].split_inclusive('\n') {
        let closes = match format {
            Format::Yaml => matches!(line.trim_end(), "---" | "..."),
            Format::Toml => line.trim_end() == "+++",
        };
        if closes {
            return Some(Head {
                format,
                text: &file[at..end],
                at,
                body_at: end + line.len(),
            });
        }
        end += line.len();
    }
    None
}

/// Whether text between two `---` lines is a head, and not prose between two rules.
fn is_meant(head: &Head<'_>) -> bool {
    match node::yaml(head.text) {
        // Behind a blank line, a heading is a comment to YAML and prose with a colon a key.
        Ok(Node::Map(entries)) => {
            let is_apart = head.text.starts_with(['\n', '\r']);
            let is_known = |(key, _): &(String, Node)| keys::field(key).is_some();
            !is_apart || entries.is_empty() || entries.iter().any(is_known)
        }
        Ok(_) => false,
        // A head with a fault is a head: its first line shows what it wanted to be.
        Err(_) => {
            let mut lines = head.text.lines().map(str::trim);
            let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
            first.is_some_and(|line| key_of(line).is_some())
        }
    }
}

/// A head without its opening fence, as Hexo takes it: only where the first line is a key that we know.
fn bare<'a>(file: &'a str, first: &str) -> Option<Head<'a>> {
    let known = keys::field(key_of(first)?)?;
    let head = fenced(file, 0, Format::Yaml)?;
    let is_map = matches!(node::yaml(head.text), Ok(Node::Map(_)));
    // `Date: today` above `---` is a heading in Markdown; a title or a layout at the top is not prose.
    (is_map && known.opens_bare_head()).then_some(head)
}

/// What stands before the colon, where that looks like a key.
fn key_of(line: &str) -> Option<&str> {
    let (key, rest) = line.split_once(':')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let fits = !key.is_empty()
        && key.bytes().all(is_word)
        && (rest.is_empty() || rest.starts_with([' ', '\t']));
    fits.then_some(key)
}

impl Head<'_> {
    /// Byte in the file of the value that a path leads to.
    pub fn place(&self, path: &[Step]) -> usize {
        let at = match self.format {
            Format::Yaml => node::yaml_at(self.text, path),
            Format::Toml => node::toml_at(self.text, path),
        };
        self.at + at.min(self.text.len())
    }

    /// Byte in `text` of a YAML anchor or alias, which are not read: the cheapest bombs are made of them.
    pub fn reference(&self) -> Option<usize> {
        if self.format == Format::Toml || !self.text.contains(['&', '*']) {
            return None;
        }
        let mut at = 0;
        let mut block: Option<usize> = None;
        for line in self.text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let is_blank = line.trim().is_empty();
            if block.is_some_and(|parent| !is_blank && indent <= parent) {
                block = None;
            }
            if block.is_none() {
                if let Some(found) = reference_in(line) {
                    return Some(at + found);
                }
                block = opens_block_text(line).then_some(indent);
            }
            at += line.len();
        }
        None
    }
}

/// Whether the value of a line is block text (`|` or `>`), whose lines are no YAML.
fn opens_block_text(line: &str) -> bool {
    let value = line
        .trim_end()
        .rsplit([' ', '\t'])
        .next()
        .unwrap_or_default();
    value.starts_with(['|', '>'])
        && value[1..]
            .bytes()
            .all(|byte| byte == b'-' || byte == b'+' || byte.is_ascii_digit())
}

/// A value of the line that is `&name` or `*name`: after the indent, `- `, `: `, `[`, `{` or `, `, outside quotes.
fn reference_in(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut begins_value = true;
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if begins_value => {
                quote = Some(byte);
                begins_value = false;
            }
            (None, b'#') if begins_value => return None,
            (None, b'&' | b'*') if begins_value && is_name(&bytes[at + 1..]) => return Some(at),
            (None, b' ' | b'\t') => {}
            (None, b'[' | b'{' | b',') => begins_value = true,
            (None, b'-' | b':' | b'?') => {
                begins_value =
                    matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
            }
            (None, _) => begins_value = false,
        }
    }
    None
}

/// A name up to a space, a bracket or the end: what makes `*name` an alias and `*emphasis*` not.
fn is_name(bytes: &[u8]) -> bool {
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte == b'-';
    let n_bytes = bytes.iter().take_while(is_word).count();
    n_bytes > 0
        && matches!(
            bytes.get(n_bytes),
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}')
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_where_one_is() {
        for (file, text, body) in [
            ("---\ntitle: x\n---\nbody", Some("title: x\n"), "body"),
            (
                "---\r\ntitle: x\r\n---\r\nbody",
                Some("title: x\r\n"),
                "body",
            ),
            ("---\ntitle: x\n...\nbody", Some("title: x\n"), "body"),
            ("---\n---\nbody", Some(""), "body"),
            ("---\n---", Some(""), ""),
            ("+++\ntitle = 'x'\n+++\nbody", Some("title = 'x'\n"), "body"),
            ("title: x\n---\nbody", Some("title: x\n"), "body"),
            ("---\ntitle: [x\n---\nbody", Some("title: [x\n"), "body"),
            ("---\n\nprose between rules\n\n---\n", None, ""),
            ("---\nprose: to the end", None, ""),
            ("Note: prose\n---\n", None, ""),
            ("---- \ntitle: x\n---\n", None, ""),
            ("", None, ""),
            ("# heading\n", None, ""),
        ] {
            let head = find(file);
            assert_eq!(head.map(|it| it.text), text, "{file:?}");
            if let Some(head) = head {
                assert_eq!(&file[head.body_at..], body, "{file:?}");
            }
        }
    }

    #[test]
    fn anchors_and_aliases_are_found_and_prose_is_not() {
        for (text, wanted) in [
            ("a: &x 1\nb: *x\n", true),
            ("a: [*x, 2]\n", true),
            ("- &x 1\n", true),
            ("a: {b: *x}\n", true),
            ("a: '*x'\n", false),
            ("a: \"&x\"\n", false),
            ("a: b & c\n", false),
            ("a: x *y\n", false),
            ("a: |\n  *x\n  &y\n", false),
            ("# &x\n", false),
            ("a: AT&T\n", false),
        ] {
            let head = Head {
                format: Format::Yaml,
                text,
                at: 0,
                body_at: 0,
            };
            assert_eq!(head.reference().is_some(), wanted, "{text:?}");
        }
    }
}
