//! What happens around a running edge: it is asked to stop, its database is locked, its disk is full. What was
//! acknowledged is there, reading goes on, and writing comes back by itself.

use crate::harness::{lay_over, tree};
use crate::kill::{Said, comments};
use crate::process::{Site, run, whole};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::AtomicBool;

/// One trial a fault.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("faults::a_stop_answers_what_was_accepted", stop_under_load),
        Trial::test("faults::a_locked_database_waits_then_refuses", locked),
        Trial::test("faults::a_full_disk_refuses_writes_alone", full_disk),
        Trial::test("faults::only_its_own_folder_is_written", own_folder),
        Trial::test("faults::logs_and_numbers_tell_of_nobody", logs_and_numbers),
        Trial::test(
            "faults::a_log_that_nobody_reads_holds_up_nothing",
            unread_log,
        ),
        Trial::test("faults::a_hanging_relay_holds_up_no_stop", hanging_relay),
        Trial::test(
            "faults::a_release_that_may_not_be_read_says_to_whom",
            unreadable_release,
        ),
    ]
}

/// The next release belongs to somebody else. The last one goes on, and the log, the probe and the numbers say who must
/// be allowed what, until somebody does.
fn unreadable_release() -> Result<(), Failed> {
    let site = Site::built("")?;
    let dist = site.path().join("dist");
    // Whoever is root reads everything, unless that right is taken away.
    let is_root = std::fs::metadata(site.path())?.uid() == 0;
    let rights = "--bounding-set=-dac_override,-dac_read_search";
    let words = match is_root {
        true => format!("set -- {rights} \"$0\" \"$@\"; exec setpriv \"$@\""),
        false => "true".into(),
    };
    let _edge = site.start_after(&words)?;
    let (_, ready) = site.call("GET", "/readyz", None, None)?;
    let first = ready["release"]["id"].clone();
    assert_eq!(ready["refused"], Value::Null, "{ready}");

    let next = dist.join("releases/next");
    lay_over(&dist.join("current"), &next);
    let vault = next.join("vault");
    let allow = |mode| std::fs::set_permissions(&vault, PermissionsExt::from_mode(mode));
    allow(0o000)?;
    std::os::unix::fs::symlink("releases/next", dist.join("next"))?;
    std::fs::rename(dist.join("next"), dist.join("current"))?;
    let refused = site.until(|ready| !ready["refused"].is_null())?;
    assert_eq!(
        (&refused["ready"], &refused["release"]["id"]),
        (&true.into(), &first)
    );
    let refused = &refused["refused"];
    assert_eq!(
        (&refused["id"], &refused["reason"]),
        (&"next".into(), &"permission_denied".into())
    );
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("must be allowed to enter and read `vault`")
            && detail.contains("mode 0000"),
        "{detail}"
    );
    let numbers = site.numbers()?;
    let line = numbers
        .lines()
        .find(|line| line.starts_with("release_refused{"));
    let line = line.unwrap_or_default();
    assert!(
        line.contains("permission_denied") && line.contains(detail),
        "{numbers}"
    );
    allow(0o700)?;
    site.until(|ready| ready["refused"].is_null())?;
    let log = site.logged()?;
    let told = log
        .lines()
        .filter(|line| line.contains("the published release cannot be opened"));
    let told: Vec<&str> = told.collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains(&*vault.to_string_lossy()) && told[0].contains("chgrp"),
        "{log}"
    );
    Ok(())
}

/// DUR-05: requests whose heads were read are answered, the process ends clean, and the log is back in the file.
fn stop_under_load() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let mut edge = site.start()?;
    let sessions: Vec<String> = (0..4)
        .map(|n| site.join(&format!("writer{n}")))
        .collect::<Result<_, _>>()?;
    let (said, ends) = (Said::default(), AtomicBool::new(false));
    // Their handlers wait for the body: that the server asks for it proves that it has the head.
    let mut waiting = Vec::new();
    for session in &sessions {
        let body = said.next().to_string();
        let head = site.head("POST", "/api/comments", body.len(), Some(session));
        let mut stream = TcpStream::connect(("127.0.0.1", site.port))?;
        stream.write_all(format!("{head}expect: 100-continue\r\n\r\n").as_bytes())?;
        let mut asked = [0; 25];
        stream.read_exact(&mut asked)?;
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        waiting.push((stream, body));
    }
    std::thread::scope(|scope| -> Result<(), Failed> {
        let writers: Vec<_> = sessions
            .iter()
            .map(|session| scope.spawn(|| said.until(&ends, &site, session)))
            .collect();
        while said.n_acknowledged() < 40 {
            std::thread::yield_now();
        }
        edge.ask_to_stop()?;
        for (stream, body) in &mut waiting {
            stream.write_all(body.as_bytes())?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            let answer = String::from_utf8_lossy(&answer);
            match whole(&answer) {
                Some((201, text)) => said.heard(&serde_json::from_str(text)?),
                _ => return Err(format!("what was accepted got: {answer}").into()),
            }
        }
        for writer in writers {
            writer.join().unwrap()?;
        }
        Ok(())
    })?;
    let status = edge.ended()?;
    assert_eq!(status.code(), Some(0), "{status}");
    let log = site.path().join(".lyceum/lyceum.db-wal");
    assert!(
        std::fs::metadata(log).map_or(0, |it| it.len()) == 0,
        "the log was not put back into the file"
    );
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// DUR-06: a write waits while another process holds the database, and is refused when that lasts; nobody who
/// reads notices.
fn locked() -> Result<(), Failed> {
    let site = Site::built("")?;
    let _edge = site.start()?;
    let session = site.join("mei")?;
    let said = Said::default();
    let post = || site.exchange("POST", "/api/comments", Some(&said.next()), Some(&session));
    let reads = |n: usize| -> Result<(), Failed> {
        for _ in 0..n {
            let (status, list) = site.call(
                "GET",
                "/api/comments?page=guides%2Fstart",
                None,
                Some(&session),
            )?;
            assert_eq!(status, 200, "{list}");
        }
        Ok(())
    };
    let holder = site.database()?;
    holder.execute_batch("BEGIN EXCLUSIVE")?;
    let refused = std::thread::scope(|scope| {
        let refused = scope.spawn(post);
        reads(50).map(|()| refused.join().unwrap())
    })??;
    let (status, problem) = whole(&refused).ok_or("no answer came")?;
    assert_eq!(status, 503, "{problem}");
    assert!(
        refused.to_lowercase().contains("\r\nretry-after: "),
        "{refused}"
    );
    let (_, ready) = (reads(5)?, site.call("GET", "/readyz", None, None)?);
    assert_eq!(ready.0, 200);

    let held = std::thread::scope(|scope| -> Result<String, Failed> {
        let held = scope.spawn(post);
        reads(50)?;
        assert!(!held.is_finished(), "a write did not wait for the lock");
        holder.execute_batch("ROLLBACK")?;
        Ok(held.join().unwrap()?)
    })?;
    let (status, comment) = whole(&held).ok_or("no answer came")?;
    assert_eq!(status, 201, "{comment}");
    said.heard(&serde_json::from_str(comment)?);
    let shown = comments(&site)?;
    assert_eq!(shown.len(), 1, "what was refused was written all the same");
    Ok(said.compare(&shown)?)
}

/// DUR-07: on a full disk (here one on which no file may grow) writes are refused and reads go on; what was
/// acknowledged is kept; and when there is room again, writing goes on without a restart.
fn full_disk() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    // A process that ignores SIGXFSZ (25) gets an error from a write that is too long, as from a full disk.
    let mut edge = site.start_after("trap '' 25")?;
    let session = site.join("mei")?;
    let said = Said::default();
    let post = || site.call("POST", "/api/comments", Some(&said.next()), Some(&session));
    let limit = |bytes: &str| {
        let (pid, size) = (edge.pid().to_string(), format!("--fsize={bytes}:"));
        run("prlimit", &["--pid", &pid, &size])
    };
    // The last leaves no room for a line of the log either.
    for room in [2 << 20, 1 << 20, 300_000, 10_000] {
        limit(&room.to_string())?;
        let mut n_refused = 0;
        for _ in 0..2_000 {
            let (status, answer) = post()?;
            match status {
                201 => said.heard(&answer),
                503 => n_refused += 1,
                other => return Err(format!("{other}: {answer}").into()),
            }
            if n_refused == 20 {
                break;
            }
        }
        assert_eq!(n_refused, 20, "the disk was never full");
        said.compare(&comments(&site)?)?;
        let (status, answer) = site.call("GET", "/readyz", None, None)?;
        assert_eq!(status, 503, "{room}: {answer}");
        limit("unlimited")?;
        let (status, answer) = site.call("GET", "/readyz", None, None)?;
        assert_eq!(status, 200, "{room}: {answer}");
        let (status, answer) = post()?;
        assert_eq!(status, 201, "{answer}");
        said.heard(&answer);
    }
    edge.kill();
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// OPS-08, PRIV-07: the edge writes below its own folder alone, and nobody else may read what it writes there,
/// however open the mask is that it was started with.
fn own_folder() -> Result<(), Failed> {
    let site = Site::built("")?;
    let outside = || {
        let mut files = tree(site.path());
        files.retain(|path, _| !path.starts_with(".lyceum/"));
        files
    };
    let before = outside();
    let _edge = site.start_after("umask 000")?;
    let session = site.join("mei")?;
    let said = site.call(
        "POST",
        "/api/comments",
        Some(&Said::default().next()),
        Some(&session),
    )?;
    assert_eq!(said.0, 201);
    let shown: Value = site.call("GET", "/api/me/export", None, Some(&session))?.1;
    assert_eq!(shown["member"]["handle"], "mei");
    assert!(
        before == outside(),
        "something outside of .lyceum/ was changed"
    );
    let mut n_seen = 0;
    for entry in walkdir::WalkDir::new(site.path().join(".lyceum")) {
        let entry = entry?;
        let mode = entry.metadata()?.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
        n_seen += 1;
    }
    assert!(n_seen > 4, "{n_seen}");
    Ok(())
}

/// PRIV-03, OPS-03: nothing that belongs to a person is in the logs, at their most talkative; numbers are told on
/// the second listener alone, and tell of nobody either.
fn logs_and_numbers() -> Result<(), Failed> {
    let site = Site::built("")?;
    let mut edge = site.start_after("export LYCEUM_LOG=debug")?;
    let session = site.join("zebrawriter")?;
    let password = "zebra garden 7 lanterns";
    let posts = [
        ("PUT", "/api/password", json!({ "password": password })),
        (
            "POST",
            "/api/comments",
            json!({ "page": "guides/start", "body": "zebra words" }),
        ),
        (
            "POST",
            "/api/comments",
            json!({ "page": "zebra page", "body": 7 }),
        ),
        (
            "PATCH",
            "/api/me",
            json!({ "name": "Zebra", "email": "zebranew@example.org" }),
        ),
        (
            "POST",
            "/api/session",
            json!({ "login": "zebranobody@example.org", "password": "zebra wrong" }),
        ),
        (
            "POST",
            "/api/session/link",
            json!({ "email": "zebrawriter@example.org" }),
        ),
        (
            "POST",
            "/api/session/link/redeem",
            json!({ "token": "zebra".repeat(9) }),
        ),
        (
            "POST",
            "/api/session",
            json!({ "login": "zebrawriter", "password": password }),
        ),
    ];
    let mut came = Vec::new();
    for (method, path, body) in &posts {
        came.push(site.call(method, path, Some(body), Some(&session))?.0);
    }
    assert_eq!(came, [204, 201, 400, 200, 401, 202, 422, 200]);
    let mut garbage = TcpStream::connect(("127.0.0.1", site.port))?;
    garbage.write_all(b"zebra \0 zebra\r\n\r\n")?;
    garbage.read_to_end(&mut Vec::new())?;
    for path in [
        "/members/link/?token=zebratoken",
        "/api/comments?page=zebra",
        "/?q=zebra",
    ] {
        site.call("GET", path, None, Some(&session))?;
    }
    assert_eq!(
        site.call("GET", "/metrics", None, None)?.0,
        404,
        "numbers are for the machine itself"
    );
    let numbers = site.numbers()?;
    assert!(
        numbers.starts_with("HTTP/1.1 200") && numbers.contains("http_requests_total"),
        "{numbers}"
    );
    // The log is written by a thread of its own, to its last line at the end of the process.
    edge.ask_to_stop()?;
    edge.ended()?;
    let log = site.logged()?;
    assert!(
        log.contains("/api/session/link/redeem") && log.contains("DEBUG"),
        "{log}"
    );
    let token = session.split_once('=').map_or("", |(_, token)| token);
    for secret in ["zebra", "Zebra", "argon2", "@example.org", token] {
        for (what, told) in [("the log", &log), ("the numbers", &numbers)] {
            let line = told.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{what}: {line:?}");
        }
    }
    Ok(())
}

/// Standard error is a pipe that is full: requests are answered and the process stops in order all the same.
fn unread_log() -> Result<(), Failed> {
    let site = Site::built("")?;
    // Opened for reading and writing, so that the pipe has a reader, who never reads.
    let mut edge = site.start_after("mkfifo log.pipe; exec 2<>log.pipe")?;
    // A line is about 120 bytes, and a pipe takes 64 KiB.
    for _ in 0..1_500 {
        let (status, _) = site.call("GET", "/", None, None)?;
        assert_eq!(status, 200);
    }
    edge.ask_to_stop()?;
    assert_eq!(edge.ended()?.code(), Some(0));
    Ok(())
}

/// A relay that accepts a connection and says nothing: the edge answers, stops in order, and its next start
/// tries the letter again at once.
fn hanging_relay() -> Result<(), Failed> {
    let relay = TcpListener::bind("127.0.0.1:0")?;
    let port = relay.local_addr()?.port();
    let site = Site::built(&format!(
        "[mail]\nfrom = \"Post <post@example.org>\"\nsmtp_host = \"127.0.0.1\"\nsmtp_port = {port}"
    ))?;
    let member = ["member", "add", "mei", "--email", "mei@example.org"];
    let added = site.lyceum(
        &[&member[..], &["--verified", "--no-password"]].concat(),
        "",
    )?;
    assert!(added.status.success(), "{added:?}");
    let mut edge = site.start()?;
    let asked = json!({"email": "mei@example.org"});
    let (status, _) = site.call("POST", "/api/session/link", Some(&asked), None)?;
    assert_eq!(status, 202);
    let _held = relay.accept()?;
    edge.ask_to_stop()?;
    assert_eq!(edge.ended()?.code(), Some(0));
    let leased =
        "SELECT count(*) FROM job WHERE kind = 'mail' AND state = 'waiting' AND leased_by IS NULL";
    let n_due: i64 = site.database()?.query_row(leased, [], |row| row.get(0))?;
    assert_eq!(n_due, 1);
    let _edge = site.start()?;
    let _held_again = relay.accept()?;
    Ok(())
}
