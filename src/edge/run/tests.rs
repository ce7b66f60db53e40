//! What a connection answers to bytes that are no proper request or come too slowly, mostly without a socket.

use crate::edge::fixture::Fixture;
use crate::edge::run::accept::{Door, Limits, converse};
use crate::edge::threads::{self, Threads};
use axum::Router;
use axum::routing::get;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

/// Sends the bytes and gives all that comes back until the server closes the connection.
async fn answer_to(site: &Fixture, sent: &[u8]) -> String {
    let (mut client, server) = duplex(1 << 20);
    let (_ring, stopped) = watch::channel(false);
    let app = crate::edge::router(site.edge.clone());
    let conversation = tokio::spawn(converse(
        server,
        "127.0.0.1:5".parse().unwrap(),
        app,
        stopped,
    ));
    client.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    conversation.await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<&str> {
    answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|it| &it[..3])
        .collect()
}

/// HTTP-01: what two readers could cut in two places is refused, with one answer.
#[tokio::test]
async fn smuggled_requests_are_refused() {
    let site = Fixture::new();
    const SECOND: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for head in [
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5,6",
        "Content-Length: -1",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        "Transfer-Encoding:\r\n chunked",
        "X: a\rTransfer-Encoding: chunked",
        "X: a\0b",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 05",
    ] {
        let sent =
            format!("POST /api/tiers HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n0\r\n\r\n{SECOND}");
        let answer = answer_to(&site, sent.as_bytes()).await;
        assert_eq!(statuses(&answer), ["400"], "{head}: {answer}");
    }
    for sent in [
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let answer = answer_to(&site, format!("{sent}{SECOND}").as_bytes()).await;
        assert_eq!(statuses(&answer), ["400"], "{sent:?}: {answer}");
    }
    for chunks in ["2;\nxx\r\n[]\r\n0\r\n\r\n", "2\r\n[]\r\n0;x\ny\r\n\r\n"] {
        let sent = format!(
            "POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nSec-Fetch-Site: none\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{SECOND}"
        );
        let answer = answer_to(&site, sent.as_bytes()).await;
        assert_eq!(statuses(&answer), ["400"], "{chunks:?}: {answer}");
    }
    // RFC 9112 lets the coding win over a length, but the connection is of no more use then.
    let both = format!(
        "POST /api/tiers HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SECOND}"
    );
    let answer = answer_to(&site, both.as_bytes()).await;
    assert!(statuses(&answer).len() == 1, "{answer}");
}

/// An answer that does not wait for the body says that the connection ends, since the rest of the body is never read.
#[tokio::test]
async fn early_refusals_say_close() {
    let site = Fixture::new();
    const JSON: &str = "Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n";
    for (line, lines, expected) in [
        ("POST /api/comments", JSON, "401"),
        ("POST /api/nothing", JSON, "404"),
        ("DELETE /api/tiers", JSON, "405"),
        (
            "POST /api/session",
            "Content-Type: text/plain\r\nSec-Fetch-Site: same-origin\r\n",
            "415",
        ),
        (
            "POST /api/session",
            "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n",
            "403",
        ),
    ] {
        for body in [
            "Content-Length: 20\r\n\r\n{\"page\":",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        ] {
            let sent = format!("{line} HTTP/1.1\r\nHost: a\r\n{lines}{body}");
            let answer = answer_to(&site, sent.as_bytes()).await;
            assert_eq!(statuses(&answer), [expected], "{line}: {answer}");
            assert!(answer.contains("connection: close\r\n"), "{line}: {answer}");
        }
    }
}

/// HTTP-02, DOS-12, DOS-16
#[tokio::test]
async fn garbage_ends_a_connection() {
    let site = Fixture::new();
    let many = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "X: y\r\n".repeat(10_000)
    );
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(64 * 1024));
    let endless = "a".repeat(1 << 19);
    for sent in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        many.as_bytes(),
        long.as_bytes(),
        endless.as_bytes(),
    ] {
        let answer = answer_to(&site, sent).await;
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(40)]).into_owned();
        assert!(statuses(&answer).len() <= 1, "{shown}: {answer}");
        assert!(
            statuses(&answer)
                .iter()
                .all(|it| ["400", "414", "431"].contains(it)),
            "{shown}: {answer}"
        );
    }
    let answer = answer_to(&site, b"GET /theme.css HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n").await;
    assert_eq!(statuses(&answer), ["200"], "an upgrade is not taken");
}

/// DOS-01: a body that is too long, announced or not, is answered 413 and the connection closed.
#[tokio::test]
async fn long_bodies_are_cut() {
    let site = Fixture::new();
    let chunk = format!("8000\r\n{}\r\n", "a".repeat(0x8000)).repeat(8);
    for head in ["Content-Length: 10000000", "Transfer-Encoding: chunked"] {
        let sent = format!(
            "PUT /api/nothing HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}\r\n\r\n{chunk}0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let answer = answer_to(&site, sent.as_bytes()).await;
        assert_eq!(statuses(&answer).len(), 1, "{head}: {answer}");
    }
}

#[tokio::test]
async fn a_stop_ends_idle_connections_and_answers_the_rest() {
    let site = Fixture::new();
    let (mut client, server) = duplex(1 << 16);
    let (ring, stopped) = watch::channel(false);
    let app = crate::edge::router(site.edge.clone());
    let conversation = tokio::spawn(converse(
        server,
        "127.0.0.1:5".parse().unwrap(),
        app,
        stopped,
    ));
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 15];
    client.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    ring.send(true).unwrap();
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"<html>home</html>"));
    conversation.await.unwrap();
}

/// A stop waits for a handler that runs on its own threads, and for its answer to be sent.
#[test]
fn a_stop_waits_for_handlers() {
    let (connections, handlers) = (Runtime::new().unwrap(), threads::start().unwrap());
    let site = Fixture::new().with_threads(Threads::of(&handlers));
    connections.block_on(async {
        let (begun, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (has_begun, is_released) = (Arc::clone(&begun), Arc::clone(&released));
        let hold = async move || {
            begun.notify_one();
            released.notified().await;
            "finished"
        };
        let path = "/api/held";
        let held = Router::new().route(path, get(hold));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (ring, stopped) = watch::channel(false);
        let door = Door {
            listener,
            app: crate::edge::router_with(site.edge.clone(), held),
            limits: Limits::SITE,
            trusted: Vec::new(),
        };
        let door = tokio::spawn(door.serve(stopped, Duration::MAX));
        let asked = client.write_all(b"GET /api/held HTTP/1.1\r\nHost: a\r\n\r\n");
        asked.await.unwrap();
        has_begun.notified().await;
        ring.send(true).unwrap();
        is_released.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("finished"), "{answer}");
        assert!(door.await.unwrap(), "nothing was cut off");
    });
    handlers.shutdown_background();
}

/// What came of a connection, and the seconds until its end.
struct Cut {
    statuses: Vec<String>,
    secs: f64,
}

/// Sends the bytes of `sent` and then one more each second, until the server closes the connection. The client's
/// address is made of `n`, so that none is limited for the others' sake.
async fn drip(app: Router, n: u16, sent: String) -> Cut {
    let (client, server) = duplex(1 << 16);
    let (_ring, stopped) = watch::channel(false);
    let peer = SocketAddr::from((Ipv4Addr::from(0x0a00_0000 | u32::from(n)), 5));
    tokio::spawn(converse(server, peer, app, stopped));
    let began = Instant::now();
    let (mut reads, mut writes) = tokio::io::split(client);
    let mut answer = Vec::new();
    let dripping = async {
        let mut sent = writes.write_all(sent.as_bytes()).await;
        while sent.is_ok() {
            sleep(Duration::from_secs(1)).await;
            sent = writes.write_all(b"x").await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = dripping => {}
        read = reads.read_to_end(&mut answer) => assert!(read.is_ok()),
    }
    let answer = String::from_utf8_lossy(&answer);
    Cut {
        statuses: statuses(&answer).into_iter().map(str::to_owned).collect(),
        secs: began.elapsed().as_secs_f64(),
    }
}

/// DOS-02, DOS-03: a thousand heads or bodies that come a byte a second are cut off in their time, and meanwhile
/// everybody else is answered at once. Time is the runtime's own, which passes when nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn slow_requests_are_cut() {
    let site = Fixture::new();
    let app = crate::edge::router(site.edge.clone());
    const HEAD: &str = "Host: a\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json";
    for (sent, status, secs) in [
        ("GET / HTTP/1.1\r\nHost: a\r\nX: ".to_owned(), None, 10.0),
        (
            format!("POST /api/session HTTP/1.1\r\n{HEAD}\r\nContent-Length: 60000\r\n\r\n{{"),
            Some("408"),
            15.0,
        ),
        (
            format!(
                "POST /api/session HTTP/1.1\r\n{HEAD}\r\nTransfer-Encoding: chunked\r\n\r\nff00\r\n"
            ),
            Some("408"),
            15.0,
        ),
    ] {
        let slow: Vec<_> = (0..1_000)
            .map(|n| tokio::spawn(drip(app.clone(), n, sent.clone())))
            .collect();
        sleep(Duration::from_secs(5)).await;
        let asked = Instant::now();
        let honest = answer_to(
            &site,
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        );
        assert_eq!(statuses(&honest.await), ["200"]);
        assert!(
            asked.elapsed() < Duration::from_millis(100),
            "the honest wait"
        );
        for cut in slow {
            let Cut {
                statuses,
                secs: took,
            } = cut.await.unwrap();
            assert_eq!(statuses.first().map(String::as_str), status, "{sent}");
            assert!((secs..secs + 2.0).contains(&took), "{sent}: {took}");
        }
    }
}

/// DOS-02, DOS-05: whoever says nothing is cut off too, before and after an answer.
#[tokio::test(start_paused = true)]
async fn silent_connections_are_cut() {
    let site = Fixture::new();
    for sent in ["", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let (mut client, server) = duplex(1 << 16);
        let (_ring, stopped) = watch::channel(false);
        let app = crate::edge::router(site.edge.clone());
        tokio::spawn(converse(
            server,
            "10.0.0.1:5".parse().unwrap(),
            app,
            stopped,
        ));
        let began = Instant::now();
        client.write_all(sent.as_bytes()).await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        let took = began.elapsed().as_secs_f64();
        assert!((10.0..12.0).contains(&took), "{sent:?}: {took}");
    }
}

/// DOS-04: whoever asks for much and takes nothing is cut off, and a file is not read ahead of its reader.
#[tokio::test(start_paused = true)]
async fn readers_who_take_nothing_are_cut() {
    let site = Fixture::new();
    site.publish_file("big.bin", &vec![7; 5 << 20]);
    let app = crate::edge::router(site.edge.clone());
    let stalled: Vec<_> = (0..200)
        .map(|_| {
            let (mut client, server) = duplex(1 << 16);
            let (ring, stopped) = watch::channel(false);
            let conversation =
                converse(server, "10.0.0.1:5".parse().unwrap(), app.clone(), stopped);
            tokio::spawn(async move {
                let asked = client.write_all(b"GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
                asked.await.unwrap();
                let began = Instant::now();
                conversation.await;
                drop((client, ring));
                began.elapsed().as_secs_f64()
            })
        })
        .collect();
    for stalled in stalled {
        let took = stalled.await.unwrap();
        assert!((30.0..40.0).contains(&took), "{took}");
    }
}

/// A listener with few places on this machine, and the site behind it.
async fn door(site: &Fixture, limits: Limits) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ring, stopped) = watch::channel(false);
    let door = Door {
        listener,
        app: crate::edge::router(site.edge.clone()),
        limits,
        trusted: Vec::new(),
    };
    tokio::spawn(door.serve(stopped, Duration::ZERO));
    (address, ring)
}

/// A connection from one of this machine's own addresses.
async fn knock(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::from(from), 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

async fn ask(stream: &mut TcpStream) -> std::io::Result<String> {
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// DOS-05: who comes when all places are taken waits for one; who has too many is refused, and nobody else.
#[tokio::test]
async fn places_are_waited_for() {
    let site = Fixture::new();
    let limits = Limits {
        connections: 2,
        per_client: 2,
    };
    let (address, _ring) = door(&site, limits).await;
    let mut first = knock([127, 0, 0, 1], address).await;
    let mut second = knock([127, 0, 0, 2], address).await;
    let mut third = knock([127, 0, 0, 3], address).await;
    let waiting = tokio::spawn(async move { ask(&mut third).await });
    assert!(ask(&mut first).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(waiting.await.unwrap().unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask(&mut second).await.unwrap().starts_with("HTTP/1.1 200"));

    let limits = Limits {
        connections: 100,
        per_client: 2,
    };
    let (address, _ring) = door(&site, limits).await;
    let mut kept = [
        knock([127, 0, 0, 1], address).await,
        knock([127, 0, 0, 1], address).await,
    ];
    let mut too_many = knock([127, 0, 0, 1], address).await;
    assert!(
        !ask(&mut too_many)
            .await
            .is_ok_and(|it| it.starts_with("HTTP"))
    );
    let mut other = knock([127, 0, 0, 2], address).await;
    assert!(ask(&mut other).await.unwrap().starts_with("HTTP/1.1 200"));
    for one in &mut kept {
        assert!(ask(one).await.unwrap().starts_with("HTTP/1.1 200"));
    }
}
