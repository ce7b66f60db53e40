//! All routes under attack, as the description names them: a route or a field that is added later is in it too.
//!
//! The site is one where people have lived: members of every kind, comments in every state, letters on their way.

use crate::edge::accounts::TokenHash;
use crate::edge::fixture::{Answer, Fixture, NOW};
use crate::edge::store::{StoreError, Tx, schema};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const JSON: [&str; 2] = [
    "sec-fetch-site: same-origin",
    "content-type: application/json",
];
const PASSWORD: &str = "plum garden 7 lanterns";

/// A fixture, and who is known there.
struct Lived {
    site: Fixture,
    /// Of a plain member who said and did things, and of the owner.
    mei: String,
    ada: String,
    /// Ids of comments: shown, held, removed, deleted.
    comments: [String; 4],
}

impl Lived {
    async fn in_(site: Fixture) -> Self {
        let mei = site.member("mei", Some("pro"), true).await;
        let ada = site.member("ada", None, true).await;
        site.member("waiting", None, false).await;
        let mut comments = Vec::new();
        for body in ["shown", "held", "removed", "deleted"] {
            let said = json!({"page": "guides/parts", "body": format!("zebra {body}")});
            let said = post(&site, "POST", "/api/comments", &mei, &said).await;
            assert_eq!(said.status, 201, "{}", said.text());
            comments.push(said.json()["id"].as_str().unwrap().to_owned());
        }
        for (method, path, body) in [
            (
                "POST",
                "/api/comments",
                json!({"page": "guides/parts", "body": "a reply", "parent": comments[0]}),
            ),
            (
                "PUT",
                "/api/likes",
                json!({"page": "guides/parts", "liked": true}),
            ),
            (
                "PUT",
                "/api/saves",
                json!({"page": "guides/parts", "saved": true}),
            ),
            (
                "PUT",
                "/api/ratings",
                json!({"page": "guides/parts", "helpful": true}),
            ),
            (
                "POST",
                "/api/events",
                json!([{"page": "guides/parts", "kind": "view"}]),
            ),
            (
                "POST",
                "/api/session/link",
                json!({"email": "x@example.org"}),
            ),
        ] {
            let answer = post(&site, method, path, &mei, &body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text());
        }
        let states = comments.clone();
        let change = move |tx: &mut Tx| -> Result<(), StoreError> {
            for (id, state) in states.iter().zip(["shown", "held", "removed", "deleted"]) {
                tx.execute("UPDATE comment SET state = $2 WHERE id = $1", &[id, &state])?;
            }
            // Addresses that are looked for, and a role that may do everything.
            tx.execute(
                "UPDATE member SET email = handle || '@zebra.example', email_key = handle || '@zebra.example'",
                &[],
            )?;
            tx.execute("UPDATE member SET role = 'owner' WHERE handle = 'ada'", &[])?;
            Ok(())
        };
        site.edge.store.write(change).await.unwrap();
        Lived {
            site,
            mei,
            ada,
            comments: comments.try_into().unwrap(),
        }
    }

    /// Every row of every table but the moments at which sessions were last seen.
    async fn rows(&self) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
        let all = |tx: &mut Tx| -> Result<_, StoreError> {
            let mut all = BTreeMap::new();
            for table in schema::tables(tx)? {
                let mut rows = schema::rows(tx, &table)?;
                rows.iter_mut()
                    .for_each(|row| drop(row.remove("last_seen_at")));
                rows.sort();
                all.insert(table.name, rows);
            }
            Ok(all)
        };
        self.site.edge.store.read(all).await.unwrap()
    }

    async fn as_(&self, cookie: &str, address: &str) -> Answer {
        let line = format!("cookie: {cookie}");
        self.site.get(address, &[&line]).await
    }
}

async fn post(site: &Fixture, method: &str, path: &str, cookie: &str, body: &Value) -> Answer {
    let cookie = format!("cookie: {cookie}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    site.ask(method, path, &[JSON[0], JSON[1], &cookie], &body)
        .await
}

/// Plays the same on each engine. The stores are opened and closed outside of the runtime.
fn on_each_engine(play: impl AsyncFn(&Lived)) {
    for site in Fixture::on_each_engine() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let lived = runtime.block_on(async {
            let lived = Lived::in_(site).await;
            play(&lived).await;
            lived
        });
        lived.site.edge.store.close();
    }
}

/// One operation of the description.
struct Operation {
    method: String,
    path: String,
    /// Names in the path and in the query.
    parameters: Vec<(String, bool)>,
    /// Names of the fields of its body; `None` without a body.
    fields: Option<Vec<String>>,
    takes_list: bool,
}

fn operations() -> Vec<Operation> {
    let described = serde_json::to_value(crate::edge::description()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let takes_list = schema["type"] == "array";
            let reference = if takes_list { &schema["items"] } else { schema };
            let named = reference["$ref"]
                .as_str()
                .and_then(|it| it.rsplit('/').next())
                .map(|name| &described["components"]["schemas"][name]);
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: parameters
                    .map(|it| (it["name"].as_str().unwrap().to_owned(), it["in"] == "path"))
                    .collect(),
                fields: named.map(|schema| {
                    let fields = schema["properties"].as_object();
                    fields
                        .unwrap_or_else(|| panic!("{method} {path}: {schema}"))
                        .keys()
                        .cloned()
                        .collect()
                }),
                takes_list,
            });
        }
    }
    operations
}

/// What is sent in a field when another one is attacked; `None` for what may be left out.
fn proper(name: &str, comment: &str) -> Option<Value> {
    Some(match name {
        "page" => "guides/parts".into(),
        "id" => comment.into(),
        "login" => "mei".into(),
        "password" | "current" => PASSWORD.into(),
        "email" => "new@example.org".into(),
        "handle" => "orchid".into(),
        "token" => "A".repeat(43).into(),
        "body" => "hello".into(),
        "kind" => "comment".into(),
        "liked" | "saved" | "accepted" => true.into(),
        _ => return None,
    })
}

/// Sends an operation with one value in the place of a parameter or field.
async fn attack(lived: &Lived, operation: &Operation, name: &str, value: &Value) -> Answer {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let of = |field: &str| match field == name {
        true => Some(value.clone()),
        false => proper(field, &lived.comments[0]),
    };
    let mut address = operation.path.clone();
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (parameter, is_in_path) in &operation.parameters {
        let sent = match parameter == name {
            true => Some(text.clone()),
            false => {
                proper(parameter, &lived.comments[0]).and_then(|it| it.as_str().map(str::to_owned))
            }
        };
        let Some(sent) = sent else { continue };
        if *is_in_path {
            let spelt =
                percent_encoding::utf8_percent_encode(&sent, percent_encoding::NON_ALPHANUMERIC);
            address = address.replace(&format!("{{{parameter}}}"), &spelt.to_string());
        } else {
            query.append_pair(parameter, &sent);
        }
    }
    let query = query.finish();
    if !query.is_empty() {
        address = format!("{address}?{query}");
    }
    let body = operation.fields.as_ref().map(|fields| {
        let body: Map<String, Value> = fields
            .iter()
            .filter_map(|field| Some((field.clone(), of(field)?)))
            .collect();
        match operation.takes_list {
            true => json!([body]),
            false => Value::Object(body),
        }
    });
    post(
        &lived.site,
        &operation.method,
        &address,
        &lived.mei,
        &body.unwrap_or_default(),
    )
    .await
}

/// XSS-10, DOS-06: whatever stands in a parameter or field is a value: it is refused or kept, never run, and no
/// failure of ours.
#[test]
fn hostile_values_are_values() {
    let hostile: Vec<Value> = [
        "'",
        "' OR '1'='1",
        "'; DROP TABLE member; --",
        "\" UNION SELECT password_hash FROM member --",
        "guides/parts' AND (SELECT 1 FROM pg_sleep(9)) IS NOT NULL --",
        "$1 ?1 {{text}}",
        "a\0b",
        "NEAR(\"a\" b) col:c ^d* OR",
        "\u{ffff}\u{202e}\u{200b}",
        "-9223372036854775809",
        "1e999",
        "../../vault/manifest.json",
        "<script>alert(1)</script>",
    ]
    .map(Value::from)
    .into_iter()
    .chain([
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!({"$gt": ""}),
        json!(null),
        json!("x".repeat(40_000)),
        json!(vec![0; 20_000]),
    ])
    .collect();
    on_each_engine(async |lived| {
        let before = lived.rows().await;
        let mut n_sent = 0;
        for operation in operations() {
            let fields = operation.fields.iter().flatten();
            let parameters = operation.parameters.iter().map(|(name, _)| (name, 1_000));
            for (name, most_bytes) in parameters.chain(fields.map(|name| (name, usize::MAX))) {
                for value in hostile
                    .iter()
                    .filter(|it| it.to_string().len() < most_bytes)
                {
                    let answer = attack(lived, &operation, name, value).await;
                    let what = || {
                        let shown: String = value.to_string().chars().take(60).collect();
                        format!("{} {} {name}={shown}", operation.method, operation.path)
                    };
                    assert!(
                        !answer.status.is_server_error(),
                        "{}: {}",
                        what(),
                        answer.text()
                    );
                    // Nothing of this names anything, so a list that shows rows was told to by the value.
                    let is_read = operation.method == "GET" && name != "limit";
                    let is_refused = answer.status.is_client_error();
                    assert!(!is_read || is_refused || has_no_rows(&answer), "{}", what());
                    n_sent += 1;
                }
            }
        }
        assert!(n_sent > 700, "{n_sent}");
        let after = lived.rows().await;
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        for (who, rows) in [("before", before), ("after", after)] {
            let roles: Vec<_> = rows["member"]
                .iter()
                .map(|row| (&row["handle"], &row["role"]))
                .collect();
            let owners = roles.iter().filter(|(_, role)| *role == "owner").count();
            assert_eq!(owners, 1, "{who}: {roles:?}");
        }
    });
}

/// Every address that can be read, with parameters that fit.
fn readable() -> Vec<String> {
    let mut addresses: Vec<String> = operations()
        .into_iter()
        .filter(|it| it.method == "GET")
        .map(
            |operation| match operation.parameters.iter().any(|(name, _)| name == "page") {
                true => format!("{}?page=guides%2Fparts", operation.path),
                false => operation.path,
            },
        )
        .collect();
    addresses.extend(
        [
            "/",
            "/guides/parts/",
            "/guides/parts/plan.svg",
            "/theme.css",
            "/nowhere",
            "/members/join/",
            "/members/sign-out/",
            "/members/link/?token=x",
            "/healthz",
            "/readyz",
            "/api/comments?page=guides%2Fparts&sort=best&limit=100",
        ]
        .map(str::to_owned),
    );
    addresses
}

/// SES-12: reading changes nothing, whoever reads. That an account was taken out is noted, as it should be.
#[test]
fn reading_changes_nothing() {
    on_each_engine(async |lived| {
        let before = lived.rows().await;
        for cookie in [lived.ada.as_str(), &lived.mei, ""] {
            for method in ["GET", "HEAD"] {
                for address in readable() {
                    let line = format!("cookie: {cookie}");
                    let answer = lived.site.ask(method, &address, &[&line], "").await;
                    assert!(
                        !answer.status.is_server_error(),
                        "{address}: {}",
                        answer.text()
                    );
                }
            }
        }
        let mut after = lived.rows().await;
        let audit = after.get_mut("audit").unwrap();
        audit.retain(|row| row["action"] != "member.export");
        assert_eq!(before, after);
    });
}

/// AUTHZ-11: no answer tells an address, a hash, a token or an id of what is hidden from its reader.
#[test]
fn no_answer_tells_of_others() {
    on_each_engine(async |lived| {
        let rows = lived.rows().await;
        let ids: Vec<&String> = rows["member"].iter().map(|row| &row["id"]).collect();
        for (who, cookie) in [("visitor", ""), ("mei", &lived.mei), ("ada", &lived.ada)] {
            for address in readable() {
                let answer = lived.as_(cookie, &address).await;
                let own = ["/api/me", "/api/me/export", "/api/me/sessions"];
                let is_own = own.iter().any(|it| *it == address);
                let text = String::from_utf8_lossy(&answer.body);
                let mut secrets = vec![
                    "argon2",
                    "token_hash",
                    "127.0.0.1",
                    "zebra removed",
                    "zebra deleted",
                ];
                for other in ["mei", "ada", "waiting"] {
                    if !(is_own && other == who) {
                        secrets.push(match other {
                            "mei" => "mei@zebra.example",
                            "ada" => "ada@zebra.example",
                            _ => "waiting@zebra.example",
                        });
                    }
                }
                if who == "visitor" {
                    secrets.extend([lived.comments[1].as_str(), "zebra held"]);
                }
                // What was taken away has its place in a list only while replies hang on it.
                secrets.extend([lived.comments[2].as_str(), &lived.comments[3]]);
                if !is_own {
                    secrets.extend(ids.iter().map(|id| id.as_str()));
                }
                let is_export = address == "/api/me/export";
                for secret in secrets {
                    assert!(
                        is_export || !text.contains(secret),
                        "{address} tells {who} of {secret}: {text}"
                    );
                }
                if is_export {
                    let others = [
                        "mei@zebra.example",
                        "ada@zebra.example",
                        "waiting@zebra.example",
                    ];
                    let told = others.iter().filter(|it| text.contains(**it)).count();
                    assert_eq!(told, usize::from(!cookie.is_empty()), "{who}: {text}");
                    assert!(
                        !text.contains("argon2") && !text.contains("token_hash"),
                        "{text}"
                    );
                }
            }
        }
    });
}

/// SES-05, AUTHN-11: what the database holds opens nothing, in whatever spelling.
#[test]
fn nothing_in_the_database_is_a_key() {
    on_each_engine(async |lived| {
        let open = lived.as_(&lived.mei, "/api/me").await;
        assert_eq!(open.status, 200);
        let token = lived.mei.split_once('=').unwrap().1;
        let hash = TokenHash::of(token).0;
        let rows = lived.rows().await;
        let cells = rows.values().flatten().flat_map(|row| row.values());
        let mut n_tried = 0;
        for cell in cells {
            assert!(!cell.contains(token), "a token lies in the database");
            let bytes = HEXLOWER.decode(cell.as_bytes()).unwrap_or_default();
            for key in [
                cell.clone(),
                BASE64URL_NOPAD.encode(&bytes),
                BASE64URL_NOPAD.encode(cell.as_bytes()),
            ] {
                let is_header = key.bytes().all(|it| it.is_ascii_graphic() && it != b';');
                if is_header && !key.is_empty() {
                    let name = lived.site.edge.settings.session_cookie();
                    let refused = lived.as_(&format!("{name}={key}"), "/api/me").await;
                    assert_eq!(refused.status, 401, "{key}");
                    n_tried += 1;
                }
            }
        }
        let held = rows["session"]
            .iter()
            .any(|row| row["token_hash"] == HEXLOWER.encode(&hash));
        assert!(held && n_tried > 100, "{n_tried}");
    });
}

/// XSS-08: what an address, a query or a header says stands in no page, and in JSON only as text of its type.
#[tokio::test]
async fn nothing_of_a_request_is_in_a_page() {
    let site = Fixture::new();
    const MARK: &str = "%3Cscript%3Ealert(1)%3C/script%3E";
    for address in [
        format!("/{MARK}"),
        format!("/zh/{MARK}/"),
        format!("/guides/parts/?q={MARK}&utm_source={MARK}"),
        format!("/guides/parts?next={MARK}"),
        format!("/members/join/?next={MARK}"),
        format!("/api/{MARK}"),
        format!("/api/parts?page={MARK}"),
        format!("/api/comments?page=guides/parts&{MARK}=1"),
        format!("/api/comments?page=guides/parts&sort={MARK}"),
        format!("/api/comments?page=guides/parts&cursor={MARK}"),
    ] {
        let answer = site
            .get(
                &address,
                &[
                    "referer: https://a.example/<script>",
                    "user-agent: <script>",
                ],
            )
            .await;
        let is_json = answer
            .header("content-type")
            .is_some_and(|it| it.ends_with("json"));
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{address}"
        );
        assert!(
            is_json || !answer.text().contains("alert(1)"),
            "{address}: {}",
            answer.text()
        );
        let led = answer.header("location").unwrap_or_default();
        assert!(!led.contains(['<', '>', '"']), "{address}: {led}");
    }
}

/// OPS-04, OPS-13: a handler or a write that panics is one 500 without its cause. No other request is affected.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_one_failed_answer() {
    use axum::body::{Body, to_bytes};
    use axum::extract::State;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;
    let site = Fixture::new();
    type Failure = crate::edge::error::ApiError;
    async fn in_write(State(edge): State<crate::edge::state::Edge>) -> Result<(), Failure> {
        edge.store
            .write(|_: &mut Tx| -> Result<(), Failure> { panic!("zebra in a write") })
            .await
    }
    async fn in_read(State(edge): State<crate::edge::state::Edge>) -> Result<(), Failure> {
        edge.store
            .read(|_: &mut Tx| -> Result<(), Failure> { panic!("zebra in a read") })
            .await
    }
    let planted = axum::Router::new()
        .route(
            "/planted/panic",
            get(async || -> () { panic!("zebra in a handler") }),
        )
        .route("/planted/panic/write", get(in_write))
        .route("/planted/panic/read", get(in_read));
    let app = crate::edge::guarded(site.edge.clone(), planted);
    let ask = async |address: &str| {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    for _ in 0..20 {
        for address in [
            "/planted/panic",
            "/planted/panic/write",
            "/planted/panic/read",
        ] {
            let (bad, good, stored) = tokio::join!(ask(address), ask("/theme.css"), ask("/readyz"));
            assert_eq!((bad.0, good.0, stored.0), (500, 200, 200), "{address}");
            assert!(
                bad.1.contains("\"code\":\"internal\"") && !bad.1.contains("zebra"),
                "{}",
                bad.1
            );
        }
    }
    let write = |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO setting (name, value, updated_at) VALUES ('after', '', $1)",
            &[&NOW],
        )
    };
    let written: Result<u64, StoreError> = site.edge.store.write(write).await;
    assert_eq!(written.unwrap(), 1);
}

/// Whether an answer is an empty list.
fn has_no_rows(answer: &Answer) -> bool {
    answer.json()["items"].as_array().is_some_and(Vec::is_empty)
}
