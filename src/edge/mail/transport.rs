//! How letters leave: as files in the outbox, through an SMTP relay, or into memory for tests.
//!
//! Entry point: [`Mailer::send`]. Blocks; called from the durable jobs alone.

use crate::clock::Timestamp;
use crate::config::MailSettings;
use crate::edge::mail::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{SmtpTransport, Transport as _};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// A relay that says nothing for this long is tried again later.
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
/// Where the relay's password is, in the environment.
const PASSWORD_VARIABLE: &str = "LYCEUM_SMTP_PASSWORD";

/// What is called with each letter that went to the outbox.
type Hook = Arc<dyn Fn(&Message) + Send + Sync>;

/// The way out for letters. Clones share it.
#[derive(Clone)]
pub struct Mailer {
    place: Place,
    on_outbox: Option<Hook>,
}

#[derive(Clone)]
enum Place {
    /// Files below this folder, or the relay of the settings.
    DataDir(PathBuf),
    /// What was sent, oldest first.
    Memory(Arc<Mutex<Vec<Message>>>),
}

/// Why a letter could not be sent. The texts hold no address.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The outbox cannot be written.
    #[error("cannot write to {folder}: {source}")]
    Outbox {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The relay's password is missing, or not for its reader alone.
    #[error("{0}")]
    Password(String),
    /// The settings' `from` is no address.
    #[error("`from` in [mail] is no address")]
    From,
    /// The letter cannot be put together.
    #[error("the letter cannot be put together: {0}")]
    Letter(#[from] lettre::error::Error),
    /// The relay refused it, or was not there.
    #[error("the relay did not take the letter: {0}")]
    Relay(#[from] lettre::transport::smtp::Error),
}

/// What the envelope and the head need beside the letter.
pub struct Postmark<'p> {
    /// Name of the letter, the same at every try.
    pub id: Uuid,
    /// When it is sent.
    pub now: Timestamp,
    /// The site's title.
    pub site: &'p str,
    /// The site's host, without port.
    pub host: &'p str,
}

impl Mailer {
    /// Letters go through `[mail]` of the settings, or without it to `outbox/` in the edge's own folder.
    pub fn new(data_dir: &Path) -> Self {
        Mailer {
            place: Place::DataDir(data_dir.into()),
            on_outbox: None,
        }
    }

    /// Letters are kept in memory, for tests.
    pub fn in_memory() -> Self {
        Mailer {
            place: Place::Memory(Arc::default()),
            on_outbox: None,
        }
    }

    /// Calls `hook` with each letter that went to the outbox, so that an author at work sees its link.
    #[must_use]
    pub fn on_outbox(mut self, hook: impl Fn(&Message) + Send + Sync + 'static) -> Self {
        self.on_outbox = Some(Arc::new(hook));
        self
    }

    /// What was sent into memory, oldest first; empty for other ways out.
    pub fn sent(&self) -> Vec<Message> {
        match &self.place {
            Place::Memory(sent) => sent.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Place::DataDir(_) => Vec::new(),
        }
    }

    /// Sends a letter. A second try after a failure bears the same message id.
    pub fn send(
        &self,
        message: &Message,
        settings: Option<&MailSettings>,
        postmark: &Postmark,
    ) -> Result<(), TransportError> {
        match (&self.place, settings) {
            (Place::Memory(sent), _) => {
                // Put together as well, so that a letter which could not be sent fails tests.
                assemble(message, sender_of(postmark)?, postmark)?;
                sent.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message.clone());
                Ok(())
            }
            (Place::DataDir(folder), None) => {
                let letter = assemble(message, sender_of(postmark)?, postmark)?;
                keep(&folder.join("outbox"), &letter.formatted(), postmark)?;
                if let Some(hook) = &self.on_outbox {
                    hook(message);
                }
                Ok(())
            }
            (Place::DataDir(folder), Some(settings)) => {
                let sender = settings.from.parse().map_err(|_| TransportError::From)?;
                let letter = assemble(message, sender, postmark)?;
                relay(settings, &password(folder)?)?.send(&letter)?;
                Ok(())
            }
        }
    }
}

/// Whether the relay's password is at hand and nobody else can read it, to be asked before serving.
pub fn check_password(data_dir: &Path) -> Result<(), TransportError> {
    password(data_dir).map(drop)
}

fn password(data_dir: &Path) -> Result<String, TransportError> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let path = data_dir.join("smtp_password");
    let shown = path.display();
    let missing = |error| {
        TransportError::Password(format!(
            "set {PASSWORD_VARIABLE}, or write the password to {shown}: {error}"
        ))
    };
    let mode = std::fs::metadata(&path)
        .map_err(missing)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(TransportError::Password(format!(
            "others can read {shown}: chmod 600 it"
        )));
    }
    let text = std::fs::read_to_string(&path).map_err(missing)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn relay(settings: &MailSettings, password: &str) -> Result<SmtpTransport, TransportError> {
    // 465 speaks TLS from the first byte; every other port must upgrade before anything is said.
    let builder = match settings.smtp_port {
        465 => SmtpTransport::relay(&settings.smtp_host)?,
        _ => SmtpTransport::starttls_relay(&settings.smtp_host)?,
    };
    let builder = builder.port(settings.smtp_port).timeout(Some(SMTP_TIMEOUT));
    Ok(if settings.smtp_user.is_empty() {
        builder.build()
    } else {
        builder
            .credentials(Credentials::new(
                settings.smtp_user.clone(),
                password.to_owned(),
            ))
            .build()
    })
}

fn sender_of(postmark: &Postmark) -> Result<Mailbox, TransportError> {
    let address = format!("no-reply@{}", postmark.host).parse();
    // A site on an IP address has no mail host; nobody answers to this one either.
    let address = address
        .or_else(|_| "no-reply@localhost".parse())
        .map_err(|_| TransportError::From)?;
    Ok(Mailbox::new(Some(one_line(postmark.site)), address))
}

/// The whole letter. Its builder encodes every header, so that no text can add one (XSS-11).
fn assemble(
    message: &Message,
    sender: Mailbox,
    postmark: &Postmark,
) -> Result<lettre::Message, TransportError> {
    let to = message
        .to
        .as_str()
        .parse()
        .map_err(|_| lettre::error::Error::MissingTo)?;
    let sent_at = SystemTime::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(postmark.now.as_millis()).unwrap_or(0));
    let auto = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".into(),
    );
    let letter = lettre::Message::builder()
        .from(sender)
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .date(sent_at)
        .message_id(Some(format!("<{}@{}>", postmark.id, postmark.host)))
        .raw_header(auto)
        .multipart(MultiPart::alternative_plain_html(
            message.text.clone(),
            message.html.clone(),
        ))?;
    Ok(letter)
}

/// Without control characters: the builder panics on some of them instead of encoding them.
fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn keep(folder: &Path, bytes: &[u8], postmark: &Postmark) -> Result<(), TransportError> {
    let failed = |source| TransportError::Outbox {
        folder: folder.into(),
        source,
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let name = format!("{}-{}.eml", postmark.now.as_millis(), postmark.id);
    let open = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(folder.join(name));
    open.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::members::Email;

    fn message(subject: &str) -> Message {
        Message {
            to: Email::parse("mei@example.org").unwrap(),
            subject: subject.into(),
            text: "Hello\n\nhttps://lyceum.example/members/link/?token=A\n".into(),
            html: "<p>Hello</p>\n".into(),
            link: None,
        }
    }

    fn postmark() -> Postmark<'static> {
        let now = Timestamp::parse("2026-01-05T08:00:00Z").unwrap();
        Postmark {
            id: Uuid::nil(),
            now,
            site: "笔记 \"Notes\", Ltd.\r\nBcc: eve@example.org",
            host: "lyceum.example",
        }
    }

    /// XSS-11, OPS-02: one file for its owner alone, one recipient, no added header.
    #[test]
    fn the_outbox_keeps_letters_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let mailer = Mailer::new(folder.path())
            .on_outbox(move |it| log.lock().unwrap().push(it.subject.clone()));
        let hostile = "Link\r\nBcc: eve@example.org";
        mailer.send(&message(hostile), None, &postmark()).unwrap();
        let outbox = folder.path().join("outbox");
        assert_eq!(
            outbox.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        let files: Vec<_> = std::fs::read_dir(&outbox)
            .unwrap()
            .map(|it| it.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1);
        assert_eq!(
            files[0].metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        let text = std::fs::read_to_string(&files[0]).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("To: mei@example.org\r\n"), "{head}");
        assert!(
            head.contains("Message-ID: <00000000-0000-0000-0000-000000000000@lyceum.example>"),
            "{head}"
        );
        assert!(
            body.contains("text/plain") && body.contains("text/html"),
            "{body}"
        );
        assert_eq!(*seen.lock().unwrap(), [hostile]);
    }

    #[test]
    fn a_password_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_password(folder.path()).is_err());
        let path = folder.path().join("smtp_password");
        std::fs::write(&path, "plum\n").unwrap();
        for (mode, is_fine) in [(0o644, false), (0o640, false), (0o600, true), (0o400, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(check_password(folder.path()).is_ok(), is_fine, "{mode:o}");
        }
        assert_eq!(password(folder.path()).unwrap(), "plum");
    }
}
