//! Names -> segments of addresses that every host takes.

use crate::segments::safe;
use crate::site::parse::text::slug;

/// A name as one segment of an address: folded as `slug` in front matter is, then made safe for every host. Never `.`
/// or `..`; empty only where nothing of the name can be kept.
pub fn segment(name: &str) -> String {
    safe(&slug(name)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::fault;

    #[test]
    fn names_become_segments_that_every_host_takes() {
        for (name, made) in [
            ("Hello World", "hello-world"),
            (" Rust  入门 ", "rust-入门"),
            ("e\u{301}tude", "\u{e9}tude"),
            ("（全角）：？", "（全角）：？"),
            ("a/b\\c", "a-b-c"),
            ("ÄÖ", "ÄÖ"),
            ("a--b", "a--b"),
            ("-x-", "-x-"),
            ("v2.0", "v2.0"),
            ("c", "c"),
            ("C++", "c++"),
            ("C#", "c-sharp"),
            ("F# 8", "f-sharp-8"),
            ("C#/.NET", "c-sharp-.net"),
            (".NET", "dot-net"),
            (".gitignore", "dot-gitignore"),
            (".github/workflows", "dot-github-workflows"),
            ("a#b", "a-b"),
            ("#1", "1"),
            ("50% off #1", "50-off-1"),
            ("why?", "why"),
            ("a:b", "a-b"),
            ("<i>", "i"),
            ("\"quoted\" | *bold*", "quoted-bold"),
            ("end.", "end"),
            ("etc...", "etc"),
            ("...", "---"),
            ("..", "--"),
            (".", "-"),
            ("...and", "and"),
            ("con", "con-"),
            ("NUL.txt", "nul-.txt"),
            ("com1", "com1-"),
            ("com10", "com10"),
            ("console", "console"),
            ("Index.HTML", "index-html"),
            ("in\u{200b}visible\u{202e}", "invisible"),
            ("\u{1F468}\u{200D}\u{1F4BB}", "\u{1F468}\u{200D}\u{1F4BB}"),
            ("\u{0}", ""),
            ("???", ""),
            ("#", ""),
            ("*.*", ""),
        ] {
            assert_eq!(segment(name), made, "{name:?}");
            assert_eq!(segment(&segment(name)), made, "{name:?} again");
        }
    }

    /// Three characters each of what names are made of: none makes a segment that is not safe, and those that are safe
    /// already stay as they are.
    #[test]
    fn no_name_makes_an_unsafe_segment() {
        let pieces = [
            "",
            "a",
            "C",
            "1",
            "é",
            "e\u{301}",
            "中",
            " ",
            ".",
            "-",
            "_",
            "+",
            "#",
            "?",
            "%",
            ":",
            "*",
            "\"",
            "<",
            "|",
            "/",
            "\\",
            "~",
            "\u{200b}",
            "\u{7}",
            "con",
            "nul.",
            "index.html",
        ];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let name = format!("{one}{two}{three}");
                    let made = segment(&name);
                    assert_eq!(fault(&made), None, "{name:?} {made:?}");
                    assert!(
                        !crate::routes::is_hidden(&format!("/{made}/")),
                        "{name:?} {made:?}"
                    );
                    assert_eq!(segment(&made), made, "{name:?}");
                }
            }
        }
    }
}
