//! How fast each stage of a build is, on sites made here: `cargo bench --bench stages -- [PAGES] [RUNS]`.
//!
//! `check` goes through all stages on one thread and writes nothing, so that its times are those of the program and not
//! of a disk; the release on disk is one row of its own. The median of some runs counts. Stages are those that a build
//! tells of itself; sizes are those of the Markdown.

// A bench speaks, and one that cannot write its site should end there.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use lyceum::clock::Timestamp;
use lyceum::site::{self, BuildOptions, Report};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const SITE: &str = "title = \"Bench\"\nbase_url = \"https://example.org/\"\n";
const PLAIN: &str = "\n[markdown]\nhighlight = false\n";
const PROSE: [&str; 5] = [
    "The cache keeps *what* was read, and the [index](https://example.org/index) says **where** it lies.",
    "读者打开页面时，系统先检查访问权限，然后读取缓存。**注意：**缓存可以删除。",
    "- a list\n- of `three`\n- short items",
    "| name | value |\n|:-----|------:|\n| one | 1 |\n| two | 2 |",
    "> A quote that ends\n> on its second line.",
];
const CODE: [&str; 4] = [
    "```rust\npub fn total(items: &[u32]) -> u32 {\n    // the sum of them\n    items.iter().filter(|it| **it > 7).sum()\n}\n```",
    "```python\ndef total(items, limit=7):\n    \"\"\"The sum of them.\"\"\"\n    return sum(x for x in items if x > limit)\n```",
    "```js\nexport async function total(items) {\n  return items.filter((it) => it > 7).reduce((a, b) => a + b, 0);\n}\n```",
    "```sql\nSELECT name, count(*) AS n FROM member WHERE joined > 7 GROUP BY name ORDER BY n DESC;\n```",
];

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|it| it.parse::<usize>().ok());
    let (n_pages, n_runs) = (
        numbers.next().unwrap_or(10_000),
        numbers.next().unwrap_or(3),
    );

    let code = Corpus::new(n_pages / 20, &CODE, 12, SITE);
    let bare = Corpus::new(n_pages / 20, &CODE, 12, &format!("{SITE}{PLAIN}"));
    let (with, without) = (code.stage("parse", n_runs), bare.stage("parse", n_runs));
    let megabytes = code.n_bytes as f64 / 1e6;
    println!(
        "highlighting         {:8.1} MB/s of code",
        megabytes / ((with - without) / 1e3)
    );

    let prose = Corpus::new(n_pages, &PROSE, 4, SITE);
    let megabytes = prose.n_bytes as f64 / 1e6;
    println!(
        "Markdown to document {:8.1} MB/s",
        megabytes / (prose.stage("parse", n_runs) / 1e3)
    );
    println!("\n{n_pages} pages of {:.1} MB, one thread, ms:", megabytes);
    for (stage, millis) in prose.stages(n_runs) {
        println!(
            "{stage:20} {millis:8.1}   {:8.2} µs a page",
            millis * 1e3 / n_pages as f64
        );
    }
    println!(
        "\nA release on disk, all threads, ms: {:.0}",
        prose.published(n_runs)
    );
}

/// A site in a folder of its own.
struct Corpus {
    folder: tempfile::TempDir,
    n_bytes: usize,
}

impl Corpus {
    /// Pages with some blocks each, in twenty sections, with tags and dates.
    fn new(n_pages: usize, blocks: &[&str], n_blocks: usize, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut n_bytes = 0;
        for n in 0..n_pages {
            let mut text = format!(
                "---\ntitle: Page {n}\ndate: 20{:02}-{:02}-{:02}\ntags: [tag {}, tag {}]\n---\n",
                10 + n % 16,
                n % 12 + 1,
                n % 28 + 1,
                n % 30,
                n % 7
            );
            for at in 0..n_blocks {
                // Lines that were highlighted before are remembered: here few are the same.
                let own = format!("{n}_{at}");
                let block = blocks[(n + at) % blocks.len()];
                let block = ["items", "total", "member", "sum", "limit"]
                    .into_iter()
                    .fold(block.to_owned(), |block, word| {
                        block.replace(word, &format!("{word}_{own}"))
                    });
                write!(text, "\n## Part {at}\n\n{block}\n").unwrap();
            }
            n_bytes += text.len();
            put(
                &folder
                    .path()
                    .join(format!("content/section-{}/page-{n}.md", n % 20)),
                &text,
            );
        }
        put(&folder.path().join("site.toml"), settings);
        Corpus { folder, n_bytes }
    }

    fn options(&self, jobs: Option<usize>) -> BuildOptions {
        let now = Timestamp::parse("2026-11-25T08:00:00Z").unwrap();
        BuildOptions {
            jobs,
            ..BuildOptions::new(self.folder.path(), now)
        }
    }

    /// Median milliseconds of each stage of a check.
    fn stages(&self, n_runs: usize) -> Vec<(&'static str, f64)> {
        let check = |_| site::check(&self.options(Some(1))).unwrap().report;
        let reports: Vec<Report> = (0..n_runs).map(check).collect();
        let of = |at: usize| median(reports.iter().map(|it| it.stages[at].1).collect());
        let names = reports[0].stages.iter().enumerate();
        names.map(|(at, (name, _))| (*name, of(at))).collect()
    }

    fn stage(&self, name: &str, n_runs: usize) -> f64 {
        let stages = self.stages(n_runs);
        stages.iter().find(|it| it.0 == name).map_or(0.0, |it| it.1)
    }

    /// Median milliseconds of a build from nothing.
    fn published(&self, n_runs: usize) -> f64 {
        let build = |_| {
            for made in ["dist", ".lyceum"] {
                let _ = fs::remove_dir_all(self.folder.path().join(made));
            }
            site::build(&self.options(None)).unwrap().report.millis as f64
        };
        median((0..n_runs).map(build).collect())
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
