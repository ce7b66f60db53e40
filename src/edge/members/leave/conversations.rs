//! PRIV-02: the files of the embedded engine after an erasure, byte by byte.

use crate::edge::fixture::{Fixture, NOW};
use crate::edge::store::StoreError;
use serde_json::{Value, json};

#[tokio::test]
async fn nothing_of_an_erased_member_lies_in_the_files() {
    let site = Fixture::new();
    let cookie = format!("cookie: {}", site.member("zephyrine", None, true).await);
    let lines = [
        "content-type: application/json",
        "sec-fetch-site: same-origin",
        cookie.as_str(),
    ];
    let send = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        site.ask(method, path, &lines, &body).await
    };
    let named = send("PATCH", "/api/me", json!({"name": "Canaryname"})).await;
    assert_eq!(named.status, 200, "{}", named.text());
    let said = send(
        "POST",
        "/api/comments",
        json!({"page": "guides/parts", "body": "canarybody"}),
    )
    .await;
    let path = format!("/api/comments/{}", said.json()["id"].as_str().unwrap());
    assert_eq!(send("DELETE", &path, Value::Null).await.status, 204);
    assert!(found(&site).contains(&"zephyrine"), "the search itself");
    assert_eq!(send("DELETE", "/api/me", Value::Null).await.status, 204);
    // The log is emptied before the next group.
    site.edge
        .store
        .write(|_| Ok::<_, StoreError>(()))
        .await
        .unwrap();
    assert_eq!(found(&site), Vec::<&str>::new());
    assert!(site.edge.clock.now() >= NOW);
}

/// Which of the marked words lie in the database file or its log.
fn found(site: &Fixture) -> Vec<&'static str> {
    let mut bytes = Vec::new();
    for name in ["edge.db", "edge.db-wal"] {
        bytes.extend(std::fs::read(site.root().join(name)).unwrap_or_default());
    }
    let is_in = |word: &str| bytes.windows(word.len()).any(|it| it == word.as_bytes());
    ["zephyrine", "Canaryname", "canarybody"]
        .into_iter()
        .filter(|it| is_in(it))
        .collect()
}
