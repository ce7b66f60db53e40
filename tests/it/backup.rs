//! DUR-09, DUR-10: `lyceum backup` beside an edge under writers, and `lyceum restore` from its copies.
//!
//! Three rounds by default; `LYCEUM_TEST_KILLS` asks for more, and `tests/run` does.

use crate::kill::{Said, comments, n_rounds};
use crate::process::{Edge, Site};
use libtest_mimic::{Failed, Trial};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

const N_WRITERS: usize = 8;

/// One trial a promise.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "backup::a_copy_holds_all_that_was_acknowledged",
            under_writers,
        ),
        Trial::test("backup::a_restored_copy_is_served", restored),
        Trial::test("backup::nothing_is_replaced_unasked", unasked),
        Trial::test("backup::only_a_backup_is_replaced", only_backups),
        Trial::test("backup::a_bad_copy_replaces_nothing", bad_copies),
        Trial::test("backup::what_an_owner_added_is_left_out", extras),
    ]
}

fn lyceum(site: &Site, arguments: &[&str]) -> Result<(i32, String), Failed> {
    let output: Output = site.lyceum(arguments, "")?;
    let told = [&output.stdout[..], &output.stderr[..]].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    Ok((output.status.code().unwrap_or(-1), told))
}

fn works(site: &Site, arguments: &[&str]) -> Result<String, Failed> {
    match lyceum(site, arguments)? {
        (0, told) => Ok(told),
        (code, told) => Err(format!("{arguments:?}: {code}: {told}").into()),
    }
}

/// It must end with 2 and these words.
fn fails(site: &Site, arguments: &[&str], words: &str) -> Result<(), Failed> {
    let (code, told) = lyceum(site, arguments)?;
    assert!(
        code == 2 && told.contains(words),
        "{arguments:?}: {code}: {told}"
    );
    Ok(())
}

fn text(connection: &Connection, sql: &str) -> Result<String, Failed> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// The ids of the comments in a copy, which must be sound and its owner's alone.
fn ids_in(copy: &Path) -> Result<BTreeSet<String>, Failed> {
    assert_eq!(fs::metadata(copy)?.permissions().mode() & 0o777, 0o600);
    let connection = Connection::open(copy)?;
    assert_eq!(text(&connection, "PRAGMA integrity_check")?, "ok");
    assert_eq!(text(&connection, "PRAGMA journal_mode")?, "delete");
    let mut broken = connection.prepare("PRAGMA foreign_key_check")?;
    assert!(
        broken.query([])?.next()?.is_none(),
        "a reference leads nowhere"
    );
    let mut ids = connection.prepare("SELECT id FROM comment")?;
    let ids = ids.query_map([], |row| row.get::<_, String>(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn under_writers() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let _edge = site.start()?;
    let sessions: Vec<String> = (0..N_WRITERS)
        .map(|n| site.join(&format!("writer{n}")))
        .collect::<Result<_, _>>()?;
    let (said, ends) = (Said::default(), AtomicBool::new(false));
    let copies = site.path().join("copies");
    fs::create_dir(&copies)?;
    std::thread::scope(|scope| {
        let writers: Vec<_> = sessions
            .iter()
            .map(|session| scope.spawn(|| said.until(&ends, &site, session)))
            .collect();
        let copied = (0..n_rounds()).try_for_each(|round| {
            let acknowledged = said.acknowledged();
            let copy = copies.join(format!("{round}.db"));
            let told = works(&site, &["backup", &copy.to_string_lossy()])?;
            assert!(
                told.starts_with("backed up ") && told.lines().count() == 1,
                "{told}"
            );
            let ids = ids_in(&copy)?;
            let lost: Vec<&String> = acknowledged.difference(&ids).collect();
            assert!(
                lost.is_empty(),
                "round {round}: {} of {}",
                lost.len(),
                acknowledged.len()
            );
            Ok::<(), Failed>(fs::remove_file(&copy)?)
        });
        ends.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().unwrap()?;
        }
        copied
    })?;
    assert!(said.n_acknowledged() > 0, "nothing was ever acknowledged");
    assert_eq!(
        fs::read_dir(&copies)?.count(),
        0,
        "something was left behind"
    );
    Ok(())
}

/// An edge with some comments, and a copy of them.
fn with_copy() -> Result<(Site, Edge, String, Said, PathBuf), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let (edge, session, said) = (site.start()?, site.join("mei")?, Said::default());
    say(&site, &session, &said)?;
    let copy = site.path().join("copy.db");
    works(&site, &["backup", "copy.db"])?;
    Ok((site, edge, session, said, copy))
}

fn say(site: &Site, session: &str, said: &Said) -> Result<(), Failed> {
    for _ in 0..10 {
        let (status, answer) =
            site.call("POST", "/api/comments", Some(&said.next()), Some(session))?;
        assert_eq!(status, 201, "{answer}");
        said.heard(&answer);
    }
    Ok(())
}

fn kept(site: &Site) -> Result<Vec<PathBuf>, Failed> {
    let mut kept: Vec<PathBuf> = fs::read_dir(site.path().join(".lyceum"))?
        .filter_map(|it| Some(it.ok()?.path()))
        .filter(|it| it.to_string_lossy().contains(".replaced-"))
        .collect();
    kept.sort();
    Ok(kept)
}

/// What was said after the copy is gone, also where a killed edge has left a log; the database before is kept.
fn restored() -> Result<(), Failed> {
    let (site, mut edge, session, said, copy) = with_copy()?;
    let later = Said::default();
    later.skip(1_000);
    say(&site, &session, &later)?;
    fails(&site, &["restore", "copy.db"], "in use by another program")?;
    edge.kill();
    assert!(fs::metadata(site.path().join(".lyceum/lyceum.db-wal"))?.len() > 0);
    let told = works(&site, &["restore", "copy.db"])?;
    assert!(told.contains("is kept as"), "{told}");
    let before = ids_in(&kept(&site)?[0])?;
    assert_eq!(
        before.len(),
        20,
        "what was in the log is in the file that is kept"
    );
    let mut edge = site.start()?;
    said.compare(&comments(&site)?)?;
    // Sessions are part of the copy.
    say(&site, &session, &said)?;
    said.compare(&comments(&site)?)?;
    edge.ask_to_stop()?;
    edge.ended()?;
    assert_eq!(ids_in(&copy)?.len(), 10, "a copy stays as it was");

    // Where there is no database yet; and by way of a copy with a log of its own.
    fs::remove_dir_all(site.path().join(".lyceum"))?;
    let writer = Connection::open(&copy)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.execute_batch("UPDATE member SET name = 'in the log'")?;
    let told = works(&site, &["restore", "copy.db"])?;
    assert!(!told.contains("is kept as"), "{told}");
    drop(writer);
    let _edge = site.start()?;
    let (_, me) = site.call("GET", "/api/me", None, Some(&session))?;
    assert_eq!(me["name"], "in the log", "{me}");
    Ok(())
}

fn unasked() -> Result<(), Failed> {
    let (site, mut edge, _, said, copy) = with_copy()?;
    let bytes = fs::read(&copy)?;
    fails(&site, &["backup", "copy.db"], "exists already")?;
    fails(
        &site,
        &["backup", ".lyceum/lyceum.db", "--force"],
        "the edge's own files",
    )?;
    fails(
        &site,
        &["backup", ".lyceum/lyceum.db-wal", "--force"],
        "the edge's own files",
    )?;
    fails(&site, &["backup", "nowhere/copy.db"], "cannot write")?;
    assert!(bytes == fs::read(&copy)?);
    works(&site, &["backup", "copy.db", "--force"])?;
    fails(
        &site,
        &["backup", "x.db", "--database", "none.db"],
        "no database at none.db",
    )?;
    assert!(!site.path().join("none.db").exists() && !site.path().join("x.db").exists());
    edge.ask_to_stop()?;
    edge.ended()?;
    fails(&site, &["restore", ".lyceum/lyceum.db"], "in use")?;
    // A tool that has the database open is in the way, too.
    let other = site.database()?;
    let n: i64 = other.query_row("SELECT count(*) FROM comment", [], |row| row.get(0))?;
    assert_eq!(n, 10);
    fails(&site, &["restore", "copy.db"], "in use")?;
    drop(other);
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// What is no earlier backup stays, whatever it is; and no copy goes where it would be published.
fn only_backups() -> Result<(), Failed> {
    let (site, mut edge, _, _, copy) = with_copy()?;
    let folder = site.path().join("there");
    fs::create_dir(&folder)?;
    let named = |name: &str| folder.join(name).to_string_lossy().into_owned();
    crate::process::run("mkfifo", &[&named("fifo")])?;
    std::os::unix::fs::symlink(&copy, named("link"))?;
    std::os::unix::fs::symlink(site.path().join(".lyceum"), named("linked"))?;
    fs::create_dir(named("folder"))?;
    let _socket = std::os::unix::net::UnixListener::bind(named("socket"))?;
    fs::write(
        named("text"),
        "a note that is longer than the header of a database is",
    )?;
    fs::write(named("empty"), "")?;
    fs::write(named("cut"), &fs::read(&copy)?[..60])?;
    Connection::open(named("other.db"))?.execute_batch("CREATE TABLE other (id)")?;
    // The database of another site.
    Connection::open(named("live.db"))?.execute_batch(&format!(
        "ATTACH '{}' AS copy; PRAGMA main.journal_mode = WAL;
         CREATE TABLE schema_version AS SELECT * FROM copy.schema_version",
        copy.display()
    ))?;
    let mut targets: Vec<String> = [
        "fifo", "link", "folder", "socket", "text", "empty", "cut", "other.db", "live.db",
    ]
    .map(named)
    .to_vec();
    targets.push(site.path().join("site.toml").to_string_lossy().into_owned());
    for target in &targets {
        let before = fs::symlink_metadata(target)?;
        fails(
            &site,
            &["backup", target, "--force"],
            "is no backup of lyceum",
        )?;
        let after = fs::symlink_metadata(target)?;
        assert_eq!(
            (before.ino(), before.len(), before.file_type()),
            (after.ino(), after.len(), after.file_type()),
            "{target}"
        );
    }
    fs::create_dir_all(site.path().join("static"))?;
    for (place, words) in [
        (".lyceum/key", "the edge's own files"),
        (".lyceum/outbox-copy.db", "the edge's own files"),
        (".lyceum/lyceum.db-journal", "the edge's own files"),
        ("there/linked/copy.db", "the edge's own files"),
        ("content/copy.db", "the source of the site"),
        ("static/copy.db", "the source of the site"),
        ("dist/current/public/copy.db", "a release"),
        ("dist/current/vault/copy.db", "a release"),
    ] {
        for forced in [&["--force"][..], &[]] {
            fails(&site, &[&["backup", place], forced].concat(), words)?;
        }
    }
    fails(
        &site,
        &["backup", "copy.db-wal", "--database", "copy.db"],
        "is no backup of lyceum",
    )?;
    works(&site, &["backup", "copy.db", "--force"])?;
    edge.ask_to_stop()?;
    edge.ended()?;
    Ok(())
}

fn bad_copies() -> Result<(), Failed> {
    let (site, mut edge, _, said, copy) = with_copy()?;
    edge.ask_to_stop()?;
    edge.ended()?;
    let whole = fs::read(&copy)?;
    let bad = site.path().join("bad.db");
    let refused = |why: &str| -> Result<(), Failed> {
        let (code, told) = lyceum(&site, &["restore", "bad.db"])?;
        assert!(code == 2 && !told.contains("restored"), "{why}: {told}");
        assert!(kept(&site)?.is_empty(), "{why}");
        let _ = fs::remove_file(&bad);
        Ok(())
    };
    refused("no file")?;
    for length in [0, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        fs::write(&bad, &whole[..length])?;
        refused(&format!("cut at {length}"))?;
    }
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
        fs::write(&bad, bytes)?;
        refused(&format!("page {page} damaged"))?;
    }
    fs::write(
        &bad,
        "no database at all, but a text that is longer than a header of one is, or was meant to be",
    )?;
    refused("no database")?;
    crate::process::run("mkfifo", &[&bad.to_string_lossy()])?;
    refused("a pipe that nobody writes to")?;
    for (why, change) in [
        ("of another program", "DROP TABLE schema_version"),
        (
            "of a later version",
            "INSERT INTO schema_version VALUES (999, 'later', '')",
        ),
        (
            "of another history",
            "UPDATE schema_version SET checksum = 'x' WHERE version = 1",
        ),
        (
            "a broken reference",
            "PRAGMA foreign_keys = OFF; DELETE FROM member",
        ),
        ("no migrations", "DELETE FROM schema_version"),
        (
            "a missing migration",
            "DELETE FROM schema_version WHERE version = 3",
        ),
        (
            "the last migrations unnoted",
            "DELETE FROM schema_version WHERE version >= 11",
        ),
        (
            "a missing table",
            "PRAGMA foreign_keys = OFF; DROP TABLE comment_like",
        ),
        ("a missing index", "DROP INDEX member_email_key"),
        (
            "an index of other columns",
            "DROP INDEX comment_on_page; CREATE INDEX comment_on_page ON comment (id)",
        ),
        ("a missing trigger", "DROP TRIGGER audit_no_update"),
        ("a missing column", "ALTER TABLE member DROP COLUMN bio"),
        (
            "a renamed column",
            "ALTER TABLE comment RENAME COLUMN html TO h",
        ),
        (
            "a value that its column does not allow",
            "PRAGMA ignore_check_constraints = ON; UPDATE member SET role = 'king'",
        ),
    ] {
        fs::write(&bad, &whole)?;
        Connection::open(&bad)?.execute_batch(change)?;
        refused(why)?;
    }
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// The edge serves with what an owner has added, a backup says what a restore will leave out, and a restore leaves it out.
/// What is missing is told at the backup.
fn extras() -> Result<(), Failed> {
    let (site, mut edge, session, said, _) = with_copy()?;
    let owner = site.database()?;
    owner.execute_batch(
        "CREATE INDEX more ON member (language);
         CREATE TABLE notes (id TEXT PRIMARY KEY, member_id TEXT REFERENCES member (id));
         CREATE INDEX of_notes ON notes (member_id);
         CREATE VIEW handles AS SELECT handle FROM member;
         CREATE TRIGGER noted AFTER INSERT ON comment BEGIN INSERT INTO notes VALUES (new.id, new.member_id); END;
         CREATE VIRTUAL TABLE found USING fts5 (body);
         ALTER TABLE member ADD COLUMN crm_id TEXT;
         CREATE INDEX of_crm ON member (crm_id);
         UPDATE member SET crm_id = 'x';
         ANALYZE",
    )?;
    say(&site, &session, &said)?;
    let told = works(&site, &["backup", "full.db"])?;
    let names = [
        "trigger noted",
        "view handles",
        "index more",
        "index of_crm",
        "table found",
        "table notes",
        "column member.crm_id",
    ];
    for name in names {
        assert!(
            told.contains("a restore will leave out") && told.contains(name),
            "{told}"
        );
    }
    owner.execute_batch("DROP INDEX member_email_key")?;
    fails(&site, &["backup", "less.db"], "member_email_key")?;
    assert!(!site.path().join("less.db").exists());
    drop(owner);
    edge.ask_to_stop()?;
    edge.ended()?;
    let told = works(&site, &["restore", "full.db"])?;
    for name in names {
        assert!(told.contains("left out") && told.contains(name), "{told}");
    }
    let _edge = site.start()?;
    said.compare(&comments(&site)?)?;
    let left: i64 = site.database()?.query_row(
        "SELECT count(*) FROM sqlite_schema
         WHERE name IN ('more', 'notes', 'of_notes', 'handles', 'noted', 'found', 'found_data', 'of_crm')
               OR sql LIKE '%crm_id%'",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(left, 0);
    let told = works(&site, &["backup", "after.db"])?;
    assert!(!told.contains("leave out"), "{told}");
    Ok(())
}
