//! Reading beacons: what a page tells of its reader, and how a day of it becomes one row.
//!
//! Entry points: [`roll_up`] for a request's beacons, [`Reading::add`] for what is known already.
//! Beacons can be forged, so every number is bounded here and a whole day of a reader is one row.

use crate::ids::PageId;
use crate::manifest::Prose;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Beacons one request may carry.
pub const MAX_BEACONS: usize = 50;
/// Pieces of the user agents of programs that read pages for no one, in small letters.
pub const CRAWLERS: [&str; 23] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "externalhit",
    "embedly",
    "lighthouse",
    "pingdom",
    "uptime",
    "preview",
    "archiver",
    "headless",
    "inspectiontool",
    "mediapartners",
    "externalagent",
    "externalfetcher",
    "googleother",
    "puppeteer",
    "playwright",
    "phantomjs",
    "selenium",
    "scrapy",
    "validator",
];
/// A page left open counts for at most this long a day.
const MAX_DWELL_SECS: f64 = 4.0 * 3600.0;
/// One beacon tells of at most this long.
const MAX_BEACON_SECS: f64 = 1800.0;
/// Views and shares of one reader on one day are counted up to here.
const MAX_TIMES: u32 = 1000;
/// This much of a page must have been seen for a read.
const READ_DEPTH: f64 = 0.9;
/// This share of the expected time must have been spent for a read.
const READ_SHARE: f64 = 0.5;
/// Silent reading speed of English prose (Brysbaert 2019).
const WORDS_A_MINUTE: f64 = 238.0;
/// Silent reading speed of Chinese prose.
const HAN_A_MINUTE: f64 = 380.0;

/// What a page can tell of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BeaconKind {
    /// It was opened.
    View,
    /// The deepest share of it that was seen; the value is 0 to 1.
    Progress,
    /// Time in which it was looked at since the last such beacon; the value is seconds.
    Dwell,
    /// It was shared.
    Share,
}

/// One beacon.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// The page it is about.
    #[schema(value_type = String)]
    pub page: PageId,
    /// What happened.
    pub kind: BeaconKind,
    /// Share or seconds; left out for `view` and `share`. Numbers out of range count as the nearest in range.
    pub value: Option<f64>,
}

/// What is known of one reader on one page on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Times it was opened.
    pub n_views: u32,
    /// Deepest share seen, 0 to 1.
    pub progress: f64,
    /// Time it was looked at.
    pub dwell_secs: f64,
    /// Times it was shared.
    pub n_shares: u32,
}

impl Reading {
    /// Both together, bounded.
    #[must_use]
    pub fn joined_with(self, other: Reading) -> Reading {
        Reading {
            n_views: (self.n_views + other.n_views).min(MAX_TIMES),
            progress: self.progress.max(other.progress),
            dwell_secs: (self.dwell_secs + other.dwell_secs).min(MAX_DWELL_SECS),
            n_shares: (self.n_shares + other.n_shares).min(MAX_TIMES),
        }
    }

    /// With no more time than has passed since the first beacon of the day.
    #[must_use]
    pub fn within(self, secs: f64) -> Reading {
        Reading {
            dwell_secs: self.dwell_secs.min(secs.max(0.0)),
            ..self
        }
    }

    /// Whether a view has become a read: 90 % of the page in half the time its text takes.
    pub fn is_read(&self, expected_secs: f64) -> bool {
        self.progress >= READ_DEPTH && self.dwell_secs >= READ_SHARE * expected_secs
    }

    fn of(beacon: &Beacon) -> Reading {
        // A value that is no number in range says nothing.
        let value = beacon
            .value
            .filter(|value| value.is_finite())
            .unwrap_or(0.0);
        match beacon.kind {
            BeaconKind::View => Reading {
                n_views: 1,
                ..Reading::default()
            },
            BeaconKind::Share => Reading {
                n_shares: 1,
                ..Reading::default()
            },
            BeaconKind::Progress => Reading {
                progress: value.clamp(0.0, 1.0),
                ..Reading::default()
            },
            BeaconKind::Dwell => Reading {
                dwell_secs: value.clamp(0.0, MAX_BEACON_SECS),
                ..Reading::default()
            },
        }
    }
}

/// Seconds that reading a text takes.
pub fn expected_secs(prose: &Prose) -> f64 {
    60.0 * (f64::from(prose.n_words) / WORDS_A_MINUTE + f64::from(prose.n_han) / HAN_A_MINUTE)
}

/// The beacons of one request, one row a page.
pub fn roll_up(beacons: &[Beacon]) -> BTreeMap<PageId, Reading> {
    let mut pages: BTreeMap<PageId, Reading> = BTreeMap::new();
    for beacon in beacons {
        let reading = pages.entry(beacon.page.clone()).or_default();
        *reading = reading.joined_with(Reading::of(beacon));
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beacon(kind: BeaconKind, value: Option<f64>) -> Beacon {
        Beacon {
            page: PageId::new("a"),
            kind,
            value,
        }
    }

    #[test]
    fn beacons_roll_up_bounded() {
        let beacons = [
            beacon(BeaconKind::View, None),
            beacon(BeaconKind::View, Some(7.0)),
            beacon(BeaconKind::Progress, Some(0.4)),
            beacon(BeaconKind::Progress, Some(7.0)),
            beacon(BeaconKind::Progress, Some(f64::NAN)),
            beacon(BeaconKind::Dwell, Some(30.0)),
            beacon(BeaconKind::Dwell, Some(-5.0)),
            beacon(BeaconKind::Dwell, Some(1e300)),
            beacon(BeaconKind::Share, None),
        ];
        let expected = Reading {
            n_views: 2,
            progress: 1.0,
            dwell_secs: 1830.0,
            n_shares: 1,
        };
        assert_eq!(roll_up(&beacons)[&PageId::new("a")], expected);
        let day = (0..1_000).fold(Reading::default(), |day, _| day.joined_with(expected));
        assert_eq!(
            (day.n_views, day.n_shares, day.dwell_secs),
            (1000, 1000, 14_400.0)
        );
    }

    #[test]
    fn nobody_reads_longer_than_time_passed() {
        let half_an_hour = Reading {
            dwell_secs: 1800.0,
            ..Reading::default()
        };
        for (passed, told) in [(0.0, 0.0), (-5.0, 0.0), (20.0, 20.0), (9_000.0, 1800.0)] {
            assert_eq!(half_an_hour.within(passed).dwell_secs, told);
        }
    }

    #[test]
    fn a_view_is_not_a_read() {
        let minute = expected_secs(&Prose {
            readability: None,
            n_words: 119,
            n_han: 190,
        });
        assert!((minute - 60.0).abs() < 1e-9);
        for (progress, dwell_secs, is_read) in [
            (0.9, 30.0, true),
            (0.89, 300.0, false),
            (1.0, 29.9, false),
            (0.0, 0.0, false),
        ] {
            let reading = Reading {
                n_views: 1,
                progress,
                dwell_secs,
                n_shares: 0,
            };
            assert_eq!(reading.is_read(minute), is_read, "{progress} {dwell_secs}");
        }
    }
}
