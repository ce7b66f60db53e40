//! A site that cannot be read whole, or has lost most of its pages, is not published: the release before it stays.

use crate::harness::tree;
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Does something to a site.
type Harm = fn(&Path);

/// One trial a way to make a site unreadable, and some about pages that are gone.
pub fn trials() -> Vec<Trial> {
    let harms: [(&str, Harm, &str); 24] = [
        (
            "content_moved_away",
            |site| rename(site, "content"),
            "no folder `content`",
        ),
        (
            "content_a_link",
            |site| link(site, "content", "elsewhere"),
            "content: error",
        ),
        (
            "content_a_dangling_link",
            |site| dangle(site, "content"),
            "content: error",
        ),
        (
            "content_a_file",
            |site| file(site, "content"),
            "must be a folder",
        ),
        (
            "content_closed",
            |site| close(site, "content"),
            "content: error",
        ),
        (
            "section_closed",
            |site| close(site, "content/blog"),
            "content/blog: error",
        ),
        (
            "page_closed",
            |site| close(site, "content/a.md"),
            "content/a.md: error",
        ),
        (
            "page_a_dangling_link",
            |site| dangle(site, "content/a.md"),
            "content/a.md: error",
        ),
        (
            "page_a_link_to_itself",
            |site| looped(site, "content/a.md"),
            "content/a.md: error",
        ),
        (
            "section_a_dangling_link",
            |site| dangle(site, "content/blog"),
            "content/blog: error",
        ),
        (
            "section_a_link",
            |site| link(site, "content/blog", "elsewhere"),
            "content/blog: error",
        ),
        (
            "section_a_link_to_itself",
            |site| relinked(site, "content/blog", "."),
            "content/blog: error",
        ),
        (
            "new_folder_a_link",
            |site| relinked(site, "content/new", "blog"),
            "content/new: error",
        ),
        (
            "folder_of_files_a_link",
            |site| relinked(site, "static/pictures", "../content"),
            "static/pictures: error",
        ),
        (
            "page_a_pipe",
            |site| pipe(site, "content/a.md"),
            "content/a.md: error",
        ),
        (
            "static_a_dangling_link",
            |site| dangle(site, "static"),
            "static: error",
        ),
        (
            "static_a_file",
            |site| file(site, "static"),
            "static: error",
        ),
        (
            "static_file_a_dangling_link",
            |site| dangle(site, "static/a.css"),
            "static/a.css: error",
        ),
        (
            "templates_a_file",
            |site| file(site, "templates"),
            "templates: error",
        ),
        (
            "theme_moved_away",
            |site| rename(site, "themes/own"),
            "no theme lies in",
        ),
        ("theme_empty", empty_theme, "submodule"),
        (
            "theme_a_link",
            |site| link(site, "themes/own", "elsewhere"),
            "themes/own: error",
        ),
        (
            "theme_head_a_pipe",
            |site| pipe(site, "themes/own/theme.toml"),
            "theme.toml: error",
        ),
        (
            "settings_a_pipe",
            |site| pipe(site, "site.toml"),
            "site.toml",
        ),
    ];
    let trial = |(name, harm, words): (&str, Harm, &'static str)| {
        Trial::test(format!("unreadable::{name}"), move || is_kept(harm, words))
    };
    let mut trials: Vec<Trial> = harms.into_iter().map(trial).collect();
    trials.push(Trial::test("unreadable::fewer_pages", fewer_pages));
    trials.push(Trial::test(
        "unreadable::pages_with_errors_are_fewer_pages",
        errors_count,
    ));
    trials.push(Trial::test(
        "unreadable::also_without_a_cache",
        without_a_cache,
    ));
    trials
}

/// A site of ten pages with a theme of its own, built once.
fn site(root: &Path) -> Result<(), Failed> {
    let files = [
        (
            "site.toml",
            "title = \"T\"\nbase_url = \"https://example.org/\"\ntheme = \"own\"\n",
        ),
        ("themes/own/theme.toml", "name = \"Own\"\n"),
        ("themes/own/static/own.css", "a {}\n"),
        ("static/a.css", "b {}\n"),
        ("templates/extra.html", "x\n"),
        ("content/_index.md", "# Home\n"),
    ];
    let names = [
        "a",
        "b",
        "blog/_index",
        "blog/c",
        "blog/d",
        "blog/e",
        "blog/f",
        "blog/g",
        "blog/h",
    ];
    let pages = names.map(|name| (format!("content/{name}.md"), format!("# {name}\n")));
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    for (path, text) in files.into_iter().chain(pages) {
        fs::create_dir_all(root.join(&path).parent().unwrap())?;
        fs::write(root.join(path), text)?;
    }
    expect(&build(root, &[]), 0, "10 pages")
}

fn build(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .arg("build")
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn expect(output: &Output, code: i32, words: &str) -> Result<(), Failed> {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    match output.status.code() == Some(code) && said.contains(words) {
        true => Ok(()),
        false => Err(format!("{:?}, not {code} with `{words}`:\n{said}", output.status).into()),
    }
}

/// Builds, harms the site, and builds again: the second build fails and changes nothing, in either form of output.
fn is_kept(harm: Harm, words: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    site(root)?;
    let before = tree(&root.join("dist"));
    harm(root);
    if !is_harmed(root) {
        // Whoever may read everything, as in a container, cannot be shut out by permissions.
        return Ok(());
    }
    for arguments in [&[][..], &["--fresh"], &["--json"]] {
        let output = build(root, arguments);
        expect(&output, 2, if arguments == ["--json"] { "" } else { words })?;
        assert!(
            tree(&root.join("dist")) == before,
            "the release has changed"
        );
    }
    Ok(())
}

/// False where all folders and files are there and can be read.
fn is_harmed(root: &Path) -> bool {
    let readable = |path: &str| fs::read(root.join(path)).is_ok();
    let is_file = |path: &str| fs::metadata(root.join(path)).is_ok_and(|it| it.is_file());
    let files = [
        "content/a.md",
        "content/blog/c.md",
        "static/a.css",
        "site.toml",
        "themes/own/theme.toml",
    ];
    let is_real = |path: &str| fs::symlink_metadata(root.join(path)).is_ok_and(|it| it.is_dir());
    let folders = [
        "content",
        "content/blog",
        "static",
        "templates",
        "themes/own",
    ];
    let is_new = |path: &str| fs::symlink_metadata(root.join(path)).is_ok();
    if is_new("content/new") || is_new("static/pictures") {
        return true;
    }
    !(files.into_iter().all(|it| is_file(it) && readable(it)) && folders.into_iter().all(is_real))
}

fn rename(root: &Path, path: &str) {
    fs::rename(root.join(path), root.join("elsewhere")).unwrap();
}

/// The same files, behind a link.
fn link(root: &Path, path: &str, to: &str) {
    rename(root, path);
    symlink(root.join(to), root.join(path)).unwrap();
}

/// A link in the place of a folder, or where there was none.
fn relinked(root: &Path, path: &str, to: &str) {
    if root.join(path).exists() {
        rename(root, path);
    }
    symlink(to, root.join(path)).unwrap();
}

fn dangle(root: &Path, path: &str) {
    rename(root, path);
    symlink("/nowhere/at/all", root.join(path)).unwrap();
}

fn looped(root: &Path, path: &str) {
    rename(root, path);
    let name = Path::new(path).file_name().unwrap();
    symlink(name, root.join(path)).unwrap();
}

fn file(root: &Path, path: &str) {
    rename(root, path);
    fs::write(root.join(path), "not a folder").unwrap();
}

fn close(root: &Path, path: &str) {
    fs::set_permissions(root.join(path), fs::Permissions::from_mode(0o000)).unwrap();
}

/// A pipe that nobody writes to: whoever opens it waits for ever.
fn pipe(root: &Path, path: &str) {
    rename(root, path);
    let made = Command::new("mkfifo").arg(root.join(path)).status();
    assert!(made.unwrap().success());
}

fn empty_theme(root: &Path) {
    rename(root, "themes/own");
    fs::create_dir(root.join("themes/own")).unwrap();
}

fn fewer_pages() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    site(root)?;
    let remove = |names: &[&str]| {
        for name in names {
            fs::remove_file(root.join(format!("content/{name}.md"))).unwrap();
        }
    };
    remove(&["a", "b", "blog/c", "blog/d", "blog/e"]);
    expect(&build(root, &[]), 0, "5 pages")?;
    remove(&["blog/f", "blog/g", "blog/h"]);
    let before = tree(&root.join("dist"));
    expect(&build(root, &[]), 2, "from 5 to 2")?;
    expect(&build(root, &["--json"]), 2, "--shrink")?;
    assert!(tree(&root.join("dist")) == before);
    expect(&build(root, &["--shrink"]), 0, "2 pages")?;
    expect(&build(root, &[]), 0, "2 pages")
}

fn errors_count() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    site(root)?;
    for name in ["a", "b", "blog/c", "blog/d", "blog/e", "blog/f"] {
        let text = format!("---\naccess: nobody\n---\n# {name}\n");
        fs::write(root.join(format!("content/{name}.md")), text)?;
    }
    let before = tree(&root.join("dist"));
    expect(&build(root, &["--all"]), 2, "content/blog/f.md")?;
    expect(&build(root, &[]), 2, "and 5 more")?;
    expect(&build(root, &[]), 2, "from 10 to 4")?;
    assert!(tree(&root.join("dist")) == before);
    expect(&build(root, &["--shrink"]), 1, "4 pages")
}

/// Another machine has the release, and nothing else of earlier builds.
fn without_a_cache() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    site(root)?;
    fs::remove_dir_all(root.join(".lyceum/cache"))?;
    fs::remove_dir_all(root.join("content/blog"))?;
    expect(&build(root, &[]), 2, "from 10 to 3")?;
    let manifest = root.join("dist/current/vault/manifest.json");
    let text = fs::read_to_string(&manifest)?;
    let older = text.replacen("\"version\":3", "\"version\":1", 1);
    assert_ne!(text, older);
    fs::write(&manifest, older)?;
    expect(&build(root, &[]), 2, "from 10 to 3")?;
    expect(&build(root, &["--shrink"]), 0, "3 pages")
}
