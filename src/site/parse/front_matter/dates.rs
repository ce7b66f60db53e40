//! The forms in which authors and their former tools write a date, read as one moment.

use crate::clock::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Reads a date or a date with a time; `None` for anything else.
///
/// Year first with `-`, `/` or `.`, one or two digits for month and day, `T` or space before the time, seconds and
/// their fraction optional, offset as `Z`, `UTC`, `GMT`, `+0800`, `+08:00` or `+08`, an IANA name in brackets
/// behind the time where it has no offset, `AM` and `PM`; also `2026年1月2日`, `09 Aug 2022`, `Aug 9, 2022`, HTTP dates and `Sun Mar 29 16:45:19 2020 +0800`.
/// What names no offset is in `zone`; a date alone is its midnight there.
pub fn parse(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let moment = year_first(text).or_else(|| month_named(text))?;
    let millis = match moment.offset {
        Some(offset) => offset.to_timestamp(moment.at).ok()?,
        None => match zone_in_brackets(text) {
            Some(name) => TimeZone::get(name).ok()?.to_timestamp(moment.at).ok()?,
            None => zone.to_timestamp(moment.at).ok()?,
        },
    };
    Some(Timestamp::from_millis(millis.as_millisecond()))
}

/// The name behind a date: `Asia/Shanghai` of `2026-01-31T08:00:00[Asia/Shanghai]`.
fn zone_in_brackets(text: &str) -> Option<&str> {
    let (_, name) = text.split_once('[')?;
    Some(name.split_once(']').map_or(name, |(name, _)| name).trim())
}

/// Which part of a text that is no date keeps it from being one, as well as that can be told.
pub fn fault(text: &str) -> String {
    let text = text.trim();
    let whole = || format!("`{text}` cannot be read as one");
    let Some((year, rest)) =
        number(text, 4, 4).filter(|it| !it.1.starts_with(|c: char| c.is_ascii_digit()))
    else {
        let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
        let are_numbers = parts
            .iter()
            .all(|it| number(it, 1, 4).is_some_and(|it| it.1.is_empty()));
        return match &parts[..] {
            [first, second, year] if are_numbers && year.len() == 4 => {
                format!(
                    "the year comes first, as in `{year}-{second:0>2}-{first:0>2}` or `{year}-{first:0>2}-{second:0>2}`"
                )
            }
            _ => whole(),
        };
    };
    let part = |rest: &'_ str, marks: &[char]| -> Option<(i32, String)> {
        let (value, rest) = number(rest.strip_prefix(marks)?, 1, 2)?;
        Some((value, rest.to_owned()))
    };
    let Some((month, rest)) = part(rest, &['-', '/', '.', '年']) else {
        return whole();
    };
    if !(1..=12).contains(&month) {
        return format!("there is no month {month}");
    }
    let Some((day_number, rest)) = part(&rest, &['-', '/', '.', '月']) else {
        return "the day is missing".into();
    };
    let Some(first) = day(year, month, 1) else {
        return format!("there is no year {year:04}");
    };
    if !(1..=i32::from(first.days_in_month())).contains(&day_number) {
        let n_days = first.days_in_month();
        return format!("month {month} of {year} has {n_days} days, and no day {day_number}");
    }
    let rest = rest.strip_prefix('日').unwrap_or(&rest);
    time_fault(rest.trim_start_matches(['T', 't', ' ', '\t', '_'])).unwrap_or_else(whole)
}

/// The same of what follows the day.
fn time_fault(text: &str) -> Option<String> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix([':', '时'])?, 1, 2)?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => number(rest, 1, 2)?.1,
        None => rest,
    };
    if hour > 23 {
        return Some(format!("there is no hour {hour}"));
    }
    if minute > 59 {
        return Some(format!("there is no minute {minute}"));
    }
    let (_, rest) = fraction(rest);
    let Some((_, rest)) = of_half(hour, rest) else {
        return Some(format!("hour {hour} has no AM or PM"));
    };
    let zone = rest.trim_start_matches('分').trim();
    offset(zone)
        .is_none()
        .then(|| format!("`{zone}` is no time zone; write the distance from UTC, such as `+08:00`"))
}

/// A date and time with the offset it names.
struct Moment {
    at: DateTime,
    offset: Option<Offset>,
}

/// A day of the calendar; it has no year 0.
fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    (year > 0).then_some(())?;
    Date::new(year as i16, month as i8, day as i8).ok()
}

fn year_first(text: &str) -> Option<Moment> {
    let (year, rest) = number(text, 4, 4)?;
    let rest = rest.strip_prefix(['-', '/', '.', '年'])?;
    let (month, rest) = number(rest, 1, 2)?;
    let rest = rest.strip_prefix(['-', '/', '.', '月'])?;
    let (day_number, rest) = number(rest, 1, 2)?;
    let rest = rest.strip_prefix('日').unwrap_or(rest);
    let date = day(year, month, day_number)?;
    let is_apart = rest.is_empty() || rest.starts_with(['T', 't', ' ', '\t', '_']);
    let rest = rest.trim_start_matches(['T', 't', ' ', '\t', '_']);
    is_apart.then(|| with_time(date, rest)).flatten()
}

fn with_time(date: Date, text: &str) -> Option<Moment> {
    let (time, rest) = match time(text) {
        Some(found) => found,
        None => (Time::midnight(), text),
    };
    Some(Moment {
        at: date.to_datetime(time),
        offset: offset(rest)?,
    })
}

fn time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix([':', '时'])?, 1, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => number(rest, 1, 2)?,
        None => (0, rest),
    };
    let (nanos, rest) = fraction(rest);
    let (hour, rest) = of_half(hour, rest)?;
    // A leap second is the second before it, as POSIX time has it.
    let second = second.min(59);
    let time = Time::new(hour as i8, minute as i8, second as i8, nanos).ok()?;
    Some((time, rest.strip_prefix('分').unwrap_or(rest)))
}

/// The hour of the day, where `AM` or `PM` follows one of twelve.
fn of_half(hour: i32, text: &str) -> Option<(i32, &str)> {
    let spaced = text.trim_start();
    let half = spaced.get(..2).map(str::to_ascii_lowercase);
    let first = match half.as_deref() {
        Some("am") => 0,
        Some("pm") => 12,
        _ => return Some((hour, text)),
    };
    let is_whole = spaced[2..]
        .chars()
        .next()
        .is_none_or(|c| !c.is_alphanumeric());
    ((1..=12).contains(&hour) && is_whole).then(|| (hour % 12 + first, &spaced[2..]))
}

fn fraction(text: &str) -> (i32, &str) {
    let Some(digits) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let nanos = digits[..end.min(9)].parse::<i32>().unwrap_or(0);
    (nanos * 10_i32.pow(9 - end.min(9) as u32), &digits[end..])
}

/// `Some(None)` where the text is empty: no offset is named. `None` where it is no offset at all.
fn offset(text: &str) -> Option<Option<Offset>> {
    let text = text.trim();
    let text = text
        .split_once('[')
        .map_or(text, |(offset, _)| offset.trim());
    if text.is_empty() {
        return Some(None);
    }
    if ["Z", "z", "UTC", "GMT"].contains(&text) {
        return Some(Some(Offset::UTC));
    }
    // JavaScript writes `GMT+0800 (China Standard Time)`, Go `-0700 PDT`: what follows the number says it again.
    let text = text.split_once('(').map_or(text, |(it, _)| it.trim());
    let text = text
        .strip_prefix("GMT")
        .or_else(|| text.strip_prefix("UTC"))
        .unwrap_or(text);
    let text = match text.rsplit_once(' ') {
        Some((number, name)) if is_zone_name(name) => number.trim(),
        _ => text,
    };
    let (sign, digits) = match text.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (
            -1,
            text.strip_prefix('-').or_else(|| text.strip_prefix('−'))?,
        ),
    };
    let (hours, rest) = number(digits, 1, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() {
        0
    } else {
        number(rest, 2, 2).filter(|(_, rest)| rest.is_empty())?.0
    };
    let seconds = hours * 3600 + minutes * 60;
    // No clock on earth is further than 14 hours from UTC.
    (minutes < 60 && seconds <= 14 * 3600).then_some(())?;
    Offset::from_seconds(sign * seconds).ok().map(Some)
}

fn is_zone_name(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Forms with the month's English name; the order of day and year does not matter, for a year has four digits.
fn month_named(text: &str) -> Option<Moment> {
    let mut month = None;
    let mut day_number = None;
    let mut year = None;
    let mut clock = None;
    let mut zone = None;
    let text = text.split_once('(').map_or(text, |(it, _)| it);
    let text = joined_halves(text);
    for word in text
        .split([' ', ',', '-', '\t'])
        .filter(|it| !it.is_empty())
    {
        if let Some((time, "")) = time(word) {
            clock.is_none().then(|| clock = Some(time))?;
        } else if let Some((value, rest)) = number(word, 1, 4) {
            let is_ordinal = ["", "st", "nd", "rd", "th"].contains(&rest);
            let slot = if word.len() == 4 && rest.is_empty() {
                &mut year
            } else {
                &mut day_number
            };
            (is_ordinal && slot.is_none()).then(|| *slot = Some(value))?;
        } else if let Some(found) = month_number(word) {
            month.is_none().then(|| month = Some(found))?;
        } else if let Some(Some(found)) = offset(word) {
            zone.is_none().then(|| zone = Some(found))?;
        } else {
            is_weekday(word).then_some(())?;
        }
    }
    let date = day(year?, month?.into(), day_number?)?;
    Some(Moment {
        at: date.to_datetime(clock.unwrap_or(Time::midnight())),
        offset: zone,
    })
}

/// `3:04 PM` as one word.
fn joined_halves(text: &str) -> String {
    let mut out = text.to_owned();
    for half in ["AM", "PM", "am", "pm"] {
        out = out.replace(&format!(" {half}"), half);
    }
    out
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn month_number(word: &str) -> Option<i8> {
    MONTHS
        .iter()
        .position(|month| is_name(word, month))
        .map(|at| at as i8 + 1)
}

fn is_weekday(word: &str) -> bool {
    WEEKDAYS.iter().any(|day| is_name(word, day))
}

/// The whole name or its beginning of at least three letters, with or without a full stop.
fn is_name(word: &str, name: &str) -> bool {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    word.len() >= 3 && name.starts_with(&word)
}

/// A number of at least `least` ASCII digits at the beginning, of which `most` are taken, and what follows it.
fn number(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let n_digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    (n_digits >= least).then_some(())?;
    Some((text[..n_digits].parse().ok()?, &text[n_digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_moment() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for (text, wanted) in [
            ("2020-03-29 16:45:19 +0800", "2020-03-29T08:45:19Z"),
            ("2020-03-29 16:45:19 +08:00", "2020-03-29T08:45:19Z"),
            ("2020-03-29 16:45:19", "2020-03-29T08:45:19Z"),
            ("2020-03-29 16:45", "2020-03-29T08:45:00Z"),
            ("2020-03-29", "2020-03-28T16:00:00Z"),
            ("2020-12-2", "2020-12-01T16:00:00Z"),
            ("2020/3/9 6:05:09", "2020-03-08T22:05:09Z"),
            ("2020-03-29 6:05:09", "2020-03-28T22:05:09Z"),
            ("2020.3.9", "2020-03-08T16:00:00Z"),
            ("2020年3月9日", "2020-03-08T16:00:00Z"),
            ("2020-03-29T08:45:19Z", "2020-03-29T08:45:19Z"),
            ("2020-03-29T08:45:19.250Z", "2020-03-29T08:45:19.25Z"),
            ("2020-03-29T16:45:19+08:00", "2020-03-29T08:45:19Z"),
            (
                "2020-03-29T16:45:19+08:00[Asia/Shanghai]",
                "2020-03-29T08:45:19Z",
            ),
            ("2020-03-29 08:45:19 UTC", "2020-03-29T08:45:19Z"),
            ("Sun, 29 Mar 2020 08:45:19 GMT", "2020-03-29T08:45:19Z"),
            ("Sun Mar 29 16:45:19 2020 +0800", "2020-03-29T08:45:19Z"),
            ("09 Aug 2022", "2022-08-08T16:00:00Z"),
            ("Aug 9, 2022", "2022-08-08T16:00:00Z"),
            ("August 9th, 2022", "2022-08-08T16:00:00Z"),
            ("2020-03-29 04:45 PM", "2020-03-29T08:45:00Z"),
            ("2020-03-29 12:45:19 am", "2020-03-28T16:45:19Z"),
            ("March 29, 2020 4:45 PM", "2020-03-29T08:45:00Z"),
            ("2020-03-29 01:45:19 -0700 PDT", "2020-03-29T08:45:19Z"),
            (
                "Sun Mar 29 2020 16:45:19 GMT+0800 (China Standard Time)",
                "2020-03-29T08:45:19Z",
            ),
        ] {
            let read = parse(text, &zone).map(|it| it.to_string());
            assert_eq!(read.as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        for (text, wanted) in [
            ("2026-13-01", "there is no month 13"),
            ("2026-00-01", "there is no month 0"),
            ("2026-02-30", "month 2 of 2026 has 28 days, and no day 30"),
            ("2026-04-31", "month 4 of 2026 has 30 days, and no day 31"),
            ("2026年2月30日", "has 28 days"),
            ("2026-01", "the day is missing"),
            ("0000-01-01", "there is no year 0000"),
            ("2026-01-01 25:00", "there is no hour 25"),
            ("2026-01-01T08:61", "there is no minute 61"),
            ("2026-01-01 13:00 PM", "hour 13 has no AM or PM"),
            ("2026-01-01 10:00 PST", "`PST` is no time zone"),
            ("2026-01-01T08:00:00+25:00", "`+25:00` is no time zone"),
            (
                "01/02/2026",
                "the year comes first, as in `2026-02-01` or `2026-01-02`",
            ),
            ("1.2.2026", "the year comes first"),
            ("tomorrow", "`tomorrow` cannot be read as one"),
            ("20260101", "`20260101` cannot be read as one"),
            ("{{ date }}", "cannot be read as one"),
            ("2026-01-01x", "cannot be read as one"),
            ("文", "cannot be read as one"),
        ] {
            assert_eq!(parse(text, &TimeZone::UTC), None, "{text}");
            let told = fault(text);
            assert!(told.contains(wanted), "{text}: {told}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "2020",
            "2020-13-01",
            "2020-02-30",
            "2020-01-01x",
            "2020-01-01 25:00",
            "2020-01-01 13:00 PM",
            "2020-01-01 0:10 AM",
            "2020-01-01 10:00 PST",
            "2020-01-01 10:00 +25:00 CST",
            "2020-01-01 10:00 +99:99",
            "2020-01-01 10:00 +25:00",
            "2020-01-01 10:00 +14:01",
            "2020-01-01 10:00 -15:00",
            "0000-01-01",
            "01 Jan 0000",
            "Mar 2020",
            "1 2 3 Mar 2020",
            "{{ date }}",
            "20-01-01",
            "Mon",
        ] {
            assert_eq!(parse(text, &TimeZone::UTC), None, "{text}");
        }
    }
}
