//! Quotes and alerts.

use crate::markdown::alerts::{self, Alert, Unknown};
use crate::markdown::fragment::{AlertKind, Word};
use crate::markdown::write::{Host, Writer};
use pulldown_cmark::{BlockQuoteKind, Event};

impl<H: Host> Writer<'_, '_, H> {
    /// Begins a quote or an alert; returns the event at which its text begins.
    pub(super) fn quote(&mut self, at: usize, byte: usize) -> usize {
        let body = self.body;
        self.depth += 1;
        let alert = match self.profile.has_alerts {
            true => alerts::find(&body.events, at),
            false => None,
        };
        match alert {
            Some(Ok(alert)) => self.alert(&alert),
            other => {
                if let Some(Err(Unknown(kind))) = other {
                    self.host.unknown_alert(byte, kind);
                }
                self.line("<blockquote>\n");
                self.quotes.push("</blockquote>\n");
                at + 1
            }
        }
    }

    fn alert(&mut self, alert: &Alert) -> usize {
        let (class, word) = named(alert.kind);
        let (begin, title, end) = match alert.fold {
            None => ("div", "p", "</div>\n"),
            Some(_) => ("details", "summary", "</details>\n"),
        };
        let open = match alert.fold {
            Some(true) => " open=\"\"",
            _ => "",
        };
        self.line(&format!(
            "<{begin} class=\"alert alert-{class}\"{open}><{title} class=\"alert-title\">"
        ));
        self.quotes.push(end);
        match &alert.title {
            None => self.word(self.out.fragment.html.len(), Word::Alert(word)),
            Some(place) => {
                if let Event::Text(text) = &self.body.events[place.event].0 {
                    self.text(&text[place.skip..]);
                }
                self.events(place.event + 1..place.end);
                self.end_text();
            }
        }
        self.html(&format!("</{title}>\n"));
        if alert.is_in_paragraph {
            self.begin_paragraph();
            self.depth += 1;
        }
        alert.content
    }
}

/// The class of an alert, and the word that stands for its title.
fn named(kind: BlockQuoteKind) -> (&'static str, AlertKind) {
    match kind {
        BlockQuoteKind::Note => ("note", AlertKind::Note),
        BlockQuoteKind::Tip => ("tip", AlertKind::Tip),
        BlockQuoteKind::Important => ("important", AlertKind::Important),
        BlockQuoteKind::Warning => ("warning", AlertKind::Warning),
        BlockQuoteKind::Caution => ("caution", AlertKind::Caution),
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn quotes_may_be_alerts() {
        for (markdown, on_page, as_plain) in [
            (
                "> a\n> b",
                "<blockquote>\n<p>a\nb</p>\n</blockquote>\n",
                "<blockquote>\n<p>a\nb</p>\n</blockquote>\n",
            ),
            (
                "> [!NOTE]\n> a",
                "<div class=\"alert alert-note\"><p class=\"alert-title\">[Alert(Note)]</p>\n<p>a</p>\n</div>\n",
                "<blockquote>\n<p>[!NOTE]\na</p>\n</blockquote>\n",
            ),
            (
                "> [!danger]- 当*心*\n>\n> - a",
                "<details class=\"alert alert-caution\"><summary class=\"alert-title\">当<em>心</em></summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n",
                "<blockquote>\n<p>[!danger]- 当<em>心</em></p>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n",
            ),
            (
                "> [!TIP]+ b\n> c\n> > d",
                "<details class=\"alert alert-tip\" open=\"\"><summary class=\"alert-title\">b</summary>\n<p>c</p>\n<blockquote>\n<p>d</p>\n</blockquote>\n</details>\n",
                "<blockquote>\n<p>[!TIP]+ b\nc</p>\n<blockquote>\n<p>d</p>\n</blockquote>\n</blockquote>\n",
            ),
            (
                "> [!strange] a",
                "<blockquote>\n<p>[!strange] a</p>\n</blockquote>\n",
                "<blockquote>\n<p>[!strange] a</p>\n</blockquote>\n",
            ),
        ] {
            assert_eq!(page(markdown), on_page, "{markdown}");
            assert_eq!(plain(markdown), as_plain, "{markdown}");
        }
    }
}
