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
        trial("init_speaks_a_language", init_speaks_a_language),
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
        trial("what_is_left_out_is_counted", what_is_left_out_is_counted),
        trial(
            "a_page_with_an_error_can_stay",
            a_page_with_an_error_can_stay,
        ),
        trial(
            "an_earlier_release_can_be_had_again",
            an_earlier_release_can_be_had_again,
        ),
        trial("a_build_says_what_to_upload", a_build_says_what_to_upload),
        trial("a_build_watches", a_build_watches),
        trial("a_cache_goes_with_its_site", a_cache_goes_with_its_site),
        trial(
            "a_site_without_members_leads_to_none",
            a_site_without_members_leads_to_none,
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

/// Runs the binary in a folder.
pub fn lyceum(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(arguments)
        .current_dir(folder)
        .env("LYCEUM_VAULT_KEY", "11".repeat(32))
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap()
}

/// Fails unless a run ended with this code and said all these words.
pub fn expect(output: &Output, code: i32, words: &[&str]) -> Result<(), Failed> {
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

fn init_speaks_a_language(folder: &Path) -> Result<(), Failed> {
    for (tag, word) in [
        ("zh-CN", "页面"),
        ("zh_tw", "頁面"),
        ("zh-HK", "頁面"),
        ("en-GB", "Welcome"),
    ] {
        let site = folder.join(tag);
        fs::create_dir(&site)?;
        expect(&lyceum(&site, &["init", "--language", tag]), 0, &[])?;
        assert!(fs::read_to_string(site.join("content/_index.md"))?.contains(word));
        expect(&lyceum(&site, &["build", "--strict"]), 0, &[])?;
    }
    expect(
        &lyceum(folder, &["init", "-l", "nonsense1"]),
        2,
        &["is no language tag", "help:"],
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
    let add = ["member", "add", "mei", "--email", "mei@example.org"];
    expect(&lyceum(folder, &add), 0, &[])?;
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
        (
            "2999-12-01",
            0,
            "lasts longer: pro until the end of 2999-12-31",
        ),
        ("2999-12-31T12:00", 2, "is no time"),
        ("2999-12-31 12:00:00", 2, "is no time"),
        ("2999-12-31T12:00:00+25:00", 2, "is no time"),
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
            "another member has the address",
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

fn last_object(output: &Output) -> Result<Value, Failed> {
    Ok(lines(output)?.last().ok_or("nothing was said")?.clone())
}

fn what_is_left_out_is_counted(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    for (name, head) in [
        ("bad", "access: membres"),
        ("twin", "id: first-page"),
        ("draft", "draft: true"),
        ("later", "date: 2026-03-01"),
        ("latest", "publish_at: 2026-04-01 08:00:00 +08:00"),
        ("ends", "expires_at: 2026-02-15"),
        ("over", "expires_at: 2026-01-15"),
        ("draft-later", "draft: true\npublish_at: 2026-02-02"),
        ("bad-later", "publish_at: 2026-02-03\naccess: nobody"),
    ] {
        let page = format!("---\ntitle: {name}\n{head}\n---\nText.\n");
        fs::write(folder.join(format!("content/{name}.md")), page)?;
    }
    let head = "---\ntitle: Held\ndraft: true\n---\n";
    fs::create_dir(folder.join("content/held"))?;
    fs::write(folder.join("content/held/_index.md"), head)?;
    fs::write(folder.join("content/held/one.md"), "# One\n")?;
    let page = fs::read_to_string(folder.join("content/first-page.md"))?;
    let dated = page.lines().map(|it| {
        if it.starts_with("date:") {
            "date: 2026-01-01"
        } else {
            it
        }
    });
    fs::write(
        folder.join("content/first-page.md"),
        dated.collect::<Vec<_>>().join("\n"),
    )?;
    let now = ["--now", "2026-02-01T00:00:00Z"];
    let said = ["3 pages, 3 left out for errors, 4 drafts, 2 scheduled, 1 expired, "];
    expect(&lyceum(folder, &[&["build"], &now[..]].concat()), 1, &said)?;
    for verb in ["build", "check"] {
        let object = last_object(&lyceum(folder, &[&[verb, "--json"], &now[..]].concat()))?;
        assert_eq!(object["next_due"], "2026-02-15T00:00:00Z", "{verb}");
        let reason = |path: &str| -> Value {
            let all = object["left_out"].as_array().cloned().unwrap_or_default();
            let found = all
                .iter()
                .find(|it| it["path"] == format!("content/{path}.md"));
            found.map_or(Value::Null, |it| it["reason"].clone())
        };
        for (path, wanted) in [
            ("bad", json!("error")),
            ("twin", json!("error")),
            ("held/one", json!("draft")),
            ("later", json!("scheduled")),
            ("over", json!("expired")),
            ("ends", Value::Null),
        ] {
            assert_eq!(reason(path), wanted, "{verb} {path}");
        }
    }
    // A build that finds nothing changed knows it too.
    expect(&lyceum(folder, &[&["build"], &now[..]].concat()), 1, &said)
}

/// The page of an error is published as it was before, and never more open than its head asks now.
fn a_page_with_an_error_can_stay(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let page = folder.join("content/page.md");
    let public = folder.join("dist/current/public/page/index.html");
    let write = |head: &str, text: &str| fs::write(&page, format!("---\n{head}\n---\n{text}\n"));
    let parts = |folder: &Path| -> usize {
        fs::read_dir(folder.join("dist/current/vault/parts")).map_or(0, Iterator::count)
    };
    let good = "Free text one.\n\n<!-- more -->\n\nGated words here.";
    write("title: Page\naccess: members", good)?;
    expect(&lyceum(folder, &["build"]), 0, &["3 pages"])?;
    assert_eq!(parts(folder), 2);
    let keep = ["build", "--keep-last", "--now", "2999-06-01T00:00:00Z"];
    for (head, text, stays) in [
        // An error that has nothing to do with who reads it.
        ("title: Page\naccess: members\nweight: heavy", good, true),
        (
            "title: Page\naccess: members\nweight: heavy",
            "Free text one. More.\n\n<!-- more -->\n\nGated.",
            true,
        ),
        // The head cannot be read, or asks for less.
        ("title: [Page\naccess: members", good, false),
        ("title: Page\naccess: membres", good, false),
        ("title: Page\naccess: paid\nweight: heavy", good, false),
        (
            "title: Page\naccess: members\nweight: heavy\ndraft: true",
            good,
            false,
        ),
        (
            "title: Page\naccess: members\nweight: heavy\npublish_at: 2999-07-01",
            good,
            false,
        ),
        (
            "title: Page\naccess: members\nweight: heavy\nexpires_at: 2999-05-01",
            good,
            false,
        ),
        (
            "title: Page\naccess: members\nweight: heavy\nexpires_at: soon",
            good,
            false,
        ),
        (
            "title: Page\naccess: members\nweight: heavy\nexpires_at: 2999-07-01",
            good,
            true,
        ),
    ] {
        // Only what the current release shows can stay.
        write("title: Page\naccess: members", good)?;
        expect(&lyceum(folder, &["build"]), 0, &["3 pages"])?;
        write(head, text)?;
        let said = match stays {
            true => "3 pages, 1 with errors kept as before",
            false => "2 pages, 1",
        };
        expect(&lyceum(folder, &keep), 1, &[said])?;
        assert_eq!(public.exists(), stays, "{head}");
        assert_eq!(parts(folder), if stays { 2 } else { 1 }, "{head}");
        if stays {
            let html = fs::read_to_string(&public)?;
            assert!(
                html.contains("Free text one.") && !html.contains("Gated"),
                "{head}"
            );
        }
    }
    // What was asked for holds when nothing but the time has changed.
    let later = ["build", "--keep-last", "--now", "2999-08-01T00:00:00Z"];
    expect(
        &lyceum(folder, &later),
        1,
        &["2 pages, 1 left out for errors"],
    )?;
    // It has left the release, and stays away until it is corrected.
    let gone = ["2 pages, 1 left out for errors"];
    expect(&lyceum(folder, &keep), 1, &gone)?;
    write("title: Page\naccess: members", good)?;
    expect(&lyceum(folder, &["build"]), 0, &["3 pages"])?;
    write("title: Page\naccess: members\nweight: heavy", good)?;
    let json = last_object(&lyceum(folder, &[&keep[..], &["--json"]].concat()))?;
    assert_eq!(json["kept"], json!(["content/page.md"]));
    assert_eq!(json["left_out"], json!([]));
    // Without the flag the page is missing.
    expect(
        &lyceum(folder, &["build"]),
        1,
        &["2 pages, 1 left out for errors"],
    )?;
    assert!(!public.exists());
    write("title: Page", "All is free.")?;
    expect(&lyceum(folder, &keep), 0, &["3 pages, "])
}

fn an_earlier_release_can_be_had_again(folder: &Path) -> Result<(), Failed> {
    let none = ["there is no release in `./dist`", "lyceum build"];
    expect(&lyceum(folder, &["releases"]), 2, &none)?;
    expect(&lyceum(folder, &["rollback"]), 2, &none)?;
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let current = || -> Result<String, Failed> {
        let target = fs::read_link(folder.join("dist/current"))?;
        Ok(target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned())
    };
    let build = |text: &str| -> Result<String, Failed> {
        fs::write(folder.join("content/page.md"), format!("# {text}\n"))?;
        expect(&lyceum(folder, &["build"]), 0, &[])?;
        current()
    };
    let one = build("One")?;
    expect(
        &lyceum(folder, &["rollback"]),
        2,
        &["no release before", "help:"],
    )?;
    let two = build("Two")?;
    let three = build("Three")?;
    let list = String::from_utf8(lyceum(folder, &["releases"]).stdout)?;
    let rows: Vec<&str> = list.lines().collect();
    assert!(
        rows[0].starts_with(&format!("* {three}  ")) && rows[0].ends_with("3 pages"),
        "{list}"
    );
    assert!(
        rows[1].starts_with(&format!("  {two}")) && rows[2].contains(&one),
        "{list}"
    );
    let objects = lines(&lyceum(folder, &["releases", "--json"]))?;
    assert_eq!(
        (&objects[0]["id"], &objects[0]["is_current"]),
        (&json!(three), &json!(true))
    );
    expect(&lyceum(folder, &["rollback"]), 0, &[&two, &three])?;
    assert_eq!(current()?, two);
    // The same site again would undo it.
    let build_again = lyceum(folder, &["build"]);
    let rollback = format!("lyceum rollback {three}");
    expect(&build_again, 2, &["nothing was published", &two, &rollback])?;
    assert_eq!(current()?, two);
    let fatal = last_object(&lyceum(folder, &["build", "--json"]))?;
    assert_eq!(
        (&fatal["severity"], &fatal["code"]),
        (&json!("fatal"), &json!("rolled-back"))
    );
    expect(
        &lyceum(folder, &["rollback", &one[..12]]),
        0,
        &[&one, &three],
    )?;
    expect(&lyceum(folder, &["build"]), 2, &["nothing was published"])?;
    expect(
        &lyceum(folder, &["rollback", "ffffffff"]),
        2,
        &["no release `ffffffff`", "lyceum releases"],
    )?;
    // Another site is published, and says what it replaces; what readers had stays to be gone back to.
    fs::write(folder.join("content/page.md"), "# Four\n")?;
    expect(
        &lyceum(folder, &["build"]),
        0,
        &["this release replaces", &one],
    )?;
    expect(&lyceum(folder, &["build"]), 0, &["0 files written"])?;
    let left = String::from_utf8(lyceum(folder, &["releases"]).stdout)?;
    assert!(left.contains(&one) && left.lines().count() == 3, "{left}");
    // Going forward again is no going back.
    let four = current()?;
    expect(&lyceum(folder, &["rollback"]), 0, &[])?;
    expect(&lyceum(folder, &["rollback", &four]), 0, &["again"])?;
    expect(&lyceum(folder, &["build"]), 0, &["0 files written"])?;
    expect(&lyceum(folder, &["rollback", &one]), 0, &[])?;
    // A release that lacks a file is none to go back to.
    fs::remove_file(
        folder
            .join("dist/releases")
            .join(&four)
            .join("public/index.html"),
    )?;
    expect(&lyceum(folder, &["rollback", &four]), 2, &["is not whole"])
}

fn a_build_says_what_to_upload(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let changes = |arguments: &[&str]| -> Result<Value, Failed> {
        let arguments = [&["build", "--changes", "changes.json"], arguments].concat();
        expect(&lyceum(folder, &arguments), 0, &[])?;
        Ok(serde_json::from_slice(&fs::read(
            folder.join("changes.json"),
        )?)?)
    };
    let settings = fs::read_to_string(folder.join("site.toml"))?;
    fs::write(
        folder.join("site.toml"),
        format!("precompress = true\n{settings}"),
    )?;
    let first = changes(&[])?;
    assert_eq!(
        (&first["since"], &first["deleted"]),
        (&Value::Null, &json!([]))
    );
    // Every file is there as it is named, compressed ones too.
    let listed = first["changed"].as_array().cloned().unwrap_or_default();
    let public = tree(&folder.join("dist/current/public"));
    assert_eq!(listed.len(), public.len());
    for file in &listed {
        let bytes = &public[file["path"].as_str().unwrap_or_default()];
        let hash = blake3::hash(bytes).to_hex();
        assert_eq!(
            (&file["hash"], &file["bytes"]),
            (&json!(hash[..32]), &json!(bytes.len()))
        );
    }
    fs::rename(
        folder.join("content/first-page.md"),
        folder.join("content/moved.md"),
    )?;
    let moved = changes(&[])?;
    assert_eq!(moved["since"], first["release"]);
    let deleted = moved["deleted"].to_string();
    assert!(
        deleted.contains("\"first-page/index.html\"")
            && deleted.contains("\"first-page/index.html.gz\""),
        "{deleted}"
    );
    // Laid over the release before, that is the new one.
    let now = tree(&folder.join("dist/current/public"));
    let names = |value: &Value, key: &str| -> Vec<String> {
        let all = value.as_array().cloned().unwrap_or_default();
        let name = |it: &Value| {
            if key.is_empty() {
                it.clone()
            } else {
                it[key].clone()
            }
        };
        all.iter()
            .filter_map(|it| Some(name(it).as_str()?.to_owned()))
            .collect()
    };
    let mut copy = public.clone();
    for file in names(&moved["deleted"], "") {
        assert!(copy.remove(&file).is_some(), "{file}");
    }
    for file in names(&moved["changed"], "path") {
        copy.insert(file.clone(), now[&file].clone());
    }
    assert!(
        copy == now,
        "the changes do not lead from one release to the next"
    );
    let same = changes(&[])?;
    assert_eq!(
        (&same["changed"], &same["deleted"]),
        (&json!([]), &json!([]))
    );
    fs::create_dir(folder.join("folder"))?;
    let output = lyceum(folder, &["build", "--changes", "folder"]);
    expect(&output, 2, &["cannot write `folder`"])
}

/// A pipeline restores `.lyceum/cache` and `dist` into another folder, where all files are new.
fn a_cache_goes_with_its_site(folder: &Path) -> Result<(), Failed> {
    let (one, other) = (folder.join("one"), folder.join("other"));
    fs::create_dir(&one)?;
    expect(&lyceum(&one, &["init"]), 0, &[])?;
    let built = last_object(&lyceum(&one, &["build", "--json"]))?;
    let copied = Command::new("cp")
        .args(["-R", "one", "other"])
        .current_dir(folder)
        .status()?;
    assert!(copied.success());
    let same = last_object(&lyceum(&other, &["build", "--json"]))?;
    assert_eq!(same["release"], built["release"]);
    assert_eq!(
        (&same["n_written"], &same["stale"]),
        (&json!(0), &json!({}))
    );
    let page = fs::read_to_string(other.join("content/first-page.md"))?;
    let page = page.replace("for everyone again", "for all");
    fs::write(other.join("content/first-page.md"), page)?;
    let edited = last_object(&lyceum(&other, &["build", "--json"]))?;
    let files = edited["changed"].to_string();
    assert!(
        files.contains("first-page/index.html") && !files.contains("404.html"),
        "{files}"
    );
    Ok(())
}

/// Each change makes the next build, and each build has its result.
fn a_build_watches(folder: &Path) -> Result<(), Failed> {
    use std::io::{BufRead, BufReader};
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["build", "--watch", "--json"])
        .current_dir(folder)
        .env("LYCEUM_VAULT_KEY", "11".repeat(32))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut results = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut next = || -> Result<Value, Failed> {
        loop {
            let line = results.next().ok_or("it ended")??;
            let value: Value = serde_json::from_str(&line)?;
            if value.get("n_pages").is_some() {
                return Ok(value);
            }
        }
    };
    let outcome = (|| -> Result<(), Failed> {
        assert_eq!(next()?["n_pages"], 2);
        fs::write(folder.join("content/more.md"), "# More\n")?;
        // The system may tell of the new file before it has its text.
        while next()?["n_pages"] != 3 {}
        fs::write(folder.join("content/more.md"), "---\naccess: nobody\n---\n")?;
        while next()?["left_out"] != json!([{"path": "content/more.md", "reason": "error"}]) {}
        fs::remove_file(folder.join("content/more.md"))?;
        while next()?["left_out"] != json!([]) {}
        assert!(!folder.join("dist/current/public/more").exists());
        Ok(())
    })();
    child.kill()?;
    child.wait()?;
    outcome
}

fn a_site_without_members_leads_to_none(folder: &Path) -> Result<(), Failed> {
    let site = |more: &str| format!("title = 'T'\nbase_url = 'https://example.org/'\n{more}");
    fs::create_dir(folder.join("content"))?;
    let page = |name: &str, text: &str| fs::write(folder.join("content").join(name), text);
    page("a.md", "# A\n\nText.\n")?;
    let closed = "[members]\nsign_up = 'closed'\n[comments]\nenabled = false\n";
    let tiers = "[[tiers]]\nid = 'pro'\nname = 'Pro'\nrank = 1\n";
    let gate = "# B\n\n<!-- members -->\n\nFor them.\n\n<!-- /members -->\n";
    for (settings, b, has_members) in [
        ("", "# B\n", true),
        (closed, "# B\n", false),
        (&format!("{closed}{tiers}"), "# B\n", true),
        ("[comments]\nenabled = false\n", "# B\n", true),
        ("[members]\nsign_up = 'closed'\n", "# B\n", true),
        (closed, "# B\n", false),
        (closed, gate, true),
        (closed, "# B\n", false),
    ] {
        fs::write(folder.join("site.toml"), site(settings))?;
        page("b.md", b)?;
        expect(&lyceum(folder, &["build"]), 0, &[])?;
        for file in ["index.html", "a/index.html", "404.html"] {
            let html = fs::read_to_string(folder.join("dist/current/public").join(file))?;
            assert_eq!(
                html.contains("/members/"),
                has_members,
                "{file} with {settings} {b}"
            );
        }
    }
    Ok(())
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
    let copies = ["", ".br", ".gz"].map(|it| format!("first-page/index.html{it}"));
    assert_eq!(moved["deleted"], json!(copies));
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
