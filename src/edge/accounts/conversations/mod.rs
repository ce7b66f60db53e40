//! Joining, signing in and out, links and plain forms, through the router.

mod bounds;
mod claims;
mod typed;

use crate::edge::accounts::service::admin::{Added, MemberAdmin};
use crate::edge::accounts::{Email, Role, sql};
use crate::edge::fixture::{Answer, Fixture, NOW};
use crate::edge::slices;
use crate::edge::store::{StoreError, Tx};
use serde_json::{Value, json};

const JSON: [&str; 2] = [
    "content-type: application/json",
    "sec-fetch-site: same-origin",
];
const FORM: [&str; 2] = [
    "content-type: application/x-www-form-urlencoded",
    "sec-fetch-site: same-origin",
];
const PASSWORD: &str = "plum garden 7 lanterns";

impl Fixture {
    async fn send(&self, method: &str, path: &str, cookie: &str, body: Value) -> Answer {
        let cookie = format!("cookie: {cookie}");
        let lines = [JSON[0], JSON[1], cookie.as_str()];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.ask(method, path, &lines, &body).await
    }

    async fn form(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &FORM, body).await
    }

    /// Sends what waits, and returns the subject and token of the newest letter to `to`.
    async fn letter(&self, to: &str) -> Option<(String, String)> {
        let runner = crate::edge::jobs(&self.edge);
        tokio::task::spawn_blocking(move || runner.run_due())
            .await
            .unwrap()
            .unwrap();
        let to = Email::parse(to).unwrap();
        let letter = self
            .edge
            .mailer
            .sent()
            .into_iter()
            .rev()
            .find(|it| it.to == to)?;
        let token = letter
            .link
            .as_deref()
            .and_then(|it| it.split_once("token="))
            .map(|it| it.1.split('&').next().unwrap_or_default().to_owned());
        Some((letter.subject, token.unwrap_or_default()))
    }

    async fn join(&self, handle: &str, email: &str) -> Answer {
        let draft = json!({"email": email, "handle": handle, "password": PASSWORD});
        self.send("POST", "/api/members", "", draft).await
    }

    fn admin(&self) -> MemberAdmin {
        MemberAdmin {
            store: self.edge.store.clone(),
            clock: self.edge.clock.clone(),
            entropy: self.edge.entropy.clone(),
        }
    }

    async fn added(&self, handle: &'static str, role: Role) {
        let added = Added {
            handle: handle.into(),
            email: format!("{handle}@example.org"),
            role,
            password: Some(PASSWORD.into()),
            is_verified: true,
            site_title: "Fixture".into(),
        };
        let admin = self.admin();
        tokio::task::spawn_blocking(move || admin.add(added))
            .await
            .unwrap()
            .unwrap();
    }
}

/// The session cookie that an answer sets, as a request sends it.
fn cookie(answer: &Answer) -> String {
    let lines = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|it| it.to_str().unwrap());
    let line = lines
        .into_iter()
        .find(|it| it.starts_with("__Host-session="))
        .unwrap_or_default();
    line.split(';').next().unwrap_or_default().to_owned()
}

/// What a join left in the browser, as a request sends it.
fn bound(answer: &Answer) -> String {
    let line = answer.header("set-cookie").unwrap_or_default();
    assert!(line.starts_with("__Host-join="), "{line}");
    line.split(';').next().unwrap_or_default().to_owned()
}

fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

/// AUTHN-03, AUTHN-10, AUTHN-12, AUTHN-14, SES-02, SES-03
#[tokio::test]
async fn a_member_joins_verifies_and_leaves() {
    let fixture = Fixture::new();
    let joined = fixture.join("mei", "Mei@example.org").await;
    assert_eq!(
        (status(&joined), joined.json()),
        (202, json!({"state": "check_mail"}))
    );
    let again = fixture.join("mei", "mei@example.org").await;
    assert_eq!(status(&again), 202, "asked again");
    let other = fixture.join("MEI", "other@example.org").await;
    assert_eq!(status(&other), 202, "a claim reserves no handle");

    for login in ["mei", "mei@example.org"] {
        let sent = json!({"login": login, "password": PASSWORD});
        let refused = fixture.send("POST", "/api/session", "", sent).await;
        assert_eq!(
            refused.problem_code().as_deref(),
            Some("unverified"),
            "{login}"
        );
    }

    let (_, token) = fixture.letter("mei@example.org").await.unwrap();
    let n_letters = fixture.edge.mailer.sent().len();
    assert_eq!(n_letters, 2, "RACE-02: one to each address");
    let sent = json!({"token": token});
    let wrong = fixture
        .send("POST", "/api/session/link/redeem", "", sent.clone())
        .await;
    assert_eq!(status(&wrong), 422, "AUTHN-14");
    let verified = fixture
        .send("POST", "/api/members/verify", &bound(&again), sent.clone())
        .await;
    assert_eq!(
        verified.json()["member"]["verified"],
        true,
        "{}",
        verified.text()
    );
    assert_eq!(verified.json()["choose"], Value::Null);
    let twice = fixture.send("POST", "/api/members/verify", "", sent).await;
    assert_eq!(status(&twice), 422, "once");
    let taken = fixture.join("MEI", "third@example.org").await;
    assert_eq!(taken.json()["errors"][0]["code"], "handle_taken");
    let login = json!({"login": "mei", "password": PASSWORD});
    let first = fixture
        .send("POST", "/api/session", "", login.clone())
        .await;
    let renewed = fixture
        .send("POST", "/api/session", &cookie(&first), login)
        .await;
    assert_eq!(status(&renewed), 200);
    let old = fixture
        .send("GET", "/api/me", &cookie(&first), Value::Null)
        .await;
    assert_eq!(status(&old), 401, "SES-02");

    let session = cookie(&verified);
    let list = fixture
        .send("GET", "/api/me/sessions", &session, Value::Null)
        .await
        .json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let out = fixture
        .send("DELETE", "/api/session", &session, Value::Null)
        .await;
    assert_eq!(
        (status(&out), out.header("clear-site-data")),
        (204, Some("\"cache\""))
    );
    assert_eq!(
        status(&fixture.send("GET", "/api/me", &session, Value::Null).await),
        401
    );
}

/// AUTHN-03: whoever joins with a known address sees what a stranger sees, and its owner gets a letter.
#[tokio::test]
async fn a_known_address_looks_like_an_unknown_one() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    let mut seen = Vec::new();
    for email in ["mei@example.org", "new@example.org"] {
        let handle = if email.starts_with("mei") {
            "bamboo"
        } else {
            "orchid"
        };
        let joined = fixture.join(handle, email).await;
        let again = fixture.join(handle, email).await;
        let other = fixture.join(handle, "third@example.org").await;
        let mut answers = vec![
            (status(&joined), joined.text().to_owned()),
            (status(&again), again.text().to_owned()),
        ];
        answers.push((status(&other), other.text().to_owned()));
        for login in [handle, email] {
            let sent = json!({"login": login, "password": PASSWORD.to_uppercase()});
            let refused = fixture.send("POST", "/api/session", "", sent).await;
            answers.push((status(&refused), refused.text().to_owned()));
        }
        let opened = fixture
            .send(
                "POST",
                "/api/session",
                "",
                json!({"login": handle, "password": PASSWORD}),
            )
            .await;
        answers.push((status(&opened), opened.text().to_owned()));
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    let (known, _) = fixture.letter("mei@example.org").await.unwrap();
    assert_eq!(known, "You already have an account at Fixture");
    let (unknown, _) = fixture.letter("new@example.org").await.unwrap();
    assert_eq!(unknown, "Confirm your address at Fixture");
    let nobody = fixture
        .send(
            "POST",
            "/api/session/link",
            "",
            json!({"email": "no@example.org"}),
        )
        .await;
    let somebody = fixture
        .send(
            "POST",
            "/api/session/link",
            "",
            json!({"email": "mei@example.org"}),
        )
        .await;
    assert_eq!(
        (status(&nobody), nobody.text()),
        (status(&somebody), somebody.text())
    );
    assert_eq!(fixture.letter("no@example.org").await, None);
}

/// AUTHN-04, AUTHN-13
#[tokio::test]
async fn guesses_are_slowed_and_links_still_work() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    let guess = || {
        fixture.send(
            "POST",
            "/api/session",
            "",
            json!({"login": "mei", "password": "wrong wrong wrong"}),
        )
    };
    for _ in 0..10 {
        assert_eq!(status(&guess().await), 401);
    }
    let slowed = guess().await;
    assert_eq!(
        (status(&slowed), slowed.header("retry-after")),
        (429, Some("90"))
    );
    let ask = || {
        fixture.send(
            "POST",
            "/api/session/link",
            "",
            json!({"email": "M.ei+x@example.org"}),
        )
    };
    assert_eq!(status(&ask().await), 202);
    assert_eq!(
        fixture.letter("mei@example.org").await,
        None,
        "nobody has that spelling"
    );
    for _ in 0..5 {
        let sent = json!({"email": "mei@example.org"});
        assert_eq!(
            status(&fixture.send("POST", "/api/session/link", "", sent).await),
            202
        );
        fixture.letter("mei@example.org").await;
    }
    assert_eq!(
        fixture.edge.mailer.sent().len(),
        3,
        "three in 15 minutes; what nobody has takes none of them away"
    );
    let (_, token) = fixture.letter("mei@example.org").await.unwrap();
    let opened = fixture
        .send(
            "POST",
            "/api/session/link/redeem",
            "",
            json!({"token": token}),
        )
        .await;
    assert_eq!(opened.json()["member"]["handle"], "mei");
    fixture.edge.clock.advance_secs(90);
    let right = json!({"login": "mei", "password": PASSWORD});
    assert_eq!(
        status(&fixture.send("POST", "/api/session", "", right).await),
        200
    );
}

/// SES-18: a letter leads its reader back to where they came from, and nowhere else.
#[tokio::test]
async fn letters_lead_back() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    let link = async |to: &str| {
        let token = fixture.letter(to).await.unwrap().1;
        let link = fixture.edge.mailer.sent().pop().unwrap().link.unwrap();
        let path = link.strip_prefix("https://lyceum.example").unwrap();
        (path.to_owned(), path.replace(&token, ""))
    };
    for (query, led) in [
        ("", ""),
        ("?next=/guides/parts/", "&next=/guides/parts/"),
        ("?next=%2Fa%2F%3Fb%26c%23d", "&next=/a/%3Fb%26c%23d"),
        ("?next=/引/", "&next=/%25E5%25BC%2595/"),
        ("?next=//evil.example", ""),
        ("?next=%2F%5Cevil.example", ""),
        ("?next=https://evil.example/", ""),
        ("?next=/a%0d%0aBcc:x", ""),
    ] {
        fixture.edge.clock.advance_secs(1_000);
        let asked = format!("/members/link/{query}");
        let answer = fixture.form(&asked, "email=mei%40example.org").await;
        assert_eq!(answer.header("location"), Some("/members/check-mail/"));
        let (path, shape) = link("mei@example.org").await;
        assert_eq!(shape, format!("/members/link/?token={led}"), "{query}");
        let wanted = match led {
            "" => "/members/account/",
            "&next=/a/%3Fb%26c%23d" => "/a/?b&c#d",
            "&next=/%25E5%25BC%2595/" => "/%E5%BC%95/",
            _ => "/guides/parts/",
        };
        let opened = fixture.form(&path, "").await;
        assert_eq!(opened.header("location"), Some(wanted), "{query}");
    }
    let joining = "email=new%40example.org&handle=orchid";
    fixture.form("/zh/members/join/?next=/a/", joining).await;
    let (path, shape) = link("new@example.org").await;
    assert_eq!(shape, "/zh/members/verify/?token=&next=/a/");
    let opened = fixture.form(&path, "").await;
    assert_eq!(opened.header("location"), Some("/a/"));
}

/// SES-18: over to another members' page with the way back, and with nothing else of the query.
#[tokio::test]
async fn forms_turn_with_the_way_back() {
    let fixture = Fixture::new();
    for (path, page, location) in [
        (
            "/members/sign-in/?next=/a/",
            "link",
            "/members/link/?next=/a/",
        ),
        (
            "/zh/members/sign-in/?next=/a/",
            "join",
            "/zh/members/join/?next=/a/",
        ),
        (
            "/members/link/?token=x&next=/a/",
            "sign-in",
            "/members/sign-in/?next=/a/",
        ),
        (
            "/members/sign-in/?next=//evil.example",
            "link",
            "/members/link/",
        ),
        ("/members/sign-in/", "link", "/members/link/"),
    ] {
        let answer = fixture.form(path, &format!("turn={page}")).await;
        assert_eq!(
            (status(&answer), answer.header("location")),
            (303, Some(location)),
            "{path}"
        );
    }
}

/// SES-18 and the messages of the forms, in two languages.
#[tokio::test]
async fn plain_forms_lead_on_or_back() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    let right = format!("login=mei&password={}", PASSWORD.replace(' ', "+"));
    let joining = format!(
        "email=new%40example.org&handle=orchid&password={}",
        PASSWORD.replace(' ', "+")
    );
    for (path, body, location) in [
        ("/members/sign-in/", right.as_str(), "/"),
        ("/zh/members/sign-in", &right, "/zh/"),
        (
            "/members/sign-in/?next=/guides/parts/",
            &right,
            "/guides/parts/",
        ),
        ("/members/sign-in/?next=//evil.example", &right, "/"),
        (
            "/members/sign-in/?next=/a/",
            "login=mei&password=wrong",
            "/members/sign-in/?next=/a/#error-invalid-credentials",
        ),
        ("/members/join/", &joining, "/members/check-mail/"),
        (
            "/zh/members/join/",
            "email=no&handle=lotus",
            "/zh/members/join/#error-email-invalid",
        ),
        (
            "/members/join/",
            "email=a%40example.org&handle=mei",
            "/members/join/#error-handle-taken",
        ),
        (
            "/members/join/",
            "email=a%40example.org&handle=m",
            "/members/join/#error-handle-invalid",
        ),
        (
            "/members/join/",
            "email=a%40example.org&handle=lily&password=short",
            "/members/join/#error-password-weak",
        ),
        (
            "/members/link/",
            "email=mei%40example.org",
            "/members/check-mail/",
        ),
        (
            "/members/link/?token=x",
            "",
            "/members/link/?token=x#error-token-invalid",
        ),
        (
            "/members/forgot/",
            "email=mei%40example.org",
            "/members/check-mail/",
        ),
        ("/members/sign-out", "", "/"),
    ] {
        // Letters that wait together leave in any order.
        fixture.letter("mei@example.org").await;
        let answer = fixture.form(path, body).await;
        assert_eq!(
            (status(&answer), answer.header("location")),
            (303, Some(location)),
            "{path} {}",
            answer.text()
        );
    }
    for path in ["/fr/members/sign-in/", "/members/unknown/"] {
        assert_eq!(status(&fixture.form(path, "a=b").await), 404, "{path}");
    }
    let (_, token) = fixture.letter("mei@example.org").await.unwrap();
    let reset = format!("/members/password/?token={token}");
    let done = fixture
        .form(&reset, "password=another+garden+8+lamps")
        .await;
    assert_eq!(
        done.header("location"),
        Some("/members/sign-in/#done"),
        "AUTHN-10"
    );
    let again = fixture
        .form(&reset, "password=another+garden+9+lamps")
        .await;
    assert!(
        again
            .header("location")
            .unwrap()
            .ends_with("#error-token-invalid")
    );
    assert_eq!(
        status(
            &fixture
                .send(
                    "POST",
                    "/api/session",
                    "",
                    json!({"login": "mei", "password": PASSWORD})
                )
                .await
        ),
        401
    );
}

/// AUTHN-17, AUTHN-18, AUTHZ-02, AUTHZ-09, PRIV-02
#[tokio::test]
async fn an_account_is_its_members_own() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    fixture.added("lan", Role::Member).await;
    fixture.added("ada", Role::Owner).await;
    let enter = |login: &'static str| {
        fixture.send(
            "POST",
            "/api/session",
            "",
            json!({"login": login, "password": PASSWORD}),
        )
    };
    let (mei, other) = (cookie(&enter("mei").await), cookie(&enter("mei").await));
    let lan = cookie(&enter("lan").await);

    let changed = fixture
        .send(
            "PATCH",
            "/api/me",
            &mei,
            json!({"name": " Mei \u{202e}Li", "newsletter": true}),
        )
        .await;
    assert_eq!(
        (&changed.json()["name"], &changed.json()["newsletter"]),
        (&json!("Mei Li"), &json!(true))
    );
    for (change, code) in [
        (json!({"handle": "LAN"}), "handle_taken"),
        (json!({"handle": "adа"}), "handle_invalid"),
        (json!({"name": "Аda"}), "name_mixed"),
        (json!({"email": "nope"}), "email_invalid"),
    ] {
        let refused = fixture.send("PATCH", "/api/me", &mei, change.clone()).await;
        assert_eq!(refused.json()["errors"][0]["code"], code, "{change}");
    }
    assert_eq!(
        status(
            &fixture
                .send("PATCH", "/api/me", &mei, json!({"role": "owner"}))
                .await
        ),
        400,
        "AUTHZ-03"
    );

    let wanted = fixture
        .send(
            "PATCH",
            "/api/me",
            &mei,
            json!({"email": "new@example.org"}),
        )
        .await;
    assert_eq!(wanted.json()["email"], "mei@example.org");
    let (notice, _) = fixture.letter("mei@example.org").await.unwrap();
    assert_eq!(notice, "Your address at Fixture is about to change");
    let (_, token) = fixture.letter("new@example.org").await.unwrap();
    let confirmed = fixture
        .send("POST", "/api/members/verify", &mei, json!({"token": token}))
        .await;
    assert_eq!(confirmed.json()["member"]["email"], "new@example.org");
    let mei = cookie(&confirmed);

    let list = fixture
        .send("GET", "/api/me/sessions", &lan, Value::Null)
        .await
        .json();
    let id = list["items"][0]["id"].as_str().unwrap();
    assert_eq!(
        status(
            &fixture
                .send(
                    "DELETE",
                    &format!("/api/me/sessions/{id}"),
                    &mei,
                    Value::Null
                )
                .await
        ),
        404
    );

    let password = json!({"current": "wrong wrong wrong", "password": "another garden 8 lamps"});
    assert_eq!(
        status(&fixture.send("PUT", "/api/password", &mei, password).await),
        422
    );
    let password = json!({"current": PASSWORD, "password": "another garden 8 lamps"});
    assert_eq!(
        status(&fixture.send("PUT", "/api/password", &mei, password).await),
        204
    );
    assert_eq!(
        status(&fixture.send("GET", "/api/me", &mei, Value::Null).await),
        200
    );
    assert_eq!(
        status(&fixture.send("GET", "/api/me", &other, Value::Null).await),
        401
    );

    let admin = fixture.admin();
    tokio::task::spawn_blocking(move || admin.suspend("lan", None))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        status(&fixture.send("GET", "/api/me", &lan, Value::Null).await),
        401
    );
    assert_eq!(status(&enter("lan").await), 403);

    let everything = fixture
        .send("GET", "/api/me/export", &mei, Value::Null)
        .await;
    assert_eq!(everything.json()["member"]["email"], "new@example.org");
    assert!(!everything.text().contains("argon2") && !everything.text().contains("lan@"));
    fixture.edge.clock.advance_secs(16 * 60);
    assert_eq!(
        fixture
            .send("DELETE", "/api/me", &mei, Value::Null)
            .await
            .json()["code"],
        "sign_in_again"
    );
    let fresh = json!({"login": "mei", "password": "another garden 8 lamps"});
    let mei = cookie(&fixture.send("POST", "/api/session", &mei, fresh).await);
    assert_eq!(
        status(&fixture.send("DELETE", "/api/me", &mei, Value::Null).await),
        204
    );
    let rest = move |tx: &mut Tx| -> Result<Vec<String>, StoreError> {
        let mut rest = tx.query(
            "SELECT handle || coalesce(email, '') || name FROM member",
            &[],
            |row| row.get(0),
        )?;
        rest.extend(tx.query("SELECT payload FROM job", &[], |row| row.get::<String>(0))?);
        Ok(rest)
    };
    let rest = fixture.edge.store.read(rest).await.unwrap().join(" ");
    for canary in ["mei", "Mei", "new@"] {
        assert!(!rest.contains(canary), "{rest}");
    }
    assert!(NOW < fixture.edge.clock.now());
}

/// AUTHN-12: one link, twenty at one time, one session.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_one_session() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    fixture
        .send(
            "POST",
            "/api/session/link",
            "",
            json!({"email": "mei@example.org"}),
        )
        .await;
    let (_, token) = fixture.letter("mei@example.org").await.unwrap();
    assert_eq!(
        status(
            &fixture
                .get(&format!("/members/link/?token={token}"), &[])
                .await
        ),
        404,
        "a GET uses nothing"
    );
    let fixture = std::sync::Arc::new(fixture);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (fixture, sent) = (fixture.clone(), json!({"token": token}));
            tokio::spawn(async move {
                status(
                    &fixture
                        .send("POST", "/api/session/link/redeem", "", sent)
                        .await,
                )
            })
        })
        .collect();
    let mut n_opened = 0;
    for one in tries {
        n_opened += usize::from(one.await.unwrap() == 200);
    }
    assert_eq!(n_opened, 1);
}

/// AUTHN-02: a refused sign-in has one answer and costs the same hashes, whoever the name is of.
#[tokio::test]
async fn a_refused_sign_in_tells_nothing() {
    let fixture = Fixture::new();
    fixture.added("known", Role::Member).await;
    fixture.added("gone", Role::Member).await;
    fixture.suspend("gone").await;
    fixture.member("linked@example.org", None, true).await;
    assert_eq!(
        status(&fixture.join("claimed", "claimed@example.org").await),
        202
    );
    let mut answers = Vec::new();
    for name in ["known", "unknown", "gone", "linked", "claimed"] {
        for login in [name.to_owned(), format!("{name}@example.org")] {
            let before = fixture.edge.hasher.n_hashed();
            let sent = json!({"login": login, "password": "wrong wrong wrong"});
            let mut refused = fixture.send("POST", "/api/session", "", sent).await;
            let n_hashed = fixture.edge.hasher.n_hashed() - before;
            assert_eq!(n_hashed, 2, "{login}");
            refused.headers.remove("x-request-id");
            answers.push((login, refused));
        }
    }
    for (login, answer) in &answers {
        let (_, first) = &answers[0];
        assert_eq!(answer.status, 401, "{login}");
        assert_eq!(
            (&answer.headers, answer.text()),
            (&first.headers, first.text()),
            "{login}"
        );
    }
}

/// AUTHN-08: of two hundred sign-ins at one time as many are hashed as there are cores, some wait, and the rest
/// is told to come again. Whoever signs in with nothing is answered meanwhile.
#[tokio::test]
async fn a_flood_of_passwords_is_bounded() {
    let fixture = Fixture::new();
    let sign_in = async |n: u8| {
        let lines = ["host: lyceum.example", JSON[0], JSON[1]];
        let body = json!({"login": format!("name{n}"), "password": PASSWORD}).to_string();
        let client = Some([10, 0, 0, n]);
        fixture
            .ask_from(client, "POST", "/api/session", &lines, &body)
            .await
    };
    let flood = futures_util::future::join_all((0..200).map(sign_in));
    let (answers, alive, ready) = tokio::join!(
        flood,
        fixture.get("/healthz", &[]),
        fixture.get("/readyz", &[])
    );
    assert_eq!((status(&alive), status(&ready)), (200, 200));
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut n_refused = 0;
    for answer in answers {
        match status(&answer) {
            401 => {}
            503 => {
                n_refused += 1;
                assert!(answer.header("retry-after").is_some());
            }
            other => panic!("{other}"),
        }
    }
    let hasher = &fixture.edge.hasher;
    assert_eq!(hasher.n_hashed(), 2 * (200 - n_refused));
    // All of them come from one network, which has half of the places.
    assert_eq!(200 - n_refused, (n_cores + 64) / 2);
    assert!(
        hasher.most_at_once() <= n_cores,
        "{}",
        hasher.most_at_once()
    );
}

/// SES-06, DOS-18: a member has twenty sessions at most; the one unused for longest goes first.
#[tokio::test]
async fn sessions_are_few() {
    let fixture = Fixture::new();
    let mei = fixture.member("mei", None, true).await;
    let open = |tx: &mut Tx| -> Result<(), StoreError> {
        let member = sql::member::by_handle(tx, "mei")?.unwrap();
        for n in 0..1_000 {
            let token = crate::edge::accounts::TokenHash::of(&n.to_string());
            let (id, now) = (uuid::Uuid::from_u128(n), NOW.plus_secs(n as i64 + 1));
            sql::session::open(tx, &member, token, (id, ""), now)?;
        }
        // Seen last of all, so that its list can be asked for.
        let token = crate::edge::accounts::TokenHash::of("kept");
        sql::session::open(
            tx,
            &member,
            token,
            (uuid::Uuid::max(), ""),
            NOW.plus_secs(2_000),
        )
    };
    fixture.edge.store.write(open).await.unwrap();
    assert_eq!(
        status(&fixture.send("GET", "/api/me", &mei, Value::Null).await),
        401
    );
    let n_sessions = |tx: &mut Tx| -> Result<usize, StoreError> {
        let member = sql::member::by_handle(tx, "mei")?.unwrap();
        Ok(sql::session::of_member(tx, member.id)?.len())
    };
    assert_eq!(fixture.edge.store.read(n_sessions).await.unwrap(), 20);
}

/// AUTHN-22: there is nobody before the owner's word; its link signs in once, within the hour.
#[tokio::test]
async fn the_first_owner_comes_by_a_link() {
    let fixture = Fixture::new();
    let first = (
        crate::clock::Timestamp::from_millis(0),
        crate::edge::accounts::MemberId(uuid::Uuid::nil()),
    );
    let joined = move |tx: &mut Tx| sql::member::joined_after(tx, first, 1);
    let members: Result<_, StoreError> = fixture.edge.store.read(joined).await;
    assert_eq!(members.unwrap(), []);
    for login in ["admin", "owner", "root"] {
        let tried = json!({"login": login, "password": PASSWORD});
        assert_eq!(
            status(&fixture.send("POST", "/api/session", "", tried).await),
            401
        );
        assert_eq!(
            status(&fixture.join(login, "x@example.org").await),
            422,
            "{login}"
        );
    }
    for (handle, waits_secs, expected) in [("ada", 3_599, [200, 422]), ("eve", 3_600, [422, 422])] {
        let added = Added {
            handle: handle.into(),
            email: format!("{handle}@example.org"),
            role: Role::Owner,
            password: None,
            is_verified: false,
            site_title: "Fixture".into(),
        };
        let admin = fixture.admin();
        let added = tokio::task::spawn_blocking(move || admin.add(added))
            .await
            .unwrap();
        let sent = json!({"token": added.unwrap().1.unwrap()});
        fixture.edge.clock.advance_secs(waits_secs);
        for expected in expected {
            let redeemed = fixture
                .send("POST", "/api/session/link/redeem", "", sent.clone())
                .await;
            assert_eq!(status(&redeemed), expected, "{handle}");
            assert!(expected != 200 || redeemed.json()["member"]["role"] == "owner");
        }
    }
}

/// OPS-05: what was done to accounts is in the log, with who did it and to whom; no secret is.
#[tokio::test]
async fn what_was_done_is_noted() {
    let fixture = Fixture::new();
    fixture.added("mei", Role::Member).await;
    let right = json!({"login": "mei", "password": PASSWORD});
    let wrong = json!({"login": "mei", "password": "wrong wrong wrong"});
    assert_eq!(
        status(&fixture.send("POST", "/api/session", "", wrong).await),
        401
    );
    let mei = cookie(&fixture.send("POST", "/api/session", "", right).await);
    fixture
        .send("GET", "/api/me/export", &mei, Value::Null)
        .await;
    fixture
        .send("PATCH", "/api/me", &mei, json!({"handle": "lotus"}))
        .await;
    let changed = json!({"current": PASSWORD, "password": "another garden 8 lamps"});
    fixture.send("PUT", "/api/password", &mei, changed).await;
    fixture
        .send("DELETE", "/api/session", &mei, Value::Null)
        .await;
    let admin = fixture.admin();
    let verbs = move || {
        let tier = crate::ids::TierId::parse("pro").unwrap();
        admin.set_role("lotus", Role::Editor)?;
        admin.grant("lotus", &tier, None, true)?;
        admin.revoke("lotus", &tier, true)?;
        admin.suspend("lotus", None)?;
        admin.lift("lotus")?;
        admin.erase("lotus", slices::tables())
    };
    tokio::task::spawn_blocking(verbs).await.unwrap().unwrap();
    let noted = |tx: &mut Tx| -> Result<Vec<(String, bool, String)>, StoreError> {
        tx.query(
            "SELECT action, CASE WHEN actor_id IS NULL THEN 0 ELSE 1 END, subject || detail FROM audit ORDER BY at, id",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
    };
    let noted = fixture.edge.store.read(noted).await.unwrap();
    let mut actions: Vec<_> = noted
        .iter()
        .map(|(action, by_member, _)| (action.as_str(), *by_member))
        .collect();
    actions.sort();
    let mut expected = [
        ("member.join", false),
        ("session.refused", false),
        ("session.open", true),
        ("member.export", true),
        ("member.handle", true),
        ("member.password", true),
        ("session.close", true),
        ("member.role", false),
        ("member.grant", false),
        ("member.revoke", false),
        ("member.suspend", false),
        ("member.lift", false),
        ("member.erase", false),
    ];
    expected.sort();
    assert_eq!(actions, expected);
    for (action, _, told) in &noted {
        assert!(
            !told.contains('@') && !told.contains("argon2"),
            "{action}: {told}"
        );
    }
}
