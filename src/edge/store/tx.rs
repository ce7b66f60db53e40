//! `Tx`: one transaction on either engine, and `Row`: one row of its answers.
//!
//! Rules and SQL see these two and nothing else of the store. A `Tx` is lent to a closure by
//! `Store::read` or `Store::write`, which begin before it and commit or roll back after it.

use crate::edge::store::value::checked;
use crate::edge::store::{FromColumn, Param, StoreError, ToParam, postgres, sqlite};
use std::fmt::Display;

/// A transaction. Statements are constants: values are bound to `$1`, `$2`, never formatted in.
///
/// After a statement has failed the transaction is spoiled: every later statement fails and nothing
/// is committed, unless the failing one ran inside of [`Tx::attempt`].
pub struct Tx {
    session: Session,
    is_spoiled: bool,
    empties_log: bool,
}

/// The connection that a transaction runs on.
pub enum Session {
    /// The embedded engine.
    Sqlite(sqlite::Session),
    /// The server.
    Postgres(postgres::Session),
}

impl Tx {
    /// All rows of a SELECT or of a statement with RETURNING, in the statement's order.
    pub fn query<T>(
        &mut self,
        sql: &'static str,
        params: &[&dyn ToParam],
        from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.run(params, |session, params| match session {
            Session::Sqlite(session) => session.query(sql, params, from_row),
            Session::Postgres(session) => session.query(sql, params, from_row),
        })
    }

    /// The first row, or `None` when there is none. More rows are not looked at.
    pub fn query_one<T>(
        &mut self,
        sql: &'static str,
        params: &[&dyn ToParam],
        from_row: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(sql, params, from_row)?.into_iter().next())
    }

    /// Runs a statement without an answer; gives how many rows it changed.
    pub fn execute(
        &mut self,
        sql: &'static str,
        params: &[&dyn ToParam],
    ) -> Result<u64, StoreError> {
        self.run(params, |session, params| match session {
            Session::Sqlite(session) => session.execute(sql, params),
            Session::Postgres(session) => session.execute(sql, params),
        })
    }

    /// Runs a statement whose answer nobody needs. A server gets it together with the next statement or the end of the
    /// transaction, and what fails then is that: nothing is committed without it.
    pub fn execute_later(
        &mut self,
        sql: &'static str,
        params: &[&dyn ToParam],
    ) -> Result<(), StoreError> {
        self.run(params, |session, params| match session {
            Session::Sqlite(session) => session.execute(sql, params).map(drop),
            Session::Postgres(session) => session.execute_later(sql, params),
        })
    }

    /// Has the log of the embedded engine emptied once this is committed, so that nothing that was deleted lies there
    /// any longer. A server keeps its own log.
    pub fn empty_log(&mut self) {
        self.empties_log = true;
    }

    /// Runs `work` so that its failure can be survived: on `Err` all that it did is undone and the
    /// transaction goes on. For a conflict that is expected, `ON CONFLICT` is cheaper.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.batch("SAVEPOINT attempt")?;
        let given = work(self).and_then(|given| {
            // What was kept for later is part of the attempt.
            self.batch_later()?;
            Ok(given)
        });
        let given = match given {
            Ok(_) if self.is_spoiled => Err(StoreError::Spoiled.into()),
            given => given,
        };
        if given.is_err() {
            self.session.batch("ROLLBACK TO SAVEPOINT attempt")?;
            self.is_spoiled = self.must_start_again();
        }
        self.batch("RELEASE SAVEPOINT attempt")?;
        given
    }

    fn batch_later(&mut self) -> Result<(), StoreError> {
        match &self.session {
            Session::Postgres(session) if session.keeps_some() => self.batch(""),
            _ => Ok(()),
        }
    }

    fn run<T>(
        &mut self,
        params: &[&dyn ToParam],
        statement: impl FnOnce(&mut Session, &[Param]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.is_spoiled {
            return Err(StoreError::Spoiled);
        }
        let params = checked(params)?;
        let given = statement(&mut self.session, &params);
        // A row that cannot be read as asked is the caller's fault and leaves the transaction whole.
        self.is_spoiled = !matches!(given, Ok(_) | Err(StoreError::Column { .. }));
        given
    }

    /// What belongs to the store alone: a transaction's begin and end.
    pub(in crate::edge::store) fn new(session: Session) -> Self {
        Tx {
            session,
            is_spoiled: false,
            empties_log: false,
        }
    }

    /// Runs statements without values, several at once if need be.
    pub(in crate::edge::store) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        if self.is_spoiled {
            return Err(StoreError::Spoiled);
        }
        let given = self.session.batch(sql);
        self.is_spoiled = given.is_err();
        given
    }

    /// As [`Tx::batch`], but also in a spoiled transaction, which is whole again if this works.
    pub(in crate::edge::store) fn undo(&mut self, sql: &str) -> Result<(), StoreError> {
        let given = self.session.batch(sql);
        self.is_spoiled = given.is_err();
        given
    }

    /// Whether a transaction since the last call asked for an empty log.
    pub(in crate::edge::store) fn take_empties_log(&mut self) -> bool {
        std::mem::take(&mut self.empties_log)
    }

    pub(in crate::edge::store) fn is_spoiled(&self) -> bool {
        self.is_spoiled
    }

    pub(in crate::edge::store) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Whether the engine wants the whole transaction run again, which no savepoint can mend.
    fn must_start_again(&self) -> bool {
        match &self.session {
            Session::Sqlite(session) => !session.is_in_transaction(),
            Session::Postgres(session) => session.trouble().is_some(),
        }
    }
}

impl Session {
    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Session::Sqlite(session) => session.batch(sql),
            Session::Postgres(session) => session.batch(sql),
        }
    }
}

/// One row of an answer.
pub struct Row<'r>(RowOf<'r>);

enum RowOf<'r> {
    /// With the names of its columns: to ask the engine for them in every row costs more than the row.
    Sqlite(&'r rusqlite::Row<'r>, &'r [String]),
    Postgres(&'r ::tokio_postgres::Row),
}

/// Which column: its place counted from 0, or its name.
pub trait Column: ::tokio_postgres::row::RowIndex + Display + Copy {
    /// Its place among columns with these names; `None` when there is none of this name.
    fn place(self, names: &[String]) -> Option<usize>;
}

impl Column for usize {
    fn place(self, _: &[String]) -> Option<usize> {
        Some(self)
    }
}

impl Column for &str {
    fn place(self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }
}

impl<'r> Row<'r> {
    pub(in crate::edge::store) fn of_sqlite(
        row: &'r rusqlite::Row<'r>,
        names: &'r [String],
    ) -> Self {
        Row(RowOf::Sqlite(row, names))
    }

    pub(in crate::edge::store) fn of_postgres(row: &'r ::tokio_postgres::Row) -> Self {
        Row(RowOf::Postgres(row))
    }

    /// The column as `T`; fails when there is no such column or it holds something else.
    pub fn get<T: FromColumn>(&self, column: impl Column) -> Result<T, StoreError> {
        let value = match self.0 {
            RowOf::Sqlite(row, names) => {
                column.place(names).and_then(|at| sqlite::value_at(row, at))
            }
            RowOf::Postgres(row) => postgres::value_at(row, column),
        };
        value
            .and_then(T::from_value)
            .ok_or_else(|| StoreError::Column {
                column: column.to_string(),
                wanted: T::WANTED,
            })
    }
}
