//! The table of contents of a page.

use crate::site::parse::Heading;
use serde::Serialize;

/// One entry of a table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TocView {
    /// 2 to 6.
    pub level: u8,
    /// Anchor without `#`.
    pub id: String,
    /// Inline HTML.
    pub html: String,
    /// Deeper entries.
    pub children: Vec<TocView>,
}

/// Public headings; without a wish of the author there must be two at least.
pub fn toc(wanted: Option<bool>, headings: &[Heading]) -> Vec<TocView> {
    if wanted.unwrap_or(headings.len() >= 2) {
        nested(headings)
    } else {
        Vec::new()
    }
}

/// Deeper headings hang below the last one above them, whatever levels an author leaves out.
fn nested(headings: &[Heading]) -> Vec<TocView> {
    let mut entries = Vec::new();
    let mut rest = headings;
    while let Some((first, after)) = rest.split_first() {
        let n_below = after.iter().take_while(|it| it.level > first.level).count();
        entries.push(TocView {
            level: first.level.max(2),
            id: first.id.to_string(),
            html: first.html.clone(),
            children: nested(&after[..n_below]),
        });
        rest = &after[n_below..];
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_nest_below_the_last_one_above() {
        let headings: Vec<Heading> = [3, 2, 3, 5, 3, 2]
            .iter()
            .map(|level| Heading {
                level: *level,
                id: format!("h{level}").into(),
                html: String::new(),
                text: String::new(),
            })
            .collect();
        let shape = |entries: &[TocView]| -> Vec<(u8, usize)> {
            entries
                .iter()
                .map(|it| (it.level, it.children.len()))
                .collect()
        };
        let toc = nested(&headings);
        assert_eq!(shape(&toc), [(3, 0), (2, 2), (2, 0)]);
        assert_eq!(shape(&toc[1].children), [(3, 1), (3, 0)]);
    }
}
