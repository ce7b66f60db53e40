//! Time: a `Timestamp` as a value, and the `Clock` it comes from.
//!
//! Nothing else in the program looks at the wall clock, so a test holds time still and moves it.

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A moment in milliseconds since 1970-01-01T00:00:00Z. Stored as that integer, shown in RFC 3339 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that many milliseconds after 1970 (UTC).
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since 1970 (UTC).
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset up to 23:59; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let time = text.get(10..)?;
        let offset = time
            .find(['+', '-'])
            .and_then(|at| time.get(at + 1..at + 3));
        let hours = offset.map_or(Some(0), |it| it.parse::<u8>().ok())?;
        let moment = text.parse::<jiff::Timestamp>().ok()?;
        (hours < 24).then(|| Timestamp(moment.as_millisecond()))
    }

    /// Reads a moment as an argument gives it: RFC 3339, or whole seconds since 1970.
    pub fn parse_argument(text: &str) -> Option<Self> {
        seconds(text).or_else(|| Timestamp::parse(text))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn secs_since(self, earlier: Timestamp) -> f64 {
        (self.0 - earlier.0) as f64 / 1000.0
    }

    /// This moment and `secs` more; saturates at the ends of time.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Timestamp(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// The same moment for calendar work in a time zone. Moments outside the calendar become its ends.
    pub fn in_zone(self, zone: &TimeZone) -> jiff::Zoned {
        let clamped = self.0.clamp(
            jiff::Timestamp::MIN.as_millisecond(),
            jiff::Timestamp::MAX.as_millisecond(),
        );
        jiff::Timestamp::from_millisecond(clamped)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(zone.clone())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_zone(&TimeZone::UTC).timestamp().fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is no RFC 3339 time")))
    }
}

/// `SOURCE_DATE_EPOCH` is set to something else than a number of seconds.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`SOURCE_DATE_EPOCH` is `{0}`, which is no number of seconds since 1970")]
pub struct BadEpoch(String);

/// Checks `SOURCE_DATE_EPOCH`, as its specification asks of every build. Nothing is dated by it: no output carries the
/// time of the build.
pub fn check_source_date_epoch() -> Result<(), BadEpoch> {
    match std::env::var_os("SOURCE_DATE_EPOCH") {
        Some(text) if text.to_str().and_then(seconds).is_none() => {
            Err(BadEpoch(text.to_string_lossy().into_owned()))
        }
        _ => Ok(()),
    }
}

/// A moment of whole seconds, in ASCII digits alone; `None` after the year 9999.
fn seconds(text: &str) -> Option<Timestamp> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let secs: i64 = text.parse().ok().filter(|_| is_number)?;
    (secs <= LAST_SECOND).then(|| Timestamp(secs * 1000))
}

/// Where the present moment comes from. Cheap to clone; clones of a held clock move together.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    Wall,
    /// Stands still until it is moved.
    Held(Arc<Held>),
}

/// The state of a held clock, in milliseconds.
#[derive(Debug)]
pub struct Held {
    now: AtomicI64,
    /// What it was moved forward in all. Moving it back leaves this as it is.
    elapsed: AtomicI64,
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance_secs`] moves it.
    pub fn held(now: Timestamp) -> Self {
        Clock::Held(Arc::new(Held {
            now: AtomicI64::new(now.as_millis()),
            elapsed: AtomicI64::new(0),
        }))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::Wall => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Clock::Held(held) => Timestamp(held.now.load(Ordering::SeqCst)),
        }
    }

    /// Nanoseconds since some moment of this process. Never goes back and never jumps, whatever is done to the
    /// machine's clock.
    pub fn monotonic_nanos(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Clock::Wall => u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Clock::Held(held) => {
                let millis = held.elapsed.load(Ordering::SeqCst);
                u64::try_from(millis).unwrap_or(0).saturating_mul(1_000_000)
            }
        }
    }

    /// Moves a held clock forward, or back as someone who sets a machine's clock does. The wall clock moves by
    /// itself and ignores this.
    pub fn advance_secs(&self, secs: i64) {
        if let Clock::Held(held) = self {
            let millis = secs.saturating_mul(1000);
            held.now.fetch_add(millis, Ordering::SeqCst);
            held.elapsed.fetch_add(millis.max(0), Ordering::SeqCst);
        }
    }
}

/// How long something takes: never set back, and of no use as a date.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Seconds since the start or the last lap.
    pub fn secs(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    /// Milliseconds since the start or the last lap; begins the next lap.
    pub fn lap_millis(&mut self) -> f64 {
        let now = Instant::now();
        let millis = now.duration_since(self.0).as_secs_f64() * 1000.0;
        self.0 = now;
        millis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_what_they_write() {
        for (text, shown) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.678+08:00", "2026-01-01T19:04:05.678Z"),
        ] {
            assert_eq!(
                Timestamp::parse(text).map(|it| it.to_string()).as_deref(),
                Some(shown)
            );
        }
        for text in [
            "2026-01-02",
            "2026-01-02T03:04",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05+25:00",
            "2026-01-02T03:04:05-24:00",
            "2026-01-02T03:04:05+",
            "",
            "今天就是这个日子+0",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn arguments_are_seconds_or_rfc_3339() {
        for (text, millis) in [
            ("0", Some(0)),
            ("315532800", Some(315_532_800_000)),
            ("1980-01-01T00:00:00Z", Some(315_532_800_000)),
            ("", None),
            ("abc", None),
            ("-1", None),
            ("1.5", None),
            ("1e9", None),
            (" 1", None),
            ("253402300800", None),
            ("99999999999999999999", None),
            ("2026-01-01", None),
        ] {
            let moment = Timestamp::parse_argument(text);
            assert_eq!(moment.map(Timestamp::as_millis), millis, "{text}");
        }
    }

    #[test]
    fn a_held_clock_moves_only_when_told() {
        let clock = Clock::held(Timestamp::from_millis(5_000));
        clock.clone().advance_secs(10);
        assert_eq!(clock.now().as_millis(), 15_000);
        clock.advance_secs(-5);
        assert_eq!(clock.now().as_millis(), 10_000);
        assert_eq!(clock.monotonic_nanos(), 10_000_000_000);
    }
}
