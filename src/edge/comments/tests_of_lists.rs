//! Lists of large comments: answers are bounded in bytes, and the cursor leads to every comment. A page that takes no
//! comments any more shows none.

use crate::edge::comments::{LIST_BYTES, MAX_BYTES};
use crate::edge::fixture::Fixture;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROOTS: usize = 6;
const REPLIES: usize = 4;

async fn post(site: &Fixture, cookie: &str, parent: Option<&str>) -> String {
    let body = json!({"page": "guides/parts", "body": "&".repeat(MAX_BYTES), "parent": parent});
    let cookie = format!("cookie: {cookie}");
    let lines = [
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        &cookie,
    ];
    let answer = site
        .ask("POST", "/api/comments", &lines, &body.to_string())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// All items of a list, page by page; each answer is bounded and says something.
async fn all(site: &Fixture, query: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let address = format!("/api/comments?page=guides/parts&limit=100{query}{cursor}");
        let answer = site.get(&address, &[]).await;
        assert!(
            answer.body.len() <= LIST_BYTES + 64 * 1024,
            "{}",
            answer.body.len()
        );
        let list = answer.json();
        let found = list["items"].as_array().unwrap();
        assert!(!found.is_empty());
        items.extend(found.iter().cloned());
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

async fn play(site: &Fixture) {
    let mei = site.member("mei", None, true).await;
    let mut expected = BTreeSet::new();
    for _ in 0..ROOTS {
        let root = post(site, &mei, None).await;
        for _ in 0..REPLIES {
            expected.insert(post(site, &mei, Some(&root)).await);
        }
        expected.insert(root);
    }
    for sort in ["new", "old", "best"] {
        let mut found = Vec::new();
        for root in all(site, &format!("&sort={sort}")).await {
            assert_eq!(root["n_replies"], REPLIES);
            assert!(root["replies"].as_array().unwrap().len() <= REPLIES);
            let id = root["id"].as_str().unwrap();
            for reply in all(site, &format!("&sort={sort}&parent={id}")).await {
                found.push(reply["id"].as_str().unwrap().to_owned());
            }
            found.push(id.to_owned());
        }
        assert_eq!(found.len(), expected.len(), "{sort}");
        assert_eq!(
            found.into_iter().collect::<BTreeSet<_>>(),
            expected,
            "{sort}"
        );
    }
}

#[test]
fn answers_are_bounded_and_no_comment_is_skipped() {
    for site in Fixture::on_each_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play(&site));
        site.edge.store.close();
    }
}

async fn play_closing(site: &Fixture) {
    let mei = site.member("mei", None, true).await;
    let id = post(site, &mei, None).await;
    let cookie = format!("cookie: {mei}");
    let lines = [
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        cookie.as_str(),
    ];
    let list = "/api/comments?page=guides/parts";
    let counts = "/api/comments/counts?pages=guides/parts";
    let n_items = async |address: &str| {
        let answer = site.get(address, &lines).await;
        assert_eq!(answer.status, 200);
        answer.json()["items"].as_array().unwrap().len()
    };
    let comment = format!("/api/comments/{id}");
    let like = json!({"comment": id, "liked": true}).to_string();
    let unlike = json!({"comment": id, "liked": false}).to_string();
    assert_eq!(
        site.ask("PUT", "/api/likes", &lines, &like).await.status,
        200
    );
    site.change_manifest(|manifest| manifest["pages"]["guides/parts"]["comments"] = json!(false));
    assert_eq!((n_items(list).await, n_items(counts).await), (0, 0));
    let engagement = site.get("/api/engagement?page=guides/parts", &lines).await;
    assert_eq!(engagement.json()["comments"], 0, "{}", engagement.text());
    let quality = &engagement.json()["scores"]["interaction_quality"];
    assert!(quality["depth"].is_null(), "{quality}");
    for (method, address, body, status) in [
        ("PATCH", comment.as_str(), r#"{"body": "again"}"#, 409),
        ("PUT", "/api/likes", like.as_str(), 409),
        ("PUT", "/api/likes", unlike.as_str(), 200),
        ("DELETE", comment.as_str(), "", 204),
    ] {
        let answer = site.ask(method, address, &lines, body).await;
        assert_eq!(
            answer.status,
            status,
            "{method} {address} {}",
            answer.text()
        );
    }
    site.change_manifest(|manifest| manifest["pages"]["guides/parts"]["comments"] = json!(true));
    post(site, &mei, None).await;
    assert_eq!(n_items(list).await, 1);
}

#[test]
fn a_page_without_comments_shows_none() {
    for site in Fixture::on_each_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play_closing(&site));
        site.edge.store.close();
    }
}
