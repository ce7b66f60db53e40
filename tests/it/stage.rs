//! Where a conversation plays: a release of the fixture site, a fresh store, a held clock, mail in memory.

use crate::damage::{Copied, Harm};
use crate::harness::{lay_over, root};
use crate::script::Script;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use lyceum::clock::{Clock, Timestamp};
use lyceum::config::BaseUrl;
use lyceum::edge::accounts::Role;
use lyceum::edge::accounts::service::admin::{Added, AdminError, MemberAdmin};
use lyceum::edge::entropy::Entropy;
use lyceum::edge::mail::Mailer;
use lyceum::edge::release::OpenRelease;
use lyceum::edge::settings::Settings;
use lyceum::edge::slices;
use lyceum::edge::state::{Edge, Parts};
use lyceum::edge::store::{Database, Mode, Store};
use lyceum::edge::tasks::Runner;
use lyceum::edge::threads::Threads;
use lyceum::edge::{jobs, router};
use lyceum::ids::TierId;
use lyceum::manifest::Manifest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;

/// When every conversation begins.
const START: &str = "2026-01-05T08:00:00Z";

/// The edge of one case, and who speaks.
pub struct Stage {
    edge: Edge,
    router: axum::Router,
    runner: Arc<Runner>,
    base_url: BaseUrl,
    /// Cookies of each speaker, by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    speaker: Option<String>,
    /// A release of this case alone, which may be damaged.
    copied: Option<Copied>,
    /// Releases that were open before the present one, as id and manifest.
    past: Vec<(String, Manifest)>,
}

impl Stage {
    /// Builds the fixture where it is not built yet, opens the store, and puts the edge together.
    pub fn set(script: &Script, database: &Database) -> Result<Self, Box<dyn std::error::Error>> {
        if !script
            .settings
            .iter()
            .any(|(name, _)| name == "own_release")
        {
            return Stage::on(fixture(), script, database);
        }
        let copied = Copied::of(fixture());
        let mut stage = Stage::on(&copied.dist(), script, database)?;
        stage.copied = Some(copied);
        Ok(stage)
    }

    /// The same with the release of this folder.
    pub fn on(
        dist: &Path,
        script: &Script,
        database: &Database,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mut settings = Settings {
            base_url: BaseUrl::parse("https://lyceum.example/").ok_or("base_url")?,
            listen: "127.0.0.1:8080".parse()?,
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: dist.into(),
            data_dir: ".lyceum".into(),
            rate_limits: true,
        };
        for (name, value) in &script.settings {
            match name.as_str() {
                "base_url" => settings.base_url = BaseUrl::parse(value).ok_or("base_url")?,
                "own_release" => {}
                "rate_limits" => settings.rate_limits = value == "on",
                "trusted_proxies" => settings.trusted_proxies = vec![value.parse()?],
                _ => return Err(format!("no setting is called `{name}`").into()),
            }
        }
        let base_url = settings.base_url.clone();
        let clock = Clock::held(Timestamp::parse(START).ok_or("the start is a time")?);
        let entropy = Entropy::fixed(1);
        let store = Store::open(database, Mode::Serving)?;
        let release = release(dist, &script.site)?;
        let edge = Edge::new(Parts {
            store,
            tables: slices::tables(),
            release,
            clock,
            entropy,
            settings,
            limits: slices::limits(),
            mailer: Mailer::in_memory(),
            threads: Threads::of_callers(),
        });
        let runner = Arc::new(jobs(&edge));
        let router = router(edge.clone());
        Ok(Stage {
            edge,
            router,
            runner,
            base_url,
            cookies: BTreeMap::new(),
            speaker: None,
            copied: None,
            past: Vec::new(),
        })
    }

    /// The edge.
    pub fn edge(&self) -> Edge {
        self.edge.clone()
    }

    /// Ends the store's threads.
    pub fn strike(self) {
        let store = self.edge.store.clone();
        drop(self);
        store.close();
    }

    /// Answers one request.
    pub fn call(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Response<Body>> + Send + use<> {
        let router = self.router.clone();
        async move {
            router
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {})
        }
    }

    /// Host and port of the base URL.
    pub fn host(&self) -> &str {
        self.base_url
            .origin()
            .split_once("://")
            .map_or("", |(_, host)| host)
    }

    /// Cookie line of whoever speaks.
    pub fn cookie(&self) -> Option<String> {
        let cookies = self.cookies.get(self.speaker.as_ref()?)?;
        let pairs: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes what an answer puts into the browser of whoever speaks, or takes out of it. A visitor's browser keeps
    /// nothing but a session.
    pub fn keep_cookies(&mut self, headers: &HeaderMap) {
        let lines = headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|it| it.to_str().ok());
        for line in lines {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            if self.speaker.is_none() && (!name.contains("session") || value.is_empty()) {
                continue;
            }
            let speaker = self.speaker.get_or_insert_default().clone();
            let cookies = self.cookies.entry(speaker).or_default();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
    }

    /// The newest letter to an address.
    pub fn newest_mail(&self, address: &str) -> Option<Value> {
        let sent = self.edge.mailer.sent();
        let message = sent
            .iter()
            .rev()
            .find(|message| message.to.as_str() == address)?;
        Some(
            json!({ "subject": message.subject, "link": message.link, "text": message.text, "token": message.link.as_ref().and_then(|link| link.split_once("token=")).map(|(_, rest)| rest.split('&').next()) }),
        )
    }

    /// Runs what is due, such as mail.
    pub async fn run_jobs(&self) {
        let runner = Arc::clone(&self.runner);
        let ran = tokio::task::spawn_blocking(move || runner.run_due()).await;
        assert!(
            matches!(ran, Ok(Ok(_))),
            "the durable jobs could not run: {ran:?}"
        );
    }

    /// A step that is no request: who speaks, the owner's verbs, the clock.
    pub async fn act(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["as", "visitor"] => self.speaker = None,
            ["as", handle] => self.speaker = Some((*handle).into()),
            ["sign", "in", "as", handle] => self.sign_in(handle).await?,
            ["wait", secs, "s"] => self
                .edge
                .clock
                .advance_secs(secs.parse().map_err(|_| "how long?")?),
            ["make", handle, role] => {
                let role = Role::parse(role).ok_or("no such role")?;
                self.admin(handle, move |admin, handle| admin.set_role(handle, role))
                    .await?;
            }
            ["add", handle, "with", password @ ..] => self.add(handle, &password.join(" ")).await?,
            ["suspend", handle] => {
                self.admin(handle, |admin, handle| admin.suspend(handle, None))
                    .await?
            }
            ["lift", handle] => self.admin(handle, MemberAdmin::lift).await?,
            ["erase", handle] => {
                self.admin(handle, |admin, handle| {
                    admin.erase(handle, slices::tables())
                })
                .await?
            }
            ["grant", handle, tier, "until", until] => {
                let tier = TierId::parse(tier).ok_or("no such tier")?;
                let until = match *until {
                    "forever" => None,
                    time => Some(Timestamp::parse(time).ok_or("until when?")?),
                };
                self.admin(handle, move |admin, handle| {
                    admin.grant(handle, &tier, until, false)
                })
                .await?;
            }
            ["revoke", handle, tier] => {
                let tier = TierId::parse(tier).ok_or("no such tier")?;
                self.admin(handle, move |admin, handle| {
                    admin.revoke(handle, &tier, false)
                })
                .await?;
            }
            ["rename", old, "to", new] => self.rename(old, new).await?,
            ["roll", "back"] => {
                let (id, manifest) = self.past.pop().ok_or("there is no release before")?;
                self.publish(id, manifest).await?;
            }
            ["damage", file @ .., "by", harm] => {
                let copied = self
                    .copied
                    .as_mut()
                    .ok_or("`@ own_release yes` is needed")?;
                let file = format!("releases/one/{}", copied.path(file));
                let harm = Harm::parse(harm).ok_or("how?")?;
                copied.damage(&file, harm, "");
            }
            ["repair"] => {
                let copied = self.copied.as_mut();
                copied.ok_or("`@ own_release yes` is needed")?.repair();
                self.edge.follow_release().await;
                self.edge.release().look_again();
            }
            _ => return Err(format!("no step is called `{}`", words.join(" "))),
        }
        Ok(())
    }

    /// Publishes a release in which a page has another id.
    async fn rename(&mut self, old: &str, new: &str) -> Result<(), String> {
        let open = self.edge.release();
        let mut manifest =
            serde_json::to_value(open.manifest()).map_err(|error| error.to_string())?;
        let pages = manifest["pages"].as_object_mut().ok_or("pages")?;
        let page = pages.remove(old).ok_or("there is no such page")?;
        pages.insert(new.into(), page);
        manifest["renamed"][old] = json!(new);
        self.past.push((open.id().into(), open.manifest().clone()));
        let manifest = serde_json::from_value(manifest).map_err(|error| error.to_string())?;
        self.publish(format!("{} after {new}", open.id()), manifest)
            .await
    }

    /// Opens a release with the files of the open one.
    async fn publish(&self, id: String, manifest: Manifest) -> Result<(), String> {
        let edge = self.edge.clone();
        let publish = move || {
            let release = OpenRelease::built(edge.release().dir().into(), id, manifest, None);
            let release = release.map_err(|error| error.to_string())?;
            edge.open_release(release)
                .map_err(|error| error.to_string())
        };
        let opened = tokio::task::spawn_blocking(publish).await;
        opened.map_err(|error| error.to_string())?
    }

    /// Adds a member whose address is not proven.
    async fn add(&self, handle: &str, password: &str) -> Result<(), String> {
        let added = Added {
            handle: handle.to_owned(),
            email: format!("{handle}@example.org"),
            role: Role::Member,
            password: Some(password.to_owned()),
            is_verified: false,
            site_title: String::new(),
        };
        self.admin(handle, move |admin, _| admin.add(added).map(drop))
            .await
    }

    /// One of the owner's verbs, which block.
    async fn admin<F>(&self, handle: &str, verb: F) -> Result<(), String>
    where
        F: FnOnce(&MemberAdmin, &str) -> Result<(), AdminError> + Send + 'static,
    {
        let (edge, handle) = (self.edge.clone(), handle.to_owned());
        let done = tokio::task::spawn_blocking(move || {
            let admin = MemberAdmin {
                store: edge.store.clone(),
                clock: edge.clock.clone(),
                entropy: edge.entropy.clone(),
            };
            verb(&admin, &handle)
        });
        done.await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }

    /// Joins and proves the address on first use, later asks for a link; both by the API alone.
    async fn sign_in(&mut self, handle: &str) -> Result<(), String> {
        let address = format!("{handle}@example.org");
        self.speaker = Some(handle.to_owned());
        let is_new = self.newest_mail(&address).is_none();
        let (ask, redeem) = match is_new {
            true => (
                (
                    "/api/members",
                    json!({ "email": address, "handle": handle }),
                ),
                "/api/members/verify",
            ),
            false => (
                ("/api/session/link", json!({ "email": address })),
                "/api/session/link/redeem",
            ),
        };
        self.post(ask.0, &ask.1).await?;
        self.run_jobs().await;
        let mail = self.newest_mail(&address).ok_or("no mail came")?;
        let headers = self
            .post(redeem, &json!({ "token": mail["token"] }))
            .await?;
        self.keep_cookies(&headers);
        self.cookie()
            .map(|_| ())
            .ok_or_else(|| "no session came".into())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<HeaderMap, String> {
        let request = Request::post(path)
            .header("host", self.host())
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_string()));
        let response = self.call(request.map_err(|error| error.to_string())?).await;
        let (parts, body) = response.into_parts();
        if parts.status.is_success() {
            return Ok(parts.headers);
        }
        let body = axum::body::to_bytes(body, 1 << 20)
            .await
            .unwrap_or_default();
        Err(format!(
            "{path}: {}: {}",
            parts.status,
            String::from_utf8_lossy(&body)
        ))
    }
}

/// The fixture's release, with other values in the settings that its manifest carries. Names are those of `site.toml`.
fn release(
    dist: &Path,
    site: &[(String, String)],
) -> Result<OpenRelease, Box<dyn std::error::Error>> {
    let open = OpenRelease::open(dist, None)?;
    if site.is_empty() {
        return Ok(open);
    }
    let mut manifest = serde_json::to_value(open.manifest())?;
    for (name, value) in site {
        let place = format!("/edge/{}", name.replace('.', "/"));
        let place = manifest.pointer_mut(&place);
        let place = place.ok_or_else(|| format!("no setting is called `{name}`"))?;
        *place = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    }
    let manifest = serde_json::from_value(manifest)?;
    let (dir, id) = (open.dir().into(), open.id().to_owned());
    Ok(OpenRelease::built(dir, id, manifest, None)?)
}

/// The release of tests/edge/_site, built once a process.
fn fixture() -> &'static Path {
    static FIXTURE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, dist) = FIXTURE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let dist = folder.path().join("dist");
        lay_over(&root().join("tests/edge/_site"), folder.path());
        let findings = crate::sites::build(folder.path(), &dist);
        assert!(findings.is_empty(), "the fixture has faults: {findings}");
        (folder, dist)
    });
    dist
}
