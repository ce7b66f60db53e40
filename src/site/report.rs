//! The options of a build, and its outcome.

use crate::clock::{Stopwatch, Timestamp};
use crate::config::BaseUrl;
use crate::diag::{Diagnostic, Severity, SourceFile};
use crate::site::cache::Memory;
use crate::site::error::BuildError;
use crate::site::fingerprint::Ingredient;
use crate::site::left_out::LeftOut;
use crate::site::model::AssembleOptions;
use crate::site::parse;
use crate::site::publish::{Change, OutputFolder, Published, Purpose, Since, VaultKey, counts};
use crate::site::source;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

/// Holds the vault key.
const VARIABLE: &str = "LYCEUM_VAULT_KEY";

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
    /// A page that has an error now stays as it was, as far as the file still asks for that.
    pub keep_last: bool,
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
            keep_last: false,
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
        if let Some(key) = &self.key {
            return Ok(key.clone());
        }
        match std::env::var(VARIABLE) {
            Ok(hex) if hex.trim().is_empty() && self.strict => Err(BuildError::Key {
                path: VARIABLE.into(),
                reason: "it is set to nothing, and a strict build takes no other key: give the job the secret, or unset the variable",
            }),
            Ok(hex) if hex.trim().is_empty() => VaultKey::open(&self.root.join(".lyceum/key")),
            Ok(hex) => VaultKey::parse(&hex).ok_or_else(|| BuildError::Key {
                path: VARIABLE.into(),
                reason: "it must be 64 hexadecimal digits",
            }),
            Err(_) => VaultKey::open(&self.root.join(".lyceum/key")),
        }
    }

    /// A variable for the key that is set to nothing, as pipelines do for a secret that they may not read.
    pub fn key_doubt(&self) -> Option<Diagnostic> {
        let is_empty = std::env::var(VARIABLE).is_ok_and(|it| it.trim().is_empty());
        (is_empty && self.key.is_none()).then(|| Diagnostic::empty_vault_key(VARIABLE))
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// The site has less than half the pages of the last release, and nobody has said that this is meant.
    Shrinks {
        /// Pages of the last release.
        n_before: usize,
        /// Pages of the site.
        n_after: usize,
    },
    /// The site is as it was in a release from which its owner went back to an earlier one.
    RolledBack {
        /// The release that it would be.
        from: String,
        /// The release that readers get.
        to: String,
    },
}

impl HeldBack {
    /// A stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            HeldBack::Shrinks { .. } => "shrinks",
            HeldBack::RolledBack { .. } => "rolled-back",
        }
    }

    /// What can be done.
    pub fn help(&self) -> String {
        match self {
            HeldBack::Shrinks { .. } => "if this is meant, build with `--shrink`".into(),
            HeldBack::RolledBack { from, .. } => {
                format!("change the site, or publish it as it is with `lyceum rollback {from}`")
            }
        }
    }
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeldBack::Shrinks { n_before, n_after } => write!(
                f,
                "nothing was published, because the number of pages fell from {n_before} to {n_after}"
            ),
            HeldBack::RolledBack { from, to } => write!(
                f,
                "nothing was published, because the site is as it was in release {from}, which was rolled back to {to}"
            ),
        }
    }
}

/// The answer to `--why`.
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
    /// Id of the release before; `None` if there was none.
    pub since: Option<String>,
    /// Files of `public/` that were written, ascending; all of them if there was no release before.
    pub changed: Vec<Change>,
    /// Files of `public/` that the last release had and this one has not, ascending.
    pub deleted: Vec<String>,
    /// Pages in the site.
    pub n_pages: usize,
    /// Files of content that are no pages of the release, ascending by path.
    pub left_out: Vec<LeftOut>,
    /// Files with errors whose pages stay as they were before, ascending by path.
    pub kept: Vec<String>,
    /// When the next page is to appear or to go; `None` if nothing is waiting.
    pub next_due: Option<Timestamp>,
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

/// How a build ended.
pub enum Ending {
    /// With a release, new or unchanged.
    Published {
        /// The release.
        published: Box<Published>,
        /// The output that was to be explained.
        why: Option<Why>,
        /// Warnings about the release. They keep no strict build from it.
        warnings: Vec<Diagnostic>,
    },
    /// Without a release, although the site could be built.
    HeldBack(HeldBack),
    /// Without a release, as wanted or because of findings.
    NotPublished,
}

/// What a build says of the site beside its findings.
#[derive(Default)]
pub struct Counted {
    /// Pages in the site.
    pub n_pages: usize,
    /// See [`Report::left_out`].
    pub left_out: Vec<LeftOut>,
    /// See [`Report::kept`].
    pub kept: Vec<String>,
    /// See [`Report::next_due`].
    pub next_due: Option<Timestamp>,
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
    /// The same with a warning that keeps no strict build from a release.
    #[must_use]
    pub fn with_warning(mut self, finding: Option<Diagnostic>) -> Self {
        self.report.n_warnings += usize::from(finding.is_some());
        self.diagnostics.extend(finding);
        self
    }

    /// A build that stopped at its settings.
    pub fn of_faults(findings: Vec<Diagnostic>, options: &BuildOptions, stages: Stages) -> Self {
        BuildOutcome::new(
            findings,
            Counted::default(),
            Ending::NotPublished,
            options,
            stages,
        )
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
            since: Some(memory.id.clone()),
            changed: Vec::new(),
            stale: Vec::new(),
        };
        stages.end("compare");
        let findings = memory.diagnostics.clone();
        let counted = Counted {
            n_pages: memory.n_pages,
            left_out: memory.left_out.clone(),
            kept: Vec::new(),
            next_due: memory.until,
        };
        let ending = Ending::Published {
            published: Box::new(published),
            why: None,
            warnings: Vec::new(),
        };
        BuildOutcome::new(findings, counted, ending, options, stages)
    }

    /// A build that came to its end.
    pub fn new(
        mut diagnostics: Vec<Diagnostic>,
        counted: Counted,
        ending: Ending,
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
        let (published, why, warnings, held_back) = match ending {
            Ending::Published {
                published,
                why,
                warnings,
            } => (Some(*published), why, warnings, None),
            Ending::HeldBack(held_back) => (None, None, Vec::new(), Some(held_back)),
            Ending::NotPublished => (None, None, Vec::new(), None),
        };
        diagnostics.extend(warnings);
        let n_errors = diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .count();
        let (changed, deleted) = published
            .as_ref()
            .map(Published::changes)
            .unwrap_or_default();
        let report = Report {
            release: published.as_ref().map(|it| it.id.clone()),
            folder: published.as_ref().map(|it| it.folder.clone()),
            since: published.as_ref().and_then(|it| it.since.clone()),
            changed,
            deleted,
            n_pages: counted.n_pages,
            left_out: counted.left_out,
            kept: counted.kept,
            next_due: counted.next_due,
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
            held_back,
            report,
            why,
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
