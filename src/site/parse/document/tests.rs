//! Whole documents: what a page says, where it is cut, and that nothing gated reaches its public side.

use crate::diag::SourceFile;
use crate::ids::Access;
use crate::site::parse::testing::{codes, html, read, read_as, shown};
use crate::site::parse::{ParseSettings, Parsed, document};

#[test]
fn markdown_becomes_html() {
    for (body, wanted) in [
        (
            "a **b** `c`",
            "<p>a <strong>b</strong> <code>c</code></p>\n",
        ),
        ("汉字\n汉字\nabc\n汉", "<p>汉字汉字\nabc\n汉</p>\n"),
        ("汉字，\n**汉字**", "<p>汉字，<strong>汉字</strong></p>\n"),
        ("[x](a.md#y)", "<p><a href=\"a.md#y\">x</a></p>\n"),
        ("[x](javascript:alert(1))", "<p><a href=\"#\">x</a></p>\n"),
        (
            "![a](b.png)",
            "<p><img src=\"b.png\" alt=\"a\" loading=\"lazy\" decoding=\"async\"></p>\n",
        ),
        (
            "![a](b.png \"T\")",
            "<figure><img src=\"b.png\" alt=\"a\" loading=\"lazy\" decoding=\"async\"><figcaption>T</figcaption></figure>\n",
        ),
        (
            "> [!NOTE]\n> x",
            "<div class=\"alert alert-note\"><p class=\"alert-title\"></p>\n<p>x</p>\n</div>\n",
        ),
        (
            "> [!TIP] Before *you*\n> x\n>\n> y",
            "<div class=\"alert alert-tip\"><p class=\"alert-title\">Before <em>you</em></p>\n<p>x</p>\n<p>y</p>\n</div>\n",
        ),
        (
            "> [!danger]- 当心\n> x",
            "<details class=\"alert alert-caution\"><summary class=\"alert-title\">当心</summary>\n<p>x</p>\n</details>\n",
        ),
        (
            "> [!info]+\n> - a",
            "<details class=\"alert alert-note\" open=\"\"><summary class=\"alert-title\"></summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n",
        ),
        (
            "- [x] a\n- [ ] b",
            "<ul>\n<li class=\"task\"><label><input type=\"checkbox\" disabled=\"\" checked=\"\"> a</label></li>\n<li class=\"task\"><label><input type=\"checkbox\" disabled=\"\"> b</label></li>\n</ul>\n",
        ),
        (
            "- [ ] a *b* [c](/c)\n  - [x] d\n\n    e\n",
            "<ul>\n<li class=\"task\"><label><input type=\"checkbox\" disabled=\"\"> a <em>b</em> <a href=\"/c\">c</a></label>\n<ul>\n<li class=\"task\">\n<p><label><input type=\"checkbox\" disabled=\"\" checked=\"\"> d</label></p>\n<p>e</p>\n</li>\n</ul>\n</li>\n</ul>\n",
        ),
        (
            "|a|b|\n|-|:-:|\n|1|2|",
            "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"\"><table>\n<thead><tr><th>a</th><th class=\"center\">b</th></tr></thead><tbody>\n<tr><td>1</td><td class=\"center\">2</td></tr>\n</tbody></table></div>\n",
        ),
        ("{{ x }} {% y %}", "<p>{{ x }} {% y %}</p>\n"),
        (
            "see www.example.org",
            "<p>see <a href=\"http://www.example.org\">www.example.org</a></p>\n",
        ),
        ("a\n: b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n"),
        ("a\n:smile: b", "<p>a\n:smile: b</p>\n"),
        (
            "a\n: b\n\nc\n:smile: d",
            "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n<p>c\n:smile: d</p>\n",
        ),
        ("a\n\n:::note", "<p>a</p>\n<p>:::note</p>\n"),
        (
            "|a|b|\n:-:|-\n|1|2|\n\n:x",
            "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"\"><table>\n<thead><tr><th class=\"center\">a</th><th>b</th></tr></thead><tbody>\n<tr><td class=\"center\">1</td><td>2</td></tr>\n</tbody></table></div>\n<p>:x</p>\n",
        ),
        (
            "t\n: d\n\na|b\n:-:|-\n1|2",
            "<dl>\n<dt>t</dt>\n<dd>d</dd>\n</dl>\n<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"\"><table>\n<thead><tr><th class=\"center\">a</th><th>b</th></tr></thead><tbody>\n<tr><td class=\"center\">1</td><td>2</td></tr>\n</tbody></table></div>\n",
        ),
        (
            "a\n:-|-|-\n\n    x\n    :-|-\n\n<i>\n:-|-\n</i>",
            "<p>a\n:-|-|-</p>\n<figure class=\"code\"><pre tabindex=\"0\" role=\"group\" aria-label=\"\"><code>x\n:-|-\n</code></pre></figure>\n<i>\n:-|-\n</i>",
        ),
        ("<div>\n:-|-\n</div>", "<div>\n:-|-\n</div>"),
        ("#标题", "<p>#标题</p>\n"),
    ] {
        assert_eq!(html(body), wanted, "{body}");
    }
}

#[test]
fn the_first_heading_stands_for_the_title() {
    for (text, title, body) in [
        ("# One\n\nx", "One", "<p>x</p>\n"),
        ("---\ntitle: One\n---\n# One\n\nx", "One", "<p>x</p>\n"),
        (
            "---\ntitle: Two\n---\n# One",
            "Two",
            "<h2 id=\"one\">One <a class=\"anchor\" href=\"#one\" aria-hidden=\"true\" tabindex=\"-1\"></a></h2>\n",
        ),
        ("x", "start", "<p>x</p>\n"),
    ] {
        let parsed = read(text);
        let document = &parsed.document;
        assert_eq!(document.front.title, title, "{text}");
        assert_eq!(shown(&parsed), body, "{text}");
    }
    for (path, title) in [
        ("content/a-b_c.md", "a b c"),
        ("content/a/index.md", "a"),
        ("content/2020-01-02-name.zh-CN.md", "name"),
        ("content/_index.md", "index"),
        ("content/甲 乙.md", "甲 乙"),
    ] {
        assert_eq!(read_as(path, "x").document.front.title, title, "{path}");
    }
}

#[test]
fn head_faults_have_the_place_of_the_value() {
    for (text, code, place) in [
        (
            "---\ntitle: x\ndate: soon\n---\n",
            "head-wrong-type",
            (3, 7),
        ),
        (
            "---\nscores:\n  expertise: 11\n---\n",
            "head-wrong-type",
            (3, 14),
        ),
        ("---\ntitle: x\ntitel: y\n---\n", "head-key-unknown", (3, 1)),
        ("---\ntitle: x\ntitle: y\n---\n", "head-key-twice", (3, 1)),
        ("---\ntitle: [x\n---\n", "head-unreadable", (2, 8)),
        ("---\na: &x 1\n---\n", "head-reference", (2, 4)),
        (
            "+++\ntitle = 'x'\ndraft = 'maybe'\n+++\n",
            "head-wrong-type",
            (3, 9),
        ),
        (
            "---\n标题: 甲\ndraft: [x]\n---\n",
            "head-wrong-type",
            (3, 8),
        ),
    ] {
        let Parsed { findings, .. } = read(text);
        let found: Vec<_> = findings
            .iter()
            .map(|it| (it.code, (it.line, it.column)))
            .collect();
        assert_eq!(found, [(code, place)], "{text}");
    }
}

#[test]
fn odd_heads_are_read_or_told() {
    for (text, title, codes) in [
        ("", "start", &[][..]),
        ("---\n---\nx", "start", &[]),
        ("---\n\n---\nx", "start", &[]),
        ("title: T\n---\nx", "T", &[]),
        ("title: T\ndate: 2020-01-02\n---\nx", "T", &[]),
        ("+++\ntitle = 'T'\n+++\nx", "T", &[]),
        ("---\ntitle: T\n...\nx", "T", &[]),
        ("---\r\ntitle: T\r\ndate: \r\n---\r\nx", "T", &[]),
        ("---\ntitle:\tT\n---\nx", "T", &[]),
        (
            "---\ntitle: T\ntags:\ncategories: [~]\nslug: 42\ndate: ''\n---\nx",
            "T",
            &[],
        ),
        ("---\ntitle: T\ndate: 2020/1/2 3:04:05\n---\nx", "T", &[]),
        ("---\n\n# T\n\nprose: between rules\n\n---\nx", "T", &[]),
        ("---\ntitle: T\ntitle: U\n---\nx", "T", &["head-key-twice"]),
        (
            "---\ntitle: T\ntags:\n\t- a\n---\nx",
            "start",
            &["head-unreadable"],
        ),
        (
            "---\ntitle: {{ title }}\ndate: {{ date }}\n---\nx",
            "start",
            &["head-unreadable"],
        ),
    ] {
        let parsed = read(text);
        let (document, findings) = (&parsed.document, &parsed.findings);
        let found: Vec<_> = findings.iter().map(|it| it.code).collect();
        assert_eq!(
            (document.front.title.as_str(), &found[..]),
            (title, codes),
            "{text:?}"
        );
    }
}

#[test]
fn odd_characters_stay_what_they_are() {
    for (body, wanted) in [
        ("", ""),
        ("a", "<p>a</p>\n"),
        ("a\r\nb\rc\n\r\nd", "<p>a\nb\nc</p>\n<p>d</p>\n"),
        (
            "a\u{2028}b\u{a0}c\u{200b}d",
            "<p>a\u{2028}b\u{a0}c\u{200b}d</p>\n",
        ),
        ("#\u{3000}标题", "<p>#\u{3000}标题</p>\n"),
        ("\u{a0}\u{a0}段", "<p>\u{a0}\u{a0}段</p>\n"),
    ] {
        assert_eq!(html(body), wanted, "{body:?}");
    }
    assert!(html(&"一段长文。".repeat(30_000)).len() > 400_000);
}

#[test]
fn heads_are_read_in_all_words() {
    let parsed = read(
        "---\ntitle: 1.10\npubDate: 2020-01-02\nlastmod: 2020-02-03 04:05:06 +0000\ntags: rust web\ncategory: 后端\nauthor: {name: 梅}\n\
         permalink: /a/b.html\nimage: /c.png\nvisibility: tiers\ntiers: [pro, basic]\npublished: false\nlayout: post\nseries: {name: S, part: 2}\n---\n",
    );
    let (document, findings) = (&parsed.document, &parsed.findings);
    let front = &document.front;
    assert_eq!(
        findings.iter().map(|it| it.code).collect::<Vec<_>>(),
        ["nothing-gated"]
    );
    assert_eq!(front.title, "1.10");
    assert_eq!(
        front.date.map(|it| it.to_string()).as_deref(),
        Some("2020-01-01T16:00:00Z")
    );
    assert_eq!(
        front.updated.map(|it| it.to_string()).as_deref(),
        Some("2020-02-03T04:05:06Z")
    );
    assert_eq!(front.terms["tags"], ["rust", "web"]);
    assert_eq!(front.terms["categories"], ["后端"]);
    assert_eq!(front.terms["authors"], ["梅"]);
    assert_eq!(front.terms["series"], ["S"]);
    assert_eq!(front.series_part, Some(2));
    assert_eq!(front.path.as_deref(), Some("/a/b/"));
    assert_eq!(front.aliases, ["/a/b.html"]);
    assert_eq!(front.access, Access::parse("tier:basic").unwrap());
    assert!(front.draft);
    assert_eq!(front.extra["layout"], "post");
    assert_eq!(document.links[0].target, "/c.png");
}

#[test]
fn summary_lead_and_counts_are_public() {
    let text = "# T\n\nOne two[^a].\n\n<!-- members -->\nsecret words here\n\n<!-- /members -->\n\nthree [l](m.md)\n\n<!-- more -->\n\nfour\n\n[^a]: n\n";
    let parsed = read(text);
    let document = &parsed.document;
    assert_eq!(document.summary.as_deref(), Some("One two. three l"));
    assert_eq!(document.lead, "One two.");
    assert_eq!(document.public_counts.n_words, 6);
    assert_eq!(document.gated_counts.n_words, 3);
    assert_eq!(document.links.len(), 1);
}

#[test]
fn huge_and_deep_pages_are_read() {
    let deep = format!("{}x", "> ".repeat(20_000));
    let lists = (0..2_000)
        .map(|n| format!("{}- x\n", " ".repeat(2 * n.min(400))))
        .collect::<String>();
    let brackets = "[".repeat(50_000);
    let stars = "*a **a ".repeat(20_000);
    let line = "长行[x](a.md) ".repeat(6_000);
    for text in [
        deep,
        lists,
        brackets,
        stars,
        line,
        "<!--".repeat(20_000),
        "\0\r\u{2028}".into(),
    ] {
        read(&text);
    }
}

#[test]
fn heading_attributes_are_few() {
    let html = html("## A {#x .y lang=zh data-n=1 onclick=alert(1) style=z}");
    assert!(
        html.starts_with("<h2 id=\"x\" class=\"y\" lang=\"zh\" data-n=\"1\">A <a"),
        "{html}"
    );
}

#[test]
fn raw_html_can_be_shown_as_text() {
    let file = SourceFile::new(
        "content/a.md",
        "<b onclick=x>y</b> <!-- z -->\n\n<!-- note -->\n\n<script>1</script>\n",
    );
    let mut settings = ParseSettings::for_tests();
    settings.markdown.raw_html = false;
    let html = shown(&document(&file, &settings));
    assert!(
        !html.contains("<b") && !html.contains("<script") && !html.contains("!--"),
        "{html}"
    );
    assert!(html.contains("&lt;script&gt;1&lt;/script&gt;"), "{html}");
}

#[test]
fn unknown_findings_have_a_place() {
    assert_eq!(codes("## a {#x}\n\n## b {#x}"), ["anchor-twice"]);
    assert_eq!(codes("[x](data:text/html,y)"), ["active-address"]);
    assert_eq!(codes("##第二题\na\n###code"), ["unspaced-heading"; 2]);
    assert_eq!(
        codes("#tag\n\n`##a` ##b\n\n####### c\n\n## #\n\n\\##a"),
        [""; 0]
    );
}

#[test]
fn anchors_give_way_to_what_the_author_wrote() {
    let anchors = |body: &str| -> Vec<String> {
        let parsed = read(body);
        let public = parsed.body.headings.iter().map(|it| it.id.to_string());
        public.collect()
    };
    for (body, wanted) in [
        ("<div id=\"test\">\n\n## Test\n\n</div>", "test-1"),
        ("## Test\n\n<div id='test'>x</div>", "test-1"),
        ("## Test\n\nx <a name=test></a>", "test-1"),
        ("## Test\n\n<!-- <b id=test> -->", "test"),
        ("## Test\n\n`<b id=test>`", "test"),
        ("## Test {#own}\n\n<b id=own></b>", "own-1"),
        ("## Test {#Ly-main}", "ly-main"),
        ("## Ly-main", "ly-main"),
        ("## Test\n\n<!-- paid -->\n\n<b id=test></b>", "test"),
    ] {
        assert_eq!(anchors(body), [wanted], "{body}");
    }
    let gated = html("<b id=x></b>\n\n<!-- paid -->\n\n## X\n\n<b id=y></b>\n\n## Y");
    assert!(
        gated.contains("<h2 id=\"x-1\">") && gated.contains("<h2 id=\"y-1\">"),
        "{gated}"
    );
}

#[test]
fn names_of_other_tools_make_drafts() {
    for (path, is_draft) in [
        ("content/_drafts/a.md", true),
        ("content/blog/_drafts/2026/a.md", true),
        ("content/_drafts/index.md", true),
        ("content/blog/_a.md", true),
        ("content/blog/_a.zh.md", true),
        ("content/blog/_index.md", false),
        ("content/_index.zh.md", false),
        ("content/_posts/a.md", false),
        ("content/drafts/a.md", false),
    ] {
        let parsed = read_as(path, "# A\n");
        assert_eq!(parsed.document.front.draft, is_draft, "{path}");
        let is_told = parsed.findings.iter().any(|it| it.code == "draft-by-name");
        assert_eq!(is_told, is_draft && !path.contains("_drafts"), "{path}");
    }
}

#[test]
fn names_begin_with_dates_in_many_forms() {
    let date = |name: &str| {
        let parsed = read_as(&format!("content/{name}"), "# A\n");
        let front = parsed.document.front;
        match parsed.document.is_faulty {
            true => "fault".to_owned(),
            // The zone of the tests is east of Greenwich.
            false => front.date.map_or("none".into(), |it| {
                it.plus_secs(43_200).to_string()[..10].to_owned()
            }),
        }
    };
    for (name, wanted) in [
        ("2999-01-01-a.md", "2999-01-01"),
        ("2999-1-1-a.md", "2999-01-01"),
        ("2999-01-01 a.md", "2999-01-01"),
        ("2999-01-01.md", "2999-01-01"),
        ("2999_01_01-a.md", "2999-01-01"),
        ("2999.01.01-a.md", "2999-01-01"),
        ("29990101-a.md", "2999-01-01"),
        ("2999-01-01T08-00-a.md", "2999-01-01"),
        ("2999-01-01–a.md", "2999-01-01"),
        ("2999年1月2日-a.md", "2999-01-02"),
        ("2999-1-01-a/index.md", "2999-01-01"),
        ("2999-13-1-a.md", "fault"),
        ("2999-01-32.md", "fault"),
        ("2020-in-review.md", "none"),
        ("2020-10-things.md", "none"),
        ("404-errors.md", "none"),
        ("10-01-a.md", "none"),
        ("20-20-20-rule.md", "none"),
        ("24-7-365-support.md", "none"),
        ("1984.md", "none"),
        ("12345678.md", "none"),
        ("2024.15.1-notes.md", "none"),
        ("rfc-2024-01-01.md", "none"),
    ] {
        assert_eq!(date(name), wanted, "{name}");
    }
    let slug = |name: &str| {
        read_as(&format!("content/{name}"), "# A\n")
            .document
            .front
            .slug
    };
    assert_eq!(slug("2999-01-01-a.md").as_deref(), Some("a"));
    assert_eq!(slug("29990101-a.md"), None);
}

#[test]
fn a_page_four_times_as_long_takes_four_times_the_work() {
    for piece in [
        "<",
        "|",
        "||||||| ",
        "<<<<<<< a\n",
        "[^",
        "[^a ",
        "[[",
        "[[a]](",
        "<!-- ",
        "<!-- members ",
        "<! -- ",
        "&lt ",
        "<- ",
        "<template>\n",
        "{% a %} ",
        "{% a %} `b` ",
        "} ",
        "$x$ ",
        "\\[ x_1 \\] ",
        "$$\na\n$$\n",
        "[/hide] ",
        "[hide]\n",
        "【会员】\n",
        "## a {b}\n",
        "[^a]: b\n\n## a\n\n",
        "a [[b|c]] ",
        "| a `b` ",
    ] {
        let work = |n_bytes: usize| {
            let text = piece.repeat(n_bytes / piece.len());
            crate::steps::of(|| drop(read(&text)))
        };
        let (once, four) = (work(8_000), work(32_000));
        assert!(four <= 5 * once + 100_000, "{piece:?}: {once}, then {four}");
    }
}
