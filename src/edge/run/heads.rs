//! Line ends of request heads: CR LF and nothing else (RFC 9112, section 2.2).
//!
//! The protocol library also takes a bare LF as the end of a line, as the RFC allows. Some proxies do not, so a
//! head could be cut in two places. [`Heads`] follows the framing of a connection as its bytes come in, and
//! replaces a bare LF within it by NUL, which no head may hold: the library then answers 400 and closes. It does the
//! same at the end of a head that says twice, or in a way of its own, how long the body is. The lines between the chunks
//! of a body the library reads less strictly: where one of them is wrong, nothing more of the connection is read.

/// Longest line of which the text matters: the two headers that say how long a body is.
const MAX_LINE: usize = 256;

/// Where a connection's incoming bytes stand.
#[derive(Debug)]
pub struct Heads {
    place: Place,
    /// The line so far, without its end, cut at [`MAX_LINE`].
    line: Vec<u8>,
    last: u8,
    body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Before a request line; empty lines are skipped.
    Between,
    Head,
    /// This many bytes of a body, or of a chunk and its line end, are left.
    Bytes(u64, After),
    ChunkSize,
    Trailer,
    /// The framing is not one that the library takes, which ends the connection.
    Lost,
    /// A line between chunks is wrong: what follows is not to be read.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    Body,
    Chunk,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Body {
    None,
    Length(u64),
    Chunked,
    /// The head can be read in two ways.
    Unknown,
}

impl Body {
    /// What two headers say together.
    fn and(self, next: Body) -> Body {
        match (self, next) {
            (Body::None, next) => next,
            // A coding wins over a length, as it does in the library, which closes the connection then.
            (Body::Length(_), Body::Chunked) | (Body::Chunked, Body::Length(_)) => Body::Chunked,
            _ => Body::Unknown,
        }
    }
}

impl Heads {
    /// At the start of a connection.
    pub fn new() -> Self {
        Heads {
            place: Place::Between,
            line: Vec::new(),
            last: 0,
            body: Body::None,
        }
    }

    /// Follows the next bytes of the connection. Bare LFs of heads become NUL. Returns how many of the bytes may be read:
    /// fewer than there are only where the connection is to be cut.
    pub fn follow(&mut self, mut bytes: &mut [u8]) -> usize {
        let n_bytes = bytes.len();
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return n_bytes,
                Place::Cut => return n_bytes - bytes.len(),
                Place::Bytes(left, after) => {
                    let n_skipped =
                        usize::try_from(left).map_or(bytes.len(), |it| it.min(bytes.len()));
                    bytes = &mut bytes[n_skipped..];
                    let left = left - n_skipped as u64;
                    self.place = match (left, after) {
                        (0, After::Body) => Place::Between,
                        (0, After::Chunk) => Place::ChunkSize,
                        (left, after) => Place::Bytes(left, after),
                    };
                }
                _ => {
                    let (byte, rest) = bytes.split_at_mut(1);
                    self.framed(&mut byte[0]);
                    if self.place == Place::Cut {
                        return n_bytes - rest.len() - 1;
                    }
                    bytes = rest;
                }
            }
        }
        n_bytes
    }

    /// A byte of a line.
    fn framed(&mut self, byte: &mut u8) {
        if *byte == b'\n' && self.last != b'\r' {
            *byte = 0;
            self.place = match self.place {
                Place::ChunkSize | Place::Trailer => Place::Cut,
                _ => Place::Lost,
            };
        } else if *byte == b'\n' {
            self.end_line();
            self.line.clear();
            if self.place == Place::Lost {
                *byte = 0;
            }
        } else if *byte != b'\r' && self.line.len() < MAX_LINE {
            self.line.push(*byte);
        }
        self.last = *byte;
    }

    fn end_line(&mut self) {
        let is_empty = self.line.is_empty();
        self.place = match self.place {
            Place::Between if is_empty => Place::Between,
            Place::Between => {
                self.body = Body::None;
                Place::Head
            }
            Place::Head if is_empty => match self.body {
                Body::None | Body::Length(0) => Place::Between,
                Body::Length(n_bytes) => Place::Bytes(n_bytes, After::Body),
                Body::Chunked => Place::ChunkSize,
                Body::Unknown => Place::Lost,
            },
            Place::Head => {
                if let Some(body) = header(&self.line) {
                    self.body = self.body.and(body);
                }
                Place::Head
            }
            Place::ChunkSize => match chunk_size(&self.line) {
                Some(0) => Place::Trailer,
                // Two more for the line end behind the chunk.
                Some(n_bytes) => Place::Bytes(n_bytes.saturating_add(2), After::Chunk),
                None => Place::Cut,
            },
            Place::Trailer if is_empty => Place::Between,
            place => place,
        };
    }
}

/// What a header line says of the body; `None` for all other headers.
fn header(line: &[u8]) -> Option<Body> {
    let text = String::from_utf8_lossy(line);
    let (name, value) = text.split_once(':')?;
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "content-length" | "transfer-encoding" if line.len() == MAX_LINE => Some(Body::Unknown),
        "content-length" if !value.bytes().all(|it| it.is_ascii_digit()) => Some(Body::Unknown),
        "content-length" => Some(value.parse().map_or(Body::Unknown, Body::Length)),
        "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => Some(Body::Chunked),
        "transfer-encoding" => Some(Body::Unknown),
        _ => None,
    }
}

/// The size in a chunk's first line, its extensions left out.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|it| *it == b';').next()?.trim_ascii_end();
    if !size.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, with every NUL shown as `#`; the same however the bytes are cut.
    fn followed(text: &str) -> String {
        let mut outcomes = [1, 3, 1_000].map(|n_bytes| {
            let mut heads = Heads::new();
            let mut bytes = text.as_bytes().to_vec();
            let mut kept = Vec::new();
            for piece in bytes.chunks_mut(n_bytes) {
                let n_kept = heads.follow(piece);
                kept.extend_from_slice(&piece[..n_kept]);
                if n_kept < piece.len() {
                    kept.push(b'|');
                    break;
                }
            }
            String::from_utf8(kept).unwrap().replace('\0', "#")
        });
        assert_eq!(outcomes[0], outcomes[1], "{text:?}");
        assert_eq!(outcomes[0], outcomes[2], "{text:?}");
        std::mem::take(&mut outcomes[0])
    }

    #[test]
    fn bare_line_feeds_of_heads_are_found() {
        for (sent, expected) in [
            (
                "GET / HTTP/1.1\nHost: a\r\n\r\n",
                "GET / HTTP/1.1#Host: a\r\n\r\n",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\n\r\n",
                "GET / HTTP/1.1\r\nHost: a#\r\n",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\n\n",
                "GET / HTTP/1.1\r\nHost: a\r\n#",
            ),
            ("\nGET / HTTP/1.1\r\n\r\n", "#GET / HTTP/1.1\r\n\r\n"),
            // Behind a body of either kind, and behind a request without one.
            (
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\n\n\nGET / HTTP/1.1\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\n\n\nGET / HTTP/1.1#\r\n",
            ),
            (
                "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\n\n\n\n\r\n0\r\n\r\nGET / HTTP/1.1\n",
                "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\n\n\n\n\r\n0\r\n\r\nGET / HTTP/1.1#",
            ),
            (
                "GET / HTTP/1.1\r\n\r\nGET /b HTTP/1.1\n",
                "GET / HTTP/1.1\r\n\r\nGET /b HTTP/1.1#",
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3|",
            ),
        ] {
            assert_eq!(followed(sent), expected);
        }
    }

    #[test]
    fn a_wrong_line_between_chunks_cuts_the_connection() {
        const HEAD: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (body, kept) in [
            ("2;\nxx\r\n[]\r\n0\r\n\r\n", "2;|"),
            ("2;a\nb\r\n[]\r\n0\r\n\r\n", "2;a|"),
            ("2\r\n[]\r\n0;x\ny\r\n\r\n", "2\r\n[]\r\n0;x|"),
            ("2\r\n[]\r\n0\r\nX: y\n\r\n", "2\r\n[]\r\n0\r\nX: y|"),
            ("0x2\r\n[]\r\n0\r\n\r\n", "0x2\r|"),
            ("+2\r\n[]\r\n0\r\n\r\n", "+2\r|"),
            ("\r\n", "\r|"),
        ] {
            assert_eq!(followed(&format!("{HEAD}{body}")), format!("{HEAD}{kept}"));
        }
    }

    #[test]
    fn a_body_has_one_length() {
        for lines in [
            "Content-Length: 2\r\nContent-Length: 02\r\n",
            "Content-Length: 2\r\nContent-Length: 2\r\n",
            "Content-Length: 2, 2\r\n",
            "Content-Length: +2\r\n",
            "Content-Length: \r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked;q=1\r\n",
        ] {
            let sent = format!("POST / HTTP/1.1\r\n{lines}\r\n[]");
            let expected = format!("POST / HTTP/1.1\r\n{lines}\r#[]");
            assert_eq!(followed(&sent), expected);
        }
    }

    #[test]
    fn proper_requests_and_bodies_are_left_alone() {
        for sent in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\n{\n\"a\"\n}\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\na\r\n0123\n56789\r\n0\r\nX: y\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n\n\n\n",
        ] {
            assert_eq!(followed(sent), sent);
        }
    }
}
