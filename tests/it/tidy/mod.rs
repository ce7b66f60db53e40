//! Reads the source: floors, circles of imports, what may stand where, heads of files, words that do not belong.
//!
//! Each rule is also shown a breach, made by a test, that it has to find.

mod floors;
mod imports;
mod slices;

use crate::harness::{root, tree};
use libtest_mimic::{Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// Reads all sources and says what is wrong with them.
type Rule = fn(&[Source]) -> Vec<String>;

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let rules: [(&str, Rule); 11] = [
        (
            "wings_meet_only_in_the_manifest",
            wings_meet_only_in_the_manifest,
        ),
        (
            "no_floor_imports_a_higher_one",
            no_floor_imports_a_higher_one,
        ),
        ("no_files_import_each_other", no_files_import_each_other),
        (
            "rules_know_no_engine_of_the_web",
            rules_know_no_engine_of_the_web,
        ),
        (
            "only_the_store_names_a_database",
            only_the_store_names_a_database,
        ),
        ("sql_stands_in_sql_files", sql_stands_in_sql_files),
        (
            "time_and_chance_come_from_their_rooms",
            time_and_chance_come_from_their_rooms,
        ),
        (
            "files_are_touched_at_the_ends",
            files_are_touched_at_the_ends,
        ),
        (
            "slices_keep_their_sql_to_themselves",
            slices_keep_their_sql_to_themselves,
        ),
        ("sql_is_private", sql_is_private),
        ("every_file_has_a_head", every_file_has_a_head),
    ];
    let of_rule = |(name, rule): (&str, Rule)| {
        Trial::test(format!("tidy::{name}"), move || verdict(rule(&sources())))
    };
    let mut trials: Vec<Trial> = rules.into_iter().map(of_rule).collect();
    trials.push(Trial::test("tidy::no_foreign_words", || {
        verdict(foreign_words())
    }));
    let of_breach = |breach: &'static Breach| {
        Trial::test(format!("tidy::finds_{}", breach.what), || found(breach))
    };
    trials.extend(BREACHES.iter().map(of_breach));
    trials
}

/// One file of `src`, with its tests cut off and comments blanked, since rules are about the program.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let texts: Vec<(String, String)> = tree(&root().join("src"))
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
        .collect();
    let tests: Vec<String> = texts
        .iter()
        .flat_map(|it| test_modules(&it.0, &it.1))
        .collect();
    let sources = texts.into_iter().map(|(path, text)| {
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let is_in = |it: &String| {
            module
                .strip_prefix(it)
                .is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        let is_program = !tests.iter().any(is_in);
        let program = if is_program { program_of(&text) } else { "" };
        let lines = program.lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        Source {
            code: code.map(|line| format!("{line}\n")).collect(),
            path,
            text,
        }
    });
    sources.collect()
}

const OF_TESTS: &str = "#[cfg(test)]\n";

/// Modules of tests that a file declares, as paths without an extension.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let declared = text.split(OF_TESTS).skip(1).filter_map(|it| {
        let line = it.lines().next()?.trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(|it| format!("{folder}/{it}")).collect()
}

/// A file without the tests at its end.
fn program_of(text: &str) -> &str {
    let mut starts = text.match_indices(OF_TESTS).filter(|(at, _)| {
        let line = text[at + OF_TESTS.len()..].lines().next();
        line.is_some_and(|it| it.starts_with("mod ") && it.ends_with('{'))
    });
    starts.next().map_or(text, |(at, _)| &text[..at])
}

/// Files that break a rule.
struct Breach {
    what: &'static str,
    /// Their paths below `src`, and what they hold.
    files: &'static [(&'static str, &'static str)],
    rule: Rule,
}

const BREACHES: [Breach; 11] = [
    Breach {
        what: "an_import_from_a_higher_floor",
        files: &[(
            "site/parse/planted.rs",
            "use crate::site::{model::Page, source};\n",
        )],
        rule: no_floor_imports_a_higher_one,
    },
    Breach {
        what: "a_file_without_a_floor",
        files: &[("site/planted.rs", "fn planted() {}\n")],
        rule: no_floor_imports_a_higher_one,
    },
    Breach {
        what: "an_import_from_a_higher_floor_of_the_edge",
        files: &[(
            "edge/comments/planted.rs",
            "use crate::edge::reactions::http;\n",
        )],
        rule: no_floor_imports_a_higher_one,
    },
    Breach {
        what: "a_file_of_the_edge_without_a_floor",
        files: &[("edge/planted.rs", "fn planted() {}\n")],
        rule: no_floor_imports_a_higher_one,
    },
    Breach {
        what: "a_circle_of_imports",
        files: &[(
            "clock.rs",
            "use super::ids::{self, PageId as Id};\nuse crate::manifest;\n",
        )],
        rule: no_files_import_each_other,
    },
    Breach {
        what: "sql_of_another_slice",
        files: &[(
            "edge/reactions/planted.rs",
            "use crate::edge::comments::{self, sql::n_shown};\n",
        )],
        rule: slices_keep_their_sql_to_themselves,
    },
    Breach {
        what: "sql_through_a_re_export",
        files: &[
            (
                "edge/comments/planted.rs",
                "pub use super::sql::{insert as add, n_shown};\n",
            ),
            (
                "edge/reactions/planted.rs",
                "fn planted() { crate::edge::comments::planted::add() }\n",
            ),
        ],
        rule: slices_keep_their_sql_to_themselves,
    },
    Breach {
        what: "sql_through_a_renamed_module",
        files: &[
            (
                "edge/comments/planted.rs",
                "pub use crate::edge::comments::sql as rows;\n",
            ),
            (
                "edge/reactions/planted.rs",
                "use crate::edge::comments::planted::rows::insert;\n",
            ),
        ],
        rule: slices_keep_their_sql_to_themselves,
    },
    Breach {
        what: "a_re_export_of_sql",
        files: &[("edge/comments/planted.rs", "pub use super::sql::insert;\n")],
        rule: sql_is_private,
    },
    Breach {
        what: "a_public_module_of_sql",
        files: &[("edge/planted/mod.rs", "pub(crate) mod sql;\n")],
        rule: sql_is_private,
    },
    Breach {
        what: "one_wing_in_the_other",
        files: &[("edge/planted.rs", "use crate::site::parse;\n")],
        rule: wings_meet_only_in_the_manifest,
    },
];

/// Whether a rule has nothing to say of the sources as they are, and something with the breach.
fn found(breach: &Breach) -> Result<(), Failed> {
    let mut sources = sources();
    for (path, code) in breach.files {
        sources.retain(|it| it.path != *path);
        sources.push(Source {
            path: (*path).into(),
            text: (*code).into(),
            code: (*code).into(),
        });
    }
    match (breach.rule)(&sources).is_empty() {
        true => Err("the breach was not found".into()),
        false => Ok(()),
    }
}

fn verdict(faults: Vec<String>) -> Result<(), Failed> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

/// `path:line: why` for each line of code of the files chosen that holds one of the words.
fn lines_with(
    sources: &[Source],
    chosen: impl Fn(&str) -> bool,
    words: &[&str],
    why: &str,
) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| chosen(&source.path)) {
        for line in source.code.lines() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                faults.push(format!(
                    "src/{}: `{word}`: {why}: {}",
                    source.path,
                    line.trim()
                ));
            }
        }
    }
    faults
}

fn wings_meet_only_in_the_manifest(sources: &[Source]) -> Vec<String> {
    let why = "the wings know each other through src/manifest.rs alone";
    let mut faults = lines_with(
        sources,
        |path| path.starts_with("site/"),
        &["crate::edge"],
        why,
    );
    faults.extend(lines_with(
        sources,
        |path| path.starts_with("edge/"),
        &["crate::site"],
        why,
    ));
    let ground = |path: &str| !path.starts_with("site/") && !path.starts_with("edge/");
    let below = |path: &str| {
        ground(path) && !path.starts_with("cli/") && path != "lib.rs" && path != "main.rs"
    };
    faults.extend(lines_with(
        sources,
        below,
        &["crate::site", "crate::edge", "crate::cli"],
        "the ground uses no wing",
    ));
    faults.extend(lines_with(
        sources,
        |path| !ground(path),
        &["crate::cli"],
        "wings do not know the command line",
    ));
    faults
}

fn no_floor_imports_a_higher_one(sources: &[Source]) -> Vec<String> {
    floors::faults(sources, &imports::imports(sources))
}

/// Circles that are still there: one file of each, and why.
const CIRCLES_LEFT: [(&str, &str); 5] = [
    (
        "site/parse/mentions.rs",
        "raw HTML mentions files, and files are raw HTML",
    ),
    (
        "site/parse/paywall/meaning.rs",
        "a phrase is read for what it means",
    ),
    ("edge/store/tx.rs", "a transaction is one of either engine"),
    (
        "edge/store/embedded.rs",
        "a copy is made by the thread that writes",
    ),
    ("cli/args.rs", "verbs parse their own arguments"),
];

fn no_files_import_each_other(sources: &[Source]) -> Vec<String> {
    let imports = imports::imports(sources);
    let is_left =
        |circle: &BTreeSet<&str>| CIRCLES_LEFT.iter().any(|(file, _)| circle.contains(file));
    let circles = imports::circles(&imports)
        .into_iter()
        .filter(|it| !is_left(it));
    circles
        .map(|it| format!("src: these import each other: {it:?}"))
        .collect()
}

fn is_slice_file(path: &str, file: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_slice = parts.len() == 3 && parts[0] == "edge" && !["store", "run"].contains(&parts[1]);
    is_slice && parts[2] == file
}

fn rules_know_no_engine_of_the_web(sources: &[Source]) -> Vec<String> {
    let mut faults = lines_with(
        sources,
        |path| is_slice_file(path, "mod.rs"),
        &["axum", "hyper", "StatusCode", "Tx", "std::fs"],
        "the rules of a slice do no I/O",
    );
    let outside = |path: &str| !path.starts_with("site/render");
    faults.extend(lines_with(
        sources,
        outside,
        &["tera::"],
        "templates belong to render",
    ));
    let status_home = |path: &str| {
        path.starts_with("edge/")
            && !path.ends_with("http.rs")
            && !path.contains("/http/")
            && ![
                "edge/error.rs",
                "edge/pages.rs",
                "edge/guard.rs",
                "edge/run.rs",
            ]
            .contains(&path)
            && !path.starts_with("edge/pages/")
            && !path.starts_with("edge/guard/")
            && !path.starts_with("edge/run/")
    };
    faults.extend(lines_with(
        sources,
        status_home,
        &["StatusCode::"],
        "status codes belong to error.rs and http.rs",
    ));
    faults
}

fn only_the_store_names_a_database(sources: &[Source]) -> Vec<String> {
    let outside = |path: &str| !path.starts_with("edge/store/");
    lines_with(
        sources,
        outside,
        &["rusqlite", "postgres::", "r2d2"],
        "engines belong to edge/store",
    )
}

fn sql_stands_in_sql_files(sources: &[Source]) -> Vec<String> {
    let outside = |path: &str| {
        !path.ends_with("sql.rs") && !path.contains("/sql/") && !path.starts_with("edge/store/")
    };
    let words = [
        "\"SELECT ",
        "\"INSERT ",
        "\"UPDATE ",
        "\"DELETE FROM",
        "\"WITH ",
    ];
    lines_with(sources, outside, &words, "SQL stands in sql.rs")
}

fn time_and_chance_come_from_their_rooms(sources: &[Source]) -> Vec<String> {
    let mut faults = lines_with(
        sources,
        |path| path != "clock.rs",
        &["SystemTime::now", "Timestamp::now()", "Zoned::now"],
        "the time of day comes from clock.rs",
    );
    let chance = |path: &str| path != "edge/entropy.rs" && !path.starts_with("site/publish");
    faults.extend(lines_with(
        sources,
        chance,
        &["getrandom", "thread_rng", "rand::"],
        "chance comes from entropy.rs",
    ));
    faults
}

fn files_are_touched_at_the_ends(sources: &[Source]) -> Vec<String> {
    const ENDS: [&str; 16] = [
        "site/source",
        "site/cache",
        "site/publish",
        "site/watch",
        "site/import",
        "config",
        "stamp.rs",
        "edge/release",
        "edge/pages",
        "edge/store",
        "edge/mail",
        "cli",
        "main.rs",
        "edge/run",
        "edge/state",
        "site/mod.rs",
    ];
    let inside = |path: &str| !ENDS.iter().any(|end| path.starts_with(end));
    lines_with(
        sources,
        inside,
        &[
            "std::fs",
            "fs::read",
            "fs::write",
            "File::open",
            "File::create",
        ],
        "files are touched at the ends",
    )
}

fn slices_keep_their_sql_to_themselves(sources: &[Source]) -> Vec<String> {
    slices::faults(sources)
}

fn sql_is_private(sources: &[Source]) -> Vec<String> {
    slices::open_doors(sources)
}

fn every_file_has_a_head(sources: &[Source]) -> Vec<String> {
    let bare = sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "));
    bare.map(|source| format!("src/{}: begins with no `//!` head", source.path))
        .collect()
}

/// Paths of a machine, hosts of registries, and marks of unfinished work, in everything that is kept.
fn foreign_words() -> Vec<String> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for folder in ["src", "tests", "content", "themes", "benches"] {
        for (path, bytes) in tree(&root().join(folder)) {
            files.insert(format!("{folder}/{path}"), bytes);
        }
    }
    for file in ["README.md", "Cargo.toml", "site.toml"] {
        files.insert(
            file.into(),
            std::fs::read(root().join(file)).unwrap_or_default(),
        );
    }
    let words = [
        concat!("/ro", "ot/"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("unimpl", "emented!"),
    ];
    let mut faults = Vec::new();
    for (path, bytes) in files {
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        for word in words {
            if text.contains(word) {
                faults.push(format!("{path}: `{word}`"));
            }
        }
    }
    faults
}
