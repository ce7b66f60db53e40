//! The database file of a running edge: the locks on it, other programs that open it, a file that is taken away, a
//! disk that fails to sync. Nothing that was acknowledged is lost.

use crate::kill::{Said, chance_millis, comments, n_rounds};
use crate::process::{Edge, Site, run};
use libtest_mimic::{Failed, Trial};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Names the file that another program opens, reads and closes.
const FOREIGN: &str = "LYCEUM_TEST_FOREIGN";

/// One trial a situation.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("database::the_file_stays_locked", locks),
        Trial::test("database::other_programs_take_nothing_away", foreign_kills),
        Trial::test("database::links_lead_to_one_lock", links),
        Trial::test("database::a_second_server_writes_nothing", second_server),
        Trial::test("database::a_file_that_is_taken_away_stops_writes", moved),
        Trial::test("database::a_replaced_file_is_not_taken_up", replaced),
        Trial::test("database::a_deleted_log_is_noticed", log_deleted),
        Trial::test("database::a_cut_log_is_noticed", log_cut),
        Trial::test("database::a_failed_sync_acknowledges_nothing", failed_sync),
    ]
}

/// What this binary does instead of testing when it is started as another program: opens the database, reads, closes
/// it, as often as the file that it was given beside is there.
pub fn as_foreign_program() -> Option<ExitCode> {
    let file = std::env::var_os(FOREIGN)?;
    let read = || -> rusqlite::Result<i64> {
        let connection = Connection::open(&file)?;
        let n = connection.query_row("SELECT count(*) FROM member", [], |row| row.get(0))?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(n)
    };
    Some(match read() {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

/// Another program opens the database, reads from it and closes it.
fn open_and_close(site: &Site) -> Result<(), Failed> {
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .env(FOREIGN, database(site))
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(told.into())
    }
}

fn database(site: &Site) -> PathBuf {
    site.path().join(".lyceum/lyceum.db")
}

/// Files that the edge has open and that have no name any more.
fn deleted(edge: &Edge) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(format!("/proc/{}/fd", edge.pid()))? {
        let Ok(target) = fs::read_link(entry?.path()) else {
            continue;
        };
        let target = target.to_string_lossy().into_owned();
        if target.ends_with("(deleted)") && target.contains("lyceum.db") {
            names.push(target);
        }
    }
    Ok(names)
}

/// Locks that the edge holds on the file, such as `POSIX ADVISORY READ`.
fn locks_of(edge: &Edge, file: &Path) -> Result<Vec<String>, Failed> {
    let inode = format!(":{}", fs::metadata(file)?.ino());
    let all = fs::read_to_string("/proc/locks")?;
    let pid = edge.pid().to_string();
    let own = all.lines().filter(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(4) == Some(&pid.as_str()) && words.get(5).is_some_and(|it| it.ends_with(&inode))
    });
    Ok(own.map(str::to_owned).collect())
}

/// A program that finds no lock believes that it is the last one, and deletes the log.
fn locks() -> Result<(), Failed> {
    let site = Site::built("")?;
    let edge = site.start()?;
    let file = database(&site);
    let session = site.join("mei")?;
    let said = Said::default();
    for round in 0..3 {
        let held = locks_of(&edge, &file)?;
        let reads = held.iter().filter(|it| it.contains(" READ "));
        assert!(reads.count() > 0, "round {round}: {held:?}");
        match round {
            0 => open_and_close(&site)?,
            _ => {
                let listed = site.lyceum(&["member", "list"], "")?;
                assert!(listed.status.success(), "{listed:?}");
            }
        }
        assert_eq!(deleted(&edge)?, Vec::<String>::new(), "round {round}");
        let (status, answer) =
            site.call("POST", "/api/comments", Some(&said.next()), Some(&session))?;
        assert_eq!(status, 201, "{answer}");
    }
    Ok(())
}

/// `kill -9` of an edge under writers, while another program opens and closes its database all the time.
fn foreign_kills() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let mut edge = site.start()?;
    let sessions: Vec<String> = (0..4)
        .map(|n| site.join(&format!("writer{n}")))
        .collect::<Result<_, _>>()?;
    let said = Said::default();
    for round in 0..n_rounds() {
        let ends = AtomicBool::new(false);
        let faults = std::thread::scope(|scope| {
            let write = |session| said.until(&ends, &site, session);
            let writers: Vec<_> = sessions
                .iter()
                .map(|session| scope.spawn(move || write(session)))
                .collect();
            let foreign = scope.spawn(|| {
                while !ends.load(Ordering::SeqCst) {
                    open_and_close(&site)
                        .map_err(|it| it.message().unwrap_or_default().to_owned())?;
                }
                Ok::<(), String>(())
            });
            sleep(Duration::from_millis(150 + chance_millis(300)));
            edge.kill();
            ends.store(true, Ordering::SeqCst);
            let mut faults: Vec<String> = writers
                .into_iter()
                .filter_map(|it| it.join().unwrap().err())
                .collect();
            faults.extend(foreign.join().unwrap().err());
            faults
        });
        assert!(faults.is_empty(), "round {round}: {faults:?}");
        edge = site.start()?;
        said.compare(&comments(&site)?)
            .map_err(|fault| format!("round {round}: {fault}"))?;
    }
    drop(edge);
    assert!(said.n_acknowledged() > 0, "nothing was ever acknowledged");
    let sound: String = site
        .database()?
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(sound, "ok");
    Ok(())
}

/// One file has one lock, whatever links lead to it; a second name of the file itself is refused.
fn links() -> Result<(), Failed> {
    let site = Site::built("")?;
    let folder = site.path().join(".lyceum");
    let mut edge = site.start()?;
    let serve = |database: &str| {
        let listen = [
            "edge",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ];
        site.lyceum(&[&listen[..], &["--database", database]].concat(), "")
    };
    let linked = site.path().join("linked");
    std::os::unix::fs::symlink(&folder, &linked)?;
    std::os::unix::fs::symlink(folder.join("lyceum.db"), site.path().join("other.db"))?;
    for name in [
        "linked/lyceum.db",
        "other.db",
        ".lyceum/../linked/lyceum.db",
    ] {
        let second = serve(name)?;
        let told = String::from_utf8_lossy(&second.stderr);
        assert_eq!(second.status.code(), Some(2), "{name}: {told}");
        assert!(told.contains("in use"), "{name}: {told}");
    }
    assert!(!site.path().join("other.db.lock").exists());
    edge.ask_to_stop()?;
    edge.ended()?;
    fs::hard_link(folder.join("lyceum.db"), site.path().join("hard.db"))?;
    let second = serve("hard.db")?;
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(
        second.status.code() == Some(2) && told.contains("hard links"),
        "{told}"
    );
    Ok(())
}

/// `serve` beside another server of the folder says so before it writes a preview.
fn second_server() -> Result<(), Failed> {
    let site = Site::built("")?;
    let edge = site.start()?;
    let folder = site.path().join(".lyceum");
    let names = || -> Result<Vec<PathBuf>, Failed> {
        let entries = fs::read_dir(&folder)?.map(|it| it.map(|it| it.path()));
        let mut names = entries.collect::<Result<Vec<_>, _>>()?;
        names.sort();
        Ok(names)
    };
    let before = names()?;
    let second = site.lyceum(&["serve", "--port", "0"], "")?;
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{told}");
    assert!(told.contains("in use by another program"), "{told}");
    assert_eq!(second.stdout, b"", "{told}");
    assert_eq!(names()?, before);
    drop(edge);
    // What is no site gets no folder either.
    let empty = tempfile::tempdir()?;
    let root = empty.path().to_string_lossy().into_owned();
    let refused = site.lyceum(&["serve", "--port", "0", "--root", &root], "")?;
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read_dir(empty.path())?.count(), 0);
    Ok(())
}

/// Posts until writes are refused, and then only a few times more; the refusals must be 503.
fn post_until_refused(site: &Site, session: &str, said: &Said) -> Result<(), Failed> {
    let start = Instant::now();
    let mut n_refused = 0;
    while n_refused < 5 {
        assert!(start.elapsed() < Duration::from_secs(20), "writes go on");
        match site.call("POST", "/api/comments", Some(&said.next()), Some(session))? {
            (201, answer) if n_refused == 0 => said.heard(&answer),
            (503, _) => n_refused += 1,
            (status, answer) => return Err(format!("{status}: {answer}").into()),
        }
    }
    Ok(())
}

fn wait_until_ready(site: &Site, wanted: u16) -> Result<(), Failed> {
    let start = Instant::now();
    loop {
        let (status, answer) = site.call("GET", "/readyz", None, None)?;
        if status == wanted {
            return Ok(());
        }
        let waited = start.elapsed();
        assert!(
            waited < Duration::from_secs(20),
            "{status} {answer}: {}",
            site.logged()?
        );
        sleep(Duration::from_millis(20));
    }
}

/// Copies beside the database that the edge saved.
fn saved(site: &Site) -> Result<Vec<PathBuf>, Failed> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(site.path().join(".lyceum"))? {
        let path = entry?.path();
        let name = path.to_string_lossy().into_owned();
        if name.contains(".saved-") && !name.ends_with("-wal") {
            copies.push(path);
        }
    }
    copies.sort();
    Ok(copies)
}

fn wait_for_copies(site: &Site, n: usize) -> Result<Vec<PathBuf>, Failed> {
    let start = Instant::now();
    loop {
        let copies = saved(site)?;
        if copies.len() >= n {
            return Ok(copies);
        }
        let waited = start.elapsed();
        assert!(waited < Duration::from_secs(20), "{}", site.logged()?);
        sleep(Duration::from_millis(20));
    }
}

fn started(site: &Site) -> Result<(Edge, String, Said), Failed> {
    let (edge, session, said) = (site.start()?, site.join("mei")?, Said::default());
    for _ in 0..20 {
        let (status, answer) =
            site.call("POST", "/api/comments", Some(&said.next()), Some(&session))?;
        assert_eq!(status, 201, "{answer}");
        said.heard(&answer);
    }
    Ok((edge, session, said))
}

/// The file is moved away: writes stop, reads go on, all is saved, and writes go on when the file is back.
fn moved() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let (mut edge, session, said) = started(&site)?;
    let (file, away) = (database(&site), site.path().join("away.db"));
    fs::rename(&file, &away)?;
    post_until_refused(&site, &session, &said)?;
    wait_until_ready(&site, 503)?;
    said.compare(&comments(&site)?)?;
    wait_for(&site, || {
        Ok(site.logged()?.contains("deleted, moved or replaced"))
    })?;
    fs::rename(&away, &file)?;
    wait_until_ready(&site, 200)?;
    let (status, answer) =
        site.call("POST", "/api/comments", Some(&said.next()), Some(&session))?;
    assert_eq!(status, 201, "{answer}");
    said.heard(&answer);
    wait_for(&site, || Ok(saved(&site)?.is_empty()))?;
    edge.kill();
    let mut edge = site.start()?;
    said.compare(&comments(&site)?)?;

    // Without the file, nothing begins anew as long as the copy stands there.
    let n_before = saved(&site)?.len();
    fs::rename(&file, &away)?;
    wait_until_ready(&site, 503)?;
    wait_for_copies(&site, n_before + 1)?;
    edge.kill();
    refuses_to_start(&site, "lyceum restore ")?;
    let copies = saved(&site)?;
    fs::rename(copies.last().ok_or("nothing was saved")?, &file)?;
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", file.display()));
    }
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// Another database is put in the place of the one that is open: the edge does not write to it, and its log is not
/// replayed onto it.
fn replaced() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let other = Site::built("[comments]\nper_hour = 10000")?;
    let (mut others, _, other_said) = started(&other)?;
    others.ask_to_stop()?;
    others.ended()?;
    let (mut edge, session, said) = started(&site)?;
    let file = database(&site);
    fs::copy(database(&other), site.path().join("new.db"))?;
    fs::rename(site.path().join("new.db"), &file)?;
    post_until_refused(&site, &session, &said)?;
    wait_until_ready(&site, 503)?;
    said.compare(&comments(&site)?)?;
    edge.ask_to_stop()?;
    edge.ended()?;
    refuses_to_start(&site, "lyceum restore ")?;
    let copies = saved(&site)?;
    assert_eq!(copies.len(), 1, "{copies:?}");
    let elsewhere = site.path().join("elsewhere.db");
    fs::rename(&copies[0], &elsewhere)?;
    let mut edge = site.start()?;
    other_said.compare(&comments(&site)?)?;
    edge.kill();
    let copy = Connection::open(&elsewhere)?;
    let sound: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let n: i64 = copy.query_row("SELECT count(*) FROM comment", [], |row| row.get(0))?;
    assert!(
        sound == "ok" && n >= said.n_acknowledged() as i64,
        "{sound} {n}"
    );
    Ok(())
}

/// The log is deleted: the file at the path is the right one, and all that lies in the log alone is saved.
fn log_deleted() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let (mut edge, session, said) = started(&site)?;
    fs::remove_file(format!("{}-wal", database(&site).display()))?;
    post_until_refused(&site, &session, &said)?;
    wait_until_ready(&site, 503)?;
    let copies = wait_for_copies(&site, 1)?;
    edge.kill();
    let saved = copies.last().ok_or("nothing was saved")?;
    let copy = Connection::open(saved)?;
    let n: i64 = copy.query_row("SELECT count(*) FROM comment", [], |row| row.get(0))?;
    assert!(n >= said.n_acknowledged() as i64, "{n}");
    drop(copy);
    // The file without its log is sound, and lacks what was said. Neither a server nor a tool takes it up.
    refuses_to_start(&site, "lyceum restore ")?;
    for tool in [&["member", "list"][..], &["backup", "copy.db"]] {
        let refused = site.lyceum(tool, "")?;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    let name = saved.to_string_lossy().into_owned();
    let restored = site.lyceum(&["restore", &name], "")?;
    let told = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(
        restored.status.success() && told.contains(".settled-"),
        "{restored:?}"
    );
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}

/// The log is cut in place: what was in it is lost, which is said, and nobody begins with what is left.
fn log_cut() -> Result<(), Failed> {
    for length in [0, 32, 4_000] {
        let site = Site::built("[comments]\nper_hour = 10000")?;
        let (mut edge, session, said) = started(&site)?;
        let log = format!("{}-wal", database(&site).display());
        fs::OpenOptions::new()
            .write(true)
            .open(log)?
            .set_len(length)?;
        post_until_refused(&site, &session, &said)?;
        let (_, answer) = site.call("GET", "/readyz", None, None)?;
        assert_eq!(answer["code"], "writes_stopped", "{length}: {answer}");
        edge.ask_to_stop()?;
        edge.ended()?;
        refuses_to_start(&site, "restore a backup")?;
    }
    Ok(())
}

/// A server does not start, and says so.
fn refuses_to_start(site: &Site, words: &str) -> Result<(), Failed> {
    let refused = site.lyceum(&["edge", "--listen", "127.0.0.1:0"], "")?;
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains(words), "{told}");
    Ok(())
}

fn wait_for(site: &Site, is_so: impl Fn() -> Result<bool, Failed>) -> Result<(), Failed> {
    let start = Instant::now();
    while !is_so()? {
        let waited = start.elapsed();
        assert!(waited < Duration::from_secs(20), "{}", site.logged()?);
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A library that lets one sync fail is put before the system's own.
fn failed_sync() -> Result<(), Failed> {
    let site = Site::built("[comments]\nper_hour = 10000")?;
    let source = crate::harness::root().join("tests/it/failing_sync.c");
    let (library, flag) = (
        site.path().join("failing_sync.so"),
        site.path().join("fail"),
    );
    let library = library.to_string_lossy().into_owned();
    run(
        "cc",
        &[
            "-shared",
            "-fPIC",
            "-o",
            &library,
            &source.to_string_lossy(),
            "-ldl",
        ],
    )?;
    let words = format!(
        "export FAILING_SYNC={} LD_PRELOAD={library}",
        flag.display()
    );
    let mut edge = site.start_after(&words)?;
    let session = site.join("mei")?;
    let said = Said::default();
    let post = || site.call("POST", "/api/comments", Some(&said.next()), Some(&session));
    for round in 0..5 {
        fs::write(&flag, "")?;
        let (status, answer) = post()?;
        assert_eq!(status, 503, "round {round}: {answer}");
        assert!(!flag.exists(), "no sync failed");
        wait_until_ready(&site, 200)?;
        let (status, answer) = post()?;
        assert_eq!(status, 201, "round {round}: {answer}");
        said.heard(&answer);
        said.compare(&comments(&site)?)?;
    }
    let logged = site.logged()?;
    assert!(logged.contains("opened again and is sound"), "{logged}");
    edge.kill();
    let _edge = site.start()?;
    Ok(said.compare(&comments(&site)?)?)
}
