//! A page that moves while it is read and answered: every list shows the whole conversation after each step.

use crate::edge::fixture::Fixture;
use crate::edge::renames::{former_names, go_on};
use crate::edge::store::Tx;
use crate::ids::PageId;
use serde_json::{Value, json};
use std::sync::Arc;

async fn ask(site: &Fixture, method: &str, path: &str, cookie: &str, body: Value) -> Value {
    let cookie = format!("cookie: {cookie}");
    let lines = [
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        &cookie,
    ];
    let body = match body.is_null() {
        true => String::new(),
        false => body.to_string(),
    };
    let answer = site.ask(method, path, &lines, &body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text());
    answer.json()
}

async fn post(site: &Fixture, cookie: &str, parent: Option<&str>) -> String {
    let body = json!({"page": "guides/parts", "body": "said", "parent": parent});
    let posted = ask(site, "POST", "/api/comments", cookie, body).await;
    posted["id"].as_str().unwrap().to_owned()
}

/// The ids of all first comments in each order, each with its replies, two at a time.
async fn lists(site: &Fixture, page: &str) -> Vec<Vec<Value>> {
    let mut lists = Vec::new();
    for sort in ["new", "old", "best"] {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/comments?page={page}&sort={sort}&limit=2{cursor}");
            let list = ask(site, "GET", &path, "", Value::Null).await;
            for root in list["items"].as_array().unwrap() {
                ids.push(root["id"].clone());
                let replies = root["replies"].as_array().unwrap();
                ids.extend(replies.iter().map(|it| it["id"].clone()));
                let path = format!(
                    "/api/comments?page={page}&parent={}",
                    root["id"].as_str().unwrap()
                );
                let thread = ask(site, "GET", &path, "", Value::Null).await;
                assert_eq!(thread["items"].as_array().unwrap().len(), replies.len());
            }
            match list["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        lists.push(ids);
    }
    lists
}

async fn play(site: &Fixture) {
    let mei = site.member("mei", None, true).await;
    let mut roots = Vec::new();
    for n in 0..5 {
        site.edge.clock.advance_secs(60);
        let root = post(site, &mei, None).await;
        for _ in 0..n % 3 {
            post(site, &mei, Some(&root)).await;
        }
        roots.push(root);
    }
    let liker = site.member("li", None, true).await;
    let like = json!({"comment": roots[2], "liked": true});
    ask(site, "PUT", "/api/likes", &liker, like.clone()).await;

    let open = site.edge.release();
    let next = site.with_manifest(|manifest| {
        let page = manifest["pages"]["guides/parts"].take();
        manifest["pages"]
            .as_object_mut()
            .unwrap()
            .remove("guides/parts");
        manifest["pages"]["guides/moved"] = page;
        manifest["renamed"] = json!({"guides/parts": "guides/moved"});
    });
    open.look_ahead(former_names(next.manifest()));
    let mut whole = lists(site, "guides/parts").await;
    assert_eq!(whole[0].len(), 9);
    let mut step = 0;
    loop {
        let go_on = |tx: &mut Tx| {
            let (old, new) = (PageId::new("guides/parts"), PageId::new("guides/moved"));
            go_on(tx, &old, &new, 2)
        };
        let more = site.edge.store.write(go_on).await.unwrap();
        assert_eq!(lists(site, "guides/parts").await, whole, "step {step}");
        // A comment of either name is liked and answered, and the answer is moved with the rest.
        ask(site, "PUT", "/api/likes", &liker, like.clone()).await;
        if step < 4 {
            post(site, &mei, Some(&roots[step])).await;
            whole = lists(site, "guides/parts").await;
            assert_eq!(whole[0].len(), 10 + step);
        }
        if more.is_none() {
            break;
        }
        step += 1;
    }
    site.edge.swap_release(Arc::new(next));
    assert_eq!(lists(site, "guides/moved").await, whole);
}

#[test]
fn a_conversation_is_whole_while_it_moves() {
    for site in Fixture::on_each_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play(&site));
        site.edge.store.close();
    }
}
