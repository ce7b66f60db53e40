//! The texts of this project: blocks of code that arrive line by line, Chinese that is spaced in one way and has one
//! word for one thing.
//!
//! Entry point: [`trials`]. What the pages say of settings, routes and flags is held in `documents`.

use crate::harness::{lay_over, root, tree};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Says what is wrong.
type Rule = fn() -> Vec<String>;

/// Words that readers or owners do not know, or that mean what another one means, each with the one to use.
const WORDS: [(&str, &str); 13] = [
    ("您", "你"),
    ("账户", "账号"),
    ("帐号", "账号"),
    ("帐户", "账号"),
    ("保险库", "私有目录"),
    ("边缘服务", "会员服务"),
    ("头部", "文首信息"),
    ("文件头", "文首信息"),
    ("订阅会员", "付费会员"),
    ("付费者", "付费会员"),
    ("网站所有者", "站长"),
    ("确认邮箱", "验证邮箱"),
    ("邮箱已确认", "邮箱已验证"),
];

/// One trial a rule.
pub fn trials() -> Vec<Trial> {
    let rules: [(&str, Rule); 3] = [
        ("code_arrives_whole", code_arrives_whole),
        ("chinese_is_spaced", chinese_is_spaced),
        ("one_word_for_one_thing", one_word_for_one_thing),
    ];
    let trial = |(name, rule): (&str, Rule)| {
        Trial::test(format!("documents::{name}"), move || match rule() {
            faults if faults.is_empty() => Ok(()),
            faults => Err(Failed::from(faults.join("\n"))),
        })
    };
    rules.into_iter().map(trial).collect()
}

/// Every page of this site: its path and its text.
fn pages() -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let files = tree(&root().join("content")).into_iter();
    files
        .filter(|(path, _)| path.ends_with(".md"))
        .map(|(path, bytes)| (format!("content/{path}"), text(bytes)))
        .collect()
}

/// Texts in Chinese: pages, interface texts, and letters.
fn chinese() -> Vec<(String, String)> {
    let others = [
        "themes/default/i18n/zh.toml",
        "i18n/zh.toml",
        "src/edge/mail/words.rs",
    ];
    let read = |path: &str| (path.into(), fs::read_to_string(root().join(path)).unwrap());
    let pages = pages().into_iter();
    pages
        .filter(|(path, _)| path.ends_with(".zh.md"))
        .chain(others.map(read))
        .collect()
}

/// A block of fenced code, or a line outside of all of them.
enum Piece {
    Code { language: String, text: String },
    Line(usize, String),
}

/// The pieces of a Markdown text, in order. Code is without the indentation of its fence.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let n_marks = body.len() - body.trim_start_matches('`').len();
        let (fence, info) = body.split_at(n_marks);
        if n_marks < 3 || info.contains('`') {
            pieces.push(Piece::Line(at + 1, line.into()));
            continue;
        }
        let code = lines
            .by_ref()
            .take_while(|(_, it)| it.trim() != fence)
            .map(|(_, it)| it.get(indent..).unwrap_or_default().to_owned() + "\n");
        pieces.push(Piece::Code {
            text: code.collect(),
            language: info.into(),
        });
    }
    pieces
}

/// The texts of all `<pre>` of a document.
fn preformatted(html: &str) -> Vec<String> {
    let blocks = html.split("<pre").skip(1);
    let block = |it: &str| {
        let inner = it.split_once('>').map_or("", |it| it.1);
        let inner = inner.split("</pre>").next().unwrap_or_default();
        let mut text = String::new();
        for (place, part) in inner.split('<').enumerate() {
            let shown = match place {
                0 => part,
                _ => part.split_once('>').map_or("", |it| it.1),
            };
            text.push_str(shown);
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&#x27;", "'")
            .replace("&amp;", "&")
    };
    blocks.map(block).collect()
}

/// A reader who copies a block gets what its author wrote. Marks of added and deleted lines are no text, and left out.
fn code_arrives_whole() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["content", "i18n"] {
        lay_over(&root().join(name), &folder.path().join(name));
    }
    fs::copy(root().join("site.toml"), folder.path().join("site.toml")).unwrap();
    let built = Command::new(env!("CARGO_BIN_EXE_lyceum"))
        .args(["build", "--quiet", "--root"])
        .arg(folder.path())
        .output()
        .unwrap();
    if !built.status.success() {
        return vec![String::from_utf8_lossy(&built.stderr).into_owned()];
    }
    let release = tree(&folder.path().join("dist/current"));
    let shown: BTreeSet<String> = release
        .iter()
        .filter(|(path, _)| path.ends_with(".html") || path.starts_with("vault/parts/"))
        .flat_map(|(_, bytes)| preformatted(&String::from_utf8_lossy(bytes)))
        .collect();
    let mut faults = Vec::new();
    for (path, text) in pages() {
        for piece in pieces(&text) {
            if let Piece::Code { text, language } = piece
                && !language.contains(" diff")
                && !shown.contains(&text)
            {
                faults.push(format!("{path}: this block is not in a page:\n{text}"));
            }
        }
    }
    faults
}

/// A text without inline code, addresses of links and marks: what stands beside what for a reader. Code becomes a `.`.
fn visible(line: &str) -> String {
    let mut text = String::new();
    for (place, part) in line.split('`').enumerate() {
        text.push_str(if place % 2 == 0 { part } else { "." });
    }
    let mut shown = String::new();
    for (place, part) in text.split("](").enumerate() {
        shown.push_str(match place {
            0 => part,
            _ => part.split_once(')').map_or("", |it| it.1),
        });
    }
    // The number of a footnote is not text.
    let parts = shown.split("[^").enumerate();
    let without = parts.map(|(place, part)| match place {
        0 => part,
        _ => part.split_once("]").map_or("", |it| it.1),
    });
    without
        .collect::<Vec<_>>()
        .join(" ")
        .replace(['[', ']', '*'], "")
}

/// One space between Han and Latin letters, digits and code, as copied text, feeds and titles need it.
fn chinese_is_spaced() -> Vec<String> {
    let is_han = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let is_latin = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mut faults = Vec::new();
    for (path, text) in chinese() {
        for piece in pieces(&text) {
            let Piece::Line(at, line) = piece else {
                continue;
            };
            let line = visible(&line);
            let chars: Vec<char> = line.chars().collect();
            let touches = chars.windows(2).any(|pair| {
                is_han(pair[0]) && is_latin(pair[1]) || is_latin(pair[0]) && is_han(pair[1])
            });
            if touches {
                faults.push(format!(
                    "{path}:{at}: no space between Han and Latin: {line}"
                ));
            }
        }
    }
    faults
}

fn one_word_for_one_thing() -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in chinese() {
        for (at, line) in text.lines().enumerate() {
            let found = WORDS.iter().filter(|(word, _)| line.contains(word));
            faults
                .extend(found.map(|(word, use_this)| {
                    format!("{path}:{}: {word}: write {use_this}", at + 1)
                }));
        }
    }
    faults
}
