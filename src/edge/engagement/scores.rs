//! Every score of a page: one pure function in f64 each, with time as an argument, 0 to 10.
//!
//! Sources: Wilson (1927) for the lower bound; the weights and shapes are the product's own and stand in
//! the handbook. The parts of a score travel with it, so that a page can always show why.
//! Not here: readability, which is measured when a page is built, and where the numbers come from.

use crate::clock::Timestamp;

/// Score of a perfect page; no score is higher.
pub const TOP: f64 = 10.0;
/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.96;
/// A single member moves a page by at most this many points before their trust is weighed.
const MEMBER_CAP: f64 = 10.0;
/// The floor of participation in a community of fewer than 20.
const LEAST_FLOOR: f64 = 10.0;
/// 2025-01-01T00:00:00Z: hotness counts from here.
const HOT_EPOCH: Timestamp = Timestamp::from_millis(1_735_689_600_000);
/// From here on the lowest and the highest mark of reviewers are dropped.
const TRIM_FROM: usize = 5;
/// Below this many marks the mean of the site is mixed in.
const SHRINK_BELOW: usize = 3;
/// As many marks as the mean of the site weighs.
const SHRINK_WEIGHT: f64 = 2.0;

/// What one member did for a page inside the window, without what was held or removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// 0 to 4.
    pub trust_level: u8,
    /// Likes the page.
    pub liked: bool,
    /// Saved it.
    pub saved: bool,
    /// Shared it.
    pub shared: bool,
    /// Comments and replies that are no answers.
    pub n_comments: u32,
    /// Replies straight to a question.
    pub n_answers: u32,
}

impl Activity {
    /// Points of this member: 1 each for like and save, 2 for a share, 3 a comment, 5 an answer,
    /// at most 10, times the weight of the member's trust.
    pub fn points(&self) -> f64 {
        let once = [(self.liked, 1.0), (self.saved, 1.0), (self.shared, 2.0)];
        let once: f64 = once
            .iter()
            .filter(|(did, _)| *did)
            .map(|(_, points)| points)
            .sum();
        let said = 3.0 * f64::from(self.n_comments) + 5.0 * f64::from(self.n_answers);
        (once + said).min(MEMBER_CAP) * trust_weight(self.trust_level)
    }
}

/// How much the activity of a member of this trust level counts: 0.25, 0.5, and 1 from level 2.
pub fn trust_weight(level: u8) -> f64 {
    match level {
        0 => 0.25,
        1 => 0.5,
        _ => 1.0,
    }
}

/// Participation points P of a page: the sum over members. The caller leaves the authors' own activity out.
pub fn participation_points(activities: &[Activity]) -> f64 {
    // The sum of nothing is -0, which a reader of the JSON would wonder at.
    0.0 + activities.iter().map(Activity::points).sum::<f64>()
}

/// The points that make a full score: half the members, and at least 10.
pub fn participation_floor(n_members: u32) -> f64 {
    (f64::from(n_members) / 2.0).max(LEAST_FLOOR)
}

/// `10 sqrt(P / F)`, at most 10.
pub fn participation(points: f64, n_members: u32) -> f64 {
    bounded(TOP * (points / participation_floor(n_members)).sqrt())
}

/// Wilson's lower bound of the share of `yes` among `total`, 0 to 1; 0 where nobody voted.
pub fn wilson_lower(yes: u32, total: u32) -> f64 {
    if total == 0 {
        return 0.0;
    }
    let (n, share) = (
        f64::from(total),
        f64::from(yes.min(total)) / f64::from(total),
    );
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((share + Z * Z / (2.0 * n) - spread) / (1.0 + Z * Z / n)).clamp(0.0, 1.0)
}

/// What a comment adds to the depth of a conversation, 0 to 1: half for 200 characters of text, half for
/// two replies by others.
pub fn comment_depth(n_chars: u32, n_replies_by_others: u32) -> f64 {
    (f64::from(n_chars) / 200.0).min(1.0) / 2.0
        + (f64::from(n_replies_by_others) / 2.0).min(1.0) / 2.0
}

/// `10 (0.5 W + 0.3 depth + 0.2 novelty)`; each part is 0 to 1.
pub fn interaction_quality(wilson: f64, depth: f64, novelty: f64) -> f64 {
    bounded(TOP * (0.5 * wilson + 0.3 * depth + 0.2 * novelty))
}

/// Mean of participation and interaction quality.
pub fn interaction(participation: f64, quality: f64) -> f64 {
    bounded((participation + quality) / 2.0)
}

/// Mean of expertise, practicality and readability.
pub fn content_quality(expertise: f64, practicality: f64, readability: f64) -> f64 {
    bounded((expertise + practicality + readability) / 3.0)
}

/// A mean that starts at `prior` as if it had been given `prior_weight` times before.
pub fn bayes_mean(prior: f64, prior_weight: f64, sum: f64, weight: f64) -> f64 {
    (prior_weight * prior + sum) / (prior_weight + weight)
}

/// Reviewers' marks with their weights, as one: from 5 marks on the lowest and the highest are dropped;
/// fewer than 3 are drawn to the mean of the site with weight 2. `None` without marks.
pub fn expertise(marks: &[(f64, f64)], site_mean: f64) -> Option<f64> {
    let mut marks = marks.to_vec();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let kept = if marks.len() >= TRIM_FROM {
        &marks[1..marks.len() - 1]
    } else {
        &marks[..]
    };
    let weight: f64 = kept.iter().map(|(_, weight)| weight).sum();
    let sum: f64 = kept.iter().map(|(mark, weight)| mark * weight).sum();
    let prior_weight = if kept.len() < SHRINK_BELOW {
        SHRINK_WEIGHT
    } else {
        0.0
    };
    (weight > 0.0).then(|| bounded(bayes_mean(site_mean, prior_weight, sum, weight)))
}

/// What readers did with a page, for its practicality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use {
    /// Members who say that it solved their problem.
    pub n_helpful: u32,
    /// Members who said yes or no.
    pub n_rated: u32,
    /// Members who saved it.
    pub n_saves: u32,
    /// Readers who opened it.
    pub n_readers: u32,
    /// Share of those who read it to the end, 0 to 1.
    pub read_through: f64,
}

/// `10 (0.6 W(solved it) + 0.25 min(1, save rate / 10 %) + 0.15 read-through)`.
pub fn practicality(used: &Use) -> f64 {
    let save_rate = f64::from(used.n_saves) / f64::from(used.n_readers.max(1));
    let solved = wilson_lower(used.n_helpful, used.n_rated);
    bounded(TOP * (0.6 * solved + 0.25 * (save_rate / 0.1).min(1.0) + 0.15 * used.read_through))
}

/// `log2(1 + P) + (published - 2025-01-01) / hours`: orders as a half-life of `hours` would, and never has
/// to be computed again because time went by. No bounds: only the order means something.
pub fn hot(points: f64, published: Timestamp, hours: u32) -> f64 {
    (1.0 + points).log2() + published.secs_since(HOT_EPOCH) / (f64::from(hours.max(1)) * 3600.0)
}

fn bounded(score: f64) -> f64 {
    if score.is_nan() {
        0.0
    } else {
        score.clamp(0.0, TOP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{name}: {found} is not {expected}"
        );
    }

    /// The worked examples of the mission are exact: 10 and 8 make 9, 9, 8 and 7 make 8.
    #[test]
    fn the_worked_examples_are_exact() {
        for (found, expected) in [
            (participation(500.0, 1000), 10.0_f64),
            (content_quality(9.0, 8.0, 7.0), 8.0),
            (interaction(10.0, 8.0), 9.0),
        ] {
            assert_eq!(found.to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn participation_follows_the_vectors() {
        for (points, n_members, expected) in [
            (0.0, 1000, 0.0),
            (1.0, 1000, 0.447_213_595_499_957_9),
            (5.0, 1000, 1.0),
            (20.0, 1000, 2.0),
            (50.0, 1000, 3.162_277_660_168_379_5),
            (125.0, 1000, 5.0),
            (250.0, 1000, 7.071_067_811_865_475_5),
            (499.0, 1000, 9.989_994_994_993_742),
            (500.0, 1000, 10.0),
            (5000.0, 1000, 10.0),
            (10.0, 3, 10.0),
            (3.0, 3, 5.477_225_575_051_66),
            (500.0, 100_000, 1.0),
        ] {
            check(
                &format!("{points} of {n_members}"),
                participation(points, n_members),
                expected,
            );
        }
    }

    #[test]
    fn points_are_capped_a_member_and_weighed_by_trust() {
        let likes = Activity {
            trust_level: 2,
            liked: true,
            ..Activity::default()
        };
        let says = Activity {
            trust_level: 3,
            n_comments: 1,
            ..Activity::default()
        };
        let many = [vec![likes; 200], vec![says; 100]].concat();
        let eager = Activity {
            trust_level: 0,
            liked: true,
            n_comments: 50,
            ..Activity::default()
        };
        let calm = Activity {
            saved: true,
            n_comments: 1,
            ..likes
        };
        let answers = Activity {
            trust_level: 1,
            shared: true,
            n_answers: 1,
            ..Activity::default()
        };
        for (name, activities, expected) in [
            ("200 likes and 100 comments", many, 500.0),
            ("50 comments and a like without trust", vec![eager], 2.5),
            ("a like, a comment, a save", vec![calm], 5.0),
            ("an answer and a share at level 1", vec![answers], 3.5),
        ] {
            check(name, participation_points(&activities), expected);
        }
    }

    #[test]
    fn wilson_follows_the_vectors() {
        for (yes, total, expected) in [
            (0, 0, 0.0),
            (1, 1, 0.206_543_291_473_892_94),
            (5, 5, 0.565_508_505_247_919),
            (10, 10, 0.722_459_831_233_383_4),
            (9, 10, 0.595_843_614_502_427_8),
            (90, 100, 0.825_632_695_632_334_7),
            (100, 100, 0.963_005_192_523_998),
            (1, 2, 0.094_528_654_800_866_11),
            (600, 1000, 0.569_308_860_622_099_3),
            (5500, 10_000, 0.540_231_775_993_681_2),
            (7, 5, 0.565_508_505_247_919),
        ] {
            check(
                &format!("{yes}/{total}"),
                wilson_lower(yes, total),
                expected,
            );
        }
    }

    #[test]
    fn quality_follows_the_vectors() {
        let used = Use {
            n_helpful: 40,
            n_rated: 45,
            n_saves: 30,
            n_readers: 400,
            read_through: 0.62,
        };
        check("practicality", practicality(&used), 7.395_037_470_546_542_5);
        let quality = interaction_quality(wilson_lower(18, 20), 0.6, 0.8);
        check("interaction quality", quality, 6.894_808_967_941_034);
        check(
            "one 10",
            bayes_mean(6.0, 5.0, 10.0, 1.0),
            6.666_666_666_666_667,
        );
        check("20 votes", bayes_mean(6.0, 5.0, 180.0, 20.0), 8.4);
        let even = |marks: &[f64]| marks.iter().map(|mark| (*mark, 1.0)).collect::<Vec<_>>();
        for (marks, expected) in [
            (even(&[9.0]), 7.0),
            (even(&[9.0, 8.0, 10.0]), 9.0),
            (even(&[9.0, 9.0, 8.0, 0.0, 10.0]), 8.666_666_666_666_666),
        ] {
            check("expertise", expertise(&marks, 6.0).unwrap(), expected);
        }
        assert_eq!(expertise(&[], 6.0), None);
    }

    #[test]
    fn depth_takes_length_and_echo() {
        for (n_chars, n_replies, expected) in
            [(0, 0, 0.0), (100, 1, 0.5), (200, 2, 1.0), (9_000, 9, 1.0)]
        {
            check("depth", comment_depth(n_chars, n_replies), expected);
        }
    }

    #[test]
    fn hotness_follows_the_vectors() {
        let published = Timestamp::parse("2025-01-08T00:00:00Z").unwrap();
        for (points, days, expected) in [
            (0.0, 0, 2.333_333_333_333_333_5),
            (7.0, 0, 5.333_333_333_333_334),
            (0.0, 9, 5.333_333_333_333_333),
        ] {
            check(
                "hot",
                hot(points, published.plus_secs(days * 86_400), 72),
                expected,
            );
        }
    }
}
