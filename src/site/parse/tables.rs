//! Rows of a table that have more cells than its head. The parser drops what is too much, as GFM says, and no reader sees it:
//! each such row is a finding. Often a bar in code, mathematics or a link has cut a cell in two.

use crate::diag::Diagnostic;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Reports each row with text behind its last cell.
pub fn report(body: &Body<'_>, findings: &mut Findings<'_>) {
    let file = findings.file();
    let mut cells_end = 0;
    for (event, bytes) in &body.events {
        match event {
            Event::Start(Tag::TableRow) => cells_end = bytes.end,
            Event::Start(Tag::TableCell) => cells_end = bytes.end,
            Event::End(TagEnd::TableRow) if cells_end < bytes.end => {
                let dropped = &file.text[cells_end..bytes.end];
                let shown = dropped.trim_start_matches(is_border);
                let at = bytes.end - shown.len();
                let shown = shown.trim_end_matches(is_border);
                if !shown.is_empty() {
                    findings.push(|| Diagnostic::table_cells_dropped(file, at..at, shown));
                }
            }
            _ => {}
        }
    }
}

fn is_border(c: char) -> bool {
    c == '|' || c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::{html, read};

    #[test]
    fn text_behind_the_last_column_is_told() {
        for (row, wanted) in [
            ("| 1 | 2 | LOST |", Some((3, 11))),
            ("1 | 2 | LOST", Some((3, 9))),
            ("| 1 | 2 | LOST | *more* |", Some((3, 11))),
            ("| `a|b` | 2 |", Some((3, 11))),
            ("| 1 | $|x|$ |", Some((3, 9))),
            ("| 1 | ![a|b](c.svg) |", Some((3, 11))),
            ("| 一 | 二 | 三", Some((3, 11))),
            ("| 1 | 2 |", None),
            ("| 1 | 2 | | |", None),
            ("| 1 |", None),
            ("| 1 | `a\\|b` |", None),
            ("| 1 | 2 |  ", None),
            ("| 1 | [[a|b]] |", None),
        ] {
            let parsed = read(&format!("| a | b |\n|---|---|\n{row}\n"));
            let found = parsed.findings.iter();
            let found = found.filter(|it| it.code == "table-cells-dropped");
            let places: Vec<_> = found.map(|it| (it.line, it.column)).collect();
            assert_eq!(places, wanted.into_iter().collect::<Vec<_>>(), "{row}");
        }
    }

    #[test]
    fn a_bar_in_a_wiki_link_divides_no_cells() {
        for (row, wanted) in [
            (
                "| 1 | [[a|My b]] |",
                "<td>1</td><td><a href=\"a\">My b</a></td>",
            ),
            (
                "| 1 | [[a\\|My b]] |",
                "<td>1</td><td><a href=\"a\">My b</a></td>",
            ),
            ("1 | [[a#x|b]]", "<td>1</td><td><a href=\"a#x\">b</a></td>"),
            ("| ![[a.svg|A b|300]] | 2 |", "alt=\"A b\""),
            (
                "| `[[a|b]]` | 2 |",
                "<td><code>[[a|b]]</code></td><td>2</td>",
            ),
            ("| [[a | 2 |", "<td>[[a</td><td>2</td>"),
            ("| [[1 | 2 | 3]] |", "<td>[[1</td><td>2</td>"),
        ] {
            let html = html(&format!("| a | b |\n|---|---|\n{row}\n"));
            assert!(html.contains(wanted), "{row}: {html}");
        }
        for (text, wanted) in [
            ("`[[a|b]]`", "<code>[[a|b]]</code>"),
            ("    [[a|b]]", "[[a|b]]"),
            ("<i title=\"[[a|b]]\">x</i>", "title=\"[[a|b]]\""),
            ("[x](y \"[[a|b]]\")", "title=\"[[a|b]]\""),
            ("[[a|b|c]]", ">b|c</a>"),
            ("[[a，*b|c]]", ">c</a>"),
            ("[[a%%b|c%%|d]]", ">d</a>"),
            ("![[plan.svg|costs $5|300]]", "costs $5"),
        ] {
            let html = html(text);
            assert!(html.contains(wanted), "{text}: {html}");
        }
    }
}
