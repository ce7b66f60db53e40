//! Dates and prices as people of a language write them.

use crate::clock::Timestamp;
use crate::config::{Interval, Price};
use crate::site::render::view::DateView;
use jiff::tz::TimeZone;

/// How a language file writes a date.
#[derive(Clone, Copy, Debug, Default)]
pub struct DateWords<'t> {
    /// With `{day}`, `{month}` and `{year}`.
    pub form: Option<&'t str>,
    /// Names of the months, with commas between them; where there are not twelve, a month is its number.
    pub months: Option<&'t str>,
}

impl DateWords<'_> {
    /// A form for [`strftime`](jiff::fmt::strtime) on a day of such a month.
    fn form(self, month: usize) -> Option<String> {
        let text = |text: &str| text.replace('%', "%%");
        let names: Vec<&str> = self.months.unwrap_or_default().split(',').collect();
        let month = match names.len() {
            12 => text(names[month - 1].trim()),
            _ => "%-m".into(),
        };
        let form = text(self.form?).replace("{day}", "%-d");
        Some(form.replace("{month}", &month).replace("{year}", "%-Y"))
    }
}

/// A date in the site's time zone, as the language file says, else as the build knows the language; others get the ISO form.
pub fn date(at: Timestamp, zone: &TimeZone, language: &str, own: DateWords) -> DateView {
    let zoned = at.in_zone(zone);
    let own = own.form(zoned.month().unsigned_abs().into());
    let form = own.as_deref().unwrap_or(match primary(language) {
        "zh" | "ja" => "%-Y年%-m月%-d日",
        "ko" => "%-Y년 %-m월 %-d일",
        "en" => "%-d %B %-Y",
        _ => "%Y-%m-%d",
    });
    let full = match primary(language) {
        "en" => format!("{form}, %H:%M UTC%:z"),
        _ => format!("{form} %H:%M UTC%:z"),
    };
    DateView {
        iso: iso(at, zone),
        text: zoned.strftime(form).to_string(),
        full: zoned.strftime(&full).to_string(),
    }
}

/// RFC 3339 with the offset of the zone.
pub fn iso(at: Timestamp, zone: &TimeZone) -> String {
    at.in_zone(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// Such as `¥30 / month`; `form` is an interface text with `{price}`, where the theme has one.
pub fn price(price: &Price, form: Option<&str>, language: &str) -> String {
    let form = form.unwrap_or(match (price.interval, primary(language)) {
        (Interval::Month, "zh") => "{price}／月",
        (Interval::Year, "zh") => "{price}／年",
        (Interval::Month, _) => "{price} / month",
        (Interval::Year, _) => "{price} / year",
        (Interval::Once, _) => "{price}",
    });
    form.replace("{price}", &amount(price))
}

/// Those of a tier's prices that are in one currency: the one of the language, or that of its region, if the tier has it,
/// else that of the first price.
pub fn in_one_currency<'p>(prices: &'p [Price], language: &str) -> impl Iterator<Item = &'p Price> {
    let own = currency(language);
    let has_own = prices.iter().any(|it| it.currency == own);
    let first = prices.first().map_or("", |it| it.currency.as_str());
    let chosen = if has_own { own } else { first };
    prices.iter().filter(move |it| it.currency == chosen)
}

/// The currency that readers of a language most likely pay in; empty for those that say nothing of it.
fn currency(language: &str) -> &'static str {
    let is_in = |region: &str| {
        language
            .split('-')
            .any(|it| it.eq_ignore_ascii_case(region))
    };
    match primary(language) {
        "zh" if is_in("TW") => "TWD",
        "zh" if is_in("HK") => "HKD",
        "zh" => "CNY",
        "ja" => "JPY",
        "ko" => "KRW",
        "en" if is_in("GB") => "GBP",
        "en" if is_in("IN") => "INR",
        "en" => "USD",
        "de" | "fr" | "es" | "it" | "nl" | "pt" | "fi" | "el" => "EUR",
        _ => "",
    }
}

/// Key of the interface text for prices of an interval.
pub fn price_key(interval: Interval) -> &'static str {
    match interval {
        Interval::Month => "price_month",
        Interval::Year => "price_year",
        Interval::Once => "price_once",
    }
}

fn amount(price: &Price) -> String {
    let n_digits = minor_digits(&price.currency);
    let unit = 10_i64.pow(n_digits);
    let (major, minor) = (price.amount_minor / unit, price.amount_minor % unit);
    let number = match minor {
        0 => major.to_string(),
        _ => format!("{major}.{minor:0width$}", width = n_digits as usize),
    };
    match price.currency.as_str() {
        "CNY" | "JPY" => format!("¥{number}"),
        "USD" => format!("${number}"),
        "EUR" => format!("€{number}"),
        "GBP" => format!("£{number}"),
        "KRW" => format!("₩{number}"),
        "HKD" => format!("HK${number}"),
        "TWD" => format!("NT${number}"),
        "INR" => format!("₹{number}"),
        other => format!("{other} {number}"),
    }
}

/// Digits after the point, ISO 4217.
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// `zh` of `zh-Hans-CN`.
fn primary(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_the_zone_and_the_language() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = Timestamp::parse("2026-01-05T20:30:00Z").unwrap();
        for (language, text) in [
            ("en", "6 January 2026"),
            ("en-GB", "6 January 2026"),
            ("zh-Hans", "2026年1月6日"),
            ("de", "2026-01-06"),
        ] {
            let date = date(at, &zone, language, DateWords::default());
            assert_eq!(date.text, text);
            assert_eq!(date.iso, "2026-01-06T04:30:00+08:00");
            assert!(date.full.starts_with(text), "{}", date.full);
            assert!(date.full.ends_with(" 04:30 UTC+08:00"), "{}", date.full);
        }
    }

    #[test]
    fn a_language_file_has_its_own_dates() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = Timestamp::parse("2026-02-05T20:30:00Z").unwrap();
        let months = "janv., févr., mars, avr., mai, juin, juill., août, sept., oct., nov., déc.";
        for (language, form, months, text) in [
            ("fr", "{day} {month} {year}", Some(months), "6 févr. 2026"),
            ("de", "{day}. {month}. {year}", None, "6. 2. 2026"),
            ("de", "{day}/{month} %Y", Some("a, b"), "6/2 %Y"),
            ("en", "{month} {day}, {year}", Some(months), "févr. 6, 2026"),
        ] {
            let form = Some(form);
            let date = date(at, &zone, language, DateWords { form, months });
            assert_eq!(date.text, text);
            assert!(date.full.starts_with(text), "{}", date.full);
        }
    }

    #[test]
    fn prices_are_in_the_currency_of_the_reader() {
        let price = |currency: &str, interval| Price {
            currency: currency.into(),
            interval,
            amount_minor: 100,
        };
        let prices = [
            price("EUR", Interval::Month),
            price("CNY", Interval::Month),
            price("CNY", Interval::Year),
        ];
        for (language, currency, n_prices) in [
            ("zh-Hans", "CNY", 2),
            ("zh-TW", "EUR", 1),
            ("de-AT", "EUR", 1),
            ("en", "EUR", 1),
        ] {
            let shown: Vec<_> = in_one_currency(&prices, language).collect();
            assert_eq!(shown.len(), n_prices, "{language}");
            assert!(shown.iter().all(|it| it.currency == currency), "{language}");
        }
    }

    #[test]
    fn prices_are_written_in_units() {
        let check = |currency: &str, interval, amount_minor, language, shown| {
            let given = Price {
                currency: currency.into(),
                interval,
                amount_minor,
            };
            assert_eq!(price(&given, None, language), shown);
        };
        check("CNY", Interval::Month, 3000, "zh", "¥30／月");
        check("CNY", Interval::Month, 3050, "en", "¥30.50 / month");
        check("JPY", Interval::Year, 3000, "en", "¥3000 / year");
        check("CHF", Interval::Once, 905, "en", "CHF 9.05");
    }
}
