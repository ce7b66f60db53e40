//! Heads in the dress of another program: quoted as mail does, set as HTML or bold by an editor, numbered, escaped, with line
//! ends as text, in braces of another width, in a comment, or inside one block of code with the whole page.
//!
//! Entry points: [`find`] for the top of a file without a head, [`in_comment`] for comments where a head or a body begins,
//! [`in_block`] for a page inside a block. What a reader would see as prose is none: a label such as `**Status:** draft`
//! decides nothing, and a page that shows another in a block has text of its own around it.

use crate::ids::TierId;
use crate::site::parse::front_matter::deciding::{self, Place};
use crate::site::parse::front_matter::keys::{self, Field};
use crate::site::parse::front_matter::line::{
    Entry, Fence, Line, entries, entry, fence, lines, seen,
};
use crate::site::parse::front_matter::outside;
use crate::site::parse::paywall::{is_marker, means_gate};

/// Lines from the top that are looked at.
const N_LINES: usize = 30;
/// Longer lines are prose.
const LINE_BYTES: usize = 2000;
/// Text around a block that has the whole page in it, in bytes.
const AROUND_BYTES: usize = 200;

/// A line, or a piece of one, as it was before it was dressed.
struct Bare {
    at: usize,
    text: String,
    dress: Dress,
}

/// How much a dress hides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Dress {
    /// None.
    Plain,
    /// Bold or a heading, as labels in prose are.
    Label,
    /// One that no prose has: a quote, a number, a tag, an escape.
    Full,
}

/// Byte of the first line at the top of a file that would decide something, had it not been dressed.
pub fn find(file: &str, from: usize, tiers: &[TierId]) -> Option<usize> {
    let all = lines(file, from)
        .take(N_LINES)
        .flat_map(|it| undressed(&it));
    let all: Vec<Bare> = all.filter(|it| !it.text.is_empty()).collect();
    let is_head = |it: &&Bare| is_fence(&it.text) || entry(&it.text).is_some();
    let head: Vec<&Bare> = all.iter().take_while(is_head).collect();
    if head.iter().all(|it| it.dress == Dress::Plain) {
        return None;
    }
    let is_fenced = head.first().is_some_and(|it| is_fence(&it.text));
    let found = head.into_iter().find(|it| {
        entry(&it.text).is_some_and(|entry| match is_fenced {
            true => deciding::in_text(&entry, Place::Top, tiers),
            false => holds_back(&entry, it.dress == Dress::Label, tiers),
        })
    });
    found.map(|it| it.at)
}

/// Whether an entry holds a page back for sure. A date in a quote, or a state as a label, is prose.
fn holds_back(entry: &Entry<'_>, is_label: bool, tiers: &[TierId]) -> bool {
    let values = deciding::words_in(entry.value);
    let fits = |field| deciding::fits(field, &values, tiers);
    match keys::field(entry.key) {
        Some(field @ (Field::Access | Field::Tiers | Field::Draft)) => fits(field),
        Some(field @ (Field::PublishAt | Field::ExpiresAt)) => !is_label && fits(field),
        Some(Field::Status) => !is_label && entry.key == "status" && fits(Field::Status),
        Some(_) => false,
        None => deciding::meant(entry.key, &values, tiers).is_some_and(|it| {
            it.decides == keys::Decides::Access
                && values.iter().any(|it| deciding::is_audience(it, tiers))
        }),
    }
}

fn is_fence(text: &str) -> bool {
    matches!(fence(text), Some(Fence::Yaml | Fence::Toml)) || is_rule(text)
}

/// `* * *` and the like, which editors write for `---`.
fn is_rule(text: &str) -> bool {
    let marks: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    marks.len() >= 3
        && matches!(marks[0], '*' | '_' | '-')
        && marks.iter().all(|it| *it == marks[0])
}

/// The pieces of a line without their dress.
fn undressed(line: &Line<'_>) -> Vec<Bare> {
    let text = seen(line.text);
    if text.len() > LINE_BYTES || text.starts_with("{{") || text.starts_with("{%") {
        return vec![Bare {
            at: line.at,
            text: ".".into(),
            dress: Dress::Plain,
        }];
    }
    if is_rule(text) && fence(text).is_none() {
        return vec![Bare {
            at: line.at,
            text: "---".into(),
            dress: Dress::Full,
        }];
    }
    // Bold marks stand behind a key, `**Access:** paid`, as well as before it.
    let (flat, is_flat) = without_markup(text);
    let mut bare = Vec::new();
    for piece in flat.split('\n') {
        let (piece, dress) = without_marks(piece);
        let piece = piece.replace("**", "").replace("__", "").replace(":*", ":");
        let dress = if is_flat { Dress::Full } else { dress };
        for text in entries_of(&piece) {
            bare.push(Bare {
                at: line.at,
                text: text.into(),
                dress,
            });
        }
    }
    bare
}

/// A line with a line end for each tag and each `\n`, full-width braces as braces, and without escapes; and whether that
/// changed anything.
fn without_markup(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let tag = rest
            .strip_prefix('<')
            .filter(|it| it.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'));
        rest = match (c, tag.and_then(|it| it.split_once('>'))) {
            (_, Some((_, behind))) => {
                out.push('\n');
                behind
            }
            ('\\', _) if after.starts_with('n') => {
                out.push('\n');
                &after[1..]
            }
            ('\\', _) if after.starts_with(|c: char| c.is_ascii_punctuation()) => after,
            ('｛', _) => {
                out.push('{');
                after
            }
            ('｝', _) => {
                out.push('}');
                after
            }
            _ => {
                out.push(c);
                after
            }
        };
    }
    // A list of one object.
    if out.starts_with("[{") {
        out.remove(0);
    }
    let is_changed = out != text;
    (out, is_changed)
}

/// A piece without the marks of quotes, headings, bullets and bold text, and without the number of its line.
fn without_marks(piece: &str) -> (&str, Dress) {
    let mut rest = seen(piece);
    let mut dress = Dress::Plain;
    loop {
        let inside = seen(rest);
        let (next, found) = match inside.chars().next() {
            Some('>' | '•' | '·' | '‣' | '◦' | '▪') => (
                inside.trim_start_matches(['>', '•', '·', '‣', '◦', '▪']),
                Dress::Full,
            ),
            Some('#') if inside.trim_start_matches('#').starts_with(' ') => {
                (inside.trim_start_matches('#'), Dress::Label)
            }
            Some('*' | '_') if !is_rule(inside) => {
                (inside.trim_start_matches(['*', '_']), Dress::Label)
            }
            Some('0'..='9') => match numbered(inside) {
                Some(behind) => (behind, Dress::Full),
                None => return (inside, dress),
            },
            _ => return (inside, dress),
        };
        if found > dress {
            dress = found;
        }
        rest = next;
    }
}

/// What stands behind the number of a line: `12: x`, `12 | x`.
fn numbered(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let n_digits = text.len() - behind.len();
    let behind = behind.trim_start().strip_prefix([':', '|', ')'])?;
    (n_digits <= 3 && behind.starts_with([' ', '\t'])).then_some(behind)
}

/// The entries that were put into one line, `title: X access: paid`, or the text itself.
fn entries_of(text: &str) -> Vec<&str> {
    if text.starts_with('{') {
        let mut all: Vec<&str> = text.split(['{', '}', ',', '，']).map(seen).collect();
        all.retain(|it| entry(it).is_some());
        return if all.is_empty() { vec![text] } else { all };
    }
    let mut cuts = vec![0];
    for (at, _) in text.match_indices(' ') {
        let word = &text[at + 1..];
        let end = word.find([':', '：']).unwrap_or(0);
        if end > 0 && keys::is_usual(word[..end].trim_matches('*')) {
            cuts.push(at + 1);
        }
    }
    cuts.push(text.len());
    let pieces = cuts.windows(2).map(|it| &text[it[0]..it[1]]);
    let pieces = pieces.map(|it| it.trim_matches(['*', '_', ' ']));
    pieces.filter(|it| !it.is_empty()).collect()
}

/// Byte of a comment among those that stand first from a byte on, whose line would hold the page back in a head.
pub fn in_comment(file: &str, from: usize, tiers: &[TierId]) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = file[at..].trim_start();
        let begin = file.len() - rest.len();
        let (inside, length) = comment(rest)?;
        let mut inside_lines = lines(inside, 0).take(N_LINES);
        let holds = inside_lines.any(|it| entries(it.text).any(|it| holds_back(&it, false, tiers)));
        // What may be meant as a marker is asked in the body.
        if holds && !means_gate(inside) {
            return Some(begin);
        }
        at = begin + length;
    }
}

/// The inside of the comment that a text begins with, in any of the forms that pages have, and its length.
fn comment(text: &str) -> Option<(&str, usize)> {
    const PAIRS: [(&str, &str); 6] = [
        ("<!--", "-->"),
        ("{{/*", "*/}}"),
        ("{/*", "*/}"),
        ("{#", "#}"),
        ("%%", "%%"),
        ("{% comment %}", "{% endcomment %}"),
    ];
    for (open, close) in PAIRS {
        if let Some(inside) = text.strip_prefix(open) {
            let (inside, _) = inside.split_once(close)?;
            return Some((inside, open.len() + inside.len() + close.len()));
        }
    }
    // `[//]: # "draft: true"`, a definition that nothing can use.
    let line = text.lines().next()?;
    let (_, title) = line.strip_prefix('[')?.split_once("]:")?;
    let title = title.trim_start();
    let title = title
        .strip_prefix('#')
        .or_else(|| title.strip_prefix("<>"))?;
    let inside = title.trim().trim_matches(['"', '\'', '(', ')']);
    Some((inside, line.len()))
}

/// Byte of a line that decides something in a page that stands in one block of code, and is all that a file has from a byte
/// on. Where the file has no head, a sentence may stand before the block and behind it, as a program that writes for people
/// has it; then a text must follow the head in it.
pub fn in_block(file: &str, from: usize, has_head: bool, tiers: &[TierId]) -> Option<usize> {
    let all: Vec<Line<'_>> = lines(file, from)
        .filter(|it| !seen(it.text).is_empty())
        .collect();
    let is_bare = |line: &&Line<'_>| {
        let text = seen(line.text);
        text.len() >= 3 && (text.trim_matches('`').is_empty() || text.trim_matches('~').is_empty())
    };
    let open = all
        .iter()
        .position(|it| seen(it.text).starts_with("```") || seen(it.text).starts_with("~~~"))?;
    let close = all.iter().rposition(|it| is_bare(&it))?;
    let info = seen(all[open].text)
        .trim_matches(['`', '~'])
        .trim()
        .to_ascii_lowercase();
    let is_page = ["", "md", "markdown", "mdx", "text", "txt"].contains(&info.as_str());
    let around = [&all[..open], all.get(close + 1..)?];
    let is_short = |it: &[Line<'_>]| {
        let n_bytes: usize = it.iter().map(|it| it.text.len()).sum();
        n_bytes <= AROUND_BYTES && it.len() <= 2 && !it.iter().any(|it| it.text.starts_with('#'))
    };
    let is_alone = around.iter().all(|it| it.is_empty());
    let is_announced = around[0]
        .last()
        .is_some_and(|it| seen(it.text).ends_with([':', '：']));
    let is_handed_out = !has_head && is_announced && around.iter().all(|it| is_short(it));
    if !is_page || close <= open + 1 || !(is_alone || is_handed_out) {
        return None;
    }
    let inside = &all[open + 1..close];
    let is_head_fence = |it: &Line<'_>| matches!(fence(it.text), Some(Fence::Yaml | Fence::Toml));
    let first = inside.first().filter(|it| is_head_fence(it));
    let end = inside
        .iter()
        .skip(1)
        .position(is_head_fence)
        .map(|at| at + 1)
        .filter(|_| first.is_some());
    let has_text = end.is_some_and(|end| end + 1 < inside.len());
    let head = &inside[..end.unwrap_or(0)];
    let decides = head.iter().find(|it| outside::decides_line(it, tiers));
    let marker = inside.iter().find(|it| {
        let inner = seen(it.text)
            .strip_prefix("<!--")
            .and_then(|it| it.strip_suffix("-->"));
        inner.is_some_and(is_marker)
    });
    let found = decides.or(marker)?;
    let is_marker_line = |it: &&Line<'_>| seen(it.text).starts_with("<!--");
    if inside.iter().filter(|it| !is_marker_line(it)).count() == 0 {
        return None;
    }
    (is_alone && (decides.is_some() || !has_head || info.starts_with('m')) || has_text)
        .then_some(found.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads as editors, mail, word processors and converters give them back.
    #[test]
    fn a_head_is_known_in_any_dress() {
        for text in [
            "---\n\n## title: X access: paid\n\nwords",
            "\\---\n\ntitle: X\n\naccess: paid\n\n\\---\n\nwords",
            "* * *\n\ntitle: X\n\naccess: paid\n\n* * *\n\nwords",
            "***\ntitle: X\ndate: 2030-01-01\n***\n\nwords",
            "• title: X\n• access: paid\n\nwords",
            "---<br>title: X<br>access: paid<br>---\n\nwords",
            "<p>---</p>\n<p>title: X</p>\n<p>access: paid</p>\n<p>---</p>\n\nwords",
            "<div>---<br/>draft: true<br/>---</div>\n",
            "> ---\n> title: X\n> access: paid\n> ---\n>\n> words",
            "> > title: X\n> > access: paid\n\nwords",
            "**Title:** X\n**Access:** paid\n**Status:** Draft\n\nwords",
            "**Title**: X\n**Draft**: true\n\nwords",
            "*title:* X\n*access:* members\n\nwords",
            "---\\ntitle: X\\naccess: paid\\n---\n\nwords",
            "1: ---\n2: title: X\n3: access: paid\n4: ---\n\nwords",
            "  1 | ---\n  2 | draft: true\n  3 | ---\n\nwords",
            "## access: paid\n\nwords",
            "# draft: true\n\nwords",
            "｛\"title\":\"X\",\"access\":\"paid\"｝\n\nwords",
            "[{\"title\":\"X\",\"access\":\"paid\"}]\n\nwords",
            "> publish_at: 2030-01-01\n\nwords",
        ] {
            assert!(find(text, 0, &[]).is_some(), "{text}");
        }
        for text in [
            "**Status:** draft\n\nwords",
            "**Date:** 2030-01-01\n**Author:** Mei\n\nwords",
            "> 日期：2020-01-01\n\nwords",
            "> Date: 2020-01-01\n\nwords",
            "> Status: accepted\n\nwords",
            "> access: what the word means\n\nwords",
            "# Access: by bus\n\nwords",
            "# Note: paid\n\nwords",
            "1. title: X\n2. date: when it was written\n\nwords",
            "12:30 access: paid\n",
            "* * *\n\nWords\n\n* * *\n",
            "<p>Title: a paragraph</p>\n",
            "<dl><dt>access</dt></dl>",
            "{{< figure src=\"a.png\" >}}\n",
            "{: .lead}\nwords\n",
            "title: X\n\nwords",
            "",
        ] {
            assert_eq!(find(text, 0, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_comment_that_holds_back_is_found_where_a_page_begins() {
        for text in [
            "<!-- draft: true -->\n\n# X",
            "<!-- publish_at: 2030-01-01 -->\n",
            "<!-- status: draft -->\n",
            "[//]: # \"draft: true\"\n\nwords",
            "[comment]: # (draft: true)\n",
            "%%draft: true%%\n",
            "{# draft: true #}\n",
            "{/* draft: true */}\n",
            "<!-- a note -->\n\n<!--\ndraft: true\n-->\nwords",
        ] {
            assert!(in_comment(text, 0, &[]).is_some(), "{text}");
        }
        for text in [
            "<!-- last updated: 2024-01-01 -->\n",
            "<!-- date: 2024-01-01 -->\n",
            "<!-- Status: draft -->\n",
            "<!-- todo: access -->\n",
            "<!-- members -->\nx",
            "<!-- prettier-ignore -->\n",
            "[1]: https://example.org \"draft: true\"\n",
            "words\n\n<!-- draft: true -->\n",
            "%%",
        ] {
            assert_eq!(in_comment(text, 0, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_page_inside_one_block_of_code_is_found() {
        let page = "---\ntitle: X\naccess: paid\n---\n\nIntro.\n\n<!-- more -->\n\nwords\n";
        for (text, has_head) in [
            (format!("```markdown\n{page}```\n"), false),
            (format!("```\n{page}```"), false),
            (format!("~~~md\n{page}~~~\n"), false),
            (
                format!("Here is your article:\n\n```markdown\n{page}```\n\nLet me know!\n"),
                false,
            ),
            ("```md\n---\ndraft: true\n---\n\nwords\n```\n".into(), false),
            (
                "\n```markdown\n# X\n\n<!-- paid -->\n\nwords\n\n<!-- /paid -->\n```\n".into(),
                true,
            ),
            (
                format!("````markdown\n{page}\n```sh\nmake\n```\n````\n"),
                false,
            ),
            (format!("```markdown\n{page}```\n"), true),
        ] {
            assert!(in_block(&text, 0, has_head, &[]).is_some(), "{text}");
        }
        for (text, has_head) in [
            (
                "```markdown\n---\naccess: paid\n---\n```\n\nwords\n".to_owned(),
                false,
            ),
            (
                format!("# How to\n\nWords.\n\n```markdown\n{page}```\n"),
                false,
            ),
            (
                format!("Words.\n\n```markdown\n{page}```\n\nWords.\n"),
                true,
            ),
            (
                "text\n\n```\n<!-- paid -->\n\nx\n\n<!-- /paid -->\n```\n\nrest\n".into(),
                false,
            ),
            ("```yaml\ndate: 2030-01-01\n```\n".into(), true),
            ("```sh\nmake\n```\n".into(), false),
            ("```\n---\ntitle: X\n---\nwords\n```\n".into(), false),
            ("words".into(), false),
        ] {
            assert_eq!(in_block(&text, 0, has_head, &[]), None, "{text}");
        }
    }
}
