//! What tables there are, as the engine itself tells, for copies and tests that must forget none; and what lies in them.
//!
//! Entry points: [`tables`], [`rows`]. Statements are made of names out of the schema, never of values.

use crate::edge::store::dialect::Dialect;
use crate::edge::store::tx::Session;
use crate::edge::store::{StoreError, Tx};
#[cfg(test)]
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A table as it is in the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// As in statements.
    pub name: String,
    /// In their order.
    pub columns: Vec<Column>,
}

/// A column as it is in the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As in statements.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// The table that its foreign key leads to.
    pub target: Option<String>,
}

/// The kinds of value that columns have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers, truth and time.
    Integer,
    /// Numbers with a fraction.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

/// All tables by name, without those of the engine and the list of migrations.
pub fn tables(tx: &mut Tx) -> Result<Vec<Table>, StoreError> {
    let sql = match dialect_of(tx) {
        Dialect::Sqlite => {
            "SELECT t.name AS tab, c.name AS col, lower(c.type) AS kind,
                    (SELECT f.\"table\" FROM pragma_foreign_key_list(t.name) f WHERE f.\"from\" = c.name) AS target
             FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'schema_version'
             ORDER BY t.name, c.cid"
        }
        Dialect::Postgres => {
            "SELECT c.table_name::text AS tab, c.column_name::text AS col, c.data_type::text AS kind,
                    (SELECT led.relname::text
                     FROM pg_constraint f JOIN pg_class own ON own.oid = f.conrelid
                          JOIN pg_class led ON led.oid = f.confrelid
                          JOIN pg_attribute a ON a.attrelid = own.oid AND a.attnum = f.conkey[1]
                     WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace
                           AND own.relname = c.table_name AND a.attname = c.column_name) AS target
             FROM information_schema.columns c
             WHERE c.table_schema = current_schema() AND c.table_name <> 'schema_version'
             ORDER BY c.table_name, c.ordinal_position"
        }
    };
    let found = tx.query(sql, &[], |row| {
        let (kind, target): (String, Option<String>) = (row.get("kind")?, row.get("target")?);
        let column = Column {
            name: row.get("col")?,
            kind: kind_of(&kind),
            target,
        };
        Ok((row.get::<String>("tab")?, column))
    })?;
    let mut tables: Vec<Table> = Vec::new();
    for (name, column) in found {
        match tables.last_mut().filter(|it| it.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table {
                name,
                columns: vec![column],
            }),
        }
    }
    Ok(tables)
}

/// All that a file of the embedded engine is made of, each as one text: columns and references of tables, and indexes,
/// triggers and views as they were made. Two files with the same parts are of one schema. The texts of tables are left
/// out, since `ALTER TABLE` writes them anew.
pub fn parts(tx: &mut Tx) -> Result<BTreeSet<String>, StoreError> {
    const SQL: &str = "
        SELECT 'column ' || t.name || '.' || c.name || ' (' || lower(c.type) || ', ' || c.\"notnull\" || ', '
               || COALESCE(c.dflt_value, '') || ', ' || c.pk || ', ' || c.hidden || ')' AS part
        FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        UNION ALL
        SELECT 'reference ' || t.name || '.' || f.\"from\" || ' to ' || f.\"table\" || ' (' || f.on_delete || ')'
        FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
        UNION ALL
        SELECT type || ' ' || name || ': ' || sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL";
    let found = tx.query(SQL, &[], |row| row.get::<String>(0))?;
    let on_one_line = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(found.iter().map(on_one_line).collect())
}

#[cfg(test)]
/// The rows of a table in no order, each as text by column; bytes as hexadecimal digits, null left out.
pub fn rows(tx: &mut Tx, table: &Table) -> Result<Vec<BTreeMap<String, String>>, StoreError> {
    let is_sqlite = dialect_of(tx) == Dialect::Sqlite;
    let texts: Vec<String> = table
        .columns
        .iter()
        .map(|column| match (column.kind, is_sqlite) {
            (Kind::Blob, true) => format!("lower(hex({}))", column.name),
            (Kind::Blob, false) => format!("encode({}, 'hex')", column.name),
            _ => format!("CAST({} AS TEXT)", column.name),
        })
        .collect();
    let sql = format!("SELECT {} FROM {}", texts.join(", "), table.name);
    tx.query(kept(sql), &[], |row| {
        let mut cells = BTreeMap::new();
        for (place, column) in table.columns.iter().enumerate() {
            if let Some(text) = row.get::<Option<String>>(place)? {
                cells.insert(column.name.clone(), text);
            }
        }
        Ok(cells)
    })
}

#[cfg(test)]
/// Statements are constants, so that no value is ever formatted into one; a test makes few and keeps them.
pub fn kept(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

fn dialect_of(tx: &mut Tx) -> Dialect {
    match tx.session() {
        Session::Sqlite(_) => Dialect::Sqlite,
        Session::Postgres(_) => Dialect::Postgres,
    }
}

fn kind_of(name: &str) -> Kind {
    match name {
        "integer" | "bigint" => Kind::Integer,
        "real" | "double precision" => Kind::Real,
        "blob" | "bytea" => Kind::Blob,
        _ => Kind::Text,
    }
}
