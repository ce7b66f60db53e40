//! Marks of a formula alone in their line that delimit none: one is missing, or a blank line stands between the two. What was
//! meant as mathematics is then read as Markdown.

use crate::diag::Diagnostic;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::line_length;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Reports each mark that opens nothing; the next one closes what it meant.
pub fn report(body: &Body<'_>, findings: &mut Findings<'_>) {
    let file = findings.file();
    let mut in_code = false;
    let mut open = None;
    let mut begins_line = false;
    for (event, bytes) in &body.events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if begins_line && !in_code => {
                let before = file.text[..bytes.start].strip_suffix('\\');
                let at = before.map_or(bytes.start, str::len);
                let Some(mark) = mark(&file.text[at..]) else {
                    begins_line = false;
                    continue;
                };
                if open.take() != Some(mark) {
                    open = Some(mark);
                    findings.push(|| Diagnostic::math_unclosed(file, at..at, mark));
                }
            }
            _ => {}
        }
        begins_line = matches!(event, Event::SoftBreak | Event::HardBreak | Event::Start(_));
    }
}

/// The mark that a text begins with, if its line is nothing else, or holds a formula behind it; both marks of a pair are told as
/// the one that opens.
fn mark(text: &str) -> Option<&'static str> {
    if !text.starts_with(['$', '\\']) {
        return None;
    }
    let line = text[..line_length(text)].trim_end();
    match line {
        "$$" => Some("$$"),
        "\\[" | "\\]" => Some("\\["),
        _ => {
            let inside = line.strip_prefix("$$")?;
            let is_formula = inside.contains(['\\', '^', '_', '=', '{']) && !inside.contains('$');
            is_formula.then_some("$$")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::read;

    #[test]
    fn marks_that_delimit_nothing_are_told() {
        for (text, wanted) in [
            ("$$\na &= b\\\\\n\nc_1*d_2*\n$$", &[(1, 1)][..]),
            ("a\n\n$$\n\nb", &[(3, 1)]),
            ("$$\na\n\nb\n$$\n\n$$\nc\n\nd\n$$", &[(1, 1), (7, 1)]),
            ("\\[\na = 1\n\nb = 2\n\\]", &[(1, 1)]),
            ("> $$\n> a\n>\n> b\n> $$", &[(1, 3)]),
            ("- $$\n  a\n\n  b\n  $$", &[(1, 3)]),
            ("$$ a = b\n\nc", &[(1, 1)]),
            ("$$\na = b\n$$", &[]),
            ("$$a = b$$", &[]),
            ("kill $$ and wait $$", &[]),
            ("$$ is the process", &[]),
            ("```\n$$\n```", &[]),
            ("`$$`", &[]),
            ("\\[see\\]", &[]),
            ("$5\n\n$6", &[]),
        ] {
            let parsed = read(text);
            let found = parsed.findings.iter();
            let found = found.filter(|it| it.code == "math-unclosed");
            let places: Vec<_> = found.map(|it| (it.line, it.column)).collect();
            assert_eq!(places, wanted, "{text}");
        }
    }
}
