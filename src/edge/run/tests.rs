//! What a connection answers to bytes that are no proper request, without a socket.

use crate::edge::fixture::Fixture;
use crate::edge::run::accept::converse;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::sync::watch;

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
    ] {
        let sent =
            format!("POST /api/tiers HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n0\r\n\r\n{SECOND}");
        let answer = answer_to(&site, sent.as_bytes()).await;
        assert_eq!(statuses(&answer), ["400"], "{head}: {answer}");
    }
    // RFC 9112 lets the coding win over a length, but the connection is of no more use then.
    let both = format!(
        "POST /api/tiers HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SECOND}"
    );
    let answer = answer_to(&site, both.as_bytes()).await;
    assert!(statuses(&answer).len() == 1, "{answer}");
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
