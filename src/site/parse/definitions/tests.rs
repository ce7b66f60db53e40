//! Definitions at the end of a file belong to the text that uses them, and change nothing public where that is gated.

use crate::site::parse::testing::{codes, public_side, read, shown};

#[test]
fn definitions_at_the_end_belong_to_their_uses() {
    for (text, wanted) in [
        // Public, wherever the divider has put it; then gated.
        (
            "---\naccess: paid\n---\na[^1]\n\n<!-- more -->\n\nb[^2]\n\n[^1]: ONE\n[^2]: TWO\n",
            "a1 ONE {paid|b1 TWO}",
        ),
        (
            "a[^1] [l][r]\n\n<!-- members -->\n\nb[^2] [m][s]\n\n[^1]: ONE\n\n[r]: r.md\n[s]: s.md\n\n[^2]: TWO\n",
            "a1 (r.md)l ONE {members|b1 (s.md)m TWO}",
        ),
        (
            "a\n\n<!-- members -->\n\nb[^1]\n\n<!-- /members -->\n\nc[^2]\n\n[^1]: ONE\n[^2]: TWO\n",
            "a {members|b1 ONE}c1 TWO",
        ),
        // What a note uses is used by whoever uses the note.
        (
            "---\naccess: paid\n---\na\n\n<!-- more -->\n\nb[^1]\n\n[^1]: ONE[^2] [l][r]\n[^2]: TWO\n\n[r]: r.md\n",
            "a {paid|b1 ONE2 (r.md)l TWO}",
        ),
        // Two parts with one access may share.
        (
            "<!-- paid -->\n\na[^1]\n\n<!-- /paid -->\n\n<!-- paid -->\n\nb[^1]\n\n<!-- /paid -->\n\n[^1]: ONE\n",
            "{paid|a1 ONE}{paid|b1 ONE}",
        ),
        // A comment between definitions ends no run of them.
        (
            "a[^1]\n\n<!-- members -->\n\nb[^2]\n\n[^1]: ONE\n\n<!-- notes of the part -->\n\n[^2]: TWO\n",
            "a1 ONE {members|b1 TWO}",
        ),
        // Labels are the same in any letter case.
        ("a[^N] b[^n]\n\n[^n]: ONE\n", "a1 b1 ONE 2"),
        // In the middle a definition belongs to the text around it.
        (
            "a[^1]\n\n[^1]: ONE\n\n<!-- members -->\n\nb[^1]\n",
            "a1 ONE {members|b1 ONE}",
        ),
    ] {
        let parsed = read(text);
        assert_eq!(words(&shown(&parsed)), wanted, "{text}");
        assert!(parsed.findings.is_empty(), "{text}: {:?}", parsed.findings);
    }
}

/// Text and addresses without tags and ways back.
fn words(html: &str) -> String {
    let html = html.replace('\u{FE0E}', "");
    let mut out = String::new();
    for piece in html.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        let address = tag
            .strip_prefix("a href=\"")
            .and_then(|it| it.strip_suffix('"'));
        if let Some(address) = address.filter(|it| !it.starts_with('#')) {
            out.push_str(&format!("({address})"));
        }
        out.push_str(text);
    }
    let out = out.replace('↩', "").replace("{", " {");
    let spaced = out.split_whitespace().collect::<Vec<_>>().join(" ");
    spaced
        .replace(" }", "}")
        .replace("} {", "}{")
        .replace("| ", "|")
}

#[test]
fn one_definition_on_both_sides_is_one_finding() {
    for (text, places) in [
        (
            "a[^1] b[^1]\n\n<!-- members -->\n\nc[^1]\n\n[^1]: ONE\n",
            "line 1 (public), line 1 (public), line 5 (members)",
        ),
        (
            "[a][r]\n\n<!-- members -->\n\n![b][r]\n\n<!-- /members -->\n\nc\n\n[r]: r.png\n",
            "line 1 (public), line 5 (members)",
        ),
        (
            "<!-- members -->\n\na[^1]\n\n<!-- /members -->\n\n<!-- paid -->\n\nb[^1]\n\n<!-- /paid -->\n\n[^1]: ONE\n",
            "line 3 (members), line 9 (paid)",
        ),
        (
            "a[^1]\n\n<!-- members -->\n\nb[^2]\n\n[^1]: ONE[^3]\n[^2]: TWO[^3]\n[^3]: THREE\n",
            "line 7 (public), line 8 (members)",
        ),
        (
            "a[^1] b[^1]\n\n<!-- members -->\n\n[^1]: ONE\n\n<!-- /members -->\n",
            "line 1 (public), line 1 (public)",
        ),
    ] {
        let parsed = read(text);
        let found: Vec<_> = parsed.findings.iter().map(|it| it.code).collect();
        assert_eq!(found, ["gated-definition"], "{text}");
        let message = &parsed.findings[0].message;
        assert!(message.ends_with(places), "{message}");
        assert!(parsed.document.is_faulty);
    }
}

#[test]
fn notes_that_nobody_sees_are_reported() {
    for (body, wanted) in [
        (
            "a[^1] b[^1] c[^nope]\n\n[^1]: x\n[^1]: y\n[^z]: w",
            &["footnote-undefined", "footnote-twice", "footnote-unused"][..],
        ),
        ("a[^1]\n\n[^1]:", &["footnote-empty"]),
        ("a[^1]\n\n[^1]: ![](x.png)", &[]),
        ("a[^1]\n\n[^1]: `x`", &[]),
        ("a\n\n[^1]: x[^2]\n[^2]: y", &["footnote-unused"; 2]),
        ("# T[^1]\n\n[^1]: x", &["footnote-unused"]),
        (
            "`[^a]` \\[^a] [^a](b) [^a-z] [^ a] [^]\n\n```\n[^a]\n```",
            &[],
        ),
        ("a[^1]\n\n[^1]: x\n[r]: y.md", &["definition-swallowed"]),
        (
            "a[^1]\n\n<!-- paid -->\nb\n\n[^1]: x\n[r]: y.md",
            &["definition-swallowed"],
        ),
        // Gated text that would move into public text with the definition above it.
        (
            "a[^1]\n\n<!-- paid -->\nb\n\n[^1]: x\ny",
            &["definition-goes-on"],
        ),
        (
            "a[^1]\n\n<!-- paid -->\nb\n\n[^1]: x\n*y* z",
            &["definition-goes-on"],
        ),
        (
            "---\naccess: paid\n---\na[^1]\n\n<!-- more -->\n\nb\n\n[^1]: x  \ny",
            &["definition-goes-on"],
        ),
        (
            "[a][r]\n\n<!-- paid -->\nb\n\n[r]: /x\n\"y\"",
            &["definition-goes-on"],
        ),
        (
            "[a][r]\n\n<!-- paid -->\nb\n\n[r]:\ny",
            &["definition-goes-on"],
        ),
        // Meant as text of the note, used by the gated part alone, or behind its end.
        ("a[^1]\n\n<!-- paid -->\nb\n\n[^1]: x\n    y", &[]),
        ("a\n\n<!-- paid -->\nb[^1]\n\n[^1]: x\ny", &[]),
        (
            "a[^1]\n\n<!-- paid -->\nb\n\n<!-- /paid -->\n\n[^1]: x\ny",
            &[],
        ),
        ("a[^1]\n\n[^1]: x\ny", &[]),
    ] {
        assert_eq!(codes(body), wanted, "{body}");
    }
}

#[test]
fn each_use_of_a_note_has_its_way_back() {
    let html = shown(&read(
        "a[^x] b[^y] c[^x]\n\n[^y]: Y [l](l.md)\n[^x]: X [k](k.md)[^y]\n",
    ));
    for wanted in [
        "<p>X <a href=\"k.md\">k</a><sup class=\"footnote-ref\"><a href=\"#fn:2\" id=\"fnref:2:2\" role=\"doc-noteref\">2</a></sup> <a class=\"footnote-back\" href=\"#fnref:1\" role=\"doc-backlink\">↩\u{FE0E}</a> <a class=\"footnote-back\" href=\"#fnref:1:2\" role=\"doc-backlink\">↩\u{FE0E}<sup>2</sup></a></p>",
        "<p>Y <a href=\"l.md\">l</a> <a class=\"footnote-back\" href=\"#fnref:2\" role=\"doc-backlink\">↩\u{FE0E}</a> <a class=\"footnote-back\" href=\"#fnref:2:2\" role=\"doc-backlink\">",
    ] {
        assert!(html.contains(wanted), "{wanted} in {html}");
    }
}

#[test]
fn footnotes_are_numbered_by_side() {
    let text = "a[^x] b[^y] c[^x]\n\n[^y]: Y\n[^x]: X\n\n<!-- paid -->\nd[^z]\n\n[^z]: Z[^y]\n";
    let parsed = read(text);
    let findings = &parsed.findings;
    assert!(findings.is_empty());
    let html = shown(&parsed);
    for wanted in [
        "href=\"#fn:1\" id=\"fnref:1\"",
        "href=\"#fn:2\" id=\"fnref:2\"",
        "id=\"fnref:1:2\"",
        "<li id=\"fn:1\">\n<p>X <a",
        "<li id=\"fn:p1.1\">\n<p>Z<sup",
        "<li id=\"fn:p1.2\">\n<p>Y <a",
    ] {
        assert!(html.contains(wanted), "{wanted} in {html}");
    }
    assert!(!html[..html.find("{paid").unwrap()].contains('Z'));
}

#[test]
fn gated_text_changes_nothing_public() {
    let secrets = [
        "",
        "plain",
        "# Heading\n\n## Setup\n\n### Setup {#one}",
        "note[^g] [own][r] ![i](secret.png)\n\n[^g]: gated\n[r]: gated.md",
        "a[^m] [b][m]\n\n- list\n\n> quote\n\n| t |\n|---|\n| u |",
        "```rust\nfn secret() {}\n```\n\n<div id=\"x\"><a href=\"z.md\">z</a></div>",
        &"汉字。".repeat(500),
        "**unclosed `span [link](",
        "term\n: definition\n\na|b\n:-:|-\n1|2\n\n:::note",
        "c[^t] [d][t]",
    ];
    for frame in [
        "# T\n\n## Setup\n\na[^p] [b][p]\n:smile: [x](#s-etup)\n\nt|u\n:-:|-\n1|2\n\n[^m]: M\n\n[m]: m.md\n\n<!-- paid -->\n\nSECRET\n\n<!-- /paid -->\n\n## Setup\n\nc[^q] ![d](d.png)\n\n[^p]: P\n[^q]: Q\n[^t]: T\n\n[p]: p.md\n[t]: t.md\n",
        "a\n\n[^m]: M\n\n[m]: m.md\n\n<!-- members -->\n\nSECRET\n\n<!-- /members -->\n\nb\n\n<!-- tier:pro -->\n\nfixed\n\n<!-- /tier:pro -->\n\n[^t]: P\n\n[t]: p.md\n",
        "---\naccess: paid\n---\nlead[^p]\n\n<!-- more -->\n\nSECRET\n\n[^p]: P\n[^m]: M\n[^t]: T\n\n[m]: m.md\n[t]: p.md\n",
        "---\naccess: paid\n---\none\n\ntwo\n\nthree\n\nkept\n\nSECRET\n\n[^m]: P\n[^t]: P\n\n[m]: p.md\n[t]: p.md\n",
    ] {
        let sides: Vec<String> = secrets
            .iter()
            .map(|secret| {
                let parsed = read(&frame.replace("SECRET", secret));
                let (document, findings) = (&parsed.document, &parsed.findings);
                assert!(!document.is_faulty, "{findings:?}");
                public_side(&parsed)
            })
            .collect();
        for (secret, side) in secrets.iter().zip(&sides) {
            assert_eq!(*side, sides[0], "{secret} in {frame}");
        }
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n_sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n_sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }
}

/// Definitions of one side: notes that may hold a heading, an id, a list, a picture, and use each other; and links.
fn definitions(dice: &mut Dice, side: char, n_labels: u64) -> Vec<String> {
    let mut all = Vec::new();
    for n in 0..n_labels {
        let inside = dice.pick(&[
            "text",
            "see [l][LINK]",
            "and[^NEXT]",
            "text\n\n    ## Setup",
            "<b id=\"setup\">b</b>",
            "![p](PIC.png)",
            "- a\n    - b",
            "**b** `c`",
            "汉字。",
        ]);
        let next = format!("{side}{}", (n + 1) % n_labels);
        let inside = inside
            .replace("LINK", &format!("{side}l{}", dice.roll(2)))
            .replace("NEXT", &next)
            .replace("PIC", &next);
        all.push(format!("[^{side}{n}]: {inside} {}", dice.roll(1000)));
    }
    for n in 0..2 {
        all.push(format!("[{side}l{n}]: {side}{}.md", dice.roll(9)));
    }
    all
}

fn paragraph(dice: &mut Dice, side: char, n_labels: u64) -> String {
    let mut text = String::from("word");
    for _ in 0..dice.roll(4) {
        text.push_str(&match dice.roll(3) {
            0 => format!(" [x][{side}l{}]", dice.roll(2)),
            _ => format!("[^{side}{}]", dice.roll(n_labels)),
        });
    }
    text
}

/// 300 pages, each with six versions of its gated text, definitions and their places among the public ones.
#[test]
fn gated_definitions_at_the_end_change_nothing_public() {
    let mut dice = Dice(8);
    for _ in 0..300 {
        let frame = dice.pick(&[
            "---\naccess: paid\n---\nPUBLIC\n\n## Setup\n\nPUBLIC\n\n<!-- more -->\n\nGATED\n\nGATED\n\nDEFS",
            "PUBLIC\n\n<!-- members -->\n\nGATED\n\n<!-- /members -->\n\nPUBLIC\n\n## Setup\n\nDEFS",
            "PUBLIC\n\n<!-- tier:pro -->\n\nGATED\n\nDEFS",
            "---\naccess: members\n---\nPUBLIC\n\n<!-- members -->\n\nGATED\n\n<!-- /members -->\n\nPUBLIC\n\n<!-- more -->\n\nGATED\n\nDEFS",
        ]);
        let mut public = frame.to_owned();
        while public.contains("PUBLIC") {
            public = public.replacen("PUBLIC", &paragraph(&mut dice, 'p', 3), 1);
        }
        let own = definitions(&mut dice, 'p', 3);
        let sides: Vec<(String, String)> = (0..6)
            .map(|version| {
                let mut text = public.clone();
                while text.contains("GATED") {
                    let gated = match version {
                        0 => String::new(),
                        _ => paragraph(&mut dice, 'g', 3),
                    };
                    text = text.replacen("GATED", &gated, 1);
                }
                let mut all = own.clone();
                for definition in definitions(&mut dice, 'g', if version == 1 { 0 } else { 3 }) {
                    let at = dice.roll(all.len() as u64 + 1) as usize;
                    all.insert(at, definition);
                }
                let text = text.replace("DEFS", &all.join("\n\n"));
                let parsed = read(&text);
                assert!(!parsed.document.is_faulty, "{text}\n{:?}", parsed.findings);
                (public_side(&parsed), text)
            })
            .collect();
        for (side, text) in &sides {
            assert_eq!(*side, sides[0].0, "{text}\n-- and --\n{}", sides[0].1);
        }
    }
}
