//! Relays that keep to SMTP, and those that do not: every stage of a dialogue is answered in every wrong way, without
//! TLS, with TLS from the start and with STARTTLS. What they could make the edge read is counted.

use super::*;
use crate::clock::{Clock, Timestamp};
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread::JoinHandle;

const LETTER: &[u8] = b"Subject: x\r\n\r\n.one\r\n";
/// Certificate and key for `localhost`, made for this run.
static CERTIFIED: LazyLock<CertifiedKey<KeyPair>> =
    LazyLock::new(|| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());

const ALL: [Secrecy; 3] = [
    Secrecy::SameMachine,
    Secrecy::FromTheStart,
    Secrecy::Upgrade,
];

/// A command, and the right answer to it. The first is the greeting; `end` is the end of the letter.
const STAGES: [(&str, &str); 7] = [
    ("", "220 relay\r\n"),
    ("EHLO", "250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"),
    ("AUTH", "235 welcome\r\n"),
    ("MAIL", "250 fine\r\n"),
    ("RCPT", "250 fine\r\n"),
    ("DATA", "354 go on\r\n"),
    ("end", "250 taken\r\n"),
];

/// What a relay does in place of the right answer.
#[derive(Clone)]
enum Act {
    /// Sends this once and listens on.
    Say(Vec<u8>),
    /// Sends this and closes.
    Close(Vec<u8>),
    /// Sends the first, then the second until nobody reads any more.
    Forever(Vec<u8>, Vec<u8>),
    /// Sends the right answer byte by byte.
    Slowly,
    /// Lets so many seconds pass, sends all but the last byte of the right answer, and stays.
    Late(Clock, u32),
    /// Lets ten minutes pass but for a second, and answers.
    Thinks(Clock),
}

/// A relay on this machine for one connection.
struct Stand {
    port: u16,
    /// The letter, if it came whole.
    heard: JoinHandle<Option<String>>,
}

impl Stand {
    fn open(play: impl FnOnce(TcpStream) -> io::Result<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // A relay that the edge leaves in the middle ends with an error.
        let heard = std::thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            // Small writes are sent at once.
            stream.set_nodelay(true).unwrap();
            play(stream).ok()
        });
        Stand { port, heard }
    }

    fn deliver(
        self,
        secrecy: Secrecy,
        clock: &Clock,
    ) -> (Result<(), RelayError>, usize, Option<String>) {
        let relay = relay(self.port, secrecy);
        let budget = Budget::new(clock);
        let sent = deliver(&relay, (&envelope(), LETTER), &budget, &|| Ok(()));
        (sent, budget.n_read(), self.heard.join().unwrap())
    }
}

fn relay(port: u16, secrecy: Secrecy) -> Relay {
    let mut roots = RootCertStore::empty();
    roots.add(CERTIFIED.cert.der().clone()).unwrap();
    Relay {
        host: "localhost".into(),
        port,
        secrecy,
        tls: tls_trusting(roots),
        hello: "lyceum.example".into(),
        sign_in: Some(("mei".into(), "plum".into())),
    }
}

fn envelope() -> Envelope {
    let address = |it: &str| it.parse().unwrap();
    Envelope::new(
        Some(address("post@lyceum.example")),
        vec![address("mei@example.org")],
    )
    .unwrap()
}

fn held() -> Clock {
    Clock::held(Timestamp::from_millis(0))
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

fn with_tls(tcp: TcpStream) -> Box<dyn Both> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let certificate = CERTIFIED.cert.der().clone();
    let key = PrivateKeyDer::try_from(CERTIFIED.signing_key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![certificate], key).unwrap();
    let tls = ServerConnection::new(Arc::new(config)).unwrap();
    Box::new(StreamOwned::new(tls, tcp))
}

/// Plays a relay that answers one stage in another way. With STARTTLS the stages before it are answered rightly.
fn play(tcp: TcpStream, secrecy: Secrecy, stage: &str, act: &Act) -> io::Result<String> {
    let stream = match secrecy {
        Secrecy::SameMachine => Box::new(tcp),
        Secrecy::FromTheStart => with_tls(tcp),
        Secrecy::Upgrade => with_tls(begin_tls(tcp)?),
    };
    let is_greeted = secrecy == Secrecy::Upgrade;
    converse(stream, &STAGES[usize::from(is_greeted)..], stage, act)
}

/// Answers up to STARTTLS and its answer.
fn begin_tls(tcp: TcpStream) -> io::Result<TcpStream> {
    let mut plain = BufReader::new(tcp);
    for (command, answer) in [STAGES[0], STAGES[1], ("STARTTLS", "220 begin\r\n")] {
        hear(&mut plain, command)?;
        plain.get_mut().write_all(answer.as_bytes())?;
    }
    Ok(plain.into_inner())
}

/// Waits for a command. The edge may say QUIT in its place, or nothing more.
fn hear(stream: &mut impl BufRead, command: &str) -> io::Result<()> {
    match command.is_empty() || line(stream)?.starts_with(command) {
        true => Ok(()),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn converse(
    stream: Box<dyn Both>,
    stages: &[(&str, &str)],
    stage: &str,
    act: &Act,
) -> io::Result<String> {
    let mut stream = BufReader::new(stream);
    let mut letter = String::new();
    for (command, answer) in stages {
        match *command {
            "end" => letter = hear_letter(&mut stream)?,
            command => hear(&mut stream, command)?,
        }
        match *command == stage {
            true => perform(stream.get_mut(), answer, act)?,
            false => stream.get_mut().write_all(answer.as_bytes())?,
        }
        stream.get_mut().flush()?;
    }
    hear(&mut stream, "QUIT")?;
    Ok(letter)
}

fn hear_letter(stream: &mut impl BufRead) -> io::Result<String> {
    let mut letter = String::new();
    loop {
        let line = line(stream)?;
        if line == "." {
            return Ok(letter);
        }
        letter.push_str(line.strip_prefix('.').unwrap_or(&line));
        letter.push_str("\r\n");
    }
}

fn perform(stream: &mut Box<dyn Both>, answer: &str, act: &Act) -> io::Result<()> {
    match act {
        Act::Say(bytes) => stream.write_all(bytes),
        Act::Close(bytes) => {
            stream.write_all(bytes)?;
            stream.flush()?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        Act::Forever(first, then) => {
            stream.write_all(first)?;
            loop {
                stream.write_all(then)?;
            }
        }
        Act::Slowly => {
            for byte in answer.bytes() {
                stream.write_all(&[byte])?;
                stream.flush()?;
            }
            Ok(())
        }
        Act::Thinks(clock) => {
            clock.advance_secs(599);
            stream.write_all(answer.as_bytes())
        }
        Act::Late(clock, secs) => {
            clock.advance_secs((*secs).into());
            stream.write_all(&answer.as_bytes()[..answer.len() - 1])?;
            stream.flush()?;
            io::copy(stream, &mut io::sink()).map(drop)
        }
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line
        .strip_suffix("\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(line.to_owned())
}

#[test]
fn a_right_relay_gets_the_letter() {
    let (clock, text) = (held(), String::from_utf8(LETTER.into()).unwrap());
    for secrecy in ALL {
        for act in [Act::Say(b"250 fine\r\n".into()), Act::Slowly] {
            let stand = Stand::open({
                let act = act.clone();
                move |tcp| play(tcp, secrecy, "MAIL", &act)
            });
            let (sent, _, heard) = stand.deliver(secrecy, &clock);
            sent.unwrap();
            assert_eq!(heard, Some(text.clone()), "{secrecy:?}");
        }
    }
}

/// Wrong answers, and what is said of each: none is worth more than these bytes, and none ends the letter.
#[test]
fn a_relay_that_breaks_off_or_never_ends_costs_little() {
    let forever = |first: &[u8], then: &[u8]| Act::Forever(first.into(), then.into());
    let long = [b"250-".as_slice(), &[b'a'; 2000], b"\r\n"].concat();
    let acts = [
        (
            forever(b"250 ", &[b'a'; 4096]),
            "a line of more than 2048 bytes",
        ),
        (forever(b"250-", &[0; 17]), "a line of more than 2048 bytes"),
        (forever(b"", &[b' '; 7]), "a line of more than 2048 bytes"),
        (
            forever(b"", b"250-more\r\n"),
            "a reply of more than 100 lines",
        ),
        (forever(b"", b"250-\n"), "a reply of more than 100 lines"),
        (forever(b"", &long), "a reply of more than 100 lines"),
        (forever(b"", b"\r\n"), "not SMTP"),
        (forever(b"", b"\xff\xfe\n"), "not SMTP"),
        (
            forever(b"", b"250 fine\r\n250 fine\r\n"),
            "before it was asked",
        ),
        (
            Act::Say(b"250 fine\r\n250 fine\r\n".into()),
            "before it was asked",
        ),
        (Act::Say(b"250-fine\r\n251 fine\r\n".into()), "not SMTP"),
        (Act::Say(b"HTTP/1.1 400 Bad Request\r\n".into()), "not SMTP"),
        (Act::Say(b"199 what\r\n".into()), "not SMTP"),
        (Act::Say(b"421 going\r\n".into()), "it answered 421"),
        (Act::Close(b"".into()), "closed the connection"),
        (Act::Close(b"25".into()), "closed the connection"),
        (Act::Close(b"250 fi".into()), "closed the connection"),
        (Act::Close(b"250-fine\r\n".into()), "closed the connection"),
    ];
    let (clock, mut n_cases) = (held(), 0);
    for secrecy in ALL {
        let begin = usize::from(secrecy == Secrecy::Upgrade);
        for (stage, _) in &STAGES[begin..] {
            for (act, told) in &acts {
                let stand = Stand::open({
                    let (stage, act) = (*stage, act.clone());
                    move |tcp| play(tcp, secrecy, stage, &act)
                });
                let (sent, n_read, _) = stand.deliver(secrecy, &clock);
                let case = format!("{secrecy:?} {stage:?} {told}");
                let fault = sent.expect_err(&case);
                assert!(fault.to_string().contains(told), "{case}: {fault}");
                assert!(
                    !fault.is_final() && !fault.to_string().contains('@'),
                    "{case}: {fault}"
                );
                assert!(n_read <= 230_000, "{case}: {n_read}");
                n_cases += 1;
            }
        }
    }
    assert_eq!(n_cases, acts.len() * 20);
}

/// What a relay does with a letter that it has whole, such as looking for viruses, takes its time (RFC 5321, 4.5.3.2.6).
#[test]
fn a_relay_may_think_about_a_whole_letter() {
    for secrecy in ALL {
        let clock = held();
        let act = Act::Thinks(clock.clone());
        let stand = Stand::open(move |tcp| play(tcp, secrecy, "end", &act));
        let (sent, _, heard) = stand.deliver(secrecy, &clock);
        sent.unwrap();
        assert_eq!(heard, Some(String::from_utf8(LETTER.into()).unwrap()));
    }
}

/// It is known of each failure whether the relay may have taken the letter.
#[test]
fn only_silence_after_a_whole_letter_leaves_it_open() {
    for (stage, _) in STAGES {
        for answer in ["", "450 later\r\n", "421 bye\r\n"] {
            let act = Act::Close(answer.into());
            let stand = Stand::open(move |tcp| play(tcp, Secrecy::SameMachine, stage, &act));
            let (sent, _, _) = stand.deliver(Secrecy::SameMachine, &held());
            let is_open = matches!(sent, Err(RelayError::Unanswered(_)));
            assert_eq!(
                is_open,
                stage == "end" && answer.is_empty(),
                "{stage} {answer}"
            );
        }
    }
}

#[test]
fn a_text_that_is_withheld_is_not_sent() {
    let stand = Stand::open(move |tcp| play(tcp, Secrecy::SameMachine, "none", &Act::Slowly));
    let relay = relay(stand.port, Secrecy::SameMachine);
    let withhold = || Err(io::Error::other("no"));
    let sent = deliver(
        &relay,
        (&envelope(), LETTER),
        &Budget::new(&held()),
        &withhold,
    );
    assert!(matches!(sent, Err(RelayError::Withheld(_))), "{sent:?}");
    assert_eq!(stand.heard.join().unwrap(), None);
}

/// A relay that sends a byte now and then is never silent. The whole letter has its own bound, and so has its receipt.
#[test]
fn a_relay_that_trickles_is_left() {
    for secrecy in ALL {
        let begin = usize::from(secrecy == Secrecy::Upgrade);
        for (stage, _) in &STAGES[begin..] {
            let clock = held();
            let (secs, told) = match *stage {
                "end" => (
                    601,
                    "it did not say whether it took the letter: it did not accept the letter within 600 s",
                ),
                _ => (91, "it did not accept the letter within 90 s"),
            };
            let act = Act::Late(clock.clone(), secs);
            let stand = Stand::open(move |tcp| play(tcp, secrecy, stage, &act));
            let (sent, _, _) = stand.deliver(secrecy, &clock);
            let fault = sent.expect_err(stage);
            assert_eq!(fault.to_string(), told);
            assert!(!fault.is_final());
        }
    }
}

/// What is no TLS, or TLS that is cut or never begins to mean anything.
#[test]
fn half_of_tls_is_none() {
    let forever = |first: &[u8], then: &[u8]| Act::Forever(first.into(), then.into());
    let clock = held();
    for (act, told) in [
        (Act::Say(b"220 relay without TLS\r\n".into()), "TLS failed"),
        (Act::Close(b"".into()), "closed the connection"),
        (
            Act::Close(b"\x16\x03\x03\x40\x00\x02".into()),
            "closed the connection",
        ),
        (
            Act::Close(b"\x15\x03\x03\x00\x02\x02\x28".into()),
            "TLS failed",
        ),
        (forever(b"", b"\x16\x03\x03\x00\x00"), "TLS failed"),
        (forever(b"", b"\x14\x03\x03\x00\x01\x01"), "TLS failed"),
        (forever(b"", b"\x15\x03\x03\x00\x02\x01\x5a"), "TLS failed"),
        (
            forever(b"\x16\x03\x03\x40\x00\x02\x00\xff\xff", &[0; 64]),
            "TLS failed",
        ),
        (forever(b"", &[0; 64]), "TLS failed"),
    ] {
        for secrecy in [Secrecy::FromTheStart, Secrecy::Upgrade] {
            let act = act.clone();
            let stand = Stand::open(move |tcp| {
                let mut tcp = match secrecy {
                    Secrecy::Upgrade => begin_tls(tcp)?,
                    _ => tcp,
                };
                let mut hello = [0; 1];
                tcp.read_exact(&mut hello)?;
                perform(&mut (Box::new(tcp) as Box<dyn Both>), "", &act)?;
                Ok(String::new())
            });
            let (sent, n_read, _) = stand.deliver(secrecy, &clock);
            let fault = sent.expect_err(told);
            assert!(fault.to_string().contains(told), "{secrecy:?}: {fault}");
            assert!(!fault.is_final());
            assert!(n_read <= 70_000, "{n_read}");
        }
    }
}

/// The certificate has to be for the host and of a known authority, whichever way TLS begins.
#[test]
fn a_certificate_is_checked() {
    for secrecy in [Secrecy::FromTheStart, Secrecy::Upgrade] {
        for (host, tls, is_right) in [
            ("localhost", relay(0, secrecy).tls, true),
            ("127.0.0.1", relay(0, secrecy).tls, false),
            ("localhost", public_tls(), false),
        ] {
            let act = Act::Say(b"250 fine\r\n".into());
            let stand = Stand::open(move |tcp| play(tcp, secrecy, "MAIL", &act));
            let relay = Relay {
                host: host.into(),
                tls,
                ..relay(stand.port, secrecy)
            };
            let sent = deliver(
                &relay,
                (&envelope(), LETTER),
                &Budget::new(&held()),
                &|| Ok(()),
            );
            match is_right {
                true => sent.unwrap(),
                false => assert!(matches!(sent, Err(RelayError::Tls(_))), "{host} {sent:?}"),
            }
        }
    }
}

/// Nothing is said without TLS to a relay that needs it, and a password not to one that offers no way to sign in.
#[test]
fn what_is_not_offered_is_not_used() {
    for (secrecy, offers, told) in [
        (Secrecy::Upgrade, "250 relay\r\n", "does not offer STARTTLS"),
        (
            Secrecy::Upgrade,
            "250 STARTTLS\r\n",
            "does not offer STARTTLS",
        ),
        (
            Secrecy::SameMachine,
            "250-relay\r\n250 AUTH CRAM-MD5\r\n",
            "no way to sign in",
        ),
    ] {
        let stand = Stand::open(move |tcp| {
            let act = Act::Say(offers.into());
            converse(Box::new(tcp), &STAGES, "EHLO", &act)
        });
        let (sent, _, heard) = stand.deliver(secrecy, &held());
        let fault = sent.expect_err(told);
        assert!(fault.to_string().contains(told), "{fault}");
        assert_eq!((fault.is_final(), heard), (false, None));
    }
}

/// Only what is said of the letter itself ends it.
#[test]
fn a_refusal_ends_the_letter_that_it_is_about() {
    for (stage, _) in STAGES {
        for (answer, code) in [
            ("450 later\r\n", 450),
            ("554-no\r\n554 never\r\n", 554),
            ("535 who\r\n", 535),
        ] {
            let stand = Stand::open(move |tcp| {
                let act = Act::Say(answer.into());
                play(tcp, Secrecy::SameMachine, stage, &act)
            });
            let (sent, _, _) = stand.deliver(Secrecy::SameMachine, &held());
            let fault = sent.expect_err(stage);
            assert_eq!(fault.to_string(), format!("it answered {code}"));
            let is_about_letter = ["MAIL", "RCPT", "DATA", "end"].contains(&stage);
            assert_eq!(
                fault.is_final(),
                is_about_letter && code == 554,
                "{stage} {code}"
            );
        }
    }
}

#[test]
fn letters_end_in_one_way() {
    for (letter, sent) in [
        ("a\r\n", "a\r\n.\r\n"),
        ("a", "a\r\n.\r\n"),
        ("", "\r\n.\r\n"),
        (".\r\n..b\r\nc.\r\n", "..\r\n...b\r\nc.\r\n.\r\n"),
    ] {
        assert_eq!(with_dots(letter.as_bytes()), sent.as_bytes());
    }
}
