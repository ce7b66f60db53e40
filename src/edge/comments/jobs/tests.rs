//! Comments whose HTML an earlier version made, on every store.

use crate::edge::comments::sql;
use crate::edge::fixture::Fixture;
use crate::edge::store::StoreError;
use serde_json::json;
use uuid::Uuid;

async fn post(site: &Fixture, cookie: &str, body: &str) -> String {
    let cookie = format!("cookie: {cookie}");
    let lines = [
        "sec-fetch-site: same-origin",
        "content-type: application/json",
        &cookie,
    ];
    let body = json!({"page": "guides/parts", "body": body}).to_string();
    let answer = site.ask("POST", "/api/comments", &lines, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn html(site: &Fixture, id: &str) -> String {
    let id = Uuid::parse_str(id).unwrap();
    let found = site.edge.store.read(move |tx| {
        tx.query("SELECT html FROM comment WHERE id = $1", &[&id], |row| {
            row.get::<String>("html")
        })
    });
    found.await.unwrap().remove(0)
}

async fn play(site: &Fixture) {
    let mei = site.member("mei", None, true).await;
    let code = post(site, &mei, "```rust\nfn\n```").await;
    let refused = post(site, &mei, "a").await;
    let new = post(site, &mei, "b").await;
    let ids = [&refused, &new].map(|it| Uuid::parse_str(it).unwrap());
    let written = site.edge.store.write(move |tx| {
        let [refused, new] = &ids;
        tx.execute(
            "UPDATE comment SET html = '<p>old</p>', html_version = 1 WHERE id <> $1",
            &[new],
        )?;
        tx.execute("UPDATE comment SET body = ' ' WHERE id = $1", &[refused])?;
        tx.execute(
            "UPDATE comment SET html = '<p>kept</p>' WHERE id = $1",
            &[new],
        )?;
        Ok::<_, StoreError>(())
    });
    written.await.unwrap();
    let edge = site.edge.clone();
    let run = move || crate::edge::jobs(&edge).run_due();
    tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let coloured =
        "<pre><code class=\"language-rust\"><span class=\"k\">fn</span>\n</code></pre>\n";
    assert_eq!(html(site, &code).await, coloured);
    assert_eq!(html(site, &refused).await, "<p>old</p>");
    assert_eq!(html(site, &new).await, "<p>kept</p>");
    let left = site.edge.store.read(|tx| sql::rendered_before(tx, 1));
    assert_eq!(left.await.unwrap(), []);
}

#[test]
fn what_an_earlier_version_rendered_is_rendered_again() {
    for site in Fixture::on_each_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play(&site));
        site.edge.store.close();
    }
}
