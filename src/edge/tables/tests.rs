//! Where two pages become one, the rows of every table that is described are moved, on both engines.

use crate::edge::page_keys::PageKey;
use crate::edge::page_keys::merges::go_on;
use crate::edge::slices;
use crate::edge::store::schema;
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::filling::{described, fill, filled};
use crate::edge::tables::{Merge, Table};
use crate::ids::PageId;
use uuid::Uuid;

#[test]
fn rows_of_a_page_go_where_it_goes() {
    on_each_engine(|store, _| {
        let faults = store.write_blocking(|tx| {
            let faults = faults(tx)?;
            // Nothing is left of the looking.
            Err::<(), _>(StoreError::Column {
                column: faults.join(", "),
                wanted: "nothing",
            })
        });
        let faults = faults.unwrap_err().to_string();
        let none = StoreError::Column {
            column: String::new(),
            wanted: "nothing",
        };
        assert_eq!(faults, none.to_string());
    });
}

/// Gives each table a row of a page, has all of them become part of another page, and says which rows did not.
fn faults(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    for table in filled(schema::tables(tx)?) {
        fill(tx, &table, Uuid::from_u128(0xa), "zebra")?;
    }
    let key = |text: &str| PageKey::of(&PageId::new(text));
    let moving = slices::tables().iter().filter(|it| is_moved(it));
    for (table, column) in moving.flat_map(|it| it.pages.iter().map(move |column| (it, column))) {
        let old = key(&format!("zebra-{}-{column}", table.name));
        while go_on(tx, slices::tables(), (&old, &key("into")), 1)?.is_some() {}
    }
    let mut faults = Vec::new();
    for table in schema::tables(tx)? {
        let Some(described) = described(&table.name).filter(|it| is_moved(it)) else {
            continue;
        };
        let rows = schema::rows(tx, &table)?;
        for row in &rows {
            let left = described.pages.iter().filter(|it| row[**it] != "into");
            faults.extend(left.map(|it| format!("{}.{it} is {}", table.name, row[*it])));
        }
        if matches!(described.merge, Some(Merge::Rows(_))) && rows.len() != 1 {
            faults.push(format!("{} has {} rows", table.name, rows.len()));
        }
    }
    Ok(faults)
}

fn is_moved(table: &Table) -> bool {
    matches!(table.merge, Some(Merge::Rows(_) | Merge::Figures(_)))
}
