//! Wiki links, as Obsidian and most wikis write them: `[[page]]`, `[[page#heading|text]]`, `![[picture.png|300]]`.
//!
//! Double brackets mean other things as well (`[[1]](address)`, `x[[1]]`, `[[ -f a ]]`, `[[maybe_unused]]`).
//! [`Labels::link`] tells what is not a wiki link for certain; the rest is one, and stays as it is written where the
//! site has no such page. [`Target`] is what stands between the brackets.

use crate::steps;
use std::cell::OnceCell;
use std::collections::HashSet;

/// Longer names name nothing.
const MAX_BYTES: usize = 300;

/// Longest address of a link that is looked at behind double brackets.
const MAX_ADDRESS_BYTES: usize = 2048;

/// Marks that ask for a table of contents.
const CONTENTS: [&str; 2] = ["toc", "_toc_"];

/// Labels that a text defines with `[label]: address`, read when first asked for.
pub struct Labels<'s> {
    source: &'s str,
    all: OnceCell<HashSet<String>>,
}

impl<'s> Labels<'s> {
    /// Of a text.
    pub fn new(source: &'s str) -> Self {
        Labels {
            source,
            all: OnceCell::new(),
        }
    }

    /// What stands between the brackets, if the `[[` at byte `at` of the text begins a wiki link.
    pub fn link(&self, at: usize) -> Option<&'s str> {
        let rest = &self.source[at + 2..];
        let rest = &rest[..rest.floor_char_boundary(MAX_BYTES + 2)];
        let len = rest.find(['[', ']', '\n'])?;
        let inside = &rest[..len];
        steps::read(len);
        let is_closed = rest[len..].starts_with("]]");
        let is_link = is_closed
            && is_apart(&self.source[..at], inside)
            && is_name(inside)
            && !is_address(&self.source[at + 2 + len + 2..])
            && !self.defines(inside);
        is_link.then_some(inside)
    }

    fn defines(&self, inside: &str) -> bool {
        let all = self.all.get_or_init(|| {
            let lines = self
                .source
                .lines()
                .map(|it| it.trim_start_matches(['>', ' ']));
            let labels = lines.filter_map(|it| it.strip_prefix('[')?.split_once("]:"));
            labels
                .map(|(label, _)| label.trim().to_lowercase())
                .collect()
        });
        all.contains(&inside.trim().to_lowercase())
    }
}

/// Whether double brackets may begin a link behind a text: not behind a name that they are an index of.
fn is_apart(before: &str, inside: &str) -> bool {
    if let Some(before) = before.strip_suffix('!') {
        // A picture may stand right behind a word; `vec![[0]]` is code.
        let is_word = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        return !is_escaping(before) && (!is_word || inside.contains(char::is_alphabetic));
    }
    // `_[[oak]]_` is emphasis, `oak_[[1]]` an index.
    let name = before.trim_end_matches('_');
    let is_name = name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ')');
    !is_name && (name.len() < before.len() || !is_escaping(before))
}

/// Whether a text ends with a backslash that escapes what follows.
fn is_escaping(before: &str) -> bool {
    (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
}

fn is_name(inside: &str) -> bool {
    let target = Target::of(inside);
    let name = format!("{}{}", target.page, target.heading.unwrap_or_default());
    !is_test(inside)
        && !target.page.starts_with(['"', '*'])
        && !name.contains("\",")
        && !name.contains(['<', '>', '`', '$', '{', '}'])
        && !name.contains("://")
        && name.contains(char::is_alphanumeric)
        && (name.contains(char::is_alphabetic) || !name.contains(','))
        && !inside.starts_with('^')
        && !CONTENTS.iter().any(|it| it.eq_ignore_ascii_case(inside))
}

/// Whether brackets hold the condition of a shell: `[[ -f a ]]`, `[[ a == b ]]`.
fn is_test(inside: &str) -> bool {
    const OPERATORS: [&str; 8] = ["==", "!=", "=~", "&&", "||", " = ", " < ", " > "];
    let is_flag = |word: &str| {
        let letters = word.strip_prefix('-').unwrap_or_default();
        (1..=2).contains(&letters.len()) && letters.bytes().all(|it| it.is_ascii_alphabetic())
    };
    let test = inside.trim();
    inside.starts_with(' ')
        && inside.ends_with(' ')
        && (test.starts_with('!')
            || OPERATORS.iter().any(|it| test.contains(it))
            || test.split(' ').any(is_flag))
}

/// Whether what stands behind the brackets is the address of a CommonMark link, or its label.
fn is_address(behind: &str) -> bool {
    if let Some(rest) = behind.strip_prefix('(') {
        let rest = &rest[..rest.floor_char_boundary(MAX_ADDRESS_BYTES)];
        steps::read(rest.len());
        let end = rest.find([')', '\n']).unwrap_or(rest.len());
        let address = rest[..end].trim();
        return !address.contains(' ') || address.contains(['"', '<']);
    }
    behind.starts_with('[') && !behind.starts_with("[[")
}

/// What stands between the brackets of a wiki link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'t> {
    /// Name or path of a page or file; empty for the page itself.
    pub page: &'t str,
    /// The last heading behind a `#`.
    pub heading: Option<&'t str>,
    /// What is shown, behind the first `|`; may be empty.
    pub shown: Option<&'t str>,
}

impl<'t> Target<'t> {
    /// Of a text, with or without what stands behind the bar. The `\` before `|` that tables ask for does not count.
    pub fn of(inside: &'t str) -> Self {
        let (target, shown) = match inside.split_once('|') {
            Some((target, shown)) => (target, Some(shown.trim())),
            None => (inside, None),
        };
        let target = target.strip_suffix('\\').unwrap_or(target);
        let (page, heading) = match target.split_once('#') {
            Some((page, headings)) => (page, headings.rsplit('#').next()),
            None => (target, None),
        };
        Target {
            page: page.trim(),
            heading: heading.map(str::trim).filter(|it| !it.is_empty()),
            shown,
        }
    }

    /// What a reader sees of a link without a text of its own: `page > heading`.
    pub fn title(&self) -> String {
        match (self.page, self.heading) {
            (page, None) => page.to_owned(),
            ("", Some(heading)) => heading.to_owned(),
            (page, Some(heading)) => format!("{page} > {heading}"),
        }
    }
}

/// The size behind the last `|` of an embedded picture, `300` or `300x200`, and the text before it.
pub fn sized(shown: &str) -> (&str, Option<(u32, Option<u32>)>) {
    let (before, last) = match shown.rsplit_once('|') {
        Some((before, last)) => (before.trim_end_matches('\\').trim(), last.trim()),
        None => ("", shown.trim()),
    };
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|it| (1..=10_000).contains(it))
    };
    let size = match last.split_once('x') {
        Some((width, height)) => number(width).zip(number(height)).map(|(w, h)| (w, Some(h))),
        None => number(last).map(|width| (width, None)),
    };
    match size {
        Some(size) => (before, Some(size)),
        None => (shown, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_other_brackets() {
        for (source, is_link) in [
            ("[[oak]]", true),
            ("见[[橡树]]。", true),
            ("![[leaf.svg|300]]", true),
            ("[[#Bark]]", true),
            ("[[a b#c d|e]] (f g)", true),
            ("[[2026-01-02]]", true),
            ("[[a]][[b]]", true),
            ("[[1]](https://example.org)", false),
            ("[[1]](b \"title\")", false),
            ("[[1]][b]", false),
            ("x[[1]]", false),
            ("f(x)[[1]]", false),
            ("\\[[a]]", false),
            ("[[ -f a ]]", false),
            ("[[ a == b ]]", false),
            ("[[ ! a ]]", false),
            ("[[ a || b ]]", false),
            ("[[ oak|the oak ]]", true),
            ("[[ oak ]]", true),
            ("[[Why not?]]", true),
            ("[[Why not#Is it?]]", true),
            ("[[#Is \"it\" so?]]", true),
            ("[[a \"b\" c]]", true),
            ("[[a * b]]", true),
            ("[[*args]]", false),
            ("[[\"a\", \"b\"]]", false),
            ("_[[oak]]_", true),
            ("__[[oak]]__", true),
            ("*[[oak]]*", true),
            ("oak_[[1]]", false),
            ("oak__[[elm]]", false),
            ("\\_[[oak]]", true),
            ("\\\\[[oak]]", true),
            ("see![[leaf.svg]]", true),
            ("a_![[leaf.svg]]", true),
            ("a)![[leaf.svg]]", true),
            ("\\![[leaf.svg]]", false),
            ("vec![[0]]", false),
            ("[[$x]]", false),
            ("[[\"a\"]]", false),
            ("[[https://example.org a]]", false),
            ("[[1, 2]]", false),
            ("[[a], [b]]", false),
            ("[[a\nb]]", false),
            ("[[^1]]", false),
            ("[[TOC]]", false),
            ("[[_toc_]]", false),
            ("[[]]", false),
            ("[[...]]", false),
            ("[[RFC 1]]\n\n[rfc 1]: https://example.org", false),
        ] {
            let at = source.find("[[").unwrap();
            assert_eq!(
                Labels::new(source).link(at).is_some(),
                is_link,
                "{source:?}"
            );
        }
    }

    #[test]
    fn a_target_comes_in_pieces() {
        for (inside, page, heading, shown, title) in [
            ("oak", "oak", None, None, "oak"),
            ("oak|the oak", "oak", None, Some("the oak"), "oak"),
            ("oak\\|the oak", "oak", None, Some("the oak"), "oak"),
            ("oak\\", "oak", None, None, "oak"),
            ("oak#A#B", "oak", Some("B"), None, "oak > B"),
            ("#B", "", Some("B"), None, "B"),
            ("a/b#", "a/b", None, None, "a/b"),
        ] {
            let target = Target::of(inside);
            assert_eq!(
                (target.page, target.heading, target.shown),
                (page, heading, shown)
            );
            assert_eq!(target.title(), title);
        }
        for (shown, text, size) in [
            ("300", "", Some((300, None))),
            ("300x200", "", Some((300, Some(200)))),
            ("a leaf|300", "a leaf", Some((300, None))),
            ("a leaf\\|300", "a leaf", Some((300, None))),
            ("a leaf", "a leaf", None),
            ("0", "0", None),
        ] {
            assert_eq!(sized(shown), (text, size), "{shown}");
        }
    }
}
