//! Events of one run -> HTML with holes, plain text and prose.
//!
//! How Markdown is written is in [`markdown::write`](crate::markdown::write). Here is the [`Host`] that it asks: addresses
//! of the site are holes, raw HTML is cut into pieces, and what a run must not know, gated definitions above all, it is
//! not given.

mod raw;
mod wiki;

use crate::diag::{Diagnostic, SourceFile};
use crate::markdown::events::Body;
use crate::markdown::profile::Profile;
use crate::markdown::write::{Host, Leads, Notes, Reading, Shape, Writer, Written};
use crate::site::parse::definitions::Definitions;
use crate::site::parse::findings::Findings;
use crate::site::parse::headings::Headings;
use crate::site::parse::links::{self, Address, Links};
use crate::site::parse::paywall::Layout;
use crate::site::parse::prose::Prose;
use crate::site::parse::{LinkKind, ParseSettings};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What all runs of a document share.
pub struct Shared<'s, 'b, 'f> {
    /// The events.
    pub body: &'s Body<'b>,
    /// How they are written.
    pub profile: &'s Profile,
    /// How they are cut.
    pub layout: &'s Layout,
    /// Who may use which definition.
    pub definitions: &'s Definitions,
    /// Levels and anchors.
    pub headings: &'s Headings,
    /// Settings of the site.
    pub settings: &'s ParseSettings,
    /// Lines and columns.
    pub file: &'s SourceFile,
    /// Addresses so far.
    pub links: Links,
    /// Findings so far.
    pub findings: &'s mut Findings<'f>,
    /// Ids of raw HTML so far.
    pub anchors: Vec<Arc<str>>,
    /// Bytes of the file at which a tag of raw HTML begins that is shown as text.
    pub shown_tags: &'s BTreeSet<usize>,
}

/// What the writer of one run asks.
pub struct Run<'r, 's, 'b, 'f> {
    shared: &'r mut Shared<'s, 'b, 'f>,
    prose: &'r mut Prose,
    run: usize,
    is_gated: bool,
    /// A summary is shown in lists: no ids, no footnotes, nothing counted.
    is_summary: bool,
    /// What may be paths of files, in places that are no links.
    mentions: Vec<String>,
}

/// Writes one run.
pub type RunWriter<'r, 's, 'b, 'f> = Writer<'r, 'b, Run<'r, 's, 'b, 'f>>;

/// Begins to write a run of the layout.
pub fn writer<'r, 's, 'b, 'f>(
    shared: &'r mut Shared<'s, 'b, 'f>,
    notes: &'r mut Notes,
    prose: &'r mut Prose,
    run: usize,
) -> RunWriter<'r, 's, 'b, 'f> {
    let is_gated = shared.layout.runs[run].access.is_gated();
    let (body, profile) = (shared.body, shared.profile);
    let host = Run {
        shared,
        prose,
        run,
        is_gated,
        is_summary: false,
        mentions: Vec::new(),
    };
    Writer::new(body, profile, notes, host)
}

/// The same for lists of pages.
pub fn summary_writer<'r, 's, 'b, 'f>(
    shared: &'r mut Shared<'s, 'b, 'f>,
    notes: &'r mut Notes,
    prose: &'r mut Prose,
    run: usize,
) -> RunWriter<'r, 's, 'b, 'f> {
    let mut writer = writer(shared, notes, prose, run);
    writer.host.is_summary = true;
    writer
}

/// What was written, and what may be paths of files in it, in places that are no links.
pub fn finish(writer: RunWriter<'_, '_, '_, '_>) -> (Written, Vec<String>) {
    (writer.out, writer.host.mentions)
}

impl Host for Run<'_, '_, '_, '_> {
    fn heading(&mut self, at: usize, _: u8) -> Option<Shape> {
        let headings = self.shared.headings;
        let title = headings.title.as_ref();
        if title.is_some_and(|(_, title)| *title == at) {
            return None;
        }
        let plan = headings.plans.get(&at)?;
        Some(Shape {
            level: plan.level,
            id: (!self.is_summary).then(|| plan.id.clone()),
            is_listed: plan.is_top && !self.is_gated,
        })
    }

    fn address<'a>(&mut self, address: &'a str, kind: LinkKind, at: usize) -> Leads<'a> {
        if kind == LinkKind::Image && links::is_picture(address) {
            return Leads::To(address.into());
        }
        match links::judge(address) {
            Address::Own => Leads::Hole(self.link(address, kind, at)),
            Address::Elsewhere => Leads::To(address.into()),
            Address::Active => {
                links::warn_active(self.shared.findings, at, address);
                Leads::Top
            }
            Address::Empty => Leads::Here,
        }
    }

    /// Whether this run may use the definition at a byte of the file; where it may not, that was reported.
    fn may_use(&self, definition: usize) -> bool {
        let (definitions, layout) = (self.shared.definitions, self.shared.layout);
        definitions.may_use(layout, self.run, definition)
    }

    /// Notes what may be the path of a file. An absolute address counts where it is the site's own.
    fn mention(&mut self, text: &str) {
        let own = self.shared.settings.own_path(text);
        if own.is_some() || links::judge(text) == Address::Own {
            self.mentions.push(own.unwrap_or_else(|| text.to_owned()));
        }
    }

    fn read(&mut self, what: Reading<'_>) {
        match what {
            Reading::Text(piece) => self.prose.text(piece),
            Reading::Code => self.prose.code(),
            Reading::Address(begins) => self.prose.skip(begins),
            Reading::Table(begins) => self.prose.table(begins),
            Reading::Heading(true) => self.prose.heading(),
            Reading::Heading(false) => self.prose.end_heading(),
            Reading::Image(has_text) => self.prose.image(has_text),
            Reading::EndOfBlock => self.prose.end_block(),
        }
    }

    fn unknown_alert(&mut self, at: usize, kind: &str) {
        let file = self.shared.file;
        let finding = || Diagnostic::unknown_alert(file, at..at, kind);
        self.shared.findings.push(finding);
    }

    fn has_footnotes(&self) -> bool {
        !self.is_summary
    }

    fn html(writer: &mut Writer<'_, '_, Self>, html: &str, at: usize) {
        Self::raw(writer, html, at);
    }

    fn html_block(writer: &mut Writer<'_, '_, Self>, at: usize) {
        Self::raw_block(writer, at);
    }

    fn wiki(writer: &mut Writer<'_, '_, Self>, at: usize) -> usize {
        Self::wiki_run(writer, at)
    }
}

impl Run<'_, '_, '_, '_> {
    /// Takes an address of the site; returns its index.
    fn link(&mut self, address: &str, kind: LinkKind, at: usize) -> u32 {
        let shared = &mut *self.shared;
        let is_gated = self.is_gated;
        shared.links.add(address, kind, is_gated, at, shared.file)
    }
}
