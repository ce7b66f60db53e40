//! Code -> lines of spans, by the grammars of syntaxmate. What cannot be highlighted is plain text, never an error.
//!
//! Compiled grammars are kept for each thread. Spans do not nest and do not cross lines.

use crate::escape;
use crate::markdown::code::classes::{self, Class};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use syntaxmate::{Catalog, ScopeStackId, Token, Tokenizer, TokenizerOptions};

/// Names that authors use and the catalog does not know, and the one it knows.
const ALIASES: [(&str, &str); 22] = [
    ("golang", "go"),
    ("c++", "cpp"),
    ("cplusplus", "cpp"),
    ("c#", "csharp"),
    ("f#", "fsharp"),
    ("objective-c++", "objective-cpp"),
    ("objc", "objective-c"),
    ("shell-script", "shellscript"),
    ("console", "shellscript"),
    ("terminal", "shellscript"),
    ("conf", "ini"),
    ("cfg", "ini"),
    ("properties", "ini"),
    ("editorconfig", "ini"),
    ("patch", "diff"),
    ("node", "javascript"),
    ("nodejs", "javascript"),
    ("python3", "python"),
    ("protobuf", "proto"),
    ("vimscript", "viml"),
    ("svg", "xml"),
    ("gradle", "groovy"),
];

/// Scope stacks whose class is remembered, for each language.
const MAX_STACKS: usize = 20_000;

/// What code may ask of a grammar. The time for a token grows with the depth, and for some patterns with the square of the
/// line's length: 8 KiB of open brackets in lines of 40 bytes take a minute without a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rules of a grammar inside of each other at the end of a line. Code that goes deeper is plain.
    pub max_depth: usize,
    /// Longer lines are plain.
    pub max_line_bytes: usize,
}

impl Limits {
    /// For authors. Brackets of real code are nested 40 deep at most, each of up to four rules.
    pub const PAGE: Limits = Limits {
        max_depth: 200,
        max_line_bytes: usize::MAX,
    };
    /// For members. 4 KiB then take some milliseconds at worst in the languages of comments.
    pub const COMMENT: Limits = Limits {
        max_depth: 32,
        max_line_bytes: 120,
    };
}

/// A grammar ready to run, and the classes of the scope stacks it has met.
struct Grammar {
    tokenizer: Tokenizer,
    classes: HashMap<ScopeStackId, Class>,
}

thread_local! {
    /// By catalog name; `None` where a grammar cannot be had.
    static GRAMMARS: RefCell<HashMap<String, Option<Grammar>>> = RefCell::new(HashMap::new());
}

/// Writes code line by line. `push` gets the line's number from 0, its line end, its HTML, and where to write both.
pub fn push_lines(
    out: &mut String,
    language: &str,
    code: &str,
    limits: Limits,
    mut push: impl FnMut(usize, &str, &str, &mut String),
) {
    let name = catalog_name(language);
    let lines = name.and_then(|name| highlighted(&name, code, limits));
    let mut html = String::new();
    for (number, line) in code.split_inclusive('\n').enumerate() {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (line, ""),
        };
        html.clear();
        match lines.as_ref().and_then(|lines| lines.get(number)) {
            Some(spans) => push_spans(&mut html, line, spans),
            None => escape::push_text(&mut html, line),
        }
        push(number, end, &html, out);
    }
}

/// The name by which the catalog knows a language; the language itself where it does not.
pub fn canonical(language: &str) -> String {
    catalog_name(language).unwrap_or_else(|| language.to_owned())
}

/// The name by which the catalog knows a language; `None` where it does not, and for plain text.
fn catalog_name(language: &str) -> Option<String> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == language);
    let name = alias.map_or(language, |(_, name)| name);
    if matches!(name, "" | "text" | "plain" | "plaintext" | "txt" | "none") {
        return None;
    }
    Catalog::bundled()
        .canonical_language(name)
        .map(String::from)
}

/// The end of a span in its line, and its class.
type Span = (usize, Class);

/// Spans of each line; `None` where there is no grammar, or where it gave up.
fn highlighted(name: &str, code: &str, limits: Limits) -> Option<Vec<Vec<Span>>> {
    GRAMMARS.with_borrow_mut(|grammars| {
        if !grammars.contains_key(name) {
            grammars.insert(name.into(), open(name));
        }
        let grammar = grammars.get_mut(name)?.as_mut()?;
        // A fault in one of hundreds of grammars must not end a build: that block is plain, and the language on
        // this thread from now on, for its state may be half changed.
        match catch_unwind(AssertUnwindSafe(|| grammar.lines(code, limits))) {
            Ok(lines) => lines,
            Err(_) => {
                grammars.insert(name.into(), None);
                None
            }
        }
    })
}

fn open(name: &str) -> Option<Grammar> {
    let options = TokenizerOptions {
        line_cache_entries: 4096,
        ..TokenizerOptions::default()
    };
    let tokenizer = catch_unwind(|| Tokenizer::for_bundled_language(name, options));
    Some(Grammar {
        tokenizer: tokenizer.ok()?.ok()?,
        classes: HashMap::new(),
    })
}

impl Grammar {
    fn lines(&mut self, code: &str, limits: Limits) -> Option<Vec<Vec<Span>>> {
        let mut state = self.tokenizer.initial_state();
        let mut lines = Vec::new();
        let classes = &mut self.classes;
        if classes.len() > MAX_STACKS {
            classes.clear();
        }
        for line in code.lines() {
            if state.depth() > limits.max_depth {
                return None;
            }
            if line.len() > limits.max_line_bytes {
                lines.push(Vec::new());
                continue;
            }
            let mut spans: Vec<Span> = Vec::new();
            let push = |token: Token| {
                let class = match token.scope_stack() {
                    Some(stack) => *classes.entry(stack).or_insert_with(|| class_of(&token)),
                    None => class_of(&token),
                };
                let end = token.range().end;
                match spans.last_mut() {
                    Some(last) if last.1 == class => last.0 = end,
                    _ => spans.push((end, class)),
                }
            };
            self.tokenizer
                .tokenize_line_with(line, &mut state, push)
                .ok()?;
            lines.push(spans);
        }
        Some(lines)
    }
}

fn class_of(token: &Token) -> Class {
    let scopes: Vec<&str> = token.scopes().collect();
    classes::of(scopes.into_iter())
}

/// Writes a line; spans of one class with only spaces between them become one.
fn push_spans(out: &mut String, line: &str, spans: &[Span]) {
    let mut at = 0;
    let mut open = None;
    let mut spaces = 0..0;
    for (end, class) in spans.iter().copied() {
        let end = end.min(line.len());
        let Some(text) = line.get(at..end).filter(|text| !text.is_empty()) else {
            continue;
        };
        if class.is_none() && open.is_some() && text.bytes().all(|byte| byte == b' ') {
            spaces = at..end;
            at = end;
            continue;
        }
        if class != open {
            close(out, open);
        }
        out.push_str(&line[std::mem::take(&mut spaces)]);
        if let Some(class) = class.filter(|_| class != open) {
            out.push_str("<span class=\"");
            out.push(class);
            out.push_str("\">");
        }
        escape::push_text(out, text);
        open = class;
        at = end;
    }
    close(out, open);
    out.push_str(&line[spaces]);
    escape::push_text(out, &line[at..]);
}

fn close(out: &mut String, class: Class) {
    if class.is_some() {
        out.push_str("</span>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(language: &str, code: &str) -> String {
        let mut out = String::new();
        push_lines(
            &mut out,
            language,
            code,
            Limits::PAGE,
            |_, end, line, out| {
                out.push_str(line);
                out.push_str(end);
            },
        );
        out
    }

    #[test]
    fn languages_are_known_by_all_their_names() {
        for name in [
            "rust",
            "rs",
            "go",
            "golang",
            "python",
            "py",
            "js",
            "javascript",
            "ts",
            "typescript",
            "tsx",
            "java",
            "kotlin",
            "c",
            "c++",
            "cpp",
            "c#",
            "cs",
            "csharp",
            "ruby",
            "rb",
            "php",
            "swift",
            "sh",
            "bash",
            "shell",
            "zsh",
            "console",
            "sql",
            "html",
            "css",
            "scss",
            "json",
            "yaml",
            "yml",
            "toml",
            "xml",
            "markdown",
            "md",
            "diff",
            "dockerfile",
            "docker",
            "makefile",
            "make",
            "nginx",
            "ini",
            "lua",
            "r",
            "perl",
            "haskell",
            "scala",
            "elixir",
            "erlang",
            "dart",
            "vue",
            "graphql",
            "protobuf",
            "proto",
            "powershell",
            "viml",
            "vimscript",
            "objective-c",
            "objc",
            "groovy",
            "gradle",
            "tex",
            "latex",
            "zig",
            "wasm",
            "asm",
            "http",
            "regex",
            "jsonc",
            "terraform",
            "hcl",
        ] {
            assert!(catalog_name(name).is_some(), "{name}");
        }
        for name in ["", "text", "nosuch", "ebnf+diagram"] {
            assert_eq!(catalog_name(name), None, "{name}");
        }
    }

    #[test]
    fn lines_are_spans_and_lose_nothing() {
        for (language, code, wanted) in [
            (
                "rust",
                "pub fn f<T>(x: &str) {}",
                "<span class=\"k\">pub fn</span> <span class=\"f\">f</span>",
            ),
            ("json", "{\"a\": 1}", "<span class=\"p\">\"a\"</span>"),
            (
                "python",
                "# 注释\n@x\ndef f(): pass",
                "<span class=\"c\"># 注释</span>\n",
            ),
            (
                "diff",
                "+a\n-b\n",
                "<span class=\"i\">+a</span>\n<span class=\"d\">-b</span>\n",
            ),
            ("yaml", "key: \"v\"", "<span class=\"p\">key</span>"),
            ("html", "<p class=\"x\">", "class=\"g\""),
            (
                "rust",
                "/* a\n b */ let",
                "<span class=\"c\">/* a</span>\n<span class=\"c\"> b */</span>",
            ),
        ] {
            let html = lines(language, code);
            assert!(html.contains(wanted), "{language}: {html}");
            let plain = html
                .split('<')
                .map(|piece| piece.split_once('>').map_or(piece, |it| it.1))
                .collect::<String>();
            assert_eq!(
                plain
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&"),
                code,
                "{language}"
            );
        }
    }

    #[test]
    fn a_long_line_and_odd_bytes_are_plain_text() {
        let long = "x = '\\u{2028}\u{0}é' + ".repeat(5_000);
        for code in [long.as_str(), "\r\n\r", "", "\n\n"] {
            lines("js", code);
        }
    }

    #[test]
    fn limits_keep_hostile_code_cheap() {
        let few = Limits {
            max_depth: 8,
            max_line_bytes: 20,
        };
        let html = |code: &str| {
            let mut out = String::new();
            push_lines(&mut out, "rust", code, few, |_, end, line, out| {
                out.push_str(line);
                out.push_str(end);
            });
            out
        };
        let long = format!("let x = {};", "1".repeat(20));
        for (code, wanted) in [
            // A long line is plain; those around it are not.
            (
                format!("fn\n{long}\nfn"),
                format!("<span class=\"k\">fn</span>\n{long}\n<span class=\"k\">fn</span>"),
            ),
            // Nested too deep: all of it is plain.
            (
                format!("fn\n{}fn", "a(a(a(a(\n".repeat(4)),
                format!("fn\n{}fn", "a(a(a(a(\n".repeat(4)),
            ),
        ] {
            assert_eq!(html(&code), wanted);
        }
    }
}
