//! Thousands of pages that are nearly right: each is a right page with one or two slips of the kind that people,
//! editors and input methods make. None of them may publish what it keeps back.
//!
//! A module a kind of thing that can be nearly right: it makes [`Sample`]s from a seed and gives them to [`check`],
//! which builds them as one site. Right samples are among them, and prose that only resembles them: they must be
//! built without an error.

mod heads;
mod keys;
mod markers;
mod page;
mod slips;

use crate::edits::ways::{Sources, folder, lay, options};
use crate::edits::{chance::Chance, ways::Manner};
use crate::harness::{root, tree};
use libtest_mimic::{Failed, Trial};
use lyceum::clock::Timestamp;
use lyceum::diag::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// The word in a sample that is kept back, or that must arrive where the sample is [`Wanted::Open`].
const SECRET: &str = "SECRET";
/// The word in a sample that anyone may read.
const FREE: &str = "FREE";

/// Tiers for `access`, and a second language.
const SETTINGS: &str = r#"title = "Nearly right"
base_url = "https://example.org/"
theme = "plain"
[[languages]]
code = "zh-CN"
[[tiers]]
id = "pro"
name = "Pro"
rank = 10
price = { month = { USD = 500 } }
"#;

/// One trial a module.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("near::heads", heads::play),
        Trial::test("near::keys", keys::play),
        Trial::test("near::markers", markers::play),
    ]
}

/// One page to build.
pub struct Sample {
    /// What was done to it; part of its path, so it is a name such as `fence-damaged`.
    pub kind: &'static str,
    /// The file, with [`SECRET`] and perhaps [`FREE`] in it.
    pub text: String,
    /// What must become of it.
    pub wanted: Wanted,
}

/// What must become of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// There is no error, the secret is not public, and the free word is, where there is one.
    Kept,
    /// There is an error, and neither word is public; or it is kept.
    KeptOrRefused,
    /// There is no error, and the secret is public: it is no secret.
    Open,
}

/// The samples of each maker in turn, `n_each` of them from a seed; `LYCEUM_TEST_NEAR` asks for that many times more.
pub fn samples(makers: &[fn(&mut Chance) -> Sample], n_each: usize) -> Vec<Sample> {
    let n_times = std::env::var("LYCEUM_TEST_NEAR").ok();
    let n_each = n_each * n_times.and_then(|it| it.parse().ok()).unwrap_or(1);
    let makers = makers.iter().enumerate();
    let of_maker = |(seed, maker): (usize, &fn(&mut Chance) -> Sample)| {
        let maker = *maker;
        (0..n_each).map(move |step| maker(&mut Chance::new(seed as u64, step)))
    };
    makers.flat_map(of_maker).collect()
}

/// Builds all samples as one site, and fails with those that did not become what they must.
pub fn check(samples: &[Sample]) -> Result<(), Failed> {
    let folder = folder();
    let sources = Sources {
        files: files(samples),
        now: Timestamp::parse("2026-06-01T00:00:00Z").unwrap(),
        asked: [false; 3],
    };
    lay(
        folder.path(),
        &BTreeMap::new(),
        &sources.files,
        Manner::InPlace,
    );
    let outcome = lyceum::site::build(&options(folder.path(), &sources))?;
    if outcome.published.is_none() {
        return Err(format!("nothing is published: {:?}", outcome.diagnostics).into());
    }
    let errors: BTreeMap<&str, &str> = outcome
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .map(|it| (it.path.as_str(), it.code))
        .collect();
    let public = words(&folder.path().join("dist/current/public"));
    let mut faults = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        let error = errors.get(path(at, sample).as_str()).copied();
        let is_public = |word: &str| public.contains(&numbered(word, at));
        let is_free = !sample.text.contains(FREE) || is_public(FREE);
        let is_right = match (sample.wanted, error) {
            (Wanted::Kept | Wanted::KeptOrRefused, None) => !is_public(SECRET) && is_free,
            (Wanted::KeptOrRefused, Some(_)) => !is_public(SECRET) && !is_public(FREE),
            (Wanted::Open, None) => is_public(SECRET),
            (Wanted::Kept | Wanted::Open, Some(_)) => false,
        };
        if !is_right {
            let fault = format!(
                "{}: {:?}, but error {error:?}, secret is public: {}\n{:?}",
                path(at, sample),
                sample.wanted,
                is_public(SECRET),
                sample.text
            );
            faults.push((sample.kind, fault));
        }
    }
    told(samples.len(), &faults)
}

/// The first faults of each kind.
fn told(n_samples: usize, faults: &[(&'static str, String)]) -> Result<(), Failed> {
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let mut text = format!("{} of {n_samples}:\n", faults.len());
    for (kind, fault) in faults {
        let n_shown = shown.entry(kind).or_default();
        *n_shown += 1;
        if *n_shown <= 4 {
            text.push_str(fault);
            text.push('\n');
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("{text}{shown:?}").into()),
    }
}

fn path(at: usize, sample: &Sample) -> String {
    format!("content/{}/{at}.md", sample.kind)
}

/// The word as it stands in the sample of this number.
fn numbered(word: &str, at: usize) -> String {
    format!("{}{at}q", word.to_lowercase())
}

fn files(samples: &[Sample]) -> BTreeMap<String, Vec<u8>> {
    let theme = tree(&root().join("tests/sites/_theme")).into_iter();
    let theme = theme.map(|(path, bytes)| (format!("themes/plain/{path}"), bytes));
    let pages = samples.iter().enumerate().map(|(at, sample)| {
        let text = sample.text.replace(SECRET, &numbered(SECRET, at));
        let text = text.replace(FREE, &numbered(FREE, at));
        (path(at, sample), text.into_bytes())
    });
    let settings = [("site.toml".to_owned(), SETTINGS.as_bytes().to_vec())];
    theme.chain(pages).chain(settings).collect()
}

/// Every numbered word below a folder.
fn words(folder: &std::path::Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for bytes in tree(folder).values() {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            for name in [SECRET, FREE] {
                let at = word.find(&name.to_lowercase());
                let end = at.and_then(|at| word[at..].find('q').map(|end| at + end + 1));
                found.extend(at.zip(end).map(|(at, end)| word[at..end].to_owned()));
            }
        }
    }
    found
}
