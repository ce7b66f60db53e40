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

/// An export that does not fit into memory as a whole comes whole.
#[tokio::test]
async fn a_long_export_comes_whole() {
    const N_ROWS: usize = 2_000;
    let site = Fixture::new();
    std::fs::create_dir_all(&site.edge.settings.data_dir).unwrap();
    let cookie = format!("cookie: {}", site.member("mei", None, true).await);
    let fill = |tx: &mut crate::edge::store::Tx| -> Result<(), StoreError> {
        for n in 0..N_ROWS {
            let page = format!("{n} \" \\ {}", "p".repeat(1_000));
            tx.execute(
                "INSERT INTO page_save (page_id, member_id, at) SELECT $1, id, $2 FROM member",
                &[&page, &NOW],
            )?;
        }
        Ok(())
    };
    site.edge.store.write(fill).await.unwrap();
    let shown = site.get("/api/me/export", &[cookie.as_str()]).await;
    assert_eq!(shown.header("content-type"), Some("application/json"));
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));
    assert!(shown.body.len() > 2_000_000);
    let length = shown.body.len().to_string();
    assert_eq!(shown.header("content-length"), Some(length.as_str()));
    let shown = shown.json();
    assert_eq!(shown["member"]["handle"], "mei");
    assert_eq!(shown["page_save"].as_array().unwrap().len(), N_ROWS);
    assert_eq!(shown["comment"], json!([]));
}
