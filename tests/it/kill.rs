//! DUR-01, BLD-10: `kill -9` at moments that chance picks: of the edge under eight writers, and of builds. What was acknowledged is
//! there once, nothing is invented, and a site is wholly the old one or wholly the new one.
//!
//! Three rounds of each by default; `LYCEUM_TEST_KILLS` asks for more, and `tests/run` does.

use crate::harness::tree;
use crate::process::Site;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

const N_WRITERS: usize = 8;

/// Both journeys.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "kill::acknowledged_comments_outlive_the_edge",
            edge_under_writers,
        ),
        Trial::test("kill::a_site_is_wholly_old_or_new", builds),
    ]
}

/// How often to kill.
pub fn n_rounds() -> usize {
    std::env::var("LYCEUM_TEST_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

/// Milliseconds below `limit` that differ from round to round.
pub fn chance_millis(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .unwrap();
    u64::from_le_bytes(bytes) % limit.max(1)
}

fn edge_under_writers() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let mut edge = site.start()?;
    let sessions: Vec<String> = (0..N_WRITERS)
        .map(|n| site.join(&format!("writer{n}")))
        .collect::<Result<_, _>>()?;
    let said = Said::default();
    for round in 0..n_rounds() {
        let ends = AtomicBool::new(false);
        let refused = std::thread::scope(|scope| {
            let write = |session| said.until(&ends, &site, session);
            let writers: Vec<_> = sessions
                .iter()
                .map(|session| scope.spawn(move || write(session)))
                .collect();
            sleep(Duration::from_millis(150 + chance_millis(400)));
            edge.kill();
            ends.store(true, Ordering::SeqCst);
            writers
                .into_iter()
                .find_map(|writer| writer.join().unwrap().err())
        });
        if let Some(refused) = refused {
            return Err(format!("round {round}: {refused}").into());
        }
        edge = site.start()?;
        said.compare(&comments(&site)?)
            .map_err(|fault| format!("round {round}: {fault}"))?;
    }
    if said.n_acknowledged() == 0 {
        Err("nothing was ever acknowledged".into())
    } else {
        Ok(())
    }
}

/// What writers sent, and what of it was acknowledged, by the comment's id.
#[derive(Default)]
pub struct Said {
    n_sent: AtomicUsize,
    sent: Mutex<BTreeSet<String>>,
    acknowledged: Mutex<BTreeMap<String, String>>,
}

impl Said {
    /// Posts comments one after another until `ends`, or until a connection breaks. A refusal is an error.
    pub fn until(&self, ends: &AtomicBool, site: &Site, session: &str) -> Result<(), String> {
        while !ends.load(Ordering::SeqCst) {
            let comment = self.next();
            match site.call("POST", "/api/comments", Some(&comment), Some(session)) {
                Ok((201, answer)) => self.heard(&answer),
                Ok((status, answer)) => return Err(format!("{status}: {answer}")),
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// A comment that was never sent before.
    pub fn next(&self) -> Value {
        let body = format!("word {}", self.n_sent.fetch_add(1, Ordering::SeqCst));
        self.sent.lock().unwrap().insert(body.clone());
        json!({ "page": "guides/start", "body": body })
    }

    /// Notes the answer 201.
    pub fn heard(&self, answer: &Value) {
        let (id, body) = (answer["id"].to_string(), answer["body"].as_str());
        let body = body.unwrap_or_default().to_owned();
        self.acknowledged.lock().unwrap().insert(id, body);
    }

    /// The next comments begin with this number, so that they differ from those of another.
    pub fn skip(&self, n: usize) {
        self.n_sent.fetch_add(n, Ordering::SeqCst);
    }

    /// The ids of what was acknowledged.
    pub fn acknowledged(&self) -> BTreeSet<String> {
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged
            .keys()
            .map(|id| id.trim_matches('"').to_owned())
            .collect()
    }

    /// How many were acknowledged.
    pub fn n_acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// What is wrong with the comments that are there: one lost, twice, or never sent.
    pub fn compare(&self, shown: &BTreeMap<String, String>) -> Result<(), String> {
        let (sent, acknowledged) = (self.sent.lock().unwrap(), self.acknowledged.lock().unwrap());
        let mut bodies = BTreeSet::new();
        for (id, html) in shown {
            let body = html
                .trim()
                .trim_start_matches("<p>")
                .trim_end_matches("</p>");
            if !bodies.insert(body.to_owned()) {
                return Err(format!("`{body}` is there twice ({id})"));
            }
            if !sent.contains(body) {
                return Err(format!("`{body}` was never sent"));
            }
        }
        match acknowledged.iter().find(|(id, _)| !shown.contains_key(*id)) {
            Some((id, body)) => Err(format!("`{body}` was acknowledged as {id} and is lost")),
            None => Ok(()),
        }
    }
}

/// Every comment of the page: id and HTML.
pub fn comments(site: &Site) -> Result<BTreeMap<String, String>, Failed> {
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/api/comments?page=guides%2Fstart&sort=old&limit=100{cursor}");
        let (status, list) = site.call("GET", &path, None, None)?;
        if status != 200 {
            return Err(format!("{status}: {list}").into());
        }
        for item in list["items"].as_array().into_iter().flatten() {
            all.insert(
                item["id"].to_string(),
                item["html"].as_str().unwrap_or_default().to_owned(),
            );
        }
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

fn builds() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (site, dist) = (folder.path(), folder.path().join("dist"));
    fs::write(
        site.join("site.toml"),
        "title = \"Kill\"\nbase_url = \"https://lyceum.example/\"\nprecompress = true\n",
    )?;
    let write = |version: usize| -> std::io::Result<()> {
        fs::create_dir_all(site.join("content"))?;
        (0..200).try_for_each(|page| {
            let text = format!("---\ntitle: Page {page}\n---\n\nversion-{version}-end\n\n<!-- members -->\n\nversion-{version}-end\n");
            fs::write(site.join(format!("content/page-{page}.md")), text)
        })
    };
    write(0)?;
    let start = Instant::now();
    crate::sites::build(site, &dist);
    let whole = start.elapsed().as_millis() as u64;
    for version in 1..=n_rounds() {
        write(version)?;
        let mut build = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(["build", "--quiet"])
            .current_dir(site)
            .env("LYCEUM_VAULT_KEY", "00".repeat(32))
            .stderr(Stdio::null())
            .spawn()?;
        sleep(Duration::from_millis(chance_millis(whole + whole / 4)));
        let _ = build.kill();
        build.wait()?;
        let release = tree(&dist.join("current"));
        let mut versions = BTreeSet::new();
        let mut n_marks = 0;
        for (path, bytes) in release
            .iter()
            .filter(|(path, _)| path.ends_with(".html") || path.starts_with("vault/parts/"))
        {
            let text = String::from_utf8_lossy(bytes);
            for piece in text.split("version-").skip(1) {
                versions.insert(piece.split("-end").next().unwrap_or_default().to_owned());
                n_marks += usize::from(
                    path.starts_with("vault/parts/") || path.starts_with("public/page-"),
                );
            }
        }
        if versions.len() != 1 || n_marks < 400 {
            return Err(
                format!("round {version}: a release of {versions:?} with {n_marks} marks").into(),
            );
        }
    }
    crate::sites::build(site, &dist);
    let clean = folder.path().join("clean");
    crate::sites::build(site, &clean);
    assert!(
        tree(&dist.join("current")) == tree(&clean.join("current")),
        "the build after a kill differs from a clean one"
    );
    let n_releases = fs::read_dir(dist.join("releases"))?.count();
    assert!(n_releases <= 3, "{n_releases} releases are kept");
    Ok(())
}
