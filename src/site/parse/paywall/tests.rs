//! How whole pages are cut, and that no doubt opens a gate.

use crate::ids::Access;
use crate::site::parse::testing::{codes, read, shown};
use crate::site::parse::{ParseSettings, Part, PublicFragment};

#[test]
fn parts_are_cut_where_markers_stand() {
    for (text, wanted) in [
        (
            "a\n\n<!-- members -->\nb\n\n<!-- /members -->\nc",
            "<p>a</p>\n{members|<p>b</p>}<p>c</p>\n",
        ),
        ("a\n\n<!--paid-->\nb", "<p>a</p>\n{paid|<p>b</p>}"),
        (
            "a\n\n<!-- Tier:pro -->\nb\n\n<!-- /tier:pro -->",
            "<p>a</p>\n{tier:pro|<p>b</p>}",
        ),
        (
            "a\n\n<!--members-only-->\nb",
            "<p>a</p>\n{members|<p>b</p>}",
        ),
        (
            "- a\n<!-- paid -->\n- b",
            "<ul>\n<li>a</li>\n</ul>\n{paid|<ul>\n<li>b</li>\n</ul>}",
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- MORE -->\nb",
            "<p>a</p>\n{paid|<p>b</p>}",
        ),
        (
            "---\naccess: pro\n---\na\n\nb\n\nc\n\nd",
            "<p>a</p>\n<p>b</p>\n<p>c</p>\n{tier:pro|<p>d</p>}",
        ),
        (
            "---\naccess: paid\n---\na\n<!-- more -->\n<!-- tier:pro -->\nb\n\n<!-- /tier:pro -->\nc",
            "<p>a</p>\n{paid|}{tier:pro|<p>b</p>}{paid|<p>c</p>}",
        ),
        // What Ghost's marker leaves for the page's own access.
        (
            "---\naccess: paid\n---\na\n\n<!--members-only-->\nb",
            "<p>a</p>\n{paid|<p>b</p>}",
        ),
        // A marker may stand for the divider where it gates no less.
        (
            "---\naccess: members\n---\na\n\n<!-- paid -->\nb",
            "<p>a</p>\n{paid|<p>b</p>}",
        ),
        (
            "---\naccess: pro\n---\na\n\n<!-- members -->\nb\n\n<!-- /members -->\nc\n\n<!-- more -->\nd",
            "<p>a</p>\n{members|<p>b</p>}<p>c</p>\n{tier:pro|<p>d</p>}",
        ),
        (
            "---\naccess: paid\nteaser: all\n---\na\n\nb\n\nc\n\nd\n\ne",
            "<p>a</p>\n<p>b</p>\n<p>c</p>\n<p>d</p>\n<p>e</p>\n",
        ),
        (
            "---\naccess: paid\nteaser: all\n---\na\n\n<!-- more -->\nb",
            "<p>a</p>\n{paid|<p>b</p>}",
        ),
        ("a\n\n<!-- more -->\n\nb", "<p>a</p>\n<p>b</p>\n"),
    ] {
        let parsed = read(text);
        let findings = &parsed.findings;
        assert_eq!(shown(&parsed), wanted, "{text}");
        assert!(findings.is_empty(), "{text}");
    }
}

#[test]
fn a_fault_never_opens_a_gate() {
    for (text, wanted) in [
        (
            "<!-- members -->\na\n\n<!-- paid -->\nb",
            &["marker-nested"][..],
        ),
        (
            "<!-- members -->\na\n\n<!-- /paid -->\nb",
            &["marker-crossed"],
        ),
        ("a\n\n<!-- /paid -->\nb", &["marker-unopened"]),
        ("<!-- memebers -->\na", &["marker-misspelt"]),
        ("<!-- member -->\na", &["marker-misspelt"]),
        ("<!-- members only -->\na", &["marker-misspelt"]),
        ("<!-- pro -->\na", &["marker-misspelt"]),
        ("<!-- tier: pro -->\na", &["marker-misspelt"]),
        ("<!-- tier pro -->\na", &["marker-misspelt"]),
        (
            "<!-- members -->\na\n\n<!-- end members -->\nb",
            &["marker-misspelt"],
        ),
        ("a <!-- members --> b", &["marker-misplaced"]),
        ("<!-- members --> b", &["marker-misplaced"]),
        ("  <!-- members -->\nb", &["marker-misplaced"]),
        ("<div>\n<!-- members -->\n</div>", &["marker-misplaced"]),
        ("<!--\n<!-- members -->\nb", &["marker-misplaced"]),
        (
            "```\ncode\n\n<!-- members -->\nb",
            &["marker-in-open-fence"],
        ),
        ("See `b`%%\n<!-- members -->\n%%\nc", &["marker-misplaced"]),
        ("a ``b``%%x\n<!-- members -->%%\nc", &["marker-misplaced"]),
        (
            "![](x.png)%%\n<!-- members -->\n%%\nc",
            &["marker-misplaced"],
        ),
        ("[l](x)%%\n<!-- members -->\n%%\nc", &["marker-misplaced"]),
        ("*b*%%\n<!-- members -->\n%%\nc", &["marker-misplaced"]),
        ("<b>b</b>%%\n<!-- members -->\n%%\nc", &["marker-misplaced"]),
        ("$b$%%\n<!-- members -->\n%%\nc", &["marker-misplaced"]),
        (
            "---\naccess: paid\n---\na\n\n<!-- mor -->\nb",
            &["marker-misspelt", "nothing-gated"],
        ),
        ("---\naccess: piad\n---\na", &["access-unknown"]),
        ("- a\n\n  <!-- members -->", &["marker-misplaced"]),
        ("- <!-- membres -->", &["marker-misspelt"]),
        ("> <!-- paid -->", &["marker-misplaced"]),
        ("| <!-- paid --> |\n|---|", &["marker-misplaced"]),
        ("a\n: <!-- paid -->", &["marker-misplaced"]),
        ("a[^1]\n\n[^1]: <!-- paid -->", &["marker-misplaced"]),
        ("<pre>\n<!-- paid -->\n</pre>", &["marker-misplaced"]),
        ("<!-- members\nb", &["marker-misspelt"]),
        ("<!--\nmembers\n-->\nb", &["marker-misplaced"]),
        ("<!--\nmembers\nb", &["marker-misspelt"]),
        (
            "<!-- members -- >\nb\n\n<!-- note -->",
            &["marker-misspelt"],
        ),
        ("<!-- members --!>\nb", &["marker-misspelt"]),
        ("<!--> members -->\nb", &["marker-misspelt"]),
        ("a\n<!— members —>\nb", &["marker-misspelt"]),
        ("a <!— members —> b", &["marker-misspelt"]),
        ("- a <!— members —>", &["marker-misspelt"]),
        ("<!-- note --> <! -- members -->\nb", &["marker-misspelt"]),
        ("<pre>\n<!— paid —>\nb", &["marker-misspelt"]),
        ("[//]: # (members)\n\nb", &["marker-misspelt"]),
        ("a\n\n[members]\n\nb\n\n[/members]", &["marker-misspelt"; 2]),
        ("a\n\n[hide]\n\nb\n\n[/hide]", &["marker-misspelt"; 2]),
        ("&lt;!-- paid --&gt;\n\nb", &["marker-misspelt"]),
        ("a\n\n<!-- paid -->\nb\n\n<!-- note", &["comment-unclosed"]),
        (
            "---\naccess: paid\n---\na\n\n<!-- more -->\nb <!-- note",
            &["comment-unclosed"],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- note\n\nb",
            &["comment-unclosed", "nothing-gated"],
        ),
        (
            "---\naccess: paid\n---\na\n\n- <!-- more -->",
            &["marker-misplaced", "nothing-gated"],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- truncate -->\nb",
            &["marker-misspelt", "nothing-gated"],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!--more Read on-->\nb",
            &["marker-misspelt", "nothing-gated"],
        ),
        ("---\naccess: paid\n---\na", &["nothing-gated"]),
        (
            "---\naccess: paid\nteaser: some\n---\na",
            &["nothing-gated"],
        ),
        (
            "---\naccess: pro\n---\na\n\n<!-- members -->\nb\n\n<!-- more -->\nc",
            &["divider-in-part", "marker-wider"],
        ),
        (
            "---\naccess: pro\n---\na\n\n<!-- more -->\n\n<!-- members -->\nb\n\n<!-- /members -->\nc",
            &["marker-wider"],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- members -->\nb",
            &["marker-wider"],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- paid -->\nb\n\n<!-- more -->\nc\n\n<!-- /paid -->\nd",
            &["divider-in-part"],
        ),
        (
            "a\n\n<!--members-only-->\nb\n\n<!-- /members -->\nc",
            &["marker-crossed"],
        ),
        (
            "a[^1]\n\n<!-- members -->\n[^1]: secret\n\n<!-- /members -->",
            &["gated-definition"],
        ),
        (
            "[a][1] ![a][1]\n\n<!-- members -->\n[1]: secret.png\n\n<!-- /members -->",
            &["gated-definition"],
        ),
        (
            "<!-- members -->\n[1]: secret\n\n<!-- /members -->\n\n<!-- paid -->\n[1]",
            &["gated-definition"],
        ),
    ] {
        let parsed = read(text);
        let (document, findings) = (&parsed.document, &parsed.findings);
        let mut codes: Vec<_> = findings.iter().map(|it| it.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, wanted, "{text}");
        assert!(document.is_faulty, "{text}");
    }
}

#[test]
fn what_is_text_is_warned_of_and_comments_are_left_alone() {
    for (text, wanted) in [
        ("```\n<!-- members -->\n```", &["marker-as-text"][..]),
        ("a <!-- mor --> b", &["divider-misspelt"]),
        ("a\n\n<!— more —>\n\nb", &["divider-misspelt"]),
        ("a\n\n<!-- note\n\nb", &["comment-unclosed"]),
        ("a <!-- b", &[]),
        (
            "<!-- members -->\na\n\n<!-- more -->\n\n<!-- /members -->",
            &["divider-misplaced"],
        ),
        (
            "<!-- truncate -->\n\n<!--more Read on-->\n\n<!-- read more -->",
            &[],
        ),
        (
            "---\naccess: paid\n---\na\n\n<!-- excerpt -->\n\n<!-- more -->\nb",
            &[],
        ),
        ("<pre>\n&lt;!-- paid --&gt;\n</pre>", &[]),
        ("a\n\n[hide]\n\nb", &[]),
        ("[members]\n\n[members]: /members", &[]),
        ("| [members] |\n|---|", &[]),
        ("- [ ] members\n- paid ->\n\n> paid >", &[]),
        ("a <!-- more --> b", &["divider-misplaced"]),
        ("a\n\n  <!-- more -->\n\nb", &[]),
        ("```\n<!-- more -->\n```", &[]),
        ("- a\n\n  <!-- more -->", &["divider-misplaced"]),
        (
            "---\naccess: paid\n---\na\n\n<!-- more -->\n\n```\n<!-- more -->\n```\n",
            &["marker-as-text"],
        ),
        ("`<!-- members -->`", &[]),
        ("<!-- note -->", &[]),
        ("<!-- Paid plans are described below. -->", &[]),
        (
            "<!-- prettier-ignore -->\n<!-- toc -->\n<!-- note: more -->",
            &[],
        ),
        (
            "[a]\n\n[a]: x\n\n<!-- members -->\n[a][] [^b]\n\n[^b]: y",
            &[],
        ),
    ] {
        let parsed = read(text);
        let (document, findings) = (&parsed.document, &parsed.findings);
        let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
        assert_eq!(codes, wanted, "{text}");
        assert!(!document.is_faulty, "{text}");
    }
}

/// Code with a marker is shown in languages that have HTML or pages in them, and an error in all others.
#[test]
fn the_language_of_code_tells_whether_it_shows_a_marker() {
    let text = |language: &str| {
        format!("words\n\n```{language}\n<!-- members -->\n<p>x</p>\n<!-- /members -->\n```\n")
    };
    let showing = "php erb ejs hbs handlebars mustache twig jinja j2 django liquid njk nunjucks go-html-template \
        gotmpl blade razor cshtml jsp astro svg rss atom xslt jsx tsx none output text html htm vue svelte \
        markdown mdx yaml diff freemarker velocity html+erb {.php} PHP 代码";
    for language in showing.split_whitespace() {
        let parsed = read(&text(language));
        assert!(!parsed.document.is_faulty, "{language}");
    }
    let others = "sh bash zsh console rust go python js ts json c cpp java ruby sql css make dockerfile ini tex lua";
    for language in others.split_whitespace() {
        assert_eq!(codes(&text(language)), ["marker-in-code"; 2], "{language}");
    }
}

/// What stands between the teaser and the first gated block is gated with it; what ends the page is not.
#[test]
fn a_comment_behind_the_teaser_is_gated() {
    for (text, wanted) in [
        (
            "a\n\nb\n\nc\n\n<!-- note -->\n\nd",
            "<p>a</p>\n<p>b</p>\n<p>c</p>\n{paid|<!-- note -->\n<p>d</p>}",
        ),
        (
            "a\n\n<!-- x -->\n\nb\n\nc[^1]\n\n[^1]: e\n\nd",
            "<p>a</p>\n<!-- x -->\n<p>b</p>\n",
        ),
    ] {
        let parsed = read(&format!("---\naccess: paid\n---\n{text}"));
        assert!(shown(&parsed).starts_with(wanted), "{}", shown(&parsed));
        assert!(parsed.findings.is_empty(), "{text}");
    }
    let only = "---\naccess: paid\n---\na\n\nb\n\nc\n\n<!-- note -->";
    assert_eq!(codes_of(only), ["nothing-gated"]);
}

/// On a gated page without a divider, whatever ends a teaser elsewhere is an error; with one, and on open pages, it is not.
#[test]
fn dividers_of_other_tools_are_errors_where_nothing_else_divides() {
    let others = "<!-- show more -->|<!-- see more -->|<!-- moar -->|<!-- continue -->|<!-- cut -->|<!-- fold -->|<!-- summary -->|\
        <!-- end -->|<!-- rest -->|<!-- intro end -->|<!-- free until here -->|<!--nextpage-->|<!-- 摘要 -->|[more]|---more---|\
        READMORE|MORE|阅读全文|--- read more ---";
    for other in others.split('|') {
        let text = |access: &str, divider: &str| {
            format!("---\naccess: {access}\n---\na\n\n{other}\n\nb\n\n{divider}c\n\nd\n\ne")
        };
        assert_eq!(codes_of(&text("paid", "")), ["marker-misspelt"], "{other}");
        let is_quiet = |text: String| codes_of(&text).iter().all(|it| *it == "divider-misspelt");
        assert!(is_quiet(text("paid", "<!-- more -->\n\n")), "{other}");
        assert!(is_quiet(text("public", "")), "{other}");
    }
    for ordinary in [
        "<!-- toc -->",
        "<!-- note -->",
        "<!-- todo: more -->",
        "more",
        "The end",
        "<!-- prettier-ignore -->",
    ] {
        let text = format!("---\naccess: paid\n---\na\n\n{ordinary}\n\nb\n\nc\n\nd\n\ne");
        assert_eq!(codes_of(&text), [""; 0], "{ordinary}");
    }
}

/// Words behind a fence that are no language.
#[test]
fn what_is_nearly_a_divider_decides_nothing_on_an_open_page() {
    for line in [
        "<!---more-->",
        "<!-- mor -->",
        "<!--more-->",
        "<!-- excerpt -->",
    ] {
        let text = format!("```\ncode```\n\n{line}\nb\n\n```\nx\n```\n");
        assert_eq!(codes(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_fence_that_names_readers_is_an_error() {
    for info in [
        "tier:pro",
        "tier pro",
        "access paid",
        "members",
        "paid",
        "members-only",
        "{.paid}",
        "paid content",
    ] {
        assert_eq!(
            codes(&format!("a\n\n```{info}\nx\n```\n")),
            ["marker-misspelt"],
            "{info}"
        );
    }
    for info in [
        "",
        "rust",
        "pro",
        "text members.txt",
        "access",
        "tierlist",
        "public",
        "rust,ignore",
        "yaml paid.yml",
    ] {
        assert_eq!(
            codes(&format!("a\n\n```{info}\nx\n```\n")),
            [""; 0],
            "{info}"
        );
    }
}

fn codes_of(text: &str) -> Vec<&'static str> {
    read(text).findings.iter().map(|it| it.code).collect()
}

/// Shortcodes and elements that gate what they enclose, in one line and in several.
#[test]
fn what_closes_a_gate_of_another_tool_is_an_error_in_any_line() {
    let names = "members paid vip premium paywall subscribers members-only premium-content hide reply login secret private \
        restrict 付费 会员 回复可见 付费内容";
    let frames = [
        "[N]x[/N]",
        "text [N]x[/N] text",
        "[N]x\n[/N]",
        "[N]\nx[/N]",
        "[N a=\"b\"]x[/N]",
        "[N]a\n\nx\n\n[/N]",
        "- [N]x[/N]",
    ];
    let ascii = [
        "<N>x</N>",
        "<p><N>x</N></p>",
        "text <N>x</N> text",
        "<N>\nx\n</N>",
        "<N class=\"a\">x</N>",
        "{% N %}x{% endN %}",
        "{{< N >}}x{{< /N >}}",
        "{{% N %}}x{{% /N %}}",
        "!!! N\n    x",
        "??? N \"a\"\n    x",
        "???+ N\n    x",
        ":::N x :::",
        "::: N x\n:::",
    ];
    for name in names.split_whitespace() {
        let ascii = ascii.iter().filter(|_| name.is_ascii());
        for frame in frames.iter().chain(ascii) {
            let text = format!("intro\n\n{}\n\nend\n", frame.replace('N', name));
            assert!(read(&text).document.is_faulty, "{text}");
        }
    }
    for name in ["members", "paid", "premium", "付费"] {
        for fence in ["```", "~~~", "```{", "```{."] {
            let close = &fence[..3];
            let text = format!("intro\n\n{fence}{name}\nx\n{close}\n");
            assert_eq!(codes(&text), ["marker-misspelt"], "{text}");
        }
    }
    for definition in [
        "[comment]: <> (paid)",
        "[//]: <> (members)",
        "[//]: # \"paid\"",
        "[paid]: <> ()",
        "[_metadata_:access]: - \"paid\"",
    ] {
        let text = format!("intro\n\n{definition}\n\nx\n");
        assert!(read(&text).document.is_faulty, "{text}");
    }
    for text in [
        "`[/hide]` closes it",
        "```\n[members]x[/members]\n```",
        "[/members](x)",
        "<section>x</section>",
        "<b>members</b>",
        "see /members",
        "[b]x[/b]",
        "{% note %}x{% endnote %}",
        "!!! note\n    members",
        "::: details Members\nx\n:::",
        "[members]: #members \"Members\"\n\n[members]",
        "<pre>\n</members>\n</pre>",
        "!!!",
        "Write &lt;!-- members --&gt; on a line of its own.",
        "<p>Write &lt;!-- members --&gt;</p>",
        "- `x`: &lt;!-- paid --&gt;",
        "Write \\<!-- members --\\> on a line.",
        "Then x <- members gives a copy.",
        "a <- paid",
    ] {
        let text = format!("intro\n\n{text}\n");
        let parsed = read(&text);
        assert!(!parsed.document.is_faulty, "{text}: {:?}", parsed.findings);
    }
}

const PAIR: &str = "<!-- paid -->\n\nsecret\n\n<!-- /paid -->";

#[test]
fn a_fence_that_was_forgotten_hides_no_marker() {
    for frame in [
        "```sh\nmake\n\nPAIR\n\n```sh\nother\n```",
        "```sh\nmake\n\nPAIR\n\n```\nother\n```",
        "```\nmake\n\nPAIR\n\n```\nother\n```",
        "```\nmake\n\nPAIR\n\n```\nother\n```\n\n```sh\nthird\n```",
        "```\nmake\n\nPAIR\n",
        "~~~\nmake\n```\n\nPAIR\n\n~~~\nother\n~~~",
        "````\nmake\n```\n\nPAIR\n\n````\nother\n````",
        "- a\n\n  ```sh\n  make\n```\n\nPAIR\n\n```\nother\n```",
        "> ```\n> make\n\n```\n\nPAIR\n\n```\nother",
        "```sh\nmake\n\nPAIR\n```",
        "```{.rust}\nPAIR\n```",
        "```\n```sh\nPAIR\n```",
        "    <!-- paid -->\n\nsecret",
        "\t<!-- paid -->\n\nsecret",
        "<!-- paid -->\na\n\n```\n<!-- /paid -->\n```\n\nsecret",
        "```\nmake\n\n<!— paid —>\n\nsecret\n\n```sh\nother\n```",
        "\u{200b}```\nmake\n```\n\nPAIR\n\n```\nother",
        "make ```\nx\n```\n\nPAIR\n\n```\nother",
        "```\nmake\n``\n\nPAIR\n\n```\nother",
        "```\nmake\n´´´\n\nPAIR\n\n```\nother",
        "```\nmake```\n\nPAIR\n\n```\nother",
        "- a\n\n      ```\nmake\n  ```\n\nPAIR\n\n```\nother",
    ] {
        let parsed = read(&frame.replace("PAIR", PAIR));
        assert!(parsed.document.is_faulty, "{frame}: {:?}", parsed.findings);
    }
}

/// Every fence with what may stand before and behind the line that should close it: where it closes nothing, the marker
/// behind it is code, and that is an error.
#[test]
fn a_line_that_only_looks_like_a_closing_fence_hides_no_marker() {
    #[rustfmt::skip]
    const BEFORE: [&str; 25] = [
        "", " ", "  ", "   ", "    ", "     ", "        ", "\t", " \t", "  \t", "> ", "  > ", "> > ", "- ", "* ", "1. ",
        "\u{a0}", "\u{3000}", "\u{200b}", "\u{feff}", "\u{c}", "\u{b}", "x", "- x ", ". ",
    ];
    #[rustfmt::skip]
    const BEHIND: [&str; 18] = [
        " ", "\t", "\u{a0}", "\u{2002}", "\u{3000}", "\u{200b}", "\u{feff}", "\u{c}", "\u{b}", "\u{85}",
        "\u{2028}", "\u{2060}", "\u{202f}", "\u{fe0f}", ".", " end", "\\", "sh",
    ];
    let (mut n_faulty, mut n_gated) = (0, 0);
    let mut check = |text: String| {
        let parsed = read(&text);
        let public = shown(&parsed);
        let is_gated = !public.contains("secret") || public.contains("{paid|<p>secret");
        assert!(parsed.document.is_faulty || is_gated, "{text}\n{public}");
        match parsed.document.is_faulty {
            true => n_faulty += 1,
            false => n_gated += 1,
        }
    };
    for fence in ["```", "~~~", "````"] {
        for container in ["", "- a\n\n", "- ", "> ", "1. a\n\n"] {
            for indent in ["", " ", "  ", "   "] {
                for tail in ["", "\n\nFENCE\nother\nFENCE\n", "\n\nFENCE\nother\n"] {
                    let tail = tail.replace("FENCE", fence);
                    let open = format!("intro\n\n{container}{indent}{fence}\ncode\n");
                    for before in BEFORE {
                        check(format!("{open}{before}{fence}\n\n{PAIR}{tail}"));
                    }
                    for behind in BEHIND {
                        check(format!("{open}{fence}{behind}\n\n{PAIR}{tail}"));
                    }
                }
            }
        }
    }
    assert!(n_faulty > 3_000 && n_gated > 300, "{n_faulty} {n_gated}");
}

/// Nothing but an indent makes these lines code: a slip of the author as easily as code.
#[test]
fn a_marker_in_code_by_its_indent_is_an_error() {
    for (text, columns) in [
        ("    <!-- paid -->", &[5][..]),
        ("    a\n    <!-- paid -->\n    b", &[5]),
        ("    <!-- paid -->\n    b\n    <!-- /paid -->", &[5, 5]),
        ("    <!-- paid -->\n\n      <!-- /paid -->\n", &[5, 7]),
        ("\t<!-- tier:pro -->\n\tb", &[2]),
        ("- a\n\n      <!-- paid -->\n      b", &[7]),
    ] {
        let parsed = read(&format!("words\n\n{text}"));
        let found = parsed.findings.iter();
        let found: Vec<_> = found.map(|it| (it.code, it.column)).collect();
        let wanted = columns.iter().map(|it| ("marker-in-code", *it));
        assert_eq!(found, wanted.collect::<Vec<_>>(), "{text}");
        assert!(parsed.document.is_faulty, "{text}");
    }
}

#[test]
fn a_page_may_show_markers_in_code() {
    for frame in [
        "```\nPAIR\n```",
        "```markdown\n---\naccess: paid\n---\n\nPAIR\n```\n\ntext",
        "```html\nPAIR\n```\n\n```sh\nmake\n```",
        "~~~\n```sh\nmake\n```\n\nPAIR\n~~~",
        "````md\n```sh\nmake\n```\n\nPAIR\n````",
        "- a\n\n  ```md title=\"a.md\"\n  <!-- paid -->\n  ```",
        "> ```text\n> <!-- paid -->\n> ```",
        "PAIR\n\n```\nPAIR\n```",
        "```markdown\n1. step\n\n    ```js\n    x\n    ```\n\nPAIR\n```",
        "`<!-- paid -->` and ``<!-- members -->``",
        "```\nbegin\n<!— paid —>\n```",
        "````md\n- item\n\n  ```sh\n  make\n  ```\n\nPAIR\n````",
        "````md\n1. step\n\t```sh\n\tmake\n\t```\n\nPAIR\n````",
        "````md\n> ~~~\n> make\n> ~~~\n\nPAIR\n````",
        "```\nPAIR\n``` ",
        "```\nPAIR\n   ```",
        "> ```\n> MARKER\n> ```",
        "- ```\n  MARKER\n  ```\n\ntext",
        "```md\nuse `MARKER` and '' or \'\'\' in text\n\nPAIR\n```",
    ] {
        let frame = frame.replace("MARKER", "<!-- paid -->");
        let parsed = read(&format!("words\n\n{}", frame.replace("PAIR", PAIR)));
        assert!(!parsed.document.is_faulty, "{frame}: {:?}", parsed.findings);
    }
}

/// Every order of markers in pages of every access: where nothing is reported, no text is more open than the page's
/// access says from the divider on, nor than the marker in force.
#[test]
fn no_order_of_markers_opens_more_than_each_of_them() {
    const MARKS: [&str; 11] = [
        "more",
        "members-only",
        "members",
        "paid",
        "tier:basic",
        "tier:pro",
        "/members",
        "/paid",
        "/tier:basic",
        "/tier:pro",
        "note",
    ];
    let (mut n_whole, mut n_faulty) = (0, 0);
    for page in ["public", "members", "paid", "tier:basic", "tier:pro"] {
        for first in MARKS {
            for second in MARKS {
                for third in MARKS {
                    let marks = [first, second, third];
                    match check_order(page, &marks) {
                        true => n_whole += 1,
                        false => n_faulty += 1,
                    }
                }
            }
        }
    }
    assert!(n_whole > 400 && n_faulty > 4_000, "{n_whole} {n_faulty}");
}

/// Whether the page is without an error.
fn check_order(page: &str, marks: &[&str]) -> bool {
    let settings = ParseSettings::for_tests();
    let page_access = Access::parse(page).unwrap();
    let mut text = format!("---\naccess: {page}\n---\nwordA\n\nwordB\n\n");
    let mut words = vec![("wordA", Vec::new()), ("wordB", Vec::new())];
    let (mut part, mut is_behind, mut n_public) = (None, false, 2);
    let ends = marks
        .iter()
        .any(|it| matches!(*it, "more" | "members-only"));
    for (mark, word) in marks.iter().zip(["wordC", "wordD", "wordE"]) {
        text.push_str(&format!("<!-- {mark} -->\n\n{word}\n\n"));
        match *mark {
            "more" => is_behind = true,
            "members-only" if page_access.is_gated() => is_behind = true,
            "members-only" => part = Some(Access::Members),
            "note" => {}
            _ => match mark.strip_prefix('/') {
                Some(closed) if part == Access::parse(closed) => part = None,
                Some(_) => {}
                None => part = Access::parse(mark),
            },
        }
        let is_open = part.is_none() && !is_behind;
        n_public += usize::from(is_open);
        is_behind |= !ends && n_public > settings.teaser;
        let behind = is_behind.then(|| page_access.clone());
        words.push((word, part.clone().into_iter().chain(behind).collect()));
    }
    let parsed = read(&text);
    if parsed.document.is_faulty {
        return false;
    }
    for (word, limits) in words {
        let part = parsed.body.parts.iter().find_map(|part| match part {
            Part::Public {
                html: PublicFragment(html),
            } => html.html.contains(word).then_some(&Access::Public),
            Part::Gated { access, html, .. } => html.0.html.contains(word).then_some(access),
        });
        let access = part.unwrap_or_else(|| panic!("{word} is lost: {text}"));
        for limit in limits {
            assert!(
                settings.is_as_strict(access, &limit),
                "{word} is {access}, not {limit}: {text}"
            );
        }
    }
    true
}

#[test]
fn a_part_without_text_looks_like_a_full_one() {
    for frame in [
        "---\naccess: paid\n---\na\n\n<!-- members -->\n\nm\n\n<!-- /members -->\n\nb\n\n<!-- more -->\n\nSECRET\n",
        "---\naccess: paid\n---\na\n\n<!-- more -->\n\nSECRET\n\n<!-- tier:pro -->\n\nb\n\n<!-- /tier:pro -->\n\nc\n",
        "---\naccess: paid\n---\na\n\n<!-- more -->\n\nb\n\n<!-- tier:pro -->\n\nc\n\n<!-- /tier:pro -->\n\nSECRET\n",
        "---\naccess: paid\n---\na\n\n<!-- more -->\n\nSECRET\n",
        "a\n\n<!-- members -->\n\nSECRET\n\n<!-- /members -->\n\nb\n",
        "a\n\n<!-- members -->\n\nSECRET\n",
        "a[^1]\n\n<!-- members -->\n\nSECRET\n\n[^1]: b\n",
    ] {
        let full = crate::site::parse::testing::public_side(&read(&frame.replace("SECRET", "x")));
        for secret in [
            "",
            "<!-- note -->",
            "# heading",
            "[r]: x",
            "long ".repeat(100).as_str(),
        ] {
            let parsed = read(&frame.replace("SECRET", secret));
            assert!(!parsed.document.is_faulty, "{:?}", parsed.findings);
            let side = crate::site::parse::testing::public_side(&parsed);
            assert_eq!(side, full, "{secret} in {frame}");
        }
    }
}

#[test]
fn one_page_with_many_doubts_lists_each() {
    let text = "a\n\n<!-- member -->\n\n<!— paid —>\n\n<paid>\n\nb <!-- members --> c\n";
    assert_eq!(
        codes(text),
        [
            "marker-misspelt",
            "marker-misspelt",
            "marker-misspelt",
            "marker-misplaced"
        ]
    );
}
