//! `--keep-last` over several builds of one site: what the current release shows stays, and nothing else.

use super::Site;
use crate::site::left_out::Reason;
use crate::site::{BuildOptions, build};
use std::fs;

/// Files of one step; `None` deletes one.
type Step<'a> = &'a [(&'a str, Option<&'a str>)];

const GOOD: &str = "---\ntitle: P\n---\nCANARY\n";
const CLEAN: Option<&str> = Some("---\ntitle: P\nweight: x\n---\nClean.\n");
const NOINDEX: Option<&str> =
    Some("---\ntitle: P\ndate: 2026-01-01\nnoindex: true\nweight: x\n---\nClean.\n");
const DATED: Option<&str> = Some("---\ntitle: P\ndate: 2026-01-01\n---\nCANARY\n");
const OPEN: Option<&str> = Some("---\ntitle: S\n---\n");
const DRAFT: Option<&str> = Some("---\ntitle: S\ndraft: true\n---\n");

/// What the last step must come to for the page that has an error in it.
#[derive(Debug, PartialEq)]
struct Outcome {
    is_kept: bool,
    left_out: Option<Reason>,
    is_told: bool,
    /// Where the text of the good version is, of the page and the feed.
    shown_in: (bool, bool),
}

const KEPT: Outcome = Outcome {
    is_kept: true,
    left_out: None,
    is_told: false,
    shown_in: (true, false),
};
const LEFT_OUT: Outcome = Outcome {
    is_kept: false,
    left_out: Some(Reason::Error),
    is_told: true,
    shown_in: (false, false),
};

fn check(page: &str, steps: &[Step], expected: Outcome) {
    let site = Site::new("page-access");
    let root = site.0.path();
    fs::remove_dir_all(root.join("content")).unwrap();
    let settings = "title = \"T\"\nbase_url = \"https://example.org/\"\ntheme = \"plain\"\n\
        [[languages]]\ncode = \"en\"\n[[languages]]\ncode = \"zh\"\n\
        [[tiers]]\nid = \"pro\"\nname = \"Pro\"\nrank = 1\nprice = { month = { USD = 500 } }\n";
    fs::write(root.join("site.toml"), settings).unwrap();
    let mut last = None;
    for (at, step) in steps.iter().enumerate() {
        for (path, text) in step.iter().chain([&("a.md", Some("A\n"))]) {
            let path = root.join("content").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text {
                Some(text) => fs::write(path, text).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
        let options = BuildOptions {
            keep_last: at + 1 == steps.len(),
            shrink: true,
            ..site.options()
        };
        last = Some(build(&options).unwrap());
    }
    let outcome = last.unwrap();
    let path = format!("content/{page}");
    let report = outcome.report;
    let has = |file: &str| {
        let public = site.tree("public");
        let files = public.iter().filter(|(it, _)| it.ends_with(file));
        let mut texts = files.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
        texts.any(|it| it.contains("CANARY"))
    };
    let found = Outcome {
        is_kept: report.kept.contains(&path),
        left_out: report
            .left_out
            .iter()
            .find(|it| it.path == path)
            .map(|it| it.reason),
        is_told: outcome.diagnostics.iter().any(|it| it.code == "not-kept"),
        shown_in: (has("p/index.html"), has("atom.xml")),
    };
    assert_eq!(found, expected, "{page} {steps:?}");
}

#[test]
fn what_the_release_shows_is_kept() {
    check("p.md", &[&[("p.md", Some(GOOD))], &[("p.md", CLEAN)]], KEPT);
    // In a release that is an earlier one's text, and kept for the second time.
    let steps: &[Step] = &[
        &[("p.md", Some(GOOD))],
        &[("b.md", Some("B"))],
        &[("p.md", CLEAN)],
    ];
    check("p.md", steps, KEPT);
    let in_feed = Outcome {
        shown_in: (true, true),
        ..KEPT
    };
    let dated_clean = Some("---\ntitle: P\ndate: 2026-01-01\nweight: x\n---\nClean.\n");
    check(
        "p.md",
        &[&[("p.md", DATED)], &[("p.md", dated_clean)]],
        in_feed,
    );
}

#[test]
fn what_the_release_does_not_show_is_left_out() {
    let rows: &[(&str, &[Step])] = &[
        // Never live.
        (
            "s/p.md",
            &[
                &[("s/_index.md", DRAFT), ("s/p.md", Some(GOOD))],
                &[("s/_index.md", OPEN), ("s/p.md", CLEAN)],
            ],
        ),
        (
            "p.md",
            &[
                &[("p.md", Some("---\ntitle: P\ndraft: true\n---\nCANARY\n"))],
                &[("p.md", CLEAN)],
            ],
        ),
        (
            "p.md",
            &[
                &[(
                    "p.md",
                    Some("---\ntitle: P\ndate: 2999-01-01\n---\nCANARY\n"),
                )],
                &[("p.md", CLEAN)],
            ],
        ),
        (
            "p.md",
            &[
                &[(
                    "p.md",
                    Some("---\ntitle: P\nexpires_at: 2001-01-01\n---\nCANARY\n"),
                )],
                &[("p.md", CLEAN)],
            ],
        ),
        // Deleted.
        (
            "p.md",
            &[
                &[("p.md", Some(GOOD))],
                &[("p.md", None)],
                &[("p.md", CLEAN)],
            ],
        ),
        // Left out once.
        (
            "p.md",
            &[
                &[("p.md", Some(GOOD))],
                &[("p.md", CLEAN)],
                &[("p.md", CLEAN)],
            ],
        ),
        // Refused beside a gated original.
        (
            "zh/p.md",
            &[
                &[
                    (
                        "p.md",
                        Some("---\ntitle: P\naccess: paid\nteaser: all\n---\nOne\n"),
                    ),
                    ("zh/p.md", Some(GOOD)),
                ],
                &[
                    ("p.md", Some("---\ntitle: P\n---\nOne\n")),
                    ("zh/p.md", CLEAN),
                ],
            ],
        ),
        // Below a section that was taken back, and came again.
        (
            "s/p.md",
            &[
                &[("s/p.md", Some(GOOD))],
                &[("s/_index.md", DRAFT)],
                &[("s/_index.md", OPEN), ("s/p.md", CLEAN)],
            ],
        ),
        // The head cannot be read, or asks for less.
        (
            "p.md",
            &[
                &[("p.md", Some(GOOD))],
                &[("p.md", Some("---\ntitle: [P\n---\nClean\n"))],
            ],
        ),
        (
            "p.md",
            &[
                &[("p.md", Some(GOOD))],
                &[(
                    "p.md",
                    Some("---\ntitle: P\ndraft: true\nweight: x\n---\nClean\n"),
                )],
            ],
        ),
    ];
    for (page, steps) in rows {
        check(page, steps, LEFT_OUT);
    }
}

/// The new text has as many gates and as much public text as the one before.
#[test]
fn what_is_behind_a_gate_now_does_not_stay_public() {
    let page = |body: &str| format!("---\ntitle: P\n{body}");
    let walled = "access: paid\n---\n";
    let faulty = "weight: x\n---\n";
    let good = "---\n";
    let marked = "<!-- members -->";
    let rows = [
        // The gate has moved.
        (
            page(&format!(
                "{good}Intro\n\n{marked}\n\nA\n\n<!-- /members -->\n\nCANARY sings.\n"
            )),
            page(&format!(
                "{faulty}Intro\n\n{marked}\n\nA CANARY sings.\n\nCANARY sings.\n\n<!-- /members -->\n\nIntro too\n"
            )),
            false,
        ),
        // A word of the text is public elsewhere.
        (
            page(&format!(
                "{good}Intro\n\n{marked}\n\nA\n\n<!-- /members -->\n\n- CANARY\n- two\n"
            )),
            page(&format!(
                "{faulty}Intro two more\n\n{marked}\n\n1. CANARY\n"
            )),
            false,
        ),
        // The teaser has.
        (
            page(&format!("{walled}One\n\nTwo\n\nCANARY sings.\n\nFour\n")),
            page(&format!(
                "weight: x\n{walled}New\n\nOne\n\nTwo and more words\n\nCANARY sings.\n\nFour\n"
            )),
            false,
        ),
        // What is gated is new, or public still.
        (
            page(&format!("{good}CANARY\n\n{marked}\n\nA\n")),
            page(&format!("{faulty}CANARY\n\n{marked}\n\nCANARY\n\nB\n")),
            true,
        ),
    ];
    for (before, now, is_kept) in &rows {
        let steps: &[Step] = &[&[("p.md", Some(before))], &[("p.md", Some(now))]];
        check("p.md", steps, if *is_kept { KEPT } else { LEFT_OUT });
    }
}

/// A file that the page as it was shows to everyone, and that has changed.
#[test]
fn a_file_that_only_gated_text_uses_now_is_not_published_for_a_kept_page() {
    const OLD: Option<&str> =
        Some("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>old</title></svg>");
    const NEW: Option<&str> =
        Some("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>new</title></svg>");
    const SHOWS: Option<&str> = Some("---\ntitle: P\n---\nCANARY ![a](a.svg)\n");
    const SHOWS_STILL: Option<&str> = Some("---\ntitle: P\nweight: x\n---\n![a](a.svg)\n");
    const GATED: Option<&str> = Some("---\ntitle: Y\n---\nY\n\n<!-- members -->\n\n![a](a.svg)\n");
    const HIDDEN: Option<&str> = Some("---\ntitle: Y\ndraft: true\n---\n![a](a.svg)\n");
    const NAMES: Option<&str> = Some("---\ntitle: P\n---\nCANARY [demo](demo.html)\n");
    const DEMO: Option<&str> = Some("<img src=\"a.svg\" alt=\"\">");
    type Row<'a> = (Step<'a>, Step<'a>, Outcome);
    let rows: [Row; 7] = [
        (
            &[("p.md", SHOWS), ("a.svg", OLD)],
            &[("p.md", CLEAN), ("a.svg", NEW), ("y.md", GATED)],
            LEFT_OUT,
        ),
        (
            &[("p.md", SHOWS), ("a.svg", OLD)],
            &[("p.md", CLEAN), ("a.svg", NEW), ("y.md", HIDDEN)],
            LEFT_OUT,
        ),
        (
            &[("p.md", NAMES), ("demo.html", DEMO), ("a.svg", OLD)],
            &[("p.md", CLEAN), ("a.svg", NEW), ("y.md", GATED)],
            LEFT_OUT,
        ),
        // It was there and gated before.
        (
            &[("p.md", SHOWS)],
            &[("p.md", CLEAN), ("a.svg", NEW), ("y.md", GATED)],
            LEFT_OUT,
        ),
        // Readers have had it.
        (
            &[("p.md", SHOWS), ("a.svg", OLD)],
            &[("p.md", CLEAN), ("y.md", GATED)],
            KEPT,
        ),
        // The page shows it still, or another one does.
        (
            &[("p.md", SHOWS), ("a.svg", OLD)],
            &[("p.md", SHOWS_STILL), ("a.svg", NEW), ("y.md", GATED)],
            KEPT,
        ),
        (
            &[("p.md", SHOWS), ("a.svg", OLD)],
            &[
                ("p.md", CLEAN),
                ("a.svg", NEW),
                ("y.md", GATED),
                ("z.md", SHOWS),
            ],
            KEPT,
        ),
    ];
    for (before, now, expected) in rows {
        check("p.md", &[before, now], expected);
    }
}

#[test]
fn what_is_hidden_for_another_reason_is_not_told_as_kept() {
    let left_out = |reason| Outcome {
        is_kept: false,
        left_out: Some(reason),
        is_told: false,
        shown_in: (false, false),
    };
    let steps: &[Step] = &[
        &[("s/p.md", Some(GOOD))],
        &[("s/_index.md", DRAFT), ("s/p.md", CLEAN)],
    ];
    check("s/p.md", steps, left_out(Reason::Draft));
    let doubt = Some("---\ntitle: [S\n---\n");
    let steps: &[Step] = &[
        &[("s/p.md", Some(GOOD))],
        &[("s/_index.md", doubt), ("s/p.md", CLEAN)],
    ];
    check("s/p.md", steps, left_out(Reason::Error));
    let steps: &[Step] = &[
        &[("p.md", Some("One\n")), ("zh/p.md", Some(GOOD))],
        &[
            ("p.md", Some("---\naccess: paid\nteaser: all\n---\nOne\n")),
            ("zh/p.md", CLEAN),
        ],
    ];
    check("zh/p.md", steps, left_out(Reason::Error));
    let home: Step = &[("_index.html", DRAFT), ("p.md", CLEAN)];
    check(
        "p.md",
        &[&[("p.md", Some(GOOD))], home],
        left_out(Reason::Error),
    );
    let translation: Step = &[
        ("p.md", CLEAN),
        ("p.zh.md", Some("---\naccess: premium\n---\nOne\n")),
    ];
    check(
        "p.md",
        &[&[("p.md", Some(GOOD))], translation],
        left_out(Reason::Error),
    );
}

#[test]
fn what_is_kept_leaves_the_index_where_its_head_asks_for_that() {
    check("p.md", &[&[("p.md", DATED)], &[("p.md", NOINDEX)]], KEPT);
    let unsure = Some("---\ntitle: P\ndate: 2026-01-01\nnoindex: perhaps\n---\nClean.\n");
    check("p.md", &[&[("p.md", DATED)], &[("p.md", unsure)]], KEPT);
}
