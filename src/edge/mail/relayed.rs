//! Letters through a relay, as it gets them over a socket: the envelope, the head, the body, and what its answers do.

use crate::edge::accounts::Role;
use crate::edge::accounts::service::admin::{Added, MemberAdmin};
use crate::edge::fixture::Fixture;
use crate::edge::mail::Mailer;
use crate::edge::slices;
use crate::edge::state::{Edge, Parts};
use crate::edge::store::{StoreError, schema};
use data_encoding::BASE64;
use serde_json::json;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One connection as the relay saw it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Visit {
    /// Commands up to the end of the last one, one a line.
    said: Vec<String>,
    /// The letter, its dots undone; empty where none came.
    letter: String,
}

/// A relay on 127.0.0.1 that takes every letter, but for what it was told to answer.
struct Sink {
    port: u16,
    visits: Arc<Mutex<Vec<Visit>>>,
    /// For each connection to come, the command that is answered in another way; `end` is the end of a letter.
    refusals: Arc<Mutex<VecDeque<(&'static str, &'static str)>>>,
}

impl Sink {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Sink {
            port: listener.local_addr().unwrap().port(),
            visits: Arc::default(),
            refusals: Arc::default(),
        };
        let (visits, refusals) = (Arc::clone(&sink.visits), Arc::clone(&sink.refusals));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let refusal = refusals.lock().unwrap().pop_front();
                visits.lock().unwrap().push(Visit::default());
                // A client that leaves in the middle is as good as one that says so.
                let _ = converse(stream.unwrap(), refusal, &visits);
            }
        });
        sink
    }

    fn refuse(&self, command: &'static str, answer: &'static str) {
        self.refusals.lock().unwrap().push_back((command, answer));
    }

    /// What came since it was last asked.
    fn visits(&self) -> Vec<Visit> {
        std::mem::take(&mut self.visits.lock().unwrap())
    }
}

fn converse(
    stream: TcpStream,
    refusal: Option<(&'static str, &'static str)>,
    visits: &Mutex<Vec<Visit>>,
) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).split(b'\n');
    let mut line = || -> std::io::Result<String> {
        let bytes = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
        let line = String::from_utf8(bytes).map_err(|_| std::io::ErrorKind::InvalidData)?;
        // A bare line feed would end a line for some relays and not for others (smuggling).
        let line = line
            .strip_suffix('\r')
            .ok_or(std::io::ErrorKind::InvalidData)?;
        assert!(
            !line.contains('\r') && line.is_ascii() && line.len() <= 998,
            "{line:?}"
        );
        Ok(line.to_owned())
    };
    let answer = |command: &str, usual: &str| match refusal {
        Some((refused, answer)) if command.starts_with(refused) => format!("{answer}\r\n"),
        _ => format!("{usual}\r\n"),
    };
    out.write_all(b"220 sink\r\n")?;
    loop {
        let said = line()?;
        visit(visits, |it| it.said.push(said.clone()));
        let usual = match said.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-sink\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        let given = answer(&said, usual);
        out.write_all(given.as_bytes())?;
        if !given.starts_with("354") {
            if said == "QUIT" {
                return Ok(());
            }
            continue;
        }
        let mut letter = String::new();
        loop {
            let line = line()?;
            if line == "." {
                break;
            }
            letter.push_str(line.strip_prefix('.').unwrap_or(&line));
            letter.push_str("\r\n");
        }
        visit(visits, |it| it.letter = letter);
        out.write_all(answer("end", "250 taken").as_bytes())?;
    }
}

/// A goodbye that comes after the visit was looked at is nobody's.
fn visit(visits: &Mutex<Vec<Visit>>, change: impl FnOnce(&mut Visit)) {
    if let Some(visit) = visits.lock().unwrap().last_mut() {
        change(visit);
    }
}

/// A site whose letters go to a sink, with a member who reads Chinese; on each engine.
fn on_each_engine(smtp_user: &str, play: impl Fn(&Fixture, &Sink)) {
    for mut site in Fixture::on_each_engine() {
        let sink = Sink::open();
        let release = site.with_manifest(|manifest| {
            manifest["site"]["languages"][1]["title"] = "笔记\r\nBcc: eve@example.org".into();
            manifest["edge"]["mail"] = json!({"from": "笔记 <post@lyceum.example>", "smtp_host": "127.0.0.1",
                "smtp_port": sink.port, "smtp_user": smtp_user});
        });
        site.edge = Edge::new(Parts {
            store: site.edge.store.clone(),
            tables: slices::tables(),
            release,
            clock: site.edge.clock.clone(),
            entropy: site.edge.entropy.clone(),
            settings: site.edge.settings.clone(),
            limits: slices::limits(),
            mailer: Mailer::new(&site.edge.settings.data_dir),
            threads: site.edge.threads.clone(),
        });
        let admin = MemberAdmin {
            store: site.edge.store.clone(),
            clock: site.edge.clock.clone(),
            entropy: site.edge.entropy.clone(),
        };
        admin
            .add(Added {
                handle: "mei".into(),
                email: "mei@example.org".into(),
                role: Role::Member,
                password: None,
                is_verified: true,
                site_title: "Fixture".into(),
            })
            .unwrap();
        play(&site, &sink);
        site.edge.store.close();
    }
}

/// Asks for a link to sign in by, as a reader of the Chinese pages does.
fn ask(site: &Fixture) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let lines = [
        "content-type: application/json",
        "sec-fetch-site: same-origin",
        "accept-language: zh",
    ];
    let body = r#"{"email": "mei@example.org", "next": "/guides/parts/"}"#;
    let answer = runtime.block_on(site.ask("POST", "/api/session/link", &lines, body));
    assert_eq!(answer.status, 202);
}

fn run_due(site: &Fixture) {
    crate::edge::jobs(&site.edge).run_due().unwrap();
}

/// State and last error of the newest letter.
fn newest_job(site: &Fixture) -> (String, Option<String>) {
    let rows = site.edge.store.read_blocking(|tx| {
        let tables = schema::tables(tx)?;
        let table = tables.iter().find(|it| it.name == "job").unwrap();
        schema::rows(tx, table)
    });
    let rows: Vec<_> = rows.map_err(|error: StoreError| error).unwrap();
    let letters = rows.into_iter().filter(|it| it["kind"] == "mail");
    let mut newest = letters.max_by_key(|it| it["id"].clone()).unwrap();
    (newest["state"].clone(), newest.remove("last_error"))
}

/// Name and value of each header, its lines joined as they were before folding.
fn head_of(text: &str) -> Vec<(String, String)> {
    let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
    let lines = unfolded.lines().map(|line| line.split_once(": ").unwrap());
    lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A header with its encoded words read (RFC 2047); white space between two of them is none.
fn decoded(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").unwrap();
        if !(before.trim().is_empty() && rest.len() < value.len()) {
            out.push_str(before);
        }
        out.push_str(std::str::from_utf8(&BASE64.decode(word.as_bytes()).unwrap()).unwrap());
        rest = after;
    }
    out + rest
}

/// A part of a multipart body, read as its head says it is encoded.
fn part_of(part: &str) -> (String, String) {
    let (head, body) = part.trim_start().split_once("\r\n\r\n").unwrap();
    let head = head_of(head);
    let of = |name: &str| &head.iter().find(|it| it.0 == name).unwrap().1;
    let bytes = match of("Content-Transfer-Encoding").as_str() {
        "base64" => BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap(),
        "quoted-printable" => unquoted(body),
        "7bit" => body.into(),
        other => panic!("{other}"),
    };
    (
        of("Content-Type").clone(),
        String::from_utf8(bytes).unwrap(),
    )
}

fn unquoted(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'=');
        bytes.push(hex.map_or(*first, |it| {
            u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap()
        }));
        rest = &after[hex.map_or(0, |it| it.len())..];
    }
    bytes
}

/// XSS-11: one letter to one recipient, in words that every mail program reads, and no header that a title added.
#[test]
fn a_relay_gets_the_letter_as_it_was_written() {
    on_each_engine("", |site, sink| {
        ask(site);
        run_due(site);
        let visits = sink.visits();
        let [visit] = visits.as_slice() else {
            panic!("{visits:?}")
        };
        let said: Vec<&str> = visit.said.iter().map(String::as_str).collect();
        let envelope = [
            "EHLO lyceum.example",
            "MAIL FROM:<post@lyceum.example>",
            "RCPT TO:<mei@example.org>",
            "DATA",
        ];
        assert_eq!(&said[..4], envelope);

        let (head, body) = visit.letter.split_once("\r\n\r\n").unwrap();
        let head = head_of(head);
        let mut names: Vec<&str> = head.iter().map(|it| it.0.as_str()).collect();
        names.sort_unstable();
        let all = [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        ];
        assert_eq!(names, all);
        let of = |name: &str| decoded(&head.iter().find(|it| it.0 == name).unwrap().1);
        assert_eq!(of("From"), "笔记 <post@lyceum.example>");
        assert_eq!(of("To"), "mei@example.org");
        assert_eq!(of("Subject"), "笔记 Bcc: eve@example.org 的登录链接");
        assert_eq!(of("Date"), "Mon, 05 Jan 2026 08:00:00 +0000");
        let id = of("Message-ID");
        assert!(
            id.starts_with('<') && id.ends_with("@lyceum.example>"),
            "{id}"
        );

        let kind = of("Content-Type");
        let (_, boundary) = kind.split_once("boundary=\"").unwrap();
        let boundary = format!("--{}", boundary.trim_end_matches('"'));
        let parts: Vec<&str> = body.split(&boundary).collect();
        let [_, text, html, end] = parts.as_slice() else {
            panic!("{body}")
        };
        assert_eq!(end.trim(), "--");
        let (kind, text) = part_of(text);
        assert_eq!(kind, "text/plain; charset=utf-8");
        assert!(
            text.starts_with("mei，你好。打开下面的链接即可登录 笔记 "),
            "{text}"
        );
        let (_, link) = text.split_once("https://").unwrap();
        let link = link.split_whitespace().next().unwrap();
        assert!(
            link.starts_with("lyceum.example/zh/members/link/?token="),
            "{link}"
        );
        assert!(link.ends_with("&next=/guides/parts/"), "{link}");
        let (kind, html) = part_of(html);
        assert_eq!(kind, "text/html; charset=utf-8");
        assert!(html.contains(&link.replace('&', "&amp;")), "{html}");
    });
}

/// What a relay cannot do now it does later, under the same name; what it will never do is not asked again. Its words,
/// which may name an address, are kept nowhere (PRIV-03).
#[test]
fn a_relay_says_whether_to_try_again() {
    on_each_engine("lyceum", |site, sink| {
        let password = site.edge.settings.data_dir.join("smtp_password");
        crate::edge::fixture::write(&site.edge.settings.data_dir, "smtp_password", "plum");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(password, mode).unwrap();
        for (command, answer, is_final) in [
            ("RCPT", "450 4.2.1 <mei@example.org> is busy", false),
            ("MAIL", "421 4.3.2 on the way out", false),
            ("end", "451 4.3.0 no room", false),
            ("AUTH", "535 5.7.8 wrong password for lyceum", false),
            ("RCPT", "550 5.1.1 <mei@example.org> is nobody", true),
            ("MAIL", "553 5.1.8 <post@lyceum.example> is not yours", true),
            ("end", "554 5.7.1 spam to mei@example.org", true),
        ] {
            site.edge.clock.advance_secs(1_000);
            ask(site);
            sink.refuse(command, answer);
            run_due(site);
            let n_letters = usize::from(command == "end");
            let first = sink.visits();
            assert_eq!(first.len(), 1, "{answer}");
            let (state, error) = newest_job(site);
            assert_eq!(
                state,
                if is_final { "failed" } else { "waiting" },
                "{answer}"
            );
            let error = error.unwrap();
            let told = format!(
                "the relay did not take the letter: it answered {}",
                &answer[..3]
            );
            assert_eq!(error, told);
            site.edge.clock.advance_secs(10);
            run_due(site);
            let again = sink.visits();
            assert_eq!(again.len(), usize::from(!is_final), "{answer}");
            if let [visit] = again.as_slice() {
                assert_eq!(newest_job(site).0, "done", "{answer}");
                let id = |visit: &Visit| {
                    visit
                        .letter
                        .lines()
                        .find(|it| it.starts_with("Message-ID"))
                        .map(str::to_owned)
                };
                assert!(id(visit).is_some());
                let before: Vec<_> = first.iter().filter_map(id).collect();
                assert_eq!(before.len(), n_letters, "{answer}");
                assert!(
                    before.iter().all(|it| Some(it) == id(visit).as_ref()),
                    "{answer}"
                );
            }
        }
    });
}

/// A relay that never says whether it took the letter may have sent it on each time.
#[test]
fn a_letter_that_is_sent_whole_is_sent_three_times() {
    on_each_engine("", |site, sink| {
        let mut again = 0;
        ask(site);
        // Whatever happened before the text leaves the count as it is, and so does a refusal.
        let faults = [
            ("RCPT", "450 busy"),
            ("end", "451 no room"),
            ("MAIL", "x"),
            ("end", "x"),
        ];
        for (command, answer) in faults.into_iter().chain([("end", "x"); 5]) {
            sink.refuse(command, answer);
            site.edge.clock.advance_secs(200);
            run_due(site);
            let visits = sink.visits();
            let is_whole = visits.iter().any(|it| !it.letter.is_empty());
            again += usize::from(is_whole && answer == "x");
        }
        let (state, error) = newest_job(site);
        assert_eq!((state.as_str(), again), ("failed", 3));
        assert!(error.unwrap().contains("3 times"));
        site.edge.clock.advance_secs(1_000);
        ask(site);
        sink.refusals.lock().unwrap().clear();
        run_due(site);
        assert_eq!(newest_job(site).0, "done", "another one is another letter");
    });
}

/// A relay that is not there is one that comes back.
#[test]
fn a_relay_that_is_gone_is_tried_again() {
    on_each_engine("", |site, _| {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let release = site.with_manifest(|manifest| {
            manifest["edge"]["mail"]["smtp_port"] = port.into();
        });
        site.edge.swap_release(Arc::new(release));
        ask(site);
        run_due(site);
        let (state, error) = newest_job(site);
        assert_eq!(state, "waiting");
        assert!(!error.unwrap().contains('@'));
    });
}
