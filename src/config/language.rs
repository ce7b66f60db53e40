//! Language tags: their usual spelling, and what common languages call themselves.

/// A BCP 47 tag in its usual spelling (`zh_cn` becomes `zh-CN`, `ZH-hans` becomes `zh-Hans`); `None` for what is no tag.
pub fn canonical(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let primary = parts.next()?.to_ascii_lowercase();
    let is_primary =
        (2..=3).contains(&primary.len()) && primary.bytes().all(|it| it.is_ascii_lowercase());
    let mut spelt = primary;
    for part in parts {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|it| it.is_ascii_alphanumeric()) {
            return None;
        }
        let is_letters = part.bytes().all(|it| it.is_ascii_alphabetic());
        let lower = part.to_ascii_lowercase();
        spelt.push('-');
        match part.len() {
            2 if is_letters => spelt.push_str(&lower.to_ascii_uppercase()),
            4 if is_letters => {
                spelt.push_str(&lower[..1].to_ascii_uppercase());
                spelt.push_str(&lower[1..]);
            }
            _ => spelt.push_str(&lower),
        }
    }
    is_primary.then_some(spelt)
}

/// What a language calls itself; the tag where that is not known here.
pub fn own_name(code: &str) -> String {
    let known = |tag: &str| {
        NAMES
            .iter()
            .find(|(it, _)| *it == tag)
            .map(|(_, name)| (*name).to_owned())
    };
    let primary = code.split('-').next().unwrap_or(code);
    known(code)
        .or_else(|| known(primary))
        .unwrap_or_else(|| code.to_owned())
}

/// Whether the tag is that of a language in wide use, so that a file suffix like it is hardly anything else.
pub fn is_common(tag: &str) -> bool {
    let primary = tag.split(['-', '_']).next().unwrap_or(tag);
    canonical(tag).is_some() && NAMES.iter().any(|(it, _)| *it == primary)
}

/// Whether the tag begins with a code of ISO 639-1. A file suffix of two letters may be one by chance.
pub fn is_known(tag: &str) -> bool {
    let primary = tag.split(['-', '_']).next().unwrap_or(tag);
    canonical(tag).is_some() && CODES.split(' ').any(|it| it == primary)
}

/// Whether people take this for the code of a language, such as that of the country.
pub fn is_mistaken(tag: &str) -> bool {
    const CODES: &str =
        "cn tw hk jp kr cz ua gr us gb chs cht chn zhs zht zho jpn kor eng ger fra spa rus";
    let tag = tag.to_ascii_lowercase();
    CODES.split(' ').any(|it| it == tag)
}

/// Whether there is a measure of how easy prose in a language is to read: for English and Chinese.
pub fn has_readability(tag: &str) -> bool {
    matches!(tag.split('-').next(), Some("en" | "zh"))
}

/// In which direction a language is written: `ltr` or `rtl`. Source: CLDR's character orders; a script in the tag
/// counts more than the language.
pub fn direction(tag: &str) -> &'static str {
    const LANGUAGES: &str = "ar arc arz ckb dv fa glk he khw ks lrc mzn nqo pnb ps sd syr ug ur yi";
    const SCRIPTS: &str = "Adlm Arab Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa";
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or(tag);
    let is_in = |list: &str, part: &str| list.split(' ').any(|it| it == part);
    let is_rtl = match parts.find(|it| it.len() == 4) {
        Some(script) => is_in(SCRIPTS, script),
        None => is_in(LANGUAGES, primary),
    };
    if is_rtl { "rtl" } else { "ltr" }
}

/// Whether a file suffix has the shape that people give to the code of a language or of a country: `cn`, `chs`, `zhcn`,
/// `pt_BR`.
pub fn is_like_code(suffix: &str) -> bool {
    let mut parts = suffix.split(['-', '_']);
    let is_word = |it: &str, bytes: fn(&u8) -> bool| {
        (2..=4).contains(&it.len()) && it.as_bytes().iter().all(bytes)
    };
    let is_primary = parts
        .next()
        .is_some_and(|it| is_word(it, u8::is_ascii_alphabetic));
    is_primary && parts.all(|it| is_word(it, u8::is_ascii_alphanumeric))
}

/// ISO 639-1.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is \
    it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na \
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr \
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Chinese tags by script: regions stand for the script that is written there. Any other tag is its own.
pub fn script(tag: &str) -> &str {
    match tag {
        "zh-CN" | "zh-SG" | "zh-MY" | "zh-Hans" | "zh-Hans-CN" => "zh-Hans",
        "zh-TW" | "zh-HK" | "zh-MO" | "zh-Hant" | "zh-Hant-TW" | "zh-Hant-HK" => "zh-Hant",
        tag => tag,
    }
}

const NAMES: [(&str, &str); 25] = [
    ("ar", "العربية"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
    ("zh-TW", "繁體中文"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_follow_language_and_script() {
        for (tag, wanted) in [
            ("ar", "rtl"),
            ("fa-IR", "rtl"),
            ("he", "rtl"),
            ("ur", "rtl"),
            ("az-Arab", "rtl"),
            ("en", "ltr"),
            ("zh-CN", "ltr"),
            ("ku", "ltr"),
            ("ks-Deva", "ltr"),
        ] {
            assert_eq!(direction(tag), wanted, "{tag}");
        }
    }

    #[test]
    fn tags_get_their_usual_spelling() {
        for (given, spelt) in [
            ("en", Some("en")),
            ("zh_cn", Some("zh-CN")),
            ("ZH-hans-cn", Some("zh-Hans-CN")),
            ("de-1996", Some("de-1996")),
            ("e", None),
            ("english", None),
            ("", None),
            ("en-", None),
            ("中文", None),
        ] {
            assert_eq!(canonical(given).as_deref(), spelt, "{given}");
        }
    }
}
