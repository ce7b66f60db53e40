//! No statement goes through a table that grows, and none sorts one: the plan of every statement, on each engine.
//!
//! `tests/plans.txt` lists what is excused, each with its reason; an excuse that nothing needs any more is a fault as
//! well. The statements come out of the source, and so do the checks of references, which engines make by themselves.
//!
//! SQLite says how it would run a statement. PostgreSQL decides by what is in its tables; with sorting and sequential
//! scans switched off it says whether there is an index at all.

mod source;

use crate::edge::slices;
use crate::edge::store::dialect::Dialect;
use crate::edge::store::tests::bare_databases;
use crate::edge::store::{StoreError, ToParam, Tx, migrate, schema};
use source::{Source, one_line};
use std::collections::BTreeSet;
use std::path::Path;

/// What a plan does that costs more as tables grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// Goes through all rows of a table or of an index.
    Scan,
    /// Sorts, groups or counts rows apart.
    Sort,
}

/// The lines of `tests/plans.txt`.
struct Excuses {
    /// Tables and indexes that stay small.
    small: BTreeSet<String>,
    /// Files whose statements are for whole tables.
    whole: BTreeSet<String>,
    /// Arguments that are texts out of the same file.
    handed_on: BTreeSet<(String, String)>,
    /// Indexes that no statement of the edge needs.
    unused: BTreeSet<String>,
    /// Faults of statements, by file and beginning.
    excused: BTreeSet<(Fault, String)>,
}

impl Excuses {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut read = Excuses {
            small: BTreeSet::new(),
            whole: BTreeSet::new(),
            handed_on: BTreeSet::new(),
            unused: BTreeSet::new(),
            excused: BTreeSet::new(),
        };
        let mut has_reason = false;
        for line in text.lines().filter(|it| !it.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap();
            if word == "#" {
                has_reason = true;
                continue;
            }
            assert!(has_reason, "give a reason: {line}");
            let rest = rest.to_owned();
            match word {
                "small" => drop(read.small.insert(rest)),
                "whole" => drop(read.whole.insert(rest)),
                "unused" => drop(read.unused.insert(rest)),
                "handed" => {
                    let (file, argument) = rest.split_once(": ").unwrap();
                    read.handed_on.insert((file.into(), argument.into()));
                }
                "scan" => drop(read.excused.insert((Fault::Scan, rest))),
                "sort" => drop(read.excused.insert((Fault::Sort, rest))),
                _ => panic!("unknown: {line}"),
            }
        }
        read
    }
}

/// One plan: its faults, and the indexes that it uses.
#[derive(Default)]
struct Plan {
    faults: BTreeSet<Fault>,
    steps: Vec<String>,
}

fn explain(
    tx: &mut Tx,
    dialect: Dialect,
    sql: &str,
    small: &BTreeSet<String>,
) -> Result<Plan, StoreError> {
    match dialect {
        Dialect::Sqlite => explain_embedded(tx, sql, small),
        Dialect::Postgres => {
            let unsorted = explain_on_server(tx, sql, "off", small)?;
            match unsorted.faults.is_empty() {
                true => Ok(unsorted),
                false => explain_on_server(tx, sql, "on", small),
            }
        }
    }
}

fn n_params(sql: &str) -> usize {
    let holds = |n: &usize| {
        let mark = format!("${n}");
        let ends = |at: usize| !sql[at + mark.len()..].starts_with(|it: char| it.is_ascii_digit());
        sql.match_indices(&mark).any(|(at, _)| ends(at))
    };
    (1..=30).rev().find(holds).unwrap_or(0)
}

fn explain_embedded(tx: &mut Tx, sql: &str, small: &BTreeSet<String>) -> Result<Plan, StoreError> {
    let nothing: Option<i64> = None;
    let params = vec![&nothing as &dyn ToParam; n_params(sql)];
    let explain = schema::kept(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps: Vec<String> = tx.query(explain, &params, |row| row.get("detail"))?;
    let mut plan = Plan::default();
    for step in &steps {
        if step.starts_with("USE TEMP B-TREE") {
            plan.faults.insert(Fault::Sort);
        }
        let scanned = step.strip_prefix("SCAN ").or_else(|| {
            step.strip_prefix("SEARCH ")
                .filter(|it| it.contains("AUTOMATIC"))
        });
        let Some(scanned) = scanned else { continue };
        let mut words = scanned.split(' ');
        let table = words.next().and_then(|it| table_called(it, sql));
        let index = words.next_back().unwrap_or_default();
        if table.is_some_and(|it| !small.contains(&it)) && !small.contains(index) {
            plan.faults.insert(Fault::Scan);
        }
    }
    plan.steps = steps;
    Ok(plan)
}

/// The table that a statement calls by this name; `None` for the answer of an inner SELECT.
fn table_called(name: &str, sql: &str) -> Option<String> {
    let line = one_line(sql).replace(['(', ')', ','], " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let starts = |word: &str| ["FROM", "JOIN", "UPDATE", "INTO"].contains(&word);
    for at in (0..words.len()).filter(|at| starts(words[*at])) {
        let table = *words.get(at + 1)?;
        let alias = match words.get(at + 2) {
            Some(&"AS") => words.get(at + 3),
            alias => alias,
        };
        let is_inner = table == "SELECT";
        if !is_inner && (table == name || alias == Some(&name)) {
            return Some(table.into());
        }
    }
    None
}

fn explain_on_server(
    tx: &mut Tx,
    sql: &str,
    sorting: &str,
    small: &BTreeSet<String>,
) -> Result<Plan, StoreError> {
    let spelt = crate::edge::store::dialect::spell(sql, Dialect::Postgres);
    tx.batch(&format!(
        "SET LOCAL enable_sort = {sorting}; SET LOCAL enable_incremental_sort = off; PREPARE explained AS {spelt}"
    ))?;
    let nothing = vec!["NULL"; n_params(sql)].join(", ");
    let given = match nothing.is_empty() {
        true => String::new(),
        false => format!("({nothing})"),
    };
    let explain = schema::kept(format!("EXPLAIN (COSTS OFF) EXECUTE explained{given}"));
    let steps: Vec<String> = tx.query(explain, &[], |row| row.get(0))?;
    tx.batch("DEALLOCATE explained")?;
    let mut plan = Plan::default();
    let nodes: Vec<&str> = steps.iter().map(|it| it.trim_start()).collect();
    for (at, node) in nodes.iter().enumerate() {
        let node = node.strip_prefix("->  ").unwrap_or(node);
        if node == "Sort" {
            plan.faults.insert(Fault::Sort);
        }
        let words: Vec<&str> = node.split(' ').collect();
        let named = |word: &str| {
            let at = words.iter().position(|it| *it == word);
            at.and_then(|at| words.get(at + 1)).copied()
        };
        let is_whole = node.starts_with("Seq Scan")
            || node.starts_with("Index")
                && node.contains(" Scan ")
                && !has_condition(&nodes[at + 1..])
            || node.starts_with("Bitmap Index Scan") && !has_condition(&nodes[at + 1..]);
        let names = [named("on"), named("using")];
        let is_small = names.iter().flatten().any(|it| small.contains(*it));
        if is_whole && !is_small {
            plan.faults.insert(Fault::Scan);
        }
    }
    plan.steps = steps;
    Ok(plan)
}

/// Whether the node before these lines looks for something.
fn has_condition(rest: &[&str]) -> bool {
    rest.iter()
        .take_while(|it| !it.starts_with("->") && !it.starts_with("SubPlan"))
        .any(|it| it.starts_with("Index Cond"))
}

/// What an engine asks by itself when a row goes that others refer to.
fn references(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    let mut asked = Vec::new();
    for table in schema::tables(tx)? {
        for column in table.columns.iter().filter(|it| it.target.is_some()) {
            let sql = format!("SELECT 1 FROM {} WHERE {} = $1", table.name, column.name);
            asked.push(("references".to_owned(), sql));
        }
    }
    Ok(asked)
}

fn indexes(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    tx.query(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE%'",
        &[],
        |row| row.get("name"),
    )
}

/// Statements that are made of the names of tables.
fn made() -> impl Iterator<Item = (String, String)> {
    let statements = slices::tables().statements();
    let made = statements.into_iter().map(String::from);
    made.map(|sql| ("slices".to_owned(), sql))
}

/// Statements of an export. Each sorts the rows of one member.
fn exports() -> BTreeSet<&'static str> {
    let shown = slices::tables().iter().filter_map(|it| it.export.shown());
    shown.map(|it| it.select).collect()
}

/// What one engine has to say.
struct Judged<'j> {
    excuses: &'j Excuses,
    needed: BTreeSet<(Fault, String)>,
    used: BTreeSet<String>,
    faults: Vec<String>,
}

impl Judged<'_> {
    fn judge(&mut self, dialect: Dialect, file: &str, sql: &str, plan: Plan) {
        let shown = format!("{file}: {}", one_line(sql));
        for fault in plan.faults {
            let excuse = self
                .excuses
                .excused
                .iter()
                .find(|(it, start)| *it == fault && shown.starts_with(start.as_str()));
            match excuse {
                Some(excuse) => drop(self.needed.insert(excuse.clone())),
                None => self.faults.push(format!(
                    "{dialect:?}\n{} {}\n    {}",
                    format!("{fault:?}").to_lowercase(),
                    shown.trim_end(),
                    plan.steps.join("\n    ")
                )),
            }
        }
        if dialect == Dialect::Sqlite {
            let words = plan.steps.iter().flat_map(|it| it.split(' '));
            self.used.extend(words.map(str::to_owned));
        }
    }
}

/// DOS-18
#[test]
fn no_statement_goes_through_what_grows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let excuses = Excuses::read(&root.join("tests/plans.txt"));
    let Source {
        statements,
        handed_on,
    } = source::statements(&root.join("src/edge"));
    let is_for_rows = |(file, _): &(String, String)| !excuses.whole.contains(file);
    let statements = statements.into_iter().chain(made());
    let statements: BTreeSet<(String, String)> = statements.filter(is_for_rows).collect();
    let mut judged = Judged {
        excuses: &excuses,
        needed: BTreeSet::new(),
        used: BTreeSet::new(),
        faults: Vec::new(),
    };
    let handed_on: BTreeSet<_> = handed_on.into_iter().filter(is_for_rows).collect();
    for (file, argument) in handed_on.difference(&excuses.handed_on) {
        judged.faults.push(format!(
            "the statement cannot be read here:\nhanded {file}: {argument}"
        ));
    }
    let exports = exports();
    let folder = tempfile::tempdir().unwrap();
    let databases = bare_databases(&folder);
    // Some excuses are for one engine alone.
    let are_all = databases.len() == 2;
    for (mut tx, dialect) in databases {
        migrate::run(&mut tx, dialect).unwrap();
        tx.undo("BEGIN").unwrap();
        if dialect == Dialect::Postgres {
            tx.batch(
                "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off;
                 SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off",
            )
            .unwrap();
        }
        let referring = references(&mut tx).unwrap();
        for (file, sql) in statements.iter().chain(&referring) {
            let mut plan = explain(&mut tx, dialect, sql, &excuses.small)
                .unwrap_or_else(|error| panic!("{file}: {error}: {sql}"));
            if exports.contains(sql.as_str()) {
                plan.faults.remove(&Fault::Sort);
            }
            judged.judge(dialect, file, sql, plan);
        }
        if dialect == Dialect::Sqlite {
            for index in indexes(&mut tx).unwrap() {
                if !judged.used.contains(&index) && !excuses.unused.contains(&index) {
                    judged
                        .faults
                        .push(format!("no statement uses\nunused {index}"));
                }
            }
        }
        tx.undo("ROLLBACK").unwrap();
    }
    for (fault, start) in excuses
        .excused
        .difference(&judged.needed)
        .filter(|_| are_all)
    {
        judged
            .faults
            .push(format!("no longer needed: {fault:?} {start}"));
    }
    assert!(judged.faults.is_empty(), "\n{}", judged.faults.join("\n"));
    assert!(statements.len() > 150, "{}", statements.len());
}
