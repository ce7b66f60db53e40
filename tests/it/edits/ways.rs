//! Three ways to build the same sources: in a process of its own with what was kept on disk, in one session that goes
//! on, and from nothing. The first two must make what the third makes, and write only what differs.

use crate::edits::release::Release;
use lyceum::clock::Timestamp;
use lyceum::site::publish::VaultKey;
use lyceum::site::{BuildOptions, BuildOutcome, BuildState, build, rebuild};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What a build is given.
#[derive(Clone, PartialEq)]
pub struct Sources {
    /// Every file by its path below the root.
    pub files: BTreeMap<String, Vec<u8>>,
    pub now: Timestamp,
    /// `--drafts`, `--future` and `--expired`.
    pub asked: [bool; 3],
}

/// How a file that changes gets its new content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Written where it is.
    InPlace,
    /// Written beside it and renamed over it, as most editors do.
    Renamed,
    /// Written where it is, with the time of change set back, as `rsync -t` and `tar` do.
    SetBack,
    /// Every file is written, changed or not.
    Touched,
}

/// Sources to build, and how they come to be and are built.
#[derive(Clone)]
pub struct Step {
    pub sources: Sources,
    pub manner: Manner,
    /// Whether the build with what was kept has a process of its own.
    pub in_process: bool,
    /// Whether the session ends before it and another begins, as when `serve` is started again.
    pub restarts: bool,
}

impl Step {
    /// Built by a call.
    pub fn new(sources: &Sources, manner: Manner) -> Self {
        Step {
            sources: sources.clone(),
            manner,
            in_process: false,
            restarts: false,
        }
    }
}

/// One way: a copy of the sources, and the release made of it.
struct Way {
    name: &'static str,
    root: PathBuf,
    laid: BTreeMap<String, Vec<u8>>,
    release: Option<Release>,
}

/// What a build says, other than its release.
#[derive(PartialEq, Debug)]
enum Verdict {
    /// With these findings.
    Built(Vec<String>),
    /// Settings with faults: no release.
    Refused,
    /// A template that does not render, and the like.
    Failed,
    /// A process of its own ended: built or refused, which its release shows.
    Ended,
}

/// The three ways of one site.
pub struct Ways {
    folder: TempDir,
    kept: Way,
    warm: Way,
    state: BuildState,
    n_played: usize,
}

impl Ways {
    /// Empty folders.
    pub fn new() -> Self {
        let folder = folder();
        let way = |name: &'static str| {
            let root = folder.path().join(name);
            Way {
                name,
                root,
                laid: BTreeMap::new(),
                release: None,
            }
        };
        Ways {
            kept: way("kept"),
            warm: way("warm"),
            state: BuildState::default(),
            n_played: 0,
            folder,
        }
    }

    /// Builds the sources of a step in all three ways; the faults, and none where all is well.
    pub fn play(&mut self, step: &Step) -> Vec<String> {
        let (sources, manner) = (&step.sources, step.manner);
        if step.restarts {
            self.state = BuildState::default();
        }
        self.n_played += 1;
        let clean = self.folder.path().join(format!("clean-{}", self.n_played));
        lay(&clean, &BTreeMap::new(), &sources.files, Manner::InPlace);
        // Output may depend on nothing but the sources: not on the number of threads either.
        let n_threads = [1, 16, 2][self.n_played % 3];
        let outcome = build(&BuildOptions {
            jobs: Some(n_threads),
            ..options(&clean, sources)
        });
        let wanted = verdict(&outcome);
        let expected = Release::read(&clean.join("dist"));

        let mut faults = Vec::new();
        self.kept.lay(sources, manner);
        let said = match step.in_process {
            false => verdict(&build(&options(&self.kept.root, sources))),
            true => in_own_process(&self.kept.root, sources),
        };
        faults.extend(self.kept.compare(&wanted, &said, expected.as_ref(), None));

        self.warm.lay(sources, manner);
        let outcome = rebuild(&options(&self.warm.root, sources), &mut self.state);
        faults.extend(self.warm.compare(
            &wanted,
            &verdict(&outcome),
            expected.as_ref(),
            Some(&outcome),
        ));
        fs::remove_dir_all(&clean).unwrap();
        faults
    }
}

/// In memory where the system has such a folder: every release is synced to the disk, and here there are thousands.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

type Outcome = Result<BuildOutcome, lyceum::site::error::BuildError>;

impl Way {
    fn lay(&mut self, sources: &Sources, manner: Manner) {
        lay(&self.root, &self.laid, &sources.files, manner);
        self.laid.clone_from(&sources.files);
    }

    /// What is wrong with the release that this way has now.
    fn compare(
        &mut self,
        wanted: &Verdict,
        said: &Verdict,
        expected: Option<&Release>,
        outcome: Option<&Outcome>,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let is_same = match (wanted, said) {
            (Verdict::Built(_) | Verdict::Refused, Verdict::Ended) => true,
            (wanted, said) => wanted == said,
        };
        if !is_same {
            faults.push(format!("says {said:?}, a clean build says {wanted:?}"));
        }
        let before = self.release.take();
        let after = Release::read(&self.root.join("dist"));
        match (expected, &after) {
            (Some(expected), Some(after)) => faults.extend(after.differences(expected)),
            (None, _) if before != after => {
                faults.push("touched its release, though the build stopped".into())
            }
            (None, _) => {}
            (Some(_), None) => faults.push("has no release".into()),
        }
        if let (Some(before), Some(after)) = (&before, &after) {
            faults.extend(after.wrongly_written(before));
            if let Some(Ok(BuildOutcome {
                published: Some(published),
                ..
            })) = outcome
            {
                faults.extend(after.wrongly_told(before, published));
            }
        }
        self.release = after;
        faults
            .iter()
            .map(|fault| format!("{}: {fault}", self.name))
            .collect()
    }
}

/// Makes the files below `root` those of `after`; `before` is what lies there. A changed file is written in a manner,
/// another keeps its time and its place on the disk.
pub fn lay(
    root: &Path,
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
    manner: Manner,
) {
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let path = root.join(path);
        fs::remove_file(&path).unwrap();
        let empty = path.ancestors().skip(1).take_while(|it| *it != root);
        // Fails at the first folder that still has something in it.
        let _ = empty.map(fs::remove_dir).take_while(Result::is_ok).count();
    }
    for (path, bytes) in after {
        if manner != Manner::Touched && before.get(path) == Some(bytes) {
            continue;
        }
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match manner {
            Manner::Renamed => {
                let beside = root.join(".edited");
                fs::write(&beside, bytes).unwrap();
                fs::rename(&beside, &path).unwrap();
            }
            Manner::SetBack if path.exists() => {
                let time = fs::metadata(&path).unwrap().modified().unwrap();
                fs::write(&path, bytes).unwrap();
                File::options()
                    .append(true)
                    .open(&path)
                    .unwrap()
                    .set_modified(time)
                    .unwrap();
            }
            _ => fs::write(&path, bytes).unwrap(),
        }
    }
}

/// A plain build with the key of tests.
pub fn options(root: &Path, sources: &Sources) -> BuildOptions {
    let [drafts, future, expired] = sources.asked;
    let key = VaultKey::parse(&"00".repeat(32));
    BuildOptions {
        drafts,
        future,
        expired,
        shrink: true,
        key,
        ..BuildOptions::new(root, sources.now)
    }
}

fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Ok(BuildOutcome {
            published: Some(_),
            diagnostics,
            ..
        }) => Verdict::Built(diagnostics.iter().map(|it| format!("{it:?}")).collect()),
        Ok(_) => Verdict::Refused,
        Err(_) => Verdict::Failed,
    }
}

fn in_own_process(root: &Path, sources: &Sources) -> Verdict {
    let asked = ["--drafts", "--future", "--expired"]
        .into_iter()
        .zip(sources.asked);
    let output = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["build", "--quiet", "--shrink", "--now"])
        .arg((sources.now.as_millis() / 1000).to_string())
        .arg("--root")
        .arg(root)
        .args(
            asked
                .filter(|(_, is_asked)| *is_asked)
                .map(|(flag, _)| flag),
        )
        .env("LYCEUM_VAULT_KEY", "00".repeat(32))
        .output()
        .unwrap();
    match output.status.code() {
        Some(0 | 1) => Verdict::Ended,
        _ => Verdict::Failed,
    }
}
