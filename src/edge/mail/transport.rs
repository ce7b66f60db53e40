//! How letters leave: as files in the outbox, through an SMTP relay, or into memory for tests.
//!
//! Entry point: [`Mailer::send`]. Blocks; called from the durable jobs alone.

use crate::clock::Clock;
use crate::config::MailSettings;
use crate::edge::accounts::Email;
use crate::edge::mail::Message;
use crate::edge::mail::letters::one_line;
use crate::edge::mail::smtp::{self, Budget, Relay, RelayError, Secrecy};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

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
    Relay(#[from] RelayError),
}

impl TransportError {
    /// Whether the relay may have taken the letter nevertheless.
    pub fn may_be_sent(&self) -> bool {
        matches!(self, TransportError::Relay(RelayError::Unanswered(_)))
    }

    /// Whether another try would end in the same way: the relay said so for good, or there is no letter to send.
    pub fn is_final(&self) -> bool {
        match self {
            TransportError::Relay(fault) => fault.is_final(),
            TransportError::Letter(_) => true,
            TransportError::Outbox { .. } | TransportError::Password(_) | TransportError::From => {
                false
            }
        }
    }
}

/// What the envelope and the head need beside the letter.
pub struct Postmark<'p> {
    /// Name of the letter, the same at every try.
    pub id: Uuid,
    /// Dates it, and bounds how long a relay may take.
    pub clock: &'p Clock,
    /// The site's title.
    pub site: &'p str,
    /// The site's host, without port.
    pub host: &'p str,
    /// Called when a relay is about to get the whole letter. An error stops it.
    pub before_text: &'p dyn Fn() -> io::Result<()>,
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

    /// Deletes the letters that lie in the outbox about a member, wherever they went, and to an address. Blocks.
    pub fn forget(&self, about: Uuid, email: Option<&Email>) -> io::Result<()> {
        let Place::DataDir(folder) = &self.place else {
            return Ok(());
        };
        let entries = match std::fs::read_dir(folder.join("outbox")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let is_letter = path.extension().is_some_and(|it| it == "eml");
            if !is_letter {
                continue;
            }
            let letter = std::fs::read(&path)?;
            if is_about(&letter, about) || email.is_some_and(|it| is_to(&letter, it)) {
                std::fs::remove_file(&path)?;
            }
        }
        Ok(())
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
                let mut bytes = format!("{ABOUT}: {}\r\n", message.about).into_bytes();
                bytes.extend(letter.formatted());
                keep(&folder.join("outbox"), &bytes, postmark)?;
                if let Some(hook) = &self.on_outbox {
                    hook(message);
                }
                Ok(())
            }
            (Place::DataDir(folder), Some(settings)) => {
                let sender = settings.from.parse().map_err(|_| TransportError::From)?;
                let letter = assemble(message, sender, postmark)?;
                let relay = relay(settings, folder, postmark)?;
                let budget = Budget::new(postmark.clock);
                let letter = (letter.envelope(), &letter.formatted()[..]);
                smtp::deliver(&relay, letter, &budget, postmark.before_text)?;
                Ok(())
            }
        }
    }
}

/// Whether the relay's password is at hand where it wants one, and nobody else can read it; to be asked before serving.
pub fn check_password(settings: &MailSettings, data_dir: &Path) -> Result<(), TransportError> {
    match settings.smtp_user.is_empty() {
        true => Ok(()),
        false => password(data_dir).map(drop),
    }
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

fn secrecy_of(settings: &MailSettings) -> Secrecy {
    let host = settings.smtp_host.as_str();
    let is_here = host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    match settings.smtp_port {
        _ if is_here => Secrecy::SameMachine,
        465 => Secrecy::FromTheStart,
        _ => Secrecy::Upgrade,
    }
}

fn relay(
    settings: &MailSettings,
    data_dir: &Path,
    postmark: &Postmark,
) -> Result<Relay, TransportError> {
    let sign_in = match settings.smtp_user.is_empty() {
        true => None,
        false => Some((settings.smtp_user.clone(), password(data_dir)?)),
    };
    Ok(Relay {
        host: settings.smtp_host.clone(),
        port: settings.smtp_port,
        secrecy: secrecy_of(settings),
        tls: smtp::public_tls(),
        hello: hello(postmark.host),
        sign_in,
    })
}

/// What the edge calls itself, which some relays look at.
fn hello(host: &str) -> String {
    match host.parse::<Ipv4Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) if host.is_ascii() && !host.contains(['[', ':']) => host.into(),
        Err(_) => "[127.0.0.1]".into(),
    }
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
        + Duration::from_millis(u64::try_from(postmark.clock.now().as_millis()).unwrap_or(0));
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

/// The head line of letters in the outbox that says whom they are about. It is in no letter that leaves.
const ABOUT: &str = "X-Lyceum-About";

fn is_about(letter: &[u8], about: Uuid) -> bool {
    letter.starts_with(format!("{ABOUT}: {about}\r\n").as_bytes())
}

/// Whether a letter of the outbox goes to this address.
fn is_to(letter: &[u8], email: &Email) -> bool {
    let letter = String::from_utf8_lossy(letter);
    let head = letter.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let mut lines = unfolded
        .split("\r\n")
        .filter_map(|line| line.strip_prefix("To:"));
    lines.any(|to| to.trim().trim_matches(['<', '>']) == email.as_str())
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
    let name = format!("{}-{}.eml", postmark.clock.now().as_millis(), postmark.id);
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
    use crate::clock::Timestamp;

    fn message(subject: &str) -> Message {
        Message {
            to: Email::parse("mei@example.org").unwrap(),
            subject: subject.into(),
            text: "Hello\n\nhttps://lyceum.example/members/link/?token=A\n".into(),
            html: "<p>Hello</p>\n".into(),
            link: None,
            about: Uuid::from_u128(9),
        }
    }

    fn clock() -> Clock {
        Clock::held(Timestamp::parse("2026-01-05T08:00:00Z").unwrap())
    }

    fn postmark(clock: &Clock) -> Postmark<'_> {
        Postmark {
            id: Uuid::nil(),
            clock,
            site: "笔记 \"Notes\", Ltd.\r\nBcc: eve@example.org",
            host: "lyceum.example",
            before_text: &|| Ok(()),
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
        mailer
            .send(&message(hostile), None, &postmark(&clock()))
            .unwrap();
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

    /// PRIV-02: of an address nothing is left in the outbox; letters to others stay.
    #[test]
    fn letters_to_an_address_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::new(folder.path());
        let mei = Email::parse("mei@example.org").unwrap();
        let (nobody, clock) = (Uuid::from_u128(8), clock());
        mailer.forget(nobody, Some(&mei)).unwrap();
        let long = format!("{}@{}example.org", "a".repeat(60), "long.".repeat(20));
        for (n, to) in [
            "mei@example.org",
            "mei@example.org.test",
            "amei@example.org",
            long.as_str(),
        ]
        .into_iter()
        .enumerate()
        {
            let letter = Message {
                to: Email::parse(to).unwrap(),
                ..message("Hello")
            };
            let postmark = Postmark {
                id: Uuid::from_u128(n as u128),
                ..postmark(&clock)
            };
            mailer.send(&letter, None, &postmark).unwrap();
        }
        let n_left = || {
            std::fs::read_dir(folder.path().join("outbox"))
                .unwrap()
                .count()
        };
        for (email, expected) in [(mei, 3), (Email::parse(&long).unwrap(), 2)] {
            mailer.forget(nobody, Some(&email)).unwrap();
            assert_eq!(n_left(), expected, "{}", email.as_str());
        }
        mailer.forget(nobody, None).unwrap();
        assert_eq!(n_left(), 2);
        mailer.forget(message("").about, None).unwrap();
        assert_eq!(n_left(), 0, "letters to former addresses");
    }

    #[test]
    fn nothing_is_said_in_the_open_to_another_machine() {
        for (smtp_host, smtp_port, secrecy) in [
            ("smtp.example.org", 465, Secrecy::FromTheStart),
            ("smtp.example.org", 587, Secrecy::Upgrade),
            ("smtp.example.org", 25, Secrecy::Upgrade),
            ("192.0.2.1", 25, Secrecy::Upgrade),
            ("localhost.example.org", 25, Secrecy::Upgrade),
            ("127.0.0.1.example.org", 25, Secrecy::Upgrade),
            ("LocalHost", 25, Secrecy::SameMachine),
            ("127.0.0.2", 465, Secrecy::SameMachine),
        ] {
            let settings = settings(smtp_host, smtp_port, "");
            assert_eq!(secrecy_of(&settings), secrecy, "{smtp_host}:{smtp_port}");
        }
    }

    fn settings(smtp_host: &str, smtp_port: u16, smtp_user: &str) -> MailSettings {
        MailSettings {
            from: "post@lyceum.example".into(),
            smtp_host: smtp_host.into(),
            smtp_port,
            smtp_user: smtp_user.into(),
        }
    }

    #[test]
    fn a_password_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let check = |user: &str| check_password(&settings("relay", 25, user), folder.path());
        assert!(check("").is_ok(), "a relay without users wants no password");
        assert!(check("mei").is_err());
        let path = folder.path().join("smtp_password");
        std::fs::write(&path, "plum\n").unwrap();
        for (mode, is_fine) in [(0o644, false), (0o640, false), (0o600, true), (0o400, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(check("mei").is_ok(), is_fine, "{mode:o}");
        }
        assert_eq!(password(folder.path()).unwrap(), "plum");
    }
}
