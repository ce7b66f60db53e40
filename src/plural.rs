//! Texts with a number, in the form that a language has for it: a text `trial_one` for one day, `trial` for all others.
//!
//! Entry points: [`form`], and [`base`] for the key that a form belongs to. The rules are those of CLDR, built into the binary;
//! browsers have the same ones as `Intl.PluralRules`.

use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};

/// Endings of keys, in the order of CLDR. `other` is the key without an ending.
pub const FORMS: [&str; 5] = ["zero", "one", "two", "few", "many"];

/// The form that `n` takes in a language, such as `one`; `None` for `other`.
pub fn form(language: &str, n: u64) -> Option<&'static str> {
    rules(language).and_then(|it| name(it.category_for(n)))
}

/// The key that a key with the ending of a form belongs to: `trial` of `trial_one`. `None` for any other key.
pub fn base(key: &str) -> Option<&str> {
    let (base, ending) = key.rsplit_once('_')?;
    FORMS.contains(&ending).then_some(base)
}

/// Rules of a language tag. A language that CLDR does not know has one form.
fn rules(language: &str) -> Option<PluralRules> {
    let locale = language.parse::<Locale>().unwrap_or(Locale::UNKNOWN);
    PluralRules::try_new((&locale).into(), PluralRulesOptions::default()).ok()
}

fn name(category: PluralCategory) -> Option<&'static str> {
    let at = match category {
        PluralCategory::Zero => 0,
        PluralCategory::One => 1,
        PluralCategory::Two => 2,
        PluralCategory::Few => 3,
        PluralCategory::Many => 4,
        PluralCategory::Other => return None,
    };
    Some(FORMS[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_forms() {
        for (language, n, wanted) in [
            ("en", 0, None),
            ("en", 1, Some("one")),
            ("en-GB", 1, Some("one")),
            ("en", 2, None),
            ("en", 21, None),
            ("zh", 1, None),
            ("zh-Hant", 1, None),
            ("fr", 0, Some("one")),
            ("ru", 21, Some("one")),
            ("ru", 3, Some("few")),
            ("ru", 5, Some("many")),
            ("pl", 22, Some("few")),
            ("ar", 0, Some("zero")),
            ("ar", 2, Some("two")),
            ("xx-none", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(form(language, n), wanted, "{language} {n}");
        }
    }

    #[test]
    fn a_form_belongs_to_its_key() {
        for (key, wanted) in [
            ("trial_one", Some("trial")),
            ("say_replies_more_few", Some("say_replies_more")),
            ("trial", None),
            ("trial_other", None),
            ("one", None),
        ] {
            assert_eq!(base(key), wanted, "{key}");
        }
    }
}
