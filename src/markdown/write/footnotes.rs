//! Footnotes: their marks, their numbers and anchors, and the list of those that were used.
//!
//! On a page with gated parts public text has one list, each gated part its own.

use crate::escape;
use crate::ids::PartNumber;
use crate::markdown::events;
use crate::markdown::write::{Host, Writer};
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
            escape::push_attribute(&mut out, &format!("{}{}{again}", self.prefix, at + 1));
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

impl<H: Host> Writer<'_, '_, H> {
    /// The mark of a footnote; nothing where the text may not use its definition.
    pub(super) fn footnote(&mut self, label: &str) {
        let body = self.body;
        let label = events::label(label);
        let Some(definition) = body.footnotes.get(&label) else {
            return;
        };
        if self.host.has_footnotes() && self.host.may_use(body.events[definition.start].1.start) {
            let html = self.notes.reference(label);
            self.html(&html);
        }
    }

    /// The list of footnotes that were used; those that they use in turn are in it too.
    pub fn footnotes(&mut self) {
        let body = self.body;
        let mut ends = Vec::new();
        while let Some(label) = self.notes.label(ends.len()).map(String::from) {
            if ends.is_empty() {
                self.line("<div class=\"footnotes\" role=\"doc-endnotes\"><ol>\n");
            }
            let open = self.notes.open(ends.len());
            self.line(&open);
            if let Some(span) = body.footnotes.get(label.as_str()) {
                self.depth += 1;
                self.events(span.start + 1..span.end - 1);
                self.depth -= 1;
            }
            let html = &self.out.fragment.html;
            let end = html.strip_suffix("</p>\n").map_or(html.len(), str::len);
            ends.push(end);
            self.end_block("</li>\n");
        }
        if ends.is_empty() {
            return;
        }
        self.html("</ol></div>\n");
        // How often a note is used is known when the last one is written, for they use each other.
        let ways = ends.iter().enumerate();
        let ways: Vec<(usize, String)> =
            ways.map(|(at, end)| (*end, self.notes.back(at))).collect();
        self.out.fragment.insert(&ways);
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::page;

    fn note(number: u32, text: &str) -> String {
        format!(
            "<li id=\"fn:{number}\">\n<p>{text} <a class=\"footnote-back\" href=\"#fnref:{number}\" role=\"doc-backlink\">↩\u{FE0E}</a></p>\n</li>\n"
        )
    }

    fn mark(number: u32) -> String {
        format!(
            "<sup class=\"footnote-ref\"><a href=\"#fn:{number}\" id=\"fnref:{number}\" role=\"doc-noteref\">{number}</a></sup>"
        )
    }

    #[test]
    fn notes_are_numbered_by_their_first_use() {
        let list = |notes: &[String]| {
            format!(
                "<div class=\"footnotes\" role=\"doc-endnotes\"><ol>\n{}</ol></div>\n",
                notes.concat()
            )
        };
        for (markdown, wanted) in [
            (
                "a[^x] b[^y]\n\n[^y]: Y\n[^x]: X",
                format!(
                    "<p>a{} b{}</p>\n{}",
                    mark(1),
                    mark(2),
                    list(&[note(1, "X"), note(2, "Y")])
                ),
            ),
            (
                // One note uses another; a link in it moves with the ways back before it.
                "a[^x]\n\n[^x]: X[^Y]\n[^y]: [c](d)",
                format!(
                    "<p>a{}</p>\n{}",
                    mark(1),
                    list(&[
                        note(1, &format!("X{}", mark(2))),
                        note(2, "<a href=\"(d)\">c</a>")
                    ])
                ),
            ),
            ("a[^z]\n\n[^x]: X", "<p>a[^z]</p>\n".to_owned()),
        ] {
            assert_eq!(page(markdown), wanted, "{markdown}");
        }
    }
}
