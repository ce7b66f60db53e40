//! How long a session and a link last when the clock was wrong, and what a class behind one address meets.

use crate::edge::accounts::Role;
use crate::edge::accounts::conversations::{FORM, JSON, PASSWORD, cookie, status};
use crate::edge::attempts::{self, Limit};
use crate::edge::entropy::Entropy;
use crate::edge::fixture::{Answer, Fixture};
use crate::edge::mail::limits::{MAILS, MAILS_TO_ALL};
use crate::edge::store::{StoreError, Tx};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

async fn sign_in(site: &Fixture, login: &str, password: &str) -> Answer {
    let sent = json!({"login": login, "password": password});
    site.send("POST", "/api/session", "", sent).await
}

/// SES-04: whatever the clock said when a session was opened or used, it ends within its bounds of the right time.
#[tokio::test]
async fn sessions_end_although_the_clock_was_ahead() {
    let site = Fixture::new();
    site.added("mei", Role::Member).await;
    site.added("ada", Role::Owner).await;
    let me = async |cookie: &str| status(&site.send("GET", "/api/me", cookie, Value::Null).await);
    for (login, idle_secs, absolute_secs) in [("mei", 14 * DAY, 30 * DAY), ("ada", 3_600, DAY)] {
        site.edge.clock.advance_secs(3_650 * DAY);
        let ahead = cookie(&sign_in(&site, login, PASSWORD).await);
        site.edge.clock.advance_secs(-3_650 * DAY);
        let before = cookie(&sign_in(&site, login, PASSWORD).await);
        site.edge.clock.advance_secs(idle_secs - 60);
        assert_eq!(
            me(&before).await,
            200,
            "{login}: used while the clock is ahead"
        );
        site.edge.clock.advance_secs(60 - idle_secs);

        // Both go on, but not as if they had just been opened.
        let change = json!({"email": "new@example.org"});
        let refused = site.send("PATCH", "/api/me", &ahead, change).await;
        assert_eq!(
            refused.problem_code().as_deref(),
            Some("sign_in_again"),
            "{login}"
        );
        assert_eq!((me(&before).await, me(&ahead).await), (200, 200), "{login}");
        let mut left_secs = absolute_secs - 15 * 60;
        while left_secs > idle_secs {
            site.edge.clock.advance_secs(idle_secs - 1);
            left_secs -= idle_secs - 1;
            assert_eq!(me(&ahead).await, 200, "{login}");
        }
        site.edge.clock.advance_secs(left_secs);
        assert_eq!((me(&before).await, me(&ahead).await), (401, 401), "{login}");
    }
}

/// A link that was made while the clock was ahead would be good for as long as that.
#[tokio::test]
async fn links_of_a_clock_that_was_ahead_open_nothing() {
    let site = Fixture::new();
    site.added("mei", Role::Member).await;
    for (ahead_secs, expected) in [(30, 200), (DAY, 422)] {
        site.edge.clock.advance_secs(ahead_secs);
        let sent = json!({"email": "mei@example.org"});
        site.send("POST", "/api/session/link", "", sent).await;
        let (_, token) = site.letter("mei@example.org").await.unwrap();
        site.edge.clock.advance_secs(-ahead_secs);
        let sent = json!({"token": token});
        let opened = site
            .send("POST", "/api/session/link/redeem", "", sent)
            .await;
        assert_eq!(status(&opened), expected, "{ahead_secs}");
    }
}

/// A class joins and signs in during a lesson, from one address, and everybody mistypes once. Nobody is told to wait.
/// Who guesses at accounts of others from there is.
#[tokio::test]
async fn a_class_behind_one_address_is_let_in() {
    const N_PUPILS: usize = 40;
    let site = Fixture::new();
    for n in 0..N_PUPILS {
        let joining = format!("email=pupil{n}%40example.org&handle=pupil-{n}");
        let joined = site.form("/members/join/", &joining).await;
        assert_eq!(
            joined.header("location"),
            Some("/members/check-mail/"),
            "{n}"
        );
        let (_, token) = site.letter(&format!("pupil{n}@example.org")).await.unwrap();
        let opened = site
            .form(&format!("/members/verify/?token={token}"), "")
            .await;
        assert_eq!(opened.header("location"), Some("/members/account/"), "{n}");
        let asking = format!("email=pupil{n}%40example.org");
        let asked = site.form("/members/link/", &asking).await;
        assert_eq!(
            asked.header("location"),
            Some("/members/check-mail/"),
            "{n}"
        );
        let (_, token) = site.letter(&format!("pupil{n}@example.org")).await.unwrap();
        let opened = site
            .form(&format!("/members/link/?token={token}"), "")
            .await;
        assert_eq!(opened.header("location"), Some("/members/account/"), "{n}");
    }
    site.added("teacher", Role::Member).await;
    for n in 0..33 {
        assert_eq!(
            status(&sign_in(&site, "teacher", "wrong wrong wrong").await),
            401,
            "{n}"
        );
        assert_eq!(
            status(&sign_in(&site, "teacher", PASSWORD).await),
            200,
            "{n}"
        );
    }
    for n in 0..30 {
        assert_eq!(
            status(&sign_in(&site, &format!("other{n}"), PASSWORD).await),
            401,
            "{n}"
        );
    }
    assert_eq!(status(&sign_in(&site, "teacher", PASSWORD).await), 429);
    // Slowed, not shut out; and a link still works.
    site.edge.clock.advance_secs(30);
    assert_eq!(status(&sign_in(&site, "teacher", PASSWORD).await), 200);
    let sent = json!({"email": "teacher@example.org"});
    assert_eq!(
        status(&site.send("POST", "/api/session/link", "", sent).await),
        202
    );
}

/// What is refused for coming too often is a page where a form was sent, and a problem where a script asked.
#[tokio::test]
async fn forms_past_a_limit_are_answered_with_pages() {
    for (path, body, act, refused) in [
        (
            "/members/join/",
            "email=no",
            "/api/members",
            "/members/join/#error-rate-limited",
        ),
        (
            "/zh/members/sign-in/?next=/a/",
            "login=",
            "/api/session",
            "/zh/members/sign-in/?next=/a/#error-rate-limited",
        ),
        (
            "/members/link/",
            "email=no",
            "/api/session/link",
            "/members/link/#error-rate-limited",
        ),
        (
            "/members/forgot/",
            "email=no",
            "/api/password/reset",
            "/members/forgot/#error-rate-limited",
        ),
        (
            "/members/verify/?token=x",
            "",
            "/api/likes",
            "/members/verify/?token=x#error-rate-limited",
        ),
        (
            "/members/sign-out",
            "",
            "/api/likes",
            "/members/account/#error-rate-limited",
        ),
    ] {
        let site = Fixture::new();
        let spend = async || site.ask("POST", act, &JSON, "{}").await;
        while status(&spend().await) != 429 {}
        let answer = site.ask("POST", path, &FORM, body).await;
        assert_eq!(
            (status(&answer), answer.header("location")),
            (303, Some(refused)),
            "{path}"
        );
    }
}

/// Opening a link does not spend what asking for one does.
#[tokio::test]
async fn a_link_opens_when_no_more_can_be_asked_for() {
    let site = Fixture::new();
    site.added("mei", Role::Member).await;
    site.form("/members/link/", "email=mei%40example.org").await;
    let (_, token) = site.letter("mei@example.org").await.unwrap();
    let limited = Some("/members/link/#error-rate-limited");
    while site
        .form("/members/link/", "email=x%40example.org")
        .await
        .header("location")
        != limited
    {}
    let opened = site
        .form(&format!("/members/link/?token={token}"), "")
        .await;
    assert_eq!(opened.header("location"), Some("/members/account/"));
}

/// DOS-13: a thousand joins do not keep members from their links; what does not leave is counted apart.
#[tokio::test]
async fn joins_use_up_no_letter_of_members() {
    let site = Fixture::new();
    site.added("mei", Role::Member).await;
    use_up(&site, &MAILS_TO_ALL).await;
    let joined = site.join("orchid", "orchid@example.org").await;
    assert_eq!(status(&joined), 202);
    assert_eq!(site.letter("orchid@example.org").await, None);
    for (path, subject) in [
        ("/api/session/link", "Your sign-in link for Fixture"),
        ("/api/password/reset", "Set a new password for Fixture"),
    ] {
        let asked = site
            .send("POST", path, "", json!({"email": "mei@example.org"}))
            .await;
        assert_eq!(status(&asked), 202);
        let (found, _) = site.letter("mei@example.org").await.unwrap();
        assert_eq!(found, subject);
    }
    // Nor do letters at one spelling of a box use up those of a member who has another.
    let site = Fixture::new();
    site.added("mei", Role::Member).await;
    for n in 0..5 {
        let email = format!("m.ei+{n}@example.org");
        site.join(&format!("orchid{n}"), &email).await;
        let sent = json!({"email": email});
        site.send("POST", "/api/session/link", "", sent).await;
    }
    let sent = json!({"email": "mei@example.org"});
    site.send("POST", "/api/session/link", "", sent).await;
    assert!(site.letter("mei@example.org").await.is_some());
    let n_to_box = site.edge.mailer.sent().len();
    assert!(n_to_box <= 1 + 3, "{n_to_box}");
    // And members have a bound of their own.
    use_up(&site, &MAILS).await;
    let sent = json!({"email": "mei@example.org"});
    site.send("POST", "/api/session/link", "", sent).await;
    site.letter("mei@example.org").await;
    assert_eq!(site.edge.mailer.sent().len(), n_to_box);
}

async fn use_up(site: &Fixture, limit: &'static Limit) {
    let now = site.edge.clock.now();
    let fill = move |tx: &mut Tx| -> Result<(), StoreError> {
        for _ in 0..limit.most {
            let id = Entropy::System.uuid_v7(now);
            attempts::take(tx, limit, "", (id, now))?;
        }
        Ok(())
    };
    site.edge.store.write(fill).await.unwrap();
}

/// A site that asks for no proof sends a stranger no notices, and a member no more than three in 15 minutes.
#[tokio::test]
async fn notices_are_bounded() {
    let site = Fixture::new();
    site.change_manifest(|manifest| {
        manifest["edge"]["members"]["verify_email"] = json!(false);
    });
    site.join("mallory", "stranger@example.org").await;
    let opened = sign_in(&site, "mallory", PASSWORD).await;
    change_often(&site, &cookie(&opened)).await;
    let to = |address: &str| -> Vec<String> {
        let sent = site.edge.mailer.sent().into_iter();
        let sent = sent.filter(|it| it.to.as_str() == address);
        sent.map(|it| it.subject).collect()
    };
    assert_eq!(
        to("stranger@example.org"),
        ["Confirm your address at Fixture"]
    );
    assert!(to("other@example.org").len() <= 3);

    site.added("mei", Role::Member).await;
    let opened = sign_in(&site, "mei", PASSWORD).await;
    change_often(&site, &cookie(&opened)).await;
    assert_eq!(to("mei@example.org").len(), 3);
    site.edge.clock.advance_secs(900);
    let opened = sign_in(&site, "mei", PASSWORD).await;
    change_often(&site, &cookie(&opened)).await;
    assert_eq!(to("mei@example.org").len(), 6);
}

/// Changes address and password as often as somebody would who wants letters to be sent.
async fn change_often(site: &Fixture, session: &str) {
    for n in 0..6 {
        let email = if n % 2 == 0 {
            "other@example.org"
        } else {
            "third@example.org"
        };
        let asked = site
            .send("PATCH", "/api/me", session, json!({"email": email}))
            .await;
        assert_eq!(status(&asked), 200, "{}", asked.text());
        site.letter("nobody@example.org").await;
        let sent = json!({"current": PASSWORD, "password": PASSWORD});
        let set = site.send("PUT", "/api/password", session, sent).await;
        assert_eq!(status(&set), 204, "{}", set.text());
        site.letter("nobody@example.org").await;
    }
}
