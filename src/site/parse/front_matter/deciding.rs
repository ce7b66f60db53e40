//! Keys that decide who may read a page, or when: what is nearly the name of one, words of other tools and languages
//! that are not read, and the values by which a key is told from a word that only resembles it.
//!
//! A key is judged with its value: `publisher: Lee` is nobody's `published`, and `dat: 2030-01-01` is a date.

use crate::ids::{Access, TierId};
use crate::site::parse::front_matter::dates;
use crate::site::parse::front_matter::keys::{self, Decides, Field, OURS, THEIRS};
use crate::site::parse::front_matter::line::{Entry, seen};
use crate::site::parse::front_matter::node::Node;
use crate::spelling::{is_dash, is_invisible, is_quote, skeleton};
use jiff::tz::TimeZone;
use std::sync::LazyLock;

/// What a key that is not read seems to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant {
    /// What would be decided.
    pub decides: Decides,
    /// The name that is nearly there; `None` for a word that is spelt right and not read.
    pub near: Option<&'static str>,
}

/// Which values make a word that is not read say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// One of a name that is read: any at all.
    Read(Field),
    /// `true`, or a word for those who may read.
    Flag,
    /// `false`.
    Not,
    /// Any but nothing and `true`.
    NotYes,
    /// A word such as `draft`.
    State,
    /// A date.
    Date,
    /// Any but nothing and `false`.
    Any,
}

/// Words by which other tools, plugins and languages say who may read or when. They are folded as keys are.
const UNREAD: [(&str, Decides, Says); 194] = [
    ("membersonly", Decides::Access, Says::Any),
    ("memberonly", Decides::Access, Says::Any),
    ("subscribersonly", Decides::Access, Says::Any),
    ("subscriberonly", Decides::Access, Says::Any),
    ("paidonly", Decides::Access, Says::Any),
    ("paidmembersonly", Decides::Access, Says::Any),
    ("members", Decides::Access, Says::Flag),
    ("member", Decides::Access, Says::Flag),
    ("subscribers", Decides::Access, Says::Flag),
    ("subscriber", Decides::Access, Says::Flag),
    ("audience", Decides::Access, Says::Flag),
    ("membership", Decides::Access, Says::Flag),
    ("plan", Decides::Access, Says::Flag),
    ("level", Decides::Access, Says::Flag),
    ("premium", Decides::Access, Says::Flag),
    ("paid", Decides::Access, Says::Flag),
    ("paywall", Decides::Access, Says::Flag),
    ("paywalled", Decides::Access, Says::Flag),
    ("gated", Decides::Access, Says::Flag),
    ("exclusive", Decides::Access, Says::Flag),
    ("private", Decides::Access, Says::Flag),
    ("protected", Decides::Access, Says::Flag),
    ("restricted", Decides::Access, Says::Flag),
    ("locked", Decides::Access, Says::Flag),
    ("secret", Decides::Access, Says::Flag),
    ("encrypt", Decides::Access, Says::Flag),
    ("encrypted", Decides::Access, Says::Flag),
    ("password", Decides::Access, Says::Any),
    ("passwd", Decides::Access, Says::Any),
    ("permission", Decides::Access, Says::Any),
    ("permissions", Decides::Access, Says::Any),
    ("privacy", Decides::Access, Says::Any),
    ("accesslevel", Decides::Access, Says::Any),
    ("accesscontrol", Decides::Access, Says::Any),
    ("loginrequired", Decides::Access, Says::Flag),
    ("requireslogin", Decides::Access, Says::Flag),
    ("public", Decides::Access, Says::Not),
    ("权限", Decides::Access, Says::Any),
    ("访问权限", Decides::Access, Says::Any),
    ("阅读权限", Decides::Access, Says::Any),
    ("权限级别", Decides::Access, Says::Any),
    ("可见性", Decides::Access, Says::Any),
    ("访问", Decides::Access, Says::Any),
    ("会员", Decides::Access, Says::Any),
    ("会员可见", Decides::Access, Says::Any),
    ("仅会员", Decides::Access, Says::Any),
    ("付费", Decides::Access, Says::Any),
    ("付费可见", Decides::Access, Says::Any),
    ("加密", Decides::Access, Says::Any),
    ("密码", Decides::Access, Says::Any),
    ("私密", Decides::Access, Says::Any),
    ("公开", Decides::Access, Says::Not),
    ("isdraft", Decides::Draft, Says::Any),
    ("unpublished", Decides::Draft, Says::Any),
    ("hidden", Decides::Draft, Says::Flag),
    ("unlisted", Decides::Draft, Says::Flag),
    ("headless", Decides::Draft, Says::Flag),
    ("publish", Decides::Draft, Says::NotYes),
    ("dgpublish", Decides::Draft, Says::Not),
    ("listed", Decides::Draft, Says::Not),
    ("hide", Decides::Draft, Says::Flag),
    ("wip", Decides::Draft, Says::Flag),
    ("unfinished", Decides::Draft, Says::Flag),
    ("ready", Decides::Draft, Says::Not),
    ("live", Decides::Draft, Says::Not),
    ("donotpublish", Decides::Draft, Says::Flag),
    ("notpublished", Decides::Draft, Says::Flag),
    ("skipbuild", Decides::Draft, Says::Flag),
    ("nobuild", Decides::Draft, Says::Flag),
    ("build", Decides::Draft, Says::Not),
    ("output", Decides::Draft, Says::Not),
    ("quartzpublish", Decides::Draft, Says::Not),
    ("stage", Decides::Draft, Says::State),
    ("workflow", Decides::Draft, Says::State),
    ("phase", Decides::Draft, Says::State),
    ("是否发布", Decides::Draft, Says::Not),
    ("unpublish", Decides::Draft, Says::Any),
    ("nopublish", Decides::Draft, Says::Flag),
    ("poststatus", Decides::Draft, Says::State),
    ("pagestatus", Decides::Draft, Says::State),
    ("publishstatus", Decides::Draft, Says::State),
    ("ispublished", Decides::Draft, Says::Not),
    ("visible", Decides::Draft, Says::Not),
    ("shown", Decides::Draft, Says::Not),
    ("render", Decides::Draft, Says::Not),
    ("草稿", Decides::Draft, Says::Any),
    ("状态", Decides::Draft, Says::Any),
    ("发布", Decides::Draft, Says::Not),
    ("embargo", Decides::Date, Says::Any),
    ("embargountil", Decides::Date, Says::Any),
    ("scheduled", Decides::Date, Says::Date),
    ("scheduledat", Decides::Date, Says::Date),
    ("scheduledfor", Decides::Date, Says::Date),
    ("liveat", Decides::Date, Says::Date),
    ("golive", Decides::Date, Says::Date),
    ("availablefrom", Decides::Date, Says::Date),
    ("expired", Decides::Date, Says::Date),
    ("visiblefrom", Decides::Date, Says::Date),
    ("visibleuntil", Decides::Date, Says::Date),
    ("publicfrom", Decides::Date, Says::Date),
    ("availableuntil", Decides::Date, Says::Date),
    ("hiddenuntil", Decides::Date, Says::Date),
    ("holduntil", Decides::Date, Says::Date),
    ("liveon", Decides::Date, Says::Date),
    ("goeslive", Decides::Date, Says::Date),
    ("notbefore", Decides::Date, Says::Date),
    ("notafter", Decides::Date, Says::Date),
    ("takedown", Decides::Date, Says::Date),
    ("removeat", Decides::Date, Says::Date),
    ("deleteat", Decides::Date, Says::Date),
    ("下架时间", Decides::Date, Says::Date),
    ("过期", Decides::Date, Says::Date),
    ("到期", Decides::Date, Says::Date),
    ("失效时间", Decides::Date, Says::Date),
    ("发布时间", Decides::Date, Says::Date),
    ("定时发布", Decides::Date, Says::Date),
    ("datepublished", Decides::Date, Says::Date),
    ("expires", Decides::Date, Says::Date),
    ("expiration", Decides::Date, Says::Date),
    ("expirationdate", Decides::Date, Says::Date),
    ("日期", Decides::Date, Says::Date),
    ("发布日期", Decides::Date, Says::Date),
    ("过期时间", Decides::Date, Says::Date),
    ("internal", Decides::Access, Says::Flag),
    ("confidential", Decides::Access, Says::Flag),
    ("supporters", Decides::Access, Says::Flag),
    ("patrons", Decides::Access, Says::Flag),
    ("passphrase", Decides::Access, Says::Any),
    ("passcode", Decides::Access, Says::Any),
    ("show", Decides::Draft, Says::Not),
    ("active", Decides::Draft, Says::Not),
    ("enabled", Decides::Draft, Says::Not),
    ("online", Decides::Draft, Says::Not),
    ("deleted", Decides::Draft, Says::Flag),
    ("removed", Decides::Draft, Says::Flag),
    ("trashed", Decides::Draft, Says::Flag),
    ("隐藏", Decides::Draft, Says::Any),
    ("隱藏", Decides::Draft, Says::Any),
    ("未发布", Decides::Draft, Says::Any),
    ("已删除", Decides::Draft, Says::Any),
    ("entwurf", Decides::Draft, Says::Flag),
    ("brouillon", Decides::Draft, Says::Flag),
    ("borrador", Decides::Draft, Says::Flag),
    ("rascunho", Decides::Draft, Says::Flag),
    ("bozza", Decides::Draft, Says::Flag),
    ("szkic", Decides::Draft, Says::Flag),
    ("черновик", Decides::Draft, Says::Flag),
    ("下書き", Decides::Draft, Says::Flag),
    ("초안", Decides::Draft, Says::Flag),
    ("datetime", Decides::Date, Says::Date),
    ("acl", Decides::Access, Says::Any),
    ("acls", Decides::Access, Says::Any),
    ("publishable", Decides::Draft, Says::Not),
    ("trash", Decides::Draft, Says::Flag),
    ("discarded", Decides::Draft, Says::Flag),
    ("ドラフト", Decides::Draft, Says::Flag),
    ("非公開", Decides::Draft, Says::Flag),
    ("非公开", Decides::Draft, Says::Flag),
    ("비공개", Decides::Draft, Says::Flag),
    ("임시저장", Decides::Draft, Says::Flag),
    ("utkast", Decides::Draft, Says::Flag),
    ("kladde", Decides::Draft, Says::Flag),
    ("taslak", Decides::Draft, Says::Flag),
    ("luonnos", Decides::Draft, Says::Flag),
    ("ishidden", Decides::Draft, Says::Flag),
    ("hidefromweb", Decides::Draft, Says::Flag),
    ("isprotected", Decides::Access, Says::Flag),
    ("authenticated", Decides::Access, Says::Flag),
    ("entitlement", Decides::Access, Says::Flag),
    ("entitlements", Decides::Access, Says::Flag),
    ("draftstatus", Decides::Draft, Says::Flag),
    ("draftmode", Decides::Draft, Says::Flag),
    ("workflowstate", Decides::Draft, Says::State),
    ("reviewstatus", Decides::Draft, Says::State),
    ("approved", Decides::Draft, Says::Not),
    ("withdrawn", Decides::Draft, Says::Flag),
    ("deny", Decides::Access, Says::Any),
    ("公開", Decides::Draft, Says::Not),
    ("限定公開", Decides::Access, Says::Flag),
    ("유료", Decides::Access, Says::Flag),
    ("회원전용", Decides::Access, Says::Flag),
    ("payant", Decides::Access, Says::Flag),
    ("privé", Decides::Access, Says::Flag),
    ("privado", Decides::Access, Says::Flag),
    ("nurmitglieder", Decides::Access, Says::Flag),
    ("solomiembros", Decides::Access, Says::Flag),
    ("golivedate", Decides::Date, Says::Date),
    ("showfrom", Decides::Date, Says::Date),
    ("showafter", Decides::Date, Says::Date),
    ("availableat", Decides::Date, Says::Date),
    ("availableon", Decides::Date, Says::Date),
    ("removeafter", Decides::Date, Says::Date),
    ("deleteafter", Decides::Date, Says::Date),
    ("公開日", Decides::Date, Says::Date),
];

/// Words for those who may read, in other tools and languages.
const AUDIENCES: [&str; 24] = [
    "public",
    "members",
    "paid",
    "tiers",
    "member",
    "subscribers",
    "subscriber",
    "premium",
    "vip",
    "private",
    "supporters",
    "patrons",
    "registered",
    "free",
    "pay",
    "hidden",
    "会员",
    "付费",
    "付费会员",
    "订阅",
    "公开",
    "私密",
    "会员可见",
    "登录可见",
];
/// Those of [`AUDIENCES`] that a misspelt value may be meant as.
const N_OURS: usize = 4;

/// Other moments, whose names are near to `date` and `pubdate` by chance.
const OTHER_DATES: [&str; 8] = [
    "due", "day", "at", "end", "duedate", "rundate", "paydate", "buydate",
];

/// A name that decides.
struct Name {
    skeleton: String,
    n_chars: usize,
    shown: &'static str,
    decides: Decides,
    says: Says,
}

static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let read = OURS.iter().chain(&THEIRS).filter_map(|(name, field)| {
        let ours = OURS.iter().find(|(_, it)| it == field);
        let shown = ours.map_or(*name, |(name, _)| *name);
        Some((*name, shown, field.decides()?, Says::Read(*field)))
    });
    let unread = UNREAD
        .iter()
        .map(|(name, decides, says)| (*name, *name, *decides, *says));
    let names = read.chain(unread).map(|(name, shown, decides, says)| Name {
        skeleton: comparable(name),
        n_chars: name.chars().filter(|it| *it != '_').count(),
        shown,
        decides,
        says,
    });
    names.collect()
});

/// What a key that is not read says, going by its name and its values.
pub fn meant(written: &str, values: &[String], tiers: &[TierId]) -> Option<Meant> {
    let key = comparable(written);
    if OTHER_DATES.iter().any(|it| comparable(it) == key) {
        return None;
    }
    let asked = written
        .trim()
        .strip_prefix("是否")
        .filter(|it| !it.is_empty());
    if let Some(found) = asked.and_then(|it| meant(it, values, tiers)) {
        return Some(found);
    }
    if let Some(decides) = compound(written, values, tiers).or_else(|| moment(written, values)) {
        return Some(Meant {
            decides,
            near: None,
        });
    }
    let near: Vec<(usize, &Name)> = NAMES
        .iter()
        .filter_map(|name| Some((distance(&key, &name.skeleton, 2)?, name)))
        .collect();
    // A word that is spelt right is that word, whatever else it is near to.
    let is_word = near.iter().any(|(far, _)| *far == 0);
    let near = near
        .into_iter()
        .filter(|(far, name)| (*far == 0 || !is_word) && name.is_meant_by(*far, values, tiers));
    let (far, name) = near.min_by_key(|(far, _)| *far)?;
    let is_read = matches!(name.says, Says::Read(_));
    Some(Meant {
        decides: name.decides,
        near: (is_read || far > 0).then_some(name.shown),
    })
}

/// Words for those who may read and for what keeps others out, of which keys of other tools are put together.
const GATES: [&str; 43] = [
    "plan",
    "plans",
    "internal",
    "membership",
    "member",
    "members",
    "subscriber",
    "subscribers",
    "premium",
    "paid",
    "paywall",
    "private",
    "vip",
    "tier",
    "tiers",
    "patron",
    "patrons",
    "restrict",
    "restricted",
    "gated",
    "locked",
    "access",
    "visibility",
    "login",
    "role",
    "roles",
    "audience",
    "requires",
    "subscription",
    "paying",
    "sponsor",
    "sponsors",
    "supporter",
    "supporters",
    "gate",
    "auth",
    "authentication",
    "pay",
    "protect",
    "acl",
    "restriction",
    "require",
    "needs",
];
/// Words that such keys have besides.
const AROUND_GATES: [&str; 35] = [
    "accessible",
    "authorized",
    "authorised",
    "viewers",
    "viewer",
    "available",
    "permitted",
    "eligible",
    "is",
    "only",
    "for",
    "page",
    "post",
    "content",
    "has",
    "required",
    "min",
    "minimum",
    "visible",
    "type",
    "level",
    "to",
    "who",
    "can",
    "read",
    "view",
    "viewable",
    "allowed",
    "allow",
    "reader",
    "readers",
    "by",
    "group",
    "groups",
    "show",
];
/// Han in keys that say who may read.
const HAN_GATES: [&str; 11] = [
    "会员",
    "付费",
    "收费",
    "订阅者",
    "可见",
    "权限",
    "加密",
    "私密",
    "登录",
    "会員",
    "有料",
];

/// Whether a word names readers or a way to reach some of them.
fn is_channel(word: &str) -> bool {
    GATES.contains(&word)
        || AROUND_GATES.contains(&word)
        || [
            "email",
            "emails",
            "mail",
            "newsletter",
            "feed",
            "rss",
            "podcast",
            "app",
        ]
        .contains(&word)
}

/// What a key says that is put together from words, as `requiredTier`, `is_members_only` and `仅会员可见` are.
fn compound(key: &str, values: &[String], tiers: &[TierId]) -> Option<Decides> {
    let is_han = HAN_GATES.iter().any(|it| key.contains(it));
    if is_han && key.chars().count() <= 8 {
        return Says::Any.by(values, tiers).then_some(Decides::Access);
    }
    let words = words_of(key);
    // `email_only` and `post_password` say it whatever else stands before them.
    let is_flag = || Says::Flag.by(values, tiers);
    let says_last = match words.last()?.as_str() {
        "only" => {
            words.len() > 1 && words.iter().rev().skip(1).all(|it| is_channel(it)) && is_flag()
        }
        "password" | "passphrase" | "passcode" => words.len() > 1 && Says::Any.by(values, tiers),
        _ => false,
    };
    if says_last {
        return Some(Decides::Access);
    }
    let is_gate = |it: &String| GATES.contains(&it.as_str());
    let is_around = |it: &String| AROUND_GATES.contains(&it.as_str());
    let is_open = |it: &String| it == "public" || it == "free";
    if words.iter().any(is_open) && words.iter().all(|it| is_open(it) || is_around(it)) {
        return Says::Not.by(values, tiers).then_some(Decides::Access);
    }
    let lets_in = |it: &String| {
        let is_open = ["public", "free", "all", "everyone"].contains(&it.to_lowercase().as_str());
        is_audience(it, tiers) && !is_open || it.eq_ignore_ascii_case("required")
    };
    let who = [
        "visible",
        "viewable",
        "show",
        "for",
        "only",
        "who",
        "reader",
        "readers",
        "group",
        "groups",
        "allow",
        "allowed",
        "accessible",
        "authorized",
        "authorised",
        "viewer",
        "viewers",
        "available",
        "permitted",
        "eligible",
    ]
    .contains(&words.first()?.as_str());
    let is_meant = words.iter().all(|it| is_gate(it) || is_around(it))
        && (words.iter().any(is_gate) || (who && values.iter().any(lets_in)));
    // `members: [Ann, Bob]` and `level: beginner` are no gates.
    let says = values.iter().any(lets_in) || Says::Flag.by(values, tiers);
    (is_meant && says).then_some(Decides::Access)
}

/// Words for what is not published yet, of which keys are put together with words for a moment.
const CLOSED: [&str; 7] = [
    "draft", "drafts", "hidden", "private", "locked", "wip", "unlisted",
];

/// Words for a first day, which may be that of the page or of what it is about.
const FIRST_DAYS: [&str; 16] = [
    "release", "released", "releases", "launch", "launched", "launches", "open", "opens", "opened",
    "reveal", "unlock", "unlocks", "drop", "drops", "debut", "start",
];

/// Whether a key names a first day, such as `release_date`, `launches_on` and `opens`: of the page, or of what it is about.
pub fn is_first_day(key: &str) -> bool {
    let words = words_of(key);
    let is = |list: &[&str], word: &str| list.contains(&word);
    words.iter().any(|it| is(&FIRST_DAYS, it) && it != "start")
        && words
            .iter()
            .all(|it| is(&FIRST_DAYS, it) || is(&MOMENTS, it))
}

/// Words of keys that say when a page is published.
const PUBLISHING: [&str; 17] = [
    "publish",
    "published",
    "publishing",
    "publication",
    "unpublish",
    "unpublished",
    "live",
    "online",
    "public",
    "visible",
    "post",
    "posted",
    "embargo",
    "schedule",
    "scheduled",
    "embargoed",
    "hide",
];
/// Words that stand beside them.
const MOMENTS: [&str; 16] = [
    "at", "on", "from", "after", "until", "till", "by", "time", "date", "datetime", "start",
    "since", "when", "go", "goes", "not",
];
/// Han in keys that say so.
const HAN_MOMENTS: [&str; 9] = [
    "发布",
    "發布",
    "上线",
    "下线",
    "上架",
    "下架",
    "定时",
    "过期",
    "公开时间",
];

/// What a key says that names a moment of publishing, as `publish_after`, `publicationTime` and `上线时间` do.
fn moment(key: &str, values: &[String]) -> Option<Decides> {
    if !values.iter().any(|it| is_date(it)) {
        return None;
    }
    let is_han = HAN_MOMENTS.iter().any(|it| key.contains(it)) && key.chars().count() <= 8;
    let is = |list: &[&str], word: &str| list.contains(&word);
    let words = words_of(key);
    let is_composed = words.len() > 1
        && words
            .iter()
            .any(|it| is(&PUBLISHING, it) || is(&CLOSED, it))
        && words
            .iter()
            .all(|it| is(&PUBLISHING, it) || is(&CLOSED, it) || is(&MOMENTS, it));
    let is_glued = words.len() == 1
        && PUBLISHING.iter().chain(&CLOSED).any(|it| {
            let rest = words[0].strip_prefix(it);
            it.len() > 4 && rest.is_some_and(|rest| is(&MOMENTS, rest))
        });
    (is_han || is_composed || is_glued).then_some(Decides::Date)
}

/// The words of a key: `publishDate`, `publish_date`, `publish-date`.
fn words_of(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in key.chars() {
        let ends = c.is_uppercase() && was_small;
        was_small = c.is_lowercase() || c.is_ascii_digit();
        if ends || !c.is_alphanumeric() {
            words.push(String::new());
        }
        let last = words.last_mut();
        last.into_iter()
            .filter(|_| c.is_alphanumeric())
            .for_each(|it| it.extend(c.to_lowercase()));
    }
    words.retain(|it| !it.is_empty());
    words
}

impl Name {
    /// Whether a key so far away from the name is this name, misspelt; going by its values as well.
    fn is_meant_by(&self, far: usize, values: &[String], tiers: &[TierId]) -> bool {
        let Says::Read(field) = self.says else {
            // Of two words that are not read, a misspelt one is seldom met.
            let is_near = far == 0 || (far == 1 && self.n_chars >= 8);
            return is_near && self.says.by(values, tiers);
        };
        let is_short = self.n_chars <= 4 && !values.iter().all(|it| is_date(it));
        let reach = if is_short { 1 } else { 2 };
        match far {
            0 => true,
            1 if self.decides == Decides::Access && self.n_chars >= 6 => true,
            far => far <= reach && fits(field, values, tiers),
        }
    }
}

impl Says {
    fn by(self, values: &[String], tiers: &[TierId]) -> bool {
        let is_false = values.iter().all(|it| is_negative(it));
        match self {
            Says::Read(_) => true,
            Says::Any => !is_false,
            Says::NotYes => values
                .iter()
                .any(|it| !it.is_empty() && !is_affirmative(it)),
            Says::State => values.iter().any(|it| is_status(it) && !is_live(it)),
            Says::Not => !values.is_empty() && is_false && values.iter().any(|it| !it.is_empty()),
            Says::Date => values.iter().any(|it| is_date(it)),
            Says::Flag => {
                let mut values = values.iter();
                values.any(|it| (is_flag(it) && !is_negative(it)) || is_audience(it, tiers))
            }
        }
    }
}

/// Whether values are such as the field takes, or nearly.
pub fn fits(field: Field, values: &[String], tiers: &[TierId]) -> bool {
    let mut each = values.iter();
    match field {
        Field::Access | Field::Tiers => each.any(|it| is_audience(it, tiers)),
        Field::Draft => each.any(|it| is_flag(it)),
        Field::Published => each.any(|it| is_flag(it) || is_date(it)),
        Field::Status => each.any(|it| is_status(it)),
        _ => each.any(|it| is_date(it)),
    }
}

/// Whether a text says who may read, or nearly does.
pub fn is_audience(text: &str, tiers: &[TierId]) -> bool {
    // `only_paid` and `members only`.
    let words = words_of(text);
    let rest: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|it| *it != "only")
        .collect();
    if rest.len() == 1 && words.len() == 2 {
        return is_audience(rest[0], tiers);
    }
    let alike = skeleton(seen(text));
    let is_word = |(at, word): (usize, &&str)| {
        let word = skeleton(word);
        alike == word || (at < N_OURS && distance(&alike, &word, 1).is_some())
    };
    let is_tier = |id: &TierId| {
        let word = skeleton(id.as_str());
        alike == word || (word.len() > 3 && distance(&alike, &word, 1).is_some())
    };
    let is_short = alike.chars().count() <= 12;
    let has_han = || {
        ["会员", "付费", "订阅者", "登录可见", "私密"]
            .iter()
            .any(|it| text.contains(it))
    };
    Access::parse(&text.to_lowercase()).is_some()
        || (is_short && has_han())
        || AUDIENCES.iter().enumerate().any(is_word)
        || tiers.iter().any(is_tier)
        || alike
            .split_once(':')
            .is_some_and(|(word, _)| distance(word, &skeleton("tier"), 1).is_some())
}

/// Whether a text says yes or no, or nearly does.
fn is_flag(text: &str) -> bool {
    const FLAGS: [&str; 20] = [
        "yes", "no", "on", "off", "1", "0", "y", "n", "是", "否", "ja", "nein", "oui", "non", "si",
        "sí", "да", "нет", "はい", "예",
    ];
    let alike = skeleton(seen(text));
    FLAGS.iter().any(|it| skeleton(it) == alike)
        || ["true", "false"]
            .iter()
            .any(|it| distance(&alike, &skeleton(it), 2).is_some())
}

/// Whether a text plainly says yes.
fn is_affirmative(text: &str) -> bool {
    let text = seen(text).to_lowercase();
    [
        "true", "yes", "on", "1", "y", "always", "是", "ja", "oui", "si", "sí", "да", "はい", "예",
    ]
    .contains(&text.as_str())
}

/// Whether a text says that a page is published.
fn is_live(text: &str) -> bool {
    let text = seen(text).to_lowercase();
    ["published", "publish", "live"].contains(&text.as_str())
}

/// Whether a text is empty or says no.
fn is_negative(text: &str) -> bool {
    let text = seen(text).to_lowercase();
    [
        "", "false", "no", "off", "0", "never", "none", "null", "~", "否", "nein", "non", "нет",
    ]
    .contains(&text.as_str())
}

/// Whether a value of `status` is a word of decision records and of software, which has no draft or date in it.
pub fn is_of_record(value: &Node) -> bool {
    const WORDS: [&str; 17] = [
        "accepted",
        "rejected",
        "proposed",
        "deprecated",
        "superseded",
        "obsolete",
        "new",
        "stable",
        "experimental",
        "alpha",
        "beta",
        "active",
        "completed",
        "complete",
        "finished",
        "archived",
        "implemented",
    ];
    let text = value.scalar().unwrap_or_default();
    let first = text.split_whitespace().next().unwrap_or_default();
    // `superseded by ADR 7`.
    let first = first.trim_end_matches([',', ':']).to_lowercase();
    WORDS.contains(&first.as_str())
}

fn is_status(text: &str) -> bool {
    let alike = skeleton(seen(text));
    let words = [
        "draft",
        "published",
        "publish",
        "scheduled",
        "private",
        "pending",
    ];
    words
        .iter()
        .any(|it| distance(&alike, &skeleton(it), 1).is_some())
}

/// Whether a text is a date or looks like one.
fn is_date(text: &str) -> bool {
    let text = seen(text);
    let n_digits = text.chars().filter(|it| it.is_numeric()).count();
    let n_letters = text.chars().filter(|it| it.is_alphabetic()).count();
    let is_parted = text.contains(['-', '/', '.', '年', '月', '－', '–', ' ', ':']);
    (n_digits >= 4 && n_digits >= n_letters && (is_parted || n_digits == 8))
        || dates::parse(text, &TimeZone::UTC).is_some()
}

/// All scalars of a value, as text.
pub fn words(value: &Node) -> Vec<String> {
    match value {
        Node::List(items) => items.iter().flat_map(words).collect(),
        Node::Map(entries) => entries.iter().flat_map(|(_, it)| words(it)).collect(),
        scalar => scalar.scalar().into_iter().collect(),
    }
}

/// The values of an entry in a line of text.
pub fn words_in(value: &str) -> Vec<String> {
    let value = value.split(" #").next().unwrap_or(value);
    let value = value.trim_matches(|c: char| matches!(c, '[' | ']' | '{' | '}'));
    let words = value.split(',').map(|it| it.trim_matches(['"', '\'']));
    words
        .map(seen)
        .filter(|it| !it.is_empty())
        .map(String::from)
        .collect()
}

/// How a line is judged that is not in a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where a head would be, in a file that has none or a damaged one.
    Top,
    /// Behind a head: a label such as `Updated: 2026-01-01` is prose there, a key is written small.
    BehindHead,
}

/// Whether a line of text that is no head decides something, had it been read.
pub fn in_text(entry: &Entry<'_>, place: Place, tiers: &[TierId]) -> bool {
    let values = words_in(entry.value);
    let is_small = entry
        .key
        .starts_with(|c: char| c.is_ascii() && !c.is_uppercase());
    let Some(field) = keys::field(entry.key) else {
        return match meant(entry.key, &values, tiers) {
            Some(Meant {
                near: None,
                decides,
            }) => {
                // `密码：1234` above a download is prose.
                let says = values.iter().any(|it| match decides {
                    Decides::Access => is_audience(it, tiers) || (is_small && is_flag(it)),
                    Decides::Draft => is_small && is_flag(it),
                    Decides::Date => is_date(it),
                });
                says && (place == Place::Top || is_small || decides == Decides::Access)
            }
            Some(it) => match it.decides {
                Decides::Access => values.iter().any(|it| is_audience(it, tiers)),
                _ => place == Place::Top || is_small,
            },
            None => false,
        };
    };
    let is_short = entry.value.split_whitespace().count() <= 3;
    let fits = fits(field, &values, tiers);
    match field {
        Field::Access => fits || (is_small && is_short && !entry.key.contains(' ')),
        Field::Tiers => fits,
        Field::Updated | Field::Created => fits && place == Place::Top,
        Field::Draft => fits,
        _ if field.decides().is_some() => fits && (place == Place::Top || is_small),
        _ => false,
    }
}

/// A key as it is compared.
fn comparable(key: &str) -> String {
    let is_letter = |c: &char| {
        !is_dash(*c) && !is_quote(*c) && *c != '_' && !c.is_whitespace() && !is_invisible(*c)
    };
    skeleton(&key.chars().filter(is_letter).collect::<String>())
}

/// How many slips lie between two words, where that is at most `most`.
fn distance(word: &str, other: &str, most: usize) -> Option<usize> {
    let n_apart = word.chars().count().abs_diff(other.chars().count());
    // An `m` counts as two letters in a skeleton.
    if n_apart > most + 1 {
        return None;
    }
    let far = strsim::osa_distance(word, other);
    // It counts one more where a letter is lost between two that are swapped.
    let far = match far == most + 1 {
        true => strsim::damerau_levenshtein(word, other),
        false => far,
    };
    (far <= most).then_some(far)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers() -> Vec<TierId> {
        TierId::parse("pro").into_iter().collect()
    }

    #[test]
    fn what_is_nearly_a_deciding_key_is_found_and_other_words_are_not() {
        for (key, value, wanted) in [
            ("acess", "paid", Some("access")),
            ("acces", "payd", Some("access")),
            ("acsses", "pro", Some("access")),
            ("аccess", "paid", Some("access")),
            ("\u{200b}access", "", Some("access")),
            ("visibilty", "members", Some("access")),
            ("visibilit", "", Some("access")),
            ("draf", "true", Some("draft")),
            ("darft", "ture", Some("draft")),
            ("drafts", "yes", Some("draft")),
            ("dat", "2030-01-01", Some("date")),
            ("data", "2030-01-01", Some("date")),
            ("publish_a", "2030-01-01", Some("publish_at")),
            ("publishdat", "2030-01-01", Some("publish_at")),
            ("expires_a", "2020-01-01", Some("expires_at")),
            ("pubilshed", "false", Some("published")),
            ("statu", "draft", Some("status")),
            ("teir", "pro", Some("tier")),
            ("accent", "blue", None),
            ("process", "slow", None),
            ("publisher", "O'Reilly", None),
            ("data", "a.csv", None),
            ("rate", "5", None),
            ("craft", "beer", None),
            ("due_date", "2030-01-01", None),
            ("start_date", "2030-01-01", None),
            ("state", "CA", None),
            ("layout", "post", None),
            ("keywords", "paid", None),
            ("title", "paid", None),
        ] {
            let found = meant(key, &words_in(value), &tiers()).map(|it| it.near);
            assert_eq!(found, wanted.map(Some), "{key}: {value}");
        }
    }

    #[test]
    fn words_that_are_not_read_say_something_or_not() {
        for (key, value, is_meant) in [
            ("members_only", "true", true),
            ("members_only", "false", false),
            ("password", "abc", true),
            ("password", "", false),
            ("权限", "会员", true),
            ("private", "true", true),
            ("private", "false", false),
            ("public", "false", true),
            ("public", "true", false),
            ("publish", "false", true),
            ("publish", "", false),
            ("render", "never", true),
            ("render", "latex", false),
            ("members", "paid", true),
            ("members", "Ann, Bob", false),
            ("expires", "2030-01-01", true),
            ("expires", "never", false),
            ("isPremium", "true", true),
            ("is_private", "true", true),
            ("isPublic", "false", true),
            ("isPublic", "true", false),
            ("premium_only", "true", true),
            ("is_members_only", "true", true),
            ("is_members_only", "false", false),
            ("page_access", "paid", true),
            ("access_type", "paid", true),
            ("required_tier", "pro", true),
            ("minTier", "pro", true),
            ("post_visibility", "paid", true),
            ("visible", "members", true),
            ("visibleTo", "members", true),
            ("requires", "members", true),
            ("requires", "python 3.10", false),
            ("restrict", "members", true),
            ("for", "members", true),
            ("for", "beginners", false),
            ("readers", "paid", true),
            ("group", "members", true),
            ("group", "rust", false),
            ("allowed", "members", true),
            ("requires_subscription", "true", true),
            ("subscription", "true", true),
            ("auth", "required", true),
            ("needs_login", "true", true),
            ("isFree", "false", true),
            ("isFree", "true", false),
            ("会員限定", "true", true),
            ("有料", "true", true),
            ("wip", "true", true),
            ("ready", "false", true),
            ("ready", "true", false),
            ("do_not_publish", "true", true),
            ("stage", "draft", true),
            ("stage", "three", false),
            ("build", "false", true),
            ("build", "1234", false),
            ("visible_from", "2999-01-01", true),
            ("not_before", "2999-01-01", true),
            ("takedown", "2001-01-01", true),
            ("下架时间", "2001-01-01", true),
            ("roles", "members", true),
            ("roles", "editor", false),
            ("vip", "true", true),
            ("login", "required", true),
            ("level", "beginner", false),
            ("收费", "是", true),
            ("仅会员可见", "true", true),
            ("是否付费", "false", false),
            ("可见", "会员", true),
            ("publish", "2999-01-01", true),
            ("publish", "draft", true),
            ("publish", "later", true),
            ("publish", "yes", false),
            ("post_status", "draft", true),
            ("post_status", "publish", false),
            ("dg-publish", "false", true),
            ("dg-publish", "true", false),
            ("listed", "false", true),
            ("hide", "true", true),
            ("live_at", "2999-01-01", true),
            ("available_from", "2999-01-01", true),
            ("release_date", "2999-01-01", false),
            ("draft_until", "2999-01-01", true),
            ("draftUntil", "2999-01-01", true),
            ("drafts-until", "2999-01-01", true),
            ("draftuntil", "2999-01-01", true),
            ("private_until", "2999-01-01", true),
            ("hidden_from", "2999-01-01", true),
            ("locked_till", "2999-01-01", true),
            ("draft_until", "ready", false),
            ("closed_issues", "2999-01-01", false),
            ("private_key_date", "2999-01-01", false),
            ("lock_screen", "true", false),
            ("sponsors", "true", true),
            ("sponsors", "Ann, Bob", false),
            ("patron", "yes", true),
            ("requires", "true", true),
            ("gate", "true", true),
            ("role", "author", false),
            ("acl", "staff", true),
            ("acl", "", false),
            ("isHidden", "true", true),
            ("entwurf", "ja", true),
            ("brouillon", "oui", true),
            ("черновик", "да", true),
            ("required_plan", "pro", true),
            ("plans", "pro", true),
            ("plans", "go to town", false),
            ("internal_only", "true", true),
            ("approved", "false", true),
            ("approved", "true", false),
            ("show_after", "2999-01-01", true),
            ("available_at", "2999-01-01", true),
            ("公開", "false", true),
            ("유료", "true", true),
            ("publishable", "false", true),
            ("publishable", "true", false),
            ("trash", "true", true),
            ("trash", "metal", false),
            ("ドラフト", "true", true),
            ("非公開", "true", true),
            ("发布时间", "2999-01-01", true),
        ] {
            let found = meant(key, &words_in(value), &tiers());
            assert_eq!(found.is_some(), is_meant, "{key}: {value}");
            assert!(found.is_none_or(|it| it.near.is_none()), "{key}: {found:?}");
        }
    }

    #[test]
    fn a_first_day_may_be_that_of_the_page() {
        for key in [
            "release_date",
            "releaseDate",
            "release",
            "launches_on",
            "opens",
            "opens_at",
            "unlock_at",
            "drop-date",
        ] {
            assert!(is_first_day(key), "{key}");
        }
        for key in [
            "start_date",
            "date_of_birth",
            "release_notes",
            "opening",
            "due_date",
            "open_issues",
            "event_date",
        ] {
            assert!(!is_first_day(key), "{key}");
        }
    }

    #[test]
    fn lines_that_decide_and_lines_of_prose() {
        use crate::site::parse::front_matter::line::entry;
        for (line, top, behind) in [
            ("access: paid", true, true),
            ("access：付费", true, true),
            ("Access: paid", true, true),
            ("acces: paid", true, true),
            ("access: everything you need to know", false, false),
            ("Access: by bus", false, false),
            ("draft: true", true, true),
            ("Draft: please do not share", false, false),
            ("date: 2030-01-01", true, true),
            ("Date: 2030-01-01", true, false),
            ("Date: today", false, false),
            ("publish_at: 2030-01-01", true, true),
            ("Published: 2030-01-01", true, false),
            ("Updated: 2026-01-01", true, false),
            ("status: draft", true, true),
            ("Status: Accepted", false, false),
            ("members_only: true", true, true),
            ("权限：会员", true, true),
            ("密码：1234", false, false),
            ("title: A", false, false),
            ("Note: words", false, false),
        ] {
            let entry = entry(line).unwrap();
            let found = [Place::Top, Place::BehindHead].map(|it| in_text(&entry, it, &tiers()));
            assert_eq!(found, [top, behind], "{line}");
        }
    }
}
