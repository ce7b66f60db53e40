//! The findings of one file while it is parsed, and whether one of them is an error.
//!
//! A file may have a million faults of one kind; an author reads the first hundred.

use crate::diag::{Diagnostic, Severity, SourceFile};
use crate::site::parse::Doubt;

/// Findings of a file after which more of the same severity are only counted.
const MOST: usize = 100;

/// Findings of one file, in the order they were met.
pub struct Findings<'a> {
    file: &'a SourceFile,
    list: Vec<Diagnostic>,
    n_left_out: usize,
    is_faulty: bool,
    /// What errors leave open at present.
    doubts: Option<Doubt>,
    doubt: Option<Doubt>,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub fn new(file: &'a SourceFile) -> Self {
        Findings {
            file,
            list: Vec::new(),
            n_left_out: 0,
            is_faulty: false,
            doubts: None,
            doubt: None,
        }
    }

    /// The file they are about.
    pub fn file(&self) -> &'a SourceFile {
        self.file
    }

    /// Adds a finding; it is made only where there is room for it, or where nothing is known to be wrong yet.
    pub fn push(&mut self, finding: impl FnOnce() -> Diagnostic) {
        if self.list.len() >= MOST && self.is_faulty {
            self.n_left_out += 1;
            self.doubt = self.doubt.max(self.doubts);
            return;
        }
        let finding = finding();
        let is_error = finding.severity == Severity::Error;
        if self.list.len() < MOST || (is_error && !self.is_faulty) {
            self.list.push(finding);
        } else {
            self.n_left_out += 1;
        }
        self.is_faulty |= is_error;
        self.doubt = self.doubt.max(self.doubts.filter(|_| is_error));
    }

    /// Adds a finding; if it is an error, it leaves this open.
    pub fn doubt(&mut self, doubt: Doubt, finding: impl FnOnce() -> Diagnostic) {
        self.doubting(doubt, |findings| findings.push(finding));
    }

    /// Does something of which every error leaves this open.
    pub fn doubting<T>(&mut self, doubt: Doubt, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.doubts.replace(doubt);
        let done = work(self);
        self.doubts = before;
        done
    }

    /// Whether an error stands in the line of a byte of the file.
    pub fn has_error_in_line(&self, at: usize) -> bool {
        let line = self.file.line_of(at);
        let mut errors = self.list.iter().filter(|it| it.severity == Severity::Error);
        errors.any(|it| it.line == line)
    }

    /// Whether further findings are only counted.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MOST
    }

    /// Whether one is an error.
    pub fn is_faulty(&self) -> bool {
        self.is_faulty
    }

    /// What the errors leave open.
    pub fn left_open(&self) -> Option<Doubt> {
        self.doubt
    }

    /// All of them by place, with a last line for those that were left out.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|it| (it.line, it.column));
        if self.n_left_out > 0 {
            self.list
                .push(Diagnostic::more_findings(&self.file.path, self.n_left_out));
        }
        self.list
    }
}
