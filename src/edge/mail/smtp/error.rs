//! Why a relay did not take a letter. The texts hold no address and none of the relay's own words, which may name one.

use std::io;
use std::time::Duration;

/// What was being said when a relay refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The connection, before any letter.
    Connection,
    /// This letter: its sender, its receiver or its text.
    Letter,
}

/// Why a relay did not take a letter.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// No connection.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(io::Error),
    /// The connection was closed in the middle.
    #[error("it closed the connection before the letter was accepted")]
    Closed,
    /// Nothing came for this long.
    #[error("it was silent for {} s", .0.as_secs())]
    Silent(Duration),
    /// The letter took longer than this.
    #[error("it did not accept the letter within {} s", .0.as_secs())]
    Slow(Duration),
    /// It got the letter whole, and then this.
    #[error("it did not say whether it took the letter: {0}")]
    Unanswered(Box<RelayError>),
    /// The letter is not to be sent, or that it is cannot be noted.
    #[error("the letter is not sent: {0}")]
    Withheld(io::Error),
    /// A line without an end.
    #[error("it sent a line of more than {0} bytes")]
    LongLine(usize),
    /// A reply without an end.
    #[error("it sent a reply of more than {0} lines")]
    ManyLines(usize),
    /// Too much in all.
    #[error("it sent more than {0} bytes for one letter")]
    ManyBytes(usize),
    /// What was sent is no reply.
    #[error("it sent something that is not SMTP")]
    Garbled,
    /// A reply of the wrong class.
    #[error("it answered {0}, which has no meaning here")]
    Unexpected(u16),
    /// Bytes after the end of a reply.
    #[error("it sent something before it was asked")]
    Early,
    /// The certificate, or the handshake.
    #[error("TLS failed: {0}")]
    Tls(rustls::Error),
    /// The host name cannot be in a certificate.
    #[error("`smtp_host` in [mail] is not a host name that TLS can check")]
    Host,
    /// STARTTLS is not offered.
    #[error("it does not offer STARTTLS, and nothing is sent to it without TLS")]
    NoTls,
    /// Neither PLAIN nor LOGIN is offered.
    #[error("it offers no way to sign in that is known here (PLAIN, LOGIN)")]
    NoSignIn,
    /// SMTPUTF8 is not offered.
    #[error("it does not take addresses outside ASCII (SMTPUTF8)")]
    NoUnicode,
    /// It answered 4xx or 5xx.
    #[error("it answered {code}")]
    Refused {
        /// The reply's code.
        code: u16,
        /// What it was about.
        stage: Stage,
    },
}

/// Codes about signing in (RFC 4954): an owner mends the settings, and the letter is sent then.
const SIGN_IN_CODES: [u16; 4] = [530, 534, 535, 538];

impl RelayError {
    /// Marks a refusal as one of the letter itself.
    pub fn about_letter(self) -> Self {
        match self {
            RelayError::Refused { code, .. } => RelayError::Refused {
                code,
                stage: Stage::Letter,
            },
            other => other,
        }
    }

    /// As the end of a letter that was sent whole: only an answer tells that it was not taken.
    pub fn after_letter(self) -> Self {
        match self.about_letter() {
            refused @ RelayError::Refused { .. } => refused,
            other => RelayError::Unanswered(Box::new(other)),
        }
    }

    /// Whether the relay refused this letter for good.
    pub fn is_final(&self) -> bool {
        match self {
            RelayError::Refused {
                code,
                stage: Stage::Letter,
            } => *code >= 500 && !SIGN_IN_CODES.contains(code),
            _ => false,
        }
    }
}

/// Errors of the socket and of TLS arrive as I/O errors.
impl From<io::Error> for RelayError {
    fn from(error: io::Error) -> Self {
        let error = match error.downcast::<RelayError>() {
            Ok(own) => return own,
            Err(error) => error,
        };
        let error = match error.downcast::<rustls::Error>() {
            Ok(tls) => return RelayError::Tls(tls),
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => RelayError::Closed,
            _ => RelayError::Broken(error),
        }
    }
}

impl From<RelayError> for io::Error {
    fn from(error: RelayError) -> Self {
        io::Error::other(error)
    }
}
