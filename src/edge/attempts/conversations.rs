//! Guessing at one account in many spellings and places, and at many accounts from one place.

use crate::edge::fixture::Fixture;
use serde_json::json;

/// Tries a wrong password; gives the status, and when to try again.
async fn guess(site: &Fixture, client: [u8; 4], login: &str, lines: &[&str]) -> (u16, bool) {
    let body = json!({"login": login, "password": "wrong wrong wrong"}).to_string();
    let usual = [
        "host: lyceum.example",
        "content-type: application/json",
        "sec-fetch-site: same-origin",
    ];
    let lines: Vec<&str> = usual.iter().chain(lines).copied().collect();
    let refused = site
        .ask_from(Some(client), "POST", "/api/session", &lines, &body)
        .await;
    (
        refused.status.as_u16(),
        refused.header("retry-after").is_some(),
    )
}

/// AUTHN-04, AUTHN-05: ten guesses at one address, however it is spelt and wherever they come from.
#[tokio::test]
async fn one_account_has_one_bucket() {
    let site = Fixture::new();
    let spellings = [
        "mei.li@example.org",
        "MEI.LI@EXAMPLE.ORG",
        "meili@example.org",
        "mei.li+one@example.org",
        " mei.li@example.org ",
    ];
    for n in 0..10 {
        let login = spellings[n % spellings.len()];
        assert_eq!(
            guess(&site, [10, 0, 0, n as u8], login, &[]).await,
            (401, false),
            "{login}"
        );
    }
    for login in spellings {
        assert_eq!(
            guess(&site, [10, 0, 0, 99], login, &[]).await,
            (429, true),
            "{login}"
        );
    }
    assert_eq!(
        guess(&site, [10, 0, 0, 99], "lan@example.org", &[]).await.0,
        401
    );
}

/// AUTHN-05, AUTHN-06: thirty guesses at any accounts from one client, whatever its headers claim. Others go on.
#[tokio::test]
async fn one_client_has_one_bucket() {
    let site = Fixture::new();
    for n in 0..30 {
        let claims = [
            format!("x-forwarded-for: 203.0.113.{n}"),
            format!("forwarded: for=203.0.113.{n}"),
            format!("x-real-ip: 203.0.113.{n}"),
        ];
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        let login = format!("name{n}@example.org");
        assert_eq!(
            guess(&site, [10, 0, 0, 1], &login, &claims).await,
            (401, false),
            "{n}"
        );
    }
    let barred = guess(
        &site,
        [10, 0, 0, 1],
        "other@example.org",
        &["x-forwarded-for: 203.0.113.99"],
    );
    assert_eq!(barred.await, (429, true));
    assert_eq!(
        guess(&site, [10, 0, 0, 2], "other@example.org", &[]).await,
        (401, false)
    );
}

/// Guesses counted while the machine's clock was a day ahead bar nobody once it is right again.
#[tokio::test]
async fn a_clock_that_comes_back_bars_nobody() {
    let site = Fixture::new();
    site.edge.clock.advance_secs(86_400);
    for _ in 0..10 {
        assert_eq!(guess(&site, [10, 0, 0, 1], "mei", &[]).await, (401, false));
    }
    assert_eq!(guess(&site, [10, 0, 0, 1], "mei", &[]).await, (429, true));
    site.edge.clock.advance_secs(-86_400);
    assert_eq!(guess(&site, [10, 0, 0, 1], "mei", &[]).await, (401, false));
}
