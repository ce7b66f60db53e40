//! Layers of a theme -> [`Theme`]: site over theme over parent over the default theme.
//!
//! Templates and static files are inherited whole, file by file; interface texts and `[extra]` key by key.

use crate::config::{SiteConfig, language};
use crate::diag::Diagnostic;
use crate::plural;
use crate::site::source::layer::{self, Layer};
use crate::site::source::walk::Seen;
use crate::site::source::{Asset, Theme};
use serde_json::{Map, Value};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// All layers, nearest first: the site, its theme, the theme's parents, the default theme of the binary.
pub fn layers(root: &Path, config: &SiteConfig, seen: &mut Seen) -> Vec<Layer> {
    let mut layers = vec![layer::on_disk(root, "", &config.publish, seen)];
    let mut wanted = Some((config.theme.clone(), "site.toml".to_owned()));
    while let Some((name, asked_by)) = wanted.take() {
        let folder = format!("themes/{name}");
        let is_repeated = layers.iter().any(|it| it.name == name);
        let is_name =
            !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        let link = ["themes", &folder];
        let link = link.into_iter().find(|it| root.join(it).is_symlink());
        if is_repeated {
            let finding = Diagnostic::theme_extends_itself(&asked_by, &name);
            seen.findings.push(finding);
        } else if let Some(link) = link {
            seen.unread.push(Diagnostic::symbolic_link(link));
        } else if is_name && root.join(&folder).is_dir() {
            let layer = layer::on_disk(root, &folder, &config.publish, seen);
            if layer.is_empty() {
                seen.unread.push(Diagnostic::empty_theme(&folder));
            }
            wanted = layer
                .extends
                .clone()
                .map(|parent| (parent, format!("{folder}/theme.toml")));
            layers.push(layer);
        } else if name != "default" {
            let finding = Diagnostic::unknown_theme(&asked_by, &name, &theme_names(root));
            seen.unread.push(finding);
        }
    }
    layers.push(layer::embedded(&mut seen.findings));
    layers
}

fn theme_names(root: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(root.join("themes"))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<String> = folders
        .filter_map(|it| it.file_name().into_string().ok())
        .collect();
    names.push("default".into());
    names.sort_unstable();
    names.dedup();
    names
}

/// Static files of all layers, the nearest of each path, ascending by path.
pub fn statics(layers: &[Layer]) -> Vec<Asset> {
    let mut statics: BTreeMap<&str, &Asset> = BTreeMap::new();
    for layer in layers {
        for (path, asset) in &layer.statics {
            statics.entry(path).or_insert(asset);
        }
    }
    statics.into_values().cloned().collect()
}

/// The theme that all layers make together.
pub fn assemble(layers: Vec<Layer>, config: &SiteConfig, findings: &mut Vec<Diagnostic>) -> Theme {
    let texts = texts(&layers, config);
    findings.extend(without_texts(&layers, config));
    let mut theme = Theme {
        templates: BTreeMap::new(),
        texts,
        extra: Map::new(),
    };
    for layer in layers.iter().rev() {
        lay_over(&mut theme.extra, &layer.extra);
    }
    lay_over(&mut theme.extra, &config.extra);
    for layer in layers {
        for (name, template) in layer.templates {
            if name.starts_with("themes/") {
                findings.push(Diagnostic::reserved_template_name(&template.origin));
                continue;
            }
            match theme.templates.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(template);
                }
                Entry::Occupied(taken) => {
                    let shadowed = format!("themes/{}/{}", layer.name, taken.key());
                    theme.templates.entry(shadowed).or_insert(template);
                }
            }
        }
    }
    theme
}

/// Tables are merged, everything else is replaced.
fn lay_over(below: &mut Map<String, Value>, above: &Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => lay_over(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Texts that no other language borrows: how dates are written.
pub const OF_ONE_LANGUAGE: [&str; 2] = ["date", "months"];

/// Interface texts of every language of the site, complete. The forms of a text with a number come from where the text
/// comes from: those of another language, or of the text that it covers, would say something else.
fn texts(layers: &[Layer], config: &SiteConfig) -> BTreeMap<String, Arc<BTreeMap<String, String>>> {
    let mut known: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for layer in layers.iter().rev() {
        for (code, texts) in &layer.texts {
            let known = known.entry(code).or_default();
            known.retain(|key, _| !plural::base(key).is_some_and(|it| texts.contains_key(it)));
            let texts = texts
                .iter()
                .map(|(key, text)| (key.as_str(), text.as_str()));
            known.extend(texts);
        }
    }
    let default = &config.languages[0].code;
    let complete = |code: &str| {
        let mut texts = BTreeMap::new();
        for relation in relations(code, default, &known) {
            let nearer: BTreeSet<String> = texts.keys().cloned().collect();
            for (key, text) in &known[relation] {
                let is_borrowed = primary(relation) != primary(code);
                if plural::base(key).is_some_and(|it| nearer.contains(it))
                    || is_borrowed && OF_ONE_LANGUAGE.contains(key)
                {
                    continue;
                }
                texts
                    .entry((*key).to_owned())
                    .or_insert_with(|| (*text).to_owned());
            }
        }
        Arc::new(texts)
    };
    config
        .languages
        .iter()
        .map(|it| (it.code.clone(), complete(&it.code)))
        .collect()
}

/// Warnings about languages of which no layer has a text.
fn without_texts(layers: &[Layer], config: &SiteConfig) -> Vec<Diagnostic> {
    let known: BTreeSet<&str> = layers
        .iter()
        .flat_map(|it| it.texts.keys())
        .map(|it| primary(it))
        .collect();
    let codes = config.languages.iter().map(|it| it.code.as_str());
    let missing = codes.filter(|it| !known.contains(primary(it)));
    missing
        .map(|code| Diagnostic::language_without_texts(code, &config.languages[0].code))
        .collect()
}

/// `zh` of `zh-Hans-CN`.
fn primary(code: &str) -> &str {
    code.split('-').next().unwrap_or(code)
}

/// Languages whose texts a language may borrow, nearest first: itself, the tag of its script, shorter tags, other tags
/// of the same language, then the same for the default language, then English.
fn relations<'k, V>(code: &str, default: &str, known: &BTreeMap<&'k str, V>) -> Vec<&'k str> {
    let mut nearest: Vec<&'k str> = Vec::new();
    for code in [code, default, "en"] {
        let mut tag = code;
        let script = language::script(code);
        nearest.extend(known.get_key_value(code).map(|(it, _)| *it));
        nearest.extend(known.get_key_value(script).map(|(it, _)| *it));
        loop {
            nearest.extend(known.get_key_value(tag).map(|(it, _)| *it));
            match tag.rsplit_once('-') {
                Some((shorter, _)) => tag = shorter,
                None => break,
            }
        }
        let cousins = known.keys().filter(|it| it.split('-').next() == Some(tag));
        nearest.extend(cousins.copied());
    }
    let mut seen = BTreeSet::new();
    nearest.retain(|it| seen.insert(*it));
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceFile;
    use crate::site::error::BuildError;
    use crate::site::source::load;

    fn laid(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("content")).unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn settings_of(settings: &str) -> SiteConfig {
        let text = format!("title = 'T'\nbase_url = 'https://a.b'\n{settings}");
        let file = SourceFile::new("site.toml", text);
        crate::config::parse(&file).unwrap().0
    }

    fn site(files: &[(&str, &str)], settings: &str) -> (Theme, Vec<Asset>, Vec<Diagnostic>) {
        let folder = laid(files);
        let (tree, theme, findings) = load(folder.path(), &settings_of(settings)).unwrap();
        (theme, tree.statics, findings)
    }

    #[test]
    fn the_nearest_file_wins_and_the_others_can_be_extended() {
        let (theme, statics, findings) = site(
            &[
                ("templates/x/a.html", "site"),
                (
                    "themes/paper/theme.toml",
                    "extends = 'base'\n[extra]\na = 1\nmap = { x = 1 }",
                ),
                ("themes/paper/templates/x/a.html", "paper"),
                ("themes/paper/templates/b.html", "paper"),
                (
                    "themes/base/theme.toml",
                    "name = 'Base'\n[extra]\na = 0\nb = 0\nmap = { x = 0, y = 0 }",
                ),
                ("themes/base/templates/b.html", "base"),
                ("themes/base/templates/c.html", "base"),
                ("static/own.css", "site"),
                ("static/.well-known/x", "site"),
                ("themes/base/static/own.css", "base"),
                ("themes/base/static/c.css", "base"),
            ],
            "theme = 'paper'\n[extra]\nmap = { x = 2 }",
        );
        assert_eq!(findings, []);
        for (name, text) in [
            ("x/a.html", Some("site")),
            ("themes/paper/x/a.html", Some("paper")),
            ("b.html", Some("paper")),
            ("themes/base/b.html", Some("base")),
            ("c.html", Some("base")),
            ("themes/base/c.html", None),
        ] {
            assert_eq!(
                theme.templates.get(name).map(|it| &*it.text),
                text,
                "{name}"
            );
        }
        for (path, origin) in [
            ("own.css", "static/own.css"),
            ("c.css", "themes/base/static/c.css"),
            (".well-known/x", "static/.well-known/x"),
        ] {
            let found = statics.iter().find(|it| &*it.path == path).unwrap();
            assert_eq!(&*found.origin, origin);
        }
        assert!(statics.is_sorted_by(|a, b| a.path < b.path));
        for (key, value) in [("a", "1"), ("b", "0"), ("map", r#"{"x":2,"y":0}"#)] {
            assert_eq!(theme.extra[key].to_string(), value);
        }
    }

    #[test]
    fn scripts_import_those_of_themes_by_their_versions() {
        let folder = laid(&[
            ("static/cards.js", "import { ask } from './api.js';"),
            (
                "static/own.js",
                "import './cards.js'; import './paper.js'; import './other.js';",
            ),
            ("static/other.js", "import './own.mjs';"),
            ("static/own.mjs", "1"),
            ("themes/paper/static/paper.js", "1"),
        ]);
        let (tree, _, findings) = load(folder.path(), &settings_of("theme = 'paper'")).unwrap();
        assert_eq!(findings, []);
        let text = |path: &str| {
            let found = tree.statics.iter().find(|it| &*it.path == path).unwrap();
            String::from_utf8(found.content.read().unwrap().into_owned()).unwrap()
        };
        let versioned = |path: &str| {
            let hash = blake3::hash(text(path).as_bytes());
            format!(
                "'./{path}?v={}'",
                crate::site::source::version(hash.as_bytes())
            )
        };
        let [api, cards, paper] = ["api.js", "cards.js", "paper.js"].map(versioned);
        assert_eq!(text("cards.js"), format!("import {{ ask }} from {api};"));
        let own = format!("import {cards}; import {paper}; import './other.js';");
        assert_eq!(text("own.js"), own);
        assert_eq!(text("other.js"), "import './own.mjs';");
        assert!(text("parts.js").contains("from \"./page.js?v="));
    }

    #[test]
    fn texts_are_inherited_key_by_key() {
        let (theme, _, findings) = site(
            &[
                ("i18n/zh.toml", "x1 = '站'"),
                (
                    "templates/own.html",
                    "{{ t.x1 }}{{ t.x2 }}{{ t.x3 }}{{ t.x4 }}{{ t.x5 }}{{ t.x6 }}",
                ),
                ("themes/paper/i18n/zh-CN.toml", "x2 = '纸'"),
                (
                    "themes/paper/i18n/zh.toml",
                    "x1 = '纸'\nx2 = '纸 zh'\nx3 = '纸 zh'",
                ),
                ("themes/paper/i18n/de.toml", "x4 = 'Papier'\nx5 = 'Papier'"),
                ("themes/paper/i18n/en.toml", "x5 = 'paper'\nx6 = 'paper'"),
            ],
            "theme = 'paper'\nlanguage = 'de-AT'\n[[languages]]\ncode = 'zh-CN'",
        );
        assert_eq!(findings, []);
        for (key, text) in [
            ("x1", "站"),
            ("x2", "纸"),
            ("x3", "纸 zh"),
            ("x4", "Papier"),
            ("x5", "Papier"),
            ("x6", "paper"),
        ] {
            assert_eq!(theme.texts["zh-CN"][key], text, "{key}");
        }
        assert_eq!(theme.texts["de-AT"].get("x1"), None);
    }

    #[test]
    fn forms_of_a_text_come_from_where_the_text_comes_from() {
        let (theme, _, findings) = site(
            &[
                ("i18n/en.toml", "trial = 'try {n} days'"),
                (
                    "i18n/de.toml",
                    "say_replies_more = 'noch {n}'\nsay_replies_more_one = 'noch eine'\nsay_comment_count = '{n}'",
                ),
            ],
            "language = 'en'\n[[languages]]\ncode = 'de'\n[[languages]]\ncode = 'zh'",
        );
        assert_eq!(findings, []);
        for (code, key, text) in [
            ("en", "trial", Some("try {n} days")),
            ("en", "trial_one", None),
            ("en", "say_comment_count_one", Some("1 comment")),
            ("de", "say_replies_more_one", Some("noch eine")),
            ("de", "say_comment_count_one", None),
            ("zh", "trial_one", None),
            ("zh", "say_replies_more_one", None),
        ] {
            let found = theme.texts[code].get(key);
            assert_eq!(found.map(String::as_str), text, "{code} {key}");
        }
    }

    #[test]
    fn dates_are_not_borrowed() {
        let (theme, _, findings) = site(
            &[(
                "i18n/fr.toml",
                "date = '{day} {month}'\nmonths = 'a'\nskip = 'Aller'",
            )],
            "language = 'fr'\n[[languages]]\ncode = 'fr-CA'\n[[languages]]\ncode = 'ja'\n[[languages]]\ncode = 'de'",
        );
        assert!(
            findings
                .iter()
                .all(|it| it.code == "language-without-texts")
        );
        for (code, has_dates) in [("fr", true), ("fr-CA", true), ("ja", false), ("de", false)] {
            let texts = &theme.texts[code];
            assert_eq!(texts["skip"], "Aller");
            assert_eq!(texts.contains_key("date"), has_dates, "{code}");
            assert_eq!(texts.contains_key("months"), has_dates, "{code}");
        }
    }

    #[test]
    fn languages_have_the_texts_of_their_script() {
        let (theme, _, findings) = site(
            &[],
            "language = 'zh-TW'\n[[languages]]\ncode = 'zh-CN'\n[[languages]]\ncode = 'zh-HK'\n[[languages]]\ncode = 'en-GB'",
        );
        assert_eq!(findings, []);
        for (code, text) in [
            ("zh-TW", "登入"),
            ("zh-HK", "登入"),
            ("zh-CN", "登录"),
            ("en-GB", "Sign in"),
        ] {
            assert_eq!(theme.texts[code]["sign_in"], text, "{code}");
        }
        let (_, _, findings) = site(
            &[("i18n/ko.toml", "skip = '본문으로'")],
            "[[languages]]\ncode = 'ja'\n[[languages]]\ncode = 'ko'",
        );
        let told: Vec<_> = findings
            .iter()
            .map(|it| (it.code, it.message.as_str()))
            .collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].0 == "language-without-texts" && told[0].1.contains("`ja`"));
    }

    #[test]
    fn the_default_theme_says_the_same_in_every_language() {
        let layers = [layer::embedded(&mut Vec::new())];
        let texts = &layers[0].texts;
        let keys = |code: &str| texts[code].keys().cloned().collect::<Vec<_>>();
        let holes = |text: &str| text.matches(['{', '}']).count();
        let is_text = |key: &String| plural::base(key).is_none();
        let counted: BTreeSet<&str> = texts["en"]
            .keys()
            .filter_map(|it| plural::base(it))
            .collect();
        assert!(counted.contains("trial"), "{counted:?}");
        for code in texts.keys() {
            let (forms, own): (Vec<_>, Vec<_>) =
                keys(code).into_iter().partition(|it| !is_text(it));
            assert!(
                own.iter().eq(keys("en").iter().filter(|it| is_text(it))),
                "{code}"
            );
            for key in own {
                assert_eq!(
                    holes(&texts[code][&key]),
                    holes(&texts["en"][&key]),
                    "{code} {key}"
                );
            }
            // English has two forms, Chinese one.
            let wanted = counted.iter().map(|it| format!("{it}_one"));
            let wanted = wanted.filter(|_| code == "en");
            assert_eq!(forms, wanted.collect::<Vec<_>>(), "{code}");
        }
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn faults_of_themes_are_findings() {
        let (_, _, findings) = site(
            &[
                ("themes/a/theme.toml", "extends = 'b'\nnmae = 1\nextra = 3"),
                ("themes/b/theme.toml", "extends = 'a'"),
                ("themes/b/i18n/en.toml", "k = 3"),
                ("themes/b/i18n/notes.txt", "k"),
                ("themes/b/templates/themes/x.html", ""),
            ],
            "theme = 'a'",
        );
        let found: Vec<_> = findings
            .iter()
            .map(|it| (it.path.as_str(), it.line, it.code))
            .collect();
        let expected = [
            ("themes/a/theme.toml", 2, "unknown-setting"),
            ("themes/a/theme.toml", 3, "wrong-setting-type"),
            ("themes/b/i18n/en.toml", 1, "wrong-setting-type"),
            ("themes/b/i18n/notes.txt", 0, "odd-texts-file"),
            ("themes/b/templates/themes/x.html", 0, "reserved-template"),
            ("themes/b/theme.toml", 0, "theme-extends-itself"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_theme_that_is_not_there_stops_the_build() {
        for (files, settings, code, help) in [
            (
                "themes/paper/theme.toml",
                "theme = 'papper'",
                "unknown-theme",
                "`paper`",
            ),
            (
                "themes/paper/README.md",
                "theme = 'paper'",
                "empty-theme",
                "submodule",
            ),
            ("themes/default/README.md", "", "empty-theme", "submodule"),
            (
                "themes/bad/theme.toml",
                "theme = 'bad'",
                "settings-syntax",
                "quotes",
            ),
        ] {
            let folder = laid(&[(
                files,
                if files.contains("bad") {
                    "extends = "
                } else {
                    ""
                },
            )]);
            let Err(BuildError::Unreadable(unread)) = load(folder.path(), &settings_of(settings))
            else {
                panic!("{settings}: built");
            };
            assert_eq!(unread.len(), 1);
            assert_eq!(unread[0].code, code);
            assert!(unread[0].help.contains(help), "{}", unread[0].help);
        }
    }
}
