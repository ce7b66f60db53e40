//! One row of a member in every table that knows one, for tests that must forget none.
//!
//! Entry points: [`filled`], [`fill`]. Columns of text hold marked words, so that they can be told from each other.

use crate::edge::slices;
use crate::edge::store::schema::{Column, Kind, Table, kept};
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables;
use uuid::Uuid;

/// Columns that do not take any word.
const FITTING: [(&str, &str, &str); 6] = [
    ("member", "role", "'moderator'"),
    ("session", "kind", "'member'"),
    ("entitlement", "source", "'grant'"),
    ("comment", "state", "'shown'"),
    ("job", "state", "'waiting'"),
    ("member", "erased_at", "NULL"),
];
/// What its slice says of a table.
pub fn described(table: &str) -> Option<&'static tables::Table> {
    slices::tables().iter().find(|it| it.name == table)
}

/// The tables that a member's rows lie in and those that these need, in an order in which rows can be added.
pub fn filled(tables: Vec<Table>) -> Vec<Table> {
    let mut waiting: Vec<Table> = tables
        .into_iter()
        .filter(|it| it.name == "member" || knows_member(it))
        .collect();
    let mut filled: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |table: &Table| {
            let targets = table.columns.iter().filter_map(|it| it.target.as_ref());
            targets
                .into_iter()
                .all(|target| *target == table.name || filled.iter().any(|it| it.name == *target))
        };
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        assert!(!ready.is_empty(), "tables lead to each other: {rest:?}");
        filled.extend(ready);
        waiting = rest;
    }
    filled
}

/// Whether a member has rows in it.
pub fn knows_member(table: &Table) -> bool {
    let leads = |column: &Column| {
        column.target.as_deref() == Some("member") || is_held(&table.name, &column.name)
    };
    table.name == "member" || table.columns.iter().any(leads)
}

/// Whether a column names a member without being the row of the member.
pub fn is_held(table: &str, column: &str) -> bool {
    let members = described(table).map_or(&[][..], |it| it.members);
    table != "member" && members.iter().any(|it| it.name == column)
}

/// Whether a column of text holds its marked word.
pub fn takes_any_word(table: &str, column: &Column) -> bool {
    let fits = FITTING
        .iter()
        .any(|(at, name, _)| (*at, *name) == (table, &column.name));
    column.kind == Kind::Text && column.target.is_none() && column.name != "id" && !fits
}

/// One row of a member: ids where it leads somewhere, marked words in columns of text.
pub fn fill(tx: &mut Tx, table: &Table, member: Uuid, mark: &str) -> Result<(), StoreError> {
    // Any row but the member's own has the id that is the member's with one more bit.
    let row_id = Uuid::from_u128(member.as_u128() | 1 << 64);
    let value = |column: &Column| -> String {
        let (table, name) = (table.name.as_str(), column.name.as_str());
        let fitting = FITTING
            .iter()
            .find(|(at, it, _)| (*at, *it) == (table, name));
        match (fitting, column.target.as_deref(), column.kind) {
            (Some((.., value)), ..) => (*value).to_owned(),
            (None, Some("member"), _) => format!("'{member}'"),
            (None, Some(_), _) => format!("'{row_id}'"),
            _ if table == "member" && name == "id" => format!("'{member}'"),
            _ if name == "id" => format!("'{row_id}'"),
            _ if is_held(table, name) => format!("'{member}'"),
            (None, None, Kind::Text) => format!("'{mark}-{table}-{name}'"),
            (None, None, Kind::Integer) => "1".into(),
            (None, None, Kind::Real) => "0.5".into(),
            (None, None, Kind::Blob) => format!("CAST('{mark}-{table}' AS {{{{blob}}}})"),
        }
    };
    let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
    let values: Vec<String> = table.columns.iter().map(value).collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        names.join(", "),
        values.join(", ")
    );
    tx.execute(kept(sql), &[]).map(drop)
}
