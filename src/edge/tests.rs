//! The routes as a whole: who may ask each of them, and that none is forgotten.

use crate::edge::fixture::Fixture;
use serde_json::json;
use std::collections::BTreeSet;

/// Whom a route lets in. Its service may still refuse.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    Anyone,
    SignedIn,
    Verified,
}

/// AUTHZ-01: every route under `/api`. A route that is not here fails the test below.
const ROUTES: &[(&str, &str, Needs)] = &[
    ("GET", "/api/openapi.json", Needs::Anyone),
    ("GET", "/api/parts", Needs::Anyone),
    ("GET", "/api/page", Needs::Anyone),
    ("GET", "/api/tiers", Needs::Anyone),
    ("POST", "/api/members", Needs::Anyone),
    ("POST", "/api/members/confirmation", Needs::SignedIn),
    ("POST", "/api/members/verify", Needs::Anyone),
    ("POST", "/api/session", Needs::Anyone),
    ("DELETE", "/api/session", Needs::Anyone),
    ("POST", "/api/session/link", Needs::Anyone),
    ("POST", "/api/session/link/redeem", Needs::Anyone),
    ("POST", "/api/password/reset", Needs::Anyone),
    ("PUT", "/api/password", Needs::Anyone),
    ("GET", "/api/me", Needs::SignedIn),
    ("PATCH", "/api/me", Needs::SignedIn),
    ("DELETE", "/api/me", Needs::SignedIn),
    ("GET", "/api/me/export", Needs::SignedIn),
    ("GET", "/api/me/sessions", Needs::SignedIn),
    ("DELETE", "/api/me/sessions", Needs::SignedIn),
    ("DELETE", "/api/me/sessions/{id}", Needs::SignedIn),
    ("GET", "/api/comments", Needs::Anyone),
    ("GET", "/api/comments/counts", Needs::Anyone),
    ("POST", "/api/comments", Needs::Verified),
    ("PATCH", "/api/comments/{id}", Needs::Verified),
    ("DELETE", "/api/comments/{id}", Needs::Verified),
    ("PUT", "/api/comments/{id}/accepted", Needs::Verified),
    ("PUT", "/api/likes", Needs::Verified),
    ("GET", "/api/saves", Needs::Verified),
    ("PUT", "/api/saves", Needs::Verified),
    ("PUT", "/api/ratings", Needs::Verified),
    ("POST", "/api/events", Needs::Anyone),
    ("GET", "/api/engagement", Needs::Anyone),
];

#[test]
fn every_route_has_its_row() {
    let described = serde_json::to_value(crate::edge::description()).unwrap();
    let mut found = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        let known = ["get", "post", "put", "patch", "delete"];
        let methods = methods
            .as_object()
            .unwrap()
            .keys()
            .filter(|it| known.contains(&it.as_str()));
        found.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    let rows = ROUTES
        .iter()
        .map(|(method, path, _)| (method.to_string(), path.to_string()));
    assert_eq!(found, rows.collect::<BTreeSet<_>>());
}

/// AUTHZ-01, AUTHZ-09, PW-14
#[tokio::test]
async fn every_door_is_shut_to_whom_it_should_be() {
    for (method, path, needs) in ROUTES {
        let site = Fixture::new();
        let address = path.replace("{id}", "019b8c5e-0000-7000-8000-000000000000");
        let lines = [
            "sec-fetch-site: same-origin",
            "content-type: application/json",
        ];
        let waiting = format!(
            "cookie: {}",
            site.member("waiting", Some("pro"), false).await
        );
        let member = format!("cookie: {}", site.member("mei", None, true).await);
        let suspended = format!("cookie: {}", site.member("gone", None, true).await);
        site.suspend("gone").await;
        for (who, cookie, expected) in [
            (
                "visitor",
                None,
                (*needs != Needs::Anyone).then_some("sign_in_needed"),
            ),
            (
                "suspended",
                Some(&suspended),
                (*needs != Needs::Anyone).then_some("sign_in_needed"),
            ),
            (
                "unverified",
                Some(&waiting),
                (*needs == Needs::Verified).then_some("unverified"),
            ),
            ("member", Some(&member), None),
        ] {
            let lines: Vec<&str> = lines
                .into_iter()
                .chain(cookie.map(String::as_str))
                .collect();
            let answer = site.ask(method, &address, &lines, "{}").await;
            let shut = ["sign_in_needed", "unverified", "not_entitled", "suspended"];
            let code = answer
                .problem_code()
                .filter(|it| shut.contains(&it.as_str()));
            assert_eq!(
                code.as_deref(),
                expected,
                "{method} {path} as {who}: {}",
                answer.text()
            );
            assert_ne!(answer.status, 500, "{method} {path} as {who}");
            if answer.status.is_client_error() {
                assert!(
                    answer.header("cache-control").unwrap().contains("no-store"),
                    "{method} {path} as {who}"
                );
            }
        }
    }
}

/// SES-07, SES-08: no unsafe route, and no plain form, takes what another site sends.
#[tokio::test]
async fn no_route_takes_foreign_requests() {
    let site = Fixture::new();
    let cookie = format!("cookie: {}", site.member("mei", Some("pro"), true).await);
    let forms = [
        "join", "sign-in", "sign-out", "link", "verify", "forgot", "password",
    ];
    let forms = forms.map(|name| ("POST", format!("/members/{name}/")));
    let api = ROUTES.iter().filter(|(method, ..)| *method != "GET");
    for (method, path) in api
        .map(|(method, path, _)| (*method, path.to_string()))
        .chain(forms)
    {
        for lines in [
            &["sec-fetch-site: cross-site"][..],
            &["sec-fetch-site: same-site"],
            &["origin: https://evil.example"],
            &["origin: null"],
            &[&cookie, "sec-fetch-site: cross-site"],
            &[&cookie],
        ] {
            let answer = site.ask(method, &path, lines, "").await;
            assert_eq!(
                answer.problem_code().as_deref(),
                Some("cross_origin"),
                "{method} {path} {lines:?}"
            );
            assert_eq!(answer.status, 403);
        }
    }
}

/// RACE-07
#[tokio::test]
async fn a_key_makes_one_comment() {
    let site = Fixture::new();
    let lines = |cookie: &str, key: &str| {
        vec![
            format!("cookie: {cookie}"),
            format!("idempotency-key: {key}"),
            "sec-fetch-site: same-origin".to_owned(),
            "content-type: application/json".to_owned(),
        ]
    };
    let mei = site.member("mei", None, true).await;
    let lan = site.member("lan", None, true).await;
    let (hello, other) = (
        r#"{"page":"guides/parts","body":"hello"}"#,
        r#"{"page":"guides/parts","body":"other"}"#,
    );
    let say = async |lines: Vec<String>, body: &str| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        site.ask("POST", "/api/comments", &lines, body).await
    };
    let first = say(lines(&mei, "k1"), hello).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = say(lines(&mei, "k1"), hello).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    let conflict = say(lines(&mei, "k1"), other).await;
    assert_eq!(
        (conflict.status.as_u16(), conflict.problem_code().as_deref()),
        (409, Some("idempotency_conflict"))
    );
    assert_ne!(
        say(lines(&lan, "k1"), hello).await.json()["id"],
        first.json()["id"],
        "keys of two never meet"
    );
    assert_eq!(say(lines(&mei, "a b"), hello).await.status, 400);

    let at_once =
        futures_util::future::join_all((0..32).map(|_| say(lines(&mei, "k2"), other))).await;
    let ids: BTreeSet<String> = at_once
        .iter()
        .map(|it| it.json()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let listed = site
        .get("/api/comments?page=guides/parts", &[])
        .await
        .json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);

    // A like is the same when done twice: its answer is kept after it.
    let like = async |body: &str| {
        let lines = lines(&mei, "k3");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        site.ask("PUT", "/api/likes", &lines, body).await
    };
    let (yes, no) = (
        r#"{"page":"guides/parts","liked":true}"#,
        r#"{"page":"guides/parts","liked":false}"#,
    );
    assert_eq!(like(yes).await.json(), json!({"likes": 1, "liked": true}));
    assert_eq!(like(no).await.status, 409);
    assert_eq!(like(yes).await.json(), json!({"likes": 1, "liked": true}));

    site.edge.clock.advance_secs(24 * 3600 + 1);
    let fresh = site.edge.clone();
    tokio::task::spawn_blocking(move || crate::edge::jobs(&fresh).run_due())
        .await
        .unwrap()
        .unwrap();
    let later = say(lines(&mei, "k1"), hello).await;
    assert_ne!(
        later.json()["id"],
        first.json()["id"],
        "after a day a key is new"
    );
}
