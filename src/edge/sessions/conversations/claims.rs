//! Two people join with one address, and one of them reads its letters: the whole way through the router.
//!
//! Whoever does not read them gains nothing and cannot keep out the one who does, in whatever order they come. Random
//! orders of the rules alone are in `members/claims/conversations.rs`.

use crate::edge::fixture::{Answer, Fixture};
use crate::edge::members::Role;
use crate::edge::members::desk::Added;
use crate::edge::sessions::conversations::{FORM, bound, cookie, status};
use serde_json::{Value, json};

const ADDRESS: &str = "violet@example.org";
const OWNERS: &str = "violets own pass 4 tea";
const ATTACKERS: &str = "attacker pass 99 lamp";
const CHOSEN: &str = "chosen later 7 lanterns";

/// Which letter the owner of the address opens, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Opened {
    /// That of their own join, in the browser that joined.
    OwnHere,
    /// That of their own join, elsewhere.
    OwnElsewhere,
    /// That of the attacker's join, in their own browser.
    Theirs,
    /// One that was asked for, to sign in by.
    Link,
    /// One that was asked for, to set a password by.
    Reset,
}

/// Somebody's browser.
#[derive(Default)]
struct Browser {
    /// What the join left there.
    joined: String,
    session: String,
}

impl Browser {
    fn cookies(&self) -> String {
        format!("{}; {}", self.joined, self.session)
    }

    async fn join(&mut self, site: &Fixture, handle: &str, password: &str, by_form: bool) {
        let answer = if by_form {
            let password = password.replace(' ', "+");
            let body = format!("email=violet%40example.org&handle={handle}&password={password}");
            site.ask("POST", "/members/join/", &FORM, &body).await
        } else {
            let draft = json!({"email": ADDRESS, "handle": handle, "password": password});
            site.send("POST", "/api/members", "", draft).await
        };
        assert!([202, 303].contains(&status(&answer)), "{}", answer.text());
        self.joined = bound(&answer);
    }

    async fn sign_in(&mut self, site: &Fixture, login: &str, password: &str) -> u16 {
        let sent = json!({"login": login, "password": password});
        let answer = site
            .send("POST", "/api/session", &self.cookies(), sent)
            .await;
        if status(&answer) == 200 {
            self.session = cookie(&answer);
        }
        status(&answer)
    }

    async fn me(&self, site: &Fixture) -> Answer {
        site.send("GET", "/api/me", &self.cookies(), Value::Null)
            .await
    }

    async fn open(&mut self, site: &Fixture, path: &str, sent: Value) -> Answer {
        let method = if path.ends_with("password") {
            "PUT"
        } else {
            "POST"
        };
        let answer = site.send(method, path, &self.cookies(), sent).await;
        if status(&answer) == 200 {
            self.session = cookie(&answer);
        }
        answer
    }
}

/// The tokens of all letters to the address with this subject, oldest first.
async fn letters(site: &Fixture, subject: &str) -> Vec<String> {
    site.letter(ADDRESS).await;
    let sent = site.edge.mailer.sent().into_iter();
    let to_owner = sent.filter(|it| it.to.as_str() == ADDRESS && it.subject.starts_with(subject));
    to_owner
        .map(|it| it.link.unwrap().split_once("token=").unwrap().1.to_owned())
        .collect()
}

/// One order of what the two do. `asks_for_proof` is the site's `verify_email`.
async fn play(
    site: &Fixture,
    (is_first, has_same, by_form): (bool, bool, bool),
    opened: Opened,
    asks_for_proof: bool,
) {
    let told = format!("{is_first} {has_same} {by_form} {opened:?} {asks_for_proof}");
    let (mut owner, mut attacker) = (Browser::default(), Browser::default());
    let mut elsewhere = Browser::default();
    // Without proof a handle is taken at once.
    let theirs = if has_same && asks_for_proof {
        "violet"
    } else {
        "mallory"
    };
    if is_first {
        attacker.join(site, theirs, ATTACKERS, by_form).await;
        letters(site, "").await;
    }
    owner.join(site, "violet", OWNERS, by_form).await;
    letters(site, "").await;
    if !is_first {
        attacker.join(site, theirs, ATTACKERS, by_form).await;
        letters(site, "").await;
    }
    let refused = attacker.sign_in(site, theirs, ATTACKERS).await;
    let allowed: &[u16] = if asks_for_proof { &[403, 401] } else { &[200] };
    assert!(allowed.contains(&refused), "{told}: {refused}");

    let confirm = letters(site, "Confirm").await;
    let (own, foreign) = if is_first { (1, 0) } else { (0, 1) };
    let verify = "/api/members/verify";
    let answer = match opened {
        Opened::OwnHere => {
            owner
                .open(site, verify, json!({"token": confirm[own]}))
                .await
        }
        Opened::OwnElsewhere => {
            elsewhere
                .open(site, verify, json!({"token": confirm[own]}))
                .await
        }
        Opened::Theirs => {
            owner
                .open(site, verify, json!({"token": confirm[foreign]}))
                .await
        }
        Opened::Link => {
            attacker
                .open(site, "/api/session/link", json!({"email": ADDRESS}))
                .await;
            let token = letters(site, "Your sign-in link").await.pop();
            owner
                .open(site, "/api/session/link/redeem", json!({"token": token}))
                .await
        }
        Opened::Reset => {
            attacker
                .open(site, "/api/password/reset", json!({"email": ADDRESS}))
                .await;
            let token = letters(site, "Set a new password").await.pop();
            let sent = json!({"token": token, "password": CHOSEN});
            owner.open(site, "/api/password", sent).await
        }
    };
    assert!(
        [200, 204].contains(&status(&answer)),
        "{told}: {}",
        answer.text()
    );

    // What the attacker has opens nothing of the owner's.
    assert_eq!(status(&attacker.me(site).await), 401, "{told}");
    assert_ne!(
        attacker.sign_in(site, ADDRESS, ATTACKERS).await,
        200,
        "{told}"
    );
    if asks_for_proof {
        for handle in ["violet", "mallory"] {
            assert_ne!(
                attacker.sign_in(site, handle, ATTACKERS).await,
                200,
                "{told} {handle}"
            );
        }
    }
    for token in confirm {
        let again = attacker.open(site, verify, json!({"token": token})).await;
        assert_eq!(status(&again), 422, "{told}: letters of before");
    }

    // The owner is in, and the password that was chosen in the browser of the proof is the only one.
    let expected = match opened {
        Opened::OwnHere => Some(OWNERS),
        Opened::Reset => Some(CHOSEN),
        _ => None,
    };
    let mut mine = if opened == Opened::OwnElsewhere {
        elsewhere
    } else {
        owner
    };
    if opened != Opened::Reset {
        let me = mine.me(site).await.json();
        assert_eq!(me["email"], ADDRESS, "{told}");
        assert_eq!(me["has_password"], expected.is_some(), "{told}");
        let choose = answer.json()["choose"].clone();
        let dropped = expected.is_none();
        assert_eq!(
            choose,
            if dropped {
                json!(["password"])
            } else {
                Value::Null
            },
            "{told}"
        );
    }
    for password in [OWNERS, CHOSEN] {
        let is_right = expected == Some(password);
        let came = Browser::default().sign_in(site, ADDRESS, password).await;
        assert_eq!(came == 200, is_right, "{told}: {came}");
    }
    if expected.is_none() {
        let sent = json!({"password": CHOSEN});
        let set = mine.open(site, "/api/password", sent).await;
        assert_eq!(status(&set), 204, "{told}: {}", set.text());
        assert_eq!(
            Browser::default().sign_in(site, ADDRESS, CHOSEN).await,
            200,
            "{told}"
        );
    }
}

/// Every letter in every order of the joins, alternating what else can differ.
fn orders() -> Vec<((bool, bool, bool), Opened)> {
    let all = [
        Opened::OwnHere,
        Opened::OwnElsewhere,
        Opened::Theirs,
        Opened::Link,
        Opened::Reset,
    ];
    let mut orders = Vec::new();
    for (n, opened) in all.into_iter().enumerate() {
        for is_first in [true, false] {
            let has_same = (n % 2 == 0) == is_first;
            orders.push(((is_first, has_same, n % 2 == 1), opened));
        }
    }
    orders
}

fn on_each_engine(play: impl AsyncFn(&Fixture, (bool, bool, bool), Opened)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (joins, opened) in orders() {
        for site in Fixture::on_each_engine() {
            runtime.block_on(play(&site, joins, opened));
        }
    }
}

#[test]
fn who_does_not_read_the_letters_gains_nothing() {
    on_each_engine(async |site, joins, opened| play(site, joins, opened, true).await);
}

#[test]
fn nor_where_the_site_asks_for_no_proof() {
    on_each_engine(async |site, joins, opened| {
        site.change_manifest(|manifest| {
            manifest["edge"]["members"]["verify_email"] = json!(false);
        });
        play(site, joins, opened, false).await;
    });
}

/// A plain form leads whoever opened the letter elsewhere to the page that asks for a password, and on from there.
#[tokio::test]
async fn a_form_leads_on_to_what_is_to_be_chosen() {
    let site = Fixture::new();
    let mut browser = Browser::default();
    browser.join(&site, "violet", OWNERS, true).await;
    let token = letters(&site, "Confirm").await.pop().unwrap();
    // Somebody else was faster.
    site.member("violet", None, true).await;
    let verify = format!("/members/verify/?token={token}&next=/a/");
    let opened = site.form(&verify, "").await;
    let chosen = "/members/password/?next=/members/account/%23choose-handle#choose-password";
    assert_eq!(opened.header("location"), Some(chosen));
    let session = format!("cookie: {}", cookie(&opened));
    let lines = [FORM[0], FORM[1], session.as_str()];
    let me = site.ask("GET", "/api/me", &lines, "").await.json();
    assert!(
        me["handle"].as_str().unwrap().starts_with("violet-"),
        "{me}"
    );
    let path = "/members/password/?next=/members/account/%23choose-handle";
    for (cookies, password, location) in [
        (
            &lines[..2],
            CHOSEN,
            "/members/password/?next=/members/account/%23choose-handle#error-sign-in-needed",
        ),
        (
            &lines[..],
            "short",
            "/members/password/?next=/members/account/%23choose-handle#error-password-weak",
        ),
        (&lines[..], CHOSEN, "/members/account/#choose-handle"),
    ] {
        let body = format!("password={}", password.replace(' ', "+"));
        let set = site.ask("POST", path, cookies, &body).await;
        assert_eq!(
            (status(&set), set.header("location")),
            (303, Some(location)),
            "{password}"
        );
    }
    assert_eq!(browser.sign_in(&site, ADDRESS, CHOSEN).await, 200);
}

/// AUTHN-17: who is asked to confirm an address for the account of another confirms nothing.
#[tokio::test]
async fn a_new_address_counts_where_its_member_is_signed_in() {
    let site = Fixture::new();
    site.added("mallory", Role::Member).await;
    site.added("lan", Role::Member).await;
    let mut mallory = Browser::default();
    assert_eq!(
        mallory
            .sign_in(
                &site,
                "mallory",
                crate::edge::sessions::conversations::PASSWORD
            )
            .await,
        200
    );
    let change = json!({"email": ADDRESS});
    let asked = site
        .send("PATCH", "/api/me", &mallory.session, change)
        .await;
    assert_eq!(status(&asked), 200);
    let token = letters(&site, "Confirm your new address").await.pop();
    let sent = json!({"token": token});
    let mut lan = Browser::default();
    lan.sign_in(&site, "lan", crate::edge::sessions::conversations::PASSWORD)
        .await;
    for mut other in [Browser::default(), lan] {
        let refused = other.open(&site, "/api/members/verify", sent.clone()).await;
        assert_eq!(refused.problem_code().as_deref(), Some("sign_in_needed"));
    }
    // Its owner joins, and has the address to themselves.
    let mut owner = Browser::default();
    owner.join(&site, "violet", OWNERS, false).await;
    let own = letters(&site, "Confirm your address").await.pop();
    let opened = owner
        .open(&site, "/api/members/verify", json!({"token": own}))
        .await;
    assert_eq!(opened.json()["member"]["handle"], "violet");
    let late = mallory.open(&site, "/api/members/verify", sent).await;
    assert_eq!(late.problem_code().as_deref(), Some("token_invalid"));
    assert_eq!(
        mallory.me(&site).await.json()["email"],
        "mallory@example.org"
    );
}

/// Whom the site's owner added is who proves the address, however they come; nobody's password from before counts.
#[tokio::test]
async fn an_added_member_comes_by_any_letter() {
    for by_join in [true, false] {
        let site = Fixture::new();
        let added = Added {
            handle: "viola".into(),
            email: ADDRESS.into(),
            role: Role::Author,
            password: Some(ATTACKERS.into()),
            is_verified: false,
            site_title: "Fixture".into(),
        };
        let desk = site.desk();
        tokio::task::spawn_blocking(move || desk.add(added))
            .await
            .unwrap()
            .unwrap();
        let mut first = Browser::default();
        assert_eq!(first.sign_in(&site, ADDRESS, ATTACKERS).await, 200);
        assert_eq!(first.me(&site).await.json()["verified"], false);
        let mut owner = Browser::default();
        let opened = if by_join {
            owner.join(&site, "violet", OWNERS, false).await;
            let token = letters(&site, "Confirm").await.pop();
            owner
                .open(&site, "/api/members/verify", json!({"token": token}))
                .await
        } else {
            owner
                .open(&site, "/api/session/link", json!({"email": ADDRESS}))
                .await;
            let token = letters(&site, "Your sign-in link").await.pop();
            owner
                .open(&site, "/api/session/link/redeem", json!({"token": token}))
                .await
        };
        let member = &opened.json()["member"];
        assert_eq!(
            (&member["handle"], &member["role"]),
            (&json!("viola"), &json!("author"))
        );
        assert_eq!(status(&first.me(&site).await), 401);
        assert_ne!(first.sign_in(&site, "viola", ATTACKERS).await, 200);
        let own = first.sign_in(&site, ADDRESS, OWNERS).await;
        assert_eq!(own, if by_join { 200 } else { 401 });
    }
}

/// AUTHN-04: who claims the address of another cannot start the count of guesses at that account anew.
#[tokio::test]
async fn a_claim_takes_no_guess_back() {
    let site = Fixture::new();
    site.added("violet", Role::Member).await;
    Browser::default()
        .join(&site, "mallory", ATTACKERS, false)
        .await;
    let mut n_guesses = 0;
    for n in 0..20 {
        let password = if n % 3 == 2 {
            ATTACKERS
        } else {
            "wrong wrong wrong"
        };
        match Browser::default().sign_in(&site, ADDRESS, password).await {
            401 | 403 => n_guesses += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(n_guesses, 10);
}
