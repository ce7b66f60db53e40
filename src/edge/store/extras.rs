//! What a database holds beside this program's own schema: tables, columns, indexes, views and triggers of its owner.
//!
//! [`beside`] finds them and [`leave_out`] deletes them from a copy. The edge serves with them. `backup` keeps those of a
//! file and leaves out those of a server. `restore` leaves them out: a trigger or an index of an owner must not decide
//! what the edge does with the next version.

use crate::edge::store::tx::Session;
use crate::edge::store::{StoreError, Tx};
use std::collections::BTreeSet;
use std::fmt;

/// Something that the migrations do not make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extra {
    kind: Kind,
    /// The table that a column is of; empty for all else.
    table: String,
    name: String,
}

/// In the order in which they can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Trigger,
    View,
    Index,
    /// It has tables of its own, which go with it.
    VirtualTable,
    Table,
    Column,
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Trigger => write!(f, "trigger {}", self.name),
            Kind::View => write!(f, "view {}", self.name),
            Kind::Index => write!(f, "index {}", self.name),
            Kind::VirtualTable | Kind::Table => write!(f, "table {}", self.name),
            Kind::Column => write!(f, "column {}.{}", self.table, self.name),
        }
    }
}

/// What a database has and another one has not. Both may be of either engine.
pub fn beside(tx: &mut Tx, made: &mut Tx) -> Result<BTreeSet<Extra>, StoreError> {
    let (own, known) = (objects(tx)?, objects(made)?);
    let is_of_new_table = |it: &Extra| {
        own.iter().any(|table| {
            matches!(table.kind, Kind::Table | Kind::VirtualTable)
                && table.name == it.table
                && !known.contains(table)
        })
    };
    let added = own.difference(&known);
    let added = added.filter(|it| it.kind != Kind::Column || !is_of_new_table(it));
    Ok(added.cloned().collect())
}

/// Deletes them, and what they hold.
pub fn leave_out(tx: &mut Tx, extras: &BTreeSet<Extra>) -> Result<(), StoreError> {
    for extra in extras {
        let (name, table) = (quoted(&extra.name), quoted(&extra.table));
        let statement = match extra.kind {
            Kind::Trigger => format!("DROP TRIGGER IF EXISTS {name}"),
            Kind::View => format!("DROP VIEW IF EXISTS {name}"),
            Kind::Index => format!("DROP INDEX IF EXISTS {name}"),
            Kind::VirtualTable | Kind::Table => format!("DROP TABLE IF EXISTS {name}"),
            Kind::Column => format!("ALTER TABLE {table} DROP COLUMN {name}"),
        };
        tx.batch(&statement)?;
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn objects(tx: &mut Tx) -> Result<BTreeSet<Extra>, StoreError> {
    const OF_FILE: &str = "
        SELECT CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN 'virtual' ELSE type END AS kind, '' AS tab, name
        FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        UNION ALL
        SELECT 'column', t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    // Triggers have no common form, so that this program's own has another name in a file.
    const OF_SERVER: &str = "
        SELECT CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind, '' AS tab, CAST(table_name AS TEXT) AS name
        FROM information_schema.tables WHERE table_schema = current_schema()
        UNION ALL
        SELECT 'view', '', CAST(matviewname AS TEXT) FROM pg_matviews WHERE schemaname = current_schema()
        UNION ALL
        SELECT 'column', CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT)
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND t.table_type <> 'VIEW'
        UNION ALL
        SELECT 'trigger', '', CAST(t.tgname AS TEXT) FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgname <> 'audit_append_only'
        UNION ALL
        SELECT 'index', '', CAST(c.relname AS TEXT) FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)";
    let sql = match tx.session() {
        Session::Sqlite(_) => OF_FILE,
        Session::Postgres(_) => OF_SERVER,
    };
    let found = tx.query(sql, &[], |row| {
        let kind: String = row.get(0)?;
        Ok(Extra {
            kind: match kind.as_str() {
                "trigger" => Kind::Trigger,
                "view" => Kind::View,
                "index" => Kind::Index,
                "virtual" => Kind::VirtualTable,
                "column" => Kind::Column,
                _ => Kind::Table,
            },
            table: row.get(1)?,
            name: row.get(2)?,
        })
    })?;
    Ok(found.into_iter().collect())
}
