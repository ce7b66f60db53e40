//! What a short text means for who may read: exactly a marker, nearly one, or nothing.
//!
//! Entry points: [`comment`] for the inside of a comment, [`line`] for a line of text. A text means a marker where all of
//! it is made of a marker's words and the words that stand around them; a text that only holds such a word does not.
//! There is one right spelling of each marker. Everything else that means one is nearly one, which is an error.

use crate::ids::{Access, TierId};
use crate::site::parse::paywall::fold::{LOOSE_CLOSE, LOOSE_OPEN, fold};
use crate::site::parse::paywall::phrase::{has_stem, is_exact, is_ghost_block, phrase};
use crate::site::parse::paywall::words::{DIVIDERS, PAIRED_SHORTCODES, SHORTCODES, has};
use crate::spelling::is_dash;

/// What a marker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A part begins.
    Open(Access),
    /// The rest of the page is for members; nothing closes it.
    Rest,
    /// A part ends.
    Close(Access),
    /// The summary ends.
    Divider,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A marker in its right spelling.
    Marker(Marker),
    /// It opens or closes a part, but not as we write it; with what was probably meant.
    NearGate(Option<String>),
    /// It is nearly `more`.
    NearDivider,
    /// It ends a teaser in another tool.
    ForeignDivider,
}

/// Longest text that is looked at, in bytes before folding and in characters after it.
const MARKER_BYTES: usize = 400;
const MARKER_CHARS: usize = 80;

/// What the inside of a comment means.
pub fn comment(inner: &str, tiers: &[TierId]) -> Option<Meaning> {
    let text = inner.trim_matches([' ', '\t']);
    if text.len() > MARKER_BYTES {
        return None;
    }
    // `<!-- @name -->` mentions somebody; only a marker's own words mean one.
    if let Some(mentioned) = text.strip_prefix('@') {
        let folded = fold(mentioned);
        let is_gate = folded.chars().count() <= MARKER_CHARS && is_exact(&folded, tiers);
        return is_gate.then(|| phrase(&folded, tiers)).flatten();
    }
    if let Some(marker) = exact(text) {
        return Some(Meaning::Marker(marker));
    }
    let folded = fold(text);
    if is_ghost_block(&folded) || folded.chars().count() <= MARKER_CHARS {
        // `<!--more Read on-->` is WordPress's; a comment that begins with the word has a space before it.
        let is_wordpress = inner
            .get(..5)
            .is_some_and(|it| it.eq_ignore_ascii_case("more "));
        let meaning = phrase(&folded, tiers);
        return meaning.or(is_wordpress.then_some(Meaning::ForeignDivider));
    }
    None
}

/// A marker in its right spelling: letter case does not matter, nor does space around the word.
fn exact(text: &str) -> Option<Marker> {
    if text.eq_ignore_ascii_case("more") {
        return Some(Marker::Divider);
    }
    if text.eq_ignore_ascii_case("members-only") {
        return Some(Marker::Rest);
    }
    match text.strip_prefix('/') {
        Some(rest) => gate(rest.trim_start_matches([' ', '\t'])).map(Marker::Close),
        None => gate(text).map(Marker::Open),
    }
}

/// `members`, `paid` or `tier:ID`; the words in any case.
fn gate(text: &str) -> Option<Access> {
    let lower = text.to_ascii_lowercase();
    match lower.split_once(':') {
        Some(("tier", _)) => Access::parse(&format!("tier:{}", &text["tier:".len()..])),
        _ => Access::parse(&lower).filter(Access::is_gated),
    }
}

/// What a line of text means that is no comment, such as `<!—— members ——>`, `</paid>`, `[members]` or `--- paid ---`.
/// `closes` tells whether the page closes a shortcode of a name.
pub fn line(text: &str, tiers: &[TierId], closes: impl Fn(&str) -> bool) -> Option<Meaning> {
    let text = text.trim();
    if text.is_empty() || text.len() > MARKER_BYTES {
        return None;
    }
    let folded = fold(text);
    let folded = folded.trim();
    if folded.chars().count() > MARKER_CHARS && !is_ghost_block(folded) {
        return None;
    }
    if let Some(inside) = label(text) {
        return shortcode(fold(inside).trim(), tiers, closes);
    }
    if let Some(inside) = bracketed(folded) {
        return shortcode(inside, tiers, closes);
    }
    if let Some((name, inside)) = definition(folded) {
        let is_empty = !inside.contains(char::is_alphanumeric);
        return phrase(if is_empty { name } else { inside }, tiers);
    }
    // An alert of a kind that says who may read: `[!paid] Only for you`.
    if let Some((kind, _)) = folded.strip_prefix("[!").and_then(|it| it.split_once(']')) {
        return phrase(kind, tiers).filter(|it| matches!(it, Meaning::NearGate(_)));
    }
    let container = ["!!!", "???", ":::", "///"]
        .iter()
        .find_map(|it| folded.strip_prefix(it));
    if let Some(container) = container {
        let container = container.trim_start_matches([':', '+', '/', ' ']);
        let name = container
            .split([' ', '{', '[', '"'])
            .next()
            .unwrap_or_default();
        if is_gate_name(name, tiers) {
            return phrase(name, tiers).or(Some(Meaning::NearGate(None)));
        }
    }
    if is_short_tag(folded) {
        return None;
    }
    let frame = Frame::of(folded)?;
    if frame.is_class() {
        let is_gate = is_exact(frame.inside, tiers) && frame.inside.contains('-');
        return is_gate.then(|| phrase(frame.inside, tiers)).flatten();
    }
    let means = || phrase(frame.inside, tiers);
    if frame.is_comment() || frame.is_template() || frame.closes() {
        return means();
    }
    // What divides says nothing of readers, so that a divider of another tool may be one.
    if frame.is_rule(text) {
        return means().map(|it| match it {
            Meaning::NearDivider => Meaning::ForeignDivider,
            it => it,
        });
    }
    None
}

/// What a line of text without marks around it means: where a teaser ends in another tool, such as `READMORE`.
pub fn bare_divider(text: &str) -> Option<Meaning> {
    let folded = fold(text.trim());
    let joined: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_loud = text.trim() == "MORE";
    (joined != "more" && joined != "preview" && joined != "break" && has(DIVIDERS, &joined)
        || is_loud)
        .then_some(Meaning::ForeignDivider)
}

/// Whether a line is likely to be read as a label or a notice, and gates only by its words: one in the brackets of a keyboard
/// for Chinese, or between rules. It does not count where the marker that it tells of follows.
pub fn is_notice(text: &str) -> bool {
    text.trim_start()
        .starts_with(|c: char| LABEL_OPEN.contains(&c) || is_dash(c) || matches!(c, '=' | '~'))
}

/// What a keyboard for Chinese types for `[`. Where a page has other lines in them, they are its headings.
pub const LABEL_OPEN: [char; 4] = ['【', '〔', '〖', '〘'];
/// What it types for `]`.
pub const LABEL_CLOSE: [char; 4] = ['】', '〕', '〗', '〙'];

/// The label and the title of a definition that leads nowhere and is used as a comment: `[//]: # (members)`.
fn definition(folded: &str) -> Option<(&str, &str)> {
    let (name, rest) = folded.strip_prefix('[')?.split_once("]:")?;
    let rest = rest.trim_start();
    let title = ["#", "<>", "-"]
        .iter()
        .find_map(|it| rest.strip_prefix(it))?;
    (title.is_empty() || title.starts_with(' ')).then_some((name, title))
}

/// Whether what closes a shortcode or an element, such as `[/hide]` and `</members>`, closes one that gates what is in it.
/// `opens` tells whether the page opens a shortcode of a name.
pub fn closes_gate(closer: &str, tiers: &[TierId], opens: impl Fn(&str) -> bool) -> bool {
    let folded = fold(closer);
    let name = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let name = name.strip_prefix("end").unwrap_or(name);
    let name = name.trim_start_matches(['-', ' ']);
    let is_shortcode = !folded.starts_with('<') && name.chars().count() <= SHORTCODE_CHARS;
    is_gate_name(name, tiers) || (is_shortcode && has_stem(name) && opens(name))
}

/// Longest name of a shortcode.
const SHORTCODE_CHARS: usize = 32;

fn is_gate_name(name: &str, tiers: &[TierId]) -> bool {
    has(SHORTCODES, name) || has(PAIRED_SHORTCODES, name) || is_exact(name, tiers)
}

/// Whether a line begins with an element of HTML whose name is one letter, such as `<p>`.
fn is_short_tag(folded: &str) -> bool {
    let bytes = folded.as_bytes();
    matches!(bytes, [b'<', name, behind, ..] if name.is_ascii_alphabetic() && matches!(behind, b'>' | b' '))
}

/// What a piece within a line means that begins as a comment does, such as `<! -- members -->`.
pub fn piece(text: &str, tiers: &[TierId]) -> Option<Meaning> {
    let folded = fold(text);
    let frame = Frame::of(folded.trim())?;
    let is_comment = frame.is_comment() && frame.before.contains(['!', '-']);
    is_comment.then(|| phrase(frame.inside, tiers)).flatten()
}

/// A folded text as marks, words, marks.
struct Frame<'t> {
    before: &'t str,
    /// With the `/` of a closer.
    inside: &'t str,
    behind: &'t str,
}

impl<'t> Frame<'t> {
    fn of(folded: &'t str) -> Option<Self> {
        let start = folded.find(char::is_alphanumeric)?;
        let end = folded.rfind(char::is_alphanumeric)?;
        let end = end + folded[end..].chars().next().map_or(0, char::len_utf8);
        let slash = folded[..start].trim_end().strip_suffix('/').map(str::len);
        let inside = slash.unwrap_or(start);
        Some(Frame {
            before: &folded[..inside],
            inside: &folded[inside..end],
            behind: &folded[end..],
        })
    }

    /// Whether the marks are what slips leave of `<!--` and `-->`, or those of a tag.
    fn is_comment(&self) -> bool {
        let is_dashed = |text: &str| text.contains(['!', '-']);
        let closes = self.behind.contains(['>', LOOSE_CLOSE]);
        let is_loose = self.before.contains(LOOSE_OPEN) || closes;
        self.before.contains('<')
            || (is_loose && is_dashed(self.before))
            || (self.before.contains(LOOSE_OPEN) && is_dashed(self.behind))
            || (self.before.contains('!') && self.before.contains('-'))
    }

    /// Whether the marks are those of a shortcode, a container or a comment of another tool.
    fn is_template(&self) -> bool {
        let before = self.before.trim_start();
        let is_braced =
            before.starts_with('{') && self.behind.contains('}') && !before.contains('"');
        // `{#name}` is the anchor of a heading.
        (is_braced && before != "{#")
            || [
                "{%", "{{%", "{{<", "{/*", "{# ", "%%", ":::", "///", "/*", "#+",
            ]
            .iter()
            .any(|mark| before.starts_with(mark))
    }

    /// Whether the marks are those of an attribute list with one class: `{.members-only}`, `{: .paid}`.
    fn is_class(&self) -> bool {
        let before = self.before.trim_start();
        before.starts_with('{') && before.trim_start_matches(['{', ':', ' ']) == "."
    }

    /// Whether a slash before the words and marks around them close something: `{/paid}`, `（/付费）`, `/* /paid */`.
    fn closes(&self) -> bool {
        let is_mark = |c: char| {
            !matches!(
                c,
                '"' | '\'' | '`' | '|' | '“' | '‘' | '>' | '_' | '*' | '.' | ','
            )
        };
        let begins = self.before.trim_start().starts_with(is_mark);
        self.inside.starts_with('/') && begins && !self.behind.trim().is_empty()
    }

    /// Whether the marks are rules, as in `--- paid ---` and `—— 以下付费 ——`.
    fn is_rule(&self, text: &str) -> bool {
        let rule = |marks: &str| {
            let marks = marks.trim();
            let first = marks.chars().next()?;
            let is_one = marks.chars().all(|it| it == first || it == ' ');
            (is_one && matches!(first, '-' | '=' | '~' | '+' | '*'))
                .then(|| (first, marks.chars().filter(|it| *it == first).count()))
        };
        let (Some((mark, before)), Some((_, behind))) = (rule(self.before), rule(self.behind))
        else {
            return false;
        };
        // `== A heading ==` and `***bold***` are other tools' and Markdown's.
        let least = match mark {
            '-' if text.contains(|c: char| !c.is_ascii() && is_dash(c)) => 2,
            '-' | '~' => 3,
            _ => 4,
        };
        before >= least && behind >= least
    }
}

/// The inside of a line that is one pair of brackets.
fn bracketed(folded: &str) -> Option<&str> {
    let inside = folded.strip_prefix('[')?.strip_suffix(']')?;
    (!inside.contains(['[', ']'])).then_some(inside.trim())
}

/// The inside of a line that is one pair of what a keyboard for Chinese types for brackets.
fn label(text: &str) -> Option<&str> {
    let inside = text.strip_prefix(LABEL_OPEN)?.strip_suffix(LABEL_CLOSE)?;
    (!inside.contains(LABEL_OPEN)).then_some(inside)
}

fn shortcode(inside: &str, tiers: &[TierId], closes: impl Fn(&str) -> bool) -> Option<Meaning> {
    let name = inside.trim_start_matches(['/', ' ']);
    let is_closing = name.len() < inside.len();
    let name = name.split([' ', '=', ':', ',']).next().unwrap_or_default();
    let rest = &inside[inside.len() - inside.trim_start_matches(['/', ' ']).len() + name.len()..];
    if has(SHORTCODES, name) {
        return Some(Meaning::NearGate(None));
    }
    if has(PAIRED_SHORTCODES, name) && (is_closing || closes(name)) {
        return Some(Meaning::NearGate(None));
    }
    if has_stem(name) && closes(name) {
        return Some(Meaning::NearGate(None));
    }
    let n_letters = inside.chars().filter(|it| it.is_alphanumeric()).count();
    let meant = if rest.contains('=') { name } else { inside };
    let meaning = phrase(meant, tiers).or_else(|| phrase(inside, tiers));
    match meaning {
        Some(Meaning::NearGate(near)) if n_letters > 1 => Some(Meaning::NearGate(near)),
        Some(Meaning::NearDivider | Meaning::ForeignDivider) => Some(Meaning::ForeignDivider),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers() -> Vec<TierId> {
        ["pro", "gold-plus"]
            .iter()
            .filter_map(|it| TierId::parse(it))
            .collect()
    }

    /// `=word` for a marker, `~word` for what is nearly one, empty for what is none.
    fn told(meaning: Option<Meaning>) -> String {
        match meaning {
            None => String::new(),
            Some(Meaning::Marker(Marker::Open(access))) => format!("={access}"),
            Some(Meaning::Marker(Marker::Close(access))) => format!("=/{access}"),
            Some(Meaning::Marker(Marker::Rest)) => "=rest".into(),
            Some(Meaning::Marker(Marker::Divider)) => "=more".into(),
            Some(Meaning::NearGate(near)) => format!("~{}", near.unwrap_or_else(|| "?".into())),
            Some(Meaning::NearDivider) => "~more".into(),
            Some(Meaning::ForeignDivider) => "~~more".into(),
        }
    }

    fn check(of: impl Fn(&str) -> Option<Meaning>, wanted: &str, texts: &[&str]) {
        let told = texts.iter().map(|text| (*text, told(of(text))));
        let wrong: Vec<_> = told.filter(|(_, told)| told != wanted).collect();
        assert!(wrong.is_empty(), "not `{wanted}`: {wrong:?}");
    }

    #[test]
    fn comments_have_a_meaning() {
        let of = |text: &str| comment(text, &tiers());
        check(of, "=members", &["members", " MEMBERS ", "\tmembers"]);
        check(of, "=/members", &["/members", "/ Members"]);
        check(of, "=paid", &[" paid "]);
        check(of, "=tier:pro", &["tier:pro", "Tier:pro"]);
        check(of, "=/tier:gold-plus", &["/tier:gold-plus"]);
        check(of, "=rest", &["members-only", " Members-Only "]);
        check(of, "=more", &["more", " MORE "]);
        check(
            of,
            "~members",
            &[
                "member",
                "memebers",
                "mambers",
                "membrs",
                "mmembers",
                "memberss",
                "smembers",
                "embers",
                "members only",
                "members_only",
                "only members",
                "membersonly",
                "membersOnly",
                "mem bers",
                "m e m b e r s",
                "members.",
                "members:",
                "members -",
                "- members",
                "*members*",
                "\"members\"",
                "members 1",
                "the members part",
                "members section",
                "for members",
                "start members",
                "begin members",
                "members start",
                "members:start",
                "access: members",
                "access=members",
                "visibility: members",
                "ｍｅｍｂｅｒｓ",
                "members\u{200B}",
                "mеmbers",
                "мembers",
                "ｍembers",
                "subscribers",
                "subscriber-only",
                "for subscribers only",
                "subscription content",
                "login required",
                "vip",
                "VIP only",
                "gated content",
                "会员",
                "會員",
                "会员可见",
                "仅会员可见",
                "会员专享",
                "会员专享内容",
                "以下内容会员可见",
                "会员部分开始",
                "登录可见",
                "回复可见",
                "订阅者可见",
                "members=true",
                "wp:members",
                "kg-gated-block:begin nonMember:false memberSegment:\"status:free,status:-free\" ",
                "<!-- members",
                "all members",
            ],
        );
        check(
            of,
            "~/members",
            &[
                "end members",
                "members end",
                "/members-only",
                "/member",
                "/ memebers",
                "end of members",
                "endmembers",
                "close members",
                "/会员",
                "会员结束",
                "会员内容结束",
                "kg-gated-block:end",
                "//members",
                "stop members only",
            ],
        );
        check(
            of,
            "~paid",
            &[
                "piad",
                "payed",
                "paidd",
                "ppaid",
                "pai d",
                "pald",
                "pаid",
                "paid only",
                "paid members",
                "paid content",
                "start paid",
                "begin: paid",
                "access: paid",
                "access：paid",
                "paid access",
                "paywall",
                "paywal",
                "pay-wall",
                "premium",
                "premium content",
                "付费",
                "付费内容",
                "付費",
                "以下为付费内容",
                "付费阅读",
                "付费会员",
                "收费内容",
                "pay",
                "wp:jetpack/paywall",
                "paid: true",
            ],
        );
        check(
            of,
            "~/paid",
            &[
                "end paid",
                "/付费",
                "/paywall",
                "付费内容结束",
                "paid/end",
                "/ payed",
            ],
        );
        check(
            of,
            "~tier:pro",
            &[
                "pro",
                "tier: pro",
                "tier pro",
                "tier-pro",
                "tier=pro",
                "tier：pro",
                "tiers:pro",
                "teir:pro",
                "tierpro",
                "tier::pro",
                "start pro",
                "pro only",
                "access: pro",
                "access: tier:pro",
                "tier;pro",
                "tier . pro",
                "tеr:pro",
            ],
        );
        check(
            of,
            "~/tier:pro",
            &["/pro", "/tier pro", "end tier:pro", "/tier: pro", "end pro"],
        );
        check(
            of,
            "~tier:gold-plus",
            &["gold-plus", "gold plus", "tier gold-plus", "goldplus"],
        );
        check(of, "~tier:gold", &["tier: gold", "tier gold"]);
        check(
            of,
            "~?",
            &[
                "tier",
                "tier:",
                "tiers",
                "public",
                "/public",
                "public content",
                "公开",
            ],
        );
        check(
            of,
            "~more",
            &[
                "mor",
                "moer",
                "mroe",
                "moore",
                "mo re",
                "ｍｏｒｅ",
                "/more",
                "more.",
                "m0re",
                "more…",
            ],
        );
        check(
            of,
            "~~more",
            &[
                "read more",
                "readmore",
                "excerpt",
                "end excerpt",
                "truncate",
                "阅读更多",
                "更多",
                "试读结束",
                "end of preview",
                "preview end",
                "show more",
                "see more",
                "and more",
                "moar",
                "continue",
                "cut",
                "fold",
                "summary",
                "end",
                "rest",
                "intro end",
                "free until here",
                "nextpage",
                "click to read more",
                "the rest of the page",
                "摘要",
                "正文",
                "折叠",
                "分割线",
            ],
        );
        assert_eq!(told(comment("more Read on", &tiers())), "~~more");
    }

    /// Words of tools and people that read like a key before ours, and phrases that close a text in other ways.
    #[test]
    fn comments_that_close_a_text_in_other_words_have_a_meaning() {
        let of = |text: &str| comment(text, &tiers());
        for key in [
            "lyceum",
            "ghost",
            "audience",
            "role",
            "roles",
            "restrict",
            "show",
            "show to",
            "show-if",
            "access",
            "group",
            "allow",
            "requires",
            "who",
            "substack",
            "@access",
            "@visibility",
        ] {
            for between in [": ", ":", "=", " "] {
                for word in [
                    "members",
                    "member",
                    "paid",
                    "subscribers",
                    "paying members",
                    "tier:pro",
                ] {
                    let text = format!("{key}{between}{word}");
                    let told = told(of(&text));
                    assert!(told.starts_with('~') && told != "~~more", "{text}: {told}");
                }
            }
        }
        for texts in [
            "paywall line|paywall break|insert paywall here|put paywall here|add paywall|paywall-jump|substack paywall",
            "paid subscribers only below this line|subscribers only past this point|only paying readers|VIPs",
            "everything below is for members|bonus for members|members' bonus|extra content for members|chapter 3 members",
            "patrons only|supporters only|sponsors only|backers only|customers only|insiders only|subs only|@members|@paid",
            "logged in|logged-in only|signed in|login to view|sign in to read|subscribe to continue reading|pay to read",
            "purchase to read|registered users|hide from public|not public|non-public|not free|end of free preview",
            "end of free part|free ends here|付费分割线|分割线：以下付费|付费线|需要订阅|需要登录|购买后可见|购买后查看|粉丝可见|密码可见",
            "关注可见|有料記事|ここから有料|ここから先は有料部分です|メンバー限定|유료|유료 구독자 전용|멤버십 전용|회원 전용",
            "для подписчиков|только для подписчиков|платно|nur für Mitglieder|Mitglieder|bezahlt|abonnés|réservé aux abonnés",
            "payant|solo miembros|assinantes|للأعضاء",
        ] {
            for text in texts.split('|') {
                let told = told(of(text));
                assert!(told.starts_with('~') && told != "~~more", "{text}: {told}");
            }
        }
        let ordinary = "add members|show the team|member roles|audience|our sponsors|sponsors|customers|\
            not for sale|todo: explain the paywall|why the paywall is gone|see the paywall page|how the paywall \
            of this site works|login view|sign in|log in|chapter 3|end of chapter 3|the last line|patreon|@todo \
            members|@name members|@mei paid this|@members please read|a bonus|extra|unlock|密码|粉丝|购买|記事|solo|nur";
        for text in ordinary.split('|') {
            assert_eq!(told(of(text)), "", "{text}");
        }
    }

    #[test]
    fn other_comments_are_left_alone() {
        let of = |text: &str| comment(text, &tiers());
        check(
            of,
            "",
            &[
                "",
                " ",
                "-",
                "later: ask members about this",
                "prettier-ignore",
                "@**lqd**",
                "@paul",
                "prettier-ignore-start",
                " more details in the appendix ",
                "toc",
                "markdownlint-disable",
                "markdownlint-disable MD033",
                "paid attention to this",
                "Paid plans are described below.",
                "note",
                "note: more",
                "later",
                "todo: members",
                "fix paid",
                "eslint-disable",
                "spell-checker: disable",
                "cSpell:words paid",
                "numbers",
                "list of members",
                "members list",
                "our members say",
                "new members",
                "team members",
                "board members",
                "unpaid",
                "prepaid",
                "pricing",
                "pricing: paid plans",
                "pro tip",
                "proof",
                "a pro move",
                "product",
                "start",
                "begin",
                "section",
                "part 2",
                "access",
                "content",
                "content starts here",
                "start of the article",
                "text",
                "image",
                "figure 1",
                "table",
                "header",
                "footer",
                "sidebar",
                "ad",
                "ads",
                "sponsors",
                "time",
                "title",
                "timer",
                "moved from the old blog",
                "moreover",
                "one more thing",
                " more on this later ",
                "no more",
                "remember",
                "remember to pay the bill",
                "December",
                "numbers are from 2024",
                "subscribe form",
                "subscription form",
                "login",
                "login form",
                "restricted",
                "exclusive",
                "private",
                "hidden",
                "hide",
                "comment",
                "-*- coding: utf-8 -*-",
                "vim: set tw=80:",
                "#region",
                "#endregion",
                "x",
                "1",
                "©",
                "会员列表",
                "注意：会员价格待定",
                "目录",
                "注释",
                "访问权限",
                "登录",
                "以下内容",
                "内容",
                "待补充",
                "作者注",
                "DOCTYPE",
                "[if IE]",
                "end of file",
                "for all readers",
                "block quote",
                "image from the members area of the archive of the society of friends of gardens and parks",
                "tier list of editors",
                "premiere",
                "premier",
                "subscribed",
                "republic",
                "publication",
                "pay attention",
                "payment",
                "payments",
                "wp:paragraph",
                "wp:more",
            ],
        );
    }

    #[test]
    fn lines_have_a_meaning() {
        let closes = |name: &str| name == "hide";
        let of = |text: &str| line(text, &tiers(), closes);
        check(
            of,
            "~members",
            &[
                "<!— members —>",
                "<!–members–>",
                "<!- members ->",
                "<! -- members -->",
                "< !-- members -->",
                "<! members >",
                "<!members>",
                "<-- members -->",
                "<- members ->",
                "<!-- members",
                "!-- members -->",
                "<!--- members --->",
                "<!---- members ---->",
                "＜!-- members --＞",
                "<！-- members -->",
                "<！—— members ——>",
                "《！—— 会员 ——》",
                "〈!-- members --〉",
                "&lt;!-- members --&gt;",
                "&lt!-- members --&gt",
                "\\<!-- members --\\>",
                "<members>",
                "<members/>",
                "<Members>",
                "<members-only>",
                "[members]",
                "［members］",
                "[members level=\"gold\"]",
                "[members only]",
                "{% members %}",
                "{{< members >}}",
                "{{% members %}}",
                "{/* members */}",
                "{# members #}",
                "%% members %%",
                ":::members",
                "::: members",
                "[//]: # (members)",
                "[comment]: # (members)",
                "<!-- members --!>",
                "<!_- members -->",
                "<!== members ==>",
                "<!~~ members ~~>",
                "<%-- members --%>",
                "-- members -->",
                "<!-- members --",
                "<!__members__>",
                "<!-- members -- >",
                "<!−− members −−>",
            ],
        );
        check(
            of,
            "~/members",
            &[
                "</members>",
                "[/members]",
                "<!—— /members ——>",
                "{% endmembers %}",
                "{% end members %}",
            ],
        );
        check(
            of,
            "~paid",
            &[
                "<paid>",
                "[paid]",
                "[premium]",
                "<paywall>",
                "<!— 付费 —>",
                "[付费]",
            ],
        );
        check(
            of,
            "~tier:pro",
            &["<!– tier:pro –>", "[pro]", "<tier:pro>", "<!— tier：pro —>"],
        );
        check(
            of,
            "~?",
            &[
                "[hide]",
                "[/hide]",
                "[/reply]",
                "[rcp_restrict]",
                "[hide level=3]",
            ],
        );
        check(of, "~more", &["<!— more —>", "<more>", "<!- more ->"]);
    }

    /// Marks of other tools, editors and keyboards around the words, and what closes a text in any marks.
    #[test]
    fn lines_in_any_marks_have_a_meaning() {
        let of = |text: &str| {
            line(text, &tiers(), |name| {
                ["ripay", "access", "sell"].contains(&name)
            })
        };
        for text in [
            "【付费】|【/付费】|【会员可见】|【members】|〔付费〕|【付费内容开始】|【付费内容结束】|「/付费」|『/会员』|（/付费）|(/paid)|《/付费》",
            "{paid}|{/paid}|{{paid}}|{{ members }}|{{/paid}}|{{#paid}}|{{/* paid */}}|{{-- paid --}}|{ /paid }|{%- endpaid -%}",
            "--- paid ---|--- /paid ---|-- /paid --|======== paywall ========|—— 以下为付费内容 ——|———付费———|~~~ /paid ~~~|---------- members only ----------",
            "/* paid */|/* /paid */|%% paid %%|%%\npaid\n%%|/*\n/paid\n*/|#+begin_paid|#+end_paid|#+BEGIN_MEMBERS|/// members|/// tier:pro",
            "[!paid] Only for you|[!members]|[!premium]- Title|[ripay]|[access level=\"paid\"]|[sell]|{: .members-only}|{.members-only}",
            "::: tier:pro|:::access paid|::: tier pro",
        ] {
            for text in text.split('|') {
                let told = told(of(text));
                assert!(
                    told.starts_with('~') && !told.ends_with("more"),
                    "{text}: {told}"
                );
            }
        }
        for text in
            "[more]|[read more]|---more---|--- read more ---|== more ==|【更多】|[cut]".split('|')
        {
            let told = told(of(text));
            assert!(told == "~~more" || text.starts_with("=="), "{text}: {told}");
        }
        let ordinary = "【背景】|「会员」|“会员”|《会员》|（会员）|(members)|== Members ==|***paid***|**/members**|\"/members\"|{\"paid\": true}|{#members}|{.paid}|\
            --- Part 2 ---|--|---|/* note */|#+title: x|/// note|[!note]|[!tip] Members|[sell]x|{note}|{{ page }}|{x}|%% note %%|—— 鲁迅 ——|\
            [content_hide]|(/docs)|{/docs}|/members|[quote]|[/quote]|[caption id=\"x\"]|-- Mei --";
        for text in ordinary.split('|') {
            let told = told(line(text, &tiers(), |_| false));
            assert_eq!(told, "", "{text}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        let of = |text: &str| line(text, &tiers(), |_| false);
        check(
            of,
            "",
            &[
                "",
                "members",
                "Members",
                "**Members**",
                "## Members",
                "*paid*",
                "> members",
                "members:",
                "(members)",
                "\"members\"",
                "“会员”",
                "《会员》",
                "「会员」",
                "—— 会员",
                "| members |",
                "<br>",
                "<p>",
                "<div>",
                "</div>",
                "<div class=\"members\">",
                "<section>",
                "<p>members</p>",
                "<b>paid</b>",
                "<code>&lt;!-- members --&gt;</code>",
                "[hide]",
                "[reply]",
                "[note]",
                "[x]",
                "[ ]",
                "[1]",
                "[members](members.md)",
                "[members][1]",
                "![paid](paid.png)",
                "![members]",
                "{#members}",
                "$members$",
                "`members`",
                "@members",
                "#members",
                "&members;",
                "<https://example.org/members>",
                "<a href=\"/members\">Members</a>",
                "<img src=\"paid.png\">",
                "a <members> b",
                "<h2>Members</h2>",
                "x < paid",
                "<x, y>",
                "Vec<Member>",
                "-> members",
                "=> paid",
                "::: note",
                "%% note %%",
                "{% note %}",
                "<template>",
                "<time>",
                "<main>",
                "<title>",
                "<core>x",
                "<!DOCTYPE html>",
                "<hr>",
                "<more-info>",
            ],
        );
    }

    #[test]
    fn pieces_within_a_line_begin_as_comments_do() {
        let of = |text: &str| piece(text, &tiers());
        check(
            of,
            "~members",
            &[
                "<!— members —>",
                "<! members>",
                "＜!-- members --＞",
                "《！——会员——》",
            ],
        );
        check(
            of,
            "",
            &[
                "<members>",
                "<paid",
                "< members",
                "<b>",
                "《会员》",
                "<!DOCTYPE html>",
                "<!-- note -->",
            ],
        );
    }
}
