//! The order of titles and terms in a language: Chinese by pinyin, or by strokes where that is the custom.
//!
//! Entry point: [`Collation::of`]. The orders are those of CLDR, built into the binary.

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::Locale;
use std::cmp::Ordering;

/// The order of one language.
pub struct Collation(Option<CollatorBorrowed<'static>>);

impl Collation {
    /// Of a language tag. A language that CLDR has no order for is sorted in the order of all scripts.
    pub fn of(language: &str) -> Self {
        let locale = language.parse::<Locale>().unwrap_or(Locale::UNKNOWN);
        Collation(Collator::try_new((&locale).into(), CollatorOptions::default()).ok())
    }

    /// Letter case decides last; texts that look alike are in the order of their bytes.
    pub fn compare(&self, one: &str, other: &str) -> Ordering {
        let order = self.0.as_ref().map(|it| it.compare(one, other));
        order
            .unwrap_or(Ordering::Equal)
            .then_with(|| one.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_order() {
        for (language, wanted) in [
            ("zh", "阿里 安全 北京 上海 张三 apple Éa eb Rust Zig"),
            ("zh-CN", "阿里 安全 北京 上海 张三 apple Éa eb Rust Zig"),
            ("zh-Hant", "上海 北京 安全 张三 阿里 apple Éa eb Rust Zig"),
            ("en", "apple Éa eb Rust Zig 上海 北京 安全 张三 阿里"),
            ("xx-none", "apple Éa eb Rust Zig 上海 北京 安全 张三 阿里"),
        ] {
            let collation = Collation::of(language);
            let mut words: Vec<&str> = wanted.split(' ').collect();
            words.reverse();
            words.sort_by(|a, b| collation.compare(a, b));
            assert_eq!(words.join(" "), wanted, "{language}");
        }
    }
}
