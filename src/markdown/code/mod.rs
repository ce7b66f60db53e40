//! Code blocks: what the info string asks for, and what they become.
//!
//! `info` reads the string behind the fence, `highlight` turns code into spans, `classes` names them.

mod classes;
mod highlight;
mod info;

use crate::escape;
pub use classes::LETTERS;
pub use highlight::{Limits, canonical};
pub use info::Info;

/// The longest name of a language that a class of [`push_plain`] has.
const MAX_LANGUAGE_BYTES: usize = 24;

/// Whether the class of a code block may name this language.
pub fn is_language(name: &str) -> bool {
    (1..=MAX_LANGUAGE_BYTES).contains(&name.len())
        && name.bytes().all(|it| {
            it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'+' | b'#' | b'-')
        })
}

/// A code block without a frame: no caption, no numbers and no marked lines. Without `limits` it is not highlighted.
pub fn push_plain(out: &mut String, info: &Info, code: &str, limits: Option<Limits>) {
    out.push_str("<pre><code");
    if is_language(&info.language) {
        out.push_str(" class=\"language-");
        out.push_str(&info.language);
        out.push('"');
    }
    out.push('>');
    push_lines(out, info, code, limits);
    out.push_str("</code></pre>\n");
}

/// A code block's figure; without `limits` the code is not highlighted. Returns the byte where the word for code is missing.
///
/// What scrolls takes the keyboard's focus, and so has a name; as a group, for a page of many landmarks has none.
pub fn push_figure(
    out: &mut String,
    info: &Info,
    code: &str,
    is_numbered: bool,
    limits: Option<Limits>,
) -> usize {
    out.push_str("<figure class=\"code\"");
    if !info.language.is_empty() {
        out.push_str(" data-language=\"");
        escape::push_attribute(out, &info.language);
        out.push('"');
    }
    out.push('>');
    if let Some(title) = &info.title {
        out.push_str("<figcaption>");
        escape::push_text(out, title);
        out.push_str("</figcaption>");
    }
    out.push_str("<pre");
    if is_numbered {
        out.push_str(" class=\"numbered\"");
    }
    out.push_str(" tabindex=\"0\" role=\"group\" aria-label=\"");
    let word_at = out.len();
    let title = info.title.as_ref().unwrap_or(&info.language);
    if !title.is_empty() {
        out.push_str(" (");
        escape::push_attribute(out, title);
        out.push(')');
    }
    out.push('"');
    if is_numbered && info.first_line != 1 {
        out.push_str(&format!(" data-start=\"{}\"", info.first_line));
    }
    out.push_str("><code");
    if !info.language.is_empty() {
        out.push_str(" class=\"language-");
        escape::push_attribute(out, &info.language);
        out.push('"');
    }
    out.push('>');
    push_code(out, info, code, is_numbered, limits);
    out.push_str("</code></pre></figure>\n");
    word_at
}

/// The language to highlight as, empty for none, and how far.
fn asked(info: &Info, limits: Option<Limits>) -> (&str, Limits) {
    match limits {
        Some(limits) => (&info.language, limits),
        None => ("", Limits::PAGE),
    }
}

fn push_lines(out: &mut String, info: &Info, code: &str, limits: Option<Limits>) {
    let (language, limits) = asked(info, limits);
    highlight::push_lines(out, language, code, limits, |_, end, line, out| {
        out.push_str(line);
        out.push_str(end);
    });
}

fn push_code(out: &mut String, info: &Info, code: &str, is_numbered: bool, limits: Option<Limits>) {
    if !is_numbered && !info.is_diff && info.marked.is_empty() {
        return push_lines(out, info, code, limits);
    }
    let (language, limits) = asked(info, limits);
    let (code, changes) = if info.is_diff {
        changes(code)
    } else {
        (code.to_string(), Vec::new())
    };
    highlight::push_lines(out, language, &code, limits, |number, end, line, out| {
        let element = match changes.get(number) {
            Some(Change::Added) => "ins",
            Some(Change::Removed) => "del",
            _ => "span",
        };
        let shown = number as u32 + 1;
        let is_marked = info.marked.iter().any(|range| range.contains(&shown));
        let class = if is_marked { "line marked" } else { "line" };
        out.push_str(&format!(
            "<{element} class=\"{class}\">{line}{end}</{element}>"
        ));
    });
}

/// What happened to a line of a diff.
#[derive(Clone, Copy)]
enum Change {
    Added,
    Removed,
    Kept,
}

/// Takes the first column off code that is written as a diff.
fn changes(code: &str) -> (String, Vec<Change>) {
    let mut plain = String::with_capacity(code.len());
    let mut changes = Vec::new();
    for line in code.split_inclusive('\n') {
        let (change, rest) = match line.as_bytes().first() {
            Some(b'+') => (Change::Added, &line[1..]),
            Some(b'-') => (Change::Removed, &line[1..]),
            Some(b' ') => (Change::Kept, &line[1..]),
            _ => (Change::Kept, line),
        };
        changes.push(change);
        plain.push_str(rest);
    }
    (plain, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(info: &str, code: &str) -> String {
        let mut out = String::new();
        let info = Info::parse(info);
        let is_numbered = info.is_numbered.unwrap_or(false);
        let word_at = push_figure(&mut out, &info, code, is_numbered, Some(Limits::PAGE));
        out.insert_str(word_at, "Code");
        out
    }

    #[test]
    fn figures_are_what_themes_were_told() {
        for (info, code, wanted) in [
            (
                "",
                "a < b\n",
                "<figure class=\"code\"><pre tabindex=\"0\" role=\"group\" aria-label=\"Code\"><code>a &lt; b\n</code></pre></figure>\n",
            ),
            (
                "nosuch",
                "x\n",
                "<figure class=\"code\" data-language=\"nosuch\"><pre tabindex=\"0\" role=\"group\" aria-label=\"Code (nosuch)\"><code class=\"language-nosuch\">x\n</code></pre></figure>\n",
            ),
            (
                "rust title=\"a<b\"",
                "fn f() {} // x\n",
                "<figure class=\"code\" data-language=\"rust\"><figcaption>a&lt;b</figcaption><pre tabindex=\"0\" role=\"group\" aria-label=\"Code (a&lt;b)\"><code class=\"language-rust\">\
                 <span class=\"k\">fn</span> <span class=\"f\">f</span>() {} <span class=\"c\">// x</span>\n</code></pre></figure>\n",
            ),
            (
                "text linenos hl_lines=2",
                "a\nb\n",
                "<figure class=\"code\" data-language=\"text\"><pre class=\"numbered\" tabindex=\"0\" role=\"group\" aria-label=\"Code (text)\"><code class=\"language-text\">\
                 <span class=\"line\">a\n</span><span class=\"line marked\">b\n</span></code></pre></figure>\n",
            ),
            (
                "text diff",
                "+a\n-b\n c\n",
                "<figure class=\"code\" data-language=\"text\"><pre tabindex=\"0\" role=\"group\" aria-label=\"Code (text)\"><code class=\"language-text\">\
                 <ins class=\"line\">a\n</ins><del class=\"line\">b\n</del><span class=\"line\">c\n</span></code></pre></figure>\n",
            ),
            (
                "\"><script>",
                "x",
                "<figure class=\"code\" data-language=\"script\"><pre tabindex=\"0\" role=\"group\" aria-label=\"Code (script)\"><code class=\"language-script\">x</code></pre></figure>\n",
            ),
        ] {
            assert_eq!(figure(info, code), wanted, "{info}");
        }
    }

    #[test]
    fn plain_code_has_no_frame() {
        for (info, code, wanted) in [
            ("", "a < b\n", "<pre><code>a &lt; b\n</code></pre>\n"),
            (
                "rust linenos title=\"a\" diff",
                "fn f() {} // x\n",
                "<pre><code class=\"language-rust\"><span class=\"k\">fn</span> <span class=\"f\">f</span>() {} <span class=\"c\">// x</span>\n</code></pre>\n",
            ),
            (
                "\"><script>",
                "x",
                "<pre><code class=\"language-script\">x</code></pre>\n",
            ),
            (
                "aaaaaaaaaaaaaaaaaaaaaaaaa",
                "x",
                "<pre><code>x</code></pre>\n",
            ),
        ] {
            let mut out = String::new();
            push_plain(&mut out, &Info::parse(info), code, Some(Limits::PAGE));
            assert_eq!(out, wanted, "{info}");
        }
    }
}
