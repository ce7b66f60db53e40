//! A server's database as the file that `backup` makes, and such a file into an empty database of a server: a way from
//! one engine to the other.
//!
//! Each is one transaction on the server. Tables and columns are those that the migrations make, so that no list of
//! them can be out of date.

use crate::edge::store::backup::{self, Copied, CopyProgress};
use crate::edge::store::dialect::Dialect;
use crate::edge::store::migrate::Known;
use crate::edge::store::schema::{self, Table};
use crate::edge::store::server::Server;
use crate::edge::store::tx::Session;
use crate::edge::store::{
    Param, Restored, StoreError, Tx, Value, extras, migrate, postgres, sqlite,
};
use bytes::Bytes;
use std::io::Write;
use std::path::Path;

/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Copies everything that was committed before now into a file.
pub fn back_up(
    server: &Server,
    target: &Path,
    overwrites: bool,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Copied, StoreError> {
    backup::refuse_existing(target, overwrites)?;
    let mut source = postgres::open(server)?;
    source.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    postgres::lift_limits(&mut source)?;
    let schema = migrate::version(&mut source)?;
    let copy = backup::empty_beside(target)?;
    let mut into = sqlite::open_unsynced(&copy)?;
    migrate::run_to(&mut into, Dialect::Sqlite, schema)?;
    into.batch("BEGIN")?;
    let tables = schema::tables(&mut into)?;
    let left_out = extras::beside(&mut source, &mut into)?;
    for (n, table) in tables.iter().enumerate() {
        tell(CopyProgress::Copied(n as f64 / tables.len() as f64));
        copy_out(&mut source, &mut into, table)?;
    }
    into.batch("COMMIT")?;
    drop(into);
    backup::finish(copy, target, overwrites, tell)?;
    Ok(Copied {
        n_bytes: backup::size_of(target)?,
        schema,
        extras: Vec::new(),
        left_out: left_out.iter().map(ToString::to_string).collect(),
    })
}

/// Fills an empty database of a server from a file. Migrations later than the file's run when an edge opens it.
pub fn restore(
    server: &Server,
    copy: &Path,
    tell: &mut dyn FnMut(CopyProgress),
) -> Result<Restored, StoreError> {
    let of_copy = |error: StoreError| error.at(copy);
    let mut source = backup::open_copy(copy)?;
    let known = Known::of(&mut source).map_err(of_copy)?;
    tell(CopyProgress::Checking);
    backup::check(copy).map_err(of_copy)?;
    let mut into = postgres::open(server)?;
    into.batch("BEGIN")?;
    postgres::lift_limits(&mut into)?;
    let has_tables = into.query_one(
        "SELECT 1 AS one FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_name = 'schema_version'",
        &[],
        |_| Ok(()),
    )?;
    if has_tables.is_some() {
        return Err(StoreError::NotEmpty);
    }
    migrate::run_within(&mut into, Dialect::Postgres, known.version)?;
    let left_out = known.told();
    let tables = in_order(known.tables);
    for (n, table) in tables.iter().enumerate() {
        tell(CopyProgress::Copied(n as f64 / tables.len() as f64));
        copy_in(&mut source, &mut into, table)?;
    }
    into.batch("COMMIT")?;
    Ok(Restored {
        kept: None,
        renamed: None,
        left_out,
    })
}

fn copy_out(source: &mut Tx, into: &mut Tx, table: &Table) -> Result<(), StoreError> {
    let (Session::Postgres(source), Session::Sqlite(into)) = (source.session(), into.session())
    else {
        return Err(StoreError::Closed);
    };
    let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
    let (columns, places) = (columns_of(table), places.join(", "));
    let insert = format!(
        "INSERT INTO \"{}\" ({columns}) VALUES ({places})",
        table.name
    );
    let failed = |error| sqlite::from_engine(error, "INSERT");
    let mut insert = into.connection().prepare(&insert).map_err(failed)?;
    let select = format!("SELECT {columns} FROM \"{}\"", table.name);
    source.each_row(&select, &mut |row| {
        let values: Result<Vec<Value>, StoreError> = (0..table.columns.len())
            .map(|n| postgres::value_at(row, n).ok_or_else(|| unreadable(table, n)))
            .collect();
        let values = values?;
        let values = rusqlite::params_from_iter(values.iter().map(Param::of));
        insert.execute(values).map(|_| ()).map_err(failed)
    })
}

fn copy_in(source: &mut Tx, into: &mut Tx, table: &Table) -> Result<(), StoreError> {
    let (Session::Sqlite(source), Session::Postgres(into)) = (source.session(), into.session())
    else {
        return Err(StoreError::Closed);
    };
    let failed = |error| sqlite::from_engine(error, "SELECT");
    let columns = columns_of(table);
    let select = format!("SELECT {columns} FROM \"{}\"", table.name);
    let mut select = source.connection().prepare(&select).map_err(failed)?;
    let mut rows = select.query([]).map_err(failed)?;
    let mut chunk = || -> Result<Option<Bytes>, StoreError> {
        let mut lines = Vec::new();
        while lines.len() < CHUNK_BYTES {
            let Some(row) = rows.next().map_err(failed)? else {
                break;
            };
            for n in 0..table.columns.len() {
                let value = sqlite::value_at(row, n).ok_or_else(|| unreadable(table, n))?;
                write_field(&mut lines, &value, n > 0);
            }
            lines.push(b'\n');
        }
        Ok((!lines.is_empty()).then(|| lines.into()))
    };
    let copy = format!("COPY \"{}\" ({columns}) FROM STDIN", table.name);
    into.copy_in(&copy, &mut chunk)
}

/// One field of a line in the text format of COPY.
fn write_field(line: &mut Vec<u8>, value: &Value, is_later: bool) {
    if is_later {
        line.push(b'\t');
    }
    // Writing to memory cannot fail.
    let _ = match value {
        Value::Null => line.write_all(b"\\N"),
        Value::Integer(integer) => write!(line, "{integer}"),
        Value::Real(real) => write!(line, "{real:e}"),
        Value::Blob(bytes) => write!(line, "\\\\x{}", data_encoding::HEXLOWER.encode(bytes)),
        Value::Text(text) => {
            for byte in text.bytes() {
                match byte {
                    b'\\' => line.extend(b"\\\\"),
                    b'\t' => line.extend(b"\\t"),
                    b'\n' => line.extend(b"\\n"),
                    b'\r' => line.extend(b"\\r"),
                    byte => line.push(byte),
                }
            }
            Ok(())
        }
    };
}

fn columns_of(table: &Table) -> String {
    let names = table.columns.iter().map(|it| format!("\"{}\"", it.name));
    names.collect::<Vec<_>>().join(", ")
}

fn unreadable(table: &Table, place: usize) -> StoreError {
    StoreError::Column {
        column: format!("{}.{}", table.name, table.columns[place].name),
        wanted: "value of a known kind",
    }
}

/// Tables after those that their rows refer to.
fn in_order(mut tables: Vec<Table>) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::new();
    while !tables.is_empty() {
        let is_ready = |table: &Table| {
            let targets = table.columns.iter().filter_map(|it| it.target.as_ref());
            let mut others = targets.filter(|it| **it != table.name);
            others.all(|it| ordered.iter().any(|done| done.name == *it))
        };
        // Tables that refer to each other in a circle are left to the server to refuse.
        let at = tables.iter().position(is_ready).unwrap_or(0);
        ordered.push(tables.remove(at));
    }
    ordered
}
