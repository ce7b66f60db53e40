//! Each field of each view is changed in turn: every output that shows it must be stale.
//!
//! The theme of the site in `tests/sites/_views` prints whole views as JSON. An edit of a source changes some fields;
//! all edits together change all fields. A view with a new field needs an edit that changes it.

use crate::site::BuildOptions;
use crate::site::tests::{CASES, Site};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Templates with the views that each gets besides `site` and `t`.
const TEMPLATES: [(&str, &[&str]); 15] = [
    ("page.html", &["head", "page"]),
    ("section.html", &["head", "section", "pager"]),
    ("home.html", &["head", "section", "pager"]),
    ("taxonomy.html", &["head", "taxonomy"]),
    ("term.html", &["head", "term", "pager"]),
    ("404.html", &["head"]),
    ("redirect.html", &["head"]),
    ("members/join.html", &["head", "members_page"]),
    ("members/sign-in.html", &["head", "members_page"]),
    ("members/check-mail.html", &["head", "members_page"]),
    ("members/link.html", &["head", "members_page"]),
    ("members/verify.html", &["head", "members_page"]),
    ("members/forgot.html", &["head", "members_page"]),
    ("members/password.html", &["head", "members_page"]),
    ("members/account.html", &["head", "members_page"]),
];
/// What stands around the views of a paywall.
const PAYWALL: [&str; 2] = ["PAYWALL", "END"];

/// The parts of `tests/sites/_views/edits.txt`, in its order. An edit is `FILE: TEXT => TEXT`, with `\n` for line ends.
/// Without a first text the file is written.
struct Edits {
    /// Edits of content and theme.
    sources: Vec<Edit>,
    /// Edits of settings, which change every output.
    settings: Vec<Edit>,
    /// Fields that settings alone decide, and all that is below them.
    set: Vec<String>,
    /// Fields that no edit of one file changes, since the output would have another address, or be of another kind, and
    /// all that is below them.
    constant: Vec<String>,
}

#[derive(Debug)]
struct Edit {
    file: String,
    from: String,
    to: String,
}

impl Edits {
    fn read() -> Self {
        let text = fs::read_to_string(format!("{CASES}/_views/edits.txt")).unwrap();
        let mut parts = text.split("\n== ").skip(1).map(|part| {
            let lines = part.lines().skip(1).map(str::trim);
            Vec::from_iter(lines.filter(|it| !it.is_empty()))
        });
        let mut part = || parts.next().unwrap();
        let edit = |line: &&str| {
            let (file, texts) = line.split_once(": ").unwrap();
            let (from, to) = texts.split_once("=> ").unwrap();
            Edit {
                file: file.into(),
                from: from.trim_end().replace("\\n", "\n"),
                to: to.replace("\\n", "\n"),
            }
        };
        let edits = |lines: Vec<&str>| lines.iter().map(edit).collect();
        let paths = |lines: Vec<&str>| lines.into_iter().map(String::from).collect();
        Edits {
            sources: edits(part()),
            settings: edits(part()),
            set: paths(part()),
            constant: paths(part()),
        }
    }
}

fn site() -> Site {
    let site = Site::new("_views");
    let folder = site.0.path().join("themes/views");
    fs::create_dir_all(folder.join("templates/members")).unwrap();
    let theme = "name = \"views\"\nversion = \"0.1.0\"\ndescription = \"\"\nlicense = \"MIT\"\n";
    fs::write(folder.join("theme.toml"), theme).unwrap();
    let print = |names: &[&str]| {
        let fields = names.iter();
        let fields = fields.map(|it| format!("\"{it}\": {{{{ {it} | json | safe }}}}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
    };
    let write = |name: &str, text: String| {
        fs::write(folder.join("templates").join(name), text).unwrap();
    };
    for (name, views) in TEMPLATES {
        let body = views.iter().find(|it| ["page", "section"].contains(it));
        let body = body.map(|it| format!("\n{{{{ {it}.content | safe }}}}"));
        let views = print(&[&["site", "t"], views].concat());
        write(name, views + &body.unwrap_or_default());
    }
    let [start, end] = PAYWALL;
    write(
        "paywall.html",
        format!("{start}{}{end}", print(&["part", "page"])),
    );
    site
}

/// Values of the fields that are filled, by path; fields without a value by themselves.
#[derive(Default)]
struct Fields {
    filled: BTreeMap<String, Vec<String>>,
    blank: BTreeSet<String>,
}

impl Fields {
    /// Of an output: JSON, and in the next line the body. Nothing for one that is no JSON.
    fn of(text: &str) -> Self {
        let mut fields = Fields::default();
        let (views, body) = text.split_once('\n').unwrap_or((text, ""));
        if let Ok(value) = serde_json::from_str(text) {
            fields.add("", &value);
        } else if let Ok(value) = serde_json::from_str(views) {
            fields.add("", &value);
            fields.fill(".content", body);
            for paywall in body.split(PAYWALL[0]).skip(1) {
                let views = paywall.split(PAYWALL[1]).next().unwrap_or_default();
                fields.add(".paywall", &serde_json::from_str(views).unwrap());
            }
        }
        fields
    }

    fn add(&mut self, path: &str, value: &Value) {
        // Maps of the author's own.
        let is_whole = path.ends_with(".extra") || path == ".site.assets" || path == ".t";
        match value {
            Value::Object(fields) if !is_whole && !fields.is_empty() => {
                for (name, value) in fields {
                    self.add(&format!("{path}.{name}"), value);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for item in items {
                    self.add(&format!("{path}[]"), item);
                }
            }
            Value::Null => drop(self.blank.insert(path.to_owned())),
            Value::Array(_) => drop(self.blank.insert(path.to_owned())),
            Value::String(text) if text.is_empty() => drop(self.blank.insert(path.to_owned())),
            value => self.fill(path, &value.to_string()),
        }
    }

    fn fill(&mut self, path: &str, value: &str) {
        let values = self.filled.entry(path.to_owned()).or_default();
        values.push(value.to_owned());
    }

    fn has(&self, path: &str) -> bool {
        let mut filled = self.filled.keys().filter_map(|it| it.strip_prefix(path));
        filled.any(|it| it.is_empty() || it.starts_with(['.', '[']))
    }
}

/// Every output with its fingerprint, drafts too.
fn printed(site: &Site) -> Printed {
    crate::site::tests::printed(&BuildOptions {
        drafts: true,
        ..site.options()
    })
}

type Printed = BTreeMap<String, ([u8; 32], String)>;

/// Fields that an edit changes. A fault is an output with other bytes and the same fingerprint.
fn changed(before: &Printed, edit: &Edit) -> (BTreeSet<String>, Vec<String>) {
    let (site, mut faults) = (site(), Vec::new());
    match edit.from.as_str() {
        "" => fs::write(site.0.path().join(&edit.file), &edit.to).unwrap(),
        from => site.edit(&edit.file, from, &edit.to),
    }
    let after = printed(&site);
    let mut changed = BTreeSet::new();
    for (name, (fingerprint, text)) in &after {
        let Some((fingerprint_before, text_before)) = before.get(name) else {
            continue;
        };
        if text == text_before {
            continue;
        }
        let (fields, fields_before) = (Fields::of(text), Fields::of(text_before));
        let paths = fields.filled.keys().chain(fields_before.filled.keys());
        let paths = paths.filter(|it| fields.filled.get(*it) != fields_before.filled.get(*it));
        let paths: BTreeSet<String> = paths.cloned().collect();
        if fingerprint == fingerprint_before {
            faults.push(format!(
                "{edit:?}: {name} is not stale, but differs in {paths:?}"
            ));
        }
        changed.extend(paths);
    }
    if changed.is_empty() {
        faults.push(format!("{edit:?}: changes nothing"));
    }
    (changed, faults)
}

#[test]
fn an_output_is_stale_when_a_field_of_its_views_changes() {
    let before = printed(&site());
    let mut all = Fields::default();
    for (_, text) in before.values() {
        let fields = Fields::of(text);
        all.filled.extend(fields.filled);
        all.blank.extend(fields.blank);
    }
    assert!(all.has(".page"));
    let mut faults = Vec::new();
    let edits = Edits::read();
    let is_below = |path: &str, roots: &[String]| {
        let mut rest = roots.iter().filter_map(|it| path.strip_prefix(it.as_str()));
        rest.any(|it| it.is_empty() || it.starts_with(['.', '[']))
    };
    let blank = all.blank.iter();
    let blank = blank.filter(|it| !all.has(it) && !is_below(it, &edits.constant));
    faults.extend(blank.map(|it| format!("{it}: no page of tests/sites/_views fills it")));
    let mut all_changed = |edits: &[Edit]| -> BTreeSet<String> {
        let done: Vec<_> = edits.par_iter().map(|it| changed(&before, it)).collect();
        let (fields, found): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        faults.extend(found.into_iter().flatten());
        fields.into_iter().flatten().collect()
    };
    let (by_source, by_setting) = (all_changed(&edits.sources), all_changed(&edits.settings));
    for path in all.filled.keys() {
        let is_changed = match is_below(path, &edits.set) {
            true => by_setting.contains(path),
            false => by_source.contains(path) || is_below(path, &edits.constant),
        };
        if !is_changed {
            faults.push(format!("{path}: no edit changes it"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
