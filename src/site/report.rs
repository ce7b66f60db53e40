//! What a build is asked for, and what it tells when it is done.

use crate::clock::{Stopwatch, Timestamp};
use crate::config::BaseUrl;
use crate::diag::{Diagnostic, Severity, SourceFile};
use crate::site::cache::{Ingredient, Memory};
use crate::site::error::BuildError;
use crate::site::model::AssembleOptions;
use crate::site::parse;
use crate::site::publish::{OutputFolder, Published, Purpose, Since, VaultKey, counts};
use crate::site::source;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

/// What to build, and how.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Folder of the site.
    pub root: PathBuf,
    /// Its settings, relative to the root unless absolute.
    pub config: PathBuf,
    /// Output folder, relative to the root unless absolute.
    pub out: PathBuf,
    /// Another address than the settings have, such as that of `serve`.
    pub base_url: Option<BaseUrl>,
    /// Build drafts too.
    pub drafts: bool,
    /// Build pages whose time has not come.
    pub future: bool,
    /// Build pages whose time has passed.
    pub expired: bool,
    /// What the releases are for.
    pub purpose: Purpose,
    /// Threads; `None` for one a core.
    pub jobs: Option<usize>,
    /// Believe nothing that earlier builds have kept.
    pub fresh: bool,
    /// Warnings are errors.
    pub strict: bool,
    /// A release may have less than half the pages of the last one.
    pub shrink: bool,
    /// What counts as the present.
    pub now: Timestamp,
    /// What a dead link weighs.
    pub dead_links: Severity,
    /// An output to explain.
    pub why: Option<String>,
    /// The vault key; `None` for that of the site, made where there is none.
    pub key: Option<VaultKey>,
}

impl BuildOptions {
    /// A plain `build` of the site in `root`.
    pub fn new(root: impl Into<PathBuf>, now: Timestamp) -> Self {
        BuildOptions {
            root: root.into(),
            config: "site.toml".into(),
            out: "dist".into(),
            base_url: None,
            drafts: false,
            future: false,
            expired: false,
            purpose: Purpose::Readers,
            jobs: None,
            fresh: false,
            strict: false,
            shrink: false,
            now,
            dead_links: Severity::Warning,
            why: None,
            key: None,
        }
    }

    /// What the model must know.
    pub fn assemble(&self) -> AssembleOptions {
        AssembleOptions {
            now: self.now,
            drafts: self.drafts,
            future: self.future,
            expired: self.expired,
            dead_links: self.dead_links,
        }
    }

    /// The given key, else that of `LYCEUM_VAULT_KEY`, else the site's own.
    pub fn vault_key(&self) -> Result<VaultKey, BuildError> {
        const VARIABLE: &str = "LYCEUM_VAULT_KEY";
        if let Some(key) = &self.key {
            return Ok(key.clone());
        }
        match std::env::var(VARIABLE) {
            Ok(hex) => VaultKey::parse(&hex).ok_or_else(|| BuildError::Key {
                path: VARIABLE.into(),
                reason: "it must be 64 hexadecimal digits",
            }),
            Err(_) => VaultKey::open(&self.root.join(".lyceum/key")),
        }
    }

    /// Fails for a folder inside what a build reads: the next build would publish the vault.
    pub fn output_folder(&self) -> Result<PathBuf, BuildError> {
        let out = self.root.join(&self.out);
        let real = |path: &Path| {
            let existing = path.ancestors().find(|it| it.exists()).unwrap_or(path);
            let rest = path.strip_prefix(existing).unwrap_or(path);
            existing
                .canonicalize()
                .map_or(path.to_owned(), |it| it.join(rest))
        };
        let is_inside = source::FOLDERS
            .iter()
            .any(|name| real(&out).starts_with(real(&self.root.join(name))));
        match is_inside {
            true => Err(BuildError::OutputInside { path: out }),
            false => Ok(out),
        }
    }
}

/// What came of a build.
#[derive(Debug)]
pub struct BuildOutcome {
    /// All findings, by path and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The release; `None` for a check, where the settings have faults, and where it was held back.
    pub published: Option<Published>,
    /// Why a site without such faults was not published.
    pub held_back: Option<HeldBack>,
    /// How much was done, and how long it took.
    pub report: Report,
    /// The output that was to be explained.
    pub why: Option<Why>,
}

/// Why nothing was published although the site could be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// The site has less than half the pages of the last release, and nobody has said that this is meant.
    Shrinks {
        /// Pages of the last release.
        n_before: usize,
        /// Pages of the site.
        n_after: usize,
    },
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeldBack::Shrinks { n_before, n_after } => write!(
                f,
                "nothing was published, because the number of pages fell from {n_before} to {n_after}"
            ),
        }
    }
}

/// What is told of one output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is one of the site's.
    Output(Explanation),
    /// The site has no such output.
    Unknown {
        /// What was asked for.
        asked: String,
        /// A file that may have been meant.
        nearest: Option<String>,
    },
}

/// One output: whether it was stale, why, and what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Below `public/`.
    pub file: String,
    /// Why it was rendered again; `None` where it was not.
    pub stale: Option<Since>,
    /// Its public bytes are other than they were; gated parts lie elsewhere.
    pub is_other: bool,
    /// Names of what it is made of, by kind.
    pub made_of: BTreeMap<Ingredient, Vec<String>>,
}

/// How much a build did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Id of the release that readers get now; `None` if nothing was published.
    pub release: Option<String>,
    /// Its folder.
    pub folder: Option<PathBuf>,
    /// Files of `public/` that were written, ascending; all of them if there was no release before.
    pub changed: Vec<String>,
    /// Files of `public/` that the last release had and this one has not, ascending.
    pub deleted: Vec<String>,
    /// Pages in the site.
    pub n_pages: usize,
    /// Files written, in `public/` and the vault.
    pub n_written: usize,
    /// Files shared with the release before.
    pub n_unchanged: usize,
    /// Outputs that were rendered again, by why: those for several reasons count for each.
    pub stale: BTreeMap<&'static str, usize>,
    /// Findings that are errors.
    pub n_errors: usize,
    /// Findings that are warnings.
    pub n_warnings: usize,
    /// The whole build.
    pub millis: u64,
    /// What each stage took, in order and in milliseconds.
    pub stages: Vec<(&'static str, f64)>,
}

/// Times of the stages so far.
pub struct Stages {
    watch: Stopwatch,
    done: Vec<(&'static str, f64)>,
}

impl Stages {
    /// Begins the first stage.
    pub fn start() -> Self {
        Stages {
            watch: Stopwatch::start(),
            done: Vec::new(),
        }
    }

    /// Ends a stage and begins the next.
    pub fn end(&mut self, stage: &'static str) {
        self.done.push((stage, self.watch.lap_millis()));
    }
}

impl BuildOutcome {
    /// Warnings that come to light when a release is published. They keep no strict build from it.
    pub fn add_warnings(&mut self, findings: Vec<Diagnostic>) {
        self.report.n_warnings += findings.len();
        self.diagnostics.extend(findings);
    }

    /// A build that stopped at its settings.
    pub fn of_faults(findings: Vec<Diagnostic>, options: &BuildOptions, stages: Stages) -> Self {
        BuildOutcome::new(findings, 0, None, options, stages)
    }

    /// A build that found everything as the last one left it.
    pub fn unchanged(
        memory: &Memory,
        folder: &OutputFolder,
        options: &BuildOptions,
        mut stages: Stages,
    ) -> Self {
        let published = Published {
            id: memory.id.clone(),
            folder: folder.release(&memory.id),
            is_new: false,
            manifest: None,
            n_written: 0,
            n_unchanged: memory.n_files,
            changed: Vec::new(),
            stale: Vec::new(),
        };
        stages.end("compare");
        let findings = memory.diagnostics.clone();
        BuildOutcome::new(findings, memory.n_pages, Some(published), options, stages)
    }

    /// A build that came to its end.
    pub fn new(
        mut diagnostics: Vec<Diagnostic>,
        n_pages: usize,
        published: Option<Published>,
        options: &BuildOptions,
        stages: Stages,
    ) -> Self {
        if options.strict {
            for finding in &mut diagnostics {
                finding.severity = Severity::Error;
            }
        }
        add_excerpts(&mut diagnostics, &options.root);
        diagnostics.sort_by(|a, b| {
            (&a.path, a.line, a.column, a.code).cmp(&(&b.path, b.line, b.column, b.code))
        });
        let n_errors = diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .count();
        let touched = published.iter().flat_map(|it| it.changed.iter().cloned());
        let (deleted, changed) =
            touched.partition(|file| published.as_ref().is_some_and(|it| it.is_gone(file)));
        let report = Report {
            release: published.as_ref().map(|it| it.id.clone()),
            folder: published.as_ref().map(|it| it.folder.clone()),
            changed,
            deleted,
            n_pages,
            n_written: published.as_ref().map_or(0, |it| it.n_written),
            n_unchanged: published.as_ref().map_or(0, |it| it.n_unchanged),
            stale: published
                .as_ref()
                .map(|it| counts(&it.stale))
                .unwrap_or_default(),
            n_errors,
            n_warnings: diagnostics.len() - n_errors,
            millis: stages
                .done
                .iter()
                .map(|(_, millis)| millis)
                .sum::<f64>()
                .round() as u64,
            stages: stages.done,
        };
        BuildOutcome {
            diagnostics,
            published,
            held_back: None,
            report,
            why: None,
        }
    }
}

/// Findings made from a kept document know their line but no longer its text, or only what they are about in the
/// head: the file is read again for those alone.
pub fn add_excerpts<'d>(diagnostics: impl IntoIterator<Item = &'d mut Diagnostic>, root: &Path) {
    let mut files: HashMap<String, Option<SourceFile>> = HashMap::new();
    for finding in diagnostics {
        let is_placed = finding.line > 0 || finding.head.is_some();
        if !is_placed || !finding.excerpt.is_empty() {
            continue;
        }
        let file = files.entry(finding.path.clone()).or_insert_with(|| {
            let text = source::read_again(root, &finding.path)?;
            Some(SourceFile::new(finding.path.as_str(), text))
        });
        if let Some(file) = file {
            add_excerpt(finding, file);
        }
    }
}

/// The place of a finding and the line it is about, from the file at hand.
pub fn add_excerpt(finding: &mut Diagnostic, file: &SourceFile) {
    if let (0, Some(wanted)) = (finding.line, &finding.head) {
        let place = parse::head_place(file, wanted).map(|at| file.line_column(at));
        (finding.line, finding.column) = place.unwrap_or_default();
    }
    if finding.line > 0 && finding.excerpt.is_empty() {
        finding.excerpt = file.excerpt(finding.line, finding.column);
    }
    finding.head = None;
}
