//! `kill -9` at moments that chance picks: of the edge under eight writers, and of builds. What was acknowledged is
//! there once, nothing is invented, and a site is wholly the old one or wholly the new one.
//!
//! Three rounds of each by default; `LYCEUM_TEST_KILLS` asks for more, and `tests/run` does.

use crate::harness::{lay_over, root, tree};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

const N_WRITERS: usize = 8;

/// Both journeys.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "kill::acknowledged_comments_outlive_the_edge",
            edge_under_writers,
        ),
        Trial::test("kill::a_site_is_wholly_old_or_new", builds),
    ]
}

/// How often to kill.
pub fn n_rounds() -> usize {
    std::env::var("LYCEUM_TEST_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

/// Milliseconds below `limit` that differ from round to round.
pub fn chance_millis(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .unwrap();
    u64::from_le_bytes(bytes) % limit.max(1)
}

fn edge_under_writers() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    lay_over(&root().join("tests/edge/_site"), folder.path());
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut settings = fs::read_to_string(folder.path().join("site.toml"))?;
    settings = settings.replace(
        "https://lyceum.example/",
        &format!("http://127.0.0.1:{port}/"),
    );
    fs::write(
        folder.path().join("site.toml"),
        settings + "\n[comments]\nper_hour = 10000\n",
    )?;
    crate::sites::build(folder.path(), &folder.path().join("dist"));

    let mut edge = Edge::start(folder.path(), port)?;
    let sessions: Vec<String> = (0..N_WRITERS)
        .map(|n| join(folder.path(), port, n))
        .collect::<Result<_, _>>()?;
    let (sent, acknowledged) = (
        Arc::new(Mutex::new(BTreeSet::new())),
        Arc::new(Mutex::new(BTreeMap::new())),
    );
    let n_sent = Arc::new(AtomicUsize::new(0));
    for round in 0..n_rounds() {
        let ends = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = sessions
            .iter()
            .map(|session| {
                let (session, ends, n_sent) =
                    (session.clone(), Arc::clone(&ends), Arc::clone(&n_sent));
                let (sent, acknowledged) = (Arc::clone(&sent), Arc::clone(&acknowledged));
                std::thread::spawn(move || {
                    while !ends.load(Ordering::SeqCst) {
                        let body = format!("word {}", n_sent.fetch_add(1, Ordering::SeqCst));
                        sent.lock().unwrap().insert(body.clone());
                        let comment = json!({ "page": "guides/start", "body": body });
                        match call(
                            port,
                            "POST",
                            "/api/comments",
                            Some(&comment),
                            Some(&session),
                        ) {
                            Ok((201, answer)) => drop(
                                acknowledged
                                    .lock()
                                    .unwrap()
                                    .insert(answer["id"].to_string(), body),
                            ),
                            Ok((status, answer)) => panic!("{status}: {answer}"),
                            Err(_) => break,
                        }
                    }
                })
            })
            .collect();
        sleep(Duration::from_millis(150 + chance_millis(400)));
        edge.kill();
        ends.store(true, Ordering::SeqCst);
        for writer in writers {
            writer
                .join()
                .map_err(|_| Failed::from("a write was refused"))?;
        }
        edge = Edge::start(folder.path(), port)?;
        let shown = comments(port)?;
        let (sent, acknowledged) = (sent.lock().unwrap(), acknowledged.lock().unwrap());
        let mut bodies = BTreeSet::new();
        for (id, html) in &shown {
            let body = html
                .trim()
                .trim_start_matches("<p>")
                .trim_end_matches("</p>");
            if !bodies.insert(body.to_owned()) {
                return Err(format!("round {round}: `{body}` is there twice ({id})").into());
            }
            if !sent.contains(body) {
                return Err(format!("round {round}: `{body}` was never sent").into());
            }
        }
        if let Some((id, body)) = acknowledged.iter().find(|(id, _)| !shown.contains_key(*id)) {
            return Err(
                format!("round {round}: `{body}` was acknowledged as {id} and is lost").into(),
            );
        }
    }
    if acknowledged.lock().unwrap().is_empty() {
        Err("nothing was ever acknowledged".into())
    } else {
        Ok(())
    }
}

/// Every comment of the page: id and HTML.
fn comments(port: u16) -> Result<BTreeMap<String, String>, Failed> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/api/comments?page=guides%2Fstart&sort=old&limit=100{cursor}");
        let (status, list) = call(port, "GET", &path, None, None)?;
        if status != 200 {
            return Err(format!("{status}: {list}").into());
        }
        for item in list["items"].as_array().into_iter().flatten() {
            all.insert(
                item["id"].to_string(),
                item["html"].as_str().unwrap_or_default().to_owned(),
            );
        }
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

struct Edge(Child);

impl Edge {
    fn start(site: &Path, port: u16) -> Result<Self, Failed> {
        let admin = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args([
                "edge",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--admin-listen",
                &admin.to_string(),
            ])
            .current_dir(site)
            .env("LYCEUM_RATE_LIMITS", "off")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let edge = Edge(child);
        let start = Instant::now();
        while !matches!(call(port, "GET", "/readyz", None, None), Ok((200, _))) {
            if start.elapsed() > Duration::from_secs(30) {
                return Err("the edge does not come up".into());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(edge)
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A verified member's cookie, by joining and opening the link in the outbox.
fn join(site: &Path, port: u16, n: usize) -> Result<String, Failed> {
    let address = format!("writer{n}@example.org");
    let draft = json!({ "email": address, "handle": format!("writer{n}") });
    call(port, "POST", "/api/members", Some(&draft), None)?;
    for _ in 0..200 {
        let letters = tree(&site.join(".lyceum/outbox"));
        let letter = letters
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .find(|text| text.contains(&address));
        if let Some(letter) = letter {
            let text = letter.replace("=\r\n", "").replace("=3D", "=");
            let token = text
                .split_once("token=")
                .and_then(|(_, rest)| rest.get(..43))
                .ok_or("no token in the letter")?;
            let answer = exchange(
                port,
                "POST",
                "/api/members/verify",
                Some(&json!({ "token": token })),
                None,
            )?;
            let cookie = answer.lines().find_map(|line| {
                line.to_lowercase()
                    .starts_with("set-cookie: session=")
                    .then(|| line[12..].trim())
            });
            return Ok(cookie
                .and_then(|it| it.split(';').next())
                .ok_or(format!("no session in {answer}"))?
                .to_owned());
        }
        sleep(Duration::from_millis(50));
    }
    Err("no letter came".into())
}

fn call(
    port: u16,
    method: &str,
    path: &str,
    body: Option<&Value>,
    cookie: Option<&str>,
) -> std::io::Result<(u16, Value)> {
    let answer = exchange(port, method, path, body, cookie)?;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|it| it.parse().ok())
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let (head, text) = answer
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse::<usize>()
            .ok()
    });
    // A killed server may leave half an answer behind; that is no acknowledgement.
    if length.is_some_and(|length| length != text.len()) {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok((status, serde_json::from_str(text).unwrap_or(Value::Null)))
}

fn exchange(
    port: u16,
    method: &str,
    path: &str,
    body: Option<&Value>,
    cookie: Option<&str>,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n"
    );
    if !body.is_empty() {
        head += &format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
    }
    if let Some(cookie) = cookie {
        head += &format!("cookie: {cookie}\r\n");
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn builds() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (site, dist) = (folder.path(), folder.path().join("dist"));
    fs::write(
        site.join("site.toml"),
        "title = \"Kill\"\nbase_url = \"https://lyceum.example/\"\nprecompress = true\n",
    )?;
    let write = |version: usize| -> std::io::Result<()> {
        fs::create_dir_all(site.join("content"))?;
        (0..200).try_for_each(|page| {
            let text = format!("---\ntitle: Page {page}\n---\n\nversion-{version}-end\n\n<!-- members -->\n\nversion-{version}-end\n");
            fs::write(site.join(format!("content/page-{page}.md")), text)
        })
    };
    write(0)?;
    let start = Instant::now();
    crate::sites::build(site, &dist);
    let whole = start.elapsed().as_millis() as u64;
    for version in 1..=n_rounds() {
        write(version)?;
        let mut build = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(["build", "--quiet"])
            .current_dir(site)
            .env("LYCEUM_VAULT_KEY", "00".repeat(32))
            .stderr(Stdio::null())
            .spawn()?;
        sleep(Duration::from_millis(chance_millis(whole + whole / 4)));
        let _ = build.kill();
        build.wait()?;
        let release = tree(&dist.join("current"));
        let mut versions = BTreeSet::new();
        let mut n_marks = 0;
        for (path, bytes) in release
            .iter()
            .filter(|(path, _)| path.ends_with(".html") || path.starts_with("vault/parts/"))
        {
            let text = String::from_utf8_lossy(bytes);
            for piece in text.split("version-").skip(1) {
                versions.insert(piece.split("-end").next().unwrap_or_default().to_owned());
                n_marks += usize::from(
                    path.starts_with("vault/parts/") || path.starts_with("public/page-"),
                );
            }
        }
        if versions.len() != 1 || n_marks < 400 {
            return Err(
                format!("round {version}: a release of {versions:?} with {n_marks} marks").into(),
            );
        }
    }
    crate::sites::build(site, &dist);
    let clean = folder.path().join("clean");
    crate::sites::build(site, &clean);
    assert!(
        tree(&dist.join("current")) == tree(&clean.join("current")),
        "the build after a kill differs from a clean one"
    );
    let n_releases = fs::read_dir(dist.join("releases"))?.count();
    assert!(n_releases <= 3, "{n_releases} releases are kept");
    Ok(())
}
