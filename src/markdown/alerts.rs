//! Alerts: a quote whose first line is `[!NOTE]`, with a title and a fold mark as Obsidian writes them.
//!
//! GitHub has five kinds and no titles; the names that Obsidian and MkDocs use besides are read as the nearest of these.

use pulldown_cmark::{BlockQuoteKind, Event, Tag, TagEnd};

/// What the first line of an alert says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Which of the five.
    pub kind: BlockQuoteKind,
    /// `Some(true)` for `[!NOTE]+`, which is open and can be folded; `Some(false)` for `[!NOTE]-`.
    pub fold: Option<bool>,
    /// The rest of the first line, behind the mark: bytes to skip in the first text, and the event at which the line ends.
    pub title: Option<Title>,
    /// The event at which the text begins.
    pub content: usize,
    /// Whether the text begins in the middle of a paragraph.
    pub is_in_paragraph: bool,
}

/// Where the title of an alert stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The event of its first text.
    pub event: usize,
    /// Bytes of that text before the title.
    pub skip: usize,
    /// The event behind the title.
    pub end: usize,
}

/// A quote that begins as an alert, but names no kind that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown<'a>(pub &'a str);

/// The alert that the quote is which begins with the event at `at`; `None` for a plain quote.
pub fn find<'e, R>(events: &'e [(Event<'_>, R)], at: usize) -> Option<Result<Alert, Unknown<'e>>> {
    let event = |at: usize| events.get(at).map(|it| &it.0);
    if let Some(Event::Start(Tag::BlockQuote(Some(kind)))) = event(at) {
        return Some(Ok(Alert {
            kind: *kind,
            fold: None,
            title: None,
            content: at + 1,
            is_in_paragraph: false,
        }));
    }
    let (Some(Event::Start(Tag::BlockQuote(None))), Some(Event::Start(Tag::Paragraph))) =
        (event(at), event(at + 1))
    else {
        return None;
    };
    let Some(Event::Text(text)) = event(at + 2) else {
        return None;
    };
    let (name, rest) = text.strip_prefix("[!")?.split_once(']')?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '|' | ' ');
    if name.is_empty() || !name.chars().all(is_part) {
        return None;
    }
    // Obsidian lets a kind have further words behind a bar.
    let Some(kind) = kind(name.split('|').next().unwrap_or(name).trim()) else {
        return Some(Err(Unknown(name)));
    };
    let fold = match rest.chars().next() {
        Some('+') => Some(true),
        Some('-') => Some(false),
        _ => None,
    };
    let title = rest[usize::from(fold.is_some())..].trim_start();
    let end = events[at + 2..]
        .iter()
        .position(|(event, _)| {
            matches!(
                event,
                Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph)
            )
        })
        .map_or(events.len(), |n| at + 2 + n);
    let has_title = !title.is_empty() || end > at + 3;
    Some(Ok(Alert {
        kind,
        fold,
        title: has_title.then(|| Title {
            event: at + 2,
            skip: text.len() - title.len(),
            end,
        }),
        content: end + 1,
        is_in_paragraph: !matches!(event(end), Some(Event::End(TagEnd::Paragraph)) | None),
    }))
}

/// The kind that a word names. Source of the other names: Obsidian's help, "Callouts".
fn kind(name: &str) -> Option<BlockQuoteKind> {
    Some(match name.to_ascii_lowercase().as_str() {
        "note" | "info" | "abstract" | "summary" | "tldr" | "todo" | "example" | "quote"
        | "cite" => BlockQuoteKind::Note,
        "tip" | "hint" | "success" | "check" | "done" => BlockQuoteKind::Tip,
        "important" => BlockQuoteKind::Important,
        "warning" | "attention" | "question" | "help" | "faq" => BlockQuoteKind::Warning,
        "caution" | "danger" | "error" | "failure" | "fail" | "missing" | "bug" => {
            BlockQuoteKind::Caution
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Options, Parser, TextMergeStream};

    /// The kind, the fold mark, the title's first text and the text that follows it.
    fn read(source: &str) -> String {
        let parser = TextMergeStream::new(Parser::new_ext(source, Options::ENABLE_GFM));
        let events: Vec<_> = parser.map(|event| (event, ())).collect();
        match find(&events, 0) {
            None => "quote".into(),
            Some(Err(Unknown(name))) => format!("unknown {name}"),
            Some(Ok(alert)) => {
                let title = alert.title.map(|title| match &events[title.event].0 {
                    Event::Text(text) => text[title.skip..].to_owned(),
                    _ => String::new(),
                });
                let content = &events.get(alert.content).map(|it| &it.0);
                format!("{:?} {:?} {title:?} {content:?}", alert.kind, alert.fold)
            }
        }
    }

    #[test]
    fn titles_folds_and_other_names_are_read() {
        for (source, wanted) in [
            ("> [!NOTE]\n> a", "Note None None Some(Start(Paragraph))"),
            (
                "> [!NOTE] Before\n> a",
                "Note None Some(\"Before\") Some(Text(Borrowed(\"a\")))",
            ),
            (
                "> [!TIP]-\n> a",
                "Tip Some(false) None Some(Text(Borrowed(\"a\")))",
            ),
            (
                "> [!danger]+ 当心\n>\n> a",
                "Caution Some(true) Some(\"当心\") Some(Start(Paragraph))",
            ),
            (
                "> [!info] *x*\n> a",
                "Note None Some(\"\") Some(Text(Borrowed(\"a\")))",
            ),
            ("> [!info]", "Note None None Some(End(BlockQuote(None)))"),
            ("> [!strange] a", "unknown strange"),
            ("> [a] b", "quote"),
            ("> [!] b", "quote"),
        ] {
            assert_eq!(read(source), wanted, "{source}");
        }
    }
}
