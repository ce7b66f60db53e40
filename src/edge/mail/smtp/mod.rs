//! One letter through an SMTP relay (RFC 5321), over TLS, with a bound on everything that the relay can send.
//!
//! Entry point: [`deliver`]. Steps: connect, greeting, EHLO, STARTTLS where it is wanted, sign in, envelope, letter.
//! `budget.rs` bounds time and bytes, `reply.rs` reads replies, `stream.rs` is the socket with or without TLS. Commands are
//! not pipelined: a relay that answers before it is asked is refused.

mod budget;
mod error;
mod reply;
mod stream;
#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use error::{RelayError, Stage};

use data_encoding::BASE64;
use lettre::address::Envelope;
use reply::Reply;
use rustls::ClientConfig;
use std::io::{self, BufReader, Write};
use std::sync::Arc;
use stream::{Socket, Stream};

/// When what is said to a relay is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// TLS from the first byte.
    FromTheStart,
    /// TLS by STARTTLS. Nothing else is sent without it.
    Upgrade,
    /// No TLS: the relay is on this machine and has no certificate for `localhost`.
    SameMachine,
}

/// Where a relay is, and how it is spoken to.
pub struct Relay {
    /// Its host name or address, which its certificate must name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When TLS begins.
    pub secrecy: Secrecy,
    /// Authorities and versions of TLS.
    pub tls: Arc<ClientConfig>,
    /// The name that the edge gives for itself in EHLO.
    pub hello: String,
    /// User and password; `None` for relays that want none.
    pub sign_in: Option<(String, String)>,
}

/// TLS 1.2 and 1.3 with the authorities of Mozilla, which also check the host name.
pub fn public_tls() -> Arc<ClientConfig> {
    tls_trusting(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())
}

fn tls_trusting(roots: rustls::RootCertStore) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has ciphers for TLS 1.2 and 1.3");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Hands one letter to the relay. Returns once the relay has accepted it. Blocks, at most as long as the budget lasts.
/// `before_text` is called when the relay is about to get the whole letter; an error of it withholds the text.
pub fn deliver(
    relay: &Relay,
    letter: (&Envelope, &[u8]),
    budget: &Budget,
    before_text: &dyn Fn() -> io::Result<()>,
) -> Result<(), RelayError> {
    let socket = Socket::connect(&relay.host, relay.port, budget)?;
    let stream = match relay.secrecy {
        Secrecy::FromTheStart => Stream::encrypted(socket, &relay.host, &relay.tls)?,
        Secrecy::Upgrade | Secrecy::SameMachine => Stream::Plain(socket),
    };
    let dialogue = Dialogue::begin(stream, &relay.hello)?;
    let mut dialogue = match relay.secrecy {
        Secrecy::Upgrade => dialogue.encrypted(relay)?,
        Secrecy::FromTheStart | Secrecy::SameMachine => dialogue,
    };
    if let Some((user, password)) = &relay.sign_in {
        dialogue.sign_in(user, password)?;
    }
    let sent = dialogue.send(letter, &|| {
        before_text().map_err(RelayError::Withheld)?;
        budget.wait_for_receipt();
        Ok(())
    });
    if matches!(sent, Ok(()) | Err(RelayError::Refused { .. })) {
        // The relay's goodbye says nothing about the letter.
        let _ = dialogue.say(b"QUIT\r\n");
    }
    sent
}

/// Commands and replies in turn.
struct Dialogue<'b> {
    stream: BufReader<Stream<'b>>,
    /// What the relay offers: the last reply to EHLO.
    offers: Reply,
}

impl<'b> Dialogue<'b> {
    /// Reads the greeting and introduces the edge.
    fn begin(stream: Stream<'b>, hello: &str) -> Result<Self, RelayError> {
        let mut dialogue = Dialogue {
            stream: BufReader::new(stream),
            offers: Reply::none(),
        };
        dialogue.listen()?.accept(2)?;
        dialogue.introduce(hello)?;
        Ok(dialogue)
    }

    fn introduce(&mut self, hello: &str) -> Result<(), RelayError> {
        self.offers = self.ask(&format!("EHLO {hello}"))?.accept(2)?;
        Ok(())
    }

    /// The same dialogue over TLS. What the relay offered before is forgotten, since anybody could have said it.
    fn encrypted(mut self, relay: &Relay) -> Result<Self, RelayError> {
        if !self.offers.has("STARTTLS") {
            return Err(RelayError::NoTls);
        }
        self.ask("STARTTLS")?.accept(2)?;
        let stream = match self.stream.into_inner() {
            Stream::Plain(socket) => Stream::encrypted(socket, &relay.host, &relay.tls)?,
            encrypted @ Stream::Encrypted(_) => encrypted,
        };
        let mut dialogue = Dialogue {
            stream: BufReader::new(stream),
            offers: Reply::none(),
        };
        dialogue.introduce(&relay.hello)?;
        Ok(dialogue)
    }

    fn sign_in(&mut self, user: &str, password: &str) -> Result<(), RelayError> {
        let encoded = |text: &str| BASE64.encode(text.as_bytes());
        let last = if self.offers.has_with("AUTH", "PLAIN") {
            format!("AUTH PLAIN {}", encoded(&format!("\0{user}\0{password}")))
        } else if self.offers.has_with("AUTH", "LOGIN") {
            self.ask("AUTH LOGIN")?.accept(3)?;
            self.ask(&encoded(user))?.accept(3)?;
            encoded(password)
        } else {
            return Err(RelayError::NoSignIn);
        };
        self.ask(&last)?.accept(2).map(drop)
    }

    /// The envelope and the letter.
    fn send(
        &mut self,
        (envelope, letter): (&Envelope, &[u8]),
        before_text: &dyn Fn() -> Result<(), RelayError>,
    ) -> Result<(), RelayError> {
        let about_letter = RelayError::about_letter;
        let from = envelope.from().map(ToString::to_string).unwrap_or_default();
        let is_ascii = letter.is_ascii() && from.is_ascii();
        let parameters = match (is_ascii, self.offers.has("SMTPUTF8")) {
            (true, _) => "",
            (false, true) => " BODY=8BITMIME SMTPUTF8",
            (false, false) => return Err(RelayError::NoUnicode),
        };
        let mail = format!("MAIL FROM:<{from}>{parameters}");
        self.ask(&mail)?.accept(2).map_err(about_letter)?;
        for to in envelope.to() {
            self.ask(&format!("RCPT TO:<{to}>"))?
                .accept(2)
                .map_err(about_letter)?;
        }
        self.ask("DATA")?.accept(3).map_err(about_letter)?;
        before_text()?;
        self.say(&with_dots(letter))?;
        let receipt = self.listen().and_then(|it| it.accept(2));
        receipt.map(drop).map_err(RelayError::after_letter)
    }

    fn ask(&mut self, command: &str) -> Result<Reply, RelayError> {
        self.say(format!("{command}\r\n").as_bytes())?;
        self.listen()
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), RelayError> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes)?;
        Ok(stream.flush()?)
    }

    fn listen(&mut self) -> Result<Reply, RelayError> {
        let reply = Reply::read(&mut self.stream)?;
        // Before STARTTLS, whoever sits between could put words into the relay's mouth here.
        match self.stream.buffer().is_empty() {
            true => Ok(reply),
            false => Err(RelayError::Early),
        }
    }
}

/// The letter as it is sent: a dot more at the start of each line that begins with one, and the line that ends it all.
fn with_dots(letter: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(letter.len() + 64);
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(line);
    }
    if !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b".\r\n");
    bytes
}
