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
        trial("members_are_changed_as_meant", members_are_changed_as_meant),
        trial("members_are_found_and_shown", members_are_found_and_shown),
        trial(
            "gated_text_changes_no_public_byte",
            gated_text_changes_no_public_byte,
        ),
        trial("one_cause_is_shown_once", one_cause_is_shown_once),
        trial(
            "what_cannot_run_says_what_to_do",
            what_cannot_run_says_what_to_do,
        ),
        trial("json_says_why_nothing_ran", json_says_why_nothing_ran),
        trial("a_result_has_its_object", a_result_has_its_object),
        trial(
            "output_that_cannot_be_written_is_no_panic",
            output_that_cannot_be_written_is_no_panic,
        ),
        trial(
            "a_strict_build_leaves_the_release",
            a_strict_build_leaves_the_release,
        ),
        trial(
            "a_current_that_is_no_link_is_named",
            a_current_that_is_no_link_is_named,
        ),
        trial(
            "what_is_due_follows_the_clock",
            what_is_due_follows_the_clock,
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

/// A tier that is over before it begins, a mistyped database, a variable that is set to nothing: each is said, or is as if
/// it were not there.
fn members_are_changed_as_meant(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let settings = folder.join("site.toml");
    let tier = "\n[[tiers]]\nid = \"pro\"\nname = \"Pro\"\nrank = 10\n";
    let text = fs::read_to_string(&settings)?.replace("# timezone", "timezone");
    fs::write(&settings, text + tier)?;
    let member = |arguments: &[&str]| lyceum(folder, &[&["member"], arguments].concat());
    let add = [
        "add",
        "mei",
        "--email",
        "mei@example.org",
        "--verified",
        "--no-password",
    ];
    expect(&member(&add), 0, &[])?;
    for (until, code, words) in [
        (
            "2020-01-01",
            2,
            "until the end of 2020-01-01 (Asia/Shanghai): a moment that has passed",
        ),
        ("2020-01-01T00:00:00Z", 2, "a moment that has passed"),
        (
            "2999-12-31",
            0,
            "mei has pro until the end of 2999-12-31 (Asia/Shanghai)",
        ),
        (
            "2999-12-31T12:00:00Z",
            0,
            "mei has pro until 2999-12-31 20:00 (Asia/Shanghai)",
        ),
        ("9999-12-31", 0, "mei has pro until 9999-12-3"),
        ("9999-12-32", 2, "is no time"),
        ("forever", 0, "for ever"),
    ] {
        expect(
            &member(&["grant", "mei", "pro", "--until", until]),
            code,
            &[words],
        )?;
    }
    expect(
        &member(&["role", "mei", "owner"]),
        0,
        &["mei is owner", "15 characters"],
    )?;
    let mistyped = ["list", "--database", "typo.db"];
    expect(&member(&mistyped), 2, &["no database at typo.db"])?;
    assert!(!folder.join("typo.db").exists());
    let unset = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["edge", "--release", "nowhere"])
        .current_dir(folder)
        .envs([("LYCEUM_TRUSTED_PROXIES", ""), ("LYCEUM_LISTEN", "")])
        .output()?;
    let said = String::from_utf8_lossy(&unset.stderr);
    assert!(
        unset.status.code() == Some(2) && said.contains("nowhere"),
        "{said}"
    );
    Ok(())
}

/// By handle or address; a list has a header, and is held to what is asked for; one member is shown in full.
fn members_are_found_and_shown(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let settings = folder.join("site.toml");
    let tier = "\n[[tiers]]\nid = \"pro\"\nname = \"Pro\"\nrank = 10\n";
    fs::write(&settings, fs::read_to_string(&settings)? + tier)?;
    let member = |arguments: &[&str]| lyceum(folder, &[&["member"], arguments].concat());
    for (handle, more) in [("mei", &["--verified"][..]), ("lan", &["--role", "editor"])] {
        let email = format!("{handle}@example.org");
        let add = [&["add", handle, "--email", email.as_str()], more].concat();
        expect(&member(&add), 0, &[])?;
    }
    for (arguments, code, words) in [
        (
            &["grant", "MEI@example.org", "pro", "--until", "forever"][..],
            0,
            "has pro for ever",
        ),
        (
            &["grant", "nobody@example.org", "pro", "--until", "forever"],
            2,
            "no member is called",
        ),
        (
            &[
                "suspend",
                "lan@example.org",
                "--reason",
                "Sent advertisements.",
            ],
            0,
            "is suspended",
        ),
        (
            &["suspend", "mei", "--reason", "two\nlines"],
            2,
            "one line of at most 200 characters",
        ),
        (&["show", "lan"], 0, "reason          Sent advertisements."),
        (&["show", "lan@example.org"], 0, "state           suspended"),
        (&["show", "mei"], 0, "tiers           pro"),
        (
            &["list"],
            0,
            "handle\trole\tstate\taddress\tjoined\tlast seen\ttiers",
        ),
        (&["list", "--count"], 0, "2"),
        (&["list", "--count", "--state", "suspended"], 0, "1"),
        (
            &["list", "--count", "--role", "editor", "--state", "verified"],
            0,
            "0",
        ),
        (&["list", "--count", "--tier", "pro"], 0, "1"),
        (
            &["list", "--count", "--tier", "gold"],
            2,
            "no tier is called `gold`",
        ),
        (&["list", "--count", "--find", "MEI@"], 0, "1"),
        (&["confirm", "mei"], 2, "is confirmed already"),
        (&["suspend", "lan", "--lift"], 0, "may sign in again"),
        (&["confirm", "lan"], 0, "a letter to lan@example.org waits"),
        (
            &["address", "mei", "lan@example"],
            2,
            "is no e-mail address",
        ),
        (
            &["address", "mei", "new@example.org"],
            0,
            "once the letter to it is opened",
        ),
        (
            &["show", "mei"],
            0,
            "to be confirmed new@example.org until 2",
        ),
        (
            &["address", "mei", "new@example.org", "--verified"],
            0,
            "has the address",
        ),
        (
            &["address", "lan", "new@example.org"],
            2,
            "has this address already",
        ),
    ] {
        let output = member(arguments);
        expect(&output, code, &[words])?;
        let said = String::from_utf8(output.stdout)?;
        if arguments.contains(&"--count") && code == 0 {
            assert_eq!(said.trim(), words, "{arguments:?}");
        }
    }
    let shown = &lines(&member(&["show", "new@example.org", "--json"]))?[0];
    assert_eq!(shown["handle"], "mei");
    assert_eq!(shown["pending_email"], Value::Null);
    let listed = lines(&member(&["list", "--json", "--find", "mei"]))?;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["last_seen_at"], Value::Null);
    Ok(())
}

/// The lines of standard output as JSON.
fn lines(output: &Output) -> Result<Vec<Value>, Failed> {
    let text = String::from_utf8(output.stdout.clone())?;
    let values = text.lines().map(serde_json::from_str);
    values
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error}: {text}").into())
}

fn one_cause_is_shown_once(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    for at in 0..40 {
        let page = format!("---\ndesciptions: X\nmath: true\n---\n# P{at}\n\n[a](/gone/)\n");
        fs::write(folder.join(format!("content/p{at:02}.md")), page)?;
    }
    let output = lyceum(folder, &["build"]);
    expect(
        &output,
        0,
        &[
            "content/p00.md:7:1: warning",
            "and 39 more: content/p01.md:7, content/p02.md:7,",
            "--all",
        ],
    )?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 6, "{said}");
    let all = lyceum(folder, &["build", "--all"]);
    let said = String::from_utf8_lossy(&all.stderr).into_owned();
    assert_eq!(said.matches(": warning: ").count(), 40, "{said}");
    let json = lines(&lyceum(folder, &["build", "--json"]))?;
    assert_eq!(json.len(), 41);
    // A key that decides is an error in each page, however many have it.
    for at in 0..40 {
        let page = format!("---\nacess: paid\n---\n# P{at}\n");
        fs::write(folder.join(format!("content/p{at:02}.md")), page)?;
    }
    let output = lyceum(folder, &["build", "--shrink"]);
    expect(
        &output,
        1,
        &["`acess` is nearly `access`", "and 39 more", "40 errors"],
    )
}

/// Each failure says what comes next, and none is in the words of the operating system.
fn what_cannot_run_says_what_to_do(folder: &Path) -> Result<(), Failed> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let port = taken.local_addr()?.port().to_string();
    let admin = ["--admin-listen", "127.0.0.1:0"];
    let says = |arguments: &[&str], words: &[&str]| -> Result<(), Failed> {
        let output = lyceum(folder, arguments);
        expect(&output, 2, words)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match said.contains("os error") {
            true => Err(format!("{arguments:?}: {said}").into()),
            false => Ok(()),
        }
    };
    for verb in [
        &["build"][..],
        &["check"],
        &["serve", "-p", "0"],
        &["new", "a.md"],
        &["member", "list"],
    ] {
        says(verb, &["there is no site in `.`", "`lyceum init`"])?;
    }
    expect(
        &lyceum(folder, &["init"]),
        0,
        &["next:", "lyceum serve", "lyceum build"],
    )?;
    says(
        &["build", "--root", "content"],
        &["the site is `", "--root"],
    )?;
    says(
        &["edge"],
        &["there is no release in ./dist", "lyceum build"],
    )?;
    says(&["serve", "--port", &port], &["is in use", "--port"])?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    says(
        &[&["edge", "--listen", &address], &admin[..]].concat(),
        &["is in use", "--listen"],
    )?;
    says(
        &[
            "edge",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            &address,
        ],
        &["is in use", "--admin-listen"],
    )?;
    fs::write(
        folder.join("site.toml"),
        "title = 'T'\nbase_url = 'http://127.0.0.1/'\ntheme = 'papper'\n",
    )?;
    says(
        &["build"],
        &["no theme lies in `themes/papper`", "there are: default"],
    )
}

/// Each exit of 2 is one object with the fields of a finding, whatever it was that did not run.
fn json_says_why_nothing_ran(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let check = |arguments: &[&str], code: &str, path: &str| -> Result<Value, Failed> {
        let output = lyceum(folder, arguments);
        expect(&output, 2, &[])?;
        let said = lines(&output)?;
        let [fatal] = &said[..] else {
            return Err(format!("{arguments:?}: {said:?}").into());
        };
        assert_eq!(fatal["severity"], "fatal", "{arguments:?}");
        assert_eq!(fatal["code"], code, "{arguments:?}");
        assert_eq!(fatal["path"], path, "{arguments:?}");
        assert!(fatal["message"].as_str().is_some_and(|it| !it.is_empty()));
        let all = ["line", "column", "excerpt", "help"];
        assert!(all.iter().all(|it| !fatal[it].is_null()), "{fatal}");
        Ok(fatal.clone())
    };
    let no_site = check(
        &["build", "--json", "--root", "nosuch"],
        "no-site",
        "nosuch/site.toml",
    )?;
    assert!(no_site["help"].to_string().contains("lyceum init"));
    check(
        &["check", "--json", "--root", "nosuch"],
        "no-site",
        "nosuch/site.toml",
    )?;
    check(
        &["build", "--json", "--base-url", "notaurl"],
        "base-url",
        "",
    )?;
    check(&["build", "--json", "--no-such-flag"], "arguments", "")?;
    check(&["build", "--json", "--buildDrafts"], "arguments", "")?;
    check(&["build", "--json", "--now", "tomorrow"], "arguments", "")?;
    check(
        &["build", "--json", "--out", "content/x"],
        "output-inside",
        "./content/x",
    )?;
    fs::create_dir(folder.join("other"))?;
    fs::write(folder.join("other/mine"), "")?;
    check(
        &["build", "--json", "--out", "other"],
        "foreign-output",
        "./other",
    )?;
    fs::create_dir_all(folder.join("templates"))?;
    fs::write(folder.join("templates/page.html"), "<p>\n{% if %}")?;
    for verb in ["build", "check"] {
        let fatal = check(&[verb, "--json"], "template-fault", "templates/page.html")?;
        assert_eq!((&fatal["line"], &fatal["column"]), (&json!(2), &json!(7)));
        assert_eq!(fatal["excerpt"], "{% if %}");
    }
    let output = lyceum(folder, &["build"]);
    expect(
        &output,
        2,
        &["templates/page.html:2:7: error: ", "2 | {% if %}"],
    )?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(said.matches("error").count(), 1, "{said}");
    Ok(())
}

/// `build` and `check` end with one object that says what came of it.
fn a_result_has_its_object(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let last = |arguments: &[&str]| -> Result<Value, Failed> {
        let lines = lines(&lyceum(folder, arguments))?;
        Ok(lines.last().ok_or("nothing was said")?.clone())
    };
    let checked = last(&["check", "--json"])?;
    assert_eq!(
        (&checked["n_pages"], &checked["release"]),
        (&json!(2), &Value::Null)
    );
    let built = last(&["build", "--json"])?;
    let release = fs::read_link(folder.join("dist/current"))?;
    assert!(release.ends_with(built["release"].as_str().unwrap_or_default()));
    assert!(Path::new(built["folder"].as_str().unwrap_or_default()).ends_with(release));
    let all = built["changed"].as_array().map_or(0, Vec::len);
    assert_eq!(all, tree(&folder.join("dist/current/public")).len());
    fs::rename(
        folder.join("content/first-page.md"),
        folder.join("content/moved.md"),
    )?;
    let moved = last(&["build", "--json"])?;
    assert_eq!(moved["deleted"], json!(["first-page/index.html"]));
    let changed = moved["changed"].to_string();
    assert!(changed.contains("\"moved/index.html\"") && !changed.contains("first-page"));
    let again = last(&["build", "--json"])?;
    assert_eq!(
        (&again["changed"], &again["release"]),
        (&json!([]), &moved["release"])
    );
    fs::write(folder.join("content/bad.md"), "---\naccess: membres\n---\n")?;
    let refused = last(&["build", "--json", "--strict"])?;
    assert_eq!(
        (&refused["release"], &refused["n_errors"]),
        (&Value::Null, &json!(1))
    );
    Ok(())
}

fn output_that_cannot_be_written_is_no_panic(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let full = || fs::File::options().write(true).open("/dev/full");
    for arguments in [
        &["build"][..],
        &["build", "--json"],
        &["check"],
        &["member", "list", "--json"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lyceum"));
        command.args(arguments).current_dir(folder);
        if arguments[0] == "member" {
            let add = ["member", "add", "mei", "--email", "mei@example.org"];
            expect(&lyceum(folder, &add), 0, &[])?;
        }
        let output = command.stdout(full()?).output()?;
        expect(&output, 2, &["cannot write to standard output"])?;
    }
    // Findings that nobody can hear change nothing.
    fs::write(folder.join("content/bad.md"), "[dead](gone.md)\n")?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_lyceum"));
    let output = command
        .arg("build")
        .current_dir(folder)
        .stderr(full()?)
        .output()?;
    expect(&output, 0, &["1 warning"])
}

fn a_strict_build_leaves_the_release(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    expect(&lyceum(folder, &["build", "--strict"]), 0, &[])?;
    let release = fs::read_link(folder.join("dist/current"))?;
    let page = folder.join("content/first-page.md");
    let text = fs::read_to_string(&page)?;
    fs::write(&page, text.replace("tags:", "access: membres\ntags:"))?;
    let output = lyceum(folder, &["build", "--strict"]);
    expect(&output, 1, &["nothing published", "membres"])?;
    assert_eq!(fs::read_link(folder.join("dist/current"))?, release);
    assert_eq!(fs::read_dir(folder.join("dist/releases"))?.count(), 1);
    Ok(())
}

/// A folder that was unpacked from an archive, or copied by `cp -rL`, has a real folder for a link.
fn a_current_that_is_no_link_is_named(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    crate::process::run(
        "cp",
        &[
            "-rL",
            &folder.join("dist").display().to_string(),
            &folder.join("copy").display().to_string(),
        ],
    )?;
    let before = tree(&folder.join("copy"));
    let output = lyceum(folder, &["build", "--out", "copy"]);
    expect(
        &output,
        2,
        &["copy/current", "is no symbolic link", "delete it"],
    )?;
    assert!(tree(&folder.join("copy")) == before, "the copy was touched");
    fs::remove_dir_all(folder.join("copy/current"))?;
    fs::write(folder.join("copy/current"), "a file")?;
    let output = lyceum(folder, &["build", "--out", "copy"]);
    expect(&output, 2, &["copy/current", "is no symbolic link"])?;
    fs::remove_file(folder.join("copy/current"))?;
    expect(&lyceum(folder, &["build", "--out", "copy"]), 0, &[])
}

/// `SOURCE_DATE_EPOCH` hides no page, and has to be a number; `--now` says otherwise what is due.
fn what_is_due_follows_the_clock(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    fs::write(
        folder.join("content/d.md"),
        "---\ndate: 2024-05-01\n---\nx\n",
    )?;
    let build = |epoch: &str, arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .arg("build")
            .args(arguments)
            .current_dir(folder)
            .env("SOURCE_DATE_EPOCH", epoch)
            .output()
            .unwrap()
    };
    let is_there = || folder.join("dist/current/public/d/index.html").exists();
    expect(&build("315532800", &[]), 0, &["3 pages"])?;
    assert!(is_there(), "a page of the past is left out");
    for bad in ["abc", "", "-1", "1.5", "2024-05-01"] {
        expect(&build(bad, &[]), 2, &["SOURCE_DATE_EPOCH", "help: "])?;
    }
    for (now, is_due) in [("1700000000", false), ("2024-05-01T00:00:00Z", true)] {
        expect(&build("0", &["--now", now, "--shrink"]), 0, &[])?;
        assert_eq!(is_there(), is_due, "{now}");
    }
    // The owner's verbs have no clock but the machine's.
    let output = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["member", "add", "mei", "--email", "mei@example.org"])
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "315532800")
        .output()?;
    expect(&output, 0, &[])?;
    let listed = lines(&lyceum(folder, &["member", "list", "--json"]))?;
    let joined = listed[0]["joined_at"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(!joined.starts_with("1980"), "{joined}");
    Ok(())
}
