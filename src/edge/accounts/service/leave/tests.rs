//! PRIV-01, PRIV-02: export and erasure held against the schema of the database, on both engines.
//!
//! Every table that the schema has is filled for two members, with marked words wherever a column takes any. So
//! a table or a column that is added later and that no slice describes fails here without a new line of test.

use crate::clock::Timestamp;
use crate::edge::accounts::service::leave::{begin, erase, export, go_on};
use crate::edge::accounts::{MemberId, sql};
use crate::edge::slices;
use crate::edge::store::schema::{self, Table};
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::filling::{
    described, fill, filled, is_held, knows_member, takes_any_word,
};
use crate::edge::tables::{Erasure, Export};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Columns that may still lead to the row of the member, which is empty then; `None` where no row stays.
fn left_in(table: &str) -> Option<Vec<&'static str>> {
    let members = described(table)?.members;
    let kept = members
        .iter()
        .filter(|it| matches!(it.erasure, Erasure::Kept(_)));
    let stays = members.iter().any(|it| it.erasure != Erasure::Deleted);
    stays.then(|| kept.map(|it| it.name).collect())
}

#[test]
fn every_table_that_knows_a_member_is_taken_out_and_erased() {
    on_each_engine(|store, _| {
        let looked = store.write_blocking(|tx| {
            let faults = faults(tx)?;
            // The search itself: a table that nobody thought of has to be found.
            tx.execute(
                "CREATE TABLE newcomer (id {{text}} PRIMARY KEY, said {{text}}, member_id {{text}} REFERENCES member (id))",
                &[],
            )?;
            let planted = self::faults(tx)?;
            tx.execute("DROP TABLE newcomer", &[])?;
            Ok::<_, StoreError>((faults, planted))
        });
        let (faults, planted) = looked.unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        for fault in [
            "newcomer is not in the export",
            "newcomer.member_id still leads to the member",
            "newcomer.said still tells of the member",
        ] {
            assert!(
                planted.iter().any(|it| it == fault),
                "`{fault}` is not among {planted:?}"
            );
        }
    });
}

/// An erasure that is cut off after any batch leaves no account and a job, and begun again it comes to its end.
#[test]
fn an_erasure_that_is_cut_off_is_finished() {
    on_each_engine(|store, _| {
        for n_batches in 0..12 {
            let looked = store.write_blocking(move |tx| cut_off(tx, n_batches));
            assert!(matches!(looked, Err(StoreError::Closed)), "{looked:?}");
        }
    });
}

/// Always fails at its end, so that nothing is left of the looking.
fn cut_off(tx: &mut Tx, n_batches: usize) -> Result<(), StoreError> {
    let id = MemberId(Uuid::from_u128(0xa));
    let tables = filled(schema::tables(tx)?);
    for table in &tables {
        fill(tx, table, id.0, "zebra")?;
    }
    begin(
        tx,
        slices::tables(),
        id,
        (Uuid::from_u128(0xb), Timestamp::from_millis(5)),
    )?;
    for _ in 0..n_batches {
        go_on(tx, slices::tables(), id, 1)?;
    }
    assert_eq!(sql::member::by_id(tx, id)?, None);
    let jobs = |tx: &mut Tx| {
        tx.query(
            "SELECT payload FROM job WHERE kind = 'members.erase'",
            &[],
            |row| row.get::<String>("payload"),
        )
    };
    let waiting = jobs(tx)?;
    assert!(n_batches > 8 || waiting[0].contains(&id.to_string()));
    while go_on(tx, slices::tables(), id, 1)?.is_some() {}
    assert_eq!(jobs(tx)?, Vec::<String>::new());
    for table in &tables {
        let n_left = schema::rows(tx, table)?.len();
        assert!(
            left_in(&table.name).is_some() || n_left == 0,
            "{}",
            table.name
        );
    }
    Err(StoreError::Closed)
}

/// An account that was never proven goes after a while, but not one that anything hangs on.
#[test]
fn only_accounts_without_a_trace_are_forgotten() {
    on_each_engine(|store, _| {
        let tables = store
            .read_blocking(|tx| Ok::<_, StoreError>(filled(schema::tables(tx)?)))
            .unwrap();
        let others = tables.iter().filter(|it| it.name != "member");
        for table in others {
            let members = described(&table.name).map_or(&[][..], |it| it.members);
            let n_expected = i64::from(members.iter().any(|it| it.keeps_account));
            let (table, tables) = (table.clone(), tables.clone());
            let left = store.write_blocking(move |tx| {
                let id = Uuid::from_u128(77);
                for needed in &tables {
                    let is_needed = needed.name == "member"
                        || table
                            .columns
                            .iter()
                            .any(|it| it.target.as_deref() == Some(&needed.name));
                    if is_needed && needed.name != table.name {
                        fill(tx, needed, id, "trace")?;
                    }
                }
                fill(tx, &table, id, "trace")?;
                tx.execute("UPDATE member SET verified_at = NULL, role = 'member'", &[])?;
                let first = (Timestamp::from_millis(i64::MIN), MemberId(Uuid::nil()));
                sql::member::forget_unverified(
                    tx,
                    slices::tables(),
                    Timestamp::from_millis(1_000),
                    first,
                    10,
                )?;
                let n_members: Option<i64> =
                    tx.query_one("SELECT count(*) FROM member", &[], |row| row.get(0))?;
                Err::<(), _>(StoreError::Column {
                    column: format!("{}: {n_members:?} left", table.name),
                    wanted: "nothing: this undoes the rows",
                })
            });
            let left = left.unwrap_err().to_string();
            let expected = format!(": Some({n_expected}) left");
            assert!(left.contains(&expected), "{expected}: {left}");
        }
    });
}

/// What is wrong with export and erasure; nothing is left of the looking.
fn faults(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    let undone = tx.attempt(|tx| {
        faults = look(tx)?;
        Err::<(), _>(StoreError::Closed)
    });
    match undone {
        Err(StoreError::Closed) => Ok(faults),
        undone => undone.map(|()| faults),
    }
}

fn look(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let tables = filled(schema::tables(tx)?);
    let (leaving, staying) = (Uuid::from_u128(0xa), Uuid::from_u128(0xb));
    for (id, mark) in [(leaving, "zebra-a"), (staying, "zebra-b")] {
        for table in &tables {
            fill(tx, table, id, mark)?;
        }
    }
    let everything = export(tx, slices::tables(), MemberId(leaving))?.unwrap_or_default();
    let mut faults = export_faults(&tables, &everything);

    let untouched = cells(tx, &tables, "zebra-b")?;
    erase(
        tx,
        slices::tables(),
        MemberId(leaving),
        Timestamp::from_millis(5),
    )?;
    if untouched != cells(tx, &tables, "zebra-b")? {
        faults.push("another member's rows have changed".into());
    }
    for table in &tables {
        let stays = left_in(&table.name);
        for (column, text) in schema::rows(tx, table)?.into_iter().flatten() {
            let kept = stays.as_ref();
            let may_lead = table.name == "member"
                || kept.is_some_and(|columns| columns.contains(&column.as_str()));
            if text.contains(&leaving.to_string()) && !may_lead {
                faults.push(format!("{}.{column} still leads to the member", table.name));
            }
            if text.contains("zebra-a") && stays.is_none() {
                faults.push(format!("{}.{column} still tells of the member", table.name));
            }
        }
    }
    Ok(faults)
}

fn export_faults(tables: &[Table], everything: &serde_json::Value) -> Vec<String> {
    let mut faults = Vec::new();
    for table in tables.iter().filter(|it| knows_member(it)) {
        let name = table.name.as_str();
        let own = match name {
            "member" => &everything[name],
            _ => &everything[name][0],
        };
        let export = described(name).map(|it| &it.export);
        if matches!(export, Some(Export::Nothing(_))) {
            continue;
        }
        let Some(shown) = own.as_object() else {
            faults.push(format!("{name} is not in the export"));
            continue;
        };
        let left_out = export
            .and_then(Export::shown)
            .map_or(&[][..], |it| it.hidden);
        for column in &table.columns {
            let leads = column.target.as_deref() == Some("member") || is_held(name, &column.name);
            let is_shown = shown.contains_key(&column.name);
            if is_shown == (leads || left_out.contains(&column.name.as_str()))
                && !(leads && is_shown)
            {
                faults.push(format!("{name}.{} in the export: {is_shown}", column.name));
            }
            let marked = format!("zebra-a-{name}-{}", column.name);
            if is_shown && takes_any_word(name, column) && shown[&column.name] != marked {
                faults.push(format!("{name}.{} is another column's", column.name));
            }
        }
    }
    if everything.to_string().contains("zebra-b") {
        faults.push("the export tells of another member".into());
    }
    faults
}

/// The rows that hold a marked word, by table.
fn cells(
    tx: &mut Tx,
    tables: &[Table],
    mark: &str,
) -> Result<BTreeMap<String, Vec<BTreeMap<String, String>>>, StoreError> {
    let mut cells = BTreeMap::new();
    for table in tables {
        let mut rows = schema::rows(tx, table)?;
        rows.retain(|row| row.values().any(|text| text.contains(mark)));
        cells.insert(table.name.clone(), rows);
    }
    Ok(cells)
}
