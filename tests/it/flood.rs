//! Many at one time against the edge as a process: sign-ins, idle connections; and what their time tells. Listed
//! where `LYCEUM_TEST_FLOODS` is set, as `tests/run` does, for they take thousands of connections.

use crate::process::{Site, run, whole};
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;

/// One trial a flood.
pub fn trials() -> Vec<Trial> {
    if std::env::var_os("LYCEUM_TEST_FLOODS").is_none() {
        return Vec::new();
    }
    vec![
        Trial::test("flood::sign_ins_leave_room_for_others", sign_ins),
        Trial::test("flood::idle_connections_are_small", idle),
        Trial::test("flood::time_tells_nothing_of_a_name", times),
    ]
}

/// AUTHN-08: two hundred sign-ins at one time cost as much memory as there are cores, and others are answered.
fn sign_ins() -> Result<(), Failed> {
    let site = Site::built("")?;
    let edge = site.start()?;
    // What the process loads at its first answers is not the flood's.
    Runtime::new()?.block_on(sign_in(&site, client(251), "first"))?;
    let before = edge.memory_kib("VmHWM")?;
    let (answers, n_meanwhile) = Runtime::new()?.block_on(async {
        let flood: Vec<_> = (0..200)
            .map(|n| tokio::spawn(sign_in(&site, client(n), &format!("name{n}"))))
            .collect();
        let (mut answers, mut n_meanwhile) = (Vec::new(), 0);
        let mut waiting = flood.iter().filter(|it| !it.is_finished()).count();
        while waiting > 0 {
            let alive = ask(
                &site,
                client(250),
                "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            );
            assert!(alive.await?.starts_with("HTTP/1.1 200"), "no health");
            waiting = flood.iter().filter(|it| !it.is_finished()).count();
            n_meanwhile += usize::from(waiting > 0);
        }
        for one in flood {
            answers.push(one.await??);
        }
        Ok::<_, Failed>((answers, n_meanwhile))
    })?;
    for answer in &answers {
        let (status, problem) = whole(answer).ok_or("no answer came")?;
        let may_come_again = answer.to_lowercase().contains("\r\nretry-after: ");
        assert!(
            status == 401 || status == 503 && may_come_again,
            "{status}: {problem}"
        );
    }
    assert!(n_meanwhile > 2, "others were answered {n_meanwhile} times");
    let n_cores = std::thread::available_parallelism()?.get() as i64;
    let more = edge.memory_kib("VmHWM")? - before;
    assert!(more < ((n_cores - 1) * 20 + 32) * 1024, "{more} KiB more");
    Ok(())
}

/// DOS-05: ten thousand connections that say nothing are small, and whoever says something is answered.
fn idle() -> Result<(), Failed> {
    const N_FIRST: u32 = 2_000;
    const N_MORE: u32 = 8_000;
    let site = Site::built("")?;
    let limit = "ulimit -S -n \"$(ulimit -H -n)\"";
    let edge = site.start_after(limit)?;
    // This process needs as many descriptors as the edge.
    run(
        "prlimit",
        &["--pid", &std::process::id().to_string(), "--nofile=16384:"],
    )?;
    let grown = Runtime::new()?.block_on(async {
        // What the process takes for its first connections and answers is not one connection's own.
        let first = connect(&site, 0..N_FIRST).await?;
        honest(&site).await?;
        let before = edge.memory_kib("VmRSS")?;
        let more = connect(&site, N_FIRST..N_FIRST + N_MORE).await?;
        honest(&site).await?;
        let grown = edge.memory_kib("VmRSS")? - before;
        drop((first, more));
        Ok::<_, Failed>(grown)
    })?;
    assert!(
        grown < i64::from(N_MORE) * 4,
        "{grown} KiB for {N_MORE} connections"
    );
    Ok(())
}

/// A reader among them is answered.
async fn honest(site: &Site) -> Result<(), Failed> {
    let request = "GET /guides/start/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = ask(site, client(250), request).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "the honest wait");
    Ok(())
}

async fn connect(site: &Site, numbers: Range<u32>) -> Result<Vec<TcpStream>, Failed> {
    let mut open = Vec::new();
    for n in numbers {
        open.push(knock(site.port, client(n / 200)).await?);
    }
    Ok(open)
}

/// AUTHN-02: how long a refusal takes says nothing about whether someone has the address. Times of known and of
/// unknown ones, taken in turn, are ranked together (Mann and Whitney); three lots in a row that differ are no chance.
fn times() -> Result<(), Failed> {
    const N_TRIES: usize = 30;
    let site = Site::built("")?;
    let edge = site.start()?;
    let added = [
        "member",
        "add",
        "name0",
        "--email",
        "name0@example.org",
        "--verified",
        "--password-stdin",
    ];
    let output = site.lyceum(&added, "plum garden 7 lanterns\n")?;
    assert!(output.status.success(), "{output:?}");
    site.database()?.execute_batch(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99)
         INSERT INTO member (id, handle, handle_key, email, email_key, name, password_hash, password_at, role,
                             created_at, updated_at, verified_at)
         SELECT printf('%08d-0000-7000-8000-000000000000', n), 'name' || n, 'name' || n, 'name' || n || '@example.org', 'name' || n || '@example.org', '',
                password_hash, password_at, role, created_at, updated_at, verified_at FROM member, n",
    )?;
    let mut seen = Vec::new();
    for lot in 0..3 {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        Runtime::new()?.block_on(async {
            for n in 0..N_TRIES {
                let n = lot * N_TRIES + n;
                for (name, into) in [("name", &mut known), ("none", &mut unknown)] {
                    let began = Instant::now();
                    let login = format!("{name}{n}@example.org");
                    let answer = sign_in(&site, client(n as u32), &login).await?;
                    into.push(began.elapsed());
                    let (status, problem) = whole(&answer).ok_or("no answer came")?;
                    assert_eq!(status, 401, "{problem}");
                }
            }
            Ok::<_, Failed>(())
        })?;
        let z = rank_difference(&known, &unknown);
        if z.abs() < 4.0 {
            return Ok(());
        }
        seen.push(z);
    }
    drop(edge);
    Err(format!("known and unknown names differ by z = {seen:?}").into())
}

/// The z of the rank sum of `one` among both, about normal with a mean of 0 and a deviation of 1 where they are alike.
fn rank_difference(one: &[Duration], other: &[Duration]) -> f64 {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let n_less = |it: &Duration| {
        let below = other.iter().filter(|other| *other < it).count() as f64;
        let equal = other.iter().filter(|other| *other == it).count() as f64;
        below + equal / 2.0
    };
    let u: f64 = one.iter().map(n_less).sum();
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// One of this machine's own addresses; a client of the edge for itself.
fn client(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x7f01_0001 + n)
}

async fn knock(port: u16, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket
        .connect(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
}

fn ask(
    site: &Site,
    from: Ipv4Addr,
    request: &str,
) -> impl Future<Output = Result<String, Failed>> + Send + use<> {
    let (port, request) = (
        site.port,
        request.replace("host: a", &format!("host: 127.0.0.1:{}", site.port)),
    );
    async move {
        let mut stream = knock(port, from).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

fn sign_in(
    site: &Site,
    from: Ipv4Addr,
    login: &str,
) -> impl Future<Output = Result<String, Failed>> + Send + use<> {
    let body = json!({ "login": login, "password": "wrong wrong wrong" }).to_string();
    let head = site.head("POST", "/api/session", body.len(), None);
    ask(site, from, &format!("{head}\r\n{body}"))
}
