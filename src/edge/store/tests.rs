//! Every promise of the store, held on SQLite and, where `LYCEUM_TEST_POSTGRES` holds a URL, on PostgreSQL.
//!
//! Each check gets an empty store of its own: a file in a fresh folder, or a fresh schema.

use crate::clock::Timestamp;
use crate::edge::entropy::Entropy;
use crate::edge::page_keys::PageKey;
use crate::edge::store::dialect::Dialect;
use crate::edge::store::file::DatabaseFile;
use crate::edge::store::patience::Patience;
use crate::edge::store::queue::{Job, Kind, Queue, Work};
use crate::edge::store::{
    Database, Mode, Row, Store, StoreError, Tx, back_up, postgres, restore, schema, sqlite,
};
use crate::ids::PageId;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use tempfile::TempDir;
use uuid::Uuid;

/// An open connection to an empty database of each engine, without any table.
/// The file is gone with `folder`.
pub fn bare_databases(folder: &TempDir) -> Vec<(Tx, Dialect)> {
    let file = folder.path().join("store.db");
    let mut bare = vec![(bare_file(&file).unwrap(), Dialect::Sqlite)];
    if let Some(Database::Server(config)) = fresh_schema() {
        bare.push((postgres::open(&config).unwrap(), Dialect::Postgres));
    }
    bare
}

/// An open connection to a file, which is created where it is missing.
pub fn bare_file(path: &Path) -> Result<Tx, StoreError> {
    let file = DatabaseFile::at(path)?;
    file.make()?;
    sqlite::open(&file)
}

/// Copies a file in another process: this one holds locks that it would lose by closing the file.
pub fn copy_elsewhere(from: &Path, to: &Path) {
    let status = Command::new("cp").arg(from).arg(to).status();
    assert!(status.unwrap().success(), "cp {}", from.display());
}

/// A schema of its own on the server that tests have, if any.
pub fn fresh_schema() -> Option<Database> {
    let url = std::env::var("LYCEUM_TEST_POSTGRES").ok()?;
    let name = format!(
        "case_{}",
        Entropy::System.uuid_v7(Timestamp::from_millis(0)).simple()
    );
    Some(Database::parse(&url).unwrap().in_schema(&name).unwrap())
}

/// Runs `check` once on each engine.
pub fn on_each_engine(check: fn(&Store, &Database)) {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::File(folder.path().join("deep/store.db"));
    let databases: Vec<Database> = std::iter::once(file).chain(fresh_schema()).collect();
    for database in databases {
        let store = Store::open(&database, Mode::Serving).unwrap();
        check(&store, &database);
        store.close();
    }
}

/// A row of the table of settings.
pub fn set(tx: &mut Tx, name: &str, value: &str) -> Result<u64, StoreError> {
    tx.execute(
        "INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, 0)",
        &[&name, &value],
    )
}

/// A row of the table of settings.
pub fn get(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    tx.query_one(
        "SELECT value FROM setting WHERE name = $1",
        &[&name],
        |row| row.get(0),
    )
}

fn names(store: &Store) -> Vec<String> {
    let all = |tx: &mut Tx| {
        tx.query("SELECT name FROM setting ORDER BY name", &[], |row| {
            row.get("name")
        })
    };
    store.read_blocking::<_, StoreError, _>(all).unwrap()
}

#[test]
fn a_write_is_seen_by_the_next_read() {
    on_each_engine(|store, _| {
        store.write_blocking(|tx| set(tx, "a", "1")).unwrap();
        assert_eq!(
            store.read_blocking(|tx| get(tx, "a")).unwrap().as_deref(),
            Some("1")
        );
        assert_eq!(store.read_blocking(|tx| get(tx, "b")).unwrap(), None);
    });
}

fn add_later(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    tx.execute_later(
        "INSERT INTO setting (name, value, updated_at) VALUES ($1, '', 0)",
        &[&name],
    )
}

#[test]
fn what_runs_later_runs_or_fails_with_its_transaction() {
    on_each_engine(|store, _| {
        let many = store.write_blocking(|tx| {
            add_later(tx, "a")?;
            assert_eq!(get(tx, "a")?.as_deref(), Some(""));
            (0..40).try_for_each(|n| add_later(tx, &format!("many {n:02}")))
        });
        many.unwrap();
        assert_eq!(names(store).len(), 41);
        let twice = store.write_blocking(|tx| {
            add_later(tx, "lost")?;
            add_later(tx, "a")
        });
        assert!(matches!(twice, Err(StoreError::Unique { .. })), "{twice:?}");
        let refused = store.write_blocking(|tx| {
            add_later(tx, "lost")?;
            Err::<(), _>(StoreError::Closed)
        });
        assert!(matches!(refused, Err(StoreError::Closed)));
        let survived = store.write_blocking(|tx| {
            add_later(tx, "b")?;
            let tried = tx.attempt(|tx| add_later(tx, "a"));
            assert!(matches!(tried, Err(StoreError::Unique { .. })), "{tried:?}");
            add_later(tx, "c")
        });
        survived.unwrap();
        let mut found = names(store);
        found.retain(|it| !it.starts_with("many"));
        assert_eq!(found, ["a", "b", "c"]);
    });
}

#[test]
fn values_come_back_as_they_went_in() {
    on_each_engine(|store, _| {
        store
            .write_blocking(|tx| {
                tx.execute(
                    "CREATE TABLE kinds (i {{int}}, r {{real}}, t {{text}}, b {{blob}}) {{strict}}",
                    &[],
                )?;
                let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
                let at = Timestamp::from_millis(-5);
                let page = PageKey::of(&PageId::new("向导/start"));
                let nothing: Option<i64> = None;
                // Out of order on purpose: the second placeholder of the text is the first value.
                for (integer, real, text, bytes) in [(i64::MIN, 0.1_f64, "it's '$1' 中文 🦀", vec![0_u8, 255]), (i64::MAX, -1e300, "", vec![])] {
                    let inserted = tx.query(
                        "INSERT INTO kinds (b, t, r, i) VALUES ($4, $3, $2, $1) RETURNING i, r, t, b",
                        &[&integer, &real, &text, &bytes],
                        |row: &Row| Ok((row.get::<i64>(0)?, row.get::<f64>("r")?, row.get::<String>("t")?, row.get::<Vec<u8>>(3)?)),
                    )?;
                    assert_eq!(inserted, [(integer, real, text.to_owned(), bytes)]);
                }
                tx.execute("DELETE FROM kinds", &[])?;
                tx.execute("INSERT INTO kinds (i, r, t, b) VALUES ($1, $2, $3, $4)", &[&at, &nothing, &id, &[7_u8; 32]])?;
                let check = tx.query_one("SELECT i, r, t, b FROM kinds WHERE t = $1", &[&id], |row: &Row| {
                    assert_eq!(row.get::<Timestamp>("i")?, at);
                    assert_eq!(row.get::<Option<f64>>("r")?, None);
                    assert_eq!(row.get::<Uuid>("t")?, id);
                    assert_eq!(row.get::<[u8; 32]>("b")?, [7; 32]);
                    assert!(matches!(row.get::<f64>("r"), Err(StoreError::Column { .. })));
                    assert!(matches!(row.get::<i64>("t"), Err(StoreError::Column { .. })));
                    assert!(matches!(row.get::<u32>("i"), Err(StoreError::Column { .. })));
                    assert!(matches!(row.get::<i64>("none"), Err(StoreError::Column { .. })));
                    assert!(matches!(row.get::<i64>(9), Err(StoreError::Column { .. })));
                    Ok(())
                })?;
                assert!(check.is_some());
                tx.execute("UPDATE kinds SET i = $1, t = $2", &[&true, &page])?;
                let found = tx.query_one("SELECT i, t FROM kinds WHERE i = $1 AND t = $2", &[&true, &page], |row: &Row| {
                    Ok((row.get::<bool>(0)?, row.get::<PageKey>(1)?))
                })?;
                assert_eq!(found, Some((true, page)));
                let listed = serde_json::json!(["向导/start", "x"]).to_string();
                let n = tx.query_one("SELECT count(*), cast(sum(i) AS BIGINT), {{greatest}}(1, 2) FROM kinds WHERE t IN ({{each}}($1))", &[&listed], |row: &Row| {
                    Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
                })?;
                assert_eq!(n, Some((1, 1, 2)));
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn violations_have_the_same_name_on_both() {
    on_each_engine(|store, _| {
        let member = |tx: &mut Tx, id: &str, handle: &str| {
            tx.execute(
                "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at)
                 VALUES ($1, $2, $2, '', 'member', 0, 0)",
                &[&id, &handle],
            )
        };
        store
            .write_blocking(move |tx| member(tx, "1", "mei"))
            .unwrap();
        let error = store
            .write_blocking(move |tx| member(tx, "2", "mei"))
            .unwrap_err();
        assert!(error.is_unique("member_handle_key"), "{error}");
        let error = store
            .write_blocking(move |tx| member(tx, "1", "tom"))
            .unwrap_err();
        assert!(error.is_unique("member_pkey"), "{error}");
        let like = |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO page_like (page_id, member_id, at) VALUES ('p', '1', 0)",
                &[],
            )
        };
        store.write_blocking(like).unwrap();
        let error = store.write_blocking(like).unwrap_err();
        assert!(error.is_unique("page_like_pkey"), "{error}");
        let error = store.write_blocking(|tx| {
            tx.execute(
                "INSERT INTO page_like (page_id, member_id, at) VALUES ('p', 'nobody', 0)",
                &[],
            )
        });
        assert!(matches!(error, Err(StoreError::ForeignKey)), "{error:?}");
        let error = store.write_blocking(|tx| tx.execute("UPDATE member SET role = 'king'", &[]));
        assert!(matches!(error, Err(StoreError::Constraint(_))), "{error:?}");
        let error = store.write_blocking(|tx| set(tx, "nul", "a\0b"));
        assert!(matches!(error, Err(StoreError::NulInText)), "{error:?}");
        let error = store.read_blocking(|tx| set(tx, "read", "only"));
        assert!(matches!(error, Err(StoreError::ReadOnly)), "{error:?}");
        let error = store.write_blocking(|tx| tx.execute("UPDATE nothing SET a = 1", &[]));
        let is_told = matches!(
            error,
            Err(StoreError::Sql { .. } | StoreError::Refused { .. })
        );
        assert!(is_told, "{error:?}");
        let error =
            store.write_blocking(|tx| tx.execute("DELETE FROM setting WHERE name = $1", &[]));
        assert!(matches!(error, Err(StoreError::Sql { .. })), "{error:?}");
    });
}

/// A fresh schema, and the same one as a server sees it that has these settings for every connection.
fn with_settings(settings: &str) -> Option<(Database, Database)> {
    let plain = fresh_schema()?;
    let Database::Server(server) = &plain else {
        return None;
    };
    let mut server = server.clone();
    let options = format!(
        "{} {settings}",
        server.config.get_options().unwrap_or_default()
    );
    server.config.options(options);
    Some((plain, Database::Server(server)))
}

/// What a server, a database or a role has set does not reach the commits of this program.
#[test]
fn settings_of_a_server_do_not_weaken_commits() {
    const SYNC: &str = "SELECT current_setting('synchronous_commit') AS value";
    const LOCK: &str = "SELECT current_setting('lock_timeout') AS value";
    const IDLE: &str = "SELECT current_setting('idle_session_timeout') AS value";
    const ISOLATION: &str = "SELECT current_setting('transaction_isolation') AS value";
    for (settings, asked, wanted) in [
        ("-csynchronous_commit=off", SYNC, "on"),
        ("-csynchronous_commit=local", SYNC, "local"),
        ("-csynchronous_commit=remote_apply", SYNC, "remote_apply"),
        ("-clock_timeout=900", LOCK, "5s"),
        ("-cidle_session_timeout=90000", IDLE, "0"),
        (
            "-cdefault_transaction_isolation=read\\ uncommitted -cdefault_transaction_deferrable=on",
            ISOLATION,
            "serializable",
        ),
        (
            "-cstandard_conforming_strings=off -cbytea_output=escape -cdatestyle=German -cextra_float_digits=-15",
            SYNC,
            "on",
        ),
    ] {
        let Some((_, database)) = with_settings(settings) else {
            return;
        };
        let store = Store::open(&database, Mode::Tool).unwrap();
        let found = store.write_blocking(move |tx| -> Result<Option<String>, StoreError> {
            set(tx, "a\\", "汉字 é")?;
            tx.query_one(asked, &[], |row| row.get("value"))
        });
        assert_eq!(found.unwrap().as_deref(), Some(wanted), "{settings}");
        let kept = store.read_blocking(|tx| get(tx, "a\\")).unwrap();
        assert_eq!(kept.as_deref(), Some("汉字 é"), "{settings}");
        store.close();
    }
}

/// After a failover or a change of rights the server is there and takes no writes, or has lost the tables.
#[test]
fn a_server_that_refuses_to_work_is_told_from_a_fault() {
    let Some((plain, read_only)) = with_settings("-cdefault_transaction_read_only=on") else {
        return;
    };
    let whole = Store::open(&plain, Mode::Tool).unwrap();
    whole.write_blocking(|tx| set(tx, "a", "b")).unwrap();
    let opened = Store::open(&read_only, Mode::Tool).err();
    assert!(matches!(opened, Some(StoreError::WritesStopped { .. })));
    let write = |tx: &mut Tx| set(tx, "a", "c");
    let touch = |tx: &mut Tx| tx.execute("DELETE FROM setting WHERE name = ''", &[]);
    for refused in [write, touch] {
        // For the connection, as a failover does to it.
        let freeze = |tx: &mut Tx| tx.execute("SET default_transaction_read_only = on", &[]);
        whole.write_blocking(freeze).unwrap();
        let error = whole.write_blocking(refused).unwrap_err();
        assert!(matches!(error, StoreError::WritesStopped { .. }), "{error}");
        let read = whole.read_blocking(|tx| get(tx, "a")).unwrap();
        assert_eq!(read.as_deref(), Some("b"));
    }
    // A read that writes is a fault of this program, whatever the server allows.
    let error = whole.read_blocking(write).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error}");
    let thaw = |tx: &mut Tx| tx.execute("SET default_transaction_read_only = off", &[]);
    whole.write_blocking(thaw).unwrap();

    let schema = whole.read_blocking(|tx| -> Result<Option<String>, StoreError> {
        tx.query_one(
            "SELECT CAST(current_schema() AS text) AS value",
            &[],
            |row| row.get("value"),
        )
    });
    let schema = schema.unwrap().unwrap();
    let rename = |from: &str, to: &str| {
        let Some(Database::Server(server)) = fresh_schema() else {
            return;
        };
        let mut tx = postgres::open(&server).unwrap();
        tx.batch(&format!("ALTER SCHEMA {from} RENAME TO {to}"))
            .unwrap();
    };
    let moved = format!("{schema}_moved");
    rename(&schema, &moved);
    for _ in 0..3 {
        let error = whole
            .write_blocking(|tx| set(tx, "a", "c").map(drop))
            .unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
        let error = whole.read_blocking(|tx| get(tx, "a")).unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    }
    rename(&moved, &schema);
    whole.write_blocking(|tx| set(tx, "z", "d")).unwrap();
    let read = whole.read_blocking(|tx| get(tx, "z")).unwrap();
    assert_eq!(read.as_deref(), Some("d"));
}

/// OPS-05: rows of the audit log are only added.
#[test]
fn the_audit_log_is_append_only() {
    on_each_engine(|store, _| {
        let add = |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO audit (id, at, action, subject) VALUES ('1', 0, 'a', 's')",
                &[],
            )
        };
        store.write_blocking(add).unwrap();
        let error = store.write_blocking(|tx| tx.execute("UPDATE audit SET action = 'b'", &[]));
        assert!(matches!(error, Err(StoreError::Constraint(_))), "{error:?}");
        let error = store.write_blocking(|tx| tx.execute("DELETE FROM audit", &[]));
        assert!(matches!(error, Err(StoreError::Constraint(_))), "{error:?}");
    });
}

#[test]
fn an_error_or_a_panic_undoes_its_own_write_alone() {
    on_each_engine(|store, _| {
        // The first write holds the line until all others stand in it, so that they make one group.
        let (is_running, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let mut gates = Some((Arc::clone(&is_running), Arc::clone(&go_on)));
        let first = store.put::<_, StoreError, _>(Kind::Write, Patience::for_write(), move |tx| {
            if let Some((is_running, go_on)) = gates.take() {
                is_running.wait();
                go_on.wait();
            }
            set(tx, "first", "")
        });
        is_running.wait();
        let writes: Vec<_> = (0..9)
            .map(|n| {
                store.put(Kind::Write, Patience::for_write(), move |tx| {
                    set(tx, &format!("w{n}"), "")?;
                    match n % 3 {
                        0 => Err(StoreError::Closed),
                        1 => panic!("a bug in write {n}"),
                        _ => Ok(n),
                    }
                })
            })
            .collect();
        go_on.wait();
        first.unwrap().blocking_recv().unwrap().unwrap();
        for (n, write) in writes.into_iter().enumerate() {
            let given = write.unwrap().blocking_recv().unwrap();
            match n % 3 {
                0 => assert!(matches!(given, Err(StoreError::Closed))),
                1 => assert!(matches!(given, Err(StoreError::Panicked))),
                _ => assert_eq!(given.unwrap(), n),
            }
        }
        assert_eq!(names(store), ["first", "w2", "w5", "w8"]);
    });
}

/// What a server commits together is what would have happened one by one.
#[test]
fn writes_in_a_group_are_answered_each_for_itself() {
    let Some(Database::Server(server)) = fresh_schema() else {
        return;
    };
    let store = Store::open(&Database::Server(server.clone()), Mode::Tool).unwrap();
    for n_faulty in 0..4 {
        let queue = Arc::new(Queue::new(100));
        let mut answers = Vec::new();
        for n in 0..20 {
            let (is_faulty, round) = (n % 5 == 1 && n / 5 < n_faulty, n_faulty);
            let (work, answer) = Work::new(
                move |tx: &mut Tx| {
                    let before = get(tx, "last")?;
                    tx.execute(
                        "INSERT INTO setting (name, value, updated_at) VALUES ('last', $1, 0)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        &[&n.to_string()],
                    )?;
                    add_later(tx, &format!("{round} {n:02}"))?;
                    match n / 5 {
                        0 if is_faulty => Err(StoreError::Closed),
                        // Noticed only by what runs after it.
                        1 if is_faulty => add_later(tx, "last").map(|()| before),
                        2 if is_faulty => panic!("a bug in write {n}"),
                        _ => Ok(before),
                    }
                },
                Patience::for_write(),
            );
            queue.put(Kind::Write, Box::new(work)).unwrap();
            answers.push((is_faulty, answer));
        }
        queue.close();
        let mut held = Some(postgres::open(&server).unwrap());
        let line = postgres::Line {
            server: (*server).clone(),
            queue,
            pulse: Arc::default(),
        };
        postgres::run_jobs(&mut held, &line, 0);
        let mut before = None;
        for (n, (is_faulty, answer)) in answers.into_iter().enumerate() {
            let given = answer.blocking_recv().unwrap();
            assert_eq!(given.is_err(), is_faulty, "{n_faulty} {n}: {given:?}");
            if let Ok(seen) = given {
                // Each sees what the ones before it wrote, and nothing of those that failed.
                assert!(n == 0 || seen == before, "{n_faulty} {n}: {seen:?}");
                before = Some(n.to_string());
            }
        }
        let prefix = format!("{n_faulty} ");
        let n_kept = names(&store)
            .iter()
            .filter(|it| it.starts_with(&prefix))
            .count();
        assert_eq!(n_kept, 20 - n_faulty.min(3));
    }
    store.close();
}

#[test]
fn a_failed_statement_spoils_all_unless_it_was_an_attempt() {
    on_each_engine(|store, _| {
        let error = store.write_blocking(|tx| {
            set(tx, "a", "")?;
            let twice = set(tx, "a", "");
            assert!(twice.is_err());
            Ok::<_, StoreError>(())
        });
        assert!(matches!(error, Err(StoreError::Spoiled)), "{error:?}");
        assert!(names(store).is_empty());
        store
            .write_blocking(|tx| {
                set(tx, "b", "")?;
                let twice = tx.attempt(|tx| {
                    set(tx, "c", "")?;
                    set(tx, "b", "")
                });
                assert!(twice.is_err_and(|error| error.is_unique("setting_pkey")));
                tx.attempt(|tx| set(tx, "d", ""))
            })
            .unwrap();
        assert_eq!(names(store), ["b", "d"]);
    });
}

/// RACE: what is read in a write holds until its commit, whatever others do meanwhile.
#[test]
fn read_then_write_never_loses_an_update() {
    on_each_engine(|store, _| {
        store.write_blocking(|tx| set(tx, "n", "0")).unwrap();
        let n_runs = AtomicUsize::new(0);
        let n_runs: &'static AtomicUsize = Box::leak(Box::new(n_runs));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let add = |tx: &mut Tx| {
                            n_runs.fetch_add(1, Ordering::Relaxed);
                            let n: i64 = get(tx, "n")?.unwrap().parse().unwrap();
                            tx.execute(
                                "UPDATE setting SET value = $1 WHERE name = 'n'",
                                &[&(n + 1).to_string()],
                            )
                        };
                        store.write_blocking(add).unwrap();
                    }
                });
            }
        });
        assert_eq!(
            store.read_blocking(|tx| get(tx, "n")).unwrap().as_deref(),
            Some("40")
        );
        assert!(n_runs.load(Ordering::Relaxed) >= 40);
    });
}

#[test]
fn a_read_sees_one_snapshot() {
    on_each_engine(|store, _| {
        let writer = store.clone();
        let seen = store.read_blocking(move |tx| {
            let before = get(tx, "a")?;
            let other = writer.clone();
            let late = std::thread::spawn(move || other.write_blocking(|tx| set(tx, "a", "1")));
            late.join().unwrap().unwrap();
            Ok::<_, StoreError>((before, get(tx, "a")?))
        });
        assert_eq!(seen.unwrap(), (None, None));
        assert_eq!(names(store), ["a"]);
    });
}

/// A database in another encoding than UTF-8 would refuse names and comments one by one; it is refused as a whole.
#[test]
fn a_database_keeps_every_text_or_is_not_opened() {
    let Ok(url) = std::env::var("LYCEUM_TEST_POSTGRES") else {
        return;
    };
    let id = Entropy::System.uuid_v7(Timestamp::from_millis(0));
    let name = format!("latin_{}", id.simple());
    let run = |statement: String| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let connected = ::tokio_postgres::connect(&url, ::tokio_postgres::NoTls).await;
            let (client, connection) = connected.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&statement).await.unwrap();
        });
    };
    run(format!(
        "CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    ));
    let (server, _) = url.rsplit_once('/').unwrap();
    let database = Database::parse(&format!("{server}/{name}")).unwrap();
    let opened = Store::open(&database, Mode::Serving).err();
    run(format!("DROP DATABASE {name} WITH (FORCE)"));
    assert!(
        matches!(&opened, Some(StoreError::Encoding { found }) if found == "LATIN1"),
        "{opened:?}"
    );
}

/// DUR-17: a second server on a file is refused; a tool beside the server is not.
#[test]
fn one_server_a_file_and_tools_beside_it() {
    on_each_engine(|store, database| {
        if let Database::File(_) = database {
            let second = Store::open(database, Mode::Serving);
            assert!(matches!(second, Err(StoreError::InUse { .. })));
        }
        let tool = Store::open(database, Mode::Tool).unwrap();
        tool.write_blocking(|tx| set(tx, "by tool", "")).unwrap();
        store.write_blocking(|tx| set(tx, "by server", "")).unwrap();
        assert_eq!(names(store), ["by server", "by tool"]);
        assert_eq!(names(&tool), ["by server", "by tool"]);
        tool.close();
        assert!(matches!(
            tool.write_blocking(|tx| set(tx, "late", "")),
            Err(StoreError::Closed)
        ));
    });
}

#[test]
fn a_closed_store_opens_again_with_all_that_was_answered() {
    on_each_engine(|store, database| {
        store.write_blocking(|tx| set(tx, "a", "1")).unwrap();
        store.close();
        let again = Store::open(database, Mode::Serving).unwrap();
        assert_eq!(names(&again), ["a"]);
        again.close();
    });
}

#[test]
fn async_callers_wait_without_blocking() {
    on_each_engine(|store, _| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            // One thread for all of them: were a worker blocked, the first would never be answered.
            let writes: Vec<_> = (0..20)
                .map(|n| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        store.write(move |tx| set(tx, &format!("{n:02}"), "")).await
                    })
                })
                .collect();
            for write in writes {
                write.await.unwrap().unwrap();
            }
            assert_eq!(
                store.read(|tx| get(tx, "07")).await.unwrap().as_deref(),
                Some("")
            );
        });
        assert_eq!(names(store).len(), 20);
    });
}

/// A job whose own machinery fails: what no closure of a caller can do.
struct Broken;

impl Job for Broken {
    fn run(&mut self, tx: &mut Tx) -> bool {
        set(tx, "broken", "").unwrap();
        panic!("a bug in the store")
    }

    fn answer(self: Box<Self>, _: Option<StoreError>) {}

    fn is_abandoned(&self) -> bool {
        false
    }

    fn patience(&self) -> Patience {
        Patience::for_write()
    }
}

/// OPS-13: a panic in a thread of the store costs the work at hand, and neither those that wait nor the thread.
#[test]
fn threads_outlive_a_panic() {
    on_each_engine(|store, _| {
        for n in 0..40 {
            store
                .inner
                .writes
                .put(Kind::Write, Box::new(Broken))
                .unwrap();
            store.inner.reads.put(Kind::Read, Box::new(Broken)).unwrap();
            let kept = store.write_blocking(move |tx| set(tx, &format!("w{n}"), ""));
            // What stood in one group with the broken work is refused, and may be sent again.
            assert!(
                matches!(kept, Ok(1) | Err(StoreError::CommitUnknown)),
                "{kept:?}"
            );
        }
        assert_eq!(store.write_blocking(|tx| set(tx, "last", "")).unwrap(), 1);
        let names = names(store);
        assert!(
            names.contains(&"last".into()) && !names.contains(&"broken".into()),
            "{names:?}"
        );
    });
}

/// DUR-07: a full file refuses a write that needs room, keeps what was acknowledged, is read as before, and takes
/// writes again as soon as there is room.
#[test]
fn a_full_disk_is_only_that() {
    on_each_engine(|store, database| {
        if matches!(database, Database::Server(_)) {
            return;
        }
        let limit = |sql: &'static str| {
            let set = move |tx: &mut Tx| tx.query(sql, &[], |row| row.get::<i64>(0));
            store.write_blocking::<_, StoreError, _>(set).unwrap()
        };
        let n_pages = limit("PRAGMA page_count")[0];
        assert_eq!(
            limit("PRAGMA max_page_count = 1"),
            [n_pages],
            "no less than there are"
        );
        let mut kept = Vec::new();
        for n in 0..400 {
            let name = format!("{n:03}");
            let wanted = name.clone();
            match store.write_blocking(move |tx| set(tx, &wanted, &"x".repeat(500))) {
                Ok(_) => kept.push(name),
                Err(error) => assert!(matches!(error, StoreError::Full), "{error}"),
            }
            assert_eq!(names(store), kept);
        }
        assert!(kept.len() < 300, "the disk was never full");
        limit("PRAGMA max_page_count = 100000");
        assert_eq!(store.write_blocking(|tx| set(tx, "later", "")).unwrap(), 1);
    });
}

/// DUR-12: a log that was cut anywhere holds the first of the commits, each whole; a damaged file is told.
#[test]
fn a_cut_log_loses_the_last_commits_alone() {
    const N_WRITES: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = Store::open(&Database::File(file.clone()), Mode::Serving).unwrap();
    for n in 0..N_WRITES {
        let pair = move |tx: &mut Tx| {
            set(tx, &format!("{n:02} one"), "")?;
            set(tx, &format!("{n:02} other"), "")
        };
        store.write_blocking(pair).unwrap();
    }
    let taken = |name: &str| {
        let copy = folder.path().join("copy");
        copy_elsewhere(&folder.path().join(name), &copy);
        std::fs::read(copy).unwrap()
    };
    let (bytes, log) = (taken("store.db"), taken("store.db-wal"));
    store.close();
    let read = |bytes: &[u8], log: &[u8]| -> Result<Vec<String>, StoreError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        std::fs::write(&file, bytes).unwrap();
        std::fs::write(folder.path().join("store.db-wal"), log).unwrap();
        let mut tx = bare_file(&file)?;
        let sound: Vec<String> = tx.query("PRAGMA integrity_check", &[], |row| row.get(0))?;
        assert_eq!(sound, ["ok"]);
        tx.query("SELECT name FROM setting ORDER BY name", &[], |row| {
            row.get(0)
        })
    };
    let mut last = N_WRITES;
    for cut in (0..64).map(|n| log.len() - n * 512) {
        let names = read(&bytes, &log[..cut]).unwrap();
        let n_pairs = names.len() / 2;
        let expected = (0..n_pairs).flat_map(|n| [format!("{n:02} one"), format!("{n:02} other")]);
        assert_eq!(names, expected.collect::<Vec<_>>(), "cut at {cut}");
        assert!(
            n_pairs <= last && (cut < log.len() || n_pairs == N_WRITES),
            "cut at {cut}"
        );
        last = n_pairs;
    }
    assert!(last < N_WRITES, "no cut went deep enough");

    // The same file with its log put back into it.
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(read(&bytes, &[]).unwrap().len(), 2 * N_WRITES);
    let mut no_database = bytes.clone();
    no_database[..16].fill(b'x');
    for damaged in [&bytes[..bytes.len() / 2], &bytes[..4096 * 3], &no_database] {
        let told = read(damaged, &[]);
        let is_told = matches!(told, Err(StoreError::Damaged(_) | StoreError::Open { .. }));
        assert!(is_told, "{told:?}");
    }
}

/// Every row of every table.
fn all_rows(database: &Database) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let store = Store::open(database, Mode::Tool).unwrap();
    let rows = store.read_blocking::<_, StoreError, _>(|tx| {
        let mut all = BTreeMap::new();
        for table in schema::tables(tx)? {
            let mut rows = schema::rows(tx, &table)?;
            // The engines write numbers with a fraction differently.
            let is_real = |name: &str| {
                let column = table.columns.iter().find(|it| it.name == name);
                column.is_some_and(|it| it.kind == schema::Kind::Real)
            };
            for (name, text) in rows.iter_mut().flatten() {
                if is_real(name) {
                    *text = format!("{:e}", text.parse::<f64>().unwrap());
                }
            }
            rows.sort();
            all.insert(table.name, rows);
        }
        Ok(all)
    });
    store.close();
    rows.unwrap()
}

/// DUR-09: a copy holds what its database holds, whichever engine it comes from and is put into.
#[test]
fn copies_lead_from_each_engine_to_each() {
    on_each_engine(|store, database| {
        store.write_blocking(fill).unwrap();
        let before = all_rows(database);
        assert!(before["comment"].len() == 3 && before["member"].len() == 2);
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        let now = Timestamp::from_millis(0);
        let copied = back_up(database, &copy, false, &mut |_| ()).unwrap();
        assert_eq!(copied.n_bytes, std::fs::metadata(&copy).unwrap().len());
        let again = back_up(database, &copy, false, &mut |_| ());
        assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
        let into = Database::File(folder.path().join("into.db"));
        for target in std::iter::once(into).chain(fresh_schema()) {
            restore(&target, &copy, now, &mut |_| ()).unwrap();
            assert_eq!(all_rows(&target), before, "{target}");
            if let Database::Server(_) = target {
                let twice = restore(&target, &copy, now, &mut |_| ());
                assert!(matches!(twice, Err(StoreError::NotEmpty)), "{twice:?}");
            }
        }
        // Whichever connection closes last takes the log with it; nothing else may be left beside the two files.
        let mut left: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        let known = [
            "copy.db",
            "into.db",
            "into.db.lock",
            "into.db-wal",
            "into.db-shm",
        ];
        left.retain(|name| !known.contains(&name.as_str()));
        assert!(left.is_empty(), "{left:?}");
    });
}

/// Rows that refer to each other, with values that one format or another could mangle.
fn fill(tx: &mut Tx) -> Result<(), StoreError> {
    let odd = "tab\t, line\n, return\r, \\N, \\. and \"'{}, 中文 🦀\u{200d}";
    for (id, name) in [("1", odd), ("2", "")] {
        tx.execute(
            "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at)
             VALUES ($1, $1, $1, $2, 'member', -5, 9007199254740993)",
            &[&id, &name],
        )?;
        let hash: Vec<u8> = (0..=255).collect();
        tx.execute(
            "INSERT INTO session (id, token_hash, member_id, kind, created_at, last_seen_at, expires_at)
             VALUES ($1, $2, $1, 'member', 0, 0, 0)",
            &[&id, &[&hash[..], id.as_bytes()].concat()],
        )?;
    }
    // The first refers to the last, so that no order of rows is right.
    for (id, root, best) in [("a", "a", 0.1), ("b", "a", -1e300), ("c", "a", 5e-324)] {
        tx.execute(
            "INSERT INTO comment (id, page_id, root_id, depth, member_id, kind, state, body, html, n_chars, best, posted_at)
             VALUES ($1, 'p', $2, 0, '2', 'comment', 'shown', $3, '', 0, $4, 0)",
            &[&id, &root, &odd, &best],
        )?;
    }
    tx.execute("UPDATE comment SET accepted_id = 'c' WHERE id = 'a'", &[])?;
    tx.execute(
        "INSERT INTO audit (id, at, action, subject) VALUES ('1', 0, 'a', 's')",
        &[],
    )?;
    Ok(())
}

/// A lock on a whole table stops those who read it, with its own error, and nobody else.
#[test]
fn a_locked_table_is_no_silent_server() {
    let Some(database @ Database::Server(_)) = fresh_schema() else {
        return;
    };
    let store = Store::open(&database, Mode::Serving).unwrap();
    let Database::Server(server) = &database else {
        return;
    };
    let mut other = postgres::open(server).unwrap();
    other
        .undo("BEGIN; LOCK TABLE setting IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let told = store.read_blocking(|tx| get(tx, "x"));
    assert!(matches!(told, Err(StoreError::Busy)), "{told:?}");
    let n_members = store.read_blocking::<_, StoreError, _>(|tx| {
        tx.query_one("SELECT count(*) AS n FROM member", &[], |row| {
            row.get::<i64>(0)
        })
    });
    assert_eq!(n_members.unwrap(), Some(0));
    assert!(store.inner.pulse.as_ref().unwrap().is_heard());
    other.undo("ROLLBACK").unwrap();
    assert_eq!(store.read_blocking(|tx| get(tx, "x")).unwrap(), None);
    store.close();
}
