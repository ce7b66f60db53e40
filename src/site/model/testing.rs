//! A small site in memory, for the tests of this folder: documents made by hand, no Markdown and no disk.

use crate::clock::Timestamp;
use crate::config::SiteConfig;
use crate::diag::{Diagnostic, Severity, SourceFile};
use crate::ids::{Access, PartNumber};
use crate::site::model::{AssembleOptions, Files, Page, Site};
use crate::site::parse::{Document, Documents, FrontMatter, Gate, Link, LinkKind, TextCounts};
use crate::site::source::{Asset, AssetContent, SourceTree, Template, Texts, Theme};
use std::sync::Arc;

/// What the present is: 2026-06-01.
pub const NOW: &str = "2026-06-01T00:00:00Z";

/// A site to be.
pub struct TestSite {
    settings: String,
    documents: Documents,
    tree: SourceTree,
    texts: Texts,
    theme: Theme,
    /// How to build it.
    pub options: AssembleOptions,
}

/// A document without body; the title is the path below `content/`.
pub fn document(path: &str, edit: impl FnOnce(&mut Document)) -> Document {
    let mut document = Document {
        path: format!("content/{path}").into(),
        hash: [0; 32],
        front: front(path),
        gates: Vec::new(),
        anchors: Vec::new(),
        heading_ids: Vec::new(),
        title_ids: Vec::new(),
        links: Vec::new(),
        mentions: Vec::new(),
        shadowed: Vec::new(),
        summary: None,
        lead: String::new(),
        public_counts: TextCounts::default(),
        gated_counts: TextCounts::default(),
        public_readability: None,
        readability: None,
        is_faulty: false,
        doubt: None,
    };
    edit(&mut document);
    document
}

fn front(title: &str) -> FrontMatter {
    FrontMatter {
        title: title.into(),
        ..FrontMatter::default()
    }
}

/// A day as front matter has it.
pub fn day(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{text}T00:00:00Z"))
}

/// Adds a link in public text.
pub fn link(document: &mut Document, address: &str) {
    let (target, fragment) = match address.split_once('#') {
        Some((target, fragment)) => (target, Some(fragment.to_owned())),
        None => (address, None),
    };
    document.links.push(Link {
        target: target.into(),
        query: None,
        fragment,
        kind: LinkKind::Link,
        is_gated: false,
        place: (document.links.len() as u32 + 1, 1),
    });
}

/// Adds a gated part with one link in it.
pub fn gated_link(document: &mut Document, access: &str, address: &str) {
    link(document, address);
    let index = document.links.len() - 1;
    document.links[index].is_gated = true;
    document.gates.push(Gate {
        number: PartNumber(document.gates.len() as u32 + 1),
        access: Access::parse(access).unwrap(),
        line: 1,
        links: vec![index as u32],
        mentions: Vec::new(),
    });
}

impl TestSite {
    /// Settings of a site at `https://example.org/` with more lines of TOML.
    pub fn settings(more: &str) -> SiteConfig {
        let text = format!("title = 'T'\nbase_url = 'https://example.org/'\n{more}");
        crate::config::parse(&SourceFile::new("site.toml", text))
            .unwrap()
            .0
    }

    /// Nothing yet.
    pub fn new(settings: &str) -> Self {
        TestSite {
            settings: settings.into(),
            documents: Documents::default(),
            tree: SourceTree::default(),
            texts: Texts::default(),
            theme: Theme::default(),
            options: AssembleOptions {
                now: Timestamp::parse(NOW).unwrap(),
                drafts: false,
                future: false,
                expired: false,
                dead_links: Severity::Warning,
            },
        }
    }

    /// Pages with nothing in them.
    pub fn pages(mut self, paths: &[&str]) -> Self {
        for path in paths {
            self = self.page(path, |_| {});
        }
        self
    }

    /// A page.
    pub fn page(mut self, path: &str, edit: impl FnOnce(&mut Document)) -> Self {
        self.documents.all.push(Arc::new(document(path, edit)));
        self
    }

    /// A page whose public text has these links.
    pub fn linking(self, path: &str, addresses: &[&str]) -> Self {
        self.page(path, |it| {
            addresses.iter().for_each(|address| link(it, address))
        })
    }

    /// Files beside pages.
    pub fn assets(mut self, paths: &[&str]) -> Self {
        self.tree
            .assets
            .extend(paths.iter().map(|it| asset(&format!("content/{it}"))));
        self
    }

    /// A file beside pages that names others.
    pub fn naming(mut self, path: &str, text: &str) -> Self {
        let origin = format!("content/{path}");
        self.texts.insert(&origin, text);
        self.assets(&[path])
    }

    /// A Markdown file without text.
    pub fn unread(mut self, path: &str) -> Self {
        self.documents.unread.push(format!("content/{path}").into());
        self
    }

    /// A file that was meant as a page which keeps something back, and is not published.
    pub fn refused(mut self, path: &str) -> Self {
        let path = format!("content/{path}").into();
        self.tree.refused_pages.push(path);
        self
    }

    /// Empty templates.
    pub fn templates(mut self, names: &[&str]) -> Self {
        let template = |name: &&str| {
            let (origin, text) = (format!("templates/{name}").into(), "".into());
            ((*name).to_owned(), Template { origin, text })
        };
        self.theme.templates.extend(names.iter().map(template));
        self
    }

    /// Static files.
    pub fn statics(mut self, paths: &[&str]) -> Self {
        self.tree.statics.extend(paths.iter().map(|it| asset(it)));
        self
    }

    /// The site and its findings; documents come in the order of their paths, as they do from disk.
    pub fn build(mut self) -> (Site, Vec<Diagnostic>) {
        self.documents.all.sort_by(|a, b| a.path.cmp(&b.path));
        self.tree.assets.sort_by(|a, b| a.path.cmp(&b.path));
        Site::assemble(
            &self.documents,
            Files {
                tree: &self.tree,
                theme: &self.theme,
                texts: &self.texts,
            },
            &Self::settings(&self.settings),
            &self.options,
        )
    }

    /// The site, which must have no findings.
    pub fn clean(self) -> Site {
        let (site, findings) = self.build();
        assert_eq!(findings, []);
        site
    }
}

/// Code and file of each finding.
pub fn codes(findings: &[Diagnostic]) -> Vec<(&'static str, &str)> {
    findings
        .iter()
        .map(|it| (it.code, it.path.trim_start_matches("content/")))
        .collect()
}

/// The page of a file below `content/`.
pub fn page<'s>(site: &'s Site, path: &str) -> &'s Page {
    let found = site
        .pages
        .iter()
        .find(|it| it.document.path.strip_prefix("content/") == Some(path));
    found.unwrap_or_else(|| panic!("no page {path}"))
}

fn asset(path: &str) -> Asset {
    Asset {
        path: path.into(),
        origin: path.into(),
        content: AssetContent::Embedded(Arc::from(&b""[..])),
        is_suspect: false,
    }
}

/// Adds a gate for members.
pub fn gate(document: &mut Document) {
    document.gates.push(Gate {
        number: PartNumber(1),
        access: Access::Members,
        line: 1,
        links: Vec::new(),
        mentions: Vec::new(),
    });
}

/// Makes a page one for payers, with a gate.
pub fn paid(document: &mut Document) {
    document.front.access = Access::Paid;
    document.front.names_access = true;
    gate(document);
}
