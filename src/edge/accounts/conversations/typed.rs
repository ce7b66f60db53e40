//! What a browser keeps of a form, and what the members' pages say to it alone.

use crate::clock::Timestamp;
use crate::edge::accounts::Role;
use crate::edge::accounts::conversations::{FORM, PASSWORD, bound, cookie, status};
use crate::edge::accounts::service::admin::{Added, AdminError, Filter, MemberAdmin};
use crate::edge::fixture::{Answer, Fixture};
use crate::ids::TierId;
use serde_json::{Value, json};

const JOIN: &str = "<form method=\"post\" data-fill=\"action\"><input name=\"email\" data-fill=\"email\">\
    <input name=\"handle\" data-fill=\"handle\"><input name=\"password\" data-fill=\"password\">\
    <input type=\"checkbox\" name=\"newsletter\" data-fill=\"newsletter\"></form>";
const CHECK_MAIL: &str =
    "<p data-fill=\"if-address\" hidden>Sent to <b data-fill=\"address\"></b></p>";
const HEADER: &str = "<html data-fill=\"reader\"><a data-fill=\"reader-name\">Account</a></html>";

/// What the answer has the browser keep of a form, as a request sends it.
fn typed(answer: &Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter();
    let mut lines = lines.map(|it| it.to_str().unwrap());
    let line = lines.find(|it| it.starts_with("__Host-typed="));
    let line = line.unwrap_or_default();
    line.split(';').next().unwrap_or_default().to_owned()
}

fn on_each_engine(play: impl AsyncFn(&Fixture)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for site in Fixture::on_each_engine() {
        runtime.block_on(play(&site));
    }
}

async fn page(site: &Fixture, path: &str, cookies: &str) -> Answer {
    site.get(path, &[&format!("cookie: {cookies}")]).await
}

#[test]
fn a_form_that_was_refused_comes_back_filled() {
    on_each_engine(async |site| play_refused_form(site).await);
}

async fn play_refused_form(site: &Fixture) {
    site.publish_file("members/join/index.html", JOIN.as_bytes());
    let form =
        "email=mei%40example.org&handle=x%22%3E&password=plum+garden+7+lanterns&newsletter=true";
    let refused = site.form("/members/join/?next=/a/", form).await;
    assert_eq!(
        refused.header("location"),
        Some("/members/join/?next=/a/#error-handle-invalid")
    );
    let kept = typed(&refused);
    assert!(!kept.contains("plum"), "{kept}");
    let filled = page(site, "/members/join/?next=/a/", &kept).await;
    assert_eq!(
        filled.text(),
        "<form method=\"post\" action=\"?next=/a/\"><input name=\"email\" value=\"mei@example.org\">\
         <input name=\"handle\" value=\"x&quot;&gt;\"><input name=\"password\" data-fill=\"password\">\
         <input type=\"checkbox\" name=\"newsletter\" checked></form>"
    );
    assert_eq!(filled.header("cache-control"), Some("private, no-store"));
    assert_eq!(filled.header("etag"), None);
    // Another browser, and another page of this one, have the public file.
    for (path, cookies) in [
        ("/members/join/", "theme=dark"),
        ("/members/join/?next=/a/", ""),
    ] {
        let other = page(site, path, cookies).await;
        assert_eq!(other.text(), JOIN, "{path}");
        assert!(other.header("etag").is_some());
    }
    site.publish_file("members/link/index.html", JOIN.as_bytes());
    assert_eq!(page(site, "/members/link/", &kept).await.text(), JOIN);
}

#[test]
fn the_next_page_says_where_the_letter_went_and_sends_it_again() {
    on_each_engine(async |site| play_sent_again(site).await);
}

async fn play_sent_again(site: &Fixture) {
    site.publish_file("members/check-mail/index.html", CHECK_MAIL.as_bytes());
    site.added("lan", Role::Member).await;
    let draft =
        json!({"email": "mei@example.org", "handle": "mei", "password": PASSWORD, "next": "/a/"});
    let joined = site.send("POST", "/api/members", "", draft).await;
    let asking = json!({"email": "lan@example.org"});
    let link = site
        .send("POST", "/api/session/link", "", asking.clone())
        .await;
    let forgot = site.send("POST", "/api/password/reset", "", asking).await;
    let by_form = site
        .form("/members/forgot/", "email=lan%40example.org")
        .await;
    let cookies = format!("{}; {}", bound(&joined), typed(&joined));
    for (cookies, address, subject) in [
        (
            cookies.clone(),
            "mei@example.org",
            "Confirm your address at Fixture",
        ),
        (
            typed(&link),
            "lan@example.org",
            "Your sign-in link for Fixture",
        ),
        (
            typed(&forgot),
            "lan@example.org",
            "Set a new password for Fixture",
        ),
        (
            typed(&by_form),
            "lan@example.org",
            "Set a new password for Fixture",
        ),
    ] {
        let shown = page(site, "/members/check-mail/", &cookies).await;
        let expected = format!("<p>Sent to <b>{address}</b></p>");
        assert_eq!(shown.text(), expected);
        site.letter(address).await;
        site.edge.clock.advance_secs(1_000);
        let n_sent = site.edge.mailer.sent().len();
        let line = format!("cookie: {cookies}");
        let again = site
            .ask(
                "POST",
                "/members/check-mail/",
                &[FORM[0], FORM[1], &line],
                "",
            )
            .await;
        assert_eq!(
            again.header("location"),
            Some("/members/check-mail/#sent-again")
        );
        assert_eq!(site.letter(address).await.unwrap().0, subject);
        assert_eq!(site.edge.mailer.sent().len(), n_sent + 1, "{address}");
    }
    // Who knows nothing of the letter sees and sends nothing.
    let stranger = page(site, "/members/check-mail/", "theme=dark").await;
    assert_eq!(stranger.text(), CHECK_MAIL);
    let nothing = site.form("/members/check-mail/", "").await;
    assert_eq!(nothing.header("location"), Some("/members/sign-in/"));

    // The letter that came last is still the one of this browser's join: the password counts.
    let (_, token) = site.letter("mei@example.org").await.unwrap();
    let opened = site
        .send(
            "POST",
            "/api/members/verify",
            &cookies,
            json!({"token": token}),
        )
        .await;
    assert_eq!(
        (status(&opened), &opened.json()["choose"]),
        (200, &Value::Null)
    );
}

#[test]
fn pages_made_for_a_member_say_who_is_signed_in() {
    on_each_engine(async |site| play_named_reader(site).await);
}

async fn play_named_reader(site: &Fixture) {
    site.publish_file("members/join/index.html", HEADER.as_bytes());
    let mei = site.member("mei", None, true).await;
    let named = "<html class=\"member\"><a>mei</a></html>";
    assert_eq!(page(site, "/members/join/", &mei).await.text(), named);
    assert_eq!(page(site, "/members/join/", "a=b").await.text(), HEADER);
    let out = page(site, "/members/join/", &format!("{mei}x")).await;
    assert_eq!(out.text(), HEADER, "a session that never was");
}

/// The account says where the letter went until it is opened, called off or too old. An address that somebody has looks
/// the same (AUTHN-03).
#[test]
fn a_change_of_address_is_told_until_it_is_settled() {
    on_each_engine(async |site| play_pending_address(site).await);
}

async fn play_pending_address(site: &Fixture) {
    site.added("mei", Role::Member).await;
    site.added("lan", Role::Member).await;
    let sent = json!({"login": "mei", "password": PASSWORD});
    let mei = cookie(&site.send("POST", "/api/session", "", sent).await);
    let pending = async |mei: &str| {
        let me = site.send("GET", "/api/me", mei, Value::Null).await;
        me.json()["pending_email"].as_str().map(String::from)
    };
    let change = async |email: &str| {
        let sent = json!({"email": email});
        let changed = site.send("PATCH", "/api/me", &mei, sent).await;
        assert_eq!(changed.json()["email"], "mei@example.org");
        changed.json()["pending_email"].clone()
    };
    for wanted in ["new@example.org", "lan@example.org"] {
        assert_eq!(change(wanted).await, wanted);
        assert_eq!(pending(&mei).await.as_deref(), Some(wanted));
        assert_eq!(change("mei@example.org").await, Value::Null, "called off");
        assert_eq!(pending(&mei).await, None);
    }
    change("late@example.org").await;
    site.letter("late@example.org").await.unwrap();
    site.edge.clock.advance_secs(24 * 3_600);
    assert_eq!(pending(&mei).await, None, "its link is too old");

    let sent = json!({"login": "mei", "password": PASSWORD});
    let mei = cookie(&site.send("POST", "/api/session", "", sent).await);
    let sent = json!({"email": "new@example.org"});
    site.send("PATCH", "/api/me", &mei, sent).await;
    let (_, token) = site.letter("new@example.org").await.unwrap();
    let confirmed = site
        .send("POST", "/api/members/verify", &mei, json!({"token": token}))
        .await;
    assert_eq!(confirmed.json()["member"]["pending_email"], Value::Null);
}

/// A tier is told when it is given and when it is over, unless it is there still; a suspension says why to whoever has the
/// password.
#[test]
fn acts_of_the_owner_are_told() {
    on_each_engine(async |site| play_acts_of_the_owner(site).await);
}

async fn play_acts_of_the_owner(site: &Fixture) {
    site.added("mei", Role::Member).await;
    let pro = TierId::parse("pro").unwrap();
    let act = async |act: fn(&MemberAdmin, &TierId, Timestamp) -> Result<(), AdminError>| {
        let (admin, pro, now) = (site.admin(), pro.clone(), site.edge.clock.now());
        let done = tokio::task::spawn_blocking(move || act(&admin, &pro, now));
        done.await.unwrap().unwrap();
        let subject = site.letter("mei@example.org").await.map(|it| it.0);
        (site.edge.mailer.sent().len(), subject.unwrap_or_default())
    };
    const DAY: i64 = 86_400;
    let given =
        act(|admin, pro, now| admin.grant("mei", pro, Some(now.plus_secs(DAY)), true)).await;
    assert_eq!(given, (1, "Pro at Fixture is yours".into()));
    let letter = &site.edge.mailer.sent()[0];
    let account = "https://lyceum.example/members/account/";
    assert!(
        letter.text.contains(account) && letter.text.contains(" until "),
        "{}",
        letter.text
    );
    let longer = act(|admin, pro, now| admin.grant("mei", pro, Some(now.plus_secs(2 * DAY)), true));
    assert_eq!(longer.await.0, 2);
    let settled = async || {
        // The first round finds what ended, the second sends the letters.
        act(|_, _, _| Ok(())).await;
        act(|_, _, _| Ok(())).await
    };
    site.edge.clock.advance_secs(DAY + 1);
    assert_eq!(settled().await.0, 2, "the longer one goes on");
    site.edge.clock.advance_secs(DAY);
    assert_eq!(settled().await, (3, "Pro at Fixture has ended".into()));

    let quiet = act(|admin, pro, _| admin.grant("mei", pro, None, false)).await;
    assert_eq!(quiet.0, 3);
    let taken = act(|admin, pro, _| admin.revoke("mei", pro, true)).await;
    assert_eq!(taken, (4, "Pro at Fixture has ended".into()));

    act(|admin, pro, _| {
        let shown = admin.show("mei@example.org")?;
        assert!(shown.known.held.is_empty() && shown.known.last_seen_at.is_none());
        let filter = Filter {
            tier: Some(pro.clone()),
            ..Filter::default()
        };
        admin.list(&filter, |it| panic!("{it:?}"))?;
        let mut n_members = 0;
        admin.list(&Filter::default(), |_| n_members += 1)?;
        assert_eq!(n_members, 1);
        admin.set_address("mei", "MEI2@example.org", true)?;
        admin.set_address("mei2@example.org", "mei@example.org", true)
    })
    .await;
    act(|admin, _, _| admin.suspend("mei", Some("Sent <b>advertisements</b>."))).await;
    let sent = json!({"login": "mei", "password": PASSWORD});
    let refused = site.send("POST", "/api/session", "", sent).await;
    assert_eq!(refused.problem_code().as_deref(), Some("suspended"));
    assert_eq!(refused.json()["reason"], "Sent <b>advertisements</b>.");
    let wrong = json!({"login": "mei", "password": "not the password at all"});
    let wrong = site.send("POST", "/api/session", "", wrong).await;
    assert_eq!(wrong.json()["reason"], Value::Null);

    let html = "<p id=\"error-suspended\"><span data-fill=\"reason\"></span></p>";
    site.publish_file("members/sign-in/index.html", html.as_bytes());
    let form = format!(
        "login=mei&reason=typed&password={}",
        PASSWORD.replace(' ', "+")
    );
    let refused = site.form("/members/sign-in/", &form).await;
    let shown = page(site, "/members/sign-in/", &typed(&refused)).await;
    let told = "<span>Sent &lt;b&gt;advertisements&lt;/b&gt;.</span>";
    assert!(shown.text().contains(told), "{}", shown.text());
}

#[test]
fn a_member_without_proof_has_the_letter_sent_again() {
    on_each_engine(async |site| play_asked_to_confirm(site).await);
}

async fn play_asked_to_confirm(site: &Fixture) {
    let added = Added {
        handle: "mei".into(),
        email: "mei@example.org".into(),
        role: Role::Member,
        password: Some(PASSWORD.into()),
        is_verified: false,
        site_title: "Fixture".into(),
    };
    let admin = site.admin();
    let add = tokio::task::spawn_blocking(move || admin.add(added));
    add.await.unwrap().unwrap();
    let sent = json!({"login": "mei", "password": PASSWORD});
    let mei = cookie(&site.send("POST", "/api/session", "", sent).await);
    let route = "/api/members/confirmation";
    assert_eq!(
        status(&site.send("POST", route, &mei, Value::Null).await),
        202
    );
    let (subject, token) = site.letter("mei@example.org").await.unwrap();
    assert_eq!(subject, "Confirm your address at Fixture");
    let opened = site
        .send("POST", "/api/members/verify", &mei, json!({"token": token}))
        .await;
    assert_eq!(opened.json()["member"]["verified"], true);

    let n_sent = site.edge.mailer.sent().len();
    let mei = cookie(&opened);
    assert_eq!(
        status(&site.send("POST", route, &mei, Value::Null).await),
        202
    );
    site.letter("mei@example.org").await;
    assert_eq!(
        site.edge.mailer.sent().len(),
        n_sent,
        "nothing is left to confirm"
    );
}
