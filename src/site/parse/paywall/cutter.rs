//! Opens and closes runs as markers come. After a fault the stricter state stays.

use crate::diag::{Diagnostic, SourceFile};
use crate::ids::Access;
use crate::site::parse::ParseSettings;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::meaning::Marker;
use crate::site::parse::paywall::{Layout, Run};
use std::ops::Range;

/// The runs so far.
pub struct Cutter<'c, 'f> {
    access: &'c Access,
    settings: &'c ParseSettings,
    file: &'c SourceFile,
    findings: &'c mut Findings<'f>,
    open: Option<Open>,
    /// What holds outside of parts: public, and behind the divider the page's own access.
    base: Access,
    runs: Vec<Run>,
    summary_end: Option<usize>,
}

/// The part that a marker opened.
#[derive(Clone)]
struct Open {
    access: Access,
    line: u32,
    at: usize,
    /// It is the rest of the page.
    is_rest: bool,
}

impl<'c, 'f> Cutter<'c, 'f> {
    /// Begins in public text.
    pub fn new(
        access: &'c Access,
        settings: &'c ParseSettings,
        file: &'c SourceFile,
        findings: &'c mut Findings<'f>,
    ) -> Self {
        let first = Run {
            access: Access::Public,
            line: 0,
            events: 0..0,
            from: 0,
        };
        Cutter {
            access,
            settings,
            file,
            findings,
            open: None,
            base: Access::Public,
            runs: vec![first],
            summary_end: None,
        }
    }

    /// Whether the text at hand is public.
    pub fn is_public(&self) -> bool {
        self.open.is_none() && !self.base.is_gated()
    }

    /// The page's own access holds from a block on.
    pub fn gate_rest(&mut self, block: usize, from: usize) {
        self.base = self.access.clone();
        self.begin(self.access.clone(), 0, block..block, from);
    }

    /// A marker; `block` and `bytes` are its own.
    pub fn mark(&mut self, marker: Marker, block: Range<usize>, bytes: Range<usize>) {
        match (marker, self.open.clone()) {
            (Marker::Open(access), None) => self.open(access, false, block, &bytes),
            (Marker::Rest, None) => self.open(Access::Members, true, block, &bytes),
            (Marker::Open(access), Some(open)) => {
                self.nested(&access.to_string(), &open, block, &bytes);
            }
            (Marker::Rest, Some(open)) => self.nested("members-only", &open, block, &bytes),
            (Marker::Close(access), Some(open)) if access == open.access && !open.is_rest => {
                self.open = None;
                self.begin(self.base.clone(), 0, block, bytes.end);
            }
            (Marker::Close(access), open) => self.misclosed(&access, open, block, &bytes),
            (Marker::Divider, None) if !self.base.is_gated() && self.summary_end.is_none() => {
                self.summary_end = Some(block.start);
                if self.access.is_gated() {
                    self.base = self.access.clone();
                    self.begin(self.access.clone(), 0, block, bytes.end);
                }
            }
            (Marker::Divider, Some(open)) => self.divided(&open, &bytes),
            (Marker::Divider, None) => {}
        }
    }

    fn open(&mut self, access: Access, is_rest: bool, block: Range<usize>, bytes: &Range<usize>) {
        let line = self.file.line_of(bytes.start);
        let at = bytes.start;
        if let Some(finding) = self.settings.unopenable(&access, self.file, at) {
            self.findings.push(|| finding);
        }
        if !self.settings.is_as_strict(&access, &self.base) {
            self.wider(&access, at);
        }
        self.open = Some(Open {
            access: access.clone(),
            line,
            at,
            is_rest,
        });
        self.begin(access, line, block, bytes.end);
    }

    /// A part that more may read than the page's own access lets read the text around it.
    fn wider(&mut self, part: &Access, at: usize) {
        let file = self.findings.file();
        let (part, page) = (part.to_string(), self.access.to_string());
        self.findings
            .push(|| Diagnostic::marker_wider(file, at..at, &part, &page));
    }

    fn nested(&mut self, text: &str, open: &Open, block: Range<usize>, bytes: &Range<usize>) {
        let file = self.findings.file();
        let at = bytes.start..bytes.start;
        self.findings
            .push(|| Diagnostic::marker_nested(file, at, text, open.line));
        self.step_over(block);
    }

    fn misclosed(
        &mut self,
        access: &Access,
        open: Option<Open>,
        block: Range<usize>,
        bytes: &Range<usize>,
    ) {
        let file = self.findings.file();
        let (at, text) = (bytes.start..bytes.start, format!("/{access}"));
        self.findings.push(|| match &open {
            None => Diagnostic::marker_unopened(file, at, &text),
            Some(open) if open.is_rest => Diagnostic::rest_closed(file, at, &text, open.line),
            Some(open) => {
                let word = open.access.to_string();
                Diagnostic::marker_crossed(file, at, &text, &word, open.line)
            }
        });
        self.step_over(block);
    }

    /// A divider in an open part ends nothing that could be told.
    fn divided(&mut self, open: &Open, bytes: &Range<usize>) {
        let file = self.findings.file();
        let at = bytes.start..bytes.start;
        let word = open.access.to_string();
        if self.access.is_gated() {
            self.findings
                .push(|| Diagnostic::divider_in_part(file, at, &word, open.line));
        } else {
            self.findings
                .push(|| Diagnostic::divider_misplaced(file, at));
        }
    }

    /// Ends the run at hand before a block, which itself is in no run, and begins the next behind it.
    fn begin(&mut self, access: Access, line: u32, block: Range<usize>, from: usize) {
        if let Some(last) = self.runs.last_mut() {
            last.events.end = block.start;
        }
        self.runs.push(Run {
            access,
            line,
            events: block.end..block.end,
            from,
        });
    }

    /// A marker with a fault is in no run either.
    fn step_over(&mut self, block: Range<usize>) {
        if let Some(last) = self.runs.last().cloned() {
            self.begin(last.access, last.line, block, last.from);
        }
    }

    /// The runs of a body of so many events, and the part that is open at its end.
    pub fn finish(mut self, n_events: usize) -> (Layout, Option<Access>) {
        if let Some(last) = self.runs.last_mut() {
            last.events.end = n_events;
        }
        if let Some(open) = self.open.clone()
            && !self.base.is_gated()
            && !self.settings.is_as_strict(&open.access, self.access)
        {
            self.wider(&open.access, open.at);
        }
        let layout = Layout {
            runs: self.runs,
            summary_end: self.summary_end,
        };
        (layout, self.open.map(|it| it.access))
    }
}
