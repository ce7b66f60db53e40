//! Numbers and anchors of footnotes. Public text has one list, each gated part its own.

use crate::ids::PartNumber;
use crate::site::parse::html;
use std::collections::HashMap;

/// Footnotes of one list in the order of their first use.
pub struct Notes {
    /// Stands in every anchor: empty for public text, `pN.` for a gated part.
    prefix: String,
    labels: Vec<String>,
    /// Place in `labels`, and how often it was used.
    uses: HashMap<String, (usize, usize)>,
}

impl Notes {
    /// The list of public text, or of a gated part.
    pub fn new(part: Option<PartNumber>) -> Self {
        Notes {
            prefix: part.map(|number| format!("p{number}.")).unwrap_or_default(),
            labels: Vec::new(),
            uses: HashMap::new(),
        }
    }

    /// The mark in running text of the note with a folded label.
    pub fn reference(&mut self, label: String) -> String {
        let next = self.labels.len();
        let (at, n_uses) = self.uses.entry(label.clone()).or_insert((next, 0));
        *n_uses += 1;
        let (at, n_uses) = (*at, *n_uses);
        if at == next {
            self.labels.push(label);
        }
        let (prefix, number) = (&self.prefix, at + 1);
        let again = if n_uses > 1 {
            format!(":{n_uses}")
        } else {
            String::new()
        };
        format!(
            "<sup class=\"footnote-ref\"><a href=\"#fn:{prefix}{number}\" id=\"fnref:{prefix}{number}{again}\" role=\"doc-noteref\">{number}</a></sup>"
        )
    }

    /// The label of a note by its place in the list.
    pub fn label(&self, at: usize) -> Option<&str> {
        self.labels.get(at).map(String::as_str)
    }

    /// The beginning of a note.
    pub fn open(&self, at: usize) -> String {
        format!("<li id=\"fn:{}{}\">", self.prefix, at + 1)
    }

    /// The ways back from a note, one to each use so far.
    pub fn back(&self, at: usize) -> String {
        let label = self.labels.get(at);
        let n_uses = label.and_then(|it| self.uses.get(it)).map_or(0, |it| it.1);
        let mut out = String::new();
        for n_use in 1..=n_uses {
            out.push_str(" <a class=\"footnote-back\" href=\"#fnref:");
            let again = if n_use > 1 {
                format!(":{n_use}")
            } else {
                String::new()
            };
            html::push_attribute(&mut out, &format!("{}{}{again}", self.prefix, at + 1));
            out.push_str("\" role=\"doc-backlink\">↩\u{FE0E}");
            if n_use > 1 {
                out.push_str(&format!("<sup>{n_use}</sup>"));
            }
            out.push_str("</a>");
        }
        out
    }

    /// Anchors of all notes of the list.
    pub fn anchors(&self) -> impl Iterator<Item = String> + '_ {
        (1..=self.labels.len()).map(|number| format!("fn:{}{number}", self.prefix))
    }
}
