//! The guard through the whole router, without a socket.

use crate::edge::extract::Peer;
use crate::edge::fixture::Fixture;
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

/// SES-15, SES-16: every answer bears them, whatever it is.
#[tokio::test]
async fn every_answer_is_secured() {
    let site = Fixture::new();
    for (method, address) in [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("GET", "/api/nothing"),
        ("GET", "/theme.css"),
        ("GET", "/guides/parts"),
        ("GET", "/%00"),
        ("POST", "/api/tiers"),
        ("TRACE", "/"),
        ("GET", "/healthz"),
    ] {
        let answer = site.ask(method, address, &[], "").await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"),
            "{method} {address}"
        );
        assert!(!policy.contains("unsafe"), "{method} {address}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {address}");
        }
        assert_eq!(
            answer.header("x-request-id").map(str::len),
            Some(16),
            "{method} {address}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("server"), None);
    }
    let token_page = site.get("/members/link/?token=x", &[]).await;
    assert_eq!(token_page.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(
        Fixture::at("http://127.0.0.1:1111/")
            .get("/", &[])
            .await
            .header("strict-transport-security"),
        None
    );
}

/// AUTHZ-05, HTTP-07
#[tokio::test]
async fn methods_are_few() {
    let site = Fixture::new();
    for (method, address, allowed) in [
        ("TRACE", "/", None),
        ("OPTIONS", "/api/tiers", None),
        ("FOO", "/", None),
        ("get", "/", None),
        ("CONNECT", "/", None),
        ("POST", "/api/tiers", Some("GET,HEAD")),
        ("DELETE", "/api/parts", Some("GET,HEAD")),
        ("POST", "/theme.css", None),
        ("PUT", "/nowhere", None),
    ] {
        let answer = site
            .ask(method, address, &["x-http-method-override: GET"], "")
            .await;
        assert_eq!(answer.status, 405, "{method} {address}");
        assert_eq!(
            answer.json()["code"],
            "method_not_allowed",
            "{method} {address}"
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("private, no-store"),
            "PW-14"
        );
        if allowed.is_some() {
            assert_eq!(answer.header("allow"), allowed, "{method} {address}");
        }
    }
    let head = site.ask("HEAD", "/api/tiers", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn bodies_are_bounded_by_their_announced_length() {
    let site = Fixture::new();
    let answer = site
        .ask("POST", "/api/tiers", &["content-length: 10000000"], "")
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("connection")),
        (413, Some("close"))
    );
}

/// DOS-13
#[tokio::test]
async fn writing_too_often_waits() {
    let site = Fixture::new();
    for _ in 0..120 {
        assert_eq!(site.ask("PUT", "/api/nothing", &[], "").await.status, 404);
    }
    let answer = site.ask("PUT", "/api/nothing", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["code"].as_str()),
        (429, Some("rate_limited"))
    );
    let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    site.edge.clock.advance_secs(wait);
    assert_eq!(site.ask("PUT", "/api/nothing", &[], "").await.status, 404);
}

/// HTTP-04, OPS-11: what a socket brings has one host, and on a reader's machine a local one.
#[tokio::test]
async fn hosts_are_checked_where_there_is_a_socket() {
    for (base_url, address, hosts, status) in [
        ("https://lyceum.example/", "/", &["lyceum.example"][..], 200),
        ("https://lyceum.example/", "/", &["10.0.0.7:8080"], 200),
        ("https://lyceum.example/", "/", &[], 400),
        ("https://lyceum.example/", "/", &["a", "b"], 400),
        ("https://lyceum.example/", "/", &["a b"], 400),
        (
            "https://lyceum.example/",
            "http://other/",
            &["lyceum.example"],
            400,
        ),
        ("http://127.0.0.1:1111/", "/", &["127.0.0.1:1111"], 200),
        ("http://127.0.0.1:1111/", "/", &["localhost:1111"], 200),
        ("http://127.0.0.1:1111/", "/", &["evil.example:1111"], 403),
    ] {
        let site = Fixture::at(base_url);
        let mut request = Request::builder().uri(address);
        for host in hosts {
            request = request.header("host", *host);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request
            .extensions_mut()
            .insert(Peer("127.0.0.1:5".parse().unwrap()));
        let answer = crate::edge::router(site.edge.clone())
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(
            answer.status().as_u16(),
            status,
            "{base_url} {address} {hosts:?}"
        );
    }
}
