//! Replies of a relay: lines that begin with one three-digit code, the last one marked by a space after it.

use crate::edge::mail::smtp::{RelayError, Stage};
use std::io::{BufRead, Read};

/// Longest line, its end included. RFC 5321 allows 512; some relays send more in EHLO.
const MAX_LINE_BYTES: usize = 2048;
const MAX_LINES: usize = 100;

/// A reply as a whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    /// The text of each line, without code and line end.
    lines: Vec<String>,
}

impl Reply {
    /// A reply that offers nothing.
    pub fn none() -> Self {
        Reply {
            code: 0,
            lines: Vec::new(),
        }
    }

    /// Reads up to the end of the last line.
    pub fn read(from: &mut impl BufRead) -> Result<Self, RelayError> {
        let mut reply = Reply::none();
        loop {
            let line = read_line(from)?;
            let (code, is_last, text) = parse(&line).ok_or(RelayError::Garbled)?;
            if !reply.lines.is_empty() && code != reply.code {
                return Err(RelayError::Garbled);
            }
            reply.code = code;
            reply.lines.push(text);
            if is_last {
                return Ok(reply);
            }
            if reply.lines.len() >= MAX_LINES {
                return Err(RelayError::ManyLines(MAX_LINES));
            }
        }
    }

    /// Fails unless the code is of this class: 2 for done, 3 for go on.
    pub fn accept(self, class: u16) -> Result<Self, RelayError> {
        match self.code / 100 {
            found if found == class => Ok(self),
            4 | 5 => Err(RelayError::Refused {
                code: self.code,
                stage: Stage::Connection,
            }),
            _ => Err(RelayError::Unexpected(self.code)),
        }
    }

    /// Whether a reply to EHLO offers an extension. The first line is a greeting.
    pub fn has(&self, keyword: &str) -> bool {
        self.extensions()
            .any(|mut words| is_word(words.next(), keyword))
    }

    /// Whether it offers an extension with this parameter.
    pub fn has_with(&self, keyword: &str, parameter: &str) -> bool {
        self.extensions().any(|mut words| {
            is_word(words.next(), keyword) && words.any(|it| is_word(Some(it), parameter))
        })
    }

    /// The words of each extension. Some relays write `AUTH=PLAIN`.
    fn extensions(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        self.lines
            .iter()
            .skip(1)
            .map(|line| line.split([' ', '=']).filter(|it| !it.is_empty()))
    }
}

fn is_word(found: Option<&str>, wanted: &str) -> bool {
    found.is_some_and(|it| it.eq_ignore_ascii_case(wanted))
}

fn read_line(from: &mut impl BufRead) -> Result<Vec<u8>, RelayError> {
    let mut line = Vec::new();
    from.by_ref()
        .take(MAX_LINE_BYTES as u64)
        .read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ if line.len() >= MAX_LINE_BYTES => Err(RelayError::LongLine(MAX_LINE_BYTES)),
        _ => Err(RelayError::Closed),
    }
}

/// Code, whether it is the last line, and text; `None` if it is no line of a reply.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (code, rest) = line.split_at_checked(3)?;
    let is_code = matches!(code, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    let code = std::str::from_utf8(code).ok()?.parse().ok()?;
    let (is_last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return None,
    };
    is_code.then(|| (code, is_last, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_as_relays_write_them() {
        for (text, code, lines) in [
            ("250 fine\r\n", 250, &["fine"][..]),
            ("250\r\n", 250, &[""]),
            ("250 fine\n", 250, &["fine"]),
            ("250-a\r\n250-B c\r\n250 d\r\n", 250, &["a", "B c", "d"]),
        ] {
            let reply = Reply::read(&mut text.as_bytes()).unwrap();
            assert_eq!(
                (reply.code, reply.lines),
                (code, lines.iter().map(|it| (*it).into()).collect())
            );
        }
        for text in ["", "250", "250-a\r\n", "250 fine\r"] {
            let told = Reply::read(&mut text.as_bytes());
            assert!(matches!(told, Err(RelayError::Closed)), "{text:?}");
        }
        for text in [
            "\r\n",
            "25\r\n",
            "hello\r\n",
            "2500 x\r\n",
            "150 x\r\n",
            "650 x\r\n",
            "+50 x\r\n",
            "250_x\r\n",
            "250-a\r\n251 b\r\n",
            "２50 x\r\n",
            "\0\0\0\0\n",
            "HTTP/1.1 400 Bad\r\n",
        ] {
            let told = Reply::read(&mut text.as_bytes());
            assert!(matches!(told, Err(RelayError::Garbled)), "{text:?}");
        }
    }

    #[test]
    fn extensions_are_told_apart() {
        let text =
            "250-relay STARTTLS\r\n250-auth LOGIN plain\r\n250-AUTH=XOAUTH2\r\n250 8BITMIME\r\n";
        let reply = Reply::read(&mut text.as_bytes()).unwrap();
        for (keyword, is_there) in [("STARTTLS", false), ("8bitmime", true), ("AUTH", true)] {
            assert_eq!(reply.has(keyword), is_there, "{keyword}");
        }
        for (parameter, is_there) in [
            ("PLAIN", true),
            ("LOGIN", true),
            ("XOAUTH2", true),
            ("CRAM-MD5", false),
        ] {
            assert_eq!(reply.has_with("AUTH", parameter), is_there, "{parameter}");
        }
    }
}
