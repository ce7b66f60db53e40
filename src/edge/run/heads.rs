//! Line ends of request heads: CR LF and nothing else (RFC 9112, section 2.2).
//!
//! The protocol library also takes a bare LF as the end of a line, as the RFC allows. Some proxies do not, so a
//! head could be cut in two places. [`Heads`] follows the framing of a connection as its bytes come in, and
//! replaces a bare LF within it by NUL, which no head may hold: the library then answers 400 and closes.

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
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    Body,
    Chunk,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Body {
    Length(u64),
    Chunked,
    Unknown,
}

impl Heads {
    /// At the start of a connection.
    pub fn new() -> Self {
        Heads {
            place: Place::Between,
            line: Vec::new(),
            last: 0,
            body: Body::Length(0),
        }
    }

    /// Follows the next bytes of the connection. Bare LFs of heads become NUL.
    pub fn follow(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return,
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
                    bytes = rest;
                }
            }
        }
    }

    /// A byte of a line.
    fn framed(&mut self, byte: &mut u8) {
        if *byte == b'\n' && self.last != b'\r' {
            *byte = 0;
            self.place = Place::Lost;
        } else if *byte == b'\n' {
            self.end_line();
            self.line.clear();
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
                self.body = Body::Length(0);
                Place::Head
            }
            Place::Head if is_empty => match self.body {
                Body::Length(0) => Place::Between,
                Body::Length(n_bytes) => Place::Bytes(n_bytes, After::Body),
                Body::Chunked => Place::ChunkSize,
                Body::Unknown => Place::Lost,
            },
            Place::Head => {
                match header(&self.line) {
                    // A coding wins over a length, as it does in the library.
                    Some(Body::Length(_)) if self.body == Body::Chunked => {}
                    Some(body) => self.body = body,
                    None => {}
                }
                Place::Head
            }
            Place::ChunkSize => match chunk_size(&self.line) {
                Some(0) => Place::Trailer,
                // Two more for the line end behind the chunk.
                Some(n_bytes) => Place::Bytes(n_bytes.saturating_add(2), After::Chunk),
                None => Place::Lost,
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
        "content-length" => Some(value.parse().map_or(Body::Unknown, Body::Length)),
        "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => Some(Body::Chunked),
        "transfer-encoding" => Some(Body::Unknown),
        _ => None,
    }
}

/// The size in a chunk's first line, its extensions left out.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let size = text.split(';').next()?.trim();
    u64::from_str_radix(size, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, with every NUL shown as `#`; the same however the bytes are cut.
    fn followed(text: &str) -> String {
        let mut outcomes = [1, 3, 1_000].map(|n_bytes| {
            let mut heads = Heads::new();
            let mut bytes = text.as_bytes().to_vec();
            bytes.chunks_mut(n_bytes).for_each(|it| heads.follow(it));
            String::from_utf8(bytes).unwrap().replace('\0', "#")
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
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3#abc\r\n0\r\n\r\n",
            ),
        ] {
            assert_eq!(followed(sent), expected);
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
