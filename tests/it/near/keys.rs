//! Keys and values that decide: right ones under every name, nearly right ones, those of other tools that are not read,
//! and keys that only resemble them.

use crate::edits::chance::Chance;
use crate::near::page::{ACCESS, FUTURE, Format, HIDDEN, Holds, PAST, Page, slip};
use crate::near::slips::{disguised, slipped, typed};
use crate::near::{Sample, Wanted, check, samples};
use libtest_mimic::Failed;

/// Builds all of them.
pub fn play() -> Result<(), Failed> {
    let right: [fn(&mut Chance) -> Sample; 4] = [spelt_otherwise, agreeing, open, own_keys];
    let near: [fn(&mut Chance) -> Sample; 12] = [
        key_misspelt,
        key_disguised,
        value_misspelt,
        both_misspelt,
        twice,
        disagreeing,
        nested,
        in_quotes,
        swallowed,
        empty,
        not_read,
        of_another_type,
    ];
    let mut all = samples(&right, 150);
    all.extend(samples(&near, 300));
    check(&all)
}

/// The same name in another case, and with other marks between its words.
fn spelt_otherwise(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let key = &mut page.decisive().0;
    let words = key.replace('_', "-");
    *key = match chance.below(5) {
        0 => key.to_uppercase(),
        1 => words,
        2 => key.replace('_', ""),
        3 => key[..1].to_uppercase() + &key[1..],
        _ => words.to_uppercase(),
    };
    page.sample("spelt-otherwise", Wanted::Kept)
}

/// Two names that say the same.
fn agreeing(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    page.format = Format::Yaml;
    let date = *chance.pick(&FUTURE);
    let pairs = [
        [("access", "paid"), ("visibility", "paid")],
        [("access", "tier:pro"), ("tiers", "[pro]")],
        [("visibility", "tiers"), ("tiers", "[pro]")],
        [("visibility", "tiers"), ("tier", "pro")],
        [("draft", "true"), ("published", "false")],
        [("status", "draft"), ("draft", "true")],
        [("date", date), ("pubDate", date)],
        [("status", "scheduled"), ("publish_at", date)],
        [("created", "2001-01-01"), ("date", date)],
        [("updated", ""), ("publishDate", date)],
    ];
    let pair = chance.pick(&pairs);
    page.holds = match ["access", "visibility"].contains(&pair[0].0) {
        true => Holds::Rest,
        false => Holds::All,
    };
    page.entries.remove(page.at);
    for (key, value) in pair {
        let at = chance.below(page.entries.len() + 1);
        page.entries.insert(at, ((*key).into(), (*value).into()));
    }
    page.sample("agreeing", Wanted::Kept)
}

/// A page that holds nothing back, and says so.
fn open(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let past = *chance.pick(&PAST);
    let future = *chance.pick(&FUTURE);
    let (key, value) = *chance.pick(&[
        ("access", "public"),
        ("visibility", "public"),
        ("draft", "false"),
        ("status", "published"),
        ("published", "true"),
        ("published", past),
        ("date", past),
        ("date", ""),
        ("updated", past),
        ("updated", ""),
        ("lastmod", ""),
        ("publish_at", past),
        ("publishDate", past),
        ("expires_at", future),
        ("expiryDate", future),
        ("tiers", "[]"),
    ]);
    *page.decisive() = (key.into(), value.into());
    if value == "[]" {
        page.format = Format::Yaml;
    }
    page.sample("open", Wanted::Open)
}

/// Keys of authors and other tools that resemble some that decide.
fn own_keys(chance: &mut Chance) -> Sample {
    const OWN: [(&str, &str); 55] = [
        ("publisher", "A house"),
        ("data", "numbers.csv"),
        ("rate", "5"),
        ("state", "CA"),
        ("states", "[one, two]"),
        ("accent", "blue"),
        ("process", "slow"),
        ("success", "true"),
        ("due_date", "2999-01-01"),
        ("start_date", "2999-01-01"),
        ("end_date", "2001-01-01"),
        ("event", "2999-01-01"),
        ("craft", "beer"),
        ("math", "true"),
        ("mermaid", "true"),
        ("toc", "false"),
        ("type", "docs"),
        ("keywords", "[paid, access]"),
        ("license", "CC-BY-4.0"),
        ("image", "a.png"),
        ("featured", "a.png"),
        ("menu", "main"),
        ("members", "[Ann, Bob]"),
        ("team", "members"),
        ("audience", "developers"),
        ("level", "beginner"),
        ("private", "false"),
        ("hidden", "false"),
        ("public", "true"),
        ("publish", "true"),
        ("password", ""),
        ("release", "true"),
        ("version", "2.0"),
        ("time", "10"),
        ("duration", "1h 30m"),
        ("isFolder", "true"),
        ("linkTitle", "Access"),
        ("subtitle", "Draft one"),
        ("作者", "梅"),
        ("requires", "python 3"),
        ("roles", "[author, editor]"),
        ("login", "mei"),
        ("release_date", "2999-01-01"),
        ("build", "{number: 5}"),
        ("show_toc", "true"),
        ("reader", "true"),
        ("member_count", "300"),
        ("show_email", "true"),
        ("read_only", "false"),
        ("membership", "300"),
        ("available", "true"),
        ("launch_date", "2999-01-01"),
        ("post_type", "note"),
        ("active", "true"),
        ("excerpt_separator", "<!--cut-->"),
    ];
    let mut page = Page::right(chance);
    let (key, value) = *chance.pick(&OWN);
    if value.starts_with('{') {
        page.format = Format::Yaml;
    }
    *page.decisive() = (key.into(), value.into());
    page.sample("own-keys", Wanted::Open)
}

fn key_misspelt(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let key = &mut page.decisive().0;
    *key = slipped(key, chance);
    // Some misspelt words are other words.
    if ["day", "due"].contains(&key.as_str()) {
        *key = "dtae".into();
    }
    slip("key-misspelt", page.text())
}

fn key_disguised(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let key = &mut page.decisive().0;
    *key = disguised(key, chance);
    slip("key-disguised", page.text())
}

fn value_misspelt(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let value = &mut page.decisive().1;
    *value = slipped(value, chance);
    slip("value-misspelt", page.text())
}

fn both_misspelt(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let (key, value) = page.decisive();
    *key = typed(key, chance);
    *value = typed(value, chance);
    slip("both-misspelt", page.text())
}

/// The same key again, with the same value or another.
fn twice(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let (key, value) = page.decisive().clone();
    let other = *chance.pick(&["public", "false", "2001-01-01", "published", ""]);
    let value = if chance.once_in(2) {
        value
    } else {
        other.into()
    };
    let at = chance.below(page.entries.len() + 1);
    page.entries.insert(at, (key, value));
    slip("twice", page.text())
}

/// Another name of the same field says something else.
fn disagreeing(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let open: &[(&str, &str)] = match page.decisive().0.as_str() {
        "access" => &[("visibility", "public"), ("tiers", "[pro]")],
        "visibility" => &[("access", "public"), ("tiers", "[pro]")],
        "draft" => &[("published", "true"), ("status", "published")],
        "status" => &[("published", "true"), ("draft", "false")],
        "published" => &[("draft", "false"), ("status", "published")],
        "date" => &[("published_at", "2001-01-01"), ("pubDate", "2001-01-01")],
        "pubDate" => &[("date", "2001-01-01"), ("published", "2001-01-01")],
        "publish_at" => &[("publish_date", "2001-01-01")],
        "publishDate" => &[("publish_at", "2001-01-01")],
        _ => &[
            ("unpublishDate", "2999-01-01"),
            ("expires_date", "2999-01-01"),
        ],
    };
    let (key, value) = *chance.pick(open);
    // Whoever may read with any tier may not read what is for one of them.
    let at = chance.below(page.entries.len() + 1);
    page.entries.insert(at, (key.into(), value.into()));
    slip("disagreeing", page.text())
}

/// Below another key.
fn nested(chance: &mut Chance) -> Sample {
    let (key, values) = *chance.pick(&[
        ACCESS[0], ACCESS[1], HIDDEN[0], HIDDEN[2], HIDDEN[3], HIDDEN[7],
    ]);
    let value = chance.pick(values);
    let below = *chance.pick(&[
        "extra",
        "params",
        "page",
        "cascade",
        "build",
        "cover",
        "taxonomies",
    ]);
    let body = match ACCESS.iter().any(|it| it.0 == key) {
        true => "FREE\n\n<!-- more -->\n\nSECRET\n",
        false => "SECRET\n",
    };
    let text = match chance.below(5) {
        0 => format!("---\ntitle: A\n{below}:\n  {key}: {value}\n---\n{body}"),
        1 => format!("---\ntitle: A\n{below}: {{{key}: \"{value}\"}}\n---\n{body}"),
        2 => format!("---\n{below}:\n  - {key}: {value}\ntitle: A\n---\n{body}"),
        3 => format!("+++\ntitle = \"A\"\n[{below}]\n{key} = \"{value}\"\n+++\n{body}"),
        _ => format!("{{\"title\": \"A\", \"{below}\": {{\"{key}\": \"{value}\"}}}}\n{body}"),
    };
    slip("nested", text)
}

/// A word processor has put its quotation marks around the key.
fn in_quotes(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    page.format = Format::Yaml;
    let marks = [
        "“”", "„“", "＂＂", "””", "“\"", "‘’", "«»", "「」", "『』", "``", "″″", "〝〞",
    ];
    let [open, close] = *chance.pick(&marks).chars().collect::<Vec<_>>().as_slice() else {
        return slip("in-quotes", String::new());
    };
    let key = &mut page.decisive().0;
    *key = format!("{open}{key}{close}");
    slip("in-quotes", page.text())
}

/// A text in quotes or brackets above the line is closed below it.
fn swallowed(chance: &mut Chance) -> Sample {
    let page = Page::yaml(chance);
    let (key, value) = page.entries[page.at].clone();
    let (open, close) = *chance.pick(&[
        ("title: \"A", "description: B\""),
        ("title: 'A", "description: B'"),
        ("description: \"A", "more\""),
        ("tags: [\"a", "d: b\"]"),
        ("tags: [a, \"b", "c\", d]"),
        ("extra: {a: \"b", "c\"}"),
    ]);
    let text = format!("---\n{open}\n{key}: {value}\n{close}\n---\n{}", page.body());
    slip("swallowed", text)
}

fn empty(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let (key, value) = page.decisive();
    if key.to_lowercase().ends_with("date") || key == "expires_at" {
        *key = "publish_at".into();
    }
    *value = (*chance.pick(&["", "~", "null", "\"\"", "[]", "{}", "''"])).to_owned();
    page.format = Format::Yaml;
    slip("empty", page.text())
}

/// Words of other tools, plugins and languages for what is held back.
fn not_read(chance: &mut Chance) -> Sample {
    const WORDS: [(&str, &str); 85] = [
        ("members_only", "true"),
        ("membersOnly", "true"),
        ("subscribers-only", "yes"),
        ("private", "true"),
        ("premium", "true"),
        ("paid", "true"),
        ("paywall", "true"),
        ("protected", "true"),
        ("password", "abc123"),
        ("encrypted", "true"),
        ("hidden", "true"),
        ("unlisted", "true"),
        ("headless", "true"),
        ("public", "false"),
        ("publish", "false"),
        ("visible", "false"),
        ("render", "false"),
        ("is_draft", "true"),
        ("permission", "members"),
        ("access_level", "paid"),
        ("members", "paid"),
        ("audience", "members"),
        ("tier", "pro"),
        ("tiers", "[pro]"),
        ("expires", "2001-01-01"),
        ("expiration_date", "2001-01-01"),
        ("embargo", "2999-01-01"),
        ("datePublished", "2999-01-01"),
        ("权限", "会员"),
        ("访问权限", "付费"),
        ("草稿", "true"),
        ("发布日期", "2999-01-01"),
        ("isPremium", "true"),
        ("is_private", "yes"),
        ("isPublic", "false"),
        ("premium_only", "true"),
        ("page_access", "paid"),
        ("access_type", "members"),
        ("required_tier", "pro"),
        ("post_visibility", "paid"),
        ("visible", "members"),
        ("visibleTo", "members"),
        ("requires", "members"),
        ("roles", "[members]"),
        ("login", "required"),
        ("收费", "是"),
        ("会员专享", "true"),
        ("可见", "会员"),
        ("publish", "2999-01-01"),
        ("publish", "later"),
        ("dg-publish", "false"),
        ("hide", "true"),
        ("listed", "false"),
        ("permalink", "false"),
        ("build", "{render: never}"),
        ("post_status", "draft"),
        ("live_at", "2999-01-01"),
        ("发布时间", "2999-01-01"),
        ("email_only", "true"),
        ("audience", "only_paid"),
        ("post_password", "abc"),
        ("passphrase", "abc"),
        ("membership_level", "pro"),
        ("supporters", "true"),
        ("viewers", "members"),
        ("accessible_to", "members"),
        ("authorized", "pro"),
        ("show", "false"),
        ("active", "false"),
        ("enabled", "false"),
        ("internal", "true"),
        ("confidential", "true"),
        ("deleted", "true"),
        ("隐藏", "true"),
        ("是否草稿", "是"),
        ("是否公开", "否"),
        ("entwurf", "true"),
        ("下書き", "true"),
        ("datetime", "2999-01-01"),
        ("publication_time", "2999-01-01"),
        ("publishTime", "2999-01-01"),
        ("publish_after", "2999-01-01"),
        ("unpublish_on", "2001-01-01"),
        ("上线时间", "2999-01-01"),
        ("发布于", "2999-01-01"),
    ];
    let mut page = Page::right(chance);
    let (key, value) = *chance.pick(&WORDS);
    if value.starts_with(['{', '[']) {
        page.format = Format::Yaml;
    }
    *page.decisive() = (key.into(), value.into());
    slip("not-read", page.text())
}

fn of_another_type(chance: &mut Chance) -> Sample {
    let mut page = Page::right(chance);
    let values = [
        "1", "42", "[paid]", "[a, b]", "{a: b}", "soon", "maybe", "3.5", "nobody", "{{ x }}",
        "2999", "+25:00",
    ];
    page.decisive().1 = (*chance.pick(&values)).to_owned();
    slip("of-another-type", page.text())
}
