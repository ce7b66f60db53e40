//! The binary itself, in a temporary folder: what it writes, says and ends with.

use crate::harness::{lay_over, tree};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// One trial a journey.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn(&Path) -> Result<(), Failed>| {
        Trial::test(format!("cli::{name}"), move || {
            run(tempfile::tempdir()?.path())
        })
    };
    vec![
        trial("a_fresh_site_builds_clean", a_fresh_site_builds_clean),
        trial("init_never_overwrites", init_never_overwrites),
        trial("new_makes_a_page_that_builds", new_makes_a_page_that_builds),
        trial(
            "faults_have_a_place_and_a_code",
            faults_have_a_place_and_a_code,
        ),
        trial("check_writes_nothing", check_writes_nothing),
        trial(
            "a_second_build_writes_nothing",
            a_second_build_writes_nothing,
        ),
        trial("a_build_says_why", a_build_says_why),
        trial("threads_make_no_difference", threads_make_no_difference),
        trial(
            "a_foreign_folder_is_left_alone",
            a_foreign_folder_is_left_alone,
        ),
        trial(
            "other_tools_words_are_answered",
            other_tools_words_are_answered,
        ),
        trial(
            "a_newer_database_is_left_alone",
            a_newer_database_is_left_alone,
        ),
        trial(
            "gated_text_changes_no_public_byte",
            gated_text_changes_no_public_byte,
        ),
    ]
}

fn lyceum(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(arguments)
        .current_dir(folder)
        .env("LYCEUM_VAULT_KEY", "11".repeat(32))
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap()
}

fn expect(output: &Output, code: i32, words: &[&str]) -> Result<(), Failed> {
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if output.status.code() != Some(code) {
        return Err(format!("ended with {:?}, not {code}:\n{said}", output.status.code()).into());
    }
    match words.iter().find(|word| !said.contains(**word)) {
        Some(word) => Err(format!("did not say `{word}`:\n{said}").into()),
        None => Ok(()),
    }
}

fn a_fresh_site_builds_clean(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &["5 new files"])?;
    let output = lyceum(folder, &["build", "--strict"]);
    expect(&output, 0, &[" pages, ", " files written, "])?;
    if !output.stderr.is_empty() {
        return Err(format!(
            "findings in a fresh site: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let public = tree(&folder.join("dist/current/public"));
    for file in [
        "index.html",
        "first-page/index.html",
        "404.html",
        "atom.xml",
        "sitemap.xml",
        "members/join/index.html",
    ] {
        if !public.contains_key(file) {
            return Err(format!("no {file} among {:?}", public.keys()).into());
        }
    }
    Ok(())
}

fn init_never_overwrites(folder: &Path) -> Result<(), Failed> {
    fs::create_dir(folder.join("content"))?;
    fs::write(folder.join("content/mine.md"), "# Mine\n")?;
    fs::write(folder.join(".gitignore"), "mine\n")?;
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    assert_eq!(fs::read_to_string(folder.join(".gitignore"))?, "mine\n");
    assert!(
        !folder.join("content/first-page.md").exists(),
        "examples were laid among an author's pages"
    );
    expect(
        &lyceum(folder, &["init"]),
        2,
        &["is a site already", "help:"],
    )
}

fn new_makes_a_page_that_builds(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    expect(
        &lyceum(folder, &["new", "guides/first-steps.md"]),
        0,
        &["content/guides/first-steps.md"],
    )?;
    expect(
        &lyceum(folder, &["new", "guides/first-steps"]),
        2,
        &["is there already"],
    )?;
    expect(
        &lyceum(folder, &["new", "../escape.md"]),
        2,
        &["cannot be a page"],
    )?;
    expect(&lyceum(folder, &["build", "--drafts"]), 0, &[])?;
    assert!(
        folder
            .join("dist/current/public/guides/first-steps/index.html")
            .exists()
    );
    Ok(())
}

fn faults_have_a_place_and_a_code(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    fs::write(
        folder.join("content/bad.md"),
        "---\ntitle: Bad\n---\n\ntext\n\n<!-- membres -->\n\nsecret\n",
    )?;
    expect(
        &lyceum(folder, &["build"]),
        1,
        &["content/bad.md:7:1: error: ", "help: "],
    )?;
    let json = lyceum(folder, &["build", "--json"]);
    expect(
        &json,
        1,
        &[r#""path":"content/bad.md","line":7,"column":1"#],
    )?;
    fs::write(
        folder.join("site.toml"),
        "title = \"x\"\nbase_url = \"https://example.org\"\ntilte = 1\n",
    )?;
    expect(
        &lyceum(folder, &["build"]),
        1,
        &["site.toml:3:1: error: ", "`title`"],
    )
}

fn check_writes_nothing(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    fs::write(
        folder.join("content/links.md"),
        "# Links\n\n[gone](gone.md)\n",
    )?;
    let before = tree(folder);
    expect(
        &lyceum(folder, &["check"]),
        1,
        &["content/links.md:3:1: error: "],
    )?;
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        tree(folder).keys().collect::<Vec<_>>()
    );
    expect(
        &lyceum(folder, &["build"]),
        0,
        &["content/links.md:3:1: warning: "],
    )
}

fn a_second_build_writes_nothing(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    let release = fs::read_link(folder.join("dist/current"))?;
    expect(&lyceum(folder, &["build"]), 0, &[" 0 files written"])?;
    assert_eq!(fs::read_link(folder.join("dist/current"))?, release);
    Ok(())
}

fn a_build_says_why(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let page = "content/first-page.md";
    let build = |arguments: &[&str]| lyceum(folder, &[&["build"], arguments].concat());
    let said = build(&["--why", page, "--timings"]);
    expect(
        &said,
        0,
        &[
            "first-page/index.html: rendered again (new), written",
            " rendered again: new",
        ],
    )?;
    for asked in ["/first-page/", "first-page/index.html", page] {
        let said = build(&["--why", asked]);
        let words = [
            "first-page/index.html: as it was: nothing that it is made of has changed",
            "  text: content/first-page.md\n",
            "  templates: (default theme)/templates/base.html, ",
        ];
        expect(&said, 0, &words)?;
    }
    let text = fs::read_to_string(folder.join(page))?;
    fs::write(folder.join(page), text + "\n\nOne more.\n")?;
    let said = build(&["--json", "--why", page]);
    let lines: Vec<Value> = String::from_utf8(said.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let [why, report] = &lines[..] else {
        return Err(format!("not two lines: {lines:?}").into());
    };
    assert_eq!(why["output"]["stale"]["changed"], json!(["text"]));
    assert_eq!(why["output"]["is_other"], true);
    assert_eq!(why["output"]["made_of"]["text"], json!([page]));
    assert_eq!(report["stale"]["text"], 1);
    let said = build(&["--why", "first-page/index.htm"]);
    expect(
        &said,
        0,
        &[
            "no output is called",
            "did you mean `first-page/index.html`?",
        ],
    )
}

fn threads_make_no_difference(folder: &Path) -> Result<(), Failed> {
    lay_over(&crate::harness::root().join("tests/edge/_site"), folder);
    expect(
        &lyceum(folder, &["build", "--jobs", "1", "--out", "one"]),
        0,
        &[],
    )?;
    expect(
        &lyceum(folder, &["build", "--jobs", "16", "--out", "many"]),
        0,
        &[],
    )?;
    assert!(
        tree(&folder.join("one/current")) == tree(&folder.join("many/current")),
        "1 and 16 threads differ"
    );
    Ok(())
}

fn a_foreign_folder_is_left_alone(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    fs::create_dir(folder.join("dist"))?;
    fs::write(folder.join("dist/precious"), "mine")?;
    expect(&lyceum(folder, &["build"]), 2, &["dist"])?;
    assert_eq!(fs::read_to_string(folder.join("dist/precious"))?, "mine");
    Ok(())
}

fn other_tools_words_are_answered(folder: &Path) -> Result<(), Failed> {
    expect(
        &lyceum(folder, &["build", "--buildDrafts"]),
        2,
        &["use `--drafts`"],
    )?;
    expect(
        &lyceum(folder, &["build", "--baseURL=https://example.org"]),
        2,
        &["use `--base-url`"],
    )?;
    expect(
        &lyceum(folder, &["-q", "build", "--root", "nowhere"]),
        2,
        &["nowhere"],
    )
}

fn gated_text_changes_no_public_byte(folder: &Path) -> Result<(), Failed> {
    lay_over(&crate::harness::root().join("tests/edge/_site"), folder);
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    let before = tree(&folder.join("dist/current/public"));
    let page = folder.join("content/guides/parts.md");
    let text = fs::read_to_string(&page)?;
    let other = "Between zebras [^n], `code` and ![x](plan.svg).\n\n# Public-looking heading\n\n[^n]: note\n\n| a |\n|---|\n| b |";
    fs::write(
        &page,
        text.replace("zebraquartzmembers", other)
            .replace("Members heading", "The end"),
    )?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    let after = tree(&folder.join("dist/current/public"));
    assert!(before == after, "public bytes moved with gated text");
    let all: Vec<u8> = after.into_values().flatten().collect();
    for canary in [
        "zebraquartzpaid",
        "zebraquartzpro",
        "plan.svg",
        "Public-looking",
    ] {
        assert!(
            !all.windows(canary.len()).any(|it| it == canary.as_bytes()),
            "{canary} is public"
        );
    }
    Ok(())
}

/// DUR-08: a database that a later program has changed is not served from, nor touched.
fn a_newer_database_is_left_alone(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    expect(&lyceum(folder, &["member", "list"]), 0, &[])?;
    let file = folder.join(".lyceum/lyceum.db");
    let later = rusqlite::Connection::open(&file)?;
    later.execute_batch(
        "INSERT INTO schema_version SELECT 9000 + version, name, checksum FROM schema_version; DROP TABLE comment_like;",
    )?;
    later.close().map_err(|(_, error)| error)?;
    let before = fs::read(&file)?;
    let words = ["this program knows", "use a newer lyceum"];
    for verb in [
        &["member", "list"][..],
        &[
            "edge",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ],
    ] {
        expect(&lyceum(folder, verb), 2, &words)?;
    }
    assert!(before == fs::read(&file)?, "the database was changed");
    Ok(())
}
