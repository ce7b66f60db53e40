//! What a slice says of its tables: which columns name a member or a page, and what an export, an erasure and a merge of
//! two pages do with them.
//!
//! Each slice lists its tables in its line of `slices/`; [`Tables`] is all of them. A test in `slices/` compares the
//! descriptions with the schema of both engines.

#[cfg(test)]
pub mod filling;
mod merge;
mod service;
mod sql;
#[cfg(test)]
mod tests;

pub use merge::{Merge, MoveRows, Moved, OneEach};
pub use service::{pages_with_rows, used_accounts};

/// A table of the store.
pub struct Table {
    /// Its name, which is also its name in an export.
    pub name: &'static str,
    /// Columns that name a member.
    pub members: &'static [MemberColumn],
    /// Columns that hold the key of a page.
    pub pages: &'static [&'static str],
    /// Columns that name neither, although their names look like it, each with what it holds.
    pub neither: &'static [(&'static str, &'static str)],
    /// What an export shows of a member's rows.
    pub export: Export,
    /// Statements that an erasure runs at once, in order (`$1` the member).
    pub erase: &'static [&'static str],
    /// Rows that an erasure goes through afterwards, some at a time.
    pub erase_later: &'static [Batch],
    /// What becomes of the rows of a page that has become part of another one. `None` for a table without pages.
    pub merge: Option<Merge>,
}

/// A column that names a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberColumn {
    /// Its name.
    pub name: &'static str,
    /// What an erasure does.
    pub erasure: Erasure,
    /// Whether an unverified account stays as long as a row names it here. Otherwise the row goes with the account, or
    /// leads nowhere afterwards.
    pub keeps_account: bool,
}

/// What an erasure of the member does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// The row is deleted.
    Deleted,
    /// The row stays, and the column is NULL.
    Cleared,
    /// The row stays and leads to an account without name and address, for this reason.
    Kept(&'static str),
}

/// What an export of a member shows of a table.
#[derive(Clone, Copy)]
pub enum Export {
    /// Nothing, for this reason.
    Nothing(&'static str),
    /// The member's rows, as a list of objects.
    Rows(Shown),
    /// The one row that is the member.
    Account(Shown),
}

/// The rows and columns that an export shows.
#[derive(Clone, Copy)]
pub struct Shown {
    /// Reads the rows (`$1` the member).
    pub select: &'static str,
    /// The columns of `select`, in its order. Hashes of secrets are never among them.
    pub columns: &'static [(&'static str, Kind)],
    /// Columns of the table that are not shown: secrets, and what says nothing about the member. Columns that name the
    /// member need not be listed.
    pub hidden: &'static [&'static str],
}

/// How a column is written in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, or null.
    Text,
    /// The key of a page, written as the page's id.
    Page,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Real,
    /// True or false.
    Truth,
    /// A moment, as RFC 3339.
    Time,
}

/// Rows of which a member may have any number.
pub struct Batch {
    /// Reads what some of them are found by, as `found_by` (`$1` the member, `$2` how many).
    pub keys: &'static str,
    /// What is run for those (`$1` the member, `$2` the keys as a JSON array), in order. Afterwards they are not found.
    pub erase: &'static [&'static str],
}

impl Table {
    /// A table that names no member and no page.
    pub const fn new(name: &'static str) -> Self {
        Table {
            name,
            members: &[],
            pages: &[],
            neither: &[],
            export: Export::Nothing(""),
            erase: &[],
            erase_later: &[],
            merge: None,
        }
    }
}

impl MemberColumn {
    /// A column whose row an erasure deletes.
    pub const fn deleted(name: &'static str) -> Self {
        MemberColumn::new(name, Erasure::Deleted)
    }

    /// A column that an erasure empties.
    pub const fn cleared(name: &'static str) -> Self {
        MemberColumn::new(name, Erasure::Cleared)
    }

    /// A column that an erasure leaves as it is, for this reason.
    pub const fn kept(name: &'static str, reason: &'static str) -> Self {
        MemberColumn::new(name, Erasure::Kept(reason))
    }

    /// The same, whose rows keep an unverified account from being deleted.
    pub const fn keeping_account(self) -> Self {
        MemberColumn {
            keeps_account: true,
            ..self
        }
    }

    const fn new(name: &'static str, erasure: Erasure) -> Self {
        MemberColumn {
            name,
            erasure,
            keeps_account: false,
        }
    }
}

impl Export {
    /// What is shown of rows; `None` where nothing is.
    pub fn shown(&self) -> Option<&Shown> {
        match self {
            Export::Nothing(_) => None,
            Export::Rows(shown) | Export::Account(shown) => Some(shown),
        }
    }
}

/// All tables, in the order of an export and an erasure.
pub struct Tables {
    all: Vec<&'static Table>,
    pages_with_rows: String,
    used_accounts: String,
}

impl Tables {
    /// These tables.
    pub fn new(tables: impl Iterator<Item = &'static Table>) -> Self {
        let all: Vec<&'static Table> = tables.collect();
        Tables {
            pages_with_rows: sql::search(&page_columns(&all)),
            used_accounts: sql::search(&account_columns(&all)),
            all,
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static Table> + '_ {
        self.all.iter().copied()
    }

    /// The statements that are made of the names of tables, for a test of their plans.
    pub fn statements(&self) -> [&str; 2] {
        [&self.pages_with_rows, &self.used_accounts]
    }
}

/// Columns whose rows belong to a page.
fn page_columns(tables: &[&'static Table]) -> Vec<(&'static str, &'static str)> {
    let own_rows = |it: &&&Table| matches!(it.merge, Some(Merge::Rows(_)));
    let tables = tables.iter().filter(own_rows);
    let columns = tables.flat_map(|table| table.pages.iter().map(|it| (table.name, *it)));
    columns.collect()
}

/// Columns that keep an unverified account.
fn account_columns(tables: &[&'static Table]) -> Vec<(&'static str, &'static str)> {
    let columns = tables.iter().flat_map(|table| {
        let keeping = table.members.iter().filter(|it| it.keeps_account);
        keeping.map(|it| (table.name, it.name))
    });
    columns.collect()
}
