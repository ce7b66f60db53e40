//! Guessing at one account in many spellings and places, and at many accounts from one place.

use crate::edge::accounts::Role;
use crate::edge::accounts::service::admin::{Added, MemberAdmin};
use crate::edge::fixture::Fixture;
use serde_json::json;

/// Tries a wrong password; returns the status, and when to try again.
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

const OWN_PASSWORD: &str = "plum garden 7 lanterns";

async fn added(site: &Fixture, handle: &str, email: &str) {
    let admin = MemberAdmin {
        store: site.edge.store.clone(),
        clock: site.edge.clock.clone(),
        entropy: site.edge.entropy.clone(),
    };
    let added = Added {
        handle: handle.into(),
        email: email.into(),
        role: Role::Member,
        password: Some(OWN_PASSWORD.into()),
        is_verified: true,
        site_title: "Fixture".into(),
    };
    tokio::task::spawn_blocking(move || admin.add(added))
        .await
        .unwrap()
        .unwrap();
}

/// AUTHN-04, AUTHN-06: a success forgives the failures at that very account: not those at another address of the same
/// box, and not those of the client at other accounts.
#[tokio::test]
async fn a_success_forgives_no_guess_at_another_account() {
    const VICTIM: &str = "victim@example.org";
    for own in [
        "victim+m@example.org",
        "vic.tim@example.org",
        "v.i.c.tim+x@example.org",
        "mallory@example.org",
    ] {
        for by_handle in [false, true] {
            let site = Fixture::new();
            added(&site, "victim", VICTIM).await;
            added(&site, "mallory", own).await;
            let right =
                json!({"login": if by_handle { "mallory" } else { own }, "password": OWN_PASSWORD});
            let mut n_guesses = 0;
            for n in 0..40 {
                if n % 4 == 3 {
                    let lines = [
                        "host: lyceum.example",
                        "content-type: application/json",
                        "sec-fetch-site: same-origin",
                    ];
                    let sent = right.to_string();
                    site.ask_from(Some([10, 0, 0, 1]), "POST", "/api/session", &lines, &sent)
                        .await;
                }
                // At other accounts, so that the client's own bucket fills as well.
                let login = match n % 2 {
                    0 => VICTIM.to_owned(),
                    _ => format!("other{n}@example.org"),
                };
                let (status, _) = guess(&site, [10, 0, 0, 1], &login, &[]).await;
                n_guesses += i32::from(status == 401);
            }
            // Ten at the victim and all twenty others, and the owner is let in again once the window has passed.
            assert_eq!(n_guesses, 30, "{own} {by_handle}");
            assert_eq!(guess(&site, [10, 0, 0, 9], VICTIM, &[]).await, (429, true));
        }
    }
}

/// A member who mistypes and then signs in begins anew, at any number of successes.
#[tokio::test]
async fn a_success_forgives_the_failures_at_its_own_account() {
    let site = Fixture::new();
    added(&site, "mei", "mei.li@example.org").await;
    for login in ["mei.li@example.org", "mei"] {
        for n in 0..15 {
            let (status, _) = guess(&site, [10, 0, 0, 1], login, &[]).await;
            assert_eq!(status, 401, "{login} {n}");
            let lines = [
                "host: lyceum.example",
                "content-type: application/json",
                "sec-fetch-site: same-origin",
            ];
            let sent = json!({"login": login, "password": OWN_PASSWORD}).to_string();
            let opened = site
                .ask_from(Some([10, 0, 0, 1]), "POST", "/api/session", &lines, &sent)
                .await;
            assert_eq!(opened.status.as_u16(), 200, "{login} {n}");
        }
    }
}
