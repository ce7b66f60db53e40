//! Tables. On a page each has a frame that scrolls, which takes the keyboard's focus and so has a name.

use crate::markdown::fragment::Word;
use crate::markdown::write::{Host, Reading, Writer};
use pulldown_cmark::Alignment;

/// A table that is being written.
pub(super) struct Table {
    alignments: Vec<Alignment>,
    /// Of the next cell.
    column: usize,
    in_head: bool,
}

impl<H: Host> Writer<'_, '_, H> {
    pub(super) fn begin_table(&mut self, alignments: &[Alignment]) {
        self.tables.push(Table {
            alignments: alignments.to_vec(),
            column: 0,
            in_head: false,
        });
        self.host.read(Reading::Table(true));
        if !self.is_page() {
            return self.line("<table>");
        }
        self.line("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"");
        self.word(self.out.fragment.html.len(), Word::Table);
        self.html("\"><table>\n");
    }

    pub(super) fn end_table(&mut self) {
        self.tables.pop();
        self.host.read(Reading::Table(false));
        self.html("</tbody></table>");
        self.end_block(if self.is_page() { "</div>\n" } else { "\n" });
    }

    pub(super) fn begin_table_head(&mut self) {
        self.begin_cells(true);
        self.html("<thead><tr>");
    }

    pub(super) fn end_table_head(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.in_head = false;
        }
        self.end_block("</tr></thead><tbody>\n");
    }

    pub(super) fn begin_table_row(&mut self) {
        self.begin_cells(false);
        self.html("<tr>");
    }

    fn begin_cells(&mut self, in_head: bool) {
        if let Some(table) = self.tables.last_mut() {
            (table.column, table.in_head) = (0, in_head);
        }
    }

    pub(super) fn begin_table_cell(&mut self) {
        let table = self.tables.last();
        let alignment = table.and_then(|it| it.alignments.get(it.column));
        let class = match alignment {
            Some(Alignment::Left) => " class=\"left\"",
            Some(Alignment::Center) => " class=\"center\"",
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::None) | None => "",
        };
        let name = self.cell_name();
        self.html(name.0);
        if self.is_page() {
            self.html(class);
        }
        self.html(">");
    }

    pub(super) fn end_table_cell(&mut self) {
        let name = self.cell_name();
        self.html(name.1);
        self.out.text.push(' ');
        self.host.read(Reading::EndOfBlock);
        if let Some(table) = self.tables.last_mut() {
            table.column += 1;
        }
    }

    /// How the tags of a cell begin and end.
    fn cell_name(&self) -> (&'static str, &'static str) {
        match self.tables.last().is_some_and(|it| it.in_head) {
            true => ("<th", "</th>"),
            false => ("<td", "</td>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn tables_are_framed_on_pages() {
        for (markdown, on_page, as_plain) in [
            (
                "甲|乙\n:-:|-\n**丙。**丁|:::",
                "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"[Table]\"><table>\n<thead><tr><th class=\"center\">甲</th><th>乙</th></tr></thead><tbody>\n\
                 <tr><td class=\"center\"><strong>丙。</strong>丁</td><td>:::</td></tr>\n</tbody></table></div>\n",
                "<table><thead><tr><th>甲</th><th>乙</th></tr></thead><tbody>\n\
                 <tr><td><strong>丙。</strong>丁</td><td>:::</td></tr>\n</tbody></table>\n",
            ),
            (
                "a\n\n|b|\n|-:|\n\nc",
                "<p>a</p>\n<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"[Table]\"><table>\n<thead><tr><th class=\"right\">b</th></tr></thead><tbody>\n\
                 </tbody></table></div>\n<p>c</p>\n",
                "<p>a</p>\n<table><thead><tr><th>b</th></tr></thead><tbody>\n</tbody></table>\n<p>c</p>\n",
            ),
            (
                "> |a \\| b|\n> |-|\n> |`c \\| d`|",
                "<blockquote>\n<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"[Table]\"><table>\n<thead><tr><th>a | b</th></tr></thead><tbody>\n\
                 <tr><td><code>c | d</code></td></tr>\n</tbody></table></div>\n</blockquote>\n",
                "<blockquote>\n<table><thead><tr><th>a | b</th></tr></thead><tbody>\n\
                 <tr><td><code>c | d</code></td></tr>\n</tbody></table>\n</blockquote>\n",
            ),
        ] {
            assert_eq!(page(markdown), on_page, "{markdown}");
            assert_eq!(plain(markdown), as_plain, "{markdown}");
        }
    }
}
