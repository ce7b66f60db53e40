//! Builder and server as two users: who may read the files of a release.

use libtest_mimic::{Failed, Trial};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let trial =
        |name: &str, run: fn() -> Result<(), Failed>| Trial::test(format!("groups::{name}"), run);
    vec![
        trial("a_vault_is_its_owners_alone", a_vault_is_its_owners_alone),
        trial(
            "the_group_of_the_output_folder_reads_releases",
            the_group_of_the_output_folder_reads_releases,
        ),
        trial("a_shared_vault_stays_shared", a_shared_vault_stays_shared),
        trial(
            "what_is_shared_later_is_shared_at_once",
            what_is_shared_later_is_shared_at_once,
        ),
    ]
}

/// A site with gated text, a private picture and public files.
struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Result<Self, Failed> {
        let site = Site(tempfile::tempdir()?);
        fs::create_dir_all(site.path("content/a"))?;
        fs::create_dir_all(site.path("static"))?;
        fs::write(
            site.path("site.toml"),
            "title = \"P\"\nbase_url = \"https://p.example/\"\nprecompress = true\n",
        )?;
        fs::write(site.path("static/a.css"), "a { color: red }\n".repeat(200))?;
        fs::write(site.path("content/a/p.svg"), "<svg/>")?;
        for n in 0..30 {
            site.page(n, "one")?;
        }
        Ok(site)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn page(&self, n: usize, words: &str) -> Result<(), Failed> {
        let text = format!(
            "---\ntitle: T{n}\naccess: members\n---\n\nOpen {words}.\n\n<!-- more -->\n\nGated {words}. ![p](a/p.svg)\n"
        );
        Ok(fs::write(self.path(&format!("content/p{n}.md")), text)?)
    }

    fn build(&self, umask: &str) -> Result<(), Failed> {
        let output = Command::new("sh")
            .args(["-c", "umask \"$0\" && exec \"$1\" build --quiet", umask])
            .arg(env!("CARGO_BIN_EXE_lyceum"))
            .current_dir(self.0.path())
            .env("LYCEUM_VAULT_KEY", "11".repeat(32))
            .output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    /// Every file and folder of the current release, the folder itself among them.
    fn release(&self) -> Result<Vec<PathBuf>, Failed> {
        let mut found = vec![fs::canonicalize(self.path("dist/current"))?];
        let mut at = 0;
        while let Some(path) = found.get(at).cloned() {
            if path.is_dir() {
                for entry in fs::read_dir(&path)? {
                    found.push(entry?.path());
                }
            }
            at += 1;
        }
        Ok(found)
    }

    /// Fails unless this group reads all of the current release, and nobody else reads its vault.
    fn assert_shared(&self, group: u32, round: &str) -> Result<(), Failed> {
        let release = self.release()?;
        assert!(release.len() > 60, "{}", release.len());
        let releases = self.path("dist/releases");
        for path in release.iter().chain([&releases]) {
            let metadata = path.symlink_metadata()?;
            let wanted = if metadata.is_dir() { 0o050 } else { 0o040 };
            let mode = metadata.mode();
            assert_eq!(metadata.gid(), group, "{round}: {}", path.display());
            assert_eq!(
                mode & wanted,
                wanted,
                "{round}: {mode:o} {}",
                path.display()
            );
            let is_vault = path.components().any(|it| it.as_os_str() == "vault");
            let others = if is_vault { mode & 0o007 } else { 0 };
            assert_eq!(others, 0, "{round}: {mode:o} {}", path.display());
        }
        Ok(())
    }
}

/// Another group than the own one where the system lets us take it, as it does a superuser.
fn a_group(folder: &Path) -> Result<u32, Failed> {
    const OTHER: u32 = 54_321;
    Ok(match chown(folder, None, Some(OTHER)) {
        Ok(()) => OTHER,
        Err(_) => folder.metadata()?.gid(),
    })
}

fn set_mode(path: &Path, mode: u32) -> Result<(), Failed> {
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// Rights that everybody has anyway are nobody's wish.
fn a_vault_is_its_owners_alone() -> Result<(), Failed> {
    let site = Site::new()?;
    let vault_modes = || -> Result<Vec<u32>, Failed> {
        let release = site.release()?;
        let vault = |it: &&PathBuf| it.components().any(|it| it.as_os_str() == "vault");
        let modes = release.iter().filter(vault).map(|it| it.metadata());
        let modes: Result<Vec<_>, _> = modes.map(|it| it.map(|it| it.mode() & 0o077)).collect();
        Ok(modes?)
    };
    for (round, umask) in ["022", "002", "077"].into_iter().enumerate() {
        site.page(round, "two")?;
        site.build(umask)?;
        let modes = vault_modes()?;
        assert!(
            modes.len() > 30 && modes.iter().all(|it| *it == 0),
            "{umask} {modes:?}"
        );
    }
    // As an archive unpacks it.
    set_mode(&fs::canonicalize(site.path("dist/current/vault"))?, 0o755)?;
    site.page(9, "three")?;
    site.build("022")?;
    assert!(vault_modes()?.iter().all(|it| *it == 0));
    Ok(())
}

/// Whatever the umask, for releases that are written, linked and made of older ones.
fn the_group_of_the_output_folder_reads_releases() -> Result<(), Failed> {
    let site = Site::new()?;
    fs::create_dir(site.path("dist"))?;
    let group = a_group(&site.path("dist"))?;
    set_mode(&site.path("dist"), 0o2750)?;
    for (round, umask) in ["022", "077", "027", "022", "077", "002", "077"]
        .into_iter()
        .enumerate()
    {
        site.page(round, "two")?;
        site.build(umask)?;
        site.assert_shared(group, &format!("{round} {umask}"))?;
    }
    Ok(())
}

/// `chgrp -R` and `chmod -R g+rX`, once.
fn a_shared_vault_stays_shared() -> Result<(), Failed> {
    let site = Site::new()?;
    site.build("022")?;
    let mut group = 0;
    for path in site.release()?.iter().chain([&site.path("dist/releases")]) {
        group = a_group(path)?;
        let metadata = path.metadata()?;
        let added = if metadata.is_dir() { 0o050 } else { 0o040 };
        set_mode(path, (metadata.mode() | added) & 0o7777)?;
    }
    for (round, umask) in ["022", "077", "022", "077", "022"].into_iter().enumerate() {
        site.page(round, "two")?;
        site.build(umask)?;
        site.assert_shared(group, &format!("{round} {umask}"))?;
    }
    Ok(())
}

/// Also if there is nothing to build.
fn what_is_shared_later_is_shared_at_once() -> Result<(), Failed> {
    let site = Site::new()?;
    site.build("077")?;
    let group = a_group(&site.path("dist"))?;
    set_mode(&site.path("dist"), 0o2750)?;
    site.build("077")?;
    site.assert_shared(group, "unchanged")
}
