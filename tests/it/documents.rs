//! The handbook is held against the code: settings, view fields, front matter, routes, findings, dependencies, flags;
//! and the site it belongs to is sound.
//!
//! Each rule gives what the code has and the pages do not, and where it can be told, the other way round. Words are
//! looked for as the pages write them: in backticks, mostly at the head of a table's row.

use crate::harness::{root, tree};
use libtest_mimic::{Failed, Trial};
use lyceum::clock::Timestamp;
use lyceum::config::{KEYS, Key, Kind};
use lyceum::edge::slices::SLICES;
use lyceum::edge::tables::Kind as ColumnKind;
use lyceum::site::{self, BuildOptions};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Says what is wrong.
type Rule = fn() -> Vec<String>;

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let rules: [(&str, Rule); 13] = [
        ("every_setting", every_setting),
        ("every_setting_is_read", every_setting_is_read),
        ("every_crate_is_used", every_crate_is_used),
        ("every_view_field", every_view_field),
        ("every_field_of_front_matter", every_field_of_front_matter),
        ("every_route", every_route),
        ("every_finding_of_the_paywall", every_finding_of_the_paywall),
        ("every_threat", every_threat),
        ("every_dependency", every_dependency),
        ("every_verb_and_flag", every_verb_and_flag),
        ("every_field_of_json", every_field_of_json),
        ("every_heading_of_an_export", every_heading_of_an_export),
        ("every_page_is_sound", every_page_is_sound),
    ];
    let trial = |(name, rule): (&str, fn() -> Vec<String>)| {
        Trial::test(format!("documents::{name}"), move || verdict(&rule()))
    };
    rules.into_iter().map(trial).collect()
}

fn verdict(faults: &[String]) -> Result<(), Failed> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn page(name: &str) -> String {
    read(&format!("content/handbook/{name}.md"))
}

/// What stands between backticks, in order.
fn words(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The row of a table that begins with this word.
fn row<'t>(page: &'t str, word: &str) -> Option<&'t str> {
    let head = format!("| `{word}` |");
    page.lines().find(|line| line.starts_with(&head))
}

/// Every key of `site.toml` has its row, with what it means and its default.
fn every_setting() -> Vec<String> {
    let page = page("configuration");
    let mut faults = Vec::new();
    for key in KEYS {
        let meaning = key.meaning.trim_end_matches("; required");
        let expected = [meaning.to_owned(), shown_default(key.kind, key.meaning)];
        match row(&page, key.path) {
            None => faults.push(format!("configuration.md: no row for `{}`", key.path)),
            Some(row) => {
                let missing = expected.iter().filter(|text| !row.contains(*text));
                faults.extend(missing.map(|text| format!("`{}`: the row lacks: {text}", key.path)));
            }
        }
    }
    let paths: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let gone = rows
        .filter_map(|row| row.split('`').next())
        .filter(|path| !paths.contains(path));
    faults.extend(gone.map(|path| format!("configuration.md: there is no key `{path}`")));
    faults
}

/// Code outside of the settings reads the field of every key.
fn every_setting_is_read() -> Vec<String> {
    let program = program(|path| !path.starts_with("config/"));
    let is_value =
        |key: &&Key| !matches!(key.kind, Kind::Table | Kind::Tables) && key.name() != "*";
    let names = KEYS.iter().filter(is_value).map(|it| (it.path, it.name()));
    let names = names.chain([("planted.key_that_nothing_reads", "key_that_nothing_reads")]);
    let unread: Vec<&str> = names
        .filter(|(_, name)| !has_word_after(&program, ".", name))
        .map(|(path, _)| path)
        .collect();
    match unread.split_last() {
        Some((&"planted.key_that_nothing_reads", unread)) => {
            let unread = unread.iter();
            unread.map(|it| format!("nothing reads `{it}`")).collect()
        }
        _ => vec!["a key that nothing reads is not found".into()],
    }
}

/// Every dependency is named by the program, and every one of tests by a test or a bench.
fn every_crate_is_used() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let tests = ["src", "tests", "benches"].map(|folder| {
        let sources = tree(&root().join(folder)).into_iter();
        let sources = sources.filter(|(path, _)| path.ends_with(".rs"));
        let texts = sources.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        texts.collect::<String>()
    });
    let (program, tests) = (program(|_| true), tests.concat());
    let mut faults = Vec::new();
    for (table, text) in [("dependencies", &program), ("dev-dependencies", &tests)] {
        let crates = manifest[table].as_table().unwrap().keys();
        let unused = crates.filter(|it| !is_named(text, it));
        faults.extend(unused.map(|it| format!("Cargo.toml: no {table} use `{it}`")));
    }
    if is_named(&program, "planted-crate") {
        faults.push("a crate that nothing uses is not found".into());
    }
    faults
}

fn is_named(text: &str, name: &str) -> bool {
    // Of these the library has another name than the package.
    let name = match name {
        "kamadak-exif" => "exif",
        name => name,
    };
    let name = name.replace('-', "_");
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let ends = ["::", ";", "!", " as "];
    text.match_indices(&name).any(|(at, _)| {
        let (before, rest) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(is_word) && ends.iter().any(|it| rest.starts_with(it))
    })
}

/// The lines of `src` that are no comments and no tests at the end of a file, of files with these paths.
fn program(is_read: impl Fn(&str) -> bool) -> String {
    let sources = tree(&root().join("src")).into_iter();
    let sources = sources.filter(|(path, _)| path.ends_with(".rs") && is_read(path));
    let texts = sources.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    let programs = texts.map(|it| {
        it.split("\n#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    let lines: Vec<String> = programs
        .flat_map(|it| it.lines().map(String::from).collect::<Vec<_>>())
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect();
    lines.join("\n")
}

/// Whether a whole word stands behind some text.
fn has_word_after(text: &str, before: &str, word: &str) -> bool {
    let sought = format!("{before}{word}");
    let mut rests = text
        .match_indices(&sought)
        .map(|(at, _)| &text[at + sought.len()..]);
    rests.any(|rest| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_'))
}

fn shown_default(kind: Kind, meaning: &str) -> String {
    match kind {
        _ if meaning.ends_with("required") => "**required**".into(),
        Kind::Text(Some("")) => "| empty |".into(),
        Kind::Text(Some(default)) => format!("| `\"{default}\"` |"),
        Kind::Word(words) => format!("| `\"{}\"` |", words.first().copied().unwrap_or_default()),
        Kind::Flag(default) => format!("| `{default}` |"),
        Kind::Number { min, default, .. } if default >= min => format!("| `{default}` |"),
        _ => String::new(),
    }
}

/// Every field of every view has its row below its view, in the handbook and in the theme's own page.
fn every_view_field() -> Vec<String> {
    let kinds = tree(&root().join("src/site"));
    let kinds = kinds
        .iter()
        .filter(|(path, _)| path.starts_with("render/") || path.starts_with("outputs/"));
    let source: String = kinds
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    let page = page("theme");
    let readme = read("themes/default/README.md");
    let mut faults = Vec::new();
    for (view, fields) in views(&source) {
        let (anchor, heading) = (
            format!("{{#{}}}", view.to_lowercase()),
            format!("### {view}"),
        );
        let places = [("theme.md", &page, anchor), ("README.md", &readme, heading)];
        for (name, text, head) in places {
            let section = text.split(&head).nth(1).unwrap_or_default();
            let section = section.split("\n##").next().unwrap_or_default();
            let missing = fields.iter().filter(|field| row(section, field).is_none());
            faults.extend(missing.map(|field| format!("{name}: no row for `{field}` of {view}")));
        }
    }
    faults
}

/// Every field of what `--json` prints has its word in the section about it.
fn every_field_of_json() -> Vec<String> {
    let page = page("edge");
    let section = page.split("{#json}").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let words = words(section);
    let mut faults = Vec::new();
    for (path, names) in [
        ("src/diag/mod.rs", &["Diagnostic"][..]),
        ("src/site/report.rs", &["Report"]),
        ("src/site/publish/mod.rs", &["Change"]),
        ("src/site/left_out.rs", &["LeftOut"]),
        ("src/site/publish/releases.rs", &["Listed"]),
    ] {
        let source = read(path);
        for (name, fields) in structs(&source).filter(|it| names.contains(&it.0)) {
            // The place of a value in a head is not printed.
            let shown = fields.into_iter().filter(|it| *it != "head");
            let silent = shown.filter(|it| !words.contains(it));
            faults.extend(silent.map(|field| format!("no word of `{field}` of {name}")));
        }
    }
    faults
}

/// Structs whose name ends with `View`, with their public fields.
fn views(source: &str) -> Vec<(&str, Vec<&str>)> {
    structs(source)
        .filter(|(name, _)| name.ends_with("View"))
        .collect()
}

/// Structs with their public fields.
fn structs(source: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let structs = source.split("\npub struct ").skip(1);
    structs
        .filter_map(|text| text.split_once(" {\n"))
        .map(|(name, rest)| {
            let body = rest.split("\n}").next().unwrap_or_default();
            let lines = body
                .lines()
                .filter_map(|line| line.trim().strip_prefix("pub "));
            let fields = lines.filter_map(|line| line.split(':').next());
            (name, fields.collect())
        })
}

/// Every name of front matter, ours and those of other tools, however they write it.
fn every_field_of_front_matter() -> Vec<String> {
    let (source, page) = (read("src/site/parse/front_matter/keys.rs"), page("writing"));
    let table = page
        .split("{#front-matter}")
        .nth(1)
        .and_then(|it| it.split("\n## ").next())
        .unwrap_or_default();
    let known: BTreeSet<String> = words(table)
        .iter()
        .map(|it| fold(it.split(':').next().unwrap_or_default()))
        .collect();
    let names = |list: &str| {
        let text = source.split(list).nth(1).unwrap_or_default().to_owned();
        let text = text.split("];").next().unwrap_or_default().to_owned();
        text.lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("(\"")?
                    .split('"')
                    .next()
                    .map(String::from)
            })
            .collect::<Vec<String>>()
    };
    let (ours, theirs) = (names("const OURS"), names("const THEIRS"));
    assert!(!ours.is_empty() && !theirs.is_empty());
    let rowless = ours.iter().filter(|name| row(table, name).is_none());
    let mut faults: Vec<String> = rowless
        .map(|name| format!("writing.md: no row for `{name}`"))
        .collect();
    let unknown = theirs.iter().filter(|name| !known.contains(&fold(name)));
    faults.extend(unknown.map(|name| format!("writing.md: no `{name}`")));
    faults
}

fn fold(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// Every described route stands in the API's page, and none that is gone.
fn every_route() -> Vec<String> {
    let page = page("api");
    let routes: BTreeSet<String> = tree(&root().join("src/edge"))
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .flat_map(|(_, bytes)| described(&String::from_utf8_lossy(&bytes)))
        .collect();
    assert!(!routes.is_empty());
    let shown = words(&page);
    let mut faults: Vec<String> = routes
        .iter()
        .filter(|route| !shown.contains(route.as_str()))
        .map(|route| format!("api.md: no `{route}`"))
        .collect();
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let claims = shown.iter().filter(|word| {
        let method = word.split_once(" /api/").map(|(method, _)| method);
        method.is_some_and(|method| methods.contains(&method)) && !word.contains("openapi.json")
    });
    let gone = claims.filter(|claim| !routes.contains(**claim));
    faults.extend(gone.map(|claim| format!("api.md: there is no `{claim}`")));
    faults
}

/// `GET /api/me` of each `#[utoipa::path(get, path = "/api/me", …)]`.
fn described(source: &str) -> Vec<String> {
    let attributes = source.split("#[utoipa::path(").skip(1);
    attributes
        .filter_map(|text| {
            let method = text.split(',').next()?.trim().to_uppercase();
            let path = text.split("path = \"").nth(1)?.split('"').next()?;
            Some(format!("{method} {path}"))
        })
        .collect()
}

/// What can be wrong with a paywall is told where authors read of it.
fn every_finding_of_the_paywall() -> Vec<String> {
    let mut faults = findings_without_row("src/diag/paywall.rs", "paywall");
    faults.extend(findings_without_row("src/diag/front_matter.rs", "writing"));
    faults
}

/// Codes of findings in a source that stand in no table of a page.
fn findings_without_row(source: &str, name: &str) -> Vec<String> {
    let (source, page) = (read(source), page(name));
    let texts = source.split('"').skip(1).step_by(2);
    let is_code = |text: &&str| {
        text.contains('-') && text.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')
    };
    let codes: BTreeSet<&str> = texts.filter(is_code).collect();
    assert!(!codes.is_empty());
    let rows: Vec<&str> = page.lines().filter(|it| it.starts_with("| `")).collect();
    let has_row = |code: &str| rows.iter().any(|it| words(it).contains(code));
    let missing = codes.iter().filter(|code| !has_row(code));
    missing
        .map(|code| format!("{name}.md: no row for `{code}`"))
        .collect()
}

/// Every code of a threat that code or tests mention has its row, and each file that a row names mentions the code.
fn every_threat() -> Vec<String> {
    let page = page("threats");
    let mut faults = Vec::new();
    for folder in ["src", "tests"] {
        for (path, bytes) in tree(&root().join(folder)) {
            let text = String::from_utf8_lossy(&bytes);
            let unknown = threat_codes(&text).filter(|code| row(&page, code).is_none());
            faults.extend(
                unknown.map(|it| format!("threats.md: no row for `{it}` of {folder}/{path}")),
            );
        }
    }
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let code = line.split('`').nth(1).unwrap_or_default();
        let files = words(line.rsplit(" | ").next().unwrap_or_default());
        if files.is_empty() {
            faults.push(format!("threats.md: `{code}` names no test"));
        }
        for file in files {
            let text = fs::read_to_string(root().join(file)).unwrap_or_default();
            if !threat_codes(&text).any(|it| it == code) {
                faults.push(format!("threats.md: `{file}` does not mention {code}"));
            }
        }
    }
    faults
}

/// The areas that codes of threats begin with.
const AREAS: [&str; 12] = [
    "AUTHN", "AUTHZ", "BLD", "DOS", "DUR", "HTTP", "OPS", "PRIV", "PW", "RACE", "SES", "XSS",
];

/// Codes such as `SES-02` in a text.
fn threat_codes(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |word: &&str| {
        word.split_once('-').is_some_and(|(area, number)| {
            AREAS.contains(&area)
                && number.len() == 2
                && number.bytes().all(|it| it.is_ascii_digit())
        })
    };
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-')
        .filter(is_code)
}

/// Every dependency has its sentence, and no sentence has outlived its dependency.
fn every_dependency() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let page = page("decisions");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let crates: BTreeSet<&str> = tables
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys().map(String::as_str))
        .collect();
    let missing = crates.iter().filter(|name| row(&page, name).is_none());
    let mut faults: Vec<String> = missing
        .map(|name| format!("decisions.md: no row for `{name}`"))
        .collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let gone = rows
        .filter_map(|row| row.split('`').next())
        .filter(|name| !crates.contains(name));
    faults.extend(gone.map(|name| format!("decisions.md: `{name}` is no dependency")));
    faults
}

/// Every verb and flag that the binary's own help names is explained, and no flag that it does not know.
fn every_verb_and_flag() -> Vec<String> {
    let pages: String = tree(&root().join("content/handbook"))
        .into_iter()
        .filter(|(path, _)| path.ends_with(".md") && !path.ends_with(".zh.md"))
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect();
    let mut known = BTreeSet::new();
    let mut faults = Vec::new();
    let mut verbs: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(verb) = verbs.pop() {
        let help = help(&verb);
        let name = verb.join(" ");
        let forms = [
            format!("`{name}`"),
            format!("`{name} "),
            format!("lyceum {name}"),
        ];
        if !name.is_empty() && !forms.iter().any(|form| pages.contains(form)) {
            faults.push(format!("no word of the verb `{name}`"));
        }
        known.extend(flags(&help));
        let below = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let below = below.lines().take_while(|line| line.starts_with("  "));
        for inner in below.filter_map(|line| line.split_whitespace().next()) {
            verbs.push(verb.iter().cloned().chain([inner.to_owned()]).collect());
        }
    }
    // Other programs have flags of their own.
    let own = pages
        .lines()
        .filter(|it| !it.contains("rsync -") && !it.contains("apt-get "));
    let own = own.collect::<Vec<_>>().join("\n");
    let shown: BTreeSet<String> = words(&own).iter().flat_map(|it| flags(it)).collect();
    let silent = known
        .difference(&shown)
        .filter(|flag| *flag != "--help" && *flag != "--version");
    faults.extend(silent.map(|flag| format!("no word of the flag `{flag}`")));
    let unknown = shown
        .difference(&known)
        .filter(|flag| *flag != "--release" && *flag != "--");
    faults.extend(unknown.map(|flag| format!("there is no flag `{flag}`")));
    faults
}

fn help(verb: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(verb)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{verb:?} --help");
    String::from_utf8(output.stdout).unwrap()
}

/// The site of this repository has nothing to report: links lead somewhere, anchors exist, markers are right.
fn every_page_is_sound() -> Vec<String> {
    let now = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    let outcome = site::check(&BuildOptions::new(root(), now)).unwrap();
    let findings = outcome.diagnostics.iter();
    findings.map(ToString::to_string).collect()
}

/// Long flags in a text.
fn flags(text: &str) -> Vec<String> {
    let is_end = |c: char| !c.is_ascii_lowercase() && c != '-';
    text.split([' ', '/', ',', '`', '\n', '['])
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .filter_map(|word| word.split(is_end).next())
        .filter(|flag| flag.trim_matches('-').len() > 1)
        .map(String::from)
        .collect()
}

/// The export as a page has a heading in each language of the theme for every table and column.
fn every_heading_of_an_export() -> Vec<String> {
    let exported = SLICES.iter().flat_map(|it| it.tables);
    let exported = exported.filter_map(|it| Some((it.name, it.export.shown()?)));
    let names: BTreeSet<&str> = exported
        .flat_map(|(table, shown)| {
            let columns = shown.columns.iter().filter(|it| it.1 != ColumnKind::Page);
            std::iter::once(table).chain(columns.map(|it| it.0))
        })
        .collect();
    assert!(names.len() > 50, "{names:?}");
    let list = read("themes/default/templates/partials/account.html");
    let mut missing = Vec::new();
    for name in names {
        if !list.contains(&format!("\"{name}\"")) {
            missing.push(format!("account.html: no `{name}`"));
        }
        for language in ["en", "zh", "zh-Hant"] {
            let file = format!("themes/default/i18n/{language}.toml");
            if !read(&file).contains(&format!("\ndata_{name} = ")) {
                missing.push(format!("{file}: no `data_{name}`"));
            }
        }
    }
    missing
}
