//! The edge as a process of its own, on the fixture site in a folder of its own: started, asked, stopped, killed.

use crate::harness::{lay_over, root, tree};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The fixture site, built, and where its edge will answer.
pub struct Site {
    folder: TempDir,
    /// What its edges log, apart from the site.
    log: tempfile::NamedTempFile,
    /// On 127.0.0.1.
    pub port: u16,
    /// Of the second listener, also there.
    pub admin_port: u16,
}

impl Site {
    /// Builds it with these lines at the end of its settings.
    pub fn built(settings: &str) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        lay_over(&root().join("tests/edge/_site"), folder.path());
        let port = free_port()?;
        let base = format!("http://127.0.0.1:{port}/");
        let fixture = fs::read_to_string(folder.path().join("site.toml"))?;
        let fixture = fixture.replace("https://lyceum.example/", &base);
        fs::write(
            folder.path().join("site.toml"),
            format!("{fixture}\n{settings}\n"),
        )?;
        crate::sites::build(folder.path(), &folder.path().join("dist"));
        let log = tempfile::NamedTempFile::new()?;
        Ok(Site {
            folder,
            log,
            port,
            admin_port: free_port()?,
        })
    }

    /// Its root.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts its edge and waits until it is ready.
    pub fn start(&self) -> Result<Edge, Failed> {
        self.start_after("true")
    }

    /// As [`Site::start`], in a shell that has run these words before: limits and masks are handed on.
    pub fn start_after(&self, words: &str) -> Result<Edge, Failed> {
        let child = Command::new("sh")
            .args(["-c", &format!("{words}; exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_lyceum"))
            .args(["edge", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--admin-listen", &format!("127.0.0.1:{}", self.admin_port)])
            .current_dir(self.path())
            .env("LYCEUM_RATE_LIMITS", "off")
            .stdout(Stdio::null())
            .stderr(self.log.reopen()?)
            .spawn()?;
        let mut edge = Edge(child);
        let start = Instant::now();
        while !matches!(self.call("GET", "/readyz", None, None), Ok((200, _))) {
            if start.elapsed() > Duration::from_secs(60) || edge.0.try_wait()?.is_some() {
                return Err(format!("the edge does not come up: {}", self.logged()?).into());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(edge)
    }

    /// What its edges have logged so far.
    pub fn logged(&self) -> Result<String, Failed> {
        Ok(fs::read_to_string(self.log.path())?)
    }

    /// What `/readyz` says once it is so.
    pub fn until(&self, is_so: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
        let start = Instant::now();
        loop {
            let (_, ready) = self.call("GET", "/readyz", None, None)?;
            if is_so(&ready) {
                return Ok(ready);
            }
            if start.elapsed() > Duration::from_secs(60) {
                return Err(format!("it did not come so: {ready}: {}", self.logged()?).into());
            }
            sleep(Duration::from_millis(10));
        }
    }

    /// What `/metrics` says, with its head.
    pub fn numbers(&self) -> Result<String, Failed> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.admin_port))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")?;
        let mut numbers = String::new();
        stream.read_to_string(&mut numbers)?;
        Ok(numbers)
    }

    /// Runs another verb of the binary on the site, with these words on its standard input.
    pub fn lyceum(&self, arguments: &[&str], input: &str) -> Result<std::process::Output, Failed> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        Ok(child.wait_with_output()?)
    }

    /// The site's own database, beside the edge that has it open.
    pub fn database(&self) -> Result<rusqlite::Connection, Failed> {
        let file = self.path().join(".lyceum/lyceum.db");
        Ok(rusqlite::Connection::open(file)?)
    }

    /// One request and its answer; an answer that does not come whole is an error.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        cookie: Option<&str>,
    ) -> std::io::Result<(u16, Value)> {
        let answer = self.exchange(method, path, body, cookie)?;
        let (status, text) = whole(&answer).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let is_in_chunks = answer.contains("\r\ntransfer-encoding: chunked\r\n");
        let text = if is_in_chunks {
            chunks_joined(text).ok_or(std::io::ErrorKind::UnexpectedEof)?
        } else {
            text.to_owned()
        };
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// One request on a connection of its own, and all that comes back.
    pub fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        cookie: Option<&str>,
    ) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = self.head(method, path, body.len(), cookie);
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// The head of a request for one answer, without the empty line that ends it.
    pub fn head(&self, method: &str, path: &str, n_bytes: usize, cookie: Option<&str>) -> String {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n",
            self.port
        );
        if n_bytes > 0 {
            head += &format!("content-type: application/json\r\ncontent-length: {n_bytes}\r\n");
        }
        if let Some(cookie) = cookie {
            head += &format!("cookie: {cookie}\r\n");
        }
        head
    }

    /// A verified member's cookie, by joining and opening the link in the outbox.
    pub fn join(&self, handle: &str) -> Result<String, Failed> {
        let address = format!("{handle}@example.org");
        let draft = json!({ "email": address, "handle": handle });
        self.call("POST", "/api/members", Some(&draft), None)?;
        for _ in 0..200 {
            let letters = tree(&self.path().join(".lyceum/outbox"));
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
                let sent = json!({ "token": token });
                let answer = self.exchange("POST", "/api/members/verify", Some(&sent), None)?;
                let cookie = answer.lines().find_map(|line| {
                    line.to_lowercase()
                        .starts_with("set-cookie: session")
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
}

/// Status and body of an answer that came whole.
pub fn whole(answer: &str) -> Option<(u16, &str)> {
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let length = line.to_lowercase();
        length
            .strip_prefix("content-length: ")?
            .parse::<usize>()
            .ok()
    });
    // A killed server may leave half an answer behind; that is no acknowledgement.
    (length.is_none_or(|length| length == text.len())).then_some((status, text))
}

/// A body that came in chunks; `None` without the last one.
fn chunks_joined(mut text: &str) -> Option<String> {
    let mut joined = String::new();
    loop {
        let (length, rest) = text.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(joined);
        }
        joined += rest.get(..length)?;
        text = rest.get(length..)?.strip_prefix("\r\n")?;
    }
}

/// A running edge; killed when dropped.
pub struct Edge(Child);

impl Edge {
    /// At once, as by `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Its number among the system's processes.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to stop, as a service manager does.
    pub fn ask_to_stop(&self) -> Result<(), Failed> {
        run("kill", &["-TERM", &self.pid().to_string()])
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> Result<ExitStatus, Failed> {
        Ok(self.0.wait()?)
    }

    /// A line of its memory in the system's words, such as `VmHWM`, in KiB.
    pub fn memory_kib(&self, line: &str) -> Result<i64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let found = status.lines().find_map(|it| {
            let (name, rest) = it.split_once(':')?;
            let number = rest.trim().strip_suffix("kB")?.trim();
            (name == line).then(|| number.parse().ok()).flatten()
        });
        found.ok_or_else(|| format!("no {line} in {status}").into())
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program of the system to its end.
pub fn run(program: &str, arguments: &[&str]) -> Result<(), Failed> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{program} {arguments:?}: {said}").into())
}

fn free_port() -> Result<u16, Failed> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
