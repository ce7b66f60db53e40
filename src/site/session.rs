//! What a build remembers for the next one in the same process: documents, by the content they were read from.
//!
//! `serve` keeps a session, so that an edit parses one file again and not ten thousand. Nothing here reaches the disk.

use crate::diag::{Diagnostic, SourceFile};
use crate::site::parse::{self, Document, ParseSettings};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// Documents of the last build.
#[derive(Default)]
pub struct Session {
    /// By path; valid for files with the same text, under the same settings.
    known: HashMap<Arc<str>, Known>,
    settings: String,
    keeps_good: bool,
}

#[derive(Clone)]
struct Known {
    file: SourceFile,
    document: Arc<Document>,
    findings: Arc<Vec<Diagnostic>>,
}

impl Session {
    /// A session in which a page that was good stays as it was while its file has errors, so that an author at work
    /// goes on seeing it.
    pub fn keeping_good() -> Self {
        Session {
            keeps_good: true,
            ..Session::default()
        }
    }

    /// All documents in the order of `files`, with their findings; parses only what is new, on all cores.
    pub fn parse(
        &mut self,
        files: &[SourceFile],
        settings: &ParseSettings,
    ) -> (Vec<Arc<Document>>, Vec<Diagnostic>) {
        let spelt = format!("{settings:?}");
        if spelt != self.settings {
            self.known.clear();
            self.settings = spelt;
        }
        let (known, keeps_good) = (&self.known, self.keeps_good);
        let read: Vec<Known> = files
            .par_iter()
            .map(|file| match known.get(&file.path) {
                Some(before) if before.file.text == file.text => before.clone(),
                before => {
                    let (document, findings) = parse::document(file.clone(), settings);
                    let good = before
                        .filter(|it| keeps_good && document.is_faulty && !it.document.is_faulty);
                    Known {
                        file: file.clone(),
                        document: good.map_or_else(|| Arc::new(document), |it| it.document.clone()),
                        findings: Arc::new(findings),
                    }
                }
            })
            .collect();
        let documents = read.iter().map(|it| it.document.clone()).collect();
        let findings = read
            .iter()
            .flat_map(|it| it.findings.iter().cloned())
            .collect();
        self.known = read
            .into_iter()
            .map(|it| (it.file.path.clone(), it))
            .collect();
        (documents, findings)
    }
}
