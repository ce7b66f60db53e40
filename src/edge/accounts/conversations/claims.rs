//! Two people join with one address, and one of them reads its letters: the whole way through the router.
//!
//! Whoever does not read them gains nothing and cannot keep out the one who does, in whatever order they come. Random
//! orders of the rules alone are in `accounts/claim/conversations.rs`.

use crate::edge::accounts::Role;
use crate::edge::accounts::conversations::{FORM, PASSWORD, bound, cookie, status};
use crate::edge::accounts::service::admin::Added;
use crate::edge::fixture::{Answer, Fixture};
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
    to_owner.map(|it| token_of(&it.link.unwrap())).collect()
}

fn token_of(link: &str) -> String {
    let (_, rest) = link.split_once("token=").unwrap();
    rest.split('&').next().unwrap().to_owned()
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
        // The browser has an account of its own, which is the one that the letter proves.
        Opened::Theirs if !asks_for_proof => Some(OWNERS),
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

/// A join that was begun while the site took new members ends with that.
#[tokio::test]
async fn a_join_is_not_finished_once_sign_up_is_closed() {
    let site = Fixture::new();
    let mut browser = Browser::default();
    browser.join(&site, "violet", OWNERS, false).await;
    let token = letters(&site, "Confirm").await.remove(0);
    let set = |sign_up: &'static str| {
        site.change_manifest(move |manifest| {
            manifest["edge"]["members"]["sign_up"] = json!(sign_up)
        });
    };
    for (sign_up, wanted) in [("closed", 403), ("invite", 403), ("open", 200)] {
        set(sign_up);
        let sent = json!({"token": token});
        let answer = site
            .send("POST", "/api/members/verify", &browser.cookies(), sent)
            .await;
        assert_eq!(status(&answer), wanted, "{sign_up} {}", answer.text());
    }
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
                crate::edge::accounts::conversations::PASSWORD
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
    lan.sign_in(&site, "lan", crate::edge::accounts::conversations::PASSWORD)
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
        let admin = site.admin();
        tokio::task::spawn_blocking(move || admin.add(added))
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

/// On a site that asks for no proof several accounts can have one address: a letter names them all, and whoever reads
/// it keeps the one they choose, with what it has.
#[test]
fn a_letter_names_every_account_of_its_address() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (is_first, path, subject) in [
        (true, "/api/password/reset", "Set a new password"),
        (false, "/api/password/reset", "Set a new password"),
        (true, "/api/session/link", "Your sign-in link"),
        (false, "/api/session/link", "Your sign-in link"),
    ] {
        for site in Fixture::on_each_engine() {
            runtime.block_on(choose(&site, is_first, path, subject));
        }
    }
}

async fn choose(site: &Fixture, is_first: bool, path: &str, subject: &str) {
    site.change_manifest(|manifest| {
        manifest["edge"]["members"]["verify_email"] = json!(false);
    });
    let (mut owner, mut attacker) = (Browser::default(), Browser::default());
    if is_first {
        attacker.join(site, "mallory", ATTACKERS, false).await;
    }
    owner.join(site, "violet", OWNERS, false).await;
    if !is_first {
        attacker.join(site, "mallory", ATTACKERS, false).await;
    }
    assert_eq!(owner.sign_in(site, "violet", OWNERS).await, 200);
    assert_eq!(attacker.sign_in(site, "mallory", ATTACKERS).await, 200);
    owner.open(site, path, json!({"email": ADDRESS})).await;
    letters(site, subject).await;
    let sent = site.edge.mailer.sent();
    let letter = sent
        .iter()
        .rfind(|it| it.subject.starts_with(subject))
        .unwrap();
    let own = match letter.text.split_once("violet:\n") {
        Some((_, rest)) => token_of(rest.split('\n').next().unwrap()),
        None => token_of(letter.link.as_deref().unwrap()),
    };
    assert!(letter.text.contains("mallory"), "{}", letter.text);
    let mut elsewhere = Browser::default();
    let handle = match path.ends_with("reset") {
        true => {
            let sent = json!({"token": own, "password": CHOSEN});
            let set = elsewhere.open(site, "/api/password", sent).await;
            assert_eq!(status(&set), 204, "{}", set.text());
            assert_eq!(elsewhere.sign_in(site, ADDRESS, CHOSEN).await, 200);
            elsewhere.me(site).await.json()["handle"].clone()
        }
        false => {
            let sent = json!({"token": own});
            let opened = elsewhere.open(site, "/api/session/link/redeem", sent).await;
            opened.json()["member"]["handle"].clone()
        }
    };
    assert_eq!(handle, "violet", "{is_first} {path}");
    assert_eq!(status(&attacker.me(site).await), 401);
    let theirs = attacker.sign_in(site, "mallory", ATTACKERS).await;
    assert_eq!(theirs, 200, "the other account stays, without the address");
    assert_eq!(attacker.me(site).await.json()["email"], "");
}

/// AUTHN-17: whatever ends the sessions of a stranger ends what they asked for as well.
#[tokio::test]
async fn a_change_of_address_ends_with_the_sessions_of_others() {
    let new = "mallory@example.net";
    for way in ["password", "reset", "others", "one", "suspended"] {
        for is_written in [true, false] {
            if way == "reset" && !is_written {
                // Whoever reads the letter of the reset has all letters written.
                continue;
            }
            let site = Fixture::new();
            site.added("violet", Role::Member).await;
            let (mut stranger, mut owner) = (Browser::default(), Browser::default());
            assert_eq!(stranger.sign_in(&site, "violet", PASSWORD).await, 200);
            let change = json!({"email": new});
            let asked = site
                .send("PATCH", "/api/me", &stranger.session, change)
                .await;
            assert_eq!(status(&asked), 200, "{way}: {}", asked.text());
            let written = match is_written {
                true => site.letter(new).await.map(|it| it.1),
                false => None,
            };
            assert_eq!(owner.sign_in(&site, "violet", PASSWORD).await, 200);
            match way {
                "password" => {
                    let sent = json!({"current": PASSWORD, "password": CHOSEN});
                    let set = owner.open(&site, "/api/password", sent).await;
                    assert_eq!(status(&set), 204, "{}", set.text());
                }
                "reset" => {
                    let sent = json!({"email": ADDRESS});
                    owner.open(&site, "/api/password/reset", sent).await;
                    let token = letters(&site, "Set a new password").await.pop();
                    let sent = json!({"token": token, "password": CHOSEN});
                    let set = owner.open(&site, "/api/password", sent).await;
                    assert_eq!(status(&set), 204, "{}", set.text());
                    assert_eq!(owner.sign_in(&site, "violet", CHOSEN).await, 200);
                }
                "others" => {
                    let closed = site
                        .send("DELETE", "/api/me/sessions", &owner.session, Value::Null)
                        .await;
                    assert_eq!(status(&closed), 204);
                }
                "one" => {
                    let list = site
                        .send("GET", "/api/me/sessions", &owner.session, Value::Null)
                        .await
                        .json();
                    let other = list["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .find(|it| it["current"] == false)
                        .unwrap();
                    let path = format!("/api/me/sessions/{}", other["id"].as_str().unwrap());
                    let closed = site
                        .send("DELETE", &path, &owner.session, Value::Null)
                        .await;
                    assert_eq!(status(&closed), 204);
                }
                _ => {
                    let admin = site.admin();
                    tokio::task::spawn_blocking(move || {
                        admin.suspend("violet", None).unwrap();
                        admin.lift("violet").unwrap();
                    })
                    .await
                    .unwrap();
                    assert_eq!(owner.sign_in(&site, "violet", PASSWORD).await, 200);
                }
            }
            let late = match is_written {
                true => written,
                false => {
                    let n_before = n_to(&site, new);
                    site.letter(new).await;
                    assert_eq!(
                        n_to(&site, new),
                        n_before,
                        "{way}: the letter is taken back"
                    );
                    None
                }
            };
            if let Some(token) = late {
                let sent = json!({"token": token, "email": new});
                let refused = owner.open(&site, "/api/members/verify", sent).await;
                assert_eq!(
                    refused.problem_code().as_deref(),
                    Some("token_invalid"),
                    "{way}"
                );
            }
            assert_eq!(owner.me(&site).await.json()["email"], ADDRESS, "{way}");
        }
    }
}

fn n_to(site: &Fixture, address: &str) -> usize {
    let sent = site.edge.mailer.sent();
    sent.iter().filter(|it| it.to.as_str() == address).count()
}

/// The page that confirms a new address names it, and what it sends is what it has shown.
#[tokio::test]
async fn a_new_address_is_read_before_it_is_confirmed() {
    let site = Fixture::new();
    site.added("violet", Role::Member).await;
    let mut violet = Browser::default();
    violet.sign_in(&site, "violet", PASSWORD).await;
    let change = json!({"email": "New+tag@example.net"});
    site.send("PATCH", "/api/me", &violet.session, change).await;
    let (_, token) = site.letter("new+tag@example.net").await.unwrap();
    let link = site
        .edge
        .mailer
        .sent()
        .iter()
        .rev()
        .find_map(|it| it.link.clone());
    assert!(link.unwrap().ends_with("&email=new%2Btag%40example%2Enet"));
    for email in ["", "violet@example.org", "new@example.net"] {
        let sent = json!({"token": token, "email": email});
        let refused = violet.open(&site, "/api/members/verify", sent).await;
        assert_eq!(
            refused.problem_code().as_deref(),
            Some("token_invalid"),
            "{email}"
        );
        let query = if email.is_empty() {
            String::new()
        } else {
            format!("&email={email}")
        };
        let path = format!("/members/verify/?token={token}{query}");
        let cookies = format!("cookie: {}", violet.session);
        let lines = [FORM[0], FORM[1], cookies.as_str()];
        let refused = site.ask("POST", &path, &lines, "").await;
        let expected = format!("{path}#error-token-invalid");
        assert_eq!(refused.header("location"), Some(expected.as_str()));
    }
    let path = format!("/members/verify/?token={token}&email=new%2Btag%40example.net");
    let cookies = format!("cookie: {}", violet.session);
    let lines = [FORM[0], FORM[1], cookies.as_str()];
    let confirmed = site.ask("POST", &path, &lines, "").await;
    assert_eq!(confirmed.header("location"), Some("/members/account/"));
}
