//! Markers: right ones wherever one may stand, nearly right ones, and what only resembles one.

use crate::edits::chance::Chance;
use crate::near::slips::{INVISIBLE, slipped};
use crate::near::{Sample, Wanted, check, samples};
use libtest_mimic::Failed;

/// Builds all of them.
pub fn play() -> Result<(), Failed> {
    check(&samples(&[near_opener], 3000))?;
    check(&samples(
        &[near_divider, near_closer, foreign, in_code_by_mistake],
        800,
    ))?;
    check(&samples(&[right, ordinary, shown], 300))
}

const WORDS: [&str; 4] = ["members", "paid", "tier:pro", "members-only"];

/// What may stand before a marker.
const BEFORE: [&str; 6] = [
    "FREE\n\n",
    "# FREE\n\n",
    "FREE\n",
    "- FREE\n- item\n\n",
    "> FREE\n\n",
    "```sh\nmake FREE\n```\n\n",
];

/// A page of some access, with a text where a marker stands and the secret behind it.
fn page(marker: &str, closer: &str, chance: &mut Chance) -> String {
    let head = match chance.below(4) {
        0 => "---\naccess: public\n---\n",
        1 => "---\ntitle: A\n---\n",
        _ => "",
    };
    let before = chance.pick(&BEFORE);
    let behind = match chance.below(3) {
        0 => String::new(),
        1 => format!("\n{closer}\n"),
        _ => format!("\n{closer}\n\nrest\n"),
    };
    let gap = chance.pick(&["\n", "\n\n"]);
    format!("{head}{before}{marker}{gap}SECRET\n{behind}")
}

/// A comment with the word as it should be.
fn comment(word: &str, chance: &mut Chance) -> String {
    let space = chance.pick(&["", " ", "  "]);
    format!("<!--{space}{word}{space}-->")
}

/// A comment with its marks damaged.
fn damaged(word: &str, chance: &mut Chance) -> String {
    const FORMS: [&str; 42] = [
        "<!— W —>",
        "<!– W –>",
        "<!–W–>",
        "<!- W ->",
        "<! -- W -->",
        "< !-- W -->",
        "<!-- W -- >",
        "<!--- W --->",
        "<!---- W ---->",
        "＜!-- W --＞",
        "<！-- W -->",
        "<！—— W ——>",
        "《！—— W ——》",
        "<!-- W --!>",
        "<!-- W",
        "<!-- W --",
        "<! W >",
        "<-- W -->",
        "!-- W -->",
        "&lt;!-- W --&gt;",
        "\\<!-- W -->",
        "<!_- W -->",
        "<!-- - W -->",
        "<!-- W. -->",
        "<!--W;-->",
        "<!−− W −−>",
        "<!-- “W” -->",
        "<W>",
        "[W]",
        "<!-- W -->.",
        "【W】",
        "{W}",
        "{{W}}",
        "{{/* W */}}",
        "{{-- W --}}",
        "/* W */",
        "%%\nW\n%%",
        "--- W ---",
        "—— W ——",
        "===== W =====",
        "> [!W] Only for you",
        "#+begin_W",
    ];
    chance.pick(&FORMS).replace('W', word)
}

/// The comment at a place where it is none.
fn displaced(comment: &str, chance: &mut Chance) -> String {
    const PLACES: [&str; 10] = [
        " C",
        "   C",
        "\tC",
        "text C",
        "C text",
        "- C",
        "1. C",
        "> C",
        "<div>\nC\n</div>",
        "**C**",
    ];
    chance.pick(&PLACES).replace('C', comment)
}

/// A word with others around it, or torn apart.
fn reworded(word: &str, chance: &mut Chance) -> String {
    const FORMS: [&str; 12] = [
        "start W",
        "begin W",
        "W start",
        "W only",
        "for W",
        "access: W",
        "access=W",
        "W content",
        "the W part",
        "W:begin",
        "W 1",
        "visibility: W",
    ];
    match chance.below(4) {
        0 => {
            let at = 1 + chance.below(word.len() - 1);
            format!("{} {}", &word[..at], &word[at..])
        }
        1 => {
            let at = chance.below(word.len() + 1);
            format!("{}{}{}", &word[..at], chance.pick(&INVISIBLE), &word[at..])
        }
        _ => chance.pick(&FORMS).replace('W', word),
    }
}

fn near_opener(chance: &mut Chance) -> Sample {
    let word = *chance.pick(&WORDS);
    let closer = format!("<!-- /{word} -->");
    let (kind, marker) = match chance.below(5) {
        0 => ("word", comment(&slip(word, chance), chance)),
        1 => ("marks", damaged(word, chance)),
        2 => ("place", displaced(&comment(word, chance), chance)),
        3 => ("words", comment(&reworded(word, chance), chance)),
        _ => ("both", {
            let word = match chance.once_in(2) {
                true => slip(word, chance),
                false => reworded(word, chance),
            };
            damaged(&word, chance)
        }),
    };
    Sample {
        kind,
        text: page(&marker, &closer, chance),
        wanted: Wanted::KeptOrRefused,
    }
}

/// A part that is opened as it should be, with a closer that is not right and text behind it.
fn near_closer(chance: &mut Chance) -> Sample {
    let word = *chance.pick(&WORDS);
    let text = page(&comment(word, chance), "", chance);
    let wrong = comment(&format!("/{}", slip(word, chance)), chance);
    Sample {
        kind: "closer",
        text: format!("{text}\n{wrong}\n\nmore text\n"),
        wanted: Wanted::KeptOrRefused,
    }
}

/// One slip in a word, or two in a long one.
fn slip(word: &str, chance: &mut Chance) -> String {
    match word.split_once(':') {
        Some((tier, id)) if chance.once_in(2) => format!("{}:{id}", slipped(tier, chance)),
        Some((tier, id)) => format!(
            "{tier}{}{id}",
            chance.pick(&[" ", "-", "=", ": ", "：", "::", " : ", ""])
        ),
        None => slipped(word, chance),
    }
}

fn near_divider(chance: &mut Chance) -> Sample {
    let access = chance.pick(&["members", "paid", "pro"]);
    let marker = match chance.below(4) {
        0 => comment(&slipped("more", chance), chance),
        1 => damaged("more", chance),
        2 => displaced(&comment("more", chance), chance),
        _ => {
            let word = *chance.pick(&[
                "show more",
                "click to read more",
                "cut",
                "fold",
                "end of intro",
                "nextpage",
                "摘要",
                "read more",
                "/more",
                "more.",
                "mo re",
                "truncate",
                "excerpt",
                "更多",
            ]);
            comment(word, chance)
        }
    };
    Sample {
        kind: "divider",
        text: format!("---\naccess: {access}\n---\nFREE\n\n{marker}\n\nSECRET\n"),
        wanted: Wanted::KeptOrRefused,
    }
}

/// Other tools' words and marks.
fn foreign(chance: &mut Chance) -> Sample {
    const MARKERS: [(&str, &str); 51] = [
        ("<!-- paywall -->", "<!-- /paywall -->"),
        ("<!-- premium -->", "<!-- /premium -->"),
        ("<!-- subscribers -->", ""),
        ("<!-- subscriber-only -->", ""),
        ("<!-- 付费 -->", "<!-- /付费 -->"),
        ("<!-- 会员 -->", "<!-- /会员 -->"),
        ("<!-- 会员可见 -->", ""),
        ("<!-- 付费内容 -->", "<!-- 付费内容结束 -->"),
        ("<!-- 以下为付费内容 -->", ""),
        ("<!-- 登录可见 -->", ""),
        ("<!-- ｍｅｍｂｅｒｓ -->", ""),
        (
            "<!--kg-gated-block:begin nonMember:false memberSegment:\"status:free,status:-free\" -->",
            "<!--kg-gated-block:end-->",
        ),
        ("<!-- wp:jetpack/paywall -->", ""),
        ("<members>", "</members>"),
        ("<paywall>", "</paywall>"),
        ("[members]", "[/members]"),
        ("[hide]", "[/hide]"),
        ("[reply]", "[/reply]"),
        ("{% members %}", "{% endmembers %}"),
        ("{{< paywall >}}", "{{< /paywall >}}"),
        (":::paid", ":::"),
        ("%% members %%", ""),
        ("{/* members */}", ""),
        ("[//]: # (members)", ""),
        ("【付费】", "【/付费】"),
        ("「付费」", "「/付费」"),
        ("（会员）", "（/会员）"),
        ("《付费》", "《/付费》"),
        ("【付费内容开始】", "【付费内容结束】"),
        ("```tier:pro", "```"),
        ("```access paid", "```"),
        ("/// members", "///"),
        ("> [!paid] Only for you", ""),
        ("======== paywall ========", ""),
        ("[content_hide]", "[/content_hide]"),
        ("[ripay]", "[/ripay]"),
        (
            "[arm_restrict_content plan=\"1\"]",
            "[/arm_restrict_content]",
        ),
        ("[access level=\"paid\"]", "[/access]"),
        ("[users_only]", "[/users_only]"),
        ("{{< login-wall >}}", "{{< /login-wall >}}"),
        ("<!-- private -->", "<!-- /private -->"),
        ("<!-- hidden -->", "<!-- end hidden -->"),
        ("<!-- gold -->", "<!-- /gold -->"),
        ("<!-- ly-paid -->", "<!-- /ly-paid -->"),
        ("<!-- 高级会员 -->", "<!-- /高级会员 -->"),
        ("<!-- 解锁 -->", "<!-- /解锁 -->"),
        ("<section data-access=\"paid\">", "</section>"),
        ("<div data-tier=\"pro\">", "</div>"),
        ("<div class=\"members-only\">", "</div>"),
        ("## Deep dive {access=paid}", ""),
        ("## Deep dive <paid>", ""),
    ];
    let (open, close) = *chance.pick(&MARKERS);
    Sample {
        kind: "foreign",
        text: format!("{}{open}\n\nSECRET\n\n{close}\n", chance.pick(&BEFORE)),
        wanted: Wanted::KeptOrRefused,
    }
}

/// A fence that was forgotten before a part.
fn in_code_by_mistake(chance: &mut Chance) -> Sample {
    let fence = chance.pick(&["```", "~~~", "````"]);
    let first = chance.pick(&["sh", "", "rust", "toml"]);
    let next = chance.pick(&["sh", "", "js"]);
    let word = chance.pick(&WORDS[..3]);
    let marker = format!("<!-- {word} -->\n\nSECRET\n\n<!-- /{word} -->");
    let text = match chance.below(3) {
        0 => format!("{fence}{first}\nmake\n\n{marker}\n\n{fence}{next}\nother\n{fence}\n"),
        1 => format!(
            "- item\n\n  {fence}{first}\n  make\n{fence}\n\n{marker}\n\n{fence}{next}\nother\n{fence}\n"
        ),
        _ => format!("{fence}{first}\nmake\n\n{marker}\n\ntext\n"),
    };
    Sample {
        kind: "fence",
        text,
        wanted: Wanted::KeptOrRefused,
    }
}

fn right(chance: &mut Chance) -> Sample {
    let before = chance.pick(&BEFORE);
    let text = match chance.below(3) {
        0 => {
            let word = *chance.pick(&["members", "paid", "tier:pro", "Members", "PAID"]);
            let (open, close) = (comment(word, chance), comment(&format!("/{word}"), chance));
            format!("{before}{open}\nSECRET\n\n{close}\n\nrest\n")
        }
        1 => {
            let word = chance.pick(&WORDS);
            format!("{before}{}\n\nSECRET\n", comment(word, chance))
        }
        _ => {
            let access = chance.pick(&["members", "paid", "pro"]);
            let word = chance.pick(&["more", "members-only", "More"]);
            format!(
                "---\naccess: {access}\n---\n{before}{}\n\nSECRET\n",
                comment(word, chance)
            )
        }
    };
    Sample {
        kind: "right",
        text,
        wanted: Wanted::Kept,
    }
}

/// Comments and lines that only resemble a marker.
fn ordinary(chance: &mut Chance) -> Sample {
    const TEXTS: [&str; 40] = [
        "<!-- later: ask members about this -->",
        "<!-- prettier-ignore -->",
        "<!-- more details in the appendix -->",
        "<!-- toc -->",
        "<!-- markdownlint-disable -->",
        "<!-- paid attention to this -->",
        "<!-- note -->",
        "<!-- members list -->",
        "<!-- numbers -->",
        "<!-- end of section -->",
        "<!-- 会员列表待更新 -->",
        "<!-- ads -->",
        "<!-- image: team members in 2024 -->",
        "## Members",
        "**Paid**",
        "Members",
        "> members",
        "- paid",
        "| Members |\n|---|\n| Mei |",
        "`<!-- members -->`",
        "《会员》",
        "a < paid > b",
        "<!-- spell-checker: disable -->",
        "[members](https://example.org/members)",
        "【背景】\n\n甲\n\n【会员】\n\n乙",
        "「会员」",
        "（付费）",
        "== Members ==",
        "—— 鲁迅",
        "**/members**",
        "<!-- private -->",
        "<!-- end -->",
        "<!-- summary -->",
        "<!-- badges -->\n\ntext\n\n<!-- /badges -->",
        "[quote]x[/quote]",
        "<div class=\"members\">x</div>",
        "## Deep dive {#members}",
        "> [!NOTE]\n> members",
        "--- Part 2 ---",
        "```text members.txt\nx\n```",
    ];
    Sample {
        kind: "ordinary",
        text: format!("text\n\n{}\n\nSECRET\n", chance.pick(&TEXTS)),
        wanted: Wanted::Open,
    }
}

/// A page that shows markers in code.
fn shown(chance: &mut Chance) -> Sample {
    let fence = chance.pick(&["```", "~~~", "````"]);
    let language = chance.pick(&["", "markdown", "md", "html", "text"]);
    let word = chance.pick(&WORDS[..3]);
    let code = format!("{fence}{language}\n<!-- {word} -->\n\nSECRET\n\n<!-- /{word} -->\n{fence}");
    let text = match chance.below(3) {
        0 => format!("text\n\n{code}\n\nrest\n"),
        1 => format!("```sh\nmake\n```\n\n{code}\n\n```sh\nother\n```\n"),
        _ => format!(
            "- item\n\n{}\n",
            code.lines()
                .map(|line| format!("  {line}\n"))
                .collect::<String>()
        ),
    };
    Sample {
        kind: "shown",
        text,
        wanted: Wanted::Open,
    }
}
