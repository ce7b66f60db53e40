//! Where the head of a file is, and whether there is one.
//!
//! [`find`] has three answers: no head, a head, or a doubt. Spaces, invisible characters and comments before a head are
//! passed over. Text that looks meant as a head and cannot be read as one, and a line that would decide something in
//! one, are doubts: such a file must not be published as if it said nothing. `---` at the top may also be a rule, and
//! prose below it is no head.

use crate::ids::TierId;
use crate::site::parse::conflict;
use crate::site::parse::front_matter::deciding::{self, Place};
use crate::site::parse::front_matter::line::{
    Entry, Fence, Line, entries, entry, fence, is_unseen, lines, seen,
};
use crate::site::parse::front_matter::node::{self, Node, Step};
use crate::site::parse::front_matter::{dressed, keys, outside};

/// How a head is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Between `---`, closed by `---` or `...`.
    Yaml,
    /// Between `+++`.
    Toml,
    /// An object.
    Json,
}

/// A head that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// How it is written.
    pub format: Format,
    /// Between its fences; of JSON with its braces.
    pub text: &'a str,
    /// Byte of `text` in the file.
    pub at: usize,
    /// Byte of the file at which the body begins.
    pub body_at: usize,
}

/// What became of the search for a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The file has none.
    None,
    /// It has one.
    Head(Head<'a>),
    /// It cannot be told; with the byte of the file that shows it.
    Doubt(usize, Doubt),
}

/// Why it cannot be told what the head of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It never ends; with the fence that is missing.
    NotClosed(&'static str),
    /// It looks like a head, and is not read as one.
    Damaged,
    /// This key stands where it decides nothing.
    Outside(String),
    /// A comment that says something itself stands in front of it.
    BehindComment,
    /// The whole page stands in a block of code.
    InBlock,
    /// Org's syntax.
    Org,
    /// Two versions that have not been merged.
    Conflict,
}

/// Looks for the head of a file. `tiers` are those of the site.
pub fn find<'a>(file: &'a str, tiers: &[TierId]) -> Found<'a> {
    let (at, comments) = skip(file);
    let Some(first) = lines(file, at).next() else {
        return Found::None;
    };
    // Of one line it may be a marker of the body, which is asked there.
    let telling = comments.iter().find(|(_, it)| {
        let is_long = it.contains(['\n', '\r']) || seen(it).starts_with('{');
        is_long && outside::decides_in(it, tiers)
    });
    let found = match (telling, fence(first.text)) {
        (Some((at, _)), _) => return Found::Doubt(*at, Doubt::BehindComment),
        // A comment that never ends hides a head from its reader too.
        _ if first.text.starts_with("<!--") && outside::holds_head(file, first.next, tiers) => {
            return Found::Doubt(at, Doubt::BehindComment);
        }
        _ if conflict::is_mark(first.text) => return Found::Doubt(at, Doubt::Conflict),
        (_, Some(Fence::Yaml)) => yaml(file, first, tiers),
        (_, Some(Fence::Toml)) => match fenced(file, first.next, Format::Toml) {
            Some(head) => Found::Head(head),
            None => Found::Doubt(at, Doubt::NotClosed("+++")),
        },
        (_, Some(Fence::Damaged(rest))) => damaged(file, first, rest, tiers),
        _ => unfenced(file, first, tiers),
    };
    match found {
        Found::Head(head) => confirmed(file, head, &comments, tiers),
        Found::None => headless(file, at, tiers),
        doubt => doubt,
    }
}

/// A file in which no head was found, unless something at its top was meant as one.
fn headless<'a>(file: &str, at: usize, tiers: &[TierId]) -> Found<'a> {
    if let Some((at, key)) = outside::find(file, at, Place::Top, tiers) {
        return Found::Doubt(at, Doubt::Outside(key));
    }
    if let Some(at) = dressed::in_comment(file, 0, tiers) {
        return Found::Doubt(at, Doubt::BehindComment);
    }
    if let Some(at) = dressed::in_block(file, at, false, tiers) {
        return Found::Doubt(at, Doubt::InBlock);
    }
    match dressed::find(file, at, tiers) {
        Some(at) => Found::Doubt(at, Doubt::Damaged),
        None => Found::None,
    }
}

/// Byte behind everything in front of a head that is passed over, and the comments among it with their places.
fn skip(file: &str) -> (usize, Vec<(usize, &str)>) {
    let mut at = 0;
    let mut comments = Vec::new();
    loop {
        let rest = file[at..].trim_start_matches(is_unseen);
        at = file.len() - rest.len();
        let Some(inside) = rest.strip_prefix("<!--") else {
            return (at, comments);
        };
        let Some((comment, _)) = inside.split_once("-->") else {
            return (at, comments);
        };
        comments.push((at, comment));
        at += comment.len() + "<!---->".len();
    }
}

/// A head that was found, unless something around it leaves a doubt.
fn confirmed<'a>(
    file: &'a str,
    head: Head<'a>,
    comments: &[(usize, &str)],
    tiers: &[TierId],
) -> Found<'a> {
    if let Some(at) = conflict::first(&file[..head.body_at]) {
        return Found::Doubt(at, Doubt::Conflict);
    }
    // What is passed over is not in the body, where a marker would count.
    let says = |it: &str| may_be_marker(it, tiers) || outside::decides_in(it, tiers);
    if let Some((at, _)) = comments.iter().find(|(_, it)| says(it)) {
        return Found::Doubt(*at, Doubt::BehindComment);
    }
    if let Some((at, key)) = outside::find(file, head.body_at, Place::BehindHead, tiers) {
        return Found::Doubt(at, Doubt::Outside(key));
    }
    if let Some(at) = dressed::in_comment(file, head.body_at, tiers) {
        return Found::Doubt(at, Doubt::BehindComment);
    }
    match dressed::in_block(file, head.body_at, true, tiers) {
        Some(at) => Found::Doubt(at, Doubt::InBlock),
        None => Found::Head(head),
    }
}

/// Whether a comment may be meant as a marker: a word or two about who may read, or where a teaser ends.
fn may_be_marker(comment: &str, tiers: &[TierId]) -> bool {
    let words = comment.split(|c: char| is_unseen(c) || matches!(c, '/' | '-' | '_' | '：'));
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    let is_word = |it: &&str| it.eq_ignore_ascii_case("more") || deciding::is_audience(it, tiers);
    words.len() <= 3 && words.iter().any(is_word)
}

/// The head from byte `at` to its closing fence.
fn fenced(file: &str, at: usize, format: Format) -> Option<Head<'_>> {
    let closing = lines(file, at).find(|line| {
        let text = line.text.trim_end_matches(is_unseen);
        let text = text.trim_start_matches(crate::spelling::is_invisible);
        match format {
            Format::Yaml => matches!(text, "---" | "..."),
            _ => text == "+++",
        }
    })?;
    Some(Head {
        format,
        text: &file[at..closing.at],
        at,
        body_at: closing.next,
    })
}

/// What `---` at the top begins: a head, or a rule.
fn yaml<'a>(file: &'a str, first: Line<'a>, tiers: &[TierId]) -> Found<'a> {
    let Some(head) = fenced(file, first.next, Format::Yaml) else {
        return match outside::resembles_head(file, first.next, tiers) {
            true => Found::Doubt(first.at, Doubt::NotClosed("---")),
            false => Found::None,
        };
    };
    // Behind a blank line, a heading is a comment to YAML and prose with a colon a key.
    let is_apart = !head.text.is_empty() && seen(first_line(head.text)).is_empty();
    match node::yaml(head.text) {
        Ok(Node::Map(entries)) => {
            let is_known = |(key, value): &&(String, Node)| {
                keys::field(key).is_some()
                    || deciding::meant(key, &deciding::words(value), tiers).is_some()
            };
            let known: Vec<_> = entries.iter().filter(is_known).collect();
            let is_key = |(key, _): &(String, Node)| !key.starts_with(char::is_uppercase);
            let is_meant = known.len() > 1 || known.iter().any(|it| is_key(it));
            match !is_apart || entries.is_empty() || is_meant {
                true => Found::Head(head),
                false => Found::None,
            }
        }
        // A head with a fault is a head: its first line shows what it wanted to be.
        Err(_) if !is_apart && begins_with_entry(head.text) => Found::Head(head),
        Err(_) if is_apart && outside::resembles_head(file, first.next, tiers) => Found::Head(head),
        _ if conflict::is_mark(first_line(head.text)) => Found::Doubt(head.at, Doubt::Conflict),
        _ => match outside::in_region(file, head.at..head.at + head.text.len(), tiers) {
            Some(at) => Found::Doubt(at, Doubt::Damaged),
            None => Found::None,
        },
    }
}

fn first_line(text: &str) -> &str {
    lines(text, 0).next().map_or("", |it| it.text)
}

fn begins_with_entry(text: &str) -> bool {
    let mut lines = lines(text, 0).map(|it| seen(it.text));
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(is_entry)
}

/// Whether a line is a key and its value as YAML has them.
fn is_entry(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else {
        return false;
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !key.is_empty()
        && key.bytes().all(is_word)
        && (rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// What begins with nearly a fence; `rest` follows it on its line.
fn damaged<'a>(file: &'a str, first: Line<'a>, rest: &str, tiers: &[TierId]) -> Found<'a> {
    let is_entry = entry(rest).is_some_and(|it| keys::is_usual(it.key));
    match is_entry || outside::resembles_head(file, first.next, tiers) {
        true => Found::Doubt(first.at, Doubt::Damaged),
        false => Found::None,
    }
}

/// What begins without a fence: JSON, Org's keywords, or a head as Hexo takes it.
fn unfenced<'a>(file: &'a str, first: Line<'a>, tiers: &[TierId]) -> Found<'a> {
    if first.text.starts_with('{') {
        return json(file, first.at, tiers);
    }
    let is_org = first.text.starts_with("#+") && entry(first.text).is_some();
    match is_org {
        true => Found::Doubt(first.at, Doubt::Org),
        false => bare(file, first).map_or(Found::None, Found::Head),
    }
}

/// A head without its opening fence, as Hexo takes it: only where the first line is the title.
fn bare<'a>(file: &'a str, first: Line<'a>) -> Option<Head<'a>> {
    let (key, _) = first
        .text
        .split_once(':')
        .filter(|_| is_entry(first.text))?;
    let known = keys::field(key)?;
    let head = fenced(file, first.at, Format::Yaml)?;
    let is_map = matches!(node::yaml(head.text), Ok(Node::Map(_)));
    // `Date: today` above `---` is a heading in Markdown; a title at the top is not prose.
    (is_map && known.opens_bare_head()).then_some(head)
}

/// What `{` at the top begins: an object, or text.
fn json<'a>(file: &'a str, at: usize, tiers: &[TierId]) -> Found<'a> {
    let inside = file[at + 1..].trim_start_matches(is_unseen);
    let end = object_end(&file[at..]).map(|it| at + it);
    if !inside.starts_with(['"', '}']) {
        let known = |(key, value): &(String, Node)| {
            keys::field(key).is_some()
                || deciding::meant(key, &deciding::words(value), tiers).is_some()
        };
        let is_head = end.is_some_and(|end| {
            let object = &file[at..end];
            let is_known = |it: Entry<'_>| {
                keys::is_usual(it.key)
                    || deciding::meant(it.key, &deciding::words_in(it.value), tiers).is_some()
            };
            let is_template = object.starts_with("{{") || object.starts_with("{%");
            matches!(node::yaml(object), Ok(Node::Map(entries)) if entries.iter().any(known))
                || !is_template && lines(object, 0).any(|it| entries(it.text).any(is_known))
        });
        return match is_head {
            true => Found::Doubt(at, Doubt::Damaged),
            false => Found::None,
        };
    }
    let Some(end) = end else {
        return Found::Doubt(at, Doubt::NotClosed("}"));
    };
    let last = lines(file, end).next();
    match last.map(|it| (seen(it.text).is_empty(), it.next)) {
        Some((false, _)) if inside.starts_with('}') => Found::None,
        Some((false, _)) => Found::Doubt(at, Doubt::Damaged),
        last => Found::Head(Head {
            format: Format::Json,
            text: &file[at..end],
            at,
            body_at: last.map_or(end, |it| it.1),
        }),
    }
}

/// Byte behind the brace that closes the object at the beginning of a text.
fn object_end(text: &str) -> Option<usize> {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'{' if !is_quoted => depth += 1,
            b'}' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

impl Head<'_> {
    /// Byte in the file of the value that a path leads to.
    pub fn place(&self, path: &[Step]) -> usize {
        let at = match self.format {
            Format::Yaml | Format::Json => node::yaml_at(self.text, path),
            Format::Toml => node::toml_at(self.text, path),
        };
        self.at + at.min(self.text.len())
    }

    /// The tree that was made of it, with numbers and flags as they are written.
    pub fn written(&self, tree: &Node) -> Node {
        let written = match self.format {
            Format::Yaml | Format::Json => node::yaml_as_written(self.text, tree),
            Format::Toml => node::toml_as_written(self.text),
        };
        written.unwrap_or_else(|| tree.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the head and the body, or the doubt and the line that shows it.
    fn check(file: &str, wanted: Result<Option<(&str, &str)>, (Doubt, u32)>) {
        let found = match find(file, &[]) {
            Found::None => Ok(None),
            Found::Head(head) => Ok(Some((head.text, &file[head.body_at..]))),
            Found::Doubt(at, doubt) => {
                let line = crate::diag::SourceFile::new("a.md", file).line_of(at);
                Err((doubt, line))
            }
        };
        assert_eq!(found, wanted, "{file:?}");
    }

    #[test]
    fn a_head_is_found_where_one_is() {
        for (file, text, body) in [
            ("---\ntitle: x\n---\nbody", "title: x\n", "body"),
            ("---\r\ntitle: x\r\n---\r\nbody", "title: x\r\n", "body"),
            ("---\rtitle: x\r---\rbody", "title: x\r", "body"),
            ("---\ntitle: x\n...\nbody", "title: x\n", "body"),
            ("---\n---\nbody", "", "body"),
            ("---\n---", "", ""),
            ("+++\ntitle = 'x'\n+++\nbody", "title = 'x'\n", "body"),
            (
                "{\n\"title\": \"}\"\n}\nbody",
                "{\n\"title\": \"}\"\n}",
                "body",
            ),
            ("title: x\n---\nbody", "title: x\n", "body"),
            ("---\ntitle: [x\n---\nbody", "title: [x\n", "body"),
            ("\n\n---\ntitle: x\n---\nbody", "title: x\n", "body"),
            (" ---\ntitle: x\n---\nbody", "title: x\n", "body"),
            (
                "\u{feff}\u{feff}\n---\ntitle: x\n---\nbody",
                "title: x\n",
                "body",
            ),
            (
                "\u{200b}---\ntitle: x\n---\u{200b}\nbody",
                "title: x\n",
                "body",
            ),
            ("\u{a0}---\ntitle: x\n--- \nbody", "title: x\n", "body"),
            (
                "<!-- prettier-ignore -->\n---\ntitle: x\n---\nbody",
                "title: x\n",
                "body",
            ),
            (
                "---\n\nacces: paid\n\n---\nbody",
                "\nacces: paid\n\n",
                "body",
            ),
            (
                "---\nlayout: post\n---\nUpdated: 2026-01-01\n",
                "layout: post\n",
                "Updated: 2026-01-01\n",
            ),
            (
                "---\ntitle: x\n---\n```yaml\naccess: paid\n```\n",
                "title: x\n",
                "```yaml\naccess: paid\n```\n",
            ),
        ] {
            check(file, Ok(Some((text, body))));
        }
    }

    #[test]
    fn objects_that_are_no_json_are_doubts() {
        for file in [
            "{title:'T',access:'paid'}\nbody",
            "{title:'T',draft:true}\nbody",
            "{“title”:“T”,“access”:“paid”}\nbody",
            "{\n  “title”: “T”,\n  “access”: “paid”\n}\nbody",
        ] {
            check(file, Err((Doubt::Damaged, 1)));
        }
    }

    #[test]
    fn prose_has_no_head() {
        for file in [
            "",
            "# heading\n",
            "---\n\nprose between rules\n\n---\n",
            "---\nprose: to the end",
            "---\nHello, world\n---\n",
            "---\n\nDate: today\n\nwords\n",
            "***\n\nwords\n",
            "--\nMei\n",
            "Note: prose\n---\n",
            "Date: today\n\nwords",
            "Date: today\n---\n",
            "Access: by bus, line 7\n\nwords",
            "| key | value |\n|---|---|\n| access | paid |\n",
            "<!-- words -->\n\nwords\n",
            "{{< figure >}}\n",
            "{: .class}\nwords\n",
            "{% raw %}\n",
            "# How to gate\n\nWords.\n\n```yaml\n---\naccess: paid\n---\n```\n",
            "words\n\naccess: paid\n",
            "---\n\nDate: today\n\nWords.\n\n```yaml\n---\naccess: paid\n---\n```\n",
            "---\nThose who have\naccess to it\n---\n",
        ] {
            check(file, Ok(None));
        }
    }

    #[test]
    fn what_looks_meant_as_a_head_is_a_doubt() {
        let outside = |key: &str| Doubt::Outside(key.into());
        for (file, doubt, line) in [
            (
                "---\ntitle: x\naccess: paid\n\nwords\n",
                Doubt::NotClosed("---"),
                1,
            ),
            ("---\ntitle: x\n\nwords\n", Doubt::NotClosed("---"), 1),
            ("---\nlayout: post\n\nwords\n", Doubt::NotClosed("---"), 1),
            ("+++\ntitle = 'x'\n\nwords\n", Doubt::NotClosed("+++"), 1),
            ("{\"title\": \"x\",\n\nwords\n", Doubt::NotClosed("}"), 1),
            ("{\"title\": \"x\"} words\n", Doubt::Damaged, 1),
            ("{access: paid}\nwords\n", Doubt::Damaged, 1),
            ("--\ntitle: x\naccess: paid\n--\nwords\n", Doubt::Damaged, 1),
            ("----\ntitle: x\n----\nwords\n", Doubt::Damaged, 1),
            ("—\ntitle: x\n—\nwords\n", Doubt::Damaged, 1),
            ("---yaml\ntitle: x\n---\nwords\n", Doubt::Damaged, 1),
            (
                "--- title: x\naccess: paid\n---\nwords\n",
                Doubt::Damaged,
                1,
            ),
            (";;;\n\"title\": \"x\",\n;;;\nwords\n", Doubt::Damaged, 1),
            (
                "---\ntitle：x\naccess：paid\n---\nwords\n",
                Doubt::Damaged,
                2,
            ),
            ("---\naccess:paid\n---\nwords\n", Doubt::Damaged, 2),
            (
                "---\ntitle = x\naccess = paid\n---\nwords\n",
                Doubt::Damaged,
                2,
            ),
            (
                "---\n- title: x\n- access: paid\n---\nwords\n",
                Doubt::Damaged,
                3,
            ),
            ("---\n@x\naccess: paid\n---\nwords\n", Doubt::Damaged, 3),
            ("access: paid\ntitle: x\n---\nwords\n", outside("access"), 1),
            ("access: paid\n\nwords\n", outside("access"), 1),
            ("权限：会员\n\nwords\n", outside("权限"), 1),
            (
                "```yaml\ntitle: x\naccess: paid\n```\nwords\n",
                outside("access"),
                3,
            ),
            (
                "---\ntitle: x\n---\naccess: paid\n---\nwords\n",
                outside("access"),
                4,
            ),
            (
                "---\ntitle: x\n---\n\n---\ndraft: true\n---\nwords\n",
                outside("draft"),
                6,
            ),
            (
                "# x\n\n---\naccess: paid\n---\nwords\n",
                outside("access"),
                4,
            ),
            (
                "<!--\ntitle: x\naccess: paid\n-->\nwords\n",
                Doubt::BehindComment,
                1,
            ),
            (
                "<!-- members -->\n---\ntitle: x\n---\nwords\n",
                Doubt::BehindComment,
                1,
            ),
            ("#+TITLE: x\n\nwords\n", Doubt::Org, 1),
            ("<<<<<<< HEAD\n---\ntitle: x\n", Doubt::Conflict, 1),
            (
                "---\n<<<<<<< HEAD\ntitle: x\n=======\ntitle: y\n>>>>>>> a\n---\n",
                Doubt::Conflict,
                2,
            ),
        ] {
            check(file, Err((doubt, line)));
        }
    }
}
