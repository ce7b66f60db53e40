//! Reads the source: floors between rooms, what may stand where, heads of files, words that do not belong.

use crate::harness::{root, tree};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeMap;

/// Reads all sources and says what is wrong with them.
type Rule = fn(&[Source]) -> Vec<String>;

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let rules: [(&str, Rule); 9] = [
        (
            "wings_meet_only_in_the_manifest",
            wings_meet_only_in_the_manifest,
        ),
        ("no_room_looks_upstairs", no_room_looks_upstairs),
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
        ("every_file_has_a_head", every_file_has_a_head),
    ];
    let of_rule = |(name, rule): (&str, Rule)| {
        Trial::test(format!("tidy::{name}"), move || verdict(rule(&sources())))
    };
    let mut trials: Vec<Trial> = rules.into_iter().map(of_rule).collect();
    trials.push(Trial::test("tidy::no_foreign_words", || {
        verdict(foreign_words())
    }));
    trials
}

/// One file of `src`, with its tests cut off and comments blanked, since rules are about the program.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn sources() -> Vec<Source> {
    tree(&root().join("src"))
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let tests = ["/tests.rs", "/fixture.rs", "/conversations.rs", "/crawl.rs"];
            let is_program =
                !tests.iter().any(|name| path.ends_with(name)) && !path.contains("/conversations/");
            let program = text
                .split("#[cfg(test)]\nmod ")
                .next()
                .filter(|_| is_program)
                .unwrap_or_default();
            let code = program
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            Source {
                path,
                code: code.map(|line| format!("{line}\n")).collect(),
                text,
            }
        })
        .collect()
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

fn no_room_looks_upstairs(sources: &[Source]) -> Vec<String> {
    const FLOORS: [&[&str]; 5] = [
        &["parse", "source", "cache"],
        &["model"],
        &["plan"],
        &["render"],
        &["publish"],
    ];
    let floor_of = |path: &str| {
        let room = path.strip_prefix("site/")?.split(['/', '.']).next()?;
        FLOORS.iter().position(|rooms| rooms.contains(&room))
    };
    let mut faults = Vec::new();
    for source in sources {
        let Some(own) = floor_of(&source.path) else {
            continue;
        };
        for above in FLOORS[own + 1..].iter().copied().flatten() {
            let wanted = format!("crate::site::{above}");
            if source.code.contains(&wanted) {
                faults.push(format!("src/{} must not use {wanted}", source.path));
            }
        }
    }
    faults
}

fn is_slice_file(path: &str, file: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.len() == 3 && parts[0] == "edge" && parts[1] != "store" && parts[2] == file
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
    let mut faults = Vec::new();
    for source in sources {
        let Some(rest) = source.path.strip_prefix("edge/") else {
            continue;
        };
        let Some((slice, _)) = rest.split_once('/') else {
            continue;
        };
        for line in source.code.lines() {
            let Some(at) = line.find("crate::edge::") else {
                continue;
            };
            let wanted = &line[at + "crate::edge::".len()..];
            let Some((other, tail)) = wanted.split_once("::") else {
                continue;
            };
            if other != slice && other != "store" && tail.starts_with("sql") {
                faults.push(format!("src/{}: {}", source.path, line.trim()));
            }
        }
    }
    faults
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
