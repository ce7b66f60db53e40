//! The table of slices, compared with the schema of both engines, the settings and the source. Each rule is also shown
//! breaches that it has to find.

use crate::config::KEYS;
use crate::edge::page_keys::PageKey;
use crate::edge::slice::{Slice, When};
use crate::edge::slices::SLICES;
use crate::edge::store::schema;
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{StoreError, Tx};
use crate::edge::tables::{Export, MemberColumn, Merge, Table};
use std::collections::BTreeSet;
use std::path::Path;

/// Whether a column is called as one that names a member.
fn sounds_like_member(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "member",
        "member_id",
        "author_id",
        "actor_id",
        "user_id",
        "owner",
        "owner_id",
        "reader",
        "subject",
    ];
    const ENDS: [&str; 4] = ["_member", "_member_id", "_author_id", "_by"];
    NAMES.contains(&name) || ENDS.iter().any(|it| name.ends_with(it))
}

/// Whether a column is called as one that holds the key of a page.
fn sounds_like_page(name: &str) -> bool {
    const NAMES: [&str; 3] = ["page", "page_id", "page_key"];
    const ENDS: [&str; 3] = ["_page", "_page_id", "_page_key"];
    NAMES.contains(&name) || ENDS.iter().any(|it| name.ends_with(it))
}

/// What is wrong with the tables of these slices, on a database with this schema.
fn faults(slices: &[&Slice], schema: &[schema::Table]) -> Vec<String> {
    let owned: Vec<(&str, &Table)> = slices
        .iter()
        .flat_map(|slice| slice.tables.iter().map(|it| (slice.name, it)))
        .collect();
    let mut faults = Vec::new();
    for found in schema {
        let owners: Vec<_> = owned.iter().filter(|it| it.1.name == found.name).collect();
        match owners[..] {
            [(_, table)] => faults.extend(faults_of(table, found)),
            [] => faults.push(format!("no slice owns the table {}", found.name)),
            _ => faults.push(format!("two slices own the table {}", found.name)),
        }
    }
    let is_there = |table: &Table| schema.iter().any(|it| it.name == table.name);
    let gone = owned.iter().filter(|it| !is_there(it.1));
    faults.extend(gone.map(|(slice, it)| format!("{slice} owns {}, which is no table", it.name)));
    faults
}

/// What is wrong with the description of one table.
fn faults_of(table: &Table, found: &schema::Table) -> Vec<String> {
    let at = |column: &str| format!("{}.{column}", table.name);
    let is_member = |name: &str| table.members.iter().any(|it| it.name == name);
    let is_page = |name: &str| table.pages.contains(&name);
    let is_neither = |name: &str| table.neither.iter().any(|it| it.0 == name);
    let (shown, hidden) = match table.export.shown() {
        Some(shown) => (shown.columns, shown.hidden),
        None => (&[][..], &[][..]),
    };
    let is_shown = |name: &str| shown.iter().any(|it| it.0 == name) || hidden.contains(&name);
    let mut faults = Vec::new();
    for column in &found.columns {
        let (name, target) = (column.name.as_str(), column.target.as_deref());
        let leads = target == Some("member") && !(table.name == "member" && name == "id");
        if (leads || sounds_like_member(name) && !is_neither(name)) && !is_member(name) {
            faults.push(format!("{} names a member, and no slice says so", at(name)));
        }
        let leads = target.is_some_and(|it| it == "page" || it == "page_name");
        if (leads || sounds_like_page(name) && !is_neither(name)) && !is_page(name) {
            faults.push(format!("{} names a page, and no slice says so", at(name)));
        }
        if !table.members.is_empty() && table.export.shown().is_some() {
            let is_said = is_shown(name) || is_member(name);
            if !is_said {
                faults.push(format!("{} is neither exported nor hidden", at(name)));
            }
        }
    }
    let named = table.members.iter().map(|it| it.name);
    let named = named
        .chain(table.pages.iter().copied())
        .chain(table.neither.iter().map(|it| it.0))
        .chain(shown.iter().map(|it| it.0))
        .chain(hidden.iter().copied());
    for name in named.filter(|name| !found.columns.iter().any(|it| it.name == *name)) {
        faults.push(format!("{} is no column", at(name)));
    }
    if let Export::Nothing("") = table.export
        && !table.members.is_empty()
    {
        faults.push(format!("{} names a member and is not exported", table.name));
    }
    if table.merge.is_none() != table.pages.is_empty() {
        faults.push(format!(
            "{}: a merge needs pages, and pages a merge",
            table.name
        ));
    }
    faults
}

/// A change of the schema, and what has to be found after it.
const PLANTED: [(&str, &[&str]); 6] = [
    (
        "CREATE TABLE planted (id {{text}} PRIMARY KEY) {{strict}}",
        &["no slice owns the table planted"],
    ),
    (
        "ALTER TABLE comment ADD COLUMN approver {{text}} REFERENCES member (id)",
        &[
            "comment.approver names a member, and no slice says so",
            "comment.approver is neither exported nor hidden",
        ],
    ),
    (
        "ALTER TABLE handle_rest ADD COLUMN left_by {{text}}",
        &["handle_rest.left_by names a member, and no slice says so"],
    ),
    (
        "ALTER TABLE setting ADD COLUMN page_key {{text}}",
        &["setting.page_key names a page, and no slice says so"],
    ),
    (
        "ALTER TABLE session ADD COLUMN place {{text}}",
        &["session.place is neither exported nor hidden"],
    ),
    (
        "ALTER TABLE reading DROP COLUMN n_shares",
        &["reading.n_shares is no column"],
    ),
];

/// PRIV-01, PRIV-02: no table and no column that names a member or a page is forgotten.
#[test]
fn every_table_has_an_owner_that_knows_its_columns() {
    on_each_engine(|store, _| {
        let found = store.write_blocking(|tx| {
            let faults = faults(SLICES, &schema::tables(tx)?);
            let planted: Result<Vec<_>, StoreError> =
                PLANTED.iter().map(|it| faults_with(tx, it.0)).collect();
            Ok::<_, StoreError>((faults, planted?))
        });
        let (none, planted) = found.unwrap();
        assert!(none.is_empty(), "{}", none.join("\n"));
        for ((sql, expected), found) in PLANTED.iter().zip(planted) {
            assert_eq!(found, *expected, "{sql}");
        }
    });
}

/// The faults after a change of the schema, which is undone.
fn faults_with(tx: &mut Tx, change: &'static str) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    let undone = tx.attempt(|tx| {
        tx.execute(change, &[])?;
        found = faults(SLICES, &schema::tables(tx)?);
        Err::<(), _>(StoreError::Closed)
    });
    match undone {
        Err(StoreError::Closed) => Ok(found),
        undone => undone.map(|()| found),
    }
}

fn move_nothing(_: &mut Tx, _: &PageKey, _: &PageKey, _: i64) -> Result<bool, StoreError> {
    Ok(false)
}

const GIVER: MemberColumn = MemberColumn::deleted("giver");
const NAME: MemberColumn = MemberColumn::deleted("name");

/// Descriptions that are wrong, each with what is found. Where there is a table `planted`, it has the column `name`.
fn wrong() -> Vec<(Table, &'static str)> {
    let planted = || Table::new("planted");
    vec![
        (
            Table::new("nowhere"),
            "planted owns nowhere, which is no table",
        ),
        (Table::new("setting"), "two slices own the table setting"),
        (
            Table {
                members: &[GIVER],
                export: Export::Nothing("a planted reason"),
                ..planted()
            },
            "planted.giver is no column",
        ),
        (
            Table {
                pages: &["address"],
                merge: Some(Merge::Rows(move_nothing)),
                ..planted()
            },
            "planted.address is no column",
        ),
        (
            Table {
                members: &[NAME],
                ..planted()
            },
            "planted names a member and is not exported",
        ),
        (
            Table {
                pages: &["name"],
                ..planted()
            },
            "planted: a merge needs pages, and pages a merge",
        ),
    ]
}

#[test]
fn a_description_that_does_not_fit_is_found() {
    let column = |name: &str| schema::Column {
        name: name.into(),
        kind: schema::Kind::Text,
        target: None,
    };
    let table = |name: &str, column: schema::Column| schema::Table {
        name: name.into(),
        columns: vec![column],
    };
    let owning = |name, table: Table| Slice {
        tables: Box::leak(Box::new([table])),
        ..Slice::new(name)
    };
    let edge = owning("edge", Table::new("setting"));
    for (wrong, fault) in wrong() {
        let mut schema = vec![table("setting", column("value"))];
        if wrong.name == "planted" {
            schema.push(table("planted", column("name")));
        }
        let planted = owning("planted", wrong);
        assert_eq!(faults(&[&edge, &planted], &schema), [fault]);
    }
}

fn twice<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut seen = BTreeSet::new();
    names.filter(|it| !seen.insert(*it)).collect()
}

#[test]
fn no_name_is_used_twice() {
    let all = || SLICES.iter();
    assert_eq!(twice(all().map(|it| it.name)), [""; 0]);
    let jobs = all().flat_map(|it| it.jobs).map(|it| it.kind);
    assert_eq!(twice(jobs), [""; 0]);
    let limits = all().flat_map(|it| it.limits).map(|it| it.name);
    assert_eq!(twice(limits.chain(["write"])), [""; 0]);
    let routes = all().flat_map(|it| it.limits).flat_map(|it| it.routes);
    assert_eq!(twice(routes.copied()), [""; 0]);
    let attempts = all().flat_map(|it| it.attempts).map(|it| it.kind);
    assert_eq!(twice(attempts), [""; 0]);
    let actions = all().flat_map(|it| it.actions).map(|it| it.as_str());
    assert_eq!(twice(actions), [""; 0]);
    let metrics = all().flat_map(|it| it.metrics);
    assert_eq!(twice(metrics.copied()), [""; 0]);
    let settings = all().flat_map(|it| it.settings);
    assert_eq!(twice(settings.copied()), [""; 0]);
}

/// A limit on routes counts only what is a route.
#[test]
fn limits_name_routes_of_the_description() {
    let described = serde_json::to_value(crate::edge::description()).unwrap();
    let routes = SLICES
        .iter()
        .flat_map(|it| it.limits)
        .flat_map(|it| it.routes);
    for route in routes {
        assert!(described["paths"][*route].is_object(), "{route}");
    }
}

/// The edge's keys of `site.toml` are those of slices, but for what the build alone reads.
#[test]
fn settings_of_slices_are_keys() {
    const OF_THE_BUILD: [&str; 1] = ["comments.enabled"];
    const TABLES: [&str; 4] = ["members.", "comments.", "scores.", "mail."];
    let named: BTreeSet<&str> = SLICES.iter().flat_map(|it| it.settings).copied().collect();
    let keys: BTreeSet<&str> = KEYS
        .iter()
        .map(|it| it.path)
        .filter(|path| TABLES.iter().any(|it| path.starts_with(it)))
        .filter(|path| !OF_THE_BUILD.contains(path))
        .collect();
    assert_eq!(named, keys);
}

/// The source of the edge without its tests, a text a file.
fn sources() -> Vec<String> {
    fn walk(folder: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, texts);
            } else if name.ends_with(".rs") && !name.starts_with("tests") {
                let text = std::fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]\nmod tests {").next();
                texts.push(program.unwrap_or_default().to_owned());
            }
        }
    }
    let mut texts = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/edge");
    walk(&folder, &mut texts);
    texts
}

/// The texts in quotes that follow a word of the source.
fn quoted_after(sources: &[String], word: &str) -> BTreeSet<String> {
    let rests = sources.iter().flat_map(|it| it.split(word).skip(1));
    let quoted = rests.filter_map(|it| it.trim_start().strip_prefix('"')?.split('"').next());
    quoted.map(String::from).collect()
}

/// What slices list is what the source has, no more and no less.
#[test]
fn slices_list_what_the_source_has() {
    let sources = sources();
    let n = |word: &str| {
        sources
            .iter()
            .map(|it| it.matches(word).count())
            .sum::<usize>()
    };
    let texts =
        |names: BTreeSet<&str>| names.into_iter().map(String::from).collect::<BTreeSet<_>>();

    let actions = SLICES
        .iter()
        .flat_map(|it| it.actions)
        .map(|it| it.as_str());
    assert_eq!(
        quoted_after(&sources, "Action::new("),
        texts(actions.collect())
    );

    let macros = ["counter!(", "gauge!(", "histogram!("].map(|it| quoted_after(&sources, it));
    // Numbers that are written as text come after their types.
    let written = sources.iter().flat_map(|it| it.split("# TYPE ").skip(1));
    let written = written
        .filter_map(|it| it.split(' ').next())
        .map(String::from);
    let measured: BTreeSet<String> = macros.into_iter().flatten().chain(written).collect();
    let metrics = SLICES.iter().flat_map(|it| it.metrics).copied();
    assert_eq!(measured, texts(metrics.collect()));

    let jobs = SLICES.iter().flat_map(|it| it.jobs);
    assert_eq!(n("when: When::"), jobs.count());
    let limits = SLICES.iter().flat_map(|it| it.limits);
    assert_eq!(
        n(": RateLimit = RateLimit {"),
        limits.count() + 1,
        "one is for all other writes"
    );
    let attempts = SLICES.iter().flat_map(|it| it.attempts);
    assert_eq!(n(": Limit = Limit {"), attempts.count());
}

/// Work that is asked for is run by several, work that comes by itself every so often.
#[test]
fn jobs_can_run() {
    for job in SLICES.iter().flat_map(|it| it.jobs) {
        let runs = match job.when {
            When::Every(secs) => secs > 0,
            When::Asked { n_workers, .. } => n_workers > 0,
        };
        assert!(runs, "{}", job.kind);
    }
}
