//! A release that is damaged: each kind of file in every way, before it is opened and after. Nobody ever gets a wrong
//! byte, nothing is opened half, what is wrong is told, and after a repair everything is as it was.

use crate::harness::{lay_over, root, tree};
use crate::script::parse;
use crate::stage::Stage;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use libtest_mimic::{Failed, Trial};
use lyceum::edge::release::{Followed, OpenRelease};
use lyceum::edge::state::Edge;
use lyceum::edge::store::Database;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// One trial a way of damaging.
pub fn trials() -> Vec<Trial> {
    let trial = |harm: Harm| {
        let name = format!("damage::{harm:?}").to_lowercase();
        Trial::test(name, move || play(harm))
    };
    Harm::ALL.into_iter().map(trial).collect()
}

/// A way of damaging a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    Delete,
    Cut,
    Empty,
    Flip,
    Extend,
    Link,
    Swap,
}

impl Harm {
    const ALL: [Harm; 7] = [
        Harm::Delete,
        Harm::Cut,
        Harm::Empty,
        Harm::Flip,
        Harm::Extend,
        Harm::Link,
        Harm::Swap,
    ];

    /// As a conversation calls it.
    pub fn parse(word: &str) -> Option<Self> {
        let named = |it: &Harm| format!("{it:?}").to_lowercase() == word;
        Harm::ALL.into_iter().find(named)
    }
}

/// A folder of releases of its own, whose files can be damaged and repaired.
pub struct Copied {
    folder: TempDir,
    /// Content of damaged files.
    whole: BTreeMap<PathBuf, Vec<u8>>,
}

impl Copied {
    /// A copy of the current release of a folder.
    pub fn of(dist: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = Copied {
            folder,
            whole: BTreeMap::new(),
        };
        lay_over(&dist.join("current"), &copied.dist().join("releases/one"));
        copied.publish("one");
        copied
    }

    /// Where it is.
    pub fn dist(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Makes a release the current one.
    fn publish(&self, name: &str) {
        let (next, current) = (self.dist().join("next"), self.dist().join("current"));
        symlink(format!("releases/{name}"), &next).unwrap();
        fs::rename(next, current).unwrap();
    }

    /// A file of the release called `one`; `part N of PAGE` and `asset ADDRESS` name files of the vault.
    pub fn path(&self, words: &[&str]) -> String {
        let manifest = manifest(&self.dist().join("releases/one"));
        match words {
            ["part", number, "of", page] => {
                let parts = manifest["pages"][page]["parts"].as_array().unwrap();
                let number: Value = number.parse::<u32>().unwrap().into();
                let part = parts.iter().find(|it| it["number"] == number).unwrap();
                format!("vault/parts/{}", part["file"].as_str().unwrap())
            }
            ["asset", address] => {
                let file = manifest["assets"][address]["file"].as_str().unwrap();
                format!("vault/assets/{file}")
            }
            [path] => (*path).to_owned(),
            _ => panic!("no file is called `{}`", words.join(" ")),
        }
    }

    /// Damages a file below the folder.
    pub fn damage(&mut self, file: &str, harm: Harm, other: &str) {
        let (path, other) = (self.dist().join(file), self.dist().join(other));
        let whole = fs::read(&path).unwrap();
        match harm {
            Harm::Delete => fs::remove_file(&path).unwrap(),
            Harm::Cut => fs::write(&path, &whole[..whole.len() / 2]).unwrap(),
            Harm::Empty => fs::write(&path, "").unwrap(),
            Harm::Flip => fs::write(&path, flipped(&whole)).unwrap(),
            Harm::Extend => fs::write(&path, [&whole[..], b" "].concat()).unwrap(),
            Harm::Link => {
                fs::remove_file(&path).unwrap();
                symlink(&other, &path).unwrap();
            }
            Harm::Swap => {
                let second = fs::read(&other).unwrap();
                fs::write(&path, &second).unwrap();
                fs::write(&other, &whole).unwrap();
                self.whole.insert(other, second);
            }
        }
        self.whole.insert(path, whole);
    }

    /// Puts every damaged file back, as another file, as tools that copy do.
    pub fn repair(&mut self) {
        for (path, bytes) in std::mem::take(&mut self.whole) {
            let beside = path.with_extension("copied");
            fs::write(&beside, bytes).unwrap();
            fs::rename(beside, path).unwrap();
        }
    }
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.len() * 2 / 3;
    bytes[at] ^= 4;
    bytes
}

fn manifest(release: &Path) -> Value {
    serde_json::from_slice(&fs::read(release.join("vault/manifest.json")).unwrap()).unwrap()
}

/// The fixture with two parts of the same length, a film that a part uses and one that anyone may have, and copies.
fn built() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, dist) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        lay_over(&root().join("tests/edge/_site"), site);
        let settings = fs::read_to_string(site.join("site.toml")).unwrap();
        let settings = settings.replace("precompress = false", "precompress = true");
        fs::write(site.join("site.toml"), settings).unwrap();
        let film: Vec<u8> = (0..700_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let pages = [
            (
                "twins.md",
                "Open.\n\n<!-- members -->\n\nzebratwinone\n\n<!-- /members -->\n\nBetween.\n\n<!-- members -->\n\nzebratwintwo\n\n<!-- /members -->\n",
            ),
            (
                "film/index.md",
                "Open.\n\n<!-- members -->\n\n[clip](clip.mp4)\n\n<!-- /members -->\n",
            ),
            ("open/index.md", "[clip](clip.mp4)\n"),
        ];
        for (file, text) in pages {
            let path = site.join("content").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("---\ntitle: A page\n---\n\n{text}")).unwrap();
            if file.ends_with("index.md") {
                fs::write(path.with_file_name("clip.mp4"), &film).unwrap();
            }
        }
        let dist = site.join("dist");
        let findings = crate::sites::build(site, &dist);
        assert!(findings.is_empty(), "the site has faults: {findings}");
        (folder, dist)
    });
    dist
}

/// A request: address, and a header line or nothing.
type Asked = (&'static str, &'static str);

const ASKED: [Asked; 21] = [
    ("/", ""),
    ("/", "accept-encoding: br"),
    ("/guides/start/", ""),
    ("/guides/start/", "accept-encoding: gzip"),
    ("/guides/start/", "range: bytes=3-40"),
    ("/guides/parts/", ""),
    ("/guides/parts/", "accept-encoding: br"),
    ("/guides/plan.svg", ""),
    ("/twins/", ""),
    ("/film/", ""),
    ("/film/clip.mp4", ""),
    ("/film/clip.mp4", "range: bytes=0-1"),
    ("/film/clip.mp4", "range: bytes=400000-600000"),
    ("/open/clip.mp4", ""),
    ("/open/clip.mp4", "range: bytes=-9"),
    ("/theme.css", ""),
    ("/theme.css", "accept-encoding: br"),
    ("/nowhere/", ""),
    ("/api/parts?page=guides/parts", ""),
    ("/api/parts?page=twins", ""),
    ("/api/page?page=twins", ""),
];

/// Who asks; the last may read everything.
const READERS: [&str; 3] = ["visitor", "mei", "pat"];

/// What came: of a body that broke off, what came before.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    /// Those that say what the bytes are.
    headers: Vec<Option<String>>,
    body: Vec<u8>,
    is_broken: bool,
}

struct Play {
    stage: Stage,
    edge: Edge,
    copied: Copied,
    cookies: BTreeMap<&'static str, String>,
    /// Answers of the whole release.
    right: BTreeMap<(&'static str, Asked), Answer>,
}

impl Play {
    async fn set(database: &Database) -> Result<Self, Failed> {
        let copied = Copied::of(built());
        let script = parse("@ rate_limits off\n");
        let mut stage = Stage::on(&copied.dist(), &script, database)?;
        let mut cookies = BTreeMap::new();
        for reader in &READERS[1..] {
            stage.act(&["sign", "in", "as", reader]).await?;
            cookies.insert(*reader, stage.cookie().unwrap().to_owned());
        }
        let grant = ["grant", "pat", "pro", "until", "forever"];
        stage.act(&grant).await?;
        let mut play = Play {
            edge: stage.edge(),
            stage,
            copied,
            cookies,
            right: BTreeMap::new(),
        };
        for (reader, asked) in each() {
            let answer = play.ask(reader, asked).await;
            assert!(!answer.is_broken && !answer.status.is_server_error());
            play.right.insert((reader, asked), answer);
        }
        Ok(play)
    }

    async fn ask(&self, reader: &str, (address, line): Asked) -> Answer {
        let mut request = Request::get(address).header("host", self.stage.host());
        if let Some((name, value)) = line.split_once(": ") {
            request = request.header(name, value);
        }
        if let Some(cookie) = self.cookies.get(reader) {
            request = request.header("cookie", cookie);
        }
        let response = self.stage.call(request.body(Body::empty()).unwrap()).await;
        let (head, mut body) = response.into_parts();
        let mut answer = Answer {
            status: head.status,
            headers: telling(&head.headers),
            body: Vec::new(),
            is_broken: false,
        };
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => answer.body.extend(frame.into_data().unwrap_or_default()),
                Err(_) => {
                    answer.is_broken = true;
                    break;
                }
            }
        }
        answer
    }

    /// Opens what is published, with nothing in memory. False if it was refused.
    fn open(&self) -> bool {
        match OpenRelease::open(&self.copied.dist(), None) {
            Ok(release) => {
                self.edge.swap_release(Arc::new(release));
                true
            }
            Err(_) => false,
        }
    }

    /// Every answer is right, or says that it is not there. Gives how many were not right.
    async fn look(&self, file: &str) -> Result<usize, Failed> {
        let mut n_refused = 0;
        for (reader, asked) in each() {
            let answer = self.ask(reader, asked).await;
            let right = &self.right[&(reader, asked)];
            if answer == *right {
                continue;
            }
            n_refused += 1;
            if !self.says_so(&answer, right, (reader, asked), file) {
                let text = String::from_utf8_lossy(&answer.body);
                let text: String = text.chars().take(2000).collect();
                return Err(
                    format!("{file}: {reader} {asked:?}: {}: {text}", answer.status).into(),
                );
            }
        }
        Ok(n_refused)
    }

    /// Whether an answer is a right one for a release in which a file cannot be read.
    fn says_so(
        &self,
        answer: &Answer,
        right: &Answer,
        (reader, asked): (&str, Asked),
        file: &str,
    ) -> bool {
        if answer.status == 503 {
            let etag = &answer.headers[0];
            let text = String::from_utf8_lossy(&answer.body);
            return etag.is_none() && text.contains("\"unavailable\"") && !text.contains("zebra");
        }
        if answer.is_broken {
            return right.body.starts_with(&answer.body) && answer.headers == right.headers;
        }
        file.contains("/vault/parts/")
            && reader != "visitor"
            && answer.status == 200
            && self.lacks_parts(answer, right, asked.0)
    }

    /// Whether an answer is the right one without the damaged parts: in their place stand paywalls with a note.
    fn lacks_parts(&self, answer: &Answer, right: &Answer, address: &str) -> bool {
        let without = |page: &str, html: &[u8]| without(&self.copied, page, html);
        let json = |it: &Answer| serde_json::from_slice::<Value>(&it.body).unwrap();
        match address {
            "/guides/parts/" => answer.body == without("guides/parts", &right.body),
            "/twins/" => answer.body == without("twins", &right.body),
            "/film/" => answer.body == without("film", &right.body),
            "/api/page?page=twins" => {
                let mut right = json(right);
                let html = without("twins", right["html"].as_str().unwrap().as_bytes());
                right["html"] = String::from_utf8(html).unwrap().into();
                right == json(answer)
            }
            _ => {
                let (right, came) = (json(right), json(answer));
                let right = right["parts"].as_array().unwrap().iter();
                let mut pairs = right.zip(came["parts"].as_array().unwrap());
                pairs.all(|(right, came)| {
                    let says_so = came["html"].is_null() && came["reason"] == "unavailable";
                    right == came || says_so && right["part"] == came["part"]
                })
            }
        }
    }

    async fn readiness(&self) -> (StatusCode, Value) {
        let answer = self.ask("visitor", ("/readyz", "")).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
}

fn each() -> impl Iterator<Item = (&'static str, Asked)> {
    let readers = READERS.into_iter();
    readers.flat_map(|reader| ASKED.into_iter().map(move |asked| (reader, asked)))
}

fn telling(headers: &HeaderMap) -> Vec<Option<String>> {
    let names = [
        "etag",
        "content-encoding",
        "content-range",
        "content-length",
        "content-type",
        "cache-control",
    ];
    let value = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
    names.map(value).into()
}

/// A reader's page with the damaged parts taken out again: their paywalls, with the note at their ends.
fn without(copied: &Copied, page: &str, html: &[u8]) -> Vec<u8> {
    let release = copied.dist().join("releases/one");
    let manifest = manifest(&release);
    let page = &manifest["pages"][page];
    let public = fs::read(release.join("public").join(page["file"].as_str().unwrap())).unwrap();
    let note = manifest["unavailable"]["en"].as_str().unwrap();
    let mut html = String::from_utf8(html.to_vec()).unwrap();
    for part in page["parts"].as_array().unwrap() {
        let file = format!("vault/parts/{}", part["file"].as_str().unwrap());
        let Some(text) = copied.whole.get(&release.join(file)) else {
            continue;
        };
        let place = |name: &str| part[name].as_u64().unwrap() as usize;
        let wall = public[place("start")..place("end")].to_vec();
        let wall = String::from_utf8(wall).unwrap();
        let wall = wall.replace("</section>", &format!("{note}</section>"));
        html = html.replace(std::str::from_utf8(text).unwrap(), &wall);
    }
    html.into_bytes()
}

/// Files of each kind, and another of the same kind.
fn kinds(copied: &Copied) -> Vec<(String, String)> {
    let path = |words: &str| copied.path(&words.split(' ').collect::<Vec<_>>());
    let pairs = [
        ("part 1 of twins", "part 2 of twins"),
        ("part 2 of twins", "part 1 of film"),
        ("part 3 of guides/parts", "part 1 of guides/parts"),
        ("part 1 of film", "part 1 of twins"),
        ("asset /guides/plan.svg", "asset /film/clip.mp4"),
        ("asset /film/clip.mp4", "asset /guides/plan.svg"),
        ("public/index.html", "public/twins/index.html"),
        ("public/index.html.br", "public/index.html.gz"),
        ("public/guides/start/index.html", "public/index.html"),
        ("public/guides/start/index.html.gz", "public/index.html"),
        ("public/guides/parts/index.html", "public/twins/index.html"),
        ("public/twins/index.html", "public/film/index.html"),
        ("public/404.html", "public/index.html"),
        ("public/theme.css", "public/page.js"),
        ("public/theme.css.br", "public/theme.css.gz"),
        ("public/open/clip.mp4", "public/theme.css"),
        ("vault/manifest.json", "public/index.html"),
    ];
    let mut pairs: Vec<_> = pairs.iter().map(|(a, b)| (path(a), path(b))).collect();
    let release = copied.dist().join("releases/one");
    let text = tree(&release.join("vault/text"))
        .into_keys()
        .next()
        .unwrap();
    pairs.push((format!("vault/text/{text}"), "public/theme.css".into()));
    pairs
}

fn play(harm: Harm) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let database = Database::File(folder.path().join("lyceum.db"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let play = runtime.block_on(async {
        let mut play = Play::set(&database).await?;
        for (file, other) in kinds(&play.copied) {
            before_opening(&mut play, harm, (&file, &other)).await?;
            after_opening(&mut play, harm, (&file, &other)).await?;
        }
        Ok::<_, Failed>(play)
    })?;
    // The store's threads are joined off the runtime, which they may still need.
    play.stage.strike();
    Ok(())
}

/// The next release is damaged while another one is open. Either it is not opened, or it is as one that was damaged
/// afterwards.
async fn before_opening(
    play: &mut Play,
    harm: Harm,
    (file, other): (&str, &str),
) -> Result<(), Failed> {
    assert!(play.open());
    lay_over(
        &play.copied.dist().join("releases/one"),
        &play.copied.dist().join("releases/two"),
    );
    let (file, other) = (
        format!("releases/two/{file}"),
        format!("releases/two/{other}"),
    );
    play.copied.damage(&file, harm, &other);
    play.copied.publish("two");
    // What has another length or no place, and whatever decides who may read what, is seen before a release is opened.
    let is_seen = harm != Harm::Flip || file.contains("vault/parts") || file.contains("manifest");
    let followed = play.edge.follow_release().await;
    let is_refused = matches!(followed, Followed::Refused(_));
    if is_refused != is_seen {
        return Err(format!("{harm:?} {file}: {followed:?}").into());
    }
    let (status, said) = play.readiness().await;
    assert_eq!(
        (status, said["refused"].is_object()),
        (StatusCode::OK, is_seen),
        "{file}: {said}"
    );
    if is_refused {
        let n_refused = play.look(&file).await?;
        assert_eq!(n_refused, 0, "{file}: the release before goes on");
        let again = play.edge.follow_release().await;
        assert!(matches!(again, Followed::Unchanged), "{file}: {again:?}");
        assert!(play.edge.release().dir().ends_with("one"));
    }
    play.copied.repair();
    play.edge.follow_release().await;
    assert!(
        play.edge.release().dir().ends_with("two"),
        "{harm:?} {file}"
    );
    let n_refused = play.look(&file).await?;
    assert_eq!(n_refused, 0, "{harm:?} {file} was repaired");
    let (_, said) = play.readiness().await;
    assert!(said["refused"].is_null(), "{said}");
    play.copied.publish("one");
    fs::remove_dir_all(play.copied.dist().join("releases/two"))?;
    Ok(())
}

/// The open release is damaged, with nothing of it in memory.
async fn after_opening(
    play: &mut Play,
    harm: Harm,
    (file, other): (&str, &str),
) -> Result<(), Failed> {
    assert!(play.open());
    let (file, other) = (
        format!("releases/one/{file}"),
        format!("releases/one/{other}"),
    );
    play.copied.damage(&file, harm, &other);
    let n_refused = play.look(&file).await?;
    let (status, said) = play.readiness().await;
    let is_public = file.contains("/public/") || harm == Harm::Swap && other.contains("/public/");
    let is_asked_for = !file.contains("manifest") && !file.contains("vault/text");
    if is_asked_for {
        assert!(n_refused > 0, "{harm:?} {file}: nobody noticed");
        assert_ne!(said["damaged_files"], 0, "{file}: {said}");
        assert_eq!(status == 503, is_public, "{harm:?} {file}: {said}");
    }
    play.copied.repair();
    play.edge.release().look_again();
    play.edge.follow_release().await;
    let (status, said) = play.readiness().await;
    assert_eq!(
        (status, &said["damaged_files"]),
        (StatusCode::OK, &0.into()),
        "{file}: {said}"
    );
    let n_refused = play.look(&file).await?;
    assert_eq!(n_refused, 0, "{harm:?} {file} was repaired");
    Ok(())
}
