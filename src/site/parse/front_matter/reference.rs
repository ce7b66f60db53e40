//! YAML anchors and aliases, which are not read: the cheapest bombs are made of them.

use crate::site::parse::front_matter::head::{Format, Head};
use crate::site::parse::front_matter::line::{Line, lines};

impl Head<'_> {
    /// Byte in `text` of a YAML anchor or alias.
    pub fn reference(&self) -> Option<usize> {
        if self.format == Format::Toml || !self.text.contains(['&', '*']) {
            return None;
        }
        let mut block: Option<usize> = None;
        for Line { at, text: line, .. } in lines(self.text, 0) {
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
