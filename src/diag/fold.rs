//! Findings that have one cause, as one: what stands in a thousand pages is shown once.
//!
//! Entry point: [`fold`]. Two findings have one cause if nothing but their place differs. Of a kind with very many causes, such as
//! hundreds of dead links, those that stand in most places are shown and the others are only counted.

use crate::diag::{Code, Diagnostic, Severity};
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Kinds with so many causes or fewer show all of them.
const MAX_WARNINGS: usize = 6;
/// The same of errors, each of which may leave a page out.
const MAX_ERRORS: usize = 20;
/// A cause with so many places beside the first is shown once.
const FEWEST: usize = 2;
/// Causes that are shown of a kind with more.
const SHOWN: usize = 3;
/// Places that are named of those that are not shown.
const NAMED: usize = 3;

/// One cause, or what is left of a kind.
#[derive(Debug)]
pub struct Folded<'d> {
    /// The first of them, to be shown whole; `None` for the rest of a kind.
    pub first: Option<&'d Diagnostic>,
    /// The others, in their order.
    pub others: Vec<&'d Diagnostic>,
    /// The kind of all of them.
    pub code: Code,
}

/// Findings by cause, in the order in which causes are first met.
pub fn fold<'d>(findings: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<Folded<'d>> {
    let causes = causes(findings);
    let mut kinds: HashMap<(Severity, Code), Vec<usize>> = HashMap::new();
    for (at, cause) in causes.iter().enumerate() {
        let kind = (cause[0].severity, cause[0].code);
        kinds.entry(kind).or_default().push(at);
    }
    // By the last cause of a kind that is shown: those that are not.
    let mut hidden: HashMap<usize, Vec<usize>> = HashMap::new();
    for ((severity, _), own) in kinds {
        if let Some((last, rest)) = too_many(severity, own, &causes) {
            hidden.insert(last, rest);
        }
    }
    let is_hidden: BTreeSet<usize> = hidden.values().flatten().copied().collect();
    let mut folded = Vec::new();
    for (at, cause) in causes
        .iter()
        .enumerate()
        .filter(|it| !is_hidden.contains(&it.0))
    {
        folded.extend(shown(cause));
        if let Some(rest) = hidden.get(&at) {
            let mut others: Vec<&Diagnostic> =
                rest.iter().flat_map(|it| &causes[*it]).copied().collect();
            others.sort_by_key(|it| (&it.path, it.line, it.column));
            folded.push(Folded {
                first: None,
                others,
                code: cause[0].code,
            });
        }
    }
    folded
}

/// One cause: a few places are shown one by one.
fn shown<'d>(cause: &[&'d Diagnostic]) -> Vec<Folded<'d>> {
    let alone = |it: &&'d Diagnostic| Folded {
        first: Some(*it),
        others: Vec::new(),
        code: it.code,
    };
    match cause {
        [first, others @ ..] if others.len() >= FEWEST => vec![Folded {
            first: Some(first),
            others: others.to_vec(),
            code: first.code,
        }],
        few => few.iter().map(alone).collect(),
    }
}

/// Of a kind with too many causes: the last one that is shown, and those that are not.
fn too_many(
    severity: Severity,
    own: Vec<usize>,
    causes: &[Vec<&Diagnostic>],
) -> Option<(usize, Vec<usize>)> {
    let most = match severity {
        Severity::Error => MAX_ERRORS,
        Severity::Warning => MAX_WARNINGS,
    };
    if own.len() <= most {
        return None;
    }
    let mut by_size = own.clone();
    by_size.sort_by_key(|it| std::cmp::Reverse(causes[*it].len()));
    let shown: BTreeSet<usize> = by_size.into_iter().take(SHOWN).collect();
    let rest = own.into_iter().filter(|it| !shown.contains(it)).collect();
    Some((*shown.last()?, rest))
}

/// Those of `before` that are mended: `now` has not got them, and their file has no error that hides it.
pub fn mended(before: &[Diagnostic], now: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_error = |it: &&Diagnostic| it.severity == Severity::Error;
    let hidden: BTreeSet<&str> = now
        .iter()
        .filter(is_error)
        .map(|it| it.path.as_str())
        .collect();
    let mut gone = news(now, before);
    gone.retain(|it| it.severity == Severity::Error || !hidden.contains(it.path.as_str()));
    gone
}

/// Those of `now` that `before` has not, however far their lines have moved.
pub fn news(before: &[Diagnostic], now: &[Diagnostic]) -> Vec<Diagnostic> {
    let about = |it: &Diagnostic| (it.severity, it.code, it.path.clone(), it.message.clone());
    let mut known: HashMap<_, usize> = HashMap::new();
    for finding in before {
        *known.entry(about(finding)).or_default() += 1;
    }
    let is_new = |finding: &&Diagnostic| match known.get_mut(&about(finding)) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    };
    now.iter().filter(is_new).cloned().collect()
}

/// Findings that differ in their place alone, by the first of each.
fn causes<'d>(findings: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<Vec<&'d Diagnostic>> {
    let mut causes: Vec<Vec<&Diagnostic>> = Vec::new();
    let mut places: HashMap<(Severity, Code, &str, String), usize> = HashMap::new();
    for finding in findings {
        let (kind, message) = ((finding.severity, finding.code), finding.message.as_str());
        // Some advice names the file itself.
        let help = finding.help.replace(&finding.path, "");
        let cause = (kind.0, kind.1, message, help);
        let place = *places.entry(cause).or_insert_with(|| {
            causes.push(Vec::new());
            causes.len() - 1
        });
        causes[place].push(finding);
    }
    causes
}

impl Folded<'_> {
    /// One line for what is not shown: how many, in how many files, and the first places. `None` where there is none.
    pub fn rest(&self) -> Option<String> {
        let n = self.others.len();
        if n == 0 {
            return None;
        }
        let files: BTreeSet<&str> = self.others.iter().map(|it| it.path.as_str()).collect();
        let own = self.first.map_or("", |it| it.path.as_str());
        let is_own = files.len() == 1 && files.contains(own);
        let place = |it: &&Diagnostic| match (it.line, is_own) {
            (0, _) => it.path.clone(),
            (line, true) => format!("line {line}"),
            (line, false) => format!("{}:{line}", it.path),
        };
        let mut named: Vec<String> = Vec::new();
        for other in &self.others {
            let place = place(other);
            if named.last() != Some(&place) {
                named.push(place);
            }
            if named.len() > NAMED {
                break;
            }
        }
        let has_more = named.len() > NAMED || n > NAMED;
        named.truncate(NAMED);
        let of_kind = match self.first {
            Some(_) => String::new(),
            None => format!(" like these (`{}`)", self.code),
        };
        let within = match files.len() {
            _ if is_own => " in this file".to_owned(),
            n_files if n_files == n => String::new(),
            1 => " in 1 file".to_owned(),
            n_files => format!(" in {n_files} files"),
        };
        let dots = if has_more { ", ..." } else { "" };
        Some(format!(
            "and {n} more{of_kind}{within}: {}{dots}",
            named.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, path: &str, line: u32, message: &str) -> Diagnostic {
        Diagnostic::at_place(severity, "kind", path, (line, 1), message, "help")
    }

    /// What is shown: the message of each cause, and the line for the rest.
    fn shown(findings: &[Diagnostic]) -> Vec<String> {
        let folded = fold(findings);
        let lines = folded.iter().flat_map(|it| {
            let first = it.first.map(|it| it.message.clone());
            first.into_iter().chain(it.rest())
        });
        lines.collect()
    }

    #[test]
    fn one_cause_is_shown_once() {
        let warning = |path: &str, line| finding(Severity::Warning, path, line, "m");
        for (places, expected) in [
            (&[("a.md", 3)][..], &["m"][..]),
            (&[("a.md", 3), ("b.md", 4)], &["m", "m"]),
            (
                &[("a.md", 0), ("b.md", 0), ("c.md", 0)],
                &["m", "and 2 more: b.md, c.md"],
            ),
            (
                &[
                    ("a.md", 3),
                    ("b.md", 4),
                    ("c.md", 4),
                    ("d.md", 4),
                    ("e.md", 1),
                ],
                &["m", "and 4 more: b.md:4, c.md:4, d.md:4, ..."],
            ),
            (
                &[("a.md", 3), ("a.md", 7), ("a.md", 7), ("a.md", 9)],
                &["m", "and 3 more in this file: line 7, line 9"],
            ),
            (
                &[("a.md", 3), ("a.md", 7), ("b.md", 1)],
                &["m", "and 2 more: a.md:7, b.md:1"],
            ),
            (
                &[
                    ("a.md", 3),
                    ("b.md", 1),
                    ("b.md", 2),
                    ("c.md", 2),
                    ("c.md", 3),
                ],
                &["m", "and 4 more in 2 files: b.md:1, b.md:2, c.md:2, ..."],
            ),
        ] {
            let findings: Vec<_> = places.iter().map(|it| warning(it.0, it.1)).collect();
            assert_eq!(shown(&findings), expected, "{places:?}");
        }
    }

    #[test]
    fn news_is_what_was_not_there_before() {
        let warning = |line, message: &str| finding(Severity::Warning, "a.md", line, message);
        let before = [warning(1, "m"), warning(2, "m"), warning(3, "n")];
        let now = [warning(4, "m"), warning(5, "o")];
        let told =
            |it: &[Diagnostic]| -> Vec<String> { it.iter().map(|it| it.message.clone()).collect() };
        assert_eq!(told(&news(&before, &now)), ["o"]);
        assert_eq!(told(&news(&now, &before)), ["m", "n"]);
        assert_eq!(told(&mended(&before, &now)), ["m", "n"]);
        // What else is in a file with an error is not looked for.
        let hides = [finding(Severity::Error, "a.md", 9, "e")];
        assert_eq!(mended(&before, &hides), []);
        assert_eq!(told(&mended(&hides, &before)), ["e"]);
        assert_eq!(news(&before, &before), []);
    }

    #[test]
    fn a_kind_with_many_causes_shows_the_most_frequent() {
        let warning = |at: usize| finding(Severity::Warning, "a.md", at as u32, &format!("m{at}"));
        let few: Vec<_> = (1..=MAX_WARNINGS).map(warning).collect();
        assert_eq!(shown(&few).len(), few.len());
        let mut many: Vec<_> = (1..=9).map(warning).collect();
        many.push(finding(Severity::Warning, "b.md", 1, "m8"));
        let expected = [
            "m1",
            "m2",
            "m8",
            "m8",
            "and 6 more like these (`kind`) in 1 file: a.md:3, a.md:4, a.md:5, ...",
        ];
        assert_eq!(shown(&many), expected);
        let errors = many.into_iter().map(|it| Diagnostic {
            severity: Severity::Error,
            ..it
        });
        assert_eq!(shown(&errors.collect::<Vec<_>>()).len(), 10);
        let about_itself = |path: &str| Diagnostic {
            help: format!("list `{path}`"),
            ..finding(Severity::Error, path, 0, "m")
        };
        let named = ["a.txt", "b.txt", "c.txt"].map(about_itself);
        assert_eq!(shown(&named), ["m", "and 2 more: b.txt, c.txt"]);
    }
}
