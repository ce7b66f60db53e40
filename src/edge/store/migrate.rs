//! Migrations: numbered files that bring an older schema to this program's, one transaction each.
//!
//! A file is never edited once merged; what it did is kept with its checksum in `schema_version`.
//! A kill at any moment leaves the schema before a migration or after it.

use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::extras::{self, Extra};
use crate::edge::store::schema::{self, Table};
use crate::edge::store::{Row, StoreError, Tx, sqlite};
use std::collections::BTreeSet;
use std::path::Path;

/// Number = place counted from 1, then name and text.
static MIGRATIONS: [(&str, &str); 17] = [
    (
        "first_light",
        include_str!("migrations/0001_first_light.sql"),
    ),
    (
        "lists_by_index",
        include_str!("migrations/0002_lists_by_index.sql"),
    ),
    (
        "readers_counted",
        include_str!("migrations/0003_readers_counted.sql"),
    ),
    ("job_lanes", include_str!("migrations/0004_job_lanes.sql")),
    (
        "short_answers",
        include_str!("migrations/0005_short_answers.sql"),
    ),
    (
        "failures_forgiven",
        include_str!("migrations/0006_failures_forgiven.sql"),
    ),
    ("claims", include_str!("migrations/0007_claims.sql")),
    ("names", include_str!("migrations/0008_names.sql")),
    (
        "indexes_that_fit",
        include_str!("migrations/0009_indexes_that_fit.sql"),
    ),
    (
        "counts_kept",
        include_str!("migrations/0010_counts_kept.sql"),
    ),
    (
        "address_wanted",
        include_str!("migrations/0011_address_wanted.sql"),
    ),
    ("ends_told", include_str!("migrations/0012_ends_told.sql")),
    (
        "answers_without_text",
        include_str!("migrations/0013_answers_without_text.sql"),
    ),
    (
        "comments_rendered",
        include_str!("migrations/0014_comments_rendered.sql"),
    ),
    ("page_keys", include_str!("migrations/0015_page_keys.sql")),
    (
        "page_addresses",
        include_str!("migrations/0016_page_addresses.sql"),
    ),
    (
        "letters_sent_whole",
        include_str!("migrations/0017_letters_sent_whole.sql"),
    ),
];

/// Keeps two edges that start together from migrating at once. Only its being the same everywhere matters.
const SERVER_LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('lyceum ' || current_schema()))";

/// Runs what is missing; does nothing on a schema that is up to date.
pub fn run(tx: &mut Tx, dialect: Dialect) -> Result<(), StoreError> {
    run_all(tx, dialect, &MIGRATIONS)
}

/// The version of a schema that this program can bring up to date. Fails for a database of another kind, and for one
/// that a later version of this program has written.
pub fn version(tx: &mut Tx) -> Result<i64, StoreError> {
    let run_before = match history(tx) {
        Err(StoreError::Sql { .. } | StoreError::Refused { .. }) => {
            return Err(StoreError::Foreign);
        }
        run_before => run_before?,
    };
    check_history(&run_before, &MIGRATIONS)?;
    if run_before.is_empty() {
        return Err(StoreError::Foreign);
    }
    let is_whole = (1..)
        .zip(&run_before)
        .all(|(n, (version, _))| *version == n);
    match is_whole {
        true => Ok(run_before.len() as i64),
        false => Err(StoreError::OtherSchema {
            what: "the list of its migrations has gaps".into(),
        }),
    }
}

/// A file that has all that the migrations up to its version make.
pub struct Known {
    /// The version of its schema.
    pub version: i64,
    /// What it has besides.
    pub extras: BTreeSet<Extra>,
    /// The tables that the migrations make.
    pub tables: Vec<Table>,
    is_exact: bool,
}

impl Known {
    /// Fails where something of the schema is missing or is another than the migrations make.
    pub fn of(tx: &mut Tx) -> Result<Self, StoreError> {
        let version = version(tx)?;
        let mut made = sqlite::open_in_memory()?;
        run_to(&mut made, Dialect::Sqlite, version)?;
        let (found, expected) = (schema::parts(tx)?, schema::parts(&mut made)?);
        if let Some(part) = expected.difference(&found).next() {
            return Err(StoreError::OtherSchema {
                what: format!("{part} is missing"),
            });
        }
        let extras = extras::beside(tx, &mut made)?;
        let tables = schema::tables(&mut made)?;
        // What a later migration makes was made by this program, and is no addition of an owner.
        run(&mut made, Dialect::Sqlite)?;
        let not_later = extras::beside(tx, &mut made)?;
        if let Some(later) = extras.difference(&not_later).next() {
            return Err(StoreError::OtherSchema {
                what: format!("{later} is of a migration that is not in its list"),
            });
        }
        Ok(Known {
            version,
            extras,
            tables,
            is_exact: found == expected,
        })
    }

    /// Makes a file of that which the migrations make alone. Returns what was deleted, in words.
    pub fn leave_out_extras(file: &Path) -> Result<Vec<String>, StoreError> {
        let mut tx = sqlite::open_unsynced(file)?;
        let known = Known::of(&mut tx)?;
        if known.is_exact {
            return Ok(Vec::new());
        }
        extras::leave_out(&mut tx, &known.extras)?;
        if !Known::of(&mut tx)?.is_exact {
            return Err(StoreError::OtherSchema {
                what: "a table has references or columns that are not of it".into(),
            });
        }
        tx.batch("VACUUM")?;
        Ok(known.told())
    }

    /// What it has besides, in words.
    pub fn told(&self) -> Vec<String> {
        self.extras.iter().map(ToString::to_string).collect()
    }
}

/// Brings an empty database to an earlier version of the schema.
pub fn run_to(tx: &mut Tx, dialect: Dialect, version: i64) -> Result<(), StoreError> {
    run_all(tx, dialect, up_to(version))
}

/// As [`run_to`], within a transaction of the caller's.
pub fn run_within(tx: &mut Tx, dialect: Dialect, version: i64) -> Result<(), StoreError> {
    while let Step::Ran = run_next(tx, dialect, up_to(version))? {}
    Ok(())
}

fn up_to(version: i64) -> &'static [(&'static str, &'static str)] {
    let n = usize::try_from(version).unwrap_or(MIGRATIONS.len());
    &MIGRATIONS[..n.min(MIGRATIONS.len())]
}

fn run_all(tx: &mut Tx, dialect: Dialect, migrations: &[(&str, &str)]) -> Result<(), StoreError> {
    loop {
        tx.undo(match dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            // Not serializable: what another edge committed while we waited for the lock must be seen.
            Dialect::Postgres => "BEGIN",
        })?;
        match run_next(tx, dialect, migrations) {
            Ok(Step::Ran) => tx.batch("COMMIT")?,
            Ok(Step::UpToDate) => return tx.undo("ROLLBACK"),
            Err(error) => {
                // The first error is the one to tell.
                let _ = tx.undo("ROLLBACK");
                return Err(error);
            }
        }
    }
}

enum Step {
    Ran,
    UpToDate,
}

fn run_next(
    tx: &mut Tx,
    dialect: Dialect,
    migrations: &[(&str, &str)],
) -> Result<Step, StoreError> {
    if dialect == Dialect::Postgres {
        tx.batch(SERVER_LOCK)?;
    }
    tx.batch(&spell(
        "CREATE TABLE IF NOT EXISTS schema_version (
             version {{int}} PRIMARY KEY,
             name {{text}} NOT NULL,
             checksum {{text}} NOT NULL
         ) {{strict}}",
        dialect,
    ))?;
    let run_before = history(tx)?;
    check_history(&run_before, migrations)?;
    let Some((name, text)) = migrations.get(run_before.len()) else {
        return Ok(Step::UpToDate);
    };
    let version = run_before.len() as i64 + 1;
    tx.batch(&spell(text, dialect))
        .map_err(|source| StoreError::Migration {
            version,
            source: Box::new(source),
        })?;
    tx.execute(
        "INSERT INTO schema_version (version, name, checksum) VALUES ($1, $2, $3)",
        &[&version, name, &checksum_of(text)],
    )?;
    Ok(Step::Ran)
}

/// Number and checksum of each migration that was run.
fn history(tx: &mut Tx) -> Result<Vec<(i64, String)>, StoreError> {
    tx.query(
        "SELECT version, checksum FROM schema_version ORDER BY version",
        &[],
        |row: &Row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)),
    )
}

fn check_history(
    run_before: &[(i64, String)],
    migrations: &[(&str, &str)],
) -> Result<(), StoreError> {
    let known = migrations.len() as i64;
    if let Some((found, _)) = run_before.last().filter(|(version, _)| *version > known) {
        return Err(StoreError::SchemaTooNew {
            found: *found,
            known,
        });
    }
    for ((version, checksum), (_, text)) in run_before.iter().zip(migrations) {
        if *checksum != checksum_of(text) {
            return Err(StoreError::MigrationChanged { version: *version });
        }
    }
    Ok(())
}

fn checksum_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::store::tests::{bare_databases, bare_file, copy_elsewhere, fresh_schema};
    use crate::edge::store::{Database, postgres, schema};

    const ONE: (&str, &str) = (
        "one",
        "CREATE TABLE one (id {{int}} PRIMARY KEY) {{strict}};",
    );
    const TWO: (&str, &str) = (
        "two",
        "INSERT INTO one VALUES (7); CREATE TABLE two (id {{int}}) {{strict}};",
    );
    const BAD: (&str, &str) = (
        "bad",
        "CREATE TABLE three (id {{int}}) {{strict}}; INSERT INTO nowhere VALUES (1);",
    );

    fn version(tx: &mut Tx) -> i64 {
        tx.query_one("SELECT max(version) FROM schema_version", &[], |row| {
            row.get(0)
        })
        .unwrap()
        .unwrap()
    }

    /// DUR-08: old or new, never between; an older program refuses a newer schema.
    #[test]
    fn migrations_run_once_wholly_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for (mut tx, dialect) in bare_databases(&folder) {
            run_all(&mut tx, dialect, &[ONE]).unwrap();
            run_all(&mut tx, dialect, &[ONE]).unwrap();
            assert_eq!(version(&mut tx), 1);
            run_all(&mut tx, dialect, &[ONE, TWO]).unwrap();
            assert_eq!(version(&mut tx), 2);
            let seven = tx
                .query_one("SELECT id FROM one", &[], |row| row.get::<i64>(0))
                .unwrap();
            assert_eq!(seven, Some(7));

            let failed = run_all(&mut tx, dialect, &[ONE, TWO, BAD]);
            assert!(
                matches!(failed, Err(StoreError::Migration { version: 3, .. })),
                "{failed:?}"
            );
            assert_eq!(version(&mut tx), 2);
            assert!(
                tx.query("SELECT id FROM three", &[], |_| Ok(())).is_err(),
                "nothing of it is left"
            );
            tx.undo("SELECT 1").unwrap();

            let older = run_all(&mut tx, dialect, &[ONE]);
            assert!(
                matches!(older, Err(StoreError::SchemaTooNew { found: 2, known: 1 })),
                "{older:?}"
            );
            let changed = run_all(&mut tx, dialect, &[TWO, TWO]);
            assert!(
                matches!(changed, Err(StoreError::MigrationChanged { version: 1 })),
                "{changed:?}"
            );
        }
    }

    /// What readers did before their numbers were kept is in the numbers.
    #[test]
    fn readers_of_before_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for (mut tx, dialect) in bare_databases(&folder) {
            run_all(&mut tx, dialect, &MIGRATIONS[..2]).unwrap();
            for (page, day, reader, is_read) in [
                ("a", 1, "x", 0),
                ("a", 2, "x", 1),
                ("a", 2, "y", 0),
                ("b", 2, "x", 0),
            ] {
                tx.execute(
                    "INSERT INTO reading (page_id, day, reader, is_read, first_at, last_at) VALUES ($1, $2, $3, $4, 0, 0)",
                    &[&page, &i64::from(day), &reader, &i64::from(is_read)],
                )
                .unwrap();
            }
            run(&mut tx, dialect).unwrap();
            let kept = tx.query(
                "SELECT page_id, n_viewers, n_readers FROM page_readers ORDER BY page_id",
                &[],
                |row| {
                    Ok((
                        row.get::<String>(0)?,
                        row.get::<i64>(1)?,
                        row.get::<i64>(2)?,
                    ))
                },
            );
            assert_eq!(kept.unwrap(), [("a".into(), 2, 1), ("b".into(), 1, 0)]);
        }
    }

    /// Members and what they did to pages before these were counted are in the counts.
    #[test]
    fn what_was_there_before_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let at = MIGRATIONS
            .iter()
            .position(|it| it.0 == "counts_kept")
            .unwrap();
        for (mut tx, dialect) in bare_databases(&folder) {
            run_all(&mut tx, dialect, &MIGRATIONS[..at]).unwrap();
            for (id, verified_at, suspended_at, erased_at) in [
                ("a", Some(1), None, None),
                ("b", Some(1), None, None),
                ("c", None, None, None),
                ("d", Some(1), Some(1), None),
                ("e", None, None, Some(1)),
            ] {
                tx.execute(
                    "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at, verified_at, suspended_at, erased_at)
                     VALUES ($1, $1, $1, '', 'member', 0, 0, $2, $3, $4)",
                    &[&id, &verified_at, &suspended_at, &erased_at],
                )
                .unwrap();
            }
            for sql in [
                "INSERT INTO page_like (page_id, member_id, at) VALUES ('x', 'a', 0), ('x', 'b', 0)",
                "INSERT INTO page_save (page_id, member_id, at) VALUES ('y', 'a', 0)",
                "INSERT INTO page_rating (page_id, member_id, helpful, at) VALUES ('x', 'a', 1, 0), ('x', 'b', 0, 0)",
            ] {
                tx.execute(sql, &[]).unwrap();
            }
            run(&mut tx, dialect).unwrap();
            let kept = tx.query(
                "SELECT page_id, n_likes, n_saves, n_helpful, n_rated FROM page_count
                 UNION ALL SELECT 'members', is_verified, n, 0, 0 FROM member_count ORDER BY 1, 2",
                &[],
                |row| {
                    let n = |at: usize| row.get::<i64>(at);
                    Ok((row.get::<String>(0)?, [n(1)?, n(2)?, n(3)?, n(4)?]))
                },
            );
            let expected = [
                ("members", [0, 1, 0, 0]),
                ("members", [1, 2, 0, 0]),
                ("x", [2, 0, 1, 2]),
                ("y", [0, 1, 0, 0]),
            ];
            let expected = expected.map(|(page, counts)| (page.to_owned(), counts));
            assert_eq!(kept.unwrap(), expected);
        }
    }

    /// Accounts of before whose address nobody proved: which of them the owner of the site made, and their letters.
    #[test]
    fn accounts_of_before_carry_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = MIGRATIONS.iter().position(|it| it.0 == "claims").unwrap();
        for (mut tx, dialect) in bare_databases(&folder) {
            run_all(&mut tx, dialect, &MIGRATIONS[..at]).unwrap();
            for (id, actor) in [("joined", Some("joined")), ("added", None)] {
                tx.execute(
                    "INSERT INTO member (id, handle, handle_key, email, email_key, name, role, created_at, updated_at)
                     VALUES ($1, $1, $1, $1, $1, '', 'member', 0, 0)",
                    &[&id],
                )
                .unwrap();
                tx.execute(
                    "INSERT INTO token (token_hash, purpose, member_id, email, created_at, expires_at)
                     VALUES ($1, 'verify', $2, $2, 0, 0)",
                    &[&id.as_bytes(), &id],
                )
                .unwrap();
                tx.execute(
                    "INSERT INTO audit (id, at, actor_id, action, subject) VALUES ($1, 0, $2, 'member.join', $1)",
                    &[&id, &actor],
                )
                .unwrap();
            }
            run(&mut tx, dialect).unwrap();
            let kept = tx.query(
                "SELECT m.id, m.is_added, t.email FROM member m JOIN token t ON t.member_id = m.id ORDER BY m.id",
                &[],
                |row| Ok((row.get::<String>(0)?, row.get::<bool>(1)?, row.get::<String>(2)?)),
            );
            let expected = [("added", true), ("joined", false)];
            let expected = expected.map(|(id, is_added)| (id.to_owned(), is_added, id.to_owned()));
            assert_eq!(kept.unwrap(), expected);
        }
    }

    /// DUR-08: cut off at any statement or within one, a migration has left nothing, and the next start makes it whole.
    /// What a killed process leaves is taken from the disk while it runs: the file and its log.
    #[test]
    fn a_migration_that_is_cut_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.db");
        let mut tx = bare_file(&whole).unwrap();
        run(&mut tx, Dialect::Sqlite).unwrap();
        let schema = schema::tables(&mut tx).unwrap();
        for n_before in 0..MIGRATIONS.len() {
            let text = spell(MIGRATIONS[n_before].1, Dialect::Sqlite);
            let cuts = text.match_indices(';').map(|(at, _)| at + 1);
            for (n, cut) in cuts.chain([text.len()]).enumerate() {
                let file = folder.path().join(format!("{n_before}-{n}.db"));
                let mut tx = bare_file(&file).unwrap();
                run_all(&mut tx, Dialect::Sqlite, &MIGRATIONS[..n_before]).unwrap();
                // Few pages fit into memory, so that most of it lies in the log before the commit.
                tx.undo("PRAGMA cache_size = 2").unwrap();
                tx.undo("BEGIN IMMEDIATE").unwrap();
                // A cut within a trigger is an error after the statements before it.
                let _ = tx.undo(&text[..cut]);
                let killed = folder.path().join(format!("{n_before}-{n}-killed.db"));
                for ending in ["", "-wal"] {
                    let from = format!("{}{ending}", file.display());
                    let to = format!("{}{ending}", killed.display());
                    copy_elsewhere(from.as_ref(), to.as_ref());
                }
                drop(tx);
                let mut tx = bare_file(&killed).unwrap();
                let left = schema::tables(&mut tx).unwrap();
                assert_eq!(left.is_empty(), n_before == 0, "{}: {left:?}", &text[..cut]);
                run(&mut tx, Dialect::Sqlite).unwrap();
                assert_eq!(version(&mut tx), MIGRATIONS.len() as i64);
                assert_eq!(schema::tables(&mut tx).unwrap(), schema);
            }
        }
    }

    /// DUR-08 on the server, where the end of a connection undoes what it began.
    #[test]
    fn a_connection_that_ends_in_a_migration_leaves_nothing() {
        let Some(Database::Server(config)) = fresh_schema() else {
            return;
        };
        let text = spell(MIGRATIONS[0].1, Dialect::Postgres);
        for (cut, _) in text.match_indices(";\n").step_by(12) {
            let mut tx = postgres::open(&config).unwrap();
            tx.undo("BEGIN").unwrap();
            tx.batch(SERVER_LOCK).unwrap();
            let _ = tx.undo(&text[..cut]);
            drop(tx);
            let mut tx = postgres::open(&config).unwrap();
            // The lock is free as soon as the server has seen the end.
            tx.undo("BEGIN").unwrap();
            tx.batch(SERVER_LOCK).unwrap();
            assert!(
                schema::tables(&mut tx).unwrap().is_empty(),
                "{}",
                &text[..cut]
            );
            tx.undo("ROLLBACK").unwrap();
        }
        let mut tx = postgres::open(&config).unwrap();
        run(&mut tx, Dialect::Postgres).unwrap();
        assert_eq!(version(&mut tx), MIGRATIONS.len() as i64);
    }

    #[test]
    fn every_file_is_in_the_list_at_its_number() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/edge/store/migrations");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let listed: Vec<String> = MIGRATIONS
            .iter()
            .enumerate()
            .map(|(n, (name, _))| format!("{:04}_{name}.sql", n + 1))
            .collect();
        assert_eq!(found, listed);
    }

    /// Otherwise a violation would have one name on one engine and another on the other.
    #[test]
    fn unique_indexes_bear_the_name_of_their_columns() {
        for line in MIGRATIONS.iter().flat_map(|(_, text)| text.lines()) {
            let Some(rest) = line.trim().strip_prefix("CREATE UNIQUE INDEX ") else {
                assert!(!line.contains("UNIQUE"), "make it a named index: {line}");
                continue;
            };
            let (name, rest) = rest.split_once(" ON ").unwrap();
            let (table, rest) = rest.split_once(" (").unwrap();
            let (columns, rest) = rest.split_once(')').unwrap();
            let full = format!("{table}_{}", columns.replace(", ", "_"));
            // Two indexes of the same columns over different rows need two names; nobody may ask for either.
            let is_partial = rest.contains(" WHERE ");
            assert!(
                name == full || is_partial && name.starts_with(&full),
                "{name}"
            );
        }
    }
}
