//! What the store keeps of requests with a key: little, few, and no secret.

use crate::edge::fixture::{Answer, Fixture, NOW};
use crate::edge::idempotency::MAX_KEYS;
use crate::edge::store::{StoreError, Tx};
use serde_json::{Value, json};

async fn send(
    site: &Fixture,
    cookie: &str,
    (method, path, key): (&str, &str, &str),
    body: Value,
) -> Answer {
    let lines = [
        "content-type: application/json",
        "sec-fetch-site: same-origin",
        &format!("cookie: {cookie}"),
        &format!("idempotency-key: {key}"),
    ];
    site.ask(method, path, &lines, &body.to_string()).await
}

/// Number of rows, bytes of their answers, and their hashes.
async fn kept(site: &Fixture) -> (usize, usize, Vec<Vec<u8>>) {
    let load = |tx: &mut Tx| -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        tx.query("SELECT body, request_hash FROM idempotency", &[], |row| {
            Ok((row.get("body")?, row.get("request_hash")?))
        })
    };
    let rows = site.edge.store.read(load).await.unwrap();
    let n_bytes = rows.iter().map(|(body, _)| body.len()).sum();
    (
        rows.len(),
        n_bytes,
        rows.into_iter().map(|it| it.1).collect(),
    )
}

/// Answers grow with the text and the replies of a comment; what is kept of them does not.
#[tokio::test]
async fn a_kept_answer_is_short() {
    let site = Fixture::new();
    let mei = site.member("mei", None, true).await;
    let long = "&".repeat(16_000);
    let said = json!({"page": "guides/parts", "body": long});
    let first = send(&site, &mei, ("POST", "/api/comments", "said"), said.clone()).await;
    let id = first.json()["id"].as_str().unwrap().to_owned();
    for n in 0..5 {
        let reply = json!({"page": "guides/parts", "body": long, "parent": id});
        let replied = send(
            &site,
            &mei,
            ("POST", "/api/comments", &format!("r{n}")),
            reply,
        )
        .await;
        assert_eq!(replied.status, 201);
    }
    let path = format!("/api/comments/{id}");
    for n in 0..10 {
        let key = format!("e{n}");
        for _ in 0..2 {
            let edited = send(&site, &mei, ("PATCH", &path, &key), json!({"body": "x"})).await;
            // An answer holds as many replies as fit into its bytes.
            assert_eq!(edited.json()["replies"].as_array().unwrap().len(), 2);
        }
        let other = send(&site, &mei, ("PATCH", &path, &key), json!({"body": "y"})).await;
        assert_eq!(
            other.problem_code().as_deref(),
            Some("idempotency_conflict")
        );
    }
    let again = send(&site, &mei, ("POST", "/api/comments", "said"), said).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["id"]),
        (201, &json!(id))
    );
    assert_eq!(again.json()["body"], "x", "as it is now");
    let (n_rows, n_bytes, _) = kept(&site).await;
    assert_eq!(n_rows, 16);
    assert!(n_bytes <= 16 * 36, "{n_bytes}");
}

/// A member has so many keys and no more; another member's are not counted.
#[tokio::test]
async fn keys_are_bounded() {
    let site = Fixture::new();
    let (mei, lan) = (
        site.member("mei", None, true).await,
        site.member("lan", None, true).await,
    );
    let fill = |tx: &mut Tx| -> Result<(), StoreError> {
        let owner = crate::edge::accounts::service::by_handle(tx, "mei")?
            .unwrap()
            .id;
        for n in 0..MAX_KEYS {
            tx.execute(
                "INSERT INTO idempotency (owner, idempotency_key, request_hash, status, kind, body, created_at)
                 VALUES ($1, $2, $3, 204, 'short', '', $4)",
                &[&owner, &format!("k{n}"), &[0_u8; 32].as_slice(), &NOW],
            )?;
        }
        Ok(())
    };
    site.edge.store.write(fill).await.unwrap();
    let liked = json!({"page": "guides/parts", "liked": true});
    for (cookie, key, status) in [(&mei, "new", 429), (&mei, "k1", 409), (&lan, "new", 200)] {
        let answer = send(&site, cookie, ("PUT", "/api/likes", key), liked.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{key}");
    }
}

/// A hash that is quick to compute would let whoever reads the store guess passwords.
#[tokio::test]
async fn no_secret_is_in_a_hash() {
    let site = Fixture::new();
    let mei = site.member("mei", None, true).await;
    let body = json!({"password": "a brand new 12 kettle"});
    let set = send(&site, &mei, ("PUT", "/api/password", "p"), body.clone()).await;
    assert_eq!(set.status, 204, "{}", set.text());
    let (_, _, hashes) = kept(&site).await;
    let guess = |body: &str| {
        let mut hasher = blake3::Hasher::new();
        for piece in ["PUT", "/api/password", body] {
            hasher
                .update(&(piece.len() as u64).to_le_bytes())
                .update(piece.as_bytes());
        }
        hasher.finalize().as_bytes().to_vec()
    };
    assert_eq!(hashes, [guess("{}")]);
    // The second time it is not the present password that is missing, but judged again.
    let again = send(&site, &mei, ("PUT", "/api/password", "p"), body).await;
    assert_eq!(again.status, 422);
}
