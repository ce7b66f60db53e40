//! Shortcodes, containers and admonitions of other tools in a body. They are shown as text, so each is a finding.
//!
//! Entry point: [`report`]. A body without their marks costs a search for a brace and a look at where lines begin; one
//! with them is looked through by its events, for in code the marks mean nothing. A plain `{{ x }}` is left alone:
//! prose about templates is full of it.

use crate::diag::Diagnostic;
use crate::markdown::events::Body;
use crate::site::parse::findings::Findings;
use crate::site::parse::paywall::line_length;
use pulldown_cmark::{Event, Tag};
use std::ops::Range;

/// Findings of this kind in one page; more are counted.
const MOST: usize = 5;

/// Longest shortcode that is looked at, in bytes.
const LONGEST: usize = 2000;

/// How shortcodes begin; the longer of two that begin alike comes first.
const OPENERS: [(&str, Form); 4] = [
    ("{{<", Form::Hugo('<')),
    ("{{%", Form::Hugo('%')),
    ("{{", Form::Call),
    ("{%", Form::Tag),
];

/// How they end, in the order of the openers; then what ends text that is shown as it stands.
const CLOSERS: [&str; 5] = [">}}", "%}}", "}}", "%}", "endraw"];
const RAW_END: usize = 4;

/// Elements whose inside is no text of the page.
const SILENT: [&str; 5] = ["pre", "code", "script", "style", "textarea"];

/// Reports what other tools would have replaced. `body_at` is the byte of the file at which the body begins.
pub fn report(body: &Body<'_>, body_at: usize, findings: &mut Findings<'_>) {
    let text = &findings.file().text;
    if !has_braces(&text[body_at..]) && !body.events.iter().any(|(event, _)| is_marked(event)) {
        return;
    }
    let mut scan = Scan::new(text);
    let mut at = 0;
    while let Some((event, bytes)) = body.events.get(at) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                at = body.span(at).end;
                continue;
            }
            Event::Start(Tag::HtmlBlock) => {
                scan.html(bytes.clone());
                at = body.span(at).end;
                continue;
            }
            Event::InlineHtml(_) => scan.html(bytes.clone()),
            Event::Text(_) => scan.text(bytes.clone()),
            _ => {}
        }
        at += 1;
    }
    let file = findings.file();
    let (found, more) = scan.found.split_at(scan.found.len().min(MOST));
    for it in found {
        let found = match it.form {
            Form::Admonition(_) | Form::Tab => Diagnostic::foreign_block,
            _ => Diagnostic::foreign_syntax,
        };
        findings.push(|| found(file, it.at..it.at, &it.shown(), it.help()));
    }
    if let Some(next) = more.first() {
        findings.push(|| Diagnostic::more_foreign_syntax(file, next.at..next.at, more.len()));
    }
}

fn has_braces(text: &str) -> bool {
    let mut braces = text.match_indices('{');
    braces.any(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%')))
}

/// Whether text begins as a container or an admonition does, or may hold another tool's mark.
fn is_marked(event: &Event<'_>) -> bool {
    let Event::Text(text) = event else {
        return false;
    };
    let begins = [":::", "!!!", "???", "===", "[", "{:"];
    begins.iter().any(|it| text.starts_with(it)) || emoji(text).is_some()
}

/// Names of pictures that GitHub and chat programs replace, with what they stand for; the commonest.
const EMOJI: [(&str, &str); 48] = [
    ("tada", "🎉"),
    ("smile", "😄"),
    ("rocket", "🚀"),
    ("warning", "⚠️"),
    ("bulb", "💡"),
    ("fire", "🔥"),
    ("heart", "❤️"),
    ("+1", "👍"),
    ("thumbsup", "👍"),
    ("-1", "👎"),
    ("star", "⭐"),
    ("sparkles", "✨"),
    ("bug", "🐛"),
    ("memo", "📝"),
    ("construction", "🚧"),
    ("white_check_mark", "✅"),
    ("x", "❌"),
    ("heavy_check_mark", "✔️"),
    ("point_right", "👉"),
    ("eyes", "👀"),
    ("wave", "👋"),
    ("joy", "😂"),
    ("grin", "😁"),
    ("sob", "😭"),
    ("thinking", "🤔"),
    ("clap", "👏"),
    ("pray", "🙏"),
    ("100", "💯"),
    ("ok_hand", "👌"),
    ("muscle", "💪"),
    ("zap", "⚡"),
    ("boom", "💥"),
    ("gift", "🎁"),
    ("books", "📚"),
    ("book", "📖"),
    ("link", "🔗"),
    ("lock", "🔒"),
    ("key", "🔑"),
    ("mag", "🔍"),
    ("calendar", "📅"),
    ("information_source", "ℹ️"),
    ("question", "❓"),
    ("exclamation", "❗"),
    ("arrow_right", "➡️"),
    ("laughing", "😆"),
    ("wink", "😉"),
    ("blush", "😊"),
    ("sunglasses", "😎"),
];

/// The first of [`EMOJI`] between colons in a text, and its byte.
fn emoji(text: &str) -> Option<(usize, &'static str)> {
    let mut colons = memchr::memchr_iter(b':', text.as_bytes());
    colons.find_map(|at| {
        let is_word = |c: char| c.is_alphanumeric() || c == ':';
        if text[..at].chars().next_back().is_some_and(is_word) {
            return None;
        }
        let (name, _) = text[at + 1..].split_once(':')?;
        let (name, _) = EMOJI.iter().find(|(it, _)| *it == name)?;
        Some((at, *name))
    })
}

/// How a tool marks what it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `{{< x >}}` and `{{% x %}}`.
    Hugo(char),
    /// `{{ x(a="b") }}`.
    Call,
    /// `{% x %}`.
    Tag,
    /// `:::x`.
    Container,
    /// `!!! x` and `??? x`.
    Admonition(char),
    /// `=== "x"`.
    Tab,
    /// `[[toc]]` and the like, alone in a line.
    Contents,
    /// `{: .x}`, alone in a line.
    Attributes,
    /// `:x:`.
    Emoji,
}

/// One thing that another tool would have replaced.
struct Foreign<'t> {
    at: usize,
    form: Form,
    name: &'t str,
}

impl Foreign<'_> {
    fn shown(&self) -> String {
        let name = self.name;
        match self.form {
            Form::Hugo('<') => format!("{{{{< {name} >}}}}"),
            Form::Hugo(_) => format!("{{{{% {name} %}}}}"),
            Form::Call => format!("{{{{ {name}() }}}}"),
            Form::Tag => format!("{{% {name} %}}"),
            Form::Container => format!(":::{name}"),
            Form::Admonition(mark) => format!("{mark}{mark}{mark} {name}"),
            Form::Tab => format!("=== {name}"),
            Form::Contents | Form::Attributes => name.into(),
            Form::Emoji => format!(":{name}:"),
        }
    }

    /// Our way of writing what the name promises.
    fn help(&self) -> &'static str {
        match self.form {
            Form::Tab => {
                return "write a heading above each, or `<details><summary>its name</summary>`";
            }
            Form::Contents => {
                return "take it out: the theme shows the contents, and `toc: true` in the head insists";
            }
            Form::Attributes => {
                return "put attributes of a heading behind its words, `## Words {#anchor}`; take others out";
            }
            Form::Emoji => return "write the character itself",
            _ => {}
        }
        match self.name.to_ascii_lowercase().as_str() {
            "tip" | "hint" | "success" => "write an alert: a quote whose first line is `> [!TIP]`",
            "important" => "write an alert: a quote whose first line is `> [!IMPORTANT]`",
            "warning" | "attention" => "write an alert: a quote whose first line is `> [!WARNING]`",
            "danger" | "caution" | "error" | "failure" | "bug" => {
                "write an alert: a quote whose first line is `> [!CAUTION]`"
            }
            "note" | "info" | "alert" | "notice" | "callout" | "admonition" | "abstract"
            | "example" | "question" => "write an alert: a quote whose first line is `> [!NOTE]`",
            "details" | "collapse" | "spoiler" | "expand" => {
                "write `<details><summary>its heading</summary>`, the text between blank lines, and `</details>`"
            }
            "figure" | "img" | "image" | "asset_img" => {
                "write a picture: `![what it shows](picture.png \"its caption\")`"
            }
            "ref" | "relref" | "link" | "post_link" | "post_url" | "asset_link" | "asset_path"
            | "pageref" => "link to the file: `[text](other.md)`",
            "highlight" | "code" | "codeblock" | "include_code" | "prism" => {
                "write the code between two lines of three backticks"
            }
            "raw" | "verbatim" => "take it out: nothing in a page is a template",
            _ => match self.form {
                Form::Container | Form::Admonition(_) => {
                    "write an alert, a quote whose first line is `> [!NOTE]`, or plain Markdown or HTML"
                }
                _ => "write what it stood for as Markdown or as HTML",
            },
        }
    }
}

/// How other tools ask for a table of contents.
const CONTENTS: [&str; 3] = ["[toc]", "[[toc]]", "[[_toc_]]"];

/// Goes through a file once, from place to place.
struct Scan<'t> {
    text: &'t str,
    /// Everything before it was looked at.
    seen: usize,
    /// The element that raw HTML has left open and in which nothing counts.
    silent: Option<&'static str>,
    closers: [Closer; CLOSERS.len()],
    found: Vec<Foreign<'t>>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        Scan {
            text,
            seen: 0,
            silent: None,
            closers: CLOSERS.map(Closer::new),
            found: Vec::new(),
        }
    }

    /// Running text.
    fn text(&mut self, bytes: Range<usize>) {
        if self.silent.is_some() || bytes.start < self.seen {
            return;
        }
        self.line(bytes.start);
        let mut at = bytes.start;
        while let Some((found, name)) = emoji(&self.text[at..bytes.end]) {
            self.found.push(Foreign {
                at: at + found,
                form: Form::Emoji,
                name,
            });
            at += found + name.len() + 2;
        }
        self.braces(bytes);
    }

    /// Raw HTML: comments and the insides of code and scripts do not count.
    fn html(&mut self, bytes: Range<usize>) {
        let mut at = bytes.start;
        while at < bytes.end {
            let rest = &self.text[at..bytes.end];
            if let Some(name) = self.silent {
                let Some(end) = find_closing(rest, name) else {
                    return;
                };
                at += end;
                self.silent = None;
                continue;
            }
            if rest.starts_with("<!--") {
                at += rest.find("-->").map_or(rest.len(), |end| end + 3);
                continue;
            }
            let tag = rest.strip_prefix('<');
            self.silent = tag.and_then(|tag| SILENT.into_iter().find(|it| begins_with(tag, it)));
            let step = rest[1..].find('<').map_or(rest.len(), |next| next + 1);
            if self.silent.is_none() {
                self.braces(at..at + step);
            }
            at += step;
        }
    }

    /// A container or an admonition: the first thing in its line.
    fn line(&mut self, at: usize) {
        if !begins_line(&self.text[..at]) {
            return;
        }
        let rest = &self.text[at..];
        let line = rest[..line_length(rest)].trim_end();
        let form = match line.as_bytes() {
            [b'=', b'=', b'=', b' ', b'"', .., b'"'] if is_indented_below(rest) => Some(Form::Tab),
            [b'{', b':', .., b'}'] if line.eq_ignore_ascii_case("{:toc}") => Some(Form::Contents),
            [b'{', b':', .., b'}'] => Some(Form::Attributes),
            [b'[', ..] => CONTENTS
                .iter()
                .any(|it| line.eq_ignore_ascii_case(it))
                .then_some(Form::Contents),
            _ => None,
        };
        if let Some(form) = form {
            let name = line.trim_start_matches(['=', ' ']);
            self.found.push(Foreign { at, form, name });
            return;
        }
        let Some(mark) = rest.chars().next().filter(|c| matches!(c, ':' | '!' | '?')) else {
            return;
        };
        let behind = rest.trim_start_matches(mark);
        let n_marks = rest.len() - behind.len();
        let line = behind.lines().next().unwrap_or_default();
        if n_marks < 3 {
            return;
        }
        let form = if mark == ':' {
            Form::Container
        } else {
            Form::Admonition(mark)
        };
        let name = match form {
            Form::Container => container(line),
            _ => admonition(line).filter(|_| n_marks == 3 && is_indented_below(behind)),
        };
        self.found
            .extend(name.map(|name| Foreign { at, form, name }));
    }

    fn braces(&mut self, bytes: Range<usize>) {
        let mut at = bytes.start.max(self.seen);
        while let Some(open) = self.text.get(at..bytes.end).and_then(|it| it.find('{')) {
            let open = at + open;
            at = open + 1;
            let Some((form, name, end)) = self.shortcode(open) else {
                continue;
            };
            at = end;
            // What closes or goes on belongs to what was found before.
            let goes_on = matches!(name, "else" | "elif" | "elsif" | "elseif" | "when");
            if goes_on || name.starts_with("end") || name.starts_with('/') {
                continue;
            }
            if form == Form::Tag && name == "raw" {
                at = self.closers[RAW_END].next(self.text, end).unwrap_or(end);
            }
            self.found.push(Foreign {
                at: open,
                form,
                name,
            });
        }
        self.seen = at.max(self.seen);
    }

    /// The shortcode that begins with the brace at `open`: its form, its name, with `/` where it closes, and its end.
    fn shortcode(&mut self, open: usize) -> Option<(Form, &'t str, usize)> {
        let text = self.text;
        let rest = &text[open..];
        let mut openers = OPENERS.iter().zip(0..);
        let (form, behind, closer) = openers.find_map(|((opener, form), closer)| {
            Some((*form, rest.strip_prefix(*opener)?, closer))
        })?;
        let behind = behind.trim_start_matches(['-', '+']).trim_start();
        let name = name(behind)?;
        let close = self.closers[closer].next(text, open + 2)?;
        if close - open > LONGEST {
            return None;
        }
        let inside = &behind[name.len()..];
        if form == Form::Call && !is_call(&inside[..inside.len() - (text.len() - close)]) {
            return None;
        }
        Some((form, name, close + self.closers[closer].mark.len()))
    }
}

/// Where a mark stands next; asked from ascending places, it reads the text once.
struct Closer {
    mark: &'static str,
    at: Option<usize>,
}

impl Closer {
    fn new(mark: &'static str) -> Self {
        Closer { mark, at: Some(0) }
    }

    fn next(&mut self, text: &str, from: usize) -> Option<usize> {
        if self.at.is_some_and(|at| at < from) || self.at == Some(0) {
            self.at = text[from..].find(self.mark).map(|found| from + found);
        }
        self.at
    }
}

/// The name at the beginning of a shortcode's inside, with the `/` that closes one.
fn name(inside: &str) -> Option<&str> {
    let plain = inside.strip_prefix('/').unwrap_or(inside).trim_start();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    let n_bytes = plain.find(|c| !is_part(c)).unwrap_or(plain.len());
    let begins = plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins.then(|| &inside[..inside.len() - plain.len() + n_bytes])
}

/// Whether what follows a name is a call with named arguments, or with none.
fn is_call(behind: &str) -> bool {
    let Some(inside) = behind.strip_prefix('(').and_then(|it| {
        it.trim_end()
            .trim_end_matches('-')
            .trim_end()
            .strip_suffix(')')
    }) else {
        return false;
    };
    let inside = inside.trim();
    let (key, has_value) = match inside.split_once('=') {
        Some((key, _)) => (key.trim_end(), true),
        None => (inside, false),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    inside.is_empty() || (has_value && !key.is_empty() && key.chars().all(is_word))
}

/// The name of a container in the line behind its colons: `note`, ` tip Title`, `{.callout}`.
fn container(line: &str) -> Option<&str> {
    let line = line.trim().trim_start_matches(['{', '.', '#', ' ']);
    let n_bytes = line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    let name = &line[..n_bytes.unwrap_or(line.len())];
    (!name.is_empty()).then_some(name)
}

/// The name of an admonition in the line behind its marks: ` note`, `+ tip inline "Title"`.
fn admonition(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('+').trim();
    let (words, title) = line.split_once('"').unwrap_or((line, "\""));
    let is_word = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | ' ');
    let fits = title.ends_with('"') && !words.is_empty() && words.chars().all(is_word);
    words
        .split(' ')
        .next()
        .filter(|name| fits && !name.is_empty())
}

/// Whether the first line with something in it below this one is indented, as the text of an admonition is.
fn is_indented_below(rest: &str) -> bool {
    let mut below = rest.split('\n').skip(1).take(3);
    let next = below.find(|line| !line.trim().is_empty());
    next.is_some_and(|line| {
        let line = line.trim_start_matches(['>', '\r']);
        line.starts_with("  ") || line.starts_with('\t')
    })
}

/// Whether nothing but indent and the marks of quotes stands between the last line end and the end of a text.
fn begins_line(before: &str) -> bool {
    let indent = before.trim_end_matches([' ', '\t', '>']);
    indent.is_empty() || indent.ends_with('\n')
}

/// Whether a tag's inside begins with a name, in any case.
fn begins_with(tag: &str, name: &str) -> bool {
    let bytes = tag.as_bytes();
    let is_end = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'-';
    bytes.len() >= name.len()
        && bytes[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && bytes.get(name.len()).is_none_or(is_end)
}

/// Where the closing tag of an element begins.
fn find_closing(html: &str, name: &str) -> Option<usize> {
    let mut closing = html.match_indices("</").map(|(at, _)| at);
    closing.find(|at| begins_with(&html[at + 2..], name))
}

#[cfg(test)]
mod tests {
    use crate::diag::SourceFile;
    use crate::site::parse::{ParseSettings, document};

    /// What is reported of a body, each as `line:column shown`.
    fn found(body: &str) -> Vec<String> {
        let file = SourceFile::new("content/a.md", body);
        let parsed = document(&file, &ParseSettings::for_tests());
        assert!(!parsed.document.is_faulty, "{body}");
        let shown = |message: &str| message.split('`').nth(1).unwrap_or(message).to_owned();
        let findings = parsed.findings.iter();
        findings
            .map(|it| format!("{}:{} {}", it.line, it.column, shown(&it.message)))
            .collect()
    }

    #[test]
    fn what_other_tools_would_replace_is_reported() {
        for (body, wanted) in [
            ("a {{< fig src=\"x\" >}}", &["1:3 {{< fig >}}"][..]),
            ("{{<fig src=\"a_b*c*\">}}", &["1:1 {{< fig >}}"]),
            ("{{% tab \"文\" %}}\n文\n{{% /tab %}}", &["1:1 {{% tab %}}"]),
            ("{{< fig\n  src=\"x\"\n>}}", &["1:1 {{< fig >}}"]),
            ("[x]({{< ref \"a.md\" >}})", &["1:5 {{< ref >}}"]),
            ("| a |\n|---|\n| {{< x >}} |", &["3:3 {{< x >}}"]),
            ("# T\n\n> 一 {{< x >}}", &["3:5 {{< x >}}"]),
            ("<div>\n{{< x >}}\n</div>", &["2:1 {{< x >}}"]),
            ("{{ tube(id=\"x\", w=1) }}", &["1:1 {{ tube() }}"]),
            (
                "{{ toc() }} {{- a::b(c = 1) -}}",
                &["1:1 {{ toc() }}", "1:13 {{ a::b() }}"],
            ),
            (
                "{% quote(author=\"x\") %}\ny\n{% end %}",
                &["1:1 {% quote %}"],
            ),
            ("{% note info %}\ny\n{% endnote %}", &["1:1 {% note %}"]),
            (
                "{%- if x -%}\na\n{% else %}\nb\n{% endif %}",
                &["1:1 {% if %}"],
            ),
            ("{% raw %}{{< x >}} {% y %}{% endraw %}", &["1:1 {% raw %}"]),
            (":::tip 标题\na\n:::", &["1:1 :::tip"]),
            ("a\n\n  ::: details x\n\n  b\n\n  :::", &["3:3 :::details"]),
            ("::::{.callout-note}\na\n::::", &["1:1 :::callout-note"]),
            ("a\n\n:::tip\nb\n:::", &["3:1 :::tip"]),
            ("a\n:::tip\nb\n:::", &["2:1 :::tip"]),
            ("> ::: info\n> a\n> :::", &["1:3 :::info"]),
            ("!!! note\n    a", &["1:1 !!! note"]),
            ("!!! note \"标 题\"\n\n    a", &["1:1 !!! note"]),
            ("???+ tip inline \"x\"\n    a", &["1:1 ??? tip"]),
            ("=== \"Rust\"\n\n    a", &["1:1 === \"Rust\""]),
            ("# A\n\n[TOC]\n\na", &["3:1 [TOC]"]),
            ("[[toc]]\n", &["1:1 [[toc]]"]),
            ("* a\n{:toc}\n", &["2:1 {:toc}"]),
            ("a\n{: .lead}\n", &["2:1 {: .lead}"]),
            ("好 :tada: and :+1:", &["1:3 :tada:", "1:14 :+1:"]),
        ] {
            assert_eq!(found(body), wanted, "{body}");
        }
    }

    #[test]
    fn code_comments_and_prose_are_left_alone() {
        for body in [
            "{{ x }} and {{ page.title | upper }} and {{ f(x) }} and ${{ hash('a') }}",
            "{ } {{ }} {{< >}} {% %} {{</* x */>}} {{<",
            "`{{< x >}}` ``{% x %}`` `{{ x(a=1) }}`",
            "```\n{{< x >}}\n:::note\n{% x %}\n```",
            "    {{< x >}}\n    :::note",
            "~~~jinja\n{% if x %}\n~~~",
            "- a\n\n  ```\n  {% x %}\n  ```",
            "<pre>\n{% x %}\n\n{{< x >}}\n</pre>",
            "a <code>{% x %}</code> b",
            "<script>\nf('{{< x >}}')\n</script>",
            "<!-- {{< x >}} -->",
            "a <!-- {% x %} --> b",
            ":::\n\na ::: note\n\nstd:::x",
            "!!! 注意\n    a",
            "!!! note\n\na",
            "太好了!!! note",
            "{% x",
            "a [toc] b",
            "std::rocket::fire and 12:100:3 and :nosuch:",
            "`:tada:` and a:tada:",
            "=== \"a\"\nb",
        ] {
            assert_eq!(found(body), [""; 0], "{body}");
        }
    }

    #[test]
    fn a_page_full_of_them_is_told_once() {
        let body = "{{< a >}}\n\n".repeat(8);
        let found = found(&body);
        assert_eq!(found.len(), 6);
        assert!(found[5].starts_with("11:1 3 more"), "{found:?}");
    }

    #[test]
    fn odd_pages_are_read_once() {
        for piece in [
            "{{<a ",
            "{%a ",
            "{{a(",
            "{% raw %}",
            "<pre>",
            "{",
            ":::a\n",
            "!!! a\n",
        ] {
            found(&piece.repeat(200_000));
        }
    }
}
