//! Copies of databases that are damaged, or that hold more than this program made.

use crate::edge::store::tests::{fresh_schema, set};
use crate::edge::store::{Database, Mode, Store, StoreError, back_up, postgres};
use rusqlite::Connection;

/// What a server's database holds beside the schema is not in the copy, and is named.
#[test]
fn a_copy_of_a_server_names_what_it_leaves_out() {
    let Some(database @ Database::Server(_)) = fresh_schema() else {
        return;
    };
    Store::open(&database, Mode::Tool).unwrap().close();
    let folder = tempfile::tempdir().unwrap();
    let copied = |name: &str| {
        let copied = back_up(&database, &folder.path().join(name), false, &mut |_| ());
        copied.unwrap().left_out
    };
    assert_eq!(copied("own.db"), [""; 0]);
    let Database::Server(server) = &database else {
        return;
    };
    let mut tx = postgres::open(server).unwrap();
    tx.batch(
        "CREATE TABLE notes (id TEXT PRIMARY KEY, member_id TEXT REFERENCES member (id));
         CREATE INDEX of_notes ON notes (member_id);
         CREATE VIEW handles AS SELECT handle FROM member;
         CREATE MATERIALIZED VIEW \"Counts\" AS SELECT count(*) FROM member;
         ALTER TABLE member ADD COLUMN crm_id TEXT;
         CREATE INDEX of_crm ON member (crm_id);
         CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER noted AFTER INSERT ON comment FOR EACH ROW EXECUTE FUNCTION noted()",
    )
    .unwrap();
    let left_out = [
        "trigger noted",
        "view Counts",
        "view handles",
        "index of_crm",
        "index of_notes",
        "table notes",
        "column member.crm_id",
    ];
    assert_eq!(copied("more.db"), left_out);
}

/// A copy in which the check finds damage is kept under a name of its own, with what was in it.
#[test]
fn what_is_left_of_a_damaged_database_is_kept() {
    let damages: [(&str, &str); 2] = [
        (
            "a CHECK",
            "PRAGMA ignore_check_constraints = ON; UPDATE job SET state = 'odd'",
        ),
        (
            "a reference",
            "PRAGMA foreign_keys = OFF; INSERT INTO page_like (page_id, member_id, at) VALUES ('p', 'nobody', 0)",
        ),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let database = Database::File(file.clone());
        let store = Store::open(&database, Mode::Tool).unwrap();
        store.write_blocking(|tx| set(tx, "kept", "1")).unwrap();
        store
            .write_blocking(|tx| {
                tx.execute(
                    "INSERT INTO job (id, kind, payload, run_at, state, created_at) VALUES ('j', 'k', '{}', 0, 'waiting', 0)",
                    &[],
                )
            })
            .unwrap();
        store.close();
        Connection::open(&file)
            .unwrap()
            .execute_batch(damage)
            .unwrap();
        for ending in [".damaged", ".damaged-2"] {
            let target = folder.path().join("copy.db");
            let told = back_up(&database, &target, false, &mut |_| ());
            let Err(StoreError::DamagedCopy { kept, .. }) = told else {
                panic!("{what}: {told:?}")
            };
            assert_eq!(kept, folder.path().join(format!("copy.db{ending}")));
            assert!(!target.exists());
            let copy = Connection::open(kept).unwrap();
            let found = "SELECT value FROM setting WHERE name = 'kept'";
            let found: String = copy.query_row(found, [], |row| row.get(0)).unwrap();
            assert_eq!(found, "1", "{what}");
        }
    }
}
