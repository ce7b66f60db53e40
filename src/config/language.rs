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
