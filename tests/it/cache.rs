//! What a build leaves behind for the next one may be lost, cut off, scribbled over, another's or out of date, and a
//! build may be killed while it writes it: the next one makes what a clean build makes all the same.
//!
//! `LYCEUM_TEST_KILLS` asks for more kills, two a round.

use crate::edits::chance::Chance;
use crate::edits::kinds;
use crate::edits::release::{Release, told};
use crate::edits::site::Site;
use crate::edits::ways::{Manner, Sources, folder, lay, options};
use crate::harness::tree;
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const CACHE: &str = ".lyceum/cache";
/// Of a cache of more files, this many are damaged.
const MOST_FILES: usize = 12;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("cache::kills_leave_nothing_wrong_behind", kills),
        Trial::test("cache::a_damaged_one_is_not_trusted", damaged_files),
        Trial::test(
            "cache::one_of_another_time_or_site_is_not_trusted",
            other_caches,
        ),
        Trial::test("cache::a_damaged_release_is_repaired", damaged_releases),
    ]
}

/// A site on disk, and what a clean build makes of its present sources.
struct Bench {
    folder: tempfile::TempDir,
    root: PathBuf,
    laid: BTreeMap<String, Vec<u8>>,
    sources: Sources,
    expected: Release,
}

impl Bench {
    fn new(sources: Sources) -> Self {
        let folder = folder();
        let root = folder.path().join("site");
        let expected = clean(&folder.path().join("clean"), &sources);
        let mut bench = Bench {
            root,
            laid: BTreeMap::new(),
            sources: sources.clone(),
            expected,
            folder,
        };
        bench.edit(sources);
        bench
    }

    fn edit(&mut self, sources: Sources) {
        lay(&self.root, &self.laid, &sources.files, Manner::Renamed);
        self.laid.clone_from(&sources.files);
        if sources != self.sources {
            self.expected = clean(&self.folder.path().join("clean"), &sources);
            self.sources = sources;
        }
    }

    fn cache(&self) -> PathBuf {
        self.root.join(CACHE)
    }

    fn build(&self) -> Result<(), Failed> {
        lyceum::site::build(&options(&self.root, &self.sources))?;
        Ok(())
    }

    /// Builds, and compares with a clean build.
    fn check(&self, what: &str) -> Result<(), Failed> {
        self.build()
            .map_err(|error| format!("{what}: {}", error.message().unwrap_or_default()))?;
        let faults = self.release()?.differences(&self.expected);
        match faults.is_empty() {
            true => Ok(()),
            false => Err(format!("{what}:\n{}", told(&faults)).into()),
        }
    }

    fn release(&self) -> Result<Release, Failed> {
        Ok(Release::read(&self.root.join("dist")).ok_or("there is no release")?)
    }

    /// The files of the cache, or some of them. A cache without files is none.
    fn files(&self) -> Result<Vec<PathBuf>, Failed> {
        if !self.cache().exists() {
            return Ok(Vec::new());
        }
        let files: Vec<PathBuf> = tree(&self.cache())
            .into_keys()
            .map(|path| self.cache().join(path))
            .collect();
        if files.is_empty() {
            return Err(format!("{CACHE} is empty after a build").into());
        }
        let every = files.len().div_ceil(MOST_FILES);
        Ok(files.into_iter().step_by(every).collect())
    }
}

/// The release of a build that nothing was kept for.
fn clean(root: &Path, sources: &Sources) -> Release {
    lay(root, &BTreeMap::new(), &sources.files, Manner::InPlace);
    lyceum::site::build(&options(root, sources)).unwrap();
    let release = Release::read(&root.join("dist")).unwrap();
    fs::remove_dir_all(root).unwrap();
    release
}

/// The sources with another body in one page, and another title in another.
fn edited(sources: &Sources, n: usize) -> Sources {
    let mut edited = sources.clone();
    let pages = edited
        .files
        .iter_mut()
        .filter(|(path, _)| path.ends_with(".md"));
    let (_, page) = pages.skip(n % 9).nth(1).unwrap();
    page.extend_from_slice(format!("\n\nAnd {n}.\n").as_bytes());
    edited
}

fn kills() -> Result<(), Failed> {
    let n_kills = 2 * crate::kill::n_rounds();
    let kinds = kinds::all();
    let mut site = Site::new(7, 60);
    let mut bench = Bench::new(site.sources());
    let start = Instant::now();
    spawn(&bench).wait()?;
    let whole = start.elapsed();
    bench.check("before any kill")?;
    let mut possible = Vec::new();
    for n in 0..n_kills {
        let mut chance = Chance::new(7, n);
        let edit = loop {
            let mut next = site.clone();
            let done = chance.pick(&kinds).apply(&mut next, &mut chance);
            let is_built = lyceum_builds(&next.sources());
            if let Some(edit) = done.filter(|_| is_built) {
                site = next;
                break edit;
            }
        };
        let before = bench.release()?;
        bench.edit(site.sources());
        let mut build = spawn(&bench);
        std::thread::sleep(whole.mul_f64(crate::kill::chance_millis(1_200) as f64 / 1_000.0));
        let _ = build.kill();
        build.wait()?;
        possible.push(before);
        let now = bench.release()?;
        let is_old = possible.iter().any(|it| now.differences(it).is_empty());
        if !is_old && !now.differences(&bench.expected).is_empty() {
            return Err(format!(
                "kill {n}, {edit}: a release that is neither the old one nor the new one"
            )
            .into());
        }
        // Now and then the next build is killed as well.
        if chance.once_in(3) {
            continue;
        }
        possible.clear();
        bench.check(&format!("after kill {n}, {edit}"))?;
        let n_releases = fs::read_dir(bench.root.join("dist/releases"))?.count();
        if n_releases > 3 {
            return Err(format!("kill {n}: {n_releases} releases are kept").into());
        }
    }
    Ok(())
}

fn spawn(bench: &Bench) -> Child {
    let asked = ["--drafts", "--future", "--expired"]
        .into_iter()
        .zip(bench.sources.asked);
    Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["build", "--quiet", "--now"])
        .arg((bench.sources.now.as_millis() / 1000).to_string())
        .args(
            asked
                .filter(|(_, is_asked)| *is_asked)
                .map(|(flag, _)| flag),
        )
        .current_dir(&bench.root)
        .env("LYCEUM_VAULT_KEY", "00".repeat(32))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether a release comes of it at all.
fn lyceum_builds(sources: &Sources) -> bool {
    let folder = folder();
    lay(
        folder.path(),
        &BTreeMap::new(),
        &sources.files,
        Manner::InPlace,
    );
    lyceum::site::check(&options(folder.path(), sources)).is_ok()
        && !sources.files["site.toml"].ends_with(b"[broken\n")
}

/// What may happen to a file.
enum Damage {
    CutTo(fn(usize) -> usize),
    Flipped(fn(usize) -> usize),
    AllFlipped,
    Longer,
    Noise,
    Gone,
    Folder,
    /// A link to itself, which nobody can open; an access mode would not keep an administrator out.
    Unreadable,
}

const DAMAGES: [(&str, Damage); 15] = [
    ("emptied", Damage::CutTo(|_| 0)),
    ("cut to one byte", Damage::CutTo(|_| 1)),
    ("cut to a quarter", Damage::CutTo(|n| n / 4)),
    ("cut to a half", Damage::CutTo(|n| n / 2)),
    ("a byte short", Damage::CutTo(|n| n.saturating_sub(1))),
    ("flipped at a third", Damage::Flipped(|n| n / 3)),
    ("flipped in the middle", Damage::Flipped(|n| n / 2)),
    ("flipped at nine tenths", Damage::Flipped(|n| n * 9 / 10)),
    (
        "flipped at the end",
        Damage::Flipped(|n| n.saturating_sub(1)),
    ),
    ("flipped throughout", Damage::AllFlipped),
    ("longer", Damage::Longer),
    ("noise", Damage::Noise),
    ("gone", Damage::Gone),
    ("a folder", Damage::Folder),
    ("unreadable", Damage::Unreadable),
];

fn damage(file: &Path, damage: &Damage) -> std::io::Result<()> {
    let mut bytes = fs::read(file)?;
    match damage {
        Damage::CutTo(length) => bytes.truncate(length(bytes.len())),
        Damage::Flipped(place) => {
            let at = place(bytes.len());
            bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 0x55);
        }
        Damage::AllFlipped => bytes.iter_mut().for_each(|byte| *byte ^= 0xff),
        Damage::Longer => bytes.extend_from_slice(&[7; 100]),
        Damage::Noise => bytes
            .iter_mut()
            .zip(1_u32..)
            .for_each(|(byte, n)| *byte = (n.wrapping_mul(2_654_435_761) >> 24) as u8),
        Damage::Gone => return fs::remove_file(file),
        Damage::Folder => {
            fs::remove_file(file)?;
            return fs::create_dir(file);
        }
        Damage::Unreadable => {
            fs::remove_file(file)?;
            return symlink(file.file_name().unwrap_or_default(), file);
        }
    }
    fs::write(file, bytes)
}

fn damaged_files() -> Result<(), Failed> {
    let sources = Site::new(3, 30).sources();
    let mut bench = Bench::new(sources.clone());
    bench.check("before any damage")?;
    let mut n_edits = 0;
    let mut damaged = BTreeMap::<String, usize>::new();
    let mut play = |bench: &mut Bench,
                    what: &str,
                    file: &Path,
                    break_it: &dyn Fn(&Path) -> std::io::Result<()>|
     -> Result<(), Failed> {
        let name = file
            .strip_prefix(bench.cache())
            .unwrap_or(file)
            .display()
            .to_string();
        *damaged.entry(name.clone()).or_default() += 1;
        break_it(file)?;
        bench.check(&format!("{name} {what}, nothing edited"))?;
        if file.is_file() {
            break_it(file)?;
        }
        n_edits += 1;
        bench.edit(edited(&sources, n_edits));
        bench.check(&format!("{name} {what}, a page edited"))
    };
    for file in bench.files()? {
        for (what, kind) in &DAMAGES {
            // What a build no longer needs it need not put back.
            if !file.is_file() {
                bench.build()?;
            }
            if file.is_file() {
                play(&mut bench, what, &file, &|file| damage(file, kind))?;
            }
        }
        // Wherever the number of the version stands, another number is another version.
        for at in 0..16 {
            if file.is_file() {
                let break_it = |file: &Path| {
                    let mut bytes = fs::read(file)?;
                    bytes
                        .iter_mut()
                        .skip(at)
                        .take(1)
                        .for_each(|byte| *byte = byte.wrapping_add(1));
                    fs::write(file, bytes)
                };
                play(
                    &mut bench,
                    &format!("byte {at} of another version"),
                    &file,
                    &break_it,
                )?;
            }
        }
    }
    for (name, n) in damaged {
        eprintln!("{CACHE}/{name} was damaged in {n} ways");
    }
    Ok(())
}

fn other_caches() -> Result<(), Failed> {
    let sources = Site::new(4, 30).sources();
    let mut bench = Bench::new(sources.clone());
    bench.check("at the beginning")?;
    bench.files()?;
    let first = tree(&bench.cache());
    for n in 1..4 {
        bench.edit(edited(&sources, n));
        bench.check("after an edit")?;
    }
    let put = |bench: &Bench, files: &BTreeMap<String, Vec<u8>>| {
        let _ = fs::remove_dir_all(bench.cache());
        let _ = fs::remove_file(bench.cache());
        lay(&bench.cache(), &BTreeMap::new(), files, Manner::InPlace);
    };
    put(&bench, &first);
    bench.check("with the cache of the first build")?;
    bench.edit(edited(&sources, 9));
    put(&bench, &first);
    bench.check("with the cache of the first build and an edit")?;

    let other = Bench::new(Site::new(5, 30).sources());
    other.check("another site")?;
    put(&bench, &tree(&other.cache()));
    bench.check("with the cache of another site")?;

    let _ = fs::remove_dir_all(bench.cache());
    bench.check("without a cache")?;
    let _ = fs::remove_dir_all(bench.cache());
    fs::create_dir_all(bench.root.join(".lyceum"))?;
    fs::write(bench.cache(), "not a folder")?;
    bench.edit(edited(&sources, 10));
    bench.check("with a file in the place of the cache")?;

    // The output may be younger or older than the cache, as when it is deleted or brought back.
    let _ = fs::remove_file(bench.cache());
    bench.check("before the output is deleted")?;
    fs::remove_dir_all(bench.root.join("dist"))?;
    bench.check("with a cache and no output")?;
    let away = bench.root.join("elsewhere");
    fs::rename(bench.root.join("dist"), &away)?;
    bench.edit(edited(&sources, 11));
    bench.check("with a cache and no output, after an edit")?;
    fs::remove_dir_all(bench.root.join("dist"))?;
    fs::rename(&away, bench.root.join("dist"))?;
    bench.check("with an output older than the cache")
}

/// Files of a release by a piece of their path: one that no other output is made of, one that all are, one of the vault.
fn damaged_releases() -> Result<(), Failed> {
    let bench = Bench::new(Site::new(6, 30).sources());
    bench.check("at the beginning")?;
    let current = bench.root.join("dist/current");
    let some = |start: &str, end: &str| -> Vec<PathBuf> {
        let files = tree(&current)
            .into_keys()
            .filter(|it| it.starts_with(start) && it.ends_with(end));
        files.take(2).map(|it| current.join(it)).collect()
    };
    let cuts = ["emptied", "cut to a half", "longer", "gone", "a folder"];
    let of_public = [
        some("public/", "/index.html"),
        some("public/", ".css"),
        some("public/", ".xml"),
        some("public/", ".svg"),
    ]
    .concat();
    for file in of_public {
        for (what, kind) in DAMAGES.iter().filter(|(what, _)| cuts.contains(what)) {
            damage(&file, kind)?;
            bench.check(&format!("{} {what}", file.display()))?;
        }
    }
    let manifest = current.join("vault/manifest.json");
    let breaks = [
        "emptied",
        "cut to a half",
        "a byte short",
        "flipped throughout",
        "noise",
        "gone",
        "a folder",
    ];
    for (what, kind) in DAMAGES.iter().filter(|(what, _)| breaks.contains(what)) {
        damage(&manifest, kind)?;
        bench.check(&format!("the manifest {what}"))?;
    }
    fs::remove_dir_all(fs::canonicalize(&current)?)?;
    bench.check("the release gone")?;
    fs::remove_file(&current)?;
    bench.check("the link gone")?;
    fs::remove_file(&current)?;
    symlink("releases/none", &current)?;
    bench.check("a link that leads nowhere")
}
