//! Paragraphs, lists with tasks, and blocks of code.

use crate::markdown::code::{self, Limits};
use crate::markdown::events::is_inline;
use crate::markdown::fragment::Word;
use crate::markdown::profile::Look;
use crate::markdown::write::{Host, Writer};
use pulldown_cmark::{CodeBlockKind, Event};

impl<H: Host> Writer<'_, '_, H> {
    pub(super) fn begin_paragraph(&mut self) {
        self.line("<p>");
        self.paragraph_at = self.out.text.len();
        self.last = None;
    }

    pub(super) fn end_paragraph(&mut self) {
        self.html("</p>\n");
        if self.depth == 0 && self.out.lead.is_none() {
            let text = self.out.text[self.paragraph_at..].trim();
            if !text.is_empty() {
                self.out.lead = Some(text.replace('\n', " "));
            }
        }
        self.end_text();
    }

    pub(super) fn begin_list(&mut self, first: Option<u64>) {
        match first {
            None => self.line("<ul>\n"),
            Some(1) => self.line("<ol>\n"),
            Some(first) => self.line(&format!("<ol start=\"{first}\">\n")),
        }
    }

    pub(super) fn begin_item(&mut self, at: usize) {
        let is_marker = |at: usize| {
            let event = self.body.events.get(at).map(|it| &it.0);
            matches!(event, Some(Event::TaskListMarker(_)))
        };
        // In a loose list the box stands in a paragraph.
        let is_task = self.is_page() && (is_marker(at + 1) || is_marker(at + 2));
        self.line(match is_task {
            true => "<li class=\"task\">",
            false => "<li>",
        });
        self.last = None;
    }

    /// The box of a task, or a sign for it.
    pub(super) fn task(&mut self, is_done: bool) {
        if !self.is_page() {
            return self.text(if is_done { "☑ " } else { "☐ " });
        }
        let checked = if is_done { " checked=\"\"" } else { "" };
        self.html(&format!(
            "<label><input type=\"checkbox\" disabled=\"\"{checked}> "
        ));
        self.in_task = true;
    }

    /// The text of a task names its box up to the first block in it.
    pub(super) fn end_task_before(&mut self, event: &Event<'_>) {
        if !self.in_task {
            return;
        }
        let is_end = match event {
            Event::Start(tag) => !is_inline(&tag.to_end()),
            Event::End(tag) => !is_inline(tag),
            Event::Rule => true,
            _ => false,
        };
        if is_end {
            self.in_task = false;
            self.html("</label>");
        }
    }

    pub(super) fn code_block(&mut self, at: usize, kind: &CodeBlockKind<'_>) -> usize {
        let span = self.body.span(at);
        let text = self.body.text(span.clone());
        let info = match kind {
            CodeBlockKind::Fenced(info) => code::Info::parse(info),
            CodeBlockKind::Indented => code::Info::parse(""),
        };
        let limits = self.limits(&info.language, text.len());
        self.new_line();
        let html = &mut self.out.fragment.html;
        if self.profile.look == Look::Page {
            let is_numbered = info.is_numbered.unwrap_or(self.profile.has_line_numbers);
            let word_at = code::push_figure(html, &info, &text, is_numbered, limits);
            self.word(word_at, Word::Code);
        } else {
            code::push_plain(html, &info, &text, limits);
        }
        self.out.text.push_str(&text);
        self.end_text();
        span.end
    }

    /// The limits within which code of so many bytes is highlighted, which then count; `None` if it is not.
    fn limits(&mut self, language: &str, n_bytes: usize) -> Option<Limits> {
        let highlighting = &self.profile.highlighting;
        let languages = highlighting.languages;
        let is_known = languages.is_none_or(|it| it.contains(&code::canonical(language).as_str()));
        let left = self.n_highlighted_left.checked_sub(n_bytes);
        let left = left.filter(|_| is_known && highlighting.max_bytes > 0)?;
        self.n_highlighted_left = left;
        Some(highlighting.limits)
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn lists_may_hold_tasks() {
        for (markdown, on_page, as_plain) in [
            (
                "- [x] a\n- [ ] *b*\n  - c",
                "<ul>\n<li class=\"task\"><label><input type=\"checkbox\" disabled=\"\" checked=\"\"> a</label></li>\n\
                 <li class=\"task\"><label><input type=\"checkbox\" disabled=\"\"> <em>b</em></label>\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n",
                "<ul>\n<li>☑ a</li>\n<li>☐ <em>b</em>\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n",
            ),
            (
                "3. a\n\n   b\n4. c",
                "<ol start=\"3\">\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>\n",
                "<ol start=\"3\">\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>\n",
            ),
            (
                "a\n: b",
                "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n",
                "<p>a\n: b</p>\n",
            ),
            (
                "1. a\n\n---",
                "<ol>\n<li>a</li>\n</ol>\n<hr>\n",
                "<ol>\n<li>a</li>\n</ol>\n<hr>\n",
            ),
        ] {
            assert_eq!(page(markdown), on_page, "{markdown}");
            assert_eq!(plain(markdown), as_plain, "{markdown}");
        }
    }

    #[test]
    fn code_has_colours_in_comments_too() {
        let of = |line: &str| format!("```rs\n{line}\n```\n");
        let coloured = "<span class=\"k\">fn</span>";
        assert!(page(&of("fn")).contains(coloured));
        for (markdown, n_coloured) in [
            (of("fn"), 1),
            (of("fn").repeat(3), 3),
            // So much and no more.
            (of("fn fn fn").repeat(500), 455),
            (of(&"fn\n".repeat(1_500)), 0),
            ("```md\n**a**\n```".into(), 0),
            ("```nosuch\nfn\n```".into(), 0),
            ("    fn".into(), 0),
        ] {
            let html = plain(&markdown);
            assert_eq!(html.matches("<span").count(), n_coloured, "{markdown:.20}");
        }
    }
}
