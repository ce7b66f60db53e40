//! `init`: a site that builds, with two pages and the default theme by name. Never overwrites.

use crate::cli::args::{InitArgs, SiteArgs};
use crate::cli::examples::Examples;
use crate::cli::fatal::Fatal;
use crate::cli::{new, print};
use crate::config::{self, language};
use std::fs;
use std::path::{Component, Path};
use std::process::ExitCode;

const ARCHETYPE: &str = "---\ntitle: {{title}}\ndate: {{date}}\ndraft: true\n---\n\n";
const IGNORE: &str = "/dist/\n/.lyceum/\n";

/// Writes what is not there yet, and says what it wrote. Refuses where nothing is missing.
pub fn run(site: &SiteArgs, args: &InitArgs) -> ExitCode {
    let root = args.dir.as_deref().unwrap_or(&site.root);
    match make(root, site, args) {
        Ok(made) => {
            if !site.quiet {
                made.tell(root, &site.config);
            }
            warn_of_ignore(root);
            ExitCode::SUCCESS
        }
        Err(fatal) => fatal.tell(false),
    }
}

/// Which files are new, and which were there.
struct Made {
    new: Vec<String>,
    kept: Vec<String>,
}

fn make(root: &Path, site: &SiteArgs, args: &InitArgs) -> Result<Made, Box<Fatal>> {
    let fatal = |code, message, help: &str| Box::new(Fatal::new(code, message, help));
    let given = args.language.as_deref();
    let language = match given.map(language::canonical) {
        Some(None) => {
            let message = format!("`{}` is no language tag", given.unwrap_or_default());
            return Err(fatal(
                "language",
                message,
                "such as `en`, `zh-CN` or `pt-BR`",
            ));
        }
        Some(tag) => tag,
        None => None,
    };
    if root.exists() && !root.is_dir() {
        let message = format!("`{}` is no folder", root.display());
        return Err(fatal(
            "no-folder",
            message,
            "name a folder, or one that is to be made",
        ));
    }
    let language = language.or_else(|| language_of(root, site));
    let language = language.unwrap_or_else(|| "en".into());
    let mut made = Made {
        new: Vec::new(),
        kept: Vec::new(),
    };
    for (path, text) in files(root, &site.config.to_string_lossy(), &language) {
        match new::write_new(&root.join(&path), &text) {
            Ok(true) => made.new.push(path),
            Ok(false) => made.kept.push(path),
            Err(error) => {
                let message = format!("cannot write `{}`", root.join(path).display());
                return Err(Box::new(Fatal::of_io("cannot-write", message, error)));
            }
        }
    }
    match made.new.is_empty() {
        true => {
            let message = format!("`{}` is a site already", root.display());
            Err(fatal(
                "is-a-site",
                message,
                "build it, or choose another folder",
            ))
        }
        false => Ok(made),
    }
}

/// The language of a site that is there in part; `None` where it has no settings, or they have faults.
fn language_of(root: &Path, site: &SiteArgs) -> Option<String> {
    let (config, _) = config::load(root, &site.config).ok()?;
    config.languages.first().map(|it| it.code.clone())
}

/// Path and text of each file of a new site. A folder with pages of its own keeps them alone: examples among them would
/// only be in the way.
fn files(root: &Path, settings: &str, language: &str) -> Vec<(String, String)> {
    let examples = Examples::in_language(language);
    let date = new::date(&jiff::tz::TimeZone::UTC);
    let files = [
        (settings, examples.site.replace("{{language}}", language)),
        ("content/_index.md", examples.home.into()),
        (
            "content/first-page.md",
            examples.first_page.replace("{{date}}", &date),
        ),
        ("archetypes/default.md", ARCHETYPE.into()),
        (".gitignore", IGNORE.into()),
    ];
    let has_content =
        fs::read_dir(root.join("content")).is_ok_and(|mut entries| entries.next().is_some());
    let files = files.into_iter();
    let files = files.filter(|(path, _)| !has_content || !path.starts_with("content/"));
    files.map(|(path, text)| (path.to_owned(), text)).collect()
}

impl Made {
    fn tell(&self, root: &Path, settings: &Path) {
        let n_new = print::counted(self.new.len(), "new file");
        print::result(&match self.kept.as_slice() {
            [] => format!("{n_new} in {}", root.display()),
            kept => format!(
                "{n_new} in {}: {}; left as it was: {}",
                root.display(),
                self.new.join(", "),
                kept.join(", ")
            ),
        });
        print::result(&next_steps(root, settings));
    }
}

/// The database, keys and letters of members must not get into git.
fn warn_of_ignore(root: &Path) {
    let text = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(|it| it.trim().trim_matches('/')).collect();
    let missing: Vec<&str> = IGNORE
        .lines()
        .filter(|it| !lines.contains(&it.trim_matches('/')))
        .collect();
    if !missing.is_empty() {
        print::note(&format!(
            "warning: `.gitignore` does not have {}\n  help: add it: the database, keys and letters of members must not get into git",
            missing.join(" and ")
        ));
    }
}

/// The two commands that follow, to be copied.
fn next_steps(root: &Path, settings: &Path) -> String {
    let is_here = root.components().all(|it| it == Component::CurDir);
    let mut at = String::new();
    if !is_here {
        at += &format!(" --root {}", print::quoted(&root.display().to_string()));
    }
    if settings != Path::new("site.toml") {
        at += &format!(
            " --config {}",
            print::quoted(&settings.display().to_string())
        );
    }
    format!(
        "next:\n  lyceum serve{at}    look at it, and write\n  lyceum build{at}    make a release for readers"
    )
}
