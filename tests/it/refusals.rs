//! What each verb says where it does not do what it was asked: what is wrong, where, and what to do. No refusal names a
//! code of the system or of the database engine, and none leaves anything behind.

use crate::cli::{expect, lyceum};
use crate::harness::tree;
use libtest_mimic::{Failed, Trial};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// One trial a verb or a group of them.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn(&Path) -> Result<(), Failed>| {
        Trial::test(format!("refusals::{name}"), move || {
            run(tempfile::tempdir()?.path())
        })
    };
    vec![
        trial("of_a_folder_that_is_no_site", of_a_folder_that_is_no_site),
        trial("of_restore_and_backup", of_restore_and_backup),
        trial(
            "of_a_log_without_its_database",
            of_a_log_without_its_database,
        ),
        trial("of_member", of_member),
        trial("of_settings_with_faults", of_settings_with_faults),
        trial("of_build_edge_and_new", of_build_edge_and_new),
        trial("of_init", of_init),
    ]
}

/// Arguments, and words that the refusal has.
type Refusal<'r> = (&'r [&'r str], &'r [&'r str]);

fn refused(folder: &Path, all: &[Refusal]) -> Result<(), Failed> {
    for (arguments, words) in all {
        let before = names(folder);
        let output = lyceum(folder, arguments);
        expect(&output, 2, words)?;
        expect(&output, 2, &["help: "])?;
        let said = String::from_utf8_lossy(&output.stderr);
        if let Some(code) = ["os error", "Error code"]
            .iter()
            .find(|it| said.contains(**it))
        {
            return Err(format!("{arguments:?} says `{code}`:\n{said}").into());
        }
        let after = names(folder);
        if before != after {
            return Err(format!("{arguments:?} left something behind: {after:?}").into());
        }
    }
    Ok(())
}

/// Files and folders, but the lock that stays beside a database.
fn names(folder: &Path) -> Vec<String> {
    let files = tree(folder).into_keys();
    let mut names: Vec<String> = files.filter(|it| !it.ends_with(".lock")).collect();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    names.extend(entries.map(|it| it.file_name().to_string_lossy().into_owned()));
    names.retain(|it| !it.ends_with(".lock"));
    names.sort();
    names
}

/// A site with a member and a copy of its database in `copy.db`.
fn site(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    let add = [
        "member",
        "add",
        "mei",
        "--email",
        "mei@example.org",
        "--verified",
    ];
    expect(&lyceum(folder, &add), 0, &[])?;
    expect(&lyceum(folder, &["backup", "copy.db"]), 0, &[])
}

fn of_a_folder_that_is_no_site(folder: &Path) -> Result<(), Failed> {
    let elsewhere = tempfile::tempdir()?;
    site(elsewhere.path())?;
    let copy = elsewhere.path().join("copy.db");
    let copy = copy.to_string_lossy();
    refused(
        folder,
        &[
            (&["restore", &copy], &["no site in `.`", "--database"]),
            (&["restore", "none.db"], &["no site in `.`"]),
            (
                &["backup", "x.db"],
                &["no database at ./.lyceum/lyceum.db", "--database"],
            ),
            (&["member", "list"], &["no site in `.`"]),
            (&["releases"], &["no release in `./dist`"]),
            (&["rollback"], &["no release in `./dist`"]),
            (&["edge"], &["no release in ./dist"]),
            (&["build", "--watch"], &["no site in `.`"]),
        ],
    )
}

fn of_restore_and_backup(folder: &Path) -> Result<(), Failed> {
    site(folder)?;
    let copy = fs::read(folder.join("copy.db"))?;
    fs::write(
        folder.join("text.txt"),
        "no database, but longer than its head is",
    )?;
    fs::write(folder.join("empty.db"), "")?;
    fs::write(folder.join("cut.db"), &copy[..5000])?;
    let mut damaged = copy;
    damaged[3 * 4096..4 * 4096].fill(0x5a);
    fs::write(folder.join("damaged.db"), damaged)?;
    Connection::open(folder.join("other.db"))?.execute_batch("CREATE TABLE other (id)")?;
    fs::write(folder.join("file"), "")?;
    let to = |database: &'static str| ["restore", "copy.db", "--database", database];
    let list = |database: &'static str| ["member", "list", "--database", database];
    refused(
        folder,
        &[
            (
                &["restore", "none.db"],
                &["no database at none.db", "`lyceum backup FILE`"],
            ),
            (
                &["restore", "text.txt"],
                &[
                    "text.txt: this is no database of lyceum",
                    "`lyceum backup FILE`",
                ],
            ),
            (
                &["restore", "empty.db"],
                &["empty.db: this is no database of lyceum"],
            ),
            (
                &["restore", "other.db"],
                &["other.db: this is no database of lyceum"],
            ),
            (
                &["restore", "cut.db"],
                &["cut.db: the database is damaged", "earlier copy"],
            ),
            (
                &["restore", "damaged.db"],
                &["damaged.db: the database is damaged", "earlier copy"],
            ),
            (
                &["restore", "content"],
                &["content is no regular file", "`lyceum backup FILE`"],
            ),
            (
                &["restore", "damaged.db", "--database", "new/x.db"],
                &["damaged.db: the database is damaged"],
            ),
            // A wrong `--database` names something that is no database, and that stays.
            (&to("content"), &["content is no regular file"]),
            (
                &to("site.toml"),
                &[
                    "site.toml is no database, and is not replaced",
                    "--database",
                ],
            ),
            (
                &to("other.db"),
                &["other.db: this is no database of lyceum"],
            ),
            (&to("mysql://host/name"), &["`mysql://`", "postgres://"]),
            (
                &to("postgres://127.0.0.1:1/x"),
                &["cannot be reached", "--database"],
            ),
            (
                &to("postgres://["),
                &["cannot open the database server", "%40"],
            ),
            (&to("file/x.db"), &["file/x.db"]),
            (
                &["backup", "copy.db"],
                &["copy.db exists already", "--force"],
            ),
            (
                &["backup", "none/x.db"],
                &["cannot write none/x.db", "make its folder first"],
            ),
            (&["backup", "file/x.db"], &["file/x.db"]),
            (&["backup", "x.db", "--database", "text.txt"], &["text.txt"]),
            (
                &["backup", "x.db", "--database", "other.db"],
                &["other.db: this is no database of lyceum"],
            ),
            (
                &["backup", "x.db", "--database", "content"],
                &["no database at content"],
            ),
            (
                &["backup", "x.db", "--database", "mysql://host/name"],
                &["`mysql://`"],
            ),
            (&list("none.db"), &["no database at none.db", "--database"]),
            (&list("empty.db"), &["no database at empty.db"]),
            (&list("text.txt"), &["text.txt"]),
            (
                &list("other.db"),
                &["other.db: this is no database of lyceum"],
            ),
            (&list("content"), &["content is no regular file"]),
            (&list("mysql://host/name"), &["`mysql://`", "postgres://"]),
        ],
    )?;
    // What an empty file was, a database may become.
    expect(&lyceum(folder, &to("empty.db")), 0, &["restored copy.db"])
}

/// The log of a database that is gone is not read as the log of a copy, or of a new database.
fn of_a_log_without_its_database(folder: &Path) -> Result<(), Failed> {
    site(folder)?;
    let database = folder.join(".lyceum/lyceum.db");
    let log = folder.join(".lyceum/lyceum.db-wal");
    let writer = Connection::open(&database)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.execute_batch("UPDATE member SET name = 'of the log'")?;
    let kept = fs::read(&log)?;
    drop(writer);
    fs::remove_file(&database)?;
    fs::write(&log, &kept)?;
    let add = ["member", "add", "lin", "--email", "lin@example.org"];
    refused(
        folder,
        &[(&add, &["its log", "lyceum.db-wal", "restore a backup"])],
    )?;
    expect(&lyceum(folder, &["restore", "copy.db"]), 0, &["restored"])?;
    let shown = lyceum(folder, &["member", "show", "mei"]);
    expect(&shown, 0, &["mei@example.org"])?;
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("of the log"));
    let moved = fs::read_dir(folder.join(".lyceum"))?.flatten();
    let mut moved = moved.filter(|it| it.file_name().to_string_lossy().contains(".replaced-"));
    assert_eq!(
        moved.next().map(|it| fs::read(it.path()).ok()),
        Some(Some(kept))
    );
    Ok(())
}

fn of_member(folder: &Path) -> Result<(), Failed> {
    expect(&lyceum(folder, &["init"]), 0, &[])?;
    // All verbs but `add` would work on an empty database, where the edge has another.
    refused(
        folder,
        &[
            (
                &["member", "list"],
                &["no database at ./.lyceum/lyceum.db", "`lyceum member add`"],
            ),
            (&["member", "show", "mei"], &["no database at"]),
        ],
    )?;
    for (handle, role) in [("mei", "member"), ("lin", "member"), ("boss", "owner")] {
        let email = format!("{handle}@example.org");
        let add = ["member", "add", handle, "--email", &email, "--role", role];
        expect(&lyceum(folder, &add), 0, &[])?;
    }
    let say = |arguments: &[&str], words: &[&str]| {
        let output = lyceum(folder, &[&["member"], arguments].concat());
        expect(&output, 0, words)
    };
    let all: &[Refusal] = &[
        (
            &["add", "mei", "--email", "other@example.org"],
            &["`mei` is taken", "member show mei"],
        ),
        (
            &["add", "ann", "--email", "mei@example.org"],
            &["the address `mei@example.org`", "member show"],
        ),
        (
            &["add", "ann", "--email", "nonsense"],
            &["`nonsense` is no e-mail address", "such as"],
        ),
        (
            &["show", "nobody"],
            &["no member is called `nobody`", "--find nobody"],
        ),
        (
            &["show", "no@example.org"],
            &["no member is called `no@example.org`", "--find no"],
        ),
        (&["confirm", "nobody"], &["`nobody`", "--find"]),
        (
            &["address", "mei", "mei@example.org"],
            &["`mei` has this address already", "confirm mei"],
        ),
        (
            &["address", "mei", "nonsense"],
            &["`nonsense` is no e-mail address"],
        ),
        (&["role", "nobody", "owner"], &["`nobody`"]),
        (
            &["role", "boss", "member"],
            &["`boss` is the last owner", "member role HANDLE owner"],
        ),
        (&["suspend", "boss"], &["`boss` is the last owner"]),
        (&["suspend", "mei", "--lift"], &["`mei` is not suspended"]),
        (&["suspend", "nobody", "--lift"], &["`nobody`"]),
        (
            &["suspend", "mei", "--reason", "a\nb"],
            &["one line of at most 200 characters"],
        ),
        // Nobody is told that a member would be erased who is not there.
        (&["erase", "nobody"], &["no member is called `nobody`"]),
        (
            &["erase", "mei"],
            &["`mei` (mei@example.org) would be erased", "--yes"],
        ),
        (
            &["erase", "MEI@example.org"],
            &["`mei` (mei@example.org) would be erased"],
        ),
        (&["erase", "boss", "--yes"], &["`boss` is the last owner"]),
        (&["export", "nobody"], &["no member is called `nobody`"]),
        (
            &["author", "mei", "Nobody", "--remove"],
            &["is not the author", "member show mei"],
        ),
        (
            &["revoke", "mei", "pro"],
            &["`mei` was not granted `pro`", "member show mei"],
        ),
    ];
    for (arguments, words) in all {
        refused(folder, &[(&[&["member"], *arguments].concat(), words)])?;
    }
    say(&["suspend", "mei"], &["mei is suspended"])?;
    say(&["show", "mei"], &["reason          none was given"])?;
    say(&["suspend", "mei", "--reason", "spam"], &[])?;
    // Once more without a reason takes the first one back from nobody.
    say(&["suspend", "mei"], &[])?;
    say(&["show", "mei"], &["reason          spam"])?;
    say(&["suspend", "mei", "--reason", "much spam"], &[])?;
    say(&["show", "mei"], &["reason          much spam"])?;
    say(&["suspend", "mei", "--lift"], &[])?;
    say(&["suspend", "mei"], &[])?;
    say(&["show", "mei"], &["reason          none was given"])
}

fn of_settings_with_faults(folder: &Path) -> Result<(), Failed> {
    site(folder)?;
    let settings = folder.join("site.toml");
    let text = fs::read_to_string(&settings)?;
    fs::write(&settings, format!("{text}\npaginate = 3\n"))?;
    let line = format!(
        "site.toml:{}:1: error: unknown setting `paginate`",
        text.lines().count() + 2
    );
    for verb in [&["member", "list"][..], &["member", "show", "mei"]] {
        refused(
            folder,
            &[(
                verb,
                &[
                    &line,
                    "write `paginate_by`",
                    "the settings have faults",
                    "lyceum check",
                ],
            )],
        )?;
    }
    Ok(())
}

fn of_build_edge_and_new(folder: &Path) -> Result<(), Failed> {
    site(folder)?;
    expect(&lyceum(folder, &["build"]), 0, &[])?;
    fs::create_dir_all(folder.join("leads/nowhere"))?;
    std::os::unix::fs::symlink("gone", folder.join("leads/current"))?;
    fs::create_dir_all(folder.join("empty/current"))?;
    fs::create_dir_all(folder.join("archetypes/guides.md"))?;
    fs::write(folder.join("content/plain"), "")?;
    refused(
        folder,
        &[
            (
                &["build", "--changes", "content/x.md"],
                &["the source of the site", "another folder"],
            ),
            (
                &["build", "--changes", "content/first-page.md"],
                &["the source of the site"],
            ),
            (
                &["build", "--changes", "site.toml"],
                &["the settings of the site"],
            ),
            (
                &["build", "--changes", "dist/x.json"],
                &["in the folder of releases"],
            ),
            (
                &["build", "--changes", "dist/current/public/x.json"],
                &["in the folder of releases"],
            ),
            (
                &["build", "--out", "site.toml"],
                &["cannot write `./site.toml`", "a file stands where a folder"],
            ),
            (
                &["build", "--watch", "--out", "site.toml"],
                &["cannot write `./site.toml`"],
            ),
            (
                &["edge", "--release", "site.toml"],
                &["site.toml/current", "--release"],
            ),
            (
                &["edge", "--release", "leads"],
                &["leads/current", "--release"],
            ),
            (
                &["edge", "--release", "empty"],
                &["manifest.json", "--release"],
            ),
            (
                &["rollback", "--out", "site.toml"],
                &["no release in `./site.toml`", "--out"],
            ),
            (
                &["rollback", "zzz"],
                &["no release `zzz`", "`lyceum releases`"],
            ),
            (
                &["edge", "--database", "content"],
                &["content is no regular file"],
            ),
            (&["edge", "--database", "site.toml"], &["site.toml"]),
            (
                &["new", "plain/page"],
                &["./content/plain/page.md", "a file stands where a folder"],
            ),
            (&["new", "a\nb"], &["cannot be a page"]),
            (
                &["new", &"a".repeat(300)],
                &["choose a shorter or another name"],
            ),
            (&["new", "guides/page"], &["archetypes/guides.md", "UTF-8"]),
        ],
    )?;
    for (arguments, words) in [
        (["edge", "--listen", "8080"], "127.0.0.1:8080"),
        (["edge", "--admin-listen", "here"], "127.0.0.1:8080"),
        (["serve", "--interface", "localhost"], "127.0.0.1"),
        (["build", "--jobs", "many"], "a whole number"),
    ] {
        expect(&lyceum(folder, &arguments), 2, &[words])?;
    }
    // A link is followed, and a device is written to.
    fs::write(folder.join("real.json"), "")?;
    std::os::unix::fs::symlink("real.json", folder.join("link.json"))?;
    let linked = ["build", "--changes", "link.json"];
    expect(&lyceum(folder, &linked), 0, &[])?;
    assert!(fs::symlink_metadata(folder.join("link.json"))?.is_symlink());
    assert!(fs::read_to_string(folder.join("real.json"))?.contains("\"release\""));
    let told = lyceum(folder, &["build", "--changes", "/dev/stdout", "--quiet"]);
    expect(&told, 0, &["\"changed\""])?;
    // A pipeline that lost its secret has its release with another key only where it did not ask to be strict.
    let build = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lyceum"));
        let command = command.args(arguments).current_dir(folder);
        command.env("LYCEUM_VAULT_KEY", " ").output()
    };
    expect(
        &build(&["build"])?,
        0,
        &["LYCEUM_VAULT_KEY: warning: it is set to nothing"],
    )?;
    expect(
        &build(&["build", "--strict"])?,
        2,
        &[
            "LYCEUM_VAULT_KEY",
            "set to nothing",
            "give the job the secret",
        ],
    )
}

fn of_init(folder: &Path) -> Result<(), Failed> {
    expect(
        &lyceum(folder, &["init", "-l", "zh-CN"]),
        0,
        &["5 new files in ."],
    )?;
    refused(
        folder,
        &[
            (&["init"], &["`.` is a site already"]),
            (
                &["init", "site.toml"],
                &["`site.toml` is no folder", "name a folder"],
            ),
            (
                &["init", "-l", "chinese"],
                &["`chinese` is no language tag"],
            ),
        ],
    )?;
    // A site that is there in part is completed, in its own language.
    let settings = fs::read_to_string(folder.join("site.toml"))?;
    fs::remove_file(folder.join(".gitignore"))?;
    fs::remove_dir_all(folder.join("content"))?;
    let again = lyceum(folder, &["init"]);
    expect(
        &again,
        0,
        &[
            "3 new files in .: content/_index.md, content/first-page.md, .gitignore",
            "left as it was: site.toml, archetypes/default.md",
        ],
    )?;
    assert_eq!(fs::read_to_string(folder.join("site.toml"))?, settings);
    assert!(fs::read_to_string(folder.join("content/_index.md"))?.contains("页面"));
    // What must not get into git is said where `.gitignore` is the author's.
    fs::write(folder.join(".gitignore"), "node_modules/\ndist\n")?;
    fs::remove_dir_all(folder.join("archetypes"))?;
    let again = lyceum(folder, &["init"]);
    expect(
        &again,
        0,
        &[
            "archetypes/default.md",
            "`.gitignore` does not have /.lyceum/",
            "keys",
        ],
    )?;
    let named = lyceum(folder, &["init", "other", "--config", "my.toml"]);
    expect(
        &named,
        0,
        &["5 new files", "lyceum serve --root other --config my.toml"],
    )?;
    expect(
        &lyceum(folder, &["build", "--root", "other", "--config", "my.toml"]),
        0,
        &[],
    )
}
