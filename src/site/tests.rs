//! What must hold of whole builds, on the small sites of `tests/sites`.

mod keep_last;
mod views;

use crate::clock::Timestamp;
use crate::site::error::BuildError;
use crate::site::outputs::Output;
use crate::site::publish::{Purpose, VaultKey};
use crate::site::render::{Body, Rendered};
use crate::site::{
    BuildOptions, BuildOutcome, BuildState, build, check, rebuild, rebuild_after, render_each,
    with_settings,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tempfile::TempDir;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sites");

/// A case of `tests/sites` in a folder of its own, with the plain theme.
struct Site(TempDir);

impl Site {
    fn new(case: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(CASES).join(case), folder.path());
        copy(
            &Path::new(CASES).join("_theme"),
            &folder.path().join("themes/plain"),
        );
        Site(folder)
    }

    fn options(&self) -> BuildOptions {
        let now = Timestamp::parse("2026-01-05T08:00:00Z").unwrap();
        BuildOptions {
            key: VaultKey::parse(&"5e".repeat(32)),
            ..BuildOptions::new(self.0.path(), now)
        }
    }

    fn build(&self) -> BuildOutcome {
        build(&self.options()).unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Every file of the current release below `part`, such as `public`.
    fn tree(&self, part: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let folder = self.0.path().join("dist/current").join(part);
        let files = walkdir::WalkDir::new(&folder).follow_links(true);
        files
            .into_iter()
            .map(Result::unwrap)
            .filter(|it| it.file_type().is_file())
            .map(|it| {
                let name = it.path().strip_prefix(&folder).unwrap().to_owned();
                (name, fs::read(it.path()).unwrap())
            })
            .collect()
    }

    fn text(&self, file: &str) -> String {
        let path = self.0.path().join("dist/current").join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes
        .map(|it| it.to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn cases() -> Vec<String> {
    let names = fs::read_dir(CASES).unwrap();
    let mut names: Vec<String> = names
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| !it.starts_with('_'))
        .collect();
    names.sort();
    names
}

#[test]
fn pw_01_nothing_gated_is_public_in_any_case() {
    for case in cases() {
        let site = Site::new(&case);
        site.build();
        for (name, bytes) in site.tree("public") {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            let is_told = text.contains("zebra") || name.to_string_lossy().contains("secret");
            assert!(!is_told, "{case}: {}", name.display());
        }
    }
}

#[test]
fn pw_16_changing_gated_text_alone_changes_no_byte_of_public() {
    let site = Site::new("four-parts");
    site.build();
    let (public, vault) = (site.tree("public"), site.tree("vault"));
    for (from, to) in [
        (
            "zebramembers",
            "something else, and *much* longer\n\n## Another",
        ),
        ("zebrapaid", "x"),
        ("zebranote", "![picture](https://example.com/x.png)"),
        ("zebrapro", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ] {
        site.edit("content/page.md", from, to);
    }
    let outcome = site.build();
    assert!(site.tree("public") == public);
    assert!(site.tree("vault") != vault);
    assert!(outcome.published.unwrap().changed.is_empty());
}

#[test]
fn pw_16_a_gated_picture_of_another_size_changes_no_byte_of_public() {
    let site = Site::new("pictures");
    site.build();
    let (public, vault) = (site.tree("public"), site.tree("vault"));
    let edit = "edits/02-gated/content/trip/secret.png";
    fs::copy(
        site.0.path().join(edit),
        site.0.path().join("content/trip/secret.png"),
    )
    .unwrap();
    let outcome = site.build();
    assert!(site.tree("public") == public);
    assert!(site.tree("vault") != vault);
    assert!(outcome.published.unwrap().changed.is_empty());
}

#[test]
fn the_ranges_of_the_manifest_are_those_of_the_paywalls() {
    let site = Site::new("four-parts");
    let manifest = site.build().published.unwrap().manifest.unwrap();
    let mut n_parts = 0;
    for page in manifest.pages.values() {
        let html = site.text(&format!("public/{}", page.file));
        for part in &page.parts {
            let paywall = &html[part.start as usize..part.end as usize];
            let version = page.version.as_ref().unwrap();
            let open = format!(
                "<section class=\"paywall\" data-part=\"{}\" data-access=\"{}\"",
                part.number, part.access
            );
            let named = format!("{open} data-version=\"{version}\">");
            assert!(
                paywall.starts_with(&named) && paywall.ends_with("</section>"),
                "{paywall}"
            );
            let opened = site.text(&format!("vault/parts/{}", part.file));
            let open = open.replace("paywall", "part") + " aria-label=";
            assert!(
                opened.starts_with(&open) && opened.ends_with("</section>"),
                "{opened}"
            );
            assert!(opened.contains("zebra"));
            n_parts += 1;
        }
    }
    assert_eq!(n_parts, 3);
}

#[test]
fn a_manifest_is_its_json_whole_or_in_runs() {
    for case in cases() {
        let manifest = Site::new(&case).build().published.unwrap().manifest;
        let manifest = manifest.unwrap();
        let whole = serde_json::to_vec(&manifest).unwrap();
        assert!(manifest.to_json().unwrap() == whole, "{case}");
    }
}

#[test]
fn bld_13_the_number_of_threads_changes_nothing() {
    for case in cases() {
        let trees = [Some(1), Some(16)].map(|jobs| {
            let site = Site::new(&case);
            build(&BuildOptions {
                jobs,
                ..site.options()
            })
            .unwrap();
            (site.tree("public"), site.tree("vault"))
        });
        assert!(trees[0] == trees[1], "{case}");
    }
}

#[test]
fn a_second_build_writes_nothing() {
    for case in cases() {
        let site = Site::new(&case);
        let first = site.build();
        let again = site.build();
        assert_eq!(again.report.n_written, 0, "{case}");
        assert_eq!(again.diagnostics, first.diagnostics, "{case}");
        assert_eq!(
            again.published.unwrap().id,
            first.published.unwrap().id,
            "{case}"
        );
    }
}

#[test]
fn a_session_builds_what_a_clean_build_would() {
    let site = Site::new("four-parts");
    let mut state = BuildState::default();
    rebuild(&site.options(), &mut state).unwrap();
    site.edit("content/page.md", "Open to all", "Open to everyone");
    let outcome = rebuild(&site.options(), &mut state).unwrap();
    let changed = outcome.published.unwrap().changed;
    assert!(
        changed.contains(&"page/index.html".to_owned()),
        "{changed:?}"
    );
    assert!(!changed.contains(&"404.html".to_owned()), "{changed:?}");
    let kept = site.tree("public");
    fs::remove_dir_all(site.0.path().join("dist")).unwrap();
    site.build();
    assert!(site.tree("public") == kept);
}

#[test]
fn a_picture_of_another_size_is_news_to_those_that_show_it() {
    let site = Site::new("pictures");
    let mut state = BuildState::default();
    rebuild(&site.options(), &mut state).unwrap();
    let mut changed = |file: &str, from: &str, to: &str| {
        site.edit(file, from, to);
        let after = [PathBuf::from(file)];
        let outcome = rebuild_after(&site.options(), &mut state, &after).unwrap();
        outcome.published.unwrap().changed
    };
    let box_svg = "content/trip/box.svg";
    assert_eq!(
        changed(box_svg, "<title>box", "<title>Box"),
        ["trip/box.svg"]
    );
    // Once the site is known to hang together as it did, text alone is read again.
    changed("content/trip/index.md", "No size", "Without size");
    assert_eq!(
        changed(box_svg, "300 200", "300 150"),
        [
            "atom.xml",
            "feed.json",
            "rss.xml",
            "trip/box.svg",
            "trip/index.html"
        ]
    );
    assert_eq!(
        changed("content/trip/index.md", "Without size", "No size"),
        ["atom.xml", "feed.json", "rss.xml", "trip/index.html"]
    );
    let kept = site.tree("public");
    assert!(
        site.text("public/trip/index.html")
            .contains("width=\"300\" height=\"150\"")
    );
    fs::remove_dir_all(site.0.path().join("dist")).unwrap();
    site.build();
    assert!(site.tree("public") == kept);
}

#[test]
fn a_check_writes_nothing_and_finds_the_same() {
    for case in cases() {
        let site = Site::new(&case);
        let found = check(&site.options()).unwrap();
        assert!(!site.0.path().join("dist").exists());
        assert!(!site.0.path().join(".lyceum").exists());
        assert_eq!(found.diagnostics, site.build().diagnostics, "{case}");
    }
}

/// Every rendered output with its fingerprint.
fn printed(options: &BuildOptions) -> BTreeMap<String, ([u8; 32], String)> {
    let found = Mutex::new(BTreeMap::new());
    let look = |output: &Output, rendered: Rendered| {
        if let Body::Text(html) = rendered.body {
            let shown = (output.fingerprint.whole, html.into_string());
            found.lock().unwrap().insert(output.file.to_string(), shown);
        }
    };
    let outcome = with_settings(options, |loaded, stages| {
        render_each(options, look, loaded, stages)
    });
    outcome.unwrap();
    found.into_inner().unwrap()
}

#[test]
fn equal_fingerprints_mean_equal_bytes() {
    for (case, file, from, to) in [
        ("feeds", "content/old.md", "Old text", "New text"),
        ("feeds", "content/old.md", "title: Old", "title: Renamed"),
        (
            "pagination",
            "content/p2.md",
            "tags: [all]",
            "tags: [all, more]",
        ),
        ("pagination", "content/p2.md", "2026-01-02", "2026-03-02"),
        (
            "pagination",
            "site.toml",
            "paginate_by = 2",
            "paginate_by = 1",
        ),
        (
            "languages",
            "content/start.zh.md",
            "title: 开始",
            "title: 起步",
        ),
        (
            "languages",
            "site.toml",
            "title = \"语言\"",
            "title = \"别的\"",
        ),
        ("aliases", "content/new-place.md", "New <place>", "Newer"),
        (
            "pictures",
            "content/trip/box.svg",
            "0 0 300 200",
            "0 0 200 300",
        ),
        (
            "pictures",
            "content/trip/open.svg",
            "100%",
            "50\" height=\"9",
        ),
        (
            "four-parts",
            "content/page.md",
            "<!-- paid -->",
            "<!-- members -->\n\nx\n\n<!-- /members -->\n\n<!-- paid -->",
        ),
        (
            "four-parts",
            "themes/plain/templates/paywall.html",
            "sign in",
            "enter",
        ),
    ] {
        let site = Site::new(case);
        let before = printed(&site.options());
        site.edit(file, from, to);
        let after = printed(&site.options());
        let differs = |name: &String| before.get(name).map(|it| &it.1) != Some(&after[name].1);
        assert!(
            after.keys().any(differs),
            "{case}: `{to}` changes something"
        );
        for name in after.keys().filter(|it| differs(it)) {
            let is_stale = before.get(name).map(|it| it.0) != Some(after[name].0);
            assert!(
                is_stale,
                "{case}: `{to}` changes {name}, its fingerprint does not"
            );
        }
    }
}

#[test]
fn a_build_tells_what_it_did_again_and_why() {
    for (case, file, from, to, expected) in [
        // Its description stands in lists, and its text in three feeds.
        (
            "four-parts",
            "content/page.md",
            "Open to all",
            "Open",
            "6 pages, 1 text",
        ),
        (
            "four-parts",
            "content/page.md",
            "zebrapaid",
            "zebra",
            "3 pages, 1 text",
        ),
        // One page has gated parts.
        (
            "four-parts",
            "themes/plain/templates/paywall.html",
            "sign in",
            "enter",
            "1 templates",
        ),
        (
            "four-parts",
            "themes/plain/templates/404.html",
            "\"base.html\"",
            "'base.html'",
            "1 templates",
        ),
        // Home pages have the name of the site.
        (
            "pagination",
            "site.toml",
            "title = \"",
            "title = \"New ",
            "5 sections, 25 settings",
        ),
    ] {
        let site = Site::new(case);
        let first = site.build();
        let n_outputs = first.published.unwrap().stale.len();
        assert_eq!(first.report.stale, BTreeMap::from([("new", n_outputs)]));
        site.edit(file, from, to);
        let stale = site.build().report.stale;
        let stale = stale.iter().map(|(reason, n)| format!("{n} {reason}"));
        let stale = Vec::from_iter(stale).join(", ");
        assert_eq!(stale, expected, "{case}: {file}: {to}");
    }
}

#[test]
fn a_static_file_touches_those_who_show_its_address() {
    let site = Site::new("four-parts");
    fs::create_dir_all(site.0.path().join("static")).unwrap();
    let write = |name: &str, text: &str| {
        fs::write(site.0.path().join("static").join(name), text).unwrap();
    };
    write("shown.css", "one");
    write("other.css", "one");
    let base = "themes/plain/templates/404.html";
    site.edit(
        base,
        "%}",
        "%}{% block body %}{{ site.assets[\"shown.css\"] }}{% endblock body %}",
    );
    site.build();
    for (name, expected) in [
        ("other.css", "1 text"),
        ("shown.css", "1 static_files, 1 text"),
    ] {
        write(name, "changed");
        let stale = site.build().report.stale;
        let stale = stale.iter().map(|(reason, n)| format!("{n} {reason}"));
        assert_eq!(Vec::from_iter(stale).join(", "), expected, "{name}");
    }
}

#[test]
fn xss_04_feeds_are_what_their_formats_want() {
    let site = Site::new("feeds");
    site.build();
    let title = "Tom & <Jerry> ]]>";
    let atom = site.text("public/atom.xml");
    let atom = roxmltree::Document::parse(&atom).unwrap();
    let rss = site.text("public/rss.xml");
    let rss = roxmltree::Document::parse(&rss).unwrap();
    let texts = |document: &roxmltree::Document, name: &str| -> Vec<String> {
        let nodes = document
            .descendants()
            .filter(|it| it.tag_name().name() == name);
        nodes
            .map(|it| it.text().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(texts(&atom, "title")[1..], [title, "Old"]);
    assert_eq!(texts(&rss, "title")[1..], [title, "Old"]);
    assert_eq!(texts(&rss, "pubDate")[0], "Sat, 3 Jan 2026 08:00:00 +0800");
    let json: serde_json::Value = serde_json::from_str(&site.text("public/feed.json")).unwrap();
    assert_eq!(json["items"][0]["title"], title);
    let bodies = [
        texts(&atom, "content")[0].clone(),
        texts(&rss, "encoded")[0].clone(),
    ];
    for body in bodies
        .iter()
        .map(String::as_str)
        .chain(json["items"][0]["content_html"].as_str())
    {
        assert!(body.contains("Public ]]&gt; text"), "{body}");
        assert!(body.contains("href=\"https://example.org/old/\""), "{body}");
        assert!(
            body.contains("href=\"https://example.org/new/#end\""),
            "{body}"
        );
        assert_eq!(body.matches("for members").count(), 1, "{body}");
    }
}

/// One page for which the usual template fails is left out; two mean that the template is at fault.
#[test]
fn a_template_fails_for_a_page_or_by_itself() {
    let site = Site::new("page-templates");
    let page = site.0.path().join("themes/plain/templates/page.html");
    let text = fs::read_to_string(&page).unwrap();
    let fails_where = |condition: &str| {
        let failing = format!("{{% if {condition} %}}{{{{ gone.x }}}}{{% endif %}}");
        let body = "{% block body -%}";
        fs::write(&page, text.replace(body, &format!("{body}{failing}"))).unwrap();
    };
    let before = site.build();
    fails_where("page.title == \"Fine\"");
    for outcome in [site.build(), check(&site.options()).unwrap(), site.build()] {
        let codes = outcome.diagnostics.iter().map(|it| (it.code, &*it.path));
        assert!(
            codes
                .clone()
                .any(|it| it == ("template-fails", "content/fine.md")),
            "{:?}",
            codes.collect::<Vec<_>>()
        );
        assert_eq!(outcome.report.n_pages, before.report.n_pages - 1);
    }
    let kept = site.tree("public");
    assert!(!kept.contains_key(Path::new("fine/index.html")));
    assert!(!site.text("public/index.html").contains("Fine"));
    fails_where("page.title != \"Shown\"");
    let Err(BuildError::Template(fault)) = build(&site.options()) else {
        panic!("a theme that fails for two pages was used");
    };
    assert_eq!(
        (fault.path.as_str(), fault.line),
        ("themes/plain/templates/page.html", 2)
    );
    assert!(site.tree("public") == kept);
}

/// A strict build with a finding, of whatever weight and wherever it is found, leaves the release as it was.
#[test]
fn a_strict_build_publishes_nothing_unless_it_is_clean() {
    let strict = |site: &Site| {
        let options = BuildOptions {
            strict: true,
            ..site.options()
        };
        build(&options).unwrap()
    };
    for (file, from, to) in [
        ("content/p2.md", "---\n\n", "wieght: 1\n---\n\n"),
        ("content/p2.md", "---\n\n", "access: membres\n---\n\n"),
        ("content/p2.md", "---\n\n", "---\n\n[dead](gone.md)\n\n"),
        ("content/p2.md", "---\n\n", "template: gone.html\n---\n\n"),
    ] {
        let site = Site::new("pagination");
        let first = strict(&site);
        assert_eq!(first.diagnostics, [], "{to}");
        let id = first.report.release.unwrap();
        let kept = site.tree("");
        site.edit(file, from, to);
        // The second time, what the first has found is remembered.
        for _ in 0..2 {
            let outcome = strict(&site);
            assert!(outcome.published.is_none(), "{to}");
            assert!(outcome.report.n_errors > 0 && outcome.report.n_warnings == 0);
            assert!(site.tree("") == kept, "{to}");
        }
        let loose = site.build().report.release.unwrap();
        assert_ne!(loose, id, "{to}");
        // Nothing has changed since, and still the release is not one that a strict build would have made.
        assert!(strict(&site).report.n_errors > 0);
        site.edit(file, to, from);
        assert_eq!(strict(&site).report.release, Some(id));
    }
}

#[test]
fn previews_show_what_is_not_live_with_a_badge() {
    let site = Site::new("drafts");
    let preview = BuildOptions {
        drafts: true,
        future: true,
        expired: true,
        ..site.options()
    };
    build(&preview).unwrap();
    for name in ["draft", "scheduled", "expired"] {
        let html = site.text(&format!("public/{name}/index.html"));
        assert!(
            html.contains(&format!("<b>{name}</b>")) && html.contains("noindex"),
            "{html}"
        );
        for list in ["sitemap.xml", "atom.xml", "rss.xml", "feed.json"] {
            assert!(
                !site
                    .text(&format!("public/{list}"))
                    .contains(&format!("/{name}/\"")),
                "{list}"
            );
        }
    }
    build(&BuildOptions {
        shrink: true,
        ..site.options()
    })
    .unwrap();
    assert!(!site.0.path().join("dist/current/public/draft").exists());
}

/// XSS-09: whatever an author calls a page, its tags and the site, the data for search engines ends where it should,
/// and reads as it was written.
#[test]
fn data_in_scripts_is_data() {
    let payload = "</ScRiPt><!--<script>alert(1)//--> \u{2028}\u{2029}&quot;\\\"'";
    let quoted = serde_json::to_string(payload).unwrap();
    // YAML takes the two line ends of Unicode for its own.
    let quoted = quoted
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    let site = Site::new("four-parts");
    site.edit("site.toml", "theme = \"plain\"", "");
    site.edit("site.toml", "\"Four parts\"", &quoted);
    let head =
        format!("title: {quoted}\ndescription: {quoted}\ntags: [{quoted}]\ndate: 2026-01-01");
    let page = format!("---\n{head}\n---\ntext\n");
    fs::write(site.0.path().join("content/odd.md"), page).unwrap();
    site.build();
    let data = |file: &str| -> serde_json::Value {
        let html = site.text(file);
        let (_, script) = html
            .split_once("<script type=\"application/ld+json\">")
            .unwrap();
        let (json, _) = script.split_once("</script>").unwrap();
        let is_plain = |c: char| !matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        assert!(json.chars().all(is_plain), "{file}: {json}");
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{file}: {error} in {json}"))
    };
    let article = &data("public/odd/index.html")["@graph"][0];
    for found in [
        &article["headline"],
        &article["description"],
        &article["keywords"][0],
        &article["publisher"]["name"],
        &data("public/index.html")["name"],
    ] {
        assert_eq!(found, payload);
    }
}

#[test]
fn an_output_folder_inside_the_sources_is_refused() {
    let site = Site::new("drafts");
    for out in ["content", "static/dist", "./themes/../content/x"] {
        let options = BuildOptions {
            out: out.into(),
            ..site.options()
        };
        assert!(build(&options).is_err(), "{out}");
        assert!(!site.0.path().join(out).join("releases").exists());
    }
}

/// The values of all `id` attributes, in order.
fn ids(html: &str) -> Vec<&str> {
    let values = html.split(" id=\"").skip(1);
    values.filter_map(|it| it.split('"').next()).collect()
}

#[test]
fn no_heading_gets_an_id_of_the_theme() {
    let site = Site::new("page-access");
    let settings = fs::read_to_string(site.0.path().join("site.toml")).unwrap();
    let settings = settings.replace("\"plain\"", "\"default\"");
    fs::write(site.0.path().join("site.toml"), settings).unwrap();
    let page = |headings: &[String]| {
        let text: String = headings
            .iter()
            .map(|it| format!("## {it}\n\nx\n\n"))
            .collect();
        let head = "---\ntitle: Ids\ntags: [a]\nseries: S\n---\n\n";
        fs::write(
            site.0.path().join("content/ids.md"),
            format!("{head}{text}"),
        )
        .unwrap();
        site.build();
        site.text("public/ids/index.html")
    };
    let plain = page(&["First".into(), "Second".into()]);
    let themes: Vec<String> = ids(&plain).into_iter().map(str::to_owned).collect();
    assert!(themes.len() > 8, "{themes:?}");
    // Each of them as a heading, as it stands and without its prefix.
    let headings = themes
        .iter()
        .flat_map(|it| [it.clone(), it.replace("Ly-", "")]);
    let crowded = page(&headings.collect::<Vec<_>>());
    let found = ids(&crowded);
    let once: std::collections::BTreeSet<&&str> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "{found:?}");
}

#[test]
fn a_preview_keeps_its_pages_while_most_are_gone() {
    let site = Site::new("pagination");
    let options = BuildOptions {
        purpose: Purpose::Preview,
        ..site.options()
    };
    let mut state = BuildState::keeping_good();
    let pages = |outcome: &BuildOutcome| outcome.published.as_ref().map(|_| outcome.report.n_pages);
    let n_pages = pages(&rebuild(&options, &mut state).unwrap()).unwrap();
    let public = site.tree("public");
    let (content, aside) = (site.0.path().join("content"), site.0.path().join("aside"));
    fs::rename(&content, &aside).unwrap();
    assert!(rebuild(&options, &mut state).is_err());
    fs::create_dir(&content).unwrap();
    let held = rebuild(&options, &mut state).unwrap();
    assert!(held.held_back.is_some() && held.published.is_none());
    assert!(site.tree("public") == public);
    fs::remove_dir(&content).unwrap();
    fs::rename(&aside, &content).unwrap();
    assert_eq!(
        pages(&rebuild(&options, &mut state).unwrap()),
        Some(n_pages)
    );
    // Started again, it has no page that its author still sees.
    fs::remove_dir_all(&content).unwrap();
    fs::create_dir(&content).unwrap();
    let again = rebuild(&options, &mut BuildState::keeping_good()).unwrap();
    assert!(again.published.is_some());
}

#[test]
fn a_preview_keeps_a_good_page_unless_it_shows_more_than_is_asked_for() {
    let page = |head: &str| format!("---\ntitle: T\n{head}---\nOne\n\n<!-- more -->\n\nTwo\n");
    let parts = |head: &str, body: &str| format!("---\ntitle: T\n{head}---\n{body}\n");
    for (good, faulty, stays) in [
        (page(""), page("weight: x\n"), true),
        (page(""), page("access: paid\nweight: x\n"), false),
        (page(""), page("acess: paid\n"), false),
        (page(""), page("access:\n"), false),
        (page(""), page("draft: true\nweight: x\n"), false),
        (page(""), page("publish_at: 2999-01-01\nweight: x\n"), false),
        (page(""), page("expires_at: 2001-01-01\nweight: x\n"), false),
        (
            page(""),
            "---\ntitle: T\naccess: paid\n\nOne\n".into(),
            false,
        ),
        (
            page("access: members\n"),
            page("access: paid\nweight: x\n"),
            false,
        ),
        (
            page("access: paid\n"),
            page("access: paid\nweight: x\n"),
            true,
        ),
        (
            page("draft: false\n"),
            page("draft: false\nweight: x\n"),
            true,
        ),
        (
            parts("", "One\n\n<!-- members -->\n\nTwo"),
            parts("weight: x\n", "One, and more\n\n<!-- members -->\n\nTwo"),
            true,
        ),
        (
            parts("", "One\n\nTwo\n\n<!-- members -->\n\nThree"),
            parts("weight: x\n", "One\n\n<!-- members -->\n\nTwo\n\nThree"),
            false,
        ),
        (
            parts("", "One\n\nTwo"),
            parts("weight: x\n", "One\n\n<!-- members -->\n\nTwo"),
            false,
        ),
        (
            parts("", "One\n\nTwo"),
            parts("", "One\n\n<!-- memebrs -->\n\nTwo"),
            false,
        ),
    ] {
        let site = Site::new("page-access");
        fs::remove_dir_all(site.0.path().join("content")).unwrap();
        fs::create_dir(site.0.path().join("content")).unwrap();
        let options = BuildOptions {
            purpose: Purpose::Preview,
            ..site.options()
        };
        let mut state = BuildState::keeping_good();
        let mut shows = |text: &str| {
            fs::write(site.0.path().join("content/page.md"), text).unwrap();
            rebuild(&options, &mut state).unwrap();
            site.tree("public")
                .contains_key(Path::new("page/index.html"))
        };
        assert!(shows(&good), "{good}");
        assert_eq!(shows(&faulty), stays, "{good}\n{faulty}");
        assert!(shows(&good), "{good}");
    }
}
