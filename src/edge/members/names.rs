//! Names that speak for the site: those of its offices, its title, and the authors of its pages. They are for the staff
//! alone, as a handle and as a shown name, since readers believe them.
//!
//! Rules, no I/O. Names are compared by their [`shape`]: what a hasty eye sees of them. A member is an author where
//! the site's owner says so (`lyceum member author`), and may then be called so.

use crate::manifest::Manifest;
use crate::spelling;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;

/// Words that speak for the site, or that its addresses use: as a whole name, with digits or signs around it, or run into
/// the site's title.
const RESERVED: [&str; 89] = [
    "abuse",
    "account",
    "accounts",
    "anonymous",
    "api",
    "author",
    "authors",
    "billing",
    "bot",
    "contact",
    "daemon",
    "deleted",
    "editor",
    "editors",
    "erased",
    "everybody",
    "everyone",
    "help",
    "host",
    "hostmaster",
    "info",
    "legal",
    "lyceum",
    "mail",
    "mailer-daemon",
    "member",
    "members",
    "mod",
    "mods",
    "news",
    "nobody",
    "noreply",
    "null",
    "operator",
    "owner",
    "owners",
    "postmaster",
    "privacy",
    "root",
    "sales",
    "security",
    "settings",
    "site",
    "superuser",
    "system",
    "team",
    "undefined",
    "visitor",
    // Chinese, as it is typed in ASCII.
    "bianji",
    "gonggao",
    "guanli",
    "guanwang",
    "xiaobian",
    "xitong",
    "zuozhe",
    // Chinese.
    "系统",
    "系统消息",
    "系统通知",
    "公告",
    "通知",
    "官网",
    "小编",
    "本站",
    "网站",
    "全站",
    "站务",
    "作者",
    "编辑",
    "版务",
    "运营",
    "管理",
    "会员",
    "访客",
    "匿名",
    "匿名用户",
    "已注销",
    "已注销的会员",
    "已删除",
    "所有人",
    "全体成员",
    "超级用户",
    "账号",
    "账户",
    "客户服务",
    "隐私",
    "安全",
    "安全中心",
    "帮助",
    "帮助中心",
];
/// Offices: words by which their holder claims to act for the site, wherever they stand in a name.
const OFFICES: [&str; 18] = [
    "admin",
    "admins",
    "administrator",
    "administrators",
    "moderator",
    "moderators",
    "official",
    "officials",
    "staff",
    "support",
    "sysadmin",
    "webmaster",
    // Chinese, as it is typed in ASCII.
    "banzhu",
    "chaoguan",
    "guanfang",
    "guanliyuan",
    "kefu",
    "zhanzhang",
];
/// Offices in Han, which stand at the beginning or the end of a name without a space.
const HAN_OFFICES: [&str; 18] = [
    "管理员",
    "管理者",
    "管理组",
    "管理团队",
    "超级管理",
    "超管",
    "版主",
    "站长",
    "坛主",
    "客服",
    "官方",
    "工作人员",
    "运营团队",
    "运营人员",
    "系统管理",
    "审核员",
    "编辑部",
    "技术支持",
];
/// What may be run into an office without making it another word: `therealadmin`, `siteadmin`.
const FILLERS: [&str; 6] = ["the", "real", "thereal", "site", "web", "team"];

static RESERVED_SHAPES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    RESERVED
        .iter()
        .chain(&OFFICES)
        .map(|it| shape(it))
        .collect()
});
static OFFICE_SHAPES: LazyLock<Vec<String>> =
    LazyLock::new(|| OFFICES.iter().map(|it| shape(it)).collect());
static HAN_SHAPES: LazyLock<Vec<String>> =
    LazyLock::new(|| HAN_OFFICES.iter().map(|it| shape(it)).collect());
static FILLER_SHAPES: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| FILLERS.iter().map(|it| shape(it)).collect());

/// The names that one release speaks for.
#[derive(Clone, Debug, Default)]
pub struct SiteNames {
    titles: BTreeSet<String>,
    /// As front matter has them, by shape.
    authors: BTreeMap<String, String>,
}

impl SiteNames {
    /// Of all languages and all pages.
    pub fn of(manifest: &Manifest) -> Self {
        let languages = manifest.site.languages.iter().map(|it| &it.title);
        let titles = languages.chain([&manifest.site.title]);
        let authors: BTreeSet<&String> = manifest
            .pages
            .iter()
            .flat_map(|(_, page)| &page.authors)
            .collect();
        let shaped = |name: &String| (shape(name), name.clone());
        SiteNames {
            titles: titles
                .map(|it| shape(it))
                .filter(|it| !it.is_empty())
                .collect(),
            authors: authors
                .into_iter()
                .map(shaped)
                .filter(|(shape, _)| !shape.is_empty())
                .collect(),
        }
    }

    /// Whether a handle or a shown name speaks for the site, or looks as if it did. `own` are the authors that its
    /// member is.
    pub fn are_claimed_by(&self, text: &str, own: &[String]) -> bool {
        let author = self.author_like(text);
        let is_own = author.is_some_and(|it| own.iter().any(|name| shape(name) == shape(it)));
        !is_own && (author.is_some() || self.claims_office(text))
    }

    /// The author of a page whose name looks like this one.
    pub fn author_like(&self, text: &str) -> Option<&str> {
        self.authors.get(&shape(text)).map(String::as_str)
    }

    fn claims_office(&self, text: &str) -> bool {
        let is_word =
            |shape: &String| RESERVED_SHAPES.contains(shape) || self.titles.contains(shape);
        let bare = |text: &str| shape(text.trim_matches(|it: char| !it.is_alphabetic()));
        let (whole, named) = (shape(text), bare(text));
        let mut words = text.split(|it: char| !it.is_alphanumeric()).map(bare);
        is_word(&whole)
            || is_word(&named)
            || words.any(|word| OFFICE_SHAPES.contains(&word) || holds_han_office(&word))
            || [&whole, &named].into_iter().any(|it| self.joins_office(it))
    }

    /// Whether a name is an office with the site's title or a filler run into it, or another reserved word with the
    /// title: `therealadmin`, `plumnotesteam`.
    fn joins_office(&self, name: &str) -> bool {
        let is_title = |rest: &str| self.titles.contains(rest);
        let is_filler = |rest: &str| is_title(rest) || FILLER_SHAPES.contains(rest);
        holds_han_office(name)
            || OFFICE_SHAPES
                .iter()
                .any(|word| rests(name, word).any(is_filler))
            || RESERVED_SHAPES
                .iter()
                .any(|word| rests(name, word).any(is_title))
    }
}

/// What is left of a name before or after a word.
fn rests<'n>(name: &'n str, word: &str) -> impl Iterator<Item = &'n str> {
    let rests = [name.strip_suffix(word), name.strip_prefix(word)];
    rests.into_iter().flatten()
}

fn holds_han_office(name: &str) -> bool {
    HAN_SHAPES
        .iter()
        .any(|office| name.starts_with(office.as_str()) || name.ends_with(office.as_str()))
}

/// Whether a handle or a shown name could be read as `name` at a glance.
pub fn looks_like(text: &str, name: &str) -> bool {
    let shape = shape(text);
    !shape.is_empty() && shape == self::shape(name)
}

/// What a hasty eye sees of a text: confusable letters as one (UTS 39), without accents, simplified Han, digits that
/// pass for letters as those, and nothing but letters and digits.
pub fn shape(text: &str) -> String {
    let bare: String = text.nfkd().filter(|it| !is_combining_mark(*it)).collect();
    let folded: String = spelling::skeleton(&fast2s::convert(&bare))
        .chars()
        .filter_map(|letter| match letter {
            '0' => Some('o'),
            '1' | 'i' | '|' | '!' => Some('l'),
            '3' => Some('e'),
            '4' | '@' => Some('a'),
            '5' | '$' => Some('s'),
            '7' => Some('t'),
            '8' => Some('b'),
            other => other.is_alphanumeric().then_some(other),
        })
        .collect();
    folded
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
}

/// Whether a word has letters of scripts that are not written together, as only a forgery has: Cyrillic in a Latin word.
/// Latin goes with the scripts of Chinese, Japanese and Korean, and those go together as they are written.
pub fn mixes_scripts(name: &str) -> bool {
    name.split(|it: char| !it.is_alphanumeric() && !is_combining_mark(it))
        .any(word_mixes_scripts)
}

fn word_mixes_scripts(word: &str) -> bool {
    let is_latin = |it: &char| it.script() == Script::Latin;
    let others: String = word.chars().filter(|it| !is_latin(it)).collect();
    let set = AugmentedScriptSet::for_str(&others);
    let has_latin = word.chars().any(|it| is_latin(&it));
    let alphabets = [
        Script::Cyrillic,
        Script::Greek,
        Script::Armenian,
        Script::Cherokee,
        Script::Coptic,
    ];
    let has_alphabet = others.chars().any(|it| alphabets.contains(&it.script()));
    set.is_empty() || has_latin && has_alphabet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(titles: &[&str], authors: &[&str]) -> SiteNames {
        SiteNames {
            titles: titles.iter().map(|it| shape(it)).collect(),
            authors: authors
                .iter()
                .map(|it| (shape(it), (*it).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn names_of_office_are_for_the_staff() {
        let site = site(&["Plum Notes", "梅园笔记"], &["Orchid Wen", "林 一"]);
        for name in [
            "admin",
            "Adm1n",
            "a-d-m-i-n",
            "adrnin",
            "admin42",
            "42admin",
            "admin-mei",
            "mei_admin",
            "MODERAT0R",
            "official_site",
            "rn0ds",
            "therealadmin",
            "siteadmin",
            "support-team",
            "Lyceum",
            "lyceum_admin",
            "root",
            "r00t",
            "system",
            "System 1",
            "Ádmin",
            "ａｄｍｉｎ",
            "аdmin",
            "Site Admin",
            "Mei (Moderator)",
            "guanliyuan01",
            "ke_fu",
            "plumnotes",
            "Plum-Notes",
            "PLUM NOTES",
            "plumnotes2",
            "plumnotesadmin",
            "official.plumnotes",
            "plumnotesteam",
            "管理员",
            "管理員",
            "管 理 员",
            "管理员01",
            "管理员小王",
            "小王（管理员）",
            "超级管理员",
            "版主",
            "站长",
            "站長",
            "客服",
            "客服小美",
            "官方",
            "梅园官方",
            "官方账号",
            "系统",
            "系統",
            "系统通知",
            "系统_1",
            "梅园笔记",
            "梅園筆記",
            "梅园笔记官方",
            "梅园笔记编辑",
            "编辑",
            "匿名",
            "已注销的会员",
            "Orchid Wen",
            "orchidwen",
            "0rchid-Wen",
            "Orchid  Wén",
            "林一",
            "林 一",
        ] {
            assert!(site.are_claimed_by(name, &[]), "{name}");
        }
        for name in [
            "mei",
            "Mei Lin",
            "badmington",
            "teammate",
            "modest",
            "adminton",
            "supportive",
            "stafford",
            "rooted",
            "ecosystem",
            "plumnotesfan",
            "plum",
            "notes",
            "wen",
            "Orchid",
            "小王",
            "林一一",
            "操作系统",
            "梅园",
            "笔记",
            "编辑器爱好者",
            "车站长椅",
            "",
            "梅",
            "Łukasz",
            "Анна",
            "さくら",
        ] {
            assert!(!site.are_claimed_by(name, &[]), "{name}");
        }
    }

    #[test]
    fn an_author_may_be_called_so() {
        let site = site(&["Plum Notes"], &["Orchid Wen", "Lan"]);
        let own = ["Orchid Wen".to_owned()];
        for (name, is_claimed) in [
            ("Orchid Wen", false),
            ("orchid-wen", false),
            ("Lan", true),
            ("Plum Notes", true),
            ("admin", true),
        ] {
            assert_eq!(site.are_claimed_by(name, &own), is_claimed, "{name}");
        }
        assert_eq!(site.author_like("0rchid Wen"), Some("Orchid Wen"));
    }

    #[test]
    fn names_that_pass_for_another_are_seen() {
        for (text, name, alike) in [
            ("Mei Li", "mei-li", true),
            ("ｍｅｉ", "mei", true),
            ("mеі", "mei", true), // Cyrillic е and і
            ("m e i\u{200b}", "mei", true),
            ("Méi", "mei", true),
            ("rnei", "mei", true),
            ("MEl", "mei", true),
            ("mai", "mei", false),
            ("", "", false),
            ("梅", "梅", true),
            ("蘭", "兰", true),
        ] {
            assert_eq!(looks_like(text, name), alike, "{text} {name}");
        }
    }

    #[test]
    fn scripts_that_are_written_together_stay() {
        for (name, mixes) in [
            ("Mei Lin", false),
            ("梅Mei", false),
            ("さくらカナ漢字Sakura", false),
            ("김철수 金", false),
            ("ㄇㄟˊ梅", false),
            ("Анна", false),
            ("Анна Smith", false),
            ("علی\u{200c}رضا", false),
            ("Ωmega", true),
            ("Оrchid", true), // a Cyrillic О
            ("梅Анна", true),
            ("Анна-Maria", false),
            ("👩\u{200d}💻 Mei", false),
            ("e\u{301}tude 2", false),
            ("", false),
        ] {
            assert_eq!(mixes_scripts(name), mixes, "{name}");
        }
    }
}
