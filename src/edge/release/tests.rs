//! Opening a release and following to the next one, on a small release in a folder.

use crate::edge::fixture::{Fixture, publish};
use crate::edge::release::{CHUNK_BYTES, Content, FileError, Followed, Listed, OpenRelease};
use crate::manifest::checksum;
use serde_json::Value;
use std::fs;
use std::path::Path;

const BASE: &str = "https://lyceum.example/";

/// Puts a new file in the place of another, as copying tools do, so that it is another to the system.
fn put(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("put");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, path).unwrap();
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

fn damage(path: &Path, content: Option<Vec<u8>>) {
    match content {
        Some(bytes) => fs::write(path, bytes).unwrap(),
        None => fs::remove_file(path).unwrap(),
    }
}

async fn ready(site: &Fixture) -> (u16, Value) {
    let answer = site.get("/readyz", &[]).await;
    (answer.status.as_u16(), answer.json())
}

/// Each row: a file of the next release, what is wrong with it, and the name of the refusal.
#[tokio::test]
async fn a_release_is_opened_whole_or_not_at_all() {
    type Harm = fn(&[u8]) -> Option<Vec<u8>>;
    let gone: Harm = |_| None;
    let cut: Harm = |bytes| Some(bytes[..bytes.len() / 2].to_vec());
    let empty: Harm = |_| Some(Vec::new());
    let longer: Harm = |bytes| Some([bytes, b"x"].concat());
    let flip: Harm = |bytes| Some(flipped(bytes));
    for (file, harm, reason) in [
        ("public/theme.css", gone, "incomplete"),
        ("public/theme.css.br", gone, "incomplete"),
        ("public/theme.css.gz", cut, "incomplete"),
        ("public/index.html", empty, "incomplete"),
        ("public/guides/parts/index.html", longer, "damaged"),
        ("vault/assets/a1", cut, "incomplete"),
        ("vault/parts/p1-two", gone, "incomplete"),
        ("vault/parts/p2-two", cut, "incomplete"),
        ("vault/parts/p3-two", flip, "damaged"),
        ("vault/manifest.json", gone, "unreadable"),
        ("vault/manifest.json", empty, "manifest_damaged"),
        ("vault/manifest.json", cut, "manifest_damaged"),
        ("vault/manifest.json", flip, "manifest_damaged"),
        ("vault/manifest.json", longer, "manifest_damaged"),
    ] {
        let site = Fixture::new();
        publish(&site.root(), "two", BASE);
        let path = site.root().join("releases/two").join(file);
        let whole = fs::read(&path).unwrap();
        damage(&path, harm(&whole));
        let followed = site.edge.follow_release().await;
        assert!(
            matches!(followed, Followed::Refused(_)),
            "{file}: {followed:?}"
        );
        assert_eq!(site.edge.release().id(), "one", "{file}");
        let (status, said) = ready(&site).await;
        assert_eq!(status, 200, "the release before goes on: {said}");
        assert_eq!(said["release"]["id"], "one");
        assert_eq!(said["refused"]["reason"], reason, "{file}: {said}");
        assert_eq!(said["refused"]["id"], "two", "{file}: {said}");
        assert!(!said.to_string().contains('/'), "{file}: {said}");
        let again = site.edge.follow_release().await;
        assert!(matches!(again, Followed::Unchanged), "{file}: {again:?}");

        put(&path, &whole);
        let followed = site.edge.follow_release().await;
        assert!(matches!(followed, Followed::Opened), "{file}: {followed:?}");
        let (_, said) = ready(&site).await;
        assert_eq!(
            (&said["release"]["id"], &said["refused"]),
            (&"two".into(), &Value::Null)
        );
    }
}

/// Where no other release could go on, what went bad on the disk is left out; a release that is still being copied is
/// not opened.
#[test]
fn a_first_release_is_opened_with_damage_but_not_by_halves() {
    type Harm = fn(&[u8]) -> Option<Vec<u8>>;
    let gone: Harm = |_| None;
    let cut: Harm = |bytes| Some(bytes[..bytes.len() - 1].to_vec());
    let flip: Harm = |bytes| Some(flipped(bytes));
    let longer: Harm = |bytes| Some([bytes, b"x"].concat());
    for (file, harm, n_damaged) in [
        ("vault/parts/p2-one", flip, Some((1, 0))),
        ("vault/parts/p2-one", longer, Some((1, 0))),
        ("vault/parts/p2-one", cut, Some((1, 0))),
        ("public/theme.css", cut, Some((1, 1))),
        ("vault/parts/p2-one", gone, None),
        ("public/theme.css", gone, None),
        ("vault/manifest.json", flip, None),
        ("vault/manifest.json", cut, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), "one", BASE);
        let path = folder.path().join("releases/one").join(file);
        let whole = fs::read(&path).unwrap();
        damage(&path, harm(&whole));
        let opened = OpenRelease::open_first(folder.path());
        let found = opened.as_ref().ok().map(OpenRelease::n_damaged);
        assert_eq!(found, n_damaged, "{file}: {opened:?}");
        if let Ok(release) = opened {
            put(&path, &whole);
            release.look_again();
            assert_eq!(release.n_damaged(), (0, 0), "{file}");
        }
    }
}

#[tokio::test]
async fn going_back_ends_a_refusal() {
    let site = Fixture::new();
    publish(&site.root(), "two", BASE);
    fs::remove_file(site.root().join("releases/two/public/index.html")).unwrap();
    let refused = site.edge.follow_release().await;
    assert!(matches!(refused, Followed::Refused(_)));
    publish(&site.root(), "one", BASE);
    site.edge.follow_release().await;
    let (_, said) = ready(&site).await;
    assert_eq!(
        (&said["release"]["id"], &said["refused"]),
        (&"one".into(), &Value::Null)
    );
}

/// `current` is a folder, as in a zip or after `cp -rL`, and its files are replaced one by one: nobody gets a page of
/// one release with a part of another, and the next release is opened when all of it is there.
#[tokio::test]
async fn a_folder_that_changes_in_place_is_followed() {
    let site = Fixture::new();
    let (root, cookie) = (site.root(), site.member("pro", Some("pro"), true).await);
    let cookie = format!("cookie: {cookie}");
    let current = root.join("current");
    fs::remove_file(&current).unwrap();
    fs::rename(root.join("releases/one"), &current).unwrap();
    let release = OpenRelease::open(&root, None).unwrap();
    site.edge.swap_release(release.into());
    publish(&root.join("made"), "two", BASE);
    let made = root.join("made/releases/two");
    let files = [
        "public/guides/parts/index.html",
        "vault/parts/p1-two",
        "public/index.html",
        "vault/manifest.json",
        "vault/parts/p2-two",
        "vault/parts/p3-two",
    ];
    for (n_copied, file) in files.iter().enumerate() {
        put(&current.join(file), &fs::read(made.join(file)).unwrap());
        let page = site.get("/guides/parts/", &[&cookie]).await;
        let is_whole = n_copied + 1 == files.len();
        assert_eq!(page.status == 200, is_whole, "{file}: {}", page.text());
        let id = if is_whole { "two" } else { "one" };
        assert_eq!(site.edge.release().id(), id, "{file}");
    }
    let page = site.get("/guides/parts/", &[&cookie]).await;
    assert!(page.text().contains("two zebra1") && page.text().contains("two zebra3"));
    assert_eq!(ready(&site).await.0, 200);
}

/// A file that was read right is kept; one that was not is never kept, and is right again as soon as it is repaired.
#[tokio::test]
async fn damage_after_opening_is_noticed_and_forgotten_when_it_is_repaired() {
    let site = Fixture::new();
    let dir = site.root().join("releases/one");
    let (theme, home) = (dir.join("public/theme.css"), dir.join("public/index.html"));
    assert_eq!(site.get("/theme.css", &[]).await.status, 200);
    let (kept, whole) = (fs::read(&theme).unwrap(), fs::read(&home).unwrap());
    fs::write(&theme, flipped(&kept)).unwrap();
    fs::write(&home, flipped(&whole)).unwrap();
    assert_eq!(site.get("/theme.css", &[]).await.body, kept);
    let refused = site.get("/", &[]).await;
    assert_eq!(refused.problem_code().as_deref(), Some("unavailable"));
    assert_eq!(refused.header("etag"), None);
    let (status, said) = ready(&site).await;
    assert_eq!((status, &said["damaged_files"]), (503, &1.into()), "{said}");
    assert_eq!(site.get("/healthz", &[]).await.status, 200);
    put(&home, &whole);
    site.edge.release().look_again();
    let (status, said) = ready(&site).await;
    assert_eq!((status, &said["damaged_files"]), (200, &0.into()), "{said}");
    assert_eq!(site.get("/", &[]).await.body, whole);
}

/// Every chunk of a big file is compared as it is read, also after the whole was.
#[tokio::test]
async fn big_files_are_compared_chunk_by_chunk() {
    let site = Fixture::new();
    let film: Vec<u8> = (0..11 * CHUNK_BYTES + 5).map(|n| (n / 251) as u8).collect();
    site.publish_file("film.mp4", &film);
    let path = site.root().join("releases/one/public/film.mp4");
    assert_eq!(site.get("/film.mp4", &[]).await.body, film);
    let last = film.len() - 1;
    let (chunk, end) = (CHUNK_BYTES, film.len());
    for (from, to) in [
        (0, 1),
        (chunk - 1, chunk + 1),
        (chunk, 3 * chunk),
        (5, end),
        (end - 6, end),
        (last, end),
    ] {
        let range = format!("range: bytes={from}-{}", to - 1);
        let piece = site.get("/film.mp4", &[&range]).await;
        assert_eq!(piece.status, 206);
        assert!(piece.body == film[from..to], "{range}");
    }
    // In place and with the times it had, as a disk that rots.
    let modified = path.metadata().unwrap().modified().unwrap();
    let mut rotten = film.clone();
    rotten[5 * CHUNK_BYTES + 7] ^= 16;
    fs::write(&path, &rotten).unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let piece = |from: usize, to: usize| format!("range: bytes={from}-{}", to - 1);
    let before = site.get("/film.mp4", &[&piece(0, 5 * CHUNK_BYTES)]).await;
    assert!(before.body == film[..5 * CHUNK_BYTES]);
    let after = site
        .get("/film.mp4", &[&piece(6 * CHUNK_BYTES, film.len())])
        .await;
    assert!(after.body == film[6 * CHUNK_BYTES..]);
    assert_eq!(ready(&site).await.0, 200);
    let broken = site.read_broken("/film.mp4").await;
    assert!(
        broken == film[..5 * CHUNK_BYTES],
        "{} bytes came",
        broken.len()
    );
    assert_eq!(ready(&site).await.0, 503);
}

/// What is known of a big file is known in the next release too, where it has the same content.
#[tokio::test]
async fn chunks_are_taken_over() {
    let site = Fixture::new();
    let film = vec![7; 600 * 1024];
    site.publish_file("film.mp4", &film);
    let listed = Listed {
        path: "public/film.mp4".into(),
        hash: checksum(&film),
        bytes: film.len() as u64,
    };
    let first = site.edge.release();
    assert!(!first.knows(&listed));
    assert!(matches!(first.load(&listed), Ok(Content::Large(..))));
    assert!(first.knows(&listed));
    let next = OpenRelease::open(&site.root(), Some(&first)).unwrap();
    assert!(next.knows(&listed));
    let wrong = Listed {
        hash: checksum(b"other"),
        ..listed
    };
    assert!(matches!(next.load(&wrong), Err(FileError::Damaged(_))));
    assert_eq!(next.n_damaged(), (1, 1));
}
