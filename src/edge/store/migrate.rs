//! Migrations: numbered files that bring an older schema to this program's, one transaction each.
//!
//! A file is never edited once merged; what it did is kept with its checksum in `schema_version`.
//! A kill at any moment leaves the schema before a migration or after it.

use crate::edge::store::dialect::{Dialect, spell};
use crate::edge::store::{Row, StoreError, Tx};

/// Number = place counted from 1, then name and text.
const MIGRATIONS: [(&str, &str); 1] = [(
    "first_light",
    include_str!("migrations/0001_first_light.sql"),
)];

/// Keeps two edges that start together from migrating at once. Only its being the same everywhere matters.
const SERVER_LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('lyceum ' || current_schema()))";

/// Runs what is missing; does nothing on a schema that is up to date.
pub fn run(tx: &mut Tx, dialect: Dialect) -> Result<(), StoreError> {
    run_all(tx, dialect, &MIGRATIONS)
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
    let known = migrations.len() as i64;
    let run_before = tx.query(
        "SELECT version, checksum FROM schema_version ORDER BY version",
        &[],
        |row: &Row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)),
    )?;
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

fn checksum_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}
