//! Heads: right ones in every format that is read, those that are not found at first sight, and prose that has none.

use crate::edits::chance::Chance;
use crate::near::page::{Format, Page, slip};
use crate::near::slips::INVISIBLE;
use crate::near::{Sample, Wanted, check, samples};
use libtest_mimic::Failed;

/// Builds all of them.
pub fn play() -> Result<(), Failed> {
    let right: [fn(&mut Chance) -> Sample; 3] = [right, behind_something, prose];
    let near: [fn(&mut Chance) -> Sample; 19] = [
        fence_damaged,
        fence_missing,
        never_closed,
        closed_too_early,
        colons,
        one_colon,
        head_in_code,
        head_in_comment,
        comment_before,
        words_before,
        conflict_inside,
        conflict_around,
        line_breaks,
        indented,
        characters,
        line_ends,
        dressed,
        whole_in_block,
        one_line_comment,
    ];
    let mut all = samples(&right, 150);
    all.extend(samples(&near, 200));
    check(&all)
}

fn right(chance: &mut Chance) -> Sample {
    Page::right(chance).sample("right", Wanted::Kept)
}

/// What Hugo passes over in front of a head, and comments.
fn behind_something(chance: &mut Chance) -> Sample {
    let before = chance.pick(&[
        "\n",
        "\n\n\n",
        " ",
        "\t",
        "\u{feff}",
        "\u{feff}\u{feff}",
        "\u{feff}\n",
        "\u{200b}",
        "\u{a0}",
        "\r\n",
        "<!-- prettier-ignore -->\n",
        "<!-- Copyright 2026\n     All rights reserved -->\n\n",
        "\n<!-- one -->\n<!-- two -->\n",
    ]);
    Sample {
        kind: "behind-something",
        text: format!("{before}{}", Page::right(chance).text()),
        wanted: Wanted::Kept,
    }
}

fn fence_damaged(chance: &mut Chance) -> Sample {
    const DAMAGED: [&str; 24] = [
        "--",
        "----",
        "-----",
        "—",
        "——",
        "–--",
        "—-",
        "---yaml",
        "--- yaml",
        "---  # head",
        "- - -",
        "－－－",
        "***",
        "___",
        "===",
        ";;;",
        "++",
        "++++",
        "＋＋＋",
        "+++toml",
        "\\---",
        "--−",
        "~~~",
        "...",
    ];
    let page = Page::right(chance);
    let lines = page.lines().join("\n");
    let [open, close] = page.fences();
    let damaged = chance.pick(&DAMAGED);
    let (open, close) = match chance.below(3) {
        0 => (*damaged, close),
        1 => (open, *damaged),
        _ => (*damaged, *damaged),
    };
    slip(
        "fence-damaged",
        format!("{open}\n{lines}\n{close}\n{}", page.body()),
    )
}

fn fence_missing(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let lines = page.lines().join("\n");
    let [_, close] = page.fences();
    let blank = chance.pick(&["", "\n"]);
    let text = match chance.once_in(2) {
        true => format!("{lines}\n{close}\n{blank}{}", page.body()),
        false => format!("{lines}\n\n{}", page.body()),
    };
    slip("fence-missing", text)
}

fn never_closed(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let lines = page.lines().join("\n");
    let blank = chance.pick(&["", "\n", "\n\n"]);
    let tail = chance.pick(&["", "\n---\n\nWords\n", "\n- - -\n"]);
    let [open, _] = page.fences();
    slip(
        "never-closed",
        format!("{open}\n{lines}\n{blank}{}{tail}", page.body()),
    )
}

/// The closing fence stands above what decides; another may follow.
fn closed_too_early(chance: &mut Chance) -> Sample {
    let mut page = Page::yaml(chance);
    page.entries.insert(0, ("title".into(), "A".into()));
    let mut lines = page.lines();
    let (inside, outside) = (lines.drain(..=page.at).collect::<Vec<_>>(), lines);
    let between = chance.pick(&["", "\n", "\n---\n", "---\n", "\n# Heading\n\n"]);
    let after = chance.pick(&["---\n", "\n", "\n---\n\n"]);
    slip(
        "closed-too-early",
        format!(
            "---\n{}\n---\n{between}{}\n{after}{}",
            inside.join("\n"),
            outside.join("\n"),
            page.body()
        ),
    )
}

/// Every colon is of another kind.
fn colons(chance: &mut Chance) -> Sample {
    let page = Page::yaml(chance);
    let colon = *chance.pick(&["：", "： ", ":", " = ", "=", "﹕", "::", "："]);
    let lines: Vec<String> = page
        .entries
        .iter()
        .map(|(key, value)| format!("{key}{colon}{value}"))
        .collect();
    slip(
        "colons",
        format!("---\n{}\n---\n{}", lines.join("\n"), page.body()),
    )
}

/// The colon of what decides is of another kind.
fn one_colon(chance: &mut Chance) -> Sample {
    let page = Page::yaml(chance);
    let colon = *chance.pick(&[
        "：",
        "： ",
        ":",
        " = ",
        " ",
        " -> ",
        " :",
        "\u{a0}:\u{a0}",
        ":\t",
    ]);
    let mut lines = page.lines();
    let (key, value) = &page.entries[page.at];
    lines[page.at] = format!("{key}{colon}{value}");
    slip(
        "one-colon",
        format!("---\n{}\n---\n{}", lines.join("\n"), page.body()),
    )
}

fn head_in_code(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let info = chance.pick(&["", "yaml", "yml", "toml", "json", " yaml"]);
    let inside = match chance.once_in(2) {
        true => page.head(),
        false => format!("{}\n", page.lines().join("\n")),
    };
    slip(
        "head-in-code",
        format!("```{info}\n{inside}```\n{}", page.body()),
    )
}

fn head_in_comment(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let inside = match chance.once_in(2) {
        true => page.head(),
        false => format!("{}\n", page.lines().join("\n")),
    };
    slip(
        "head-in-comment",
        format!("<!--\n{inside}-->\n\n{}", page.body()),
    )
}

/// A comment before the head that is a marker, or is never closed.
fn comment_before(chance: &mut Chance) -> Sample {
    let comment = chance.pick(&[
        "<!-- members -->",
        "<!-- more -->",
        "<!-- note --",
        "<!- note ->",
        "<!--",
        "<!-- /paid -->",
    ]);
    let text = Page::right(chance).text();
    slip("comment-before", format!("{comment}\n{text}"))
}

fn words_before(chance: &mut Chance) -> Sample {
    let words = chance.pick(&[
        "Draft 2",
        "# A title",
        "Note: shorten",
        "%YAML 1.2",
        "x",
        "> quote",
        "@charset",
    ]);
    let blank = chance.pick(&["", "\n"]);
    let page = Page::yaml(chance);
    slip("words-before", format!("{words}\n{blank}{}", page.text()))
}

fn conflict_inside(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let text = page.text();
    let mut lines: Vec<&str> = text.lines().collect();
    let from = chance.below(lines.len());
    let to = from + chance.below(lines.len() - from) + 1;
    lines.insert(to, ">>>>>>> feature");
    lines.insert(to, "=======");
    lines.insert(from, "<<<<<<< HEAD");
    slip("conflict-inside", format!("{}\n", lines.join("\n")))
}

fn conflict_around(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let (head, body) = (page.head(), page.body());
    let text = match chance.below(3) {
        0 => format!("<<<<<<< HEAD\n{head}=======\n{head}>>>>>>> feature\n{body}"),
        1 => format!("<<<<<<< HEAD\n{head}||||||| base\n=======\n>>>>>>> feature\n{body}"),
        _ => format!("{head}=======\n{head}>>>>>>> feature\n{body}"),
    };
    slip("conflict-around", text)
}

/// Two lines have become one, or one has become two.
fn line_breaks(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let text = page.head();
    let breaks: Vec<usize> = text.match_indices('\n').map(|it| it.0).collect();
    let spaces: Vec<usize> = text.match_indices(' ').map(|it| it.0).collect();
    let mut text = text.into_bytes();
    let joined = *chance.pick(&breaks);
    text[joined] = b' ';
    if chance.once_in(3) && !spaces.is_empty() {
        text[*chance.pick(&spaces)] = b'\n';
    }
    slip(
        "line-breaks",
        String::from_utf8(text).unwrap() + page.body(),
    )
}

/// What decides is indented.
fn indented(chance: &mut Chance) -> Sample {
    let page = Page::yaml(chance);
    let mut lines = page.lines();
    let indent = chance.pick(&[" ", "  ", "    ", "\t", "\u{a0}", "\u{3000}", "- ", "> "]);
    lines[page.at].insert_str(0, indent);
    // A date below `extra` may be any date.
    let is_date = page.entries[page.at].0.to_lowercase().ends_with("date");
    if !is_date && chance.once_in(2) {
        let above = chance.pick(&[
            "extra:",
            "tags:",
            "description: |",
            "description: >",
            "cover:",
            "series:",
        ]);
        lines.insert(page.at, (*above).to_owned());
    }
    slip(
        "indented",
        format!("---\n{}\n---\n{}", lines.join("\n"), page.body()),
    )
}

/// One character or two of the head are lost, doubled, swapped, or others.
fn characters(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let mut head: Vec<char> = page.head().chars().collect();
    for _ in 0..=chance.below(2) {
        let at = chance.below(head.len() - 1);
        match chance.below(5) {
            0 => drop(head.remove(at)),
            1 => head.insert(at, head[at]),
            2 => head.swap(at, at + 1),
            3 => head.insert(at, *chance.pick(&INVISIBLE)),
            _ => head[at] = *chance.pick(&[' ', '-', ':', '\n', 'e', '"', '：', '_', ',']),
        }
    }
    slip(
        "characters",
        head.into_iter().collect::<String>() + page.body(),
    )
}

fn line_ends(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let end = *chance.pick(&[
        "\r\n", "\r", "\r\r\n", "\n\r", "\u{2028}", "\u{85}", "\u{b}",
    ]);
    let (head, body) = (page.head(), page.body());
    let text = match chance.once_in(2) {
        true => format!("{head}{body}").replace('\n', end),
        false => head.replace('\n', end) + body,
    };
    slip("line-ends", text)
}

/// As editors, mail, word processors and converters give a head back.
fn dressed(chance: &mut Chance) -> Sample {
    let page = Page::yaml(chance);
    let head = page.head();
    let each = |before: &str, after: &str| -> String {
        head.lines()
            .map(|line| format!("{before}{line}{after}\n"))
            .collect()
    };
    let numbered = head.lines().enumerate();
    let head = match chance.below(8) {
        0 => each("> ", ""),
        1 => each("<p>", "</p>"),
        2 => each("", "<br>").replace('\n', "") + "\n",
        3 => head.replace("---", "\\---").replace('\n', "\n\n"),
        4 => head.replace("---", "* * *").replace('\n', "\n\n"),
        5 => head.replace('\n', "\\n") + "\n",
        6 => numbered
            .map(|(at, line)| format!("{}: {line}\n", at + 1))
            .collect(),
        _ => {
            let lines = page.lines().join(" ");
            format!("---\n\n## {lines}\n")
        }
    };
    slip("dressed", format!("{head}\n{}", page.body()))
}

/// The whole page in one block of code, as a program that writes for people hands it out.
fn whole_in_block(chance: &mut Chance) -> Sample {
    let page = Page::right(chance);
    let fence = chance.pick(&["```", "~~~", "````"]);
    let info = chance.pick(&["markdown", "md", ""]);
    let (before, behind) = *chance.pick(&[
        ("", ""),
        ("\n", "\n"),
        ("Here is the article:\n\n", "\nShall I shorten it?\n"),
    ]);
    let format = match page.format {
        Format::Json => return dressed(chance),
        _ => page.text(),
    };
    slip(
        "whole-in-block",
        format!("{before}{fence}{info}\n{format}{fence}\n{behind}"),
    )
}

/// What decides in a comment of one line, before the page or behind its head.
fn one_line_comment(chance: &mut Chance) -> Sample {
    let (key, value) = *chance.pick(&[
        ("draft", "true"),
        ("publish_at", "2999-01-31"),
        ("expires_at", "2001-01-31"),
        ("status", "draft"),
        ("access", "paid"),
    ]);
    let forms = [
        "<!-- C -->",
        "<!--C-->",
        "[//]: # \"C\"",
        "[//]: # (C)",
        "[comment]: <> (C)",
        "%%C%%",
        "%% C %%",
        "{/* C */}",
        "{# C #}",
    ];
    let comment = chance.pick(&forms).replace('C', &format!("{key}: {value}"));
    let head = chance.pick(&["", "---\ntitle: A\n---\n", "---\ntitle: A\n---\n\n"]);
    slip(
        "one-line-comment",
        format!("{head}{comment}\n\n# A\n\nSECRET\n"),
    )
}

/// Text that resembles a head and is none.
fn prose(chance: &mut Chance) -> Sample {
    const BEFORE: [&str; 35] = [
        "---",
        "***",
        "___",
        "---\n\nOne thought\n\n---",
        "---\nOne thought\n---",
        "---\n\nNote: one thought\n\n---",
        "Date: today",
        "Date: today\n---",
        "Access: by bus, line 7",
        "Access: the door on the left\nOpen: 9 to 17",
        "Status: accepted",
        "Draft: please do not share",
        "Published: last week",
        "Note: this is prose",
        "**Status:** draft",
        "| key | value |\n|---|---|\n| access | paid |\n| draft | true |",
        "```rust\nlet access = paid;\n```",
        "```markdown\n---\naccess: paid\n---\n```",
        "# How to gate a page\n\nWrite this:\n\n```yaml\n---\ntitle: A\naccess: paid\n---\n```",
        "Words.\n\n~~~\n---\ndraft: true\n---\n~~~",
        "Words.\n\n    access: paid\n",
        "<!-- a comment -->",
        "{{< figure src=\"a.png\" >}}",
        "{: .lead}",
        "> access: what the word means",
        "<dl><dt>access</dt></dl>",
        "Paris -- a city\n\n-- Mei",
        "**Date:** 2030-01-01\n**Author:** Mei",
        "> 日期：2030-01-01",
        "> Status: accepted",
        "1. title: what it is called\n2. date: when it was written",
        "<!-- last updated: 2024-01-01 -->",
        "<!-- todo: access -->",
        "# Access: by bus",
        "Words.\n\n```markdown\n---\naccess: paid\n---\n\nIntro\n\n<!-- more -->\n\nrest\n```\n\n# More",
    ];
    let before = chance.pick(&BEFORE);
    let head = chance.pick(&[
        "",
        "---\ntitle: A\n---\n",
        "+++\ntitle = \"A\"\n+++\n",
        "---\ntitle: A\n---\n\n",
    ]);
    Sample {
        kind: "prose",
        text: format!("{head}{before}\n\nSECRET\n"),
        wanted: Wanted::Open,
    }
}
