//! `init`: a site that builds, with two pages and the default theme by name. Never overwrites.

use crate::cli::args::{InitArgs, SiteArgs};
use crate::cli::examples::Examples;
use crate::cli::{new, print};
use crate::config::language;
use std::fs;
use std::path::{Component, Path};
use std::process::ExitCode;

const ARCHETYPE: &str = "---\ntitle: {{title}}\ndate: {{date}}\ndraft: true\n---\n\n";
const IGNORE: &str = "/dist/\n/.lyceum/\n";

/// Writes what is not there yet, and says what it wrote.
pub fn run(site: &SiteArgs, args: &InitArgs) -> ExitCode {
    let root = args.dir.as_deref().unwrap_or(&site.root);
    let Some(language) = language::canonical(&args.language) else {
        let message = format!("`{}` is no language tag", args.language);
        print::failure(&message, "such as `en`, `zh-CN` or `pt-BR`");
        return ExitCode::from(crate::cli::COULD_NOT_RUN);
    };
    let examples = Examples::in_language(&language);
    let settings = examples.site.replace("{{language}}", &language);
    let first_page = examples
        .first_page
        .replace("{{date}}", &new::date(&jiff::tz::TimeZone::UTC));
    let files = [
        ("site.toml", settings.as_str()),
        ("content/_index.md", examples.home),
        ("content/first-page.md", &first_page),
        ("archetypes/default.md", ARCHETYPE),
        (".gitignore", IGNORE),
    ];
    if root.join("site.toml").exists() {
        let help = "build it, or choose another folder";
        print::failure(&format!("`{}` is a site already", root.display()), help);
        return ExitCode::from(crate::cli::COULD_NOT_RUN);
    }
    // A folder with pages of its own keeps them alone: examples among them would only be in the way.
    let has_content =
        fs::read_dir(root.join("content")).is_ok_and(|mut entries| entries.next().is_some());
    let mut n_written = 0;
    for (path, text) in files
        .into_iter()
        .filter(|(path, _)| !has_content || !path.starts_with("content/"))
    {
        match new::write_new(&root.join(path), text) {
            Ok(true) => n_written += 1,
            Ok(false) => {}
            Err(error) => {
                print::failure(
                    &format!("cannot write `{}`: {error}", root.join(path).display()),
                    "",
                );
                return ExitCode::from(crate::cli::COULD_NOT_RUN);
            }
        }
    }
    if !site.quiet {
        print::result(&format!(
            "{} in {}",
            print::counted(n_written, "new file"),
            root.display()
        ));
        print::result(&next_steps(root));
    }
    ExitCode::SUCCESS
}

/// The two commands that follow, to be copied.
fn next_steps(root: &Path) -> String {
    let is_here = root.components().all(|it| it == Component::CurDir);
    let text = root.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let name = match text.chars().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    };
    let at = if is_here {
        String::new()
    } else {
        format!(" --root {name}")
    };
    format!(
        "next:\n  lyceum serve{at}    look at it, and write\n  lyceum build{at}    make a release for readers"
    )
}
