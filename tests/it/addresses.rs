//! Addresses over both wings: every file that a build makes of oddly named sources is served by the edge, and the list
//! of routes that a build knows is that of the edge.

use crate::harness::{root, tree};
use axum::body::{Body, to_bytes};
use axum::http::header::LOCATION;
use axum::http::{Request, StatusCode};
use libtest_mimic::{Failed, Trial};
use lyceum::clock::{Clock, Timestamp};
use lyceum::config::BaseUrl;
use lyceum::diag::Severity;
use lyceum::edge::entropy::Entropy;
use lyceum::edge::mail::Mailer;
use lyceum::edge::release::OpenRelease;
use lyceum::edge::router;
use lyceum::edge::settings::Settings;
use lyceum::edge::slices;
use lyceum::edge::state::{Edge, Parts};
use lyceum::edge::store::{Database, Mode, Store};
use lyceum::edge::threads::Threads;
use lyceum::routes::is_route;
use lyceum::site::publish::VaultKey;
use lyceum::site::{self, BuildOptions, BuildOutcome};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tempfile::TempDir;
use tower::ServiceExt;

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Result<(), Failed>| {
        Trial::test(format!("addresses::{name}"), run)
    };
    vec![
        trial("odd_names_are_served", odd_names_are_served),
        trial("odd_heads_are_served_or_told", odd_heads_are_served_or_told),
        trial(
            "pages_of_the_build_stay_its_own",
            pages_of_the_build_stay_its_own,
        ),
        trial("refused_forms_lead_on", refused_forms_lead_on),
        trial(
            "a_changed_address_is_told_once",
            a_changed_address_is_told_once,
        ),
        trial("hidden_pages_are_told", hidden_pages_are_told),
        trial("docs_may_be_called_api", docs_may_be_called_api),
        trial("every_base_url_is_served", every_base_url_is_served),
        trial("routes_are_those_of_the_edge", routes_are_those_of_the_edge),
    ]
}

/// What names are made of.
const PIECES: [&str; 40] = [
    "a",
    "B",
    "é",
    "e\u{301}",
    "中",
    "文档",
    "🛠",
    "1",
    " ",
    ".",
    "..",
    "-",
    "_",
    "+",
    "#",
    "?",
    "%",
    "%41",
    ":",
    ";",
    "*",
    "\"",
    "'",
    "<",
    ">",
    "|",
    "&",
    "=",
    "@",
    "~",
    "^",
    "`",
    "[x]",
    "{y}",
    "\u{200b}",
    "\u{202e}",
    "con",
    "nul",
    "index.html",
    "C#",
];

/// A site in a folder of its own.
struct Site(TempDir);

impl Site {
    fn new(base_url: &str) -> Result<Self, Failed> {
        let site = Site(tempfile::tempdir()?);
        let settings = format!(
            "title = \"Odd\"\nbase_url = \"{base_url}\"\nprecompress = true\npaginate_by = 5\n"
        );
        site.write("site.toml", &settings)?;
        Ok(site)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failed> {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, text)?)
    }

    fn build(&self) -> Result<BuildOutcome, Failed> {
        let now = Timestamp::parse("2026-01-05T08:00:00Z").ok_or("a time")?;
        let options = BuildOptions {
            key: VaultKey::parse(&"5e".repeat(32)),
            ..BuildOptions::new(self.0.path(), now)
        };
        site::build(&options).map_err(|error| format!("{error}: {error:?}").into())
    }

    /// Every file of the release that readers can ask for.
    fn public(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = tree(&self.0.path().join("dist/current/public"));
        let is_copy = |file: &str| {
            let original = file.strip_suffix(".br").or(file.strip_suffix(".gz"));
            original.is_some()
        };
        files.retain(|file, _| !is_copy(file));
        files
    }

    /// Asks the edge for every file, at the address that stands in links; gives what did not come back as it lies there.
    fn unserved(&self, base_url: &str) -> Result<Vec<String>, Failed> {
        let base_path = BaseUrl::parse(base_url)
            .ok_or("base_url")?
            .path()
            .to_owned();
        let files = self.public();
        let address = |file: &str| {
            let folder = file.strip_suffix("index.html");
            let folder = folder.filter(|it| it.is_empty() || it.ends_with('/'));
            let segments = folder.unwrap_or(file).split('/');
            let segments = segments.map(|it| utf8_percent_encode(it, NON_ALPHANUMERIC).to_string());
            format!("{base_path}{}", segments.collect::<Vec<_>>().join("/"))
        };
        let addresses: Vec<String> = files.keys().map(|it| address(it)).collect();
        let answers = self.ask(base_url, &addresses)?;
        let asked = addresses.into_iter().zip(answers).zip(files.values());
        Ok(asked
            .filter(|((_, (status, _, body)), bytes)| *status != StatusCode::OK || body != *bytes)
            .map(|((address, (status, ..)), _)| format!("{address}: {status}"))
            .collect())
    }

    /// What the edge answers at each of these addresses: status, place to go to, body.
    fn ask(&self, base_url: &str, addresses: &[String]) -> Result<Vec<Answer>, Failed> {
        let store = Store::open(
            &Database::File(self.0.path().join("test.db")),
            Mode::Serving,
        )?;
        let settings = Settings {
            base_url: BaseUrl::parse(base_url).ok_or("base_url")?,
            listen: "127.0.0.1:8080".parse()?,
            admin_listen: None,
            trusted_proxies: Vec::new(),
            release_dir: self.0.path().join("dist"),
            data_dir: self.0.path().join(".lyceum"),
            rate_limits: false,
        };
        let edge = Edge::new(Parts {
            store: store.clone(),
            tables: slices::tables(),
            release: OpenRelease::open(&settings.release_dir, None)?,
            clock: Clock::Wall,
            entropy: Entropy::fixed(1),
            settings,
            limits: slices::limits(),
            mailer: Mailer::in_memory(),
            threads: Threads::of_callers(),
        });
        let router = router(edge);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let answers = runtime.block_on(async {
            let mut answers = Vec::new();
            for address in addresses {
                let request = Request::get(address).body(Body::empty())?;
                let answered = router.clone().oneshot(request).await;
                let response = answered.unwrap_or_else(|never| match never {});
                let place = response.headers().get(LOCATION);
                let place = place.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
                let status = response.status();
                let body = to_bytes(response.into_body(), usize::MAX).await?;
                answers.push((status, place.unwrap_or_default(), body.to_vec()));
            }
            Ok::<_, Failed>(answers)
        });
        drop(router);
        store.close();
        answers
    }
}

/// Status, place to go to, body.
type Answer = (StatusCode, String, Vec<u8>);

/// Pages, folders, terms, files beside pages and static files, named by one to three pieces each.
fn odd_site(base_url: &str) -> Result<(Site, BTreeSet<String>), Failed> {
    let site = Site::new(base_url)?;
    let mut pages = BTreeSet::new();
    for (n, one) in PIECES.iter().enumerate() {
        // A third of all pairs, in which each piece stands before and behind thirteen others.
        for (m, two) in PIECES.iter().enumerate().skip(n % 3).step_by(3) {
            let three = PIECES[(n * 7 + m * 3) % PIECES.len()];
            let name = match (n + m) % 3 {
                0 => format!("{one}{two}"),
                1 => format!("{one}{three}{two}"),
                _ => format!("x{one}{two}{three}"),
            };
            // What walks pass over, and what is no name of a file.
            let is_litter = name.starts_with('.') || name.starts_with('#') && name.ends_with('#');
            if is_litter || name.starts_with('_') || name.contains('/') {
                continue;
            }
            let tags = serde_json::to_string(&[one, two, &*name])?;
            let head = format!(
                "---\ntitle: T\ntags: {tags}\n---\n\n{}\n",
                "Words. ".repeat(200)
            );
            let folder = match m % 4 {
                0 => format!("content/s{n} {one}/{name}"),
                1 => format!("content/f{n}/{name}/inner"),
                _ => format!("content/f{n}/{name}"),
            };
            site.write(&format!("{folder}.md"), &head)?;
            pages.insert(format!("{folder}.md"));
            if m % 5 == 0 {
                site.write(&format!("content/f{n}/{name}.svg"), "<svg/>")?;
                site.write(&format!("static/s{n}/{name}.txt"), &"Static. ".repeat(300))?;
            }
        }
    }
    Ok((site, pages))
}

/// Names alone never take a page from its readers, unless two of them come to the same address, and a finding says so.
fn odd_names_are_served() -> Result<(), Failed> {
    let base_url = "https://odd.example/deep/blog/";
    let (site, pages) = odd_site(base_url)?;
    let outcome = site.build()?;
    let mut refused = BTreeSet::new();
    for finding in &outcome.diagnostics {
        let is_known =
            ["address-taken", "file-and-folder", "empty-slug", "leftover"].contains(&finding.code);
        if finding.severity == Severity::Error && !is_known {
            return Err(format!("{finding}").into());
        }
        if finding.severity == Severity::Error || finding.code == "leftover" {
            refused.insert(finding.path.clone());
        }
    }
    // A folder that looks like a backup is left out with one finding.
    let is_refused = |page: &&String| {
        let folders = page.match_indices('/').map(|(at, _)| &page[..at]);
        refused.contains(*page)
            || folders
                .into_iter()
                .any(|it| refused.contains(it) && it.ends_with('~'))
    };
    let n_refused = pages.iter().filter(is_refused).count();
    assert_eq!(
        outcome.report.n_pages + n_refused,
        pages.len(),
        "{refused:?}"
    );
    assert!(n_refused < pages.len() / 4, "{n_refused} {refused:?}");
    let hostile = |c: char| "?#%\":<>|*\\".contains(c) || c.is_control();
    let made = site
        .public()
        .into_keys()
        .filter(|it| it.ends_with("/index.html"));
    let bad: Vec<String> = made
        .filter(|it| {
            it.split('/').any(|segment| {
                segment.starts_with('.') || segment.ends_with('.') || segment.contains(hostile)
            })
        })
        .collect();
    assert!(bad.is_empty(), "folders that some host refuses: {bad:?}");
    let unserved = site.unserved(base_url)?;
    assert!(
        unserved.is_empty(),
        "{} not served: {:?}",
        unserved.len(),
        &unserved[..unserved.len().min(9)]
    );
    Ok(())
}

/// Whole addresses, slugs and former addresses in heads: what is published is served, and the rest is an error at its
/// line.
fn odd_heads_are_served_or_told() -> Result<(), Failed> {
    let base_url = "https://odd.example/blog/";
    let site = Site::new(base_url)?;
    let long = [
        "y".repeat(250),
        "y".repeat(256),
        "长".repeat(85),
        "y/".repeat(40),
        "y/".repeat(64),
        "长/".repeat(63),
    ];
    let long = long.iter().map(String::as_str).chain(["y/y/y/y"]);
    let deep = "y".repeat(200);
    let deep = [
        format!("{deep}/").repeat(9),
        format!("{deep}/").repeat(11),
        "y/".repeat(2300),
    ];
    let words: Vec<&str> = PIECES
        .into_iter()
        .chain(long)
        .chain(deep.iter().map(String::as_str))
        .collect();
    let mut n_pages = 0;
    for (n, word) in words.iter().enumerate() {
        for (m, field) in ["slug", "path", "aliases", "path", "aliases"]
            .into_iter()
            .enumerate()
        {
            let word = match m {
                0 => (*word).to_owned(),
                1 | 2 => format!("/w{n}-{m}/{word}/"),
                _ => format!("/w{n}-{m}/{word}{word}/x"),
            };
            let value = serde_json::to_string(&word)?;
            let value = if field == "aliases" {
                format!("[{value}]")
            } else {
                value
            };
            site.write(
                &format!("content/p{n}/f{m}.md"),
                &format!("---\ntitle: T\n{field}: {value}\n---\n\nText.\n"),
            )?;
            n_pages += 1;
        }
    }
    let outcome = site.build()?;
    let errors = outcome
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error);
    let mut refused = BTreeSet::new();
    for finding in errors {
        assert!(finding.line == 3, "no line: {finding}");
        assert!(
            finding.to_string().chars().count() < 400,
            "too long: {finding}"
        );
        refused.insert(finding.path.clone());
    }
    assert_eq!(
        outcome.report.n_pages + refused.len(),
        n_pages,
        "an error leaves its page out"
    );
    assert!(outcome.report.n_pages > n_pages / 2, "{refused:?}");
    let unserved = site.unserved(base_url)?;
    assert!(
        unserved.is_empty(),
        "{} not served: {:?}",
        unserved.len(),
        &unserved[..unserved.len().min(9)]
    );
    Ok(())
}

/// Every file that a build makes by itself, and every file of the theme, asked for by a page as an address, a folder and
/// a former address: the page is told at its line and left out, and the release is otherwise the same.
fn pages_of_the_build_stay_its_own() -> Result<(), Failed> {
    let base_url = "https://odd.example/";
    let site = Site::new(base_url)?;
    for n in 0..7 {
        let head = format!(
            "---\ntitle: T{n}\ndate: 2025-01-0{}\ntags: [rust]\n---\n\nText.\n",
            n + 1
        );
        site.write(&format!("content/fruit/p{n}.md"), &head)?;
    }
    assert_eq!(site.build()?.report.n_errors, 0);
    let clean = site.public();
    let mut n_pages = 0;
    for (n, file) in clean.keys().enumerate() {
        let path = file.strip_suffix("index.html").unwrap_or(file);
        // Of two pages the first in the order of their files has the address.
        if path.starts_with("fruit/p") && !path.starts_with("fruit/page") {
            continue;
        }
        let is_file = !file.ends_with("index.html");
        let mut asked = vec![
            ("path", format!("/{path}")),
            ("aliases", format!("/{}", path.to_uppercase())),
        ];
        if is_file {
            asked.push(("path", format!("/{path}/below/")));
        }
        for (m, (field, address)) in asked.into_iter().enumerate() {
            let head =
                format!("---\ntitle: Bad\n{field}: {address:?}\n---\n\nNobody reads this.\n");
            site.write(&format!("content/bad/b{n}-{m}.md"), &head)?;
            n_pages += 1;
        }
    }
    let outcome = site.build()?;
    let found: BTreeSet<(&str, u32)> = outcome
        .diagnostics
        .iter()
        .map(|it| (it.path.as_str(), it.line))
        .collect();
    assert_eq!(
        outcome.diagnostics.len(),
        n_pages,
        "{:?}",
        outcome.diagnostics
    );
    assert_eq!(found.len(), n_pages, "one finding a page");
    assert!(
        found
            .iter()
            .all(|it| it.0.starts_with("content/bad/") && it.1 == 3),
        "{found:?}"
    );
    let after = site.public();
    let differing: Vec<_> = clean
        .keys()
        .filter(|it| clean.get(*it) != after.get(*it))
        .collect();
    assert!(
        differing.is_empty() && clean.len() == after.len(),
        "{differing:?}"
    );
    Ok(())
}

/// The form of a name that some hosts refuse is no address any more; the edge redirects from it.
fn refused_forms_lead_on() -> Result<(), Failed> {
    let base_url = "https://odd.example/blog/";
    let site = Site::new(base_url)?;
    let tags =
        "---\ntitle: T\ndate: 2026-01-01\ntags: [C#, \"why?\", \"a:b\", \"50%\"]\n---\n\nText.\n";
    for page in ["Why not?", "a: b/con", "x|y/_index", "plain"] {
        site.write(&format!("content/{page}.md"), tags)?;
    }
    assert_eq!(site.build()?.report.n_errors, 0);
    let forms = [
        ("tags/c%23/", "tags/c-sharp/"),
        ("tags/c%23", "tags/c-sharp/"),
        ("tags/c%23/atom.xml", "tags/c-sharp/atom.xml"),
        ("tags/why%3F/", "tags/why/"),
        ("tags/a:b/", "tags/a-b/"),
        ("tags/50%25/", "tags/50/"),
        ("why-not%3F/", "why-not/"),
        ("a:-b/con/", "a-b/con-/"),
        ("x%7Cy/", "x-y/"),
        ("plain/%3F/", ""),
        ("tags/d%23/", ""),
        ("%3F/", ""),
    ];
    let asked: Vec<String> = forms.iter().map(|it| format!("/blog/{}", it.0)).collect();
    let answers = site.ask(base_url, &asked)?;
    for ((form, place), (status, found, _)) in forms.into_iter().zip(answers) {
        let expected = match place {
            "" => (StatusCode::NOT_FOUND, String::new()),
            _ => (StatusCode::PERMANENT_REDIRECT, format!("/blog/{place}")),
        };
        assert_eq!((status, found), expected, "{form}");
    }
    Ok(())
}

/// The build that changes a published address says so, and later builds do not.
fn a_changed_address_is_told_once() -> Result<(), Failed> {
    let site = Site::new("https://odd.example/")?;
    let codes = |outcome: &BuildOutcome| -> Vec<String> {
        let findings = outcome.diagnostics.iter();
        findings
            .map(|it| format!("{} {}", it.code, it.message))
            .collect()
    };
    site.write(
        "content/a.md",
        "---\ntitle: A\npath: /blog/con/\n---\n\nText.\n",
    )?;
    site.write("content/b.md", "---\ntitle: B\npath: /aux/\n---\n\nText.\n")?;
    site.build()?;
    site.write(
        "content/a.md",
        "---\ntitle: A\npath: /blog/con-/\n---\n\nText.\n",
    )?;
    site.write("content/b.md", "---\ntitle: B\n---\n\nText.\n")?;
    let outcome = site.build()?;
    let expected = "address-changed `/blog/con/` of the last release is at `/blog/con-/` now, since some hosts refuse the former";
    assert_eq!(codes(&outcome), [expected]);
    assert_eq!(outcome.report.n_warnings, 1);
    assert_eq!(codes(&site.build()?), [""; 0]);
    Ok(())
}

/// Markdown that begins with a dot, or lies in such a folder, is a finding; what tools keep there is none.
fn hidden_pages_are_told() -> Result<(), Failed> {
    let site = Site::new("https://odd.example/")?;
    for path in [
        "a.md",
        ".net.md",
        "._a.md",
        ".a.md.swp",
        ".NET/b.md",
        ".NET/deep/c.md",
        ".empty/x.json",
        ".git/description.md",
        ".obsidian/notes.md",
        "guides~/d.md",
    ] {
        site.write(&format!("content/{path}"), "Text.\n")?;
    }
    let outcome = site.build()?;
    let found: Vec<_> = outcome
        .diagnostics
        .iter()
        .map(|it| (it.code, it.path.as_str()))
        .collect();
    let expected = [
        ("hidden-file", "content/.NET"),
        ("hidden-file", "content/.net.md"),
        ("leftover", "content/guides~"),
    ];
    assert_eq!(found, expected);
    assert_eq!(outcome.report.n_pages, 1);
    Ok(())
}

/// Folders of content with the names of the edge's own are folders like others.
fn docs_may_be_called_api() -> Result<(), Failed> {
    let base_url = "https://odd.example/";
    let site = Site::new(base_url)?;
    for page in [
        "api/_index",
        "api/start",
        "api/v1/users",
        "members/hello",
        "admin/guide",
        "members/_index",
        "health/x",
    ] {
        site.write(
            &format!("content/{page}.md"),
            "---\ntitle: T\n---\n\nText.\n",
        )?;
    }
    let outcome = site.build()?;
    assert_eq!(outcome.diagnostics, []);
    let files = site.public();
    for file in [
        "api/index.html",
        "api/v1/users/index.html",
        "members/hello/index.html",
        "members/index.html",
    ] {
        assert!(files.contains_key(file), "no {file}");
    }
    // Search engines find the pages.
    let robots = String::from_utf8_lossy(&files["robots.txt"]).into_owned();
    assert!(!robots.contains("Disallow: /"), "{robots}");
    let unserved = site.unserved(base_url)?;
    assert!(unserved.is_empty(), "{unserved:?}");
    // A dead link among them is one.
    site.write(
        "content/api/v1/links.md",
        "[a](/api/start/) [b](/api/strat/) [c](/api/tiers)\n",
    )?;
    let outcome = site.build()?;
    let found: Vec<_> = outcome
        .diagnostics
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(found, ["nothing is at `/api/strat/`"]);
    Ok(())
}

/// Hosts and base paths in any script: pages, routes and redirects below them are there, and links are in ASCII.
fn every_base_url_is_served() -> Result<(), Failed> {
    for (base_url, kept) in [
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        (
            "https://例子.example/博客/",
            "https://xn--fsqu00a.example/%E5%8D%9A%E5%AE%A2/",
        ),
        (
            "https://a.example/%e5%8d%9a/é/",
            "https://a.example/%E5%8D%9A/%C3%A9/",
        ),
        (
            "https://a.example/~me/{x}/*/",
            "https://a.example/~me/%7Bx%7D/%2A/",
        ),
        ("https://a.example/a%20b/", "https://a.example/a%20b/"),
    ] {
        let site = Site::new(base_url)?;
        let text =
            "---\ntitle: T\ntags: [标签]\naliases: [/旧/]\n---\n\n[b](b.md) [c](/标签.txt)\n";
        site.write("content/a.md", text)?;
        site.write(
            "content/b.md",
            &format!("[a]({base_url}a/) [t](/tags/标签/)\n"),
        )?;
        site.write("static/标签.txt", "text")?;
        assert_eq!(site.build()?.diagnostics, [], "{base_url}");
        let unserved = site.unserved(base_url)?;
        assert!(unserved.is_empty(), "{base_url}: {unserved:?}");
        let files = site.public();
        let sitemap = String::from_utf8_lossy(&files["sitemap.xml"]).into_owned();
        assert!(
            sitemap.is_ascii() && sitemap.contains(&format!("<loc>{kept}a/</loc>")),
            "{sitemap}"
        );
        let base = BaseUrl::parse(base_url)
            .ok_or("base_url")?
            .path()
            .to_owned();
        let asked =
            ["a", "api/tiers", "api/nothing", "members/join/?x"].map(|it| format!("{base}{it}"));
        let answers = site.ask(base_url, &asked)?;
        let answers: Vec<_> = answers
            .iter()
            .map(|it| (it.0.as_u16(), it.1.clone()))
            .collect();
        let expected = [
            (308, format!("{base}a/")),
            (200, String::new()),
            (404, String::new()),
            (200, String::new()),
        ];
        assert_eq!(answers, expected, "{base_url}");
    }
    Ok(())
}

/// Each route in the source of the edge would be hidden by a page, says the list that a build asks.
fn routes_are_those_of_the_edge() -> Result<(), Failed> {
    let mut routes = BTreeSet::new();
    for (path, bytes) in tree(&root().join("src/edge")) {
        let is_program =
            path.ends_with(".rs") && !["tests.rs", "crawl.rs"].iter().any(|it| path.ends_with(it));
        if !is_program || path == "run/admin.rs" {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let heads = text.split(".route(").chain(text.split("path = ")).skip(1);
        let quoted = heads.filter_map(|it| it.trim_start().strip_prefix('"')?.split('"').next());
        let paths = quoted.filter(|it| it.starts_with('/') && !it.contains('?'));
        routes.extend(paths.map(str::to_owned));
    }
    assert!(routes.len() > 20, "{routes:?}");
    // These serve the page of the same address, and take a form besides.
    let forms = [
        "/members/{name}",
        "/members/{name}/",
        "/{language}/members/{name}",
        "/{language}/members/{name}/",
    ];
    let unknown: Vec<&String> = routes
        .iter()
        .filter(|it| !forms.contains(&it.as_str()))
        .filter(|it| !is_route(&it.replace(['{', '}'], "x"), std::iter::empty()))
        .collect();
    assert!(
        unknown.is_empty(),
        "src/routes.rs does not list {unknown:?}"
    );
    let listed = lyceum::routes::API.iter().map(|it| format!("/api/{it}"));
    let known: BTreeSet<String> = routes.iter().map(|it| plain(it)).collect();
    let gone: Vec<String> = listed.filter(|it| !known.contains(it)).collect();
    assert!(gone.is_empty(), "the edge has no {gone:?}");
    Ok(())
}

/// `/api/comments/{id}` as `/api/comments/{}`.
fn plain(route: &str) -> String {
    let segments = route
        .split('/')
        .map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}
