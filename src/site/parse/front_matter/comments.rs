//! Values of a YAML head that end early, because ` #` begins a comment: `title: Learning C #2` is `Learning C`.
//!
//! Only fields that hold text are looked at: behind a date or a flag a comment is one.

use crate::site::parse::front_matter::head::{Format, Head};
use crate::site::parse::front_matter::keys::{self, Field};
use crate::site::parse::front_matter::line::{Line, lines};

/// Each such comment, by its byte in the file, with the key whose value it ends.
pub fn find<'h>(head: &Head<'h>) -> Vec<(usize, &'h str)> {
    let mut found = Vec::new();
    if head.format != Format::Yaml || !head.text.contains('#') {
        return found;
    }
    let mut key = None;
    let mut in_block = false;
    for Line { at, text, .. } in lines(head.text, 0) {
        let is_own = !text.starts_with([' ', '\t', '-', '#']) && !text.trim().is_empty();
        let value = match text.split_once(':') {
            Some((name, value)) if is_own => {
                let name = name.trim().trim_matches(['"', '\'']);
                key = Some(name).filter(|it| keys::field(it).is_some_and(holds_text));
                in_block = value.trim_start().starts_with(['|', '>']);
                value
            }
            _ => match text.trim_start().strip_prefix("- ") {
                Some(item) if !in_block => item,
                _ => continue,
            },
        };
        if let (Some(key), false, Some(behind)) = (key, in_block, comment(value)) {
            found.push((head.at + at + text.len() - behind.len(), key));
        }
    }
    found
}

/// Whether text that is cut off would be missed.
fn holds_text(field: Field) -> bool {
    matches!(
        field,
        Field::Title | Field::Description | Field::Summary | Field::Terms(_)
    )
}

/// The comment behind a plain value, or in its place, with its mark.
fn comment(value: &str) -> Option<&str> {
    let plain = value.trim_start();
    if plain.starts_with(['"', '\'', '[', '{', '&', '*', '!']) {
        return None;
    }
    if plain.starts_with('#') {
        return Some(plain);
    }
    let mut marks = plain.match_indices('#').map(|(at, _)| at);
    let at = marks.find(|at| plain[..*at].ends_with([' ', '\t']))?;
    Some(&plain[at..])
}

#[cfg(test)]
mod tests {
    use crate::site::parse::testing::read;

    #[test]
    fn text_behind_a_comment_mark_is_told() {
        for (head, wanted) in [
            ("title: Learning C #2", &[(2, 19)][..]),
            ("title: #1 in line", &[(2, 8)]),
            ("Title: a\t# b", &[(2, 10)]),
            ("description: 学 # 2", &[(2, 16)]),
            ("tags: c #", &[(2, 9)]),
            ("tags:\n  - c #\n  - d", &[(3, 7)]),
            ("tags:\n- c #1", &[(3, 5)]),
            ("title: \"C #2\"", &[]),
            ("title: 'a' # note", &[]),
            ("title: C#", &[]),
            ("title: a#b", &[]),
            ("draft: false # not yet", &[]),
            ("weight: 2 # low", &[]),
            ("date: 2026-01-01 # a day", &[]),
            ("# title: a", &[]),
            ("summary: |\n  a # b\n  - c # d\ntitle: x", &[]),
            ("tags: [a, b] # two", &[]),
            ("extra:\n  note: a # b", &[]),
        ] {
            let parsed = read(&format!("---\n{head}\n---\na\n"));
            let found = parsed.findings.iter();
            let found = found.filter(|it| it.code == "head-comment");
            let places: Vec<_> = found.map(|it| (it.line, it.column)).collect();
            assert_eq!(places, wanted, "{head}");
        }
        let parsed = read("+++\ntitle = \"a\" # b\n+++\n");
        assert!(parsed.findings.is_empty());
    }

    #[test]
    fn names_of_one_field_are_told() {
        for (head, wanted) in [
            ("title: x\nTitle: y", &["head-key-twice"][..]),
            ("Title: y\ntitle: x", &["head-key-twice"]),
            ("tags: [a]\ntag: b", &["head-key-twice"]),
            ("summary: a\nexcerpt: b", &["head-key-twice"]),
            ("title: x\nTitle: x", &[]),
            ("tags: [a]\ntag:", &[]),
            ("tags: [a]\ncategory: b", &[]),
            ("extra: {a: 1}\nparams: {b: 2}", &[]),
            ("date: 2020-01-01\ncreated: 2099-01-01", &[]),
            ("created: 2099-01-01\ndate: 2020-01-01", &[]),
            ("date: 2020-01-01\ncreated: 2019-05-01", &[]),
            ("date: 2020-01-01\ncreated: 2020-01-01 18:00", &[]),
            (
                "date: 2026-01-01T08:00:00[Nowhere/City]",
                &["head-wrong-type"],
            ),
        ] {
            let parsed = read(&format!("---\n{head}\n---\na\n"));
            let codes: Vec<&str> = parsed.findings.iter().map(|it| it.code).collect();
            assert_eq!(codes, wanted, "{head}");
        }
        let moment = |date: &str| {
            read(&format!("---\ndate: {date}\n---\n"))
                .document
                .front
                .date
        };
        assert_eq!(
            moment("2026-01-01T08:00:00[Asia/Shanghai]"),
            moment("2026-01-01T08:00:00+08:00")
        );
        assert_eq!(
            moment("2026-01-01 08:00 [Asia/Shanghai]"),
            moment("2026-01-01T00:00:00Z")
        );
    }
}
