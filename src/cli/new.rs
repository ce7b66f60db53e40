//! `new`: a page with front matter from `archetypes/`: the section's own (`guides.md`), else `default.md`.

use crate::cli::args::{NewArgs, SiteArgs};
use crate::cli::causes::with_causes;
use crate::cli::fatal::Fatal;
use crate::cli::{COULD_NOT_RUN, print};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::site::source::is_markdown;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path};
use std::process::ExitCode;

const PLAIN_ARCHETYPE: &str = "---\ntitle: {{title}}\ndate: {{date}}\ndraft: true\n---\n\n";

/// Writes `content/PATH` unless it is there, and says where.
pub fn run(site: &SiteArgs, args: &NewArgs) -> ExitCode {
    let Some(path) = page_path(&args.path) else {
        let help = "give a path below content/, such as `guides/start.md`";
        print::failure(&format!("`{}` cannot be a page", args.path), help);
        return ExitCode::from(COULD_NOT_RUN);
    };
    let target = site.root.join("content").join(&path);
    let zone = match zone_of(site) {
        Ok(zone) => zone,
        Err(fatal) => return fatal.tell(false),
    };
    let archetype = match archetype(site, &path) {
        Ok(text) => text,
        Err(fatal) => return fatal.tell(false),
    };
    let text = archetype
        .replace(
            "{{title}}",
            &serde_json::Value::from(title_of(&path)).to_string(),
        )
        .replace("{{date}}", &date(&zone));
    match write_new(&target, &text) {
        Ok(true) => {
            print::result(&target.display().to_string());
            ExitCode::SUCCESS
        }
        Ok(false) => {
            print::failure(
                &format!("`{}` is there already", target.display()),
                "choose another name",
            );
            ExitCode::from(COULD_NOT_RUN)
        }
        Err(error) => {
            let message = format!("cannot write `{}`", target.display());
            Fatal::of_io("cannot-write", message, error).tell(false)
        }
    }
}

/// This moment, as a head has it.
pub fn date(zone: &jiff::tz::TimeZone) -> String {
    let now = Clock::Wall.now().in_zone(zone);
    now.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// The time zone of the site, or UTC where its settings have faults: `check` is there to say which. Fails where there is
/// no site.
fn zone_of(site: &SiteArgs) -> Result<jiff::tz::TimeZone, Box<Fatal>> {
    match crate::config::load(&site.root, &site.config) {
        Ok((config, _)) => Ok(config.timezone),
        Err(ConfigError::Faults(_)) => Ok(jiff::tz::TimeZone::UTC),
        Err(error) => Err(Box::new(Fatal::of_settings(site, error))),
    }
}

/// A path below content/ with an extension; `None` where it would lie outside.
fn page_path(text: &str) -> Option<String> {
    let text = text
        .strip_prefix("content/")
        .unwrap_or(text)
        .trim_end_matches('/');
    let inside = Path::new(text)
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    let is_odd = |c: char| c == '\\' || c.is_control();
    if !inside || text.is_empty() || text.contains(is_odd) {
        return None;
    }
    Some(if is_markdown(text) {
        text.into()
    } else {
        format!("{text}.md")
    })
}

/// `guides/first-steps.zh.md` -> `First steps`; a bundle is named after its folder.
fn title_of(path: &str) -> String {
    let stem = Path::new(path)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default().to_owned();
    let folder = Path::new(path)
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    let name = if stem == "index" || stem == "_index" {
        folder.into_owned()
    } else {
        stem
    };
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or(words.clone(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What the page starts from. Fails where there is an archetype that cannot be read.
fn archetype(site: &SiteArgs, path: &str) -> Result<String, Box<Fatal>> {
    let section = path.split_once('/').map(|(section, _)| section);
    let own = section.map(|it| format!("archetypes/{it}.md"));
    for name in own.as_deref().into_iter().chain(["archetypes/default.md"]) {
        let file = site.root.join(name);
        match fs::read_to_string(&file) {
            Ok(text) => return Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("cannot read `{}`: {}", file.display(), with_causes(&error));
                let help = "an archetype is a text in UTF-8 that this user may read";
                return Err(Box::new(Fatal::new("cannot-read", message, help)));
            }
        }
    }
    Ok(PLAIN_ARCHETYPE.into())
}

/// Writes a file that is not there, and its folders; `false` where something is there already.
pub fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_below_content() {
        for (given, path) in [
            ("guides/start", Some("guides/start.md")),
            ("content/a.md", Some("a.md")),
            ("入门.md", Some("入门.md")),
            ("../a.md", None),
            ("/etc/a.md", None),
            ("", None),
            ("a\nb", None),
        ] {
            assert_eq!(page_path(given).as_deref(), path, "{given}");
        }
    }

    #[test]
    fn titles_come_from_names() {
        for (path, title) in [
            ("guides/first-steps.zh.md", "First steps"),
            ("trips/peru/index.md", "Peru"),
            ("入门.md", "入门"),
        ] {
            assert_eq!(title_of(path), title, "{path}");
        }
    }
}
