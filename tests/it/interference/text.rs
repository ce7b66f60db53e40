//! Blocks of Markdown: what public and gated text is made of, and the ways in which a text uses a file.

use crate::edits::chance::Chance;
use crate::interference::SECRET;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-');

/// A file that a text may use: its folder below `content/`, and its name.
#[derive(Clone)]
pub struct Use {
    pub folder: String,
    pub name: String,
}

/// Ways that need no HTML. `{}` is the path, `{/}` the absolute address.
const MARKDOWN: [&str; 6] = [
    "![x]({})",
    "[x]({})",
    "![x](<{}> \"As a figure\")",
    "Some *words* and [`x`]({}?v=1#y).",
    "<{/}>",
    "![x]({/})",
];
const HTML: [&str; 16] = [
    "<img src=\"{}\">",
    "<p><img data-src='{}'></p>",
    "<object data={}></object>",
    "<div style=\"background:url({})\">x</div>",
    "<div style=\"background:url('{/}')\">x</div>",
    "<video poster=\"{}\"></video>",
    "<picture><source srcset=\"{} 2x, {} 3x\"></picture>",
    "<script>\nfetch(\"{}\");\n</script>",
    "<style>\np { background: url('{}') }\n</style>",
    "<p><svg><image xlink:href=\"{}\"/></svg></p>",
    "<p><input type=\"image\" src=\"{}\"></p>",
    "<link rel=\"preload\" href=\"{}\">",
    "<table background=\"{}\"><tr><td>x</td></tr></table>",
    "<a href=\"{/}\">x</a>",
    "<div data-options='{\"src\": \"{}\"}'>x</div>",
    "<iframe srcdoc=\"&lt;img src='{}'&gt;\"></iframe>",
];
/// Ways that nobody sees: they make no file public, and keep it from nobody.
const UNSEEN: [&str; 3] = [
    "<script>\nload(\"{}\".slice(0, -4) + \".dat\");\n</script>",
    "The file `{}`.",
    "```\n{}\n```",
];

/// A way to use a file that is seen; one that writes HTML if there `is_html`.
pub fn seen(chance: &mut Chance, file: &Use, from: &str, is_html: bool) -> String {
    let all = MARKDOWN.len() + if is_html { HTML.len() } else { 0 };
    let at = chance.below(all + 1);
    let way = match at {
        0 => "![[{}]]",
        _ => MARKDOWN.iter().chain(&HTML).nth(at - 1).unwrap(),
    };
    filled(chance, way, file, from)
}

/// A way to use a file, seen or not.
pub fn any(chance: &mut Chance, file: &Use, from: &str, is_html: bool) -> String {
    match chance.once_in(8) && is_html {
        true => {
            let way = *chance.pick(&UNSEEN);
            filled(chance, way, file, from)
        }
        false => seen(chance, file, from, is_html),
    }
}

/// A path to a file from the folder `from`.
pub fn path(chance: &mut Chance, file: &Use, from: &str) -> String {
    let absolute = format!("/{}/{}", file.folder, file.name).replace("//", "/");
    let n_up = from.split('/').filter(|it| !it.is_empty()).count();
    let relative = match file.folder == from {
        true => file.name.clone(),
        false => format!("{}{}", "../".repeat(n_up), &absolute[1..]),
    };
    match chance.below(5) {
        0 => absolute,
        1 if n_up > 0 || file.folder == from => format!("./{relative}"),
        2 => encoded(&relative),
        _ => relative,
    }
}

fn filled(chance: &mut Chance, way: &str, file: &Use, from: &str) -> String {
    let own = format!("{}/{}", file.folder, file.name);
    let own = encoded(own.trim_start_matches('/'));
    let path = path(chance, file, from);
    way.replace("{/}", &format!("https://example.org/base/{own}"))
        .replace("{}", &path)
}

fn encoded(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, ENCODED).to_string()
}

/// A block of public text without files. Some of its headings are those of gated text too.
pub fn public(chance: &mut Chance) -> String {
    let words = chance.words(9);
    match chance.below(9) {
        0 => format!("## Setup\n\n{words}"),
        1 => format!("### {}\n\n{words}", chance.words(2)),
        2 => format!("- {words}\n- [x] {words}"),
        3 => format!("> [!NOTE]\n> {words}"),
        4 => format!("| a | b |\n|---|---|\n| {words} | [[nowhere\\|x]] $5 \\(a_1\\) |"),
        5 => format!("```rust\nfn main() {{ /* {} */ }}\n```", chance.below(99)),
        _ => words,
    }
}

/// A block of gated text without files.
pub fn gated(chance: &mut Chance, is_html: bool) -> String {
    let words = format!("{SECRET} {} {SECRET}", chance.words(7));
    match chance.below(24) {
        0 => format!("## Setup\n\n{words}"),
        1 => format!("## Shared part\n\n{words}"),
        2 => format!("# {words}"),
        3 => format!("- {words}\n- [ ] {words}\n  1. {words}"),
        4 => format!("> {words}"),
        5 => format!("| {words} | b |\n|---|---|\n| {words} | 1 |"),
        6 => format!("```rust\nlet {SECRET} = {};\n```", chance.below(99)),
        7 => format!("${SECRET}^{}$ and $$\n{SECRET}\n$$", chance.below(9)),
        8 => "---".to_owned(),
        9 => format!("[{SECRET}](/tags/tag-1/) and [{SECRET}](#setup) and [{SECRET}](@/_index.md)"),
        10 => format!("<https://{SECRET}.example/> and https://{SECRET}.example/a"),
        11 => format!("[{SECRET}](no-such-{SECRET}.md)"),
        12 if is_html => format!("<h2 id=\"setup\">{words}</h2>"),
        13 if is_html => format!("<a id=\"shared-part\"></a>\n\n{words}"),
        14 => format!("{words}\n: {words}"),
        15 => [words.as_str(); 40].join("\n\n"),
        18 if is_html => format!("<div>\n\n{words}"),
        19 if is_html => format!("{words}</p></div></main><p>"),
        20 => format!("```{SECRET} title=\"{SECRET}.rs\"\n{SECRET}\n```"),
        21 => format!("*{words}*  \n`{SECRET}`{{{{ {SECRET} }}}}"),
        22 => format!("[[no-such-{SECRET}]], [[/_index#{SECRET}|{SECRET}]] and ![[{SECRET}.png]]"),
        23 => format!("\\[{SECRET}]: \\({SECRET}_1\\) [[a|{SECRET}]]\n\\[\n{SECRET}_1\n\\]"),
        16 => format!("## {SECRET} {{#setup}}\n\n{words}"),
        _ => words,
    }
}
