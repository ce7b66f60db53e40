//! A small release and an edge over it, for the tests of this wing.
//!
//! One page with four parts, a page in Chinese, a style sheet with its precompressed forms, a private
//! image, and members who may read more or less of it.

use crate::clock::{Clock, Timestamp};
use crate::config::BaseUrl;
use crate::edge::accounts::TokenHash;
use crate::edge::entropy::Entropy;
use crate::edge::extract::Peer;
use crate::edge::release::OpenRelease;
use crate::edge::settings::Settings;
use crate::edge::slices;
use crate::edge::state::{Edge, Parts};
use crate::edge::store::tests::fresh_schema;
use crate::edge::store::{Database, Mode, Store, StoreError};
use crate::edge::threads::Threads;
use crate::manifest::{MANIFEST_VERSION, Manifest, checksum, seal};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tower::ServiceExt;

/// 2026-01-05T08:00:00Z
pub const NOW: Timestamp = Timestamp::from_millis(1_767_600_000_000);

/// An edge in a folder of its own.
pub struct Fixture {
    pub edge: Edge,
    pub folder: TempDir,
}

/// An answer, with its body read.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn problem_code(&self) -> Option<String> {
        let is_problem = self.header("content-type") == Some("application/problem+json");
        is_problem.then(|| self.json()["code"].as_str().unwrap().to_owned())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Fixture {
    pub fn new() -> Self {
        Fixture::at("https://lyceum.example/")
    }

    pub fn at(base_url: &str) -> Self {
        Fixture::of(base_url, true, None)
    }

    /// One on each engine there is, where clients are not limited. Not to be made within a runtime.
    pub fn on_each_engine() -> Vec<Self> {
        let databases = std::iter::once(None).chain(fresh_schema().map(Some));
        databases
            .map(|database| Fixture::of("https://lyceum.example/", false, database))
            .collect()
    }

    fn of(base_url: &str, rate_limits: bool, database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        publish(&root, "one", base_url);
        let settings = Settings {
            base_url: BaseUrl::parse(base_url).unwrap(),
            listen: "127.0.0.1:1111".parse().unwrap(),
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: root.clone(),
            data_dir: root.join(".lyceum"),
            rate_limits,
        };
        let database = database.unwrap_or(Database::File(root.join("edge.db")));
        let store = Store::open(&database, Mode::Tool).unwrap();
        let release = OpenRelease::open(&root, None).unwrap();
        let edge = Edge::new(Parts {
            store,
            tables: slices::tables(),
            release,
            clock: Clock::held(NOW),
            entropy: Entropy::fixed(1),
            settings,
            limits: slices::limits(),
            mailer: crate::edge::mail::Mailer::in_memory(),
            threads: Threads::of_callers(),
        });
        Fixture { edge, folder }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Makes a member with an open session and this tier; gives the cookie.
    pub async fn member(
        &self,
        handle: &'static str,
        tier: Option<&'static str>,
        is_verified: bool,
    ) -> String {
        let token = Entropy::System.token();
        let hash = TokenHash::of(&token);
        let id = Entropy::System.uuid_v7(NOW);
        let verified_at = is_verified.then_some(NOW);
        let make = move |tx: &mut crate::edge::store::Tx| -> Result<(), StoreError> {
            tx.execute(
                "INSERT INTO member (id, handle, handle_key, email, email_key, name, role, created_at, updated_at, verified_at)
                 VALUES ($1, $2, $2, $2, $2, $2, 'member', $3, $3, $4)",
                &[&id, &handle, &NOW, &verified_at],
            )?;
            tx.execute(
                "INSERT INTO session (id, token_hash, member_id, kind, created_at, last_seen_at, expires_at)
                 VALUES ($1, $2, $1, 'member', $3, $3, $4)",
                &[&id, &hash.0.as_slice(), &NOW, &NOW.plus_secs(86_400)],
            )?;
            if let Some(tier) = tier {
                tx.execute(
                    "INSERT INTO entitlement (id, member_id, tier_id, source, starts_at, created_at)
                     VALUES ($1, $1, $2, 'grant', $3, $3)",
                    &[&id, &tier, &NOW],
                )?;
            }
            Ok(())
        };
        self.edge.store.write(make).await.unwrap();
        format!("{}={token}", self.edge.settings.session_cookie())
    }

    /// Changes the manifest of the release, and opens it anew.
    pub fn change_manifest(&self, change: impl FnOnce(&mut Value)) {
        let release = self.with_manifest(change);
        self.edge.swap_release(std::sync::Arc::new(release));
    }

    /// Lays one more file among the public ones, and opens the release anew.
    pub fn publish_file(&self, path: &str, bytes: &[u8]) {
        let file = self.root().join("releases/one/public").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        self.change_manifest(|manifest| {
            manifest["files"][path] = json!({"hash": checksum(bytes), "bytes": bytes.len()});
        });
    }

    /// The first release with a changed manifest, opened.
    pub fn with_manifest(&self, change: impl FnOnce(&mut Value)) -> OpenRelease {
        let dir = self.root().join("releases/one");
        let text = std::fs::read_to_string(dir.join("vault/manifest.json")).unwrap();
        let mut manifest: Value = serde_json::from_str(&text).unwrap();
        change(&mut manifest);
        write_manifest(&dir, "one", manifest);
        OpenRelease::open(&self.root(), None).unwrap()
    }

    /// The same edge, whose handlers run on these threads.
    pub fn with_threads(self, threads: Threads) -> Self {
        let edge = Edge::new(Parts {
            store: self.edge.store.clone(),
            tables: slices::tables(),
            release: OpenRelease::open(&self.root(), None).unwrap(),
            clock: self.edge.clock.clone(),
            entropy: self.edge.entropy.clone(),
            settings: self.edge.settings.clone(),
            limits: slices::limits(),
            mailer: self.edge.mailer.clone(),
            threads,
        });
        Fixture { edge, ..self }
    }

    /// Shuts a member out.
    pub async fn suspend(&self, handle: &'static str) {
        let suspend = move |tx: &mut crate::edge::store::Tx| {
            tx.execute(
                "UPDATE member SET suspended_at = $1 WHERE handle_key = $2",
                &[&NOW, &handle],
            )
        };
        self.edge.store.write(suspend).await.unwrap();
    }

    /// One request; `lines` are `name: value`.
    pub async fn ask(&self, method: &str, address: &str, lines: &[&str], body: &str) -> Answer {
        self.ask_from(None, method, address, lines, body).await
    }

    /// As [`Fixture::ask`], from a client of this address, as a socket would say.
    pub async fn ask_from(
        &self,
        client: Option<[u8; 4]>,
        method: &str,
        address: &str,
        lines: &[&str],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(address);
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        if let Some(client) = client {
            request.extensions_mut().insert(Peer((client, 5).into()));
        }
        let response = crate::edge::router(self.edge.clone())
            .oneshot(request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// What comes of a body before it breaks off; it must.
    pub async fn read_broken(&self, address: &str) -> Vec<u8> {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let router = crate::edge::router(self.edge.clone());
        let mut body = router.oneshot(request).await.unwrap().into_body();
        let mut bytes = Vec::new();
        loop {
            match body.frame().await.unwrap() {
                Ok(frame) => bytes.extend(frame.into_data().unwrap()),
                Err(_) => return bytes,
            }
        }
    }

    pub async fn get(&self, address: &str, lines: &[&str]) -> Answer {
        self.ask("GET", address, lines, "").await
    }
}

fn section(number: u32, access: &str, text: &str) -> String {
    format!(
        "<section class=\"paywall\" data-part=\"{number}\" data-access=\"{access}\">{text}</section>"
    )
}

/// Writes a release under `releases/NAME` and makes it the current one.
pub fn publish(root: &Path, name: &str, base_url: &str) {
    let dir = root.join("releases").join(name);
    let mut manifest = json!({
        "version": MANIFEST_VERSION,
        "site": {"title": "Fixture", "base_url": base_url, "timezone": "UTC", "languages": [
            {"code": "en", "name": "English", "title": "Fixture", "description": ""},
            {"code": "zh", "name": "中文", "title": "样本", "description": ""}]},
        "tiers": [
            {"id": "free", "name": "Free", "rank": 0, "prices": [], "trial_days": 0, "description": ""},
            {"id": "basic", "name": "Basic", "rank": 10, "trial_days": 0, "description": "",
             "prices": [{"currency": "CNY", "interval": "month", "amount_minor": 3000}]},
            {"id": "pro", "name": "Pro", "rank": 20, "trial_days": 0, "description": "",
             "prices": [{"currency": "CNY", "interval": "month", "amount_minor": 9000}]}],
        "paywall": {"teaser": 2},
        "edge": {"members": {"sign_up": "open", "verify_email": true},
            "comments": {"enabled": true, "access": "page", "edit_minutes": 30, "per_hour": 30, "depth": 3},
            "scores": {"shown": true, "window_days": 7, "hot_hours": 72}, "mail": null},
        "pages": {}, "renamed": {"guides/old": "guides/parts"}, "files": {},
        "assets": {"/guides/parts/plan.svg": {"file": "a1", "hash": checksum(b"<svg/>"), "bytes": 6,
            "accesses": ["paid"], "content_type": "image/svg+xml"}},
        "texts": [], "unavailable": {"en": "<p>not now</p>", "zh": "<p>暂时没有</p>"}
    });
    let mut public = format!("<html data-release=\"{name}\"><p>teaser</p>");
    let mut parts = Vec::new();
    for (number, access) in [(1, "members"), (2, "paid"), (3, "tier:pro")] {
        let start = public.len();
        public.push_str(&section(number, access, "join"));
        let file = format!("p{number}-{name}");
        let html = section(number, access, &format!("{name} zebra{number}"));
        write(&dir, &format!("vault/parts/{file}"), &html);
        parts.push(json!({"number": number, "access": access, "file": file, "start": start, "end": public.len(),
            "hash": checksum(html.as_bytes()), "bytes": html.len()}));
        public.push_str("<p>between</p>");
    }
    public.push_str("</html>");
    let files = [
        ("index.html", "<html>home</html>"),
        ("guides/parts/index.html", &public),
        ("引擎/index.html", "<html>引擎</html>"),
        ("404.html", "<html>nothing here</html>"),
        ("zh/404.html", "<html>没有</html>"),
        ("theme.css", "body{color:#111}"),
        ("members/join/index.html", "<form method=post>"),
    ];
    for (path, text) in files {
        write(&dir, &format!("public/{path}"), text);
        manifest["files"][path] = json!({"hash": checksum(text.as_bytes()), "bytes": text.len()});
    }
    for (encoding, text) in [("br", "as brotli"), ("gz", "as gzip")] {
        write(&dir, &format!("public/theme.css.{encoding}"), text);
        let copy =
            json!({"encoding": encoding, "hash": checksum(text.as_bytes()), "bytes": text.len()});
        let copies = &mut manifest["files"]["theme.css"]["copies"];
        match copies.as_array_mut() {
            Some(copies) => copies.push(copy),
            None => *copies = json!([copy]),
        }
    }
    write(&dir, "public/unlisted.txt", "not in the manifest");
    write(&dir, "vault/assets/a1", "<svg/>");
    for (id, path, file, parts) in [
        (
            "guides/parts",
            "/guides/parts/",
            "guides/parts/index.html",
            json!(parts),
        ),
        ("", "/", "index.html", json!([])),
    ] {
        manifest["pages"][id] = json!({"path": path, "file": file, "title": "A page", "language": "en", "date": null,
            "updated": null, "authors": [], "tags": [], "access": "public", "comments": true,
            "version": parts.as_array().filter(|it| !it.is_empty()).map(|_| format!("version-{name}")), "parts": parts,
            "prose": {"readability": null, "n_han": 0, "n_words": 2}, "public_prose": {"readability": null, "n_han": 0, "n_words": 1},
            "expertise": null, "practicality": null, "content_hash": "x"});
    }
    write_manifest(&dir, name, manifest);
    let (current, next) = (root.join("current"), root.join("next"));
    std::os::unix::fs::symlink(format!("releases/{name}"), &next).unwrap();
    std::fs::rename(next, current).unwrap();
}

/// Writes the manifest of a release with its checksum.
pub fn write_manifest(dir: &Path, name: &str, manifest: Value) {
    let checked: Manifest = serde_json::from_value(manifest).unwrap();
    let path = dir.join("vault/manifest.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, seal(name, &checked.to_json().unwrap())).unwrap();
}

pub fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
